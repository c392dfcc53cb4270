"""Who is measured: each strategy at a few sizes, from small to large, and where."""

from dataclasses import dataclass

BASELINE = "best_of_n"
"""What answers of the same model are measured against."""
TALKING = "dialogue: "
"""How the names of those begin whom the model that converses answers."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A task and level, and who judges there."""

    task: str
    level: int
    verifier: str = "process_reward"

    def __str__(self) -> str:
        return f"{self.task} {self.level}"


@dataclass(frozen=True, slots=True)
class Contender:
    """A strategy at growing sizes.

    Attributes:
        name: as tables call it.
        sizes: the strategy as it could be typed, from cheap to dear.
        dialogue: whether the model that converses answers.
        shared: whether its whole answers are drawn as those of the others are, so that they are drawn only once.
    """

    name: str
    sizes: tuple[str, ...]
    dialogue: bool = False
    shared: bool = True


def _ladder(form: str, *sizes: int) -> tuple[str, ...]:
    return tuple(form.format(size) for size in sizes)


CELLS = (Cell("countdown", 2), Cell("program", 3))
CONTENDERS = (
    Contender(BASELINE, _ladder("best_of_n(n={})", 1, 2, 4, 8, 16)),
    Contender("greedy", ("greedy",), shared=False),
    Contender("self_consistency", _ladder("self_consistency(n={})", 2, 4, 8, 16)),
    Contender("weighted_vote", _ladder("weighted_vote(n={})", 2, 4, 8, 16)),
    Contender("best_of_majority", _ladder("best_of_majority(n={}, frequency=0.15)", 4, 8, 16)),
    Contender("perplexity_consistency", _ladder("perplexity_consistency(n={})", 2, 4, 8, 16)),
    Contender("shortest", _ladder("shortest(n={}, keep=3)", 4, 8, 16)),
    Contender("marker_selection", _ladder("marker_selection(n={}, keep=3)", 4, 8, 16)),
    Contender("settled_vote", ("settled_vote(n=16, error=0.3)", "settled_vote(n=16, error=0.1)")),
    Contender("first_finish", _ladder("first_finish(n={})", 2, 4, 8), shared=False),
    Contender("beam_search", (*_ladder("beam_search(width={0}, expansion={0})", 2), "beam_search(width=2, expansion=4)",
                              "beam_search(width=4, expansion=4)")),
    Contender("particle_filter", _ladder("particle_filter(n={})", 2, 4, 8, 16)),
    Contender("a_star", _ladder("a_star(expansion={})", 2, 4, 6)),
    Contender("dvts", ("dvts(width=2, expansion=2)", "dvts(width=4, expansion=2)")),
    Contender("rebase", _ladder("rebase(width={})", 4, 8)),
    Contender("lookahead_search", ("lookahead_search(width=2, expansion=2, lookahead=1)",)),
    Contender("mcts", _ladder("mcts(simulations={}, expansion=2)", 4, 8)),
    Contender("particle_gibbs", _ladder("particle_gibbs(n={}, iterations=2)", 2, 4)),
    Contender("parallel_tempering", ("parallel_tempering(n=2, iterations=2, chains=2)",)),
    Contender("entropic_particle_filter", _ladder("entropic_particle_filter(n={})", 4, 8)),
    Contender("twisted_particle_filter", _ladder("twisted_particle_filter(n={})", 4, 8)),
    Contender("particle_cascade", _ladder("particle_cascade(n={}, ordered=true)", 4, 8)),
    Contender("probe_commit", ("probe_commit(probes=4, hard=particle_filter(n=8))",)),
    Contender("dialogue: best_of_n", _ladder("best_of_n(n={})", 1, 2, 4, 8, 16), dialogue=True),
    Contender("dialogue: greedy", ("greedy",), dialogue=True, shared=False),
    Contender("dialogue: self_evaluation", _ladder("self_evaluation(n=16, accept=0.{})", 3, 5, 7, 9), dialogue=True),
    Contender("dialogue: self_refine", _ladder("self_refine(rounds={})", 1, 3), dialogue=True),
    Contender("dialogue: revision", _ladder("revision(rounds={})", 1, 3), dialogue=True),
    Contender("dialogue: iterative_decoding", _ladder("iterative_decoding(rounds={}, width=2)", 2, 4), dialogue=True),
    Contender("dialogue: budget_forcing", _ladder("budget_forcing(waits={})", 0, 1, 2), dialogue=True),
    Contender("dialogue: propose_verify", _ladder("propose_verify(rounds={})", 2, 4), dialogue=True),
    Contender("dialogue: thinking_switch", ("thinking_switch(tries=4, n=4)",), dialogue=True),
)  # fmt: skip
