"""``step_scores``: the decisive step by a process verifier's scores."""

from dataclasses import dataclass
from enum import StrEnum

from outlay.audit.attribution.judgement import Attribution
from outlay.audit.attribution.trace import FailedTrace
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.run import Run
from outlay.core.verifier import Judges, Verifier


class Choice(StrEnum):
    """Which step is named."""

    FIRST_BELOW = "first_below"
    """The first whose score is below the threshold."""
    LARGEST_FALL = "largest_fall"
    """The one at which the score falls most; before the first step it is 1."""


@dataclass(frozen=True, slots=True)
class StepScores:
    """The step at which a process verifier stops believing in the answer.

    Attributes:
        of: the verifier, which must judge steps.
        choice: which step is named.
        threshold: a score below it is a failed step.
    """

    of: Verifier
    choice: Choice = Choice.FIRST_BELOW
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise InvalidSettingError("judge step_scores", "threshold", self.threshold, "above 0 and at most 1")
        if self.of.info.judges is not Judges.STEPS or self.of.info.comparative:
            raise MissingCapabilityError(
                "judge 'step_scores'", "verdicts on steps", f"verifier {self.of.info.name!r}",
                "process_reward and step_check offer them",
            )  # fmt: skip

    def require(self, trace: FailedTrace, run: Run) -> None:
        """Refuse what the verifier refuses, and a model that it cannot ask."""
        missing = self.of.info.capabilities - run.model.info.capabilities
        if missing:
            raise MissingCapabilityError(
                f"verifier {self.of.info.name!r}", " and ".join(sorted(missing)), f"model {run.model.info.name!r}",
                f"name another for it alone, as in {self.of.info.name.partition('(')[0]}(model=pocket_dialogue)",
            )  # fmt: skip
        self.of.require(trace.problem)

    async def attribute(self, trace: FailedTrace, run: Run) -> Attribution:
        """The step by its score."""
        self.require(trace, run)
        verdicts = await run.judge([trace.answer], self.of)
        if verdicts is None:
            return Attribution.unknown(f"the {run.exhausted} budget is out")
        (verdict,) = verdicts
        scores, steps = verdict.step_scores or (), len(trace.prefixes)
        if not verdict.judged or len(scores) != steps:
            return Attribution.unknown(verdict.evidence or f"{len(scores)} scores for {steps} steps")
        falls = [before - after for before, after in zip((1.0, *scores), scores, strict=False)]
        if self.choice is Choice.LARGEST_FALL:
            step = max(range(steps), key=falls.__getitem__) if max(falls) > 0 else None
        else:
            step = next((i for i, score in enumerate(scores) if score < self.threshold), None)
        told = "no score falls" if step is None else f"score {scores[step]:.2f} after it"
        return Attribution(None if step is None else step + 1, tuple(falls), told)
