"""``outlay trace``: what happened in a trial of a run, as a tree, a page or JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from outlay.bench.store import StoredTrial, read_store
from outlay.bench.trace import Trace
from outlay.bench.trace_page import trace_page
from outlay.bench.trace_store import packed_trace, unpack
from outlay.cli.trace_text import print_trace
from outlay.core.errors import InvalidInputError

_WANTED = "as the experiment file has it, with or without its settings"


def trace(
    folder: Annotated[Path, typer.Argument(help="A folder that outlay bench has written.")],
    question: Annotated[int, typer.Option(help="The question's number, from 0.")],
    strategy: Annotated[str | None, typer.Option(help=f"The strategy, {_WANTED}.")] = None,
    verifier: Annotated[str | None, typer.Option(help=f"The verifier, {_WANTED}.")] = None,
    model: Annotated[str | None, typer.Option(help=f"The model, {_WANTED}.")] = None,
    task: Annotated[str | None, typer.Option(help=f"The task, {_WANTED}.")] = None,
    level: Annotated[int | None, typer.Option(help="The task's level.", show_default=False)] = None,
    budget: Annotated[str | None, typer.Option(help="The budget, as tables show it.")] = None,
    seed: Annotated[int | None, typer.Option(help="The seed.", show_default=False)] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write FILE.html or FILE.json, with all trials that fit.", show_default=False),
    ] = None,
) -> None:
    """Show how a trial came to its answer: its steps as a tree, with scores, and what was pruned."""
    if out is not None:
        check_trace_file(out)
    wanted = {"strategy": strategy, "verifier": verifier, "model": model, "task": task, "level": level,
              "budget": budget, "seed": seed}  # fmt: skip
    found = _found(folder, question, {name: value for name, value in wanted.items() if value is not None})
    if out is not None:
        write_traces([*found.values()], out)
    elif len(found) == 1:
        print_trace(next(iter(found.values())))
    else:
        raise InvalidInputError(
            f"{len(found)} trials fit; name one of them, or write them all with --out FILE.html:\n" + "\n".join(found)
        )


def check_trace_file(path: Path) -> None:
    """Refuse a file that no trace can be written to.

    Raises:
        InvalidInputError: saying what is wrong with it.
    """
    if path.suffix not in {".html", ".json"}:
        raise InvalidInputError(f"a trace is written to FILE.html or FILE.json; got {str(path)!r}")
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {str(path.parent)!r} to write {path.name} into")


def write_traces(traces: Sequence[Trace], path: Path) -> None:
    """Write traces as a page or as JSON, by the file's name; one alone is an object, several are a list.

    Raises:
        InvalidInputError: if the file cannot be written.
    """
    values = traces[0] if len(traces) == 1 else list(traces)
    text = trace_page(traces) if path.suffix == ".html" else json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"cannot write {str(path)!r}: {error}") from None


def _found(folder: Path, question: int, wanted: Mapping[str, str | int]) -> dict[str, Trace]:
    """The traces of the trials that fit, by what was run.

    Raises:
        InvalidInputError: if none fits, or none of those that fit has a trace.
    """
    with read_store(folder) as store:
        trials = [*store.trials()]
        fitting = [one for one in trials if one.index == question and _fits(one, wanted)]
        if not fitting:
            known = sorted({str(one.cell.as_dict()[name]) for one in trials for name in wanted})
            numbers = f"questions are 0 to {max(one.index for one in trials)}" if trials else "it has no trials"
            named = "".join(f" --{name} {value!r}" for name, value in wanted.items())
            raise InvalidInputError(
                f"no trial of {str(folder)!r} fits --question {question}{named}; {numbers}"
                + (f"; known: {', '.join(known)}" if known else "")
            )
        packed = {_name(one): packed_trace(store, one.key) for one in fitting}
    traces = {name: unpack(found) for name, found in packed.items() if found is not None}
    if not traces:
        raise InvalidInputError(
            f"{len(fitting)} trials fit, and none has a trace: it has not ended yet, or the run kept none; "
            "traces = true in the experiment file keeps them"
        )
    return traces


def _fits(trial: StoredTrial, wanted: Mapping[str, str | int]) -> bool:
    cell = trial.cell.as_dict()
    return all(value in {cell[name], str(cell[name]).partition("(")[0]} for name, value in wanted.items())


def _name(trial: StoredTrial) -> str:
    return ", ".join(f"{name} {value}" for name, value in trial.cell.as_dict().items() if value != "")
