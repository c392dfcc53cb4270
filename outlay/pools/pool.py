"""Reading a pool, one row group at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from outlay.core.errors import InvalidInputError, StoreError, UnknownNameError
from outlay.pools.manifest import KEY, Manifest
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.row_group import split
from outlay.pools.schema import REQUIRED, check_schema, column_type, verifiers_of

_CODED = ("problem", "task", "model", "question", "reference")
"""Read as codes, since they are the same in all rows of a problem."""


class Pool:
    """A pool on disk. Only its description is in memory; ``problems`` reads the rest piece by piece.

    Attributes:
        path: the file.
        manifest: what it says of itself.
        columns: the names of its columns.
        verifiers: those whose scores it holds.
        known_columns: those of its columns that hold any value.
        samples: how many rows it has.
    """

    def __init__(self, path: Path, file: pq.ParquetFile) -> None:
        self.path = path
        metadata = file.metadata.metadata or {}
        check_schema(file.schema_arrow, str(path))
        self.manifest = Manifest.from_json(metadata.get(KEY), str(path))
        self.columns: tuple[str, ...] = tuple(file.schema_arrow.names)
        self.verifiers = verifiers_of(self.columns)
        self.samples = int(file.metadata.num_rows)
        self.known_columns = _known_columns(file.metadata, self.columns)

    @classmethod
    def open(cls, path: Path | str) -> "Pool":
        """The pool in a file.

        Raises:
            InvalidInputError: if there is no such file or it is not a pool; it says what is missing.
            StoreError: if it cannot be read.
        """
        where = Path(path)
        with _opened(where) as file:
            return cls(where, file)

    @property
    def problem_count(self) -> int:
        """How many problems it holds; counted by reading their names."""
        return sum(1 for _ in self.problems(()))

    def problems(self, columns: Sequence[str] | None = None) -> Iterator[ProblemSamples]:
        """All problems in order, one row group in memory at a time.

        Args:
            columns: which to read besides the problem's identity and the samples' numbers; all if None. One that this
                pool lacks stays None.

        Raises:
            UnknownNameError: for a column that no pool has.
            InvalidInputError: if the rows of a problem do not follow each other or reach over two row groups.
            StoreError: if the file cannot be read.
        """
        for name in columns or ():
            if column_type(name) is None:
                raise UnknownNameError("column of a pool", name, self.columns)
        asked = self.columns if columns is None else columns
        known = [name for name in self.columns if name in {*REQUIRED, *asked} and column_type(name) is not None]
        return self._read(known)

    def _read(self, columns: Sequence[str]) -> Iterator[ProblemSamples]:
        seen: set[tuple[str, str, int, str]] = set()
        with _opened(self.path, [name for name in _CODED if name in columns]) as file:
            for group in range(file.num_row_groups):
                for problem in split(_row_group(file, group, columns, self.path), str(self.path)):
                    if problem.key in seen:
                        raise InvalidInputError(
                            f"{self.path}: the samples of problem {problem.problem!r} do not follow each other within "
                            "one row group; write the file with outlay.pools.PoolWriter"
                        )
                    seen.add(problem.key)
                    yield problem


def _opened(path: Path, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    if not path.is_file():
        raise InvalidInputError(f"there is no pool {str(path)!r}")
    try:
        return pq.ParquetFile(path, read_dictionary=list(dictionaries))
    except pa.ArrowInvalid as error:
        raise InvalidInputError(f"{path} is not a pool: {error}") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _known_columns(metadata: pq.FileMetaData, columns: Sequence[str]) -> frozenset[str]:
    """The columns that are not null throughout, by the statistics of the file, or of which it says nothing."""
    filled: set[str] = set()
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            known = chunk.statistics
            if known is None or not known.has_null_count or known.null_count < chunk.num_values:
                filled.add(chunk.path_in_schema)
    # What a list holds stands under a path that begins with the column's name.
    return frozenset(name for name in columns if any(path == name or path.startswith(f"{name}.") for path in filled))


def _row_group(file: pq.ParquetFile, group: int, columns: Sequence[str], path: Path) -> pa.Table:
    try:
        return file.read_row_group(group, columns=list(columns)).unify_dictionaries()
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{path}: row group {group} cannot be read: {error}") from error
