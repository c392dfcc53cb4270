"""What the gateway counts, in the text format of Prometheus.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from outlay.core.cost import Cost

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
"""Upper ends of the histogram of seconds."""

KINDS = ("prompt_tokens", "cached_tokens", "completion_tokens", "verifier_tokens", "samples", "calls", "dollars")
"""What is counted of a cost."""

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Metrics:
    """Counts of one gateway, all from 0 when it starts."""

    requests: dict[Labels, int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[Labels, float] = field(default_factory=lambda: defaultdict(float))
    gauges: dict[str, Callable[[], float]] = field(default_factory=dict)
    seconds: dict[Labels, list[float]] = field(default_factory=dict)

    def ended(self, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests[("path", path), ("status", str(status))] += 1
        counts = self.seconds.setdefault((("path", path),), [0.0] * (len(BUCKETS) + 2))
        counts[-1] += seconds
        counts[-2] += 1
        for position, most in enumerate(BUCKETS):
            counts[position] += seconds <= most

    def spent(self, model: str, strategy: str, cost: Cost) -> None:
        """Count what a request was charged."""
        for kind in KINDS:
            amount = getattr(cost, kind)
            if amount:
                self.paid[("kind", kind), ("model", model), ("strategy", strategy)] += amount

    def __str__(self) -> str:
        lines = ["# HELP outlay_requests_total Requests answered.", "# TYPE outlay_requests_total counter"]
        lines += [f"outlay_requests_total{_shown(labels)} {count}" for labels, count in sorted(self.requests.items())]
        lines += ["# HELP outlay_paid_total What requests were charged, by kind.", "# TYPE outlay_paid_total counter"]
        lines += [f"outlay_paid_total{_shown(labels)} {amount:.10g}" for labels, amount in sorted(self.paid.items())]
        lines += [
            "# HELP outlay_request_seconds Time to a reply's end.",
            "# TYPE outlay_request_seconds histogram",
        ]
        for labels, counts in sorted(self.seconds.items()):
            for most, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=False):
                lines.append(f"outlay_request_seconds_bucket{_shown((*labels, ('le', most)))} {count:g}")
            lines.append(f"outlay_request_seconds_sum{_shown(labels)} {counts[-1]:.6f}")
            lines.append(f"outlay_request_seconds_count{_shown(labels)} {counts[-2]:g}")
        for name, read in sorted(self.gauges.items()):
            lines += [f"# TYPE outlay_{name} gauge", f"outlay_{name} {read():g}"]
        return "\n".join(lines) + "\n"


def _shown(labels: Labels) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inner}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
