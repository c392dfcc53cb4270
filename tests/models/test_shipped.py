"""Every shipped model loads, is the file its card describes, answers deterministically, and reads its tasks."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.models import MODELS
from outlay.models.pocket import Pocket
from outlay.pocket.tokenizer import VOCABULARY
from outlay.tasks import TASKS
from outlay.tasks.exercise import problems
from outlay.train.concurrent import each

SHIPPED_MODELS = ("pocket", "pocket_dialogue", "pocket_small")
PLAIN = ("pocket", "pocket_small")
"""Those whose cards say how often they are right."""


def built(name: str) -> Pocket:
    model = MODELS.build(name)
    assert isinstance(model, Pocket)
    return model


def card_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "language_model.json").read_text())
    return found


def answered(model: Pocket, asked: Sequence[Problem], samples: int) -> list[list[str | None]]:
    """The values that a model gives for each problem, in the order of its seeds."""

    async def values(number: int, problem: Problem) -> list[str | None]:
        run = Run(model, Ledger(), np.random.default_rng(number))
        pairs = [pair async for pair in run.sample(Trajectory(problem), samples)]
        return [one.value for _, one in sorted(pairs, key=lambda pair: pair[0])]

    async def all_at_once() -> list[list[str | None]]:
        return await each(list(enumerate(asked)), lambda one: values(*one), lambda _: None)

    return anyio.run(all_at_once)


@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_the_weights_are_those_of_the_card(name: str) -> None:
    model = built(name)
    card = card_of(model.folder)
    content = (model.folder / "language_model.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest() == model.weights.digest
    assert card["architecture"] == model.weights.shape.as_dict()
    assert card["architecture"]["vocabulary"] == len(VOCABULARY)
    assert {"recipe", "command", "data", "wall_seconds", "made_with", "licence"} <= set(card)
    assert model.info.name == name
    assert model.info.parameters == model.weights.shape.parameters


@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_a_model_answers_deterministically(name: str) -> None:
    asked = problems(TASKS.build("procedure"), 1, range(3))
    first, again = (answered(built(name), asked, 4) for _ in range(2))
    assert first == again
    assert any(value for values in first for value in values)


@pytest.mark.parametrize("name", PLAIN)
def test_the_card_says_how_good_it_is_at_every_level(name: str) -> None:
    card = card_of(built(name).folder)
    asked = card.get("tasks", ["chain", "countdown", "procedure", "program"])
    levels = {(TASKS.build(task).info.name, level) for task in asked for level in levels_of(task)}
    assert {(one["task"], one["level"]) for one in card["test_accuracy"]} == levels
    for one in card["test_accuracy"]:
        assert 0 <= one["accuracy"] <= 1
        assert one["problems"] >= 100
        assert "margin" in one


def levels_of(task: str) -> range:
    return range(1, TASKS.build(task).info.levels + 1)


def test_the_small_model_is_small() -> None:
    small = built("pocket_small")
    assert (small.folder / "language_model.safetensors").stat().st_size < 1_500_000
    assert 3 * small.info.parameters < built("pocket").info.parameters


def test_the_small_model_is_as_good_at_its_eight_tasks_as_its_card_says() -> None:
    """Problems of level 1. The means of 192 questions are 0.15 apart with probability below 0.001 (Hoeffding)."""
    model = built("pocket_small")
    card = card_of(model.folder)
    assert len(card["tasks"]) == 8
    asked = [problem for name in card["tasks"] for problem in problems(TASKS.build(name), 1, range(24))]
    found = answered(model, asked, 2)
    right = [
        [problem.reference is not None and problem.reference.is_correct(value) for value in values]
        for problem, values in zip(asked, found, strict=True)
    ]
    stated = [one["accuracy"] for one in card["test_accuracy"] if one["level"] == 1]
    assert abs(np.mean(right) - np.mean(stated)) < 0.15
