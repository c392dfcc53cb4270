"""The network that ships: it says what PyTorch says, its intervals cover, and it is silent where it does not know."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import ScalingCurve, coverage_curve
from outlay.laws.extrapolation.forecast import network_forecast
from outlay.laws.extrapolation.network import (
    ANCHOR,
    BINS,
    CARD,
    SHIPPED,
    WEIGHTS,
    CurveNetwork,
    Posterior,
    features,
    masses,
    read_card,
)
from outlay.laws.extrapolation.prior import Pilots, coverage_pilots, selection_pilots
from outlay.testing.false_alarms import check_mean


@pytest.fixture(scope="module")
def network() -> CurveNetwork:
    return CurveNetwork.load()


def told(network: CurveNetwork, pilots: Pilots, row: int) -> np.ndarray:
    """(QUERIES, BINS) for one pilot, from the numpy network."""
    n = int(pilots.there[row].sum())
    error = pilots.error[row, :n]
    known, asked = features(
        pilots.budgets[row, :n], pilots.accuracy[row, :n], error, pilots.queries[row], pilots.problems[row : row + 1],
        pilots.samples[row : row + 1],
    )  # fmt: skip
    return masses(network.mixtures(known, asked), asked[:, ANCHOR], float(error[-1]))


def samples(rng: np.random.Generator, problems: int = 200, n: int = 32) -> ScalingCurve:
    return coverage_curve(rng.random((problems, n)) < rng.beta(0.4, 1.5, problems)[:, None])


@pytest.mark.parametrize("draw", [coverage_pilots, selection_pilots])
def test_its_intervals_cover_synthetic_curves_at_the_stated_rate(network: CurveNetwork, draw: object) -> None:
    """One question a pilot, so that they are independent; the rates may be off by 5 points besides the noise."""
    assert callable(draw)
    pilots = draw(np.random.default_rng(12345), 600)
    for confidence in (0.8, 0.95):
        covered = []
        for row in range(len(pilots.truth)):
            interval = Posterior(told(network, pilots, row)[0]).interval(confidence)
            covered.append(float(interval.low <= pilots.truth[row, 0] <= interval.high))
        rate = float(np.clip(np.mean(covered), confidence - 0.05, min(1.0, confidence + 0.05)))
        check_mean(np.array(covered), rate)


def test_it_says_what_pytorch_says(network: CurveNetwork) -> None:
    torch = pytest.importorskip("torch")
    from outlay.laws.extrapolation.training import CurveModule, tokens_of  # noqa: PLC0415 (needs PyTorch)

    module = CurveModule()
    module.load_state_dict({name: torch.from_numpy(value) for name, value in network.weights.items()})
    pilots = coverage_pilots(np.random.default_rng(0), 8)
    with torch.no_grad():
        expected = module(*tokens_of(pilots)).numpy()
    for row in range(8):
        n = int(pilots.there[row].sum())
        known, asked = features(
            pilots.budgets[row, :n], pilots.accuracy[row, :n], pilots.error[row, :n], pilots.queries[row],
            pilots.problems[row : row + 1], pilots.samples[row : row + 1],
        )  # fmt: skip
        np.testing.assert_allclose(network.mixtures(known, asked), expected[row], atol=1e-3)


def test_it_ships_small_with_a_card_that_is_its_own() -> None:
    weights = (SHIPPED / WEIGHTS).read_bytes()
    card = read_card()
    assert len(weights) < 1_500_000
    assert card["sha256"] == hashlib.sha256(weights).hexdigest()
    assert str(card["command"]).startswith("outlay train extrapolator --steps ")


def test_a_posterior_is_a_distribution(network: CurveNetwork) -> None:
    curve = samples(np.random.default_rng(0))
    found = network.posteriors(curve, np.array([32.0, 256.0]))
    for one in found:
        assert one.mass.sum() == pytest.approx(1)
        assert (one.mass > 0).all()
        inner, outer = one.interval(0.5), one.interval(0.95)
        assert outer.low < inner.low < inner.estimate < inner.high < outer.high
    assert found[1].mean > found[0].mean
    even = Posterior(np.full(BINS, 1 / BINS))
    assert even.mean == pytest.approx(0.5)
    assert even.quantile(0.25) == pytest.approx(0.25)
    assert even.log_density(0.3) == pytest.approx(0)


def test_the_unit_of_a_budget_does_not_matter_where_it_is_not_samples(network: CurveNetwork) -> None:
    rng = np.random.default_rng(1)
    values = np.clip(rng.uniform(0, 0.5, (50, 1)) + 0.08 * np.arange(4), 0, 1)
    one = ScalingCurve(2.0 ** np.arange(4), values)
    other = ScalingCurve(700 * 2.0 ** np.arange(4), values)
    first, second = network.posteriors(one, np.array([64.0]))[0], network.posteriors(other, np.array([44800.0]))[0]
    np.testing.assert_allclose(first.mass, second.mass, atol=1e-12)


def test_a_forecast_is_tried_on_held_out_budgets_and_ends_where_they_end(network: CurveNetwork) -> None:
    curve = samples(np.random.default_rng(0))
    found = network_forecast(network, curve, np.random.default_rng(1), 20)
    assert found.reach >= 4 * 32
    assert found.deviation < 0.02
    assert {one.upto for one in found.held_out} == {4.0, 8.0, 16.0}
    assert found.predict(64).low < found.predict(64).estimate < found.predict(64).high
    with pytest.raises(InvalidInputError, match="out of reach"):
        found.predict(found.reach * 2)
    with pytest.raises(InvalidInputError, match="out of reach"):
        found.posterior(found.reach * 2)


def test_what_it_was_not_trained_for_is_refused(network: CurveNetwork, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="20 problems or more; got 5"):
        network.posteriors(samples(np.random.default_rng(0), problems=5), np.array([64.0]))
    with pytest.raises(InvalidInputError, match="3 budgets or more; it has 2"):
        network.posteriors(samples(np.random.default_rng(0), n=2), np.array([64.0]))
    with pytest.raises(InvalidInputError, match=r"extrapolator\.safetensors is missing"):
        CurveNetwork.load(tmp_path)


def test_its_training_writes_a_network_that_can_be_asked(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from outlay.laws.extrapolation.training import CurveRecipe, train_curve_network  # noqa: PLC0415 (needs PyTorch)

    steps: list[int] = []
    train_curve_network(tmp_path, CurveRecipe(steps=2, batch=8), lambda step, _: steps.append(step))
    assert steps == [2]
    assert {path.name for path in tmp_path.iterdir()} == {WEIGHTS, CARD}
    assert CurveNetwork.load(tmp_path).posteriors(samples(np.random.default_rng(0)), np.array([64.0]))[0].mean < 1
