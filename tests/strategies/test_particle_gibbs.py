"""``particle_gibbs`` leaves p(x) r(x) as it is: a sweep around an exact draw ends in an exact draw."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from outlay.core.errors import InvalidSettingError
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.montecarlo import Choices, draw_one, enumerate_program
from outlay.strategies import STRATEGIES
from outlay.strategies.propagate import Moved
from outlay.strategies.smc.particles import Path
from outlay.strategies.smc.sweep import Chain, sweep
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise
from outlay.testing import (
    SMALL_PROBLEM,
    SMALL_SCORES,
    Arrival,
    Branch,
    EnumerableModel,
    EnumerableVerifier,
    World,
    check_frequencies,
    small_world,
)
from outlay.verifiers import VERIFIERS
from tests.strategies.weighted_output import ALARM, log, target

pytestmark = pytest.mark.anyio


def path_to(text: str, scores: Mapping[str, float] = SMALL_SCORES) -> Path:
    """The path of a whole text, with the score of each of its steps."""
    trajectory = Trajectory(SMALL_PROBLEM)
    path = [Moved(trajectory, 1.0)]
    for part in SMALL_PROBLEM.step_rule.split(text):
        finish = Finish.STEP if part.endswith("\n") else Finish.END
        trajectory = trajectory.extend(Step(part, trajectory.last), finish)
        path.append(Moved(trajectory, scores[trajectory.text]))
    return tuple(path)


@pytest.mark.parametrize(("exponent", "threshold"), [(1.0, 1.0), (0.5, 0.7)])
async def test_a_sweep_leaves_its_target_as_it_is(exponent: float, threshold: float) -> None:
    rng = np.random.default_rng(5)
    exact = target(exponent)
    texts, weights = list(exact), np.array(list(exact.values()))
    probabilities = weights / weights.sum()
    world = small_world(Arrival.AT_ONCE, price=0)
    assert world.verifier is not None
    ends: Counter[str] = Counter()
    for seed in range(300):
        reference = path_to(texts[rng.choice(len(texts), p=probabilities)])
        chain = Chain(exponent, reference)
        run = world.run(None, seed)
        steps = [one async for one in sweep(world.problem, run, world.verifier, [chain], 2, threshold, 1.0)]
        ends[draw_one(steps[-1][0], rng)[-1].trajectory.text] += 1
    check_frequencies(ends, dict(zip(texts, probabilities, strict=True)), ALARM)
    assert len(ends) > 5


LINKED = EnumerableModel(
    {
        "": (Branch("a\n", 0.6), Branch("b\n", 0.4)),
        "a\n": (Branch("x\n", 0.8), Branch("=1", 0.2)),
        "b\n": (Branch("x\n", 0.5), Branch("=1", 0.5)),
        "a\nx\n": (Branch("=1", 0.3), Branch("=2", 0.7)),
        "b\nx\n": (Branch("=1", 0.6), Branch("=2", 0.4)),
    },
    Arrival.AT_ONCE,
)
"""Every rest of an answer can follow either first step."""

LINKED_SCORES = {
    "a\n": 0.5,
    "b\n": 1.0,
    "a\nx\n": 0.75,
    "b\nx\n": 0.25,
    "a\n=1": 0.5,
    "b\n=1": 0.25,
    "a\nx\n=1": 1.0,
    "a\nx\n=2": 0.25,
    "b\nx\n=1": 0.5,
    "b\nx\n=2": 1.0,
}


async def test_ancestor_sampling_leaves_the_target_as_it_is_and_renews_the_past() -> None:
    def program(choices: Choices) -> str:
        text = LINKED.choose_answer(choices)
        choices.factor(log(LINKED_SCORES[text]))
        return text

    rng = np.random.default_rng(7)
    exact = enumerate_program(program).probabilities
    texts, probabilities = list(exact), list(exact.values())
    verifier = EnumerableVerifier(LINKED_SCORES, price=0)
    world = World(SMALL_PROBLEM, LINKED, verifier)
    ends: Counter[str] = Counter()
    grafted = 0
    for seed in range(300):
        before = texts[rng.choice(len(texts), p=probabilities)]
        chain = Chain(1.0, path_to(before, LINKED_SCORES))
        steps = sweep(world.problem, world.run(None, seed), verifier, [chain], 2, 1.0, 1.0, ancestor_sampling=True)
        last = [one async for one in steps][-1][0]
        held = last.items[0]
        grafted += held[-1].trajectory.text != before
        assert [one.score for one in held[1:]] == [LINKED_SCORES[one.trajectory.text] for one in held[1:]]
        ends[draw_one(last, rng)[-1].trajectory.text] += 1
    check_frequencies(ends, exact, ALARM)
    assert grafted > 20


async def test_a_reference_is_weighed_by_the_scores_of_its_own_steps() -> None:
    world = small_world(Arrival.AT_ONCE, price=0)
    assert world.verifier is not None
    reference = path_to("a\ncccc\n=10")
    steps = sweep(world.problem, world.run(None, 1), world.verifier, [Chain(1.0, reference)], 2, 0.0, 1.0)
    weights = [float(np.exp(one[0].log_weights[0])) async for one in steps]
    assert weights == pytest.approx([0.5, 0.875, 1.0])


async def test_an_answer_never_gets_worse_from_sweep_to_sweep() -> None:
    world = small_world(Arrival.AT_ONCE, price=0)
    strategy = STRATEGIES.build("particle_gibbs(n=2, iterations=4)")
    for seed in range(20):
        found = [answer async for answer in strategy.improve(world.problem, world.run(None, seed))]
        scores = [
            next(one.score or 0.0 for one in answer.candidates if one.trajectory is answer.trajectory)
            for answer in found
            if answer.value is not None
        ]
        assert scores == sorted(scores)
        assert len(found[-1].candidates) == 8


async def test_the_pocket_model_answers() -> None:
    problem = exercise(TASKS.build("countdown"), 1, 1).problem
    world = World(problem, MODELS.build("pocket"), VERIFIERS.build("step_check"))
    outcome = await solve(problem, STRATEGIES.build("particle_gibbs(n=2, iterations=2)"), world.run(None, 0))
    assert outcome.answer is not None
    assert outcome.stopped_by == "strategy"


@pytest.mark.parametrize(
    "settings", ["n=1", "iterations=0", "threshold=2", "temperature=-1", "temperature=0.5, ancestor_sampling=true"]
)
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"particle_gibbs({settings})")
