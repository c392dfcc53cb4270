"""``outlay allocate evaluate``: a policy on problems that it has not seen."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from outlay.allocate.comparison import Judged, judge_policy
from outlay.allocate.fit_policy import Fixed
from outlay.allocate.parts_of_pools import Part
from outlay.allocate.policy_file import load_strategy
from outlay.allocate.replay import graded_count, read_problems
from outlay.allocate.rules import Choose
from outlay.cli.allocate.goal import common_verifier, opened
from outlay.core.errors import InvalidSettingError


def evaluate(
    policy: Annotated[Path, typer.Argument(help="The policy file.")],
    pools: Annotated[
        list[Path], typer.Argument(metavar="POOL...", help="Pools of problems that it was not fitted to.")
    ],
    number: Annotated[
        int | None, typer.Option("--n", help="Samples of the baselines; as many as there are if left out.")
    ] = None,
    part: Annotated[str, typer.Option(help="Judge it on a part of the problems, as in 2/2.")] = "1/1",
    seed: Annotated[int, typer.Option(help="Of the orders in which samples are replayed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Replay a policy beside best-of-n and self-consistency, paired by problem; nothing is sampled."""
    built, which, found = load_strategy(policy), Part.parse(part), opened(pools)
    judge = built.verifier or common_verifier(found, None)
    problems = which.take(read_problems(found, judge))
    most = min(map(graded_count, problems))
    if number is not None and not 1 <= number <= most:
        raise InvalidSettingError("evaluate", "n", number, f"from 1 to {most}, the fewest samples of a problem")
    size = number or most
    baselines = [Fixed(choose, size) for choose in (Choose.BEST, Choose.VOTE) if judge or not choose.judged]
    with Console(stderr=True).status("replaying"):
        done = judge_policy(built, problems, baselines, judge, seed=seed)
    if as_json:
        typer.echo(json.dumps(as_dict(done, built.stages), indent=2))
    else:
        _print(done, built.stages)


def as_dict(done: Judged, stages: Sequence[int]) -> dict[str, object]:
    """What a policy came to, as plain values."""
    return {
        "problems": done.problems,
        "accuracy": done.accuracy._asdict(),
        "tokens": done.tokens._asdict(),
        "confidence": done.predicted,
        "stopped_at": dict(zip(map(str, stages), done.stopped.tolist(), strict=True)),
        "against": [
            {
                "strategy": one.baseline.name,
                "accuracy": one.baseline.accuracy._asdict(),
                "tokens": one.baseline.tokens._asdict(),
                "difference": one.difference.difference._asdict(),
                "p_value": one.difference.p_value,
                "token_ratio": one.ratio._asdict(),
            }
            for one in done.against
        ],
        "tokens_of_fixed_n_at_this_accuracy": done.matched,
        "tokens_of_oracle_at_this_accuracy": done.oracle,
        "first_right": {"accuracy": done.first_right[0], "tokens": done.first_right[1]},
    }


def _print(done: Judged, stages: Sequence[int]) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", overflow="fold")
    for name in ("accuracy [95%]", "tokens", "policy's gain", "tokens, policy's / its"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("policy", _share(done.accuracy), f"{done.tokens.estimate:,.0f}", "", "")
    for one in done.against:
        gain, ratio = one.difference.difference, one.ratio
        table.add_row(
            one.baseline.name, _share(one.baseline.accuracy), f"{one.baseline.tokens.estimate:,.0f}",
            f"{100 * gain.estimate:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]",
            f"{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]",
        )  # fmt: skip
    ends = ", ".join(f"{stage}: {100 * share:.0f}%" for stage, share in zip(stages, done.stopped, strict=True))
    fixed, known = _tokens(done.matched), _tokens(done.oracle)
    lines = [
        f"{done.problems} problems; stopped at {ends}; mean confidence {100 * done.predicted:.1f}%",
        f"tokens for the policy's accuracy: {fixed} with a fixed number of samples, {known} with all pass rates known",
        f"stopped as soon as it is right: {100 * done.first_right[0]:.1f}% for {done.first_right[1]:,.0f} tokens",
    ]
    console = Console(highlight=False)
    console.print(table)
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _share(found: tuple[float, float, float]) -> str:
    return f"{100 * found[0]:.1f}% [{100 * found[1]:.0f}, {100 * found[2]:.0f}]"


def _tokens(found: float | None) -> str:
    return "never reached" if found is None else f"{found:,.0f}"
