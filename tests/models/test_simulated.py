"""The simulated model is as good, as long and as correlated as it says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.budget import Budget, amounts
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.model import Capability, Sample, SampleRequest
from outlay.core.problem import Problem
from outlay.core.trajectory import Finish, Trajectory
from outlay.models import MODELS
from outlay.models.simulated import WRONG, Simulated
from outlay.strategies import STRATEGIES
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import exercise, problems
from outlay.testing import SMALL_PROBLEM, World, check_budget, check_frequencies, check_mean
from outlay.verifiers.exact import Exact
from outlay.verifiers.step_check import StepCheck

pytestmark = pytest.mark.anyio

PROBLEM = exercise(Chain(), 2, 0).problem
ANSWER = PROBLEM.reference.answer  # type: ignore[union-attr]
FALSE_ALARM = 1e-6


async def ask(model: Simulated, request: SampleRequest) -> tuple[list[Sample], Cost]:
    spent = [NOTHING]
    samples = [one async for one in model.sample(request, lambda cost: spent.append(spent[-1] + cost))]
    return samples, spent[-1]


async def values(model: Simulated, problem: Problem, count: int) -> list[str]:
    samples, _ = await ask(model, SampleRequest(Trajectory(problem), tuple(range(count)), 256))
    found = [Trajectory(problem).extend(one.step, one.finish).value for one in samples]
    assert None not in found
    return [value for value in found if value is not None]


async def grown(model: Simulated, problem: Problem, seed: int) -> Trajectory:
    """A whole answer, step by step."""
    trajectory = Trajectory(problem)
    for n in range(20):
        (sample,), _ = await ask(model, SampleRequest(trajectory, (1000 * seed + n,), 256, stop=("\n",)))
        trajectory = trajectory.extend(sample.step, sample.finish)
        if trajectory.finished:
            return trajectory
    raise AssertionError("it never ended")


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("steps", [1, 4])
async def test_whole_answers_are_right_at_the_pass_rate(rate: float, steps: int) -> None:
    found = await values(Simulated(pass_rate=rate, steps=steps), PROBLEM, 2000)
    counts: Counter[bool] = Counter(value == ANSWER for value in found)
    check_frequencies(counts, {True: rate, False: 1 - rate}, FALSE_ALARM)


@pytest.mark.parametrize("steps", [1, 3])
async def test_answers_grown_step_by_step_are_right_at_the_pass_rate(steps: int) -> None:
    model = Simulated(pass_rate=0.6, steps=steps)
    counts = Counter([(await grown(model, PROBLEM, seed)).value == ANSWER for seed in range(1000)])
    check_frequencies(counts, {True: 0.6, False: 0.4}, FALSE_ALARM)


@pytest.mark.parametrize("correlation", [0.0, 0.4, 1.0])
async def test_wrong_answers_agree_as_stated(correlation: float) -> None:
    model = Simulated(pass_rate=0.2, correlation=correlation, wrong_answers=5, seed=3)
    wrong = Counter(value for value in await values(model, PROBLEM, 4000) if value != ANSWER)
    (common,) = set(await values(replace(model, pass_rate=0.0, correlation=1.0), PROBLEM, 50))
    chance: Mapping[str, float] = {
        f"{WRONG + i}": (1 - correlation) / 5 + correlation * (f"{WRONG + i}" == common) for i in range(5)
    }
    check_frequencies(wrong, {value: one for value, one in chance.items() if one}, FALSE_ALARM)


def test_concentration_spreads_problems_as_beta() -> None:
    model = Simulated(pass_rate=0.3, concentration=2.0)
    many = [replace(PROBLEM, messages=(replace(PROBLEM.messages[0], content=f"{n}"),)) for n in range(4000)]
    rates = np.array([model.problem_pass_rate(one) for one in many])
    variance = 0.3 * 0.7 / (2.0 + 1)
    check_mean(rates, 0.3, FALSE_ALARM)
    check_mean((rates - 0.3) ** 2, variance, FALSE_ALARM)
    assert model.problem_pass_rate(many[0]) == model.problem_pass_rate(many[0])


def test_without_concentration_every_problem_has_the_mean() -> None:
    for one in problems(Chain(), 1, range(20)):
        assert Simulated(pass_rate=0.3).problem_pass_rate(one) == 0.3
        assert Simulated(pass_rate=1.0, concentration=3.0).problem_pass_rate(one) == 1.0
        assert Simulated(pass_rate=0.0, concentration=3.0).problem_pass_rate(one) == 0.0


async def test_a_problem_is_answered_at_its_own_rate() -> None:
    model = Simulated(pass_rate=0.5, concentration=1.5, seed=5)
    for one in problems(Chain(), 1, range(5)):
        rate = model.problem_pass_rate(one)
        counts = Counter(value == one.reference.answer for value in await values(model, one, 1000))  # type: ignore[union-attr]
        check_frequencies(counts, {True: rate, False: 1 - rate}, FALSE_ALARM / 5)


async def test_lines_are_as_long_as_stated_on_average() -> None:
    model = Simulated(pass_rate=1.0, steps=2, tokens=40, length_spread=0.4)
    samples, _ = await ask(model, SampleRequest(Trajectory(PROBLEM), tuple(range(3000)), 1000))
    lengths = [len(one.step.text.splitlines()[0].split()) for one in samples]
    check_mean(lengths, 40, FALSE_ALARM, allowance=0.1)
    assert len(set(lengths)) > 20


@settings(deadline=None)
@given(
    st.builds(
        Simulated,
        pass_rate=st.floats(0, 1),
        correlation=st.floats(0, 1),
        steps=st.integers(1, 5),
        tokens=st.integers(4, 12),
        length_spread=st.floats(0, 1),
        seed=st.integers(0, 9),
    ),
    st.integers(1, 40),
    st.lists(st.integers(0, 99), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([0.0, 1.0]),
)
@pytest.mark.parametrize("started", [False, True])
async def test_the_contract_of_a_model(
    started: bool, model: Simulated, limit: int, seeds: list[int], one_step: bool, temperature: float
) -> None:
    trajectory = Trajectory(PROBLEM)
    if started and model.steps > 1:
        (first,), _ = await ask(model, SampleRequest(trajectory, (7,), 256, stop=("\n",)))
        trajectory = trajectory.extend(first.step, first.finish)
    request = SampleRequest(trajectory, tuple(seeds), limit, temperature, stop=("\n",) if one_step else ())
    samples, spent = await ask(model, request)
    again, _ = await ask(model, request)
    assert [one.step.text for one in samples] == [one.step.text for one in again]
    assert sorted(one.index for one in samples) == list(range(len(seeds)))
    pairs = zip(amounts(spent), amounts(model.bound(request)), strict=True)
    assert all(less <= more * (1 + 1e-9) for less, more in pairs)
    for one in samples:
        words = len(one.step.text.split())
        assert words <= limit
        assert one.step.cost.completion_tokens == max(1, words)
        assert (one.finish is Finish.STEP) == one.step.text.endswith("\n")
        if one.finish is Finish.END:
            assert "answer:" in one.step.text
        if one_step:
            assert one.step.text.count("\n") <= 1
        alone, _ = await ask(model, replace(request, seeds=(seeds[one.index],)))
        assert alone[0].step.text == one.step.text


async def test_cut_off_text_is_no_answer() -> None:
    samples, spent = await ask(Simulated(pass_rate=1.0), SampleRequest(Trajectory(PROBLEM), (1,), 5))
    assert samples[0].finish is Finish.LENGTH
    assert Trajectory(PROBLEM).extend(samples[0].step, samples[0].finish).value is None
    assert spent.completion_tokens == 5 == len(samples[0].step.text.split())


async def test_steps_continue_to_a_whole_answer_and_what_went_wrong_stays_so() -> None:
    model = Simulated(pass_rate=0.3, steps=5)
    for seed in range(40):
        trajectory = await grown(model, PROBLEM, seed)
        lines = trajectory.text.splitlines()
        assert len(lines) == trajectory.depth == 5
        assert trajectory.finish is Finish.END
        wrong = [line.split()[-1] for line in lines[:-1] if "wrong" in line.split()]
        assert len(set(wrong)) <= 1
        if wrong:
            assert trajectory.value == wrong[0]
            first = next(i for i, line in enumerate(lines) if "wrong" in line)
            assert all("wrong" in line for line in lines[first:-1])


async def test_seeds_and_temperature_decide() -> None:
    model = Simulated(pass_rate=0.5, seed=1)
    first, again = await values(model, PROBLEM, 50), await values(model, PROBLEM, 50)
    assert first == again
    assert first != await values(replace(model, seed=2), PROBLEM, 50)
    greedy, _ = await ask(model, SampleRequest(Trajectory(PROBLEM), tuple(range(20)), 256, temperature=0.0))
    assert len({one.step.text for one in greedy}) == 1


async def test_leaving_early_costs_only_what_came() -> None:
    model = Simulated()
    request = SampleRequest(Trajectory(PROBLEM), tuple(range(6)), 256)
    spent = [NOTHING]
    samples = model.sample(request, lambda cost: spent.append(spent[-1] + cost))
    first = await anext(samples)
    await samples.aclose()  # type: ignore[attr-defined]
    assert spent[-1].samples == 1
    assert spent[-1].completion_tokens == first.step.cost.completion_tokens


async def test_samples_arrive_by_latency() -> None:
    model = Simulated(seconds=0.01)
    samples, _ = await ask(model, SampleRequest(Trajectory(PROBLEM), tuple(range(8)), 256))
    order = [one.index for one in samples]
    assert order != sorted(order)
    assert order == [
        one.index for one in (await ask(model, SampleRequest(Trajectory(PROBLEM), tuple(range(8)), 256)))[0]
    ]


@pytest.mark.parametrize("name", ["self_consistency", "best_of_n(n=5)", "beam_search(width=2, expansion=2)"])
async def test_no_limit_is_ever_passed(name: str) -> None:
    verifier = Exact() if name.startswith("best") else StepCheck()
    world = World(PROBLEM, Simulated(length_spread=0.5), verifier)
    await check_budget(STRATEGIES.build(name), world)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("stop", [(), ("\n",)])
async def test_a_problem_whose_answer_nobody_knows_is_refused_at_no_cost(rate: float, stop: tuple[str, ...]) -> None:
    for seed in range(5):
        charges: list[Cost] = []
        with pytest.raises(MissingCapabilityError, match="a reference with a known answer"):
            async for _ in Simulated(pass_rate=rate).sample(
                SampleRequest(Trajectory(SMALL_PROBLEM), (seed,), 64, stop=stop), charges.append
            ):
                pass
        assert charges == []


async def test_scoring_is_refused() -> None:
    with pytest.raises(MissingCapabilityError, match="log-probabilities"):
        await Simulated().score(Trajectory(PROBLEM), ["a"], lambda _: None)
    assert Capability.SCORE not in Simulated().info.capabilities


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pass_rate", -0.1),
        ("pass_rate", 1.1),
        ("pass_rate", float("nan")),
        ("correlation", -0.1),
        ("correlation", 2),
        ("concentration", -1.0),
        ("concentration", float("inf")),
        ("length_spread", -1.0),
        ("length_spread", float("nan")),
        ("seconds", -1.0),
        ("seconds", float("inf")),
        ("wrong_answers", 0),
        ("steps", 0),
        ("tokens", 3),
        ("tokens", "many"),
        ("steps", 1.5),
        ("seed", -1),
    ],
)
def test_a_bad_setting_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidSettingError, match=name):
        MODELS.build({"name": "simulated", name: value})


async def test_budgets_end_it_with_the_best_answer_so_far() -> None:
    world = World(PROBLEM, Simulated(pass_rate=1.0))
    run = world.run(Budget(samples=3))
    found = [answer async for answer in STRATEGIES.build("self_consistency").improve(PROBLEM, run)]
    assert found[-1].value == ANSWER
    assert run.ledger.spent.samples == 3
