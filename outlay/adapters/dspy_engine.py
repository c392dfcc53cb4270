"""Engines of DSPy's that answer each request by a strategy."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from threading import Lock, Thread, get_ident
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from outlay.answering.answerer import KEY, Answerer, Reply
from outlay.answering.method import Method, close
from outlay.answering.question import Question, read_messages
from outlay.core.errors import InvalidInputError, MissingExtraError, OutlayError

try:
    from dspy import lm15
except ImportError:
    raise MissingExtraError("Outlay in DSPy", "dspy") from None

TOOL = "DSPy"


class StrategyEngine:
    """Answers one request at a time for each thread that asks, all on one event loop of its own.

    Of a request's settings ``max_tokens`` and ``stop`` are kept; the strategy chooses the rest.

    Args:
        method: the strategy, and what it needs.

    Raises:
        InvalidInputError: if a setting is not right.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self._answerer = Answerer(method)
        self._model = method.build_model()
        self._portal: BlockingPortal | None = None
        self._end: Callable[[], object] | None = None
        self._lock = Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> "StrategyEngine":
        """Itself: DSPy's copies of a program share what answers."""
        return self

    def __reduce__(self) -> "tuple[type[StrategyEngine], tuple[Method]]":
        return type(self), (self.method,)

    def complete(self, request: "lm15.Request") -> "lm15.Response":
        """The answer to a request.

        Raises:
            lm15.InvalidRequestError: if it cannot be asked, or the method does not fit the model.
            lm15.ProviderError: if the model or the verifier failed.
        """
        try:
            question = question_of(request)
            return response_of(self._loop().call(self._answer, question), request.model)
        except OutlayError as error:
            raise translated(error) from error

    async def acomplete(self, request: "lm15.Request") -> "lm15.Response":
        """The same, for another event loop; cancelling it cancels the strategy."""
        try:
            question = question_of(request)
            reply = await asyncio.wrap_future(self._loop().start_task_soon(self._answer, question))
        except OutlayError as error:
            raise translated(error) from error
        return response_of(reply, request.model)

    def stream(self, request: "lm15.Request") -> Iterator[Any]:
        """The whole answer, as a stream: nothing of it is known before the strategy has chosen."""
        found: Iterator[Any] = lm15.response_to_events(self.complete(request))
        return found

    def close(self) -> None:
        """Close the model's connections and end the event loop."""
        with self._lock:
            if self._portal is not None:
                self._portal.call(close, self._model)
                self._portal = None
            if self._end is not None:
                self._end()

    def dump_state(self) -> dict[str, str | int]:
        """The method; keys are in the environment and not in it."""
        return self.method.as_dict()

    @classmethod
    def load_state(cls, state: dict[str, object]) -> "StrategyEngine":
        """The engine that ``dump_state`` was asked of.

        Raises:
            InvalidInputError: if a setting is not right.
        """
        return cls(Method.of(state))

    async def _answer(self, question: Question) -> Reply:
        return await self._answerer.answer(question, self._model)

    def _loop(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                stack = ExitStack()
                self._portal = stack.enter_context(start_blocking_portal())
                # The loop ends with the engine, and before the interpreter does, whether or not somebody closes it.
                self._end = weakref.finalize(self, _end, stack, self._portal.call(get_ident))
            return self._portal


class AsyncStrategyEngine:
    """The engine of a program that runs asynchronously; it shares the loop of the other one.

    Args:
        engine: answers.
    """

    def __init__(self, engine: StrategyEngine) -> None:
        self._engine = engine

    async def complete(self, request: "lm15.Request") -> "lm15.Response":
        """The answer to a request.

        Raises:
            lm15.InvalidRequestError: if it cannot be asked, or the method does not fit the model.
            lm15.ProviderError: if the model or the verifier failed.
        """
        return await self._engine.acomplete(request)

    async def stream(self, request: "lm15.Request") -> AsyncIterator[Any]:
        """The whole answer, as a stream."""
        for event in lm15.response_to_events(await self.complete(request)):
            yield event

    async def aclose(self) -> None:
        """Nothing: the other engine owns the loop."""

    def dump_state(self) -> dict[str, str | int]:
        """The method."""
        return self._engine.dump_state()

    @classmethod
    def load_state(cls, state: dict[str, object]) -> "AsyncStrategyEngine":
        """An engine with a loop of its own.

        Raises:
            InvalidInputError: if a setting is not right.
        """
        return cls(StrategyEngine.load_state(state))


def question_of(request: "lm15.Request") -> Question:
    """The question that a request asks.

    Raises:
        InvalidInputError: if it offers tools, holds more than text, or does not end with the user's message.
    """
    if request.tools:
        raise InvalidInputError(f"{TOOL}: a strategy cannot call the program's tools; leave them to ReAct's own prompt")
    system = request.system
    told = system if isinstance(system, str | None) else "".join(str(part.text) for part in system)
    given = [] if told is None else [("system", told)]
    messages = read_messages([*given, *((message.role, message.text) for message in request.messages)], TOOL)
    return Question(messages, tuple(request.config.stop), request.config.max_tokens)


def response_of(reply: Reply, model: str) -> "lm15.Response":
    """An answer as DSPy's response: its usage is all that was paid, its ``provider_data`` how the answer came about."""
    cost = reply.cost
    usage = lm15.Usage(
        input_tokens=cost.prompt_tokens, output_tokens=cost.completion_tokens, total_tokens=cost.tokens,
        cache_read_tokens=cost.cached_tokens,
    )  # fmt: skip
    message = lm15.Message.assistant([lm15.TextPart(reply.text)])
    finish = "stop" if reply.answered else "length"
    return lm15.Response(None, model, message, finish, usage, provider_data={KEY: reply.account})


def translated(error: OutlayError) -> Exception:
    """An error of ours as one of those that DSPy knows; neither is tried again, as our models have tried already."""
    kind = lm15.InvalidRequestError if isinstance(error, InvalidInputError) else lm15.ProviderError
    found: Exception = kind(str(error), provider=KEY)
    return found


def _end(loop: ExitStack, thread: int) -> None:
    if get_ident() == thread:
        # The collector may run in the loop's own thread, which cannot wait for its own end.
        Thread(target=loop.close).start()
    else:
        loop.close()
