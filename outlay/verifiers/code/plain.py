"""Plain data as text: values of Python's own types cross from one process to the other, and nothing else does.

A value is written as the table of its containers, so that one that is there twice is there twice on the other side,
a cycle is a cycle, and depth costs no recursion. What cannot be written plainly is left to the caller, by number. Who
reads it makes new values of exactly Python's own types, whatever the other side has written: its methods and its
comparisons stay where they are.
"""

import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Slot = Any
"""What stands for a value in a container: a JSON scalar, or an object with one key that says how to read it."""
_SMALL = 1 << 63
_KINDS: Mapping[type, str] = {
    list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", dict: "dict",
    OrderedDict: "dict", defaultdict: "dict", Counter: "dict",
}  # fmt: skip
"""Types that cross as containers; dictionaries of ``collections`` cross as dictionaries."""


class NotPlainError(Exception):
    """A value that cannot cross."""


class MalformedError(Exception):
    """Text that is no plain data."""


def write(value: object, foreign: Callable[[object], Slot], known: Sequence[object] = ()) -> tuple[str, list[object]]:
    """A value as text, and all its containers in the order of the table.

    Args:
        value: to be written.
        foreign: the slot for a value that is not plain.
        known: objects of the other side that this value may hold, to be written first and in order.

    Raises:
        NotPlainError: from ``foreign``, where it has no slot.
    """
    objects = list(known)
    places = {id(one): place for place, one in enumerate(objects)}

    def slot(one: object) -> Slot:
        kind = type(one)
        if kind in _KINDS:
            if id(one) not in places:
                places[id(one)] = len(objects)
                objects.append(one)
            return {"at": places[id(one)]}
        return _atom(one, foreign)

    root = slot(value)
    heap = [[_KINDS.get(type(one), "tuple"), *map(slot, _items(one))] for one in objects]  # it grows as it is read
    return json.dumps({"root": root, "heap": heap}), objects


def read(text: str, foreign: Callable[[str, Any], object], known: Sequence[object] = ()) -> tuple[Any, list[object]]:
    """A value from text, and all its containers in the order of the table.

    Args:
        text: from whoever.
        foreign: the value of a slot that is not plain, from its key and content.
        known: the first objects of the table; those that can change take over what the text says of them.

    Raises:
        MalformedError: if it is no plain data.
    """
    try:
        given = json.loads(text)
        reader = _Reader(given["heap"], foreign, known)
        return reader.value(given["root"]), reader.objects
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise MalformedError(str(error)) from error


def _atom(one: object, foreign: Callable[[object], Slot]) -> Slot:
    kind = type(one)
    if one is None or kind is bool or kind is str or kind is float:
        return one
    if kind is int:
        return one if -_SMALL < one < _SMALL else {"int": hex(one)}  # type: ignore[operator, arg-type]
    if kind is bytes:
        return {"bytes": one.hex()}  # type: ignore[attr-defined]
    if kind is complex:
        return {"complex": [one.real, one.imag]}  # type: ignore[attr-defined]
    if kind is range:
        return {"range": [hex(one.start), hex(one.stop), hex(one.step)]}  # type: ignore[attr-defined]
    return foreign(one)


def _items(container: Any) -> list[object]:
    if isinstance(container, dict):
        return [part for pair in container.items() for part in pair]
    return list(container)


def _empty(kind: str) -> Any:
    """An empty container, or None for a kind that cannot be filled later."""
    changeable: Mapping[str, type] = {"list": list, "set": set, "dict": dict}
    return changeable[kind]() if kind in changeable else None


class _Reader:
    """Builds the values of one table: changeable containers first, empty, and then what is in them."""

    def __init__(self, heap: list[Any], foreign: Callable[[str, Any], object], known: Sequence[object]) -> None:
        self._heap = heap
        self._foreign = foreign
        self._building: set[int] = set()
        self.objects: list[Any] = [
            known[place] if place < len(known) else _empty(row[0]) for place, row in enumerate(heap)
        ]
        for place in range(len(heap)):
            self._object(place)
        for place, row in enumerate(heap):
            self._fill(self.objects[place], row)

    def value(self, slot: Slot) -> Any:
        if not isinstance(slot, dict):
            if isinstance(slot, list):
                raise MalformedError("a bare list")
            return slot
        ((key, content),) = slot.items()
        match key:
            case "at":
                return self._object(content)
            case "int":
                return int(content, 16)
            case "bytes":
                return bytes.fromhex(content)
            case "complex":
                return complex(float(content[0]), float(content[1]))
            case "range":
                return range(*(int(one, 16) for one in content))
        return self._foreign(key, content)

    def _object(self, place: int) -> Any:
        if not 0 <= place < len(self.objects):
            raise MalformedError("no such container")
        if self.objects[place] is None:
            if place in self._building:
                raise MalformedError("a tuple within itself")
            self._building.add(place)
            kind = {"tuple": tuple, "frozenset": frozenset}[self._heap[place][0]]
            self.objects[place] = kind([self.value(slot) for slot in self._heap[place][1:]])
        return self.objects[place]

    def _fill(self, target: Any, row: list[Any]) -> None:
        if not isinstance(target, list | set | dict):
            return
        items = [self.value(slot) for slot in row[1:]]
        if _KINDS[type(target)] != row[0]:
            raise MalformedError("another kind of container")
        if isinstance(target, list):
            target[:] = items
        else:
            target.clear()
            target.update(zip(items[::2], items[1::2], strict=True) if isinstance(target, dict) else items)
