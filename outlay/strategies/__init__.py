"""Ways of spending a budget: each strategy in a file of its own, by name in ``STRATEGIES``."""

from outlay.core.catalogue import Catalogue
from outlay.core.strategy import Strategy

STRATEGIES: Catalogue[Strategy] = Catalogue(
    "strategy",
    {
        "a_star": "outlay.strategies.search.a_star:AStar",
        "abstain": "outlay.strategies.adaptive.abstain:Abstain",
        "alignment_resampling": "outlay.strategies.parallel.alignment_resampling:AlignmentResampling",
        "beam_search": "outlay.strategies.search.beam_search:BeamSearch",
        "best_of_majority": "outlay.strategies.parallel.best_of_majority:BestOfMajority",
        "best_of_n": "outlay.strategies.parallel.best_of_n:BestOfN",
        "budget_forcing": "outlay.strategies.sequential.budget_forcing:BudgetForcing",
        "dvts": "outlay.strategies.search.dvts:DiverseVerifierTreeSearch",
        "entropic_particle_filter": "outlay.strategies.smc.entropic_particle_filter:EntropicParticleFilter",
        "first_finish": "outlay.strategies.parallel.first_finish:FirstFinish",
        "greedy": "outlay.strategies.parallel.greedy:Greedy",
        "iterative_decoding": "outlay.strategies.sequential.iterative_decoding:IterativeDecoding",
        "lookahead_search": "outlay.strategies.search.lookahead_search:LookaheadSearch",
        "marker_selection": "outlay.strategies.parallel.marker_selection:MarkerSelection",
        "mcts": "outlay.strategies.search.mcts:MonteCarloTreeSearch",
        "parallel_tempering": "outlay.strategies.smc.parallel_tempering:ParallelTempering",
        "particle_cascade": "outlay.strategies.smc.particle_cascade:ParticleCascade",
        "particle_filter": "outlay.strategies.smc.particle_filter:ParticleFilter",
        "particle_gibbs": "outlay.strategies.smc.particle_gibbs:ParticleGibbs",
        "perplexity_consistency": "outlay.strategies.parallel.perplexity_consistency:PerplexityConsistency",
        "probe_commit": "outlay.strategies.adaptive.probe_commit:ProbeCommit",
        "propose_verify": "outlay.strategies.sequential.propose_verify:ProposeVerify",
        "rebase": "outlay.strategies.search.rebase:Rebase",
        "repeated_sampling": "outlay.strategies.parallel.repeated_sampling:RepeatedSampling",
        "revision": "outlay.strategies.sequential.revision:Revision",
        "self_consistency": "outlay.strategies.parallel.self_consistency:SelfConsistency",
        "self_evaluation": "outlay.strategies.adaptive.self_evaluation:SelfEvaluation",
        "self_refine": "outlay.strategies.sequential.self_refine:SelfRefine",
        "semantic_vote": "outlay.strategies.parallel.semantic_vote:SemanticVote",
        "settled_vote": "outlay.strategies.adaptive.settled_vote:SettledVote",
        "shortest": "outlay.strategies.parallel.shortest:Shortest",
        "thinking_switch": "outlay.strategies.adaptive.thinking_switch:ThinkingSwitch",
        "tool_tree": "outlay.strategies.search.tool_tree:ToolTree",
        "twisted_particle_filter": "outlay.strategies.smc.twisted_particle_filter:TwistedParticleFilter",
        "weighted_vote": "outlay.strategies.parallel.weighted_vote:WeightedVote",
    },
    Strategy,
)
"""All strategies that ship."""
