"""A killed audit goes on where it was and comes to the same, whatever the kill left behind."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from outlay.audit.collection import Collected, collect
from outlay.audit.journal import open_journal
from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import problems

pytestmark = pytest.mark.anyio
SETTINGS = {"task": "countdown"}
ASKED = problems(TASKS.build("countdown"), 1, range(6))


class Killed(BaseException):
    """What ends a process stands for."""


class Longest:
    """Judges by length, and ends the process at a given call."""

    info = VerifierInfo("longest", "by length", Judges.OUTCOMES)

    def __init__(self, until: int = 10**9) -> None:
        self.until = until
        self.asked: list[str] = []

    def require(self, problem: Problem) -> None: ...

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        if len(self.asked) == self.until:
            raise Killed
        self.asked.append(problem.id)
        return [Verdict(min(1.0, len(one.text) / 100)) for one in trajectories]


async def collected(path: Path, verifier: Longest) -> Collected:
    with open_journal(path, SETTINGS) as journal:
        return await collect(ASKED, MODELS.build("pocket"), {"longest": verifier}, 4, journal=journal)


@pytest.mark.parametrize("torn", ["", '{"problem": "countdown/1/3", "ent', "{"])
async def test_a_killed_audit_goes_on_where_it_was(tmp_path: Path, torn: str) -> None:
    whole = await collected(tmp_path / "whole.jsonl", Longest())
    path = tmp_path / "killed.jsonl"
    with pytest.raises(Killed):
        await collected(path, Longest(until=3))
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    later = Longest()
    again = await collected(path, later)
    assert again.answers == whole.answers
    assert again.contrasts["longest"].tolist() == whole.contrasts["longest"].tolist()
    answered = later.asked[: len(ASKED) - 3]
    assert answered == [problem.id for problem in ASKED[3:]]


def test_the_journal_of_other_settings_is_refused_and_one_without_entries_is_not(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with open_journal(path, SETTINGS):
        pass
    with open_journal(path, {"task": "chain"}) as journal:
        journal.add("chain/1/0", {"right": None})
    with open_journal(path, {"task": "chain"}) as journal:
        assert journal.get("chain/1/0") == {"right": None}
    with pytest.raises(InvalidInputError, match="other settings"), open_journal(path, SETTINGS):
        pass
