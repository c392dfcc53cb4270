"""``logic``: a theorem prover says what follows, from the problem's own formulas or from the model's translation."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import anyio
import numpy as np

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.ledger import Ledger
from outlay.core.model import Capability
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.logic.argument import Argument, read_sequent
from outlay.logic.truth import Truth, read_truth
from outlay.verifiers.logic.prover import ProverLimits, prove, require_prover
from outlay.verifiers.logic.translation import translate

_SEED_KEY = 0x4C4F4749
"""Sets the seeds of translations apart from all others of a run."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is right.

    Attributes:
        truth: the right answer; None if that could not be found out.
        reason: why.
        cost: what finding out cost, once a run.
    """

    truth: Truth | None
    reason: str
    cost: Cost = NOTHING


@dataclass(slots=True)
class _Asked:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    told: Told | None = None


@dataclass(frozen=True, eq=False)
class Logic:
    """Scores an answer 1 if it is what a theorem prover finds, of true, false and unknown, else 0.

    The run's model translates premises and conclusion, is told what cannot be read, and the prover decides each
    translation; what more than half of them say is right. Where fewer agree, where the prover gives up or the premises
    contradict each other, there is no verdict. It all happens once a run for a problem, with seeds that depend on the
    run alone, and is paid by the run as the model's tokens. A problem that carries its own formulas is decided from
    them, without the model. Source: LINC (Olausson et al. 2023), sections 2 and 3.

    Attributes:
        formal: use a problem's own formulas where it has some; else the model always translates.
        translations: conversations, each with a translation of its own.
        repairs: times that a translation may be mended in a conversation.
        temperature: of translating.
        max_tokens: of one reply.
        seconds: CPU time of the prover for one translation.
        memory: megabytes of its address space.
    """

    formal: bool = True
    translations: int = 3
    repairs: int = 2
    temperature: float = 1.0
    max_tokens: int = 1024
    seconds: float = 5.0
    memory: int = 2048
    info: VerifierInfo = VerifierInfo(
        "logic",
        "a theorem prover on formulas, given or translated by the model",
        needs="the extra 'logic'; formulas, or a model that follows a dialogue",
    )
    _asked: "WeakKeyDictionary[Ledger, dict[tuple[Message, ...], _Asked]]" = field(
        init=False, repr=False, default_factory=WeakKeyDictionary
    )

    def __post_init__(self) -> None:
        self._require("translations", "1 or above", self.translations >= 1)
        self._require("repairs", "0 or above", self.repairs >= 0)
        self._require("temperature", "0 or above", 0 <= self.temperature < float("inf"))
        self._require("max_tokens", "1 or above", self.max_tokens >= 1)
        self._require("seconds", "between 0.05 and 600", 0.05 <= self.seconds <= 600)
        self._require("memory", "256 megabytes or more", self.memory >= 256)

    def _require(self, name: str, allowed: str, holds: bool) -> None:
        if not holds:
            raise InvalidSettingError("verifier logic", name, getattr(self, name), allowed)

    def require(self, problem: Problem) -> None:
        """Refuse to judge without a prover, and formulas that cannot be read.

        Raises:
            MissingExtraError: if Z3 is not installed.
            FormulaError: where the problem's own formulas are wrong.
        """
        require_prover()
        if self.formal and problem.sequent is not None:
            read_sequent(problem.sequent)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer that is not true, false or unknown fails.

        Raises:
            MissingCapabilityError: if there are no formulas and the run's model follows no dialogue.
            VerifierError: if the prover cannot be started.
        """
        self.require(problem)
        if not trajectories:
            return []
        asked = self._asked.setdefault(run.ledger, {}).setdefault(problem.messages, _Asked())
        async with asked.lock:
            asked.told = told = asked.told or await self._find_out(problem, run)
        return [verdict_on(one.value, told) for one in trajectories]

    async def judge_formal(self, argument: Argument, answer: str) -> Verdict:
        """The verdict on an answer to a question in logic, without a run."""
        return verdict_on(answer, await self._prove(argument))

    async def _find_out(self, problem: Problem, run: Run) -> Told:
        if self.formal and problem.sequent is not None:
            return await self._prove(read_sequent(problem.sequent))
        if Capability.DIALOGUE not in run.model.info.capabilities:
            raise MissingCapabilityError(
                "verifier 'logic'", "a dialogue, to translate into logic", f"model {run.model.info.name!r}",
                "openai models follow one, and problems of the task 'logic' carry formulas",
            )  # fmt: skip
        aside = _aside(run)
        told = await self._translated(problem, aside)
        return replace(told, cost=replace(aside.ledger.spent, seconds=0.0))

    async def _prove(self, argument: Argument) -> Told:
        finding = await prove(argument, ProverLimits(self.seconds, self.memory))
        return Told(finding.truth, finding.reason)

    async def _translated(self, problem: Problem, run: Run) -> Told:
        """What most translations say; no more are made once that is settled."""
        votes: Counter[Truth] = Counter()
        reason = ""
        for left in reversed(range(self.translations)):
            made = await translate(
                problem, run, repairs=self.repairs, temperature=self.temperature, max_tokens=self.max_tokens
            )
            told = await self._prove(made.argument) if made.argument else Told(None, made.fault)
            reason = told.reason
            if told.truth is not None:
                votes[told.truth] += 1
            leader, most = max(votes.items(), key=lambda one: one[1], default=(None, 0))
            if leader is not None and 2 * most > self.translations:
                return Told(leader, f"{most} of {self.translations} translations say {leader}: {reason}")
            if 2 * (most + left) <= self.translations:
                break
        said = ", ".join(f"{truth} {count}" for truth, count in sorted(votes.items())) or "none can be judged"
        return Told(None, f"no majority of {self.translations} translations ({said}); the last one: {reason}")


def verdict_on(value: str | None, told: Told) -> Verdict:
    """The verdict on an answer's value, given what is right."""
    if told.truth is None:
        return Verdict.unknown(told.reason, told.cost)
    given = None if value is None else read_truth(value)
    said = f"the answer is {given}" if given else "the answer is none of true, false and unknown"
    return Verdict(float(given is told.truth), evidence=f"{said}; {told.reason}", cost=told.cost)


def _aside(run: Run) -> Run:
    """The run with what it spends kept apart, and a generator of its own that depends on the run's seed alone."""
    aside = copy(run)
    aside.ledger = run.ledger.child()
    seeds = run.rng.bit_generator.seed_seq
    assert isinstance(seeds, np.random.SeedSequence)  # noqa: S101 (of every generator made from a seed)
    aside.rng = np.random.default_rng(np.random.SeedSequence(seeds.entropy, spawn_key=(_SEED_KEY,)))
    return aside
