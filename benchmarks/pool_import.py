"""Importing a million samples: the CPU time that it takes, and the most memory that the process ever holds.

Files are written first, with texts of some four hundred characters: lines of JSON, a sample each, with the lines of a
problem after each other or those of all problems mixed; and lines of search-and-learn, a problem each, with a score for
each step. Each import is a fresh process; its peak memory is what the system says of it, and includes the library. The
aim is on memory: what an import holds is to depend on the largest problem and hardly on the file, so that a tenth of
the samples, of as many a problem, takes nearly as much.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from measuring import Row, asked_quick, show

CHILD = """
import resource, sys, time
from pathlib import Path
import anyio
from outlay.pools import Manifest
from outlay.pools.formats.importing import import_samples, open_source
from outlay.pools.formats.settings import ReadSettings
reader = open_source(Path(sys.argv[1]), ReadSettings())
found = anyio.run(import_samples, reader, Path(sys.argv[2]), Manifest())
seconds = time.process_time()
assert not found.bad_count
print(found.samples, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
A_PROBLEM = 1000
"""Samples of each problem."""
WORDS = (
    "so",
    "then",
    "we",
    "have",
    "the",
    "sum",
    "of",
    "both",
    "which",
    "is",
    "at",
    "most",
    "half",
    "of",
    "what",
    "was",
)
DIFFERENT = 5000
"""Texts that are written; each is used often, which no reader can tell."""


def completions(ending: str) -> list[str]:
    """Texts of four steps and an answer, which the ending formats."""
    rng = np.random.default_rng(0)
    words = np.array(WORDS)[rng.integers(0, len(WORDS), size=(DIFFERENT, 4, 18))]
    answers = rng.integers(0, 40, size=DIFFERENT)
    return [
        "\n\n".join([*(" ".join(step) for step in steps), ending.format(answer)])
        for steps, answer in zip(words.tolist(), answers, strict=True)
    ]


def sample_lines(problems: int, mixed: bool) -> Iterator[dict[str, object]]:
    """A line a sample."""
    rng, texts = np.random.default_rng(0), completions("The answer is {}.")
    for number in range(problems * A_PROBLEM):
        problem = number % problems if mixed else number // A_PROBLEM
        yield {
            "problem": f"p{problem}", "question": f"What is problem {problem}?", "reference": str(problem % 40),
            "text": texts[rng.integers(DIFFERENT)], "completion_tokens": 90,
            "scores": {"judge": round(float(rng.random()), 6)},
        }  # fmt: skip


def searched_lines(problems: int) -> Iterator[dict[str, object]]:
    """A line a problem, as search-and-learn writes them."""
    rng, texts = np.random.default_rng(0), completions("\\boxed{{{}}}")
    for problem in range(problems):
        scores = np.round(rng.random((A_PROBLEM, 5)), 6)
        yield {
            "problem": f"What is problem {problem}?", "answer": str(problem % 40), "unique_id": f"p{problem}",
            "completions": [texts[i] for i in rng.integers(0, DIFFERENT, size=A_PROBLEM)],
            "scores": scores.tolist(), "agg_scores": scores[:, -1].tolist(), "completion_tokens": [90] * A_PROBLEM,
        }  # fmt: skip


def measured(lines: Iterator[dict[str, object]], repeats: int) -> tuple[list[float], list[float]]:
    """Thousands of samples a second of CPU time, and megabytes at the peak, one of each a repeat."""
    rates, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "best_of_n.jsonl", Path(folder) / "pool.parquet"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        for _ in range(repeats):
            ended = subprocess.run(
                [sys.executable, "-c", CHILD, str(source), str(out)], check=True, capture_output=True, text=True
            )
            samples, seconds, peak = map(float, ended.stdout.split())
            rates.append(samples / seconds / 1000)
            peaks.append(peak / 1024)
    return rates, peaks


def main() -> None:
    quick = asked_quick(__doc__)
    sizes, repeats = ([10], 1) if quick else ([1000, 100], 3)
    kinds: dict[str, Callable[[int], Iterator[dict[str, object]]]] = {
        "lines, by problem": lambda problems: sample_lines(problems, mixed=False),
        "lines, mixed": lambda problems: sample_lines(problems, mixed=True),
        "search-and-learn": searched_lines,
    }
    rows = []
    for name, kind in kinds.items():
        for problems in sizes:
            rates, peaks = measured(kind(problems), repeats)
            size = f"{problems * A_PROBLEM:,} samples"
            rows += [
                Row(f"{name}, {size}: thousands a CPU second", rates),
                Row(f"{name}, {size}: peak memory, MB", peaks),
            ]
    show("Importing samples into a pool", rows)


if __name__ == "__main__":
    main()
