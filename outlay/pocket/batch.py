"""The running batch: generations in rows of one cache; finished ones leave at once, new ones join between tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outlay.core.trajectory import Finish
from outlay.pocket.sampler import choose, log_softmax
from outlay.pocket.threads import all_at_once, cores, single_threaded
from outlay.pocket.tokenizer import EOS, decode_token
from outlay.pocket.transformer import Piece, Prefix, decode, fill, new_cache, unembed
from outlay.pocket.weights import FloatArray, PocketWeights

ROWS, POSITIONS = 8, 32
"""The cache grows by this many at a time."""
WORTH_A_THREAD = 64
"""Rows of one part, at least: below, the threads wait for each other longer than they compute."""


@dataclass(slots=True, eq=False)
class Generation:
    """One sample while it is generated.

    Attributes:
        pieces: what comes before it, prompt first.
        seed: of its random numbers; nothing else that runs changes what it samples.
        max_tokens: it ends with ``Finish.LENGTH`` after as many.
        temperature: 0 is greedy.
        top_p: nucleus.
        stop: strings that end it with ``Finish.STEP``.
        ids: tokens sampled so far.
        logprobs: of these tokens, in nats, at temperature 1.
        text: of these tokens.
        finish: set with the last token.
        piece: what the model remembers of the tokens, once complete.
    """

    pieces: list[Piece]
    seed: int
    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    text: str = ""
    finish: Finish | None = None
    piece: Piece | None = None
    hidden: list[FloatArray] = field(default_factory=list, repr=False)
    uniforms: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.uniforms = np.random.default_rng(self.seed).random(self.max_tokens)

    @property
    def start(self) -> int:
        """Number of tokens between the prompt and it."""
        return sum(piece.tokens for piece in self.pieces[1:])

    def take(self, token: int, logprob: float) -> None:
        """Add a sampled token and see whether it is the last one."""
        self.ids.append(token)
        self.logprobs.append(logprob)
        self.text += decode_token(token)
        if token == EOS:
            self.finish = Finish.END
        elif self.stop and self.text.endswith(self.stop):
            self.finish = Finish.STEP
        elif len(self.ids) >= self.max_tokens:
            self.finish = Finish.LENGTH


class Batch:
    """Generations in the first rows of one key-value cache, which holds all but their first pieces, the prompts.

    Args:
        weights: of the model.
        most_rows: generations beyond this many wait for a row.
    """

    def __init__(self, weights: PocketWeights, most_rows: int = 256) -> None:
        self._weights = weights
        self._most_rows = most_rows
        self._waiting: list[Generation] = []
        self._rows: list[Generation] = []
        self._parts: list[tuple[slice, list[Prefix]]] | None = None
        self._lengths = np.zeros(0, np.int64)
        self._keys, self._values = self._new_cache(ROWS, POSITIONS)

    def __len__(self) -> int:
        return len(self._rows) + len(self._waiting)

    def add(self, generations: Sequence[Generation]) -> None:
        """Let generations join at the next step."""
        self._waiting.extend(generations)

    def remove(self, generations: Sequence[Generation]) -> None:
        """Drop generations that are still here; others are ignored."""
        self._waiting = [waiting for waiting in self._waiting if waiting not in generations]
        for row in reversed(range(len(self._rows))):
            if self._rows[row] in generations:
                self._leave(row)

    def step(self) -> list[Generation]:
        """One token for every generation; returns those that are complete now.

        A generation's last token is read before it leaves, so that it can be continued, forked and judged without
        reading anything twice.
        """
        self._admit()
        count = len(self._rows)
        if count == 0:
            return []
        hidden = self._decode(np.array([generation.ids[-1] for generation in self._rows]))
        self._lengths[:count] += 1
        return self._advance(hidden)

    @single_threaded
    def _decode(self, tokens: NDArray[np.int64]) -> FloatArray:
        """Hidden states (rows, width) of the newest tokens; large batches run in parts, one on each core."""
        if self._parts is None:
            self._parts = _parts(self._rows)
        positions = -(-int(self._lengths[: len(tokens)].max() + 1) // POSITIONS) * POSITIONS
        calls = [
            partial(
                decode,
                self._weights,
                tokens[rows],
                prefixes,
                self._lengths[rows],
                self._keys[:, rows, :, :positions],
                self._values[:, rows, :, :positions],
            )
            for rows, prefixes in self._parts
        ]
        return np.concatenate(all_at_once(calls))

    def _admit(self) -> None:
        """Give waiting generations a row each and sample their first tokens."""
        joining = self._waiting[: self._most_rows - len(self._rows)]
        if not joining:
            return
        self._waiting = self._waiting[len(joining) :]
        first = len(self._rows)
        self._grow(first + len(joining), max(one.start + one.max_tokens for one in joining))
        for row, generation in enumerate(joining, start=first):
            self._lengths[row] = fill(self._keys[:, row], self._values[:, row], generation.pieces[1:])
        self._rows.extend(joining)
        self._parts = None
        self._sample(joining, np.stack([generation.pieces[-1].hidden[-1] for generation in joining]))

    def _advance(self, hidden: FloatArray) -> list[Generation]:
        complete: list[Generation] = []
        going: list[int] = []
        for row, generation in enumerate(self._rows):
            generation.hidden.append(hidden[row])
            if generation.finish is None:
                going.append(row)
            else:
                generation.piece = self._piece(row)
                complete.append(generation)
        if going:
            self._sample([self._rows[row] for row in going], hidden[going])
        for row in reversed(range(len(self._rows))):
            if self._rows[row].piece is not None:
                self._leave(row)
        return complete

    def _sample(self, generations: list[Generation], hidden: FloatArray) -> None:
        logits = unembed(self._weights, hidden)
        temperatures = np.array([generation.temperature for generation in generations])
        top_p = np.array([generation.top_p for generation in generations])
        uniforms = np.array([generation.uniforms[len(generation.ids)] for generation in generations])
        tokens = choose(logits, temperatures, top_p, uniforms)
        logprobs = log_softmax(logits)[np.arange(len(tokens)), tokens]
        for generation, token, logprob in zip(generations, tokens.tolist(), logprobs.tolist(), strict=True):
            generation.take(token, logprob)

    def _piece(self, row: int) -> Piece:
        generation = self._rows[row]
        start, end = generation.start, int(self._lengths[row])
        return Piece(
            self._keys[:, row, :, start:end].copy(),
            self._values[:, row, :, start:end].copy(),
            np.stack(generation.hidden),
        )

    def _leave(self, row: int) -> None:
        """Free a row by moving the last one into it."""
        last = len(self._rows) - 1
        if row != last:
            length = self._lengths[last]
            self._keys[:, row, :, :length] = self._keys[:, last, :, :length]
            self._values[:, row, :, :length] = self._values[:, last, :, :length]
            self._lengths[row] = length
            self._rows[row] = self._rows[last]
        self._rows.pop()
        self._parts = None

    def _grow(self, rows: int, positions: int) -> None:
        old_rows, old_positions = self._keys.shape[1], self._keys.shape[3]
        if rows <= old_rows and positions <= old_positions:
            return
        count = len(self._rows)
        keys, values = self._keys, self._values
        more_rows = max(old_rows, -(-rows // ROWS) * ROWS)
        more_positions = max(old_positions, -(-positions // POSITIONS) * POSITIONS)
        lengths = self._lengths
        self._keys, self._values = self._new_cache(more_rows, more_positions)
        self._keys[:, :count, :, :old_positions] = keys[:, :count]
        self._values[:, :count, :, :old_positions] = values[:, :count]
        self._lengths[:count] = lengths[:count]

    def _new_cache(self, rows: int, positions: int) -> tuple[FloatArray, FloatArray]:
        self._lengths = np.zeros(rows, np.int64)
        return new_cache(self._weights.shape, rows, positions)


def _parts(generations: Sequence[Generation]) -> list[tuple[slice, list[Prefix]]]:
    """Rows that are decoded together, and what they begin with."""
    count = len(generations)
    parts = min(cores(), max(1, count // WORTH_A_THREAD))
    bounds = [count * part // parts for part in range(parts + 1)]
    return [(slice(start, end), _prefixes(generations[start:end])) for start, end in pairwise(bounds)]


def _prefixes(generations: Sequence[Generation]) -> list[Prefix]:
    rows: dict[Piece, list[int]] = {}
    for row, generation in enumerate(generations):
        rows.setdefault(generation.pieces[0], []).append(row)
    return [Prefix(piece, members) for piece, members in rows.items()]
