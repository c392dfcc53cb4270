"""The pocket transformer in numpy: whole texts at once, or one token for each of many sequences.

Activations are (width, columns), a column for each token or sequence. Results do not depend on what else is in a
batch, to the last bit: products keep their columns apart (``outlay.pocket.columns``), and sums over positions run in
fixed chunks through a column of ones beside the values, because padding with zeros does not change them then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError
from outlay.pocket.architecture import Architecture
from outlay.pocket.columns import columns
from outlay.pocket.threads import single_threaded
from outlay.pocket.weights import BlockWeights, FloatArray, PocketWeights, StackWeights

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


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """A piece that several sequences of a batch begin with, and their rows in it."""

    piece: Piece
    rows: Sequence[int]


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
    end = start + time
    if end > shape.context:
        raise InvalidInputError(f"the text has {end} tokens; the pocket model's context is {shape.context}")
    used = columns().used(time)
    x = columns().spread(vectors.T)
    positions = np.clip(np.arange(x.shape[1]) - used.start, 0, time - 1) + start
    keys, values = new_cache(shape, 1, end)
    fill(keys[:, 0], values[:, 0], past)
    mask = np.where(np.arange(end)[:, None] > positions, np.float32(-np.inf), np.float32(0.0))  # (positions, columns)
    for layer, block in enumerate(stack.blocks):
        q, k, v = _project(x, block, stack, positions)
        keys[layer, 0, :, start:] = k[..., used].swapaxes(1, 2)
        values[layer, 0, :, start:, :-1] = v[..., used].swapaxes(1, 2)
        scores = columns().product(keys[layer, 0, :, None], q)
        scores += mask
        scores -= scores.max(axis=-2, keepdims=True)
        total = _weighted(np.exp(scores, out=scores), values[layer, 0, :, None])
        x = _mix(x, _normalised(total), block, shape.norm_epsilon)
    hidden = (_norm(x, shape.norm_epsilon)[:, used]).T * stack.norm
    return Piece(keys[:, 0, :, start:].copy(), values[:, 0, :, start:].copy(), hidden)


def decode(
    weights: PocketWeights,
    tokens: NDArray[np.int64],
    prefixes: Sequence[Prefix],
    lengths: NDArray[np.int64],
    keys: FloatArray,
    values: FloatArray,
) -> FloatArray:
    """One more token for each sequence; the caches are written in place.

    Parts of a batch may run in threads at a time, so whoever calls has to be ``single_threaded`` in its products.

    Args:
        weights: of the model.
        tokens: (rows,) newest token ids.
        prefixes: what the sequences begin with; every row is in one of them. Columns stand in their order, so that
            those of one prefix stand together.
        lengths: (rows,) number of tokens between the prefix and the newest, which is where it is written.
        keys: (layers, rows, key_value_heads, positions, head_width), of what follows the prefixes.
        values: (layers, rows, key_value_heads, positions, head_width + 1).

    Returns:
        Hidden states (rows, width).
    """
    shape, stack = weights.shape, weights.stack
    used = columns().used(len(tokens))
    rows = np.concatenate([prefix.rows for prefix in prefixes])
    x = columns().spread(weights.embedding[tokens[rows]].T)
    positions = np.zeros(x.shape[1], np.int64)
    written = lengths[rows]
    starts = np.repeat([prefix.piece.tokens for prefix in prefixes], [len(prefix.rows) for prefix in prefixes])
    positions[used] = starts + written
    mask = np.where(np.arange(keys.shape[3]) > lengths[:, None], np.float32(-np.inf), np.float32(0.0))
    mask = mask[:, None, None, :]  # (rows, 1, 1, positions)
    for layer, block in enumerate(stack.blocks):
        q, k, v = _project(x, block, stack, positions)
        keys[layer, rows, :, written] = k[..., used].transpose(2, 0, 1)
        values[layer, rows, :, written, :-1] = v[..., used].transpose(2, 0, 1)
        total = _attend(q, layer, prefixes, rows, keys[layer], values[layer], mask)
        x = _mix(x, _normalised(total), block, shape.norm_epsilon)
    hidden = np.empty((len(tokens), shape.width), np.float32)
    hidden[rows] = _norm(x, shape.norm_epsilon)[:, used].T * stack.norm
    return hidden


@single_threaded
def unembed(weights: PocketWeights, hidden: FloatArray) -> FloatArray:
    """Logits (rows, vocabulary) of the tokens that follow hidden states (rows, width)."""
    logits = columns().product(weights.embedding, columns().spread(hidden.T))
    return np.ascontiguousarray(logits[:, columns().used(len(hidden))].T)


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
    """Queries (key_value_heads, heads of each, head_width, columns), keys and values (key_value_heads, ...)."""
    shape = stack.shape
    joint = columns().product(block.query_key_value, _norm(x, shape.norm_epsilon))
    joint = joint.reshape(-1, shape.head_width, x.shape[1])
    rotated = shape.heads + shape.key_value_heads
    half = shape.head_width // 2
    cosine, sine = stack.cosine[:, positions], stack.sine[:, positions]
    first, second = joint[:rotated, :half], joint[:rotated, half:]
    turned = np.empty_like(joint[:rotated])
    np.subtract(first * cosine, second * sine, out=turned[:, :half])
    np.add(second * cosine, first * sine, out=turned[:, half:])
    queries = turned[: shape.heads].reshape(shape.key_value_heads, -1, shape.head_width, x.shape[1])
    return queries, turned[shape.heads :], joint[rotated:]


def _attend(
    queries: FloatArray,
    layer: int,
    prefixes: Sequence[Prefix],
    rows: NDArray[np.int64],
    keys: FloatArray,
    values: FloatArray,
    mask: FloatArray,
) -> FloatArray:
    """Attention of each sequence to its prefix, whose keys serve all its rows at once, and to what follows it.

    Returns:
        (key_value_heads, heads of each, head_width + 1, columns), the last entry being the sum of the weights.
    """
    used, room = columns().used(len(rows)), queries.shape[-1]
    by_row = np.empty((len(rows), *queries.shape[:3]), np.float32)
    by_row[rows] = queries[..., used].transpose(3, 0, 1, 2)
    own = by_row @ keys.swapaxes(-1, -2)
    own += mask  # (rows, key_value_heads, heads of each, positions)
    largest = own.max(axis=-1)[rows].transpose(1, 2, 0)  # of each column, its prefix included in the end
    total = np.ones((*queries.shape[:2], values.shape[-1], room), np.float32)
    start = 0
    for prefix in prefixes:
        count = len(prefix.rows)
        # Other prefixes' columns serve as this one's unused ones.
        left = min(start, room - columns().room(count))
        inside = slice(used.start + start - left, used.start + start - left + count)
        asked = queries[..., left : left + columns().room(count)]
        found = _attend_prefix(asked, inside, prefix.piece, layer, largest[..., start : start + count])
        total[..., used.start + start : used.start + start + count] = found[..., inside]
        start += count
    highest = np.empty(own.shape[:-1], np.float32)
    highest[rows] = largest.transpose(2, 0, 1)
    own -= highest[..., None]
    np.exp(own, out=own)
    followed = own[..., :CHUNK] @ values[..., :CHUNK, :]
    for begin in range(CHUNK, own.shape[-1], CHUNK):
        followed += own[..., begin : begin + CHUNK] @ values[..., begin : begin + CHUNK, :]
    total[..., used] += followed[rows].transpose(1, 2, 3, 0)
    return total


def _attend_prefix(queries: FloatArray, inside: slice, piece: Piece, layer: int, largest: FloatArray) -> FloatArray:
    """Sums of a piece's values, as ``_attend``; ``largest`` (..., columns inside) is raised to the largest score."""
    scores = columns().product(piece.keys[layer][:, None], queries)
    highest = scores.max(axis=-2)
    np.maximum(largest, highest[..., inside], out=largest)
    highest[..., inside] = largest
    scores -= highest[..., None, :]
    return _weighted(np.exp(scores, out=scores), piece.values[layer][:, None])


def _weighted(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Sums of values (..., positions, width) by weights (..., positions, columns): (..., width, columns)."""
    turned = values.swapaxes(-1, -2)
    total = columns().product(turned[..., :CHUNK], weights[..., :CHUNK, :])
    for start in range(CHUNK, weights.shape[-2], CHUNK):
        total += columns().product(turned[..., start : start + CHUNK], weights[..., start : start + CHUNK, :])
    return total


def _normalised(total: FloatArray) -> FloatArray:
    """Weighted sums with the weights' own sum last, as averages (heads * head_width, columns)."""
    # Unused columns hold anything: in products of several blocks, zeros.
    with np.errstate(invalid="ignore"):
        mixed: FloatArray = total[..., :-1, :] / total[..., -1:, :]
    return mixed.reshape(-1, total.shape[-1])


def _mix(x: FloatArray, mixed: FloatArray, block: BlockWeights, epsilon: float) -> FloatArray:
    """The rest of a block: add the attention's output, then the feed-forward part."""
    x = x + columns().product(block.attention_out, mixed)
    both = columns().product(block.gate_up, _norm(x, epsilon))
    hidden = len(both) // 2
    gate, up = both[:hidden], both[hidden:]
    gated = np.exp(-gate)
    gated += 1.0
    np.divide(gate, gated, out=gated)
    gated *= up
    x += columns().product(block.down, gated)
    return x


def _norm(x: FloatArray, epsilon: float) -> FloatArray:
    size = np.add.reduce(x * x, axis=0)
    size *= np.float32(1.0 / len(x))
    size += np.float32(epsilon)
    normed: FloatArray = x / np.sqrt(size, out=size)
    return normed
