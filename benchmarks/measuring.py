"""What the benchmarks share: the option ``--quick``, repeated measurements, and one plain table with the machine."""

import argparse
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        measured: what the figures are of, with their unit.
        figures: one a repeat.
        aim: the aim in words; empty where there is none.
    """

    measured: str
    figures: Sequence[float]
    aim: str = ""


def asked_quick(about: str) -> bool:
    """Read the command line, whose one option is ``--quick``: small sizes and few repeats."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes and few repeats, for a first look")
    return bool(parser.parse_args().quick)


def side_by_side(measures: Sequence[Callable[[], float]], repeats: int) -> list[list[float]]:
    """Figures of each measure, one a repeat; they take turns, so that what slows the machine slows them all.

    A first turn, which fills caches, is not counted.
    """
    turns = [[measure() for measure in measures] for _ in range(repeats + 1)][1:]
    return [list(figures) for figures in zip(*turns, strict=True)]


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """The ratio of each repeat."""
    return [numerator / denominator for numerator, denominator in zip(numerators, denominators, strict=True)]


def show(title: str, rows: Sequence[Row]) -> None:
    """Print a heading, the machine and one table, as Markdown."""
    lines = [("measured", "median", "lowest to highest", "aim"), ("---", "---:", "---:", "---")]
    for row in rows:
        spread = f"{_number(min(row.figures))} to {_number(max(row.figures))}"
        lines.append((row.measured, _number(statistics.median(row.figures)), spread, row.aim))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"## {title}\n\n{machine()}; {len(rows[0].figures)} repeats\n")
    for line in lines:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")


def machine() -> str:
    """The machine and what the figures depend on, in one line."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
