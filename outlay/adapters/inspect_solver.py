"""``outlay/by_strategy``: a solver that answers Inspect's samples by a strategy."""

from dataclasses import asdict

from outlay.adapters.inspect_messages import output_of, question_of
from outlay.adapters.inspect_model import InspectModel, refuse_dollars
from outlay.adapters.inspect_provider import NAME
from outlay.answering.answerer import KEY, Answerer
from outlay.answering.method import Method
from outlay.core.answer import Answer
from outlay.core.errors import MissingExtraError
from outlay.core.events import AnswerImproved, Event

try:
    from inspect_ai.model import Model, ModelOutput, get_model
    from inspect_ai.solver import Generate, Solver, TaskState, solver
    from inspect_ai.util import LimitExceededError
except ImportError:
    raise MissingExtraError("Outlay in Inspect", "inspect") from None


@solver
def by_strategy(
    strategy: str = "self_consistency(n=8)",
    verifier: str = "",
    budget: str = "",
    model: str = "",
    base_url: str = "",
    answer_rule: str = "free",
    seed: int = 0,
    max_tokens: int = 1024,
    max_step_tokens: int = 256,
) -> Solver:
    """Spend a budget on each sample.

    The answer goes to ``state.output`` and, as an assistant message, to ``state.messages``; how it came about goes to
    ``state.metadata["outlay"]``. Where one of Inspect's limits ends a sample, the best answer so far stands.

    Args:
        strategy: how to spend, as in ``best_of_n(n=4)``.
        verifier: who judges, where the strategy asks for a judge.
        budget: what one sample may spend, as in ``tokens=20000``.
        model: a model of Outlay's, as in ``pocket``; empty for the model that Inspect evaluates.
        base_url: an OpenAI-compatible server on which ``model`` is.
        answer_rule: how the value of an answer is read, for votes.
        seed: of every random draw, with the sample and its epoch.
        max_tokens: the worst-case length of an answer.
        max_step_tokens: that of a step.

    Raises:
        InvalidInputError: if a setting is not right.
    """
    method = Method.of(
        {
            "strategy": strategy, "verifier": verifier, "budget": budget, "answer_rule": answer_rule, "seed": seed,
            "model": model, "base_url": base_url, "max_tokens": max_tokens, "max_step_tokens": max_step_tokens,
        }
    )  # fmt: skip
    if model or base_url:
        return _by_own_model(method)
    refuse_dollars(method.budget)
    answerer = Answerer(method)

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 (Inspect's signature)
        asked = get_model()
        best = _Best()
        question = question_of(state.messages, asked.config)
        try:
            which = (state.sample_id, state.epoch)
            reply = await answerer.answer(question, InspectModel(asked), which, best.hear)
        except LimitExceededError as limit:
            _show(state, best.output(str(asked), limit.type))
            raise
        reply.account["model"] = str(asked)
        _show(state, output_of(reply, str(asked)))
        return state

    return solve


def _by_own_model(method: Method) -> Solver:
    settings = {name: value for name, value in asdict(method).items() if name not in {"model", "base_url"}}
    # Through a model of Inspect's, so that what is paid is in Inspect's usage and under its limits.
    asked: Model = get_model(f"{NAME}/{method.model}", base_url=method.base_url or None, **settings)

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 (Inspect's signature)
        _show(state, await asked.generate(state.messages))
        return state

    return solve


class _Best:
    """The best answer so far, for when a limit of Inspect's ends the strategy."""

    def __init__(self) -> None:
        self._answer: Answer | None = None

    def hear(self, event: Event) -> None:
        """Keep an answer."""
        if isinstance(event, AnswerImproved):
            self._answer = event.answer

    def output(self, model: str, limit: str) -> ModelOutput:
        """It as Inspect's output; empty where there is none."""
        answer = self._answer if self._answer is not None and not self._answer.declined else None
        text = answer.trajectory.text if answer else ""
        output = ModelOutput.from_content(model, text, "stop" if answer else "unknown")
        value, sure = (answer.value, answer.confidence) if answer else (None, None)
        output.metadata = {KEY: {"value": value, "confidence": sure, "stopped_by": f"Inspect's {limit} limit"}}
        return output


def _show(state: TaskState, output: ModelOutput) -> None:
    state.output = output
    state.messages.append(output.message)
    state.metadata[KEY] = (output.metadata or {}).get(KEY, {})
