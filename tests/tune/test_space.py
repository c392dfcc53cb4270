"""Spaces of strategies: what they choose can be typed, and what is typed is found in them."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError
from outlay.strategies import STRATEGIES
from outlay.tune.space import read_space

ITEMS: list[object] = [
    "greedy",
    {"name": "self_consistency", "n": [1, 2, 4], "temperature": {"from": 0.3, "to": 1.2}},
    {"name": "self_consistency", "n": {"from": 8, "to": 64, "log": True}},
    {
        "name": "compose",
        "layers": [
            [{"name": "generate", "n": [2, 4]}, {"name": "generate", "strategy": ["greedy", "beam_search(width=2)"]}],
            {"name": "critique", "optional": True},
            {"name": "rank", "keep": [1, 2], "verifier": "exact", "optional": True},
            {"name": "fuse", "keep": [True, False]},
        ],
    },
]
SPACE = read_space(ITEMS)


class Drawn:
    """Chooses at random, and remembers what."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.params: dict[str, object] = {}

    def suggest_categorical(self, name: str, choices: Sequence[object]) -> object:
        return self.params.setdefault(name, choices[self.rng.integers(len(choices))])

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return self.params.setdefault(name, int(self.rng.integers(low, high + 1)))  # type: ignore[return-value]

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return self.params.setdefault(name, round(float(self.rng.uniform(low, high)), 4))  # type: ignore[return-value]


@given(some.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_what_is_chosen_can_be_typed_and_is_found_again(seed: int) -> None:
    trial = Drawn(seed)
    chosen = SPACE.suggest(trial)
    assert SPACE.match(chosen) == trial.params
    assert SPACE.match(parse(str(chosen), "strategy")) == trial.params


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("mcts", "not in the space"),
        ("self_consistency(n=3, temperature=0.5)", "temperature is not open"),
        ("best_of_n(n=4)", "not in the space"),
        ("self_consistency(n=2)", "n must be a whole number from 8 to 64"),
        ("greedy(n=2)", "n is not open"),
        ("compose(layers=[fuse(keep=true)])", "must be a list"),
        ("compose(layers=[[generate(n=2), generate(strategy=greedy)]])", "lacks fuse"),
        ("compose(layers=[[generate(n=2), generate(strategy=greedy)], fuse(keep=true), fuse(keep=true)])", "no place"),
        ("compose(layers=[[generate(n=2), generate(strategy=mcts)], fuse(keep=true)])", "must be one of greedy"),
    ],
)
def test_what_is_not_in_the_space_is_refused_with_one_reason(typed: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refused:
        SPACE.match(parse(typed, "strategy"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (3, "must be a strategy"),
        ({"n": 3}, "needs a name"),
        ({"name": "best_of_n", "n": []}, "empty list"),
        ({"name": "best_of_n", "n": {"from": 3}}, "of the form"),
        ({"name": "best_of_n", "n": {"from": 3, "to": 2}}, "below"),
        ({"name": "best_of_n", "n": {"from": 0, "to": 2, "log": True}}, "above 0"),
        ({"name": "greedy", "optional": True}, "must be a strategy"),
    ],
)
def test_a_space_that_cannot_be_read_is_refused(item: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_space([item])


def test_the_space_is_told_in_words() -> None:
    assert "self_consistency(n=one of 1, 2, 4, temperature=a number from 0.3 to 1.2)" in str(SPACE)
    assert "optionally rank(keep=one of 1, 2, verifier=exact)" in str(SPACE)


NESTED = {"abstain", "probe_commit"}
"""Strategies of which a part is another strategy."""


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - NESTED))
def test_every_point_of_a_strategys_own_space_can_be_built_and_typed(name: str) -> None:
    space = read_space([{"name": name, "space": "own"}], STRATEGIES)
    declared = STRATEGIES.type_of(name).space  # type: ignore[attr-defined]
    found = set()
    for seed in range(40):
        trial = Drawn(seed)
        chosen = space.suggest(trial)
        found.add(str(STRATEGIES.build(chosen)))
        assert set(chosen.settings) == set(declared)
        assert space.match(parse(str(chosen), "strategy")) == trial.params
    assert len(found) > 3 or name == "greedy"


def test_an_item_may_narrow_the_own_space() -> None:
    space = read_space([{"name": "particle_filter", "space": "own", "n": 4, "choose": ["vote"]}], STRATEGIES)
    assert "particle_filter(n=4, threshold=one of 0.25, 0.5, 1, choose=vote" in str(space)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"name": "greedy", "space": "all"}, "must be of the form"),
        ({"space": "own"}, "must be of the form"),
        ({"name": "gredy", "space": "own"}, "did you mean 'greedy'"),
        *(({"name": name, "space": "own"}, "declares no space") for name in sorted(NESTED)),
    ],
)
def test_an_own_space_that_is_not_there_is_refused(item: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_space([item], STRATEGIES)
