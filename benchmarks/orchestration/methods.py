"""What is compared: each method, and what each contender calls it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from outlay.strategies import STRATEGIES

ROOT = Path(__file__).parents[2]
NUMBERS = (8, 32, 64)
OUTLAY = "Outlay"
BEAM_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Contender:
    """A library.

    Attributes:
        name: what it is called in the table.
        module: the module that runs it.
        interpreter: of the environment it is installed in.
    """

    name: str
    module: str
    interpreter: Path


CONTENDERS = {
    "outlay": Contender(OUTLAY, "outlay", Path(sys.executable)),
    "its_hub": Contender("its-hub 1.2.0", "its_hub", ROOT / ".venv-its-hub/bin/python"),
    "optillm": Contender("optillm 0.4.0", "optillm", ROOT / ".venv-optillm/bin/python"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender's way of doing a method.

    Attributes:
        contender: who does it.
        strategy: what it is called there; ``{n}`` and ``{expansion}`` stand for numbers.
    """

    contender: Contender
    strategy: str

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.contender.name}, `{self.strategy.partition('(')[0]}`"

    def named(self, n: int) -> str:
        """The strategy for so many samples."""
        return self.strategy.format(n=n, expansion=n // BEAM_WIDTH)


@dataclass(frozen=True, slots=True)
class Method:
    """What is done, whoever does it.

    Attributes:
        name: the field's name for it.
        verdicts: whether something is judged.
        waits: whether samples have to wait for each other before all are finished.
        entries: those who do it.
    """

    name: str
    verdicts: bool
    waits: bool
    entries: tuple[Entry, ...]


def _entries(*strategies: tuple[str, str]) -> tuple[Entry, ...]:
    return tuple(
        Entry(CONTENDERS[contender], strategy)
        for contender, strategy in strategies
        if contender != "outlay" or strategy.partition("(")[0] in STRATEGIES
    )


METHODS = (
    Method(
        "best-of-N", True, False,
        _entries(("outlay", "best_of_n(n={n})"), ("its_hub", "BestOfN"), ("optillm", "bon")),
    ),
    Method(
        "self-consistency", False, False,
        _entries(("outlay", "self_consistency(n={n})"), ("its_hub", "SelfConsistency"), ("optillm", "majority_voting")),
    ),
    Method(
        "beam search", True, True,
        _entries(("outlay", f"beam_search(width={BEAM_WIDTH}, expansion={{expansion}})"), ("its_hub", "BeamSearch")),
    ),
    Method(
        "particle filter", True, True,
        _entries(
            ("outlay", "particle_filter(n={n})"),
            ("outlay", "particle_cascade(n={n})"),
            ("its_hub", "ParticleFiltering"),
        ),
    ),
)  # fmt: skip
"""All that is measured. A strategy of ours that is not registered is left out."""
