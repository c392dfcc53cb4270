"""The report needs no network and says what the summary says; the table fits into a terminal of 80 columns."""

import csv
import html
import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import anyio
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from outlay.bench.experiment import read
from outlay.bench.parts import Parts
from outlay.bench.report import CSV, PARQUET, TABLE, Report, write_report
from outlay.bench.runner import run
from outlay.bench.summary import Row
from outlay.bench.table import COLUMNS, summary_table
from outlay.core.errors import InvalidInputError
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS

PARTS = Parts(MODELS, STRATEGIES, VERIFIERS, TASKS)
EXPERIMENT = """
name = "small <b>"
questions = 10
tasks = [{name = "chain", levels = [1, 2]}]
models = ["simulated(pass_rate=0.6, wrong_answers=3)"]
strategies = ["greedy", "self_consistency(n=4)", "best_of_n(n=4)"]
verifiers = ["noisy(of=exact, false_positive=0.1)"]
budgets = ["tokens=20000"]
"""
MANY = EXPERIMENT.replace("levels = [1, 2]}", 'level = 1}, {name = "countdown", level = 1}').replace(
    'budgets = ["tokens=20000"]', 'budgets = ["tokens=20000", "tokens=60,seconds=100"]'
).replace("questions = 10", "questions = 3")  # fmt: skip


def made(source: str, folder: Path) -> Report:
    experiment = read(source, PARTS, folder / "small.toml")
    anyio.run(lambda: run(experiment, PARTS, folder))
    return write_report(folder)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return made(EXPERIMENT, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return made(MANY, tmp_path_factory.mktemp("many"))


class Page(HTMLParser):
    """What a page loads, its styles, and the texts of its tables' cells by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.styles = ""
        self.rows: list[list[str]] = []
        self.table_of: list[str] = []
        self.figures: list[str] = []
        self.tables: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "wbr":
            self._inside = tag
        for name, value in attrs:
            if name in {"src", "href", "srcset", "data", "poster", "action", "xlink:href"} and str(value)[:1] != "#":
                self.loads.append(str(value))
            if name == "style":
                self.styles += f"{value};"
            if name == "data-figure":
                self.figures.append(str(value))
        if tag == "table":
            self.tables.append(str(dict(attrs).get("id")))
        if tag == "tr":
            self.rows.append([])
            self.table_of.append(self.tables[-1])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "style", "script"}:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.styles += data
        elif self._inside in {"td", "th", "div", "span", "i", "b", "button"} and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def page(report: Report) -> Page:
    return Page(report.path.read_text(encoding="utf-8").partition('<div class="problems">')[0])


def test_the_page_loads_nothing(page: Page, report: Report) -> None:
    assert page.loads == []
    assert not re.search(r"@import|url\(", page.styles)
    policy = re.search(
        r'Content-Security-Policy" content="([^"]*)"', html.unescape(report.path.read_text(encoding="utf-8"))
    )
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "http" not in policy[1]


def test_every_figure_is_in_the_page_and_those_worth_a_file_are_beside_it(page: Page, report: Report) -> None:
    text = report.path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', text, flags=re.DOTALL)
    assert found is not None
    figures = json.loads(found[1])
    axes = ["tokens", "dollars", "flops", "seconds"]
    assert (
        list(figures)
        == page.figures
        == [name for axis in axes for name in (axis, f"front-{axis}")] + ["levels", "samples"]
    )
    for name, figure in figures.items():
        assert all(figure["panels"])
        assert {mark[0] for marks in figure["panels"] for mark in marks} <= set(range(len(figure["lines"])))
        assert all(0 <= low <= y <= high <= 1 for marks in figure["panels"] for _, _, y, low, high, _ in marks)
        if name in {"tokens", "front-tokens", "levels", "samples"}:
            assert (report.path.parent / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n")
            assert "<svg" in (report.path.parent / f"{name}.svg").read_text(encoding="utf-8")[:200]


def test_names_are_escaped(report: Report) -> None:
    text = report.path.read_text(encoding="utf-8")
    assert "<title>small &lt;b&gt;</title>" in text
    assert "small <b>" not in text


def shown(page: Page, name: str) -> list[dict[str, str]]:
    """The lines of all tables whose id begins so, by their heads."""
    found = [row for row, table in zip(page.rows, page.table_of, strict=True) if table.startswith(name)]
    heads = next(row for row in found if "strategy" in row)
    return [dict(zip(heads, (cell.strip() for cell in row), strict=True)) for row in found if row != heads]


def test_every_number_in_the_tables_is_the_summarys(page: Page, report: Report) -> None:
    results, costs = shown(page, "results-"), shown(page, "costs-")
    assert len(results) == len(costs) == len(report.rows) == 6
    for cells, spent, row in zip(results, costs, report.rows, strict=True):
        cost = row.cost
        assert cells["strategy"] == spent["strategy"] == row.method.name
        assert cells["n"] == str(row.questions) == "10"
        counts = {
            "tokens": cost.tokens, "prompt": cost.prompt_tokens, "completion": cost.completion_tokens,
            "verifier": cost.verifier_tokens, "cached": cost.cached_tokens, "samples": cost.samples,
            "calls": cost.calls,
        }  # fmt: skip
        for name, count in counts.items():
            assert spent[name] == f"{count:,}"
        assert cells["tokens"] == spent["tokens"]
        assert float(cells["seconds"]) == pytest.approx(cost.seconds, abs=1e-3)
        assert row.accuracy is not None
        assert numbers(cells["accuracy"]) == rounded(row.accuracy.estimate, row.accuracy.low, row.accuracy.high)
        against = next(text for name, text in cells.items() if name.startswith("against"))
        if row.comparison is None or row.p_value is None:
            assert (against, cells["p"], cells["MDE"]) == ("", "", "")
        else:
            gap = row.comparison.difference
            assert numbers(against) == rounded(gap.estimate, gap.low, gap.high)
            assert cells["p"] == ("<0.001" if row.p_value < 0.001 else f"{row.p_value:.3f}")
            assert cells["MDE"] == (f"{100 * row.comparison.detectable:.1f}" if row.comparison.detectable else "")


def test_the_tables_beside_the_page_hold_every_figure_unrounded(report: Report) -> None:
    with (report.path.parent / CSV).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    typed = pq.read_table(report.path.parent / PARQUET).to_pylist()
    assert len(lines) == len(typed) == len(report.rows)
    for line, values, row in zip(lines, typed, report.rows, strict=True):
        assert list(line) == list(values)
        assert values["strategy"] == line["strategy"] == row.method.strategy
        assert row.accuracy is not None
        assert (values["accuracy"], values["accuracy_low"], values["accuracy_high"]) == row.accuracy
        assert float(line["accuracy_low"]) == row.accuracy.low
        assert (line["gain"] == "") == (values["gain"] is None) == (row.comparison is None)
        assert values["tokens"] == int(line["tokens"]) == row.cost.tokens
        assert values["p_value"] == row.p_value


def test_the_baseline_is_compared_with_nothing_and_all_others_with_it(report: Report) -> None:
    for row in report.rows:
        assert (row.comparison is None) == (row.method.name == "greedy")


def test_every_comparison_is_shown_with_the_least_gain_that_it_could_find(report: Report) -> None:
    text = (report.path.parent / TABLE).read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    place = next(line for line in lines if "MDE" in line).index("MDE")
    shown = [line[place] for line in lines if line[0].startswith("`")]
    compared = [row.comparison for row in sorted(report.rows, key=lambda row: row.method.exam)]
    assert shown == [f"{100 * one.detectable:.1f}" if one and one.detectable else "" for one in compared]
    assert any(shown)


def table_lines(rows: list[Row], width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(summary_table(rows, "greedy"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in text.splitlines())
    return list(text.splitlines())


@pytest.mark.parametrize("which", ["report", "many"])
def test_no_column_collapses_in_eighty_columns(which: str, request: pytest.FixtureRequest) -> None:
    found: Report = request.getfixturevalue(which)
    lines = table_lines(list(found.rows), 80)
    head = next(line for line in lines if "strategy" in line)
    assert all(name in head for name in COLUMNS)
    assert "…" not in "".join(lines)
    text = "\n".join(lines)
    for row in found.rows:
        assert row.method.name.split("(")[0] in text
        assert row.accuracy is not None
        assert f"{100 * row.accuracy.estimate:.1f}% [{100 * row.accuracy.low:.0f}" in text
        assert f" {row.cost.tokens:,} " in text


def test_what_all_rows_share_is_said_once(report: Report, many: Report) -> None:
    text = "\n".join(table_lines(list(report.rows), 120))
    assert text.count("simulated") == 1
    assert text.count("tokens=20000") == 1
    assert [text.count(f"chain, level {level}") for level in (1, 2)] == [1, 1]
    several = "\n".join(table_lines(list(many.rows), 120))
    assert several.count("simulated") == 1
    assert several.count("countdown, level 1, tokens=20000") == 1
    assert several.count("tokens=60,seconds=100") == 2


def test_a_long_name_folds_and_a_failure_is_counted(report: Report) -> None:
    row = report.rows[2]
    assert row.method.verifier
    lines = table_lines([row], 80)
    folded = "".join(line[:22].strip() for line in lines)
    assert "false_positive" in "".join(folded.split())


def test_a_folder_without_a_finished_trial_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there are no results in"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("questions = 10", "questions = 0", "questions must be a whole number, 1 or above"),
        ("questions = 10", 'questions = "ten"', "questions must be a whole number"),
        ("questions = 10", "questions =", "not valid TOML: .*line 3"),
        ("questions", "qestions", "unknown key in small.toml: 'qestions'; did you mean 'questions'"),
        ('name = "small <b>"', "name = 3", "name must be a text"),
        ('{name = "chain", levels = [1, 2]}', "", "tasks must be a list with at least one item"),
        ("levels = [1, 2]", "levels = [1, 9]", r"tasks\[0\]: chain: level=9 is not valid; level must be from 1 to 6"),
        ("levels = [1, 2]", "levels = []", r"tasks\[0\]: level must be a whole number"),
        ("levels = [1, 2]", "level = 1, levels = [2]", r"tasks\[0\]: give level or levels, not both"),
        (", levels = [1, 2]", "", r"tasks\[0\]: chain needs a level from 1 to 6"),
        ('"chain"', '"chian"', r"tasks\[0\]: unknown task 'chian'; did you mean 'chain'"),
        ("pass_rate=0.6", "pass_rate=6", r"models\[0\]: model simulated: pass_rate=6.0 is not valid"),
        ("simulated(", "simulatde(", r"models\[0\]: unknown model 'simulatde'; did you mean 'simulated'"),
        ('"greedy", ', '"greedy", 3, ', r"strategies\[1\]: must be NAME"),
        ('"greedy", ', '"greedy", "greedy", ', "strategies: 'greedy' is there more than once"),
        ("best_of_n(n=4)", "best_of_n(n=0)", r"strategies\[2\]: best_of_n: n=0 is not valid"),
        ('verifiers = ["noisy(of=exact, false_positive=0.1)"]', "", r"strategies\[2\]: best_of_n needs a verifier"),
        ("best_of_n(n=4)", "beam_search", r"strategies\[2\]: beam_search needs a verifier that judges steps"),
        ("of=exact", "of=exat", r"verifiers\[0\]: unknown verifier 'exat'; did you mean 'exact'"),
        ("tokens=20000", "tokens=0", r"budgets\[0\]: budget: tokens=0 is not valid"),
        ("tokens=20000", "tokens", r"budgets\[0\]: budget: 'tokens' is not of the form"),
        ("tokens=20000", "token=1", r"budgets\[0\]: unknown budget limit 'token'; did you mean 'tokens'"),
        ('name = "small <b>"', 'baseline = "gredy"', "unknown baseline in small.toml: 'gredy'; did you mean 'greedy'"),
        ('name = "small <b>"', "seeds = [1, 1]", "seeds must be a list of different whole numbers"),
        ('name = "small <b>"', "seed = 1\nseeds = [1]", "give seed or seeds, not both"),
        ('name = "small <b>"', "concurrency = 0", "concurrency must be a whole number, 1 or above"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert EXPERIMENT.count(old) >= 1
    with pytest.raises(InvalidInputError, match=said) as caught:
        read(EXPERIMENT.replace(old, new, 1), PARTS, tmp_path / "small.toml")
    assert "small.toml" in str(caught.value)


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"[-+]?\d+(?:\.\d+)?", text)]


def rounded(estimate: float, low: float, high: float) -> list[float]:
    return [float(f"{100 * estimate:.1f}"), float(f"{100 * low:.0f}"), float(f"{100 * high:.0f}")]
