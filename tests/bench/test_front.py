"""The front holds exactly the methods that none beats; comparisons are with the right rival."""

from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.bench.front import standings
from outlay.bench.results import AXES, Result
from outlay.bench.summary import Method, MethodTrials, summarise
from tests.bench.stored import Made, record

TOKENS = AXES[0]


def method(number: int) -> Method:
    return Method("sums", 1, "dice", f"draw(n={number})", "", "unlimited")


def tried(right: int, tokens: int, questions: int = 8) -> MethodTrials:
    results = {(i, 0): Result.of(record(Made(i < right, tokens))) for i in range(questions)}
    return MethodTrials(questions, results)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 6)), min_size=1, max_size=7))
def test_a_method_is_on_the_front_unless_another_beats_it(made: list[tuple[int, int]]) -> None:
    methods = {method(number): tried(*one) for number, one in enumerate(made)}
    found = standings(summarise(methods, "draw(n=0)"), methods, TOKENS)["sums, level 1, dice"]
    by_method = {standing.method: standing for standing in found}
    assert [standing.cost for standing in found] == sorted(cost for _, cost in made)
    for number, (right, cost) in enumerate(made):
        beaten = any(
            other_right >= right and other_cost <= cost and (other_right, other_cost) != (right, cost)
            for other_right, other_cost in made
        )
        assert by_method[method(number)].on_front == (not beaten)
    for standing in found:
        if standing.rival is not None:
            rival = by_method[standing.rival]
            assert rival.on_front
            assert rival.cost <= standing.cost
            assert standing.comparison is not None
            gap = standing.accuracy.estimate - rival.accuracy.estimate
            assert abs(standing.comparison.difference.estimate - gap) < 1e-12


def test_the_verdict_says_how_sure_it_is() -> None:
    methods = {method(1): tried(0, 1), method(2): tried(8, 2), method(3): tried(7, 3), method(4): tried(0, 4)}
    found = standings(summarise(methods, "draw(n=1)"), methods, TOKENS)["sums, level 1, dice"]
    said = {standing.method.strategy: standing.verdict for standing in found}
    assert said == {
        "draw(n=1)": "front: the cheapest",
        "draw(n=2)": "front: more accurate",
        "draw(n=3)": "behind: may be chance",
        "draw(n=4)": "behind: less accurate",
    }


def test_methods_without_a_reference_have_no_standing() -> None:
    unknown = MethodTrials(1, {(0, 0): Result.of(record(Made(None)))})
    methods = {method(1): unknown, method(2): tried(3, 2)}
    assert [one.method for one in standings(summarise(methods, ""), methods, TOKENS)["sums, level 1, dice"]] == [
        method(2)
    ]
