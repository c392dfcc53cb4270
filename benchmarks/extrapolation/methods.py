"""Ways to extrapolate, each giving a distribution over the bins of the network."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from benchmarks.extrapolation.chains import form_draws, pass_rate_draws
from benchmarks.extrapolation.worlds import Case
from outlay.laws.catalogue import PARAMETRIC
from outlay.laws.curve import FloatArray, ScalingCurve
from outlay.laws.extrapolation.forecast import INFO
from outlay.laws.extrapolation.network import BINS, CurveNetwork, Posterior
from outlay.laws.law import Law

NETWORK = INFO.name
RESAMPLES = 40
EVEN = 0.01
"""Share of an even distribution that is mixed into every method's, so that no score is infinite."""
Extrapolate = Callable[[ScalingCurve, float, np.random.Generator], FloatArray]
"""From a pilot and a budget to masses (BINS,)."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one method did on one case.

    Attributes:
        log_score: log density at the truth, in nats.
        error: of the mean.
        within80: whether the central interval covers the truth.
        within95: likewise.
        seconds: of processor time.
    """

    log_score: float
    error: float
    within80: float
    within95: float
    seconds: float


def asked(network: CurveNetwork) -> Extrapolate:
    def extrapolate(curve: ScalingCurve, budget: float, _: np.random.Generator) -> FloatArray:
        return network.posteriors(curve, np.array([budget]))[0].mass

    return extrapolate


def bootstrapped(law: Law) -> Extrapolate:
    def extrapolate(curve: ScalingCurve, budget: float, rng: np.random.Generator) -> FloatArray:
        form, count = law.fit(curve), len(curve.values)
        resamples = [curve.of(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
        return smooth(np.array([law.fit(one, form).at(np.array([budget]))[0] for one in resamples]))

    return extrapolate


def smooth(draws: FloatArray) -> FloatArray:
    """Masses of draws by a normal kernel with Silverman's width, at least half a bin."""
    width = max(0.5 / BINS, 1.06 * float(np.std(draws)) * len(draws) ** -0.2)
    edges = np.arange(BINS + 1) / BINS
    masses = np.diff(ndtr((edges[None, :] - np.clip(draws, 0, 1)[:, None]) / width), axis=1).sum(axis=0)
    return np.asarray(masses / masses.sum(), np.float64)


def methods(samples: bool) -> Mapping[str, Extrapolate]:
    """By name; the network is first."""
    laws = [law for law in PARAMETRIC if samples or not law.info.samples_only]
    chains: dict[str, Extrapolate] = {"MCMC, forms": lambda *given: smooth(form_draws(*given))}
    if samples:
        chains["MCMC, pass rates"] = lambda *given: smooth(pass_rate_draws(*given))
    return {
        NETWORK: asked(CurveNetwork.load()),
        **chains,
        **{law.info.name: bootstrapped(law) for law in laws},
    }


def scored(extrapolate: Extrapolate, case: Case, rng: np.random.Generator) -> Score:
    started = time.process_time()
    mass = extrapolate(case.pilot, float(case.budget), rng)
    seconds = time.process_time() - started
    told = Posterior((1 - EVEN) * mass + EVEN / BINS)
    inner, outer = told.interval(0.8), told.interval(0.95)
    return Score(
        told.log_density(case.truth),
        abs(told.mean - case.truth),
        float(inner.low <= case.truth <= inner.high),
        float(outer.low <= case.truth <= outer.high),
        seconds,
    )
