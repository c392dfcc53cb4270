"""Statistical checks with a stated false-alarm rate: how often a check fails although nothing is wrong.

With a fixed seed a check either always passes or always fails; the rate says how likely it was that a correct program
would meet a seed that fails. Rates of several checks add.
"""

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6
"""Default rate."""


class LawBrokenError(AssertionError):
    """What was checked does not keep its contract; the message says which law and where."""


def require(holds: bool, law: str) -> None:
    """Go on only if a law holds.

    Raises:
        LawBrokenError: if not.
    """
    if not holds:
        raise LawBrokenError(law)


def check_frequencies(
    counts: Mapping[Hashable, int],
    probabilities: Mapping[Hashable, float],
    false_alarm: float = FALSE_ALARM,
) -> None:
    """Independent draws from a finite distribution: an exact two-sided binomial test of each value, Bonferroni.

    Args:
        counts: how often each value was drawn.
        probabilities: the exact distribution; a value that it lacks must never be drawn.
        false_alarm: upper bound of the probability to fail for draws from this very distribution.

    Raises:
        LawBrokenError: naming the value whose frequency is out of bounds.
    """
    impossible = {value for value, count in counts.items() if count and not probabilities.get(value)}
    require(not impossible, f"values of probability zero were drawn: {impossible}")
    total = sum(counts.values())
    for value, probability in probabilities.items():
        count = counts.get(value, 0)
        expected = min(probability, 1.0)
        tail = min(stats.binom.cdf(count, total, expected), stats.binom.sf(count - 1, total, expected))
        message = f"{value!r} was drawn {count} times of {total}; its probability is {probability:.6g} (p = {tail:.3g})"
        require(2 * tail * len(probabilities) >= false_alarm, message)


def check_mean(
    values: Sequence[float] | np.ndarray,
    expected: float,
    false_alarm: float = FALSE_ALARM,
    allowance: float = 0.0,
) -> None:
    """Independent values with a known mean: a two-sided z-test with the sample variance.

    The rate holds in the normal limit, so give bounded values, thousands of them.

    Args:
        values: (n,), n of 2 or above.
        expected: their exact mean.
        false_alarm: probability to fail for values that have this mean.
        allowance: how far off the mean may be without any noise, for estimates with a known small bias.

    Raises:
        LawBrokenError: if their mean is too far off.
    """
    array = np.asarray(values, np.float64)
    mean, error = float(array.mean()), float(array.std(ddof=1)) / math.sqrt(len(array))
    rounding = 1e-9 * max(1.0, abs(expected))
    margin = float(stats.norm.isf(false_alarm / 2)) * error + rounding + allowance
    message = f"the mean of {len(array)} values is {mean:.8g} where {expected:.8g} +- {margin:.2g} was due"
    require(abs(mean - expected) <= margin, message)
