"""Trains the extrapolating network on synthetic pilots (extra ``train``)."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy

from outlay.laws.extrapolation.network import BINS, FEATURES, HEADS, LAYERS, LEAST_ERROR, WIDTH
from outlay.laws.extrapolation.prior import MOST, Pilots, draw_pilots

Report = Callable[[int, float], None]
"""Told of steps made and of the mean loss since the last time, in nats."""


@dataclass(frozen=True, slots=True)
class CurveRecipe:
    """How the network is trained.

    Attributes:
        steps: of the optimiser.
        batch: pilots a step.
        rate: peak learning rate; it falls to zero as a cosine after a warm-up over a twentieth of the steps.
        seed: of weights and data.
    """

    steps: int = 8_000
    batch: int = 192
    rate: float = 1.5e-3
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
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, BINS)

    def forward(self, tokens: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """(batch, MOST + queries, FEATURES) and (batch, MOST) -> (batch, queries, BINS)."""
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x, there)
        return self.head(self.norm(x[:, MOST:]))


def train_curve_network(out: Path, recipe: CurveRecipe, report: Report) -> float:
    """Train, and write weights and card; the final loss on fresh pilots, in nats."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    module = CurveModule()
    optimiser = torch.optim.AdamW(module.parameters(), recipe.rate, weight_decay=1e-3, betas=(0.9, 0.98))
    warm = max(1, recipe.steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1.0, step / warm) * 0.5 * (1 + np.cos(np.pi * min(1.0, step / recipe.steps))),
    )
    started, total, since = time.monotonic(), 0.0, 0
    for step in range(1, recipe.steps + 1):
        loss = _loss(module, draw_pilots(rng, recipe.batch))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total, since = total + loss.item(), since + 1
        if step % 100 == 0:
            report(step, total / since)
            total, since = 0.0, 0
    return _write(out, module, recipe, time.monotonic() - started)


def tokens_of(pilots: Pilots) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and which of them are there, as ``features`` makes them for one pilot."""
    last = pilots.budgets.max(axis=1, keepdims=True)

    def tokens(log_budget: np.ndarray, y: np.ndarray, log_error: np.ndarray, asked: float) -> np.ndarray:
        return np.stack(
            [(log_budget - last) / 4, log_budget / 12, y, log_error, np.full_like(y, asked), np.ones_like(y)], axis=-1
        )

    zero = np.zeros_like(pilots.queries)
    known = tokens(pilots.budgets, pilots.accuracy, np.log10(np.maximum(pilots.error, LEAST_ERROR)) / 2, 0.0)
    whole = np.concatenate([known, tokens(pilots.queries, zero, zero, 1.0)], axis=1)
    return torch.from_numpy(whole).float(), torch.from_numpy(pilots.there > 0)


def _loss(module: nn.Module, pilots: Pilots) -> torch.Tensor:
    """Mean negative log density, in nats."""
    scores = module(*tokens_of(pilots))
    places = torch.from_numpy(np.minimum((pilots.truth * BINS).astype(np.int64), BINS - 1))
    return cross_entropy(scores.flatten(0, 1), places.flatten()) - float(np.log(BINS))


def _write(out: Path, module: nn.Module, recipe: CurveRecipe, seconds: float) -> float:
    with torch.no_grad():
        fresh = np.random.default_rng([recipe.seed, 1])
        final = float(np.mean([float(_loss(module, draw_pilots(fresh, 512))) for _ in range(20)]))
    out.mkdir(parents=True, exist_ok=True)
    path = out / "curve_network.safetensors"
    save_file({name: value.half().contiguous() for name, value in module.state_dict().items()}, path)
    card = {
        "data": "synthetic pilots of five families of curves, drawn afresh for each step",
        "recipe": asdict(recipe),
        "command": "outlay train curves",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "weights": sum(value.numel() for value in module.state_dict().values()),
        "log_score_on_fresh_pilots": -final,
        "seconds": round(seconds),
    }
    (out / "curve_network.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return final
