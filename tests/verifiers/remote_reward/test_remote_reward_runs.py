"""In a run: the same answers as with a judge that needs no server, within the budget, and while samples are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import numpy as np
import pytest

from outlay.bench.journal import charge
from outlay.bench.sample_log import SampleLog
from outlay.bench.store import open_store
from outlay.bench.verifier_journal import VerifierJournal
from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.ledger import Ledger
from outlay.core.problem import Message, Problem, StepRule
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.verifier import Judges
from outlay.strategies import STRATEGIES
from outlay.testing import (
    SMALL_PROBLEM,
    AfterEquals,
    Arrival,
    EnumerableVerifier,
    check_budget,
    check_determinism,
    small_model,
    small_world,
)
from outlay.testing.enumerable import SMALL_SCORES
from outlay.testing.scripted import ScriptedModel
from tests.models.openai.misbehaving_server import Exchange, MisbehavingServer, stall, status
from tests.verifiers.remote_reward.conftest import Judging, written
from tests.verifiers.remote_reward.reward_server import Vllm

pytestmark = pytest.mark.anyio

FORMS = {
    "best_of_n(n=8)": {},
    "best_of_n(n=6, aggregate=min)": {"api": "pooling"},
    "particle_filter(n=6)": {"api": "pooling"},
    "beam_search(width=2, expansion=2)": {"api": "pooling"},
}
every = pytest.mark.parametrize("strategy", FORMS)


@every
async def test_strategies_answer_as_with_the_same_scores_at_hand(strategy: str, judging: Judging) -> None:
    remote = judging.verifier(**FORMS[strategy])
    near = EnumerableVerifier(SMALL_SCORES, Judges.STEPS if remote.info.judges == "steps" else Judges.OUTCOMES)
    for seed in range(5):
        ends = []
        for verifier in (remote, near):
            run = Run(small_model(), Ledger(), np.random.default_rng(seed), verifier)
            outcome = await solve(SMALL_PROBLEM, STRATEGIES.build(strategy), run)
            assert outcome.answer is not None
            ends.append([(one.value, one.score) for one in outcome.answer.candidates])
        assert ends[0] == ends[1]


@pytest.mark.parametrize("strategy", ["best_of_n(n=5)", "particle_filter(n=4)"])
async def test_budgets_hold(strategy: str, judging: Judging) -> None:
    world = replace(small_world(), verifier=judging.verifier(**FORMS.get(strategy, {"api": "pooling"})))
    budgets = [Budget(tokens=tokens) for tokens in (60, 150, 300, 600)] + [Budget(calls=3), Budget(calls=7)]
    await check_budget(STRATEGIES.build(strategy), world, budgets, seeds=(0, 1))


@pytest.mark.parametrize("strategy", ["best_of_n(n=5)", "particle_filter(n=4)"])
async def test_the_order_of_arrival_changes_nothing(strategy: str, judging: Judging) -> None:
    verifier = judging.verifier(**FORMS.get(strategy, {"api": "pooling"}))
    arrivals = (Arrival.IN_ORDER, Arrival.SHUFFLED, Arrival.AT_ONCE)
    worlds = [replace(small_world(arrival, 3), verifier=verifier) for arrival in arrivals]
    await check_determinism(STRATEGIES.build(strategy), worlds, [None, Budget(tokens=400)], seeds=(0, 1))


async def test_a_server_that_fails_now_and_then_crashes_no_run(server: MisbehavingServer, judging: Judging) -> None:
    vllm = Vllm()

    async def flaky(exchange: Exchange) -> None:
        await (status(500) if len(server.exchanges) % 3 else vllm)(exchange)

    server.otherwise = flaky
    run = Run(small_model(), Ledger(), np.random.default_rng(0), judging.verifier(max_retries=1))
    outcome = await solve(SMALL_PROBLEM, STRATEGIES.build("best_of_n(n=12)"), run)
    assert outcome.answer is not None
    scores = [one.score for one in outcome.answer.candidates]
    assert len(scores) == 12
    assert None in scores
    assert any(score is not None for score in scores)


async def test_a_deaf_server_crashes_no_run(server: MisbehavingServer, judging: Judging) -> None:
    server.otherwise = stall()
    verifier = judging.verifier(api="pooling", timeout_seconds=0.05, max_retries=0)
    for strategy in ("best_of_n(n=3)", "particle_filter(n=3)"):
        run = Run(small_model(), Ledger(), np.random.default_rng(0), verifier)
        outcome = await solve(SMALL_PROBLEM, STRATEGIES.build(strategy), run)
        assert outcome.answer is not None


@pytest.mark.parametrize("budget", [Budget(), Budget(samples=4)], ids=["without a limit", "under a limit"])
async def test_answers_are_judged_while_others_are_drawn(
    budget: Budget, server: MisbehavingServer, judging: Judging
) -> None:
    asked = anyio.Event()
    vllm = Vllm({f"={i}": i / 10 for i in range(4)})

    async def reply(exchange: Exchange) -> None:
        asked.set()
        await vllm(exchange)

    class Patient(ScriptedModel):
        """Draws its second answer only once the first one is being judged."""

        async def sample(self, request, meter):  # type: ignore[no-untyped-def]
            async for sample in super().sample(request, meter):
                yield sample
                if sample.index == 0:
                    with anyio.fail_after(20):
                        await asked.wait()

    said = iter(range(4))

    def script(messages: Sequence[Message], rng: np.random.Generator) -> str:
        return f"={next(said)}"

    server.otherwise = reply
    problem = Problem("small", SMALL_PROBLEM.messages, AfterEquals(), StepRule(("\n",), 4, 6, 12))
    run = Run(Patient(script), Ledger(budget), np.random.default_rng(0), judging.verifier())
    outcome = await solve(problem, STRATEGIES.build("best_of_n(n=4)"), run)
    assert outcome.value == "3"
    assert asked.is_set()


async def test_what_a_journal_keeps_is_not_asked_again(judging: Judging, tmp_path: Path) -> None:
    answers = written(["=7", "none", "a\n=7", "bb\n=8", "=7"])
    told, spent = [], []
    with open_store(tmp_path / "results") as store:
        for _ in range(2):
            paid: list[Cost] = []
            journal = VerifierJournal(SampleLog(store, "trial"), lambda model, _: model, paid.append, charge)
            run = Run(small_model(), Ledger(), np.random.default_rng(0), journal=journal)
            verifier = judging.verifier(api="pooling", batch=2)
            told.append(await verifier.judge(SMALL_PROBLEM, answers, run))
            spent.append(replace(run.ledger.spent, seconds=0.0))
            assert bool(paid) == (len(told) == 1)
    assert told[0] == told[1]
    assert spent[0] == spent[1]
