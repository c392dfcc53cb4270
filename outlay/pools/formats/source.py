"""Where records come from: a file or a folder, read by what it is called and what it holds."""

from collections.abc import Iterator
from pathlib import Path

from outlay.core.errors import InvalidInputError
from outlay.pools.formats.arrow_records import SPLITS, STATE, read_arrow, read_parquet, saved_files
from outlay.pools.formats.json_records import read_json
from outlay.pools.formats.record import BadRecord, Record
from outlay.pools.formats.yaml_records import read_yaml

JSON, YAML = (".jsonl", ".ndjson", ".json"), (".yaml", ".yml")
KNOWN = "a .jsonl, .json, .parquet, .arrow or .yaml file, or a folder of YAML, Parquet or saved Arrow files"


def read_records(path: Path) -> Iterator[Record | BadRecord]:
    """The records of a file or folder, one in memory at a time.

    Raises:
        InvalidInputError: if there is no such file, or it is none of those that can be read.
        MissingExtraError: for YAML without PyYAML.
    """
    if not path.exists():
        raise InvalidInputError(f"there is no file or folder {str(path)!r}")
    if path.is_dir():
        return _folder(path)
    suffix = path.suffix.lower()
    if suffix in JSON:
        return read_json(path)
    if suffix in YAML:
        return read_yaml([path])
    if suffix == ".parquet":
        return read_parquet(path)
    if suffix == ".arrow":
        return read_arrow(path)
    raise InvalidInputError(f"cannot tell what {str(path)!r} is by its name; it must be {KNOWN}")


def _folder(path: Path) -> Iterator[Record | BadRecord]:
    if (path / SPLITS).is_file() or (path / STATE).is_file():
        return read_arrow(*saved_files(path))
    names = sorted(path.iterdir(), key=_natural)
    if files := [one for one in names if one.suffix.lower() in YAML]:
        return read_yaml(files)
    if files := [one for one in names if one.suffix.lower() == ".parquet"]:
        return read_parquet(*files)
    raise InvalidInputError(f"the folder {str(path)!r} holds nothing that can be read; give {KNOWN}")


def _natural(path: Path) -> tuple[bool, int, str]:
    """Sorts ``2.yaml`` before ``10.yaml``, and names that are no numbers after those that are."""
    number = path.stem.isascii() and path.stem.isdigit() and len(path.stem) < 19
    return not number, int(path.stem) if number else 0, path.name
