"""``listwise``: a model puts all answers in order, several times with the answers shuffled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.consult import ask_all
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import check_asked, needed, why_unread


@dataclass(frozen=True, slots=True)
class Listwise:
    """Orders all answers at once; an answer's score is its mean rank, 1 for always first, 0 for always last.

    One call ranks them all, which is cheap, but the place in the list sways the judge: each of the ``rounds`` shows
    them in another random order. Source: Sun et al. 2023, Is ChatGPT Good at Search?, permutation generation.

    Attributes:
        rubric: what counts; empty for the model's own judgement.
        rounds: orders that the answers are shown in.
        model: who judges; None for the model that answers.
        max_tokens: of each reply.
        seed: of the orders and the replies.
    """

    rubric: str = ""
    rounds: int = 2
    model: LanguageModel | None = None
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("listwise", self.model, rounds=self.rounds, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "listwise", "a model puts all answers in order", needs="a model that converses",
            capabilities=needed(self.model), comparative=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory: its mean rank."""
        texts = sorted({one.text for one in trajectories})
        if len(texts) < 2:
            return [Verdict(0.5, evidence="there is no other answer to compare it with")] * len(trajectories)
        rng = generator_of(self.seed, problem.id, len(texts))
        orders = [rng.permutation(len(texts)) for _ in range(self.rounds)]
        talks = [prompts.listing(problem, [texts[i] for i in shown], self.rubric) for shown in orders]
        asked = await ask_all(run, talks, model=self.model, max_tokens=self.max_tokens, seed=self.seed)
        ranks: list[dict[str, float]] = []
        for shown, found in zip(orders, asked, strict=True):
            best_first = replies.order(found.texts[0], len(texts)) if found.texts else None
            if best_first is not None:
                scores = np.linspace(1.0, 0.0, len(texts)).tolist()
                ranks.append({texts[shown[place]]: score for place, score in zip(best_first, scores, strict=True)})
        if not ranks:
            return [Verdict.unknown(why_unread(asked))] * len(trajectories)
        return [
            Verdict(sum(rank[one.text] for rank in ranks) / len(ranks), evidence=f"mean rank in {len(ranks)} orders")
            for one in trajectories
        ]
