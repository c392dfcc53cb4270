"""How long ``import outlay`` takes, beside ``import numpy`` alone.

Each figure is the wall-clock time of one import statement in a fresh process, without the start of Python itself.
Compiled files and the disk's cache are warm.
"""

import subprocess
import sys
from functools import partial

from measuring import Row, asked_quick, ratios, show, side_by_side


def milliseconds(module: str) -> float:
    """The time to import a module in a new process."""
    program = f"from time import perf_counter; start = perf_counter(); import {module}; print(perf_counter() - start)"
    finished = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return 1000 * float(finished.stdout)


def main() -> None:
    quick = asked_quick(__doc__)
    ours, numpys = side_by_side(
        [partial(milliseconds, "outlay"), partial(milliseconds, "numpy")], repeats=5 if quick else 25
    )
    show(
        "Import time",
        [
            Row("import outlay, ms", ours, "below 150"),
            Row("import numpy, ms", numpys),
            Row("outlay / numpy", ratios(ours, numpys)),
        ],
    )


if __name__ == "__main__":
    main()
