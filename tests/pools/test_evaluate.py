"""Evaluations of small pools, against every sub-sample in every order."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools import Manifest, Pool, PoolWriter, ProblemSamples, Settings, evaluate
from outlay.pools.graded import GradedSamples
from outlay.pools.selections import SELECTIONS
from outlay.pools.selections.selection import worth
from outlay.statistics import compare_paired, holm, mean_interval
from outlay.testing.false_alarms import check_mean
from tests.pools.worlds import JUDGE, random_samples

ALL = (
    "single", "coverage", "all_right", "self_consistency", f"best_of_n(verifier={JUDGE})",
    f"best_of_n(verifier={JUDGE}, aggregate=min)", f"weighted_vote(verifier={JUDGE})",
    f"weighted_vote(verifier={JUDGE}, weights=rank)", f"best_of_majority(verifier={JUDGE}, frequency=0.3)",
    "perplexity_consistency(prune=False)", "perplexity_consistency", "shortest", "shortest(keep=3)", "first_finish",
    "first_finish(m=2, by=tokens)", "marker_selection",
)  # fmt: skip


def pool_of(path, problems, manifest=None):
    with PoolWriter(path / "p.parquet", manifest, [JUDGE]) as writer:
        for i, one in enumerate(problems):
            writer.write(replace(one, problem=f"q{i}"))
    return Pool.open(path / "p.parquet")


def some(count, n, seed=0, **changes):
    rng = np.random.default_rng(seed)
    return [replace(random_samples(rng, n), **changes) for _ in range(count)]


def due(problems, name, n):
    """(problems,): the mean over all sub-samples of n in all orders."""
    found = []
    for one in problems:
        samples = GradedSamples.of(one)
        drawn = np.array(list(permutations(range(len(samples)), n)))
        found.append(worth(samples.correct, SELECTIONS.build(name).on(samples).choose(drawn)).mean())
    return np.array(found)


def test_every_selection_at_every_n_is_the_mean_over_all_sub_samples(tmp_path):
    problems = some(6, 5)
    found = evaluate(pool_of(tmp_path, problems), ALL)
    rows = {(row.selection, row.n): row for row in found.rows}
    assert sorted({row.n for row in found.rows}) == [1, 2, 4, 5]
    # Float32 keeps the scores of steps as they are here: eighths and their products.
    for (name, n), row in rows.items():
        values = due(problems, name, n)
        margin = 1e-9 + 5.5 * row.simulation_error
        assert row.accuracy.estimate == pytest.approx(values.mean(), abs=margin), (name, n)
        if not row.simulation_error:
            assert row.accuracy == pytest.approx([min(1, max(0, x)) for x in mean_interval(values)])
    exact = {row.selection for row in found.rows if not row.simulation_error}
    assert {*ALL[:6], "shortest", "first_finish"} <= exact
    assert all(rows[name, 1].simulation_error < 1e-6 for name in ALL)  # a control says it all


def test_simulated_estimates_are_unbiased(tmp_path):
    problems = some(3, 6, seed=5)
    pool = pool_of(tmp_path, problems)
    names = [f"weighted_vote(verifier={JUDGE})", "shortest(keep=3)"]
    runs = [evaluate(pool, names, [3], settings=Settings(seed)) for seed in range(40)]
    for i, name in enumerate(names):
        rows = [run.rows[i] for run in runs]
        assert {row.selection for row in rows} == {name}
        estimates = [row.accuracy.estimate for row in rows]
        check_mean(estimates, due(problems, name, 3).mean())
        # The stated error is that of one run; it may be above the true one, as sub-samples of one shuffle balance.
        assert 0.3 < np.std(estimates, ddof=1) / np.mean([row.simulation_error for row in rows]) < 1.5


def test_differences_are_paired_and_corrected(tmp_path):
    problems = some(8, 5, seed=2)
    names = ["self_consistency", "coverage", "shortest"]
    found = evaluate(pool_of(tmp_path, problems), names, [3], baseline="single")
    rows = {row.selection: row for row in found.rows}
    assert found.baseline == "single"
    assert rows["single"].n == 1
    assert rows["single"].comparison is None
    against = due(problems, "single", 1)
    compared = {name: compare_paired(due(problems, name, 3), against) for name in names}
    for name in names:
        assert rows[name].comparison.difference == pytest.approx(compared[name].difference)
        assert rows[name].comparison.detectable == pytest.approx(compared[name].detectable)
    p_values = holm([compared["self_consistency"].p_value, compared["shortest"].p_value])
    assert [rows["self_consistency"].p_value, rows["shortest"].p_value] == pytest.approx(p_values)
    assert rows["coverage"].p_value is None


def test_what_makes_no_difference_has_none(tmp_path):
    found = evaluate(pool_of(tmp_path, some(8, 6)), ["single", "self_consistency"], [1])
    assert found.rows[1].comparison.difference.estimate == 0
    assert found.rows[1].p_value == 1.0


def priced(one: ProblemSamples) -> ProblemSamples:
    n = len(one)
    return replace(one, prompt_tokens=np.full(n, 10.0), dollars=np.arange(n) + 0.5, flops=np.full(n, 2.0))


def test_costs_are_means_over_all_sub_samples(tmp_path):
    (one,) = problems = [priced(one) for one in some(1, 5, seed=3)]
    names = ["single", "self_consistency", f"best_of_n(verifier={JUDGE})", "first_finish(m=2)"]
    pool = pool_of(tmp_path, problems)
    shared = {
        row.selection: row for row in evaluate(pool, names, [1, 3]).rows if row.n == 3 or row.selection == "single"
    }
    drawn = np.array(list(permutations(range(5), 3)))
    tokens, seconds = one.completion_tokens[drawn].sum(axis=1).mean(), one.seconds[drawn]
    plain, judged, race = (shared[name] for name in names[1:])
    assert plain.tokens == pytest.approx(10 + tokens)
    assert judged.tokens == pytest.approx(10 + tokens + 3 * 5)
    assert plain.dollars == pytest.approx(one.dollars[drawn].sum(axis=1).mean())
    assert plain.flops == pytest.approx(6)
    assert plain.seconds == pytest.approx(seconds.max(axis=1).mean())
    assert plain.seconds_one_by_one == pytest.approx(seconds.sum(axis=1).mean())
    assert shared["single"].tokens == pytest.approx(10 + one.completion_tokens.mean())
    apart = evaluate(pool, ["self_consistency"], [3], settings=Settings(share_prompt=False))
    assert apart.rows[0].tokens == pytest.approx(30 + tokens)
    samples = GradedSamples.of(one)
    ends = [sorted(one.seconds[i] for i in row if samples.answered[i]) for row in drawn]
    over = np.array([end[1] if len(end) > 1 else np.inf for end in ends])
    latency = np.minimum(over, seconds.max(axis=1))
    assert race.seconds == pytest.approx(latency.mean(), rel=0.05)
    shares = np.minimum(1, over[:, None] / seconds)
    assert race.tokens == pytest.approx(10 + (shares * one.completion_tokens[drawn]).sum(axis=1).mean(), rel=0.05)
    assert race.seconds_one_by_one is None


def test_costs_that_are_not_known_are_none(tmp_path):
    problems = [replace(one, seconds=None) for one in some(2, 4)]
    row = evaluate(pool_of(tmp_path, problems), ["coverage"], [2]).rows[0]
    assert (row.dollars, row.flops, row.seconds, row.seconds_one_by_one) == (None,) * 4
    assert row.tokens is not None


def test_ungraded_samples_are_left_out_and_problems_with_too_few_too(tmp_path):
    problems = [*some(3, 6), random_samples(np.random.default_rng(9), 6, ungraded=1.0)]
    problems[0] = replace(problems[0], correct=np.array([1, np.nan, 0, np.nan, np.nan, 1.0]))
    found = evaluate(pool_of(tmp_path, problems), ["coverage"], [2, 4])
    assert [row.problems for row in found.rows] == [3, 2]
    assert found.ungraded == 9
    left = [problems[0].take(np.array([0, 2, 5])), *problems[1:3]]
    assert found.rows[0].accuracy.estimate == pytest.approx(due(left, "coverage", 2).mean())
    assert [row.n for row in evaluate(pool_of(tmp_path, problems), ["coverage"]).rows] == [1, 2, 3]


def test_exams_are_apart(tmp_path):
    problems = [*some(2, 4, task="chain", level=1), *some(2, 4, seed=1, task="chain", level=2)]
    found = evaluate(pool_of(tmp_path, problems), ["coverage"], [2])
    assert [str(row.exam) for row in found.rows] == ["chain, level 1", "chain, level 2"]
    assert found.rows[1].accuracy.estimate == pytest.approx(due(problems[2:], "coverage", 2).mean())


def test_the_same_seed_gives_the_same_rows_whatever_else_is_in_the_pool(tmp_path):
    problems = some(4, 9, seed=4)
    names = [f"weighted_vote(verifier={JUDGE})"]
    first, again = (evaluate(pool_of(tmp_path, problems), names, [4]) for _ in range(2))
    assert first == again
    assert evaluate(pool_of(tmp_path, problems), names, [4], settings=Settings(seed=1)).rows != first.rows


def test_values_serve_where_there_are_no_votes(tmp_path):
    problems = some(4, 5)
    without = [replace(one, vote=None) for one in problems]
    first, second = (evaluate(pool_of(tmp_path, one), ["self_consistency"], [3]).rows for one in (problems, without))
    assert first == second


def test_what_the_columns_allow_is_evaluated(tmp_path):
    found = evaluate(pool_of(tmp_path, some(2, 4)), (), [2])
    assert {row.selection.partition("(")[0] for row in found.rows} == {
        "coverage", "all_right", "self_consistency", "best_of_n", "weighted_vote", "best_of_majority",
        "perplexity_consistency", "shortest", "first_finish", "single",
    }  # fmt: skip
    bare = [ProblemSamples("q", np.arange(3), correct=np.array([1.0, 0, 0])) for _ in range(2)]
    found = evaluate(pool_of(tmp_path, bare), (), [2])
    assert {row.selection for row in found.rows} == {"single", "coverage", "all_right"}


@pytest.mark.parametrize(
    ("given", "sizes", "message"),
    [
        (["best_of"], [], "did you mean 'best_of_n'"),
        (["best_of_n(verifier=other)"], [], "unknown verifier"),
        (["best_of_n(of=other)"], [], "unknown setting"),
        (["first_finish"], [], "needs the column seconds"),
        (["coverage"], [9], "n must be from 1 to 4"),
        (["coverage"], [0], "n must be from 1 to 4"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(tmp_path, given, sizes, message):
    pool = pool_of(tmp_path, [replace(one, seconds=None) for one in some(2, 4)])
    with pytest.raises(InvalidInputError, match=message):
        evaluate(pool, given, sizes)


def test_a_pool_without_grades_or_verifiers_is_refused_what_needs_them(tmp_path):
    bare = [ProblemSamples("q", np.arange(3), correct=np.array([1.0, 0, 0]))]
    with PoolWriter(tmp_path / "bare") as writer:
        writer.write(bare[0])
    with pytest.raises(InvalidInputError, match="this pool has none"):
        evaluate(Pool.open(tmp_path / "bare"), ["best_of_n"])
    with pytest.raises(InvalidInputError, match="needs the column value"):
        evaluate(Pool.open(tmp_path / "bare"), ["self_consistency"])
    with pytest.raises(InvalidInputError, match="no graded samples"):
        evaluate(pool_of(tmp_path, [replace(bare[0], correct=None)]))


def paths(rng, n):
    """Samples of a policy with three whole answers of known probability; the rarest one is right."""
    chances = np.array([0.6, 0.3, 0.1])
    drawn = rng.choice(3, n, p=chances)
    return ProblemSamples(
        "q",
        np.arange(n),
        correct=(drawn == 2).astype(float),
        value=[str(one) for one in drawn],
        vote=np.array([int(np.argmax(drawn == one)) for one in drawn]),
        logprob=np.log(chances[drawn]),
        scores={JUDGE: np.where(drawn == 2, 1.0, 0.0)},
    )


@pytest.mark.parametrize(
    ("target", "chance"),
    [
        ("sharpened(alpha=0)", 1 / 3),
        ("sharpened(alpha=2)", 0.01 / 0.46),
        ("tilted(tau=1)", 0.1 * np.e / (0.9 + 0.1 * np.e)),
    ],
)
def test_another_policy_is_estimated_from_the_same_samples(tmp_path, target, chance):
    rng = np.random.default_rng(0)
    problems = [paths(rng, 400) for _ in range(40)]
    found = evaluate(
        pool_of(tmp_path, problems, Manifest(temperature=1.0)),
        ["single", "coverage"],
        [1, 3],
        "",
        Settings(target=target),
    )
    rows = {(row.selection, row.n): row for row in found.rows}
    single, three = rows["single", 1].accuracy, rows["coverage", 3].accuracy
    # Plug-in estimates are off by less than this at an effective sample size above 200, beside the interval's noise.
    assert single.estimate == pytest.approx(chance, abs=0.005 + 2.5 * (single.high - single.low))
    assert three.estimate == pytest.approx(1 - (1 - chance) ** 3, abs=0.01 + 2.5 * (three.high - three.low))
    assert all(row.effective > 100 for row in found.rows)
    assert found.target.partition("(")[0] == target.partition("(")[0]


def test_a_policy_too_far_from_the_pool_is_refused_an_estimate(tmp_path):
    rng = np.random.default_rng(1)
    pool = pool_of(tmp_path, [paths(rng, 100) for _ in range(5)])
    found = evaluate(pool, ["coverage", "self_consistency"], [1, 16], "", Settings(target="tilted(tau=0.5)"))
    for row in found.rows:
        assert (row.accuracy is None) == (row.n == 16) == bool(row.refused)
    assert "5 of 5 problems have an effective sample size below 160" in found.rows[1].refused


def test_sharpening_needs_samples_of_the_model_itself(tmp_path):
    one = paths(np.random.default_rng(0), 50)
    for manifest, told in ((Manifest(temperature=0.7), "temperature 0.7"), (Manifest(top_p=0.9), "top_p 0.9")):
        with pytest.raises(InvalidInputError, match=told):
            evaluate(pool_of(tmp_path, [one], manifest), settings=Settings(target="sharpened"))
    with pytest.raises(InvalidInputError, match="needs the column logprob"):
        evaluate(pool_of(tmp_path, [replace(one, logprob=None)]), settings=Settings(target="sharpened"))
    with pytest.raises(UnknownNameError, match="sharpened"):
        evaluate(pool_of(tmp_path, [one]), settings=Settings(target="sharpen"))


def test_rows_leave_as_arrow_pandas_and_polars(tmp_path):
    found = evaluate(pool_of(tmp_path, some(3, 4)), ["single", "coverage"], [1, 2])
    table = found.to_arrow()
    assert table.num_rows == len(found.rows) == 3
    frames = found.to_pandas(), found.to_polars()
    assert frames[0]["accuracy"].tolist() == pytest.approx(frames[1]["accuracy"].to_list())
    assert list(frames[0].columns) == frames[1].columns == table.column_names
    assert table["difference"].to_pylist()[0] is None
