"""Trains the extrapolating network on synthetic pilots (extra ``train``)."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from outlay.laws.extrapolation.network import (
    ANCHOR,
    BINS,
    CARD,
    COMPONENTS,
    EVEN,
    FEATURES,
    HEADS,
    LAYERS,
    NARROWEST,
    WEIGHTS,
    WIDTH,
    features,
)
from outlay.laws.extrapolation.prior import MOST, Pilots, coverage_pilots, draw_pilots, selection_pilots

WARM = 400
MEMORY = 0.998
"""Of the running mean of the weights, a step."""
SAVED = 500
"""Steps between two writings of the network."""
Report = Callable[[int, float], None]
"""Told of steps made and of the log score on fresh pilots, in nats."""


@dataclass(frozen=True, slots=True)
class CurveRecipe:
    """How the network is trained.

    The learning rate rises for ``WARM`` steps and then falls as one over the square root of the step; what is kept is a
    running mean of the weights. Neither depends on the number of steps, so that a shorter run is the beginning of a
    longer one.

    Attributes:
        steps: of the optimiser.
        batch: pilots a step.
        rate: peak learning rate.
        seed: of weights and data.
    """

    steps: int = 12_000
    batch: int = 48
    rate: float = 2e-3
    seed: int = 4


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        inner = self.norm1(x)
        known = inner[:, :MOST]
        query, key, value = (
            part.unflatten(2, (HEADS, WIDTH // HEADS)).transpose(1, 2)
            for part in (self.query(inner), self.key(known), self.value(known))
        )
        mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None, :])
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return x + self.narrow(torch.relu(self.wide(self.norm2(x))))


class CurveModule(nn.Module):
    """The network as it is trained; ``CurveNetwork`` is the same in numpy."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(FEATURES, WIDTH)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * COMPONENTS)
        spread = torch.linspace(-1, 1, COMPONENTS)
        with torch.no_grad():
            self.head.weight.mul_(0.3)
            self.head.bias.copy_(torch.cat([-spread.abs(), 2 * spread, spread.abs()]))

    def forward(self, tokens: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """(batch, MOST + queries, FEATURES) and (batch, MOST) -> (batch, queries, 3 COMPONENTS)."""
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x, there)
        return self.head(self.norm(x[:, MOST:]))


def train_curve_network(out: Path, recipe: CurveRecipe, report: Report) -> float:
    """Train, and write weights and card, now and then and at the end; the log score on fresh pilots, in nats."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    module = CurveModule()
    optimiser = torch.optim.AdamW(module.parameters(), recipe.rate, weight_decay=1e-3, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / WARM, (WARM / (step + 1)) ** 0.5)
    )
    kept = {name: value.clone() for name, value in module.state_dict().items()}
    started, final = time.process_time(), 0.0
    for step in range(1, recipe.steps + 1):
        loss = _loss(module, draw_pilots(rng, recipe.batch))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        for name, value in module.state_dict().items():
            kept[name].lerp_(value, 1 - min(MEMORY, step / (step + 10)))
        if step % SAVED == 0 or step == recipe.steps:
            final = _write(out, kept, replace(recipe, steps=step), time.process_time() - started)
            report(step, final)
    return final


def tokens_of(pilots: Pilots) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (batch, MOST + QUERIES, FEATURES), and which of the pilots' are there (batch, MOST)."""
    known, asked = features(
        pilots.budgets, pilots.accuracy, np.maximum(pilots.error, 0), pilots.queries,
        pilots.problems[:, None], pilots.samples[:, None],
    )  # fmt: skip
    return torch.from_numpy(np.concatenate([known, asked], axis=1)).float(), torch.from_numpy(pilots.there > 0)


def _loss(module: nn.Module, pilots: Pilots) -> torch.Tensor:
    """Mean negative log density, in nats."""
    tokens, there = tokens_of(pilots)
    weights, places, scales = module(tokens, there).split(COMPONENTS, dim=2)
    final = pilots.budgets.argmax(axis=1)[:, None]
    error = torch.from_numpy(np.take_along_axis(pilots.error, final, axis=1)).float()[:, :, None]
    low = torch.from_numpy(np.clip(np.floor(pilots.truth * BINS), 0, BINS - 1)).float()[:, :, None]
    middle, scale = tokens[:, MOST:, ANCHOR, None] + places / 10, NARROWEST + error * scales.exp()
    above = torch.sigmoid(((low + 1) / BINS - middle) / scale).where(low < BINS - 1, torch.ones(()))
    below = torch.sigmoid((low / BINS - middle) / scale).where(low > 0, torch.zeros(()))
    mass = (weights.softmax(dim=2) * (above - below)).sum(dim=2)
    return -((1 - EVEN) * mass * BINS + EVEN).log().mean()


def _fresh(module: nn.Module, draw: Callable[[np.random.Generator, int], Pilots], seed: int) -> float:
    """Log score on pilots that training does not see, in nats."""
    rng = np.random.default_rng([seed, 1])
    return -float(np.mean([float(_loss(module, draw(rng, 128))) for _ in range(4)]))


def _write(out: Path, weights: Mapping[str, torch.Tensor], recipe: CurveRecipe, seconds: float) -> float:
    """The log score on fresh pilots, half of each kind."""
    module = CurveModule()
    module.load_state_dict(weights)
    with torch.no_grad():
        scores = [_fresh(module, draw, recipe.seed) for draw in (coverage_pilots, selection_pilots)]
    out.mkdir(parents=True, exist_ok=True)
    path = out / WEIGHTS
    save_file({name: value.half().contiguous() for name, value in weights.items()}, path)
    card = {
        "data": "synthetic pilots, new ones for each step: half of the coverage of samples, half of selections",
        "recipe": asdict(recipe),
        "command": f"outlay train extrapolator --steps {recipe.steps} --seed {recipe.seed}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "weights": sum(value.numel() for value in weights.values()),
        "log_score_on_fresh_pilots": dict(zip(("coverage", "selections"), scores, strict=True)),
        "processor_seconds": round(seconds),
    }
    (out / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return float(np.mean(scores))
