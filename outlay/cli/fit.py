"""``outlay fit``: laws of what a budget buys, fitted to a pool, with how far each may be believed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from outlay.laws.catalogue import Forecaster
from outlay.laws.catalogue import laws as chosen_laws
from outlay.laws.curve import ScalingCurve
from outlay.laws.fitting import Forecast
from outlay.laws.pool_curves import coverage_curves, selection_curves
from outlay.pools import Pool

FITS, CHART = "fits.json", "laws"
AHEAD = 8
"""How many times the pilot's budget the table's held-out error looks ahead."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one curve.

    Attributes:
        curve: what was measured.
        forecasts: of the laws that could be fitted.
        refused: why others could not, by law.
    """

    curve: ScalingCurve
    forecasts: Sequence[Forecast]
    refused: Mapping[str, str]


def fit(
    pool: Annotated[Path, typer.Argument(help="A pool of graded samples; see: outlay pool sample")],
    law: Annotated[list[str] | None, typer.Option(help="Which law; may be repeated. All if left out.")] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Whose accuracy grows, as in outlay pool evaluate; may be repeated. Coverage if left out."),
    ] = None,
    predict: Annotated[list[float] | None, typer.Option(help="Samples to predict for; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for fits.json and the charts.")] = None,
    resamples: Annotated[int, typer.Option(help="Resampled sets of problems behind the intervals.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Fit laws to what samples of a pool come to, and say what more samples would buy.

    A law is tried on budgets that it has not seen, and predicts no further than they support.
    """
    if resamples < 20:
        raise InvalidSettingError("fit", "resamples", resamples, "20 or above")
    if seed < 0:
        raise InvalidSettingError("fit", "seed", seed, "0 or above")
    asked, wanted = predict or [], chosen_laws(law or [])
    for budget in asked:
        if not 1 <= budget < math.inf:
            raise InvalidSettingError("fit", "predict", budget, "1 or above")
    curves = _curves(Pool.open(pool), select or [], seed)
    with Console(stderr=True).status("fitting"):
        found = {title: _fitted(curve, wanted, resamples, seed) for title, curve in curves.items()}
    if not any(one.forecasts for one in found.values()):
        reasons = dict.fromkeys(why for one in found.values() for why in one.refused.values())
        raise InvalidInputError(f"{pool}: nothing can be fitted: {'; '.join(reasons)}")
    told = {title: _as_dict(one, asked) for title, one in found.items()}
    if out is not None:
        _write(out, found, told)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for title, one in found.items():
        _print(title, one, asked)


def _curves(pool: Pool, selections: Sequence[str], seed: int) -> dict[str, ScalingCurve]:
    curves: dict[str, ScalingCurve] = {}
    if not selections or "coverage" in selections:
        curves |= {f"{exam}: coverage": curve for exam, curve in coverage_curves(pool).items()}
    others = [one for one in selections if one != "coverage"]
    if others:
        curves |= {f"{exam}: {name}": curve for (exam, name), curve in selection_curves(pool, others, seed).items()}
    return curves


def _fitted(curve: ScalingCurve, wanted: Sequence[Forecaster], resamples: int, seed: int) -> Found:
    forecasts, refused = [], {}
    for one in wanted:
        try:
            forecasts.append(one.forecast(curve, np.random.default_rng(seed), resamples))
        except InvalidInputError as error:
            refused[one.info.name] = str(error)
    return Found(curve, forecasts, refused)


def _as_dict(found: Found, asked: Sequence[float]) -> dict[str, object]:
    return {
        "problems": len(found.curve.values),
        "samples": found.curve.budgets.tolist(),
        "accuracy": found.curve.mean.tolist(),
        "refused": dict(found.refused),
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
            for one in found.forecasts
        },
    }  # fmt: skip


def _predicted(one: Forecast, budget: float) -> Mapping[str, float] | str:
    try:
        return one.predict(budget)._asdict()
    except InvalidInputError as error:
        return str(error)


def _write(out: Path, found: Mapping[str, Found], told: Mapping[str, object]) -> None:
    drawn = draw_svg(
        law_chart({title: one.curve for title, one in found.items()}, {t: one.forecasts for t, one in found.items()})
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / FITS).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        (out / f"{CHART}.svg").write_text(drawn, encoding="utf-8")
        (out / f"{CHART}.png").write_bytes(draw_png(drawn))
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error}") from error


def _print(title: str, found: Found, asked: Sequence[float]) -> None:
    curve = found.curve
    most = curve.budgets[-1]
    table = Table(
        title=escape(f"{title}; {len(curve.values)} problems, {most:g} samples each"), title_justify="left",
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
    for one in found.forecasts:
        parameters = " ".join(f"{name}={value.estimate:.2g}" for name, value in one.parameters.items())
        ahead = [abs(each.measured - each.predicted.estimate) for each in one.held_out if each.factor == AHEAD]
        table.add_row(
            one.law, parameters, f"{100 * one.deviation:.1f}", f"{100 * max(ahead):.1f}" if ahead else "",
            f"{one.reach:g}", *(_shown(one, budget) for budget in asked),
        )  # fmt: skip
    console = Console(highlight=False)
    console.print(table)
    for why in dict.fromkeys(found.refused.values()):
        console.print(escape(f"left out: {why}"))


def _shown(one: Forecast, budget: float) -> str:
    if budget > one.reach:
        return "beyond reach"
    share = one.predict(budget)
    return f"{100 * share.estimate:.1f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"
