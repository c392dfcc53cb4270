"""The page of strategies is what the docstrings say."""

import re
from types import ModuleType

import pytest

from outlay.allocate.catalogue import ALL_STRATEGIES
from tests.docs.page_writers import DOCS, page_writer


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return page_writer("write_strategies")


def test_the_page_is_up_to_date(writer: ModuleType) -> None:
    assert writer.page() == (DOCS / "strategies.md").read_text(encoding="utf-8"), "run: make docs"


@pytest.mark.parametrize("name", list(ALL_STRATEGIES))
def test_every_strategy_says_where_it_helps_what_it_costs_and_where_it_comes_from(name: str) -> None:
    page = (DOCS / "strategies.md").read_text(encoding="utf-8")
    entry = page.partition(f"### `{name}`")[2].partition("\n### ")[0]
    assert re.search(r"helps|meant for|baseline", entry)
    assert re.search(r"\*Costs\* \S", entry)
    assert re.search(r"\*Source\* \S", entry)


def test_the_first_table_names_only_what_there_is(writer: ModuleType) -> None:
    named = {name for _, take, _ in writer.CHOICES for name in re.findall(r"`(\w+)", take)}
    assert named <= set(ALL_STRATEGIES)
