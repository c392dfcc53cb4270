"""Charts of fitted laws: what was measured, and each law as far as it may be believed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from outlay.bench.charts import COLOURS, HEIGHT, LEGEND, SCHEMA, WIDTH, Chart
from outlay.laws.curve import ScalingCurve
from outlay.laws.fitting import Forecast

POINTS = 60
"""Of a law's line."""


def law_chart(curves: Mapping[str, ScalingCurve], fits: Mapping[str, Sequence[Forecast]]) -> Chart:
    """A panel for each curve: measured points with 95% bars, and laws with bands, which end where their reach does."""
    names = list(dict.fromkeys(one.law for found in fits.values() for one in found))
    return {
        **SCHEMA,
        "concat": [_panel(title, curve, fits[title], names) for title, curve in curves.items()],
        "columns": min(2, len(curves)),
        "resolve": {"scale": {"x": "independent"}},
        "config": {"background": "transparent", "view": {"stroke": None}, "legend": {"labelLimit": 0}},
    }


def _panel(title: str, curve: ScalingCurve, fits: Sequence[Forecast], names: Sequence[str]) -> Chart:
    colour = {
        "field": "law", "type": "nominal", "title": None,
        "scale": {"domain": list(names), "range": [COLOURS[i % len(COLOURS)] for i in range(len(names))]},
        "legend": LEGEND,
    }  # fmt: skip
    x = {"field": "x", "type": "quantitative", "title": "samples", "scale": {"type": "log", "nice": False},
         "axis": {"grid": False, "format": "~s"}}  # fmt: skip
    y = {"type": "quantitative", "title": "share of problems solved", "scale": {"domain": [0, 1]},
         "axis": {"format": "%", "gridOpacity": 0.4}}  # fmt: skip
    lines = [row for one in fits for row in _line(one, float(curve.budgets[0]))]
    return {
        "title": {"text": title, "anchor": "start"},
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [
            {"data": {"values": lines}, "mark": {"type": "area", "opacity": 0.12},
             "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}},
            {"data": {"values": lines}, "mark": {"type": "line", "strokeWidth": 1.8},
             "encoding": {"x": x, "y": {**y, "field": "share"}, "color": colour}},
            {"data": {"values": _points(curve)}, "mark": {"type": "rule", "strokeWidth": 1.2},
             "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"data": {"values": _points(curve)},
             "mark": {"type": "point", "filled": True, "size": 40, "color": "black"},
             "encoding": {"x": x, "y": {**y, "field": "share"}}},
        ],
    }  # fmt: skip


def _points(curve: ScalingCurve) -> list[Mapping[str, Any]]:
    return [
        {"x": x, "share": mean, "low": max(0.0, mean - 1.96 * error), "high": min(1.0, mean + 1.96 * error)}
        for x, mean, error in zip(curve.budgets.tolist(), curve.mean.tolist(), curve.error.tolist(), strict=True)
    ]


def _line(one: Forecast, first: float) -> list[Mapping[str, Any]]:
    told = [(float(x), one.predict(float(x))) for x in np.geomspace(first, one.reach, POINTS)]
    return [{"law": one.law, "x": x, "share": y.estimate, "low": y.low, "high": y.high} for x, y in told]
