"""The whole recipe of the shipped dialogue model: the language model, trained on in conversations about its samples."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from outlay.models.pocket import Pocket
from outlay.tasks.exercise import exercise
from outlay.train.dialogue import KINDS, attempts, conversations, mixed
from outlay.train.dialogue_evaluation import DialogueResult, evaluate_dialogue
from outlay.train.language_model import LanguageModelRecipe, Stream, exercises, train_language_model
from outlay.train.recipe import CHECKPOINT, ROLLOUTS, TASKS, Examination, Report, write_card
from outlay.train.rollouts import RolloutPlan, load_rollouts, sample_rollouts, save_rollouts
from outlay.train.sizes import STANDARD

FIRST_SEED = 2_500_000_000
"""Of the problems that conversations are about; the reward model has learnt from others."""
DEFAULT_RECIPE = LanguageModelRecipe(
    tokens=6_500_000, learning_rate=1.5e-3, embedding_rate=1e-3, decay_share=0.7, seed=3
)
DEFAULT_PLAN = RolloutPlan(problems=200, samples=8, first_seed=FIRST_SEED)


async def make_dialogue_model(
    folder: Path,
    source: Path,
    plan: RolloutPlan,
    recipe: LanguageModelRecipe,
    examination: Examination,
    report: Report,
    share: float = 0.6,
) -> list[DialogueResult]:
    """Sample a language model, train it on in conversations about the samples, and write it with its card.

    Samples and checkpoints are kept in ``folder`` and used again by a later call.

    Args:
        folder: where the model goes.
        source: folder of the language model to begin with.
        plan: what to sample.
        recipe: of the training.
        examination: of the result.
        report: told of progress.
        share: of batches that are conversations; the rest are worked exercises, so that those are not forgotten.
    """
    model = Pocket(str(source))
    _make(folder)
    if not (folder / ROLLOUTS).exists():
        drawn = await sample_rollouts(model, TASKS, plan, lambda done, total: report("sampling", done, total, ""))
        save_rollouts(drawn, folder / ROLLOUTS)
    rollouts = load_rollouts(folder / ROLLOUTS, sorted(task.info.name for task in TASKS))
    cells = [(task, level) for task in TASKS for level in range(1, task.info.levels + 1)]
    worked = {
        cell * plan.problems + number: exercise(task, level, plan.first_seed + number, plan.split).solution
        for cell, (task, level) in enumerate(cells)
        for number in range(plan.problems)
    }
    given = attempts(rollouts, worked)
    plain = exercises(STANDARD.corpus, recipe, replace(STANDARD.mixture, all_levels_by=1e-9))

    def stream_from(step: int) -> Stream:
        rng = np.random.default_rng([recipe.seed, step, 1])
        talk = conversations(given, recipe.batch_tokens, model.weights.shape.context, rng)
        return mixed(plain(step), talk, share, rng)

    train_language_model(
        stream_from, model.weights.shape, recipe, folder / CHECKPOINT,
        lambda now: report("training", now.tokens, now.of_tokens, f"loss {now.loss:.3f}"),
        source / "language_model.safetensors",
    )  # fmt: skip
    state = json.loads((folder / CHECKPOINT / "training.json").read_text())["state"]
    weights = folder / "language_model.safetensors"
    shutil.copyfile(folder / CHECKPOINT / "model.safetensors", weights)
    card: dict[str, Any] = {
        "architecture": model.weights.shape.as_dict(),
        "started_from_sha256": model.weights.digest,
        "data": f"conversations about {len(given)} samples of the language model on training problems, and worked "
        "exercises of the generated tasks, training split",
        "conversations": {"share": share, **{kind.__name__: weight for kind, weight in KINDS.items()}},
        "rollouts": asdict(plan),
        "recipe": asdict(recipe),
        "command": f"outlay train dialogue --tokens {recipe.tokens} --problems {plan.problems} "
        f"--samples {plan.samples} --seed {recipe.seed}",
        "training_steps": state["step"],
        "wall_seconds": round(state["seconds"]),
    }
    write_card(weights, card)
    results = await evaluate_dialogue(
        Pocket(str(folder)), TASKS, examination.problems, examination.samples,
        lambda done, total: report("evaluating", done, total, ""),
    )  # fmt: skip
    write_card(weights, {**card, "test_dialogue": [asdict(result) for result in results]})
    return results


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
