"""Loading a reward model of ``transformers``: from safetensors only, and without running code that comes with it."""

import importlib.util
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingExtraError
from outlay.verifiers.hugging_face_reward.network import ClassifierNetwork

OWNER = "verifier hugging_face"


class Kind(StrEnum):
    """What the model classifies."""

    SEQUENCE = "sequence"
    """A whole text: an outcome reward model."""
    TOKEN = "token"  # noqa: S105 (no secret)
    """Every token: a process reward model, of which the tokens that end a step count."""


class Precision(StrEnum):
    """In what the model computes."""

    AUTO = "auto"
    """As it was saved."""
    FLOAT64 = "float64"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Loaded(NamedTuple):
    """A model that is ready to read."""

    network: ClassifierNetwork
    tokenizer: Any


def require_packages() -> None:
    """Refuse to go on without PyTorch and ``transformers``.

    Raises:
        MissingExtraError: with the command that adds them.
    """
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")):
        raise MissingExtraError(OWNER, "hf")


def load(model: str, kind: Kind, device: str, precision: Precision) -> Loaded:
    """The model and its tokenizer.

    Args:
        model: a folder, or a name on the Hugging Face Hub.
        kind: what it classifies.
        device: as PyTorch names it.
        precision: in what it computes.

    Raises:
        MissingExtraError: if a package is missing.
        InvalidSettingError: if there is no such device.
        InvalidInputError: if there is no such model, or if it is not of this kind.
    """
    require_packages()
    import torch  # noqa: PLC0415 (heavy and optional)
    from transformers import (  # noqa: PLC0415 (heavy and optional)
        AutoModelForSequenceClassification,
        AutoModelForTokenClassification,
        AutoTokenizer,
    )

    factory = AutoModelForSequenceClassification if kind is Kind.SEQUENCE else AutoModelForTokenClassification
    where = str(Path(model).expanduser())
    where = where if Path(where).exists() else model
    dtype = "auto" if precision is Precision.AUTO else getattr(torch, precision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
        network, report = factory.from_pretrained(
            where, dtype=dtype, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise InvalidInputError(
            f"{OWNER}: cannot load {model!r} for {kind} classification: {_first_line(error)}"
        ) from error
    if report["missing_keys"]:
        raise InvalidInputError(
            f"{OWNER}: {model!r} has no weights for {', '.join(sorted(report['missing_keys'])[:3])}: it is no reward "
            f"model for kind={kind}"
        )
    if not tokenizer.is_fast:
        raise InvalidInputError(f"{OWNER}: {model!r} has no fast tokenizer (tokenizer.json), by which steps are found")
    try:
        network = network.to(device).eval()
    except (RuntimeError, AssertionError) as error:
        raise InvalidSettingError(
            OWNER, "device", device, f"one that PyTorch has here ({_first_line(error)})"
        ) from error
    return Loaded(_network(network, tokenizer, kind), tokenizer)


def _network(model: Any, tokenizer: Any, kind: Kind) -> ClassifierNetwork:
    limits = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    pad = next((one for one in (model.config.pad_token_id, tokenizer.pad_token_id) if one is not None), 0)
    return ClassifierNetwork(model, min(limit for limit in limits if limit), kind is Kind.TOKEN, pad)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
