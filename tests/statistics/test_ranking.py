"""The area under the ROC curve against every pair of a right and a wrong item."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.statistics import area_under_roc, grouped_area_under_roc

Row = tuple[float, bool, int]
"""Score, whether it is right, and group."""

rows_lists = st.lists(
    st.tuples(st.sampled_from([-math.inf, -2.0, 0.0, 0.5, 1e9]) | st.floats(-3, 3), st.booleans(), st.integers(4, 7)),
    min_size=1,
    max_size=20,
)
invariant = settings(deadline=None, max_examples=60)


def columns(rows: list[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, right, groups = zip(*rows, strict=True)
    return np.array(scores, np.float64), np.array(right, np.bool_), np.array(groups, np.int64)


def by_pairs(rows: list[Row], within_groups: bool) -> float:
    good, bad = ([row for row in rows if row[1] is flag] for flag in (True, False))
    pairs = [(a, b) for a, b in product(good, bad) if a[2] == b[2] or not within_groups]
    return sum((a[0] > b[0]) + 0.5 * (a[0] == b[0]) for a, b in pairs) / len(pairs) if pairs else math.nan


@given(rows_lists)
@invariant
def test_the_area_is_the_share_of_pairs_in_order(rows: list[Row]) -> None:
    scores, right, _ = columns(rows)
    assert area_under_roc(scores, right) == pytest.approx(by_pairs(rows, within_groups=False), nan_ok=True)


@given(rows_lists)
@invariant
def test_the_grouped_area_is_the_share_of_pairs_of_one_group_in_order(rows: list[Row]) -> None:
    assert grouped_area_under_roc(*columns(rows)) == pytest.approx(by_pairs(rows, within_groups=True), nan_ok=True)


@given(rows_lists)
@invariant
def test_one_group_is_no_grouping(rows: list[Row]) -> None:
    scores, right, groups = columns(rows)
    together = grouped_area_under_roc(scores, right, np.zeros_like(groups))
    assert together == pytest.approx(area_under_roc(scores, right), nan_ok=True)


@given(rows_lists)
@invariant
def test_turning_the_scores_round_turns_the_area_round(rows: list[Row]) -> None:
    scores, right, _ = columns(rows)
    assert area_under_roc(-scores, right) == pytest.approx(1 - area_under_roc(scores, right), nan_ok=True)


def test_areas_worked_by_hand() -> None:
    right = np.array([False, False, True, True])
    assert area_under_roc(np.array([1.0, 2.0, 3.0, 4.0]), right) == 1
    assert area_under_roc(np.array([4.0, 3.0, 2.0, 1.0]), right) == 0
    assert area_under_roc(np.ones(4), right) == 0.5
    assert area_under_roc(np.array([1.0, 3.0, 3.0, 2.0]), right) == pytest.approx((1 + 0.5 + 1 + 0) / 4)


def test_a_score_of_difficulty_alone_is_worth_nothing_within_problems() -> None:
    groups = np.repeat([1, 2], 6)
    right = np.array([True] * 5 + [False] + [True] + [False] * 5)
    scores = np.where(groups == 1, 0.9, 0.1)
    assert area_under_roc(scores, right) == pytest.approx((25 + 0.5 * (5 + 5)) / 36)
    assert grouped_area_under_roc(scores, right, groups) == 0.5


def test_without_a_pair_there_is_no_area() -> None:
    scores = np.array([0.1, 0.9])
    for right in (np.array([True, True]), np.array([False, False])):
        assert math.isnan(area_under_roc(scores, right))
        assert math.isnan(grouped_area_under_roc(scores, right, np.zeros(2, np.int64)))
    assert math.isnan(grouped_area_under_roc(scores, np.array([True, False]), np.array([0, 1])))
    nothing = np.zeros(0), np.zeros(0, np.bool_)
    assert math.isnan(area_under_roc(*nothing))
    assert math.isnan(grouped_area_under_roc(*nothing, np.zeros(0, np.int64)))


@pytest.mark.parametrize(
    ("scores", "right"),
    [
        (np.zeros(3), np.zeros(2, np.bool_)),
        (np.zeros(0), np.zeros(2, np.bool_)),
        (np.zeros((2, 2)), np.zeros((2, 2), np.bool_)),
    ],
)
def test_scores_and_flags_of_other_shapes_are_refused(scores: np.ndarray, right: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"needs scores \(n,\) and flags \(n,\)"):
        area_under_roc(scores, right)
    with pytest.raises(ValueError, match=r"needs scores \(n,\) and flags \(n,\)"):
        grouped_area_under_roc(scores, right, np.zeros(scores.shape, np.int64))


def test_groups_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"groups must have shape \(3,\); got \(2,\)"):
        grouped_area_under_roc(np.zeros(3), np.zeros(3, np.bool_), np.zeros(2, np.int64))
