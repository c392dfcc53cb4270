"""Labelled samples of a pocket model: what its reward model is trained and measured on.

Labels come in two kinds. ``exact``: the task says whether the prefix up to each step is right. ``rollouts``: the share
of ``k`` fresh completions from that prefix that end in a right answer, which needs only a final answer check
(paper: "AlphaMath Almost Zero: Process Supervision without Process").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from outlay.core.ledger import Ledger
from outlay.core.problem import Problem, StepReference
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.pocket import Pocket
from outlay.pocket.memory import prompt_text
from outlay.pocket.tokenizer import BOS, encode
from outlay.tasks.exercise import Split, Task, exercise
from outlay.train.concurrent import each


class Labels(StrEnum):
    """Where step labels come from."""

    EXACT = "exact"
    ROLLOUTS = "rollouts"


@dataclass(frozen=True, slots=True)
class Rollout:
    """One labelled sample.

    Attributes:
        group: number of its problem, unique within a data set.
        task: name of the task.
        level: of the problem.
        prompt: token ids of the prompt.
        ids: token ids of the sample.
        ends: positions in ``ids`` where a step ends.
        labels: in [0, 1], one for each end.
        correct: whether the final answer is right.
    """

    group: int
    task: str
    level: int
    prompt: tuple[int, ...]
    ids: tuple[int, ...]
    ends: tuple[int, ...]
    labels: tuple[float, ...]
    correct: bool


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """What to sample.

    Attributes:
        problems: how many for each task and level.
        samples: for each problem.
        labels: where step labels come from.
        k: completions for each prefix, for ``Labels.ROLLOUTS``.
        first_seed: of the problems.
        split: which problems.
    """

    problems: int = 200
    samples: int = 16
    labels: Labels = Labels.EXACT
    k: int = 8
    first_seed: int = 2_000_000_000
    split: Split = Split.TRAIN


async def sample_rollouts(
    model: Pocket, tasks: Sequence[Task], plan: RolloutPlan, report: Callable[[int, int], None]
) -> list[Rollout]:
    """Sample and label every task and level of a plan; reports problems done and their total."""
    asked = [
        exercise(task, level, plan.first_seed + number, plan.split).problem
        for task in tasks
        for level in range(1, task.info.levels + 1)
        for number in range(plan.problems)
    ]

    async def drawn(numbered: tuple[int, Problem]) -> list[Rollout]:
        group, problem = numbered
        return await _of_problem(model, problem, group, plan, np.random.default_rng([plan.first_seed, group]))

    found = await each(list(enumerate(asked)), drawn, lambda done: report(done, len(asked)))
    return [rollout for made in found for rollout in made]


async def _of_problem(
    model: Pocket, problem: Problem, group: int, plan: RolloutPlan, rng: np.random.Generator
) -> list[Rollout]:
    run = Run(model, Ledger(), rng)
    samples = sorted([pair async for pair in run.sample(Trajectory(problem), plan.samples)], key=lambda pair: pair[0])
    prompt = (BOS, *encode(prompt_text(problem)))
    made: list[Rollout] = []
    for _, one in samples:
        step = one.steps[0]
        ids = step.token_ids or ()
        steps = problem.step_rule.split(step.text)
        ends = np.cumsum([len(encode(text)) for text in steps], dtype=np.int64) - 1
        ends = np.append(ends[:-1], len(ids) - 1) if len(steps) else np.array([len(ids) - 1])
        correct = problem.reference is not None and problem.reference.is_correct(one.value)
        labels = await _labels(run, problem, one, steps, correct, plan)
        made.append(
            Rollout(group, problem.task, problem.level, prompt, tuple(ids), tuple(ends.tolist()), labels, correct)
        )
    return made


async def _labels(
    run: Run, problem: Problem, one: Trajectory, steps: list[str], correct: bool, plan: RolloutPlan
) -> tuple[float, ...]:
    """One label for each step, at least one; the last says whether the finished answer is right."""
    if plan.labels is Labels.EXACT:
        if not isinstance(problem.reference, StepReference):
            raise TypeError(f"task {problem.task!r} cannot check steps; use labels=rollouts")
        inner = [float(label) for label in problem.reference.step_labels(steps)][:-1]
    else:
        inner = []
        prefix = Trajectory(problem)
        for text in steps[:-1]:
            prefix = prefix.extend(Step(text, prefix.last), Finish.STEP)
            inner.append(await _share_right(run, prefix, plan.k))
    return (*inner, float(correct and one.finish is Finish.END))


async def _share_right(run: Run, prefix: Trajectory, k: int) -> float:
    reference = prefix.problem.reference
    values = [longer.value async for _, longer in run.sample(prefix, k)]
    return sum(reference is not None and reference.is_correct(value) for value in values) / k


def save_rollouts(rollouts: Sequence[Rollout], path: Path) -> None:
    """Write a data set as safetensors: flat arrays with offsets."""
    tasks = sorted({one.task for one in rollouts})
    arrays: dict[str, NDArray[np.generic]] = {}
    for name in ("prompt", "ids", "ends", "labels"):
        parts = [np.asarray(getattr(one, name), np.float32) for one in rollouts]
        arrays[name] = np.concatenate(parts).astype(np.float32 if name == "labels" else np.int32)
        arrays[f"{name}_offsets"] = np.cumsum([0, *map(len, parts)])
    arrays["group"] = np.array([one.group for one in rollouts])
    arrays["task"] = np.array([tasks.index(one.task) for one in rollouts])
    arrays["level"] = np.array([one.level for one in rollouts])
    arrays["correct"] = np.array([one.correct for one in rollouts])
    save_file(arrays, path, metadata={"tasks": ",".join(tasks)})


def load_rollouts(path: Path, tasks: Sequence[str]) -> list[Rollout]:
    """Read a data set; ``tasks`` are the names it was written with, sorted."""
    arrays = load_file(path)

    def part(name: str, i: int) -> list[float]:
        offsets = arrays[f"{name}_offsets"]
        found: list[float] = arrays[name][offsets[i] : offsets[i + 1]].tolist()
        return found

    return [
        Rollout(
            int(arrays["group"][i]),
            tasks[int(arrays["task"][i])],
            int(arrays["level"][i]),
            tuple(map(int, part("prompt", i))),
            tuple(map(int, part("ids", i))),
            tuple(map(int, part("ends", i))),
            tuple(part("labels", i)),
            bool(arrays["correct"][i]),
        )
        for i in range(len(arrays["group"]))
    ]
