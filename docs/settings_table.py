"""The settings of a part as a table, with what its docstrings say of each."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any


def settings(part: type[Any]) -> Iterator[str]:
    """A table of settings; what a class does not say of one, those that it extends do."""
    meanings: dict[str, str] = {}
    for owner in part.__mro__:
        told = (owner.__doc__ and inspect.cleandoc(owner.__doc__)) or ""
        attributes = re.split(r"\n(?=Raises:|Example:)", told.partition("Attributes:\n")[2])[0]
        found = dict(re.findall(r"^    (\w+): ((?:.|\n(?!    \w+:))+)", attributes, re.MULTILINE))
        meanings = {**found, **meanings}
    rows = [field for field in dataclasses.fields(part) if field.init and field.name != "info"]
    if rows:
        yield "\n| setting | default | meaning |\n| --- | --- | --- |"
    for field in rows:
        meaning = " ".join(meanings[field.name].split()).replace("|", "\\|").replace("``", "`")
        yield f"| `{field.name}` | {_shown(field)} | {meaning} |"


def _shown(field: "dataclasses.Field[Any]") -> str:
    """A default as it could be typed."""
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
        if isinstance(default, tuple):
            return f"`[{', '.join(f'{one.info.name}(n={one.n})' for one in default)}]`"
        return f"`{default.info.name}(n={default.n})`"
    if isinstance(field.default, tuple) and field.default:
        return f"{len(field.default)} texts"
    return "" if field.default in {None, "", dataclasses.MISSING, ()} else f"`{str(field.default).strip()}`"
