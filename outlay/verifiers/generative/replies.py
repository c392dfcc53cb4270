"""What a judge's reply says. Only the form that was asked for counts; anything else is no verdict."""

import re

_VERDICT = re.compile(r"verdict\W{0,8}(yes|no)\b", re.IGNORECASE)
_SCORE = re.compile(r"score\W{0,8}(\d{1,4}(?:\.\d{1,4})?)(?!\d)", re.IGNORECASE)
_BETTER = re.compile(r"better\W{0,8}(?:answer\s)?(a|b|same)\b", re.IGNORECASE)
_ORDER = re.compile(r"order\W{0,8}((?:\d{1,3}\s?[,>]?\s?){1,200})", re.IGNORECASE)
_HIDDEN = re.compile(r"\bx\s?=\s?\$?(-?[\d,]{1,30}(?:\.\d{1,30})?)", re.IGNORECASE)
_DECISIVE = re.compile(r"decisive\W{0,8}(?:step\W{0,8})?(\d{1,4}|none)\b(?!\.\d)", re.IGNORECASE)
_FAULT = re.compile(r"\s{0,8}(?:step\s?(\d{1,4})\b|nothing\b)", re.IGNORECASE)


def verdict(text: str) -> bool | None:
    """Yes or no, by the last line that says so."""
    found = _VERDICT.findall(text)
    return found[-1].lower() == "yes" if found else None


def score(text: str, best: int) -> float | None:
    """The last score as a share of the best, in [0, 1]; None if it is beyond it."""
    found = _SCORE.findall(text)
    value = float(found[-1]) / best if found else None
    return None if value is None or value > 1 else value


def preference(text: str) -> float | None:
    """1 for A, 0 for B, a half for the same."""
    found = _BETTER.findall(text)
    return {"a": 1.0, "b": 0.0, "same": 0.5}[found[-1].lower()] if found else None


def order(text: str, count: int) -> list[int] | None:
    """Positions, best first; None unless each of them is there once."""
    found = _ORDER.findall(text)
    positions = [int(number) - 1 for number in re.findall(r"\d{1,3}", found[-1])] if found else []
    return positions if sorted(positions) == list(range(count)) else None


def hidden(text: str) -> str | None:
    """The number that the model found for X."""
    found = _HIDDEN.findall(text)
    return found[-1].replace(",", "") if found else None


def decisive(text: str, steps: int) -> int | None:
    """The last step named as decisive, from 1; 0 for none of them; None if it is beyond the last."""
    found = _DECISIVE.findall(text)
    return _step(found[-1], steps) if found else None


def fault(text: str, steps: int) -> int | None:
    """The wrong step that a critique begins with, from 1; 0 if it finds nothing wrong."""
    found = _FAULT.match(text)
    return _step(found[1] or "none", steps) if found else None


def _step(said: str, steps: int) -> int | None:
    if said.lower() == "none":
        return 0
    return int(said) if 1 <= int(said) <= steps else None
