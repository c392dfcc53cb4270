"""Traces are kept with the results they explain, when they are wanted, and are the same after a failure half-way."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outlay.bench import runner
from outlay.bench.attempt import Shared, attempt
from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, expand
from outlay.bench.limits import Limits
from outlay.bench.parts import Parts
from outlay.bench.records import TrialRecord
from outlay.bench.runner import run
from outlay.bench.store import Store, open_store, read_store
from outlay.bench.trace_store import pack, packed_trace, trace_sizes, unpack
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, ModelUnavailableError, StoreError
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel, Meter, Sample, SampleRequest
from tests.bench.fakes import Dice

pytestmark = pytest.mark.anyio
Make = Callable[..., Experiment]


class BreaksAfter(Dice):
    """Fails once it has handed on some samples of all its calls together."""

    def __init__(self, inner: LanguageModel, count: int) -> None:
        self.inner, self.left = inner, [count]

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        async for one in self.inner.sample(request, meter):
            if not self.left[0]:
                raise ModelUnavailableError("broken")
            self.left[0] -= 1
            yield one


async def trace_of(trial: Trial, store: Store) -> dict[str, Any]:
    record = await attempt(trial, traced(store))
    assert isinstance(record, TrialRecord), record
    return unpack(packed_trace(store, trial.key) or b"")


def traced(store: Store) -> Shared:
    return Shared(store, ignored, Ledger(), Limits({}), traced=True)


def ignored(cost: Cost) -> None:
    """A meter that nobody reads."""


@pytest.mark.parametrize("count", range(5))
async def test_a_trial_that_failed_half_way_is_traced_as_if_it_had_not(
    experiment: Make, parts: Parts, tmp_path: Path, count: int
) -> None:
    trials = expand(experiment(("questions = 6", "questions = 1"), ("seeds = [0, 1]", "seeds = [0]")), parts)
    for number, trial in enumerate(trials):
        with open_store(tmp_path / f"whole{number}") as store:
            whole = await trace_of(trial, store)
        with open_store(tmp_path / f"broken{number}") as store:
            await attempt(replace(trial, model=BreaksAfter(trial.model, count)), traced(store))
            assert await trace_of(trial, store) == whole
        assert whole["about"]["strategy"] == trial.cell.strategy
        assert whole["nodes"]


@pytest.mark.parametrize(
    ("line", "most", "kept"),
    [("", 100, True), ("", 3, False), ("traces = true", 3, True), ("traces = false", 100, False)],
)
async def test_traces_are_kept_if_wanted_or_if_the_run_is_not_large(
    experiment: Make, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, most: int, kept: bool
) -> None:
    monkeypatch.setattr(runner, "TRACED_TRIALS", most)
    small = experiment(("questions = 6", f"questions = 1\n{line}"))
    await run(small, parts, tmp_path / "run")
    with read_store(tmp_path / "run") as store:
        sizes = trace_sizes(store)
        assert set(sizes) == ({trial.key for trial in store.trials()} if kept else set())
        for key, size in sizes.items():
            assert len(packed_trace(store, key) or b"") == size
        assert packed_trace(store, "another") is None


def test_whether_traces_are_kept_is_yes_or_no(experiment: Make) -> None:
    with pytest.raises(InvalidInputError, match="traces must be true or false, as in  traces = true; got 'all'"):
        experiment(("questions = 6", 'questions = 6\ntraces = "all"'))


async def test_a_folder_from_before_there_were_traces_has_none(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    await run(experiment(("questions = 6", "questions = 1")), parts, tmp_path)
    with open_store(tmp_path) as store:
        store.execute("drop table traces")
    with read_store(tmp_path) as store:
        assert trace_sizes(store) == {}
        assert packed_trace(store, next(store.trials()).key) is None


def test_a_damaged_trace_is_told() -> None:
    assert unpack(pack({"text": "ü</script>"})) == {"text": "ü</script>"}
    for damaged in (b"", pack({"a": 1})[:-3], b"nonsense"):
        with pytest.raises(StoreError, match="a trace cannot be read"):
            unpack(damaged)
