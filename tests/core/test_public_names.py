"""What ``import outlay`` offers."""

import importlib
import subprocess
import sys

import pytest

import outlay


@pytest.mark.parametrize("name", outlay.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(outlay, name) is not None


def test_public_names_are_sorted_and_listed() -> None:
    assert outlay.__all__ == sorted(outlay.__all__)
    assert dir(outlay) == outlay.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Budgett'"):
        outlay.Budgett  # noqa: B018


def test_solve_is_the_function_and_not_its_module() -> None:
    module = importlib.import_module("outlay.core.solve")
    assert outlay.solve is module.solve


def test_importing_loads_no_heavy_library() -> None:
    code = "import sys, outlay; print([name for name in ('numpy', 'scipy', 'torch', 'anyio') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip() == "[]"
