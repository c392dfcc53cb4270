"""JSON schemas, the part of them that arguments of tools need."""

import math
import re
from collections.abc import Mapping

from outlay.core.errors import InvalidSettingError

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip
_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum", "pattern",
    "minItems", "maxItems", "title", "description", "default",
}  # fmt: skip


def check_schema(owner: str, schema: Mapping[str, object]) -> None:
    """Refuse a schema that says what could not be checked.

    Raises:
        InvalidSettingError: naming the first keyword or type that is not known.
    """
    for keyword in schema:
        if keyword not in _KNOWN:
            raise InvalidSettingError(owner, "parameters", keyword, f"a schema of {', '.join(sorted(_KNOWN))}")
    kind = schema.get("type")
    if kind is not None and kind not in _TYPES:
        raise InvalidSettingError(owner, "parameters", kind, f"a schema whose types are {', '.join(_TYPES)}")
    for part in (*_mapping(schema, "properties").values(), schema.get("items")):
        if isinstance(part, Mapping):
            check_schema(owner, part)


def complaint(value: object, schema: Mapping[str, object], where: str = "arguments") -> str | None:
    """What is wrong with a value by a schema; None if nothing is. Objects may have no property that is not named."""
    kind = str(schema.get("type", ""))
    if kind and not _is(value, kind):
        return f"{where} must be of type {kind}"
    options = schema.get("enum")
    if isinstance(options, list | tuple) and value not in options:
        return f"{where} must be one of {', '.join(map(str, options))}"
    match value:
        case dict():
            return _object_complaint(value, schema, where)
        case list():
            return _array_complaint(value, schema, where)
        case str():
            pattern = schema.get("pattern")
            return f"{where} must match {pattern}" if pattern and not re.search(str(pattern), value) else None
        case bool() | None:
            return None
        case int() | float():
            least, most = (_number(schema, name) for name in ("minimum", "maximum"))
            if least is not None and not value >= least:
                return f"{where} must be {least:g} or above"
            return f"{where} must be {most:g} or below" if most is not None and not value <= most else None
    return f"{where} is no JSON value"


def _object_complaint(value: dict[object, object], schema: Mapping[str, object], where: str) -> str | None:
    properties = _mapping(schema, "properties")
    required = schema.get("required", ())
    for name in required if isinstance(required, list | tuple) else ():
        if name not in value:
            return f"{where} lacks {name}"
    for name, part in value.items():
        if name not in properties:
            if schema.get("additionalProperties") is True:
                continue
            return f"{where} has no {name}"
        inner = properties[str(name)]
        found = complaint(part, inner, f"{where}.{name}") if isinstance(inner, Mapping) else None
        if found:
            return found
    return None


def _array_complaint(value: list[object], schema: Mapping[str, object], where: str) -> str | None:
    least, most = (_number(schema, name) for name in ("minItems", "maxItems"))
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return f"{where} has {len(value)} items, too few or too many"
    items = schema.get("items")
    if isinstance(items, Mapping):
        for position, part in enumerate(value):
            found = complaint(part, items, f"{where}[{position}]")
            if found:
                return found
    return None


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, _TYPES[kind])


def _mapping(schema: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = schema.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _number(schema: Mapping[str, object], name: str) -> float | None:
    found = schema.get(name)
    return found if isinstance(found, int | float) else None
