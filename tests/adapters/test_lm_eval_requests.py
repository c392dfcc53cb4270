"""lm-eval's requests become questions: messages as given, settings as it writes them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.adapters.lm_eval_requests import question_of, read_arguments, write_chat
from outlay.answering.question import Question
from outlay.core.errors import InvalidInputError
from outlay.core.problem import Message

ROLES = st.sampled_from(["system", "user", "assistant"])
CHATS = st.lists(st.fixed_dictionaries({"role": ROLES, "content": st.text()}), max_size=4).map(
    lambda said: [*said, {"role": "user", "content": "and now?"}]
)
FIELDS = "[[ ## reasoning ## ]]\n3 + 4\n\n[[ ## answer ## ]]\n7\n\n[[ ## completed ## ]]"


@given(CHATS)
def test_a_chat_survives_lm_evals_contexts(chat: list[dict[str, str]]) -> None:
    asked = question_of(write_chat(chat), {}).messages
    assert [(message.role, message.content) for message in asked] == [(one["role"], one["content"]) for one in chat]


@given(st.text().filter(lambda text: not text.startswith("outlay-chat:")))
def test_a_plain_context_is_one_message(text: str) -> None:
    assert question_of(text, {}).messages == (Message("user", text),)


def test_lm_evals_settings() -> None:
    assert question_of("q", {"until": "\n", "max_gen_toks": 9, "do_sample": False}) == Question(
        (Message("user", "q"),), ("\n",), 9
    )
    assert question_of("q", {"until": ["a", "", "b"]}).stop == ("a", "b")


@pytest.mark.parametrize(
    ("settings", "why"), [({"until": 3}, "until must be a text or a list"), ({"until": [3]}, "until must be"),
                          ({"max_gen_toks": 0}, "max_gen_toks must be a whole number"),
                          ({"max_gen_toks": "9"}, "max_gen_toks must be")],
)  # fmt: skip
def test_wrong_settings_of_lm_evals_are_told(settings: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        question_of("q", settings)


def test_arguments_hold_commas_within_brackets() -> None:
    text = "strategy=beam_search(width=2, n=4), model=openai:some/model,budget=tokens=900,verifier=cascade(of=[a, b])"
    assert read_arguments(text) == {
        "strategy": "beam_search(width=2, n=4)", "model": "openai:some/model", "budget": "tokens=900",
        "verifier": "cascade(of=[a, b])",
    }  # fmt: skip
    assert read_arguments("") == {}
    with pytest.raises(InvalidInputError, match="'pocket' is not of the form name=value"):
        read_arguments("strategy=greedy,pocket")


def test_what_is_kept_of_a_chat_is_plain_text() -> None:
    kept = write_chat([{"role": "user", "content": "naïve?"}])
    assert json.loads(kept.removeprefix("outlay-chat:")) == [["user", "naïve?"]]
