"""Records from JSON, one in memory at a time: lines of objects, or one array of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.record import BadRecord, Record

CHUNK = 1 << 20
"""Characters read at first; doubled while an object does not end."""
_MARGIN = 16
"""An error this near to the end of what is read may be mended by reading on: the longest literal or escape is cut."""


def read_json(path: Path) -> Iterator[Record | BadRecord]:
    """The objects of a file that holds an array of them or has one on each line.

    Raises:
        InvalidInputError: if the file cannot be read or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            first = b""
            while not first and (part := file.readline(CHUNK)):
                first = part.strip()[:1]
        if first == b"[":
            with path.open(encoding="utf-8") as text:
                yield from _ArrayReader(text).records()
        else:
            yield from _lines(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {path}: {error}") from error


def read_line(where: str, line: bytes) -> Record | BadRecord:
    """The object on one line."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRecord(where, f"not JSON: {error}")
    return Record(where, fields) if isinstance(fields, dict) else BadRecord(where, "not a JSON object")


def _lines(path: Path) -> Iterator[Record | BadRecord]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield read_line(f"line {number}", line)


class _ArrayReader:
    """Reads an array object by object. After something that is not JSON nothing can be found again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._place = 0
        self._decoder = json.JSONDecoder()

    def records(self) -> Iterator[Record | BadRecord]:
        """All objects up to the end of the array, or up to the first place that is not JSON."""
        number = 0
        self._skip("[")
        while (sign := self._next()) not in {"]", ""}:
            number += 1
            where = f"item {number}"
            try:
                fields = self._object() if sign == "{" else None
            except (ValueError, RecursionError) as error:
                yield BadRecord(where, f"not JSON: {error}; nothing after it can be read")
                return
            if fields is None:
                yield BadRecord(where, "not a JSON object; nothing after it can be read")
                return
            yield Record(where, fields)
            self._skip("," if self._next() == "," else "")
        if not sign:
            yield BadRecord(f"item {number + 1}", "the file ends before its array does")

    def _next(self) -> str:
        """The next sign that is not white space; empty at the end of the file."""
        while True:
            while self._place < len(self._text) and self._text[self._place].isspace():
                self._place += 1
            if self._place < len(self._text) or not self._read(CHUNK):
                return self._text[self._place : self._place + 1]

    def _skip(self, sign: str) -> None:
        self._next()
        self._place += len(sign)

    def _read(self, size: int) -> bool:
        """Read on, and drop what is done with; False at the end of the file."""
        more = self._file.read(size)
        self._text, self._place = self._text[self._place :] + more, 0
        return bool(more)

    def _object(self) -> dict[str, object]:
        size = CHUNK
        while True:
            try:
                found, self._place = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _MARGIN
                if not (cut and self._read(size)):
                    raise ValueError(error.msg) from None
                size *= 2
            else:
                return dict(found)
