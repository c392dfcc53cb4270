"""``thinking_switch``: answer at once first, and think only where the answers at once do not agree."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

import anyio

from outlay.core import phrases
from outlay.core.answer import Answer, Candidate, Snapshot
from outlay.core.dialogue import restated, say
from outlay.core.errors import InvalidSettingError
from outlay.core.model import Capability
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.strategy import TEMPERATURES, OwnSpace, StrategyInfo
from outlay.core.trajectory import Trajectory
from outlay.strategies.decide import vote_of
from outlay.strategies.draw import check_temperature
from outlay.strategies.judge import in_order


@dataclass(frozen=True, slots=True)
class ThinkingSwitch:
    """Draw ``tries`` answers with thinking off; if too few of them agree, draw n with thinking on, and let those vote.

    The thoughtful answers are begun with different words (``prefixes``, in turn), so that they differ in more than
    chance. It helps where many questions need no thought: those cost a few tokens each. With ``off="/no_think"`` and
    ``prefixes=["/think"]`` it switches models that know these words. The confidence is the share of the votes.

    Attributes:
        tries: answers with thinking off.
        agreement: share of them in (0, 1] that must give the same value to stop there.
        n: answers with thinking on.
        off: what is said to switch thinking off.
        prefixes: what is said to switch it on, used in turn; an empty one says nothing.
        temperature: of sampling.
    """

    tries: int = 4
    agreement: float = 0.75
    n: int = 8
    off: str = phrases.ANSWER_AT_ONCE
    prefixes: tuple[str, ...] = (phrases.THINK, "")
    temperature: float = 1.0
    space: ClassVar[OwnSpace] = {
        "tries": [2, 4, 8],
        "agreement": [0.5, 0.75, 1.0],
        "n": [4, 8, 16],
        "temperature": TEMPERATURES,
    }

    info: StrategyInfo = StrategyInfo(
        "thinking_switch",
        "answers at once, thought only where they disagree",
        "Xi et al. 2025, EconProver: Towards More Economical Test-Time Scaling for Automated Theorem Proving",
        capabilities=frozenset({Capability.DIALOGUE}),
        cost="tries short samples, and n long ones where they disagree",
    )

    def __post_init__(self) -> None:
        for name in ("tries", "n"):
            if getattr(self, name) < 1:
                raise InvalidSettingError("thinking_switch", name, getattr(self, name), "1 or above")
        if not 0 < self.agreement <= 1:
            raise InvalidSettingError("thinking_switch", "agreement", self.agreement, "above 0 and at most 1")
        if not self.prefixes or not all(isinstance(words, str) for words in self.prefixes):
            raise InvalidSettingError("thinking_switch", "prefixes", self.prefixes, "a list of one text or more")
        check_temperature("thinking_switch", self.temperature)

    async def improve(self, problem: Problem, run: Run) -> AsyncIterator[Answer]:
        """A new answer after each answer at once, and after all thoughtful ones of a prefix."""
        candidates: list[Candidate] = []
        agreed = 0.0
        samples = in_order(run.sample(_asked(problem, self.off), self.tries, temperature=self.temperature))
        async with aclosing(samples):  # type: ignore[type-var]
            async for _, said in samples:
                candidates.append(_candidate(problem, said))
                choice = vote_of(problem, candidates, range(len(candidates)))
                chosen = candidates[choice.position]
                votes = sum(one.value is not None for one in candidates)
                agreed = (choice.confidence or 0.0) * votes / self.tries
                yield Answer(chosen.value, chosen.trajectory, choice.confidence, Snapshot(candidates), run.ledger.spent)
        if run.exhausted or agreed >= self.agreement - 1e-9:
            return
        quick = len(candidates)
        candidates.extend([_candidate(problem, said) for said in await self._think(problem, run)])
        if len(candidates) > quick:
            thoughtful = vote_of(problem, candidates, range(quick, len(candidates)))
            if candidates[thoughtful.position].value is None or thoughtful.position < quick:
                thoughtful = vote_of(problem, candidates, range(len(candidates)))
            chosen = candidates[thoughtful.position]
            yield Answer(chosen.value, chosen.trajectory, thoughtful.confidence, Snapshot(candidates), run.ledger.spent)

    async def _think(self, problem: Problem, run: Run) -> list[Trajectory]:
        """All thoughtful answers, by prefix and then in the order drawn."""
        shares = [len(range(which, self.n, len(self.prefixes))) for which in range(len(self.prefixes))]
        found: list[dict[int, Trajectory]] = [{} for _ in self.prefixes]

        async def think(part: Run, which: int) -> None:
            asked = _asked(problem, self.prefixes[which])
            samples = part.sample(asked, shares[which], temperature=self.temperature)
            async with aclosing(samples):  # type: ignore[type-var]
                async for index, said in samples:
                    found[which][index] = said

        async with anyio.create_task_group() as group:
            for which, part in enumerate(run.split(len(self.prefixes))):
                if shares[which]:
                    group.start_soon(think, part, which)
        return [said[index] for said in found for index in sorted(said)]


def _asked(problem: Problem, words: str) -> Trajectory:
    return Trajectory(say(problem, None, words))


def _candidate(problem: Problem, said: Trajectory) -> Candidate:
    answer = restated(problem, said)
    return Candidate(answer, answer.value)
