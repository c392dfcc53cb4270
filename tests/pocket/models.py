"""Small pocket models with random weights, written as ``outlay train`` writes them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from outlay.pocket.architecture import Architecture
from outlay.train.network import PocketNetwork
from outlay.train.reward_network import RewardNetwork

SHAPE = Architecture(width=32, layers=2, heads=4, key_value_heads=2, hidden=48, context=256)
REWARD_SHAPE = Architecture(width=24, layers=1, heads=4, key_value_heads=2, hidden=32, context=256)

# Matrices this small gain nothing from more threads, and lose much where other work wants the cores.
torch.set_num_threads(1)


def write_models(folder: Path, seed: int = 0) -> Path:
    """A language model and its reward model, both with random weights."""
    torch.manual_seed(seed)
    network, reward = PocketNetwork(SHAPE), RewardNetwork(REWARD_SHAPE, SHAPE.width)
    # Larger than at the start of training, so that some tokens are likelier than others and scores differ.
    nn.init.normal_(network.model.embed_tokens.weight, std=0.3)
    nn.init.normal_(reward.head.weight, std=0.5)
    nn.init.normal_(reward.head.bias, std=0.5)
    for module in (network, reward):
        for name, weight in module.named_parameters():
            if "norm" in name:
                nn.init.uniform_(weight, 0.5, 1.5)
    digest = write_model(folder, "language_model", network, {"architecture": SHAPE.as_dict()})
    card = {"architecture": REWARD_SHAPE.as_dict(), "language_model_sha256": digest}
    write_model(folder, "reward_model", reward, card)
    return folder


def write_model(folder: Path, name: str, network: nn.Module, card: Mapping[str, object]) -> str:
    """One weights file with its card; returns the file's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{name}.safetensors"
    save_file(network.state_dict(), weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    weights.with_suffix(".json").write_text(json.dumps({**card, "sha256": digest}))
    return digest


def read_network(folder: Path) -> PocketNetwork:
    """The language model in PyTorch."""
    network = PocketNetwork(SHAPE)
    network.load_state_dict(load_file(folder / "language_model.safetensors"))
    return network


def read_reward_network(folder: Path) -> RewardNetwork:
    """The reward model in PyTorch."""
    network = RewardNetwork(REWARD_SHAPE, SHAPE.width)
    network.load_state_dict(load_file(folder / "reward_model.safetensors"))
    return network
