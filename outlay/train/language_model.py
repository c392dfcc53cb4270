"""Trains a pocket language model from scratch: AdamW, warm-up, a plateau and a linear decay; resumable."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's own name for it)
from safetensors.torch import load_file, save_file

from outlay.core.errors import InvalidSettingError
from outlay.pocket.architecture import Architecture
from outlay.tasks.exercise import Task
from outlay.train.corpus import DEFAULT_MIXTURE, Mixture, batches
from outlay.train.network import PocketNetwork


@dataclass(frozen=True, slots=True)
class LanguageModelRecipe:
    """Settings of one training run.

    Attributes:
        tokens: tokens to train on, prompts and solutions, padding not counted.
        batch_tokens: tokens in one step, padding counted.
        learning_rate: its plateau.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of training in which the learning rate falls linearly to zero.
        weight_decay: AdamW's, on matrices only.
        seed: of weights and data.
        checkpoint_minutes: how often the state is written.
    """

    tokens: int = 50_000_000
    batch_tokens: int = 10_000
    learning_rate: float = 3e-3
    warmup_steps: int = 150
    decay_share: float = 0.4
    weight_decay: float = 0.05
    seed: int = 1
    checkpoint_minutes: float = 3.0

    def __post_init__(self) -> None:
        if self.tokens < 1:
            raise InvalidSettingError("training", "tokens", self.tokens, "1 or above")
        if not 0 < self.decay_share <= 1:
            raise InvalidSettingError("training", "decay_share", self.decay_share, "in (0, 1]")

    def rate(self, step: int, progress: float) -> float:
        """The learning rate at a step and a share of training done."""
        warm = min(1.0, (step + 1) / self.warmup_steps)
        decay = min(1.0, (1.0 - progress) / self.decay_share)
        return self.learning_rate * warm * max(decay, 0.0)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after a step."""

    step: int
    tokens: int
    of_tokens: int
    loss: float
    seconds: float


def train_language_model(
    tasks: Mapping[str, Task],
    shape: Architecture,
    recipe: LanguageModelRecipe,
    folder: Path,
    report: Callable[[Progress], None],
    mixture: Mixture = DEFAULT_MIXTURE,
) -> PocketNetwork:
    """Train, or go on from the checkpoint in ``folder``; the weights end in ``folder/model.safetensors``.

    A resumed run draws other exercises than an unbroken one would, but none twice.
    """
    torch.manual_seed(recipe.seed)
    network = PocketNetwork(shape)
    optimizer = _optimizer(network, recipe)
    folder.mkdir(parents=True, exist_ok=True)
    state = _resume(folder, network, optimizer)
    step, tokens, spent = int(state["step"]), int(state["tokens"]), state["seconds"]
    stream = batches(
        tasks,
        mixture,
        recipe.batch_tokens,
        10_000_000 * (step + 1),
        np.random.default_rng([recipe.seed, step]),
    )
    started = saved = time.monotonic()
    batch = next(stream)
    while tokens < recipe.tokens:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(step, tokens / recipe.tokens)
        logits = network(torch.from_numpy(batch.inputs))
        targets = torch.from_numpy(batch.targets)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step, tokens = step + 1, tokens + int((batch.inputs > 0).sum())
        seconds = spent + time.monotonic() - started
        report(Progress(step, tokens, recipe.tokens, float(loss.detach()), seconds))
        if time.monotonic() - saved > 60 * recipe.checkpoint_minutes or tokens >= recipe.tokens:
            _save(
                folder,
                network,
                optimizer,
                {"step": step, "tokens": tokens, "seconds": seconds},
                recipe,
                shape,
            )
            saved = time.monotonic()
        batch = stream.send(tokens / recipe.tokens)
    return network


def _optimizer(network: PocketNetwork, recipe: LanguageModelRecipe) -> torch.optim.Optimizer:
    matrices = [weight for weight in network.parameters() if weight.ndim >= 2]
    vectors = [weight for weight in network.parameters() if weight.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True)


def _save(
    folder: Path,
    network: PocketNetwork,
    optimizer: torch.optim.Optimizer,
    state: dict[str, float],
    recipe: LanguageModelRecipe,
    shape: Architecture,
) -> None:
    """Write weights and optimizer state under new names, then rename, so that a kill never leaves half a file."""
    save_file(network.state_dict(), folder / "model.safetensors.new")
    moments = {
        f"{index}.{key}": value
        for index, entry in optimizer.state_dict()["state"].items()
        for key, value in entry.items()
    }
    save_file(moments, folder / "optimizer.safetensors.new")
    settings = {"state": state, "recipe": asdict(recipe), "architecture": shape.as_dict()}
    (folder / "training.json.new").write_text(json.dumps(settings, indent=1))
    for name in ("model.safetensors", "optimizer.safetensors", "training.json"):
        os.replace(folder / f"{name}.new", folder / name)  # noqa: PTH105 (atomic, and replaces)


def _resume(folder: Path, network: PocketNetwork, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    if not (folder / "training.json").exists():
        return {"step": 0, "tokens": 0, "seconds": 0.0}
    network.load_state_dict(load_file(folder / "model.safetensors"))
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in load_file(folder / "optimizer.safetensors").items():
        index, _, key = name.partition(".")
        moments.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    saved: dict[str, float] = json.loads((folder / "training.json").read_text())["state"]
    return saved
