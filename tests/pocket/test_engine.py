"""The numpy engine gives the network's numbers, and a sample depends on its own request and seed alone."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import anyio
import numpy as np
import pytest
import torch
from torch import Tensor

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidInputError
from outlay.core.model import Sample, SampleRequest
from outlay.core.problem import Problem
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.pocket import Pocket
from outlay.pocket.columns import LAYOUTS
from outlay.pocket.tokenizer import BOS, EOS, UnreadableTextError, decode, encode
from outlay.pocket.transformer import read
from outlay.pocket.weights import SHIPPED, load_weights
from outlay.tasks.answer_line import ExactLine
from outlay.tasks.exercise import ask
from outlay.testing import check_frequencies
from tests.pocket.models import SHAPE, read_network

pytestmark = pytest.mark.anyio
TOLERANCE = 2e-4
"""Largest difference in nats between numpy's float32 and PyTorch's, whose sums run in another order."""
FALSE_ALARM = 1e-6


def asked(prompt: str) -> Trajectory:
    return Trajectory(Problem("p", ask(prompt), ExactLine()))


PROMPT = asked("h=37; c=h+58? c")


@pytest.fixture
def model(pocket_folder: Path) -> Pocket:
    return Pocket(str(pocket_folder))


async def draw(model: Pocket, request: SampleRequest) -> tuple[list[Sample], Cost]:
    """Samples by index, and what they cost."""
    charges: list[Cost] = []
    samples = [one async for one in model.sample(request, charges.append)]
    return sorted(samples, key=lambda one: one.index), sum(charges, NOTHING)


def wholes(request: SampleRequest, samples: Sequence[Sample]) -> list[Trajectory]:
    return [request.trajectory.extend(one.step, one.finish) for one in samples]


def logprobs_of(folder: Path, trajectory: Trajectory, ids: Sequence[int]) -> Tensor:
    """The network's log-probabilities (tokens, vocabulary) at the places of ids that end a trajectory's text."""
    prompt = trajectory.problem.messages[-1].content + "\n"
    whole = [BOS, *encode(prompt), *ids]
    with torch.no_grad():
        logits = read_network(folder)(torch.tensor([whole]))[0]
    return torch.log_softmax(logits, -1)[-len(ids) - 1 : -1]


async def test_log_probabilities_are_the_networks(model: Pocket, pocket_folder: Path) -> None:
    samples, _ = await draw(model, SampleRequest(PROMPT, tuple(range(8)), 200))
    for one in samples:
        ids = list(one.step.token_ids or ())
        expected = logprobs_of(pocket_folder, PROMPT, ids)[range(len(ids)), ids]
        np.testing.assert_allclose(one.step.logprobs or (), expected, atol=TOLERANCE, rtol=0)
        assert decode(ids) == one.step.text
        assert (ids[-1] == EOS) == (one.finish is Finish.END)


async def test_scored_texts_have_the_networks_log_probabilities(model: Pocket, pocket_folder: Path) -> None:
    texts = ["c=h+58=37+58=95\n", "answer:95", "z", ""]
    charges: list[Cost] = []
    scored = await model.score(PROMPT, texts, charges.append)
    for text, one in zip(texts[:-1], scored, strict=False):
        ids = encode(text)
        expected = logprobs_of(pocket_folder, PROMPT, ids)[range(len(ids)), ids]
        np.testing.assert_allclose(one.logprobs, expected, atol=TOLERANCE, rtol=0)
    assert scored[-1].logprobs == ()
    assert [cost.prompt_tokens for cost in charges] == [len(encode(text)) for text in texts[:-1]]


async def test_first_tokens_are_drawn_from_the_networks_distribution(model: Pocket, pocket_folder: Path) -> None:
    samples, _ = await draw(model, SampleRequest(PROMPT, tuple(range(2000)), 1))
    chances = logprobs_of(pocket_folder, PROMPT, [0])[0].exp().tolist()
    likely = {token: chance for token, chance in enumerate(chances) if chance > 0.02}
    counts = dict.fromkeys([*likely, -1], 0)
    for one in samples:
        (token,) = one.step.token_ids or ()
        counts[token if token in likely else -1] += 1
    check_frequencies(counts, {**likely, -1: 1 - sum(likely.values())}, FALSE_ALARM)


@pytest.mark.parametrize("settings", [{"temperature": 0.0}, {"temperature": 1.0, "top_p": 1e-9}])
async def test_greedy_takes_the_likeliest_token(model: Pocket, pocket_folder: Path, settings: dict[str, float]) -> None:
    samples, _ = await draw(model, SampleRequest(PROMPT, (1, 2), 30, **settings))
    ids = list(samples[0].step.token_ids or ())
    expected = logprobs_of(pocket_folder, PROMPT, ids)
    chosen = expected[range(len(ids)), ids]
    assert (expected.amax(-1) - chosen).max() <= TOLERANCE
    assert samples[1].step.token_ids == samples[0].step.token_ids


@pytest.mark.parametrize("temperature", [0.7, 1.0])
async def test_a_sample_is_the_same_in_every_batch(model: Pocket, temperature: float) -> None:
    request = SampleRequest(PROMPT, tuple(range(100, 108)), 120, temperature)
    together, _ = await draw(model, request)
    for one in together:
        (alone,), _ = await draw(model, replace(request, seeds=(request.seeds[one.index],)))
        assert (alone.step.token_ids, alone.step.logprobs) == (one.step.token_ids, one.step.logprobs)


async def test_a_sample_is_the_same_in_a_batch_that_runs_in_parts(model: Pocket) -> None:
    request = SampleRequest(PROMPT, tuple(range(150)), 40)
    together, _ = await draw(model, request)
    alone, _ = await draw(model, replace(request, seeds=request.seeds[90:100]))
    assert [one.step.token_ids for one in together[90:100]] == [one.step.token_ids for one in alone]
    assert [one.step.logprobs for one in together[90:100]] == [one.step.logprobs for one in alone]


async def test_a_sample_is_the_same_beside_other_prompts(model: Pocket) -> None:
    prompts = [asked("use 3 7 8 25 to make 84"), PROMPT, asked("x"), asked("a is 5; b is a plus 12. what are b,a?")]
    requests = [SampleRequest(one, tuple(range(i, i + 5)), 40 + 30 * i) for i, one in enumerate(prompts)]
    found: dict[int, list[Sample]] = {}

    async def one(place: int) -> None:
        found[place], _ = await draw(model, requests[place])

    async with anyio.create_task_group() as group:
        for place in range(len(requests)):
            group.start_soon(one, place)
    for place, request in enumerate(requests):
        alone, _ = await draw(model, request)
        assert [s.step.token_ids for s in found[place]] == [s.step.token_ids for s in alone]
        assert [s.step.logprobs for s in found[place]] == [s.step.logprobs for s in alone]


async def test_a_fork_reads_nothing_again(model: Pocket) -> None:
    prefix = SampleRequest(PROMPT, (3,), 20)
    samples, paid = await draw(model, prefix)
    prompt = 1 + len(encode("h=37; c=h+58? c\n"))
    assert (paid.prompt_tokens, paid.cached_tokens, paid.samples) == (prompt, 0, 1)
    (begun,) = wholes(prefix, samples)
    fork = SampleRequest(begun, (5, 6, 7), 20)
    bound = model.bound(fork)
    longer, paid = await draw(model, fork)
    tokens = len(begun.steps[0].token_ids or ())
    assert (paid.prompt_tokens, paid.cached_tokens, paid.samples) == (0, prompt + tokens, 0)
    assert paid.completion_tokens == sum(len(one.step.token_ids or ()) for one in longer)
    assert (bound.prompt_tokens, bound.cached_tokens) == (0, prompt + tokens)
    assert paid.flops == pytest.approx(2 * SHAPE.parameters * paid.completion_tokens)


async def test_a_fork_goes_on_as_if_it_had_never_stopped(model: Pocket) -> None:
    whole, _ = await draw(model, SampleRequest(PROMPT, (1,), 60, temperature=0.0))
    first = SampleRequest(PROMPT, (1,), 25, temperature=0.0)
    (begun,) = wholes(first, (await draw(model, first))[0])
    rest, _ = await draw(model, SampleRequest(begun, (1, 2), 35, temperature=0.0))
    for one in rest:
        assert begun.text + one.step.text == whole[0].step.text
        joined = [*(begun.logprobs or ()), *(one.step.logprobs or ())]
        np.testing.assert_array_equal(joined, whole[0].step.logprobs or ())


async def test_a_text_of_other_origin_is_read_and_goes_on_alike(model: Pocket) -> None:
    first = SampleRequest(PROMPT, (4,), 30)
    (begun,) = wholes(first, (await draw(model, first))[0])
    foreign = PROMPT.extend(Step(begun.text), Finish.STEP)
    own, _ = await draw(model, SampleRequest(begun, (9,), 60))
    read, paid = await draw(model, SampleRequest(foreign, (9,), 60))
    assert read[0].step.token_ids == own[0].step.token_ids
    assert paid.prompt_tokens == len(encode(begun.text))


async def test_stop_strings_end_a_step_and_stay_in_its_text(model: Pocket) -> None:
    samples, _ = await draw(model, SampleRequest(PROMPT, tuple(range(30)), 200, stop=("\n", "=")))
    for one in samples:
        assert one.step.text.rstrip("\n=").count("\n") == 0
        assert (one.finish is Finish.STEP) == one.step.text.endswith(("\n", "="))
    assert any(one.finish is Finish.STEP for one in samples)


async def test_leaving_early_charges_what_ran_and_frees_the_batch(model: Pocket) -> None:
    request = SampleRequest(PROMPT, tuple(range(8)), 200)
    charges: list[Cost] = []
    async with aclosing(model.sample(request, charges.append)) as samples:  # type: ignore[type-var]
        await anext(samples)
    assert len(model._engine._batch) == 0
    spent = sum(charges, NOTHING)
    everything = (await draw(model, request))[1]
    assert spent.samples == 8
    assert 0 < spent.completion_tokens <= everything.completion_tokens


async def test_unknown_characters_are_named_before_anything_is_spent(model: Pocket) -> None:
    request = SampleRequest(asked("Was ist 3×4?"), (1,), 10)
    with pytest.raises(UnreadableTextError, match=r"cannot read 'W' '×'; it knows lower-case letters") as caught:
        model.bound(request)
    assert caught.value.characters == "W×"
    charges: list[Cost] = []
    with pytest.raises(UnreadableTextError):
        async for _ in model.sample(request, charges.append):
            pass
    with pytest.raises(UnreadableTextError, match="'A'"):
        await model.score(PROMPT, ["A"], charges.append)
    assert charges == []


async def test_a_text_that_fills_the_context_is_refused(model: Pocket) -> None:
    long = SampleRequest(asked("a" * SHAPE.context), (1,), 10)
    for refused in (model.bound, lambda request: model.sample(request, lambda _: None).__anext__().send(None)):
        with pytest.raises(InvalidInputError, match=f"has 258 tokens; the pocket model's context is {SHAPE.context}"):
            refused(long)
    with pytest.raises(InvalidInputError, match="context"):
        await model.score(PROMPT, ["a" * SHAPE.context], lambda _: None)


async def test_a_sample_ends_where_the_context_does(model: Pocket) -> None:
    request = SampleRequest(asked("a" * (SHAPE.context - 10)), tuple(range(20)), 100)
    samples, paid = await draw(model, request)
    assert max(len(one.step.token_ids or ()) for one in samples) <= 7
    assert any(one.finish is Finish.LENGTH for one in samples)
    assert paid.tokens <= model.bound(request).tokens


def test_a_text_longer_than_one_product_is_read_as_in_parts() -> None:
    weights = load_weights(SHIPPED)
    ids = [BOS, *encode("h=37; c=h+58; " * 28)]
    whole = read(weights, ids, [])
    first = read(weights, ids[:200], [])
    second = read(weights, ids[200:], [first])
    assert len(ids) > max(layout.widest for layout in LAYOUTS)
    assert np.allclose(whole.hidden, np.concatenate([first.hidden, second.hidden]), atol=2e-4)
