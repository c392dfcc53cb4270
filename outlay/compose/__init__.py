"""Compositions: layers that generate, criticise, rank, verify and fuse answers, stacked and side by side."""

from collections.abc import Mapping
from types import MappingProxyType

from outlay.compose.layer import Layer
from outlay.core.catalogue import Catalogue

LAYERS: Catalogue[Layer] = Catalogue(
    "layer",
    {
        "critique": "outlay.compose.critique:Critique",
        "fuse": "outlay.compose.fuse:Fuse",
        "generate": "outlay.compose.generate:Generate",
        "parallel": "outlay.compose.parallel:Parallel",
        "rank": "outlay.compose.rank:Rank",
        "unit_tests": "outlay.compose.unit_tests:UnitTests",
        "verify": "outlay.compose.verify:Verify",
    },
    Layer,
    listed="parallel",
)
"""All layers; a list of them stands for ``parallel``."""
COMPOSITIONS: Mapping[str, str] = MappingProxyType({"compose": "outlay.compose.composition:Composition"})
"""The strategies that are made of layers, for a catalogue of strategies to take in."""
