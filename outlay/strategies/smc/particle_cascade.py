"""``particle_cascade``: a particle filter without barriers, in which each particle branches as soon as it arrives."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.events import Selected
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import COUNTS, TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verifier
from outlay.montecarlo import Branching
from outlay.strategies.draw import check_temperature
from outlay.strategies.propagate import Moved, propagate
from outlay.strategies.smc.particles import check_count
from outlay.strategies.vote import Choose, Vote


@dataclass(frozen=True, slots=True)
class Member:
    """A particle of the cascade.

    Attributes:
        end: its trajectory and newest score.
        weight: linear; of n particles at the root each weighs 1.
        step: how many times it has branched.
        run: its own part of the run, so that what it draws does not depend on when.
    """

    end: Moved
    weight: float
    step: int
    run: Run

    def moved(self, end: Moved) -> "Member":
        """The particle after one more step, its weight multiplied by its new score over its old one."""
        gain = (end.score or 0.0) / self.end.score if self.end.score else 0.0
        return Member(end, self.weight * gain, self.step + 1, self.run)


@dataclass(frozen=True, slots=True)
class ParticleCascade:
    """A particle filter in which nobody waits: a particle branches by the weights of those that came before it.

    A particle that arrives at a step lighter than the average of all that arrived there so far survives by chance,
    with the average weight; a heavier one leaves several copies that share its weight. The expected weight of what it
    leaves is its own, so that finished particles are properly weighted with respect to p(x) r(x) in any order.

    It helps where some steps take far longer than others: a filter waits for its slowest particle at every step, this
    one never does. Early arrivals branch on little knowledge, so at equal cost its weights vary more than a filter's.
    Which particle arrives first is up to the clock, and so is the answer; with ``ordered`` it is not, but then each
    step waits for all particles of the one before.

    Attributes:
        n: particles at the start, and the number aimed at for every step.
        ordered: whether particles branch in a fixed order instead of the order in which they arrive.
        choose: how the answer is taken from the particles; only finished ones vote.
        temperature: of sampling.
    """

    n: int = 16
    ordered: bool = False
    choose: Choose = Choose.BEST
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "n": COUNTS,
        "ordered": [True, False],
        "choose": ["best", "vote"],
        "temperature": TEMPERATURES,
    }

    def __post_init__(self) -> None:
        check_count("particle_cascade", "n", self.n)
        check_temperature("particle_cascade", self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; its answer depends on the clock unless it is ordered."""
        return StrategyInfo(
            "particle_cascade",
            "particles that branch as they arrive, with no wait for the slowest",
            "Paige et al. 2014, Asynchronous Anytime Sequential Monte Carlo, algorithm 1",
            Judges.STEPS,
            frozenset({Capability.CONTINUATION}),
            cost="about n steps and n verdicts for each step of an answer",
            timed=not self.ordered,
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each particle's step."""
        tally = _Tally(problem, self.choose)
        arrivals = self.arrivals(problem, run)
        async with aclosing(arrivals):  # type: ignore[type-var]
            async for member in arrivals:
                yield tally.answer(member, run)

    def arrivals(self, problem: Problem, run: Run) -> AsyncIterator[Member]:
        """Every particle after every step, as it arrives."""
        verifier = run.verifier("particle_cascade", steps=True)
        root = Moved(Trajectory(problem), 1.0)
        members = [Member(root, 1.0, 0, part) for part in run.split(self.n)]
        levels = [Branching(self.n) for _ in range(problem.step_rule.max_steps)]
        return (self._in_order if self.ordered else self._as_they_come)(run, members, levels, verifier)

    async def _in_order(
        self, run: Run, members: list[Member], levels: Sequence[Branching], verifier: Verifier
    ) -> AsyncIterator[Member]:
        while members and not run.exhausted:
            rows = await propagate(run, [one.end for one in members], verifier, self.temperature)
            arrived = [one.moved(row[0]) for one, row in zip(members, rows, strict=True) if row]
            for member in arrived:
                yield member
            members = [child for member in arrived for child in _children(member, levels)]

    async def _as_they_come(
        self, run: Run, members: list[Member], levels: Sequence[Branching], verifier: Verifier
    ) -> AsyncIterator[Member]:
        sender, receiver = anyio.create_memory_object_stream[Member](math.inf)

        async def follow(copies: list[Member], arrived: MemoryObjectSendStream[Member]) -> None:
            with arrived:
                first = copies[0]
                samples = first.run.sample(
                    first.end.trajectory, len(copies), one_step=True, temperature=self.temperature
                )
                async for index, longer in samples:
                    if len(copies) == 1:
                        await arrive(first, longer, arrived.clone())
                    else:
                        group.start_soon(arrive, copies[index], longer, arrived.clone())

        async def arrive(member: Member, longer: Trajectory, arrived: MemoryObjectSendStream[Member]) -> None:
            with arrived:
                verdict = await run.judge_one(longer, verifier)
                after = member.moved(Moved(longer, verdict.score if verdict else member.end.score))
                arrived.send_nowait(after)
                # Branching here and not at the receiver: a child must not wait until the answer has been looked at.
                children = _children(after, levels)
                if children:
                    group.start_soon(follow, children, arrived.clone())

        with receiver:
            async with anyio.create_task_group() as group:
                group.start_soon(follow, members, sender)
                try:
                    async for member in receiver:
                        yield member
                except GeneratorExit:
                    # Passed on, it would leave the task group inside an exception group, which aclose() would raise.
                    pass
                group.cancel_scope.cancel()


def _children(member: Member, levels: Sequence[Branching]) -> list[Member]:
    """What goes on from a particle that has arrived; nothing does from a finished one."""
    if member.end.trajectory.finished or member.step == len(levels):
        return []
    branches = levels[member.step - 1].decide(member.weight, member.run.rng)
    copies = (member.end.trajectory,) * branches.copies
    member.run.emit(Selected(copies, () if copies else (member.end.trajectory,)))
    parts = [member.run] if branches.copies == 1 else member.run.split(branches.copies)
    return [Member(member.end, branches.weight, member.step, part) for part in parts]


@dataclass(slots=True)
class _Tally:
    """All arrivals so far and the best of them."""

    problem: Problem
    choose: Choose
    candidates: list[Candidate] = field(default_factory=list)
    best: tuple[tuple[bool, float], Candidate] | None = None
    vote: Vote = field(init=False)

    def __post_init__(self) -> None:
        self.vote = Vote(self.problem)

    def answer(self, member: Member, run: Run) -> Answer:
        end = member.end.trajectory
        candidate = Candidate(end, end.value, member.end.score)
        self.candidates.append(candidate)
        if end.finished:
            self.vote.add(len(self.candidates) - 1, candidate.value, member.weight)
        rank = (candidate.value is not None, candidate.score or 0.0)
        if self.best is None or rank > self.best[0]:
            self.best = (rank, candidate)
        winner = self.vote.winner
        chosen = self.candidates[winner.first] if winner and self.choose is Choose.VOTE else self.best[1]
        confidence = self.vote.share if winner else None
        return Answer(chosen.value, chosen.trajectory, confidence, Snapshot(self.candidates), run.ledger.spent)
