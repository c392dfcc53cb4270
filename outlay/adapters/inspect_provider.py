"""``outlay/MODEL``: Inspect's models answered by a strategy, as in ``--model outlay/pocket -M strategy="greedy"``."""

from typing import Any

from outlay.adapters.inspect_messages import output_of, question_of
from outlay.answering.answerer import Answerer
from outlay.answering.method import Method, close
from outlay.core.errors import InvalidInputError, MissingExtraError

try:
    from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, modelapi
    from inspect_ai.tool import ToolChoice, ToolInfo
except ImportError:
    raise MissingExtraError("Outlay in Inspect", "inspect") from None

NAME = "outlay"


@modelapi(name=NAME)
class OutlayAPI(ModelAPI):
    """Answers each chat by a strategy; what it paid is the call's usage, so that Inspect's own limits see all of it.

    Args:
        model_name: a model of Outlay's, as in ``pocket``, or its name on the server ``base_url``.
        base_url: an OpenAI-compatible server.
        api_key: not used; Outlay reads keys from the environment.
        config: Inspect's settings. Of each call's, ``max_tokens`` and ``stop_seqs`` are kept.
        **model_args: the settings of ``Method``.

    Raises:
        InvalidInputError: if a setting is not right.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (as Inspect declares it)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        method = Method.of({**model_args, "model": model_name, "base_url": base_url})
        self._answerer = Answerer(method)
        self._model = method.build_model()

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 (Inspect's name)
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer a chat.

        Raises:
            InvalidInputError: if there are tools to call, or the chat holds more than text.
        """
        if tools:
            raise InvalidInputError("Inspect: a strategy cannot call Inspect's tools; leave them out")
        reply = await self._answerer.answer(question_of(input, config), self._model)
        return output_of(reply, f"{NAME}/{self.model_name}")

    async def aclose(self) -> None:
        """Close the model's connections; the next call opens new ones."""
        await close(self._model)
