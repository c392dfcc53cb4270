"""Selections choose as the strategies of their names do, and their expectations are those over all sub-samples."""

from dataclasses import replace
from itertools import combinations, permutations
from math import comb, factorial

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidSettingError
from outlay.pools.drawing import Reweighted
from outlay.pools.graded import GradedSamples
from outlay.pools.selections import SELECTIONS
from outlay.pools.selections.selection import worth
from outlay.pools.source import Effort, Shuffles
from outlay.statistics import expected_best_of_k, majority_at_k, pass_at_k, pass_power_k
from outlay.strategies import STRATEGIES
from tests.pools.worlds import JUDGE, played_run, position_of, random_samples

BY_NAME = [
    "self_consistency",
    "weighted_vote",
    "weighted_vote(weights=rank)",
    "weighted_vote(aggregate=min)",
    "best_of_n",
    "best_of_n(aggregate=product)",
    "best_of_n(aggregate=last)",
    "best_of_n(aggregate=mean)",
    "best_of_n(aggregate=max)",
    "best_of_majority",
    "best_of_majority(k=2, frequency=0.3)",
    "best_of_majority(k=4, frequency=0)",
    "best_of_majority(k=2, frequency=1)",
    "perplexity_consistency(prune=false)",
    "perplexity_consistency",
    "first_finish",
    "first_finish(m=3)",
    "shortest",
    "shortest(keep=3)",
    "marker_selection",
    "marker_selection(keep=1)",
]
ENDLESS = Effort(1 << 14, 1 << 60)
BOUNDS = ["single", "coverage", "all_right"]


def rule_of(name: str, samples: GradedSamples):
    head, _, inner = name.partition("(")
    if head in {"weighted_vote", "best_of_n", "best_of_majority"}:
        inner = f"verifier={JUDGE}, {inner}" if inner else f"verifier={JUDGE})"
        name = f"{head}({inner}"
    return SELECTIONS.build(name).on(samples)


def strategy_of(name: str, n: int):
    head, _, inner = name.partition("(")
    return STRATEGIES.build(f"{head}(n={n}, {inner}" if inner else f"{head}(n={n})")


async def answered(name, samples):
    problem, run = played_run(samples, timed=name.startswith("first_finish"))
    found = [one async for one in strategy_of(name, len(samples)).improve(problem, run)][-1]
    handed_in = [position_of(one.trajectory) for one in found.submissions] or [position_of(found.trajectory)]
    assert handed_in[0] == position_of(found.trajectory)
    return found, handed_in


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=25, deadline=None)
@given(st.integers(3, 14), st.integers(1, 5), st.integers(0, 2**32))
def test_a_selection_chooses_as_the_strategy_does(name, n, answers, seed):
    samples = random_samples(np.random.default_rng(seed), n, answers)
    found, handed_in = anyio.run(answered, name, samples)
    (chosen,) = rule_of(name, GradedSamples.of(samples)).choose(np.arange(n)[None])
    if found.value is None and name.startswith("first_finish"):
        # The one that stands for no answer is the first to arrive there, the first drawn here; neither is right.
        assert samples.value[chosen[0]] is None
    else:
        assert [one for one in chosen if one >= 0] == handed_in


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=5, deadline=None)
@given(st.integers(3, 12), st.integers(0, 2**32))
def test_many_draws_at_once_are_as_one_after_another(name, n, seed):
    rng = np.random.default_rng(seed)
    rule = rule_of(name, GradedSamples.of(random_samples(rng, 12)))
    drawn = rng.permuted(np.tile(np.arange(12), (9, 1)), axis=1)[:, :n]
    alone = np.concatenate([rule.choose(row[None]) for row in drawn])
    np.testing.assert_array_equal(rule.choose(drawn), alone)


def graded(size: int, rng: np.random.Generator | None = None) -> GradedSamples:
    return GradedSamples.of(random_samples(rng or np.random.default_rng(0), size))


def over_sub_samples(rule, correct, n):
    """The mean over all sub-samples in all orders."""
    drawn = np.array(list(permutations(range(len(correct)), n)))
    return float(worth(correct, rule.choose(drawn)).mean())


@pytest.mark.parametrize("name", [*BOUNDS, *BY_NAME])
@settings(max_examples=8, deadline=None)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**32))
def test_a_closed_form_is_the_mean_over_all_sub_samples(name, size, answers, seed):
    samples = GradedSamples.of(random_samples(np.random.default_rng(seed), size, answers))
    rule = rule_of(name, samples)
    for n in range(1, size + 1):
        source = Shuffles(samples, np.random.default_rng(0), {}, ENDLESS)
        exact = rule.expected(source.drawing(n))
        if exact is not None:
            assert exact == pytest.approx(over_sub_samples(rule, samples.correct, n), abs=1e-9)


@pytest.mark.parametrize("name", [*BOUNDS, "best_of_n", "shortest", "first_finish"])
@settings(max_examples=8, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32))
def test_a_closed_form_under_weights_is_the_mean_over_all_weighted_draws(name, size, n, seed):
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(size))
    samples = replace(graded(size, rng), mass=chances)
    rule = rule_of(name, samples)
    drawn = np.array(np.meshgrid(*[range(size)] * n)).reshape(n, -1).T
    due = np.prod(chances[drawn], axis=1) @ worth(samples.correct, rule.choose(drawn))
    assert rule.expected(Reweighted(n)) == pytest.approx(due)


def test_which_selections_have_closed_forms():
    samples = GradedSamples.of(random_samples(np.random.default_rng(0), 6))
    drawing = Shuffles(samples, np.random.default_rng(0), {}, ENDLESS).drawing(3)
    exact = {name for name in [*BOUNDS, *BY_NAME] if rule_of(name, samples).expected(drawing) is not None}
    assert exact == {
        *BOUNDS, "self_consistency", "best_of_n", "best_of_n(aggregate=product)", "best_of_n(aggregate=last)",
        "best_of_n(aggregate=mean)", "best_of_n(aggregate=max)", "first_finish", "shortest",
        "marker_selection(keep=1)",
    }  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.data())
def test_closed_forms_agree_with_the_estimators_of_statistics(size, data):
    n = data.draw(st.integers(1, size))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    raw = random_samples(rng, size)
    samples = GradedSamples.of(raw)
    drawing = Shuffles(samples, rng, {}, ENDLESS).drawing(n)
    right = int(samples.correct.sum())
    assert rule_of("coverage", samples).expected(drawing) == pytest.approx(pass_at_k(size, right, n))
    assert rule_of("all_right", samples).expected(drawing) == pytest.approx(pass_power_k(size, right, n))
    scores = np.where(samples.answered, 10.0, 0.0) + samples.standing(JUDGE)
    best = expected_best_of_k(scores, samples.correct, n)
    assert rule_of("best_of_n", samples).expected(drawing) == pytest.approx(best)
    majority = majority_at_k(raw.value, [bool(one) for one in samples.correct], n, rng, resamples=10**9)
    assert rule_of("self_consistency", samples).expected(drawing) == pytest.approx(majority, abs=1e-9)


def test_shuffles_are_cut_into_sub_samples_of_different_samples():
    source = Shuffles(graded(100), np.random.default_rng(0), {}, ENDLESS)
    for n in (1, 3, 60, 100):
        draws = source.draws(n)
        assert draws.drawn.shape[1] == n
        assert all(len(set(row)) == n for row in draws.drawn.tolist())
        assert draws.halves.mean() == 0.5
    first, second = (source.draws(n).drawn for n in (2, 2))
    np.testing.assert_array_equal(first, second)


def test_every_sub_sample_is_as_likely_as_any_other():
    drawn = Shuffles(graded(5), np.random.default_rng(1), {}, ENDLESS).draws(2).drawn
    counts = np.bincount(drawn[:, 0] * 5 + drawn[:, 1], minlength=25).reshape(5, 5)
    assert counts.sum() == len(drawn)
    assert {len(set(pair)) for pair in combinations(range(5), 2)} == {2}
    due = len(drawn) * factorial(3) / factorial(5)
    # 20 ordered pairs; a chi-squared of 19 degrees above 72 has probability 1e-8.
    off = counts[~np.eye(5, dtype=bool)]
    assert ((off - due) ** 2 / due).sum() < 72
    assert comb(5, 2) * 2 == len(off)


@pytest.mark.parametrize(
    "given_", ["best_of_majority(k=0)", "best_of_majority(frequency=2)", "shortest(keep=0)", "first_finish(m=0)",
               "marker_selection(keep=0)"]
)  # fmt: skip
def test_settings_out_of_range_are_refused(given_):
    with pytest.raises(InvalidSettingError):
        SELECTIONS.build(given_)


def test_no_graded_sample_is_no_samples():
    assert len(GradedSamples.of(random_samples(np.random.default_rng(0), 4, ungraded=1.0))) == 0
