"""The reward model in PyTorch; ``outlay.pocket.reward`` is its numpy twin."""

import torch
from torch import Tensor, nn

from outlay.pocket.architecture import Architecture
from outlay.pocket.reward import FEATURES, TOTAL_SCALE
from outlay.train.network import Block, PocketNetwork, rotary_tables


class RewardNetwork(nn.Module):
    """A small stack on a frozen trunk's hidden states and token features; one logit a token."""

    def __init__(self, shape: Architecture, trunk_width: int) -> None:
        super().__init__()
        self.shape = shape
        self.from_hidden = nn.Linear(trunk_width, shape.width, bias=False)
        self.from_features = nn.Linear(FEATURES, shape.width, bias=False)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.head = nn.Linear(shape.width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, hidden: Tensor, features: Tensor) -> Tensor:
        """Hidden states (batch, time, trunk width), features (batch, time, FEATURES) -> logits (batch, time)."""
        x = self.from_hidden(hidden) + self.from_features(features)
        cosine, sine = rotary_tables(x.shape[1], self.shape)
        for layer in self.layers:
            x = layer(x, cosine, sine)
        return self.head(self.norm(x)).squeeze(-1)


def trunk_inputs(trunk: PocketNetwork, tokens: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
    """What the reward network reads of a batch: hidden states and, on generated tokens, features.

    Args:
        trunk: the frozen language model.
        tokens: (batch, time) ids.
        generated: (batch, time), whether a token was generated; prompt and padding were not.
    """
    with torch.no_grad():
        hidden = trunk.model(tokens)
        logprobs = torch.log_softmax(hidden[:, :-1] @ trunk.model.embed_tokens.weight.T, dim=-1)
        chosen = logprobs.gather(-1, tokens[:, 1:, None]).squeeze(-1)
        entropy = -(logprobs.exp() * logprobs).sum(-1)
        gap = logprobs.amax(-1) - chosen
        own = chosen * generated[:, 1:]
        lowest, sums = own.cummin(dim=1).values, own.cumsum(dim=1) * TOTAL_SCALE
        features = torch.stack([chosen, entropy, gap, lowest, sums, torch.ones_like(chosen)], dim=-1)
        features = torch.cat([torch.zeros_like(features[:, :1]), features], dim=1)
        return hidden, features * generated[..., None]
