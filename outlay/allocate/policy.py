"""``policy``: draw in stages, and go on only while what is to be gained is worth its price (papers 12 and 202)."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outlay.allocate.linear import chance, mean
from outlay.allocate.rules import Choose
from outlay.allocate.signals import LOGPROBS, SCORES, SIGNALS, Seen, signals
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verifier
from outlay.pools.votes import votes
from outlay.strategies.decide import Choice
from outlay.strategies.draw import check_temperature
from outlay.strategies.judge import in_order, judged, unjudged

FloatArray = NDArray[np.float64]
Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Draw samples in stages. After each, the signals say how likely the answer is right and what more would gain.

    ``outlay allocate fit`` makes the numbers. At a stage, ``right`` gives the log-odds that the answer is right, and
    ``gain`` the expected gain in accuracy of going on, less what its tokens cost at the price that the policy was
    fitted for: it goes on while that is above 0. The confidence is the chance that the answer is right. It helps where
    easy and hard questions are mixed and a pool of questions like them is at hand.

    Attributes:
        stages: samples drawn in all up to each stage, rising.
        signals: the signals that the rows weigh, some of ``SIGNALS`` and in their order.
        right: for each stage the intercept, then a weight for each signal.
        gain: for each stage but the last the intercept, a weight for each signal, and those of the chance that the
            answer is right and of its square; of one stage none.
        choose: how the answer is chosen among the samples.
        verifier: whose scores it was fitted to, as it was named; empty without any.
        then: what is done where the last stage leaves a chance below ``below``.
        below: see ``then``.
        temperature: of sampling; the one it was fitted for.
    """

    stages: tuple[int, ...]
    signals: tuple[str, ...]
    right: tuple[Row, ...]
    gain: tuple[Row, ...] = ()
    choose: Choose = Choose.VOTE
    verifier: str = ""
    then: Strategy | None = None
    below: float = 0.5
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_temperature("policy", self.temperature)
        _check_stages(self.stages)
        wanted = tuple(name for name in SIGNALS if name in self.signals)
        if not wanted or wanted != tuple(self.signals):
            raise InvalidSettingError("policy", "signals", self.signals, f"some of {', '.join(SIGNALS)}, in this order")
        object.__setattr__(self, "right", _rows("right", self.right, len(self.stages), len(wanted) + 1))
        object.__setattr__(self, "gain", _rows("gain", self.gain, len(self.stages) - 1, len(wanted) + 3))
        if not self.verifier and (self.choose.judged or set(SCORES) & set(wanted)):
            raise InvalidSettingError("policy", "verifier", self.verifier, "the verifier whose scores it uses")
        if not 0 <= self.below <= 1:
            raise InvalidSettingError("policy", "below", self.below, "from 0 to 1")

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what it was fitted to, and what the strategy that takes over needs."""
        then = self.then.info if self.then else None
        steps = then is not None and then.verifier is Judges.STEPS
        outcomes = Judges.OUTCOMES if self.verifier or (then and then.verifier) else None
        logprobs = frozenset({Capability.LOGPROBS}) if set(LOGPROBS) & set(self.signals) else frozenset()
        return StrategyInfo(
            "policy",
            "samples in stages, while the expected gain is worth its price",
            "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 3; Longstaff and Schwartz 2001",
            Judges.STEPS if steps else outcomes,
            logprobs | (then.capabilities if then else frozenset()),
            cost=f"{self.stages[0]} to {self.stages[-1]} samples" + (f", then {then.cost}" if then else ""),
            timed=then is not None and then.timed,
        )

    def chances(self, stage: int, found: FloatArray) -> FloatArray:
        """(n, signals) at a stage -> (n,) chances that the answers are right."""
        return chance(np.array(self.right[stage]), found)

    def goes_on(self, stage: int, found: FloatArray) -> NDArray[np.bool_]:
        """(n, signals) at a stage -> (n,) whether to draw the next one's samples."""
        if stage == len(self.stages) - 1:
            return np.zeros(len(found), np.bool_)
        return np.asarray(mean(np.array(self.gain[stage]), with_chance(found, self.chances(stage, found))) > 0)

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where its signals stand among some names."""
        return [names.index(name) for name in self.signals]

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each sample, then those of the strategy that takes over."""
        judge = self._judge(run)
        candidates: list[Candidate] = []
        answer: Answer | None = None
        sure = 0.0
        for stage, upto in enumerate(self.stages):
            samples = in_order(run.sample(Trajectory(problem), upto - len(candidates), temperature=self.temperature))
            arriving = unjudged(samples) if judge is None else in_order(judged(run, samples, judge))
            async with aclosing(arriving):  # type: ignore[type-var]
                async for _, candidate in arriving:
                    candidates.append(candidate)
                    choice = self.choose.of(problem, candidates)
                    sure = float(self.chances(stage, self._signals(problem, candidates, choice))[0])
                    chosen, seen = candidates[choice.position], Snapshot(candidates)
                    answer = Answer(chosen.value, chosen.trajectory, sure, seen, run.ledger.spent)
                    yield answer
            if run.exhausted or len(candidates) < upto:
                return
            if not self.goes_on(stage, self._signals(problem, candidates, self.choose.of(problem, candidates)))[0]:
                break
        if self.then is None or answer is None or sure >= self.below:
            return
        taken_over = self.then.improve(problem, run)
        async with aclosing(taken_over):  # type: ignore[type-var]
            async for later in taken_over:
                stands = answer if later.value is None and answer.value is not None else later
                yield replace(stands, candidates=(*candidates, *later.candidates), cost=later.cost)

    def _judge(self, run: Run) -> Verifier | None:
        if not self.verifier:
            return None
        found = run.verifier("policy")
        fitted = parse(self.verifier, "verifier").name
        if found.info.name != fitted:
            raise MissingCapabilityError(
                "policy", f"the verdicts of {fitted}, which it was fitted to", f"verifier {found.info.name!r}",
                f"name it with --verifier {self.verifier}, or fit the policy again",
            )  # fmt: skip
        return found

    def _signals(self, problem: Problem, candidates: Sequence[Candidate], choice: Choice) -> FloatArray:
        label = votes([one.value for one in candidates], problem.answer_rule.equal)
        tokens = np.array([one.trajectory.completion_tokens for one in candidates], np.float64)
        known = [one.trajectory.logprobs for one in candidates] if set(LOGPROBS) & set(self.signals) else []
        logprob = np.array([sum(one or ()) for one in known]) if known else None
        score = (
            np.array([np.nan if one.score is None else one.score for one in candidates])[None]
            if self.verifier
            else None
        )
        seen = Seen(
            label[None], np.array([choice.position]), tokens[None], None if logprob is None else logprob[None], score
        )
        names = [
            name
            for name in SIGNALS
            if (logprob is not None or name not in LOGPROBS) and (score is not None or name not in SCORES)
        ]
        return signals(seen)[:, self.columns(names)]


def with_chance(found: FloatArray, sure: FloatArray) -> FloatArray:
    """(n, signals), (n,) -> (n, signals + 2): what a row of ``gain`` weighs."""
    return np.concatenate([found, sure[:, None], sure[:, None] ** 2], axis=1)


def _check_stages(stages: tuple[int, ...]) -> None:
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in stages)
    if not stages or not whole or stages[0] < 1 or any(b <= a for a, b in pairwise(stages)):
        raise InvalidSettingError("policy", "stages", stages, "rising whole numbers of samples from 1 on")


def _rows(name: str, given: Sequence[object], count: int, length: int) -> tuple[Row, ...]:
    """The rows as tuples of floats, as a file has them as lists.

    Raises:
        InvalidSettingError: if there are not so many of this length, or one holds what is no finite number.
    """
    rows = [tuple(one) if isinstance(one, list | tuple) else () for one in given]
    numbers = all(isinstance(one, int | float) and math.isfinite(one) for row in rows for one in row)
    if len(rows) != count or any(len(row) != length for row in rows) or not numbers:
        raise InvalidSettingError("policy", name, given, f"{count} rows of {length} numbers")
    return tuple(tuple(map(float, row)) for row in rows)
