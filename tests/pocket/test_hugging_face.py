"""The exported folder, as far as it can be checked without transformers; ``tests_interop`` does the rest."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, TemplateError
from safetensors.numpy import load_file

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.core.problem import Message, Problem, Role
from outlay.pocket.hugging_face import CHAT_TEMPLATE, build_tokenizer, export_language_model
from outlay.pocket.memory import prompt_text
from outlay.pocket.tokenizer import BOS, CHARACTERS, EOS, PAD, SPECIAL, decode, encode
from outlay.tasks.answer_line import ExactLine
from tests.pocket.models import SHAPE

KNOWN_TEXT = st.lists(st.sampled_from([*CHARACTERS, "answer:"])).map("".join)
ROLES: list[Role] = ["system", "user", "assistant"]


def refuse(message: str) -> None:
    raise TemplateError(message)


def render(messages: list[Message], add_generation_prompt: bool = True) -> str:
    environment = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 (plain text)
    chat = [{"role": message.role, "content": message.content} for message in messages]
    return environment.from_string(CHAT_TEMPLATE).render(
        messages=chat, bos_token=SPECIAL[BOS], add_generation_prompt=add_generation_prompt, raise_exception=refuse
    )


def test_the_folder_holds_the_model(pocket_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    for _ in range(2):  # a second export replaces the first
        export_language_model(pocket_folder, folder)
    written = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    assert set(written) == {"config", "generation_config", "tokenizer", "tokenizer_config"}
    assert written["config"] == SHAPE.as_hugging_face_config()
    assert written["tokenizer_config"]["chat_template"] == CHAT_TEMPLATE
    for name in ("config", "generation_config"):
        assert [written[name][f"{token}_token_id"] for token in ("pad", "bos", "eos")] == [PAD, BOS, EOS]
    tensors, original = (
        load_file(folder / "model.safetensors"),
        load_file(pocket_folder / "language_model.safetensors"),
    )
    assert tensors.keys() == original.keys()
    assert all(np.array_equal(tensors[name], original[name]) for name in original)


@given(KNOWN_TEXT)
def test_the_tokenizer_is_ours(text: str) -> None:
    tokenizer = build_tokenizer()
    assert tokenizer.encode(text, add_special_tokens=False).ids == encode(text)
    assert tokenizer.encode(text).ids == [BOS, *encode(text)]
    assert tokenizer.decode(encode(text)) == decode(encode(text)) == text


@given(st.lists(st.builds(Message, st.sampled_from(ROLES), KNOWN_TEXT), min_size=1))
def test_the_template_writes_what_the_model_is_asked_with(messages: list[Message]) -> None:
    text = prompt_text(Problem("p", tuple(messages), ExactLine()))
    assert render(messages) == SPECIAL[BOS] + text
    assert build_tokenizer().encode(render(messages), add_special_tokens=False).ids == [BOS, *encode(text)]


@given(KNOWN_TEXT)
def test_the_template_leaves_a_partial_answer_as_it_is(partial: str) -> None:
    messages = [Message("user", " a=1? "), Message("assistant", partial)]
    assert render(messages, add_generation_prompt=False) == f"{SPECIAL[BOS]}a=1?\n{partial}"


@pytest.mark.parametrize("text", ["A", "é", "a\tb", "<bos>", "{"])
def test_unknown_text_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="the pocket model cannot read"):
        render([Message("user", text)])
    if text not in SPECIAL:
        with pytest.raises(Exception, match="UNK"):
            build_tokenizer().encode(text)


def test_a_missing_package_is_named_with_the_command_that_adds_it(
    pocket_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'outlay\[export\]'"):
        export_language_model(pocket_folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(pocket_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="cannot write a model to"):
        export_language_model(pocket_folder, tmp_path / "file")
