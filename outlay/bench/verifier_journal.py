"""What a trial's verifiers pay for is on disk before it is handed on: replies of their own models, servers' verdicts.

Verdicts that take nothing but time on this machine are not kept: a resumed trial judges again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import is_dataclass

from outlay.bench.grid import digest
from outlay.bench.journal import Replay
from outlay.bench.sample_log import SampleLog
from outlay.core.cost import NOTHING, Cost
from outlay.core.journal import Judging
from outlay.core.model import LanguageModel, Meter
from outlay.core.verifier import Verdict


class VerifierJournal:
    """The journal of one trial's verifiers.

    Args:
        log: where it is kept.
        journaled: a model with a journal of its own, by whose samples are told from another's.
        paid: told what this process really pays.
        replay: charges the run's meter with what was paid before.
    """

    def __init__(
        self, log: SampleLog, journaled: Callable[[LanguageModel, str], LanguageModel], paid: Meter, replay: Replay
    ) -> None:
        self._log = log
        self._journaled = journaled
        self._paid = paid
        self._replay = replay
        self._models: dict[str, LanguageModel] = {}
        self._asked: Counter[str] = Counter()

    def model(self, model: LanguageModel) -> LanguageModel:
        """A verifier's own model, whose replies are kept; models of the same settings are one."""
        whose = repr(model) if is_dataclass(model) else model.info.name
        if whose not in self._models:
            self._models[whose] = self._journaled(model, whose)
        return self._models[whose]

    async def verdicts(self, asked: str, judge: Judging, meter: Meter) -> list[Verdict]:
        """What a request for verdicts gave, or gives now."""
        name = digest(["verdicts", asked])
        self._asked[name] += 1
        name = f"{name}-{self._asked[name]}"
        known = self._log.verdicts(name)
        if known is not None:
            self._replay(meter, known.charged)
            return [*known.verdicts]
        charges: list[Cost] = []

        def pay(cost: Cost) -> None:
            self._paid(cost)
            charges.append(cost)
            meter(cost)

        verdicts = await judge(pay)
        self._log.add_verdicts(name, verdicts, sum(charges, NOTHING))
        return verdicts
