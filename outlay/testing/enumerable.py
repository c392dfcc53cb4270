"""A language model and a verifier so small that the law of any strategy over them can be enumerated.

The model is a table: for each text so far the steps that may come next, with their probabilities. Its continuations
are also a program of ``outlay.montecarlo``, so that ``enumerate_program`` gives the exact distribution of whatever is
made from them. Both parts keep the real contracts, prices and limits included, and finish in any order asked for.
"""

import math
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from outlay.core import phrases
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import Capability, Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.problem import Message, Problem, StepRule
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.montecarlo import Choices
from outlay.testing.arrival import Arrival, arrival_order, give_way
from outlay.testing.world import World

SEPARATOR = "\n"

CARD = ModelInfo(
    "enumerable",
    "a table of steps",
    frozenset(Capability) - {Capability.HIDDEN_STATES},
    context=4096,
    parameters=500,
    prompt_price=2.0,
    cached_price=0.5,
    completion_price=8.0,
    thinking_end="=",
)
"""The model card of enumerable models, with prices in US dollars a million tokens."""


class Branch(NamedTuple):
    """One step that may come next. It ends the answer unless its text ends with the separator.

    Attributes:
        text: one token a character.
        probability: at temperature 1, given the text so far.
    """

    text: str
    probability: float

    @property
    def ends(self) -> bool:
        """Whether the answer is over after it."""
        return not self.text.endswith(SEPARATOR)


class AfterEquals:
    """An answer rule: the value is what follows the last equals sign."""

    def extract(self, text: str) -> str | None:
        """The value, or None without an equals sign."""
        _, sign, value = text.rpartition("=")
        return value if sign else None

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same text."""
        return first == second


@dataclass(frozen=True, slots=True)
class EnumerableModel:
    """A language model given by a table.

    Tokens are characters. A call from the bare problem pays for the prompt; what a continued trajectory has behind it
    is cached if this kind of model wrote it. Temperature and nucleus act on whole steps: probabilities are raised to
    the power of 1 / temperature, then the likeliest steps are kept until they reach ``top_p``. Samples that have not
    arrived when the iterator is left cost nothing.

    Attributes:
        table: for each text so far the branches that may follow; their probabilities sum to one. Every text that is
            reached without an end must be in it.
        arrival: when samples finish.
        arrival_seed: for ``Arrival.SHUFFLED``.
        info: the model card.
        replies: for the last message of a conversation the replies that may follow; all else is answered from the
            table.
    """

    table: Mapping[str, Sequence[Branch]]
    arrival: Arrival = Arrival.IN_ORDER
    arrival_seed: int = 0
    info: ModelInfo = CARD
    replies: Mapping[str, Sequence[Branch]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for prefix, branches in self.table.items():
            if not math.isclose(math.fsum(branch.probability for branch in branches), 1.0):
                raise ValueError(f"the branches after {prefix!r} must have probabilities that sum to 1")
            for branch in branches:
                if SEPARATOR in branch.text[:-1] or not branch.text:
                    raise ValueError(f"the step {branch.text!r} must have a separator at its end or nowhere")
                if not branch.ends and prefix + branch.text not in self.table:
                    raise ValueError(f"the table must say what follows {prefix + branch.text!r}")

    def choose_step(self, choices: Choices, prefix: str = "", temperature: float = 1.0) -> Branch:
        """The next step as a random choice of a program."""
        branches = self._branches(prefix)
        return branches[choices.choose(_tempered(branches, temperature, 1.0))]

    def choose_answer(self, choices: Choices, prefix: str = "", temperature: float = 1.0) -> str:
        """The whole text, from a prefix to its end, as random choices of a program."""
        while True:
            branch = self.choose_step(choices, prefix, temperature)
            prefix += branch.text
            if branch.ends:
                return prefix

    def bound(self, request: SampleRequest) -> Cost:
        """The most that a request can cost."""
        fresh, cached = _read(request.trajectory)
        count = len(request.seeds)
        started = 0 if request.trajectory.last else count
        tokens = count * request.max_tokens
        return self.info.cost(prompt=fresh, cached=cached, completion=tokens, samples=started, calls=1)

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        """The request's samples as they finish."""
        fresh, cached = _read(request.trajectory)
        meter(self.info.cost(prompt=fresh, cached=cached, calls=1))
        for index in arrival_order(self.arrival, self.arrival_seed, request.seeds):
            await give_way(self.arrival, self.arrival_seed, request.seeds[index])
            drawn = self._draw(request, index)
            meter(drawn.step.cost)
            yield drawn

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        """Log-probabilities of texts made of whole steps; a step's stands at its first character."""
        found = []
        for text in texts:
            meter(self.info.cost(prompt=len(text), calls=1))
            found.append(Scored(text, self._logprobs(trajectory.text, text)))
        return found

    def _draw(self, request: SampleRequest, index: int) -> Sample:
        rng = np.random.default_rng(request.seeds[index])
        before = request.trajectory.text
        text, logprobs = "", []
        while True:
            branches = self._replies(request.trajectory) if not before + text else self._branches(before + text)
            weights = _tempered(branches, request.temperature, request.top_p)
            branch = branches[int(rng.choice(len(branches), p=weights))]
            text += branch.text
            logprobs += [math.log(branch.probability), *[0.0] * (len(branch.text) - 1)]
            finish = Finish.END if branch.ends else Finish.STEP
            if branch.ends or len(text) > request.max_tokens or any(stop in branch.text for stop in request.stop):
                break
        if len(text) > request.max_tokens:
            text, finish = text[: request.max_tokens], Finish.LENGTH
        started = 0 if request.trajectory.last else 1
        cost = self.info.cost(completion=len(text), samples=started)
        ids = tuple(map(ord, text))
        step = Step(text, request.trajectory.last, ids, tuple(logprobs[: len(text)]), cost, _WRITTEN)
        return Sample(index, step, finish)

    def _replies(self, trajectory: Trajectory) -> Sequence[Branch]:
        return self.replies.get(trajectory.problem.messages[-1].content) or self._branches("")

    def _branches(self, prefix: str) -> Sequence[Branch]:
        if prefix not in self.table:
            raise InvalidInputError(f"the enumerable model cannot go on from {prefix!r}; it knows {list(self.table)}")
        return self.table[prefix]

    def _logprobs(self, prefix: str, text: str) -> tuple[float, ...]:
        found: list[float] = []
        for part in StepRule((SEPARATOR,)).split(text):
            # After a step that the table does not have, nothing is possible.
            likelihood = {branch.text: branch.probability for branch in self.table.get(prefix, ())}.get(part, 0.0)
            found += [math.log(likelihood) if likelihood else -math.inf, *[0.0] * (len(part) - 1)]
            prefix += part
        return tuple(found)


@dataclass(frozen=True, slots=True)
class EnumerableVerifier:
    """A verifier given by a table of scores. Reading a trajectory's last step costs a token a character.

    Attributes:
        scores: for each text its score in [0, 1]; any other text scores 0.
        judges: whether it may be asked about partial trajectories.
        price: verifier tokens a character, 0 for verdicts that are free.
        arrival: when verdicts are ready.
        arrival_seed: for ``Arrival.SHUFFLED``.
        reserves_first: whether it says so of itself, which it does, so that verdicts overlap under a limit.
    """

    scores: Mapping[str, float]
    judges: Judges = Judges.STEPS
    price: int = 1
    arrival: Arrival = Arrival.AT_ONCE
    arrival_seed: int = 0
    reserves_first: bool = False

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo("enumerable", "a table of scores", self.judges, reserves_first=self.reserves_first)

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory."""
        return [await self._judge(one, run) for one in trajectories]

    async def _judge(self, one: Trajectory, run: Run) -> Verdict:
        read = len(one.last.text) if one.last else 0
        cost = Cost(verifier_tokens=self.price * read, calls=1 if self.price else 0)
        async with run.ledger.reserve(cost) as reservation:
            await give_way(self.arrival, self.arrival_seed, zlib.crc32(one.text.encode()))
            reservation.charge(cost)
        parts = one.problem.step_rule.split(one.text)
        steps = tuple(self.scores.get("".join(parts[: i + 1]), 0.0) for i in range(len(parts)))
        score = self.scores.get(one.text, 0.0)
        return Verdict(score, steps if self.judges is Judges.STEPS else None, cost=cost)


_WRITTEN = "enumerable"
"""The model state of a step that an enumerable model wrote."""


def _read(trajectory: Trajectory) -> tuple[int, int]:
    """Tokens that a call must read, and those that are cached."""
    prompt = sum(len(message.content) for message in trajectory.problem.messages)
    if trajectory.last is None:
        return prompt, 0
    fresh = sum(len(step.text) for step in trajectory.steps if step.model_state != _WRITTEN)
    return fresh, prompt + len(trajectory.text) - fresh


def _tempered(branches: Sequence[Branch], temperature: float, top_p: float) -> list[float]:
    """Probabilities of the branches at a temperature, within a nucleus."""
    given = np.array([branch.probability for branch in branches])
    if temperature == 0:
        return [float(i == given.argmax()) for i in range(len(given))]
    powers = (given / given.max()) ** (1 / temperature)
    order = np.argsort(-powers, kind="stable")
    reached = np.cumsum(powers[order]) / powers.sum()
    kept = order[: int(np.searchsorted(reached, top_p - 1e-12)) + 1]
    nucleus = np.zeros_like(powers)
    nucleus[kept] = powers[kept]
    return [float(share) for share in nucleus / nucleus.sum()]


SMALL_TABLE: Mapping[str, Sequence[Branch]] = MappingProxyType(
    {
        "": (Branch("a\n", 0.5), Branch("bb\n", 0.3), Branch("=7", 0.15), Branch("none", 0.05)),
        "a\n": (Branch("=7", 0.4), Branch("=8", 0.35), Branch("cccc\n", 0.25)),
        "bb\n": (Branch("=8", 0.3), Branch("=9", 0.6), Branch("so =7", 0.1)),
        "a\ncccc\n": (Branch("=9", 0.5), Branch("=10", 0.5)),
    }
)
"""Four answers, three steps at most, one text without an answer, one answer that several texts end in."""

SMALL_SCORES: Mapping[str, float] = MappingProxyType(
    {
        "a\n": 0.5,
        "bb\n": 0.75,
        "=7": 0.25,
        "none": 1.0,
        "a\n=7": 0.75,
        "a\n=8": 0.125,
        "a\ncccc\n": 0.875,
        "bb\n=8": 0.0,
        "bb\n=9": 0.625,
        "bb\nso =7": 0.375,
        "a\ncccc\n=9": 0.5,
        "a\ncccc\n=10": 1.0,
    }
)
"""A score for each text that the small table can lead to."""

SMALL_REPLIES: Mapping[str, Sequence[Branch]] = MappingProxyType(
    {
        phrases.CHECK: (Branch("yes", 0.625), Branch("no", 0.375)),
        phrases.FORESEE: (Branch("yes", 0.25), Branch("no", 0.75)),
        phrases.CRITICISE: (Branch("step 1.", 0.5), Branch("nothing.", 0.375), Branch("step 2.", 0.125)),
        phrases.ANSWER_AT_ONCE: (Branch("=7", 0.5), Branch("=9", 0.25), Branch("none", 0.25)),
    }
)
"""What the small model says of any answer of its own; a second attempt is drawn from the table."""

SMALL_PROBLEM = Problem(
    "small",
    (Message("user", "what is it?"),),
    AfterEquals(),
    StepRule((SEPARATOR,), max_steps=4, max_step_tokens=6, max_tokens=12),
)
"""A problem for the small table; no step and no answer of the table is cut by its limits."""


def small_model(arrival: Arrival = Arrival.IN_ORDER, arrival_seed: int = 0) -> EnumerableModel:
    """The model of the small table."""
    return EnumerableModel(SMALL_TABLE, arrival, arrival_seed, replies=SMALL_REPLIES)


def small_world(arrival: Arrival = Arrival.IN_ORDER, arrival_seed: int = 0, price: int = 1) -> World:
    """The small problem with its model and verifier.

    Args:
        arrival: when samples and verdicts arrive.
        arrival_seed: for ``Arrival.SHUFFLED``.
        price: verifier tokens a character, 0 for verdicts that are free.
    """
    verifier = EnumerableVerifier(SMALL_SCORES, price=price, arrival=arrival, arrival_seed=arrival_seed)
    return World(SMALL_PROBLEM, small_model(arrival, arrival_seed), verifier)
