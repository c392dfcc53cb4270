"""``bayesnet``: the answer is what enumerating the whole network gives, and every number on the way is whole."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.pocket.tokenizer import encode
from outlay.tasks.bayesnet import LEAST_EFFECT, LEVELS, BayesNet, BayesNetReference, Variable
from outlay.tasks.exercise import Exercise, Split, exercise

each_level = pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))


def reference(one: Exercise) -> BayesNetReference:
    found = one.problem.reference
    assert isinstance(found, BayesNetReference)
    return found


def read(prompt: str) -> tuple[list[Variable], list[str], str, bool]:
    """The network as the prompt says it, and what it asks: names, given name and its value."""
    described, _, question = prompt.partition(". how likely are ")
    network = []
    for part in described.split("; "):
        found = re.fullmatch(r"([a-z]) (\d+)%(?: if ([a-z]), (\d+)% if not)?", part)
        assert found
        name, first, parent, second = found.groups()
        network.append(Variable(name, parent or "", int(first), int(second or first)))
    asked, _, condition = question.removesuffix("?").partition(" if ")
    return network, asked.split(","), condition.removeprefix("not "), not condition.startswith("not ")


def worlds(network: list[Variable]) -> Iterator[tuple[dict[str, bool], Fraction]]:
    """Every joint assignment with its exact probability."""
    for values in product((True, False), repeat=len(network)):
        world = dict(zip((one.name for one in network), values, strict=True))
        chance = Fraction(1)
        for one in network:
            percent = one.if_true if not one.parent or world[one.parent] else one.if_false
            chance *= Fraction(percent if world[one.name] else 100 - percent, 100)
        yield world, chance


def enumerated(prompt: str) -> list[Fraction]:
    """The probabilities asked for, from the joint distribution alone."""
    network, asked, name, value = read(prompt)
    joint = list(worlds(network))
    assert sum(chance for _, chance in joint) == 1
    condition = sum(chance for world, chance in joint if world[name] is value)
    return [sum(chance for world, chance in joint if world[name] is value and world[one]) / condition for one in asked]


@settings(max_examples=40)
@given(level=st.sampled_from([1, 2, 3, 4]), seed=st.integers(0, 10**6), split=st.sampled_from(Split))
def test_the_answer_is_what_the_whole_network_gives(level: int, seed: int, split: Split) -> None:
    one = exercise(BayesNet(), level, seed, split)
    exact = enumerated(one.problem.messages[-1].content)
    assert reference(one).answer == ",".join(str(100 * chance) for chance in exact)


def test_the_answer_of_the_largest_network_is_exact_too() -> None:
    one = exercise(BayesNet(), 5, 0)
    prompt = one.problem.messages[-1].content
    assert reference(one).answer == ",".join(str(100 * chance) for chance in enumerated(prompt))


@each_level
def test_the_prompt_says_the_network_that_the_reference_knows(level: int) -> None:
    for seed in range(30):
        one = exercise(BayesNet(), level, seed)
        network, asked, name, value = read(one.problem.messages[-1].content)
        known = reference(one)
        assert set(network) == set(known.network)
        assert (tuple(asked), name, value) == (known.asked, known.given, known.observed)


@each_level
def test_a_network_has_the_size_of_its_level(level: int) -> None:
    wanted = LEVELS[level - 1]
    for seed in range(30):
        known = reference(exercise(BayesNet(), level, seed))
        parents = {one.name: one.parent for one in known.network}
        assert len(known.network) == len(parents) == wanted.links + wanted.above + wanted.aside + 1
        way = [known.asked[0]]
        while way[-1] != known.given:
            way.append(parents[way[-1]])
        assert len(way) == wanted.links + 1
        assert known.asked[1] in way[1:-1]
        for one in known.network:
            assert {one.if_true, one.if_false} <= set(range(1, 100))
            assert not one.parent or abs(one.if_true - one.if_false) >= LEAST_EFFECT


@each_level
def test_the_arithmetic_of_every_line_is_true(level: int) -> None:
    for seed in range(30):
        for line in reference(exercise(BayesNet(), level, seed)).lines[1:]:
            difference, share, total = line.partition(":")[2].split(";")
            first = re.fullmatch(r"(\d+)-(\d+)=(-?\d+)", difference)
            second = re.fullmatch(r"(\d+)%\*(-?\d+)=(-?\d+)", share)
            third = re.fullmatch(r"(\d+)([+-]\d+)=(\d+)", total)
            assert first
            assert second
            assert third
            assert int(first[1]) - int(first[2]) == int(first[3]) == int(second[2])
            assert int(second[1]) * int(second[2]) == 100 * int(second[3])
            assert (first[2], int(second[3])) == (third[1], int(third[2]))
            assert int(third[1]) + int(third[2]) == int(third[3])


@each_level
def test_a_step_out_of_turn_is_wrong(level: int) -> None:
    one = exercise(BayesNet(), level, 1)
    first, second, *_ = steps = one.problem.step_rule.split(one.solution)
    assert reference(one).step_labels([second, first, *steps[2:]]) == [False] * len(steps)
    assert reference(one).step_labels([first, f"answer:{reference(one).answer}"]) == [True, True]


@each_level
def test_guessing_pays_little(level: int) -> None:
    rng = np.random.default_rng(level)
    answers = [reference(BayesNet().draw(level, rng)).answer for _ in range(300)]
    assert max(answers.count(answer) for answer in answers) <= 4
    assert len(set(answers)) > 240


@each_level
def test_the_pocket_models_can_read_it(level: int) -> None:
    for seed in range(100):
        one = exercise(BayesNet(), level, seed)
        assert len(encode(one.problem.messages[-1].content + "\n" + one.solution)) < 600
