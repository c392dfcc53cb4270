"""Attribution by rollouts, where the exact rates are known: the right step, any arrival order, hard budgets."""

from dataclasses import dataclass
from itertools import pairwise

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from outlay.audit.attribution.replacement import replace_step
from outlay.audit.attribution.rollouts import RolloutAttribution, Rollouts
from outlay.audit.attribution.trace import failed_trace
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError, ModelUnavailableError
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.testing import Arrival, Branch, EnumerableModel, FailingModel, World, check_frequencies, many_budgets
from outlay.testing.watched import Watched, require_quiet, require_settled, require_within
from tests.audit.attribution.worlds import (
    DECISIVE,
    FAILED,
    PROBLEM,
    model,
    run,
    success_rates,
    trace,
    without_reference,
)

pytestmark = pytest.mark.anyio


def test_the_world_is_what_it_is_said_to_be() -> None:
    rates = [*success_rates(), 0.0]
    falls = [before - after for before, after in pairwise(rates)]
    assert rates == pytest.approx([0.6625, 0.575, 0.15, 0.1, 0.0])
    assert falls.index(max(falls)) + 1 == DECISIVE


async def test_rollouts_are_draws_at_the_exact_rates_and_name_the_step_that_loses_most() -> None:
    found = await Rollouts(2000, first=1.0).attribute(trace(), run())
    assert found.tried == (500,) * 4
    for right, tried, rate in zip(found.right, found.tried, success_rates(), strict=True):
        check_frequencies({True: right, False: tried - right}, {True: rate, False: 1 - rate})
    assert found.decisive == found.likeliest == DECISIVE
    assert found.posterior.probabilities[DECISIVE - 1] > 0.99
    assert found.posterior.falls[DECISIVE - 1].low > 0.3


async def test_adaptive_rollouts_stop_once_they_are_sure() -> None:
    found = await Rollouts(2000, first=0.02, batch=8).attribute(trace(), run())
    assert found.decisive == DECISIVE
    assert sum(found.tried) < 500
    assert max(found.posterior.probabilities) >= 0.95
    assert found.stopped_by is None


@pytest.mark.parametrize("total", [4, 5, 17, 64])
@pytest.mark.parametrize("first", [0.1, 1.0])
async def test_there_are_never_more_rollouts_than_asked_for(total: int, first: float) -> None:
    found = await Rollouts(total, first, batch=7, sure=1.0).attribute(trace(), run())
    assert sum(found.tried) == total
    assert all(found.tried)


async def test_a_single_step_is_decisive_if_the_model_could_have_succeeded() -> None:
    found = await Rollouts(32).attribute(trace("=8"), run())
    assert (found.decisive, len(found.tried)) == (1, 1)


async def test_no_step_is_decisive_where_there_was_nothing_to_lose() -> None:
    hopeless = EnumerableModel({"": (Branch("a\n", 1.0),), "a\n": (Branch("=8", 0.5), Branch("=9", 0.5))})
    found = await Rollouts(256).attribute(trace("a\n=8"), run(hopeless))
    assert found.decisive is None
    assert found.posterior.none >= 0.95
    assert sum(found.tried) < 256


@dataclass(frozen=True)
class Seen:
    """What must not depend on timing."""

    right: tuple[int, ...]
    tried: tuple[int, ...]
    probabilities: tuple[float, ...]
    stopped_by: str | None
    tokens: int
    calls: int


async def seen(arrival: Arrival, arrival_seed: int, budget: Budget | None, seed: int) -> Seen:
    asked = run(model(arrival, arrival_seed), budget, seed)
    found: RolloutAttribution = await Rollouts(24, batch=6).attribute(trace(), asked)
    spent = asked.ledger.spent
    told = found.posterior.probabilities
    return Seen(found.right, found.tried, told, found.stopped_by, spent.tokens, spent.calls)


@pytest.mark.parametrize("budget", [None, *many_budgets(World(PROBLEM, model()))[::3]], ids=str)
async def test_the_order_of_arrival_changes_nothing(budget: Budget | None) -> None:
    for seed in range(2):
        ends = [await seen(arrival, 0, budget, seed) for arrival in Arrival]
        ends += [await seen(Arrival.SHUFFLED, arrival_seed, budget, seed) for arrival_seed in (1, 2)]
        assert set(ends) == {ends[0]}


@pytest.mark.parametrize("budget", many_budgets(World(PROBLEM, model())), ids=str)
async def test_no_budget_is_passed_and_nothing_stays_reserved(budget: Budget) -> None:
    watched = Watched(model(Arrival.SHUFFLED))
    asked = run(watched, budget)
    found = await Rollouts(24).attribute(trace(), asked)
    require_within(asked, budget, str(budget))
    require_settled(asked, watched, str(budget))
    assert found.stopped_by == asked.exhausted
    assert found.stopped_by or sum(found.tried) <= 24
    if not all(found.tried):
        assert found.decisive is None
    replaced = await replace_step(trace(), DECISIVE, asked)
    require_within(asked, budget, str(budget))
    require_settled(asked, watched, str(budget))
    assert replaced.right <= replaced.different <= replaced.drawn


@pytest.mark.parametrize("limits", [None, Budget(tokens=400)])
async def test_a_cancelled_attribution_is_settled_and_silent(limits: Budget | None) -> None:
    async def cancel_after(turns: int, scope: anyio.CancelScope) -> None:
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        scope.cancel()

    for turn in range(40):
        watched = Watched(model(Arrival.SHUFFLED))
        asked = run(watched, limits or Budget(tokens=100_000))
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(cancel_after, turn, scope)
                await Rollouts(24, batch=4).attribute(trace(), asked)
                await replace_step(trace(), DECISIVE, asked)
                group.cancel_scope.cancel()
        require_settled(asked, watched, f"cancelled after {turn} turns")
        await require_quiet(asked, f"cancelled after {turn} turns")


@pytest.mark.parametrize("call", range(6))
@pytest.mark.parametrize("budget", [Budget(tokens=100_000), Budget(tokens=500)])
async def test_a_model_that_fails_is_told_as_it_is(call: int, budget: Budget) -> None:
    watched = Watched(FailingModel(model(), call))
    asked = run(watched, budget)
    with pytest.raises(ModelUnavailableError):
        await Rollouts(400, sure=1.0, batch=20).attribute(trace(), asked)
    require_settled(asked, watched, f"fails at call {call}")


async def test_a_deadline_ends_it_with_what_there_is() -> None:
    ticks = iter([0.0, *[100.0] * 1000])
    asked = Run(model(), Ledger(Budget(seconds=1.0), clock=lambda: next(ticks)), np.random.default_rng(0))
    found = await Rollouts(24).attribute(trace(), asked)
    assert (found.stopped_by, found.decisive) == ("seconds", None)


async def test_steps_drawn_one_by_one_keep_what_the_model_remembers_of_them() -> None:
    asked, answer = run(), Trajectory(PROBLEM)
    while not answer.text.endswith("=8"):
        begun = Trajectory(PROBLEM) if answer.finished else answer
        longer = await asked.sample_one(begun, one_step=True)
        assert longer is not None
        answer = Trajectory(PROBLEM) if longer.text == "=8" else longer
    kept, fresh = failed_trace(answer), failed_trace(Trajectory(PROBLEM).extend(Step(answer.text), Finish.END))
    assert kept.answer.steps == answer.steps
    costs = []
    for one in (kept, fresh):
        counted = run()
        await Rollouts(24).attribute(one, counted)
        costs.append(counted.ledger.spent)
    assert costs[0].prompt_tokens < costs[1].prompt_tokens
    assert costs[0].completion_tokens == costs[1].completion_tokens


def test_prefixes_share_their_steps() -> None:
    one = trace()
    assert one.texts == ["a\n", "b\n", "c\n", "=8"]
    assert [prefix.text for prefix in one.prefixes] == ["", "a\n", "a\nb\n", "a\nb\nc\n"]
    assert all(prefix.steps == one.answer.steps[:k] for k, prefix in enumerate(one.prefixes))
    assert one.answer.text == FAILED
    assert one.answer.finish is Finish.END


@pytest.mark.parametrize(("text", "told"), [("", "empty"), (" \n ", "empty"), ("a\n=7", "right")])
def test_what_has_no_decisive_step_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        trace(text)


def test_a_problem_without_reference_is_refused() -> None:
    with pytest.raises(MissingCapabilityError, match="a reference"):
        trace(problem=without_reference())


def test_an_answer_that_was_cut_short_has_failed_even_if_it_says_what_is_right() -> None:
    assert failed_trace(Trajectory(PROBLEM).extend(Step("a\n=7"), Finish.LENGTH)).texts == ["a\n", "=7"]


@pytest.mark.parametrize(
    "settings",
    [{"total": 0}, {"first": 0.0}, {"first": 1.5}, {"batch": 0}, {"sure": 0.0}, {"least": 1.0}, {"temperature": -1.0},
     {"prior": (0.0, 1.0)}, {"confidence": 1.0}],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidSettingError, match=next(iter(settings))):
        Rollouts(**settings)  # type: ignore[arg-type]


async def test_fewer_rollouts_than_steps_are_refused() -> None:
    with pytest.raises(InvalidSettingError, match="4 or above, one for each step"):
        await Rollouts(3).attribute(trace(), run())


@pytest.mark.parametrize(("step", "share", "right"), [(1, 0.5, 0.75), (2, 0.5, 1.0), (3, 0.5, 0.2), (4, 0.1, 1.0)])
async def test_a_step_is_replaced_by_others_alone(step: int, share: float, right: float) -> None:
    """The exact share of other steps, and of right answers after them: step 3 gives =8 with 0.4 and =7 with 0.1."""
    found = await replace_step(trace(), step, run(), n=2000)
    assert (found.step, found.drawn) == (step, 2000)
    check_frequencies({True: found.different, False: 2000 - found.different}, {True: share, False: 1 - share})
    check_frequencies({True: found.right, False: found.different - found.right}, {True: right, False: 1 - right})


@pytest.mark.parametrize("budget", [None, Budget(tokens=120), Budget(calls=9)], ids=str)
async def test_a_replacement_does_not_depend_on_timing(budget: Budget | None) -> None:
    table = {
        "": (Branch("a\n", 0.3), Branch("b\n", 0.3), Branch("dd\n", 0.4)),
        **{step: (Branch("=7", 0.5), Branch("=8", 0.5)) for step in ("a\n", "b\n", "dd\n")},
    }
    ends = set()
    for arrival, seed in ((Arrival.IN_ORDER, 0), (Arrival.AT_ONCE, 0), (Arrival.SHUFFLED, 1), (Arrival.SHUFFLED, 2)):
        asked = run(EnumerableModel(table, arrival, seed), budget)
        ends.add((await replace_step(trace("a\n=8"), 1, asked), asked.ledger.spent.tokens))
    assert len(ends) == 1


@pytest.mark.parametrize(("step", "n"), [(0, 1), (5, 1), (1, 0)])
async def test_a_step_that_is_none_cannot_be_replaced(step: int, n: int) -> None:
    with pytest.raises(InvalidSettingError, match="replacement"):
        await replace_step(trace(), step, run(), n)
