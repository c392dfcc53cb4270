"""``multiple_choice``: one option is right, the others are not, and reordering them changes letters alone."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.choices import LETTERS, Choices
from outlay.core.problem import Problem
from outlay.pocket.tokenizer import encode
from outlay.tasks.arithmetic import evaluate, parse
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import Exercise, exercise
from outlay.tasks.multiple_choice import LEVELS, ChoiceReference, MultipleChoice, reordered

each_level = pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
levels, seeds = st.integers(1, len(LEVELS)), st.integers(0, 10**6)


def parts(problem: Problem) -> tuple[Choices, ChoiceReference]:
    assert problem.choices is not None
    assert isinstance(problem.reference, ChoiceReference)
    return problem.choices, problem.reference


def right_letters(choices: Choices) -> set[str]:
    """The letters of all right options, found from the question alone."""
    asked, options = choices.question, choices.options
    if asked.startswith("what is "):
        value = str(evaluate(parse(asked.removeprefix("what is ").removesuffix("?"))))
        return {LETTERS[i] for i, option in enumerate(options) if option == value}
    if asked.endswith(" in order?"):
        numbers = sorted(map(int, asked.removesuffix(" in order?").split()))
        return {LETTERS[i] for i, option in enumerate(options) if list(map(int, option.split())) == numbers}
    values = [evaluate(parse(option)) for option in options]
    best = {"which is largest?": max, "which is smallest?": min}[asked](values)
    return {LETTERS[i] for i, value in enumerate(values) if value == best}


@given(level=levels, seed=seeds)
def test_one_option_is_right_and_it_is_the_answer(level: int, seed: int) -> None:
    choices, reference = parts(exercise(MultipleChoice(), level, seed).problem)
    assert right_letters(choices) == {reference.answer}
    assert len(set(choices.options)) == len(choices.options) == LEVELS[level - 1].options


@given(level=levels, seed=seeds, data=st.data())
def test_reordering_changes_letters_alone(level: int, seed: int, data: st.DataObject) -> None:
    problem = exercise(MultipleChoice(), level, seed).problem
    choices, reference = parts(problem)
    order = data.draw(st.permutations(range(len(choices.options))))
    other = reordered(problem, order)
    asked, right = parts(other)
    assert other.messages[-1].content == asked.text
    assert right_letters(asked) == {right.answer}
    assert asked.original(right.answer, order) == reference.answer
    assert sorted(asked.options) == sorted(choices.options)
    solution = "\n".join(right.lines)
    assert other.answer_rule.extract(solution) == right.answer
    assert all(right.step_labels(other.step_rule.split(solution)))
    back = [order.index(place) for place in range(len(order))]
    assert reordered(other, back) == problem


@given(level=levels, seed=seeds)
def test_the_working_of_sums_is_true(level: int, seed: int) -> None:
    _, reference = parts(exercise(MultipleChoice(), level, seed).problem)
    for line in reference.working:
        left, equals, value = line.partition("=")
        if equals:
            assert evaluate(parse(left)) == int(value)


@each_level
def test_every_letter_and_kind_comes_up(level: int) -> None:
    rng = np.random.default_rng(level)
    some = [parts(MultipleChoice().draw(level, rng).problem) for _ in range(200)]
    letters = [reference.answer for _, reference in some]
    fair = len(letters) / LEVELS[level - 1].options
    # A fair letter strays this far with probability below 1e-6 (binomial, 200 draws).
    assert all(abs(letters.count(letter) - fair) < 36 for letter in LETTERS[: LEVELS[level - 1].options])
    kinds = {re.sub(r"[\d+*-]+", "", choices.question).strip() for choices, _ in some}
    assert {"what is ?", "which is largest?", "which is smallest?"} <= kinds


@each_level
def test_the_pocket_models_can_read_it(level: int) -> None:
    for seed in range(100):
        one: Exercise = exercise(MultipleChoice(), level, seed)
        assert len(encode(one.problem.messages[-1].content + "\n" + one.solution)) < 300


def test_only_a_problem_with_options_can_be_reordered() -> None:
    with pytest.raises(ValueError, match="no lettered options"):
        reordered(exercise(Chain(), 1, 0).problem, [0, 1])
    with pytest.raises(ValueError, match="names each place once"):
        reordered(exercise(MultipleChoice(), 1, 0).problem, [0, 0, 1])
