"""Control variates: simulated means corrected by what is known of others that were simulated with the same draws.

Several expectations are estimated from one set of draws (paper 68). A control h has a known mean, so by how far its
simulated mean is off says something of how far those of the targets are off: y - b (h - mean of h) has the mean of y
and, with b = Cov(h, h)^-1 Cov(h, y), the least variance. Coefficients come from the other half of the draws than those
that they correct, so that the estimates stay unbiased, and are shared by all groups of draws, such as problems, so that
few draws a group are enough.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
FEWEST = 10
"""Draws for each coefficient below which there is no correction."""
SINGULAR = 1e-10
"""Controls that are others over again, up to this share, are left out."""


class ControlVariates:
    """Means of targets in each of several groups of draws.

    Args:
        targets: how many means are wanted.
        controls: how many quantities of known mean are simulated beside them.
    """

    def __init__(self, targets: int, controls: int) -> None:
        self._controls = controls
        self._shares: list[FloatArray] = []
        self._targets: list[FloatArray] = []
        self._offs: list[FloatArray] = []
        self._drawn = np.zeros(2)
        self._inner = np.zeros((2, targets, controls, controls))
        self._cross = np.zeros((2, targets, controls))
        self._plain = np.zeros((2, targets))

    def add(
        self,
        targets: FloatArray,
        controls: FloatArray,
        known: FloatArray,
        halves: BoolArray,
        wanted: BoolArray | None = None,
    ) -> None:
        """One group of draws.

        Args:
            targets: (targets, draws).
            controls: (controls, draws).
            known: (controls,) their exact means.
            halves: (draws,) which half each draw is of; the halves must be independent, and neither may be empty.
            wanted: (targets,) whose error counts; all if left out.

        Raises:
            ValueError: if a half is empty or the shapes do not agree.
        """
        if len(controls) != self._controls or targets.shape[1:] != halves.shape or halves.all() or not halves.any():
            raise ValueError("needs controls and targets of the same draws, in two halves that are not empty")
        counts = np.ones(len(targets)) if wanted is None else wanted.astype(np.float64)
        shares, means, offs = np.zeros(2), np.zeros((2, len(targets))), np.zeros((2, len(controls)))
        for half, chosen in enumerate((~halves, halves)):
            both = np.concatenate([controls[:, chosen], targets[:, chosen]])
            drawn = both.shape[1]
            centre = both.mean(axis=1)
            shares[half] = drawn / len(halves)
            offs[half], means[half] = centre[: self._controls] - known, centre[self._controls :]
            if drawn > 1:
                spread = both - centre[:, None]
                weight = shares[half] ** 2 / (drawn * (drawn - 1))
                self._gather(half, weight * (spread @ spread.T), counts)
            self._drawn[half] += drawn
        self._shares.append(shares)
        self._targets.append(means)
        self._offs.append(offs)

    def _gather(self, half: int, covariance: FloatArray, counts: FloatArray) -> None:
        split = self._controls
        self._inner[half] += counts[:, None, None] * covariance[:split, :split]
        self._cross[half] += counts[:, None] * covariance[split:, :split]
        self._plain[half] += counts * np.diagonal(covariance)[split:]

    def means(self) -> FloatArray:
        """(groups, targets), unbiased."""
        slopes = self._slopes()
        shares, targets, offs = np.array(self._shares), np.array(self._targets), np.array(self._offs)
        corrected = targets - np.einsum("ghc,htc->ght", offs, slopes)
        return np.asarray(np.einsum("gh,ght->gt", shares, corrected), np.float64)

    def plain_means(self) -> FloatArray:
        """(groups, targets) without any correction."""
        return np.asarray(np.einsum("gh,ght->gt", np.array(self._shares), np.array(self._targets)), np.float64)

    def variances(self) -> FloatArray:
        """(targets,): of the sum over all groups of the means, by simulation alone, where draws are independent."""
        slopes = self._slopes()
        found = self._plain - 2 * np.einsum("htc,htc->ht", slopes, self._cross)
        found += np.einsum("htc,htcd,htd->ht", slopes, self._inner, slopes)
        return np.asarray(np.maximum(found, 0.0).sum(axis=0), np.float64)

    def _slopes(self) -> FloatArray:
        """(2, targets, controls): for each half what the other one says."""
        slopes = np.zeros_like(self._cross)
        for half in (0, 1):
            other = 1 - half
            if self._controls == 0 or self._drawn[other] < FEWEST * (self._controls + 1):
                continue
            inverse = np.linalg.pinv(self._inner[other], rcond=SINGULAR, hermitian=True)
            slopes[half] = np.einsum("tcd,td->tc", inverse, self._cross[other])
        return slopes
