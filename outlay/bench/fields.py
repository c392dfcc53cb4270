"""Reads one TOML table key by key; every message names the file, the key and what would be right."""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

from outlay.core.errors import InvalidInputError, UnknownNameError

T = TypeVar("T")


class Fields:
    """One table. Keys that were never asked for are unknown, which ``finish`` says.

    Args:
        table: what the file holds.
        where: the file, and the table within it if it is not the whole file.
    """

    def __init__(self, table: Mapping[str, object], where: str) -> None:
        self.where = where
        self._table = dict(table)
        self._known: list[str] = []

    def get(self, key: str) -> object:
        """What stands at a key, or None."""
        self._known.append(key)
        return self._table.get(key)

    def __contains__(self, key: str) -> bool:
        self._known.append(key)
        return key in self._table

    def text(self, key: str, example: str, default: str | None = None) -> str:
        """A string that is not empty."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and value.strip():
            return value
        raise self.wrong(key, value, "a text that is not empty", f'{key} = "{example}"')

    def whole(self, key: str, least: int, example: int, default: int | None = None) -> int:
        """A whole number that is at least ``least``."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise self.wrong(key, value, f"a whole number, {least} or above", f"{key} = {example}")

    def choice(self, key: str, default: bool | None = None) -> bool | None:
        """True, false, or the default where the key is left out."""
        value = self.get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        raise self.wrong(key, value, "true or false", f"{key} = true")

    def wholes(self, key: str, least: int, example: str) -> tuple[int, ...]:
        """A list of one or more different whole numbers."""
        value = self.get(key)
        numbers = value if isinstance(value, list) else []
        plain = [n for n in numbers if isinstance(n, int) and not isinstance(n, bool) and n >= least]
        if plain and len(plain) == len(numbers) and len(set(plain)) == len(plain):
            return tuple(plain)
        raise self.wrong(key, value, f"a list of different whole numbers, {least} or above", f"{key} = {example}")

    def items(self, key: str, example: str, default: list[object] | None = None) -> list[object]:
        """A list with at least one item."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, list) and value:
            return value
        raise self.wrong(key, value, "a list with at least one item", f"{key} = {example}")

    def table(self, key: str) -> "Fields":
        """A table within this one."""
        value = self.get(key)
        if isinstance(value, Mapping):
            return Fields(value, f"{self.where}: [{key}]")
        raise self.wrong(key, value, "a table", f"[{key}]")

    def wrong(self, key: str, given: object, right: str, example: str) -> InvalidInputError:
        """The error for a key that is missing or has a value that is not right."""
        if given is None:
            return InvalidInputError(f"{self.where}: {key} is missing; it must be {right}, as in  {example}")
        return InvalidInputError(f"{self.where}: {key} must be {right}, as in  {example}; got {_shown(given)}")

    def finish(self) -> None:
        """Refuse keys that nobody asked for.

        Raises:
            UnknownNameError: with the nearest known key.
        """
        for key in self._table:
            if key not in self._known:
                raise UnknownNameError(f"key in {self.where}:", key, set(self._known))


def at(where: str, read: Callable[[], T]) -> T:
    """What is read, or the message of what is wrong with it with its place before it.

    Raises:
        InvalidInputError: if it cannot be read.
    """
    try:
        return read()
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from error


def _shown(given: object) -> str:
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, float) and not math.isfinite(given):
        return str(given)
    return repr(given)
