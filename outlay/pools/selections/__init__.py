"""Ways of making an answer of n samples that are there: each in a file of its own, by name in ``SELECTIONS``."""

from outlay.core.catalogue import Catalogue
from outlay.pools.selections.selection import Selection

SELECTIONS: Catalogue[Selection] = Catalogue(
    "selection",
    {
        "all_right": "outlay.pools.selections.all_right:AllRight",
        "best_of_majority": "outlay.pools.selections.best_of_majority:BestOfMajority",
        "best_of_n": "outlay.pools.selections.best_of_n:BestOfN",
        "coverage": "outlay.pools.selections.coverage:Coverage",
        "first_finish": "outlay.pools.selections.first_finish:FirstFinish",
        "marker_selection": "outlay.pools.selections.marker_selection:MarkerSelection",
        "perplexity_consistency": "outlay.pools.selections.perplexity_consistency:PerplexityConsistency",
        "self_consistency": "outlay.pools.selections.self_consistency:SelfConsistency",
        "shortest": "outlay.pools.selections.shortest:Shortest",
        "single": "outlay.pools.selections.single:Single",
        "weighted_vote": "outlay.pools.selections.weighted_vote:WeightedVote",
    },
    Selection,
)
"""All selections that ship."""
