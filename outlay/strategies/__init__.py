"""Ways of spending a budget: each strategy in a file of its own, by name in ``STRATEGIES``."""

from outlay.core.catalogue import Catalogue
from outlay.core.strategy import Strategy

STRATEGIES: Catalogue[Strategy] = Catalogue(
    "strategy",
    {
        "a_star": "outlay.strategies.search.a_star:AStar",
        "beam_search": "outlay.strategies.search.beam_search:BeamSearch",
        "best_of_n": "outlay.strategies.parallel.best_of_n:BestOfN",
        "dvts": "outlay.strategies.search.dvts:DiverseVerifierTreeSearch",
        "greedy": "outlay.strategies.parallel.greedy:Greedy",
        "lookahead_search": "outlay.strategies.search.lookahead_search:LookaheadSearch",
        "mcts": "outlay.strategies.search.mcts:MonteCarloTreeSearch",
        "particle_filter": "outlay.strategies.smc.particle_filter:ParticleFilter",
        "rebase": "outlay.strategies.search.rebase:Rebase",
        "self_consistency": "outlay.strategies.parallel.self_consistency:SelfConsistency",
        "shortest": "outlay.strategies.parallel.shortest:Shortest",
        "tool_tree": "outlay.strategies.search.tool_tree:ToolTree",
        "weighted_vote": "outlay.strategies.parallel.weighted_vote:WeightedVote",
    },
)
"""All strategies that ship."""
