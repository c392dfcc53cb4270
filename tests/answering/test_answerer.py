"""A method answers questions within its budget, and says what each came to."""

from dataclasses import fields

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.answering.answerer import Answerer, Reply
from outlay.answering.method import Method
from outlay.answering.question import Question
from outlay.answering.stopping import Stopping
from outlay.core.errors import InvalidInputError, MissingCapabilityError, UnknownNameError
from outlay.core.model import LanguageModel, Sample, SampleRequest
from outlay.core.problem import Message
from outlay.core.trajectory import Finish, Trajectory
from outlay.models.pocket import Pocket
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import problems

QUESTION = Question((Message("user", "use 1 9 3 to make 11"),))
METHODS = st.builds(
    Method, strategy=st.text(), verifier=st.text(), budget=st.text(), answer_rule=st.text(),
    seed=st.integers(0, 9), max_tokens=st.integers(1, 9),
)  # fmt: skip


@pytest.fixture(scope="module")
def pocket() -> LanguageModel:
    return Pocket()


def answered(model: LanguageModel, question: Question = QUESTION, which: object = None, **settings: str | int) -> Reply:
    method = Method.of({"strategy": "best_of_n(n=4)", "verifier": "process_reward", "answer_rule": "expression",
                        **settings})  # fmt: skip
    return anyio.run(Answerer(method).answer, question, model, which)


def test_everything_is_told_and_paid(pocket: LanguageModel) -> None:
    found = answered(pocket)
    account, cost = found.account, found.cost
    assert found.answered
    assert cost.samples == 4
    assert cost.tokens == cost.prompt_tokens + cost.completion_tokens + cost.verifier_tokens
    assert account["cost"] == cost.as_dict()
    assert (account["strategy"], account["verifier"], account["model"]) == (
        "best_of_n(n=4)",
        "process_reward",
        "pocket",
    )
    assert account["stopped_by"] == "strategy"
    candidates = account["candidates"]
    assert isinstance(candidates, list)
    assert sum(one["tokens"] for one in candidates) == cost.completion_tokens
    best = max(candidates, key=lambda one: one["score"])
    assert (found.text, account["value"], account["confidence"]) == (best["text"], best["value"], best["score"])


def test_an_asking_draws_by_itself(pocket: LanguageModel) -> None:
    answerer = Answerer(Method(strategy="self_consistency(n=2)", answer_rule="expression"))
    other = Question((Message("user", "use 2 5 6 to make 13"),))

    async def ask(*questions: Question) -> list[str]:
        return [str((await answerer.answer(one, pocket)).account["candidates"]) for one in questions]

    first, second, third = anyio.run(ask, QUESTION, other, QUESTION)
    answerer = Answerer(answerer.method)
    again, once_more = anyio.run(ask, QUESTION, QUESTION)
    assert (first, third) == (again, once_more)
    assert first != third
    assert second not in {first, third}


def test_which_names_an_asking(pocket: LanguageModel) -> None:
    one, same, other = (answered(pocket, which=which) for which in (("id", 1), ("id", 1), ("id", 2)))
    assert one.account["candidates"] == same.account["candidates"] != other.account["candidates"]


def test_a_budget_holds_for_each_question(pocket: LanguageModel) -> None:
    found = answered(pocket, strategy="self_consistency", verifier="", budget="tokens=600", max_tokens=100)
    assert found.account["stopped_by"] == "tokens"
    assert 0 < found.cost.tokens <= 600
    none = answered(pocket, budget="tokens=30")
    assert (none.text, none.answered, none.cost.tokens) == ("", False, 0)
    assert none.account["value"] is None


def test_what_a_strategy_declines_is_not_shown(pocket: LanguageModel) -> None:
    found = answered(pocket, strategy="abstain(of=self_consistency(n=6), above=1.0)", verifier="")
    assert (found.text, found.answered, found.account["declined"]) == ("", False, True)
    assert found.account["candidates"]


def test_an_answer_ends_where_the_asker_wants_it(pocket: LanguageModel) -> None:
    whole, cut = (
        answered(pocket, Question(QUESTION.messages, stop), strategy="greedy", verifier="", answer_rule="whole")
        for stop in ((), ("\n",))
    )
    assert cut.text == whole.text.split("\n")[0]
    assert cut.account["value"] == cut.text
    assert cut.cost.completion_tokens < whole.cost.completion_tokens


def test_what_a_method_lacks_is_told(pocket: LanguageModel) -> None:
    with pytest.raises(MissingCapabilityError, match="best_of_n needs a verifier"):
        answered(pocket, verifier="")
    with pytest.raises(UnknownNameError, match="did you mean 'best_of_n'"):
        Answerer(Method(strategy="best_of_nn"))
    with pytest.raises(UnknownNameError, match="answer rule"):
        Answerer(Method(answer_rule="none"))
    with pytest.raises(InvalidInputError, match="budget"):
        Answerer(Method(budget="tokens=many"))


@given(METHODS)
def test_a_method_survives_json(method: Method) -> None:
    assert Method.of(method.as_dict()) == method


def test_methods_that_differ_are_called_differently() -> None:
    changed = {"strategy": "greedy", "model": "simulated", "verifier": "exact", "budget": "tokens=1", "seed": 1,
               "answer_rule": "line", "base_url": "http://[::1]/v1", "max_tokens": 1, "max_step_tokens": 1}  # fmt: skip
    assert set(changed) == {field.name for field in fields(Method)}
    names = {str(Method.of({name: value})) for name, value in changed.items()}
    assert len(names | {str(Method())}) == len(changed) + 1


def test_settings_that_a_tool_has_cut_at_commas_are_whole_again() -> None:
    method = Method.of(
        {"strategy": ["beam_search(width=2", " n=4)"], "budget": ["tokens=9", "seconds=1"], "verifier": None}
    )
    assert (method.strategy, method.budget, method.verifier) == ("beam_search(width=2, n=4)", "tokens=9,seconds=1", "")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"stratgy": "greedy"}, "did you mean 'strategy'"),
        ({"strategy": 3}, "strategy must be a text"),
        ({"seed": "3"}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"seed": -1}, "seed must be 0 or above"),
        ({"max_tokens": 0}, "max_tokens must be 1 or above"),
        ({"base_url": "http://127.0.0.1/v1", "model": ""}, "needs model"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        Method.of(settings)


def test_a_server_is_asked_for_its_model() -> None:
    model = Method(model="some/model", base_url="http://127.0.0.1:9/v1").build_model()
    assert (model.info.name, model.info.summary) == ("openai:some/model", "some/model at 127.0.0.1:9")


@pytest.mark.parametrize(("separators", "last"), [((), "answer:"), (("\n",), "answer:")])
def test_stopping_finishes_a_model_of_steps_too(pocket: LanguageModel, separators: tuple[str, ...], last: str) -> None:
    (problem,) = problems(Countdown(), 1, [0])
    stopping = Stopping(pocket, ("answer:",))

    async def grow() -> list[Trajectory]:
        grown = [Trajectory(problem)]
        while not grown[-1].finished:
            request = SampleRequest(grown[-1], (7,), 100, stop=separators)
            drawn: list[Sample] = [one async for one in stopping.sample(request, lambda _: None)]
            grown.append(grown[-1].extend(drawn[0].step, drawn[0].finish))
        return grown[1:]

    grown = anyio.run(grow)
    assert grown[-1].text.endswith(last)
    assert grown[-1].text.count(last) == 1
    assert grown[-1].finish is Finish.END
    assert all(one.finish is Finish.STEP for one in grown[:-1])
    assert len(grown) == (grown[-1].text.count("\n") + 1 if separators else 1)
