"""Bounds of repetition against every way to draw k, and attempts in turn against what is on record."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from outlay.bench.experiment import load
from outlay.bench.parts import Parts
from outlay.bench.protocols.repetition import repetition
from outlay.bench.store import StoredTrial
from outlay.core.errors import InvalidInputError
from outlay.models import MODELS
from outlay.statistics import compare_paired
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS
from tests.bench.protocols.records import candidate, column, finished, record, trial

RIGHT = [[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 0]]
TURNS = [[0, 1], [0, 0, 0], [1], [0, 0, 1]]
REVISION = "revision(rounds=2, accept=1)"


def pool() -> list[StoredTrial]:
    return [trial(i, record([candidate(bool(r)) for r in row])) for i, row in enumerate(RIGHT)]


def in_turn() -> list[StoredTrial]:
    rows = [[candidate(bool(r), 7) for r in row] for row in TURNS]
    return [trial(i, record(row), strategy=REVISION, verifier="exact") for i, row in enumerate(rows)]


def percent(cells: list[str]) -> list[float]:
    return [float(cell.split("%")[0]) for cell in cells]


def test_bounds_are_those_of_every_way_to_draw_k() -> None:
    (table,) = repetition(finished(pool())).tables
    assert column(table.rows, table.head, "k") == ["1", "2", "4"]
    for name, rule in (("best of k", any), ("worst of k", all)):
        expected = [
            100 * np.mean([np.mean([rule(drawn) for drawn in combinations(row, k)]) for row in RIGHT])
            for k in (1, 2, 4)
        ]
        assert percent(column(table.rows, table.head, name)) == pytest.approx(expected, abs=0.06)
        assert expected[0] == pytest.approx(100 * np.mean(RIGHT)), "one run is the average run"
    assert column(table.rows, table.head, "tokens") == ["10", "20", "40"]
    assert column(table.rows, table.head, "k in turn") == [""] * 3


def test_attempts_in_turn_are_right_by_the_kth_and_compared_with_the_best() -> None:
    (table,) = repetition(finished([*pool(), *in_turn()])).tables
    turns = column(table.rows, table.head, "k in turn")
    assert percent(turns[:2]) == [25.0, 50.0]
    assert turns[2] == "", "three attempts say nothing of four"
    assert column(table.rows, table.head, "tokens in turn") == ["7", "12", ""]
    best = [np.mean([any(drawn) for drawn in combinations(row, 2)]) for row in RIGHT]
    expected = compare_paired(np.array([1.0, 0.0, 1.0, 0.0]), np.array(best))
    shown = column(table.rows, table.head, "difference [95%]")
    assert float(shown[1].split(" ")[0]) == pytest.approx(100 * expected.difference.estimate, abs=0.06)
    assert shown[2] == ""


def test_every_way_of_telling_has_a_table() -> None:
    made = [*pool(), *in_turn()]
    for one in in_turn():
        assert one.record is not None
        made.append(trial(one.index, one.record, strategy="revision(rounds=1, accept=1, tell=True)", verifier="exact"))
    first, second = repetition(finished(made)).tables
    assert column(first.rows, first.head, "k in turn") == column(second.rows, second.head, "k in turn")
    assert "tell=True" in second.note


def test_the_experiment_that_ships_is_valid() -> None:
    path = Path(__file__).parents[3] / "experiments" / "protocols" / "repetition.toml"
    found = load(path, Parts(MODELS, STRATEGIES, VERIFIERS, TASKS))
    named = dict.fromkeys(cell.strategy.specification.name for cell in found.cells)
    assert list(named) == ["repeated_sampling", "revision"]


def test_seeds_of_a_question_are_one_pool() -> None:
    halves = [
        trial(i, record([candidate(bool(r)) for r in row[2 * seed : 2 * seed + 2]]), seed=seed)
        for seed in (0, 1)
        for i, row in enumerate(RIGHT)
    ]
    (whole,) = repetition(finished(pool())).tables
    (joined,) = repetition(finished(halves)).tables
    assert joined.rows == whole.rows


@pytest.mark.parametrize("kept", [3, 1])
def test_samples_that_stopped_early_are_no_pool(kept: int) -> None:
    made = pool()
    made[0] = trial(0, record([candidate(True)] * kept))
    with pytest.raises(InvalidInputError, match=r"repeated_sampling\(n=8\)"):
        repetition(finished(made))
