import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidInputError, StoreError, UnknownNameError
from outlay.pools import Manifest, Pool, PoolWriter, ProblemSamples, Ragged, votes
from outlay.pools.schema import arrow_schema

JUDGE = "noisy(of=exact, false_positive=0.1)"
"""Its name has dots, commas and brackets, as specifications do."""


def samples(problem: str, n: int, rng: np.random.Generator, **changes: object) -> ProblemSamples:
    lengths = [list(rng.integers(1, 9, size=rng.integers(1, 4))) for _ in range(n)]
    answers = [None if x == 0 else str(x) for x in rng.integers(0, 4, size=n)]
    known = rng.random(n) < 0.8
    given = {
        "sample": np.arange(n),
        "task": "chain",
        "level": 2,
        "model": "m",
        "question": f"what is {problem}?",
        "text": [f"text {i}" for i in range(n)],
        "value": answers,
        "vote": votes(answers, str.__eq__),
        "correct": np.where(known, (rng.random(n) < 0.5).astype(float), np.nan),
        "finish": ["end"] * n,
        "completion_tokens": np.array([float(sum(one)) for one in lengths]),
        "seconds": rng.random(n),
        "step_tokens": Ragged.of(lengths),
        "scores": {JUDGE: np.where(known, rng.random(n), np.nan)},
        "step_scores": {
            JUDGE: Ragged.of([[0.5] * len(one) if here else None for one, here in zip(lengths, known, strict=True)])
        },
    }
    return ProblemSamples(problem=problem, **(given | changes))


def same(first: ProblemSamples, second: ProblemSamples) -> bool:
    one, other = dict(first.columns()), dict(second.columns())
    for name, column in one.items():
        if isinstance(column, Ragged):
            np.testing.assert_array_equal(column.values.astype(np.float32), other[name].values)
            np.testing.assert_array_equal(column.offsets, other[name].offsets)
            np.testing.assert_array_equal(column.known, other[name].known)
        else:
            np.testing.assert_array_equal(np.array(column), np.array(other[name]))
    return first.key == second.key and (first.question, first.reference) == (second.question, second.reference)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 2**32))
def test_what_is_written_is_read_again(tmp_path_factory, sizes, seed):
    path = tmp_path_factory.mktemp("pools") / "p.parquet"
    rng = np.random.default_rng(seed)
    written = [samples(f"q{i}", n, rng) for i, n in enumerate(sizes)]
    with PoolWriter(path, Manifest("a test", temperature=0.7), [JUDGE]) as writer:
        for one in written:
            writer.write(one)
    pool = Pool.open(path)
    assert (pool.samples, pool.problem_count, pool.verifiers) == (sum(sizes), len(sizes), (JUDGE,))
    assert (pool.manifest.source, pool.manifest.temperature, pool.manifest.version) == ("a test", 0.7, 1)
    found = list(pool.problems())
    assert len(found) == len(written)
    assert all(same(one, other) for one, other in zip(written, found, strict=True))


def test_row_groups_end_where_problems_end(tmp_path):
    rng = np.random.default_rng(0)
    sizes = [9000, 9000, 100, 20_000, 5]
    with PoolWriter(tmp_path / "p.parquet", verifiers=[JUDGE]) as writer:
        for i, n in enumerate(sizes):
            writer.write(samples(f"q{i}", n, rng))
    file = pq.ParquetFile(tmp_path / "p.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [9000, 9100, 20_000, 5]
    assert [len(one) for one in Pool.open(tmp_path / "p.parquet").problems(["correct"])] == sizes


def test_rows_are_written_like_arrays(tmp_path):
    rows = [{"problem": "q", "value": "4", "vote": 0, "correct": True}, {"problem": "q", "score:exact": 0.25}]
    with PoolWriter(tmp_path / "p.parquet", verifiers=["exact"]) as writer:
        writer.write(iter(rows))
    (found,) = Pool.open(tmp_path / "p.parquet").problems()
    assert found.key == ("q", "", 0, "")
    assert found.value == ["4", None]
    np.testing.assert_array_equal(found.vote, [0, -1])
    np.testing.assert_array_equal(found.correct, [1, np.nan])
    np.testing.assert_array_equal(found.scores["exact"], [np.nan, 0.25])


def test_only_the_columns_asked_for_are_read(tmp_path):
    with PoolWriter(tmp_path / "p.parquet", verifiers=[JUDGE]) as writer:
        writer.write(samples("q", 3, np.random.default_rng(0)))
    pool = Pool.open(tmp_path / "p.parquet")
    (found,) = pool.problems(["correct", f"score:{JUDGE}"])
    assert {name for name, _ in found.columns()} == {"sample", "correct", f"score:{JUDGE}"}
    assert found.question is None
    with pytest.raises(UnknownNameError, match="corect"):
        pool.problems(["corect"])


def test_a_pool_of_few_columns_is_a_pool(tmp_path):
    table = pa.table(
        {"problem": ["a", "a", "b"], "task": [""] * 3, "level": [0] * 3, "model": ["m"] * 3, "sample": [0, 1, 0]}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    pool = Pool.open(tmp_path / "p.parquet")
    assert [len(one) for one in pool.problems()] == [2, 1]
    assert pool.problem_count == 2


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"problem": ["a"]}, "no column task, level, model, sample"),
        ({"problem": [1], "task": [""], "level": [0], "model": [""], "sample": [0]}, "problem must hold string"),
        (
            {"problem": ["a"], "task": [""], "level": [0], "model": [""], "sample": [0], "correct": ["yes"]},
            "correct must hold bool",
        ),
    ],
)
def test_a_file_that_is_not_a_pool_is_refused_by_its_columns(tmp_path, columns, message):
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    with pytest.raises(InvalidInputError, match=message):
        Pool.open(tmp_path / "p.parquet")


def test_what_is_not_there_or_not_parquet_is_refused(tmp_path):
    (tmp_path / "p.parquet").write_text("hello")
    for name in ("p.parquet", "q.parquet"):
        with pytest.raises(InvalidInputError, match=name):
            Pool.open(tmp_path / name)


def test_a_later_format_is_refused(tmp_path):
    table = pa.Table.from_pylist([], schema=arrow_schema()).replace_schema_metadata(
        {"outlay": json.dumps({"version": 9})}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(InvalidInputError, match="format 9"):
        Pool.open(tmp_path / "p.parquet")


def test_a_problem_whose_rows_are_apart_is_refused(tmp_path):
    table = pa.table(
        {"problem": ["a", "b", "a"], "task": [""] * 3, "level": [0] * 3, "model": ["m"] * 3, "sample": [0, 0, 1]}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(InvalidInputError, match="do not follow each other"):
        list(Pool.open(tmp_path / "p.parquet").problems())


def interrupted(path, one):
    with PoolWriter(path, verifiers=[JUDGE]) as writer:
        writer.write(one)
        raise KeyboardInterrupt


def test_an_error_leaves_the_old_pool(tmp_path):
    rng = np.random.default_rng(0)
    with PoolWriter(tmp_path / "p.parquet", verifiers=[JUDGE]) as writer:
        writer.write(samples("old", 2, rng))
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "p.parquet", samples("new", 2, rng))
    assert [one.problem for one in Pool.open(tmp_path / "p.parquet").problems()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["p.parquet"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scores": {JUDGE: np.array([0.5, 1.5])}}, "from 0 to 1"),
        ({"scores": {"other": np.array([0.5, 0.5])}}, "unknown column"),
        ({"vote": np.array([0, 2])}, "vote must be"),
        ({"sample": np.array([1, 0])}, "sample must number"),
        ({"prompt_tokens": np.array([0.5, 1.0])}, "prompt_tokens must hold"),
    ],
)
def test_a_writer_refuses_what_a_pool_must_not_hold(tmp_path, changes, message):
    with pytest.raises(InvalidInputError, match=message), PoolWriter(tmp_path / "p.parquet", None, [JUDGE]) as writer:
        writer.write(samples("q", 2, np.random.default_rng(0), **changes))


def test_a_problem_is_written_once(tmp_path):
    one = samples("q", 2, np.random.default_rng(0))
    with PoolWriter(tmp_path / "p", None, [JUDGE]) as writer:
        writer.write(one)
        with pytest.raises(InvalidInputError, match="written before"):
            writer.write(one)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="correct has 1 rows"):
        ProblemSamples("q", np.arange(2), correct=np.array([1.0]))


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match="cannot write"), PoolWriter(tmp_path / "none" / "p.parquet"):
        pass


def test_votes_follow_the_rule_of_sameness():
    found = votes(["1", None, "1.0", "2", "1.0"], lambda a, b: float(a) == float(b))
    np.testing.assert_array_equal(found, [0, -1, 0, 3, 0])


def test_columns_without_any_value_are_told_from_others(tmp_path):
    with PoolWriter(tmp_path / "p.parquet", verifiers=[JUDGE, "exact"]) as writer:
        writer.write(samples("q", 3, np.random.default_rng(0)))
    known = Pool.open(tmp_path / "p.parquet").known_columns
    assert {"correct", "step_tokens", f"score:{JUDGE}", f"step_scores:{JUDGE}"} <= known
    assert not known & {"dollars", "token_logprobs", "score:exact", "step_scores:exact", "reference"}


@given(st.integers(1, 8), st.integers(0, 2**32), st.data())
def test_taking_all_samples_twice_or_none(n, seed, data):
    one = samples("q", n, np.random.default_rng(seed))
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=9)), np.int64)
    taken = dict(one.take(rows).columns())
    for name, column in one.columns():
        kept = taken[name]
        assert len(kept) == len(rows)
        due = [list(column)[row] for row in rows]
        for found, wanted in zip(list(kept), due, strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("said", ["{", "[1]", '{"temperature": "hot"}', '{"version": []}'])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path, said):
    table = pa.Table.from_pylist([], schema=arrow_schema().with_metadata({"outlay": said}))
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(InvalidInputError, match="manifest cannot be read"):
        Pool.open(tmp_path / "p.parquet")
