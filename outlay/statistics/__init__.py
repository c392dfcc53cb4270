"""Honest figures from finite samples: intervals, coverage, paired comparisons and ranking; plain arrays in and out.

``intervals`` bounds a proportion or a mean, ``coverage`` turns n samples a problem into expected results for every
k up to n, ``plurality`` says exactly who wins a vote among k of them, ``control_variates`` corrects what is simulated
by what is known, ``paired`` compares two methods on the same problems and ``ratios`` their costs, ``ranking`` says how
well scores tell right from wrong.

How far a verifier can be trusted: ``error_rates``, ``calibration``, ``calibrators``, ``agreement`` and ``judge_bias``
measure it, ``resampling_limits`` says what its errors cost, ``conformal_selection`` and ``batch_prediction`` give
guarantees for new answers that need no more than exchangeability.
"""

from outlay.statistics.agreement import cohen_kappa, error_correlation, score_correlation
from outlay.statistics.anytime_curve import AnytimeCurve, log_budget_area
from outlay.statistics.batch_prediction import batch_accuracy_interval, batch_mean_interval, batch_wrong_interval
from outlay.statistics.best_of_n_transform import (
    ReweightedPolicy,
    best_of_n_win_rate,
    calibrated_reward,
    exponential_transform,
)
from outlay.statistics.budget_to_target import BudgetToTarget, budget_to_target
from outlay.statistics.calibration import (
    CalibrationCurve,
    brier_score,
    calibration_curve,
    expected_calibration_error,
    log_loss,
)
from outlay.statistics.calibrators import IsotonicCalibrator, PlattCalibrator, TemperatureCalibrator
from outlay.statistics.conformal_selection import (
    Selection,
    benjamini_hochberg,
    conformal_p_values,
    conformal_selection,
    optimised_conformal_selection,
)
from outlay.statistics.control_variates import ControlVariates
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
from outlay.statistics.judge_bias import PositionBias, contrast_consistency, length_bias, position_bias
from outlay.statistics.majority import probability_ahead
from outlay.statistics.nonnegative_fit import NonnegativeFit, nonnegative_fit
from outlay.statistics.paired import Comparison, compare_paired, holm, mcnemar
from outlay.statistics.plurality import plurality_work, plurality_worth
from outlay.statistics.ranking import area_under_roc, area_under_roc_interval, grouped_area_under_roc
from outlay.statistics.ratios import ratio_of_means
from outlay.statistics.resampling_limits import BestTries, Resampling
from outlay.statistics.selective_risk import Threshold, labels_needed, risk_threshold
from outlay.statistics.split_point import SplitPoint, binary_discrepancy, split_residuals
from outlay.statistics.subsamples import chances_within
from outlay.statistics.weibull_mixture import WeibullMixture, fit_weibull_mixture, probable

__all__ = [
    "JEFFREYS",
    "AnytimeCurve",
    "BestTries",
    "BetaPrior",
    "BudgetToTarget",
    "CalibrationCurve",
    "Comparison",
    "ControlVariates",
    "ErrorCounts",
    "ErrorRates",
    "Interval",
    "IsotonicCalibrator",
    "NonnegativeFit",
    "PlattCalibrator",
    "PositionBias",
    "Resampling",
    "ReweightedPolicy",
    "Selection",
    "SplitPoint",
    "TemperatureCalibrator",
    "Threshold",
    "WeibullMixture",
    "area_under_roc",
    "area_under_roc_interval",
    "batch_accuracy_interval",
    "batch_mean_interval",
    "batch_wrong_interval",
    "benjamini_hochberg",
    "best_of_n_win_rate",
    "binary_discrepancy",
    "bootstrap_interval",
    "brier_score",
    "budget_to_target",
    "calibrated_reward",
    "calibration_curve",
    "chances_within",
    "clustered_error_rates",
    "clustered_interval",
    "cohen_kappa",
    "compare_paired",
    "conformal_p_values",
    "conformal_selection",
    "contrast_consistency",
    "count_errors",
    "error_correlation",
    "expected_best_of_k",
    "expected_calibration_error",
    "exponential_transform",
    "fit_weibull_mixture",
    "grouped_area_under_roc",
    "holm",
    "labels_needed",
    "length_bias",
    "log_budget_area",
    "log_loss",
    "majority_at_k",
    "mcnemar",
    "mean_interval",
    "nonnegative_fit",
    "optimised_conformal_selection",
    "pass_at_k",
    "pass_power_k",
    "plurality_work",
    "plurality_worth",
    "position_bias",
    "posterior_error_rates",
    "probability_ahead",
    "probable",
    "ratio_of_means",
    "risk_threshold",
    "score_correlation",
    "split_residuals",
    "wilson_interval",
]
