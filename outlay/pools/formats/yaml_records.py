"""Records from YAML, a file each, read with the loader that builds nothing but plain values."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.pools.formats.record import BadRecord, Record

DEEPEST = 8
"""Lists and mappings in each other. The C library crashes on files that are nested without end."""


def read_yaml(paths: Sequence[Path]) -> Iterator[Record | BadRecord]:
    """The mapping in each file; its place is the file's name.

    Raises:
        MissingExtraError: if PyYAML is missing.
    """
    yaml = require_yaml()
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
            _check_plain(yaml, text)
            fields = yaml.load(text, Loader=_loader(yaml))
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            yield BadRecord(path.name, f"cannot be read: {_shown(error)}")
            continue
        if isinstance(fields, dict):
            yield Record(path.name, {str(name): value for name, value in fields.items()})
        else:
            yield BadRecord(path.name, "not a mapping of names to values")


def write_yaml(file: TextIO, fields: Mapping[str, object]) -> None:
    """Write one mapping as the files of Large Language Monkeys are written: sorted, one key after the other."""
    yaml = require_yaml()
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    yaml.dump(dict(fields), file, Dumper=dumper, sort_keys=True, allow_unicode=True)


def require_yaml() -> Any:
    """The module ``yaml``.

    Raises:
        MissingExtraError: if it is missing.
    """
    try:
        import yaml  # noqa: PLC0415 (optional)
    except ImportError:
        raise MissingExtraError("reading and writing YAML", "yaml") from None
    return yaml


def _loader(yaml: Any) -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _check_plain(yaml: Any, text: str) -> None:
    """Refuse a file that is nested too deeply, or has aliases, by which a small one can grow without bounds."""
    depth = 0
    for event in yaml.parse(text, Loader=_loader(yaml)):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInputError("it has aliases (*name), which such files do not need")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InvalidInputError(f"its values are nested more than {DEEPEST} deep")


def _shown(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
