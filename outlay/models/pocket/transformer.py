"""The pocket transformer in numpy: whole texts at once, or one token for each of many sequences.

Results do not depend on what else is in a batch, to the last bit: rows are padded to a multiple of ``ROWS`` so that one
matrix kernel serves every batch size, and sums over positions run in fixed chunks through a column of ones beside
the values, because padding with zeros does not change them then.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.models.pocket.weights import BlockWeights, FloatArray, PocketWeights

ROWS = 16
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What the model remembers of some consecutive tokens.

    Attributes:
        keys: (layers, key_value_heads, tokens, head_width).
        values: (layers, key_value_heads, tokens, head_width + 1); the last column is one.
        hidden: (tokens, width), last hidden states after the last norm.
        logits: (vocabulary,), of the token that comes next.
    """

    keys: FloatArray
    values: FloatArray
    hidden: FloatArray
    logits: FloatArray

    @property
    def tokens(self) -> int:
        """How many tokens it covers."""
        return self.hidden.shape[0]


def read(weights: PocketWeights, ids: list[int], past: list[Piece]) -> Piece:
    """Run the model over given tokens that follow some pieces; one or more tokens."""
    shape = weights.shape
    start, time = sum(piece.tokens for piece in past), len(ids)
    padded = -(-time // ROWS) * ROWS
    x = np.zeros((padded, shape.width), np.float32)
    x[:time] = weights.embedding[ids]
    positions = np.minimum(np.arange(start, start + padded), shape.context - 1)
    keys, values = new_cache(shape.layers, 1, shape.key_value_heads, start + padded, shape.head_width)
    fill(keys[:, 0], values[:, 0], past)
    causal = np.where(np.arange(start + padded) > np.arange(start, start + padded)[:, None], -np.inf, 0.0)
    mask = causal.astype(np.float32)[None, None]  # (1, 1, rows, positions)
    for layer, block in enumerate(weights.blocks):
        q, k, v = _project(x, block, weights, positions)
        keys[layer, 0, :, start:] = k.transpose(1, 0, 2)
        values[layer, 0, :, start:, :-1] = v.transpose(1, 0, 2)
        groups = q.reshape(padded, shape.key_value_heads, -1, shape.head_width).transpose(1, 2, 0, 3)
        mixed = _attend(groups, keys[layer, 0, :, None], values[layer, 0, :, None], mask[0])
        x = _mix(x, mixed.transpose(2, 0, 1, 3).reshape(padded, -1), block, shape.norm_epsilon)
    hidden = _norm(x, shape.norm_epsilon) * weights.norm
    logits = hidden @ weights.unembedding
    end = start + time
    return Piece(
        keys[:, 0, :, start:end].copy(), values[:, 0, :, start:end].copy(), hidden[:time].copy(), logits[time - 1].copy()
    )


def decode(
    weights: PocketWeights, tokens: NDArray[np.int64], lengths: NDArray[np.int64], keys: FloatArray, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """One more token for each sequence; the caches are written in place.

    Args:
        weights: of the model.
        tokens: (rows,) newest token ids; rows is a multiple of ``ROWS``.
        lengths: (rows,) number of tokens before the newest, which is where it is written.
        keys: (layers, rows, key_value_heads, positions, head_width).
        values: (layers, rows, key_value_heads, positions, head_width + 1).

    Returns:
        Hidden states (rows, width) and logits (rows, vocabulary).
    """
    shape = weights.shape
    rows = np.arange(len(tokens))
    x = weights.embedding[tokens]
    mask = np.where(np.arange(keys.shape[3]) > lengths[:, None], np.float32(-np.inf), np.float32(0.0))
    mask = mask[:, None, None, :]  # (rows, 1, 1, positions)
    for layer, block in enumerate(weights.blocks):
        q, k, v = _project(x, block, weights, lengths)
        keys[layer, rows, :, lengths] = k
        values[layer, rows, :, lengths, :-1] = v
        groups = q.reshape(len(rows), shape.key_value_heads, -1, shape.head_width)
        mixed = _attend(groups, keys[layer], values[layer], mask)
        x = _mix(x, mixed.reshape(len(rows), -1), block, shape.norm_epsilon)
    hidden = _norm(x, shape.norm_epsilon) * weights.norm
    return hidden, hidden @ weights.unembedding


def new_cache(layers: int, rows: int, heads: int, positions: int, width: int) -> tuple[FloatArray, FloatArray]:
    """Empty keys and values; the values' last column is one, so that a product with them also sums the weights."""
    keys = np.zeros((layers, rows, heads, positions, width), np.float32)
    values = np.zeros((layers, rows, heads, positions, width + 1), np.float32)
    values[..., -1] = 1.0
    return keys, values


def fill(keys: FloatArray, values: FloatArray, pieces: list[Piece]) -> int:
    """Copy pieces into one row of a cache, (layers, heads, positions, ...); returns the number of tokens."""
    position = 0
    for piece in pieces:
        end = position + piece.tokens
        keys[:, :, position:end] = piece.keys
        values[:, :, position:end] = piece.values
        position = end
    return position


def _project(
    x: FloatArray, block: BlockWeights, weights: PocketWeights, positions: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Queries, keys (both rotated) and values: each (rows, its heads, head_width)."""
    shape = weights.shape
    joint = (_norm(x, shape.norm_epsilon) @ block.query_key_value).reshape(len(x), -1, shape.head_width)
    rotated = shape.heads + shape.key_value_heads
    half = shape.head_width // 2
    cosine, sine = weights.cosine[positions, None], weights.sine[positions, None]
    first, second = joint[:, :rotated, :half], joint[:, :rotated, half:]
    turned = np.empty_like(joint[:, :rotated])
    turned[..., :half] = first * cosine - second * sine
    turned[..., half:] = second * cosine + first * sine
    return turned[:, : shape.heads], turned[:, shape.heads :], joint[:, rotated:]


def _attend(queries: FloatArray, keys: FloatArray, values: FloatArray, mask: FloatArray) -> FloatArray:
    """Attention: (..., queries, width), (..., positions, width), (..., positions, width + 1) -> (..., queries, width)."""
    scores = queries @ np.swapaxes(keys, -1, -2)
    scores += mask
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    total = scores[..., :CHUNK] @ values[..., :CHUNK, :]
    for start in range(CHUNK, scores.shape[-1], CHUNK):
        total += scores[..., start : start + CHUNK] @ values[..., start : start + CHUNK, :]
    mixed: FloatArray = total[..., :-1] / total[..., -1:]
    return mixed


def _mix(x: FloatArray, mixed: FloatArray, block: BlockWeights, epsilon: float) -> FloatArray:
    """The rest of a block: add the attention's output, then the feed-forward part."""
    x = x + mixed @ block.attention_out
    both = _norm(x, epsilon) @ block.gate_up
    hidden = both.shape[1] // 2
    gate, up = both[:, :hidden], both[:, hidden:]
    return x + (gate / (1.0 + np.exp(-gate)) * up) @ block.down


def _norm(x: FloatArray, epsilon: float) -> FloatArray:
    normed: FloatArray = x * (1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(epsilon)))
    return normed
