"""Measure every method with every contender; print the page and write it to docs/results/orchestration.md."""

import argparse
import sys
from pathlib import Path

from benchmarks.orchestration.measurement import Settings, measure
from benchmarks.orchestration.methods import METHODS, NUMBERS, ROOT
from benchmarks.orchestration.table import report


def main() -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orchestration", description=__doc__)
    names = [method.name for method in METHODS]
    parser.add_argument("--method", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--n", type=int, action="append", help=f"only this number of samples; by default {NUMBERS}")
    parser.add_argument("--repeats", type=int, default=Settings().repeats, help="questions that each contender answers")
    parser.add_argument("--quick", action="store_true", help="n = 8 and one question, for a first look; writes nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/results/orchestration.md", help="the file to write")
    given = parser.parse_args()
    settings = Settings(repeats=1 if given.quick else given.repeats)
    methods = [method for method in METHODS if not given.method or method.name in given.method]
    results = list(measure(methods, given.n or ((8,) if given.quick else NUMBERS), settings))
    words = [f'"{word}"' if " " in word else word for word in sys.argv[1:]]
    page = report(results, settings, " ".join(("python -m benchmarks.orchestration", *words)))
    print(page)
    if not given.quick:
        given.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
