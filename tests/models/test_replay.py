"""A recording plays back bit-equal, says what it lacks, and survives a kill."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from outlay.core.budget import Budget
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError, ModelUnavailableError
from outlay.core.model import LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.solve import Outcome, solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.models.replay import Replay
from outlay.models.simulated import Simulated
from outlay.strategies import STRATEGIES
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import exercise
from outlay.testing import SMALL_PROBLEM, Arrival, World, small_model, small_world
from outlay.verifiers.step_check import StepCheck

pytestmark = pytest.mark.anyio

STRATEGY_NAMES = ("greedy", "self_consistency(n=5)", "best_of_n(n=4)", "beam_search(width=2, expansion=2)",
                  "particle_filter(n=4)")  # fmt: skip
ROOT = Trajectory(SMALL_PROBLEM)
REQUEST = SampleRequest(ROOT, (1, 2, 3), 12)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "recording.jsonl")


async def asked(model: LanguageModel, request: SampleRequest = REQUEST) -> tuple[list[tuple[object, ...]], list[Cost]]:
    """What came of a request, in order, and what was charged for it, in order."""
    charges: list[Cost] = []
    samples = [seen(sample) async for sample in model.sample(request, charges.append)]
    return samples, charges


def seen(sample: Sample) -> tuple[object, ...]:
    step = sample.step
    return (sample.index, step.text, step.parent, step.token_ids, step.logprobs, step.cost, sample.finish)


def paid(cost: Cost) -> dict[str, float]:
    """Sums of floats depend on the order of concurrent calls in the last digits."""
    return {name: float(f"{value:.9g}") for name, value in replace(cost, seconds=0.0).as_dict().items()}


def told(outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome that does not depend on timing."""
    answer = outcome.answer
    if answer is None:
        return (outcome.correct, outcome.stopped_by, paid(outcome.cost))
    candidates = sorted(
        (one.trajectory.text, one.value, one.score, one.trajectory.finish, [step.cost for step in one.trajectory.steps])
        for one in answer.candidates
    )
    own = (answer.value, answer.confidence, answer.trajectory.text)
    return (own, candidates, outcome.correct, outcome.stopped_by, paid(outcome.cost))


def points(outcome: Outcome) -> list[tuple[object, ...]]:
    return [(one.value, one.correct, one.confidence, paid(one.cost)) for one in outcome.curve]


@dataclass
class Failing:
    """Fails midway for the first so many times; then it is the model of the small table."""

    failures: int
    inner: LanguageModel = field(default_factory=small_model)
    closed: bool = False

    @property
    def info(self) -> ModelInfo:
        return self.inner.info

    def bound(self, request: SampleRequest) -> Cost:
        return self.inner.bound(request)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        async for sample in self.inner.sample(request, meter):
            yield sample
            if self.failures:
                self.failures -= 1
                raise ModelUnavailableError("it is down")

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        return await self.inner.score(trajectory, texts, meter)

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize("name", STRATEGY_NAMES)
@pytest.mark.parametrize("budget", [None, Budget(tokens=120), Budget(samples=2, calls=9)], ids=str)
async def test_a_strategy_plays_back_bit_equal(name: str, budget: Budget | None, path: str) -> None:
    strategy = STRATEGIES.build(name)
    for arrival, seed in ((Arrival.SHUFFLED, 0), (Arrival.IN_ORDER, 1)):
        world = small_world(arrival, seed)
        plain = await solve(world.problem, strategy, world.run(budget, seed))
        recorder = replace(world, model=Replay(path, world.model))
        recorded = await solve(world.problem, strategy, recorder.run(budget, seed))
        assert told(recorded) == told(plain)
        before = Path(path).read_bytes()  # noqa: ASYNC240
        for _ in range(2):
            player = replace(world, model=Replay(path))
            assert told(await solve(world.problem, strategy, player.run(budget, seed))) == told(recorded)
        assert Path(path).read_bytes() == before  # noqa: ASYNC240
        Path(path).unlink()  # noqa: ASYNC240


@pytest.mark.parametrize("name", STRATEGY_NAMES)
async def test_a_simulated_model_plays_back_bit_equal(name: str, path: str) -> None:
    strategy = STRATEGIES.build(name)
    problem = exercise(Chain(), 2, 0).problem
    model = Simulated(pass_rate=0.6, correlation=0.3, length_spread=0.4)
    recorded = await solve(problem, strategy, World(problem, Replay(path, model), StepCheck()).run(None, 3))
    played = await solve(problem, strategy, World(problem, Replay(path), StepCheck()).run(None, 3))
    assert told(played) == told(recorded)
    assert played.answer is not None


async def test_the_curve_of_a_call_plays_back(path: str) -> None:
    """Each sample is seen before the next is paid for, as it was when recorded."""
    strategy, world = STRATEGIES.build("self_consistency(n=8)"), small_world()
    recorded = await solve(world.problem, strategy, replace(world, model=Replay(path, world.model)).run(None, 0))
    played = await solve(world.problem, strategy, replace(world, model=Replay(path)).run(None, 0))
    assert points(played) == points(recorded)
    assert len({one.cost.completion_tokens for one in played.curve}) == len(played.curve) > 1


async def test_samples_come_in_the_order_and_with_the_charges_of_the_recording(path: str) -> None:
    model = small_model(Arrival.SHUFFLED, 4)
    request = replace(REQUEST, seeds=tuple(range(8)))
    plain = await asked(model, request)
    assert [one[0] for one in plain[0]] != sorted(one[0] for one in plain[0])
    assert await asked(Replay(path, model), request) == plain
    assert await asked(Replay(path), request) == plain


async def test_the_card_and_bounds_are_recorded(path: str) -> None:
    recorder = Replay(path, small_model())
    bound = recorder.bound(REQUEST)
    assert Replay(path).info == recorder.info == small_model().info
    assert Replay(path).bound(REQUEST) == bound == small_model().bound(REQUEST)


async def test_scores_are_recorded_even_those_without_a_number(path: str) -> None:
    texts = ["a\n=7", "bb\n", "never"]
    charges: list[list[Cost]] = [[], [], []]
    plain = await small_model().score(ROOT, texts, charges[0].append)
    assert plain[2].total == -float("inf")
    assert await Replay(path, small_model()).score(ROOT, texts, charges[1].append) == plain
    assert await Replay(path).score(ROOT, texts, charges[2].append) == plain
    assert charges[0] == charges[1] == charges[2] != []


async def test_what_is_asked_again_is_another_call(path: str) -> None:
    recorder = Replay(path, small_model(Arrival.AT_ONCE))
    first = await asked(recorder)
    object.__setattr__(recorder, "of", small_model(Arrival.SHUFFLED, 4))
    second = await asked(recorder)
    assert first != second
    player = Replay(path)
    assert [await asked(player), await asked(player)] == [first, second]
    with pytest.raises(InvalidInputError, match="not in the recording"):
        await asked(player)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, seeds=(1, 2, 4)),
        replace(REQUEST, seeds=(1, 2)),
        replace(REQUEST, seeds=(3, 2, 1)),
        replace(REQUEST, max_tokens=11),
        replace(REQUEST, temperature=0.5),
        replace(REQUEST, top_p=0.5),
        replace(REQUEST, stop=("\n",)),
        replace(REQUEST, trajectory=Trajectory(replace(SMALL_PROBLEM, messages=()))),
        replace(REQUEST, trajectory=ROOT.extend(Step("a\n"), Finish.STEP)),
    ],
)
async def test_an_unknown_request_says_how_to_record_it(other: SampleRequest, path: str) -> None:
    recorder = Replay(path, small_model())
    recorder.bound(REQUEST)
    await asked(recorder)
    how = rf"not in the recording .*record it with replay\(path='{path}', of=MODEL\)"
    with pytest.raises(InvalidInputError, match=how):
        await asked(Replay(path), other)
    with pytest.raises(InvalidInputError, match=how):
        Replay(path).bound(other)
    with pytest.raises(InvalidInputError, match=how):
        await Replay(path).score(ROOT, ["a\n"], lambda _: None)


async def test_a_recording_goes_on_where_it_ended(path: str) -> None:
    first = await asked(Replay(path, small_model()))
    other = replace(REQUEST, seeds=(9,))
    recorder = Replay(path, Failing(0))
    assert await asked(recorder) == first
    second = await asked(recorder, other)
    player = Replay(path)
    assert await asked(player, other) == second
    assert await asked(player) == first


async def test_steps_continue_what_was_played(path: str) -> None:
    async def two_steps(model: LanguageModel) -> list[object]:
        (first,) = [one async for one in model.sample(replace(REQUEST, seeds=(2,), stop=("\n",)), lambda _: None)]
        grown = ROOT.extend(first.step, first.finish)
        (second,) = [one async for one in model.sample(SampleRequest(grown, (6,), 12), lambda _: None)]
        assert second.step.parent is first.step
        return [first.step.text, first.step.cost, second.step.text, second.step.cost, second.finish]

    assert await two_steps(Replay(path, small_model())) == await two_steps(Replay(path))


@pytest.mark.parametrize("taken", [1, 2])
async def test_samples_left_early_are_left_early_when_played(taken: int, path: str) -> None:
    async def left(model: LanguageModel) -> tuple[list[tuple[object, ...]], Cost]:
        spent, found = [NOTHING], []
        samples = model.sample(REQUEST, lambda cost: spent.append(spent[-1] + cost))
        async with aclosing(samples):  # type: ignore[type-var]
            async for sample in samples:
                found.append(seen(sample))
                if len(found) == taken:
                    break
        return found, spent[-1]

    plain = await left(small_model())
    assert await left(Replay(path, small_model())) == plain
    assert await left(Replay(path)) == plain
    samples, charges = await asked(Replay(path))
    assert (samples, sum(charges, NOTHING)) == plain


async def test_a_cancelled_call_is_recorded_as_far_as_it_came(path: str) -> None:
    model = Simulated(seconds=30.0, pass_rate=1.0)
    problem = exercise(Chain(), 1, 0).problem
    request = SampleRequest(Trajectory(problem), (1, 2), 64)
    charges: list[Cost] = []
    with anyio.move_on_after(0.05):
        async for _ in Replay(path, model).sample(request, charges.append):
            pass
    assert charges
    assert await asked(Replay(path), request) == ([], charges)


async def test_a_failed_call_is_not_recorded_as_a_call_without_samples(path: str) -> None:
    recorder = Replay(path, Failing(1))
    with pytest.raises(ModelUnavailableError):
        await asked(recorder)
    with pytest.raises(InvalidInputError, match="not in the recording"):
        await asked(Replay(path))
    whole = await asked(recorder)
    assert len(whole[0]) == 3
    assert await asked(Replay(path)) == whole


@pytest.mark.parametrize("cut", [1, 5, 30])
async def test_a_last_line_cut_short_by_a_kill_is_dropped(cut: int, path: str) -> None:
    recorder = Replay(path, small_model())
    first = await asked(recorder)
    whole = Path(path).read_text()  # noqa: ASYNC240
    other = replace(REQUEST, seeds=(9,))
    second = await asked(recorder, other)
    Path(path).write_text(Path(path).read_text()[:-cut])  # noqa: ASYNC240
    player = Replay(path)
    assert Path(path).read_text() == whole  # noqa: ASYNC240
    assert await asked(player) == first
    with pytest.raises(InvalidInputError, match="not in the recording"):
        await asked(player, other)
    assert await asked(Replay(path, small_model()), other) == second
    assert await asked(Replay(path), other) == second


@pytest.mark.parametrize("kept", [0, 1, 8, 30])
async def test_a_recording_killed_at_its_first_line_starts_again(kept: int, path: str) -> None:
    Replay(path, small_model())
    card = Path(path).read_text()  # noqa: ASYNC240
    Path(path).write_text(card[:kept])  # noqa: ASYNC240
    with pytest.raises(InvalidInputError):
        Replay(path)
    plain = await asked(Replay(path, small_model()))
    assert await asked(Replay(path)) == plain


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"a note without an end",
        b'{"prompt": "1+1", "answer": "2"}\n',
        b'{"prompt": "1+1", "answer": "2"}',
        b"[1, 2]\n",
        b"1\n",
        b"\xff\xfe\x00\n",
        b'{"key": "other", "value": 1}\n',
        b"\n",
    ],
)
@pytest.mark.parametrize("recording", [False, True])
def test_a_file_that_is_no_recording_is_refused_and_left_alone(content: bytes, recording: bool, path: str) -> None:
    Path(path).write_bytes(content)
    with pytest.raises(InvalidInputError, match="is not a recording of a model"):
        Replay(path, small_model() if recording else None)
    assert Path(path).read_bytes() == content


def test_an_empty_file_is_refused_for_playing_and_taken_for_recording(path: str) -> None:
    Path(path).touch()
    with pytest.raises(InvalidInputError, match="it has no card"):
        Replay(path)
    Replay(path, small_model())
    assert Replay(path).info == small_model().info


def test_a_missing_file_says_how_to_make_it(path: str) -> None:
    with pytest.raises(InvalidInputError, match=r"there is no recording .*make one with replay\(path="):
        Replay(path)
    assert not Path(path).exists()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no folder"):
        Replay(str(tmp_path / "none" / "file"), small_model())


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is not a recording"):
        Replay(str(tmp_path))


async def test_text_that_no_encoding_takes_is_recorded(path: str) -> None:
    grown = ROOT.extend(Step("a\n"), Finish.STEP)
    odd = replace(
        grown, problem=replace(SMALL_PROBLEM, messages=(replace(SMALL_PROBLEM.messages[0], content="\ud800"),))
    )
    request = SampleRequest(odd, (1,), 12)
    assert await asked(Replay(path, small_model()), request) == await asked(Replay(path), request)


async def test_closing_closes_the_recorded_model(path: str) -> None:
    inner = Failing(0)
    await Replay(path, inner).aclose()
    assert inner.closed
    await Replay(path).aclose()


async def test_it_is_built_from_text(path: str) -> None:
    recorder = MODELS.build(f"replay(path={path!r}, of=simulated(pass_rate=1))")
    assert recorder.info == Simulated().info
    assert MODELS.build({"name": "replay", "path": path}).info == Simulated().info
    assert [json.loads(line)["key"] for line in Path(path).read_text().splitlines()] == ["card"]  # noqa: ASYNC240
