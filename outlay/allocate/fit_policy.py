"""Fitting a policy to a pool: backward induction on replayed samples, a price for tokens, judged by cross-validation.

At the last stage an answer is worth whether it is right. Going from a stage to the next is worth what the next is worth
less the price of its tokens, which a regression on the signals predicts; the policy goes on where that exceeds what the
answer is worth now (least-squares Monte Carlo, Longstaff and Schwartz 2001). One price for all questions is what makes
the split of a budget over questions the best one: the last token buys as much on each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.allocate.linear import chance, fit_chance, fit_mean, mean
from outlay.allocate.policy import Policy, Row, with_chance
from outlay.allocate.replay import Paths, common_temperature, graded_count, read_problems, replay, walk
from outlay.allocate.rules import Choose
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.statistics import Interval, mean_interval

FloatArray = NDArray[np.float64]
LADDERS = ((1, 2, 4, 8, 16, 32, 64), (1, 4, 16, 64), (2, 8, 32, 64), (4, 16, 64))
"""Stages that are tried; each call pays the prompt, so fewer may be cheaper. Each size by itself is tried too."""
PRICES = tuple(float(price) for price in np.geomspace(0.003, 1.0, 9))
"""Prices that are tried, in accuracy for a thousand tokens."""
FOLDS = 5
SHRINKAGE = 20.0
"""Of weights, in answers; paths of one problem count as one."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a policy is for; one of three.

    Attributes:
        accuracy: the cheapest policy that reaches it.
        tokens: the best one that takes no more, on average over questions.
        match: the cheapest one that is right as often as this fixed number of samples on the same problems.
    """

    accuracy: float | None = None
    tokens: float | None = None
    match: "Fixed | None" = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.accuracy, self.tokens, self.match)) != 1:
            raise InvalidInputError(
                "a policy is fitted to a target accuracy, to a budget of tokens or to match a strategy: give one"
            )
        if self.accuracy is not None and not 0 < self.accuracy <= 1:
            raise InvalidSettingError("policy", "accuracy", self.accuracy, "above 0 and at most 1")
        if self.tokens is not None and not self.tokens > 0:
            raise InvalidSettingError("policy", "tokens", self.tokens, "above 0")

    def __str__(self) -> str:
        if self.match is not None:
            return f"match = {self.match}"
        return f"accuracy = {self.accuracy:g}" if self.accuracy is not None else f"tokens = {self.tokens:g}"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same number of samples for every question.

    Attributes:
        choose: how an answer is chosen.
        n: samples.
    """

    choose: Choose
    n: int

    def __str__(self) -> str:
        return f"{self.choose}(n={self.n})"


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One way of choosing, ladder and price, by cross-validation over problems.

    Attributes:
        choose: how an answer is chosen.
        stages: samples up to each.
        price: accuracy for a thousand tokens.
        correct: (problems,) share of right answers where the problem was held out.
        tokens: (problems,) mean tokens there.
    """

    choose: Choose
    stages: tuple[int, ...]
    price: float
    correct: FloatArray
    tokens: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A policy with what it is expected to do.

    Attributes:
        policy: fitted to all problems.
        price: accuracy for a thousand tokens.
        accuracy: by cross-validation, with its interval over problems.
        tokens: of a question, likewise.
        correct: (problems,) share right of each where it was held out.
        problems: how many it was fitted to.
        tried: all that was tried.
        goal: what it is for.
    """

    policy: Policy
    price: float
    accuracy: Interval
    tokens: Interval
    correct: FloatArray
    problems: int
    tried: Sequence[Tried]
    goal: Goal


def fit_policy(
    pools: Sequence[Pool], goal: Goal, verifier: str = "", choices: Sequence[Choose] = (), seed: int = 0
) -> Fitted:
    """The policy that meets a goal, fitted to all problems of some pools.

    Args:
        pools: of graded samples.
        goal: what it is for.
        verifier: whose scores it may use; empty for votes alone.
        choices: ways of choosing that are tried; all that the pools allow if empty.
        seed: of the orders in which samples are replayed.

    Raises:
        InvalidInputError: if the pools lack what is needed, or nothing that was tried meets the goal.
        StoreError: if a pool cannot be read.
    """
    found = fit_to(read_problems(pools, verifier), goal, verifier, choices, seed)
    return replace(found, policy=replace(found.policy, temperature=common_temperature(pools)))


def fit_to(
    problems: Sequence[ProblemSamples], goal: Goal, verifier: str = "", choices: Sequence[Choose] = (), seed: int = 0
) -> Fitted:
    """As ``fit_policy``, to problems that have been read.

    Raises:
        InvalidInputError: if there are too few problems, or nothing that was tried meets the goal.
    """
    if len(problems) < 2 * FOLDS:
        raise InvalidInputError(
            f"a policy needs {2 * FOLDS} problems to be fitted to, or more; there are {len(problems)}"
        )
    allowed = tuple(choices) or tuple(one for one in Choose if verifier or not one.judged)
    ladders = _ladders(min(graded_count(one) for one in problems))
    tried: list[Tried] = []
    walks: dict[Choose, Paths] = {}
    for choose in allowed:
        judge = verifier if choose.judged else ""
        walks[choose] = walk(problems, sorted(set().union(*ladders)), choose, judge, seed=seed)
        tried += cross_validate(walks[choose], choose, judge, ladders, PRICES)
    if goal.match is not None:
        judge = verifier if goal.match.choose.judged else ""
        paths = walk(problems, (goal.match.n,), goal.match.choose, judge, seed=seed)
        best = _matching(tried, paths.by_problem(paths.correct)[0], str(goal.match))
    else:
        best = _best(tried, goal)
    paths = walks[best.choose]
    judge = verifier if best.choose.judged else ""
    policy = fit_stages(paths.at(best.stages), fit_right(paths), best.choose, judge, best.price)
    return Fitted(
        policy,
        best.price,
        mean_interval(best.correct),
        mean_interval(best.tokens),
        best.correct,
        len(problems),
        tried,
        goal,
    )


def fit_right(paths: Paths) -> dict[int, Row]:
    """For each stage, by its samples, the weights of the log-odds that the answer is right."""
    shrinkage = SHRINKAGE * len(paths.problem) / len(np.unique(paths.problem))
    return {
        stage: tuple(fit_chance(found, correct, shrinkage).tolist())
        for stage, found, correct in zip(paths.stages, paths.signals, paths.correct, strict=True)
    }


def fit_stages(paths: Paths, right: Mapping[int, Row], choose: Choose, verifier: str, price: float) -> Policy:
    """The policy for one price, from replayed samples.

    Args:
        paths: with the stages of the policy.
        right: as ``fit_right`` gives it.
        choose: how an answer is chosen.
        verifier: whose scores it uses.
        price: accuracy for a thousand tokens.
    """
    shrinkage = SHRINKAGE * len(paths.problem) / len(np.unique(paths.problem))
    gain: list[Row] = []
    worth, tokens = paths.correct[-1], paths.tokens
    for place in reversed(range(len(paths.stages) - 1)):
        found, now = paths.signals[place], paths.correct[place]
        wide = with_chance(found, chance(np.array(right[paths.stages[place]]), found))
        later = worth - price * (tokens[place + 1] - tokens[place]) / 1000
        row = fit_mean(wide, later - now, shrinkage)
        gain.append(tuple(row.tolist()))
        worth = np.where(mean(row, wide) > 0, later, now)
    rows = tuple(right[stage] for stage in paths.stages)
    return Policy(paths.stages, paths.names, rows, tuple(reversed(gain)), choose, verifier)


def cross_validate(
    paths: Paths, choose: Choose, verifier: str, ladders: Sequence[tuple[int, ...]], prices: Sequence[float]
) -> list[Tried]:
    """What policies do on problems that they were not fitted to, each problem held out once.

    Args:
        paths: with the stages of all ladders.
        choose: how an answer is chosen.
        verifier: whose scores they use.
        ladders: stages to try; one with a single stage knows no price.
        prices: to try with each.
    """
    ways = [(ladder, price) for ladder in ladders for price in (prices if len(ladder) > 1 else prices[:1])]
    done = np.zeros((len(ways), 2, len(paths.problem)))
    for fold in range(FOLDS):
        held = paths.problem % FOLDS == fold
        seen, unseen = paths.of(~held), paths.of(held)
        right = fit_right(seen)
        for place, (ladder, price) in enumerate(ways):
            policy = fit_stages(seen.at(ladder), right, choose, verifier, price)
            found = replay(policy, unseen.at(ladder))
            done[place, 0, held], done[place, 1, held] = found.correct, found.tokens
    means = paths.by_problem(done)
    return [Tried(choose, ladder, price, *means[place]) for place, (ladder, price) in enumerate(ways)]


def _best(tried: Sequence[Tried], goal: Goal) -> Tried:
    if goal.accuracy is not None:
        met = [one for one in tried if one.correct.mean() >= goal.accuracy - 1e-9]
        if not met:
            most = max(tried, key=lambda one: float(one.correct.mean()))
            raise InvalidInputError(
                f"no policy reaches an accuracy of {goal.accuracy:g} on these problems; the most is "
                f"{most.correct.mean():.3g}, for {most.tokens.mean():,.0f} tokens a question"
            )
        return min(met, key=lambda one: float(one.tokens.mean()))
    limit = goal.tokens or 0.0
    within = [one for one in tried if one.tokens.mean() <= limit]
    if not within:
        least = min(float(one.tokens.mean()) for one in tried)
        raise InvalidInputError(f"no policy keeps to {limit:g} tokens a question; the cheapest takes {least:,.0f}")
    return max(within, key=lambda one: (float(one.correct.mean()), -float(one.tokens.mean())))


def _matching(tried: Sequence[Tried], correct: FloatArray, name: str) -> Tried:
    met = [one for one in tried if one.correct.mean() >= correct.mean() - 1e-9]
    if not met:
        raise InvalidInputError(f"no policy that was tried is as often right as {name} on these problems")
    return min(met, key=lambda one: float(one.tokens.mean()))


def _ladders(most: int) -> list[tuple[int, ...]]:
    cut = [tuple(stage for stage in ladder if stage <= most) for ladder in LADDERS]
    single = [(stage,) for stage in sorted(set().union(*cut))]
    return sorted({one for one in (*cut, *single) if one}, key=[*cut, *single].index)
