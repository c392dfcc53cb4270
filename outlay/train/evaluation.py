"""How good the pocket models are, by task and level, on test problems that no training has seen."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from outlay.core.answer import Candidate
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.models.pocket import Pocket
from outlay.statistics import grouped_area_under_roc, majority_at_k, mean_interval, pass_at_k
from outlay.tasks.exercise import Split, Task, exercise
from outlay.train.concurrent import each
from outlay.verifiers.process_reward import ProcessReward


@dataclass(frozen=True, slots=True)
class LevelResult:
    """One task and level.

    Attributes:
        task: its name.
        level: from 1.
        problems: how many were asked.
        samples: drawn for each, at temperature 1.
        accuracy: mean share of right samples.
        margin: half the 95% interval of the accuracy.
        majority: expected accuracy of the majority of all samples.
        coverage: share of problems with a right sample.
        best: expected accuracy of the sample that the reward model scores best; None without one.
        ranking: probability that the reward model scores a right sample above a wrong one of the same problem; None
            without a reward model, or where no problem has both.
    """

    task: str
    level: int
    problems: int
    samples: int
    accuracy: float
    margin: float
    majority: float
    coverage: float
    best: float | None = None
    ranking: float | None = None

    def as_dict(self) -> dict[str, str | int | float | None]:
        """Plain values, shares rounded to four places; without what is unknown, as the margin of one problem is."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if value is not None and value != math.inf
        }


async def evaluate(
    model: Pocket,
    tasks: Sequence[Task],
    problems: int,
    samples: int,
    report: Callable[[int, int], None],
    reward: ProcessReward | None = None,
    first_seed: int = 1_000_000_000,
) -> list[LevelResult]:
    """Sample every task and level; reports levels done and their total."""
    cells = [(task, level) for task in tasks for level in range(1, task.info.levels + 1)]
    found = []
    for done, (task, level) in enumerate(cells, start=1):
        asked = [exercise(task, level, first_seed + n, Split.TEST).problem for n in range(problems)]
        drawn = await each(
            list(enumerate(asked)), lambda one: _draw(model, one[1], samples, one[0], reward), lambda _: None
        )
        found.append(_result(task.info.name, level, asked, drawn, judged=reward is not None))
        report(done, len(cells))
    return found


async def _draw(
    model: Pocket, problem: Problem, samples: int, number: int, reward: ProcessReward | None
) -> list[Candidate]:
    run = Run(model, Ledger(), np.random.default_rng([samples, number]), reward)
    pairs = sorted([pair async for pair in run.sample(Trajectory(problem), samples)], key=lambda pair: pair[0])
    trajectories = [one for _, one in pairs]
    verdicts = await run.judge(trajectories, reward) if reward else None
    scores = [verdict.score for verdict in verdicts] if verdicts else [None] * len(trajectories)
    return [Candidate(one, one.value, score) for one, score in zip(trajectories, scores, strict=True)]


def _result(
    task: str, level: int, problems: Sequence[Problem], drawn: Sequence[Sequence[Candidate]], *, judged: bool
) -> LevelResult:
    right = np.array(
        [[_is_right(problem, one) for one in row] for problem, row in zip(problems, drawn, strict=True)], bool
    )
    samples = right.shape[1]
    accuracy = mean_interval(right.mean(axis=1))
    votes = [_votes(problem, row) for problem, row in zip(problems, drawn, strict=True)]
    rng = np.random.default_rng(0)
    majority = [majority_at_k(vote, flags.tolist(), samples, rng) for vote, flags in zip(votes, right, strict=True)]
    coverage = [pass_at_k(samples, int(flags.sum()), samples) for flags in right]
    best = ranking = None
    if judged:
        scores = np.array([[one.score for one in row] for row in drawn], np.float64)
        best = float(right[np.arange(len(right)), scores.argmax(axis=1)].mean())
        groups = np.repeat(np.arange(len(right)), samples)
        ranking = grouped_area_under_roc(scores.ravel(), right.ravel(), groups)
        ranking = None if np.isnan(ranking) else ranking
    margin = accuracy.high - accuracy.estimate
    mean_majority, mean_coverage = float(np.mean(majority)), float(np.mean(coverage))
    return LevelResult(
        task, level, len(right), samples, accuracy.estimate, margin, mean_majority, mean_coverage, best, ranking
    )


def _is_right(problem: Problem, one: Candidate) -> bool:
    return problem.reference is not None and problem.reference.is_correct(one.value)


def _votes(problem: Problem, row: Sequence[Candidate]) -> list[str | None]:
    """The first equal value seen stands for each value."""
    known: list[str] = []
    votes: list[str | None] = []
    for one in row:
        value = one.value
        if value is not None:
            value = next((old for old in known if problem.answer_rule.equal(value, old)), value)
            known.append(value)
        votes.append(value)
    return votes
