"""The cheap path: what can be decided without algebra, and so without the worker."""

import re

from outlay.verifiers.maths.numbers import read_number, same_number

_CHOICE = re.compile(r"(?:(?:option|choice|answer) )?\(?([A-Za-z])[).:]?", re.IGNORECASE)
_CHOICE_AND_TEXT = re.compile(r"(?:\(([A-J])\)|([A-J])[).:]) .*", re.DOTALL)
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def plainly_equal(reference: str, answer: str) -> bool | None:
    """Whether two answers are the same text, number, choice or yes or no; None where that takes more than reading.

    It takes time linear in the texts' length, whatever they are.
    """
    first, second = bare(reference), bare(answer)
    if first == second:
        return True
    if not first or not second:
        return False
    one, other = read_number(first), read_number(second)
    if one is not None and other is not None:
        return same_number(one, other)
    one_choice, other_choice = choice(first), choice(second)
    if one_choice and other_choice:
        return one_choice == other_choice
    for letter, text in ((one_choice, second), (other_choice, first)):
        if letter and (match := _CHOICE_AND_TEXT.fullmatch(text)):
            return letter == (match[1] or match[2]).casefold()
    truths = _TRUTH.get(first.casefold()), _TRUTH.get(second.casefold())
    return truths[0] == truths[1] if None not in truths else None


def bare(text: str) -> str:
    """A text without the dollar signs, emphasis, spaces and full stop around it, its inner spaces made single."""
    text = " ".join(text.split()).strip("$ ").removesuffix(".").rstrip("$ ")
    return text.strip("* ") if text.startswith("*") and text.endswith("*") else text


def choice(text: str) -> str | None:
    """The letter, in lower case, of a text such as ``B``, ``(b)`` or ``Option B.``."""
    match = _CHOICE.fullmatch(text)
    return match[1].casefold() if match else None
