"""``outlay pool evaluate``: every way of making an answer of n samples, without drawing any."""

import json
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import typer
from rich.console import Console

from outlay.cli.pool.table import evaluation_table
from outlay.core.errors import InvalidInputError, StoreError
from outlay.pools import Evaluation, Pool, Settings
from outlay.pools import evaluate as evaluate_pool


def evaluate(
    path: Annotated[Path, typer.Argument(metavar="POOL", help="The pool's Parquet file.")],
    selections: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            help="How an answer is made, as in self_consistency or 'best_of_n(verifier=NAME)'; may be repeated. "
            "What the pool's columns allow if left out.",
            show_default=False,
        ),
    ] = None,
    sizes: Annotated[
        str,
        typer.Option("--n", help="Numbers of samples, as in 1,4,16; powers of two if left out.", show_default=False),
    ] = "",
    baseline: Annotated[
        str, typer.Option(help="The selection to compare with; the first if left out.", show_default=False)
    ] = "",
    target: Annotated[
        str,
        typer.Option(
            help="Estimate for another policy: sharpened(alpha=1.5) or tilted(tau=0.5, verifier=NAME).",
            show_default=False,
        ),
    ] = "",
    seed: Annotated[int, typer.Option(help="Of simulated sub-samples.")] = 0,
    share_prompt: Annotated[bool, typer.Option(help="Whether all samples of a problem pay its prompt once.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the rows to this file too.", show_default=False)] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write the rows to this file too.", show_default=False)] = None,
) -> None:
    """Say what each selection makes of n samples, for every n: accuracy, cost and gain, with no call of a model."""
    ns = _numbers(sizes)
    settings = Settings(seed, share_prompt, target)
    with Console(stderr=True).status("evaluating the pool"):
        found = evaluate_pool(Pool.open(path), selections or (), ns, baseline, settings)
    _write(found, csv, parquet)
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2))
    else:
        Console(highlight=False).print(evaluation_table(found))


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts) or bool(text.strip()) != bool(parts):
        raise InvalidInputError(f"--n must be whole numbers with commas between, as in 1,4,16; got {text!r}")
    return [int(part) for part in parts]


def _as_dict(found: Evaluation) -> dict[str, object]:
    return {
        "baseline": found.baseline,
        "target": found.target or None,
        "ungraded": found.ungraded,
        "rows": [row.as_dict() for row in found.rows],
    }


def _write(found: Evaluation, csv: Path | None, parquet: Path | None) -> None:
    try:
        if csv is not None:
            pa.csv.write_csv(found.to_arrow(), csv)
        if parquet is not None:
            pq.write_table(found.to_arrow(), parquet, compression="zstd")
    except OSError as error:
        raise StoreError(f"cannot write the rows: {error}") from None
