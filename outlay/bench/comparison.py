"""Two runs side by side: the methods that both have, question by question, and the settings in which they differ."""

import json
import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outlay.bench.conditions import conditions
from outlay.bench.gathering import Gathering
from outlay.bench.results import AXES, Axis, Result, Results
from outlay.bench.store import Manifest, read_store
from outlay.bench.summary import Method, MethodTrials
from outlay.core.errors import InvalidInputError
from outlay.statistics import Comparison, Interval, compare_paired, holm, ratio_of_means

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One results folder.

    Attributes:
        name: how the page calls it.
        manifest: of its newest session.
        methods: what ran, those with results alone.
    """

    name: str
    manifest: Manifest
    methods: Mapping[Method, MethodTrials]


@dataclass(frozen=True, slots=True)
class Pair:
    """A method in two runs, on the questions that both have.

    Attributes:
        first: the method as the first run names it.
        second: as the second does.
        questions: how many are compared.
        before: accuracy in the first run; None where there is no reference.
        after: accuracy in the second.
        won: questions more often right in the second run.
        lost: questions more often right in the first.
        comparison: accuracy in the second less that in the first; None also with one question alone.
        p_value: of the comparison, corrected after Holm for the whole page.
        ratios: cost in the second run by that in the first, by the name of the axis, where both cost any.
    """

    first: Method
    second: Method
    questions: int
    before: float | None
    after: float | None
    won: int
    lost: int
    comparison: Comparison | None
    ratios: Mapping[str, Interval]
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A run compared with the first.

    Attributes:
        first: what it is compared with.
        second: the run.
        pairs: methods that both have.
        unpaired: methods that only one has, by the run's name.
        settings: name and both values of every setting in which they differ.
        changed: questions left out, because the two runs word them differently.
    """

    first: StoredRun
    second: StoredRun
    pairs: Sequence[Pair]
    unpaired: Mapping[str, Sequence[Method]]
    settings: Sequence[tuple[str, str, str]]
    changed: int


def load_runs(folders: Sequence[Path]) -> list[StoredRun]:
    """Results folders with short names that differ.

    Raises:
        InvalidInputError: if a folder is named twice or holds no results.
        StoreError: if one cannot be read.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InvalidInputError("a run cannot be compared with itself: name different folders")
    short = [folder.resolve().name for folder in folders]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    return [_load(folder, name) for folder, name in zip(folders, names, strict=True)]


def compare_runs(runs: Sequence[StoredRun]) -> list[SideBySide]:
    """Each further run compared with the first.

    Methods are partners if task, level, model, strategy, verifier and budget are the same; what each run has only one
    of may differ, since that is then what is compared. Questions are paired by their number and must be worded alike.

    Raises:
        InvalidInputError: if a run shares no finished question with the first.
    """
    first, *others = runs
    found = [_side_by_side(first, other) for other in others]
    corrected = iter(holm([pair.comparison.p_value for one in found for pair in one.pairs if pair.comparison]))
    return [
        replace(
            one,
            pairs=[replace(pair, p_value=next(corrected)) if pair.comparison else pair for pair in one.pairs],
        )
        for one in found
    ]


def _load(folder: Path, name: str) -> StoredRun:
    gathering = Gathering()
    with read_store(folder) as store:
        manifests = store.manifests()
        gathering.read(store)
    known = {method: trials for method, trials in gathering.methods().items() if trials.results}
    if not manifests or not known:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet")
    return StoredRun(name, manifests[-1], known)


def _side_by_side(first: StoredRun, second: StoredRun) -> SideBySide:
    pairs, changed = [], 0
    for one, other in _partners(first.methods, second.methods):
        mine, theirs = _by_question(first.methods[one].results), _by_question(second.methods[other].results)
        shared = mine.keys() & theirs.keys()
        alike = sorted(question for question in shared if _text(mine[question]) == _text(theirs[question]))
        changed += len(shared) - len(alike)
        if alike:
            pairs.append(_pair(one, other, [mine[q] for q in alike], [theirs[q] for q in alike]))
    if not pairs:
        raise InvalidInputError(_nothing_shared(first, second, changed))
    unpaired = {
        first.name: [method for method in first.methods if method not in {pair.first for pair in pairs}],
        second.name: [method for method in second.methods if method not in {pair.second for pair in pairs}],
    }
    return SideBySide(first, second, pairs, unpaired, _differing(first.manifest, second.manifest), changed)


def _partners(first: Iterable[Method], second: Iterable[Method]) -> Iterator[tuple[Method, Method]]:
    """Methods of the first with those of the second that they are compared with."""
    mine, theirs = list(first), list(second)
    names: list[Callable[[Method], Hashable]] = [lambda method: (method.task, method.level)]
    for part in ("model", "strategy", "verifier", "budget"):
        name = attrgetter(part)
        if _settled(mine, name) and _settled(theirs, name):
            continue
        # Strategies without a verifier do not count: one verifier for those that need one may differ too.
        judged = [[method for method in methods if method.verifier] for methods in (mine, theirs)]
        only_one = part == "verifier" and all(_settled(methods, name) for methods in judged)
        names.append((lambda method: bool(method.verifier)) if only_one else name)
    known = {tuple(name(method) for name in names): method for method in theirs}
    for method in mine:
        partner = known.get(tuple(name(method) for name in names))
        if partner is not None:
            yield method, partner


def _settled(methods: Sequence[Method], name: Callable[[Method], Hashable]) -> bool:
    return len({name(method) for method in methods}) <= 1


def _by_question(results: Results) -> dict[int, list[Result]]:
    found: dict[int, list[Result]] = {}
    for (question, _), result in results.items():
        found.setdefault(question, []).append(result)
    return found


def _text(asked: Sequence[Result]) -> str:
    return asked[0].record.question


def _pair(first: Method, second: Method, mine: Sequence[Sequence[Result]], theirs: Sequence[Sequence[Result]]) -> Pair:
    """Two methods on the same questions, each asked once or with several seeds."""
    ratios = {axis.name: found for axis in AXES if (found := _ratio(axis, mine, theirs))}
    ungraded = any(result.correct is None for asked in (*mine, *theirs) for result in asked)
    if ungraded:
        return Pair(first, second, len(mine), None, None, 0, 0, None, ratios)
    before, after = (_means(asked, lambda result: float(bool(result.correct))) for asked in (mine, theirs))
    comparison = compare_paired(after, before) if len(mine) > 1 else None
    return Pair(
        first, second, len(mine), float(before.mean()), float(after.mean()), int((after > before).sum()),
        int((after < before).sum()), comparison, ratios,
    )  # fmt: skip


def _ratio(axis: Axis, mine: Sequence[Sequence[Result]], theirs: Sequence[Sequence[Result]]) -> Interval | None:
    before, after = (_means(asked, lambda result: axis.of(result.cost)) for asked in (mine, theirs))
    return ratio_of_means(after, before) if after.any() and before.any() else None


def _means(asked: Sequence[Sequence[Result]], value: Callable[[Result], float]) -> FloatArray:
    """(questions,): the mean of something over the seeds of each."""
    return np.array([np.mean([value(result) for result in results]) for results in asked])


def _differing(first: Manifest, second: Manifest) -> list[tuple[str, str, str]]:
    """The settings in which two sessions differ, with both values; a value that there is none of is empty."""
    mine, theirs = _settings(first), _settings(second)
    names = dict.fromkeys([*mine, *theirs])
    return [
        (name, mine.get(name, ""), theirs.get(name, "")) for name in names if mine.get(name, "") != theirs.get(name, "")
    ]


def _settings(manifest: Manifest) -> dict[str, str]:
    """What the experiment file says, key by key, and what it was run with."""
    given = {key: json.dumps(value, ensure_ascii=False) for key, value in tomllib.loads(manifest.experiment).items()}
    return {**given, "seed": "", **conditions(manifest)}


def _nothing_shared(first: StoredRun, second: StoredRun, changed: int) -> str:
    start = f"{first.name!r} and {second.name!r} share nothing that can be compared"
    if changed:
        return f"{start}: their questions are worded differently"
    exams = [", ".join(dict.fromkeys(method.exam for method in run.methods)) for run in (first, second)]
    if exams[0] != exams[1]:
        return f"{start}: {first.name!r} has {exams[0]}; {second.name!r} has {exams[1]}"
    names = [", ".join(dict.fromkeys(method.name for method in run.methods)) for run in (first, second)]
    return f"{start}: {first.name!r} ran {names[0]}; {second.name!r} ran {names[1]}; or no question of both has ended"
