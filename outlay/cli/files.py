"""Files that a user names."""

from pathlib import Path

from outlay.core.errors import InvalidInputError


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        InvalidInputError: if it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {path}: {error}") from error
