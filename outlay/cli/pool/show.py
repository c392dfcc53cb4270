"""``outlay pool show``: what a pool holds."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.pools import Pool
from outlay.pools.contents import Contents, contents


def show(
    path: Annotated[Path, typer.Argument(metavar="POOL", help="The pool's Parquet file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Show what a pool holds: where it comes from, its problems, samples, grades and verdicts."""
    pool = Pool.open(path)
    held = contents(pool)
    if as_json:
        typer.echo(json.dumps(_as_dict(pool, held), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for name, value in asdict(pool.manifest).items():
        if value not in {None, ""} and name != "version":
            console.print(f"{name}: {escape(str(value))}", soft_wrap=True)
    console.print(f"samples: {pool.samples:,}")
    console.print(f"verifiers: {escape(', '.join(pool.verifiers)) or 'none'}", soft_wrap=True)
    console.print(f"without any value: {', '.join(_empty(pool)) or 'no column'}", markup=False)
    console.print(_table(held))


def _as_dict(pool: Pool, held: Sequence[Contents]) -> dict[str, object]:
    return {
        **asdict(pool.manifest),
        "samples": pool.samples,
        "verifiers": pool.verifiers,
        "columns": [name for name in pool.columns if name in pool.known_columns],
        "empty_columns": _empty(pool),
        "exams": [
            {
                **asdict(one.exam),
                "problems": len(one.samples),
                "samples": sum(one.samples),
                "fewest": min(one.samples),
                "most": max(one.samples),
                "graded": sum(one.graded),
                "right": one.right,
                "answered": one.answered,
                "tokens": one.tokens,
            }
            for one in held
        ],
    }


def _empty(pool: Pool) -> list[str]:
    return [name for name in pool.columns if name not in pool.known_columns]


def _table(held: Sequence[Contents]) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("exam", overflow="fold", min_width=18)
    for name in ("problems", "samples of each", "graded", "right", "answered", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in held:
        total, graded, fewest, most = sum(one.samples), sum(one.graded), min(one.samples), max(one.samples)
        table.add_row(
            escape(str(one.exam)),
            f"{len(one.samples):,}",
            f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}",
            _share(graded, total),
            _share(one.right, graded),
            "" if one.answered is None else _share(one.answered, total),
            "" if one.tokens is None else f"{one.tokens:,.0f}",
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""
