"""Conformance suites: the laws of each contract, to run on any implementation.

``strategy_laws`` holds one check for each law; a check returns if the law holds and raises ``LawBrokenError`` if not.
They need no test framework: await them from a test, under asyncio. ``enumerable`` has parts so small that what a
strategy makes of them can be enumerated exactly, and ``false_alarms`` compares samples with exact answers at a stated
false-alarm rate.
"""

from outlay.testing.arrival import Arrival
from outlay.testing.enumerable import (
    SMALL_PROBLEM,
    SMALL_REPLIES,
    SMALL_SCORES,
    SMALL_TABLE,
    AfterEquals,
    Branch,
    EnumerableModel,
    EnumerableVerifier,
    small_model,
    small_world,
)
from outlay.testing.failures import FailingModel, FailingVerifier, check_failures
from outlay.testing.false_alarms import FALSE_ALARM, LawBrokenError, check_frequencies, check_mean
from outlay.testing.strategy_laws import (
    ample,
    check_anytime,
    check_budget,
    check_cancellation,
    check_determinism,
    many_budgets,
)
from outlay.testing.world import World, unreserved

__all__ = [
    "FALSE_ALARM",
    "SMALL_PROBLEM",
    "SMALL_REPLIES",
    "SMALL_SCORES",
    "SMALL_TABLE",
    "AfterEquals",
    "Arrival",
    "Branch",
    "EnumerableModel",
    "EnumerableVerifier",
    "FailingModel",
    "FailingVerifier",
    "LawBrokenError",
    "World",
    "ample",
    "check_anytime",
    "check_budget",
    "check_cancellation",
    "check_determinism",
    "check_failures",
    "check_frequencies",
    "check_mean",
    "many_budgets",
    "small_model",
    "small_world",
    "unreserved",
]
