"""``abstain``: answers above its threshold, declines below, and promises only what its labels bear out."""

from pathlib import Path

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.labelled import LabelledAnswer, write_answers
from outlay.core.solve import solve
from outlay.strategies import STRATEGIES
from outlay.testing import small_world

pytestmark = pytest.mark.anyio


def labelled(path: Path, rng: np.random.Generator, n: int = 1000) -> Path:
    """Confidences of which those from 0.8 up are right nineteen times in twenty, others half the time."""
    scores = rng.random(n)
    right = rng.random(n) < np.where(scores >= 0.8, 0.95, 0.5)
    write_answers(
        path,
        [
            LabelledAnswer(str(i), bool(r), 1, {"confidence": float(s)})
            for i, (s, r) in enumerate(zip(scores, right, strict=True))
        ],
    )
    return path


@pytest.mark.parametrize("above", [0.0, 0.5, 0.9, 1.0])
async def test_it_declines_below_the_threshold_and_keeps_the_candidates(above: float) -> None:
    world = small_world()
    plain = STRATEGIES.build("self_consistency(n=5)")
    for seed in range(10):
        free = await solve(world.problem, plain, world.run(seed=seed))
        held = await solve(
            world.problem, STRATEGIES.build(f"abstain(of=self_consistency(n=5), above={above})"), world.run(seed=seed)
        )
        assert free.answer is not None
        assert held.answer is not None
        assert len(held.answer.candidates) == len(free.answer.candidates)
        confident = free.answer.confidence is not None and free.answer.confidence >= above
        assert held.value == (free.value if confident else None)
        assert held.answer.declined is not confident


def test_the_threshold_comes_from_the_labels(tmp_path: Path) -> None:
    path = labelled(tmp_path / "labels.jsonl", np.random.default_rng(0))
    for fdr, low, high in ((0.15, 0.75, 0.95), (0.45, 0.0, 0.6)):
        built = STRATEGIES.build({"name": "abstain", "path": str(path), "fdr": fdr})
        assert low <= built.threshold <= high  # type: ignore[attr-defined]


def test_a_promise_that_the_labels_do_not_bear_out_is_refused(tmp_path: Path) -> None:
    path = labelled(tmp_path / "labels.jsonl", np.random.default_rng(0))
    with pytest.raises(InvalidInputError, match="no confidence is high enough"):
        STRATEGIES.build({"name": "abstain", "path": str(path), "fdr": 0.01})
    with pytest.raises(InvalidInputError, match="cannot read"):
        STRATEGIES.build({"name": "abstain", "path": str(tmp_path / "none")})


@pytest.mark.parametrize("setting", ["fdr=0", "fdr=1", "certainty=1", "above=2"])
def test_settings_out_of_range_are_refused(setting: str) -> None:
    with pytest.raises(InvalidSettingError):
        STRATEGIES.build(f"abstain({setting})")
