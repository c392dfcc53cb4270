"""The area and the budget to a target of whole runs."""

import numpy as np
import pytest

from outlay.bench.protocols.anytime import anytime
from outlay.bench.store import StoredTrial
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.statistics import compare_paired
from tests.bench.protocols.records import column, finished, record, trial

CURVES = {
    "slow": [[(16, True)], [(16, False)], [(4, False), (16, True)]],
    "quick": [[(1, True)], [(4, True)], [(2, True)]],
}


def run() -> list[StoredTrial]:
    return [
        trial(i, record(correct=curve[-1][1], curve=curve), strategy=name)
        for name, curves in CURVES.items()
        for i, curve in enumerate(curves)
    ]


def test_areas_are_compared_with_the_baseline() -> None:
    areas, _ = anytime(finished(run(), "slow"), None, 1, 64).tables
    assert [cell.split("%")[0] for cell in column(areas.rows, areas.head, "area [95%]")] == ["22.2", "83.3"]
    expected = compare_paired(np.array([1, 2 / 3, 5 / 6]), np.array([1 / 3, 0, 1 / 3])).difference
    shown = column(areas.rows, areas.head, "difference [95%]")
    assert shown == ["", f"{100 * expected.estimate:+.1f} [{100 * expected.low:+.1f}, {100 * expected.high:+.1f}]"]


def test_a_target_is_reached_at_its_budget_or_never() -> None:
    _, targets = anytime(finished(run(), "slow"), 0.9, 1, 64).tables
    shown = column(targets.rows, targets.head, "tokens to target [95%]")
    assert [cell.split(" ")[0] for cell in shown] == ["never", "4"]
    assert shown[0].endswith("never]")
    assert column(targets.rows, targets.head, "not reached")[1] == "0%"


def test_the_range_is_that_of_the_run() -> None:
    tables = anytime(finished(run(), "slow"), None, None, None).tables
    assert "may cost 1 to 2 tokens" in tables[0].note


@pytest.mark.parametrize(("target", "low", "high"), [(0.0, 1, 2), (1.5, 1, 2), (0.5, 3, 2), (0.5, 0, 2)])
def test_settings_out_of_range_are_refused(target: float, low: float, high: float) -> None:
    with pytest.raises(InvalidSettingError):
        anytime(finished(run(), "slow"), target, low, high)


def test_a_run_without_references_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no answer of this run was graded"):
        anytime(finished([trial(0, record())]), None, None, None)
