"""Searches run on the command line, too."""

from tests.cli.conftest import outlay

__all__ = ["outlay"]
