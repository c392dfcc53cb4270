"""Policies among the strategies: by their settings, or by the name of their file."""

from collections.abc import Mapping

from outlay.core.catalogue import Catalogue, Specification
from outlay.core.strategy import Strategy
from outlay.strategies import STRATEGIES as PLAIN

SUFFIX = ".toml"
POLICIES: Mapping[str, str] = {
    "policy": "outlay.allocate.policy:Policy",
    "policy_file": "outlay.allocate.policy_file:PolicyFile",
}
STRATEGIES: Catalogue[Strategy] = PLAIN.with_more(POLICIES)
"""All strategies that ship, and policies."""


def strategy_in(text: str) -> str | Specification:
    """What a strategy's text means: the name of a policy file is the strategy that reads it, all else is as it is."""
    return Specification("policy_file", {"path": text.strip()}) if text.strip().endswith(SUFFIX) else text
