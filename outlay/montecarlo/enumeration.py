"""Exact answers for small discrete programs, by running every path.

A program is plain Python and cannot be suspended at a choice and resumed twice. It is run from its start again
instead: a run is given a prefix of choices to replay, goes on with the first possible branch at each later choice, and
notes the branches that it passed by as prefixes for runs to come. Each path with a probability above zero is so run
exactly once; a program with N paths of length L costs N runs and O(N L) choices.

Enumeration is the exact interpreter of Scibior et al. (POPL 2018, Denotational validation of higher-order Bayesian
inference), against which a sampler of the same program can be tested.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Generic, TypeVar

import numpy as np

from outlay.montecarlo.log_weights import log_sum_exp
from outlay.montecarlo.program import Program, checked_factor, checked_probabilities

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class ExactDistribution(Generic[T]):
    """The distribution of a program's return value.

    Attributes:
        log_weights: for each value of positive weight its unnormalised weight, in log space.
        paths: how many paths of positive probability the program has.
    """

    log_weights: Mapping[T, float]
    paths: int

    @cached_property
    def log_evidence(self) -> float:
        """Log of the normalising constant, the sum of the unnormalised weights; -inf if no value is possible."""
        return log_sum_exp(np.array([-math.inf, *self.log_weights.values()]))

    @cached_property
    def probabilities(self) -> Mapping[T, float]:
        """For each value of positive weight its probability.

        Raises:
            ValueError: if no value is possible.
        """
        if not self.log_weights:
            raise ValueError("every path has weight zero, so there is no distribution over values")
        scaled = {value: math.exp(weight - self.log_evidence) for value, weight in self.log_weights.items()}
        return MappingProxyType(scaled)

    def expectation(self, function: Callable[[T], float]) -> float:
        """Exact mean of a function of the value.

        Raises:
            ValueError: if no value is possible.
        """
        return math.fsum(probability * function(value) for value, probability in self.probabilities.items())


class _Replayed:
    """Choices that follow a prefix and then take the first possible branch, noting the others."""

    def __init__(self, prefix: tuple[int, ...]) -> None:
        self._prefix = prefix
        self.path: list[int] = []
        self.passed_by: list[tuple[int, ...]] = []
        self.log_weight = 0.0

    def choose(self, probabilities: Sequence[float]) -> int:
        checked = checked_probabilities(probabilities)
        possible = [index for index, probability in enumerate(checked) if probability > 0]
        depth = len(self.path)
        if depth < len(self._prefix):
            index = self._prefix[depth]
            if index not in possible:
                raise ValueError(_NOT_REPEATABLE)
        else:
            index, *others = possible
            self.passed_by.extend((*self.path, other) for other in reversed(others))
        self.path.append(index)
        self.log_weight += math.log(checked[index])
        return index

    def factor(self, log_weight: float) -> None:
        self.log_weight += checked_factor(log_weight)


def enumerate_program(program: Program[T], max_paths: int = 1_000_000) -> ExactDistribution[T]:
    """Run every path of a program.

    Args:
        program: a function of ``Choices`` with a hashable result. Its choices must depend on its earlier choices
            alone, and each of its paths must end.
        max_paths: how many paths at most, at least 1.

    Raises:
        ValueError: if ``max_paths`` is below 1 or too small for the program, if the program does not repeat itself
            when given the same choices, or if it gives probabilities or factors that are out of range.
    """
    if max_paths < 1:
        raise ValueError(f"max_paths must be 1 or above; got {max_paths}")
    weights: defaultdict[T, list[float]] = defaultdict(list)
    prefixes: list[tuple[int, ...]] = [()]
    paths = 0
    while prefixes:
        if paths == max_paths:
            raise ValueError(f"the program has more than max_paths={max_paths} paths; allow more or make it smaller")
        prefix = prefixes.pop()
        choices = _Replayed(prefix)
        value = program(choices)
        if len(choices.path) < len(prefix):
            raise ValueError(_NOT_REPEATABLE)
        prefixes.extend(choices.passed_by)
        paths += 1
        if choices.log_weight > -math.inf:
            weights[value].append(choices.log_weight)
    summed = {value: log_sum_exp(np.array(parts)) for value, parts in weights.items()}
    return ExactDistribution(MappingProxyType(summed), paths)


_NOT_REPEATABLE = "given the same choices the program asked for different ones; it must depend on its choices alone"
