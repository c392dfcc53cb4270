"""Importing: a file of samples becomes a pool, problem by problem."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.grading import Ungraded, graded
from outlay.pools.formats.jsonl import JsonLinesPool
from outlay.pools.formats.monkeys import Monkeys
from outlay.pools.formats.record import BadRecord, Record
from outlay.pools.formats.search_and_learn import SearchAndLearn
from outlay.pools.formats.settings import ReadSettings
from outlay.pools.formats.source import JSON, read_records
from outlay.pools.manifest import Manifest
from outlay.pools.writer import PoolWriter
from outlay.verifiers.maths.judge import MathsJudge

KEPT = 1000
"""Bad records that are kept with their reasons; more are only counted."""


class Format(StrEnum):
    """What files of samples can be read."""

    JSONL = "jsonl"
    MONKEYS = "monkeys"
    SEARCH_AND_LEARN = "search-and-learn"


class Reader(Protocol):
    """Reads one file of one format; whoever scored its samples is known before any is read."""

    verifiers: tuple[str, ...]

    def warnings(self) -> list[str]:
        """What is to be known before anything is made of the file."""
        ...

    def problems(self) -> Iterator[Ungraded | BadRecord]:
        """Its problems, one in memory at a time."""
        ...


READERS: Mapping[Format, Callable[[Path, ReadSettings], Reader]] = {
    Format.JSONL: JsonLinesPool,
    Format.MONKEYS: Monkeys,
    Format.SEARCH_AND_LEARN: SearchAndLearn,
}


@dataclass(slots=True)
class Imported:
    """What became of a file.

    Attributes:
        problems: how many were imported.
        samples: how many they have.
        graded: how many of these are known to be right or wrong.
        bad: parts of the file that were left out; the first ``KEPT`` of them.
        bad_count: how many were left out.
    """

    problems: int = 0
    samples: int = 0
    graded: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    bad_count: int = 0

    def refuse(self, record: BadRecord) -> None:
        """Count a part that is left out."""
        self.bad_count += 1
        if len(self.bad) < KEPT:
            self.bad.append(record)


def open_source(path: Path, settings: ReadSettings, known: Format | None = None) -> Reader:
    """A reader for a file or folder; without a format, the first record tells what it is.

    Raises:
        InvalidInputError: if it cannot be read, or it cannot be told what it is.
    """
    found = known or _detected(path)
    if found is Format.JSONL and path.suffix.lower() not in JSON:
        raise InvalidInputError(f"{path} must be a file of JSON lines, called .jsonl, .ndjson or .json")
    if not path.exists():
        raise InvalidInputError(f"there is no file or folder {str(path)!r}")
    return READERS[found](path, settings)


async def import_samples(
    reader: Reader,
    out: Path,
    manifest: Manifest,
    judge: MathsJudge | None = None,
    report: Callable[[int], None] | None = None,
) -> Imported:
    """Write a pool of what a reader reads. What it cannot read is left out and counted.

    Args:
        reader: of a file or folder.
        out: where the pool is to be; nothing is written if no sample is found.
        manifest: what to say of the pool.
        judge: compares answers with references as mathematics; without one the answer rule does.
        report: told how many samples there are, after each problem.

    Raises:
        InvalidInputError: if there is not one good sample.
        StoreError: if the pool cannot be written.
        VerifierError: if the judge cannot be started.
    """
    found = Imported()
    seen: set[tuple[str, str, int, str]] = set()
    with PoolWriter(out, manifest, reader.verifiers) as writer:
        for one in reader.problems():
            if isinstance(one, BadRecord):
                found.refuse(one)
                continue
            name = one.samples.problem
            if one.samples.key in seen:
                found.refuse(BadRecord(f"problem {name!r}", "it is there more than once; only the first is taken"))
                continue
            seen.add(one.samples.key)
            samples = await graded(one, judge)
            writer.write(samples)
            found.problems += 1
            found.samples += len(samples)
            found.graded += 0 if samples.correct is None else int(np.isfinite(samples.correct).sum())
            if report:
                report(found.samples)
        if not found.samples:
            why = f"{found.bad[0].where}: {found.bad[0].reason}" if found.bad else "it is empty"
            raise InvalidInputError(f"no sample could be read; {why}")
    return found


def _detected(path: Path) -> Format:
    """What a file holds, by the keys of its first record."""
    first = next((one for one in read_records(path) if isinstance(one, Record)), None)
    if first is None:
        raise InvalidInputError(f"{path} holds nothing that could be read; name its format with --from if it is right")
    if "completions" in first.fields:
        return Format.SEARCH_AND_LEARN
    if "samples" in first.fields:
        return Format.MONKEYS
    if path.suffix.lower() in JSON:
        return Format.JSONL
    raise InvalidInputError(f'{path} has neither "samples" nor "completions"; its keys are {", ".join(first.fields)}')
