"""``pairwise``: a model compares answers two by two, in both orders, and each answer's score is its share of wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from outlay.core.consult import Replies, ask_all
from outlay.core.errors import InvalidSettingError
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts, replies
from outlay.verifiers.generative.asker import check_asked, needed, why_unread

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pairwise:
    """A tournament: each answer's share of the comparisons it wins, ties counting a half.

    Each pair is shown in both orders. A judge whose preference stays with the position instead of the answer has said
    nothing: its two verdicts cancel to a tie. Answers with the same text are compared once. All pairs of n answers take
    n (n - 1) comparisons; ``opponents`` bounds that. Source: Zheng et al. 2023, Judging LLM-as-a-Judge with MT-Bench
    and Chatbot Arena, section 3.4 (swapping positions).

    Attributes:
        rubric: what counts; empty for the model's own judgement.
        opponents: others that each answer meets at least, drawn at random; None for all of them.
        swap: whether each pair is shown in both orders.
        model: who judges; None for the model that answers.
        max_tokens: of each comparison.
        seed: of the draw, and of the replies.
    """

    rubric: str = ""
    opponents: int | None = None
    swap: bool = True
    model: LanguageModel | None = None
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("pairwise", self.model, max_tokens=self.max_tokens)
        if self.opponents is not None and self.opponents < 1:
            raise InvalidSettingError("verifier pairwise", "opponents", self.opponents, "1 or above")

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "pairwise", "a model compares answers two by two, in both orders", needs="a model that converses",
            capabilities=needed(self.model), comparative=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory: its share of wins against the others."""
        texts = sorted({one.text for one in trajectories})
        shown = [
            order
            for pair in self._pairs(problem, len(texts))
            for order in ((pair, pair[::-1]) if self.swap else (pair,))
        ]
        talks = [prompts.comparison(problem, texts[a], texts[b], self.rubric) for a, b in shown]
        asked = await ask_all(run, talks, model=self.model, max_tokens=self.max_tokens, seed=self.seed)
        wins: dict[str, list[float]] = {text: [] for text in texts}
        for (a, b), found in zip(shown, asked, strict=True):
            preferred = replies.preference(found.texts[0]) if found.texts else None
            if preferred is not None:
                wins[texts[a]].append(preferred)
                wins[texts[b]].append(1 - preferred)
        return [_verdict(wins[one.text], asked) for one in trajectories]

    async def preferences(
        self, problem: Problem, first: Trajectory, second: Trajectory, run: Run
    ) -> tuple[float | None, float | None]:
        """How much the answer in the first place is preferred, in this order and swapped; None off the form.

        Raises:
            BudgetExhausted: if the budget cannot pay for both.
        """
        orders = ((first, second), (second, first))
        talks = [prompts.comparison(problem, one.text, other.text, self.rubric) for one, other in orders]
        asked = await ask_all(run, talks, model=self.model, max_tokens=self.max_tokens, seed=self.seed)
        told, swapped = (replies.preference(found.texts[0]) if found.texts else None for found in asked)
        return told, swapped

    def _pairs(self, problem: Problem, count: int) -> list[Pair]:
        everyone = list(combinations(range(count), 2))
        if self.opponents is None or self.opponents >= count - 1:
            return everyone
        rng = generator_of(self.seed, problem.id, count)
        met: set[Pair] = set()
        for one in range(count):
            others = [other for other in rng.permutation(count).tolist() if other != one]
            met.update((min(one, other), max(one, other)) for other in others[: self.opponents])
        return sorted(met)


def _verdict(wins: Sequence[float], asked: Sequence[Replies]) -> Verdict:
    if not asked:
        return Verdict(0.5, evidence="there is no other answer to compare it with")
    if not wins:
        return Verdict.unknown(why_unread(asked))
    return Verdict(sum(wins) / len(wins), evidence=f"won {sum(wins):g} of {len(wins)} comparisons")
