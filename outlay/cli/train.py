"""``outlay train pocket``, ``reward``, ``dialogue``, ``extrapolator``: what ships, by the recipe in its card."""

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import anyio
import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from outlay.core.errors import InvalidSettingError, MissingExtraError
from outlay.pocket.weights import SHIPPED

if TYPE_CHECKING:
    from outlay.train.dialogue_evaluation import DialogueResult
    from outlay.train.evaluation import LevelResult

LINE_SECONDS = 60.0
train = typer.Typer(help="Train the embedded models from scratch.", no_args_is_help=True)
Out = Annotated[Path, typer.Option(help="Folder for the model and its card; the same command resumes.")]


@train.command()
def pocket(
    out: Out = Path("pocket-model"),
    size: Annotated[
        str, typer.Option(help="standard, or small: a third of the weights, and eight tasks.")
    ] = "standard",
    tokens: Annotated[int | None, typer.Option(help="Tokens to train on; the size's own number if left out.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights and data.")] = 1,
    problems: Annotated[int, typer.Option(help="Test problems of each level for the card.")] = 200,
    samples: Annotated[int, typer.Option(help="Samples of each test problem.")] = 16,
) -> None:
    """Train a language model; about an hour on two cores, the small one on one."""
    _require_torch("outlay train pocket")
    _require_positive(problems=problems, samples=samples)
    from outlay.train.recipe import Examination, make_language_model  # noqa: PLC0415 (needs PyTorch)
    from outlay.train.sizes import size_of  # noqa: PLC0415

    wanted = size_of(size)
    recipe = replace(wanted.recipe, seed=seed)
    recipe = recipe if tokens is None else replace(recipe, tokens=tokens)
    with _Display() as display:
        results = anyio.run(make_language_model, out, recipe, Examination(problems, samples), display.show, wanted)
    _tell(results, out)


@train.command()
def reward(
    out: Out = Path("pocket-model"),
    model: Annotated[
        Path | None, typer.Option(help="Folder of the language model; the shipped one if left out.")
    ] = None,
    problems: Annotated[int, typer.Option(help="Training problems of each level.")] = 200,
    samples: Annotated[int, typer.Option(help="Samples of each problem.")] = 16,
    labels: Annotated[
        str, typer.Option(help="Step labels: exact, or rollouts (only final answers are checked).")
    ] = "exact",
    epochs: Annotated[int, typer.Option(help="Passes over the samples.")] = 8,
    seed: Annotated[int, typer.Option(help="Of weights and order.")] = 2,
    test_problems: Annotated[int, typer.Option(help="Test problems of each level for the card.")] = 200,
) -> None:
    """Train the process reward model on labelled samples of the language model; about an hour on two cores."""
    _require_torch("outlay train reward")
    _require_positive(problems=problems, samples=samples, epochs=epochs, test_problems=test_problems)
    from outlay.train.recipe import Examination, make_reward_model  # noqa: PLC0415 (needs PyTorch)
    from outlay.train.reward_model import RewardRecipe  # noqa: PLC0415
    from outlay.train.rollouts import Labels, RolloutPlan  # noqa: PLC0415

    if labels not in set(Labels):
        raise InvalidSettingError("outlay train reward", "labels", labels, " or ".join(Labels))
    plan = RolloutPlan(problems=problems, samples=samples, labels=Labels(labels))
    recipe, examination = RewardRecipe(epochs=epochs, seed=seed), Examination(test_problems)
    with _Display() as display:
        results = anyio.run(make_reward_model, out, model or SHIPPED, plan, recipe, examination, display.show)
    _tell(results, out)


@train.command()
def dialogue(
    out: Out = Path("dialogue-model"),
    model: Annotated[
        Path | None, typer.Option(help="Folder of the language model to begin with; the shipped one if left out.")
    ] = None,
    tokens: Annotated[int | None, typer.Option(help="Tokens to train on; 6.5 million if left out.")] = None,
    problems: Annotated[int, typer.Option(help="Training problems of each level.")] = 200,
    samples: Annotated[int, typer.Option(help="Samples of each problem.")] = 8,
    seed: Annotated[int, typer.Option(help="Of data and order.")] = 3,
    test_problems: Annotated[int, typer.Option(help="Test problems of each level for the card.")] = 100,
) -> None:
    """Train the language model on in conversations about its own samples; about half an hour on two cores."""
    _require_torch("outlay train dialogue")
    _require_positive(problems=problems, samples=samples, test_problems=test_problems)
    from outlay.train.dialogue_recipe import DEFAULT_PLAN, DEFAULT_RECIPE, make_dialogue_model  # noqa: PLC0415
    from outlay.train.recipe import Examination  # noqa: PLC0415 (needs PyTorch)

    recipe = replace(DEFAULT_RECIPE, seed=seed)
    recipe = recipe if tokens is None else replace(recipe, tokens=tokens)
    plan = replace(DEFAULT_PLAN, problems=problems, samples=samples)
    with _Display() as display:
        results = anyio.run(
            make_dialogue_model, out, model or SHIPPED, plan, recipe, Examination(test_problems, 4), display.show
        )
    _tell_dialogue(results, out)


@train.command()
def extrapolator(
    out: Annotated[Path, typer.Option(help="Folder for the network and its card.")] = Path("extrapolator"),
    steps: Annotated[int, typer.Option(help="Of the optimiser, on 48 new synthetic pilots each.")] = 12_000,
    seed: Annotated[int, typer.Option(help="Of weights and data.")] = 4,
) -> None:
    """Train the network that extrapolates scaling curves, on synthetic ones; some minutes on one core."""
    _require_torch("outlay train extrapolator")
    _require_positive(steps=steps)
    from outlay.laws.extrapolation.training import CurveRecipe, train_curve_network  # noqa: PLC0415 (needs PyTorch)

    recipe = CurveRecipe(steps=steps, seed=seed)
    with _Display() as display:
        score = train_curve_network(
            out, recipe, lambda step, now: display.show("training", step, steps, f"log score {now:.3f}")
        )
    typer.echo(f"log score on fresh pilots {score:.3f}; network: {out}")


def _require_torch(what: str) -> None:
    if importlib.util.find_spec("torch") is None:
        raise MissingExtraError(what, "train")


def _require_positive(**settings: int) -> None:
    for name, value in settings.items():
        if value < 1:
            raise InvalidSettingError("outlay train", name, value, "1 or above")


def _tell(results: "Sequence[LevelResult]", out: Path) -> None:
    table = Table(box=None)
    for name in ("task", "level", "n", "one sample", "majority", "coverage", "best", "ranking"):
        table.add_column(name, justify="left" if name == "task" else "right")
    for one in results:
        shares = [f"{100 * one.accuracy:.1f}% ±{100 * one.margin:.1f}"]
        shares += ["" if x is None else f"{100 * x:.1f}%" for x in (one.majority, one.coverage, one.best)]
        table.add_row(
            one.task, str(one.level), str(one.problems), *shares, "" if one.ranking is None else f"{one.ranking:.3f}"
        )
    Console(highlight=False).print(table)
    typer.echo(f"model: {out}")


def _tell_dialogue(results: "Sequence[DialogueResult]", out: Path) -> None:
    table = Table(box=None)
    columns = ("accuracy", "ranking", "mended", "spoilt", "at_once", "thinking")
    for name in ("task", "level", "n", *columns):
        table.add_column(name.replace("_", " "), justify="left" if name == "task" else "right")
    for one in results:
        shares = [getattr(one, name) for name in columns]
        shown = ["" if share is None else f"{share:.3f}" for share in shares]
        table.add_row(one.task, str(one.level), str(one.problems), *shown)
    Console(highlight=False).print(table)
    typer.echo(f"model: {out}")


class _Display:
    """A progress bar for each part of the work, on standard error; a line every minute where that is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._told = time.monotonic()
        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[detail]}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
            console=self._console,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, what: str, done: int, total: int, detail: str) -> None:
        """Move the bar of one part."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total, detail="")
        self._bar.update(self._tasks[what], completed=done, total=total, detail=detail)
        if not self._console.is_terminal and time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            self._console.print(f"{what} {done:,} of {total:,} {detail}".rstrip())
