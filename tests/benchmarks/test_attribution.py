"""The benchmark of attribution plants what it says that it plants, and counts what it says that it counts."""

import numpy as np
import pytest

from benchmarks.attribution.__main__ import Source
from benchmarks.attribution.known import Known, altered, own, planted
from benchmarks.attribution.methods import Named, Result, applied, methods
from benchmarks.attribution.table import by_task, calibration, section
from outlay.core.problem import StepReference
from outlay.models import MODELS
from outlay.tasks import TASKS


@pytest.mark.parametrize("step", ["h+58=37+58=c=95\n", "4*7=28;7 28\n", "drop 4>aedb\n", "f(2)=3*2+1=7\n"])
def test_one_letter_or_digit_becomes_another(step: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        wrong = altered(step, rng)
        ((before, after),) = [pair for pair in zip(step, wrong, strict=True) if pair[0] != pair[1]]
        assert before.isdigit() == after.isdigit()
        assert before.isalpha() == after.isalpha()


def first_wrong(one: Known) -> int:
    reference = one.trace.problem.reference
    assert isinstance(reference, StepReference)
    assert not reference.is_correct(one.trace.answer.value)
    return reference.step_labels(one.trace.texts).index(False) + 1


@pytest.mark.anyio
@pytest.mark.parametrize("source", [planted, own])
async def test_the_first_wrong_step_is_known_and_the_methods_are_asked(source: Source) -> None:
    model = MODELS.build("pocket")
    one = await source(TASKS.build("countdown"), 1, 0, model)
    again = await source(TASKS.build("countdown"), 1, 0, model)
    assert one is not None
    assert again is not None
    assert (one.trace.texts, one.step, one.harm) == (again.trace.texts, again.step, again.harm)
    assert one.step == first_wrong(one)
    if source is planted:
        assert one.step < len(one.trace.texts)
    named = {name: await applied(method, one, model, 0) for name, method in methods().items()}
    truth = named["`step_scores(of=step_check)`, which knows"]
    assert (truth.named, truth.tokens) == (Named(one.step, sure=True), 0)
    assert named["64 rollouts"].tokens > 0


def test_the_table_counts_hits_near_misses_and_what_is_stood_by() -> None:
    def said(step: int | None, sure: bool) -> Result:
        return Result("chain", Named(step, sure, 0.5), 4, 2, 100, 1)

    found = {"one": [said(2, True), said(3, True), said(4, False), said(None, False)]}
    page = section("all", found)
    assert "4 answers of 4.0 steps" in page
    (row,) = [line.split(" | ") for line in page.splitlines() if line.startswith("| one")]
    assert [cell.partition(" %")[0] for cell in row[1:5]] == ["25", "50", "50", "50"]
    (even,) = [line.split(" | ") for line in page.splitlines() if line.startswith("| guessing evenly")]
    assert even[1:3] == ["25 %", "75 %"]
    (first,) = [line.split(" | ") for line in page.splitlines() if line.startswith("| always the first")]
    assert first[1:3] == ["0 %", "100 %"]
    assert "50 % claimed, 25 %" in calibration(found)
    assert "| one | 25 %" in by_task("tasks", {"chain": found})
    assert "No answers" in section("none", {"one": []})


def test_the_guess_of_the_commonest_step_leaves_out_the_answer_that_it_is_for() -> None:
    def wrong(task: str, step: int) -> Result:
        return Result(task, Named(None, sure=False), 4, step, 0, 0)

    # Each of a task's two answers is guessed by the other alone, and would be hit for certain by its own.
    page = section("all", {"one": [wrong("chain", 2), wrong("chain", 4), wrong("program", 3), wrong("program", 3)]})
    (guess,) = [line.split(" | ") for line in page.splitlines() if line.startswith("| always the task's")]
    assert guess[1:3] == ["50 %", "50 %"]
