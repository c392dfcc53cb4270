"""Ways of spending a budget: each strategy in a file of its own, by name in ``STRATEGIES``."""

from outlay.core.catalogue import Catalogue
from outlay.core.strategy import Strategy

STRATEGIES: Catalogue[Strategy] = Catalogue(
    "strategy",
    {
        "beam_search": "outlay.strategies.search.beam_search:BeamSearch",
        "best_of_n": "outlay.strategies.parallel.best_of_n:BestOfN",
        "entropic_particle_filter": "outlay.strategies.smc.entropic_particle_filter:EntropicParticleFilter",
        "greedy": "outlay.strategies.parallel.greedy:Greedy",
        "parallel_tempering": "outlay.strategies.smc.parallel_tempering:ParallelTempering",
        "particle_cascade": "outlay.strategies.smc.particle_cascade:ParticleCascade",
        "particle_filter": "outlay.strategies.smc.particle_filter:ParticleFilter",
        "particle_gibbs": "outlay.strategies.smc.particle_gibbs:ParticleGibbs",
        "self_consistency": "outlay.strategies.parallel.self_consistency:SelfConsistency",
        "shortest": "outlay.strategies.parallel.shortest:Shortest",
        "twisted_particle_filter": "outlay.strategies.smc.twisted_particle_filter:TwistedParticleFilter",
        "weighted_vote": "outlay.strategies.parallel.weighted_vote:WeightedVote",
    },
)
"""All strategies that ship."""
