"""Collecting an audit's verdicts: a model answers labelled problems, and every verifier judges every answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outlay.audit.journal import Journal
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError, MissingCapabilityError
from outlay.core.labelled import LabelledAnswer
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict, Verifier


@runtime_checkable
class PairJudge(Protocol):
    """A verifier that compares two answers, and so may favour a place."""

    async def preferences(
        self, problem: Problem, first: Trajectory, second: Trajectory, run: Run
    ) -> tuple[float | None, float | None]:
        """How much the answer in the first place is preferred, in this order and swapped."""
        ...


Report = Callable[[int], None]
"""Told how many problems are done."""


@dataclass(slots=True)
class Collected:
    """What an audit measures.

    Attributes:
        answers: labelled, with the verdicts of all verifiers.
        contrasts: for each verifier that judges answers by themselves, (pairs, 2, 2) scores of two problems' right
            answers on both problems, by problem and by whose answer it is.
        preferences: for each verifier that compares pairs, whether it preferred the first place, in order and swapped,
            for each pair of a right and a wrong answer on which it was not undecided.
        costs: what each verifier was paid.
    """

    answers: list[LabelledAnswer] = field(default_factory=list)
    contrasts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    preferences: dict[str, list[tuple[bool, bool]]] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)

    def add(self, judged: "_Judged") -> None:
        """Count a problem in."""
        self.answers += judged.answers
        for name, cost in judged.costs.items():
            self.costs[name] += cost
        for name, preferences in judged.preferences.items():
            self.preferences.setdefault(name, []).extend(preferences)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of one problem; ``right`` is its first right answer."""

    answers: Sequence[LabelledAnswer]
    right: str | None
    preferences: Mapping[str, Sequence[tuple[bool, bool]]]
    costs: Mapping[str, Cost]

    def as_dict(self) -> dict[str, object]:
        return {
            "answers": [one.as_dict() for one in self.answers],
            "right": self.right,
            "preferences": dict(self.preferences),
            "costs": {name: asdict(cost) for name, cost in self.costs.items()},
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> "_Judged":
        return cls(
            [LabelledAnswer(**one) for one in entry["answers"]],
            entry["right"],
            {name: [(told, swapped) for told, swapped in pairs] for name, pairs in entry["preferences"].items()},
            {name: Cost(**cost) for name, cost in entry["costs"].items()},
        )


async def collect(
    problems: Sequence[Problem],
    model: LanguageModel,
    verifiers: Mapping[str, Verifier],
    samples: int,
    seed: int = 0,
    temperature: float = 1.0,
    report: Report | None = None,
    journal: Journal | None = None,
) -> Collected:
    """Draw answers to problems with references and have each judged by each verifier.

    Args:
        problems: of one task and level, so that neighbours read alike.
        model: who answers.
        verifiers: who judges, by the names that they are to have.
        samples: answers to each problem.
        seed: of the answers.
        temperature: of the answers.
        report: told of progress, if anybody is.
        journal: keeps each problem when it is done, and answers for those that it holds.

    Raises:
        InvalidInputError: if a problem has no reference.
        MissingCapabilityError: if a verifier lacks something that problem or model must offer.
    """
    for name, verifier in verifiers.items():
        _require(name, verifier, problems, model)
    found = Collected(costs=dict.fromkeys(verifiers, NOTHING))
    right_answers: list[Trajectory | None] = []
    for done, problem in enumerate(problems):
        entry = journal.get(problem.id) if journal else None
        if entry is None:
            judged = await _problem(problem, model, verifiers, samples, seed, temperature)
            if journal:
                journal.add(problem.id, judged.as_dict())
        else:
            judged = _Judged.from_dict(entry)
        found.add(judged)
        right_answers.append(None if judged.right is None else _given(problem, judged.right))
        if report:
            report(done + 1)
    for name, verifier in verifiers.items():
        if not verifier.info.comparative:
            found.contrasts[name] = await _contrasts(found, name, verifier, right_answers, model)
    return found


async def _problem(
    problem: Problem,
    model: LanguageModel,
    verifiers: Mapping[str, Verifier],
    samples: int,
    seed: int,
    temperature: float,
) -> "_Judged":
    answers = await _drawn(problem, model, samples, generator_of(seed, problem.id), temperature)
    labels = [_is_right(problem, one) for one in answers]
    found = Collected(costs=dict.fromkeys(verifiers, NOTHING))
    verdicts = {
        name: await _judge(found, name, verifier, problem, answers, model) for name, verifier in verifiers.items()
    }
    right, wrong = (_first(answers, labels, kind) for kind in (True, False))
    for name, verifier in verifiers.items():
        if right is not None and wrong is not None and isinstance(verifier, PairJudge):
            await _prefer(found, name, verifier, (right, wrong), model)
    return _Judged(
        [
            LabelledAnswer(
                problem.id, labels[i], len(one.text), {name: _score(found[i]) for name, found in verdicts.items()}
            )
            for i, one in enumerate(answers)
        ],
        None if right is None else right.text,
        found.preferences,
        found.costs,
    )


def _first(answers: Sequence[Trajectory], labels: Sequence[bool], kind: bool) -> Trajectory | None:
    return next((one for one, label in zip(answers, labels, strict=True) if label is kind), None)


async def _prefer(
    found: Collected, name: str, judge: PairJudge, pair: tuple[Trajectory, Trajectory], model: LanguageModel
) -> None:
    # Which of them stands first must not be the same for all pairs.
    first, second = pair if generator_of(name, pair[0].problem.id).random() < 0.5 else pair[::-1]
    run = Run(model, Ledger(), generator_of(name, first.problem.id))
    told, swapped = await judge.preferences(first.problem, first, second, run)
    found.costs[name] += run.ledger.spent
    if told not in {None, 0.5} and swapped not in {None, 0.5}:
        found.preferences.setdefault(name, []).append((told == 1.0, swapped == 1.0))


async def _contrasts(
    found: Collected, name: str, verifier: Verifier, answers: Sequence[Trajectory | None], model: LanguageModel
) -> NDArray[np.float64]:
    tables = []
    for first, second in zip(answers[::2], answers[1::2], strict=False):
        if first is None or second is None or first.text == second.text:
            continue
        rows = [
            await _judge(
                found,
                name,
                verifier,
                asked.problem,
                [_given(asked.problem, one.text) for one in (first, second)],
                model,
            )
            for asked in (first, second)
        ]
        if all(verdict.judged for row in rows for verdict in row):
            tables.append([[verdict.score for verdict in row] for row in rows])
    return np.array(tables, np.float64).reshape(-1, 2, 2)


def _given(problem: Problem, text: str) -> Trajectory:
    """A text as a whole answer to a problem."""
    return Trajectory(problem).extend(Step(text), Finish.END)


async def _drawn(
    problem: Problem, model: LanguageModel, samples: int, rng: np.random.Generator, temperature: float
) -> list[Trajectory]:
    arriving = Run(model, Ledger(), rng).sample(Trajectory(problem), samples, temperature=temperature)
    async with aclosing(arriving):  # type: ignore[type-var]
        drawn = {index: answer async for index, answer in arriving}
    return [drawn[index] for index in sorted(drawn)]


async def _judge(
    found: Collected,
    name: str,
    verifier: Verifier,
    problem: Problem,
    answers: Sequence[Trajectory],
    model: LanguageModel,
) -> list[Verdict]:
    run = Run(model, Ledger(), generator_of(name, problem.id))
    verdicts = await verifier.judge(problem, answers, run)
    found.costs[name] += run.ledger.spent
    return verdicts


def _require(name: str, verifier: Verifier, problems: Sequence[Problem], model: LanguageModel) -> None:
    missing = verifier.info.capabilities - model.info.capabilities
    if missing:
        raise MissingCapabilityError(
            f"verifier {name!r}", " and ".join(sorted(missing)), f"model {model.info.name!r}",
            f"name another for it alone, as in {name.partition('(')[0]}(model=pocket_dialogue)",
        )  # fmt: skip
    for problem in problems:
        verifier.require(problem)
        if problem.reference is None:
            raise InvalidInputError(
                f"audit: problem {problem.id!r} has no reference; only labelled problems say who is right"
            )


def _is_right(problem: Problem, answer: Trajectory) -> bool:
    return problem.reference is not None and problem.reference.is_correct(answer.value)


def _score(verdict: Verdict) -> float | None:
    return verdict.score if verdict.judged else None
