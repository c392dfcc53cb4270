"""A model folder that is missing, damaged, changed or mixed up gives one clear error."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from outlay.core.errors import InvalidInputError
from outlay.models.pocket import Pocket
from outlay.pocket.weights import load_weights
from outlay.verifiers.process_reward import ProcessReward
from tests.pocket.models import SHAPE, write_models


@pytest.fixture
def folder(pocket_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(pocket_folder, tmp_path / "copy"))


def change_card(folder: Path, name: str, **changes: object) -> None:
    path = folder / f"{name}.json"
    card = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in card.items() if value is not None}))


def change_tensors(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Other tensors under a card that names no checksum."""
    tensors = dict(load_file(folder / f"{name}.safetensors"))
    change(tensors)
    save_file(tensors, folder / f"{name}.safetensors")
    change_card(folder, name, sha256=None)


def test_a_whole_folder_loads(folder: Path) -> None:
    assert Pocket(str(folder)).info.context == SHAPE.context
    assert ProcessReward(path=str(folder)).info.name == "process_reward"
    change_card(folder, "language_model", sha256=None)
    assert load_weights(folder).shape == SHAPE


@pytest.mark.parametrize("name", ["language_model.safetensors", "language_model.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InvalidInputError, match=rf"{name} does not exist; a pocket model folder holds"):
        Pocket(str(folder))


@pytest.mark.parametrize("path", ["nowhere", "copy/language_model.json"])
def test_what_is_no_folder_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(InvalidInputError, match="does not exist"):
        Pocket(str(folder.parent / path))


@pytest.mark.parametrize("name", ["language_model", "reward_model"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xff" * 100, b"{}"])
def test_garbage_is_not_a_model(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.safetensors").write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"is not a readable pocket model|was changed"):
        ProcessReward(path=str(folder))


@pytest.mark.parametrize("name", ["language_model", "reward_model"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1, 2]", b"3", b'{"architecture"', b"null"])
def test_garbage_is_not_a_card(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.json").write_bytes(content)
    with pytest.raises(InvalidInputError, match="is not a readable pocket model"):
        ProcessReward(path=str(folder))


@pytest.mark.parametrize("name", ["language_model", "reward_model"])
def test_a_cut_or_changed_file_is_found_out(folder: Path, name: str) -> None:
    path = folder / f"{name}.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(InvalidInputError, match=r"was changed after its card was written"):
        ProcessReward(path=str(folder))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInputError, match="is not a readable pocket model"):
        ProcessReward(path=str(folder))


SPOILT: dict[str, dict[str, object]] = {
    "nothing": {},
    "another width": {"width": 64},
    "more layers": {"layers": 3},
    "fewer layers": {"layers": 0},
    "other heads": {"heads": 8},
    "no heads": {"heads": 0},
    "another inner size": {"hidden": 47},
    "text for a number": {"width": "wide"},
    "an unknown setting": {"colour": 3},
}


@pytest.mark.parametrize("name", ["language_model", "reward_model"])
@pytest.mark.parametrize("spoilt", [key for key in SPOILT if key != "nothing"])
def test_a_card_that_describes_another_model_is_refused(folder: Path, name: str, spoilt: str) -> None:
    known = json.loads((folder / f"{name}.json").read_text())["architecture"]
    change_card(folder, name, architecture={**known, **SPOILT[spoilt]})
    with pytest.raises(InvalidInputError, match=f"{name} does not hold the weights its card describes"):
        ProcessReward(path=str(folder))


@pytest.mark.parametrize("name", ["language_model", "reward_model"])
def test_a_card_without_architecture_is_refused(folder: Path, name: str) -> None:
    change_card(folder, name, architecture=None)
    with pytest.raises(InvalidInputError, match="its card describes: 'architecture'"):
        ProcessReward(path=str(folder))


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("language_model", "model.embed_tokens.weight"),
        ("language_model", "model.layers.1.mlp.up_proj.weight"),
        ("language_model", "model.norm.weight"),
        ("reward_model", "layers.0.self_attn.q_proj.weight"),
        ("reward_model", "from_features.weight"),
        ("reward_model", "head.bias"),
    ],
)
def test_a_lacking_or_misshapen_tensor_is_named(folder: Path, name: str, tensor: str) -> None:
    def misshape(tensors: dict[str, Any]) -> None:
        tensors[tensor] = np.concatenate([tensors[tensor]] * 2)

    change_tensors(folder, name, misshape)
    with pytest.raises(InvalidInputError, match=rf"{tensor} has shape \("):
        _load(folder, name)
    change_tensors(folder, name, lambda tensors: tensors.pop(tensor))
    with pytest.raises(InvalidInputError, match=f"its card describes: '{tensor}'"):
        _load(folder, name)


def test_a_reward_model_of_another_language_model_is_refused(folder: Path, tmp_path: Path) -> None:
    other = write_models(tmp_path / "other", seed=1)
    for kind in ("safetensors", "json"):
        shutil.copyfile(other / f"reward_model.{kind}", folder / f"reward_model.{kind}")
    with pytest.raises(InvalidInputError, match=r"was trained on the language model .* train it again with"):
        ProcessReward(path=str(folder))


def _load(folder: Path, name: str) -> object:
    if name == "language_model":
        return load_weights(folder)
    return ProcessReward(path=str(folder))
