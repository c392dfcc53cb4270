"""Trains a pocket language model from scratch: Muon and AdamW, warm-up, a plateau and a linear decay; resumable."""

import json
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's own name for it)
from safetensors.torch import load_file, save_file

from outlay.core.errors import InvalidSettingError
from outlay.pocket.architecture import Architecture
from outlay.tasks.exercise import Task
from outlay.train.corpus import DEFAULT_MIXTURE, Batch, Mixture, batches
from outlay.train.muon import Muon
from outlay.train.network import PocketNetwork


@dataclass(frozen=True, slots=True)
class LanguageModelRecipe:
    """Settings of one training run.

    Attributes:
        tokens: tokens to train on, prompts and solutions, padding not counted.
        batch_tokens: tokens in one step, padding counted.
        learning_rate: its plateau, for the matrices of hidden layers, which Muon moves.
        embedding_rate: the same for the embeddings and the norms' scales, which AdamW moves.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of training in which the learning rate falls linearly to zero.
        weight_decay: of the matrices of hidden layers.
        seed: of weights and data.
        checkpoint_minutes: how often the state is written.
    """

    tokens: int = 20_000_000
    batch_tokens: int = 5_000
    learning_rate: float = 3e-3
    embedding_rate: float = 2e-3
    warmup_steps: int = 100
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
        """The share of the learning rate at a step and a share of training done."""
        warm = min(1.0, (step + 1) / self.warmup_steps)
        decay = min(1.0, (1.0 - progress) / self.decay_share)
        return warm * max(decay, 0.0)


Stream = Generator[Batch, float | None, None]


def exercises(
    tasks: Mapping[str, Task], recipe: LanguageModelRecipe, mixture: Mixture = DEFAULT_MIXTURE
) -> Callable[[int], Stream]:
    """Worked exercises to train on. A resumed run draws others than an unbroken one would, but none twice."""

    def stream_from(step: int) -> Stream:
        rng = np.random.default_rng([recipe.seed, step])
        return batches(tasks, mixture, recipe.batch_tokens, 10_000_000 * (step + 1), rng)

    return stream_from


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after a step."""

    step: int
    tokens: int
    of_tokens: int
    loss: float
    seconds: float


def train_language_model(
    stream_from: Callable[[int], Stream],
    shape: Architecture,
    recipe: LanguageModelRecipe,
    folder: Path,
    report: Callable[[Progress], None],
    start: Path | None = None,
) -> PocketNetwork:
    """Train, or go on from the checkpoint in ``folder``; the weights end in ``folder/model.safetensors``.

    Args:
        stream_from: batches for training that goes on from a step; ``send`` takes the progress in [0, 1].
        shape: of the model.
        recipe: how to train.
        folder: of checkpoints.
        report: told after each step.
        start: a weights file to begin with; without it, weights are drawn.
    """
    torch.manual_seed(recipe.seed)
    network = PocketNetwork(shape)
    optimizers = _optimizers(network, recipe)
    folder.mkdir(parents=True, exist_ok=True)
    if start is not None:
        network.load_state_dict(load_file(start))
    state = _resume(folder, network, optimizers)
    step, tokens, spent = int(state["step"]), int(state["tokens"]), state["seconds"]
    stream = stream_from(step)
    started = saved = time.monotonic()
    batch = next(stream)
    while tokens < recipe.tokens:
        for optimizer, plateau in zip(optimizers, (recipe.learning_rate, recipe.embedding_rate), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = plateau * recipe.rate(step, tokens / recipe.tokens)
        logits = network(torch.from_numpy(batch.inputs))
        targets = torch.from_numpy(batch.targets)
        losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-100, reduction="none")
        weights = torch.from_numpy(batch.weights)[:, None]
        loss = (weights * losses).sum() / (weights * (targets >= 0)).sum()
        network.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step, tokens = step + 1, tokens + int((batch.inputs > 0).sum())
        seconds = spent + time.monotonic() - started
        report(Progress(step, tokens, recipe.tokens, float(loss.detach()), seconds))
        if time.monotonic() - saved > 60 * recipe.checkpoint_minutes or tokens >= recipe.tokens:
            _save(
                folder,
                network,
                optimizers,
                {"step": step, "tokens": tokens, "seconds": seconds},
                recipe,
                shape,
            )
            saved = time.monotonic()
        batch = stream.send(tokens / recipe.tokens)
    return network


def _optimizers(network: PocketNetwork, recipe: LanguageModelRecipe) -> tuple[torch.optim.Optimizer, ...]:
    hidden = [weight for name, weight in network.named_parameters() if weight.ndim == 2 and "embed" not in name]
    others = [weight for name, weight in network.named_parameters() if weight.ndim < 2 or "embed" in name]
    return (
        Muon(hidden, recipe.learning_rate, momentum=0.95, weight_decay=recipe.weight_decay),
        torch.optim.AdamW(others, lr=recipe.embedding_rate, betas=(0.9, 0.98), weight_decay=0.0),
    )


def _save(
    folder: Path,
    network: PocketNetwork,
    optimizers: Sequence[torch.optim.Optimizer],
    state: dict[str, float],
    recipe: LanguageModelRecipe,
    shape: Architecture,
) -> None:
    """Write weights and optimizer state under new names, then rename, so that a kill never leaves half a file."""
    save_file(network.state_dict(), folder / "model.safetensors.new")
    moments = {
        f"{which}.{index}.{key}": value
        for which, optimizer in enumerate(optimizers)
        for index, entry in optimizer.state_dict()["state"].items()
        for key, value in entry.items()
    }
    save_file(moments, folder / "optimizer.safetensors.new")
    settings = {"state": state, "recipe": asdict(recipe), "architecture": shape.as_dict()}
    (folder / "training.json.new").write_text(json.dumps(settings, indent=1))
    for name in ("model.safetensors", "optimizer.safetensors", "training.json"):
        os.replace(folder / f"{name}.new", folder / name)  # noqa: PTH105 (atomic, and replaces)


def _resume(folder: Path, network: PocketNetwork, optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, float]:
    if not (folder / "training.json").exists():
        return {"step": 0, "tokens": 0, "seconds": 0.0}
    network.load_state_dict(load_file(folder / "model.safetensors"))
    moments: list[dict[int, dict[str, torch.Tensor]]] = [{} for _ in optimizers]
    for name, value in load_file(folder / "optimizer.safetensors").items():
        which, index, key = name.split(".")
        moments[int(which)].setdefault(int(index), {})[key] = value
    for optimizer, state in zip(optimizers, moments, strict=True):
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    saved: dict[str, float] = json.loads((folder / "training.json").read_text())["state"]
    return saved
