"""How the plan of an experiment is shown."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.bench.plan import Amount, MethodPlan, Plan


def print_plan(plan: Plan) -> None:
    """A table of what is left to run, and what it is expected to cost and what at worst, on standard output."""
    console = Console(highlight=False)
    console.print(_table(plan))
    left = sum(one.left for one in plan.methods)
    trials = sum(one.trials for one in plan.methods)
    lines = [f"{left} of {trials} trials to run; nothing was asked, nothing was written"]
    if plan.charged.tokens:
        lines.append(f"charged so far: {_amount(Amount(plan.charged.tokens, plan.charged.dollars))}")
    lines.append(f"expected: {_amount(plan.expected)}")
    if any(one.left and not one.measured for one in plan.methods):
        lines[-1] += "; at most, where no trial of a row is done yet"
    lines.append(f"worst case: {_amount(plan.worst)}")
    if plan.total.as_dict():
        lines[-1] += f" (the experiment's budget: {plan.total})"
    reasons = Counter(one.why for one in plan.methods if one.why)
    lines += [f"no worst case for {_rows(count)}: {why}" for why, count in reasons.items()]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _table(plan: Plan) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("cell", overflow="fold", min_width=18)
    for name in ("left", "done", "expected", "worst case"):
        table.add_column(name, justify="right")
    for one in plan.methods:
        expected = _cell(one.expected) if one.measured or one.expected.tokens is None else f"<= {_cell(one.expected)}"
        table.add_row(escape(_name(one)), str(one.left), _done(one), expected, _cell(one.worst))
    return table


def _name(one: MethodPlan) -> str:
    method = one.method
    parts = (method.name, method.exam, "" if method.budget == "unlimited" else method.budget)
    return ", ".join(filter(None, parts))


def _done(one: MethodPlan) -> str:
    return f"{one.done}" + (f" ({one.failed} failed)" if one.failed else "")


def _cell(amount: Amount) -> str:
    if amount.tokens is None:
        return "unknown" if amount.dollars is None else f"${amount.dollars:,.4f}"
    return f"{amount.tokens:,.0f}" + (f"\n${amount.dollars:,.4f}" if amount.dollars else "")


def _amount(amount: Amount) -> str:
    tokens = "tokens unknown" if amount.tokens is None else f"{amount.tokens:,.0f} tokens"
    if amount.dollars is None:
        return f"{tokens}, dollars unknown"
    return tokens + (f", ${amount.dollars:,.4f}" if amount.dollars else "")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
