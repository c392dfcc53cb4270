"""The laws of a strategy, for any implementation: budget, determinism, anytime, cancellation.

Each check takes a strategy and a world to run it in, and raises ``LawBrokenError`` if a law does not hold. A strategy
that needs a limit to end, such as ``best_of_n`` without ``n``, can be checked too: no run is without limits except
those of ``check_determinism`` that are asked for.
"""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import anyio
import anyio.lowlevel

from outlay.core.answer import Answer
from outlay.core.budget import COUNTED, Budget
from outlay.core.cost import NOTHING, Cost
from outlay.core.events import Event, SampleFinished
from outlay.core.model import SampleRequest
from outlay.core.solve import Outcome, solve
from outlay.core.strategy import Strategy
from outlay.core.trajectory import Trajectory
from outlay.testing.false_alarms import require
from outlay.testing.watched import Watched, require_covered, require_quiet, require_settled, require_within
from outlay.testing.world import World

SEEDS = (0, 1, 2)


def ample(world: World) -> Budget:
    """A budget with every counted limit set, enough for a few dozen answers."""
    return _multiple(world, 40.0)


def many_budgets(world: World) -> list[Budget]:
    """Budgets of one limit each and of all at once, from far too small for one answer to several answers."""
    shares = (0.01, 0.4, 1.0, 1.3, 2.6, 4.9, 8.0)
    whole = [_multiple(world, share) for share in shares]
    single = [Budget(**{name: value}) for budget in whole for name, value in budget.as_dict().items()]  # type: ignore[arg-type]
    return [*dict.fromkeys(single), *whole]


async def check_budget(
    strategy: Strategy, world: World, budgets: Iterable[Budget] | None = None, seeds: Sequence[int] = SEEDS
) -> None:
    """No limit is ever passed, everything the model charges is booked, and nothing stays reserved.

    Where a sample could be paid for there is an answer, and a run that its budget ended says which limit it was.

    Raises:
        LawBrokenError: naming the budget and the seed.
    """
    for budget in many_budgets(world) if budgets is None else budgets:
        for seed in seeds:
            where = f"{strategy} with budget {budget} and seed {seed}"
            model = Watched(world.model)
            seen = _Counted()
            run = replace(world, model=model).run(budget, seed, seen)
            outcome = await solve(world.problem, strategy, run)
            require_within(run, budget, where)
            require_settled(run, model, where)
            require(bool(seen.samples) == (outcome.answer is not None), f"{where}: samples without an answer")
            if outcome.answer is None:
                told = outcome.stopped_by in set(COUNTED)
                require(told, f"{where}: no answer, and stopped_by is {outcome.stopped_by!r} instead of a limit")


async def check_determinism(
    strategy: Strategy,
    worlds: Sequence[World],
    budgets: Iterable[Budget | None],
    seeds: Sequence[int] = SEEDS,
) -> None:
    """The same seed gives the same last answer, candidates and cost, whatever the order in which things arrive.

    Args:
        strategy: what is checked.
        worlds: two or more that differ in timing alone; naming one twice checks that a run can be repeated.
        budgets: what the runs may spend; None is no limit.
        seeds: of the runs.

    Raises:
        LawBrokenError: naming the budget, the seed and what differed.
    """
    for budget in budgets:
        for seed in seeds:
            ends = [await _end(strategy, world, budget, seed) for world in worlds]
            for number, end in enumerate(ends[1:], start=1):
                where = f"{strategy} with budget {budget or 'unlimited'} and seed {seed}, world {number}"
                require(end == ends[0], f"{where}: {end} where world 0 gave {ends[0]}")


async def check_anytime(
    strategy: Strategy, world: World, budget: Budget | None = None, seeds: Sequence[int] = SEEDS
) -> None:
    """Each answer is well-formed, costs never fall, and whoever leaves early leaves nothing behind.

    An answer's value is that of its trajectory, which is among its candidates; there is one if any candidate has one.

    Raises:
        LawBrokenError: naming the seed and the number of the answer.
    """
    for seed in seeds:
        total = await _check_answers(strategy, world, budget or ample(world), seed)
        for taken in range(1, total + 1):
            where = f"{strategy}, seed {seed}, left after {taken} of {total} answers"
            model = Watched(world.model)
            run = replace(world, model=model).run(budget or ample(world), seed)
            answers = strategy.improve(world.problem, run)
            async with aclosing(answers):  # type: ignore[type-var]
                left = taken
                async for _ in answers:
                    left -= 1
                    if not left:
                        break
            require_settled(run, model, where)
            await require_quiet(run, where)


async def check_cancellation(
    strategy: Strategy, world: World, budget: Budget | None = None, seeds: Sequence[int] = SEEDS, turns: int = 40
) -> None:
    """Cancelled after any number of turns of the event loop, a run is settled, within its limits and silent.

    The world's parts must give way to other tasks as they work, or nothing can be cancelled midway.

    Raises:
        LawBrokenError: naming the seed and the turn.
    """
    limits = budget or ample(world)
    for seed in seeds:
        for turn in range(turns):
            where = f"{strategy}, seed {seed}, cancelled after {turn} turns"
            model = Watched(world.model)
            run = replace(world, model=model).run(limits, seed)
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(_cancel_after, turn, scope)
                    await solve(world.problem, strategy, run)
                    group.cancel_scope.cancel()
            require_within(run, limits, where)
            require_settled(run, model, where)
            await require_quiet(run, where)


async def _check_answers(strategy: Strategy, world: World, budget: Budget, seed: int) -> int:
    """Check every answer of one whole run; their number."""
    model = Watched(world.model)
    run = replace(world, model=model).run(budget, seed)
    total, cost = 0, NOTHING
    answers = strategy.improve(world.problem, run)
    async with aclosing(answers):  # type: ignore[type-var]
        async for answer in answers:
            total += 1
            _check_answer(answer, cost, f"{strategy}, seed {seed}, answer {total}")
            cost = answer.cost
    require_covered(cost, run.ledger.spent, f"{strategy}, seed {seed}: the last answer costs more than the run")
    require_settled(run, model, f"{strategy}, seed {seed}, run to its end")
    require(total > 0, f"{strategy}, seed {seed}: no answer within {budget}")
    return total


def _check_answer(answer: Answer, before: Cost, where: str) -> None:
    equal = answer.trajectory.problem.answer_rule.equal
    own, value = answer.trajectory.value, answer.value
    same = own == value or (own is not None and value is not None and equal(own, value))
    declined = answer.declined and value is None
    require(declined or same, f"{where}: the value is {value!r}, that of its trajectory {own!r}")
    found = any(one.trajectory is answer.trajectory for one in answer.candidates)
    require(found, f"{where}: its trajectory is not among its candidates")
    for one in answer.candidates:
        require(one.value == one.trajectory.value, f"{where}: a candidate's value is {one.value!r}, not its text's")
    possible = {one.value for one in answer.candidates} - {None}
    require(value is not None or declined or not possible, f"{where}: no value, though candidates have {possible}")
    confidence = answer.confidence
    require(confidence is None or 0 <= confidence <= 1, f"{where}: its confidence {confidence} is not in [0, 1]")
    require_covered(before, answer.cost, f"{where}: it costs less than the answer before")


async def _cancel_after(turns: int, scope: anyio.CancelScope) -> None:
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
    scope.cancel()


@dataclass(frozen=True, slots=True)
class _End:
    """What must not depend on timing."""

    value: str | None
    text: str | None
    confidence: float | None
    candidates: tuple[str, ...]
    stopped_by: str
    cost: dict[str, int | float | bool]


async def _end(strategy: Strategy, world: World, budget: Budget | None, seed: int) -> _End:
    outcome: Outcome = await solve(world.problem, strategy, world.run(budget, seed))
    # Sums of floats depend on their order in the last digits.
    cost = {name: float(f"{value:.9g}") for name, value in replace(outcome.cost, seconds=0.0).as_dict().items()}
    answer = outcome.answer
    if answer is None:
        return _End(None, None, None, (), outcome.stopped_by, {**cost})
    confidence = None if answer.confidence is None else round(answer.confidence, 9)
    candidates = tuple(sorted(f"{one.trajectory.text!r}: {one.score}" for one in answer.candidates))
    return _End(answer.value, answer.trajectory.text, confidence, candidates, outcome.stopped_by, {**cost})


def _multiple(world: World, share: float) -> Budget:
    """Limits that pay for so many whole answers in the worst case, verdicts apart."""
    request = SampleRequest(Trajectory(world.problem), (0,), world.problem.step_rule.max_tokens)
    one = world.model.bound(request)
    counted = {"tokens": one.tokens, "samples": one.samples, "calls": one.calls}
    whole = {name: max(1, round(share * value)) for name, value in counted.items()}
    real = {"dollars": share * one.dollars, "flops": share * one.flops}
    return Budget(**whole, **{name: value for name, value in real.items() if value > 0})  # type: ignore[arg-type]


class _Counted:
    """An event sink that counts finished samples."""

    def __init__(self) -> None:
        self.samples = 0

    def __call__(self, event: Event) -> None:
        self.samples += isinstance(event, SampleFinished)
