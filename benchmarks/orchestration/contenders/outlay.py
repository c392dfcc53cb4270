"""Outlay."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import numpy as np

from benchmarks.orchestration.contenders.serving import Options, answer, options
from benchmarks.orchestration.text import ANSWER, SEPARATOR, STEP_TOKENS, STEPS, score
from outlay import Budget, Ledger, Message, Problem, Run, StepRule, Trajectory, solve
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.models.openai import Continuation, OpenAIModel
from outlay.strategies import STRATEGIES
from outlay.tasks.free_answer import FreeAnswer


@dataclass(frozen=True)
class Stub:
    """A process reward model that takes its time and says something fixed."""

    seconds: float
    info: VerifierInfo = VerifierInfo("stub", judges=Judges.STEPS)

    def require(self, problem: Problem) -> None:
        """Any problem will do."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """A fixed score for each text."""
        await anyio.sleep(self.seconds)
        return [Verdict(score(trajectory.text)) for trajectory in trajectories]


async def main(given: Options) -> None:
    """Solve each question with the strategy named."""
    strategy = STRATEGIES.build(given.strategy)
    model = OpenAIModel(
        "loopback",
        base_url=given.url,
        continuation=Continuation.CONTINUE_FINAL_MESSAGE,
        max_concurrency=given.concurrency,
        stream=False,  # as the others do
    )
    rule = StepRule((SEPARATOR,), STEPS + 1, 4 * STEP_TOKENS, 4 * STEPS * STEP_TOKENS)
    verifier = Stub(given.verdict_seconds)

    async def one(question: str) -> None:
        problem = Problem(question, (Message("user", question),), FreeAnswer(), rule)
        outcome = await solve(problem, strategy, Run(model, Ledger(Budget()), np.random.default_rng(0), verifier))
        if outcome.value is None:
            raise RuntimeError(f"{given.strategy} found no {ANSWER} answer to {question}")

    await answer(one)
    await model.aclose()


if __name__ == "__main__":
    asyncio.run(main(options()))
