"""What a pool says of itself: where its samples come from and how they were drawn."""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from importlib import metadata

from outlay.core.errors import InvalidInputError

VERSION = 1
"""Of the format."""
KEY = b"outlay"
"""Under which the manifest stands in the metadata of a Parquet file."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a pool comes from.

    Attributes:
        source: what drew the samples or which file they were read from.
        created: when, in ISO 8601; set by the writer if empty.
        outlay: the version that wrote it; set by the writer if empty.
        temperature: of sampling, if known.
        top_p: nucleus of sampling, if known.
        seed: of sampling, if known.
        notes: whatever else is to be known.
        version: of the format.
    """

    source: str = ""
    created: str = ""
    outlay: str = ""
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    notes: str = ""
    version: int = VERSION

    def dated(self) -> "Manifest":
        """The same, made here and now, by this version."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return replace(self, created=self.created or now, outlay=self.outlay or metadata.version("outlay"))

    def as_json(self) -> str:
        """One JSON object without what is not known."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: bytes | str | None, where: str) -> "Manifest":
        """The manifest that a file holds; an empty one where it holds none. Keys of later versions are left out.

        Raises:
            InvalidInputError: if it cannot be read or the format is a later one.
        """
        if text is None:
            return cls()
        try:
            held = json.loads(text)
            version = int(held.get("version", VERSION))
            found = cls(**{field.name: held[field.name] for field in fields(cls) if field.name in held})
            found = replace(found, temperature=_number(found.temperature), top_p=_number(found.top_p))
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidInputError(f"{where} is not a pool: its manifest cannot be read ({error})") from None
        if version > VERSION:
            raise InvalidInputError(f"{where} is a pool of format {version}; this Outlay reads up to {VERSION}")
        return found


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
