"""Models of judges against simulation and enumeration, and planted effects that have to be found."""

from itertools import product

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError
from outlay.laws.consistency import Votes, confidence_errors
from outlay.laws.curve import ScalingCurve
from outlay.laws.judge_model import JudgeModel
from outlay.laws.multiple_choice import Choices, fit_margins, transformations
from outlay.laws.regret import Answers, bound, coverage_coefficient, measured_regrets, reward_error
from outlay.laws.solve_or_verify import Verified, advantage, frontier, measured_grid
from outlay.laws.verifier_gap import gap, reward_spread


@pytest.mark.parametrize(("teacher", "reward"), [(0.5, 0.5), (0.5, 2.5), (-1.0, 0.3)])
def test_best_of_k_by_quadrature_is_what_is_simulated(teacher: float, reward: float) -> None:
    """The worst of nine simulated means is off by more than five standard errors with a probability below 1e-5."""
    model, draws = JudgeModel(0.0, 1.0, teacher, reward), 20_000
    for k in (1, 3, 20):
        y = np.random.default_rng(k).normal(0.0, 1.0, (draws, k))
        chosen = np.take_along_axis(y, np.abs(y - reward).argmin(axis=1)[:, None], axis=1)[:, 0]
        errors = (chosen - teacher) ** 2
        assert abs(errors.mean() - model.best_of_k(k)) < 5 * errors.std() / np.sqrt(draws)
    assert model.simulated(np.array([3]), np.array([0.0]), np.random.default_rng(0))[0, 0] == pytest.approx(
        model.best_of_k(3), rel=0.1
    )


def test_with_the_teacher_as_judge_the_error_falls_as_one_over_k_squared() -> None:
    model = JudgeModel(0.3, 0.8, 0.5, 0.5)
    errors = [model.best_of_k(k) for k in (1, 4, 16, 64, 256)]
    assert errors == sorted(errors, reverse=True)
    assert model.best_of_k(2000) == pytest.approx(model.leading(2000), rel=0.02)


def test_a_judge_that_is_far_off_has_a_best_number_of_samples() -> None:
    model = JudgeModel(0.0, 1.0, 0.5, 2.5)
    errors = [model.best_of_k(k) for k in (1, 2, 64)]
    assert errors[1] < errors[0] < errors[2]
    k, temperature = model.best(np.array([1, 2, 4, 8, 64]), np.array([0.0, 2.0, 8.0]), np.random.default_rng(0))
    assert k > 1
    assert temperature > 0
    far = model.simulated(np.array([5000]), np.array([4.0]), np.random.default_rng(0), 400)[0, 0]
    assert far == pytest.approx(model.limit(4.0), rel=0.1)


def test_the_error_of_a_share_is_its_variance_and_sums_of_probabilities_converge_faster() -> None:
    logprobs = np.log(np.array([0.5, 0.3, 0.2]))
    draws = np.repeat([0, 1, 2], [50, 30, 20])
    votes = Votes(np.array([0, 1, 1])[draws], np.array([1.0, 0, 0])[draws], draws, logprobs[draws])
    counts = np.array([1, 4, 16])
    found = confidence_errors([votes], counts, np.random.default_rng(0))
    assert found.counted.tolist() == pytest.approx((0.25 / counts).tolist())
    assert found.counted_model == pytest.approx(0.25)
    assert found.summed_model == pytest.approx(0.25)
    assert found.summed[2] < found.counted[2] / 5
    # With one sample only its own path is known: the error by enumeration.
    masses = {0: 0.5, 1: 0.3, 2: 0.2}
    exact = sum(
        masses[path]
        * (0.5 * ((0.5 if path == 0 else 0) - 0.5) ** 2 + 0.5 * ((0 if path == 0 else masses[path]) - 0.5) ** 2)
        for path in masses
    )
    # 200 draws of a value between 0 and 0.25: the mean is off by 0.05 with a probability below 1e-6.
    assert found.summed[0] == pytest.approx(exact, abs=0.05)


def verified(rng: np.random.Generator, reliable: float, problems: int = 60) -> Verified:
    """Half of the solutions give one wrong answer, a third the right one; a check is right so often."""
    answers = rng.choice(3, (problems, 16), p=[0.35, 0.5, 0.15])
    right = answers == 0
    checks = rng.random((problems, 16, 8)) < reliable
    return Verified(answers, right, np.where(checks, right[:, :, None], ~right[:, :, None]).astype(np.float64), 0.5)


def test_verification_beats_a_wrong_majority_for_its_price_and_the_vote_is_enumerated() -> None:
    data = verified(np.random.default_rng(0), 0.9)
    grid = measured_grid(data, [1, 2, 4, 8, 16], [1, 2, 4, 8], np.random.default_rng(1))
    assert grid.mean[4, 4] > 0.95
    assert grid.mean[4, 0] < 0.4
    assert grid.costs[2].tolist() == [4, 6, 8, 12, 20]
    found = frontier(grid, [2, 6, 12, 24, 48], np.random.default_rng(2), 50)
    assert found.accuracy == sorted(found.accuracy)
    assert found.match is not None
    assert advantage(grid) < 2
    assert found.solve_exponent.low <= found.solve_exponent.estimate <= found.solve_exponent.high
    small = Verified(data.answers[:3, :4], data.right[:3, :4], data.scores[:3, :4], 0.5)
    voted = measured_grid(small, [4], [1], np.random.default_rng(0), 1).values[:, 0, 0]
    for row, answers in enumerate(small.answers):
        counts = np.bincount(answers, minlength=3)
        leaders = np.flatnonzero(counts == counts.max())
        assert voted[row] == pytest.approx(float((leaders == 0).mean()))


def test_a_useless_verification_never_matches_the_vote() -> None:
    rng = np.random.default_rng(5)
    answers = np.where(rng.random((80, 16)) < 0.6, 0, rng.integers(1, 5, (80, 16)))
    data = Verified(answers, answers == 0, rng.random((80, 16, 4)), 1.0)
    grid = measured_grid(data, [4, 8, 16], [1, 4], rng)
    assert frontier(grid, [8, 32], rng, 20).match is None
    assert advantage(grid) == np.inf
    with pytest.raises(InvalidInputError, match="16 solutions and 4 verifications; got 32"):
        measured_grid(data, [32], [1], rng)


def test_a_widening_gap_is_seen_and_a_constant_one_is_not() -> None:
    rng, budgets = np.random.default_rng(0), np.array([1.0, 2, 4, 8])
    base = rng.uniform(0.2, 0.4, (50, 4))
    wide = ScalingCurve(budgets, base + 0.05 * np.arange(4) + rng.normal(0, 0.01, (50, 4)))
    even = ScalingCurve(budgets, base + 0.05 + rng.normal(0, 0.01, (50, 4)))
    without = ScalingCurve(budgets, base)
    assert gap(wide, without, rng).widens
    assert gap(wide, without, rng).growth.estimate == pytest.approx(0.05, abs=0.01)
    assert not gap(even, without, rng).widens
    with pytest.raises(InvalidInputError, match="same problems"):
        gap(ScalingCurve(budgets, base[:10]), without, rng)
    spread = reward_spread(np.array([[1.0, 0, 0, 0], [1.0, 1, 1, 1]]))
    assert spread.sharp == 0.5
    assert spread.anti_concentration == 0.25
    assert spread.heterogeneity == pytest.approx(np.sqrt(0.1875) / 2)


def choices(rng: np.random.Generator, budgets: np.ndarray, problems: int = 400) -> Choices:
    """The right choice's log-probability rises steadily; the wrong ones' rise too, by chance more or less."""
    x = np.log(budgets)
    right = -6 + rng.normal(0, 1, (problems, 1)) + 0.6 * x + rng.normal(0, 0.05, (problems, len(x)))
    wrong = -6.5 + rng.normal(0, 1, (problems, 1, 3)) + (0.45 * x)[None, :, None]
    wrong = wrong + rng.normal(0, 0.4, (problems, len(x), 3))
    return Choices(budgets, np.concatenate([right[:, :, None], wrong], axis=2), np.zeros(problems, np.int64))


def test_each_transformation_loses_and_wrong_choices_belong_into_the_law() -> None:
    budgets = np.array([1.0, 2, 4, 8, 16, 32])
    data = choices(np.random.default_rng(0), budgets)
    lost = transformations(data)
    assert lost.logprob > lost.share > lost.accuracy > 0
    later = np.array([256.0])
    truth = choices(np.random.default_rng(0), np.append(budgets, later)).accuracy[-1]
    by_margin = fit_margins(budgets, data.margins).at(later)[0]
    threshold = float(np.quantile(data.of_right, 1 - data.accuracy.mean()))
    by_right_alone = fit_margins(budgets, data.of_right - threshold).at(later)[0]
    assert abs(by_margin - truth) < 0.04 < abs(by_right_alone - truth)
    assert 0 < data.shares.min() < data.shares.max() < 1
    with pytest.raises(InvalidInputError, match="at least three"):
        fit_margins(budgets[:2], data.margins[:, :2])


def overrated(rng: np.random.Generator) -> Answers:
    """A rare wrong answer has the best score, so that the more samples, the surer best-of-N takes it."""
    answers = rng.choice(3, 256, p=[0.4, 0.58, 0.02])
    return Answers(answers, (answers == 0).astype(np.float64), np.array([0.8, 0.3, 1.0])[answers])


def test_best_of_n_degrades_where_a_rare_answer_is_overrated_and_best_of_majority_does_not() -> None:
    rng = np.random.default_rng(0)
    problems = [overrated(rng) for _ in range(40)]
    found = {one.method: one for one in measured_regrets(problems, [2, 8, 32, 128], 1, rng, draws=20)}
    assert found["best_of_n"].degrades
    assert not found["best_of_majority"].degrades
    assert found["majority"].regret[-1].estimate > 0.9
    assert found["best_of_majority"].regret[-1].estimate < 0.1
    assert coverage_coefficient(problems[0]) == pytest.approx(2.5, rel=0.3)
    assert bound(problems[0], 4) == pytest.approx(bound(problems[0], 1) / 2)
    assert reward_error(Answers(np.array([0, 1]), np.array([1.0, 0.0]), np.array([1.0, 0.0]))) == 0


def test_regret_by_enumeration_of_all_orders() -> None:
    one = Answers(np.array([0, 1, 1]), np.array([1.0, 0.0, 0.0]), np.array([0.9, 0.5, 0.6]))
    exact = np.mean([0.0 if 0 in order else 1.0 for order in product(range(3), repeat=1)])
    found = measured_regrets([one], [1, 3], 1, np.random.default_rng(0), draws=4000)
    by_score = next(r for r in found if r.method == "best_of_n")
    # 4000 draws: off by 0.04 with a probability below 1e-6.
    assert by_score.regret[0].estimate == pytest.approx(exact, abs=0.04)
    assert by_score.regret[1].estimate == 0
    with pytest.raises(InvalidInputError, match="one has 3"):
        measured_regrets([one], [4], 1, np.random.default_rng(0))
