"""A file that describes one part: a TOML table by the name of its kind, such as ``[strategy]``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from outlay.core.errors import InvalidInputError

SUFFIX = ".toml"


def read_table(path: Path, kind: str) -> Mapping[str, object]:
    """The table of a kind; what else is in the file says how the part came about and is not read.

    Raises:
        InvalidInputError: naming the file and what would be right.
    """
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read the {kind} file {str(path)!r}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{path.name}: not valid TOML: {error}") from None
    table = held.get(kind)
    if not isinstance(table, Mapping):
        raise InvalidInputError(f'{path.name}: there is no table [{kind}]; write  [{kind}]  and under it  name = "..."')
    return table
