"""chrF agrees with counting by hand and is a quality in [0, 1]."""

from hypothesis import given
from hypothesis import strategies as st

from outlay.core.likeness import chrf

texts = st.text(alphabet="abc ", max_size=12)


def test_chrf_is_what_counting_by_hand_gives() -> None:
    # abcd and abxd share a, b, d of four letters, ab of three pairs, and nothing longer.
    mean = (3 / 4 + 1 / 3 + 0 + 0) / 4
    assert abs(chrf("abcd", "abxd") - mean) < 1e-12


def test_chrf_counts_recall_more_than_precision() -> None:
    assert chrf("ab", "abcd") < chrf("abcd", "ab")


@given(texts, texts)
def test_chrf_is_in_the_unit_interval_and_one_for_the_same_letters(one: str, other: str) -> None:
    found = chrf(one, other)
    assert 0.0 <= found <= 1.0
    same = "".join(one.split()) == "".join(other.split()) != ""
    assert (found > 1 - 1e-12) == same
