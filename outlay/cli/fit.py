"""``outlay fit``: laws of what a budget buys, fitted to a pool, with how far each may be believed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.bench.charts import draw_png, draw_svg
from outlay.bench.law_charts import law_chart
from outlay.core.errors import InvalidInputError, InvalidSettingError, StoreError
from outlay.laws.catalogue import laws as chosen_laws
from outlay.laws.curve import ScalingCurve
from outlay.laws.fitting import Fit, fit_law
from outlay.laws.pool_curves import coverage_curves
from outlay.pools import Pool

FITS, CHART = "fits.json", "laws"
AHEAD = 8
"""How many times the pilot's budget the table's held-out error looks ahead."""


def fit(
    pool: Annotated[Path, typer.Argument(help="A pool of graded samples; see: outlay pool sample")],
    law: Annotated[list[str] | None, typer.Option(help="Which law; may be repeated. All if left out.")] = None,
    predict: Annotated[list[float] | None, typer.Option(help="Samples to predict for; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for fits.json and the charts.")] = None,
    resamples: Annotated[int, typer.Option(help="Resampled sets of problems behind the intervals.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Fit laws of coverage to the samples of a pool, and say what more samples would buy.

    A law is tried on budgets that it has not seen, and predicts no further than they support.
    """
    if resamples < 20:
        raise InvalidSettingError("fit", "resamples", resamples, "20 or above")
    asked, wanted = predict or [], chosen_laws(law or [])
    for budget in asked:
        if not budget >= 1:
            raise InvalidSettingError("fit", "predict", budget, "1 or above")
    curves = {str(exam): curve for exam, curve in coverage_curves(Pool.open(pool)).items()}
    found: dict[str, list[Fit]] = {}
    with Console(stderr=True).status("fitting"):
        for exam, curve in curves.items():
            found[exam] = [
                fit_law(one, curve, np.random.default_rng(seed), resamples)
                for one in wanted
                if len(curve.budgets) >= one.info.least_budgets
            ]
    if not any(found.values()):
        raise InvalidInputError(f"{pool} has too few samples of each problem for these laws")
    told = {exam: _as_dict(curves[exam], fits, asked) for exam, fits in found.items()}
    if out is not None:
        _write(out, curves, found, told)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for exam, fits in found.items():
        _print(exam, curves[exam], fits, asked)


def _as_dict(curve: ScalingCurve, fits: Sequence[Fit], asked: Sequence[float]) -> dict[str, object]:
    return {
        "problems": len(curve.values),
        "samples": curve.budgets.tolist(),
        "coverage": curve.mean.tolist(),
        "laws": {
            one.law: {
                "parameters": {name: value._asdict() for name, value in one.parameters.items()},
                "deviation": one.deviation,
                "worst_in_standard_errors": one.worst,
                "held_out": [
                    {"upto": each.upto, "samples": each.budget, "predicted": each.predicted._asdict(),
                     "measured": each.measured, "holds": each.holds}
                    for each in one.held_out
                ],
                "reach": one.reach,
                "predictions": {f"{budget:g}": _predicted(one, budget) for budget in asked},
            }
            for one in fits
        },
    }  # fmt: skip


def _predicted(one: Fit, budget: float) -> Mapping[str, float] | str:
    try:
        return one.predict(budget)._asdict()
    except InvalidInputError as error:
        return str(error)


def _write(
    out: Path, curves: Mapping[str, ScalingCurve], found: Mapping[str, Sequence[Fit]], told: Mapping[str, object]
) -> None:
    chart = law_chart(curves, found)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / FITS).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        (out / f"{CHART}.png").write_bytes(draw_png(chart))
        (out / f"{CHART}.svg").write_text(draw_svg(chart), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error}") from error


def _print(exam: str, curve: ScalingCurve, fits: Sequence[Fit], asked: Sequence[float]) -> None:
    most = curve.budgets[-1]
    table = Table(
        title=escape(f"{exam}: {len(curve.values)} problems, {most:g} samples each"), title_justify="left",
        caption=f"fit: root mean square of the misses, in points; x{AHEAD}: largest error on held-out budgets {AHEAD} "
        "times the pilot's; reach: samples up to which held-out budgets support the law. --json has intervals.",
        caption_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip
    table.add_column("law", overflow="fold")
    table.add_column("parameters", overflow="fold")
    for name in ("fit", f"x{AHEAD}", "reach"):
        table.add_column(name, justify="right", no_wrap=True)
    for budget in asked:
        table.add_column(f"at {budget:g}", justify="right", no_wrap=True)
    for one in fits:
        parameters = " ".join(f"{name}={value.estimate:.2g}" for name, value in one.parameters.items())
        ahead = [abs(each.measured - each.predicted.estimate) for each in one.held_out if each.factor == AHEAD]
        table.add_row(
            one.law, parameters, f"{100 * one.deviation:.1f}", f"{100 * max(ahead):.1f}" if ahead else "",
            f"{one.reach:g}", *(_shown(one, budget) for budget in asked),
        )  # fmt: skip
    Console(highlight=False).print(table)


def _shown(one: Fit, budget: float) -> str:
    if budget > one.reach:
        return "beyond reach"
    share = one.predict(budget)
    return f"{100 * share.estimate:.1f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"
