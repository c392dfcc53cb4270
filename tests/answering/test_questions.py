"""What other tools ask becomes a problem: messages as given, answers read by a rule that has a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.answering.answer_rules import ANSWER_RULES, BeforeStop, before
from outlay.answering.question import Question, read_messages
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.core.problem import Message
from outlay.tasks.free_answer import FreeAnswer

ROLES = st.sampled_from(["system", "user", "assistant"])
CHATS = st.lists(st.fixed_dictionaries({"role": ROLES, "content": st.text()}), max_size=4).map(
    lambda said: [*said, {"role": "user", "content": "and now?"}]
)
FIELDS = "[[ ## reasoning ## ]]\n3 + 4\n\n[[ ## answer ## ]]\n7\n\n[[ ## completed ## ]]"


def test_messages_stay_as_they_are() -> None:
    said = [("developer", "be brief"), ("user", "1+1?"), ("assistant", "2"), ("user", "and 2+2?")]
    assert read_messages(said, "a tool") == (
        Message("system", "be brief"), Message("user", "1+1?"), Message("assistant", "2"), Message("user", "and 2+2?"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "there is none"),
        ([("user", "q"), ("assistant", "a beginning")], "it is the assistant's"),
        ([("tool", "42"), ("user", "q")], "role 'tool' cannot be asked"),
        ([("user", None)], "must be plain text; one of the user is not"),
        ([("user", [{"type": "image"}])], "must be plain text"),
    ],
)
def test_what_cannot_be_asked_is_refused(said: list[tuple[str, object]], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_messages(said, "a tool")


def test_a_question_bounds_its_answers() -> None:
    asked = (Message("user", "q"),)
    told = Question(asked, ("\n\n",), 50).problem(FreeAnswer(), 1024, 256)
    assert (told.step_rule.max_tokens, told.step_rule.max_step_tokens) == (50, 50)
    assert told.answer_rule == BeforeStop(FreeAnswer(), ("\n\n",))
    untold = Question(asked).problem(FreeAnswer(), 1024, 256)
    assert (untold.step_rule.max_tokens, untold.step_rule.max_step_tokens) == (1024, 256)
    assert untold.answer_rule == FreeAnswer()


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        ("field", FIELDS, "7"),
        ("field(name=reasoning)", FIELDS, "3 + 4"),
        ("field", "[[ ## answer ## ]]\n1\n[[ ## answer ## ]]\n2", "2"),
        ("field", "[[ ## answer ## ]]\n\n[[ ## completed ## ]]", None),
        ("field", 'so it is {"reasoning": "3 + 4", "answer": 7}', "7"),
        ("field", '{"answer": " seven "}', "seven"),
        ("field", '{"answer": null}', None),
        ("field", "[7]", None),
        ("field", "{" * 50_000, None),
        ("field", '{"answer":' + "[" * 50_000 + "]" * 50_000 + "}", None),
        ("field", "7", None),
        ("whole", "  Seven.\n", "Seven."),
        ("whole", " \n", None),
        ("free", "so the answer is 7.", "7"),
        ("line", "3+4=7\nanswer: 7", "7"),
        ("expression", "answer:(1+9)+3", "(1+9)+3"),
    ],
)
def test_rules_by_name(rule: str, text: str, value: str | None) -> None:
    assert ANSWER_RULES.build(rule).extract(text) == value


@pytest.mark.parametrize("name", list(ANSWER_RULES))
def test_every_rule_is_an_equality(name: str) -> None:
    rule = ANSWER_RULES.build(name)
    assert rule.equal("7", "7")
    assert not rule.equal("7", "8")


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown answer rule 'exppression'; did you mean 'expression'"):
        ANSWER_RULES.build("exppression")


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_nothing_is_read_behind_a_stop(text: str, stop: list[str]) -> None:
    head = before(text, stop)
    assert text.startswith(head)
    assert not any(one in head for one in stop)
    assert head == text or any(text.startswith(one, len(head)) for one in stop)
    rule = BeforeStop(ANSWER_RULES.build("whole"), tuple(stop))
    assert rule.extract(text) == (head.strip() or None)
