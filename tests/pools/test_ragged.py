import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.aggregation import Aggregation
from outlay.pools import Ragged

rows = st.lists(st.none() | st.lists(st.floats(0, 1), max_size=4), min_size=1, max_size=6)


@given(rows, st.sampled_from(Aggregation))
def test_aggregates_are_those_of_each_row(given_: list[list[float] | None], how: Aggregation) -> None:
    found = Ragged.of(given_).aggregate(how)
    np.testing.assert_allclose(found, [how.of(row) if row else np.nan for row in given_])


@given(rows, st.data())
def test_rows_are_taken_and_cut(given_: list[list[float] | None], data: st.DataObject) -> None:
    whole = Ragged.of(given_)
    places = data.draw(st.lists(st.integers(0, len(given_) - 1), max_size=8))
    start = data.draw(st.integers(0, len(given_)))
    for part, due in (
        (whole.take(np.array(places, np.int64)), [given_[i] for i in places]),
        (whole.span(start, len(given_)), given_[start:]),
    ):
        assert [None if row is None else row.tolist() for row in part] == due
        assert part.lengths.tolist() == [len(row or []) for row in due]
