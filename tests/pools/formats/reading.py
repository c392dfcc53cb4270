"""Importing a file in a test, in one line."""

from pathlib import Path

import anyio

from outlay.pools import Manifest, Pool, ProblemSamples
from outlay.pools.formats.importing import Format, Imported, import_samples, open_source
from outlay.pools.formats.settings import ReadSettings
from outlay.verifiers.maths.judge import MathsJudge


def imported(
    path: Path, known: Format | None = None, judge: MathsJudge | None = None, **settings: str
) -> tuple[list[ProblemSamples], Imported, Pool]:
    """The problems of a file, by way of a pool; what became of it; and the pool."""
    out = path.with_name(f"{path.name}.pool")
    reader = open_source(path, ReadSettings(**settings), known)
    found = anyio.run(import_samples, reader, out, Manifest(str(path)), judge)
    pool = Pool.open(out)
    return list(pool.problems()), found, pool
