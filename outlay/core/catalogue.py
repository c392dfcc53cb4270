"""Catalogues: parts by name, built from text or from TOML with the same words.

``particle_filter(n=16, resampling=systematic)`` and ``{name = "particle_filter", n = 16, resampling = "systematic"}``
build the same part. Text is parsed, never evaluated.
"""

import ast
import dataclasses
import importlib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from outlay.core.errors import InvalidInputError, InvalidSettingError, UnknownNameError
from outlay.core.part_file import SUFFIX, read_table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Specification:
    """A part's name and settings, before it is built."""

    name: str
    settings: Mapping[str, object]

    def __str__(self) -> str:
        """As it could be typed."""
        if set(self.settings) == {""}:
            return f"{self.name}:{self.settings['']}"
        inner = ", ".join(f"{key}={_shown(value)}" for key, value in self.settings.items())
        return f"{self.name}({inner})" if inner else self.name


def parse(text: str | Mapping[str, object], kind: str) -> Specification:
    """A specification from text such as ``beam_search(width=4)`` or from a TOML table with ``name``.

    ``openai:some-model`` is short for a first setting given without its name.

    Raises:
        InvalidInputError: if the text is not of that form.
    """
    if isinstance(text, Mapping):
        name = text.get("name")
        if not isinstance(name, str):
            raise InvalidInputError(f'{kind}: the table {dict(text)!r} needs a name, as in {{name = "..."}}')
        return Specification(name, {key: value for key, value in text.items() if key != "name"})
    stripped = text.strip()
    head, colon, rest = stripped.partition(":")
    if colon and head.isidentifier():
        return Specification(head, {"": rest})
    try:
        tree = ast.parse(stripped, mode="eval").body
        return _specification(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidInputError(
            f"{kind}: cannot read {stripped!r}; write NAME or NAME(setting=value, ...), as in best_of_n(n=16)"
        ) from None


class Catalogue(Generic[T]):
    """Parts of one kind by name. Modules are imported only when a part of theirs is asked for.

    Args:
        kind: what the parts are called in messages.
        entries: name to ``module:Class``; each class is a dataclass of settings.
        contract: settings annotated with this type are built from the same catalogue.
        others: catalogues that build the settings annotated with their contracts.
        listed: the part that a list of parts stands for, which takes them as its first setting.
        folder: where the files lie that parts may be read from; None to read none.
        read_by: for parts that have too many settings to be named by them, the part that reads one from its file.
    """

    def __init__(
        self,
        kind: str,
        entries: Mapping[str, str],
        contract: object = None,
        others: "Sequence[Catalogue[Any]]" = (),
        listed: str = "",
        folder: Path | None = None,
        read_by: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self._entries = dict(entries)
        self.contract = contract
        self._others = tuple(others)
        self.listed = listed
        self._folder = folder
        self._read_by = dict(read_by or {})

    def knowing(self, *others: "Catalogue[Any]") -> "Catalogue[T]":
        """The same catalogue, which builds settings of other kinds from theirs: a judge's model from the models."""
        return self._changed(others=others)

    def extended(self, entries: Mapping[str, str], read_by: Mapping[str, str] | None = None) -> "Catalogue[T]":
        """The same catalogue with further parts."""
        return self._changed(entries={**self._entries, **entries}, read_by={**self._read_by, **(read_by or {})})

    def with_files(self, folder: Path = Path()) -> "Catalogue[T]":
        """The same catalogue, which takes ``FILE.toml`` for the part that a file in this folder describes."""
        return self._changed(folder=folder)

    def _changed(self, **changes: Any) -> "Catalogue[T]":
        now = {
            "entries": self._entries, "contract": self.contract, "others": self._others, "listed": self.listed,
            "folder": self._folder, "read_by": self._read_by,
        }  # fmt: skip
        return Catalogue(self.kind, **{**now, **changes})

    def parse(self, given: str | Mapping[str, object]) -> Specification:
        """The specification of a part of this catalogue, from text, from a table, or from a file that it names.

        Raises:
            InvalidInputError: if it cannot be read.
        """
        if self._folder is not None and isinstance(given, str) and given.strip().endswith(SUFFIX):
            path = self._folder / given.strip()
            found = parse(read_table(path, self.kind), self.kind)
            reader = self._read_by.get(found.name)
            return Specification(reader, {"path": str(path)}) if reader else found
        return parse(given, self.kind)

    def __iter__(self) -> Iterator[str]:
        # What reads files is named by nobody.
        return iter(sorted(set(self._entries) - set(self._read_by.values())))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def type_of(self, name: str) -> type[T]:
        """The class behind a name.

        Raises:
            UnknownNameError: with the nearest known name.
        """
        target = self._entries.get(name)
        if target is None:
            raise UnknownNameError(self.kind, name, self._entries)
        module, _, attribute = target.partition(":")
        found: type[T] = getattr(importlib.import_module(module), attribute)
        return found

    def build(self, given: str | Mapping[str, object] | Specification) -> T:
        """A part from its specification.

        Raises:
            UnknownNameError: for an unknown part or setting.
            InvalidSettingError: for a setting of the wrong type or out of range.
        """
        wanted = given if isinstance(given, Specification) else self.parse(given)
        factory = self.type_of(wanted.name)
        settings = {f.name: f for f in dataclasses.fields(factory) if f.init and f.name != "info"}  # type: ignore[arg-type]
        hints = typing.get_type_hints(factory)
        values: dict[str, Any] = {}
        for key, value in wanted.settings.items():
            name = key or next(iter(settings), "")
            if name not in settings:
                raise UnknownNameError(f"setting of {self.kind} {wanted.name}", name, settings)
            values[name] = self._convert(wanted.name, name, value, hints[name])
        required = [
            n
            for n, f in settings.items()
            if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        ]
        for name in required:
            if name not in values:
                raise InvalidInputError(f"{self.kind} {wanted.name} needs {name}=..., as in {wanted.name}({name}=...)")
        return factory(**values)

    def _convert(self, owner: str, name: str, value: object, hint: Any) -> object:
        where = f"{self.kind} {owner}"
        options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        if value is None and type(None) in options:
            return None
        for catalogue in (self, *self._others):
            if catalogue.contract is None:
                continue
            if catalogue.contract in options:
                return _nested(catalogue, value)
            if any(typing.get_origin(one) is tuple and catalogue.contract in typing.get_args(one) for one in options):
                if not isinstance(value, list | tuple):
                    raise InvalidSettingError(where, name, value, f"a list, as in {name}=[..., ...]")
                return tuple(_nested(catalogue, one) for one in value)
        for option in options:
            converted = _as(option, value)
            if converted is not _NO:
                return converted
        for option in options:
            if isinstance(option, type) and issubclass(option, StrEnum):
                raise UnknownNameError(f"{name} of {where}", str(value), option)
        expected = " or ".join(getattr(option, "__name__", str(option)) for option in options)
        raise InvalidSettingError(where, name, value, f"of type {expected}")


def _nested(catalogue: Catalogue[Any], value: object) -> object:
    if catalogue.listed and isinstance(value, list | tuple):
        return catalogue.build(Specification(catalogue.listed, {"": value}))
    return catalogue.build(value if isinstance(value, str | Mapping | Specification) else str(value))


_NO = object()


def _as(option: Any, value: object) -> object:
    if option is bool:
        return value if isinstance(value, bool) else _NO
    if isinstance(value, bool):
        return _NO
    if option is int:
        return value if isinstance(value, int) else _NO
    if option is float:
        return float(value) if isinstance(value, int | float) else _NO
    if isinstance(option, type) and issubclass(option, StrEnum):
        return option(value) if isinstance(value, str) and value in set(option) else _NO
    if option is str:
        return value if isinstance(value, str) else _NO
    origin = typing.get_origin(option)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(value)
    return _NO


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return str(Specification(value["name"], {key: one for key, one in value.items() if key != "name"}))
    if isinstance(value, str) and not value.isidentifier():
        return repr(value)
    if isinstance(value, Specification) and "" in value.settings:
        return repr(str(value))
    return str(value)


def _specification(tree: ast.expr) -> Specification:
    match tree:
        case ast.Name(id=name):
            return Specification(name, {})
        case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords):
            return Specification(name, {str(k.arg): _value(k.value) for k in keywords})
    raise ValueError("not a specification")


def _value(tree: ast.expr) -> object:
    match tree:
        case ast.Name(id="true" | "false" as word):
            return word == "true"
        case ast.Name(id=name):
            return name
        case ast.Call():
            return _specification(tree)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item) for item in items]
    return ast.literal_eval(tree)
