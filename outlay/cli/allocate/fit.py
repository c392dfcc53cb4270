"""``outlay allocate fit``: a policy file from a pool."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outlay.allocate.fit_policy import Fitted, fit_to
from outlay.allocate.parts_of_pools import Part
from outlay.allocate.policy_file import write_policy
from outlay.allocate.replay import common_temperature, read_problems
from outlay.cli.allocate.goal import common_verifier, opened, read_goal


def fit(
    pools: Annotated[list[Path], typer.Argument(metavar="POOL...", help="Pools of graded samples.")],
    out: Annotated[Path, typer.Option(help="The policy file to write, as in policy.toml.")],
    target: Annotated[
        str, typer.Option(help="The cheapest policy that reaches this, as in accuracy=0.8.", show_default=False)
    ] = "",
    budget: Annotated[
        str,
        typer.Option(
            help="The best policy within this, on average over questions, as in tokens=500.", show_default=False
        ),
    ] = "",
    match: Annotated[
        str,
        typer.Option(
            help="The cheapest policy that is right as often as this, as in 'best_of_n(n=64)'.", show_default=False
        ),
    ] = "",
    verifier: Annotated[
        str | None,
        typer.Option(help="Whose scores it may use; the pools' only one if left out; '' for none.", show_default=False),
    ] = None,
    part: Annotated[str, typer.Option(help="Fit to a part of the problems, as in 1/2.")] = "1/1",
    seed: Annotated[int, typer.Option(help="Of the orders in which samples are replayed.")] = 0,
) -> None:
    """Fit a policy: samples in stages, and whether to go on after each; nothing is sampled."""
    goal, which, found = read_goal(target, budget, match), Part.parse(part), opened(pools)
    judge = common_verifier(found, verifier)
    with Console(stderr=True).status("fitting"):
        problems = which.take(read_problems(found, judge))
        fitted = fit_to(problems, goal, judge, seed=seed)
        fitted = replace(fitted, policy=replace(fitted.policy, temperature=common_temperature(found)))
    write_policy(out, fitted, [f"{path}, part {which}" if which.of > 1 else str(path) for path in pools])
    _tell(fitted, out)


def _tell(found: Fitted, out: Path) -> None:
    policy, accuracy, tokens = found.policy, found.accuracy, found.tokens
    typer.echo(
        f"{policy.choose} in stages of {', '.join(map(str, policy.stages))} samples, "
        f"fitted to {found.problems} problems: {out}"
    )
    typer.echo(
        f"by cross-validation: accuracy {100 * accuracy.estimate:.1f}% "
        f"[{100 * accuracy.low:.1f}, {100 * accuracy.high:.1f}] for {tokens.estimate:,.0f} "
        f"[{tokens.low:,.0f}, {tokens.high:,.0f}] tokens a question"
    )
