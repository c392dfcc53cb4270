"""Equal FLOPs by arithmetic, and a comparison worked by hand."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.bench.protocols.matched import Contender, budget_factor, contender, matched
from outlay.bench.protocols.page import ProtocolTable
from outlay.bench.protocols.pooled import Answering
from outlay.bench.store import StoredTrial
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.models import MODELS
from outlay.statistics import compare_paired
from tests.bench.protocols.records import candidate, column, finished, record, trial

SMALL, LARGE = Contender("small", 100, 200), Contender("large", 400, 800)
FEW = [[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 1]]
MANY = [[1, 0], [0, 1], [1, 1]]
positive = st.floats(1, 1e6)


@given(st.floats(1e-3, 1e3), st.floats(1, 100))
def test_the_factor_is_the_papers(ratio: float, larger: float) -> None:
    """A small model may spend M + (3 / R)(M - 1) times its own FLOPs against one M times as large."""
    expected = larger + 3 / ratio * (larger - 1)
    assert larger * budget_factor(ratio, 1.0, larger) == pytest.approx(expected)
    assert budget_factor(math.inf, 1.0, larger) == 1


@given(positive, positive, positive, st.floats(0, 1e6), st.integers(1, 200))
def test_what_samples_cost_pays_for_them_and_no_more(
    weights: float, prompt: float, tokens: float, judging: float, k: int
) -> None:
    one = Answering(2 * weights, prompt, tokens, {}, ())
    assert one.affordable(one.flops(k, judging), judging) == k
    assert one.affordable(one.flops(1, judging) * 0.999, judging) == 0 or prompt > 100 * tokens


def drawn(rows: list[list[int]], model: str, tokens: int, **cell: str) -> list[StoredTrial]:
    """Samples of which wrong ones all differ; the prompt has 20 tokens, and judging takes 30 FLOPs a sample."""
    found = []
    for index, row in enumerate(rows):
        judged = bool(cell.get("verifier"))
        made = [
            candidate(bool(r), tokens, float(r) if judged else None, row.index(1) if r else i)
            for i, r in enumerate(row)
        ]
        price = {"small": 200, "large": 800}[model]
        spent = Cost(
            prompt_tokens=20, completion_tokens=tokens * len(row), samples=len(row), calls=1,
            flops=price * (20 + tokens * len(row)) + 30 * len(row) * judged,
        )  # fmt: skip
        found.append(trial(index, record(made, cost=spent), model=model, **cell))
    return found


def table(*trials: StoredTrial, small: Contender = SMALL, large: Contender = LARGE) -> ProtocolTable:
    (found,) = matched([finished(trials)], small, large).tables
    return found


def sections(found: ProtocolTable) -> dict[str, list[list[str]]]:
    made: dict[str, list[list[str]]] = {}
    for row in found.rows:
        if len(row) == 1:
            made[row[0]] = rows = []
        else:
            rows.append([cell.strip() for cell in row])
    return made


def test_the_small_model_gets_as_many_samples_as_the_large_ones_flops_pay_for() -> None:
    found = sections(table(*drawn(FEW, "small", 10), *drawn(MANY, "large", 10)))
    alone, first, *rest = found
    # One sample of the large one: 800 * 30 = 24,000 = 200 * (20 + 10 * 10), so that ten are paid for and six drawn.
    assert alone.startswith("Inference FLOPs alone: 2.4e+04 FLOPs")
    assert [row[0] for row in found[alone]] == ["majority", "a perfect verifier"]
    assert [row[3] for row in found[alone]] == ["6 of 10"] * 2
    assert first.startswith("Inference FLOPs alone: majority"), "what pays for more than six is left out"
    assert len(rest) == 1
    covered = compare_paired(np.array([1.0, 0, 1]), np.array([0.5, 0.5, 1]))
    assert found[alone][1][5].startswith(f"{100 * covered.difference.estimate:+.1f} [")


def test_fewer_samples_than_were_drawn_are_every_way_to_draw_them() -> None:
    found = sections(table(*drawn(FEW, "small", 30), *drawn(MANY, "large", 10)))
    alone = next(iter(found))
    # 24,000 = 200 * (20 + 3.3 * 30).
    assert [row[3] for row in found[alone]] == ["3", "3"]
    expected = np.mean([np.mean([any(three) for three in combinations(row, 3)]) for row in FEW])
    assert float(found[alone][1][4].split("%")[0]) == pytest.approx(100 * expected, abs=0.06)
    more = [name for name in found if name.startswith("R = ")]
    # Three quarters of the large one's weights: 1 + 3 / 22 * 3 / 4 pays for 3.9, the others for all six.
    assert [name.split(":")[0] for name in more] == ["R = 0.79"]


def test_judging_is_paid_from_the_same_flops() -> None:
    judged = drawn(FEW, "small", 10, verifier="judge", strategy="best_of_n(n=6)")
    found = sections(table(*judged, *drawn(MANY, "large", 4)))
    alone = next(iter(found))
    # 800 * 24 = 19,200 less 4,000 for the prompt: 7.6 samples of 2,000, or 7.48 with 30 more for the judge.
    assert [row[0] for row in found[alone]] == ["majority", "a perfect verifier", "judge"]
    dear = drawn(FEW, "small", 10, verifier="judge", strategy="best_of_n(n=6)")
    heavy = [trial(one.index, record(one.record.candidates, cost=Cost(
        prompt_tokens=20, completion_tokens=60, flops=200 * 80 + 6 * 3000)), model="small", verifier="judge")
        for one in dear if one.record]  # fmt: skip
    rows = {row[0]: row[3] for row in sections(table(*heavy, *drawn(MANY, "large", 4)))[alone]}
    assert rows == {"majority": "6 of 7", "a perfect verifier": "6 of 7", "judge": "3"}


def test_a_large_model_that_answered_once_is_taken_as_it_is() -> None:
    greedy = [trial(i, record([candidate(bool(row[0]), 10)], cost=Cost(
        prompt_tokens=20, completion_tokens=10, samples=1, calls=1)), model="large", strategy="greedy")
        for i, row in enumerate(MANY)]  # fmt: skip
    found = sections(table(*drawn(FEW, "small", 10), *greedy))
    assert [row[2].split("%")[0] for rows in found.values() for row in rows] == ["66.7", "66.7"]


def test_only_questions_that_both_answered_count() -> None:
    found = table(*drawn(FEW, "small", 10), *drawn(MANY, "large", 10)[:2])
    assert found.note.startswith("On 2 questions")
    assert column([row for row in found.rows if len(row) > 1], found.head, "small [95%]")[1].startswith("50.0%")


def test_seeds_vote_together_by_what_they_say() -> None:
    rows = [[1, 0, 0]]
    twice = [*drawn(rows * 2, "small", 10), *[trial(one.index, one.record, model="small", seed=1)
             for one in drawn(rows * 2, "small", 10) if one.record]]  # fmt: skip
    found = sections(table(*twice, *drawn([[1, 0]] * 2, "large", 10)))
    shown = next(iter(found.values()))[0]
    assert shown[:1] + shown[3:4] == ["majority", "6 of 10"]
    # The wrong answers are all called "wrong", so that four of six say the same.
    assert shown[4].startswith("0.0%")


def test_models_in_the_wrong_order_or_without_samples_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="swap --small and --large"):
        table(*drawn(FEW, "small", 10), *drawn(MANY, "large", 10), small=LARGE, large=SMALL)
    with pytest.raises(InvalidInputError, match="share no graded question"):
        table(*drawn(FEW, "small", 10))


def test_weights_are_the_cards_unless_given() -> None:
    assert contender("simulated", None, MODELS) == Contender("simulated", 1e9, 2e9)
    assert contender("simulated", 7e9, MODELS) == Contender("simulated", 7e9, 2e9)
    with pytest.raises(InvalidInputError, match="does not say how many weights"):
        contender("openai:some-model", None, MODELS)
    with pytest.raises(InvalidSettingError, match="parameters"):
        contender("simulated", -1, MODELS)
