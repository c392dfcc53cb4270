"""Monte Carlo on arrays and on small programs; knows nothing of language models.

``log_weights`` holds importance weights, ``resampling`` the schemes that turn weights into copies.
"""

from outlay.montecarlo.log_weights import NormalisedWeights, effective_sample_size, normalise_log_weights
from outlay.montecarlo.resampling import (
    RESAMPLING_SCHEMES,
    ResamplingScheme,
    multinomial,
    residual,
    stratified,
    systematic,
)

__all__ = [
    "RESAMPLING_SCHEMES",
    "NormalisedWeights",
    "ResamplingScheme",
    "effective_sample_size",
    "multinomial",
    "normalise_log_weights",
    "residual",
    "stratified",
    "systematic",
]
