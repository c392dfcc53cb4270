"""Files of Large Language Monkeys and rows of its data set Monkey Business: a problem each, with ``samples``.

Brown et al. 2024, Large Language Monkeys: Scaling Inference Compute with Repeated Sampling. Their code writes a YAML
file a problem; the data set has JSON arrays, or Parquet. Taken are ``question`` (else ``prompt``), ``samples``,
``gt_answer``, ``is_corrects`` (``is_correct`` in their page), and as the name of a problem ``id``, ``orig_dset_split``
with ``orig_dset_idx``, ``theorem_name`` or the name of the YAML file. CodeContests has ``test_cases`` and no answer.
"""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from outlay.core.errors import InvalidInputError, StoreError
from outlay.core.problem import AnswerRule
from outlay.pools.formats.grading import Ungraded, values_of
from outlay.pools.formats.record import BadRecord, Record, as_flag, as_list, as_text, matching
from outlay.pools.formats.rules import HASHES
from outlay.pools.formats.settings import ReadSettings
from outlay.pools.formats.source import YAML, read_records
from outlay.pools.formats.written import written
from outlay.pools.formats.yaml_records import require_yaml, write_yaml
from outlay.pools.problem_samples import FloatArray, ProblemSamples

TASKS = ("GSM8K", "MATH", "CodeContests", "MiniF2F-MATH")
"""Tasks of the data set, whose files are called ``TASK_MODEL.json``."""
MARKS = ("is_corrects", "is_correct")


class Monkeys:
    """Reads such a file or folder.

    Args:
        path: JSON, Parquet, or a folder of YAML files.
        settings: what the file does not say. Without a rule, answers follow ``####`` where the right one does,
            programs are compared as programs and proofs as texts; all else is ``free_answer``.
    """

    verifiers: tuple[str, ...] = ()

    def __init__(self, path: Path, settings: ReadSettings) -> None:
        self._path = path
        self._settings = settings
        task, _, model = path.stem.partition("_")
        known = task in TASKS and bool(model)
        self._task = settings.task or (task if known else "")
        self._model = settings.model or (model if known else "")

    def warnings(self) -> list[str]:
        """Nothing: all of its samples are independent."""
        return []

    def problems(self) -> Iterator[Ungraded | BadRecord]:
        """The problems of the file, one in memory at a time."""
        for number, record in enumerate(read_records(self._path)):
            if isinstance(record, BadRecord):
                yield record
                continue
            try:
                yield self._problem(number, record)
            except InvalidInputError as error:
                yield BadRecord(record.where, str(error))

    def _problem(self, number: int, record: Record) -> Ungraded:
        texts = [as_text("samples", one) for one in as_list("samples", record.fields.get("samples"))]
        if not texts:
            raise InvalidInputError('"samples" is empty')
        given = as_text("gt_answer", record.fields.get("gt_answer"))
        rule = self._settings.rule_or(_usual_rule(record, given))
        samples = ProblemSamples(
            problem=_name(record) or f"monkeys/{number}",
            sample=np.arange(len(texts)),
            task=as_text("task", record.fields.get("task")) or self._task,
            model=as_text("model", record.fields.get("model")) or self._model,
            question=as_text("question", record.first("question", "prompt")),
            reference=_reference(given, rule),
            text=texts,
            value=values_of(texts, rule),
            correct=_marks(record, len(texts)),
        )
        return Ungraded(samples, rule)


def write_monkeys(path: Path, problems: Iterable[ProblemSamples]) -> None:
    """Write problems as Large Language Monkeys does.

    Args:
        path: ``.json`` for one array and ``.jsonl`` for lines, as in the data set; else a folder of YAML files.
        problems: with their texts.

    Raises:
        InvalidInputError: if a sample has no text.
        MissingExtraError: for a folder without PyYAML.
        StoreError: if it cannot be written.
    """
    if path.suffix.lower() == ".json":
        with written(path) as file:
            for number, one in enumerate(problems):
                file.write(f"{',' if number else '['}\n{_json(one)}")
            file.write("\n]\n")
    elif path.suffix.lower() == ".jsonl":
        with written(path) as file:
            file.writelines(f"{_json(one)}\n" for one in problems)
    else:
        _write_folder(path, problems)


def _write_folder(path: Path, problems: Iterable[ProblemSamples]) -> None:
    require_yaml()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    if any(one.suffix.lower() in YAML for one in path.iterdir()):
        raise InvalidInputError(f"the folder {str(path)!r} holds YAML files already; name another")
    for number, one in enumerate(problems):
        with written(path / f"{number}.yaml") as file:
            write_yaml(file, _row(one))


def _json(one: ProblemSamples) -> str:
    return json.dumps(_row(one), ensure_ascii=False)


def _row(one: ProblemSamples) -> dict[str, object]:
    if one.text is None or None in one.text:
        raise InvalidInputError(f"problem {one.problem!r} lacks the text of a sample, which this format needs")
    row: dict[str, object] = {"id": one.problem, "samples": list(one.text)}
    row |= {name: value for name, value in (("task", one.task), ("model", one.model)) if value}
    if one.question is not None:
        row |= {"prompt": one.question, "question": one.question}
    if one.reference is not None:
        row["gt_answer"] = one.reference
    if one.correct is not None:
        row["is_corrects"] = [None if math.isnan(mark) else bool(mark) for mark in one.correct]
    return row


def _usual_rule(record: Record, given: str | None) -> str:
    if given is not None:
        return "hashes" if HASHES.search(given) else "free_answer"
    if "test_cases" in record.fields:
        return "program"
    return "text" if "theorem_name" in record.fields else "free_answer"


def _reference(given: str | None, rule: AnswerRule) -> str | None:
    """The right answer; where a worked solution is given, as GSM8K and MATH have, what it comes to."""
    if given is None:
        return None
    worked = HASHES.search(given) or "\\boxed" in given
    return (rule.extract(given) or given) if worked else given


def _name(record: Record) -> str | None:
    named = as_text("id", record.fields.get("id"))
    if named is not None:
        return named
    index = as_text("orig_dset_idx", record.fields.get("orig_dset_idx"))
    if index is not None:
        split = as_text("orig_dset_split", record.fields.get("orig_dset_split"))
        return index if split is None else f"{split}/{index}"
    theorem = as_text("theorem_name", record.fields.get("theorem_name"))
    in_file = Path(record.where).stem if record.where.lower().endswith(YAML) else None
    return theorem or in_file


def _marks(record: Record, count: int) -> FloatArray | None:
    name = next((name for name in MARKS if record.fields.get(name) is not None), None)
    if name is None:
        return None
    found = matching(name, record.fields[name], count, "samples")
    return np.array([as_flag(name, one) for one in found], np.float64)
