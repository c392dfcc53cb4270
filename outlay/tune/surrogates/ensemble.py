"""``ensemble``: small neural networks trained from different starts; where they disagree, little is known."""

import itertools
from dataclasses import dataclass

import numpy as np

from outlay.tune.surrogates.surrogate import Belief, FloatArray

RATE, FIRST_DECAY, SECOND_DECAY = 0.02, 0.9, 0.999
"""Step size of Adam, and how much of the mean gradient and the mean square is kept at each step."""
Layers = list[tuple[FloatArray, FloatArray]]
"""Weights (members, inputs, outputs) and biases (members, 1, outputs) of each layer."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A deep ensemble: all members see all values, and differ by their random start.

    Source: Lakshminarayanan et al. 2017, Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles,
    section 2.4, with squared errors; as a surrogate, Li et al. 2024, A Study of Bayesian Neural Network Surrogates for
    Bayesian Optimization.

    Attributes:
        members: networks, at least 2.
        width: units of each of two hidden layers.
        steps: of gradient descent on all values at once.
        decay: weight of the squared weights beside the mean squared error.
    """

    members: int = 10
    width: int = 24
    steps: int = 200
    decay: float = 1e-3

    def predict(self, seen: FloatArray, values: FloatArray, asked: FloatArray, rng: np.random.Generator) -> Belief:
        """The mean of the members and the deviation among them."""
        layers = self._start(seen.shape[1], rng)
        trained = self._train(layers, seen, values)
        found = _forward(trained, asked)[-1][:, :, 0]  # (members, m)
        return Belief(found.mean(axis=0), found.std(axis=0, ddof=1))

    def _start(self, inputs: int, rng: np.random.Generator) -> Layers:
        sizes = (inputs, self.width, self.width, 1)
        return [
            (
                rng.normal(0.0, np.sqrt(2 / before), (self.members, before, after)),
                rng.normal(0.0, 0.5, (self.members, 1, after)) if after > 1 else np.zeros((self.members, 1, 1)),
            )
            for before, after in itertools.pairwise(sizes)
        ]

    def _train(self, layers: Layers, seen: FloatArray, values: FloatArray) -> Layers:
        """Adam (Kingma and Ba 2015, algorithm 1)."""
        flat = [part for layer in layers for part in layer]
        means, squares = [np.zeros_like(part) for part in flat], [np.zeros_like(part) for part in flat]
        for step in range(1, self.steps + 1):
            gradients = self._gradients(_paired(flat), seen, values)
            for place, gradient in enumerate(gradients):
                means[place] = FIRST_DECAY * means[place] + (1 - FIRST_DECAY) * gradient
                squares[place] = SECOND_DECAY * squares[place] + (1 - SECOND_DECAY) * gradient**2
                size = np.sqrt(squares[place] / (1 - SECOND_DECAY**step)) + 1e-8
                flat[place] = flat[place] - RATE * means[place] / (1 - FIRST_DECAY**step) / size
        return _paired(flat)

    def _gradients(self, layers: Layers, seen: FloatArray, values: FloatArray) -> list[FloatArray]:
        outputs = _forward(layers, seen)
        back = 2 * (outputs[-1] - values[None, :, None]) / len(values)  # (members, n, 1)
        found: list[FloatArray] = []
        for (weights, _), into in zip(reversed(layers), reversed(outputs[:-1]), strict=True):
            found = [into.swapaxes(1, 2) @ back + 2 * self.decay * weights, back.sum(axis=1, keepdims=True), *found]
            back = (back @ weights.swapaxes(1, 2)) * (into > 0)
        return found


def _paired(flat: list[FloatArray]) -> Layers:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _forward(layers: Layers, points: FloatArray) -> list[FloatArray]:
    """What goes into each layer, and what comes out of the last; each (members, n, units)."""
    found = [np.broadcast_to(points, (len(layers[0][0]), *points.shape))]
    for place, (weights, biases) in enumerate(layers):
        out = found[-1] @ weights + biases
        found.append(np.maximum(out, 0.0) if place < len(layers) - 1 else out)
    return found
