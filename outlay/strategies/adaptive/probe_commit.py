"""``probe_commit``: a few samples say how hard a question is, and what is spent on it follows from that."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import Strategy, StrategyInfo
from outlay.strategies.decide import Choice, decide, vote_of
from outlay.strategies.draw import check_draw, draw
from outlay.strategies.judge import unjudged
from outlay.strategies.parallel.self_consistency import SelfConsistency


@dataclass(frozen=True, slots=True)
class ProbeCommit:
    """Draw ``probes`` answers; if enough of them agree keep their vote, else commit to the strategy ``hard``.

    The share of the probes that agree estimates how hard a question is, as the pass rate would. It helps on mixed
    questions: easy ones cost the probes alone, and what they save is spent on hard ones. Where the strategy for hard
    questions finds no value, the vote of the probes stands.

    Attributes:
        probes: answers drawn first.
        agreement: share of the probes in (0, 1] that makes a question easy.
        hard: what is done with the others, as in ``hard=particle_filter(n=16)``.
        temperature: of the probes.
    """

    probes: int = 4
    agreement: float = 0.75
    hard: Strategy = field(default_factory=lambda: SelfConsistency(16))
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_draw("probe_commit", self.probes, self.temperature)
        if not 0 < self.agreement <= 1:
            raise InvalidSettingError("probe_commit", "agreement", self.agreement, "above 0 and at most 1")

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs what the strategy for hard questions needs."""
        hard = self.hard.info
        return StrategyInfo(
            "probe_commit",
            f"a few samples, then {hard.name} where they disagree",
            "Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 3.2; Damani et al. 2024, Learning How "
            "Hard to Think",
            hard.verifier,
            hard.capabilities,
            cost=f"probes samples, and where they disagree {hard.cost}",
            timed=hard.timed,
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each probe, then those of the strategy for hard questions."""
        probed: Answer | None = None

        def rule(candidates: Sequence[Candidate]) -> Choice:
            return vote_of(problem, candidates, range(len(candidates)))

        answers = decide(run, unjudged(draw(problem, run, self.probes, self.temperature)), rule)
        async with aclosing(answers):  # type: ignore[type-var]
            async for probed in answers:
                yield probed
        if probed is None or run.exhausted or _agreement(probed, self.probes) >= self.agreement - 1e-9:
            return
        committed = self.hard.improve(problem, run)
        async with aclosing(committed):  # type: ignore[type-var]
            async for answer in committed:
                whole = (*probed.candidates, *answer.candidates)
                stands = probed if answer.value is None and probed.value is not None else answer
                yield replace(stands, candidates=whole, cost=answer.cost)


def _agreement(probed: Answer, probes: int) -> float:
    """The share of all probes, those without a value too, that gave the leading value."""
    votes = sum(one.value is not None for one in probed.candidates)
    return (probed.confidence or 0.0) * votes / probes
