"""Works a request out: each of its answers by the strategy, all of them paid by one ledger."""

import secrets
from dataclasses import dataclass, field
from functools import partial

import anyio

from outlay.answering.answerer import Reply
from outlay.core.errors import OutlayError
from outlay.core.events import AnswerImproved, Event, EventSink, SampleFinished, VerdictGiven
from outlay.core.ledger import Ledger
from outlay.core.seeded import generator_of
from outlay.core.solve import first_of
from outlay.gateway.asking import Work
from outlay.gateway.errors import RefusedError, spent


@dataclass(slots=True)
class Progress:
    """What has happened so far.

    Attributes:
        samples: that have finished.
        verdicts: that were given.
        confidence: of the best answer so far.
        changed: set when anything happens; whoever looks puts a new one in its place.
    """

    samples: int = 0
    verdicts: int = 0
    confidence: float | None = None
    changed: anyio.Event = field(default_factory=anyio.Event)

    def see(self, event: Event) -> None:
        """Take note of an event."""
        if not isinstance(event, SampleFinished | VerdictGiven | AnswerImproved):
            return
        if isinstance(event, SampleFinished):
            self.samples += 1
        elif isinstance(event, VerdictGiven):
            self.verdicts += 1
        else:
            self.confidence = event.answer.confidence
        self.changed.set()

    def __str__(self) -> str:
        sure = "" if self.confidence is None else f", confidence {self.confidence:.2f}"
        judged = f", {self.verdicts} verdicts" if self.verdicts else ""
        return f"{self.samples} samples{judged}{sure}"


async def solved(work: Work, ledger: Ledger, sink: EventSink) -> list[Reply]:
    """The request's answers, in order.

    Raises:
        RefusedError: if the budget did not pay for one of them.
        OutlayError: if the model or verifier failed, or the strategy needs what they lack.
    """
    seed = secrets.randbits(63) if work.seed is None else work.seed
    replies: list[Reply | None] = [None] * work.choices

    async def one(index: int) -> None:
        asked = [(message.role, message.content) for message in work.question.messages]
        rng = generator_of(seed, asked, index)
        replies[index] = await work.means.answer(work.question, work.model, ledger.child(), rng, sink)

    try:
        async with anyio.create_task_group() as group:
            for index in range(work.choices):
                group.start_soon(partial(one, index))
    except BaseExceptionGroup as failed:
        error = first_of(failed)
        if isinstance(error, OutlayError | RefusedError):
            raise error from None
        raise
    found = [reply for reply in replies if reply is not None]
    for reply in found:
        if not (reply.answered or reply.account.get("declined")):
            raise _nothing(reply, work)
    return found


def _nothing(reply: Reply, work: Work) -> RefusedError:
    limit = str(reply.account["stopped_by"])
    if limit == "seconds":
        return RefusedError(504, "no answer was finished in time", "api_error", "timeout")
    return spent(f"the budget of {work.budget} did not pay for an answer; it ran out of {limit}")
