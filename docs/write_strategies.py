"""Write docs/strategies.md from the docstrings and cards of all strategies."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from settings_table import settings

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.cli.lists import STRATEGY_EXAMPLES
from outlay.compose import LAYERS
from outlay.core.strategy import StrategyInfo

PAGE = Path(__file__).parent / "strategies.md"
FAMILIES = {
    "parallel": ("Parallel", "Independent samples, and how to choose among them."),
    "search": ("Search", "Partial answers, judged step by step; the promising ones go on."),
    "smc": ("Sequential Monte Carlo", "Partial answers as particles: the verifier's word as evidence, not as law."),
    "sequential": ("Sequential", "One answer after another, each made with the last in view."),
    "adaptive": ("Adaptive", "Look at what there is before spending more."),
    "allocate": ("Allocation", "Who is asked, and how often, by what a question needs: [allocation](allocation.md)."),
    "compose": ("Composition", "Several techniques as layers of one strategy: [compose](compose.md)."),
}
CHOICES = (
    (
        "nothing but the model",
        "`self_consistency(n=8)`",
        "a vote needs no judge; `settled_vote` is the same vote for fewer samples",
    ),
    (
        "log-probabilities, few samples",
        "`perplexity_consistency`",
        "a path's own probability is known exactly, a vote only counts",
    ),
    (
        "a judge that can be fooled",
        "`weighted_vote` or `best_of_majority`",
        "a rare answer that it overrates does not win",
    ),
    (
        "a good judge of whole answers",
        "`best_of_n`",
        "it is asked for the best one",
    ),
    (
        "tests or a proof checker",
        "`repeated_sampling(accept=1)`",
        "stops at the first answer that passes",
    ),
    (
        "a judge of steps",
        "`particle_filter`; `beam_search` if the judge is very good",
        "spends on starts that look right",
    ),
    (
        "a judge of steps, and tokens are dear",
        "`a_star`",
        "widens only where in doubt",
    ),
    (
        "a judge of steps, and seconds are dear",
        "`particle_cascade`",
        "nobody waits for the slowest",
    ),
    (
        "tools",
        "`tool_tree`",
        "goes back where a call failed",
    ),
    (
        "a reasoning model",
        "`first_finish`, `shortest`, `marker_selection`",
        "right traces are shorter and hedge less",
    ),
    (
        "a reasoning model that stops too soon",
        "`budget_forcing`",
        "holds its thought open",
    ),
    (
        "a chat model that sees its own faults",
        "`self_refine`, `revision`, `propose_verify`",
        "to mend is cheaper than to begin anew",
    ),
    (
        "easy and hard questions mixed",
        "`settled_vote`, `probe_commit`, `self_evaluation`, `thinking_switch`",
        "easy ones cost little",
    ),
    (
        "a cheap model and a dear one",
        "`cascade(models=[...])`",
        "the dear one sees only what the cheap one is not sure of",
    ),
    (
        "a pool of samples of questions like these",
        "`policy`, as [allocate fit](allocation.md) makes it",
        "stops where more samples are not worth their price",
    ),
    (
        "questions better left than answered wrong",
        "`abstain(of=...)`",
        "hands out what it is confident of, and can hold a promised share of wrong ones",
    ),
    (
        "a chat model, and more to spend than one technique uses well",
        "`compose(layers=[...])`",
        "ranks, criticises and fuses what others draw; `outlay tune` searches for the layers",
    ),
    (
        "free-form text",
        "`semantic_vote`",
        "no two answers are the same to the letter",
    ),
)
"""What a user has, what to take, and why."""


def entry(name: str) -> Iterator[str]:
    """One strategy: what it does, when it helps, what it needs, what it costs, where it comes from."""
    part = ALL_STRATEGIES.type_of(name)
    info: StrategyInfo = ALL_STRATEGIES.build(STRATEGY_EXAMPLES.get(name, name)).info
    words = (inspect.getdoc(part) or "").partition("Attributes:\n")[0]
    needs = [*([f"verdicts on {info.verifier}"] if info.verifier else []), *sorted(info.capabilities)]
    yield f"\n### `{name}`\n"
    yield re.sub(r"``", "`", words.strip())
    yield f"\n*Needs* {', '.join(needs) or 'nothing'}. *Costs* {info.cost}. *Source* {info.source}."
    yield from settings(part)


def layer(name: str) -> Iterator[str]:
    """One layer of compositions."""
    part = LAYERS.type_of(name)
    yield f"\n#### `{name}`\n"
    yield re.sub(r"``", "`", (inspect.getdoc(part) or "").partition("Attributes:\n")[0].strip())
    yield from settings(part)


def page() -> str:
    """The whole page."""
    lines = [
        "# Strategies\n",
        "Written by `make docs` from the docstrings. What each bought on the embedded models is in",
        "[results](results.md); how to run one, in [spend](spend.md).\n",
        "## Which one\n",
        "| You have | Take | Because |",
        "| --- | --- | --- |",
        *(f"| {have} | {take} | {because} |" for have, take, because in CHOICES),
        "",
        "`outlay strategies list` prints names, settings and needs. All are anytime and keep within the budget. With",
        "the same seed and samples all give the same answer, but for those that say that they depend on the clock.",
    ]
    for family, (title, words) in FAMILIES.items():
        names = [name for name in ALL_STRATEGIES if f".{family}." in ALL_STRATEGIES.type_of(name).__module__]
        lines += ["", f"## {title}", "", words]
        for name in sorted(names):
            lines += entry(name)
    for name in LAYERS:
        lines += layer(name)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
