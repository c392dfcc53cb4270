"""A model of Inspect's as one of ours, so that its providers, its cache and its limits serve every strategy."""

from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from outlay.adapters.inspect_messages import to_inspect
from outlay.answering.answer_rules import before
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, MissingCapabilityError, MissingExtraError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.openai.accounting import PER_MESSAGE

try:
    from inspect_ai.model import GenerateConfig, Model, ModelOutput
except ImportError:
    raise MissingExtraError("Outlay in Inspect", "inspect") from None

TEMPLATE_TOKENS = 64
"""The most tokens that a server's chat template adds beside the messages."""


class InspectModel:
    """Asks a model of Inspect's, one call a sample.

    Each call carries a seed of its own, so that Inspect's cache tells samples of one prompt apart. What it cannot do:
    continue a partial answer, give log-probabilities, score text. Inspect counts the money, and no budget of ours does.

    Args:
        model: Inspect's model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._info = ModelInfo(f"inspect:{model}", "a model of Inspect's", frozenset({Capability.DIALOGUE}))

    @property
    def info(self) -> ModelInfo:
        """The model card."""
        return self._info

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost: no tokenizer makes more tokens of a prompt than it has bytes."""
        messages = request.trajectory.problem.messages
        size = sum(len(message.content.encode()) for message in messages)
        prompt = size + PER_MESSAGE * (len(messages) + 1) + TEMPLATE_TOKENS
        count = len(request.seeds)
        return self._info.cost(prompt=count * prompt, completion=count * request.max_tokens, samples=count, calls=count)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish.

        Raises:
            MissingCapabilityError: if a partial answer is to be continued.
        """
        if request.trajectory.text:
            raise self._lacks("continuing a partial answer", Capability.CONTINUATION)
        sender, receiver = anyio.create_memory_object_stream[Sample](len(request.seeds))
        with receiver:
            async with anyio.create_task_group() as group:
                for index in range(len(request.seeds)):
                    group.start_soon(self._draw, request, index, meter, sender.clone())
                sender.close()
                try:
                    async for sample in receiver:
                        yield sample
                except GeneratorExit:
                    # Passed on, it would leave the task group inside an exception group, which aclose() would raise.
                    pass
                group.cancel_scope.cancel()

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> NoReturn:
        """Not offered.

        Raises:
            MissingCapabilityError: always.
        """
        raise self._lacks("scoring given text", Capability.SCORE)

    async def _draw(
        self, request: SampleRequest, index: int, meter: Meter, finished: MemoryObjectSendStream[Sample]
    ) -> None:
        with finished:
            config = GenerateConfig(
                max_tokens=request.max_tokens, temperature=request.temperature, top_p=request.top_p,
                seed=request.seeds[index],
            )  # fmt: skip
            output = await self._model.generate(to_inspect(request.trajectory.problem.messages), config=config)
            cost = self._cost(request, output)
            meter(cost)
            written = self._info.cost(completion=cost.completion_tokens, samples=1, estimated=cost.estimated)
            finished.send_nowait(self._sample(request, index, output, written))

    def _sample(self, request: SampleRequest, index: int, output: ModelOutput, cost: Cost) -> Sample:
        text = str(output.completion)
        finish = Finish.LENGTH if output.stop_reason in {"max_tokens", "model_length"} else Finish.END
        # Inspect does not say which string stopped a model, so none is sent and the text is cut here.
        head = before(text, request.stop)
        ending = next((one for one in request.stop if text.startswith(one, len(head))), None)
        if ending is not None:
            text, finish = head + ending, Finish.STEP
        return Sample(index, Step(text, request.trajectory.last, cost=cost), finish)

    def _cost(self, request: SampleRequest, output: ModelOutput) -> Cost:
        usage = output.usage
        if usage is None:
            guess = len(str(output.completion).encode()) // 4
            asked = sum(len(message.content.encode()) for message in request.trajectory.problem.messages) // 4
            return self._info.cost(prompt=asked, completion=guess, samples=1, calls=1, estimated=True)
        return self._info.cost(
            prompt=usage.input_tokens + (usage.input_tokens_cache_write or 0),
            cached=usage.input_tokens_cache_read or 0,
            completion=usage.output_tokens,
            samples=1,
            calls=1,
        )

    def _lacks(self, needed_by: str, capability: Capability) -> MissingCapabilityError:
        return MissingCapabilityError(
            needed_by, capability.value, f"model {self._info.name!r}",
            "the solver's settings model and base_url name models of Outlay's own, which may",
        )  # fmt: skip


def refuse_dollars(budget: str) -> None:
    """Refuse a limit that nobody would hold.

    Raises:
        InvalidInputError: if a budget limits dollars, whose count is Inspect's.
    """
    if "dollars" in budget:
        raise InvalidInputError("Inspect counts the money of its models: limit it with cost_limit, not with dollars=")
