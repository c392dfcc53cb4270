"""Where a command of ``outlay pool`` writes."""

from pathlib import Path

from outlay.core.errors import InvalidInputError


def require_file(path: Path) -> None:
    """Refuse to write where no file can be.

    Raises:
        InvalidInputError: naming the place.
    """
    if path.is_dir():
        raise InvalidInputError(f"{str(path)!r} is a folder; it must be a file")
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {str(path.parent)!r} to write {path.name!r} into")
