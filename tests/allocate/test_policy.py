"""The policy keeps the laws of a strategy, does in a run what replay says, and reads back what was written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.allocate.fit_policy import Fitted, Goal, fit_to
from outlay.allocate.policy import Policy
from outlay.allocate.policy_file import PolicyFile, load_strategy, write_policy
from outlay.allocate.replay import read_problems, replay, walk
from outlay.allocate.rules import Choose
from outlay.allocate.signals import LOGPROBS, SCORES, VOTES, Seen, signals
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.pools import Pool
from outlay.strategies import STRATEGIES
from outlay.testing import (
    Arrival,
    check_anytime,
    check_budget,
    check_cancellation,
    check_determinism,
    many_budgets,
    small_world,
)
from tests.allocate.made_up import made_up

EASY = (0.0, 4.0, 0.0)
"""The chance that the answer is right grows with its share."""
UNSURE = (0.0, -1.0, 0.0, 0.0, 0.0)


def by_share(choose: Choose = Choose.VOTE, verifier: str = "", threshold: float = 0.9, **others: object) -> Policy:
    """Goes on while fewer than a share of the samples agree."""
    row = (threshold, -1.0, 0.0, 0.0, 0.0)
    return Policy((1, 3, 6), ("share", "margin"), (EASY,) * 3, (row,) * 2, choose, verifier, **others)  # type: ignore[arg-type]


WAYS = (
    by_share(threshold=1.5),
    by_share(threshold=0.9),
    by_share(Choose.BEST, "enumerable", 1.5),
    by_share(Choose.WEIGHTED, "enumerable", 0.8),
    by_share(threshold=1.5, then=STRATEGIES.build("particle_filter(n=2)"), below=1.0),
)


def fitted_name() -> str:
    verifier = small_world().verifier
    assert verifier is not None
    return verifier.info.name


@pytest.fixture(params=range(len(WAYS)))
def policy(request: pytest.FixtureRequest) -> Policy:
    way = WAYS[request.param]
    return replace(way, verifier=fitted_name()) if way.verifier else way


@pytest.mark.anyio
async def test_no_limit_is_passed_and_every_answer_is_well_formed(policy: Policy) -> None:
    await check_budget(policy, small_world(Arrival.SHUFFLED, 0))
    await check_anytime(policy, small_world(Arrival.SHUFFLED, 0), seeds=range(1))
    await check_cancellation(policy, small_world(Arrival.SHUFFLED, 0))


@pytest.mark.anyio
async def test_timing_changes_nothing(policy: Policy) -> None:
    worlds = [small_world(), small_world(Arrival.AT_ONCE), small_world(Arrival.SHUFFLED, 1)]
    await check_determinism(policy, worlds, [None, *many_budgets(worlds[0])[::3]], seeds=range(1))


@pytest.mark.anyio
async def test_it_stops_where_samples_agree_and_goes_on_where_they_do_not() -> None:
    world = small_world()
    drawn = set()
    for seed in range(12):
        run = Run(world.model, Ledger(), np.random.default_rng(seed))
        found = await solve(world.problem, by_share(threshold=0.9), run)
        assert found.answer is not None
        drawn.add(len(found.answer.candidates))
    never = await solve(world.problem, by_share(threshold=1.5), Run(world.model, Ledger(), np.random.default_rng(0)))
    assert never.answer is not None
    assert len(never.answer.candidates) == 6
    assert drawn <= {1, 3, 6}
    assert 1 in drawn


@pytest.mark.anyio
async def test_a_policy_refuses_another_judge_than_the_one_it_was_fitted_to() -> None:
    world = small_world()
    run = Run(world.model, Ledger(), np.random.default_rng(0), world.verifier)
    with pytest.raises(MissingCapabilityError, match="fitted to"):
        await solve(world.problem, by_share(Choose.BEST, "somebody_else"), run)


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": (3, 1, 6)},
        {"stages": (0, 1, 6)},
        {"signals": ("margin", "share")},
        {"signals": ("share", "luck")},
        {"right": (EASY, EASY)},
        {"right": (EASY, EASY, (0.0, float("nan"), 0.0))},
        {"gain": (UNSURE,)},
        {"choose": Choose.BEST},
        {"below": 2.0},
    ],
)
def test_settings_that_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidSettingError):
        replace(WAYS[0], **changes)  # type: ignore[arg-type]


def test_signals_of_a_small_draw() -> None:
    seen = Seen(
        np.array([[0, 1, 0, -1]]), np.array([2]), np.array([[10.0, 20.0, 30.0, 40.0]]),
        np.array([[-10.0, -10.0, -60.0, -20.0]]), np.array([[0.2, 0.4, 0.6, np.nan]]),
    )  # fmt: skip
    found = dict(zip((*VOTES, *LOGPROBS, *SCORES), signals(seen)[0], strict=True))
    assert found["share"] == pytest.approx(0.5)
    assert found["margin"] == pytest.approx(0.25)
    assert found["different"] == pytest.approx(0.5)
    assert found["silent"] == pytest.approx(0.25)
    assert found["length"] == pytest.approx(np.log(25))
    assert found["least_logprob"] == pytest.approx(-2)
    assert found["leader_logprob"] == pytest.approx(-1)
    assert found["leader_score"] == pytest.approx(0.6)
    assert found["weight"] == pytest.approx(0.8 / 1.2)


def test_an_answer_that_nobody_gave_leads_by_nothing() -> None:
    silent = Seen(np.array([[-1, -1]]), np.array([0]), np.ones((1, 2)))
    assert signals(silent)[0, :4].tolist() == [0.0, 0.0, 0.0, 1.0]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fitted, Path]:
    pool = made_up(tmp_path_factory.mktemp("pools") / "tune.parquet")
    return fit_to(read_problems([Pool.open(pool)], "judge"), Goal(accuracy=0.6), "judge", [Choose.WEIGHTED]), pool


def test_a_file_gives_back_the_policy(fitted: tuple[Fitted, Path], tmp_path: Path) -> None:
    found, pool = fitted
    file = tmp_path / "policy.toml"
    write_policy(file, found, [str(pool)])
    read = load_strategy(file)
    problems = read_problems([Pool.open(pool)], "judge")
    paths = walk(problems, read.stages, read.choose, read.verifier, orders=4)
    assert read.stages == found.policy.stages
    assert np.array_equal(replay(read, paths).stage, replay(found.policy, paths).stage)
    built = ALL_STRATEGIES.build(str(file))
    assert isinstance(built, PolicyFile)
    assert built.info == read.info


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name"),
        ("[strategy]\nname = 'best_of_n'", "name"),
        ("version = 9\n[strategy]\nname = 'policy'", "format 9"),
        ("[strategy]\nname = 'policy'\nstages = [1]", "signals"),
        ("[strategy]\nname = 'policy'\nstages = [1]\nsignals = ['share']\nright = [['a', 1]]", "right"),
        ("[strategy]\nname = 'policy'\nstages = ['x']\nsignals = ['share']\nright = [[0, 1]]", "stages"),
        ("[[strategy", "cannot read"),
    ],
)
def test_files_that_are_no_policies(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=said):
        load_strategy(file)
