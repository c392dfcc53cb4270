"""``logic``: a theorem prover says what follows, from the problem's own formulas or from the model's translation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import anyio

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.core.model import Capability, LanguageModel
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.logic.argument import Argument, read_sequent
from outlay.logic.truth import Truth, read_truth
from outlay.verifiers.logic.prover import ProverLimits, prove, require_prover
from outlay.verifiers.logic.translation import Translation, Translator


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
    """What a run has found out about a problem, or that its budget cannot pay for it."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    told: Told | None = None
    refused: BudgetExhausted | None = None


@dataclass(frozen=True, eq=False)
class Logic:
    """Scores an answer 1 if it is what a theorem prover finds, of true, false and unknown, else 0.

    A model translates premises and conclusion, is told what cannot be read, and the prover decides each translation;
    what more than half of them say is right. Where fewer agree, where the prover gives up or the premises contradict
    each other, there is no verdict. It all happens once a run for a problem, and each verdict states that cost. A
    problem that carries its own formulas is decided from them, without a model.
    Source: LINC (Olausson et al. 2023), sections 2 and 3.

    Attributes:
        formal: use a problem's own formulas where it has some; else the model always translates.
        translations: conversations, each with a translation of its own.
        repairs: times that a translation may be mended in a conversation.
        model: who translates; None for the model that answers.
        temperature: of translating.
        max_tokens: of one reply.
        seed: of the translations.
        seconds: CPU time of the prover for one translation.
        memory: megabytes of its address space.
    """

    formal: bool = True
    translations: int = 3
    repairs: int = 2
    model: LanguageModel | None = None
    temperature: float = 0.7
    max_tokens: int = 1024
    seed: int = 0
    seconds: float = 5.0
    memory: int = 2048
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
        if self.model is not None:
            _require_dialogue(self.model)

    def _require(self, name: str, allowed: str, holds: bool) -> None:
        if not holds:
            raise InvalidSettingError("verifier logic", name, getattr(self, name), allowed)

    @property
    def info(self) -> VerifierInfo:
        """What it is; only where it always translates, and has no model of its own, must the run's model converse."""
        asks = not self.formal and self.model is None
        return VerifierInfo(
            "logic",
            "a theorem prover on formulas, given or translated by a model",
            needs="the extra 'logic'; formulas, or a model that converses",
            capabilities=frozenset({Capability.DIALOGUE}) if asks else frozenset(),
        )

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
            BudgetExhausted: if the run cannot pay for the translations.
            MissingCapabilityError: if there are no formulas and the model does not converse.
            VerifierError: if the prover cannot be started.
        """
        self.require(problem)
        if not trajectories:
            return []
        asked = self._asked.setdefault(run.ledger, {}).setdefault(problem.messages, _Asked())
        async with asked.lock:
            if asked.refused is not None:
                raise asked.refused
            try:
                asked.told = told = asked.told or await self._find_out(problem, run)
            except BudgetExhausted as refused:
                asked.refused = refused
                raise
        return [verdict_on(one.value, told) for one in trajectories]

    async def judge_formal(self, argument: Argument, answer: str) -> Verdict:
        """The verdict on an answer to a question in logic, without a run."""
        return verdict_on(answer, await self._prove(argument))

    async def _find_out(self, problem: Problem, run: Run) -> Told:
        if self.formal and problem.sequent is not None:
            return await self._prove(read_sequent(problem.sequent))
        _require_dialogue(self.model or run.model)
        translator = Translator(
            self.model, self.translations, self.repairs, self.temperature, self.max_tokens, self.seed
        )
        made, cost = await translator.translate(problem, run)
        return await self._majority(made, cost)

    async def _majority(self, made: Sequence[Translation], cost: Cost) -> Told:
        """What more than half of all translations say, those that were not made among them."""
        decided: dict[Argument, Told] = {}
        votes: Counter[Truth] = Counter()
        reason = "the model failed"
        for one in made:
            reason = one.fault
            if one.argument is not None:
                decided[one.argument] = told = decided.get(one.argument) or await self._prove(one.argument)
                reason = told.reason
                votes.update([told.truth] if told.truth else [])
            for truth, count in votes.items():
                if 2 * count > self.translations:
                    return Told(truth, f"{count} of {self.translations} translations say {truth}: {reason}", cost)
        said = ", ".join(f"{truth} {count}" for truth, count in sorted(votes.items())) or "none can be judged"
        return Told(None, f"no majority of {self.translations} translations ({said}); the last one: {reason}", cost)

    async def _prove(self, argument: Argument) -> Told:
        finding = await prove(argument, ProverLimits(self.seconds, self.memory))
        return Told(finding.truth, finding.reason)


def verdict_on(value: str | None, told: Told) -> Verdict:
    """The verdict on an answer's value, given what is right."""
    if told.truth is None:
        return Verdict.unknown(told.reason, told.cost)
    given = None if value is None else read_truth(value)
    said = f"the answer is {given}" if given else "the answer is none of true, false and unknown"
    return Verdict(float(given is told.truth), evidence=f"{said}; {told.reason}", cost=told.cost)


def _require_dialogue(model: LanguageModel) -> None:
    if Capability.DIALOGUE not in model.info.capabilities:
        raise MissingCapabilityError(
            "verifier 'logic'", "a model that converses, to translate into logic,", f"model {model.info.name!r}",
            "openai models do, and problems of the task 'logic' carry formulas",
        )  # fmt: skip
