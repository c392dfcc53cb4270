"""A pocket model's weights, loaded from safetensors and laid out for numpy."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from outlay.core.errors import InvalidInputError
from outlay.pocket.architecture import Architecture

FloatArray = NDArray[np.float32]
SHIPPED = Path(__file__).parent / "shipped"
"""The folder of the models that come with the package."""
SHIPPED_DIALOGUE = Path(__file__).parent / "shipped_dialogue"
"""The folder of the one that converses."""
SHIPPED_SMALL = Path(__file__).parent / "shipped_small"
"""The folder of the small one."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockWeights:
    """One block. The norms' scales and the attention's 1/sqrt(head width) are folded into the matrices.

    Attributes:
        query_key_value: ((heads + 2 * key_value_heads) * head_width, width).
        attention_out: (width, heads * head_width).
        gate_up: (2 * hidden, width).
        down: (width, hidden).
    """

    query_key_value: FloatArray
    attention_out: FloatArray
    gate_up: FloatArray
    down: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class StackWeights:
    """Blocks and the last norm: what maps vectors to vectors.

    Attributes:
        shape: the architecture.
        blocks: one entry a layer.
        norm: (width,), scale of the last norm.
        cosine: (head_width / 2, context), rotary tables by position.
        sine: likewise.
    """

    shape: Architecture
    blocks: tuple[BlockWeights, ...]
    norm: FloatArray
    cosine: FloatArray
    sine: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PocketWeights:
    """All weights of a language model.

    Attributes:
        stack: blocks and the last norm.
        embedding: (vocabulary, width).
        digest: checksum of the weights' file, by which two loaded copies know each other.
    """

    stack: StackWeights
    embedding: FloatArray
    digest: str

    @property
    def shape(self) -> Architecture:
        """The architecture."""
        return self.stack.shape


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A weights file as read: tensors in float32, the card beside it, and the file's SHA-256."""

    tensors: dict[str, FloatArray]
    card: dict[str, Any]
    digest: str


def read_file(folder: Path, name: str) -> ModelFile:
    """Read ``NAME.safetensors`` and its card ``NAME.json``.

    Raises:
        InvalidInputError: if either file is missing or unreadable, or the card names another file's SHA-256.
    """
    weights, card = folder / f"{name}.safetensors", folder / f"{name}.json"
    for path in (weights, card):
        if not path.is_file():
            raise InvalidInputError(
                f"{path} does not exist; a pocket model folder holds {weights.name} and {card.name}"
            )
    try:
        content = weights.read_bytes()
        tensors = {key: value.astype(np.float32) for key, value in load(content).items()}
        file = ModelFile(tensors, dict(json.loads(card.read_text())), hashlib.sha256(content).hexdigest())
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise InvalidInputError(f"{folder} is not a readable pocket model: {error}") from error
    if file.card.get("sha256", file.digest) != file.digest:
        raise InvalidInputError(f"{weights} was changed after its card was written: {card.name} has another SHA-256")
    return file


@contextmanager
def as_described(path: Path) -> Iterator[None]:
    """Tell in one message that a weights file and its card do not fit together.

    Raises:
        InvalidInputError: if laying out the weights failed.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise InvalidInputError(f"{path} does not hold the weights its card describes: {error}") from error


def load_weights(folder: Path, name: str = "language_model") -> PocketWeights:
    """The language model in a folder.

    Raises:
        InvalidInputError: if a file is missing, unreadable or has other tensors than its card says.
    """
    file = read_file(folder, name)
    with as_described(folder / name):
        return arrange(file.tensors, Architecture(**file.card["architecture"]), file.digest)


def arrange(tensors: dict[str, FloatArray], shape: Architecture, digest: str = "") -> PocketWeights:
    """Lay out tensors under Hugging Face's Llama names for this package's transformer."""
    embedding = tensor(tensors, "model.embed_tokens.weight", shape.vocabulary, shape.width)
    return PocketWeights(arrange_stack(tensors, shape, "model."), embedding, digest)


def arrange_stack(tensors: dict[str, FloatArray], shape: Architecture, prefix: str) -> StackWeights:
    """Lay out the blocks and the last norm of tensors whose names start with ``prefix``."""
    if any(key.startswith(f"{prefix}layers.{shape.layers}.") for key in tensors):
        raise ValueError(f"there are more than {shape.layers} layers")
    frequencies = shape.rope_base ** -(np.arange(0, shape.head_width, 2) / shape.head_width)
    angles = np.outer(frequencies, np.arange(shape.context))
    return StackWeights(
        shape,
        tuple(_block(tensors, f"{prefix}layers.{layer}.", shape) for layer in range(shape.layers)),
        tensor(tensors, f"{prefix}norm.weight", shape.width),
        np.cos(angles).astype(np.float32),
        np.sin(angles).astype(np.float32),
    )


def tensor(tensors: dict[str, FloatArray], name: str, *size: int) -> FloatArray:
    """The tensor of a name.

    Raises:
        KeyError: if there is none.
        ValueError: if it has another shape.
    """
    found = tensors[name]
    if found.shape != size:
        raise ValueError(f"{name} has shape {found.shape}, not {size}")
    return found


def _block(tensors: dict[str, FloatArray], prefix: str, shape: Architecture) -> BlockWeights:
    inner, outer = shape.heads * shape.head_width, shape.key_value_heads * shape.head_width

    def matrix(name: str, outputs: int, inputs: int) -> FloatArray:
        return tensor(tensors, f"{prefix}{name}.weight", outputs, inputs)

    before = tensor(tensors, f"{prefix}input_layernorm.weight", shape.width)
    after = tensor(tensors, f"{prefix}post_attention_layernorm.weight", shape.width)
    query = matrix("self_attn.q_proj", inner, shape.width) * np.float32(shape.head_width**-0.5)
    key, value = (matrix(f"self_attn.{part}_proj", outer, shape.width) for part in "kv")
    gate, up = (matrix(f"mlp.{part}_proj", shape.hidden, shape.width) for part in ("gate", "up"))
    return BlockWeights(
        np.concatenate([query, key, value]) * before,
        matrix("self_attn.o_proj", shape.width, inner),
        np.concatenate([gate, up]) * after,
        matrix("mlp.down_proj", shape.width, shape.hidden),
    )
