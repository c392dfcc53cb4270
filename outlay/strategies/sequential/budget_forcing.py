"""``budget_forcing``: the end of thinking is held back with a word such as wait, or brought about at a limit."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import restated, say
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.strategies.draw import check_temperature


@dataclass(frozen=True, slots=True)
class BudgetForcing:
    """Let the model think, and each time it would stop, ``waits`` times, replace the end of its thinking by ``wait``.

    Thinking that passes ``think_tokens`` is ended for it. Each time thinking ends, by itself or by force, the answer
    is drawn before it goes on, so that every length of thought has one; the last counts. It helps models that have
    learnt to check themselves, up to a length beyond which accuracy falls: the curve of answers shows where.

    Attributes:
        waits: times that the end is held back.
        think_tokens: tokens of thought before each end, at most; None for the problem's own limit.
        wait: what is written instead of the end.
        end: what ends thinking; empty for the model's own mark.
        ask: said after the problem, so that the model thinks; empty to say nothing.
        temperature: of sampling.
    """

    waits: int = 1
    think_tokens: int | None = None
    wait: str = phrases.WAIT
    end: str = ""
    ask: str = phrases.THINK
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {"waits": [0, 1, 2, 4], "temperature": TEMPERATURES}

    def __post_init__(self) -> None:
        if self.waits < 0:
            raise InvalidSettingError("budget_forcing", "waits", self.waits, "0 or above")
        if self.think_tokens is not None and self.think_tokens < 1:
            raise InvalidSettingError("budget_forcing", "think_tokens", self.think_tokens, "1 or above, or left out")
        if not self.wait.strip():
            raise InvalidSettingError("budget_forcing", "wait", self.wait, "a word such as wait")
        check_temperature("budget_forcing", self.temperature)

    @property
    def info(self) -> StrategyInfo:
        """What it is; it needs a dialogue only if it asks for thought."""
        needs = {Capability.CONTINUATION, *([Capability.DIALOGUE] if self.ask else [])}
        return StrategyInfo(
            "budget_forcing",
            "thinking held open with wait, or cut at a limit",
            "Muennighoff et al. 2025, s1: Simple test-time scaling, section 3; Huang et al. 2025, m1",
            capabilities=frozenset(needs),
            cost="1 sample of up to (waits + 1) * think_tokens tokens, and waits + 1 answers",
        )

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer at each end of thinking."""
        end = self.end or run.model.info.thinking_end
        thought = Trajectory(say(problem, None, self.ask))
        candidates: list[Candidate] = []
        for forced in range(self.waits + 1):
            if forced:
                thought = thought.extend(Step(self.wait, thought.last), Finish.STEP)
            longer = await run.sample_one(
                thought, temperature=self.temperature, stop=(end,), max_tokens=self.think_tokens
            )
            if longer is None:
                return
            thought = _without(longer, end)
            # A text that is over has its answer; else the mark is written, and the answer drawn behind it.
            told = longer if longer.finish is Finish.END else thought.extend(Step(end, thought.last), Finish.STEP)
            whole = told if told is longer else await run.sample_one(told, temperature=self.temperature)
            answer = restated(problem, whole or told)
            candidates.append(Candidate(answer, answer.value))
            best = next((one for one in reversed(candidates) if one.value is not None), candidates[-1])
            yield Answer(best.value, best.trajectory, None, Snapshot(candidates), run.ledger.spent)
            if whole is None or run.exhausted:
                return


def _without(longer: Trajectory, end: str) -> Trajectory:
    """A trajectory without the mark that its last step may end in; the cost of the mark stays with it."""
    last = longer.last
    if last is None or not last.text.endswith(end):
        return longer
    step = Step(last.text.removesuffix(end), last.parent, cost=last.cost, restates=last)
    return Trajectory(longer.problem, step, Finish.STEP, longer.depth)
