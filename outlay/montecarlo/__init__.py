"""Monte Carlo on arrays and on small programs; knows nothing of language models.

``log_weights`` holds importance weights, ``resampling`` the schemes that turn weights into copies, ``population`` the
weighted particles and the pure steps on them, and ``sequential`` the particle filter made of these steps. ``program``
and ``enumeration`` run one small discrete program by sampling and exactly, so that a sampler can be held against the
exact answer.
"""

from outlay.montecarlo.enumeration import ExactDistribution, enumerate_program
from outlay.montecarlo.log_weights import (
    NormalisedWeights,
    effective_sample_size,
    log_mean_exp,
    log_sum_exp,
    normalise_log_weights,
)
from outlay.montecarlo.population import (
    Population,
    ResampleInfo,
    ResampleStep,
    resample_if_degenerate,
    reweight,
)
from outlay.montecarlo.program import Choices, Program, WeightedValue, importance_sample, sample_program
from outlay.montecarlo.resampling import (
    RESAMPLING_SCHEMES,
    Resample,
    ResamplingScheme,
    multinomial,
    residual,
    stratified,
    systematic,
)
from outlay.montecarlo.sequential import (
    SequentialModel,
    SequentialResult,
    SequentialStep,
    StepInfo,
    sequential_monte_carlo,
    sequential_step,
)

__all__ = [
    "RESAMPLING_SCHEMES",
    "Choices",
    "ExactDistribution",
    "NormalisedWeights",
    "Population",
    "Program",
    "Resample",
    "ResampleInfo",
    "ResampleStep",
    "ResamplingScheme",
    "SequentialModel",
    "SequentialResult",
    "SequentialStep",
    "StepInfo",
    "WeightedValue",
    "effective_sample_size",
    "enumerate_program",
    "importance_sample",
    "log_mean_exp",
    "log_sum_exp",
    "multinomial",
    "normalise_log_weights",
    "resample_if_degenerate",
    "residual",
    "reweight",
    "sample_program",
    "sequential_monte_carlo",
    "sequential_step",
    "stratified",
    "systematic",
]
