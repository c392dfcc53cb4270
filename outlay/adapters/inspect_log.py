"""The results of a run as Inspect's eval logs, one for each cell, for ``inspect view`` and whatever reads such logs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from outlay.adapters.inspect_messages import to_inspect
from outlay.adapters.inspect_usage import usage_fields
from outlay.adapters.rebuilt import Rebuilt, answer_of
from outlay.answering.answerer import KEY, account_of
from outlay.bench.grid import Cell, digest
from outlay.bench.records import TrialRecord
from outlay.bench.store import Manifest, StoredTrial, read_store
from outlay.core.cost import NOTHING
from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.core.problem import Message

try:
    from inspect_ai.log import (
        EvalConfig,
        EvalDataset,
        EvalError,
        EvalLog,
        EvalMetric,
        EvalPlan,
        EvalPlanStep,
        EvalResults,
        EvalSample,
        EvalScore,
        EvalSpec,
        EvalStats,
        write_eval_log,
    )
    from inspect_ai.model import ModelOutput, ModelUsage
    from inspect_ai.scorer import CORRECT, INCORRECT, Score
except ImportError:
    raise MissingExtraError("the export to Inspect", "inspect") from None

SCORER = "correct"
SOLVER = f"{KEY}/by_strategy"


def write_logs(folder: Path, out: Path, questions: Path) -> list[Path]:
    """Write a results folder, finished or not, as one log a cell.

    Args:
        folder: what ``outlay bench`` has written.
        out: where the logs go; made if it is not there.
        questions: where the paths in the experiment's file start, for questions from files.

    Raises:
        InvalidInputError: if the folder holds no finished trial, or the logs cannot be written.
        StoreError: if it cannot be read.
    """
    with read_store(folder) as store:
        manifests, trials = store.manifests(), list(store.trials())
    cells: dict[Cell, list[StoredTrial]] = {}
    for trial in trials:
        cells.setdefault(trial.cell, []).append(trial)
    begun = {cell: planned for cell, planned in cells.items() if any(map(_ended, planned))}
    if not begun:
        raise InvalidInputError(f"{str(folder)!r} holds no finished trial yet")
    rebuilt = Rebuilt(questions)
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for cell, planned in begun.items():
            log = log_of(cell, planned, manifests[-1], rebuilt)
            # Inspect lists the time, the task and the id that it reads from a file's name.
            moment = datetime.fromisoformat(manifests[-1].started).strftime("%Y-%m-%dT%H-%M-%S+00-00")
            path = out / f"{moment}_{_plain(log.eval.task)}_{log.eval.task_id}.eval"
            write_eval_log(log, str(path))
            written.append(path)
    except OSError as error:
        raise InvalidInputError(f"cannot write logs into {str(out)!r}: {error}") from error
    return written


def log_of(cell: Cell, planned: Sequence[StoredTrial], manifest: Manifest, rebuilt: Rebuilt) -> EvalLog:
    """One cell as a log: a sample for each trial that ended. What failed has an error and no score."""
    ended = [trial for trial in planned if _ended(trial)]
    samples = [_sample(trial, rebuilt) for trial in ended]
    name = digest([cell.as_dict(), manifest.experiment])[:22]
    started = manifest.started
    spec = EvalSpec(
        eval_id=name, run_id=digest([manifest.experiment, started])[:22], task_id=name, created=started,
        task=f"{cell.task}-{cell.level}" if cell.level else cell.task,
        task_args={"level": cell.level, **_settings(cell)},
        solver=SOLVER, solver_args=_settings(cell),
        dataset=EvalDataset(name=cell.task, samples=len(planned), sample_ids=[one.index for one in planned]),
        model=_model(cell), config=EvalConfig(), packages={"outlay": manifest.outlay},
        metadata={"experiment": manifest.name, **cell.as_dict()},
    )  # fmt: skip
    spent = sum((trial.record.cost for trial in ended if trial.record), NOTHING)
    return EvalLog(
        status="success" if len(ended) == len(planned) else "cancelled",
        eval=spec,
        plan=EvalPlan(name=cell.strategy, steps=[EvalPlanStep(solver=SOLVER, params=_settings(cell))]),
        results=_results(ended, len(planned)),
        stats=EvalStats(started_at=started, model_usage={_model(cell): ModelUsage(**usage_fields(spent))}),
        samples=samples,
    )


def _sample(trial: StoredTrial, rebuilt: Rebuilt) -> EvalSample:
    record, cell = trial.record, trial.cell
    problem = rebuilt.problem(cell, trial.index, record)
    asked = problem.messages if problem else (Message("user", record.question if record else ""),)
    messages = to_inspect(asked)
    sample = EvalSample(id=trial.index, epoch=1, input=messages, target=answer_of(problem), messages=messages)
    if record is None:
        sample.error = EvalError(message=str(trial.cause), traceback="", traceback_ansi="")
        return sample
    model, usage = _model(cell), ModelUsage(**usage_fields(record.cost))
    sample.output = ModelOutput.from_content(model, record.text)
    sample.output.usage, sample.output.time = usage, record.cost.seconds
    sample.messages = [*messages, sample.output.message]
    sample.metadata = {KEY: {**_settings(cell), **account_of(record)}}
    sample.model_usage = {model: usage}
    sample.total_time = sample.working_time = record.cost.seconds
    sample.scores = dict(_scores(record))
    return sample


def _scores(record: TrialRecord) -> Iterator[tuple[str, Score]]:
    if record.correct is not None:
        value = CORRECT if record.correct else INCORRECT
        yield SCORER, Score(value=value, answer=record.value, metadata={"confidence": record.confidence})


def _results(ended: Sequence[StoredTrial], planned: int) -> EvalResults:
    right = [float(trial.record.correct) for trial in ended if trial.record and trial.record.correct is not None]
    done = sum(trial.record is not None for trial in ended)
    results = EvalResults(total_samples=planned, completed_samples=done)
    if right:
        share = sum(right) / len(right)
        spread = math.sqrt(share * (1 - share) / (len(right) - 1)) if len(right) > 1 else 0.0
        found: Mapping[str, float] = {"accuracy": share, "stderr": spread}
        results.scores = [
            EvalScore(
                name=SCORER, scorer=SCORER, scored_samples=len(right), unscored_samples=len(ended) - len(right),
                metrics={name: EvalMetric(name=name, value=value) for name, value in found.items()},
            )
        ]  # fmt: skip
    return results


def _settings(cell: Cell) -> dict[str, str | int]:
    named = ("strategy", "verifier", "budget", "seed")
    return {name: value for name, value in cell.as_dict().items() if name in named}


def _model(cell: Cell) -> str:
    return f"{KEY}/{cell.model}"


def _ended(trial: StoredTrial) -> bool:
    return trial.record is not None or trial.cause is not None


def _plain(text: str) -> str:
    """A text as part of a file's name, without the marks that Inspect or a file system reads."""
    return "".join(character if character.isalnum() else "-" for character in text).strip("-")[:60]
