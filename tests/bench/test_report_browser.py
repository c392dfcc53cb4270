"""In a real browser the report is quiet, legible in light and dark, works by keyboard alone and prints."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from outlay.bench.report import write_comparison, write_report
from tests.bench.stored import Made, write_run
from tests.browser import open_page

METHODS = {"draw(n=1)": (4, 60), "draw(n=4)": (6, 400), "walk(width=2)": (8, 900)}


def run(folder: Path, better: int = 0, **cell: Any) -> Path:
    """Three methods at two levels, with independent candidates and a failure."""
    made: dict[str, dict[int, Made | str | None]] = {
        strategy: {
            i: Made(i % 10 < right + better, tokens + 7 * i, f"question {i} <b>", (i % 2 > 0, True)) for i in range(12)
        }
        for strategy, (right, tokens) in METHODS.items()
    }
    made["draw(n=4)"][12] = "the dice are <i>lost</i>"
    return write_run(folder, made, name="three <b>", levels=(1, 2), **cell)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(run(tmp_path_factory.mktemp("three"))).path


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    write_comparison([run(folder / "a"), run(folder / "b", better=1)], folder / "comparison.html")
    return folder / "comparison.html"


def drawn(page: Page) -> Page:
    """The page, once its figures are there."""
    page.wait_for_selector("html[data-drawn]")
    return page


def luminance(page: Page, selector: str, what: str) -> float:
    """Of a colour on the page, from 0 to 1; roughly, which is enough to tell paper from ink."""
    text = page.evaluate(f"getComputedStyle(document.querySelector({selector!r})).{what}")
    red, green, blue = (int(number) / 255 for number in re.findall(r"\d+", text)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_every_section_is_legible_in_light_and_dark(report: Path, tmp_path: Path, dark: bool) -> None:
    with open_page(report, dark=dark) as page:
        drawn(page)
        names = page.locator("section[id]").evaluate_all("all => all.map(one => one.id)")
        assert names == ["results", "cost", "levels", "samples", "costs", "problems", "failures", "setup", "notes"]
        assert page.locator("nav a").evaluate_all("all => all.map(one => one.hash.slice(1))") == names
        for name in names:
            picture = tmp_path / f"{name}.png"
            page.locator(f"#{name}").screenshot(path=picture)
            # An empty area of this width compresses to less than 3 kB.
            assert picture.stat().st_size > 5_000, name
        paper, ink = luminance(page, "body", "backgroundColor"), luminance(page, "body", "color")
        assert (paper < 0.1 and ink > 0.8) if dark else (paper > 0.9 and ink < 0.2)
        label = luminance(page, ".plot svg .role-axis-label text", "fill")
        assert abs(label - paper) > 0.7, "labels of charts have the page's ink"
        assert page.locator(".plot:visible svg path[aria-label]").count() > 0
        assert "<i>lost</i>" in page.locator("#failures").inner_text()


def test_the_keyboard_is_enough(report: Path) -> None:
    with open_page(report) as page:
        drawn(page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"

        page.locator("#axis-tokens").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#axis-flops")).to_be_checked()
        expect(page.locator("[data-axis=tokens]")).to_be_hidden()
        expect(page.locator("[data-figure=flops] .plot svg").first).to_be_visible()
        assert "FLOPs a question" in page.locator("[data-figure=flops] .plot svg").first.text_content()

        head = page.locator("#results-1 thead th", has_text="tokens")
        tokens = page.locator("#results-1 tbody tr td:nth-last-child(3)")
        head.locator("button").focus()
        page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", "descending")
        down = [int(text.replace(",", "")) for text in tokens.all_inner_texts()]
        assert down == sorted(down, reverse=True)
        page.keyboard.press("Space")
        expect(head).to_have_attribute("aria-sort", "ascending")
        assert [int(text.replace(",", "")) for text in tokens.all_inner_texts()] == down[::-1]
        assert page.locator("#results-1 [aria-sort]").count() == 1

        place = page.locator("[data-figure=flops]")
        line = place.get_by_role("button", name="draw(n=4)")
        line.focus()
        page.keyboard.press("Enter")
        expect(line).to_have_attribute("aria-pressed", "true")
        faint = "all => all.filter(one => Number(getComputedStyle(one).opacity) < 0.2).length"
        page.wait_for_function(
            f"({faint})([...document.querySelectorAll('[data-figure=flops] .mark-line path')]) === 4"
        )
        page.keyboard.press("Enter")
        expect(line).to_have_attribute("aria-pressed", "false")

        page.locator("#samples-numbers summary").focus()
        page.keyboard.press("Enter")
        rows = page.locator("#samples-numbers tbody tr")
        assert rows.count() == 2 * 2 * 2, "two levels, coverage and majority, of one and of two samples"
        assert "coverage: any of k is right\t1\t75.0%" in rows.first.inner_text()


def test_the_reader_chooses_the_colours(report: Path) -> None:
    with open_page(report) as page:
        button = page.get_by_role("button", name="colours")
        seen = []
        for _ in range(3):
            button.click()
            seen.append((button.inner_text(), luminance(page, "body", "backgroundColor") > 0.5))
        assert seen == [("colours: light", True), ("colours: dark", False), ("colours: as the system", True)]


def test_a_narrow_screen_does_not_scroll_sideways(report: Path, tmp_path: Path) -> None:
    with open_page(report, width=380) as page:
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert page.locator(".plot svg").first.bounding_box()["width"] > 300
        page.screenshot(path=tmp_path / "narrow.png", full_page=True)


def test_it_prints_dark_on_white_over_several_pages_without_controls(report: Path, tmp_path: Path) -> None:
    with open_page(report, dark=True) as page:
        drawn(page)
        page.emulate_media(media="print")
        assert luminance(page, "body", "color") < 0.2
        for control in ("#theme", "nav", ".switch", ".numbers", ".choice"):
            expect(page.locator(control).first).to_be_hidden()
        page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
        printed = (tmp_path / "report.pdf").read_bytes()
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 1
        assert len(printed) > 50_000


def test_two_runs_side_by_side(comparison: Path, tmp_path: Path) -> None:
    with open_page(comparison) as page:
        drawn(page)
        rows = page.locator("#differences-1 tbody tr")
        assert rows.count() == 6
        assert page.locator("#differences-1 thead").inner_text().split() == [
            "method",
            "n",
            "a",
            "b",
            "difference",
            "won",
            "lost",
            "MDE",
            "p",
        ]
        assert re.search(r"\+8\.3 \[-10, \+27\]\s+1\s+0\s", rows.first.inner_text())
        assert page.locator("#ratios-1 tbody").inner_text().count("1.00 [1.00, 1.00]") == 6 * 3
        assert "Nothing: experiment file, seeds and environment are the same." in page.locator("#side-1").inner_text()
        expect(page.locator("[data-figure=tokens] .plot svg")).to_have_count(6)
        assert page.locator("[data-figure=tokens] [data-line]").all_inner_texts() == ["a", "b"]
        page.screenshot(path=tmp_path / "comparison.png", full_page=True)
