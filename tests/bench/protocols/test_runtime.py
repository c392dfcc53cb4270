"""Idealised runtimes from a timing and what a run has on record."""

from dataclasses import replace

import pytest

from outlay.bench.protocols.runtime import runtimes
from outlay.bench.protocols.timing import Timing
from outlay.bench.store import StoredTrial
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.statistics import Interval
from tests.bench.protocols.records import candidate, column, finished, record, trial


def timing(model: str = "pocket", call: float = 1.0) -> Timing:
    fixed, prompt, output = (Interval(value, value, value) for value in (call, 0.01, 0.1))
    return Timing(model, fixed, prompt, output, 0.0)


def run(*models: str) -> list[StoredTrial]:
    """One question by each model: three samples of one call, and a search of two calls by steps."""
    samples = record(
        [candidate(True, 10), candidate(False, 30), candidate(True, 20)],
        cost=Cost(prompt_tokens=100, completion_tokens=60, samples=3, calls=1, seconds=9.0),
    )
    steps = record(
        [replace(candidate(False, 40), whole=False)],
        cost=Cost(prompt_tokens=100, cached_tokens=50, completion_tokens=40, samples=1, calls=2, seconds=8.0),
    )
    return [
        trial(0, made, model=model, strategy=strategy)
        for model in models
        for strategy, made in (("self_consistency(n=3)", samples), ("beam_search", steps))
    ]


def test_calls_in_turn_and_samples_at_once() -> None:
    (table,) = runtimes(finished(run("pocket")), [timing()], accelerators=4, price=9.0).tables
    assert column(table.rows, table.head, "measured") == ["9", "8"]
    # One call of 100 and 60 tokens; two calls of 100 and 40. At once: the prompt and the longest of 30.
    assert column(table.rows, table.head, "in turn [95%]") == ["8", "7"]
    assert column(table.rows, table.head, "at once [95%]") == ["5", ""]
    assert [float(cell) for cell in column(table.rows, table.head, "dollars")] == pytest.approx([0.08, 0.07])


def test_without_a_price_nothing_is_said_of_costs() -> None:
    (table,) = runtimes(finished(run("pocket")), [timing()]).tables
    assert "dollars" not in table.head
    assert "accelerator" not in table.note


def test_each_model_has_its_own_timing_whatever_it_is_sampled_at() -> None:
    cold = "sampled(of=pocket, temperature=0.5)"
    found = runtimes(finished(run(cold, "other")), [timing("other", 3.0), timing("pocket")]).tables
    assert [column(table.rows, table.head, "in turn [95%]")[0] for table in found] == ["8", "10"]


def test_one_timing_stands_for_the_one_model_of_a_run() -> None:
    (table,) = runtimes(finished(run("openai:m")), [timing("elsewhere")]).tables
    assert column(table.rows, table.head, "in turn [95%]")[0] == "8"


def test_a_model_that_was_not_timed_is_named() -> None:
    with pytest.raises(InvalidInputError, match="other was not timed; run  outlay models time 'other' --out FILE"):
        runtimes(finished(run("pocket", "other")), [timing()])


@pytest.mark.parametrize("settings", [{"accelerators": 0.0}, {"price": -1.0}, {"price": float("inf")}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidSettingError, match="runtime"):
        runtimes(finished(run("pocket")), [timing()], **settings)
