"""Policies fitted to one half of a task's problems and judged on the other."""

from collections.abc import Mapping, Sequence

from outlay.allocate.comparison import Judged, judge_policy
from outlay.allocate.fit_policy import Fitted, Fixed, Goal, fit_to
from outlay.allocate.parts_of_pools import Part
from outlay.allocate.rules import Choose
from outlay.core.errors import InvalidInputError
from outlay.pools.problem_samples import ProblemSamples

N = 64
BASELINES = (Fixed(Choose.BEST, N), Fixed(Choose.VOTE, N))
HEAD = (
    "task", "to match", "policy", "held out", "its accuracy", "policy's", "difference [95 %]", "tokens / its [95 %]",
    "tokens", "fixed n", "pass rates known", "first right",
)  # fmt: skip

INTRODUCTION = f"""\
# What policies save

Written by `python -m benchmarks.planning`. Each policy is fitted to every second problem of the pools, as the cheapest
that is as often right there, by cross-validation, as a baseline of {N} samples, and replayed on the other problems, in
32 random orders of their samples. Tokens are all that is paid: the prompt once for each stage, completions, and
verdicts where the policy or the baseline asks for them. Differences and ratios are paired by problem.

*fixed n*: tokens that the same way of choosing needs for the policy's accuracy with a fixed number of samples; *pass
rates known*: what it needs where every problem's accuracy at every size is known and the budget is split accordingly;
*first right*: accuracy and tokens of stopping the policy's stages as soon as the answer is right, which no policy with
these stages can beat."""


def policies_page(held: Mapping[str, Sequence[ProblemSamples]], judge: str, where: str) -> str:
    """The page: a row for each task and baseline."""
    tasks: dict[str, list[ProblemSamples]] = {}
    for name, problems in held.items():
        tasks.setdefault(name.partition(" ")[0], []).extend(problems)
    groups = {name: list(problems) for name, problems in held.items()}
    groups |= {f"{name}, all levels": found for name, found in tasks.items() if sum(name in one for one in held) > 1}
    rows = [HEAD]
    reached = {str(fixed): 0 for fixed in BASELINES}
    open_ones = dict(reached)
    for name, problems in groups.items():
        tune, unseen = Part(1, 2).take(problems), Part(2, 2).take(problems)
        for place, fixed in enumerate(BASELINES):
            try:
                fitted = fit_to(tune, Goal(match=fixed), judge)
            except InvalidInputError as error:
                rows.append((name, str(fixed), str(error), *[""] * (len(HEAD) - 3)))
                continue
            done = judge_policy(fitted.policy, unseen, BASELINES, judge)
            rows.append(_row(name, fitted, done, place))
            against = done.against[place]
            gap = against.difference.difference
            if "all levels" not in name and against.ratio.high <= 0.25:
                reached[str(fixed)] += gap.estimate >= 0
                open_ones[str(fixed)] += gap.estimate < 0 <= gap.high
    table = ["| " + " | ".join(row) + " |" for row in rows]
    table.insert(1, "| --- | --- | --- |" + " ---: |" * (len(HEAD) - 3))
    said = "; ".join(
        f"{name}: {reached[name]} of {len(held)}, and {open_ones[name]} where it is lower by less than the noise"
        for name in reached
    )
    claim = f"**At most a quarter of the tokens (upper end of the interval) at an accuracy that is not lower: {said}.**"
    return "\n\n".join([INTRODUCTION, claim, "\n".join(table), f"{where}."]) + "\n"


def _row(name: str, fitted: Fitted, done: Judged, place: int) -> tuple[str, ...]:
    against, policy = done.against[place], fitted.policy
    gap, ratio, first = against.difference.difference, against.ratio, done.first_right
    return (
        name, against.baseline.name, f"{policy.choose}, {'/'.join(map(str, policy.stages))}", str(done.problems),
        f"{100 * against.baseline.accuracy.estimate:.1f}", f"{100 * done.accuracy.estimate:.1f}",
        f"{100 * gap.estimate:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]",
        f"{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]", f"{done.tokens.estimate:,.0f}",
        _tokens(done.matched), _tokens(done.oracle), f"{100 * first[0]:.1f} for {first[1]:,.0f}",
    )  # fmt: skip


def _tokens(found: float | None) -> str:
    return "never" if found is None else f"{found:,.0f}"
