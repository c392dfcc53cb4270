"""The shape of a pocket model: a small Llama."""

from dataclasses import asdict, dataclass
from typing import Any

from outlay.pocket.tokenizer import BOS, EOS, PAD, VOCABULARY


@dataclass(frozen=True, slots=True)
class Architecture:
    """A Llama-architecture transformer: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied embeddings.

    Attributes:
        width: size of the residual stream.
        layers: number of blocks.
        heads: query heads.
        key_value_heads: key and value heads, a divisor of ``heads``.
        hidden: inner size of the feed-forward part.
        context: largest number of positions.
        vocabulary: number of tokens.
        rope_base: base of the rotary frequencies.
        norm_epsilon: added to the mean square before its root.
    """

    width: int = 128
    layers: int = 5
    heads: int = 4
    key_value_heads: int = 2
    hidden: int = 352
    context: int = 640
    vocabulary: int = len(VOCABULARY)
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """Size of one head."""
        return self.width // self.heads

    @property
    def parameters(self) -> int:
        """Number of weights."""
        attention = self.width * self.head_width * (2 * self.heads + 2 * self.key_value_heads)
        block = attention + 3 * self.width * self.hidden + 2 * self.width
        return self.vocabulary * self.width + self.layers * block + self.width

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)

    def as_hugging_face_config(self) -> dict[str, Any]:
        """The same shape as the ``config.json`` of a ``LlamaForCausalLM``."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": self.width,
            "intermediate_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_value_heads,
            "head_dim": self.head_width,
            "max_position_embeddings": self.context,
            "vocab_size": self.vocabulary,
            "rope_theta": self.rope_base,
            "rms_norm_eps": self.norm_epsilon,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
            "attention_bias": False,
            "mlp_bias": False,
            "pad_token_id": PAD,
            "bos_token_id": BOS,
            "eos_token_id": EOS,
            "torch_dtype": "float32",
        }
