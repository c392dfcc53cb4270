"""Lines of JSON, a sample or a problem each (see ``line``), read problem by problem however the lines are ordered."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.columns import Columns
from outlay.pools.formats.grading import Ungraded
from outlay.pools.formats.json_records import read_line
from outlay.pools.formats.line import KEYS, Identity, columns_of, identity_of, shared_text, verdicts_of
from outlay.pools.formats.record import BadRecord, Record
from outlay.pools.formats.settings import ReadSettings
from outlay.pools.problem_samples import ProblemSamples


class JsonLinesPool:
    """Reads such a file twice: first where each problem has its lines, 24 bytes for each, then problem by problem.

    Args:
        path: the file.
        settings: what the file does not say.

    Raises:
        InvalidInputError: if the file cannot be read.
    """

    def __init__(self, path: Path, settings: ReadSettings) -> None:
        self._path = path
        self._settings = settings
        self._rule = settings.rule_or("free_answer")
        self._owners: dict[Identity, int] = {}
        self._lines = array("q")
        """The owner, the place in bytes and the number of each good line, one after the other."""
        self._bad: list[BadRecord] = []
        self._left_out: dict[str, None] = {}
        verifiers: dict[str, None] = {}
        try:
            self._index(verifiers)
        except OSError as error:
            raise InvalidInputError(f"cannot read {path}: {error}") from error
        self.verifiers = tuple(verifiers)

    def warnings(self) -> list[str]:
        """Keys that nothing is made of."""
        names = ", ".join(self._left_out)
        return [f"keys that a pool has no column for are left out: {names}"] if names else []

    def problems(self) -> Iterator[Ungraded | BadRecord]:
        """The problems in the order of their first lines, one in memory at a time."""
        yield from self._bad
        lines = np.frombuffer(self._lines, np.int64).reshape(-1, 3) if self._lines else np.empty((0, 3), np.int64)
        order = np.argsort(lines[:, 0], kind="stable")
        borders = np.searchsorted(lines[order, 0], np.arange(len(self._owners) + 1)).tolist()
        with self._path.open("rb") as file:
            for identity, (start, stop) in zip(self._owners, pairwise(borders), strict=True):
                records = []
                for _, place, number in lines[order[start:stop]].tolist():
                    file.seek(place)
                    records.append(read_line(f"line {number}", file.readline()))
                yield from self._problem(identity, records)

    def _index(self, verifiers: dict[str, None]) -> None:
        after = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                place, after = after, after + len(line)
                if not line.strip():
                    continue
                record = read_line(f"line {number}", line)
                if isinstance(record, BadRecord):
                    self._bad.append(record)
                    continue
                try:
                    identity = identity_of(record, self._settings)
                    verifiers.update(dict.fromkeys(verifier for _, verifier in verdicts_of(record)))
                except InvalidInputError as error:
                    self._bad.append(BadRecord(record.where, str(error)))
                    continue
                self._left_out.update(dict.fromkeys(name for name in record.fields if name not in KEYS))
                self._lines.extend((self._owners.setdefault(identity, len(self._owners)), place, number))

    def _problem(self, identity: Identity, records: Sequence[Record | BadRecord]) -> Iterator[Ungraded | BadRecord]:
        found = Columns()
        question = reference = None
        for record in records:
            if isinstance(record, BadRecord):
                yield record
                continue
            try:
                columns = columns_of(record, self._rule)
                question = question or shared_text(record, "question")
                reference = reference or shared_text(record, "reference")
            except InvalidInputError as error:
                yield BadRecord(record.where, str(error))
            else:
                found.add(columns)
        if found.count:
            problem, task, level, model = identity
            sample = np.arange(found.count)
            samples = ProblemSamples(problem, sample, task, level, model, question, reference, **found.arrays())
            yield Ungraded(samples, self._rule)
