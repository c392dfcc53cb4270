"""Trains a pocket reward model on labelled samples: exact prefix labels and comparisons within one problem.

Trained on outcomes alone, small reward models learn how hard a problem is and nothing of the sample before them. Three
things prevent that: the trunk's log-probabilities as inputs, a loss that compares samples of one problem, and leaving
out problems whose samples are all right or all wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's own name for it)
from torch import Tensor

from outlay.core.errors import InvalidInputError
from outlay.pocket.architecture import Architecture
from outlay.pocket.tokenizer import PAD
from outlay.train.network import PocketNetwork
from outlay.train.reward_network import RewardNetwork, trunk_inputs
from outlay.train.rollouts import Rollout

REWARD_SHAPE = Architecture(width=96, layers=2, heads=4, key_value_heads=2, hidden=256)


@dataclass(frozen=True, slots=True)
class RewardRecipe:
    """Settings of one training run.

    Attributes:
        epochs: passes over the samples.
        batch_tokens: tokens in one step, padding counted.
        learning_rate: its peak, after a short warm-up and before a cosine decay to zero.
        weight_decay: AdamW's.
        comparison: weight of the loss that compares right and wrong samples of one problem.
        seed: of weights and order.
    """

    epochs: int = 8
    batch_tokens: int = 16_000
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    comparison: float = 0.5
    seed: int = 2


@dataclass(frozen=True, slots=True)
class RewardBatch:
    """Padded samples of some problems, all (batch, time) but for ``correct`` and ``group`` (batch,).

    Labels are -1 where no step ends.
    """

    tokens: Tensor
    generated: Tensor
    labels: Tensor
    last: Tensor
    correct: Tensor
    group: Tensor


def train_reward_model(
    trunk: PocketNetwork,
    rollouts: Sequence[Rollout],
    recipe: RewardRecipe,
    report: Callable[[int, int, float], None],
) -> RewardNetwork:
    """Train on a frozen trunk, whose outputs are kept in memory; reports step, number of steps and loss.

    Raises:
        InvalidInputError: if there are no samples.
    """
    if not rollouts:
        raise InvalidInputError(
            "no problem has right and wrong samples, so there is nothing to learn; train the language model for longer "
            "or sample more with --problems"
        )
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = RewardNetwork(REWARD_SHAPE, trunk.shape.width)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
    )
    batches = list(reward_batches(rollouts, recipe.batch_tokens, rng))
    order = [index for _ in range(recipe.epochs) for index in rng.permutation(len(batches))]
    inputs: dict[int, tuple[Tensor, Tensor]] = {}  # the trunk is frozen: it reads each batch once
    for step, index in enumerate(order):
        batch = batches[index]
        if index not in inputs:
            inputs[index] = trunk_inputs(trunk, batch.tokens, batch.generated)
        share = step / len(order)
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * min(1.0, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * share))
        loss = _loss(network(*inputs[index]), batch, recipe.comparison)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        report(step + 1, len(order), float(loss.detach()))
    return network


def mixed(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """The samples of problems that have right and wrong ones; the others would teach how hard a problem is."""
    outcomes: dict[int, set[bool]] = {}
    for one in rollouts:
        outcomes.setdefault(one.group, set()).add(one.correct)
    return [one for one in rollouts if len(outcomes[one.group]) == 2]


def reward_batches(rollouts: Sequence[Rollout], batch_tokens: int, rng: np.random.Generator) -> Iterator[RewardBatch]:
    """Batches that hold all samples of their problems, shortest problems first."""
    groups: dict[int, list[Rollout]] = {}
    for one in rollouts:
        groups.setdefault(one.group, []).append(one)
    ordered = sorted(groups.values(), key=lambda group: (_longest(group), rng.random()))
    bundles: list[list[Rollout]] = [[]]
    for group in ordered:
        if bundles[-1] and (len(bundles[-1]) + len(group)) * _longest(group) > batch_tokens:
            bundles.append([])
        bundles[-1].extend(group)
    for bundle in bundles:
        yield padded(bundle)


def padded(rollouts: Sequence[Rollout]) -> RewardBatch:
    """One batch of samples."""
    time = _longest(rollouts)
    tokens = torch.full((len(rollouts), time), PAD)
    generated = torch.zeros(len(rollouts), time)
    labels = torch.full((len(rollouts), time), -1.0)
    for row, one in enumerate(rollouts):
        start = len(one.prompt)
        end = start + len(one.ids)
        tokens[row, :end] = torch.tensor([*one.prompt, *one.ids])
        generated[row, start:end] = 1.0
        labels[row, torch.tensor(one.ends) + start] = torch.tensor(one.labels)
    last = torch.tensor([len(one.prompt) + one.ends[-1] for one in rollouts])
    correct = torch.tensor([one.correct for one in rollouts])
    return RewardBatch(tokens, generated, labels, last, correct, torch.tensor([one.group for one in rollouts]))


def _longest(rollouts: Sequence[Rollout]) -> int:
    return max(len(one.prompt) + len(one.ids) for one in rollouts)


def _loss(logits: Tensor, batch: RewardBatch, comparison: float) -> Tensor:
    """Cross-entropy at every step's end, plus the comparison of final scores within each problem."""
    known = batch.labels >= 0
    pointwise = F.binary_cross_entropy_with_logits(logits[known], batch.labels[known])
    final = logits[torch.arange(len(logits)), batch.last]
    better = batch.correct[:, None] & ~batch.correct[None, :] & (batch.group[:, None] == batch.group[None, :])
    if not better.any():
        return pointwise
    gaps = (final[:, None] - final[None, :])[better]
    return pointwise + comparison * F.softplus(-gaps).mean()
