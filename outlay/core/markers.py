"""Words by which a text shows doubt or says what follows from what."""

import re
from collections.abc import Callable, Sequence

HEDGES = ("maybe", "perhaps", "might", "possibly", "probably", "not sure", "seems", "i think", "i guess", "confused")
THOUGHTS = ("wait", "hmm", "alternatively", "let me check", "double-check", "actually", "on second thought")
DISCOURSE = ("first", "second", "next", "then", "therefore", "thus", "so", "hence", "finally")


def doubt(
    doubts: Sequence[str] = HEDGES + THOUGHTS, discourse: Sequence[str] = DISCOURSE
) -> Callable[[str, int], float]:
    """How much doubt a text of so many tokens shows: markers that count against it less those for it, a token.

    Args:
        doubts: markers that count against a text, as whole words, in any case.
        discourse: markers that count for it.
    """
    against, for_it = _pattern(doubts), _pattern(discourse)
    return lambda text, tokens: (len(against.findall(text)) - len(for_it.findall(text))) / max(1, tokens)


def _pattern(markers: Sequence[str]) -> re.Pattern[str]:
    """Any of the markers as whole words."""
    words = "|".join(re.escape(marker.strip()) for marker in markers)
    return re.compile(rf"\b(?:{words})\b" if words else r"(?!)", re.IGNORECASE)
