"""The laws that every verifier obeys, whatever the model says that it asks."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from outlay.core.budget import Budget
from outlay.core.ledger import BudgetExhausted, Ledger
from outlay.core.model import LanguageModel
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, Verifier
from outlay.testing.false_alarms import require
from outlay.testing.world import unreserved


async def check_verifier(verifier: Verifier, model: LanguageModel, answers: Sequence[Trajectory]) -> list[Verdict]:
    """Verdicts are in order, do not depend on the batch, and cost what the ledger is charged.

    A verifier that compares may depend on the batch, but not on the order within it. All that it spends are verifier
    tokens, and a budget that cannot pay refuses it with nothing left reserved.

    Args:
        verifier: who judges.
        model: the run's own.
        answers: two or more to one problem, in part different.

    Returns:
        The verdicts.

    Raises:
        LawBrokenError: naming what does not hold.
    """
    where = verifier.info.name
    run = _run(model)
    verdicts = await verifier.judge(answers[0].problem, answers, run)
    require(len(verdicts) == len(answers), f"{where}: {len(verdicts)} verdicts on {len(answers)} answers")
    spent = run.ledger.spent
    require(spent.samples == 0, f"{where}: judging counts as {spent.samples} samples")
    require(spent.tokens == spent.verifier_tokens, f"{where}: judging is paid with tokens that are not a verifier's")
    again = await verifier.judge(answers[0].problem, answers[::-1], _run(model))
    require(_told(again[::-1]) == _told(verdicts), f"{where}: verdicts depend on the order of the batch")
    if not verifier.info.comparative:
        alone = [(await verifier.judge(one.problem, [one], _run(model)))[0] for one in answers]
        require(_told(alone) == _told(verdicts), f"{where}: verdicts depend on what else is judged")
    for share in (0.3, 0.6, 0.9):
        for budget in _budgets(run, share):
            poor = Run(model, Ledger(budget), np.random.default_rng(0))
            with suppress(BudgetExhausted):
                await verifier.judge(answers[0].problem, answers, poor)
            within = poor.ledger.spent
            passed = within.tokens <= (budget.tokens or within.tokens) and within.calls <= (
                budget.calls or within.calls
            )
            require(passed, f"{where}: {budget} was passed, at {within}")
            require(unreserved(poor.ledger), f"{where}: something stays reserved of {budget}")
    return verdicts


def _run(model: LanguageModel) -> Run:
    return Run(model, Ledger(), np.random.default_rng(0))


def _told(verdicts: Sequence[Verdict]) -> list[tuple[float, bool]]:
    return [(round(verdict.score, 12), verdict.judged) for verdict in verdicts]


def _budgets(run: Run, share: float) -> list[Budget]:
    spent = run.ledger.spent
    tokens, calls = round(share * spent.tokens), round(share * spent.calls)
    return [*([Budget(tokens=tokens)] if tokens else []), *([Budget(calls=calls)] if calls else [])]
