"""A pocket language model as a Hugging Face folder, which other people's engines and servers load without our code.

The folder holds ``config.json`` (a ``LlamaForCausalLM``), ``model.safetensors``, ``tokenizer.json``,
``tokenizer_config.json`` with the chat template, and ``generation_config.json``.

Two ways lead to the prompt that the pocket model sees: the chat template, which writes the beginning-of-text token
itself, and plain text that ends with a line end, where the tokenizer adds that token. Characters that the model does
not know are refused on both ways, as by ``outlay.pocket.tokenizer``, never dropped: the template names them, and the
tokenizer has no token for unknown text.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import save

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.pocket.architecture import Architecture
from outlay.pocket.tokenizer import ANSWER, BOS, CHARACTERS, EOS, PAD, SPECIAL, VOCABULARY
from outlay.pocket.weights import as_described, read_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHAT_TEMPLATE = (
    "{{- bos_token }}"
    "{%- for message in messages %}"
    # A partial answer that is to be continued stays as it is: its last line end is part of it.
    "{%- if loop.last and message['role'] == 'assistant' and not add_generation_prompt %}"
    "{{- message['content'] }}"
    "{%- else %}"
    "{%- for character in message['content'] | trim if character not in " + json.dumps(CHARACTERS) + " %}"
    "{{- raise_exception('the pocket model cannot read ' ~ character) }}"
    "{%- endfor %}"
    "{{- message['content'] | trim ~ '\\n' }}"
    "{%- endif %}"
    "{%- endfor %}"
)
"""Writes what ``outlay.pocket.memory.prompt_text`` does: every message on a line of its own."""


def export_language_model(source: Path, folder: Path) -> None:
    """Write the language model of a pocket model's folder as a Hugging Face folder; files there are replaced.

    Raises:
        InvalidInputError: if ``source`` holds no readable language model, or ``folder`` cannot be written.
        MissingExtraError: if the package ``tokenizers`` is not installed.
    """
    file = read_file(source, "language_model")
    with as_described(source / "language_model"):
        shape = Architecture(**file.card["architecture"])
    tokenizer = build_tokenizer()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(save(file.tensors, {"format": "pt"}))
        tokenizer.save(str(folder / "tokenizer.json"))
        _write(folder / "config.json", shape.as_hugging_face_config())
        _write(folder / "tokenizer_config.json", _tokenizer_config(shape))
        _write(folder / "generation_config.json", _generation_config())
    except OSError as error:
        raise InvalidInputError(f"cannot write a model to {folder}: {error}") from error


def build_tokenizer() -> "Tokenizer":
    """The pocket models' tokenizer as one of the package ``tokenizers``.

    Raises:
        MissingExtraError: if the package is not installed.
    """
    try:
        from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("the export of a model", "export") from None
    # There is no token for unknown text, so that it is an error.
    tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate(VOCABULARY)}))
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(rf"{ANSWER}|[\s\S]"), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{SPECIAL[BOS]} $A", special_tokens=[(SPECIAL[BOS], BOS)]
    )
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def _tokenizer_config(shape: Architecture) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": SPECIAL[PAD],
        "bos_token": SPECIAL[BOS],
        "eos_token": SPECIAL[EOS],
        "model_max_length": shape.context,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }


def _generation_config() -> dict[str, Any]:
    """Plain sampling at temperature 1 from the whole vocabulary, as the pocket model does."""
    return {
        "do_sample": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
    }


def _write(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n")
