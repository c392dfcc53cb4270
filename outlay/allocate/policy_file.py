"""Policy files: a fitted policy as TOML that a person can read, and the strategy that reads it back.

The table ``strategy`` has the settings of ``policy`` and nothing else; ``fitted`` says what they were fitted to.
"""

import tomllib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.allocate.fit_policy import Fitted
from outlay.allocate.policy import Policy
from outlay.core.answer import Answer
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError, StoreError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import StrategyInfo

VERSION = 1
"""Of the format."""


def load_strategy(path: Path | str) -> Policy:
    """The policy in a file.

    Raises:
        InvalidInputError: if there is none, or it is not valid; the message says what is wrong.
    """
    try:
        held = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(f"cannot read the policy {str(path)!r}: {error}") from None
    version, settings = held.get("version", VERSION), held.get("strategy")
    if not isinstance(version, int) or version > VERSION:
        raise InvalidInputError(f"{path} is a policy of format {version}; this Outlay reads up to {VERSION}")
    if not isinstance(settings, dict) or settings.get("name") != "policy":
        raise InvalidInputError(f'{path} is not a policy: it needs a table [strategy] with name = "policy"')
    try:
        built = ALL_STRATEGIES.build(parse(settings, "strategy"))
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    assert isinstance(built, Policy)  # noqa: S101 (its name says so)
    return built


def write_policy(path: Path, found: Fitted, pools: Sequence[str]) -> None:
    """Write a policy with what it was fitted to.

    Raises:
        StoreError: if the file cannot be written.
    """
    lines = [
        "# A policy: samples in stages, and what their signals say. Made by  outlay allocate fit.",
        f"version = {VERSION}",
        "",
        "[strategy]",
        *policy_lines(found.policy),
        "",
        "[fitted]",
        f"goal = {_shown(str(found.goal))}",
        f"problems = {found.problems}",
        f"price = {found.price:.6g}  # accuracy for a thousand tokens",
        f"accuracy = {_shown(_rounded(found.accuracy))}  # by cross-validation, with its 95 % interval",
        f"tokens = {_shown(_rounded(found.tokens))}  # of a question, likewise",
        f"pools = {_shown(list(pools))}",
    ]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from None


def policy_lines(policy: Policy) -> list[str]:
    """The settings of a policy as lines of TOML.

    Raises:
        InvalidInputError: if another strategy takes over, which only a hand can write into a file.
    """
    if policy.then is not None:
        raise InvalidInputError("a policy with a strategy that takes over cannot be written; add then = ... by hand")
    lines = ['name = "policy"']
    lines += [
        f"{one.name} = {_shown(getattr(policy, one.name))}"
        for one in fields(policy)
        if one.name not in {"right", "gain", "then", "below"}
    ]
    weights = ", ".join(policy.signals)
    lines += [f"right = [  # a row a stage: intercept, {weights}", *_matrix(policy.right), "]"]
    lines += [f"gain = [  # intercept, {weights}, chance, its square", *_matrix(policy.gain), "]"]
    return lines


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The policy in a file, as ``outlay allocate fit`` writes it.

    Attributes:
        path: of the file.
    """

    path: str
    _policy: Policy = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_policy", load_strategy(self.path))

    @property
    def info(self) -> StrategyInfo:
        """That of the policy."""
        return self._policy.info

    def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """What the policy does."""
        return self._policy.improve(problem, run)


def _matrix(rows: Sequence[Sequence[float]]) -> list[str]:
    return [f"  [{', '.join(f'{one:.6g}' for one in row)}]," for row in rows]


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{one:.5g}") for one in values]


def _shown(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return repr(value)
