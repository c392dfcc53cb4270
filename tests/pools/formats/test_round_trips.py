"""What is exported and imported again is what it was, as far as the format can hold it."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlay.pools import Pool, PoolWriter, ProblemSamples, Ragged
from outlay.pools.formats.exporting import Target, export_pool
from outlay.pools.formats.grading import values_of, votes_by
from outlay.pools.formats.importing import Format
from outlay.tasks.free_answer import FreeAnswer
from tests.pools.formats.reading import imported

JUDGES = ("prm", "noisy(of=exact, false_positive=0.1)")
RULE = FreeAnswer()
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

texts = st.text(max_size=12) | st.sampled_from(
    ["answer: 2", "the answer is 2.0", "\\boxed{x}", "no\r\nidea\u2028", "- a: b", "'"]
)
names = st.text(min_size=1, max_size=8)
plain = st.text(max_size=8).filter(lambda one: "####" not in one and "\\boxed" not in one)
scores = st.floats(0, 1, width=32) | st.just(math.nan)
whole = st.integers(0, 2**31 - 1).map(float) | st.just(math.nan)
real = st.floats(allow_nan=False, allow_infinity=False) | st.just(math.nan)


def rows(items: st.SearchStrategy[float], n: int) -> st.SearchStrategy[Ragged]:
    row = st.none() | st.lists(items, max_size=3)
    return st.lists(row, min_size=n, max_size=n).map(Ragged.of)


def column(items: st.SearchStrategy[float], n: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(items, min_size=n, max_size=n).map(lambda found: np.array(found, np.float64))


@st.composite
def problems(draw: st.DrawFn) -> list[ProblemSamples]:
    made = []
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        n = draw(st.integers(1, 4))
        written = draw(st.lists(texts, min_size=n, max_size=n))
        values = values_of(written, RULE)
        reference = draw(st.none() | plain)
        marks = st.sampled_from([0.0, 1.0] + [math.nan] * (reference is None))
        made.append(ProblemSamples(
            problem=name, sample=np.arange(n), task=draw(st.sampled_from(["", "t"])), level=draw(st.integers(0, 5)),
            model=draw(st.sampled_from(["", "m"])), question=draw(plain), reference=reference, text=written,
            value=values, vote=votes_by(RULE, values), correct=draw(column(marks, n)),
            finish=draw(st.lists(st.sampled_from([None, "end", "step"]), min_size=n, max_size=n)),
            prompt_tokens=draw(column(whole, n)), completion_tokens=draw(column(whole, n)),
            dollars=draw(column(real, n)), flops=draw(column(real, n)), seconds=draw(column(real, n)),
            logprob=draw(column(real, n)), token_logprobs=draw(rows(st.floats(-9, 0, width=32), n)),
            step_tokens=draw(rows(st.integers(0, 99).map(float), n)),
            scores={one: draw(column(scores, n)) for one in JUDGES},
            step_scores={one: draw(rows(st.floats(0, 1, width=32), n)) for one in JUDGES},
            verifier_tokens={one: draw(column(whole, n)) for one in JUDGES},
        ))  # fmt: skip
    return made


def pool_of(path: Path, made: list[ProblemSamples]) -> Pool:
    with PoolWriter(path, verifiers=JUDGES) as writer:
        for one in made:
            writer.write(one)
    return Pool.open(path)


def columns(one: ProblemSamples, kept: tuple[str, ...] | None) -> dict[str, list[object]]:
    """Columns as plain lists, those without anything in them left out."""
    found = {
        name: [_known(value) for value in values] for name, values in one.columns() if kept is None or name in kept
    }
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def _known(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and math.isnan(value) else value


def check_same(made: list[ProblemSamples], found: list[ProblemSamples], kept: tuple[str, ...] | None = None) -> None:
    assert [one.problem for one in found] == [one.problem for one in made]
    for one, other in zip(made, found, strict=True):
        assert (other.question, other.reference) == (one.question, one.reference)
        assert columns(other, kept) == columns(one, kept)


@settings(max_examples=20, suppress_health_check=SLOW)
@given(made=problems())
def test_lines_of_json_hold_everything(tmp_path_factory: pytest.TempPathFactory, made: list[ProblemSamples]) -> None:
    folder = tmp_path_factory.mktemp("jsonl")
    out = folder / "rows.jsonl"
    export_pool(pool_of(folder / "pool", made), out, Target.JSONL)
    found, told, _ = imported(out, Format.JSONL)
    assert told.bad_count == 0
    assert [one.key for one in found] == [one.key for one in made]
    check_same(made, found)


@settings(max_examples=20, suppress_health_check=SLOW)
@given(made=problems(), name=st.sampled_from(["all.json", "all.jsonl", "folder"]))
def test_monkeys_hold_texts_answers_and_marks(
    tmp_path_factory: pytest.TempPathFactory, made: list[ProblemSamples], name: str
) -> None:
    folder = tmp_path_factory.mktemp("monkeys")
    export_pool(pool_of(folder / "pool", made), folder / name, Target.MONKEYS)
    found, told, _ = imported(folder / name, Format.MONKEYS, rule="free_answer")
    assert told.bad_count == 0
    assert [(one.task, one.model) for one in found] == [(one.task, one.model) for one in made]
    check_same(made, found, ("sample", "text", "value", "vote", "correct"))


@settings(max_examples=20, suppress_health_check=SLOW)
@given(made=problems())
def test_search_and_learn_holds_texts_answers_and_one_verifier(
    tmp_path_factory: pytest.TempPathFactory, made: list[ProblemSamples]
) -> None:
    folder = tmp_path_factory.mktemp("sal")
    out = folder / "best_of_n_completions.jsonl"
    export_pool(pool_of(folder / "pool", made), out, Target.SEARCH_AND_LEARN, verifier="prm")
    found, told, pool = imported(out, Format.SEARCH_AND_LEARN, scored_by="prm")
    assert (told.bad_count, pool.verifiers) == (0, ("prm",))
    assert [one.level for one in found] == [one.level for one in made]
    kept = ("sample", "text", "value", "vote", "completion_tokens", "score:prm", "step_scores:prm")
    check_same(made, found, kept)


@settings(max_examples=10, suppress_health_check=SLOW)
@given(made=problems())
def test_parquet_and_csv_have_every_sample(
    tmp_path_factory: pytest.TempPathFactory, made: list[ProblemSamples]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    pool = pool_of(folder / "pool", made)
    export_pool(pool, folder / "rows.parquet", Target.PARQUET, ("problem", "text", "score:prm"))
    table = pq.read_table(folder / "rows.parquet")
    assert table.column_names == ["problem", "text", "score:prm"]
    assert table["text"].to_pylist() == [text for one in made for text in one.text or ()]
    export_pool(pool, folder / "rows.csv", Target.CSV, ("problem", "level", "correct", "step_tokens", "text"))
    with (folder / "rows.csv").open(newline="", encoding="utf-8") as file:
        names, *lines = list(csv.reader(file, strict=True))
    assert names == ["problem", "level", "correct", "step_tokens", "text"]
    expected = [
        [one.problem, str(one.level), {1.0: "true", 0.0: "false"}.get(mark, ""), _known(steps), text]
        for one in made
        for mark, steps, text in zip(one.correct, one.step_tokens, one.text, strict=True)  # type: ignore[arg-type]
    ]
    assert [[*line[:3], json.loads(line[3] or "null"), line[4]] for line in lines] == expected
