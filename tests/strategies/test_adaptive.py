"""What the adaptive family spends, and when it stops."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from outlay.core.errors import InvalidSettingError
from outlay.statistics import probability_ahead
from outlay.strategies import STRATEGIES
from outlay.testing import FALSE_ALARM, Branch, check_frequencies, check_mean
from tests.strategies.answers import answers, last, replying

pytestmark = pytest.mark.anyio


def test_a_leader_is_ahead_with_the_mass_of_its_posterior() -> None:
    assert probability_ahead(0, 0) == pytest.approx(0.5)
    assert probability_ahead(3, 0) == pytest.approx(1 - 0.5**4)
    rng = np.random.default_rng(0)
    draws = rng.beta(6, 3, 200_000) > 0.5
    check_mean(draws.astype(float), probability_ahead(5, 2), FALSE_ALARM)
    with pytest.raises(ValueError, match="0 or above"):
        probability_ahead(-1, 0)


async def test_a_vote_stops_as_soon_as_it_is_settled() -> None:
    lengths: Counter[int] = Counter()
    for seed in range(60):
        found = await answers("settled_vote(n=20, error=0.15)", seed)
        assert all((one.confidence or 0.0) < 0.85 for one in found[:-1])
        assert (found[-1].confidence or 0.0) >= 0.85 or len(found) == 20
        votes = Counter(one.value for one in found[-1].candidates if one.value is not None)
        assert votes[found[-1].value] == max(votes.values())
        lengths[len(found)] += 1
    assert min(lengths) < 4
    assert max(lengths) > 8


def exact_error(share: float, n: int, error: float) -> float:
    """The probability that a vote on two values, one with this share above a half, settles on the rarer one."""
    open_counts, wrong = {(0, 0): 1.0}, 0.0
    for drawn in range(1, n + 1):
        reached: Counter[tuple[int, int]] = Counter()
        for (likelier, rarer), probability in open_counts.items():
            reached[likelier + 1, rarer] += probability * share  # type: ignore[assignment]
            reached[likelier, rarer + 1] += probability * (1 - share)  # type: ignore[assignment]
        open_counts = {}
        for (likelier, rarer), probability in reached.items():
            if drawn < n and probability_ahead(max(likelier, rarer), min(likelier, rarer)) < 1 - error:
                open_counts[likelier, rarer] = probability
            elif rarer > likelier:
                wrong += probability
    return wrong


async def test_settled_votes_are_wrong_as_often_as_the_rule_makes_them() -> None:
    model = replace(replying(), table={"": [Branch("=1", 0.7), Branch("=2", 0.3)]})
    runs = [await last("settled_vote(n=25, error=0.05)", seed, model) for seed in range(400)]
    exact = exact_error(0.7, 25, 0.05)
    check_frequencies(Counter(one.value for one in runs), {"2": exact, "1": 1 - exact})
    assert exact < 2 * 0.05


async def test_an_answer_that_the_model_believes_in_ends_the_search() -> None:
    for seed in range(10):
        assert len(await answers("self_evaluation(n=5, accept=0.9)", seed, replying(CHECK="yes"))) == 1
        doubting = await answers("self_evaluation(n=5, accept=0.9)", seed, replying(CHECK="no"))
        assert len(doubting) == 5
    first = (await answers("self_evaluation(n=1)", 0))[0]
    assert first.trajectory.text == "a\n=7"  # the first sample is greedy


async def test_a_poor_start_is_dropped_midway() -> None:
    pruned = whole = 0
    for seed in range(20):
        settings = "n=6, accept=1, prune=0.5, probe_steps=1"
        dropped = await last(f"self_evaluation({settings})", seed, replying(FORESEE="no", CHECK="no"))
        kept = await last(f"self_evaluation({settings})", seed, replying(FORESEE="yes", CHECK="no"))
        pruned += dropped.cost.completion_tokens
        whole += kept.cost.completion_tokens
        # What ends within the probe cannot be dropped, and the last one is kept if there is no other.
        assert len(dropped.candidates) <= len(kept.candidates)
        assert len(dropped.candidates) >= 1
    assert pruned < whole


async def test_thinking_is_switched_on_only_where_answers_at_once_disagree() -> None:
    agreed = await last("thinking_switch(tries=3, n=4)", 0, replying(ANSWER_AT_ONCE="=7"))
    assert (agreed.value, len(agreed.candidates)) == ("7", 3)
    unsure = await last("thinking_switch(tries=3, n=4)", 0, replying(ANSWER_AT_ONCE="none"))
    assert len(unsure.candidates) == 7
    assert unsure.value is not None
    votes = Counter(one.value for one in list(unsure.candidates)[3:] if one.value is not None)
    assert votes[unsure.value] == max(votes.values())


async def test_probes_that_agree_end_the_search_and_others_commit() -> None:
    ends: Counter[int] = Counter()
    for seed in range(40):
        answer = await last("probe_commit(probes=3, agreement=1, hard=best_of_n(n=4))", seed)
        probes = [one.value for one in list(answer.candidates)[:3]]
        agree = probes[0] is not None and len(set(probes)) == 1
        assert len(answer.candidates) == (3 if agree else 7)
        ends[len(answer.candidates)] += 1
    assert len(ends) == 2


def test_it_needs_what_it_may_commit_to() -> None:
    built = STRATEGIES.build("probe_commit(hard=particle_filter(n=4))")
    assert built.info.verifier == "steps"
    assert STRATEGIES.build({"name": "probe_commit", "hard": {"name": "best_of_n", "n": 3}}).info.verifier == "outcomes"
    assert STRATEGIES.build("probe_commit").info.verifier is None


@pytest.mark.parametrize(
    "strategy",
    [
        "settled_vote(error=0)", "settled_vote(batch=0)", "self_evaluation(accept=2)", "self_evaluation(n=0)",
        "thinking_switch(tries=0)", "thinking_switch(agreement=0)", "thinking_switch(prefixes=[])",
        "probe_commit(probes=0)", "probe_commit(agreement=2)",
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(strategy: str) -> None:
    with pytest.raises(InvalidSettingError):
        STRATEGIES.build(strategy)
