"""``process_reward``: the shipped pocket reward model, a score for every step of a trajectory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from outlay.core.aggregation import Aggregation
from outlay.core.cost import Cost
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.pocket.memory import Memory
from outlay.pocket.reward import (
    RewardWeights,
    input_vectors,
    load_reward_weights,
    scores,
    token_features,
)
from outlay.pocket.tokenizer import EOS, encode
from outlay.pocket.transformer import Piece, read_vectors
from outlay.pocket.weights import SHIPPED, FloatArray, PocketWeights, load_weights


@dataclass(frozen=True, eq=False)
class ProcessReward:
    """Scores each step with the probability that everything up to it is right.

    It reads the language model's hidden states, which travel with what the pocket model wrote; other text is read by
    its own copy of that model first, with an end token if it is finished. What it has read of a trajectory is kept, so
    that a further step costs only its own tokens; a prompt is paid once a run. Answers cut off by the length limit
    score 0.

    Attributes:
        aggregation: how step scores become the verdict's score.
        path: a folder with a reward model and its language model; empty for the shipped ones.
    """

    aggregation: Aggregation = Aggregation.LAST
    path: str = ""
    info: VerifierInfo = VerifierInfo(
        "process_reward",
        "the shipped reward model, a score for each step",
        Judges.STEPS,
        "text the pocket model can read",
    )
    _trunk: PocketWeights = field(init=False, repr=False)
    _memory: Memory = field(init=False, repr=False)
    _weights: RewardWeights = field(init=False, repr=False)
    _read: "WeakKeyDictionary[Piece, Piece]" = field(init=False, repr=False)
    _told: "WeakKeyDictionary[Piece, FloatArray]" = field(init=False, repr=False)
    _paid: "WeakKeyDictionary[Ledger, set[str]]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        folder = Path(self.path) if self.path else SHIPPED
        trunk = load_weights(folder)
        weights = load_reward_weights(folder, trunk.digest)
        for name, value in (
            ("_trunk", trunk), ("_memory", Memory(trunk)), ("_weights", weights),
            ("_read", WeakKeyDictionary()), ("_told", WeakKeyDictionary()), ("_paid", WeakKeyDictionary()),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    def require(self, problem: Problem) -> None:
        """Refuse a problem that has characters the pocket models cannot read."""
        for message in problem.messages:
            encode(message.content)

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, in order."""
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, given: Trajectory, run: Run) -> Verdict:
        one = _with_end(given)
        own = self._memory.pieces(one)
        new = [piece for piece in own[1:] if piece not in self._read]
        cost = self._cost(problem, one, new, own[0], run.ledger)
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
            self._paid.setdefault(run.ledger, set()).add(problem.id)
            step_scores = self._scores(one, own)
        if one.finish is Finish.LENGTH or not step_scores:
            return Verdict(0.0, step_scores, cost=cost)
        return Verdict(self.aggregation.of(step_scores), step_scores, cost=cost)

    def _cost(self, problem: Problem, one: Trajectory, new: list[Piece], prompt: Piece, ledger: Ledger) -> Cost:
        """What is new to read: the steps, and the prompt once a run. Foreign text passes the trunk as well."""
        tokens = sum(piece.tokens for piece in new)
        if problem.id not in self._paid.get(ledger, set()):
            tokens += prompt.tokens
        foreign = sum(len(encode(step.text)) for step in one.steps if self._memory.piece_of(step) is None)
        flops = 2.0 * (tokens * self._weights.parameters + foreign * self._trunk.shape.parameters)
        return Cost(verifier_tokens=tokens, calls=1, flops=flops)

    def _scores(self, one: Trajectory, own: list[Piece]) -> tuple[float, ...]:
        """The score at the end of every step of the text."""
        seen = [self._piece(own[0], None, [], own)]
        found: list[float] = []
        for position, step in enumerate(one.steps, start=1):
            seen.append(self._piece(own[position], step, seen, own[:position]))
            by_token = scores(self._weights, seen[-1].hidden)
            found.extend(float(by_token[end]) for end in _step_ends(step.text, one.problem, len(by_token)))
        return tuple(found)

    def _piece(self, trunk_piece: Piece, step: Step | None, past: list[Piece], before: list[Piece]) -> Piece:
        """The reward stack's memory of one piece of the trunk, read once."""
        known = self._read.get(trunk_piece)
        if known is not None:
            return known
        features = None
        if step is not None:
            previous = np.concatenate([before[-1].hidden[-1:], trunk_piece.hidden[:-1]])
            features = token_features(self._trunk, previous, self._memory.ids(step), self._told.get(before[-1]))
            self._told[trunk_piece] = features[-1]
        vectors = input_vectors(self._weights, trunk_piece.hidden, features)
        piece = read_vectors(self._weights.stack, vectors, past)
        self._read[trunk_piece] = piece
        return piece


def _with_end(one: Trajectory) -> Trajectory:
    """The same answer, whose last step has an end token if it is finished and its tokens are not known.

    The score of a finished answer stands at its end token, in training too; without it the answer might yet go on.
    """
    if one.finish is not Finish.END or one.last is None or one.last.model_state is not None or one.last.token_ids:
        return one
    return replace(one, last=replace(one.last, token_ids=(*encode(one.last.text), EOS)))


def _step_ends(text: str, problem: Problem, tokens: int) -> list[int]:
    """Positions within a step's tokens at which a step of the problem ends; the last token always does."""
    lengths = [len(encode(part)) for part in problem.step_rule.split(text)]
    return [end - 1 for end in accumulate(lengths[:-1])] + [tokens - 1]
