"""Selection: which partial answers go on, and which one is the answer so far."""

from collections.abc import Iterable, Sequence

from outlay.core.answer import Answer, Candidate
from outlay.core.errors import InvalidSettingError
from outlay.core.events import Selected
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.strategies.propagate import Moved
from outlay.strategies.vote import Choose, tally


def distinct(moved: Iterable[Moved]) -> list[Moved]:
    """The first of each text."""
    unique: dict[str, Moved] = {}
    for one in moved:
        unique.setdefault(one.trajectory.text, one)
    return list(unique.values())


def best(moved: Iterable[Moved], count: int) -> list[Moved]:
    """The highest-scored ones with different texts; sorting is stable, so earlier ones win ties."""
    return sorted(distinct(moved), key=lambda one: -standing(one.score))[:count]


def keep(run: Run, moved: Sequence[Moved], count: int) -> list[Moved]:
    """``best``, of which whoever listens is told."""
    kept = best(moved, count)
    tell(run, moved, kept)
    return kept


def tell(run: Run, among: Iterable[Moved], kept: Sequence[Moved]) -> None:
    """Tell whoever listens which trajectories go on, each as often as it is there, and which of the others do not."""
    staying = {one.trajectory for one in kept}
    dropped = (one.trajectory for one in among if one.trajectory not in staying)
    run.emit(Selected(tuple(one.trajectory for one in kept), tuple(dict.fromkeys(dropped))))


def standing(score: float | None) -> float:
    """A score to compare by: who has none stands below all others."""
    return -1.0 if score is None else score


def answer_of(problem: Problem, moved: Sequence[Moved], run: Run, choose: Choose = Choose.BEST) -> Answer:
    """The answer that one or more trajectories come to; its confidence is its score, or its share of the votes."""
    candidates = tuple(Candidate(one.trajectory, one.trajectory.value, one.score) for one in moved)
    if choose is Choose.VOTE:
        vote = tally(problem, candidates, [one.score or 0.0 for one in candidates])
        if vote.winner is not None:
            chosen = candidates[vote.winner.first]
            return Answer(chosen.value, chosen.trajectory, vote.share, candidates, run.ledger.spent)
    chosen = max(candidates, key=lambda one: (one.value is not None, standing(one.score)))
    return Answer(chosen.value, chosen.trajectory, chosen.score, candidates, run.ledger.spent)


def check_counts(owner: str, **settings: int) -> None:
    """Refuse settings below 1.

    Raises:
        InvalidSettingError: naming the first one.
    """
    for name, value in settings.items():
        if value < 1:
            raise InvalidSettingError(owner, name, value, "1 or above")
