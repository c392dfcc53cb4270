"""The page of verifiers is what the docstrings and audits say, and leaves none out."""

import re
from types import ModuleType

import pytest

from outlay.verifiers import VERIFIERS
from tests.docs.page_writers import DOCS, page_writer


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return page_writer("write_verifiers")


def test_the_page_is_up_to_date(writer: ModuleType) -> None:
    assert writer.page() == (DOCS / "verifiers.md").read_text(encoding="utf-8"), "run: make docs"


def test_every_verifier_is_in_one_family(writer: ModuleType) -> None:
    listed = [name for _, _, names in writer.FAMILIES for name in names]
    assert sorted(listed) == sorted(VERIFIERS)


def test_the_first_table_names_only_what_there_is(writer: ModuleType) -> None:
    table = (
        writer.TEMPLATE.read_text(encoding="utf-8")
        .partition("## Which one")[2]
        .partition("A judge that cannot tell")[0]
    )
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")][1:]
    assert {name for row in rows for name in re.findall(r"`(\w+)", row)} <= set(VERIFIERS)
