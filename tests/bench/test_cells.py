"""Cells named one by one run as cells of a grid do, and what is wrong with one is told with its place."""

from pathlib import Path

import pytest

from outlay.bench.experiment import Experiment, read
from outlay.bench.grid import expand
from outlay.bench.parts import Parts
from outlay.core.errors import InvalidInputError
from tests.bench.conftest import BASIC
from tests.bench.fakes import PARTS

CELL = 'task = {name = "sums", level = 1}, model = "dice", strategy = "draw(n=1)"'
NAMED = """
questions = 6
verifiers = ["oracle"]
cells = [
    {task = {name = "sums", level = 2}, model = "dice", strategy = "walk(width=2)", budget = "samples=40", seed = 1},
    {task = {name = "sums", level = 1}, model = {name = "dice"}, strategy = "draw(n=4)", verifier = "oracle"},
    {task = {name = "sums", level = 1}, model = "dice", strategy = {name = "draw", n = 1}, seed = 1},
]
"""


def read_text(source: str) -> Experiment:
    return read(source, PARTS, Path("basic.toml"))


def test_a_named_cell_has_the_keys_of_the_same_cell_of_a_grid(parts: Parts) -> None:
    grid = {trial.key: trial.cell for trial in expand(read_text(BASIC), parts)}
    trials = expand(read_text(NAMED), parts)
    assert [trial.cell.seed for trial in trials] == [1] * 12 + [0] * 6
    assert [trial.index for trial in trials[:4]] == [0, 0, 1, 1]
    known = [trial for trial in trials if trial.key in grid]
    assert len(known) == 6
    assert all(grid[trial.key] == trial.cell for trial in known)


def test_cells_stand_beside_a_grid(parts: Parts) -> None:
    both = read_text(BASIC + f'cells = [{{{CELL}, budget = "samples=3"}}]')
    assert len(both.cells) == 2 * 2 * 3 + 1
    assert both.seeds == (0, 1)
    assert len({trial.key for trial in expand(both, parts)}) == 6 * 13


def test_an_experiment_of_cells_alone_has_the_first_as_its_baseline() -> None:
    found = read_text(NAMED)
    assert found.baseline == "walk(width=2) with oracle"
    assert found.seeds == (1, 0)
    assert found.questions == 6


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ('["draw"]', "basic.toml: cells[0]: must be a table, as in  {task = "),
        ("[]", "basic.toml: cells must be a list with at least one item"),
        (f'[{{{CELL}}}, {{task = "sums"}}]', "basic.toml: cells[1]: model is missing, as in  {task = "),
        (f'[{{{CELL}, sed = 3}}]', "unknown key in basic.toml: cells[0]: 'sed'; did you mean 'seed'?"),
        (f'[{{{CELL}, seed = -1}}]', "basic.toml: cells[0]: seed must be a whole number, 0 or above"),
        (f'[{{{CELL}, budget = 5}}]', "basic.toml: cells[0]: budget: must be a text such as"),
        (f'[{{{CELL}, verifier = "orcle"}}]', "basic.toml: cells[0]: strategy: unknown verifier 'orcle'"),
        (f'[{{{CELL.replace("dice", "dise")}}}]', "basic.toml: cells[0]: model: unknown model 'dise'"),
        (f'[{{{CELL.replace("level = 1", "level = 7")}}}]', "basic.toml: cells[0]: task: sums: level=7 is not valid"),
        (f'[{{{CELL.replace("level = 1", "levels = [1, 2]")}}}]', "cells[0]: task: a cell has one level; got 2"),
        (f'[{{{CELL.replace("n=1", "n=4")}}}]', "basic.toml: cells[0]: strategy: draw needs a verifier"),
        (f"[{{{CELL}}}, {{{CELL}}}]", "cells: 'sums, level 1, dice, draw(n=1), unlimited, seed 0' is there"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_cell_is_told_with_its_place(cells: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_text(f"questions = 2\ncells = {cells}")
    assert said in str(caught.value)


@pytest.mark.parametrize("lone", ['budgets = ["samples=3"]', "seeds = [1, 2]", 'models = ["dice"]'])
def test_half_a_grid_beside_cells_is_refused(lone: str) -> None:
    with pytest.raises(InvalidInputError, match=r"basic\.toml: strategies is missing"):
        read_text(f"questions = 2\n{lone}\ncells = [{{{CELL}}}]")


def test_the_verifier_of_several_has_to_be_named() -> None:
    with pytest.raises(InvalidInputError, match="needs a verifier; name one"):
        read_text(f'verifiers = ["oracle", "served"]\ncells = [{{{CELL.replace("n=1", "n=4")}}}]')
