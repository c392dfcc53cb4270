"""Gathers what every selection makes of every problem of one exam, while the pool is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outlay.pools.costs import COSTS, Prices
from outlay.pools.drawing import Draws
from outlay.pools.graded import GradedSamples
from outlay.pools.selections.coverage import Coverage
from outlay.pools.selections.selection import Race, Rule, Selection, worth
from outlay.pools.selections.single import Single
from outlay.pools.source import Source
from outlay.statistics import ControlVariates

FloatArray = NDArray[np.float64]
SLOW = 32
"""Draws for one size of one problem of selections that are slow."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the controls make of the simulated draws of one problem.

    Attributes:
        draws: the draws.
        controls: (controls, draws) 1 where a control has it right.
        known: (controls,) their expectations.
    """

    draws: Draws
    controls: FloatArray
    known: FloatArray

    @classmethod
    def of(cls, correct: FloatArray, draws: Draws, rules: Sequence[Rule], expected: Sequence[float | None]) -> "_Seen":
        """A control without a closed form here says nothing: it is as if it had come out as expected."""
        controls = [
            np.zeros(len(draws.drawn)) if due is None else worth(correct, rule.choose(draws.drawn))
            for rule, due in zip(rules, expected, strict=True)
        ]
        return cls(draws, np.array(controls), np.array([due or 0.0 for due in expected]))


@dataclass(slots=True)
class _Simulated:
    """The selections, all slow or all not, that may have no closed form, at one size."""

    members: list[int]
    slow: bool
    variates: ControlVariates
    problems: list[int] = field(default_factory=list)

    def add(
        self, problem: int, correct: FloatArray, seen: _Seen, rules: Mapping[int, Rule], unknown: NDArray[np.bool_]
    ) -> None:
        """What its members make of the draws of one problem, all or a few of them."""
        step = max(1, len(seen.draws.drawn) // SLOW) if self.slow else 1
        drawn = seen.draws.drawn[::step]
        targets = np.array([worth(correct, rule.choose(drawn)) for rule in rules.values()])
        halves = seen.draws.halves[::step]
        self.variates.add(targets, seen.controls[:, ::step], seen.known, halves, unknown[self.members])
        self.problems.append(problem)


class Tally:
    """One exam: the problems of one task and level, answered by one model.

    Args:
        selections: what is evaluated.
        sizes: numbers of samples, rising.
        share_prompt: whether the samples of a problem pay its prompt once.

    Attributes:
        sizes: as given.
        effective: of each problem the effective sample size under a target policy; empty without one.
    """

    def __init__(self, selections: Sequence[Selection], sizes: Sequence[int], share_prompt: bool) -> None:
        self._infos = [one.info for one in selections]
        self._selections = selections
        self.sizes = sizes
        self._share_prompt = share_prompt
        self._controls = [
            i
            for i, info in enumerate(self._infos)
            if info.partly_exact or (info.exact and info.attained and not info.single)
        ]
        self._simulated = [self._groups() for _ in sizes]
        self._values: list[FloatArray] = []
        self._enough: list[Sequence[bool]] = []
        self.effective: list[float] = []
        self._costs = np.zeros((len(sizes), len(selections), len(COSTS)))

    def _groups(self) -> list[_Simulated]:
        found = []
        for slow in (False, True):
            members = [i for i, info in enumerate(self._infos) if not info.exact and info.slow == slow]
            if members:
                found.append(_Simulated(members, slow, ControlVariates(len(members), len(self._controls) + 2)))
        return found

    def add(
        self, samples: GradedSamples, source: Source, enough: Sequence[bool], effective: float | None = None
    ) -> None:
        """One problem.

        Args:
            samples: what is chosen from.
            source: how they are drawn.
            enough: for each size whether there are samples enough for it.
            effective: sample size under a target policy.
        """
        if effective is not None:
            self.effective.append(effective)
        rules = [one.on(samples) for one in self._selections]
        helpers: list[Rule] = [Single().on(samples), Coverage().on(samples)]
        prices = Prices(samples, self._share_prompt)
        races = {i: rule for i, rule in enumerate(rules) if isinstance(rule, Race)}
        values = np.full((len(self.sizes), len(rules)), np.nan)
        for place, n in enumerate(self.sizes):
            if not enough[place]:
                continue
            drawing = source.drawing(n)
            exact = [rule.expected(drawing) for rule in rules]
            values[place] = [np.nan if one is None else one for one in exact]
            draws = source.draws(n) if races or None in exact else None
            if draws is not None and None in exact:
                known = [*(rule.expected(drawing) for rule in helpers), *(exact[i] for i in self._controls)]
                seen = _Seen.of(samples.correct, draws, [*helpers, *(rules[i] for i in self._controls)], known)
                for group in self._simulated[place]:
                    targets = {i: rules[i] for i in group.members}
                    group.add(len(self._values), samples.correct, seen, targets, np.isnan(values[place]))
            self._costs[place] += self._cost(prices, source, n, races, draws)
        self._values.append(values)
        self._enough.append(enough)

    def problems(self, place: int) -> NDArray[np.bool_]:
        """(problems,): which of them have samples enough for one size."""
        return np.array([enough[place] for enough in self._enough], np.bool_)

    def values(self, place: int) -> FloatArray:
        """(problems, selections): the chance of a right answer at one size; NaN where there are too few samples."""
        found = np.array([values[place] for values in self._values])
        for group in self._simulated[place]:
            if group.problems:
                cells = np.ix_(group.problems, group.members)
                found[cells] = np.where(np.isnan(found[cells]), group.variates.means(), found[cells])
        return found

    def errors(self, place: int) -> FloatArray:
        """(selections,): the standard error of the mean over problems by simulation alone, 0 where all is exact."""
        found = np.zeros(len(self._selections))
        for group in self._simulated[place]:
            if group.problems:
                found[group.members] = np.sqrt(group.variates.variances()) / self.problems(place).sum()
        return found

    def costs(self, place: int) -> FloatArray:
        """(selections, 5) as ``COSTS``: the mean over problems; NaN where it is not known of all."""
        return np.asarray(self._costs[place] / max(1, self.problems(place).sum()), np.float64)

    def _cost(
        self, prices: Prices, source: Source, n: int, races: Mapping[int, Race], draws: Draws | None
    ) -> FloatArray:
        """(selections, 5) as ``COSTS``, of one problem."""
        found = np.empty((len(self._infos), len(COSTS)))
        same: dict[tuple[int, str], FloatArray] = {}
        for i, info in enumerate(self._infos):
            if i in races and draws is not None:
                found[i] = prices.of_race(races[i], draws)
                continue
            key = (1 if info.single else n, info.verifier)
            if key not in same:
                same[key] = prices.of_drawing(source.drawing(key[0]), info.verifier)
            found[i] = same[key]
        return found
