"""Surrogates: what a sampler believes of points that were not tried, by name in ``SURROGATES``."""

from outlay.core.catalogue import Catalogue
from outlay.tune.surrogates.surrogate import Surrogate

SURROGATES: Catalogue[Surrogate] = Catalogue(
    "surrogate",
    {
        "ensemble": "outlay.tune.surrogates.ensemble:Ensemble",
        "gaussian_process": "outlay.tune.surrogates.gaussian_process:GaussianProcess",
        "infinite_width": "outlay.tune.surrogates.infinite_width:InfiniteWidth",
    },
)
"""All surrogates."""
