"""Lettered options can be reordered and letters taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.choices import LETTERS, Choices


def test_options_are_asked_by_letter() -> None:
    assert Choices("which?", ("x", "y")).text == "which? a) x b) y"


@given(st.permutations(range(5)))
def test_a_letter_leads_back_to_its_option(order: list[int]) -> None:
    choices = Choices("which?", tuple("vwxyz"))
    asked = choices.reordered(order)
    for place, option in enumerate(asked.options):
        original = asked.original(LETTERS[place], order)
        assert original is not None
        assert choices.options[LETTERS.index(original)] == option


@pytest.mark.parametrize("letter", ["", "c", "ab", "A", "1", "é"])
def test_what_is_no_letter_of_an_option_leads_nowhere(letter: str) -> None:
    assert Choices("which?", ("x", "y")).original(letter, [1, 0]) is None


@pytest.mark.parametrize("order", [[], [0], [0, 0], [0, 1, 2], [1, 2]])
def test_an_order_names_each_option_once(order: list[int]) -> None:
    with pytest.raises(ValueError, match="names each place once"):
        Choices("which?", ("x", "y")).reordered(order)


@pytest.mark.parametrize("options", [(), ("x",), tuple("x" * 27)])
def test_there_are_as_many_options_as_letters_at_most(options: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="2 to 26 options"):
        Choices("which?", options)
