"""The pocket transformer in numpy: whole texts at once, or one token for each of many sequences.

Results do not depend on what else is in a batch, to the last bit: matrix products run on blocks of ``ROWS`` rows, so
that one matrix kernel serves every batch size and every place in it, and sums over positions run in fixed chunks
through a column of ones beside the values, because padding with zeros does not change them then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.pocket.architecture import Architecture
from outlay.pocket.threads import single_threaded
from outlay.pocket.weights import BlockWeights, FloatArray, PocketWeights, StackWeights

ROWS = 8
"""Matrix products run on this many rows at a time: larger ones use kernels that differ in the last bit by row."""
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Piece:
    """What the model remembers of some consecutive tokens.

    Attributes:
        keys: (layers, key_value_heads, tokens, head_width).
        values: (layers, key_value_heads, tokens, head_width + 1); the last column is one.
        hidden: (tokens, width), last hidden states after the last norm.
    """

    keys: FloatArray
    values: FloatArray
    hidden: FloatArray

    @property
    def tokens(self) -> int:
        """How many tokens it covers."""
        return len(self.hidden)


def read(weights: PocketWeights, ids: list[int], past: Sequence[Piece]) -> Piece:
    """Run a language model over one or more given tokens that follow some pieces."""
    return read_vectors(weights.stack, weights.embedding[ids], past)


@single_threaded
def read_vectors(stack: StackWeights, vectors: FloatArray, past: Sequence[Piece]) -> Piece:
    """Run a stack over input vectors (tokens, width) that follow some pieces.

    Raises:
        InvalidInputError: if there are more tokens than positions.
    """
    shape = stack.shape
    start, time = sum(piece.tokens for piece in past), len(vectors)
    if start + time > shape.context:
        raise InvalidInputError(f"the text has {start + time} tokens; the pocket model's context is {shape.context}")
    padded = -(-time // ROWS) * ROWS
    x = np.zeros((padded, shape.width), np.float32)
    x[:time] = vectors
    positions = np.minimum(np.arange(start, start + padded), shape.context - 1)
    keys, values = new_cache(shape, 1, start + padded)
    fill(keys[:, 0], values[:, 0], past)
    causal = np.where(np.arange(start + padded) > np.arange(start, start + padded)[:, None], -np.inf, 0.0)
    mask = causal.astype(np.float32)[None, None]  # (1, 1, rows, positions)
    for layer, block in enumerate(stack.blocks):
        q, k, v = _project(x, block, stack, positions)
        keys[layer, 0, :, start:] = k.transpose(1, 0, 2)
        values[layer, 0, :, start:, :-1] = v.transpose(1, 0, 2)
        groups = q.reshape(padded, shape.key_value_heads, -1, shape.head_width).transpose(1, 2, 0, 3)
        mixed = _attend(groups, keys[layer, 0, :, None], values[layer, 0, :, None], mask[0])
        x = _mix(x, mixed.transpose(2, 0, 1, 3).reshape(padded, -1), block, shape.norm_epsilon)
    hidden = _norm(x, shape.norm_epsilon) * stack.norm
    end = start + time
    return Piece(keys[:, 0, :, start:end].copy(), values[:, 0, :, start:end].copy(), hidden[:time].copy())


@single_threaded
def decode(
    weights: PocketWeights,
    tokens: NDArray[np.int64],
    lengths: NDArray[np.int64],
    keys: FloatArray,
    values: FloatArray,
) -> FloatArray:
    """One more token for each sequence; the caches are written in place.

    Args:
        weights: of the model.
        tokens: (rows,) newest token ids; rows is a multiple of ``ROWS``.
        lengths: (rows,) number of tokens before the newest, which is where it is written.
        keys: (layers, rows, key_value_heads, positions, head_width).
        values: (layers, rows, key_value_heads, positions, head_width + 1).

    Returns:
        Hidden states (rows, width).
    """
    shape, stack = weights.shape, weights.stack
    rows = np.arange(len(tokens))
    x = weights.embedding[tokens]
    mask = np.where(np.arange(keys.shape[3]) > lengths[:, None], np.float32(-np.inf), np.float32(0.0))
    mask = mask[:, None, None, :]  # (rows, 1, 1, positions)
    for layer, block in enumerate(stack.blocks):
        q, k, v = _project(x, block, stack, lengths)
        keys[layer, rows, :, lengths] = k
        values[layer, rows, :, lengths, :-1] = v
        groups = q.reshape(len(rows), shape.key_value_heads, -1, shape.head_width)
        mixed = _attend(groups, keys[layer], values[layer], mask)
        x = _mix(x, mixed.reshape(len(rows), -1), block, shape.norm_epsilon)
    return _norm(x, shape.norm_epsilon) * stack.norm


@single_threaded
def unembed(weights: PocketWeights, hidden: FloatArray) -> FloatArray:
    """Logits (rows, vocabulary) of the tokens that follow hidden states (rows, width)."""
    count = len(hidden)
    padded = np.zeros((-(-count // ROWS) * ROWS, hidden.shape[1]), np.float32)
    padded[:count] = hidden
    logits: FloatArray = _product(padded, weights.unembedding)[:count]
    return logits


def new_cache(shape: Architecture, rows: int, positions: int) -> tuple[FloatArray, FloatArray]:
    """Empty keys and values; the values' last column is one, so that a product with them also sums the weights."""
    outer = (shape.layers, rows, shape.key_value_heads, positions)
    keys = np.zeros((*outer, shape.head_width), np.float32)
    values = np.zeros((*outer, shape.head_width + 1), np.float32)
    values[..., -1] = 1.0
    return keys, values


def fill(keys: FloatArray, values: FloatArray, pieces: Sequence[Piece]) -> int:
    """Copy pieces into one row of a cache, (layers, heads, positions, ...); returns the number of tokens."""
    position = 0
    for piece in pieces:
        end = position + piece.tokens
        keys[:, :, position:end] = piece.keys
        values[:, :, position:end] = piece.values
        position = end
    return position


def _project(
    x: FloatArray, block: BlockWeights, stack: StackWeights, positions: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Queries, keys (both rotated) and values: each (rows, its heads, head_width)."""
    shape = stack.shape
    joint = _product(_norm(x, shape.norm_epsilon), block.query_key_value).reshape(len(x), -1, shape.head_width)
    rotated = shape.heads + shape.key_value_heads
    half = shape.head_width // 2
    cosine, sine = stack.cosine[positions, None], stack.sine[positions, None]
    first, second = joint[:, :rotated, :half], joint[:, :rotated, half:]
    turned = np.empty_like(joint[:, :rotated])
    turned[..., :half] = first * cosine - second * sine
    turned[..., half:] = second * cosine + first * sine
    return turned[:, : shape.heads], turned[:, shape.heads :], joint[:, rotated:]


def _product(x: FloatArray, matrix: FloatArray) -> FloatArray:
    """(rows, inputs) @ (inputs, outputs), ``ROWS`` rows at a time."""
    product: FloatArray = (x.reshape(-1, ROWS, x.shape[1]) @ matrix).reshape(len(x), -1)
    return product


def _attend(queries: FloatArray, keys: FloatArray, values: FloatArray, mask: FloatArray) -> FloatArray:
    """(..., queries, width), (..., positions, width), (..., positions, width + 1) -> (..., queries, width)."""
    scores: FloatArray = queries @ np.swapaxes(keys, -1, -2)
    scores += mask
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    total: FloatArray = scores[..., :CHUNK] @ values[..., :CHUNK, :]
    for start in range(CHUNK, scores.shape[-1], CHUNK):
        np.add(total, scores[..., start : start + CHUNK] @ values[..., start : start + CHUNK, :], out=total)
    mixed: FloatArray = total[..., :-1] / total[..., -1:]
    return mixed


def _mix(x: FloatArray, mixed: FloatArray, block: BlockWeights, epsilon: float) -> FloatArray:
    """The rest of a block: add the attention's output, then the feed-forward part."""
    x = np.add(x, _product(mixed, block.attention_out))
    both = _product(_norm(x, epsilon), block.gate_up)
    hidden = both.shape[1] // 2
    gate, up = both[:, :hidden], both[:, hidden:]
    gated = gate / (1.0 + np.exp(-gate)) * up
    x += _product(gated.astype(np.float32, copy=False), block.down)
    return x


def _norm(x: FloatArray, epsilon: float) -> FloatArray:
    normed: FloatArray = x * (1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(epsilon)))
    return normed
