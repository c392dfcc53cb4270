"""The results as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.attribution.methods import Result
from outlay.statistics.intervals import wilson_interval

Results = Mapping[str, Sequence[Result]]
"""By method, its results on the same answers in the same order."""
HEAD = ("method", "the first wrong step", "within one", "stands by it", "right if it does", "tokens", "calls")
NOT_SAID = ("", "", "0", "0")
Chances = list[list[float]]
"""For each answer the chance that a guess gives to each of its steps."""


def section(title: str, found: Results) -> str:
    """All figures of some answers, and what guesses would hit."""
    answers = next(iter(found.values()))
    if not answers:
        return f"## {title}\n\nNo answers."
    steps = float(np.mean([one.steps for one in answers]))
    rows = [_row(name, results) for name, results in found.items()]
    guesses = [
        (name, *(f"{100 * float(np.mean(_near(answers, chances, distance))):.0f} %" for distance in (0, 1)), *NOT_SAID)
        for name, chances in _guesses(answers).items()
    ]
    return f"## {title}\n\n{len(answers)} answers of {steps:.1f} steps.\n\n{_table([HEAD, *rows, *guesses])}"


def by_task(title: str, cells: Mapping[str, Results]) -> str:
    """How often each method names the first wrong step, a column for each task."""
    sizes = [f"{name} ({len(next(iter(found.values())))})" for name, found in cells.items()]
    names = list(next(iter(cells.values())))
    rows = [(name, *(_share(_hits(found[name])) for found in cells.values())) for name in names]
    guesses = [_guesses(next(iter(found.values()))) for found in cells.values()]
    for name in guesses[0]:
        hits = [
            _near(next(iter(found.values())), each[name], 0)
            for found, each in zip(cells.values(), guesses, strict=True)
        ]
        rows.append((name, *(f"{100 * float(np.mean(hit)):.0f} %" for hit in hits)))
    return f"## {title}\n\n{_table([('method', *sizes), *rows])}"


def calibration(found: Results) -> str:
    """What the rollouts' own probabilities are worth."""
    lines = []
    for name, results in found.items():
        claimed = [one.named.probability for one in results if one.named.probability is not None]
        if claimed:
            lines.append(f"- {name}: {100 * float(np.mean(claimed)):.0f} % claimed, {_share(_hits(results))} hit")
    said = "The probability that rollouts give to the step they name, and how often it is the first wrong one:"
    return "\n".join([said, "", *lines])


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ("---", *["---:"] * (len(rows[0]) - 1)), *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _row(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    hits = _hits(results)
    near = [one.named.step is not None and abs(one.named.step - one.wrong) <= 1 for one in results]
    sure = [one.named.sure for one in results]
    told = [hit for hit, stands in zip(hits, sure, strict=True) if stands]
    tokens, calls = (float(np.mean([getattr(one, what) for one in results])) for what in ("tokens", "calls"))
    return (name, *map(_share, (hits, near, sure, told)), f"{tokens:,.0f}", f"{calls:.1f}")


def _guesses(answers: Sequence[Result]) -> dict[str, Chances]:
    """Guesses that read nothing; the last knows where errors of the task usually are, from all other answers."""
    return {
        "guessing evenly": [[1 / one.steps] * one.steps for one in answers],
        "always the first step": [_certain(1, one.steps) for one in answers],
        "always the task's commonest wrong step": [
            _certain(
                _commonest([other.wrong for other in answers if other is not one and other.task == one.task]), one.steps
            )
            for one in answers
        ],
    }


def _certain(guessed: int, steps: int) -> list[float]:
    return [float(step == min(guessed, steps)) for step in range(1, steps + 1)]


def _commonest(wrong: Sequence[int]) -> int:
    """The earliest of the commonest; the first step where nothing is known."""
    counted = Counter(wrong)
    return min(counted, key=lambda step: (-counted[step], step), default=1)


def _near(answers: Sequence[Result], chances: Chances, distance: int) -> list[float]:
    """For each answer the chance to hit its first wrong step, or one so near to it."""
    return [
        sum(chance for step, chance in enumerate(each, start=1) if abs(step - one.wrong) <= distance)
        for one, each in zip(answers, chances, strict=True)
    ]


def _hits(results: Sequence[Result]) -> list[bool]:
    return [one.named.step == one.wrong for one in results]


def _share(hits: Sequence[bool]) -> str:
    if not hits:
        return ""
    share = wilson_interval(sum(hits), len(hits))
    return f"{100 * share.estimate:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"
