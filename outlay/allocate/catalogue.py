"""Strategies that allocate: policies, by their settings or read from a file, and cascades of models."""

from collections.abc import Mapping
from types import MappingProxyType

from outlay.compose import COMPOSITIONS, LAYERS
from outlay.core.catalogue import Catalogue
from outlay.core.strategy import Strategy
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.verifiers import VERIFIERS

POLICIES: Mapping[str, str] = MappingProxyType({
    "cascade": "outlay.allocate.model_cascade:ModelCascade",
    "policy": "outlay.allocate.policy:Policy",
    "policy_file": "outlay.allocate.policy_file:PolicyFile",
})  # fmt: skip
READ_BY: Mapping[str, str] = MappingProxyType({"policy": "policy_file"})
"""A policy has too many numbers to be named by them: what a run writes down is its file."""
ALL_STRATEGIES: Catalogue[Strategy] = (
    STRATEGIES.extended({**COMPOSITIONS, **POLICIES}, READ_BY)
    .knowing(LAYERS.knowing(STRATEGIES, VERIFIERS.knowing(MODELS), MODELS), MODELS)
    .with_files()
)
"""All strategies, compositions and policies too, by name or from a file that describes one."""
