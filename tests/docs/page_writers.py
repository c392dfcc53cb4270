"""The programs that write pages of the documentation, as modules."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


def page_writer(name: str) -> ModuleType:
    """A program of the folder of pages; it finds its neighbours as it does when it is run."""
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))
