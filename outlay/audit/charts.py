"""An audit's charts as Vega-Lite specifications."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from outlay.audit.measures import Measures
from outlay.bench.charts import COLOURS, HEIGHT, WIDTH, Chart

BINS = 20
TRIES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def calibration_chart(found: Sequence[Measures]) -> Chart:
    """Share of right answers against score, one line for each verifier, with the diagonal of a calibrated one."""
    rows = [
        {"verifier": one.verdicts.name, "score": score, "rate": rate, "low": low, "high": high, "answers": count}
        for one in found
        for score, rate, low, high, count in zip(
            *(column.tolist() for column in (one.curve.score, one.curve.rate, one.curve.low, one.curve.high)),
            one.curve.count.tolist(), strict=True,
        )
    ]  # fmt: skip
    x, y = _axis("score", "score"), _axis("rate", "share that is right")
    colour = _colour(one.verdicts.name for one in found)
    diagonal = {
        "data": {"values": [{"score": 0, "rate": 0}, {"score": 1, "rate": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "#888888", "strokeWidth": 1},
        "encoding": {"x": x, "y": y},
    }
    band = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    lines = {
        "data": {"values": rows},
        "encoding": {"x": x, "color": colour},
        "layer": [
            {"mark": {"type": "rule", "opacity": 0.4}, "encoding": band},
            {"mark": {"type": "line", "point": {"size": 30}}, "encoding": {"y": y}},
        ],
    }  # fmt: skip
    return _chart({"width": WIDTH, "height": HEIGHT, "layer": [diagonal, lines]})


def score_charts(found: Sequence[Measures]) -> Chart:
    """How scores are spread, of right and of wrong answers, a panel for each verifier."""
    panels = [_spread(one) for one in found]
    return _chart({"concat": panels, "columns": 2})


def resampling_chart(found: Sequence[Measures]) -> Chart:
    """Accuracy of sampling until a verifier passes, against the number of tries, with what no number surpasses."""
    known = [one for one in found if one.resampling is not None]
    rows, ceilings = [], []
    for one in known:
        assert one.resampling is not None  # noqa: S101 (just chosen by it)
        accuracy = one.resampling.accuracy(np.array(TRIES))
        name = one.verdicts.name
        rows += [{"verifier": name, "tries": k, "rate": float(rate)} for k, rate in zip(TRIES, accuracy, strict=True)]
        ceilings.append({"verifier": name, "rate": one.resampling.ceiling()})
    x = {"field": "tries", "type": "quantitative", "title": "tries", "scale": {"type": "log"}, "axis": {"grid": False}}
    colour = _colour(one.verdicts.name for one in known)
    y = _axis("rate", "right answers handed out")
    encoding = {"y": y, "color": colour}
    line, rule = {"type": "line", "point": {"size": 22}}, {"type": "rule", "strokeDash": [4, 4]}
    lines = {"data": {"values": rows}, "mark": line, "encoding": {"x": x, **encoding}}
    limits = {"data": {"values": ceilings}, "mark": rule, "encoding": encoding}
    return _chart({"width": WIDTH, "height": HEIGHT, "layer": [lines, limits]})


def _spread(one: Measures) -> Mapping[str, Any]:
    edges = np.linspace(0, 1, BINS + 1)
    rows = []
    for label, kind in (("right", one.verdicts.right), ("wrong", ~one.verdicts.right)):
        counts, _ = np.histogram(one.verdicts.scores[kind], edges)
        shares = counts / max(1, counts.sum())
        rows += [
            {"answers": label, "from": low, "to": high, "share": share}
            for low, high, share in zip(edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True)
        ]
    scale = {"domain": ["right", "wrong"], "range": [COLOURS[0], COLOURS[1]]}
    x_axis = {"field": "from", "type": "quantitative", "title": "score", "scale": {"domain": [0, 1]}, "bin": "binned"}
    return {
        "title": {"text": one.verdicts.name, "anchor": "start", "limit": WIDTH},
        "width": WIDTH,
        "height": HEIGHT // 2,
        "data": {"values": rows},
        "mark": {"type": "bar", "opacity": 0.55},
        "encoding": {
            "x": x_axis,
            "x2": {"field": "to"},
            "y": {"field": "share", "type": "quantitative", "title": "share", "stack": None, "axis": {"format": "%"}},
            "color": {
                "field": "answers",
                "type": "nominal",
                "title": None,
                "scale": scale,
                "legend": {"orient": "bottom"},
            },
        },
    }


def _axis(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": [0, 1]},
            "axis": {"format": "%", "gridOpacity": 0.4}}  # fmt: skip


def _colour(names: Iterable[str]) -> dict[str, Any]:
    known = list(names)
    scale = {"domain": known, "range": [COLOURS[i % len(COLOURS)] for i in range(len(known))]}
    return {"field": "verifier", "type": "nominal", "title": None, "scale": scale,
            "legend": {"orient": "bottom", "columns": 1, "labelLimit": 0}}  # fmt: skip


def _chart(content: dict[str, Any]) -> Chart:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        **content,
        "config": {"background": "transparent", "view": {"stroke": None}},
    }
