"""The tasks ``logic`` and ``proof``: answers are right by a prover of their own kind, balanced, and checked by step."""

from collections import Counter
from dataclasses import replace

import pytest

from outlay.logic.argument import Argument, read_sequent
from outlay.logic.formula import Not
from outlay.logic.truth import Truth, read_truth
from outlay.tasks.exercise import Exercise, exercise
from outlay.tasks.logic import NOTHING_MORE, Logic, LogicReference, TruthAnswer
from outlay.tasks.proof import Proof, ProofAnswer, ProofReference
from outlay.testing import check_frequencies
from tests.verifiers.test_prover import in_this_process

LEVELS = range(1, 6)


def drawn(level: int, seed: int) -> tuple[Exercise, LogicReference]:
    one = exercise(Logic(), level, seed)
    assert isinstance(one.problem.reference, LogicReference)
    return one, one.problem.reference


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_what_the_formulas_entail(level: int) -> None:
    for seed in range(12):
        one, reference = drawn(level, seed)
        assert one.problem.sequent is not None
        argument = read_sequent(one.problem.sequent)
        found = {"entailed": "true", "refuted": "false", "open": "unknown"}[in_this_process(argument)]
        assert found == reference.answer
        negated = in_this_process(Argument(argument.premises, Not(argument.conclusion)))
        assert {"true": "refuted", "false": "entailed", "unknown": "open"}[found] == negated


def test_answers_are_balanced_and_so_is_the_wording() -> None:
    answers: Counter[str] = Counter()
    denied: Counter[bool] = Counter()
    for level in (1, 2, 3):
        for seed in range(120):
            one, reference = drawn(level, seed)
            answers[reference.answer] += 1
            asked = one.problem.messages[-1].content.rpartition(" that ")[2]
            denied[" not " in asked] += 1
    check_frequencies(answers, {str(truth): 1 / 3 for truth in Truth})
    check_frequencies(denied, {True: 0.5, False: 0.5})


@pytest.mark.parametrize("level", LEVELS)
def test_an_answer_takes_the_steps_of_its_level(level: int) -> None:
    for seed in range(12):
        one, reference = drawn(level, seed)
        lines = one.solution.splitlines()
        if reference.answer == "unknown":
            assert lines[-2] == NOTHING_MORE
        else:
            assert len(lines) == (1, 2, 3, 4, 6)[level - 1] + 1


def test_a_step_is_right_only_if_a_rule_gives_it() -> None:
    for seed in range(30):
        one, reference = drawn(4, seed)
        *steps, last = one.solution.splitlines()
        if reference.answer == "unknown":
            continue
        before, _, after = steps[0].partition(" so ")
        turned = ", ".join(reversed(before.split(", ")))
        opposite = after.replace(" is not ", " is ") if " not " in after else after.replace(" is ", " is not ")
        assert reference.step_labels([f"{turned} so {after}"]) == [True]
        for wrong in (
            f"{before} so {opposite}", f"{after} so {after}", f"so {after}", after, before, f"{before}, {before}",
            f"{after} so {before}", NOTHING_MORE, f"{before} so {after} so {after}", "",
        ):  # fmt: skip
            assert reference.step_labels([wrong]) == [False], wrong
        assert reference.step_labels([*steps, last, steps[0]]) == [True] * (len(steps) + 1) + [False]
        assert reference.step_labels([last]) == [True]
        assert reference.step_labels(["answer:unknown"]) == [False]


def test_a_rule_may_be_used_backwards() -> None:
    reference = LogicReference(
        "true", frozenset({-2}), (frozenset({-1, 2}),), {"a is p": 1, "a is not p": -1, "a is q": 2, "a is not q": -2}
    )
    assert reference.step_labels(["a is not q so a is not p"]) == [True]
    assert reference.step_labels(["a is p so a is q"]) == [False]


def test_words_that_mean_the_same_are_the_same_answer() -> None:
    rule = TruthAnswer()
    for text in ("answer: True", "answer:true.", "so\nanswer: YES\n"):
        assert rule.extract(text) == "true"
    assert rule.extract("answer: Uncertain") == "unknown"
    assert rule.extract("answer: 900001") == "900001"
    assert rule.extract("true") is None
    assert read_truth("maybe") is None


def test_any_right_proof_is_right_and_another_argument_is_not() -> None:
    for level in LEVELS:
        one, other = exercise(Proof(), level, 0), exercise(Proof(), level, 1)
        reference = one.problem.reference
        assert isinstance(reference, ProofReference)
        lines = one.solution.splitlines()
        longer = [*lines, f"{len(lines) + 1}. {lines[-1].split('. ', 1)[1].rpartition(' [')[0]} [reit {len(lines)}]"]
        assert reference.is_correct("\n".join(longer))
        assert not reference.is_correct("\n".join(lines[:-1]))
        assert not reference.is_correct(other.solution)
        assert one.problem.sequent is not None
        assert read_sequent(one.problem.sequent) == reference.argument
        assert in_this_process(reference.argument) == "entailed"


def test_a_proof_is_found_in_a_text() -> None:
    rule = ProofAnswer()
    assert rule.extract("here it is:\n1. p  [premise]\n 2. p [reit 1]\ndone") == "1. p [premise]; 2. p [reit 1]"
    assert rule.extract("step 1\nanswer: 1. p [premise]; 2. p [reit 1]") == "1. p [premise]; 2. p [reit 1]"
    assert rule.extract("no proof") is None
    one = exercise(Proof(), 3, 0).problem
    again = replace(one, answer_rule=rule)
    assert again.answer_rule.extract(again.reference.answer) == again.reference.answer  # type: ignore[union-attr]
