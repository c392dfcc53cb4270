"""One stream as it is read: the choices it carries, how each ended, and what it says about its cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from outlay.core.errors import EndpointRefusedError
from outlay.core.model import SampleRequest
from outlay.core.trajectory import Finish
from outlay.models.openai import chunk
from outlay.models.openai.chunk import Delta, Usage
from outlay.models.openai.tool_calls import CallsRead, write_calls
from outlay.wire.failures import AttemptFailedError, Failures

BYTES_PER_TOKEN = 4
"""For estimates: about what tokenizers make of English text."""

_BROKEN = frozenset({"abort", "error"})
"""Reasons with which a server gives up a choice instead of finishing it."""


def estimated_tokens(text: str) -> int:
    """A token for every four bytes of UTF-8."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


class Ending(NamedTuple):
    """The whole text of a choice and why it ended."""

    text: str
    finish: Finish


@dataclass(slots=True)
class Choice:
    """One choice of a stream, growing.

    Attributes:
        index: which of the request's seeds it belongs to.
        pieces: its text so far.
        seen: events that brought text or reasoning; each is at least one token.
        logprobs: of its tokens so far, where the server gives them.
        calls: of tools, so far.
        ended: the event that finished it.
    """

    index: int
    pieces: list[str] = field(default_factory=list)
    seen: int = 0
    logprobs: list[float] = field(default_factory=list)
    calls: CallsRead = field(default_factory=CallsRead)
    ended: Delta | None = None

    def add(self, delta: Delta) -> None:
        """Take what one event brings."""
        self.pieces.append(delta.text)
        self.calls.add(delta.calls)
        self.seen += bool(delta.text or delta.thought or delta.calls)
        self.logprobs.extend(delta.logprobs or ())
        if delta.finish_reason is not None:
            self.ended = delta

    @property
    def text(self) -> str:
        """The text so far, with calls of tools; surrogate halves that a server split are joined again."""
        said = "".join(self.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return write_calls(said, self.calls.calls)

    @property
    def least_tokens(self) -> int:
        """A number of tokens that it has for certain: one for each log-probability or event."""
        return len(self.logprobs) or self.seen

    @property
    def likely_tokens(self) -> int:
        """The best estimate: exact with log-probabilities, else by length, at least ``least_tokens``."""
        return len(self.logprobs) or max(self.seen, estimated_tokens(self.text))

    def ending(self, request: SampleRequest) -> Ending:
        """The text with the stop string that the server cut off, and why the choice ended.

        ``length`` is ``Finish.LENGTH``. For any other reason: without stop strings the model has ended. If
        the server names what stopped it (vLLM's ``stop_reason``, SGLang's ``matched_stop``), a stop string
        of the request is a step and anything else an end. If the server does not say, an empty piece is an
        end, so that nothing is continued for ever; so is one that completes an answer by the problem's
        rule; every other one is a step that ended with the first stop string.
        """
        text, last = self.text, self.ended
        if last is not None and last.finish_reason == "length":
            return Ending(text, Finish.LENGTH)
        if not request.stop:
            return Ending(text, Finish.END)
        if last is not None and last.names_stop:
            stop = last.stop if last.stop in request.stop else None
        else:
            stop = None if self.calls.calls or self._is_complete(request, text) else request.stop[0]
        if stop is None:
            return Ending(text, Finish.END)
        # A server may have been set up to keep the string.
        return Ending(text if text.endswith(stop) else text + stop, Finish.STEP)

    def _is_complete(self, request: SampleRequest, text: str) -> bool:
        whole = request.trajectory
        return not text or whole.problem.answer_rule.extract(whole.text + text) is not None


class Reading:
    """Follows one stream.

    Args:
        indices: which of the request's seeds were asked for; the stream's i-th choice is that of the i-th.
        failures: makes errors from what a server reports.

    Attributes:
        choices: one for each index.
        sent: whether the request has gone out.
        begun: whether the server has begun to answer, from where on it is paid.
        usage: the server's count, once it has come.
        done: whether the stream ended as the protocol says.
        finished: choices that have ended and were not yet taken from here.
    """

    def __init__(self, indices: Sequence[int], failures: Failures) -> None:
        self.choices = [Choice(index) for index in indices]
        self.sent = False
        self.begun = False
        self.usage: Usage | None = None
        self.done = False
        self.finished: list[Choice] = []
        self._failures = failures

    @property
    def unfinished(self) -> list[int]:
        """The indices that have not been answered to the end."""
        return [choice.index for choice in self.choices if choice.ended is None]

    def mark_sent(self) -> None:
        """The request has gone out."""
        self.sent = True

    def feed(self, data: str) -> None:
        """Take one event; choices that it ends are added to ``finished``.

        Raises:
            AttemptFailedError: if it is not of the protocol or reports a failure.
            EndpointRefusedError: if it reports that the request was at fault.
        """
        if data.strip() == "[DONE]":
            self.done = True
            return
        event = chunk.read(data)
        if event.error is not None:
            raise self._failures.of_event(event.error)
        self.begun = self.begun or bool(event.deltas) or event.usage is not None
        self.usage = event.usage or self.usage
        for delta in event.deltas:
            self._add(delta)

    def check_end(self) -> None:
        """What the end of the stream means.

        Raises:
            AttemptFailedError: if it came too early.
            EndpointRefusedError: if the server does not honour ``n``.
        """
        missing = len(self.unfinished)
        if not missing:
            return
        if missing == len(self.choices) - 1 and self._is_over():
            raise EndpointRefusedError(
                f"the server answered n={len(self.choices)} with one choice; set several=false for it"
            )
        raise AttemptFailedError(f"the stream ended before {missing} of {len(self.choices)} choices did")

    def _is_over(self) -> bool:
        # Some servers end a stream without [DONE]; theirs is over if it was counted and nothing was left half said.
        silent = not any(choice.pieces for choice in self.choices if choice.ended is None)
        return self.done or (self.usage is not None and silent)

    def _add(self, delta: Delta) -> None:
        if delta.index >= len(self.choices):
            raise AttemptFailedError(
                f"choice {delta.index} came where {len(self.choices)} were asked for", malformed=True
            )
        choice = self.choices[delta.index]
        # Some servers send empty events after the last one.
        if choice.ended is not None:
            return
        if delta.finish_reason in _BROKEN:
            raise AttemptFailedError(f"the server gave up with finish_reason {delta.finish_reason!r}")
        choice.add(delta)
        if delta.finish_reason is not None:
            self.finished.append(choice)
