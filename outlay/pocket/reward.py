"""The pocket process reward model: a small stack on the language model's hidden states and token log-probabilities.

A network of this size finds a step as hard to check as to write, but the language model's own log-probabilities tell
where it was unsure. The reward model therefore reads, for every token, the trunk's hidden state beside how likely
the token was, how uncertain the choice, how far it lay behind the likeliest token, and the lowest and summed
log-probability of all it has generated so far.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.pocket.architecture import Architecture
from outlay.pocket.sampler import log_softmax
from outlay.pocket.transformer import unembed
from outlay.pocket.weights import (
    FloatArray,
    PocketWeights,
    StackWeights,
    arrange_stack,
    as_described,
    read_file,
    tensor,
)

FEATURES = 6
TOTAL_SCALE = 0.125
"""Brings the summed log-probability of a usual answer near one."""


@dataclass(frozen=True, slots=True, eq=False)
class RewardWeights:
    """All weights of a reward model.

    Attributes:
        stack: its own blocks.
        from_hidden: (trunk width, width).
        from_features: (FEATURES, width).
        head: (width,).
        bias: of the head.
    """

    stack: StackWeights
    from_hidden: FloatArray
    from_features: FloatArray
    head: FloatArray
    bias: float

    @property
    def parameters(self) -> int:
        """Number of weights, embeddings aside, of which it has none."""
        shape = self.stack.shape
        outside = (shape.vocabulary - 1) * shape.width
        return shape.parameters - outside + self.from_hidden.size + self.from_features.size + 1


def load_reward_weights(folder: Path, trunk_digest: str, name: str = "reward_model") -> RewardWeights:
    """The reward model in a folder.

    Raises:
        InvalidInputError: if it is missing, unreadable, has other tensors than its card says, or was trained on
            another language model.
    """
    file = read_file(folder, name)
    expected = file.card.get("language_model_sha256")
    if expected != trunk_digest:
        raise InvalidInputError(
            f"{folder}/{name} was trained on the language model {expected!r}, not on {trunk_digest!r}; "
            "train it again with: outlay train reward"
        )
    with as_described(folder / name):
        return arrange_reward(file.tensors, Architecture(**file.card["architecture"]))


def arrange_reward(tensors: dict[str, FloatArray], shape: Architecture) -> RewardWeights:
    """Lay out tensors as ``outlay train reward`` names them."""
    return RewardWeights(
        arrange_stack(tensors, shape, ""),
        np.ascontiguousarray(tensors["from_hidden.weight"].T),
        np.ascontiguousarray(tensor(tensors, "from_features.weight", shape.width, FEATURES).T),
        tensor(tensors, "head.weight", 1, shape.width)[0],
        float(tensor(tensors, "head.bias", 1)[0]),
    )


def token_features(
    trunk: PocketWeights, before: FloatArray, ids: list[int], earlier: FloatArray | None = None
) -> FloatArray:
    """What the reward model is told of each token (tokens, FEATURES).

    In this order: log-probability, entropy, gap to the likeliest token, lowest log-probability so far, scaled sum of
    log-probabilities so far, and one for "was generated".

    Args:
        trunk: the language model.
        before: (tokens, width), the hidden state before each token.
        ids: the tokens.
        earlier: (FEATURES,), those of the last generated token before these, if there is one.
    """
    logprobs = log_softmax(unembed(trunk, before))
    chosen = logprobs[np.arange(len(ids)), ids]
    entropy = -(np.exp(logprobs) * logprobs).sum(axis=-1)
    gap = logprobs.max(axis=-1) - chosen
    least, total = (0.0, 0.0) if earlier is None else (earlier[3], earlier[4])
    lowest = np.minimum(np.minimum.accumulate(chosen), least)
    sums = np.cumsum(chosen) * TOTAL_SCALE + total
    return np.stack([chosen, entropy, gap, lowest, sums, np.ones_like(chosen)], axis=1).astype(np.float32)


def input_vectors(reward: RewardWeights, hidden: FloatArray, features: FloatArray | None) -> FloatArray:
    """The stack's inputs (tokens, width); prompt tokens have no features."""
    vectors: FloatArray = hidden @ reward.from_hidden
    return vectors if features is None else vectors + features @ reward.from_features


def scores(reward: RewardWeights, hidden: FloatArray) -> FloatArray:
    """Probability in (0, 1) that all is right so far, at each of the stack's outputs (tokens, width)."""
    logits = hidden @ reward.head + reward.bias
    probabilities: FloatArray = 1.0 / (1.0 + np.exp(-logits))
    return probabilities
