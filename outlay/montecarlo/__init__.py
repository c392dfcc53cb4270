"""Monte Carlo on arrays and on small programs; knows nothing of language models.

``log_weights`` holds importance weights, ``resampling`` the schemes that turn weights into copies, ``population`` the
weighted particles and the pure steps on them, and ``sequential`` the particle filter made of these steps.
``conditional`` keeps a path alive through a filter (particle Gibbs), ``metropolis`` holds moves that leave a target as
it is, ``tempering`` powers of weights, and ``branching`` resampling one particle at a time. ``program``
and ``enumeration`` run one small discrete program by sampling and exactly, so that a sampler can be held against the
exact answer.
"""

from outlay.montecarlo.branching import Branches, Branching
from outlay.montecarlo.conditional import Grafting, conditional_resample, draw_one, particle_gibbs_step
from outlay.montecarlo.enumeration import ExactDistribution, enumerate_program
from outlay.montecarlo.log_weights import (
    NormalisedWeights,
    effective_sample_size,
    log_mean_exp,
    log_sum_exp,
    normalise_log_weights,
)
from outlay.montecarlo.metropolis import (
    Rejection,
    acceptance,
    exchange_neighbours,
    independent_metropolis,
    metropolis,
    rejection,
    swap_probability,
)
from outlay.montecarlo.population import (
    Population,
    ResampleInfo,
    ResampleStep,
    resample_by,
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
from outlay.montecarlo.tempering import entropic_exponent, entropy_share, temper

__all__ = [
    "RESAMPLING_SCHEMES",
    "Branches",
    "Branching",
    "Choices",
    "ExactDistribution",
    "Grafting",
    "NormalisedWeights",
    "Population",
    "Program",
    "Rejection",
    "Resample",
    "ResampleInfo",
    "ResampleStep",
    "ResamplingScheme",
    "SequentialModel",
    "SequentialResult",
    "SequentialStep",
    "StepInfo",
    "WeightedValue",
    "acceptance",
    "conditional_resample",
    "draw_one",
    "effective_sample_size",
    "entropic_exponent",
    "entropy_share",
    "enumerate_program",
    "exchange_neighbours",
    "importance_sample",
    "independent_metropolis",
    "log_mean_exp",
    "log_sum_exp",
    "metropolis",
    "multinomial",
    "normalise_log_weights",
    "particle_gibbs_step",
    "rejection",
    "resample_by",
    "resample_if_degenerate",
    "residual",
    "reweight",
    "sample_program",
    "sequential_monte_carlo",
    "sequential_step",
    "stratified",
    "swap_probability",
    "systematic",
    "temper",
]
