"""One trial's pages of the journal: samples, scored texts, verdicts, and what calls were charged after their last."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from outlay.bench.store import Store
from outlay.core.cost import Cost
from outlay.core.model import Sample
from outlay.core.trajectory import Finish
from outlay.core.verifier import Verdict


@dataclass(frozen=True, slots=True)
class RecordedSample:
    """A sample as it can be served again.

    Attributes:
        text: the generated text.
        token_ids: the model's tokens, where it gave them.
        logprobs: their log-probabilities in nats, where it gave them.
        finish: why it ended.
        cost: what the step says that it cost.
        charged: what the run was charged from the call's last record, or its start, to this one.
        stateful: whether the step had a ``model_state``, which is not kept.
    """

    text: str
    token_ids: tuple[int, ...] | None
    logprobs: tuple[float, ...] | None
    finish: Finish
    cost: Cost
    charged: Cost
    stateful: bool


@dataclass(frozen=True, slots=True)
class RecordedScores:
    """Log-probabilities in nats for each scored text, and what scoring them was charged."""

    logprobs: tuple[tuple[float, ...], ...]
    charged: Cost


@dataclass(frozen=True, slots=True)
class RecordedVerdicts:
    """The verdicts that one request to a server gave, and what it was charged."""

    verdicts: tuple[Verdict, ...]
    charged: Cost


class SampleLog:
    """The journal of one trial.

    Args:
        store: where it is kept.
        trial: the trial's key.
    """

    def __init__(self, store: Store, trial: str) -> None:
        self._store = store
        self._trial = trial

    @property
    def elapsed(self) -> float:
        """Seconds that the trial had run for when its newest sample finished; 0 without one."""
        rows = self._store.execute("select max(elapsed) from samples where trial = ?", (self._trial,))
        return float(str(rows[0][0] or 0.0))

    def samples(self, names: Sequence[str]) -> dict[str, RecordedSample]:
        """Those of the named samples that are recorded, in the order in which they finished."""
        rows = self._store.execute(
            "select request, text, token_ids, logprobs, finish, cost, charged, stateful from samples "
            "where trial = ? and request in (select value from json_each(?)) order by id",
            (self._trial, json.dumps([*names])),
        )
        return {str(row[0]): _recorded(row[1:]) for row in rows}

    def everything(self) -> list[tuple[str, RecordedSample]]:
        """All samples of the trial by name. A name is a digest, so that their order has nothing to do with them."""
        rows = self._store.execute(
            "select request, text, token_ids, logprobs, finish, cost, charged, stateful from samples "
            "where trial = ? order by request",
            (self._trial,),
        )
        return [(str(row[0]), _recorded(row[1:])) for row in rows]

    def add(self, name: str, sample: Sample, charged: Cost, elapsed: float) -> None:
        """Record a finished sample."""
        step = sample.step
        values = (
            self._trial, name, step.text, _json(step.token_ids), _json(step.logprobs), str(sample.finish),
            _json(asdict(step.cost)), _json(asdict(charged)), step.model_state is not None, elapsed,
        )  # fmt: skip
        self._store.execute("insert or replace into samples values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def tail(self, call: str) -> Cost | None:
        """What a call was charged after its last recorded sample; None if nothing is known of it."""
        row = self._call(call)
        return None if row is None else _cost(row[0])

    def add_tail(self, call: str, charged: Cost) -> None:
        """Record what a call was charged after its last recorded sample."""
        self._add_call(call, charged, None)

    def scores(self, name: str) -> RecordedScores | None:
        """Recorded scores, if there are any."""
        row = self._call(name)
        if row is None:
            return None
        return RecordedScores(tuple(map(tuple, json.loads(str(row[1])))), _cost(row[0]))

    def add_scores(self, name: str, logprobs: Sequence[tuple[float, ...]], charged: Cost) -> None:
        """Record the scores of a batch of texts."""
        self._add_call(name, charged, json.dumps(logprobs))

    def verdicts(self, name: str) -> RecordedVerdicts | None:
        """Recorded verdicts, if there are any."""
        row = self._call(name)
        if row is None:
            return None
        return RecordedVerdicts(tuple(map(_verdict, json.loads(str(row[1])))), _cost(row[0]))

    def add_verdicts(self, name: str, verdicts: Sequence[Verdict], charged: Cost) -> None:
        """Record the verdicts that one request gave."""
        self._add_call(name, charged, json.dumps([asdict(one) for one in verdicts]))

    def _call(self, name: str) -> tuple[object, ...] | None:
        rows = self._store.execute(
            "select charged, answer from calls where trial = ? and request = ?", (self._trial, name)
        )
        return rows[0] if rows else None

    def _add_call(self, name: str, charged: Cost, answer: str | None) -> None:
        self._store.execute(
            "insert or replace into calls values (?, ?, ?, ?)",
            (self._trial, name, _json(asdict(charged)), answer),
        )


def _recorded(row: tuple[object, ...]) -> RecordedSample:
    text, token_ids, logprobs, finish, cost, charged, stateful = row
    ids, logs = json.loads(str(token_ids)), json.loads(str(logprobs))
    return RecordedSample(
        str(text), None if ids is None else tuple(ids), None if logs is None else tuple(logs), Finish(str(finish)),
        _cost(cost), _cost(charged), bool(stateful),
    )  # fmt: skip


def _verdict(values: dict[str, Any]) -> Verdict:
    steps = values["step_scores"]
    return Verdict(**{**values, "step_scores": None if steps is None else tuple(steps), "cost": Cost(**values["cost"])})


def _cost(text: object) -> Cost:
    return Cost(**json.loads(str(text)))


def _json(value: object) -> str:
    return json.dumps(value)
