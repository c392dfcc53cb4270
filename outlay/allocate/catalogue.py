"""Strategies that allocate: policies, by their settings or read from a file, and cascades of models."""

from collections.abc import Mapping
from types import MappingProxyType

POLICIES: Mapping[str, str] = MappingProxyType({
    "cascade": "outlay.allocate.model_cascade:ModelCascade",
    "policy": "outlay.allocate.policy:Policy",
    "policy_file": "outlay.allocate.policy_file:PolicyFile",
})  # fmt: skip
READ_BY: Mapping[str, str] = MappingProxyType({"policy": "policy_file"})
"""A policy has too many numbers to be named by them: what a run writes down is its file."""
