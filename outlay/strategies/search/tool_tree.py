"""``tool_tree``: a depth-first search through tool calls, which goes back where a call fails or leads nowhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges
from outlay.strategies.draw import check_temperature
from outlay.strategies.select import check_counts, standing


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One step with the result of its call.

    Attributes:
        trajectory: up to and with it.
        failed: whether its call failed.
        score: of the verifier; a failed call has 0; None if nobody judged it.
    """

    trajectory: Trajectory
    failed: bool = False
    score: float | None = None


@dataclass(slots=True, eq=False)
class Fork:
    """A place from which branches are tried.

    Attributes:
        at: what they go on from.
        tries: how many were tried.
        texts: what they wrote.
        failed: those whose calls failed.
    """

    at: Trajectory
    tries: int = 0
    texts: set[str] = field(default_factory=set)
    failed: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToolTree:
    """Depth first: tries a step, runs the tool that it calls, and goes on from the result; goes back from dead ends.

    A dead end is a failed call, a finished answer without a value, or one that the verifier scores below
    ``threshold``. A failed call's result says what went wrong; it is gone on from only when the other branches of its
    fork have led nowhere. A step that repeats one of its fork is a try, but nothing is run twice. The search ends with
    the first answer that is no dead end. Its candidates are the leaves of the tree, from which ``preferences`` makes
    pairs for training.

    It helps where tools fail and errors show early, so that going back to the last good call is cheaper than starting
    again. One branch is tried at a time: slow where calls are. Without a verifier the first answer is believed. It is
    for problems with tools; on others it searches plain steps.

    Attributes:
        expansion: tries at each fork.
        tries: tries altogether.
        threshold: what the verifier must give an answer; 0 asks no verifier. A verifier that judges steps is asked
            after each of them.
        temperature: of sampling.
    """

    expansion: int = 3
    tries: int = 64
    threshold: float = 0.0
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"expansion": [2, 3, 4], "tries": [16, 32, 64], "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        check_counts("tool_tree", expansion=self.expansion, tries=self.tries)
        if not 0 <= self.threshold <= 1:
            raise InvalidSettingError("tool_tree", "threshold", self.threshold, "from 0 to 1")
        check_temperature("tool_tree", self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a verifier only with a threshold."""
        return StrategyInfo(
            "tool_tree",
            "depth-first search through tool calls, back from those that fail",
            "Qin et al. 2024, ToolLLM, depth-first search-based decision tree; Chen et al. 2024, Advancing "
            "Tool-Augmented Large Language Models: Integrating Insights from Errors in Inference Trees",
            Judges.OUTCOMES if self.threshold else None,
            frozenset({Capability.CONTINUATION}),
            cost="one step a try, at most tries" + (", and a verdict" if self.threshold else ""),
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each try that is no repetition."""
        leaves: list[Branch] = []
        forks = [Fork(Trajectory(problem))]
        for _ in range(self.tries):
            while forks and forks[-1].tries == self.expansion:
                forks += [Fork(branch.trajectory) for branch in reversed(forks.pop().failed)]
            if not forks or run.exhausted:
                return
            fork = forks[-1]
            fork.tries += 1
            branch = await self._try(run, fork)
            if branch is None:
                continue
            leaves = [leaf for leaf in leaves if leaf.trajectory is not fork.at] + [branch]
            yield _answer(leaves, run)
            dead = branch.score is not None and branch.score < self.threshold
            if branch.trajectory.finished:
                if branch.trajectory.value is not None and not dead:
                    return
            elif len(forks) < problem.step_rule.max_steps and branch.failed:
                fork.failed.append(branch)
            elif len(forks) < problem.step_rule.max_steps and not dead:
                forks.append(Fork(branch.trajectory))

    async def _try(self, run: Run, fork: Fork) -> Branch | None:
        """One more branch; None if it repeats another one or the budget is out."""
        tools = fork.at.problem.tools
        longer = await run.sample_one(fork.at, one_step=True, temperature=self.temperature, stop=tools.stop)
        if longer is None or longer.last is None or longer.last.text in fork.texts:
            return None
        fork.texts.add(longer.last.text)
        call = None if longer.finished else tools.read(longer.text)
        if call is not None:
            result = await tools.run(call)
            longer = longer.extend(Step(tools.rule.write(result), longer.last), Finish.STEP)
            if result.failed:
                return Branch(longer, failed=True, score=0.0)
        return Branch(longer, score=await self._score(run, longer))

    async def _score(self, run: Run, trajectory: Trajectory) -> float | None:
        if not self.threshold:
            return None
        verifier = run.verifier("tool_tree")
        if not trajectory.finished and verifier.info.judges is not Judges.STEPS:
            return None
        verdict = await run.judge_one(trajectory, verifier)
        return verdict.score if verdict else None


def _answer(leaves: list[Branch], run: Run) -> Answer:
    """The best leaf: with a value, then finished, then without failure, then by score; among equals the newest."""
    candidates = tuple(Candidate(one.trajectory, one.trajectory.value, one.score) for one in leaves)
    ranks = [
        (one.value is not None, leaf.trajectory.finished, not leaf.failed, standing(one.score), place)
        for place, (one, leaf) in enumerate(zip(candidates, leaves, strict=True))
    ]
    best = candidates[ranks.index(max(ranks))]
    return Answer(best.value, best.trajectory, best.score, candidates, run.ledger.spent)
