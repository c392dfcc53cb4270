"""``replay``: another model's calls, recorded to a file and played back bit-equal."""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from anyio.lowlevel import checkpoint

from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, OutlayError
from outlay.core.model import Capability, LanguageModel, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Finish, Step, Trajectory

_CARD = "card"
_BEGINNING = f'{{"key": "{_CARD}", '
"""How every recording begins."""


@dataclass(frozen=True, eq=False)
class Replay:
    """Plays a recording; what it lacks is asked of ``of``, if that is given, and added to it.

    The file has one JSON object a line: the model's card, then bounds, calls and scores, each under a digest of what
    was asked. A call holds its charges and samples in the order in which they came, so that ledgers come out the same
    too. What a model keeps in memory does not travel: a verifier that reads hidden states reads the text afresh.

    Attributes:
        path: the file.
        of: the model to record; none to play back only.
    """

    path: str
    of: LanguageModel | None = None
    _records: dict[str, Any] = field(init=False, repr=False)
    _asked: "Counter[str]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_asked", Counter())
        object.__setattr__(self, "_records", _read(Path(self.path), required=self.of is None))
        if self.of is not None and _CARD not in self._records:
            card = self.of.info
            self._write(_CARD, {**asdict(card), "capabilities": sorted(card.capabilities)})

    @property
    def info(self) -> ModelInfo:
        """The recorded model's card."""
        card = self._records[_CARD]
        return ModelInfo(**{**card, "capabilities": frozenset(map(Capability, card["capabilities"]))})

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost, as the recorded model said.

        Raises:
            InvalidInputError: if the request was not recorded and there is no model to ask.
        """
        key = _digest("bound", request)
        if key not in self._records:
            self._write(key, asdict(self._model("this request").bound(request)))
        return Cost(**self._records[key])

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples, in the order in which they finished when recorded.

        Raises:
            InvalidInputError: if the request was not recorded and there is no model to ask.
        """
        key = self._numbered(_digest("call", request))
        if key in self._records:
            for event in self._records[key]:
                if "index" in event:
                    yield _sample(event, request.trajectory)
                    await checkpoint()  # so that whoever asked sees a sample before the next is paid for
                else:
                    meter(Cost(**event))
            return
        events: list[dict[str, Any]] = []

        def record(cost: Cost) -> None:
            events.append(asdict(cost))
            meter(cost)

        try:
            async with aclosing(self._model("this request").sample(request, record)) as samples:  # type: ignore[type-var]
                async for sample in samples:
                    events.append(_event(sample))
                    yield sample
        except OutlayError:
            self._asked[_digest("call", request)] -= 1  # what failed is not recorded, so that it can be asked again
            raise
        except BaseException:
            self._write(key, events)
            raise
        self._write(key, events)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts, as recorded.

        Raises:
            InvalidInputError: if they were not recorded and there is no model to ask.
        """
        key = self._numbered(_hash(["score", *_context(trajectory), list(texts)]))
        if key not in self._records:
            charges: list[Cost] = []
            scored = await self._model("this scoring").score(trajectory, texts, charges.append)
            logprobs = [list(one.logprobs) for one in scored]
            self._write(key, {"charges": [asdict(cost) for cost in charges], "logprobs": logprobs})
        known = self._records[key]
        for cost in known["charges"]:
            meter(Cost(**cost))
        return [Scored(text, tuple(one)) for text, one in zip(texts, known["logprobs"], strict=True)]

    async def aclose(self) -> None:
        """Close the recorded model."""
        close = getattr(self.of, "aclose", None)
        if close is not None:
            await close()

    def _model(self, what: str) -> LanguageModel:
        if self.of is None:
            raise InvalidInputError(
                f"{what} is not in the recording {self.path}; record it with replay(path={self.path!r}, of=MODEL)"
            )
        return self.of

    def _numbered(self, key: str) -> str:
        """What is asked again is another call."""
        self._asked[key] += 1
        return f"{key}-{self._asked[key]}"

    def _write(self, key: str, value: object) -> None:
        with Path(self.path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "value": value}) + "\n")
        self._records[key] = value


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    """All records of a file; a last line that a kill cut short is removed from it.

    Raises:
        InvalidInputError: if the file is missing, though required, or is no recording.
    """
    if not path.exists():
        if required:
            raise InvalidInputError(f"there is no recording {path}; make one with replay(path={str(path)!r}, of=MODEL)")
        if not path.parent.is_dir():
            raise InvalidInputError(f"there is no folder {path.parent} to record in")
        return {}
    try:
        whole = path.read_text(encoding="utf-8")
        kept = whole[: whole.rfind("\n") + 1]
        records = {record["key"]: record["value"] for record in map(json.loads, kept.splitlines())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{path} is not a recording of a model: {error}") from error
    if _CARD not in records and (required or not _BEGINNING.startswith(whole[: len(_BEGINNING)])):
        raise InvalidInputError(f"{path} is not a recording of a model: it has no card")
    if kept != whole:
        path.write_text(kept, encoding="utf-8")
    return records


def _event(sample: Sample) -> dict[str, Any]:
    step = sample.step
    return {
        "index": sample.index,
        "text": step.text,
        "token_ids": step.token_ids,
        "logprobs": step.logprobs,
        "cost": asdict(step.cost),
        "finish": str(sample.finish),
    }


def _sample(event: Mapping[str, Any], trajectory: Trajectory) -> Sample:
    ids, logprobs = event["token_ids"], event["logprobs"]
    step = Step(
        event["text"],
        trajectory.last,
        None if ids is None else tuple(ids),
        None if logprobs is None else tuple(logprobs),
        Cost(**event["cost"]),
    )
    return Sample(event["index"], step, Finish(event["finish"]))


def _digest(kind: str, request: SampleRequest) -> str:
    settings = [request.max_tokens, request.temperature, request.top_p, list(request.stop)]
    return _hash([kind, *_context(request.trajectory), list(request.seeds), *settings])


def _context(trajectory: Trajectory) -> list[object]:
    messages = [[message.role, message.content] for message in trajectory.problem.messages]
    return [messages, [step.text for step in trajectory.steps]]


def _hash(value: list[object]) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()[:32]
