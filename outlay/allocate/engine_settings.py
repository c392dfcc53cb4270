"""Which settings of an engine to use for a load, from the history of runs (papers 2 and 30).

The interface that an engine's knobs will be chosen by, and one adviser: the best settings of the runs whose load was
most alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from outlay.core.errors import InvalidInputError

Settings = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class EngineRun:
    """One run of an engine.

    Attributes:
        settings: its knobs.
        load: what it was asked to do, as numbers above 0: prompt tokens, samples a prompt, requests at a time.
        throughput: tokens a second.
    """

    settings: Settings
    load: Mapping[str, float]
    throughput: float


class SettingsAdviser(Protocol):
    """Chooses settings."""

    def advise(self, history: Sequence[EngineRun], load: Mapping[str, float]) -> Settings:
        """The settings to use for a load.

        Raises:
            InvalidInputError: if the history says nothing of such a load.
        """
        ...


@dataclass(frozen=True, slots=True)
class NearestRuns:
    """Each run is weighed by how near its load is, on a logarithmic scale; the settings of the best weighed mean win.

    Attributes:
        width: distance, in factors of e, at which a run counts for 0.6.
    """

    width: float = 0.7

    def advise(self, history: Sequence[EngineRun], load: Mapping[str, float]) -> Settings:
        """See ``SettingsAdviser``; throughputs are compared as ratios to what the mean run had at such a load."""
        alike = [run for run in history if set(run.load) == set(load)]
        if not alike:
            raise InvalidInputError(f"no run in the history has a load of {', '.join(sorted(load)) or 'that kind'}")
        names = sorted(load)
        here = np.log([load[name] for name in names])
        sums: dict[tuple[tuple[str, object], ...], list[float]] = {}
        kept: dict[tuple[tuple[str, object], ...], Settings] = {}
        for run in alike:
            gap = np.log([run.load[name] for name in names]) - here
            weight = float(np.exp(-0.5 * gap @ gap / self.width**2)) + 1e-12
            key = tuple(sorted(run.settings.items(), key=lambda item: item[0]))
            kept[key] = run.settings
            total = sums.setdefault(key, [0.0, 0.0])
            total[0] += weight * float(np.log(run.throughput))
            total[1] += weight
        # One made-up run of mean throughput for each settings: those seen far away only are not believed blindly.
        mean = float(np.mean([np.log(run.throughput) for run in alike]))
        return kept[max(sums, key=lambda key: ((sums[key][0] + 0.1 * mean) / (sums[key][1] + 0.1), str(key)))]
