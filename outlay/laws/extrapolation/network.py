"""The extrapolating network: a small transformer over a pilot's budgets that gives a distribution of accuracy beyond.

Every budget of the pilot is a token, in no order; every query is one more. All attend to the pilot's tokens alone, so
that queries do not know of each other. The output is a mixture of logistic distributions, placed from an anchor and in
units of the pilot's error, and told as a histogram over [0, 1] (after papers 35 and 165). The anchor lies between the
last accuracy and a power law through the last three. It runs in numpy.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.special import expit

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, IntArray, ScalingCurve, coverage_curve
from outlay.statistics import Interval

SHIPPED = Path(__file__).parent / "shipped"
WEIGHTS, CARD = "extrapolator.safetensors", "extrapolator.json"
BINS = 200
LAYERS, WIDTH, HEADS = 3, 64, 4
COMPONENTS = 6
ANCHOR = 7
"""Where a token has the anchor."""
LEAN = 0.6
"""How far the anchor lies towards the power law."""
FEATURES = 11
FEWEST_PROBLEMS, MOST_PROBLEMS = 20, 1000
"""Of the pilots that it was trained on."""
FEWEST_BUDGETS = 3
MOST_SAMPLES = 1 << 13
NARROWEST = 1e-3
"""Scale of a component, at least."""
EVEN = 1e-3
"""Share of an even distribution in every mixture."""
LEAST = 1e-3
"""Shares and errors are told apart down to this."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """A distribution of accuracy at one budget.

    Attributes:
        mass: (BINS,) of equal bins over [0, 1].
    """

    mass: FloatArray

    @property
    def mean(self) -> float:
        """Expected accuracy."""
        return float(self.mass @ (np.arange(BINS) + 0.5)) / BINS

    def quantile(self, share: float) -> float:
        """The accuracy below which this share of the mass lies, linear within a bin."""
        edges = np.concatenate([[0.0], np.cumsum(self.mass)])
        return float(np.interp(share * edges[-1], edges, np.arange(BINS + 1) / BINS))

    def interval(self, confidence: float = 0.95) -> Interval:
        """The mean with the central interval."""
        tail = (1 - confidence) / 2
        return Interval(self.mean, self.quantile(tail), self.quantile(1 - tail))

    def log_density(self, accuracy: float) -> float:
        """Logarithm of the density at an accuracy, in nats."""
        place = min(int(accuracy * BINS), BINS - 1)
        return math.log(max(float(self.mass[place]) * BINS, 1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class CurveNetwork:
    """A trained network.

    Attributes:
        weights: by name, as training names them.
    """

    weights: Mapping[str, FloatArray]

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> "CurveNetwork":
        """The network of a folder, the shipped one unless another is named.

        Raises:
            InvalidInputError: if the folder holds none.
        """
        path = folder / WEIGHTS
        if not path.is_file():
            raise InvalidInputError(f"{folder} holds no extrapolator: {path.name} is missing")
        return cls({name: value.astype(np.float64) for name, value in load_file(path).items()})

    def posteriors(self, curve: ScalingCurve, budgets: FloatArray) -> list[Posterior]:
        """The distribution of the accuracy over all problems like the curve's, at each budget (k,).

        Of a curve of samples it looks at powers of two; the budgets of any other are counted from its first.

        Raises:
            InvalidInputError: if the curve is of fewer problems or budgets than the network knows.
        """
        if len(curve.values) < FEWEST_PROBLEMS:
            raise InvalidInputError(
                f"fitted_network knows pilots of {FEWEST_PROBLEMS} problems or more; got {len(curve.values)}"
            )
        if len(curve.budgets) < FEWEST_BUDGETS:
            raise InvalidInputError(
                f"fitted_network needs a curve of {FEWEST_BUDGETS} budgets or more; it has {len(curve.budgets)}"
            )
        if curve.right is not None:
            curve, unit = coverage_curve(curve.right[:, :MOST_SAMPLES]), 1.0
        else:
            unit = float(curve.budgets[0])
        # More problems than it knows tell it as much as the most that it knows.
        problems = min(len(curve.values), MOST_PROBLEMS)
        error = curve.error * math.sqrt(len(curve.values) / problems)
        known, asked = features(
            np.log2(curve.budgets / unit),
            curve.mean,
            error,
            np.log2(np.asarray(budgets) / unit),
            np.array([float(problems)]),
            np.array([float(curve.right is not None)]),
        )
        return [Posterior(row) for row in masses(self.mixtures(known, asked), asked[:, ANCHOR], float(error[-1]))]

    def mixtures(self, known: FloatArray, asked: FloatArray) -> FloatArray:
        """Tokens (m, FEATURES) of a pilot and (k, FEATURES) of queries -> (k, 3 COMPONENTS).

        They are logarithms of weights, places and logarithms of scales, as ``masses`` reads them.
        """
        w = self.weights
        x = np.concatenate([known, asked]) @ w["embed.weight"].T + w["embed.bias"]
        seen = len(known)
        for layer in range(LAYERS):
            name = f"layers.{layer}."
            x = x + _attend(w, name, _normed(x, w[name + "norm1.weight"], w[name + "norm1.bias"]), seen)
            inner = _normed(x, w[name + "norm2.weight"], w[name + "norm2.bias"])
            inner = np.maximum(inner @ w[name + "wide.weight"].T + w[name + "wide.bias"], 0.0)
            x = x + inner @ w[name + "narrow.weight"].T + w[name + "narrow.bias"]
        last = _normed(x[seen:], w["norm.weight"], w["norm.bias"])
        return np.asarray(last @ w["head.weight"].T + w["head.bias"], np.float64)


def features(
    log_budgets: FloatArray,
    accuracy: FloatArray,
    error: FloatArray,
    log_queries: FloatArray,
    problems: FloatArray,
    samples: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Tokens of pilots (..., m, FEATURES) and of queries (..., k, FEATURES).

    Args:
        log_budgets: (..., m) log2 of the budgets.
        accuracy: (..., m) as measured.
        error: (..., m) its standard error.
        log_queries: (..., k) log2 of the budgets in question.
        problems: (..., 1) how many the pilot saw.
        samples: (..., 1), 1 for the coverage of samples and 0 for any other curve.
    """
    last = log_budgets.max(axis=-1, keepdims=True)
    final = log_budgets.argmax(axis=-1)[..., None]
    size = np.log10(problems) / 3
    shares = (accuracy, np.log10(accuracy + LEAST) / 3, np.log10(1 - accuracy + LEAST) / 3)
    measured = (*shares, np.log10(error + LEAST / 10) / 2)

    def tokens(log_budget: FloatArray, measured: Sequence[FloatArray], asked: float) -> FloatArray:
        common = ((log_budget - last) / 4, log_budget / 12, *measured, np.array([asked]), size, samples)
        return np.stack([np.broadcast_to(one, log_budget.shape) for one in common], axis=-1)

    ends = [np.take_along_axis(one, final, axis=-1) for one in measured]
    law = _power_law(log_budgets, accuracy, final, log_queries)
    known = (*measured, np.zeros(1), accuracy)
    return tokens(log_budgets, known, 0.0), tokens(log_queries, (*ends, law, ends[0] + LEAN * (law - ends[0])), 1.0)


def _power_law(log_budgets: FloatArray, accuracy: FloatArray, final: IntArray, log_queries: FloatArray) -> FloatArray:
    """(..., k) what exp(-exp(a) x^-b) says, through the last accuracy, with the slope of the last three in bounds."""
    places = final + np.arange(-2, 1)
    x = np.take_along_axis(log_budgets, places, axis=-1)
    z = np.log(-np.log(np.clip(np.take_along_axis(accuracy, places, axis=-1), LEAST, 1 - LEAST)))
    centred = x - x.mean(axis=-1, keepdims=True)
    slope = (centred * z).sum(axis=-1, keepdims=True) / (centred**2).sum(axis=-1, keepdims=True)
    ahead = np.clip(slope, -2.0, 0.3) * (log_queries - x[..., -1:])
    return np.asarray(np.exp(-np.exp(z[..., -1:] + ahead)), np.float64)


def masses(mixtures: FloatArray, anchors: FloatArray, error: float) -> FloatArray:
    """(k, 3 COMPONENTS) -> (k, BINS); what lies beyond 0 or 1 belongs to the bin at that end.

    Args:
        mixtures: log weights, places in tenths from the anchors, log scales in errors.
        anchors: (k,) from the tokens of the queries.
        error: standard error of the last accuracy.
    """
    weights, places, scales = np.split(mixtures[:, :, None], 3, axis=1)
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    inner = np.arange(1, BINS) / BINS
    below = expit((inner - (anchors[:, None, None] + places / 10)) / (NARROWEST + error * np.exp(scales)))
    mixed = (weights * below).sum(axis=1) / weights.sum(axis=1)
    edges = np.pad(mixed, ((0, 0), (1, 1)), constant_values=(0.0, 1.0))
    return np.asarray((1 - EVEN) * np.diff(edges, axis=1) + EVEN / BINS, np.float64)


def read_card(folder: Path = SHIPPED) -> Mapping[str, object]:
    """What a trained network was made with and how good it is."""
    card: Mapping[str, object] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return card


def _attend(w: Mapping[str, FloatArray], name: str, x: FloatArray, seen: int) -> FloatArray:
    query = x @ w[name + "query.weight"].T
    key, value = x[:seen] @ w[name + "key.weight"].T, x[:seen] @ w[name + "value.weight"].T
    size = WIDTH // HEADS
    heads = [slice(i * size, (i + 1) * size) for i in range(HEADS)]
    mixed = np.concatenate([_head(query[:, one], key[:, one], value[:, one]) for one in heads], axis=1)
    return np.asarray(mixed @ w[name + "out.weight"].T, np.float64)


def _head(query: FloatArray, key: FloatArray, value: FloatArray) -> FloatArray:
    scores = query @ key.T / math.sqrt(query.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights @ value / weights.sum(axis=1, keepdims=True), np.float64)


def _normed(x: FloatArray, weight: FloatArray, bias: FloatArray) -> FloatArray:
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5) * weight + bias, np.float64)
