"""Goals, verifiers and parts of pools as they are typed."""

from collections.abc import Sequence
from pathlib import Path

from outlay.allocate.fit_policy import Fixed, Goal
from outlay.allocate.rules import Choose
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools import Pool


def read_goal(target: str, budget: str, match: str) -> Goal:
    """A goal from ``accuracy=0.8``, ``tokens=500`` or ``best_of_n(n=64)``.

    Raises:
        InvalidInputError: if not one of them is given, or it is not of that form.
    """
    return Goal(
        None if not target else named_number("--target", target, "accuracy"),
        None if not budget else named_number("--budget", budget, "tokens"),
        None if not match else _fixed(match),
    )


def _fixed(text: str) -> Fixed:
    given = parse(text, "strategy")
    n = given.settings.get("n")
    if given.name not in set(Choose):
        raise UnknownNameError("strategy to match", given.name, Choose)
    if set(given.settings) != {"n"} or not isinstance(n, int) or n < 1:
        raise InvalidInputError(
            f"--match is a strategy with a number of samples, as in {given.name}(n=64); got {text!r}"
        )
    return Fixed(Choose(given.name), n)


def named_number(option: str, text: str, name: str) -> float:
    """The number of ``name=number``.

    Raises:
        InvalidInputError: if the text is not of that form.
    """
    given, _, value = (part.strip() for part in text.partition("="))
    try:
        number = float(value.replace("_", "")) if given == name else None
    except ValueError:
        number = None
    if number is None:
        raise InvalidInputError(f"{option} is written as {name}=NUMBER; got {text!r}")
    return number


def common_verifier(pools: Sequence[Pool], asked: str | None) -> str:
    """The verifier whose scores are used: the one asked for, or the only one that all pools have; empty for none.

    Raises:
        InvalidInputError: if it is open which one is meant, or a pool does not have it.
    """
    shared = set.intersection(*(set(pool.verifiers) for pool in pools))
    if asked is not None:
        if asked and asked not in shared:
            raise UnknownNameError("verifier of the pools:", asked, shared)
        return asked
    if len(shared) > 1:
        raise InvalidInputError(f"the pools have the scores of {', '.join(sorted(shared))}: name one with --verifier")
    return next(iter(shared), "")


def opened(paths: Sequence[Path]) -> list[Pool]:
    """The pools in some files."""
    return [Pool.open(path) for path in paths]
