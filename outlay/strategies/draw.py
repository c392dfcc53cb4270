"""Drawing whole answers: n of them, or as many as the budget pays for."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from outlay.core.answer import Candidate
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verifier
from outlay.strategies.judge import judged

ROUND = 16
"""Samples asked for at a time when their number is open."""


async def draw(problem: Problem, run: Run, n: int | None, temperature: float) -> AsyncIterator[tuple[int, Trajectory]]:
    """Finished answers with their indices, as they finish; without ``n``, until the budget is out."""
    taken = 0
    while not run.exhausted and (n is None or taken < n):
        count = ROUND if n is None else n
        samples = run.sample(Trajectory(problem), count, temperature=temperature)
        async with aclosing(samples):  # type: ignore[type-var]
            async for index, trajectory in samples:
                yield taken + index, trajectory
        taken += count


async def draw_until(
    problem: Problem,
    run: Run,
    n: int | None,
    temperature: float,
    verifier: Verifier,
    enough: Callable[[Candidate], bool],
) -> AsyncIterator[tuple[int, Candidate]]:
    """Judged answers one after another, until one is enough, there are n or the budget is out."""
    drawn = 0
    while not run.exhausted and (n is None or drawn < n):
        samples = judged(run, draw(problem, run, 1, temperature), verifier)
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, candidate in samples:
                yield drawn, candidate
                if enough(candidate):
                    return
        drawn += 1


def check_draw(owner: str, n: int | None, temperature: float) -> None:
    """Refuse settings out of range.

    Raises:
        InvalidSettingError: naming the setting.
    """
    if n is not None and n < 1:
        raise InvalidSettingError(owner, "n", n, "1 or above, or left out to spend the whole budget")
    check_temperature(owner, temperature)


def check_temperature(owner: str, temperature: float) -> None:
    """Refuse a negative temperature.

    Raises:
        InvalidSettingError: naming it.
    """
    if not temperature >= 0:
        raise InvalidSettingError(owner, "temperature", temperature, "0 or above")


def require_end(owner: str, n: int | None, run: Run) -> None:
    """Refuse to draw for ever.

    Raises:
        InvalidInputError: if there is neither ``n`` nor any limit.
    """
    if n is None and not run.ledger.limited:
        raise InvalidInputError(f"{owner} without n spends the whole budget, so it needs one: give n=16 or a budget")
