"""Traces of strategies in small worlds, for tests of what is recorded and how it is shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from outlay.bench.trace import Recorder
from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.solve import Outcome, solve
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, Verifier, VerifierInfo
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.tasks.exercise import exercise


@dataclass(frozen=True)
class Hunch:
    """Sees most of what went wrong; cannot tell of texts of one step that begin with ``unknown``."""

    info: VerifierInfo = VerifierInfo("hunch", judges=Judges.STEPS)

    def require(self, problem: Problem) -> None:
        pass

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        cost = Cost(verifier_tokens=len(trajectories))
        async with run.ledger.reserve(cost) as reservation:
            reservation.charge(cost)
        return [self.verdict(one.text) for one in trajectories]

    def verdict(self, text: str) -> Verdict:
        if text.startswith("unknown"):
            return Verdict.unknown("it says so")
        scores = tuple(0.2 if "wrong" in line else 0.9 - len(line) % 7 / 50 for line in text.splitlines())
        return Verdict(min(scores, default=0.5), scores, f"looked at {len(scores)} steps", Cost(verifier_tokens=1))


async def traced(
    strategy: str,
    model: str | LanguageModel = "simulated(pass_rate=0.5, tokens=4, length_spread=0.5)",
    verifier: Verifier | None = None,
    problem: Problem | None = None,
    budget: str = "",
    seed: int = 0,
) -> tuple[dict[str, Any], Outcome]:
    """The trace and the outcome of one run."""
    asked = problem or exercise(TASKS.build("chain"), 1, 3).problem
    built = MODELS.build(model) if isinstance(model, str) else model
    recorder = Recorder(asked)
    run = Run(built, Ledger(Budget.parse(budget)), np.random.default_rng(seed), verifier or Hunch(), recorder)
    outcome = await solve(asked, STRATEGIES.build(strategy), run)
    trace = recorder.finish(outcome, {"strategy": strategy, "seed": seed})
    assert json.loads(json.dumps(trace)) == trace, "plain JSON values"
    return trace, outcome


def text_of(trace: dict[str, Any], number: int | None) -> str:
    """The whole text up to a node."""
    parts: list[str] = []
    while number is not None:
        parts.insert(0, trace["nodes"][number]["text"])
        number = trace["nodes"][number]["parent"]
    return "".join(parts)


def check_tree(trace: dict[str, Any]) -> None:
    """Numbers lead where they should."""
    nodes, talks = trace["nodes"], trace["talks"]
    for number, node in enumerate(nodes):
        if node["parent"] is None:
            assert 0 <= node["talk"] < len(talks)
            assert node["depth"] == 1
            assert talks[node["talk"]].get("quotes", -1) < number
        else:
            assert node["parent"] < number
            assert "talk" not in node
            assert node["depth"] == nodes[node["parent"]]["depth"] + 1
    for event in trace["events"]:
        for name in ("kept", "dropped", "nodes"):
            assert all(number is None or 0 <= number < len(nodes) for number in event.get(name, []))
