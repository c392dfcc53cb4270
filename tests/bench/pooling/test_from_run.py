"""What a run has drawn independently becomes a pool, and what it has not is left out."""

from collections import Counter
from pathlib import Path

import anyio
import numpy as np
import pytest

from outlay.bench.experiment import read
from outlay.bench.parts import Parts
from outlay.bench.pooling.from_run import FIXED, Taken, pool_from_run
from outlay.bench.runner import run
from outlay.bench.store import StoredTrial, read_store
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.models import MODELS
from outlay.pools import Pool, ProblemSamples
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS

PARTS = Parts(MODELS, STRATEGIES, VERIFIERS, TASKS)
FILE = """
questions = 3
seeds = [0, 1]
tasks = [{name = "chain", levels = [1, 2]}]
models = ["simulated(length_spread=1.0, seconds=0.001)"]
strategies = STRATEGIES
budgets = ["BUDGET"]
"""


def ran(folder: Path, strategies: str, budget: str = "") -> list[StoredTrial]:
    source = FILE.replace("STRATEGIES", strategies).replace("BUDGET", budget)
    experiment = read(source, PARTS, folder / "experiment.toml")
    anyio.run(lambda: run(experiment, PARTS, folder / "run"))
    with read_store(folder / "run") as store:
        return list(store.trials())


def taken(folder: Path, strategy: str | None = None) -> tuple[list[ProblemSamples], Taken]:
    told = pool_from_run(folder / "run", folder / "pool", PARTS, strategy)
    return list(Pool.open(folder / "pool").problems()), told


def test_all_samples_of_all_seeds_are_there(tmp_path: Path) -> None:
    trials = ran(tmp_path, '[{strategy = "best_of_n(n=6)", verifier = "exact"}, "self_consistency(n=4)", "greedy"]')
    problems, told = taken(tmp_path)
    assert (told.strategy, told.others) == ("best_of_n(n=6) with exact", ["self_consistency(n=4)"])
    assert (told.problems, told.samples, told.unfinished) == (6, 72, 0)
    assert {one.key[:3] for one in problems} == {(f"chain/{k}/{i}", "chain", k) for k in (1, 2) for i in range(3)}
    for one in problems:
        mine = [
            trial for trial in trials
            if (trial.cell.level, f"chain/{trial.cell.level}/{trial.index}") == (one.level, one.problem)
            and trial.cell.strategy == "best_of_n(n=6)"
        ]  # fmt: skip
        candidates = [candidate for trial in mine if trial.record for candidate in trial.record.candidates]
        assert Counter(one.text or ()) == Counter(candidate.text for candidate in candidates)
        known = {candidate.text: candidate for candidate in candidates}
        for index, text in enumerate(one.text or ()):
            same = known[text or ""]
            assert (one.value[index], bool(one.correct[index])) == (same.value, same.correct)  # type: ignore[index]
            assert one.scores["exact"][index] == same.score
            assert one.completion_tokens[index] == same.tokens  # type: ignore[index]
        right = one.correct == 1  # type: ignore[comparison-overlap]
        assert len(set(one.vote[right].tolist())) <= 1  # type: ignore[index,union-attr]
        prompt = len(str(one.question).split())
        assert set(one.prompt_tokens.tolist()) == {prompt}  # type: ignore[union-attr]


def test_the_order_is_not_that_of_finishing(tmp_path: Path) -> None:
    trials = ran(tmp_path, '["self_consistency(n=32)"]')
    problems, _ = taken(tmp_path)
    finished = {}
    for trial in trials:
        assert trial.record is not None
        finished[trial.record.question, trial.cell.seed] = [one.text for one in trial.record.candidates]
    orders = [finished[str(one.question), seed] for one in problems for seed in (0, 1)]
    placed = [list(one.text or ())[half : half + 32] for one in problems for half in (0, 32)]
    assert [sorted(one) for one in placed] == [sorted(one) for one in orders]
    assert not any(one == other for one, other in zip(placed, orders, strict=True))
    # Positions in the order of finishing and in the pool have nothing to do with each other: under independence each
    # of 12 correlations has mean 0 and variance 1 / 31, so that their mean stays below 0.26 in all but 1 of 10^6 cases.
    ranks = [np.corrcoef(np.arange(32), [other.index(text) for text in one])[0, 1]
             for one, other in zip(placed, orders, strict=True)]  # fmt: skip
    assert abs(np.mean(ranks)) < 0.26


def test_a_named_strategy_is_taken(tmp_path: Path) -> None:
    ran(tmp_path, '["self_consistency(n=2)", "shortest(n=5)"]')
    problems, told = taken(tmp_path, "self_consistency(n=2)")
    assert (told.samples, problems[0].scores) == (24, {})
    with pytest.raises(UnknownNameError, match="did you mean 'shortest"):
        taken(tmp_path, "shortest(n=6)")


def test_scores_that_are_not_the_verdicts_own_are_left_out(tmp_path: Path) -> None:
    ran(tmp_path, '[{strategy = "best_of_n(n=3, aggregate=min)", verifier = "step_check"}]')
    problems, _ = taken(tmp_path)
    assert problems[0].scores == {}


def test_a_question_whose_budget_ended_early_is_left_out(tmp_path: Path) -> None:
    trials = ran(tmp_path, '["self_consistency(n=6)"]', "samples=4")
    assert all(trial.record and len(trial.record.candidates) == 4 for trial in trials)
    with pytest.raises(InvalidInputError, match="no question has all its 6 samples"):
        taken(tmp_path)
    assert not (tmp_path / "pool").exists()


@pytest.mark.parametrize(
    "strategies",
    [
        '["greedy"]',
        '["settled_vote"]',
        '[{strategy = "repeated_sampling(n=4, accept=1.0)", verifier = "exact"}]',
        '[{strategy = "beam_search(width=2)", verifier = "step_check"}]',
    ],
)
def test_samples_that_depend_on_each_other_are_refused(tmp_path: Path, strategies: str) -> None:
    ran(tmp_path, strategies)
    with pytest.raises(InvalidInputError, match="no strategy of this run draws a stated number of independent samples"):
        taken(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(InvalidInputError, match="there are no results"):
        taken(tmp_path)


def test_every_strategy_named_is_one() -> None:
    assert set(FIXED) <= set(STRATEGIES)
