"""Every strategy that ships answers a question of an embedded model from the command line, within its budget."""

import json

import pytest

from outlay.strategies import STRATEGIES
from tests.cli.conftest import Outlay

SMALL = {
    "beam_search": "beam_search(width=2, expansion=2)",
    "best_of_majority": "best_of_majority(n=4, k=2)",
    "dvts": "dvts(width=2, expansion=2)",
    "lookahead_search": "lookahead_search(width=2, expansion=2, lookahead=1)",
    "mcts": "mcts(simulations=3, expansion=2)",
    "particle_gibbs": "particle_gibbs(n=2, iterations=2)",
    "parallel_tempering": "parallel_tempering(n=2, iterations=2, chains=2)",
    "rebase": "rebase(width=4)",
    "tool_tree": "tool_tree(expansion=2, threshold=0.2)",
    "twisted_particle_filter": "twisted_particle_filter(n=2)",
}


def small(name: str) -> str:
    """The strategy at a size that takes a moment."""
    settings = STRATEGIES.type_of(name).__dataclass_fields__
    return SMALL.get(name) or (f"{name}(n=3)" if "n" in settings else name)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_it_answers_a_question_of_an_embedded_model(outlay: Outlay, name: str) -> None:
    question = ("solve", "--task", "countdown", "--level", 1, "--seed", 3)
    ended = outlay(*question, "--strategy", small(name), "--budget", "tokens=20000", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert found["candidates"]
    assert 0 < found["cost"]["tokens"] <= 20_000
    assert found["stopped_by"] == "strategy"
