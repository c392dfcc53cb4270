"""What the server's model writes: answers of a fixed number of steps, each of a fixed number of tokens."""

import random

STEPS = 6
STEP_TOKENS = 8
SEPARATOR = "\n\n"
ANSWER = r"\boxed"
RATING = ["7"]
"""What it answers when it is asked to rate an answer: one token, the cheapest judge there is."""


def step(number: int, key: str) -> list[str]:
    """The tokens of one step, counted from 0; the key decides what tells samples apart."""
    rng = random.Random(key)  # noqa: S311 (text, no secret)
    mark = f"{rng.getrandbits(32):08x}"
    opening = ["step ", str(number), ": ", mark, " so"]
    if number < STEPS - 1:
        return [*opening, " far", ".", SEPARATOR]
    return [*opening, " ", ANSWER, f"{{{rng.randrange(5)}}}"]


def steps_written(partial: str) -> int:
    """How many steps a partial answer has."""
    return partial.count(SEPARATOR)


def score(text: str) -> float:
    """What the stand-in for a reward model makes of a text: a fixed number in [0.1, 0.9]."""
    return random.Random(text.strip()).uniform(0.1, 0.9)  # noqa: S311 (a score, no secret)
