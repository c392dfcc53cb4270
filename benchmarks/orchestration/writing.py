"""The server's model at work: so many samples at a time, each token at its moment."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.orchestration.asked import Asked
from benchmarks.orchestration.calls import Call
from benchmarks.orchestration.latency import Latency
from benchmarks.orchestration.text import RATING, SEPARATOR, STEPS, step


@dataclass(slots=True)
class Sample:
    """One sample while it is written.

    Attributes:
        tokens: what it will say.
        times: seconds from its start until each token is there.
        shown: what the client sees of each token: nothing of a stop string.
        finish: the finish reason.
        stop: the stop string that ended it, if one did.
        arrived: when it was asked for.
        started: when it had a place.
        written: tokens written so far.
        timer: of the next token.
        left: whether its client has left.
    """

    tokens: list[str]
    times: list[float]
    shown: list[str]
    finish: str
    stop: str | None
    arrived: float
    started: float = 0.0
    written: int = 0
    timer: asyncio.TimerHandle | None = None
    left: bool = False


Progress = Callable[[Sample, str, bool], None]
"""Takes a sample, its new text and whether that was the last."""


@dataclass
class Writer:
    """Writes samples.

    Samples of one question with equally many steps before them are numbered as they are asked for, and the number
    decides latency and text. So each contender that asks for as many meets the same latencies, whatever its requests
    look like.
    """

    latency: Latency
    concurrency: int
    calls: list[Call] = field(default_factory=list)
    requests: int = 0
    _asked: dict[tuple[str, int, bool], int] = field(default_factory=dict)
    _waiting: deque[tuple[Sample, Callable[[], None]]] = field(default_factory=deque)
    _writing: int = 0

    def forget(self) -> None:
        """Begin anew: nothing was asked for yet."""
        self.calls, self.requests, self._asked = [], 0, {}

    def write(self, asked: Asked, request: int, progress: Progress) -> Sample:
        """Begin a sample now or when there is a place."""
        loop = asyncio.get_running_loop()
        kind = (asked.question, asked.depth, asked.rating)
        number = self._asked[kind] = self._asked.get(kind, -1) + 1
        sample = self._drawn(asked, "/".join(map(str, (*kind, number))), loop.time())

        def start() -> None:
            self._writing += 1
            sample.started = loop.time()
            wait()

        def wait() -> None:
            sample.timer = loop.call_at(sample.started + sample.times[sample.written], token)

        def token() -> None:
            # A late timer catches up, so that no delay adds to the next one.
            text, now = "", loop.time()
            while sample.written < len(sample.times) and sample.started + sample.times[sample.written] <= now:
                text += sample.shown[sample.written]
                sample.written += 1
            last = sample.written == len(sample.times)
            progress(sample, text, last)
            if not last:
                wait()
                return
            sample.timer = None
            self.calls.append(
                Call(
                    request, asked.depth, asked.rating, len(sample.tokens), sample.times[-1],
                    sample.arrived, sample.started, loop.time(),
                )
            )  # fmt: skip
            self._leave()

        self._waiting.append((sample, start))
        self._admit()
        return sample

    def abandon(self, sample: Sample) -> None:
        """Stop a sample whose client has left."""
        sample.left = True
        if sample.timer is not None:
            sample.timer.cancel()
            sample.timer = None
            self._leave()

    def _leave(self) -> None:
        self._writing -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._writing < self.concurrency:
            sample, start = self._waiting.popleft()
            if not sample.left:
                start()

    def _drawn(self, asked: Asked, key: str, now: float) -> Sample:
        if asked.rating:
            tokens, ends_step = RATING, False
        else:
            until = asked.depth + 1 if asked.one_step else STEPS
            tokens = [token for number in range(asked.depth, min(until, STEPS)) for token in step(number, key)]
            ends_step = asked.one_step and tokens[-1:] == [SEPARATOR]
        cut = len(tokens) > asked.max_tokens
        tokens = tokens[: int(asked.max_tokens)] if cut else tokens or [""]
        stop = SEPARATOR if ends_step and not cut else None
        shown = [*tokens[:-1], ""] if stop else tokens
        return Sample(tokens, self.latency.token_times(key, len(tokens)), shown, "length" if cut else "stop", stop, now)
