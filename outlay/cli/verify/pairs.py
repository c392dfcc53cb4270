"""``outlay verify pairs``: a file of references and answers, judged one by one."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import anyio
import typer

from outlay.cli.files import read_text
from outlay.cli.verify.maths import Seconds
from outlay.cli.verify.told import EXIT_CODES, WORDS
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.verifiers.judgement import Judgement
from outlay.verifiers.maths.judge import MathsJudge

_JUDGES = {"maths": MathsJudge}


@dataclass(frozen=True, slots=True)
class _Pair:
    """One line of the file.

    Attributes:
        line: its number, from 1.
        id: its name, the number if it has none.
        reference: what is right.
        answer: what to judge.
        label: whether the answer is right, where that is known.
    """

    line: int
    id: str
    reference: str
    answer: str
    label: bool | None


@dataclass(frozen=True, slots=True)
class _BadLine:
    line: int
    reason: str


def pairs(
    file: Annotated[
        Path, typer.Argument(help='One JSON object a line: "reference", "answer" and, if known, "label" and "id".')
    ],
    judge: Annotated[str, typer.Option(help="Who judges: maths.")] = "maths",
    seconds: Seconds = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, the summary last.")] = False,
) -> None:
    """Judge every pair of a file; with labels, count the judge's errors too.

    A bad line is named by its number, and the rest still runs.
    """
    if judge not in _JUDGES:
        raise UnknownNameError("judge", judge, _JUDGES)
    lines = list(_read(file))
    code = anyio.run(_judge_all, lines, _JUDGES[judge](seconds), as_json)
    raise typer.Exit(code)


async def _judge_all(lines: list[_Pair | _BadLine], judge: MathsJudge, as_json: bool) -> int:
    """Judge and tell line after line, then the summary; the exit code."""
    counts: Counter[str] = Counter()
    for one in lines:
        if isinstance(one, _BadLine):
            counts["bad lines"] += 1
            typer.echo(
                json.dumps({"line": one.line, "error": one.reason}) if as_json else f"line {one.line}: {one.reason}"
            )
            continue
        judgement = await judge.judge(one.reference, one.answer)
        _count(counts, one.label, judgement.passed)
        typer.echo(_as_json(one, judgement) if as_json else f"{one.id}: {WORDS[judgement.passed]}: {judgement.reason}")
    _tell_summary(
        counts, labelled=any(isinstance(one, _Pair) and one.label is not None for one in lines), as_json=as_json
    )
    if counts[WORDS[None]] or counts["bad lines"]:
        return EXIT_CODES[None]
    return EXIT_CODES[not counts[WORDS[False]]]


def _read(file: Path) -> Iterator[_Pair | _BadLine]:
    text = read_text(file)
    if not text.strip():
        raise InvalidInputError(f'{file} is empty; it must have lines of the form {{"reference": ..., "answer": ...}}')
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _read_line(number, line)


def _read_line(number: int, line: str) -> _Pair | _BadLine:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _BadLine(number, f"not JSON: {error}")
    if not isinstance(entry, dict):
        return _BadLine(number, "not a JSON object")
    for name in ("reference", "answer"):
        if isinstance(entry.get(name), bool) or not isinstance(entry.get(name), str | int | float):
            return _BadLine(number, f'"{name}" must be a text or a number')
    label = entry.get("label")
    if not isinstance(label, bool | None):
        return _BadLine(number, '"label" must be true or false')
    return _Pair(number, str(entry.get("id", number)), str(entry["reference"]), str(entry["answer"]), label)


def _count(counts: Counter[str], label: bool | None, passed: bool | None) -> None:
    counts[WORDS[passed]] += 1
    if label is not None and passed is not None and label is not passed:
        counts["false positives" if passed else "false negatives"] += 1


def _as_json(pair: _Pair, judgement: Judgement) -> str:
    label = {} if pair.label is None else {"label": pair.label}
    return json.dumps({"line": pair.line, "id": pair.id, **label, **asdict(judgement)}, ensure_ascii=False)


def _tell_summary(counts: Counter[str], *, labelled: bool, as_json: bool) -> None:
    names = [*WORDS.values(), "bad lines", *(("false positives", "false negatives") if labelled else ())]
    if as_json:
        typer.echo(json.dumps({name.replace(" ", "_"): counts[name] for name in names}))
    else:
        typer.echo(", ".join(f"{counts[name]} {name}" for name in names))
