"""Reads answers with a network, each from where its memory ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from outlay.core.trajectory import Trajectory
from outlay.verifiers.hugging_face_reward.pieces import Network, Outputs, Piece, Row, RunMemory, common_length
from outlay.verifiers.hugging_face_reward.rendering import Rendered

_BREAKDOWNS = (RuntimeError, IndexError, ValueError)
"""What networks raise of a text that they cannot read, and of memory that is out."""


@dataclass(eq=False)
class Work:
    """One answer to read.

    Attributes:
        memory: of the run.
        one: the answer.
        rendered: as the network reads it.
        read: tokens read for it so far.
        kept: tokens that were remembered.
        outputs: at its places; None before it is read.
        failure: why it could not be read; ``""`` if it could.
    """

    memory: RunMemory
    one: Trajectory
    rendered: Rendered
    read: int = 0
    kept: int = 0
    outputs: list[Outputs] | None = field(default=None, repr=False)
    failure: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.outputs is not None or bool(self.failure)


class Reader:
    """Reads batches of answers. One thread may use it at a time."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def unread(self, work: Work) -> int:
        """The most tokens that reading an answer takes now; the question counts, whoever reads it first."""
        piece = work.memory.nearest(work.one) if self._network.shares else None
        return len(work.rendered.ids) - (_kept(piece, work.rendered) if piece else 0)

    def read(self, works: Sequence[Work]) -> None:
        """Read answers together; those that cannot be read say why."""
        try:
            if self._network.shares:
                self._read_questions(works)
                self._read_on(works)
            else:
                self._read_whole(works)
        except _BREAKDOWNS as error:
            for work in works:
                work.failure = "" if work.done else f"the model broke down: {type(error).__name__}: {error}"[:300]

    def _read_whole(self, works: Sequence[Work]) -> None:
        rows = [Row((), work.rendered.ids, work.rendered.places) for work in works]
        for work in works:
            work.read = len(work.rendered.ids)
        for work, told in zip(works, self._network.read(rows), strict=True):
            work.outputs = list(told.outputs)

    def _read_questions(self, works: Sequence[Work]) -> None:
        """Questions that nobody has read in their runs, each once and on its own."""
        first: dict[tuple[int, tuple[int, ...]], Work] = {}
        for work in works:
            question = work.rendered.question
            if question and question not in work.memory.prompts and work.memory.nearest(work.one) is None:
                first.setdefault((id(work.memory), question), work)
        if not first:
            return
        rows = [Row((), work.rendered.question, ()) for work in first.values()]
        for work in first.values():
            work.read = len(work.rendered.question)
        for work, told in zip(first.values(), self._network.read(rows), strict=True):
            question = work.rendered.question
            work.memory.prompts[question] = Piece(question, 0, told.held, None, {})

    def _read_on(self, works: Sequence[Work]) -> None:
        rows: list[tuple[Work, Piece | None, Row]] = []
        for work in works:
            text = work.rendered
            piece = work.memory.nearest(work.one) or work.memory.prompts.get(text.question)
            kept = _kept(piece, text) if piece else 0
            work.kept = max(kept - work.read, 0)
            if piece is not None and kept == len(text.ids):
                work.outputs = [piece.outputs[place] for place in text.places]
                continue
            new = [place - kept for place in text.places if place >= kept]
            rows.append((work, piece, Row(piece.spans(kept) if piece else (), text.ids[kept:], new)))
            work.read += len(text.ids) - kept
        if not rows:
            return
        for (work, piece, row), told in zip(rows, self._network.read([row for *_, row in rows]), strict=True):
            kept = len(work.rendered.ids) - len(row.ids)
            known = {place: said for place, said in piece.outputs.items() if place < kept} if piece else {}
            outputs = known | {place + kept: said for place, said in zip(row.places, told.outputs, strict=True)}
            if work.one.last is not None:
                work.memory.steps[work.one.last] = Piece(work.rendered.ids, kept, told.held, piece, outputs)
            work.outputs = [outputs[place] for place in work.rendered.places]


def _kept(piece: Piece, text: Rendered) -> int:
    """How many of a text's first tokens need not be read: all of them, if the outputs at all places are known."""
    common = common_length(piece.ids, text.ids)
    unknown = [place for place in text.places if place >= common or place not in piece.outputs]
    return min(common, *unknown) if unknown else len(text.ids)
