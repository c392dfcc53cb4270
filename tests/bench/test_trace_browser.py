"""In a real browser, traces and the table of questions show what was recorded, by mouse and by keyboard."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined
from playwright.sync_api import Page, expect

from outlay.bench.experiment import read
from outlay.bench.problem_table import problem_tables
from outlay.bench.runner import run
from outlay.bench.store import read_store
from outlay.bench.trace_page import trace_page
from outlay.testing.scripted import ScriptedModel
from tests.bench.fakes import PARTS, sum_problem
from tests.bench.traced import text_of, traced
from tests.browser import open_page

HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><b>=3"


def trace_of(strategy: str, **settings: Any) -> dict[str, Any]:
    return anyio.run(lambda: traced(strategy, **settings))[0]


def write(path: Path, *traces: dict[str, Any]) -> Path:
    path.write_text(trace_page(traces), encoding="utf-8")
    return path


def items(page: Page) -> Any:
    return page.get_by_role("treeitem")


def selected(page: Page) -> str:
    return page.locator("[role=treeitem][aria-selected=true] > .row .text").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_the_whole_tree_is_there_and_what_led_nowhere_can_be_hidden(tmp_path: Path, dark: bool) -> None:
    trace = trace_of("beam_search(width=2, expansion=3)")
    with open_page(write(tmp_path / "beams.html", trace), dark=dark) as page:
        page.get_by_role("button", name="open all").click()
        expect(items(page)).to_have_count(len(trace["nodes"]) + 1)
        assert page.locator("svg .dot").count() == len(trace["nodes"])
        levels = page.evaluate("[...document.querySelectorAll('[role=treeitem]')].map(one => Number(one.ariaLevel))")
        assert levels == [1, *(node["depth"] + 1 for node in trace["nodes"])]
        notes = page.locator(".note").all_inner_texts()
        dropped = sum(node.get("dropped", False) for node in trace["nodes"])
        assert notes.count("pruned") + notes.count("duplicate") == dropped > 0
        assert notes.count("answer") == 1
        text = text_of(trace, trace["answer"]["node"])
        assert page.locator(".trace-detail pre").inner_text().strip() == text.strip()
        page.get_by_label("hide what led nowhere").check()
        assert page.locator("[role=treeitem].dead:visible").count() == 0
        assert page.locator(".path").first.is_visible()
        picture = tmp_path / "beams.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 10_000
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_the_keyboard_moves_opens_and_closes(tmp_path: Path) -> None:
    trace = trace_of("beam_search(width=2, expansion=2)")
    with open_page(write(tmp_path / "keys.html", trace)) as page:
        page.locator("[role=treeitem][tabindex='0']").focus()
        assert page.locator("[role=treeitem][tabindex='0']").count() == 1
        page.keyboard.press("Home")
        assert selected(page) == trace["question"]
        page.keyboard.press("ArrowLeft")
        expect(items(page).first).to_have_attribute("aria-expanded", "false")
        assert page.locator("[role=treeitem]:visible").count() == 1
        page.keyboard.press("Enter")
        expect(items(page).first).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowRight")
        assert selected(page) == trace["nodes"][0]["text"].strip()
        assert page.locator(".trace-detail pre").inner_text().strip() == trace["nodes"][0]["text"].strip()
        below = any(node["parent"] == 0 for node in trace["nodes"])
        for _ in range(1 + below):
            page.keyboard.press("ArrowLeft")
        assert selected(page) == trace["question"]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        assert selected(page) == trace["question"]
        page.keyboard.press("End")
        assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
        assert selected(page) != trace["question"]


def test_particles_are_drawn_with_their_ancestors(tmp_path: Path) -> None:
    trace = trace_of("particle_filter(n=6, threshold=1.0)")
    columns = [event for event in trace["events"] if event["kind"] == "weighed"]
    resampled = sum(event["kind"] == "resampled" for event in trace["events"])
    with open_page(write(tmp_path / "particles.html", trace)) as page:
        assert page.locator("svg .dot").count() == 6 * len(columns)
        assert page.locator("svg path.line").count() == 6 * (len(columns) - 1)
        assert page.locator("svg line.resampled").count() == resampled > 0
        assert page.locator("svg .dot.path").count() == len(columns)
        number = columns[1]["nodes"][4]
        page.locator("svg .dot").and_(page.locator(f"[data-node='{number}']")).last.click()
        assert selected(page) == trace["nodes"][number]["text"].strip()
        assert page.locator("svg .dot.chosen").count() >= 1
        page.screenshot(path=tmp_path / "particles.png", full_page=True)


def test_a_conversation_stands_below_what_it_quotes(tmp_path: Path) -> None:
    model = ScriptedModel(lambda messages, rng: f"{rng.integers(10**6)}=3")
    trace = trace_of("self_refine(rounds=2)", model=model, problem=sum_problem(1, 2))
    with open_page(write(tmp_path / "talk.html", trace)) as page:
        expect(items(page)).to_have_count(10)
        levels = page.evaluate("[...document.querySelectorAll('[role=treeitem]')].map(one => Number(one.ariaLevel))")
        assert levels == [*range(1, 11)]
        assert page.locator(".path").count() == 10
        page.locator(".row", has_text="improve it").first.click()
        assert "quotes" in page.locator(".trace-detail").inner_text()


def test_text_of_a_model_is_text(tmp_path: Path) -> None:
    model = ScriptedModel(lambda messages, rng: HOSTILE)
    trace = trace_of("best_of_n(n=2)", model=model, problem=sum_problem(1, 2))
    trace["question"] = HOSTILE
    with open_page(write(tmp_path / "hostile.html", trace, trace)) as page:
        assert page.locator("img").count() == 0
        assert page.locator("b").count() > 0, "the answers themselves are bold"
        assert page.locator(".trace-tree .text", has_text="onerror").count() == 4
        assert page.title() == HOSTILE
        assert page.locator("[role=tree]").count() == 2


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with nothing but the table of a small run."""
    folder = tmp_path_factory.mktemp("table")
    source = """
questions = 8
tasks = [{name = "sums", level = 1}]
models = ["dice"]
strategies = ["draw(n=1)", {strategy = "walk(width=3)", verifier = "oracle"}]
"""
    anyio.run(lambda: run(read(source, PARTS, folder / "sums.toml"), PARTS, folder))
    with read_store(folder) as store:
        problems = problem_tables(store, [*store.trials()])
    environment = Environment(
        loader=PackageLoader("outlay.bench"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = '<!doctype html><html lang="en"><title>table</title>{% include "problem_table.html.jinja" %}</html>'
    (folder / "table.html").write_text(environment.from_string(page).render(problems=problems), encoding="utf-8")
    return folder / "table.html"


def test_an_answer_in_the_table_opens_its_trace(table: Path, tmp_path: Path) -> None:
    with open_page(table) as page:
        assert page.locator("tbody tr").count() == 8
        answer = page.locator("tbody tr").nth(2).locator("button").nth(1)
        answer.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator("[role=tree]")).to_be_visible()
        methods = dialog.locator("nav button")
        assert methods.count() == 2
        assert methods.nth(1).get_attribute("aria-pressed") == "true"
        assert methods.nth(1).inner_text().endswith(answer.inner_text())
        shown = dialog.locator(".trace-facts b").inner_text()
        assert shown == answer.inner_text()
        methods.nth(0).click()
        expect(methods.nth(0)).to_have_attribute("aria-pressed", "true")
        expect(dialog.locator(".trace-tree")).to_have_count(1)
        page.screenshot(path=tmp_path / "dialog.png")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_questions_that_all_answer_alike_can_be_left_out(table: Path) -> None:
    with open_page(table) as page:
        agreed = page.locator("tbody tr.agreed").count()
        assert 0 < agreed < 8
        page.get_by_label("only where some are right and others wrong").check()
        assert page.locator("tbody tr:visible").count() == 8 - agreed
