"""What an ablation comes to: each change paired with the base, by strategy and by task."""

from itertools import product

import numpy as np
import pytest

from outlay.bench.protocols.ablation import ablation
from outlay.bench.store import StoredTrial
from outlay.core.errors import InvalidInputError
from outlay.statistics import compare_paired, holm
from tests.bench.protocols.records import column, finished, record, trial

EXPERIMENT = """
[ablation]
temperature = [1.0, 0.5]
prompt = ["{question}", "think. {question}"]
verifier = ["step_check", "exact"]
"""
PLAIN, COLD = ("sampled(of=pocket, temperature=1.0)", "sampled(of=pocket, temperature=0.5)")
FRAMED = "(prompt='think. {question}')"


def trials() -> list[StoredTrial]:
    """Eight questions of two tasks; who is right is decided by a generator, base first."""
    rng = np.random.default_rng(5)
    settings = [
        (PLAIN, "", "step_check"),
        (COLD, "", "step_check"),
        (PLAIN, FRAMED, "step_check"),
        (PLAIN, "", "exact"),
    ]
    found = []
    for (model, prompt, judge), task, strategy in product(settings, ("chain", "table"), ("best_of_n", "greedy")):
        verifier = judge if strategy == "best_of_n" else ""
        if judge == "exact" and not verifier:
            continue
        cell = {"task": task + prompt, "model": model, "strategy": strategy, "verifier": verifier}
        found += [trial(i, record(correct=bool(rng.integers(2))), **cell) for i in range(8)]
    return found


def right(made: list[StoredTrial], **cell: str) -> np.ndarray:
    kept = [one for one in made if all(getattr(one.cell, name) == value for name, value in cell.items())]
    return np.array([float(bool(one.record and one.record.correct)) for one in kept])


def test_each_change_is_paired_with_the_base_over_all_tasks_and_corrected_together() -> None:
    made = trials()
    by_strategy, _ = ablation(finished(made, experiment=EXPERIMENT)).tables
    heads = [row[0] for row in by_strategy.rows if len(row) == 1]
    assert heads == ["temperature: 0.5", "prompt: think. {question}", "verifier: exact"]
    rows = [row for row in by_strategy.rows if len(row) > 1]
    assert [row[0] for row in rows] == ["best_of_n", "greedy", "best_of_n", "greedy", "best_of_n"]
    changed = [{"model": COLD}] * 2 + [{"task": ""}] * 2 + [{"verifier": "exact"}]
    expected = []
    for row, change in zip(rows, changed, strict=True):
        after, before = [], []
        for task in ("chain", "table"):
            cell = {
                "task": task,
                "model": PLAIN,
                "strategy": row[0],
                "verifier": "step_check" if "best" in row[0] else "",
            }
            before.append(right(made, **cell))
            after.append(right(made, **{**cell, **change, **({"task": task + FRAMED} if "task" in change else {})}))
        expected.append(compare_paired(np.concatenate(after), np.concatenate(before)))
    shown = column(rows, by_strategy.head, "difference [95%]")
    assert [float(text.split(" ")[0]) for text in shown] == pytest.approx(
        [100 * one.difference.estimate for one in expected], abs=0.06
    )
    assert column(rows, by_strategy.head, "n") == ["16"] * 5
    corrected = holm([one.p_value for one in expected])
    assert [float(p) for p in column(rows, by_strategy.head, "p")] == pytest.approx(corrected, abs=6e-4)


def test_on_a_task_the_value_of_a_question_is_its_mean_over_strategies() -> None:
    made = trials()
    _, by_task = ablation(finished(made, experiment=EXPERIMENT)).tables
    rows = [row for row in by_task.rows if len(row) > 1]
    assert [row[0] for row in rows] == ["chain, level 1", "table, level 1"] * 3
    after = np.mean([right(made, task="chain", model=COLD, strategy=one) for one in ("best_of_n", "greedy")], axis=0)
    assert float(rows[0][3].split("%")[0]) == pytest.approx(100 * after.mean(), abs=0.06)
    assert rows[0][1] == "8"


def test_questions_that_only_one_side_has_do_not_count() -> None:
    made = [one for one in trials() if not (one.cell.model == COLD and one.index > 4)]
    by_strategy, _ = ablation(finished(made, experiment=EXPERIMENT)).tables
    assert next(row for row in by_strategy.rows if len(row) > 1)[1] == "10"


def test_a_run_without_an_ablation_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"has no \[ablation\]; add one with some of temperature"):
        ablation(finished(trials(), experiment="questions = 3"))


def test_a_run_that_has_only_its_base_is_refused() -> None:
    base = [one for one in trials() if one.cell.model == PLAIN and one.cell.task == "chain" and one.cell.verifier == ""]
    with pytest.raises(InvalidInputError, match="no change can be compared yet"):
        ablation(finished(base, experiment=EXPERIMENT))
