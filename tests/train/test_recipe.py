"""A language model and a reward model can be made from scratch, resumed, and used."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.models.pocket import Pocket
from outlay.pocket.tokenizer import EOS, decode
from outlay.pocket.weights import SHIPPED
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import exercise
from outlay.train import recipe as recipes
from outlay.train.corpus import Mixture
from outlay.train.language_model import LanguageModelRecipe, Progress, exercises, train_language_model
from outlay.train.recipe import Examination, make_language_model, make_reward_model
from outlay.train.reward_model import RewardRecipe, mixed
from outlay.train.rollouts import Labels, Rollout, RolloutPlan, load_rollouts, sample_rollouts, save_rollouts
from outlay.train.sizes import STANDARD
from outlay.verifiers.process_reward import ProcessReward
from tests.pocket.models import SHAPE

RECIPE = LanguageModelRecipe(tokens=4000, batch_tokens=1000, warmup_steps=2, checkpoint_minutes=0.0)
ONCE = Examination(problems=1, samples=2)


class Broken(Exception):  # noqa: N818 (not an error of the program)
    """What a test raises to break off."""


def card_of(folder: Path, name: str) -> dict[str, Any]:
    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(), parse_constant=no_constant)
    return found


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model that was interrupted after its second step and then finished."""
    folder = tmp_path_factory.mktemp("recipe") / "models"
    told: list[tuple[str, int]] = []

    def interrupt(what: str, done: int, total: int, detail: str) -> None:
        told.append((what, done))
        assert detail.startswith("loss ")
        if len(told) == 3:
            raise Broken

    with pytest.raises(Broken):
        anyio.run(make_language_model, folder, RECIPE, ONCE, interrupt)
    state = json.loads((folder / "checkpoint" / "training.json").read_text())["state"]
    assert state["step"] == 2
    assert state["tokens"] == told[1][1]
    assert not (folder / "language_model.safetensors").exists()

    resumed: list[tuple[str, int, int]] = []
    anyio.run(make_language_model, folder, RECIPE, ONCE, lambda *now: resumed.append(now[:3]))
    first = next(done for what, done, _ in resumed if what == "training")
    assert told[1][1] < first < told[1][1] + RECIPE.batch_tokens
    levels = sum(task.info.levels for task in recipes.TASKS)
    assert resumed[-1] == ("evaluating", levels, levels)
    return folder


def test_an_interrupted_training_goes_on_from_its_checkpoint(language_model: Path) -> None:
    state = json.loads((language_model / "checkpoint" / "training.json").read_text())["state"]
    assert state["step"] >= 4
    assert state["tokens"] >= RECIPE.tokens
    assert card_of(language_model, "language_model")["training_steps"] == state["step"]


def test_the_card_says_what_the_model_is_and_how_it_was_made(language_model: Path) -> None:
    card = card_of(language_model, "language_model")
    weights = language_model / "language_model.safetensors"
    assert card["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert card["recipe"]["tokens"] == RECIPE.tokens
    assert card["command"] == f"outlay train pocket --tokens {RECIPE.tokens} --seed {RECIPE.seed}"
    assert set(card["made_with"]) == {"outlay", "torch", "python"}
    assert {"architecture", "data", "mixture", "wall_seconds", "licence"} <= set(card)
    results = card["test_accuracy"]
    assert [(one["task"], one["level"]) for one in results] == [
        (task.info.name, level) for task in recipes.TASKS for level in range(1, task.info.levels + 1)
    ]
    assert all(one["problems"] == 1 and 0 <= one["accuracy"] <= one["coverage"] <= 1 for one in results)
    assert Pocket(str(language_model)).weights.digest == card["sha256"]


def test_a_finished_training_is_not_trained_again(language_model: Path) -> None:
    told: list[Progress] = []
    shape = Pocket(str(language_model)).weights.shape
    train_language_model(exercises(STANDARD.corpus, RECIPE), shape, RECIPE, language_model / "checkpoint", told.append)
    assert told == []


def test_an_unbroken_training_learns_and_gives_the_same_weights_for_a_seed(tmp_path: Path) -> None:
    recipe = replace(RECIPE, tokens=12_000, checkpoint_minutes=60.0)
    losses: list[list[float]] = []
    for name in ("one", "two"):
        losses.append([])
        stream = exercises({"chain": Chain()}, recipe, Mixture({"chain": 1.0}, {"chain": (1.0,) * 6}))
        train_language_model(stream, SHAPE, recipe, tmp_path / name, lambda now: losses[-1].append(now.loss))
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0] - 0.2


@pytest.mark.parametrize("settings", [{"tokens": 0}, {"decay_share": 0.0}, {"decay_share": 1.5}])
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidSettingError, match=next(iter(settings))):
        LanguageModelRecipe(**settings)


def test_the_learning_rate_warms_up_stays_and_falls_to_zero() -> None:
    recipe = LanguageModelRecipe(warmup_steps=10, decay_share=0.4)
    assert recipe.rate(0, 0.0) == pytest.approx(0.1)
    assert recipe.rate(9, 0.1) == recipe.rate(500, 0.6) == 1.0
    assert recipe.rate(900, 0.8) == pytest.approx(0.5)
    assert recipe.rate(999, 1.0) == 0.0


PLAN = RolloutPlan(problems=2, samples=3)


@pytest.fixture(scope="module")
def rollouts(pocket_folder: Path) -> list[Rollout]:
    told: list[tuple[int, int]] = []
    made = anyio.run(sample_rollouts, Pocket(str(pocket_folder)), [Chain()], PLAN, lambda *now: told.append(now))
    assert told[-1] == (12, 12)
    return list(made)


def test_exact_labels_are_the_references(rollouts: list[Rollout]) -> None:
    assert [one.group for one in rollouts] == [group for group in range(12) for _ in range(3)]
    for one in rollouts:
        number = one.group % PLAN.problems
        problem = exercise(Chain(), one.level, PLAN.first_seed + number, PLAN.split).problem
        assert decode(one.prompt) == problem.messages[-1].content + "\n"
        steps = problem.step_rule.split(decode(one.ids))
        inner = problem.reference.step_labels(steps)[:-1]  # type: ignore[union-attr]
        assert list(one.labels[:-1]) == [float(label) for label in inner]
        assert one.labels[-1] == float(one.correct and one.ids[-1] == EOS)
        assert len(one.labels) == len(one.ends) == max(1, len(steps))
        assert one.ends[-1] == len(one.ids) - 1


def test_labels_from_rollouts_are_shares(pocket_folder: Path) -> None:
    plan = RolloutPlan(problems=1, samples=1, labels=Labels.ROLLOUTS, k=2)
    made = anyio.run(sample_rollouts, Pocket(str(pocket_folder)), [Chain()], plan, lambda *_: None)
    assert all(label in {0.0, 0.5, 1.0} for one in made for label in one.labels)


def test_saved_rollouts_come_back_equal(rollouts: list[Rollout], tmp_path: Path) -> None:
    varied = [replace(one, labels=tuple(np.float32(x / 3).item() for x in one.labels)) for one in rollouts]
    mixed = [*varied, replace(rollouts[0], task="procedure", correct=True, group=99)]
    save_rollouts(mixed, tmp_path / "rollouts.safetensors")
    assert load_rollouts(tmp_path / "rollouts.safetensors", ["chain", "procedure"]) == mixed


def test_only_problems_with_right_and_wrong_samples_teach_a_reward_model() -> None:
    outcomes = {1: (True, True), 2: (False, True), 3: (False, False)}
    given = [
        Rollout(group, "chain", 1, (1,), (2,), (0,), (float(correct),), correct)
        for group, pair in outcomes.items()
        for correct in pair
    ]
    assert {one.group for one in mixed(given)} == {2}
    assert len(mixed(given)) == 2


def test_a_reward_model_can_be_made_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "TASKS", (Chain(),))
    plan, recipe = RolloutPlan(problems=2, samples=4), RewardRecipe(epochs=2, batch_tokens=2000)
    told: list[tuple[str, int, int]] = []

    def make() -> None:
        anyio.run(
            make_reward_model, tmp_path, SHIPPED, plan, recipe, ONCE, lambda *now: told.append(now[:3])
        )  # fmt: skip

    make()
    card = card_of(tmp_path, "reward_model")
    model = Pocket(str(tmp_path))
    assert card["language_model_sha256"] == model.weights.digest == Pocket().weights.digest
    assert card["sha256"] == hashlib.sha256((tmp_path / "reward_model.safetensors").read_bytes()).hexdigest()
    assert card["rollouts"]["problems"] == 2
    assert len(card["test_quality"]) == Chain().info.levels
    assert ProcessReward(path=str(tmp_path)).info.name == "process_reward"
    assert {what for what, _, _ in told} == {"sampling", "training", "evaluating"}
    told.clear()
    make()
    assert {what for what, _, _ in told} == {"training", "evaluating"}


def test_samples_that_are_all_right_or_all_wrong_teach_no_reward_model(pocket_folder: Path, tmp_path: Path) -> None:
    """A language model with random weights is never right."""
    plan = RolloutPlan(problems=1, samples=2)
    with pytest.raises(InvalidInputError, match="nothing to learn"):
        anyio.run(make_reward_model, tmp_path, pocket_folder, plan, RewardRecipe(), ONCE, lambda *_: None)
    assert not (tmp_path / "reward_model.safetensors").exists()
