"""What verifiers pay for is asked once, and charged again as it was the first time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from outlay.bench.journal import JournaledModel, charge
from outlay.bench.sample_log import SampleLog
from outlay.bench.store import Store, open_store
from outlay.bench.verifier_journal import VerifierJournal
from outlay.core.cost import Cost
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verifier
from tests.bench.fakes import Asker, Dice, Served, sum_problem
from tests.bench.test_journal import Till

pytestmark = pytest.mark.anyio
PROBLEM = sum_problem(3, 4)
ANSWERS = [Trajectory(PROBLEM).extend(Step(text), Finish.END) for text in ("3+4=7", "is it=8", "3+4=7")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "results") as opened:
        yield opened


def run_on(store: Store, paid: Till) -> Run:
    log = SampleLog(store, "trial")

    def journaled(model: LanguageModel, whose: str = "") -> JournaledModel:
        return JournaledModel(model, log, paid, lambda: 1.0, charge, whose)

    journal = VerifierJournal(log, journaled, paid, charge)
    return Run(journaled(Dice()), Ledger(), np.random.default_rng(0), journal=journal)


@pytest.mark.parametrize("name", ["asker", "served"])
async def test_a_judge_is_asked_once_and_charged_again(store: Store, tmp_path: Path, name: str) -> None:
    receipts = tmp_path / "receipts"
    judge: Verifier = Asker(Dice(receipt=str(receipts))) if name == "asker" else Served(str(receipts))
    first, second, paid, again = Till(), Till(), Till(), Till()
    for till, meter in ((first, paid), (second, again)):
        run = run_on(store, meter)
        till.told = [await judge.judge(PROBLEM, [one], run) for one in ANSWERS]  # type: ignore[attr-defined]
        till(run.ledger.spent)
    assert first.told == second.told  # type: ignore[attr-defined]
    assert first.total.verifier_tokens == second.total.verifier_tokens > 0
    assert first.total.dollars == pytest.approx(second.total.dollars)
    assert again.total == Cost()
    assert paid.total.tokens == first.total.verifier_tokens
    assert len(receipts.read_text().splitlines()) == (6 if name == "asker" else 3)


async def test_models_of_two_judges_are_told_apart(store: Store) -> None:
    run = run_on(store, Till())
    near, far = Asker(Dice()), Asker(Dice(delay=0.0001))
    assert run.journal.model(near.model) is run.journal.model(Dice())
    assert run.journal.model(near.model) is not run.journal.model(far.model)
    mine, theirs = Till(), Till()
    again = run_on(store, mine)
    await near.judge(PROBLEM, ANSWERS, again)
    other = run_on(store, theirs)
    await far.judge(PROBLEM, ANSWERS, other)
    assert mine.total.tokens == theirs.total.tokens > 0
