"""Laws find what was put in, predict budgets that they have not seen, and are silent where they do not hold."""

import numpy as np
import pytest
from scipy.special import betaln

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import ScalingCurve, coverage_curve
from outlay.laws.fitting import fit_law
from outlay.laws.forms import LOG_LINEAR, POWER, SATURATION, SHIFTED_POWER, ClosedForm, ClosedFormLaw, saturation_point
from outlay.laws.pass_rates import PassRateLaw, PassRates
from outlay.statistics import pass_at_k

BUDGETS = np.array([1.0, 2, 4, 8, 16, 32, 64])


def flat(law: ClosedFormLaw, *values: float) -> ScalingCurve:
    """A curve without noise: all problems alike."""
    mean = ClosedForm(law.names, np.array(values), law.shape).at(BUDGETS)
    return ScalingCurve(BUDGETS, np.tile(mean, (5, 1)))


def samples(rng: np.random.Generator, a: float = 0.4, b: float = 1.5, problems: int = 300, n: int = 64) -> ScalingCurve:
    rates = rng.beta(a, b, problems)
    return coverage_curve(rng.random((problems, n)) < rates[:, None])


def test_a_curve_of_samples_is_the_unbiased_coverage_and_a_pilot_sees_only_its_own_samples() -> None:
    right = np.array([[True, False, False, False], [False, False, False, True]])
    curve = coverage_curve(right)
    assert curve.budgets.tolist() == [1, 2, 4]
    assert curve.values[0].tolist() == [pass_at_k(4, 1, k) for k in (1, 2, 4)]
    pilot = curve.upto(2)
    assert pilot.values.tolist() == [[0.5, 1.0], [0.0, 0.0]]
    with pytest.raises(InvalidInputError, match="begins at a budget of 1"):
        curve.upto(0.5)


@pytest.mark.parametrize(
    ("law", "values"),
    [
        (POWER, (0.5, 0.6)), (SATURATION, (0.7, 0.2)), (LOG_LINEAR, (0.2, 0.1)), (SHIFTED_POWER, (0.8, 0.5, 0.7)),
        (SHIFTED_POWER, (0.5, -0.2, 0.8)),
    ],
)  # fmt: skip
def test_a_closed_form_finds_its_own_parameters(law: ClosedFormLaw, values: tuple[float, ...]) -> None:
    form = law.fit(flat(law, *values))
    assert list(form.parameters.values()) == pytest.approx(values, rel=1e-3, abs=1e-4)


def test_the_saturation_point_is_where_one_more_unit_buys_as_little_as_asked() -> None:
    form = SATURATION.fit(flat(SATURATION, 0.7, 0.2))
    point = saturation_point(form, 0.01)
    gain = float(np.diff(form.at(np.array([point, point + 1])))[0])
    assert gain == pytest.approx(0.01, rel=1e-3)
    assert saturation_point(form, 0.5) == 0
    with pytest.raises(ValueError, match="above 0"):
        saturation_point(form, 0)


def test_pass_rates_are_found_by_maximum_likelihood() -> None:
    """Standard errors in these worlds are 0.04 and 0.2; off by five of them has a probability below 1e-5."""
    form = PassRateLaw().fit(samples(np.random.default_rng(3), problems=1000))
    assert form.a == pytest.approx(0.4, abs=0.2)
    assert form.b == pytest.approx(1.5, abs=1.0)
    far = np.array([1000.0])
    truth = 1 - np.exp(betaln(0.4, 1.5 + 1000) - betaln(0.4, 1.5))
    assert form.at(far)[0] == pytest.approx(truth, abs=0.03)


def test_problems_that_are_never_solved_are_told_from_hard_ones() -> None:
    rng = np.random.default_rng(4)
    right = rng.random((800, 64)) < np.where(rng.random(800) < 0.3, 0.0, rng.beta(2.0, 2.0, 800))[:, None]
    form = PassRateLaw(never=True).fit(coverage_curve(right))
    assert form.never == pytest.approx(0.3, abs=0.06)
    assert PassRates(1.0, 1.0).at(np.array([1.0, 3.0])).tolist() == pytest.approx([0.5, 0.75])


def test_a_law_that_holds_reaches_eight_times_further_and_its_interval_covers_the_truth() -> None:
    """Of 8 worlds fewer than 5 are covered by an interval of 95 % with a probability below 1e-3."""
    covered = 0
    for seed in range(8):
        curve = samples(np.random.default_rng(seed), problems=200, n=32)
        form, law = PassRateLaw().fit(curve), PassRateLaw()
        rng = np.random.default_rng(seed)
        drawn = [law.fit(curve.of(rng.integers(0, 200, 200))).at(np.array([256.0]))[0] for _ in range(25)]
        truth = 1 - np.exp(betaln(0.4, 1.5 + 256) - betaln(0.4, 1.5))
        covered += bool(abs(form.at(np.array([256.0]))[0] - truth) < 1.96 * np.std(drawn) * 1.05)
    assert covered >= 5


def test_the_reach_is_what_held_out_budgets_support() -> None:
    curve = samples(np.random.default_rng(0))
    good = fit_law(PassRateLaw(), curve, np.random.default_rng(1), 40)
    assert good.reach >= 8 * 64
    told = good.predict(512)
    assert told.low < told.estimate < told.high
    assert good.deviation < 0.01
    straight = fit_law(LOG_LINEAR, curve, np.random.default_rng(1), 40)
    assert straight.reach == 64
    with pytest.raises(InvalidInputError, match="out of reach; held-out budgets support it up to 64"):
        straight.predict(512)
    wrong = [one for one in straight.held_out if not one.holds]
    assert wrong
    assert all(one.factor > 1 for one in straight.held_out)


def test_what_cannot_be_fitted_is_refused() -> None:
    curve = flat(POWER, 0.5, 0.6)
    with pytest.raises(InvalidInputError, match="coverage of samples"):
        fit_law(PassRateLaw(), curve, np.random.default_rng(0), 2)
    short = ScalingCurve(BUDGETS[:2], curve.values[:, :2])
    with pytest.raises(InvalidInputError, match="3 budgets or more; it has 2"):
        fit_law(POWER, short, np.random.default_rng(0), 2)
    with pytest.raises(ValueError, match="rise"):
        ScalingCurve(np.array([2.0, 1.0]), np.zeros((1, 2)))
