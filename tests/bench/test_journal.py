"""The journal charges a resumed run what an unbroken one is charged, wherever the first attempt was cut off."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outlay.bench.journal import JournaledModel
from outlay.bench.sample_log import SampleLog
from outlay.bench.store import Store, open_store
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import ModelUnavailableError
from outlay.core.model import LanguageModel, Meter, Sample, SampleRequest
from outlay.core.trajectory import Trajectory
from tests.bench.fakes import Dice, sum_problem

pytestmark = pytest.mark.anyio
REQUEST = SampleRequest(Trajectory(sum_problem(3, 4)), (11, 12, 13, 14), 30)


class Till:
    """A meter that adds up."""

    def __init__(self) -> None:
        self.total = NOTHING

    def __call__(self, cost: Cost) -> None:
        self.total = self.total + cost


class PaysAhead(Dice):
    """Charges the whole call at its start, and puts nothing but completion tokens on the samples."""

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        quiet: list[Cost] = []
        drawn = [one async for one in super().sample(request, quiet.append)]
        meter(sum(quiet, NOTHING))
        for one in drawn:
            cost = self.info.cost(completion=one.step.cost.completion_tokens)
            yield replace(one, step=replace(one.step, cost=cost))


class PaysByToken(Dice):
    """Charges every running sample's tokens as they are generated."""

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        quiet: list[Cost] = []
        drawn = [one async for one in super().sample(request, quiet.append)]
        meter(quiet[0])
        lengths = [one.step.cost.completion_tokens for one in drawn]
        clock = 0
        for done, one in enumerate(drawn):
            for _ in range(lengths[done] - clock):
                meter(self.info.cost(completion=len(drawn) - done))
            clock = lengths[done]
            meter(Cost(samples=1))
            yield one


class BreaksAfter(Dice):
    """Fails once it has handed on some samples."""

    def __init__(self, inner: LanguageModel, count: int) -> None:
        self.inner, self.count = inner, count

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        count = 0
        async for one in self.inner.sample(request, meter):
            if count == self.count:
                raise ModelUnavailableError("broken")
            count += 1
            yield one


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "results") as opened:
        yield opened


def journaled(model: LanguageModel, store: Store, paid: Meter | None = None) -> JournaledModel:
    return JournaledModel(model, SampleLog(store, "trial"), paid or Till(), lambda: 1.0)


async def drain(model: LanguageModel, request: SampleRequest, till: Till) -> list[tuple[int, str, Cost]]:
    """Every sample with what had been charged when it came."""
    return [(one.index, one.step.text, till.total) async for one in model.sample(request, till)]


@pytest.mark.parametrize("model", [Dice(), PaysAhead(), PaysByToken()], ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("count", range(5))
async def test_a_cut_call_is_charged_once(store: Store, model: Dice, count: int) -> None:
    unbroken = Till()
    expected = await drain(model, REQUEST, unbroken)
    with pytest.raises(ModelUnavailableError) if count < 4 else pytest.MonkeyPatch.context():
        await drain(journaled(BreaksAfter(model, count), store), REQUEST, Till())

    resumed, paid = Till(), Till()
    found = await drain(journaled(model, store, paid), REQUEST, resumed)

    assert [one[:2] for one in found] == [one[:2] for one in expected]
    assert rounded(resumed.total) == rounded(unbroken.total)
    assert [rounded(one[2]) for one in found[:count]] == [rounded(one[2]) for one in expected[:count]]
    assert paid.total.samples == 4 - count
    assert await drain(journaled(BreaksAfter(model, 0), store), REQUEST, Till())


async def test_leaving_early_is_charged_the_same_again(store: Store) -> None:
    async def first(till: Till) -> None:
        samples = journaled(PaysAfterwards(), store).sample(REQUEST, till)
        async for _ in samples:
            break
        await samples.aclose()

    once, again = Till(), Till()
    await first(once)
    await first(again)
    assert once.total == again.total
    assert once.total.completion_tokens > 5


class PaysAfterwards(Dice):
    """Charges what was cut off on leaving."""

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        try:
            async for one in super().sample(request, meter):
                yield one
        finally:
            meter(Cost(completion_tokens=17))


async def test_a_step_that_lost_its_state_is_charged_as_cached(store: Store) -> None:
    model = Dice()
    step = SampleRequest(REQUEST.trajectory, (5,), 12, stop=("\n",))

    async def two_steps(journal: JournaledModel, till: Till, second_seed: int) -> Cost:
        async for one in journal.sample(step, till):
            longer = REQUEST.trajectory.extend(one.step, one.finish)
        request = replace(step, trajectory=longer, seeds=(second_seed,))
        async for _ in journal.sample(request, till):
            pass
        return journal.bound(request)

    unbroken, resumed, paid = Till(), Till(), Till()
    bound = await two_steps(journaled(model, store), unbroken, 6)
    with open_store(Path(str(store_folder(store))) / "other") as other:
        await drain(journaled(model, other), step, Till())
        assert await two_steps(journaled(model, other, paid), resumed, 6) == bound
    assert rounded(resumed.total) == rounded(unbroken.total)
    assert paid.total.prompt_tokens > 0
    assert paid.total.cached_tokens < resumed.total.cached_tokens


def store_folder(store: Store) -> Path:
    return Path(str(store.execute("pragma database_list")[0][2])).parent


async def test_the_same_request_twice_is_two_samples(store: Store) -> None:
    paid = Till()
    journal = journaled(Dice(), store, paid)
    await drain(journal, REQUEST, Till())
    await drain(journal, REQUEST, Till())
    assert paid.total.samples == 8


async def test_scores_are_kept(store: Store, tmp_path: Path) -> None:
    model = Dice(receipt=str(tmp_path / "receipts"))
    first, second = Till(), Till()
    once = await journaled(model, store).score(REQUEST.trajectory, ["a", "bc"], first)
    again = await journaled(model, store).score(REQUEST.trajectory, ["a", "bc"], second)
    assert once == again
    assert first.total == second.total
    assert len((tmp_path / "receipts").read_text().splitlines()) == 1


def rounded(cost: Cost) -> Cost:
    return replace(cost, dollars=round(cost.dollars, 12), flops=round(cost.flops, 6))
