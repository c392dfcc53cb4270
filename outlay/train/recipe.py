"""The whole recipes of the shipped models: data, training, evaluation, and the files with their cards."""

import hashlib
import json
import platform
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from outlay.models.pocket import Pocket
from outlay.tasks.exercise import Task
from outlay.train.evaluation import LevelResult, evaluate
from outlay.train.language_model import LanguageModelRecipe, exercises, train_language_model
from outlay.train.network import PocketNetwork
from outlay.train.reward_model import REWARD_SHAPE, RewardRecipe, mixed, train_reward_model
from outlay.train.rollouts import RolloutPlan, load_rollouts, sample_rollouts, save_rollouts
from outlay.train.sizes import STANDARD, Size
from outlay.verifiers.process_reward import ProcessReward

TASKS: Sequence[Task] = STANDARD.tasks
"""What the reward model and the dialogue model are about."""
CHECKPOINT = "checkpoint"
ROLLOUTS = "rollouts.safetensors"
Report = Callable[[str, int, int, str], None]
"""Told what is being done, how far it is, of how much, and a detail such as the loss."""


@dataclass(frozen=True, slots=True)
class Examination:
    """How many test problems of each level are asked, and how often."""

    problems: int = 200
    samples: int = 16


async def make_language_model(
    folder: Path, recipe: LanguageModelRecipe, examination: Examination, report: Report, size: Size = STANDARD
) -> Sequence[LevelResult]:
    """Train a language model, or go on from its checkpoint, and write it with its card into ``folder``.

    Args:
        folder: where the model goes.
        recipe: of the training.
        examination: of the result.
        report: told of progress.
        size: which of the models that ship.

    Raises:
        InvalidSettingError: if a setting is out of range.
    """
    checkpoint = folder / CHECKPOINT
    train_language_model(
        exercises(size.corpus, recipe, size.mixture), size.shape, recipe, checkpoint,
        lambda now: report("training", now.tokens, now.of_tokens, f"loss {now.loss:.3f}"),
    )  # fmt: skip
    state = json.loads((checkpoint / "training.json").read_text())["state"]
    weights = folder / "language_model.safetensors"
    shutil.copyfile(checkpoint / "model.safetensors", weights)
    option = "" if size is STANDARD else f" --size {size.name}"
    card: dict[str, Any] = {
        "architecture": size.shape.as_dict(),
        "tasks": list(size.asked),
        "data": "worked exercises of the generated tasks, training split; a prompt is in the test split if its "
        "CRC-32 is divisible by 8",
        "mixture": asdict(size.mixture),
        "recipe": asdict(recipe),
        "command": f"outlay train pocket{option} --tokens {recipe.tokens} --seed {recipe.seed}",
        "training_steps": state["step"],
        "wall_seconds": round(state["seconds"]),
    }
    write_card(weights, card)
    results = await evaluate(
        Pocket(str(folder)), size.tasks, examination.problems, examination.samples,
        lambda done, total: report("evaluating", done, total, ""),
    )  # fmt: skip
    write_card(weights, {**card, "test_accuracy": [result.as_dict() for result in results]})
    return results


async def make_reward_model(
    folder: Path, source: Path, plan: RolloutPlan, recipe: RewardRecipe, examination: Examination, report: Report
) -> Sequence[LevelResult]:
    """Sample a language model, train a reward model on what comes out, and write it with its card into ``folder``.

    Samples are kept in ``folder`` and used again by a later call.

    Args:
        folder: where the reward model goes; the language model is copied beside it if it is not there.
        source: folder of the language model.
        plan: what to sample.
        recipe: of the training.
        examination: of the result.
        report: told of progress.

    Raises:
        InvalidInputError: if ``source`` holds no language model.
    """
    model = Pocket(str(source))
    _copy_language_model(source, folder)
    started = time.monotonic()
    if not (folder / ROLLOUTS).exists():
        drawn = await sample_rollouts(model, TASKS, plan, lambda done, total: report("sampling", done, total, ""))
        save_rollouts(drawn, folder / ROLLOUTS)
    rollouts = load_rollouts(folder / ROLLOUTS, sorted(task.info.name for task in TASKS))
    trunk = PocketNetwork(model.weights.shape)
    trunk.load_state_dict(load_file(source / "language_model.safetensors"))
    telling = mixed(rollouts)
    network = train_reward_model(
        trunk, telling, recipe, lambda step, steps, loss: report("training", step, steps, f"loss {loss:.3f}")
    )
    weights = folder / "reward_model.safetensors"
    save_file(network.state_dict(), weights)
    card: dict[str, Any] = {
        "architecture": REWARD_SHAPE.as_dict(),
        "language_model_sha256": model.weights.digest,
        "data": f"{len(telling)} samples of the language model, labelled step by step: of {len(rollouts)} on training "
        "problems, those of problems with right and wrong ones",
        "rollouts": asdict(plan),
        "recipe": asdict(recipe),
        "command": f"outlay train reward --problems {plan.problems} --samples {plan.samples} --labels {plan.labels} "
        f"--epochs {recipe.epochs} --seed {recipe.seed}",
        "wall_seconds": round(time.monotonic() - started),
    }
    write_card(weights, card)
    results = await evaluate(
        Pocket(str(folder)), TASKS, examination.problems, examination.samples,
        lambda done, total: report("evaluating", done, total, ""), ProcessReward(path=str(folder)),
    )  # fmt: skip
    write_card(weights, {**card, "test_quality": [result.as_dict() for result in results]})
    return results


def _copy_language_model(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("language_model.safetensors", "language_model.json"):
        if not (folder / name).exists():
            shutil.copyfile(source / name, folder / name)


def write_card(weights: Path, card: Mapping[str, Any]) -> None:
    """The card beside a weights file, with the file's hash and what made it."""
    whole = {
        **card,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "made_with": {
            "outlay": metadata.version("outlay"), "torch": torch.__version__, "python": platform.python_version(),
        },
        "licence": "Apache-2.0",
    }  # fmt: skip
    weights.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n")
