"""Thresholds name the rows that are below them, and nothing else."""

import pytest

from outlay.bench.summary import Method, Row
from outlay.bench.thresholds import Threshold, all_misses
from outlay.core.cost import NOTHING
from outlay.core.errors import InvalidInputError
from outlay.statistics import Interval


def row(strategy: str, estimate: float | None, low: float = 0.0) -> Row:
    method = Method("chain", 1, "pocket", strategy, "", "")
    return Row(method, 10, 0, None if estimate is None else Interval(estimate, low, 1.0), NOTHING, 0.0)


ROWS = [row("greedy", 0.4, 0.2), row("draw(n=4)", 0.7, 0.5), row("unknown", None)]


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("accuracy=0", ["unknown"]),
        ("accuracy=0.4", ["unknown"]),
        ("accuracy=0.41", ["greedy", "unknown"]),
        ("low=0.21", ["greedy", "unknown"]),
        ("greedy: accuracy=0.4", []),
        ("greedy:low=0.3", ["greedy"]),
        ("draw(n=4): low = 0.6", ["draw(n=4)"]),
    ],
)
def test_rows_below_are_named(text: str, missed: list[str]) -> None:
    said = Threshold.parse(text).misses(ROWS)
    assert [one.split(",")[0] for one in said] == missed


def test_a_miss_says_what_was_reached() -> None:
    (said,) = all_misses([Threshold.parse("greedy: low=0.3")], ROWS)
    assert said == "greedy, chain, level 1, pocket: low 0.200 is under 0.3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accuracy", "accuracy must be a number from 0 to 1, as in accuracy=0.4"),
        ("accuracy=40", "must be a number from 0 to 1"),
        ("accuracy=nan", "must be a number from 0 to 1"),
        ("acuracy=0.4", "did you mean 'accuracy'?"),
        ("0.4", "unknown measure in --fail-under"),
    ],
)
def test_what_is_no_threshold_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Threshold.parse(text)
    assert said in str(caught.value)


def test_a_strategy_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'greedy'"):
        Threshold.parse("gredy: accuracy=0.4").misses(ROWS)
