"""What a session was run with, as names and texts."""

import json
from collections.abc import Mapping
from dataclasses import fields

from outlay.bench.store import Manifest

NAMES = {"outlay": "outlay", "python": "Python", "numpy": "NumPy", "platform": "system"}
ELSEWHERE = {"started", "name", "experiment", "seeds"}


def conditions(manifest: Manifest) -> dict[str, str]:
    """Seeds, versions and whatever else the manifest holds, one line each; what there is none of is left out."""
    found: dict[str, object] = {"seeds": ", ".join(map(str, manifest.seeds))}
    for field in fields(manifest):
        value = getattr(manifest, field.name)
        if isinstance(value, Mapping):
            found |= value
        elif field.name not in ELSEWHERE:
            found[NAMES.get(field.name, field.name)] = value
    return {name: _text(value) for name, value in found.items() if value not in ("", None)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
