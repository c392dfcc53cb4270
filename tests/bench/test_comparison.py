"""Runs are compared on what they share, question by question, and refused where they share nothing."""

from pathlib import Path

import numpy as np
import pytest

from outlay.bench.comparison import SideBySide, compare_runs, load_runs
from outlay.bench.page import comparison_page
from outlay.core.errors import InvalidInputError
from outlay.statistics import compare_paired, ratio_of_means
from tests.bench.stored import Made, write_run

RIGHT, WRONG = Made(True, 100), Made(False, 100)


def compared(*folders: Path) -> list[SideBySide]:
    return compare_runs(load_runs(folders))


def test_a_shared_method_is_compared_on_the_questions_that_both_have(tmp_path: Path) -> None:
    first = [True, False, False, True, False, True]
    second = [True, True, False, True, True, False]
    a = write_run(tmp_path / "a", {"draw": {i: Made(right, 100 + i) for i, right in enumerate(first)}})
    more = {**{i: Made(right, 200 + 3 * i) for i, right in enumerate(second)}, 6: RIGHT, 7: None, 8: "lost"}
    b = write_run(tmp_path / "b", {"draw": more})
    (side,) = compared(a, b)
    (pair,) = side.pairs
    assert (pair.questions, pair.won, pair.lost) == (6, 2, 1)
    assert (pair.before, pair.after) == (3 / 6, 4 / 6)
    assert pair.comparison == compare_paired(np.array(second, float), np.array(first, float))
    assert pair.p_value == pair.comparison.p_value
    costs = np.array([[200.0 + 3 * i for i in range(6)], [100.0 + i for i in range(6)]])
    assert pair.ratios["tokens"] == ratio_of_means(*costs)
    assert set(pair.ratios) == {"tokens", "flops", "seconds"}


def test_p_values_are_corrected_over_all_runs_of_the_page(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    runs = [
        write_run(tmp_path / name, {"draw": {i: Made(bool(rng.random() < chance)) for i in range(40)}})
        for name, chance in (("a", 0.3), ("b", 0.8), ("c", 0.9))
    ]
    sides = compared(*runs)
    assert [side.second.name for side in sides] == ["b", "c"]
    raw = sorted(side.pairs[0].comparison.p_value for side in sides if side.pairs[0].comparison)
    held = sorted(side.pairs[0].p_value or 0.0 for side in sides)
    assert held == [pytest.approx(2 * raw[0]), pytest.approx(max(raw[1], 2 * raw[0]))]


def test_what_each_run_has_only_one_of_may_differ(tmp_path: Path) -> None:
    both = {"draw": {0: RIGHT, 1: WRONG}, "walk": {0: RIGHT, 1: WRONG}}
    a = write_run(tmp_path / "a", both, model="dice")
    b = write_run(tmp_path / "b", both, model="cards")
    (side,) = compared(a, b)
    assert [(pair.first.strategy, pair.second.strategy) for pair in side.pairs] == [("draw", "draw"), ("walk", "walk")]
    assert {(pair.first.model, pair.second.model) for pair in side.pairs} == {("dice", "cards")}
    c = write_run(tmp_path / "c", {"hasty": {0: RIGHT, 1: WRONG}}, model="dice")
    (side,) = compared(write_run(tmp_path / "d", {"draw": {0: WRONG, 1: WRONG}}), c)
    assert (side.pairs[0].first.strategy, side.pairs[0].second.strategy) == ("draw", "hasty")
    with pytest.raises(InvalidInputError, match="'a' ran draw, walk; 'c' ran hasty"):
        compared(a, c)


def test_several_seeds_of_a_question_count_once(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: RIGHT, 1: WRONG}})
    b = write_run(tmp_path / "b", {"draw": {0: RIGHT, 1: WRONG}}, seed=1)
    (pair,) = compared(a, b)[0].pairs
    assert (pair.questions, pair.won, pair.lost) == (2, 0, 0)


def test_questions_that_are_worded_differently_are_left_out_and_counted(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: RIGHT, 1: WRONG, 2: RIGHT}})
    b = write_run(tmp_path / "b", {"draw": {0: RIGHT, 1: Made(True, 100, "another"), 2: RIGHT}})
    (side,) = compared(a, b)
    assert (side.pairs[0].questions, side.changed) == (2, 1)
    c = write_run(tmp_path / "c", {"draw": {i: Made(True, 100, "another") for i in range(3)}})
    with pytest.raises(InvalidInputError, match="worded differently"):
        compared(a, c)


def test_runs_that_share_nothing_are_refused_with_what_each_has(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: RIGHT}})
    b = write_run(tmp_path / "b", {"draw": {0: RIGHT}}, task="chain")
    with pytest.raises(InvalidInputError, match="'a' has sums, level 1, dice; 'b' has chain, level 1, dice"):
        compared(a, b)
    with pytest.raises(InvalidInputError, match="with itself"):
        compared(a, a)
    with pytest.raises(InvalidInputError, match="no finished trial"):
        compared(a, write_run(tmp_path / "c", {"draw": {0: None}}))


def test_without_a_reference_costs_alone_are_compared(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: Made(None), 1: RIGHT}})
    b = write_run(tmp_path / "b", {"draw": {0: RIGHT, 1: RIGHT}})
    (pair,) = compared(a, b)[0].pairs
    assert (pair.before, pair.comparison, pair.p_value) == (None, None, None)
    assert pair.ratios["tokens"].estimate == 1


def test_settings_that_differ_are_named_with_both_values(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: RIGHT}}, experiment='questions = 3\nmodels = ["dice"]')
    b = write_run(tmp_path / "b", {"draw": {0: RIGHT}}, experiment='questions = 5\nmodels = ["dice"]', seed=2)
    assert compared(a, b)[0].settings == [("questions", "3", "5"), ("seeds", "0", "2")]


def test_the_page_escapes_names(tmp_path: Path) -> None:
    run = {"draw": {0: RIGHT, 1: WRONG}}
    sides = compared(write_run(tmp_path / "a <b>", run), write_run(tmp_path / "b", run, name="<script>alert(1)"))
    page = comparison_page(sides)
    assert "a <b>" not in page
    assert "<script>alert" not in page
    assert "a &lt;b&gt; and b" in page
