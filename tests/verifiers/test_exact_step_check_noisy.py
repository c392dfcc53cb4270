"""The verifiers that know the truth, and the one that spoils it at stated rates."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidSettingError, MissingCapabilityError
from outlay.core.problem import Problem, StepReference
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier
from outlay.tasks.chain import Chain
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import Exercise, Task, exercise
from outlay.tasks.jsonl import GivenAnswer
from outlay.tasks.procedure import Procedure
from outlay.tasks.program import Program
from outlay.testing import SMALL_PROBLEM, World, check_frequencies, small_model
from outlay.verifiers import VERIFIERS
from outlay.verifiers.exact import Exact
from outlay.verifiers.noisy import Noisy
from outlay.verifiers.step_check import StepCheck

pytestmark = pytest.mark.anyio

TASKS: tuple[Task, ...] = (Chain(), Countdown(), Procedure(), Program())
each_task = pytest.mark.parametrize("task", TASKS, ids=[task.info.name for task in TASKS])
FALSE_ALARM = 1e-6


def finished(problem: Problem, text: str, finish: Finish = Finish.END) -> Trajectory:
    return Trajectory(problem).extend(Step(text), finish)


def run_of(problem: Problem) -> Run:
    return World(problem, small_model()).run()


async def verdicts(verifier: Verifier, problem: Problem, *texts: str) -> list[Verdict]:
    run = run_of(problem)
    found = await verifier.judge(problem, [finished(problem, text) for text in texts], run)
    assert replace(run.ledger.spent, seconds=0.0) == replace(run_of(problem).ledger.spent, seconds=0.0)
    return found


def drawn(task: Task, seed: int = 0, level: int = 2) -> Exercise:
    return exercise(task, level, seed)


@each_task
async def test_exact_is_one_for_right_and_zero_for_all_else(task: Task) -> None:
    one = drawn(task)
    right, wrong, none = await verdicts(Exact(), one.problem, one.solution, "answer:900001", "nothing")
    assert (right, wrong, none) == (Verdict(1.0), Verdict(0.0), Verdict(0.0))


@each_task
async def test_exact_takes_nothing_unfinished(task: Task) -> None:
    one = drawn(task)
    cut, root = finished(one.problem, one.solution, Finish.LENGTH), Trajectory(one.problem)
    assert await Exact().judge(one.problem, [cut, root], run_of(one.problem)) == [Verdict(0.0), Verdict(0.0)]


@pytest.mark.parametrize("verifier", [Exact(), StepCheck(), Noisy(Exact()), Noisy(StepCheck())])
async def test_a_problem_without_a_reference_is_refused(verifier: Verifier) -> None:
    with pytest.raises(MissingCapabilityError, match="'small'"):
        verifier.require(SMALL_PROBLEM)
    with pytest.raises(MissingCapabilityError, match="reference"):
        await verifier.judge(SMALL_PROBLEM, [finished(SMALL_PROBLEM, "=7")], run_of(SMALL_PROBLEM))


async def test_step_check_refuses_a_reference_that_only_knows_the_answer() -> None:
    problem = replace(SMALL_PROBLEM, reference=GivenAnswer("7"))
    Exact().require(problem)
    with pytest.raises(MissingCapabilityError, match="chain, countdown, procedure and program have one"):
        StepCheck().require(problem)


@each_task
async def test_step_check_is_the_references_own_verdict(task: Task) -> None:
    one = drawn(task)
    (right,) = await verdicts(StepCheck(), one.problem, one.solution)
    assert right == Verdict(1.0, (1.0,) * len(one.solution.splitlines()))
    lines = one.solution.splitlines(keepends=True)
    lines[1] = "no step at all\n"
    (wrong,) = await verdicts(StepCheck(), one.problem, "".join(lines))
    assert wrong == Verdict(0.0, (1.0, *(0.0,) * (len(lines) - 1)))


@each_task
async def test_step_check_judges_partial_answers(task: Task) -> None:
    one = drawn(task)
    lines = one.solution.splitlines(keepends=True)
    parts = ["".join(lines[:n]) for n in range(1, len(lines) + 1)]
    found = await verdicts(StepCheck(), one.problem, *parts)
    assert [verdict.score for verdict in found] == [1.0] * len(lines)
    assert [len(verdict.step_scores or ()) for verdict in found] == list(range(1, len(lines) + 1))


async def test_step_check_has_nothing_good_to_say_of_nothing() -> None:
    problem = drawn(Chain()).problem
    (verdict,) = await StepCheck().judge(problem, [Trajectory(problem)], run_of(problem))
    assert verdict.score == 0.0


@each_task
@settings(deadline=None)
@given(data=st.data())
def test_labels_never_rise_again(task: Task, data: st.DataObject) -> None:
    one = drawn(task, data.draw(st.integers(0, 20)), data.draw(st.integers(1, 3)))
    lines = one.solution.splitlines(keepends=True)
    junk = st.sampled_from(["answer:900001", "answer:1\n", "answer:\n", "x", "\n", "no=1\n", "f=1\n", *lines])
    steps = data.draw(st.lists(st.one_of(junk, st.sampled_from(lines)), max_size=8))
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(lines)))
        steps = [*lines[:at], data.draw(junk), *lines[at:]]
    assert isinstance(one.problem.reference, StepReference)
    labels = one.problem.reference.step_labels(steps)
    assert len(labels) == len(steps)
    assert labels == sorted(labels, reverse=True)


def test_the_cards_say_what_is_calibrated_and_what_judges_steps() -> None:
    assert (Exact().info.judges, Exact().info.calibrated) == (Judges.OUTCOMES, True)
    assert (StepCheck().info.judges, StepCheck().info.calibrated) == (Judges.STEPS, True)
    assert Noisy(Exact()).info.judges is Judges.OUTCOMES
    assert Noisy(StepCheck()).info.judges is Judges.STEPS
    assert Noisy(Exact(), 0.2, 0.05).info.name == "noisy(of=exact, fp=0.2, fn=0.05)"


def test_noisy_is_built_from_text() -> None:
    built = VERIFIERS.build("noisy(of=step_check, false_positive=0.2, false_negative=0, seed=3)")
    assert built == Noisy(StepCheck(), 0.2, 0.0, 3)


RATES = [(0.1, 0.1), (0.3, 0.05), (0.0, 0.2), (0.25, 0.0), (0.9, 0.8)]
rates = pytest.mark.parametrize(("false_positive", "false_negative"), RATES)


def posterior(says_right: bool, false_positive: float, false_negative: float) -> float:
    """Bayes' rule for a fair prior."""
    right, wrong = (
        (1 - false_negative, false_positive) if says_right else (false_negative, 1 - false_positive)
    )  # fmt: skip
    return right / (right + wrong)


@rates
async def test_noisy_errs_at_the_stated_rates(false_positive: float, false_negative: float) -> None:
    one = drawn(Chain())
    verifier = Noisy(Exact(), false_positive, false_negative)
    yes, no = (posterior(said, false_positive, false_negative) for said in (True, False))
    for truth, rate in ((one.solution, 1 - false_negative), ("answer:0,0", false_positive)):
        texts = [f"{i}\n{truth}" for i in range(3000)]
        counts = Counter(verdict.score for verdict in await verdicts(verifier, one.problem, *texts))
        check_frequencies(counts, {yes: rate, no: 1 - rate}, FALSE_ALARM)


@rates
async def test_noisy_errs_on_single_steps_at_the_stated_rates(false_positive: float, false_negative: float) -> None:
    verifier = Noisy(StepCheck(), false_positive, false_negative)
    yes, no = (posterior(said, false_positive, false_negative) for said in (True, False))
    counts: dict[float, Counter[float]] = {0.0: Counter(), 1.0: Counter()}
    together: Counter[tuple[float, float]] = Counter()
    for seed in range(300):
        problem = replace((one := drawn(Chain(), seed, 4)).problem, id=f"chain/{seed}")
        lines = one.solution.splitlines(keepends=True)
        lines[3] = "wrong\n"
        text = "".join(lines)
        (clean,) = await verdicts(StepCheck(), problem, text)
        (noisy,) = await verdicts(verifier, problem, text)
        assert clean.step_scores == (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        assert noisy.step_scores is not None
        assert len(noisy.step_scores) == len(lines)
        assert noisy.score == noisy.step_scores[-1]
        for truth, score in zip(clean.step_scores, noisy.step_scores, strict=True):
            counts[truth][score] += 1
        together[noisy.step_scores[4], noisy.step_scores[5]] += 1
    check_frequencies(counts[1.0], {yes: 1 - false_negative, no: false_negative}, FALSE_ALARM)
    check_frequencies(counts[0.0], {yes: false_positive, no: 1 - false_positive}, FALSE_ALARM)
    chance = {yes: false_positive, no: 1 - false_positive}
    independent = {(a, b): chance[a] * chance[b] for a in chance for b in chance}
    check_frequencies(together, independent, FALSE_ALARM)


@rates
def test_the_score_is_the_posterior(false_positive: float, false_negative: float) -> None:
    """Of answers that are right half of the time, those that score p are right with probability p."""
    verifier = Noisy(Exact(), false_positive, false_negative)
    problem = drawn(Chain()).problem
    seen: dict[float, Counter[bool]] = {}
    for i in range(4000):
        truth = i % 2 == 0
        seen.setdefault(verifier._noisy(problem, f"{i}", float(truth)), Counter())[truth] += 1
    for score, truths in seen.items():
        check_frequencies(truths, {True: score, False: 1 - score}, FALSE_ALARM)


@dataclass(frozen=True)
class Says:
    """A verifier that always gives the same score."""

    score: float
    info = Exact().info

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: list[Trajectory], run: Run) -> list[Verdict]:
        return [Verdict(self.score, evidence="said") for _ in trajectories]


@pytest.mark.parametrize("score", [0.0, 0.3, 0.4999, 0.5, 0.7, 1.0])
async def test_half_and_above_is_a_yes(score: float) -> None:
    (verdict,) = await Noisy(Says(score), 0.0, 0.0).judge(
        SMALL_PROBLEM, [finished(SMALL_PROBLEM, "=7")], run_of(SMALL_PROBLEM)
    )
    assert verdict == Verdict(float(score >= 0.5), evidence="said")


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(0, 5), st.sampled_from(RATES))
def test_the_same_text_always_meets_the_same_flip(text: str, other: str, seed: int, rate: tuple[float, float]) -> None:
    problem = drawn(Chain()).problem
    verifier, again = Noisy(Exact(), *rate, seed), Noisy(Exact(), *rate, seed)
    first = verifier._noisy(problem, text, 0.0)
    verifier._noisy(problem, other, 0.0)
    assert verifier._noisy(problem, text, 0.0) == first == again._noisy(problem, text, 0.0)
    assert first in {posterior(said, *rate) for said in (True, False)}


async def test_flips_differ_between_seeds_problems_and_texts() -> None:
    one = drawn(Chain())
    texts = [f"{i}\n{one.solution}" for i in range(200)]

    async def flips(seed: int, name: str) -> list[float]:
        problem = replace(one.problem, id=name)
        return [verdict.score for verdict in await verdicts(Noisy(Exact(), 0.5, 0.5, seed), problem, *texts)]

    # At rates of one half the score says nothing, so ask with rates that tell the two sides apart.
    assert set(await flips(0, "a")) == {0.5}
    verifier = [Noisy(Exact(), 0.4, 0.4, seed) for seed in (0, 1)]
    by_seed = [[v._noisy(one.problem, text, 1.0) for text in texts] for v in verifier]
    by_name = [
        [verifier[0]._noisy(replace(one.problem, id=name), text, 1.0) for text in texts] for name in ("a", "b")
    ]  # fmt: skip
    assert by_seed[0] != by_seed[1]
    assert by_name[0] != by_name[1]
    assert len(set(by_seed[0])) == 2


async def test_a_verdict_does_not_depend_on_the_batch_or_on_how_the_text_was_cut_into_pieces() -> None:
    one = drawn(Chain(), level=4)
    verifier = Noisy(StepCheck(), 0.3, 0.3)
    whole = finished(one.problem, one.solution)
    grown = Trajectory(one.problem)
    lines = one.solution.splitlines(keepends=True)
    for line in lines:
        grown = grown.extend(Step(line, grown.last), Finish.END if line is lines[-1] else Finish.STEP)
    run = run_of(one.problem)
    (alone,) = await verifier.judge(one.problem, [whole], run)
    other = finished(one.problem, "answer:1")
    assert await verifier.judge(one.problem, [other, grown, whole], run) == [
        (await verifier.judge(one.problem, [other], run))[0],
        alone,
        alone,
    ]


async def test_a_partial_answer_keeps_its_flips_as_it_grows() -> None:
    one = drawn(Chain(), level=4)
    lines = one.solution.splitlines(keepends=True)
    parts = ["".join(lines[:n]) for n in range(1, len(lines) + 1)]
    found = await verdicts(Noisy(StepCheck(), 0.3, 0.3), one.problem, *parts)
    whole = found[-1].step_scores
    assert whole is not None
    for n, verdict in enumerate(found, start=1):
        assert verdict.step_scores == whole[:n]


async def test_text_that_no_encoding_takes_is_judged_too() -> None:
    problem = drawn(Chain()).problem
    (verdict,) = await verdicts(Noisy(Exact(), 0.0, 0.0), problem, "\ud800 answer:\ud800")
    assert verdict.score == 0.0


@pytest.mark.parametrize("name", ["false_positive", "false_negative"])
@pytest.mark.parametrize("value", [-0.1, 1.0, 1.5, float("nan")])
def test_a_rate_that_is_none_is_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidSettingError, match=f"{name}.*at least 0 and below 1"):
        VERIFIERS.build({"name": "noisy", "of": "exact", name: value})


def test_noisy_needs_something_to_spoil() -> None:
    with pytest.raises(ValueError, match="needs of="):
        VERIFIERS.build("noisy")
