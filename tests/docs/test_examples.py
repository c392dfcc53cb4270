"""What the documentation shows can be typed and run as it stands."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from outlay.bench.experiment import load, read
from outlay.cli.main import app
from outlay.cli.parts import PARTS
from outlay.core.labelled import LabelledAnswer, write_answers

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def blocks(language: str) -> Iterator[object]:
    for page in PAGES:
        for number, found in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        ):
            yield pytest.param(found, id=f"{page.name}-{number}")


def commands() -> Iterator[object]:
    for page in PAGES:
        for line in page.read_text().splitlines():
            found = re.fullmatch(r" {4}(?:[A-Z_]+=\S+ )*(outlay .*)", line)
            if found:
                yield pytest.param(shlex.split(found[1], comments=True), id=found[1].split("#")[0].strip())


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_parses(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    right = LabelledAnswer("a", True, 1, {"confidence": 1.0})
    write_answers(tmp_path / "labels.jsonl", [right] * 100)
    command, rest = typer.main.get_command(app), words[1:]
    while isinstance(command, typer.core.TyperGroup):
        command = command.commands[rest.pop(0)]
    context = command.make_context(words[0], rest)
    for kind, catalogue in (("strategy", PARTS.strategies), ("verifier", PARTS.verifiers)):
        given = context.params.get(kind)
        for text in given if isinstance(given, list) else [given]:
            # A policy file is made by the command before.
            if text and not text.endswith(".toml"):
                catalogue.build(text)


@pytest.mark.parametrize("code", list(blocks("python")))
def test_every_python_example_runs(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, cwd=ROOT)


@pytest.mark.parametrize("text", list(blocks("toml")))
def test_every_experiment_shown_is_valid_but_for_its_files(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"prompt": "1+1", "answer": "2"}\n' * 300)
    read(text, PARTS, tmp_path / "experiment.toml")


@pytest.mark.parametrize("path", sorted([ROOT / "quickstart.toml", *(ROOT / "experiments").glob("*.toml")]), ids=str)
def test_every_experiment_that_ships_is_valid(path: Path) -> None:
    assert load(path, PARTS).questions > 0


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*PAGES, ROOT / "CONTRIBUTING.md"]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
