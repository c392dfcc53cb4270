"""The budget of a whole experiment: never passed, remembered, and no trial fails for it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from outlay.bench.experiment import Experiment
from outlay.bench.parts import Parts
from outlay.bench.progress import Progress
from outlay.bench.runner import run
from outlay.bench.store import read_store
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError

pytestmark = pytest.mark.anyio
Make = Callable[..., Experiment]
JUDGES = ('strategies = ["draw(n=1)", {strategy = "draw(n=4)", verifier = "oracle"}, "walk(width=2)"]',
          'strategies = ["draw(n=1)", {strategy = "draw(n=4)", verifier = "served"}, "walk(width=2)"]')  # fmt: skip


def results(folder: Path) -> list[object]:
    with read_store(folder) as store:
        return [
            (trial.key, trial.record and replace(trial.record, cost=replace(trial.record.cost, seconds=0), curve=()))
            for trial in store.trials()
        ]


def charged(folder: Path) -> int:
    with read_store(folder) as store:
        return store.charged().tokens


@pytest.mark.parametrize("step", [90, 600])
async def test_sessions_with_ever_larger_budgets_come_to_the_results_of_one(
    experiment: Make, parts: Parts, tmp_path: Path, step: int
) -> None:
    given = experiment(JUDGES)
    whole = await run(given, parts, tmp_path / "whole")
    assert whole.done == whole.total
    ended, total, paid = whole, 0, 0
    while total == 0 or ended.spent_out:
        total += step
        ended = await run(replace(given, total=Budget(tokens=total)), parts, tmp_path / "out")
        paid += ended.paid.tokens
        assert charged(tmp_path / "out") <= total
        assert ended.failed == 0
        assert ended.spent_out == (ended.unrun > 0)
        assert ended.left["tokens"] == total - charged(tmp_path / "out") or ended.spent_out
    assert total > 4 * step
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    assert charged(tmp_path / "out") == charged(tmp_path / "whole")


async def test_a_budget_that_suffices_changes_nothing(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    seen: list[Progress] = []
    given = replace(experiment(JUDGES), total=Budget(tokens=10**6, dollars=100.0))
    ended = await run(given, parts, tmp_path / "out", progress=seen.append)
    plain = await run(experiment(JUDGES), parts, tmp_path / "plain")
    assert results(tmp_path / "out") == results(tmp_path / "plain")
    assert not ended.spent_out
    assert seen[0].left == {"tokens": 10**6, "dollars": 100.0}
    assert ended.left["tokens"] == 10**6 - charged(tmp_path / "out")
    assert ended.left["dollars"] == pytest.approx(100 - plain.charged.dollars)
    again = await run(given, parts, tmp_path / "out")
    assert again.left == pytest.approx(ended.left)
    assert again.paid.tokens == 0


async def test_a_budget_of_another_file_in_the_folder_is_paid_too(
    experiment: Make, parts: Parts, tmp_path: Path
) -> None:
    await run(experiment(JUDGES), parts, tmp_path / "out")
    before = charged(tmp_path / "out")
    other = experiment(JUDGES, ("seeds = [0, 1]", "seeds = [2]"))
    ended = await run(replace(other, total=Budget(tokens=before + 1)), parts, tmp_path / "out")
    assert ended.spent_out
    assert (ended.done, ended.paid.tokens) == (0, 0)


@pytest.mark.parametrize("text", ["seconds=5", "samples=5", "tokens=0", "token=3", "7"])
def test_a_budget_that_makes_no_sense_is_refused(experiment: Make, text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"basic\.toml: total"):
        experiment(("questions = 6", f'questions = 6\ntotal = "{text}"'))
