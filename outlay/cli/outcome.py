"""How an outcome is shown: for people, and as the JSON object that scripts read."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from outlay.core.answer import Candidate
from outlay.core.budget import Budget
from outlay.core.cost import Cost
from outlay.core.solve import Outcome


def outcome_as_dict(outcome: Outcome, strategy: str, model: str, seed: int, budget: Budget) -> Mapping[str, object]:
    """The outcome as plain values; ``correct`` is null where there is no reference."""
    answer = outcome.answer
    submissions = answer.submissions if answer else ()
    return {
        "answer": outcome.value,
        "correct": outcome.correct,
        "confidence": answer.confidence if answer else None,
        **({"declined": True} if answer and answer.declined else {}),
        **({"submissions": [one.value for one in submissions], "covered": outcome.covered} if submissions else {}),
        "strategy": strategy,
        "model": model,
        "seed": seed,
        "budget": budget.as_dict(),
        "stopped_by": outcome.stopped_by,
        "cost": _amounts(outcome.cost),
        "candidates": [_candidate(one) for one in answer.candidates] if answer else [],
        "curve": [
            {"answer": p.value, "correct": p.correct, "confidence": p.confidence, "cost": _amounts(p.cost)}
            for p in outcome.curve
        ],
    }


def print_outcome(outcome: Outcome) -> None:
    """The completion and its cost on standard error, the bare answer on standard output."""
    console = Console(stderr=True, highlight=False)
    declined = outcome.answer is not None and outcome.answer.declined
    if outcome.answer and not declined:
        console.print(outcome.answer.trajectory.text.strip(), style="dim", markup=False)
    table = Table(show_header=False, box=None)
    for name, value in _facts(outcome).items():
        table.add_row(name, value)
    console.print(table)
    nothing = "declined" if declined else "no answer"
    Console(highlight=False).print(outcome.value if outcome.value is not None else nothing, markup=False)


def _amounts(cost: Cost) -> Mapping[str, object]:
    """The documented amounts, and a mark only where some count is an estimate."""
    return {name: value for name, value in cost.as_dict().items() if name != "estimated" or value}


def _candidate(one: Candidate) -> Mapping[str, object]:
    trajectory = one.trajectory
    return {
        "value": one.value,
        "text": trajectory.text,
        "score": one.score,
        "tokens": trajectory.completion_tokens,
    }


def _facts(outcome: Outcome) -> dict[str, str]:
    facts: dict[str, str] = {}
    if outcome.answer and outcome.answer.declined:
        facts["declined"] = "not confident enough"
    elif outcome.correct is not None:
        facts["correct"] = "yes" if outcome.correct else "no"
    if outcome.answer and outcome.answer.confidence is not None:
        facts["confidence"] = f"{outcome.answer.confidence:.2f}"
    if outcome.answer and outcome.answer.submissions:
        facts["handed in"] = ", ".join(str(one.value) for one in outcome.answer.submissions)
        if outcome.covered is not None:
            facts["one of them right"] = "yes" if outcome.covered else "no"
    facts["stopped by"] = outcome.stopped_by
    facts["cost"] = _cost(outcome.cost)
    return facts


def _cost(cost: Cost) -> str:
    kinds = f"prompt {cost.prompt_tokens}, completion {cost.completion_tokens}, verifier {cost.verifier_tokens}"
    parts = [
        f"{cost.tokens} tokens ({kinds}; {cost.cached_tokens} more from cache)",
        f"{cost.samples} samples",
        f"{cost.calls} calls",
        f"{cost.seconds:.2f} s",
    ]
    if cost.dollars:
        parts.append(f"${cost.dollars:.6f}")
    return ", ".join(parts) + (" (token counts estimated)" if cost.estimated else "")
