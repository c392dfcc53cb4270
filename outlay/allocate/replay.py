"""Replaying policies on a pool: its samples in random orders, as a run would meet them, at no call of a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.allocate.policy import Policy
from outlay.allocate.rules import Choose
from outlay.allocate.signals import Seen, available, signals
from outlay.core.errors import InvalidInputError
from outlay.core.seeded import generator_of
from outlay.pools.graded import GradedSamples
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.schema import SCORE, VERIFIER_TOKENS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ORDERS = 16
"""Random orders of a problem's samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """What is met along random orders of the samples of problems, at each of some stages.

    Attributes:
        stages: samples drawn in all up to each of s stages.
        names: of the signals.
        signals: (s, paths, signals).
        correct: (s, paths) 1 where what is handed in is right.
        drawn: (s, paths) tokens of completions and verdicts up to each stage.
        prompt: (paths,) tokens of the prompt, which each stage pays anew.
        problem: (paths,) which problem each is of, from 0.
    """

    stages: tuple[int, ...]
    names: tuple[str, ...]
    signals: FloatArray
    correct: FloatArray
    drawn: FloatArray
    prompt: FloatArray
    problem: IntArray

    @property
    def tokens(self) -> FloatArray:
        """(s, paths) paid up to each stage."""
        calls = np.arange(1, len(self.stages) + 1)[:, None]
        return np.asarray(self.drawn + calls * self.prompt, np.float64)

    def at(self, stages: Sequence[int]) -> "Paths":
        """The same with some of the stages only.

        Raises:
            ValueError: if one of them is not there.
        """
        kept = [self.stages.index(one) for one in stages]
        return replace(
            self, stages=tuple(stages), signals=self.signals[kept], correct=self.correct[kept], drawn=self.drawn[kept]
        )

    def of(self, kept: BoolArray) -> "Paths":
        """(paths,): some of the paths only."""
        return replace(
            self, signals=self.signals[:, kept], correct=self.correct[:, kept], drawn=self.drawn[:, kept],
            prompt=self.prompt[kept], problem=self.problem[kept],
        )  # fmt: skip

    def by_problem(self, values: FloatArray) -> FloatArray:
        """(..., paths) -> (..., problems): means over the orders of each problem."""
        _, place = np.unique(self.problem, return_inverse=True)
        counts = np.bincount(place)
        rows = values.reshape(-1, values.shape[-1])
        sums = np.array([np.bincount(place, row, len(counts)) for row in rows]) / counts
        return np.asarray(sums.reshape(*values.shape[:-1], len(counts)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What a policy did on paths.

    Attributes:
        correct: (paths,) 1 where it was right.
        tokens: (paths,) what it paid.
        stage: (paths,) at which it stopped.
        sure: (paths,) the chance that it gave its answer.
    """

    correct: FloatArray
    tokens: FloatArray
    stage: IntArray
    sure: FloatArray


def read_problems(pools: Iterable[Pool], verifier: str = "") -> list[ProblemSamples]:
    """All problems of some pools with what policies need of them; those without a graded sample are left out.

    Raises:
        InvalidInputError: if a pool lacks what is needed, or nothing is graded.
        StoreError: if a pool cannot be read.
    """
    found: list[ProblemSamples] = []
    names = ["correct", "value", "vote", "prompt_tokens", "completion_tokens", "logprob", "dollars"]
    names += [f"{SCORE}{verifier}", f"{VERIFIER_TOKENS}{verifier}"] if verifier else []
    for pool in pools:
        if verifier and verifier not in pool.verifiers:
            raise InvalidInputError(
                f"{pool.path} has no scores of {verifier!r}; add them, as in  outlay pool judge {pool.path} "
                f"--verifier {verifier}"
            )
        if "completion_tokens" not in pool.known_columns:
            raise InvalidInputError(f"{pool.path} does not say how many tokens a sample took")
        found += [one for one in pool.problems(names) if graded_count(one)]
    if not found:
        raise InvalidInputError("no graded samples in the given pools")
    return found


def common_temperature(pools: Iterable[Pool]) -> float:
    """The temperature that all pools were drawn at; 1 where a pool does not say.

    Raises:
        InvalidInputError: if they differ.
    """
    found = {1.0 if pool.manifest.temperature is None else pool.manifest.temperature for pool in pools}
    if len(found) != 1:
        raise InvalidInputError(f"the pools were drawn at different temperatures: {', '.join(map(str, sorted(found)))}")
    return found.pop()


def graded_count(problem: ProblemSamples) -> int:
    """How many of a problem's samples are graded."""
    return 0 if problem.correct is None else int((~np.isnan(problem.correct)).sum())


def walk(
    problems: Sequence[ProblemSamples], stages: Sequence[int], choose: Choose, verifier: str, orders: int = ORDERS,
    seed: int = 0,
) -> Paths:  # fmt: skip
    """Random orders of every problem's samples, and what is met at each stage.

    Args:
        problems: with as many graded samples as the last stage draws, or more.
        stages: samples in all up to each.
        choose: how an answer is chosen.
        verifier: whose scores are used and paid; empty for none.
        orders: of each problem.
        seed: of the orders; those of a problem depend on it and the problem alone.

    Raises:
        InvalidInputError: if a problem has too few graded samples.
    """
    graded = [GradedSamples.of(one) for one in problems]
    logprobs = all(one.samples.logprob is not None and np.isfinite(one.samples.logprob).all() for one in graded)
    for one in graded:
        if len(one) < stages[-1]:
            raise InvalidInputError(
                f"problem {one.samples.problem!r} has {len(one)} graded samples and the policy draws up to {stages[-1]}"
            )
    pieces = [_walk(one, stages, choose, verifier, logprobs, orders, seed) for one in graded]
    found, correct, drawn = (np.concatenate([piece[i] for piece in pieces], axis=1) for i in range(3))
    prompts = [0.0 if one.samples.prompt_tokens is None else float(one.samples.prompt_tokens[0]) for one in graded]
    return Paths(
        tuple(stages), available(logprobs, bool(verifier)), found, correct, drawn,
        np.repeat(np.nan_to_num(prompts), orders), np.repeat(np.arange(len(graded)), orders),
    )  # fmt: skip


def _walk(
    one: GradedSamples, stages: Sequence[int], choose: Choose, verifier: str, logprobs: bool, orders: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Signals, correctness and tokens of one problem, each with the stages first and the orders next."""
    rng = generator_of(seed, *one.samples.key)
    order = rng.permuted(np.broadcast_to(np.arange(len(one)), (orders, len(one))), axis=1)[:, : stages[-1]]
    held = one.samples
    completion = np.nan_to_num(held.completion_tokens if held.completion_tokens is not None else np.zeros(len(one)))
    score = held.scores[verifier] if verifier else None
    paid = completion + (np.nan_to_num(held.verifier_tokens[verifier]) if verifier in held.verifier_tokens else 0.0)
    rule = choose.on(one, verifier)
    found, correct, drawn = [], [], []
    for upto in stages:
        cut = order[:, :upto]
        chosen = rule.choose(cut)[:, 0]
        stands = np.argmax(cut == chosen[:, None], axis=1)
        logs = held.logprob[cut] if logprobs and held.logprob is not None else None
        seen = Seen(one.label[cut], stands, completion[cut], logs, None if score is None else score[cut])
        found.append(signals(seen))
        correct.append(one.correct[chosen])
        drawn.append(paid[cut].sum(axis=1))
    return np.array(found), np.array(correct), np.array(drawn)


def replay(policy: Policy, paths: Paths) -> Replayed:
    """What a policy does on paths of its own stages and way of choosing; a strategy that takes over is left out."""
    columns = policy.columns(paths.names)
    count = len(paths.problem)
    stage = np.zeros(count, np.int64)
    going = np.ones(count, np.bool_)
    for place in range(len(paths.stages)):
        stage[going] = place
        going &= policy.goes_on(place, paths.signals[place][:, columns])
    rows = np.arange(count)
    sure = np.array([policy.chances(place, paths.signals[place][:, columns]) for place in range(len(paths.stages))])
    return Replayed(paths.correct[stage, rows], paths.tokens[stage, rows], stage, sure[stage, rows])
