"""Files that appear under their name when they are whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from outlay.core.errors import StoreError


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A text file to write to; after an error, or a kill, what was there before is still there.

    Raises:
        StoreError: if it cannot be written.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
