"""Honest figures from finite samples: intervals, coverage, paired comparisons and ranking; plain arrays in and out.

``intervals`` bounds a proportion or a mean, ``coverage`` turns n samples a problem into expected results for every
k up to n, ``paired`` compares two methods on the same problems, ``ranking`` says how well scores tell right from wrong.
"""

from outlay.statistics.conformal_selection import (
    Selection,
    benjamini_hochberg,
    conformal_p_values,
    conformal_selection,
    optimised_conformal_selection,
)
from outlay.statistics.coverage import expected_best_of_k, majority_at_k, pass_at_k, pass_power_k
from outlay.statistics.error_rates import (
    JEFFREYS,
    BetaPrior,
    ErrorCounts,
    ErrorRates,
    clustered_error_rates,
    count_errors,
    posterior_error_rates,
)
from outlay.statistics.intervals import Interval, bootstrap_interval, clustered_interval, mean_interval, wilson_interval
from outlay.statistics.majority import probability_ahead
from outlay.statistics.paired import Comparison, compare_paired, holm, mcnemar
from outlay.statistics.ranking import area_under_roc, grouped_area_under_roc
from outlay.statistics.resampling_limits import BestTries, Resampling
from outlay.statistics.weibull_mixture import WeibullMixture, fit_weibull_mixture

__all__ = [
    "JEFFREYS",
    "BestTries",
    "BetaPrior",
    "Comparison",
    "ErrorCounts",
    "ErrorRates",
    "Interval",
    "Resampling",
    "Selection",
    "WeibullMixture",
    "area_under_roc",
    "benjamini_hochberg",
    "bootstrap_interval",
    "clustered_error_rates",
    "clustered_interval",
    "compare_paired",
    "conformal_p_values",
    "conformal_selection",
    "count_errors",
    "expected_best_of_k",
    "fit_weibull_mixture",
    "grouped_area_under_roc",
    "holm",
    "majority_at_k",
    "mcnemar",
    "mean_interval",
    "optimised_conformal_selection",
    "pass_at_k",
    "pass_power_k",
    "posterior_error_rates",
    "probability_ahead",
    "wilson_interval",
]
