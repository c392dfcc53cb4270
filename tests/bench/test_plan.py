"""A plan says what is left, what it will cost and what at worst; it spends nothing and writes nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from outlay.bench.experiment import Experiment, read
from outlay.bench.grid import expand
from outlay.bench.parts import Parts
from outlay.bench.plan import Amount, plan, worst_case
from outlay.bench.runner import run
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS

Make = Callable[..., Experiment]
REAL = Parts(MODELS, STRATEGIES, VERIFIERS, TASKS)


def only_drawing() -> list[str]:
    """Every strategy whose worst case is known beforehand, with four samples where it has a number of them."""
    found = []
    for name in STRATEGIES:
        for text in (f"{name}(n=4)", name):
            try:
                info = STRATEGIES.build(text).info
            except InvalidInputError:
                continue
            if info.only_draws and info.verifier is None:
                found.append(text)
            break
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_before_anything_ran_the_worst_case_is_what_is_expected(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    given = experiment(('budgets = ["samples=40"]', 'budgets = ["tokens=500,dollars=0.5", "tokens=60"]'))
    found = plan(given, parts, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [one.left for one in found.methods] == [12] * 12
    assert [one.worst.tokens for one in found.methods] == [12 * 500, 12 * 60] * 6
    assert found.methods[0].worst.dollars == 6.0
    assert found.methods[1].worst.dollars is None
    assert found.expected == found.worst == Amount(12 * 6 * 560, None)
    assert not any(one.why or one.measured for one in found.methods)


def test_a_strategy_without_a_bound_says_why(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    found = plan(experiment(), parts, tmp_path / "out")
    assert found.worst == Amount(None, None)
    assert "how much draw asks for depends on what comes" in found.methods[0].why
    held = plan(replace(experiment(), total=Budget(tokens=700)), parts, tmp_path / "out")
    assert held.worst == Amount(700, None)


def test_what_ran_is_what_is_expected_of_the_rest(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    few, many = experiment(("questions = 6", "questions = 3")), experiment()
    anyio.run(run, few, parts, tmp_path / "out")
    before = files(tmp_path)
    found = plan(many, parts, tmp_path / "out")
    assert files(tmp_path) == before
    assert {(one.done, one.left, one.measured) for one in found.methods} == {(6, 6, True)}
    assert found.expected.tokens == pytest.approx(found.charged.tokens)
    assert found.expected.dollars == pytest.approx(found.charged.dollars)
    done = plan(few, parts, tmp_path / "out")
    assert (done.expected, done.worst) == (Amount(0, 0.0), Amount(0, 0.0))


def test_failures_are_left_when_they_are_to_be_retried(experiment: Make, parts: Parts, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    given = experiment(('models = ["dice"]', f"models = [\"dice(broken='{broken}')\"]"))
    ended = anyio.run(run, given, parts, tmp_path / "out")
    assert ended.failed > 0
    kept, again = (plan(given, parts, tmp_path / "out", retry).methods for retry in (False, True))
    assert sum(one.failed for one in kept) == sum(one.left for one in again) == ended.failed
    assert sum(one.left for one in kept) == 0


@pytest.mark.parametrize("strategy", only_drawing())
def test_no_strategy_passes_its_worst_case(tmp_path: Path, strategy: str) -> None:
    source = f"""
        questions = 6
        tasks = [{{name = "chain", level = 1}}]
        models = ["pocket"]
        strategies = ["{strategy}"]
    """
    given = read(source, REAL, tmp_path / "e.toml")
    worst = {trial.index: worst_case(trial) for trial in expand(given, REAL)}
    assert not any(why for _, why in worst.values())
    ended = anyio.run(run, given, REAL, tmp_path / "out")
    assert ended.done > 0
    assert ended.charged.tokens <= sum(amount.tokens or 0 for amount, _ in worst.values())
    assert ended.charged.samples <= ended.done * getattr(STRATEGIES.build(strategy), "n", 1)


def test_there_are_strategies_with_a_worst_case() -> None:
    assert {"greedy", "self_consistency(n=4)", "shortest(n=4)"} <= set(only_drawing())
