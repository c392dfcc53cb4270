"""Plain data crosses whole, as exactly Python's own types, whatever the other side writes."""

import json
import math
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.verifiers.code.plain import MalformedError, NotPlainError, read, write

ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.complex_numbers(allow_nan=False) | st.builds(range, st.integers(), st.integers(), st.integers(1))
    | st.integers(1, 9).map(lambda one: one << 20_000)
)  # fmt: skip
HASHABLE = st.recursive(ATOMS, lambda inner: st.lists(inner).map(tuple) | st.frozensets(inner), max_leaves=4)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.sets(HASHABLE) | st.dictionaries(HASHABLE, inner),
    max_leaves=8,
)
SLOTS = st.recursive(
    st.none() | st.integers(-3, 9) | st.text(max_size=3) | st.sampled_from(["list", "tuple", "dict", "set", "at"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["at", "int", "bytes", "complex", "range", "root", "heap", "x"]), inner)
    ),
    max_leaves=20,
)


def refuse(*_: object) -> NoReturn:
    raise NotPlainError("foreign")


def unreadable(*_: object) -> NoReturn:
    raise MalformedError("foreign")


def crossed(value: object) -> Any:
    return read(write(value, refuse)[0], unreadable)[0]


def types_of(value: Any) -> object:
    """The shape of a value in exact types; equality alone takes 1 for True and 1.0."""
    if isinstance(value, dict):
        return dict, sorted(((str(types_of(k)), str(types_of(v))) for k, v in value.items()))
    if isinstance(value, set | frozenset):
        return type(value), sorted(str(types_of(one)) for one in value)
    if isinstance(value, list | tuple):
        return type(value), [types_of(one) for one in value]
    return type(value)


@settings(max_examples=50)
@given(VALUES)
def test_a_value_crosses_whole(value: object) -> None:
    found = crossed(value)
    assert found == value
    assert types_of(found) == types_of(value)


def test_what_is_no_number_crosses() -> None:
    assert math.isnan(crossed(math.nan))
    assert crossed([math.inf, -math.inf, -0.0, "\ud800"]) == [math.inf, -math.inf, -0.0, "\ud800"]
    assert math.copysign(1, crossed(-0.0)) == -1


def test_what_is_there_twice_is_there_twice_and_cycles_are_cycles() -> None:
    row: list[Any] = [1]
    first, second, third = crossed((row, row, [1]))
    assert first is second
    assert first is not third
    row.append({"back": (row,)})
    found = crossed(row)
    assert found[1]["back"][0] is found


def test_depth_costs_no_recursion() -> None:
    value: Any = []
    for _ in range(10_000):
        value = [value]
    found = crossed(value)
    for _ in range(10_000):
        (found,) = found
    assert found == []


@pytest.mark.parametrize(
    "value", [object(), len, type("Int", (int,), {})(3), type("List", (list,), {})(), ValueError()]
)
def test_what_is_not_plain_is_left_to_the_caller(value: object) -> None:
    with pytest.raises(NotPlainError):
        write([value], refuse)
    text, _ = write([value], lambda one: {"held": int(one is value)})
    assert read(text, lambda key, content: (key, content))[0] == [("held", 1)]


@settings(max_examples=40)
@given(st.lists(VALUES, max_size=3) | st.sets(HASHABLE, max_size=3) | st.dictionaries(ATOMS, VALUES, max_size=3), ATOMS)
def test_known_objects_take_over_what_became_of_them(value: Any, added: object) -> None:
    text, ours = write([value], refuse)
    _, theirs = read(text, unreadable)
    changed = theirs[1]
    if isinstance(changed, list):
        changed.append(added)
    elif isinstance(changed, set):
        changed.add("added")
    else:
        changed["added"] = added
    read(write(None, refuse, theirs)[0], unreadable, ours)
    assert value == changed
    assert value is ours[1]


@given(SLOTS | st.fixed_dictionaries({"root": SLOTS, "heap": st.lists(st.lists(SLOTS))}))
def test_no_data_breaks_the_reader(given_data: object) -> None:
    """It gives exact types of Python's own, or says that the text is malformed."""
    try:
        value, _ = read(json.dumps(given_data), unreadable, [[1], (2,), {3: 4}])
    except MalformedError:
        return
    assert type(value) in {type(None), bool, int, float, str, bytes, complex, range, list, tuple, set, frozenset, dict}


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "[" * 100_000, "1" * 5000, '{"root": {"at": 0}, "heap": []}',
        '{"root": {"at": 0}, "heap": [["tuple", {"at": 0}]]}',
        '{"root": {"at": 0}, "heap": [["set", {"at": 1}], ["list"]]}',
        '{"root": {"at": 0}, "heap": [["dict", 1]]}', '{"root": {"at": 0}, "heap": [["type", 1]]}',
        '{"root": {"at": -1}, "heap": [["list"]]}', '{"root": {"int": "0xzz"}, "heap": []}', '{"root": [], "heap": []}',
        '{"root": {"range": ["0", "1", "0"]}, "heap": []}', '{"root": {"pickle": "gASV"}, "heap": []}',
    ],
)  # fmt: skip
def test_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read(text, unreadable)


def test_a_known_object_does_not_become_another_kind() -> None:
    with pytest.raises(MalformedError):
        read('{"root": null, "heap": [["dict", 1, 2]]}', unreadable, [[1]])
