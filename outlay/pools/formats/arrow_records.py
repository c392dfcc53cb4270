"""Records from Parquet and Arrow files, one in memory at a time; a folder of ``datasets`` needs no ``datasets``."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.record import BadRecord, Record

STATE, SPLITS = "state.json", "dataset_dict.json"
"""What ``datasets`` writes beside the Arrow files of a dataset, and beside the folders of several splits."""


def read_parquet(*paths: Path) -> Iterator[Record | BadRecord]:
    """The rows of Parquet files, one file after the other.

    Raises:
        InvalidInputError: if a file cannot be read.
    """
    return _numbered(_parquet_batches(paths))


def read_arrow(*paths: Path) -> Iterator[Record | BadRecord]:
    """The rows of Arrow files, in the streaming or the random-access layout, one file after the other.

    Raises:
        InvalidInputError: if a file cannot be read.
    """
    return _numbered(_arrow_batches(paths))


def saved_files(folder: Path) -> list[Path]:
    """The Arrow files of a dataset that ``datasets`` has saved to a folder, in order.

    Raises:
        InvalidInputError: if the folder holds several splits, or its state cannot be read.
    """
    splits = folder / SPLITS
    if splits.is_file():
        names = _listed(splits, "splits")
        if len(names) != 1:
            raise InvalidInputError(f"{folder} holds several splits; name the folder of one: {', '.join(names)}")
        return saved_files(folder / names[0])
    files = _listed(folder / STATE, "_data_files")
    return [folder / name for name in files]


def _listed(path: Path, key: str) -> list[str]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        chosen = held.get("_indices_files") or held.get("_indices_data_files")
        names = [one["filename"] if isinstance(one, dict) else one for one in held[key]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(f"cannot read {path}: {error}") from error
    if chosen:
        raise InvalidInputError(f"{path}: an index chooses among the rows; save the dataset after flatten_indices()")
    # The folder may come from anywhere: what it names must lie in it.
    if not all(isinstance(name, str) and name == Path(name).name for name in names):
        raise InvalidInputError(f"{path} names files outside of its folder")
    return names


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[Record | BadRecord]:
    number = 0
    for batch in batches:
        for row in range(batch.num_rows):
            number += 1
            try:
                (fields,) = batch.slice(row, 1).to_pylist()
            except (pa.ArrowException, ValueError) as error:
                yield BadRecord(f"row {number}", f"cannot be read: {error}")
            else:
                yield Record(f"row {number}", fields)


def _parquet_batches(paths: tuple[Path, ...]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                # A row holds all samples of a problem, so that one is enough at a time.
                yield from file.iter_batches(batch_size=1)
        except (pa.ArrowException, OSError) as error:
            raise InvalidInputError(f"cannot read {path}: {error}") from error


def _arrow_batches(paths: tuple[Path, ...]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        try:
            with pa.memory_map(str(path)) as source:
                if source.read(6) == b"ARROW1":
                    file = pa.ipc.open_file(source)
                    for index in range(file.num_record_batches):
                        yield file.get_batch(index)
                else:
                    source.seek(0)
                    yield from pa.ipc.open_stream(source)
        except (pa.ArrowException, OSError) as error:
            raise InvalidInputError(f"cannot read {path}: {error}") from error
