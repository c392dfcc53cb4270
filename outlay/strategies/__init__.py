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
        "repeated_sampling": "outlay.strategies.parallel.repeated_sampling:RepeatedSampling",
        "best_of_majority": "outlay.strategies.parallel.best_of_majority:BestOfMajority",
        "perplexity_consistency": "outlay.strategies.parallel.perplexity_consistency:PerplexityConsistency",
        "first_finish": "outlay.strategies.parallel.first_finish:FirstFinish",
        "marker_selection": "outlay.strategies.parallel.marker_selection:MarkerSelection",
        "alignment_resampling": "outlay.strategies.parallel.alignment_resampling:AlignmentResampling",
        "semantic_vote": "outlay.strategies.parallel.semantic_vote:SemanticVote",
        "self_refine": "outlay.strategies.sequential.self_refine:SelfRefine",
        "revision": "outlay.strategies.sequential.revision:Revision",
        "iterative_decoding": "outlay.strategies.sequential.iterative_decoding:IterativeDecoding",
        "budget_forcing": "outlay.strategies.sequential.budget_forcing:BudgetForcing",
        "propose_verify": "outlay.strategies.sequential.propose_verify:ProposeVerify",
        "settled_vote": "outlay.strategies.adaptive.settled_vote:SettledVote",
        "self_evaluation": "outlay.strategies.adaptive.self_evaluation:SelfEvaluation",
        "thinking_switch": "outlay.strategies.adaptive.thinking_switch:ThinkingSwitch",
        "probe_commit": "outlay.strategies.adaptive.probe_commit:ProbeCommit",
    },
    Strategy,
)
"""All strategies that ship."""
