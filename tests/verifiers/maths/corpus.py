"""The pairs that every test of the judge may draw on."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("pairs.jsonl")


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled pair."""

    kind: str
    reference: str
    answer: str
    label: bool


def pairs() -> list[Pair]:
    return [Pair(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]
