"""``outlay allocate`` and ``outlay plan``, from a pool to a policy file and back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outlay.allocate.policy_file import load_strategy
from outlay.bench.experiment import load
from outlay.cli.main import app
from outlay.cli.parts import PARTS
from outlay.core.errors import InvalidInputError
from tests.allocate.made_up import made_up

POLICY = """
version = 1
[strategy]
name = "policy"
stages = [1, 3]
signals = ["share"]
right = [[0, 1], [0, 2]]
gain = [[0.5, 0, 0, 0]]
"""


def told(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def refused(*arguments: str) -> str:
    with pytest.raises(InvalidInputError) as raised:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    return str(raised.value)


@pytest.fixture
def pool(tmp_path: Path) -> str:
    return str(made_up(tmp_path / "pool.parquet", 24, 8))


def test_a_policy_is_fitted_and_judged(pool: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    told("allocate", "fit", pool, "--out", str(file), "--budget", "tokens=400", "--part", "1/2")
    assert load_strategy(file).stages[-1] <= 8
    found = json.loads(told("allocate", "evaluate", str(file), pool, "--part", "2/2", "--json"))
    assert found["problems"] == 12
    assert [one["strategy"] for one in found["against"]] == ["best_of_n(n=8)", "self_consistency(n=8)"]
    assert "stopped at" in told("allocate", "evaluate", str(file), pool)


def test_a_plan_says_what_a_budget_reaches(pool: str) -> None:
    found = json.loads(told("plan", pool, "--budget", "tokens=300000", "--questions", "1000", "--json"))
    assert found["uniform"]["tokens"] <= 300_000
    assert found["uniform"]["accuracy"]["low"] <= found["uniform"]["accuracy"]["estimate"]
    assert found["pilot"] == {"problems": 24, "tokens": 24 * (10 + 8 * 100)}


def test_mistakes_are_told(pool: str, tmp_path: Path) -> None:
    out = str(tmp_path / "policy.toml")
    assert "give one" in refused("allocate", "fit", pool, "--out", out)
    assert "accuracy=NUMBER" in refused("allocate", "fit", pool, "--out", out, "--target", "0.8")
    assert "n=64" in refused("allocate", "fit", pool, "--out", out, "--match", "best_of_n")
    assert "give one" in refused("plan", pool)
    assert "dollars" in refused("plan", pool, "--budget", "dollars=5")
    assert "give a pool" in refused("plan", "--target", "accuracy=0.5")


def test_a_policy_file_is_a_strategy_in_solve_and_in_experiments(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, encoding="utf-8")
    solved = json.loads(told("solve", "--task", "chain", "--strategy", str(file), "--json"))
    assert solved["cost"]["samples"] == 3
    experiment = tmp_path / "experiment.toml"
    experiment.write_text(
        f"tasks = [{{name = 'chain', level = 1}}]\nmodels = ['pocket']\nstrategies = ['{file}']\nseeds = [0]\n",
        encoding="utf-8",
    )
    (cell,) = load(experiment, PARTS).cells
    assert cell.strategy.specification.name == "policy_file"
