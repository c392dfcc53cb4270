"""What the parallel family chooses, held against a plain statement of each rule."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from outlay.core import phrases
from outlay.core.aggregation import Aggregation
from outlay.core.errors import InvalidSettingError, UnknownNameError
from outlay.core.likeness import word_likeness
from outlay.statistics import fit_weibull_mixture
from outlay.strategies import STRATEGIES
from outlay.strategies.parallel.marker_selection import MarkerSelection
from outlay.testing import SMALL_SCORES, Arrival, Branch, small_world
from tests.strategies.answers import answers, last, replying

pytestmark = pytest.mark.anyio


async def test_repeated_sampling_hands_in_every_different_value() -> None:
    for seed in range(40):
        answer = await last("repeated_sampling(n=6)", seed)
        values = [one.value for one in answer.candidates if one.value is not None]
        assert [one.value for one in answer.submissions] == list(dict.fromkeys(values))
        assert answer.value == next(iter(values), None)


async def test_it_resamples_until_the_verifier_accepts() -> None:
    lengths = Counter()
    for seed in range(40):
        answer = await last("repeated_sampling(n=9, accept=0.7)", seed)
        scores = [SMALL_SCORES[one.trajectory.text] if one.value is not None else -1.0 for one in answer.candidates]
        assert all(score < 0.7 for score in scores[:-1])
        assert len(scores) == 9 or scores[-1] >= 0.7
        if scores[-1] >= 0.7:
            assert answer.trajectory is answer.candidates[-1].trajectory
        lengths[len(scores)] += 1
    assert len(lengths) > 3


async def test_best_of_majority_takes_the_best_score_among_frequent_values() -> None:
    outvoted = outscored = 0
    for seed in range(80):
        answer = await last("best_of_majority(n=12, frequency=0.25, k=2)", seed)
        voters = [one for one in answer.candidates if one.value is not None]
        votes = Counter(one.value for one in voters)
        frequent = {value for value, count in votes.items() if count >= 0.25 * len(voters)}
        frequent = frequent or {votes.most_common(1)[0][0]}
        best = {value: max(one.score or 0.0 for one in voters if one.value == value) for value in frequent}
        assert [one.value for one in answer.submissions] == sorted(best, key=lambda v: -best[v])[:2]
        assert answer.value == answer.submissions[0].value
        outvoted += votes[answer.value] < max(votes.values())
        outscored += (answer.confidence or 0.0) < max(one.score or 0.0 for one in voters)
    assert outvoted
    assert outscored


async def test_without_a_bar_best_of_majority_is_best_of_n() -> None:
    for seed in range(30):
        one, other = await last("best_of_majority(n=6, frequency=0)", seed), await last("best_of_n(n=6)", seed)
        assert one.confidence == other.confidence


async def test_perplexity_consistency_weighs_every_different_path_once() -> None:
    for seed in range(60):
        answer = await last("perplexity_consistency(n=8, prune=False)", seed)
        paths = {one.trajectory.text: one.trajectory for one in answer.candidates if one.value is not None}
        weights: Counter[str | None] = Counter()
        for path in paths.values():
            logprobs = path.logprobs or ()
            weights[path.value] += math.exp(sum(logprobs) / len(logprobs))  # type: ignore[assignment]
        assert weights[answer.value] == pytest.approx(max(weights.values()))
        assert answer.confidence == pytest.approx(weights[answer.value] / sum(weights.values()))


def test_a_weibull_mixture_tells_two_groups_apart() -> None:
    rng = np.random.default_rng(0)
    low, high = 0.3 * rng.weibull(6, 200), 0.9 * rng.weibull(12, 200)
    mixture = fit_weibull_mixture(np.concatenate([low, high]))
    assert mixture is not None
    assert (mixture.upper_share(high) > 0.5).mean() > 0.95
    assert (mixture.upper_share(low) > 0.5).mean() < 0.05
    assert mixture.upper_weight == pytest.approx(0.5, abs=0.05)
    assert fit_weibull_mixture(np.full(50, 0.5)) is None


async def test_first_finish_takes_the_first_value_and_cancels_the_rest() -> None:
    saved = 0
    for seed in range(20):
        world = small_world(Arrival.SHUFFLED, seed)
        run = world.run(None, seed)
        found = [one async for one in STRATEGIES.build("first_finish(n=6)").improve(world.problem, run)]
        assert [one.value for one in found[-1].candidates].index(found[-1].value) == len(found[-1].candidates) - 1
        whole = world.run(None, seed)
        async for _ in STRATEGIES.build("self_consistency(n=6)").improve(world.problem, whole):
            pass
        assert run.ledger.spent.completion_tokens <= whole.ledger.spent.completion_tokens
        saved += run.ledger.spent.completion_tokens < whole.ledger.spent.completion_tokens
    assert saved > 15


async def test_the_last_to_finish_vote_where_asked() -> None:
    for seed in range(20):
        answer = await last("first_finish(n=6, m=1, which=last)", seed)
        assert answer.value == [one.value for one in answer.candidates if one.value is not None][-1]


async def test_markers_count_against_an_answer() -> None:
    chosen = MarkerSelection(n=8, keep=1, doubts=("cccc",), discourse=("so",))
    hedged = sure = 0
    for seed in range(60):
        world = small_world()
        answer = [one async for one in chosen.improve(world.problem, world.run(None, seed))][-1]
        valued = [one.trajectory for one in answer.candidates if one.value is not None]
        doubts = [(t.text.count("cccc") - ("so " in t.text)) / t.completion_tokens for t in valued]
        assert doubts[valued.index(answer.trajectory)] == min(doubts)
        hedged += max(doubts) > 0
        sure += min(doubts) < 0
    assert hedged
    assert sure


async def test_alignment_resampling_stops_at_its_baseline() -> None:
    for seed in range(30):
        found = await answers("alignment_resampling(n=5, baseline=0.6)", seed)
        scores = [one.score or 0.0 for one in found[-1].candidates]
        assert all(score < 0.6 for score in scores[:-1])
        assert len(scores) == 5 or scores[-1] >= 0.6


def test_texts_with_different_numbers_never_say_the_same() -> None:
    assert word_likeness("the answer is 12 apples", "the answer is 13 apples") == 0.0
    assert word_likeness("It is 12 apples, I think", "I think it is 12 apples") == pytest.approx(1.0)
    assert word_likeness("a cat sat", "the dog ran") == 0.0
    assert word_likeness("7", "7") == 1.0


async def test_the_largest_group_wins() -> None:
    for seed in range(30):
        answer = await last("semantic_vote(n=7)", seed)
        votes = Counter(one.value for one in answer.candidates if one.value is not None)
        assert votes[answer.value] == max(votes.values())


class Told(dict[str, list[Branch]]):
    """One reply to every question whether two answers say the same."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    def get(self, key: str, default: object = None) -> list[Branch] | None:  # type: ignore[override]
        return [Branch(self._word, 1.0)] if key.endswith(phrases.SAME) else None


async def test_a_model_may_say_what_is_the_same() -> None:
    one_group = 0
    for seed in range(10):
        agreed = await last("semantic_vote(n=5, equality=model)", seed, replace(replying(), replies=Told("yes")))
        denied = await last("semantic_vote(n=5, equality=model)", seed, replace(replying(), replies=Told("no")))
        values = [one.value for one in agreed.candidates if one.value is not None]
        assert agreed.confidence == len(values) / 5
        votes = Counter(values)
        assert denied.confidence == max(votes.values()) / 5
        one_group += len(votes) > 1
    assert one_group
    assert "dialogue" in STRATEGIES.build("semantic_vote(equality=model)").info.capabilities


@pytest.mark.parametrize(
    ("way", "expected"),
    [("last", 0.5), ("min", 0.25), ("product", 0.0625), ("mean", 1.25 / 3), ("max", 0.5)],
)
def test_scores_of_steps_become_one(way: str, expected: float) -> None:
    assert Aggregation(way).of((0.5, 0.25, 0.5)) == pytest.approx(expected)


async def test_best_of_n_by_the_weakest_step_takes_the_answer_whose_weakest_step_is_best() -> None:
    differs = 0
    for seed in range(40):
        answer = await last("best_of_n(n=6, aggregate=min)", seed)
        weakest = {}
        for one in answer.candidates:
            steps = one.trajectory.problem.step_rule.split(one.trajectory.text)
            scores = [SMALL_SCORES["".join(steps[: i + 1])] for i in range(len(steps))]
            weakest[one.trajectory.text] = min(scores)
            assert one.score == min(scores)
            differs += min(scores) != scores[-1]
        valued = [weakest[one.trajectory.text] for one in answer.candidates if one.value is not None]
        assert answer.confidence == max(valued)
    assert differs


@pytest.mark.parametrize(
    "strategy",
    [
        "repeated_sampling(accept=2)", "best_of_majority(k=0)", "best_of_majority(frequency=-1)", "first_finish(n=0)",
        "first_finish(n=2, m=3)", "marker_selection(keep=0)", "marker_selection(doubts=[''])",
        "alignment_resampling(baseline=7)", "semantic_vote(threshold=2)", "perplexity_consistency(n=0)",
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(strategy: str) -> None:
    with pytest.raises(InvalidSettingError):
        STRATEGIES.build(strategy)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="aggregate"):
        STRATEGIES.build("best_of_n(n=2, aggregate=sum)")
