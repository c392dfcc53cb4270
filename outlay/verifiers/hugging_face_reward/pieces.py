"""What a network remembers of the texts it has read: pieces that share everything before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from outlay.core.trajectory import Step, Trajectory

Outputs = Sequence[float]
"""One number for each class, before any activation."""


class Span(NamedTuple):
    """The first tokens of a piece.

    Attributes:
        held: what the network keeps of the piece.
        tokens: how many of them count.
    """

    held: Any
    tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The memory of a text, as far as it is new against the piece before it.

    Attributes:
        ids: all tokens of the text, those of the pieces before included.
        start: the first token that is this piece's own.
        held: what the network keeps of its own tokens.
        before: the piece it goes on from, of which the first ``start`` tokens count.
        outputs: by their places among all tokens, those that were asked for.
    """

    ids: tuple[int, ...]
    start: int
    held: Any = field(repr=False)
    before: "Piece | None" = field(repr=False)
    outputs: Mapping[int, Outputs]

    def spans(self, tokens: int) -> list[Span]:
        """The memory of the first tokens of the text, first to last."""
        found: list[Span] = []
        piece: Piece | None = self
        while piece is not None and tokens > 0:
            if tokens > piece.start:
                found.append(Span(piece.held, tokens - piece.start))
            tokens, piece = min(tokens, piece.start), piece.before
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Row:
    """What a network is to read of one text.

    Attributes:
        past: the memory of the tokens before, first to last.
        ids: the tokens to read, one or more.
        places: which of these to give the outputs of.
    """

    past: Sequence[Span]
    ids: Sequence[int]
    places: Sequence[int]


class Told(NamedTuple):
    """What a network says of a row.

    Attributes:
        held: its memory of the tokens read; None if it keeps none.
        outputs: at each place.
    """

    held: Any
    outputs: Sequence[Outputs]


class Network(Protocol):
    """A reward model, as a function of tokens."""

    @property
    def shares(self) -> bool:
        """Whether it can go on from its memory of what comes before; if not, every row is a whole text."""
        ...

    @property
    def parameters(self) -> int:
        """Number of weights."""
        ...

    @property
    def classes(self) -> int:
        """Number of outputs at a place."""
        ...

    @property
    def context(self) -> int:
        """The most tokens of one text."""
        ...

    def last(self, ids: Sequence[int]) -> int:
        """The place whose outputs judge a whole text."""
        ...

    def read(self, rows: Sequence[Row]) -> list[Told]:
        """Read some texts together; what is said of one does not depend on the others."""
        ...


class RunMemory:
    """What was read in one run, so that a verdict costs the same whatever other runs have read.

    Attributes:
        prompts: the memory of a question, by its tokens.
        steps: the memory of an answer up to and with a step; it is forgotten with the step.
    """

    def __init__(self) -> None:
        self.prompts: dict[tuple[int, ...], Piece] = {}
        self.steps: WeakKeyDictionary[Step, Piece] = WeakKeyDictionary()

    def nearest(self, one: Trajectory) -> Piece | None:
        """The memory of the longest beginning of an answer that was read."""
        for step in reversed(one.steps):
            piece = self.steps.get(step)
            if piece is not None:
                return piece
        return None


def common_length(first: Sequence[object], second: Sequence[object]) -> int:
    """How much two sequences have in common at their beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))
