"""What Hugging Face's search-and-learn writes: a row a problem, with ``problem``, ``completions`` and ``scores``.

Taken are ``problem``, ``completions``, ``answer`` (else ``solution``), ``scores`` (a list of step scores for each
completion), ``agg_scores``, ``completion_tokens``, ``level`` and ``unique_id``. Without ``agg_scores`` the score is
that of the last step, as there. Completions are independent samples only if ``best_of_n`` has drawn them.
"""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.core.problem import AnswerRule
from outlay.pools.formats.grading import Ungraded, values_of
from outlay.pools.formats.record import (
    BadRecord,
    Record,
    as_list,
    as_score,
    as_text,
    as_whole,
    matching,
)
from outlay.pools.formats.settings import ReadSettings
from outlay.pools.formats.source import read_records
from outlay.pools.formats.written import written
from outlay.pools.problem_samples import FloatArray, ProblemSamples
from outlay.pools.ragged import Ragged

SEARCHES = ("beam_search", "dvts")
"""Ways of drawing whose completions are not independent; its files are named after them."""


class SearchAndLearn:
    """Reads such a file or folder.

    Args:
        path: JSON lines, Parquet, or a folder of either or of Arrow files saved by ``datasets``.
        settings: what the file does not say.
    """

    def __init__(self, path: Path, settings: ReadSettings) -> None:
        self._path = path
        self._settings = settings
        first = next((one for one in read_records(path) if isinstance(one, Record)), None)
        scored = first is not None and first.first("scores", "agg_scores") is not None
        self.verifiers: tuple[str, ...] = (settings.scored_by,) if scored else ()

    def warnings(self) -> list[str]:
        """What is to be known of this file before anything is made of it."""
        if not self._path.name.startswith(SEARCHES):
            return []
        name = self._path.name
        return [f"{name} is the outcome of a search: what a pool says of k samples does not hold for its completions"]

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
        question = as_text("problem", record.fields.get("problem"))
        if question is None:
            raise InvalidInputError('it has no "problem"')
        texts = [as_text("completions", one) for one in as_list("completions", record.fields.get("completions"))]
        if not texts:
            raise InvalidInputError('"completions" is empty')
        rule = self._settings.rule_or("free_answer")
        name = as_text("unique_id", record.first("unique_id", "id"))
        scores, steps = self._scores(record, len(texts))
        samples = ProblemSamples(
            problem=name or f"search_and_learn/{number}",
            sample=np.arange(len(texts)),
            task=self._settings.task,
            level=_level(record.fields.get("level")),
            model=self._settings.model,
            question=question,
            reference=_reference(record, rule),
            text=texts,
            value=values_of(texts, rule),
            completion_tokens=_tokens(record.fields.get("completion_tokens"), len(texts)),
            scores=scores,
            step_scores=steps,
        )
        return Ungraded(samples, rule)

    def _scores(self, record: Record, count: int) -> tuple[dict[str, FloatArray], dict[str, Ragged]]:
        """The scores of the completions and those of their steps, by verifier."""
        steps, totals = record.fields.get("scores"), record.fields.get("agg_scores")
        if steps is None and totals is None:
            return {}, {}
        if not self.verifiers:
            raise InvalidInputError("it has scores, and the first problem of the file has none")
        name = self.verifiers[0]
        rows: list[list[float] | None] = [None] * count
        if steps is not None:
            rows = [_steps(one) for one in matching("scores", steps, count, "completions")]
        last = [row[-1] if row else math.nan for row in rows]
        if totals is not None:
            last = [as_score("agg_scores", one) for one in matching("agg_scores", totals, count, "completions")]
        return {name: np.array(last, np.float64)}, {} if steps is None else {name: Ragged.of(rows)}


def write_search_and_learn(path: Path, problems: Iterable[ProblemSamples], verifier: str | None) -> None:
    """Write problems as search-and-learn does, a JSON object a line.

    Args:
        path: the file.
        problems: with their questions and texts.
        verifier: whose scores are written; None for nobody's.

    Raises:
        InvalidInputError: if a problem has no question or a sample no text.
        StoreError: if the file cannot be written.
    """
    with written(path) as file:
        for one in problems:
            file.write(json.dumps(_row(one, verifier), ensure_ascii=False) + "\n")


def _row(one: ProblemSamples, verifier: str | None) -> dict[str, object]:
    if one.question is None or one.text is None or None in one.text:
        raise InvalidInputError(
            f"problem {one.problem!r} lacks its question or the text of a sample, which this format needs"
        )
    row: dict[str, object] = {"problem": one.question, "unique_id": one.problem, "completions": list(one.text)}
    if one.level:
        row["level"] = one.level
    if one.reference is not None:
        row["answer"] = one.reference
    if one.completion_tokens is not None:
        row["completion_tokens"] = [-1 if math.isnan(n) else int(n) for n in one.completion_tokens]
    scores = one.scores.get(verifier) if verifier else None
    if verifier and scores is not None:
        steps = one.step_scores.get(verifier)
        if steps is not None:
            row["scores"] = [None if row is None else row.tolist() for row in steps]
        row["agg_scores"] = [None if math.isnan(score) else score for score in scores.tolist()]
        if not np.isnan(scores).all():
            row["pred"] = one.text[int(np.nanargmax(scores))]
    return row


def _reference(record: Record, rule: AnswerRule) -> str | None:
    """The answer, else that of the worked solution."""
    answer = as_text("answer", record.fields.get("answer"))
    solution = as_text("solution", record.fields.get("solution"))
    return rule.extract(solution) if answer is None and solution is not None else answer


def _steps(value: object) -> list[float] | None:
    return None if value is None else [as_score("scores", one) for one in as_list("scores", value)]


def _level(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000 else 0


def _tokens(value: object, count: int) -> FloatArray | None:
    """Tokens of each completion; the format has -1 where they are not known."""
    if value is None or value == -1:
        return None
    found = matching("completion_tokens", value, count, "completions")
    return np.array([as_whole("completion_tokens", None if one == -1 else one) for one in found], np.float64)
