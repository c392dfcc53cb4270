"""The pocket model in PyTorch, for training and as the oracle of the numpy one. Weight names are Hugging Face's."""

import torch
import torch.nn.functional as F  # noqa: N812 (the field's own name for it)
from torch import Tensor, nn

from outlay.pocket.architecture import Architecture


class Attention(nn.Module):
    """Causal grouped-query attention with rotary positions."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.shape = shape
        inner, outer = shape.heads * shape.head_width, shape.key_value_heads * shape.head_width
        self.q_proj = nn.Linear(shape.width, inner, bias=False)
        self.k_proj = nn.Linear(shape.width, outer, bias=False)
        self.v_proj = nn.Linear(shape.width, outer, bias=False)
        self.o_proj = nn.Linear(inner, shape.width, bias=False)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """Mix positions: (batch, time, width) -> (batch, time, width)."""
        batch, time, _ = x.shape
        width = self.shape.head_width
        q = self.q_proj(x).view(batch, time, self.shape.heads, width).transpose(1, 2)
        k = self.k_proj(x).view(batch, time, self.shape.key_value_heads, width).transpose(1, 2)
        v = self.v_proj(x).view(batch, time, self.shape.key_value_heads, width).transpose(1, 2)
        q, k = _rotate(q, cosine, sine), _rotate(k, cosine, sine)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, time, -1))


class FeedForward(nn.Module):
    """SwiGLU."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down_proj = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., width)."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """One transformer block with norms before its parts."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """(batch, time, width) -> (batch, time, width)."""
        x = x + self.self_attn(self.input_layernorm(x), cosine, sine)
        return x + self.mlp(self.post_attention_layernorm(x))


class Trunk(nn.Module):
    """Embeddings, blocks and the last norm."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)

    def forward(self, tokens: Tensor) -> Tensor:
        """Token ids (batch, time) -> last hidden states (batch, time, width)."""
        x = self.embed_tokens(tokens)
        cosine, sine = rotary_tables(tokens.shape[1], self.shape)
        for layer in self.layers:
            x = layer(x, cosine, sine)
        return self.norm(x)


class PocketNetwork(nn.Module):
    """The language model, with input and output embeddings tied."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.shape = shape
        self.model = Trunk(shape)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                scale = 0.02 if "embed" in name else weight.shape[1] ** -0.5
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    scale /= (2 * shape.layers) ** 0.5
                nn.init.normal_(weight, std=scale)

    def forward(self, tokens: Tensor) -> Tensor:
        """Token ids (batch, time) -> logits (batch, time, vocabulary)."""
        return F.linear(self.model(tokens), self.model.embed_tokens.weight)


def rotary_tables(time: int, shape: Architecture) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every position's angles, each (time, head_width)."""
    half = torch.arange(0, shape.head_width, 2, dtype=torch.float32) / shape.head_width
    angles = torch.outer(torch.arange(time, dtype=torch.float32), shape.rope_base**-half)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat([-second, first], dim=-1) * sine
