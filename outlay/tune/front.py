"""The chosen front: the trials that none beats in accuracy and tokens, measured again on problems held out.

What looked best among many on the same problems looked better than it is: the winner's curse. The figures to go by
are those of the problems held out, which no choice was made by.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.bench.parts import Parts
from outlay.bench.report import Report, write_report
from outlay.bench.runner import run
from outlay.bench.summary import Row
from outlay.core.catalogue import Specification, parse
from outlay.tune.measured import Measured
from outlay.tune.plan import Candidate, Search
from outlay.tune.study import Study

HELD_OUT, FILES = "held_out", "front"
"""The folders of results on the problems held out, and of a strategy file for each trial of the front."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A trial of the front.

    Attributes:
        number: of the trial.
        candidate: what it is.
        tuned: on the problems of the search.
        rows: on those held out, one for each task; empty if none were.
    """

    number: int
    candidate: Candidate
    tuned: Measured
    rows: Sequence[Row] = ()


def chosen(study: Study) -> list[Chosen]:
    """The front by rising cost; of several trials of the same candidate the first."""
    found: dict[str, Chosen] = {}
    for trial in sorted(study.best_trials, key=lambda one: (one.values[1], -one.values[0], one.number)):
        kept = trial.user_attrs
        verifier = parse(kept["verifier"], "verifier") if kept["verifier"] else None
        candidate = Candidate(parse(kept["strategy"], "strategy"), verifier, parse(kept["model"], "model"))
        found.setdefault(str(candidate), Chosen(trial.number, candidate, Measured.of(kept)))
    return list(found.values())


async def measure_again(search: Search, front: Sequence[Chosen], parts: Parts, folder: Path) -> list[Chosen]:
    """The front with its results on the problems held out; the same call goes on where it was stopped.

    Raises:
        StoreError: if the folder is in use or cannot be written.
    """
    if not search.held_out or not front:
        return list(front)
    experiment = search.experiment([one.candidate for one in front], search.held_out, held_out=True)
    await run(experiment, parts, folder / HELD_OUT)
    report: Report = write_report(folder / HELD_OUT)
    return [Chosen(one.number, one.candidate, one.tuned, _rows(one.candidate, report.rows)) for one in front]


def write_front(front: Sequence[Chosen], search: Search, folder: Path) -> list[Path]:
    """A strategy file for each trial of the front, which ``--strategy`` and experiments read."""
    (folder / FILES).mkdir(exist_ok=True)
    paths = []
    for one in front:
        path = folder / FILES / f"{one.number}.toml"
        path.write_text(strategy_file(one, search), encoding="utf-8")
        paths.append(path)
    return paths


def strategy_file(one: Chosen, search: Search) -> str:
    """A strategy as a file, with how it was found."""
    lines = ["[strategy]", f"name = {_toml(one.candidate.strategy.name)}"]
    lines += [f"{key} = {_toml(value)}" for key, value in one.candidate.strategy.settings.items()]
    verifier = "" if one.candidate.verifier is None else str(one.candidate.verifier)
    lines += ["", "[found]", f"search = {_toml(search.name)}", f"trial = {one.number}"]
    lines += [f"model = {_toml(str(one.candidate.model))}", f"verifier = {_toml(verifier)}"]
    return "\n".join(lines) + "\n"


def _rows(candidate: Candidate, rows: Sequence[Row]) -> list[Row]:
    wanted = (str(candidate.choice), str(candidate.model))
    return [row for row in rows if (row.method.name, row.method.model) == wanted]


def _toml(value: object) -> str:
    match value:
        case Specification(name=name, settings=settings) if "" not in settings:
            return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in {"name": name, **settings}.items()) + "}"
        case Specification():
            return json.dumps(str(value))
        case Mapping():
            return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case bool() | int() | float():
            return str(value).lower()
    return json.dumps(str(value), ensure_ascii=False)
