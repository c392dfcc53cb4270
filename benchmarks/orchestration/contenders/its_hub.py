"""its-hub, with its own client, and reward models that take the same time and say the same as everybody's."""

import asyncio
import re
import warnings
from typing import Any

from its_hub.api import AbstractOutcomeRewardModel, AbstractProcessRewardModel  # type: ignore[import-not-found]
from its_hub.core.algorithms.beam_search import BeamSearch  # type: ignore[import-not-found]
from its_hub.core.algorithms.bon import BestOfN  # type: ignore[import-not-found]
from its_hub.core.algorithms.particle_gibbs import ParticleFiltering  # type: ignore[import-not-found]
from its_hub.core.algorithms.self_consistency import SelfConsistency, create_regex_projection_function  # type: ignore[import-not-found]
from its_hub.core.lms.openai_lm import OpenAICompatibleLanguageModel  # type: ignore[import-not-found]
from its_hub.core.lms.step_generation import StepGeneration  # type: ignore[import-not-found]
from its_hub.core.orchestrator import LMOrchestrator  # type: ignore[import-not-found]

from benchmarks.orchestration.contenders.serving import Options, answer, options
from benchmarks.orchestration.text import ANSWER, SEPARATOR, STEPS, score

BEAM_WIDTH = 4


class Outcomes(AbstractOutcomeRewardModel):  # type: ignore[misc]
    """A reward model for whole answers."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def score(self, messages: Any, **settings: Any) -> list[float]:
        """Not asked for here."""
        raise NotImplementedError

    async def ascore(self, messages: Any, orchestrator: Any = None, **settings: Any) -> list[float]:
        """A fixed score for each conversation's last message."""
        await asyncio.sleep(self._seconds)
        return [score(conversation[-1].content) for conversation in messages]


class Steps(AbstractProcessRewardModel):  # type: ignore[misc]
    """A reward model for partial answers."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def score(self, prompt_or_messages: Any, steps: list[str]) -> list[float]:
        """Not asked for here."""
        raise NotImplementedError

    async def ascore(self, prompt_or_messages: Any, steps: list[str]) -> list[float]:
        """A fixed score for each text."""
        await asyncio.sleep(self._seconds)
        return [score(text) for text in steps]


def algorithm(given: Options) -> Any:
    """The algorithm named; its orchestrator may ask for as much at a time as the server writes."""
    generation = StepGeneration(max_steps=STEPS + 1, step_token=SEPARATOR, stop_token=ANSWER)
    orchestrator = LMOrchestrator(max_concurrency=given.concurrency)
    if given.strategy == "BestOfN":
        return BestOfN(Outcomes(given.verdict_seconds), orchestrator)
    if given.strategy == "SelfConsistency":
        projection = create_regex_projection_function(re.escape(ANSWER) + r"\{(.*?)\}")
        return SelfConsistency(projection, orchestrator=orchestrator)
    if given.strategy == "BeamSearch":
        return BeamSearch(generation, Steps(given.verdict_seconds), beam_width=BEAM_WIDTH)
    if given.strategy == "ParticleFiltering":
        return ParticleFiltering(generation, Steps(given.verdict_seconds))
    raise ValueError(f"its-hub has no {given.strategy} here")


async def main(given: Options) -> None:
    """Solve each question with the algorithm named."""
    # Their beam search and particle filter call a method that the same release calls outdated.
    warnings.simplefilter("ignore", DeprecationWarning)
    chosen = algorithm(given)
    model = OpenAICompatibleLanguageModel(given.url, "none", "loopback", temperature=1.0, max_completion_tokens=512)

    async def one(question: str) -> None:
        found = await chosen.ainfer(model, question, given.n)
        if ANSWER not in found["content"]:
            raise RuntimeError(f"{given.strategy} found no {ANSWER} answer to {question}")

    await answer(one)
    await model.close()


if __name__ == "__main__":
    asyncio.run(main(options()))
