"""Whether a conclusion follows: Z3 is asked in a process of its own, which ends at its limits whatever Z3 does."""

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from outlay.core.errors import MissingExtraError, VerifierError
from outlay.logic.argument import Argument
from outlay.logic.structure import Structure
from outlay.logic.truth import Truth
from outlay.verifiers.command import run_command
from outlay.verifiers.logic.smtlib import Script, script_of

_WORKER = Path(__file__).with_name("worker.py")
_WALL_FACTOR, _WALL_GRACE = 10.0, 10.0
"""The limit is CPU time, so that a busy machine changes no finding; wall time is limited only against a standstill."""


class Status(StrEnum):
    """What the prover found."""

    ENTAILED = "entailed"
    REFUTED = "refuted"
    """The negation of the conclusion is entailed."""
    OPEN = "open"
    """Neither: there is a world for each."""
    INCONSISTENT = "inconsistent"
    """The premises contradict each other, so that everything follows."""
    GAVE_UP = "gave up"


_TRUTHS = {Status.ENTAILED: Truth.TRUE, Status.REFUTED: Truth.FALSE, Status.OPEN: Truth.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the prover says of an argument.

    Attributes:
        status: what it found.
        reason: in words.
        countermodel: where the premises are true and the conclusion is not, if that was found and is small.
    """

    status: Status
    reason: str
    countermodel: Structure | None = None

    @property
    def truth(self) -> Truth | None:
        """The right answer; None if the prover gave up or the premises contradict each other."""
        return _TRUTHS.get(self.status)


@dataclass(frozen=True, slots=True)
class ProverLimits:
    """What one argument may use.

    Attributes:
        cpu_seconds: CPU time.
        memory_megabytes: address space, on Linux.
    """

    cpu_seconds: float = 5.0
    memory_megabytes: int = 2048


def require_prover() -> None:
    """Refuse to go on without Z3.

    Raises:
        MissingExtraError: if it is not installed.
    """
    if importlib.util.find_spec("z3") is None:
        raise MissingExtraError("the theorem prover", "logic")


async def prove(argument: Argument, limits: ProverLimits | None = None) -> Finding:
    """Ask whether premises entail a conclusion or its negation.

    Raises:
        MissingExtraError: if Z3 is not installed.
        VerifierError: if the prover cannot be started.
    """
    require_prover()
    if os.name != "posix":
        raise VerifierError("the theorem prover runs within limits that need Linux or macOS; run Outlay there")
    limits = limits or ProverLimits()
    script = script_of(argument)
    answers = await _ask([f"{script.premises}\n{side}" for side in (script.negation, script.conclusion)], limits)
    against, beside = (answer.get("status", "stopped") for answer in answers)
    counter = answers[0].get("model")
    return _finding(against, beside, None if counter is None else _structure(counter, script), limits)


def _finding(against: str, beside: str, counter: Structure | None, limits: ProverLimits) -> Finding:
    """The finding from whether the premises can be true with the conclusion false, and with it true."""
    if against == beside == "unsat":
        return Finding(Status.INCONSISTENT, "the premises contradict each other")
    if against == "unsat":
        return Finding(Status.ENTAILED, "the conclusion follows from the premises")
    if beside == "unsat":
        return Finding(Status.REFUTED, "the negation of the conclusion follows from the premises", counter)
    if against == beside == "sat":
        shown = f"; it is false with {counter}" if counter else ""
        return Finding(Status.OPEN, f"neither the conclusion nor its negation follows{shown}", counter)
    if "stopped" in {against, beside}:
        within = f"{limits.cpu_seconds:g} seconds of CPU time and {limits.memory_megabytes} MB"
        return Finding(Status.GAVE_UP, f"the prover found no answer within {within}")
    return Finding(Status.GAVE_UP, "the prover cannot tell")


async def _ask(questions: list[str], limits: ProverLimits) -> list[dict[str, Any]]:
    """The worker's answers; an empty one to each question that it did not come to."""
    found = importlib.util.find_spec("z3")
    assert found is not None  # noqa: S101 (just required)
    assert found.origin is not None  # noqa: S101 (z3 is a package with a file)
    job = {"questions": questions, "seconds": limits.cpu_seconds, "memory": limits.memory_megabytes << 20}
    try:
        ended = await run_command(
            [sys.executable, "-I", "-S", "-B", str(_WORKER), str(Path(found.origin).parent.parent)],
            json.dumps(job).encode(),
            seconds=_WALL_FACTOR * limits.cpu_seconds + _WALL_GRACE,
        )
    except OSError as error:
        raise VerifierError(f"the theorem prover cannot be started: {error}") from error
    ready, *lines = ended.output.decode().split("\n")
    if not ready:
        raise VerifierError("the theorem prover does not start; see what  python -c 'import z3'  says")
    answers: list[dict[str, Any]] = [json.loads(line) for line in lines[:-1]]
    return answers + [{}] * (len(questions) - len(answers))


def _structure(model: Mapping[str, Any], script: Script) -> Structure:
    """A model in the argument's own names; what Z3 left open names 0 or is true of nothing."""
    relations = model["relations"]
    return Structure(
        model["size"],
        {constant: model["constants"].get(name, 0) for name, constant in script.constants.items()},
        {predicate: frozenset(map(tuple, relations.get(name, ()))) for name, predicate in script.predicates.items()},
    )
