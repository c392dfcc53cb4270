"""The page of a pool tells what was evaluated, and of each problem how often it is right; it is quiet in a browser."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from outlay.bench.pooling.questions import LEAST_ROWS, LONGEST, exam_questions
from outlay.bench.pooling.report import write_pool_report
from outlay.pools import Manifest, Pool, PoolWriter, ProblemSamples, evaluate
from tests.browser import open_page
from tests.pools.worlds import JUDGE, random_samples

HOSTILE = "</script><img src=x onerror=alert(1)>"


def graded(name: str, right: int, of: int, **changes: object) -> ProblemSamples:
    values = ["yes"] * right + ["no"] * (of - right)
    one = ProblemSamples(
        name,
        np.arange(of),
        text=[f"say {value}" for value in values],
        value=values,
        correct=np.array([float(value == "yes") for value in values]),
        completion_tokens=np.full(of, 3.0),
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def pool_of(path: Path, *problems: ProblemSamples) -> Pool:
    with PoolWriter(path, Manifest("a test", temperature=1.0)) as writer:
        for one in problems:
            writer.write(one)
    return Pool.open(path)


def test_problems_are_told_apart_by_their_pass_rate(tmp_path: Path) -> None:
    counts = (0, 1, 9, 10, 49, 50, 89, 90, 99, 100)
    pool = pool_of(tmp_path / "pool.parquet", *(graded(f"q{right}", right, 100) for right in counts))
    [found] = exam_questions(pool, 1)
    assert found.bands == [1, 2, 2, 2, 2, 1]
    assert [row.right.estimate for row in found.rows] == [right / 100 for right in counts]
    assert [row.leading for row in found.rows] == ["no"] * 5 + ["yes"] * 5
    assert [row.leading_right for row in found.rows] == [False] * 5 + [True] * 5
    assert found.rows[0].examples == [(False, "say no")]
    assert found.rows[3].examples == [(True, "say yes"), (False, "say no")]


def test_only_the_first_problems_are_shown_and_all_counted(tmp_path: Path) -> None:
    many = LEAST_ROWS + 5
    long = graded("long", 1, 2, text=["x" * (LONGEST + 1), None])
    pool = pool_of(tmp_path / "pool.parquet", long, *(graded(f"q{i}", 1, 2) for i in range(many)))
    [found] = exam_questions(pool, 10_000)
    assert found.problems == sum(found.bands) == many + 1
    assert len(found.rows) == LEAST_ROWS
    assert [(right, len(text)) for right, text in found.rows[0].examples] == [(True, LONGEST + 2)]


def test_ungraded_samples_count_nowhere(tmp_path: Path) -> None:
    half = graded("half", 2, 4, correct=np.array([1.0, np.nan, 0.0, np.nan]))
    none = graded("none", 2, 4, correct=np.full(4, np.nan))
    [found] = exam_questions(pool_of(tmp_path / "pool.parquet", half, none), 1)
    assert found.problems == 1
    assert (found.rows[0].samples, found.rows[0].right.estimate) == (2, 0.5)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    rng = np.random.default_rng(0)
    with PoolWriter(folder / "pool.parquet", Manifest(HOSTILE), [JUDGE]) as writer:
        for i in range(6):
            one = random_samples(rng, 8)
            writer.write(replace(one, problem=f"q{i}", task="chain", level=1 + i % 2, question=HOSTILE))
    pool = Pool.open(folder / "pool.parquet")
    return write_pool_report(pool, evaluate(pool), folder / "report")


def test_the_page_is_quiet_and_shows_every_row(page: Path) -> None:
    rows = (page.parent / "table.csv").read_text().count("\n") - 1
    with open_page(page) as shown:
        expect(shown.locator("[data-figure=samples] .plot svg")).to_have_count(2)
        expect(shown.locator("#results tbody tr")).to_have_count(rows)
        expect(shown.locator("#problems tbody tr")).to_have_count(6)
        assert shown.locator("img").count() == 0
        shown.locator("#problems details summary").first.click()
        expect(shown.locator("#problems details pre").first).to_be_visible()
        shown.locator("#axis-tokens").focus()
        shown.keyboard.press("ArrowRight")
        expect(shown.locator("#axis-seconds")).to_be_checked()


def test_its_tables_say_the_same(page: Path) -> None:
    table = (page.parent / "table.md").read_text()
    assert "### chain, level 2" in table
    assert "| `coverage` | 8 | 3 |" in table
    assert (page.parent / "samples.png").stat().st_size > 5_000
