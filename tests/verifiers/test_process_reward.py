"""The reward model gives the network's scores, reads nothing twice and pays for what it reads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from outlay.core.aggregation import Aggregation
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.core.problem import Problem, StepRule
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict
from outlay.models.pocket import Pocket
from outlay.models.replay import Replay
from outlay.pocket.tokenizer import BOS, EOS, encode
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.exercise import ask
from outlay.testing import World
from outlay.train.reward_network import trunk_inputs
from outlay.verifiers import VERIFIERS
from outlay.verifiers.process_reward import ProcessReward
from tests.pocket.models import read_network, read_reward_network

pytestmark = pytest.mark.anyio
TOLERANCE = 1e-4
PROMPT = "h=37; c=h+58? c"
PROBLEM = Problem("p", ask(PROMPT), ExactLine(), StepRule(max_steps=6, max_step_tokens=40, max_tokens=150))


@pytest.fixture
def model(pocket_folder: Path) -> Pocket:
    return Pocket(str(pocket_folder))


@pytest.fixture
def verifier(pocket_folder: Path) -> ProcessReward:
    return ProcessReward(path=str(pocket_folder))


def run_of(model: Pocket | Replay, verifier: ProcessReward, budget: Budget | None = None) -> Run:
    return World(PROBLEM, model, verifier).run(budget)


async def samples(run: Run, n: int = 8) -> list[Trajectory]:
    found = [pair async for pair in run.sample(Trajectory(PROBLEM), n)]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


async def grown(run: Run, steps: int) -> Trajectory:
    """A trajectory of some steps whose text has all its tokens, as a trained model's has."""
    while True:
        trajectory = Trajectory(PROBLEM)
        for _ in range(steps):
            async for _, longer in run.sample(trajectory, one_step=True):
                trajectory = longer
        if all(token > EOS for step in trajectory.steps for token in step.token_ids or ()):
            return trajectory


def by_network(folder: Path, ids: Sequence[int]) -> list[float]:
    """The network's score at every token of a sample."""
    prompt = [BOS, *encode(PROMPT + "\n")]
    tokens = torch.tensor([[*prompt, *ids]])
    generated = torch.zeros(tokens.shape)
    generated[0, len(prompt) :] = 1
    with torch.no_grad():
        logits = read_reward_network(folder)(*trunk_inputs(read_network(folder), tokens, generated))
    scores: list[float] = logits.sigmoid()[0, len(prompt) :].tolist()
    return scores


def plain(one: Trajectory) -> bool:
    """Whether no line is empty and no special token stands within the text, as only an untrained model writes it."""
    return "\n\n" not in "\n" + one.text and all(token > EOS for token in (one.steps[0].token_ids or ())[:-1])


def ends(step: Step) -> list[int]:
    """Where lines end, and the last token."""
    ids = step.token_ids or ()
    newline = encode("\n")[0]
    return sorted({place for place, token in enumerate(ids) if token == newline and step.text} | {len(ids) - 1})


async def test_step_scores_are_the_networks(model: Pocket, verifier: ProcessReward, pocket_folder: Path) -> None:
    run = run_of(model, verifier)
    drawn = [one for one in await samples(run, 150) if one.text and plain(one)]
    verdicts = await verifier.judge(PROBLEM, drawn, run)
    assert max(len(verdict.step_scores or ()) for verdict in verdicts) > 1
    for one, verdict in zip(drawn, verdicts, strict=True):
        step = one.steps[0]
        expected = np.array(by_network(pocket_folder, step.token_ids or ()))
        places = ends(step)
        if (step.token_ids or ())[places[-1] - 1 : -1] == tuple(encode("\n")):
            places.remove(places[-1] - 1)  # a line's end before the end of all is one end
        np.testing.assert_allclose(verdict.step_scores or (), expected[places], atol=TOLERANCE, rtol=0)


async def test_growing_step_by_step_scores_as_the_whole(model: Pocket, verifier: ProcessReward) -> None:
    run = run_of(model, verifier)
    one = await grown(run, 3)
    (verdict,) = await verifier.judge(PROBLEM, [one], run)
    text = Trajectory(PROBLEM).extend(Step("".join(step.text for step in one.steps)), Finish.STEP)
    foreign = Trajectory(PROBLEM)
    for step in one.steps:
        foreign = foreign.extend(Step(step.text, foreign.last), Finish.STEP)
    (again,) = await verifier.judge(PROBLEM, [foreign], run)
    np.testing.assert_allclose(again.step_scores or (), verdict.step_scores or (), atol=TOLERANCE, rtol=0)
    (flat,) = await verifier.judge(PROBLEM, [text], run)
    assert (flat.step_scores or ())[-1] == pytest.approx((verdict.step_scores or ())[-1], abs=TOLERANCE)


async def test_a_verdict_does_not_depend_on_its_batch(model: Pocket, pocket_folder: Path) -> None:
    first, second = ProcessReward(path=str(pocket_folder)), ProcessReward(path=str(pocket_folder))
    run = run_of(model, first)
    drawn = await samples(run)
    together = await first.judge(PROBLEM, drawn, run)
    alone = [(await second.judge(PROBLEM, [one], run))[0] for one in reversed(drawn)]
    assert [one.step_scores for one in together] == [one.step_scores for one in reversed(alone)]


async def test_only_what_is_new_is_paid(model: Pocket, verifier: ProcessReward) -> None:
    run = run_of(model, verifier)
    two = await grown(run, 2)
    prompt = 1 + len(encode(PROMPT + "\n"))
    tokens = [len(step.token_ids or ()) for step in two.steps]
    before = run.ledger.spent
    first = Trajectory(PROBLEM, two.steps[0], Finish.STEP, 1)
    paid = [(await verifier.judge(PROBLEM, [one], run))[0].cost.verifier_tokens for one in (first, two, two)]
    assert paid == [prompt + tokens[0], tokens[1], 0]
    spent = run.ledger.spent
    assert spent.verifier_tokens - before.verifier_tokens == prompt + sum(tokens)
    assert spent.calls - before.calls == 3


async def test_a_replayed_sample_is_read_afresh(model: Pocket, verifier: ProcessReward, tmp_path: Path) -> None:
    path = str(tmp_path / "calls.jsonl")
    own = await samples(run_of(Replay(path, model), verifier))
    run = run_of(Replay(path), verifier)
    replayed = await samples(run)
    assert [one.text for one in replayed] == [one.text for one in own]
    verdicts = await verifier.judge(PROBLEM, replayed, run)
    assert all(verdict.step_scores for verdict in verdicts)


async def test_a_text_of_no_tokens_is_judged(model: Pocket, verifier: ProcessReward) -> None:
    empty = Trajectory(PROBLEM).extend(Step(""), Finish.END)
    (verdict,) = await verifier.judge(PROBLEM, [empty], run_of(model, verifier))
    assert verdict.step_scores is not None
    assert len(verdict.step_scores) == 1


@pytest.mark.parametrize("how", Aggregation)
async def test_cut_off_answers_score_zero(model: Pocket, pocket_folder: Path, how: Aggregation) -> None:
    verifier = ProcessReward(how, str(pocket_folder))
    text = "c=h+58\nc=95\nanswer:95"
    whole, cut = (Trajectory(PROBLEM).extend(Step(text), finish) for finish in (Finish.END, Finish.LENGTH))
    verdicts = await verifier.judge(PROBLEM, [whole, cut], run_of(model, verifier))
    assert verdicts[0].score == how.of(verdicts[0].step_scores or ()) > 0
    inner = [(one.step_scores or ())[:-1] for one in verdicts]
    assert verdicts[1].score == 0.0
    assert inner[1] == pytest.approx(inner[0], abs=TOLERANCE)


async def test_a_finished_answer_scores_the_same_whether_its_memory_travels_with_it_or_its_text_alone(
    model: Pocket, verifier: ProcessReward
) -> None:
    drawn = [(one, one.last.token_ids or ()) for one in await samples(run_of(model, verifier), 64) if one.last]
    # A random model also writes tokens without a text, which a text alone cannot tell of.
    spelt = [(one, ids) for one, ids in drawn if one.finish is Finish.END and all(index > EOS for index in ids[:-1])]
    assert spelt
    own = [one for one, _ in spelt]
    texts = [Trajectory(PROBLEM).extend(Step(one.text), Finish.END) for one in own]
    kept = [Trajectory(PROBLEM).extend(Step(one.text, token_ids=ids), Finish.END) for one, ids in spelt]
    first, second, third = [await verifier.judge(PROBLEM, some, run_of(model, verifier)) for some in (own, texts, kept)]
    for one, other, last in zip(first, second, third, strict=True):
        assert one.step_scores == pytest.approx(other.step_scores, abs=TOLERANCE)
        assert one.step_scores == pytest.approx(last.step_scores, abs=TOLERANCE)


@pytest.mark.parametrize(("how", "score"), [("last", 0.5), ("min", 0.2), ("product", 0.08), ("mean", 0.5)])
def test_step_scores_become_one_score(how: str, score: float) -> None:
    assert Aggregation(how).of([0.8, 0.2, 0.5]) == pytest.approx(score)
    assert Aggregation(how).of([0.3]) == pytest.approx(0.3)


def test_an_unknown_aggregation_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'product'"):
        VERIFIERS.build("process_reward(aggregation=produkt)")


async def test_unreadable_and_endless_texts_are_refused(model: Pocket, verifier: ProcessReward) -> None:
    with pytest.raises(InvalidInputError, match="cannot read 'W'"):
        verifier.require(Problem("q", ask("What?"), ExactLine()))
    run = run_of(model, verifier)
    endless = Trajectory(PROBLEM).extend(Step("a" * 300), Finish.END)
    with pytest.raises(InvalidInputError, match="context"):
        await verifier.judge(PROBLEM, [endless], run)
    assert run.ledger.spent.verifier_tokens == 0


async def test_a_budget_too_small_for_a_verdict_gives_none(model: Pocket, verifier: ProcessReward) -> None:
    drawn = await samples(run_of(model, verifier), 1)
    run = run_of(model, verifier, Budget(tokens=5))
    found: list[Verdict] | None = await run.judge(drawn, verifier)
    assert found is None
    assert run.exhausted == "tokens"
