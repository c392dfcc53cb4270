"""A report reads each result once, holds none of the long texts, and draws what a plain reading would."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.bench.curves import anytime_points
from outlay.bench.gathering import Gathering
from outlay.bench.records import PointRecord, TrialRecord
from outlay.bench.results import AXES, Result
from outlay.bench.store import open_store, read_store
from outlay.bench.summary import Method, MethodTrials
from outlay.core.cost import Cost
from tests.bench.stored import Made, record, write_run

CURVES = st.lists(
    st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=5).map(sorted),
    min_size=1,
    max_size=6,
)


def test_each_result_is_read_once_and_newer_ones_are_added(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True), 1: None, 2: "lost"}})
    gathering = Gathering()
    with read_store(tmp_path) as store:
        before = store.version()
        gathering.read(store)
        first = dict(gathering.known)
    (trials,) = gathering.methods().values()
    assert (trials.planned, list(trials.results), trials.causes) == (3, [(0, 0)], ["lost"])
    with open_store(tmp_path) as store:
        store.execute(
            "insert into trials select 'draw/1/0/1', cell, 1, record, null, '' from trials where key = 'draw/0/0/1'"
        )
    with read_store(tmp_path) as store:
        assert store.version() != before
        gathering.read(store)
    assert gathering.known["draw/0/0/1"] is first["draw/0/0/1"]
    (trials,) = gathering.methods().values()
    assert list(trials.results) == [(0, 0), (1, 0)]


def test_texts_of_candidates_are_not_kept(tmp_path: Path) -> None:
    write_run(tmp_path, {"draw": {0: Made(True, candidates=(True, False, True))}})
    gathering = Gathering()
    with read_store(tmp_path) as store:
        gathering.read(store)
    (result,) = gathering.known.values()
    assert (result.record.text, result.record.candidates, result.record.curve) == ("", (), ())
    assert result.drawn is not None
    assert result.drawn.right.tolist() == [True, False, True]
    assert result.drawn.votes.tolist() == [0, 1, 0]
    assert result.drawn.scores is None
    (trial,) = gathering.trials()
    assert trial.record is result.record


@settings(max_examples=40)
@given(CURVES)
def test_a_curve_is_what_reading_each_trial_at_each_cost_gives(curves: list[list[tuple[int, bool]]]) -> None:
    records = [curved(points) for points in curves]
    trials = MethodTrials(len(records), {(i, 0): Result.of(one) for i, one in enumerate(records)})
    method = Method("sums", 1, "dice", "draw", "", "unlimited")
    for point in anytime_points({method: trials}, AXES[0]):
        held = [[right for cost, right in points if cost <= point.x] for points in curves]
        assert point.share.estimate == np.mean([bool(found and found[-1]) for found in held])


def curved(points: list[tuple[int, bool]]) -> TrialRecord:
    curve = tuple(PointRecord("v", right, Cost(completion_tokens=cost)) for cost, right in points)
    whole = record(Made(bool(points and points[-1][1]), 250))
    return TrialRecord(**{name: getattr(whole, name) for name in TrialRecord.__slots__} | {"curve": curve})
