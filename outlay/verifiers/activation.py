"""How what a reward model puts out becomes a score in [0, 1]."""

import math
from collections.abc import Sequence
from enum import StrEnum

from outlay.core.errors import InvalidSettingError

_SLACK = 1e-3
"""By how much a probability may leave [0, 1]: half-precision arithmetic rounds that coarsely."""


class Activation(StrEnum):
    """What is still to be done to the outputs."""

    NONE = "none"
    """Nothing: they are probabilities."""
    SIGMOID = "sigmoid"
    """The output for right is the log-odds of right, or any reward that is higher for better answers."""
    SOFTMAX = "softmax"
    """They are the logits of classes."""

    def score(self, owner: str, outputs: Sequence[float], right: int) -> float | None:
        """The score, in [0, 1]; None if the outputs are not finite, so that nothing can be told.

        Args:
            owner: the verifier, for messages.
            outputs: one number for each class.
            right: which of them is the class of what is right, counted from the end where negative.

        Raises:
            InvalidSettingError: if there is no such class, or if the output is no probability where it must be one.
        """
        if not -len(outputs) <= right < len(outputs):
            raise InvalidSettingError(owner, "right", right, f"one of the {len(outputs)} outputs of this model")
        if not all(map(math.isfinite, outputs)):
            return None
        chosen = outputs[right]
        if self is Activation.SIGMOID:
            return _sigmoid(chosen)
        if self is Activation.SOFTMAX:
            largest = max(outputs)
            return math.exp(chosen - largest) / math.fsum(math.exp(one - largest) for one in outputs)
        if not -_SLACK <= chosen <= 1 + _SLACK:
            raise InvalidSettingError(
                owner, "activation", str(self), f"sigmoid or softmax: the output {chosen:g} is no probability"
            )
        return min(max(chosen, 0.0), 1.0)


def _sigmoid(odds: float) -> float:
    smaller = math.exp(-abs(odds))
    return (1.0 if odds >= 0 else smaller) / (1.0 + smaller)
