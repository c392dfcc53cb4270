"""``tool_check``: runs the tools that an answer says it used, and compares what they give with what it says."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from outlay.core.errors import MissingCapabilityError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.tool import Call
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo


@dataclass(frozen=True, slots=True)
class ToolCheck:
    """A step is right while every tool call up to it has the result that the answer claims.

    Reading a cell and adding a column are facts that a tool can settle, and that reward models trained on words
    misjudge. What was to be looked up is not judged: a true lookup of the wrong cell passes. Tools cost nothing.
    Source: "TaTToo: Tool-Grounded Thinking PRM for Test-Time Scaling in Tabular Reasoning".
    """

    info: VerifierInfo = VerifierInfo(
        "tool_check", "runs the tools that an answer claims to have used", Judges.STEPS, needs="a task with tools"
    )

    def require(self, problem: Problem) -> None:
        """Refuse a problem without tools."""
        if not problem.tools.tools:
            raise MissingCapabilityError(
                "verifier 'tool_check'", "tools", f"problem {problem.id!r}", "the tasks countdown and table have some"
            )

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; its score is that of the last step."""
        self.require(problem)
        return [await self._judge(problem, one.text) for one in trajectories]

    async def _judge(self, problem: Problem, text: str) -> Verdict:
        calls, wrong = 0, None
        async for position, complaint in _claims(problem, text):
            calls += 1
            if complaint and wrong is None:
                wrong = position, complaint
        end, scores = 0, []
        for step in problem.step_rule.split(text):
            end += len(step)
            scores.append(float(wrong is None or end <= wrong[0]))
        evidence = wrong[1] if wrong else f"{calls} tool results hold"
        return Verdict(scores[-1] if scores else 0.0, tuple(scores), evidence)


async def _claims(problem: Problem, text: str) -> AsyncIterator[tuple[int, str]]:
    """For each call: where it ends, and what is wrong with the result that follows, ``""`` if nothing is."""
    tools = problem.tools
    stops = {*tools.stop, *problem.step_rule.separators}
    for end in sorted({place + len(stop) for stop in stops for place in _places(text, stop)}):
        call = tools.read(text[:end])
        if not isinstance(call, Call) or end == len(text):
            continue
        result, claimed = await tools.run(call), text[end:].split("\n", 1)[0]
        agrees = tools.rule.agrees(claimed, result)
        yield end, "" if agrees else f"{claimed!r} is claimed where it is {tools.rule.write(result).strip()!r}"


def _places(text: str, part: str) -> list[int]:
    found, start = [], text.find(part)
    while start >= 0:
        found.append(start)
        start = text.find(part, start + 1)
    return found
