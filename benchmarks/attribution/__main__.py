"""How often each method names the first wrong step of a failed answer, and what it is paid.

python -m benchmarks.attribution            # four minutes on an idle machine; writes docs/results/attribution.md
python -m benchmarks.attribution --quick    # few answers, for a first look; writes nothing
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from pathlib import Path

import anyio

from benchmarks.attribution.known import PROBES, Known, own, planted
from benchmarks.attribution.methods import Result, applied, methods
from benchmarks.attribution.table import by_task, calibration, section
from benchmarks.measuring import asked_quick, machine
from outlay.core.model import LanguageModel
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import Task

CELLS = (("chain", 2), ("countdown", 2), ("procedure", 3), ("program", 3))
PAGE = Path(__file__).parents[2] / "docs" / "results" / "attribution.md"
AT_ONCE = 8
"""Answers under way at a time, which share the model's batches."""
HARM = 0.2
INTRODUCTION = f"""\
# Which step of a failed answer was decisive

Written by `python -m benchmarks.attribution`. How often does each method name the step at which an answer first went
wrong? *Planted*: one step of a worked solution, not the last, is made wrong, a letter or a digit having become another,
so that the task's step labels call this step wrong and none before it; the pocket model goes on from there, to a wrong
answer. *Own*: the pocket model's own wrong answers, with the first step that the labels call wrong.

Wrong first and decisive are not the same: the model may take no notice of a wrong step, or have had no chance before
it, and rollouts then rightly name another. *Harmful* are steps that lower the share of right answers by {HARM:g} or
more in {PROBES} rollouts on either side, of which no method knows.

Shares have 95 % Wilson intervals; tokens and calls are means of what is paid for one answer. A method *stands by* what
it names; rollouts always have a likeliest step, which is what is counted, and stand by one that is more likely decisive
than not. Guesses are expectations. That of the commonest step counts the other answers to the task, which makes it
worse than an even guess where errors are spread evenly. What does not beat it may know where errors usually are, and
need not have read this answer: compare task by task. `step_check` is the truth itself."""

Source = Callable[[Task, int, int, LanguageModel], Awaitable[Known | None]]
Cells = Mapping[str, Sequence[tuple[Known, dict[str, Result]]]]
Table = dict[str, list[Result]]


def main() -> None:
    """Plant, ask, write."""
    quick = asked_quick(__doc__ or "")
    broken = {f"{task} {level}": anyio.run(_cell, task, level, planted, 3 if quick else 12) for task, level in CELLS}
    failed = {f"{task} {level}": anyio.run(_cell, task, level, own, 2 if quick else 10) for task, level in CELLS}
    parts = [
        INTRODUCTION,
        f"{machine()}.",
        section("Planted errors", _joined(broken)),
        section("Planted errors that are harmful", _joined(broken, HARM)),
        calibration(_joined(broken, HARM)),
        by_task("Planted errors by task", _apart(broken)),
        section("The model's own errors", _joined(failed)),
        section("The model's own errors that are harmful", _joined(failed, HARM)),
        by_task("The model's own errors by task", _apart(failed)),
    ]
    page = "\n\n".join(parts) + "\n"
    print(page)
    if not quick:
        PAGE.write_text(page, encoding="utf-8")


async def _cell(task: str, level: int, source: Source, answers: int) -> list[tuple[Known, dict[str, Result]]]:
    """The first so many answers that failed, each with the results of all methods."""
    model = MODELS.build("pocket")
    known = await _failed(task, level, source, answers, model)
    found: dict[int, dict[str, Result]] = {}
    limiter, named = anyio.Semaphore(AT_ONCE), methods()

    async def ask(place: int) -> None:
        async with limiter:
            found[place] = {name: await applied(method, known[place], model, place) for name, method in named.items()}

    async with anyio.create_task_group() as group:
        for place in range(answers):
            group.start_soon(ask, place)
    return [(known[place], found[place]) for place in range(answers)]


async def _failed(task: str, level: int, source: Source, answers: int, model: LanguageModel) -> list[Known]:
    found: list[Known] = []
    for seed in count():
        one = await source(TASKS.build(task), level, seed, model)
        if one is not None:
            found.append(one)
        if len(found) == answers:
            break
    return found


def _apart(cells: Cells) -> dict[str, Table]:
    """The results of each task by themselves."""
    return {name: _joined({name: found}) for name, found in cells.items()}


def _joined(cells: Cells, harm: float = -1.0) -> Table:
    """By method the results on all answers whose first wrong step does so much harm."""
    kept = [results for found in cells.values() for known, results in found if known.harm >= harm]
    return {name: [results[name] for results in kept] for name in methods()}


if __name__ == "__main__":
    main()
