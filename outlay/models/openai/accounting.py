"""What a call may cost, what it did cost, and whether another attempt may still be paid."""

import json
import warnings
from collections.abc import Sequence

from outlay.core.budget import amounts
from outlay.core.cost import NOTHING, Cost
from outlay.core.model import Meter, SampleRequest
from outlay.models.openai.body import by_completions
from outlay.models.openai.raw_message import counted
from outlay.models.openai.reading import Choice, Reading, estimated_tokens
from outlay.models.openai.settings import OpenAISettings

PER_MESSAGE = 8
"""Tokens that a chat template puts around one message, at most."""

_SLACK = 1 + 1e-9
"""For dollars and FLOPs, which are sums of floats."""


def prompt_bound(settings: OpenAISettings, request: SampleRequest) -> int:
    """The most tokens a prompt can have: no byte-level tokenizer makes more tokens than there are bytes."""
    texts = _texts(settings, request)
    framing = PER_MESSAGE * (len(texts) + 1)
    # The completions endpoint adds nothing but a beginning-of-text token.
    around = 0 if by_completions(settings, request) else settings.template_tokens
    return sum(len(text.encode()) for text in texts) + framing + around


def prompt_estimate(settings: OpenAISettings, request: SampleRequest) -> int:
    """The likely number of prompt tokens, for servers that do not count; never above ``prompt_bound``."""
    texts = _texts(settings, request)
    return sum(estimated_tokens(text) for text in texts) + PER_MESSAGE // 2 * len(texts)


def bound(settings: OpenAISettings, request: SampleRequest, choices: int) -> Cost:
    """The most that one call for some choices can cost, its spare attempts included.

    Tokens, dollars and FLOPs count every attempt that began to answer. Calls and samples count what was
    asked for: a choice that has to be asked for again is still one sample of one call.
    """
    attempts = 1 + settings.spare_attempts
    asked = Cost(samples=choices * samples_started(request), calls=1)
    return sum([_worst(settings, request, choices)] * attempts, asked)


def samples_started(request: SampleRequest) -> int:
    """What one choice counts as in ``Cost.samples``: one from the bare problem, none that goes on with a step."""
    return 0 if request.trajectory.last else 1


class Bill:
    """Charges one call, attempt by attempt.

    Completions are charged as each choice ends, as far as they are certain, so that a run's cost is right
    while later choices are still being written. The rest of an attempt, prompt included, is charged when
    its stream is over: by the server's count where one came, else by estimate.
    """

    def __init__(self, settings: OpenAISettings, request: SampleRequest, choices: int, meter: Meter) -> None:
        self._settings = settings
        self._request = request
        self._meter = meter
        self._counted: set[int] = set()
        self._bound = bound(settings, request, choices)
        self._charged = NOTHING
        self._ahead = 0

    def affords(self, choices: int) -> bool:
        """Whether one more attempt for some choices keeps the sum within the call's bound."""
        worst = self._charged + _worst(self._settings, self._request, choices)
        return all(needed <= limit * _SLACK for needed, limit in zip(amounts(worst), amounts(self._bound), strict=True))

    def ended(self, choice: Choice) -> None:
        """Charge a choice that has ended while others of its stream go on."""
        tokens = min(choice.least_tokens, self._request.max_tokens)
        self._ahead += tokens
        self._charge([choice], completion=tokens)

    def settle(self, reading: Reading) -> None:
        """Charge what is left of an attempt; nothing where the server did not begin to answer."""
        ahead, self._ahead = self._ahead, 0
        if not reading.begun:
            return
        usage = reading.usage
        if usage is None:
            prompt, cached = prompt_estimate(self._settings, self._request), 0
            completion = sum(self.tokens(choice) for choice in reading.choices)
        else:
            prompt, cached, completion = usage.prompt - usage.cached, usage.cached, usage.completion
        # What was charged ahead cannot be taken back, where a server counts fewer tokens than it sent events.
        estimated = usage is None or completion < ahead
        rest = max(completion - ahead, 0)
        self._charge(reading.choices, prompt=prompt, cached=cached, completion=rest, estimated=estimated)
        self._warn_of_overrun()

    def abandon(self, reading: Reading) -> None:
        """Charge an attempt that was cut off before a reply that comes whole: it may have written everything."""
        most = len(reading.choices) * self._request.max_tokens
        prompt = prompt_bound(self._settings, self._request)
        self._charge(reading.choices, prompt=prompt, completion=most, estimated=True)

    def tokens(self, choice: Choice) -> int:
        """The likely number of tokens of one choice."""
        return min(choice.likely_tokens, self._request.max_tokens)

    def _charge(
        self,
        choices: Sequence[Choice],
        completion: int,
        prompt: int = 0,
        cached: int = 0,
        estimated: bool = False,
    ) -> None:
        new = {choice.index for choice in choices} - self._counted
        self._counted |= new
        cost = self._settings.info.cost(
            prompt=prompt, cached=cached, completion=completion, samples=len(new) * samples_started(self._request),
            calls=0 if self._charged.calls else 1, estimated=estimated,
        )  # fmt: skip
        self._charged = self._charged + cost
        self._meter(cost)

    def _warn_of_overrun(self) -> None:
        if self._charged.tokens > self._bound.tokens:
            warnings.warn(
                f"{self._settings.info.name} counted {self._charged.tokens} tokens where at most "
                f"{self._bound.tokens} were expected: its chat template adds more than "
                f"template_tokens={self._settings.template_tokens}, "
                f"or it ignores {self._settings.token_limit}",
                RuntimeWarning,
                stacklevel=2,
            )


def _worst(settings: OpenAISettings, request: SampleRequest, choices: int) -> Cost:
    return settings.info.cost(prompt=prompt_bound(settings, request), completion=choices * request.max_tokens)


def _texts(settings: OpenAISettings, request: SampleRequest) -> list[str]:
    texts = [counted(message) for message in request.trajectory.problem.messages]
    if settings.fields:
        texts.append(json.dumps(settings.fields))
    if by_completions(settings, request):
        texts.append(settings.template)
    partial = request.trajectory.text
    return [*texts, partial] if partial else texts
