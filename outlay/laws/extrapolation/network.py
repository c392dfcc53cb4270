"""The extrapolating network: a small transformer over a pilot's budgets that gives a distribution of accuracy beyond.

Every budget of the pilot is a token, in no order; every query is one more. All attend to the pilot's tokens alone, so
that queries do not know of each other. The output is a histogram over [0, 1] (papers 35 and 165). It runs in numpy.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from outlay.core.errors import InvalidInputError
from outlay.laws.curve import FloatArray, ScalingCurve
from outlay.statistics import Interval

SHIPPED = Path(__file__).parent / "shipped"
BINS = 100
LAYERS, WIDTH, HEADS = 4, 64, 4
FEATURES = 6
LEAST_ERROR = 1e-4


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
        path = folder / "curve_network.safetensors"
        if not path.is_file():
            raise InvalidInputError(f"{folder} holds no curve network: {path.name} is missing")
        return cls({name: value.astype(np.float64) for name, value in load_file(path).items()})

    def posteriors(self, curve: ScalingCurve, budgets: FloatArray) -> list[Posterior]:
        """The distribution of accuracy at each budget (k,), for problems like the curve's."""
        known, asked = features(np.log2(curve.budgets), curve.mean, curve.error, np.log2(budgets))
        scores = self._forward(known, asked)
        masses = np.exp(scores - scores.max(axis=1, keepdims=True))
        return [Posterior(row / row.sum()) for row in masses]

    def _forward(self, known: FloatArray, asked: FloatArray) -> FloatArray:
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
    log_budgets: FloatArray, accuracy: FloatArray, error: FloatArray, log_queries: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Tokens of a pilot (m, FEATURES) and of queries (k, FEATURES)."""
    last = log_budgets[-1]

    def tokens(log_budget: FloatArray, y: FloatArray, log_error: FloatArray, asked: float) -> FloatArray:
        return np.stack(
            [(log_budget - last) / 4, log_budget / 12, y, log_error, np.full_like(y, asked), np.ones_like(y)], axis=-1
        )

    zero = np.zeros_like(log_queries)
    known = tokens(log_budgets, accuracy, np.log10(np.maximum(error, LEAST_ERROR)) / 2, 0.0)
    return known, tokens(log_queries, zero, zero, 1.0)


def read_card(folder: Path = SHIPPED) -> Mapping[str, object]:
    """What a trained network was made with and how good it is."""
    card: Mapping[str, object] = json.loads((folder / "curve_network.json").read_text(encoding="utf-8"))
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
