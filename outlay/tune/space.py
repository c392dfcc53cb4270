"""The space of a search: strategies some of whose settings are open, read from TOML.

``n = [1, 2, 4]`` is a choice, ``temperature = {from = 0.3, to = 1.2}`` a range, ``optional = true`` in a nested part,
such as a layer, leaves it in or out. A list of tables is a list of parts, each with its own choices. ``space = "own"``
opens the settings that the strategy itself declares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from outlay.core.catalogue import Catalogue, Specification, parse
from outlay.core.errors import InvalidInputError

OWN = "space"
"""The attribute of a strategy, and the key of an item, for what the strategy opens of its own."""
Params = dict[str, object]
"""What is chosen, by the names that the study knows the choices by."""


class Suggesting(Protocol):
    """What of an Optuna trial is used to choose."""

    def suggest_categorical(self, name: str, choices: Sequence[bool | int | float | str | None]) -> object:
        """One of some values."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number within a range."""
        ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number within a range."""
        ...


class Node(Protocol):
    """A value that may be open. ``str`` says in words what it may be."""

    def suggest(self, trial: Suggesting, name: str) -> object:
        """A value; None for a part that is left out."""
        ...

    def match(self, given: object, name: str) -> Params:
        """The choices that make this value.

        Raises:
            InvalidInputError: if it is not in the space.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One value."""

    value: object

    def suggest(self, trial: Suggesting, name: str) -> object:
        """The value."""
        return self.value

    def match(self, given: object, name: str) -> Params:
        """No choice."""
        if not _same(self.value, given):
            raise InvalidInputError(f"{name} must be {self}; got {given!s}")
        return {}

    def __str__(self) -> str:
        return _words(self.value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some plain values."""

    values: tuple[bool | int | float | str, ...]

    def suggest(self, trial: Suggesting, name: str) -> object:
        """One of them."""
        return trial.suggest_categorical(name, self.values)

    def match(self, given: object, name: str) -> Params:
        """Which one."""
        for one in self.values:
            if _same(one, given):
                return {name: one}
        raise InvalidInputError(f"{name} must be {self}; got {given!s}")

    def __str__(self) -> str:
        return f"one of {', '.join(map(_words, self.values))}"


@dataclass(frozen=True, slots=True)
class Range:
    """A number within bounds, whole if both bounds are.

    Attributes:
        low: the smallest.
        high: the largest.
        log: whether orders of magnitude count alike.
    """

    low: float
    high: float
    log: bool = False

    def suggest(self, trial: Suggesting, name: str) -> object:
        """One of them."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return round(trial.suggest_float(name, self.low, self.high, log=self.log), 4)

    def match(self, given: object, name: str) -> Params:
        """The number itself."""
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        right = isinstance(given, int if whole else int | float) and not isinstance(given, bool)
        if not right or not self.low <= given <= self.high:  # type: ignore[operator]
            raise InvalidInputError(f"{name} must be {self}; got {given!s}")
        return {name: given if whole else float(given)}  # type: ignore[arg-type]

    def __str__(self) -> str:
        kind = "a whole number" if isinstance(self.low, int) and isinstance(self.high, int) else "a number"
        return f"{kind} from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part by its name, with settings of which some are open.

    Attributes:
        name: of the part.
        settings: by name.
        optional: whether it may be left out.
    """

    name: str
    settings: Mapping[str, Node]
    optional: bool = False

    def suggest(self, trial: Suggesting, name: str) -> Specification | None:
        """The part."""
        if self.optional and not trial.suggest_categorical(name, (True, False)):
            return None
        chosen = {key: node.suggest(trial, f"{name}.{key}") for key, node in self.settings.items()}
        return Specification(self.name, chosen)

    def match(self, given: object, name: str) -> Params:
        """The choices of its settings."""
        found = given if isinstance(given, Specification) else parse(str(given), "part")
        if found.name != self.name:
            raise InvalidInputError(f"{name} must be {self.name}; got {found.name}")
        for key in found.settings:
            if key not in self.settings:
                raise InvalidInputError(f"{name}: {key} is not open; open are {', '.join(self.settings) or 'none'}")
        params: Params = {name: True} if self.optional else {}
        for key, node in self.settings.items():
            if key not in found.settings:
                raise InvalidInputError(f"{name} needs {key}: {node!s}")
            params |= node.match(found.settings[key], f"{name}.{key}")
        return params

    def __str__(self) -> str:
        inner = ", ".join(f"{key}={node!s}" for key, node in self.settings.items())
        text = f"{self.name}({inner})" if inner else self.name
        return f"optionally {text}" if self.optional else text


@dataclass(frozen=True, slots=True)
class Items:
    """A list of parts, in order."""

    nodes: tuple[Node, ...]

    def suggest(self, trial: Suggesting, name: str) -> object:
        """Those that are left in."""
        chosen = [node.suggest(trial, f"{name}.{place}") for place, node in enumerate(self.nodes)]
        return [one for one in chosen if one is not None]

    def match(self, given: object, name: str) -> Params:
        """The choices of all parts; a part that may be left out is, where the next given one is another."""
        if not isinstance(given, list | tuple):
            raise InvalidInputError(f"{name} must be a list; got {given!s}")
        rest, params = list(given), Params()
        for place, node in enumerate(self.nodes):
            where = f"{name}.{place}"
            optional = isinstance(node, Part) and node.optional
            if optional and (not rest or _name(rest[0]) != getattr(node, "name", "")):
                params[where] = False
            elif not rest:
                raise InvalidInputError(f"{name} lacks {node!s}")
            else:
                params |= node.match(rest.pop(0), where)
        if rest:
            raise InvalidInputError(f"{name} has no place for {rest[0]!s}")
        return params

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.nodes))}]"


@dataclass(frozen=True, slots=True)
class Space:
    """All strategies that may be chosen, by names that are different."""

    entries: Mapping[str, Part]

    def suggest(self, trial: Suggesting) -> Specification:
        """One strategy."""
        names = list(self.entries)
        label = str(trial.suggest_categorical("strategy", names)) if len(names) > 1 else names[0]
        chosen = self.entries[label].suggest(trial, label)
        assert chosen is not None  # noqa: S101 (no entry is optional)
        return chosen

    def match(self, given: Specification) -> Params:
        """The choices that make this strategy.

        Raises:
            InvalidInputError: saying why it is not in the space.
        """
        why = f"{given.name} is not in the space, which has {', '.join(self.entries)}"
        for label, entry in self.entries.items():
            if entry.name == given.name:
                try:
                    params = entry.match(given, label)
                except InvalidInputError as error:
                    why = str(error)
                else:
                    return {**({"strategy": label} if len(self.entries) > 1 else {}), **params}
        raise InvalidInputError(why)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries.values()))


def read_space(items: Sequence[object], strategies: Catalogue[Any] | None = None) -> Space:
    """A space from the items of a file: strategies as text, or as tables with open settings.

    Args:
        items: of the file.
        strategies: where to find what a strategy opens of its own.

    Raises:
        InvalidInputError: saying what is wrong with one, and its place.
    """
    entries: dict[str, Part] = {}
    for place, item in enumerate(items):
        where = f"space[{place}]"
        if isinstance(item, Mapping) and OWN in item and strategies is not None:
            item = _with_own(item, strategies, where)  # noqa: PLW2901 (the same item, written out)
        node = _read(parse(item, "strategy") if isinstance(item, str) else item, where)
        if not isinstance(node, Part) or node.optional:
            raise InvalidInputError(f'{where} must be a strategy, as in  {{name = "self_consistency", n = [2, 4, 8]}}')
        numbers = (f"{node.name}-{number}" for number in count(2))
        label = node.name if node.name not in entries else next(one for one in numbers if one not in entries)
        entries[label] = node
    return Space(entries)


def _with_own(item: Mapping[str, object], strategies: Catalogue[Any], where: str) -> Mapping[str, object]:
    """An item with what its strategy opens of its own; what the item says itself comes first."""
    name = item.get("name")
    if item[OWN] != "own" or not isinstance(name, str):
        raise InvalidInputError(f'{where} must be of the form {{name = "...", {OWN} = "own"}}; got {dict(item)!r}')
    own = getattr(strategies.type_of(name), OWN, None)
    if own is None:
        raise InvalidInputError(f"{where}: {name} declares no space of its own; write out the settings to be searched")
    return {**own, **{key: value for key, value in item.items() if key != OWN}}


def _read(given: object, where: str) -> Node:
    match given:
        case Specification(name=name, settings=settings):
            return Part(name, {key: Fixed(value) for key, value in settings.items()})
        case Mapping() if "from" in given or "to" in given:
            return _range(given, where)
        case Mapping():
            optional = given.get("optional", False)
            if not isinstance(optional, bool):
                raise InvalidInputError(f"{where}: optional must be true or false; got {optional!r}")
            if not isinstance(given.get("name"), str):
                raise InvalidInputError(f'{where}: the table {dict(given)!r} needs a name, as in {{name = "..."}}')
            inner = {key: one for key, one in given.items() if key not in {"name", "optional"}}
            return Part(given["name"], {key: _read(one, f"{where}.{key}") for key, one in inner.items()}, optional)
        case [] | ():
            raise InvalidInputError(f"{where} is an empty list; name what may be chosen")
        case list() if all(isinstance(one, bool | int | float | str) for one in given):
            return Choice(tuple(given)) if len(given) > 1 else Fixed(given[0])
        case list():
            return Items(tuple(_read(one, f"{where}[{place}]") for place, one in enumerate(given)))
    return Fixed(given)


def _range(given: Mapping[str, object], where: str) -> Range:
    low, high, log = given.get("from"), given.get("to"), given.get("log", False)
    if not (set(given) <= {"from", "to", "log"} and isinstance(log, bool) and _number(low) and _number(high)):
        raise InvalidInputError(f"{where} must be of the form {{from = 0.3, to = 1.2}}, with log = true if need be")
    if not low < high or (log and low <= 0):  # type: ignore[operator]
        raise InvalidInputError(f"{where}: from must be below to, and above 0 with log = true; got {dict(given)!r}")
    return Range(low, high, log)  # type: ignore[arg-type]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(known: object, given: object) -> bool:
    return type(known) is type(given) and known == given if isinstance(known, bool) else _words(known) == _words(given)


def _words(value: object) -> str:
    """A value as it would be typed, however it was given."""
    if isinstance(value, int | float):
        return f"{value:g}" if not isinstance(value, bool) else str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_words, value))}]"
    try:
        return str(parse(value, "part")) if isinstance(value, str | Mapping) else str(value)
    except InvalidInputError:
        return str(value)


def _name(given: object) -> str:
    if isinstance(given, list | tuple):
        return ""
    return given.name if isinstance(given, Specification) else parse(str(given), "part").name
