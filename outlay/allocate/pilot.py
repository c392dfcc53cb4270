"""What a pilot's pool says of each way of choosing, problem by problem, and what the pilot cost."""

from collections.abc import Sequence

import numpy as np

from outlay.allocate.comparison import once
from outlay.allocate.planning import Measured
from outlay.allocate.replay import graded_count, walk
from outlay.allocate.rules import Choose
from outlay.core.errors import InvalidInputError
from outlay.pools.problem_samples import ProblemSamples


def measure(
    problems: Sequence[ProblemSamples], verifier: str, sizes: Sequence[int] = (), orders: int = 16, seed: int = 0
) -> list[Measured]:
    """Every way of choosing at some sizes, with its cost in tokens.

    Args:
        problems: of the pilot.
        verifier: whose scores it has; empty for none.
        sizes: numbers of samples; powers of two up to the fewest of a problem if empty.
        orders: random orders of each problem's samples.
        seed: of the orders.

    Raises:
        InvalidInputError: if a problem has too few graded samples.
    """
    most = min(map(graded_count, problems))
    ns = tuple(sizes) or tuple(sorted({most, *(1 << power for power in range(most.bit_length()))}))
    found = []
    for choose in Choose:
        if choose.judged and not verifier:
            continue
        paths = walk(problems, ns, choose, verifier if choose.judged else "", orders, seed)
        found.append(Measured(str(choose), ns, paths.by_problem(paths.correct).T, once(paths).mean(axis=1)))
    return found


def pilot_tokens(problems: Sequence[ProblemSamples]) -> float:
    """What the samples of a pilot took, prompts once a problem and verdicts included."""
    total = 0.0
    for one in problems:
        total += 0.0 if one.completion_tokens is None else float(np.nansum(one.completion_tokens))
        total += 0.0 if one.prompt_tokens is None else float(np.nan_to_num(one.prompt_tokens[0]))
        total += sum(float(np.nansum(read)) for read in one.verifier_tokens.values())
    return total


def dollars_per_token(problems: Sequence[ProblemSamples]) -> float:
    """Mean price of a token of the pilot's samples; prompts and verdicts are taken to cost as much.

    Raises:
        InvalidInputError: if the samples have no price.
    """
    paid = sum(float(np.nansum(one.dollars)) for one in problems if one.dollars is not None)
    tokens = sum(float(np.nansum(one.completion_tokens)) for one in problems if one.completion_tokens is not None)
    if not paid > 0 or not tokens > 0:
        raise InvalidInputError("the pilot's samples cost no dollars that it knows of; give a budget in tokens")
    return paid / tokens
