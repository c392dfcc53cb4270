"""Every labelled pair, through the judge as it ships."""

import os
from collections import Counter

import pytest

from outlay.verifiers.maths.judge import MathsJudge
from outlay.verifiers.maths.plain import plainly_equal
from tests.verifiers.maths.corpus import pairs

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="the worker needs fork")]


def test_the_pairs_are_many_and_of_both_labels_in_every_kind() -> None:
    counts = Counter((pair.kind, pair.label) for pair in pairs())
    assert counts.total() >= 400
    assert all(counts[kind, label] >= 4 for kind, _ in counts for label in (True, False))


async def test_every_pair_is_judged_right() -> None:
    judge = MathsJudge(seconds=60)
    wrong = []
    for pair in pairs():
        judgement = await judge.judge(pair.reference, pair.answer)
        if judgement.passed is not pair.label:
            wrong.append((pair, judgement.reason))
    judge.worker.close()
    assert wrong == []


@pytest.mark.parametrize(
    ("reference", "answer", "equal"),
    [
        ("1/2", "0.5", True),
        ("1,234", "1234", True),
        ("1,23", "123", None),
        (r"\frac{1}{3}", "0.333333", True),
        ("1/3", "0.3333", False),
        ("3 1/2", "3.5", True),
        ("1/0", "2/0", None),
        ("B", "(b).", True),
        ("B", "(B)x", None),
        ("yes", "False", False),
        ("yes", "5", None),
        ("x+1", "x+1", True),
        ("x+1", "1+x", None),
        ("", "5", False),
        ("mm", "Mm", None),
        ("1 1/2", "11/2", False),
        (r"0.\overline{3}", "1/3", True),
    ],
)
def test_the_cheap_path_decides_only_what_reading_decides(reference: str, answer: str, equal: bool | None) -> None:
    assert plainly_equal(reference, answer) is equal
    assert plainly_equal(answer, reference) is equal
