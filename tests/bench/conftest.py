"""What every benchmark test starts from: catalogues of fakes and a small experiment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from outlay.bench.experiment import Experiment, read
from outlay.bench.parts import Parts
from tests.bench.fakes import PARTS

BASIC = """
name = "basic"
questions = 6
tasks = [{name = "sums", levels = [1, 2]}]
models = ["dice"]
strategies = ["draw(n=1)", {strategy = "draw(n=4)", verifier = "oracle"}, "walk(width=2)"]
verifiers = ["oracle"]
budgets = ["samples=40"]
seeds = [0, 1]
concurrency = 3
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def parts() -> Parts:
    return PARTS


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., Experiment]:
    """Reads BASIC with some text in it replaced."""

    def make(*changes: tuple[str, str]) -> Experiment:
        source = BASIC
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        return read(source, PARTS, tmp_path / "basic.toml")

    return make
