"""Progress counts what began and what ended, and is told while trials spend."""

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from outlay.bench import progress as telling
from outlay.bench.experiment import Experiment
from outlay.bench.parts import Parts
from outlay.bench.progress import Progress
from outlay.bench.runner import run

Make = Callable[..., Experiment]


def test_progress_adds_up(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    given = experiment(('models = ["dice"]', f"models = [\"dice(broken='{broken}')\"]"))
    seen: list[Progress] = []
    ended = anyio.run(lambda: run(given, parts, tmp_path / "out", progress=seen.append))
    assert (seen[0].done, seen[0].running, seen[0].eta) == (0, 0, None)
    assert max(one.running for one in seen) == 3
    assert ended.running == ended.unrun == 0
    assert ended.failed > 0
    assert ended.cause == "ModelUnavailableError: the dice are lost"
    assert [*ended.strategies] == ["draw(n=1)", "draw(n=4) with oracle", "walk(width=2) with oracle"]
    parts_of = ended.strategies.values()
    assert sum(one.done for one in parts_of) == ended.done == sum(one.known for one in parts_of)
    assert sum(one.tokens for one in parts_of) == ended.charged.tokens
    assert all(0 < one.right < one.known for one in parts_of)
    counts = [one.done + one.failed for one in seen]
    assert counts == sorted(counts)
    assert ended.charged.tokens > 0
    again = anyio.run(lambda: run(given, parts, tmp_path / "out", retry_failed=True))
    assert (again.failed, again.running) == (ended.failed, 0)
    assert again.charged.tokens == ended.charged.tokens


def test_it_is_told_while_a_trial_spends(
    experiment: Make, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PAUSE", 0.0)
    seen: list[Progress] = []
    ended = anyio.run(lambda: run(experiment(), parts, tmp_path / "out", progress=seen.append))
    assert len(seen) > 3 * ended.total
    paid = [one.paid.tokens for one in seen]
    assert paid == sorted(paid)
    assert len(set(paid)) > ended.total
