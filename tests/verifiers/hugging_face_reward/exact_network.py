"""A tokenizer that cuts text in characters, and a network whose outputs show exactly which tokens it has seen."""

import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from outlay.verifiers.hugging_face_reward.pieces import Row, Told

TAG = "\N{BLACK STAR}"


@dataclass
class CharacterTokenizer:
    """A token a character. The template puts words around the answer, and a mark after it."""

    chat_template: str | None = None
    all_special_tokens: tuple[str, ...] = ("<end>",)

    def __call__(self, text: str, **_: Any) -> dict[str, list[Any]]:
        return {"input_ids": list(map(ord, text)), "offset_mapping": [(at, at + 1) for at in range(len(text))]}

    def apply_chat_template(self, messages: Sequence[dict[str, str]], *, tokenize: bool) -> str:
        assert not tokenize
        return "".join(f"[{one['role']}] {one['content'].strip()}<end>" for one in messages)


@dataclass
class ExactNetwork:
    """Its memory are the tokens themselves; the output at a place is a hash of all tokens up to it.

    Attributes:
        shares: whether it goes on from its memory.
        batches: how many rows were read together, and how many tokens.
        before: called in the thread before anything is read.
    """

    shares: bool = True
    parameters: int = 10
    classes: int = 2
    context: int = 10_000
    batches: list[tuple[int, int]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    threads: set[int] = field(default_factory=set)

    def last(self, ids: Sequence[int]) -> int:
        return len(ids) - 1

    def read(self, rows: Sequence[Row]) -> list[Told]:
        self.before()
        self.threads.add(threading.get_ident())
        self.batches.append((len(rows), sum(len(row.ids) for row in rows)))
        return [self._read(row) for row in rows]

    def _read(self, row: Row) -> Told:
        assert row.ids
        assert self.shares or not row.past
        past = [token for span in row.past for token in span.held[: span.tokens]]
        assert all(span.tokens <= len(span.held) for span in row.past)
        seen = [*past, *row.ids]
        return Told(list(row.ids), [outputs_of(seen[: len(past) + place + 1]) for place in row.places])


def outputs_of(ids: Sequence[int]) -> list[float]:
    """What the network says at the last of some tokens."""
    return [0.0, zlib.crc32("".join(map(chr, ids)).encode()) / 2**32 * 6 - 3]
