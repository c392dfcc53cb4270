"""Who names a step: each method under one contract, with what it is paid."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.attribution.known import Known
from outlay.audit.attribution.judgement import FailureJudge
from outlay.audit.attribution.judges import JUDGES
from outlay.audit.attribution.rollouts import Rollouts
from outlay.audit.attribution.trace import FailedTrace
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.run import Run
from outlay.models import MODELS
from outlay.verifiers import VERIFIERS


@dataclass(frozen=True, slots=True)
class Named:
    """What a method says of one answer.

    Attributes:
        step: the step that it names, counted from 1; None if it names none.
        sure: whether it stands by it: rollouts name the likeliest step even where none is decisive.
        probability: that the step is decisive, where the method says so.
    """

    step: int | None
    sure: bool
    probability: float | None = None


Method = Callable[[FailedTrace, Run], Awaitable[Named]]
"""Names the decisive step of a failed answer."""


@dataclass(frozen=True, slots=True)
class Result:
    """One method on one answer to a task: what it named of how many steps, which is wrong first, what was paid."""

    task: str
    named: Named
    steps: int
    wrong: int
    tokens: int
    calls: int


def methods() -> dict[str, Method]:
    """All methods by name."""
    known = JUDGES.knowing(MODELS, VERIFIERS)
    judges = {
        "`asked(model=pocket_dialogue, form=criticise)`": "asked(model=pocket_dialogue, form=criticise)",
        "`step_scores(of=process_reward)`": "step_scores(of=process_reward)",
        "`step_scores(of=process_reward, choice=largest_fall)`": "step_scores(of=process_reward, choice=largest_fall)",
        "`step_scores(of=step_check)`, which knows": "step_scores(of=step_check)",
    }
    return {
        "24 rollouts": _by_rollouts(Rollouts(24)),
        "64 rollouts": _by_rollouts(Rollouts(64)),
        "64 rollouts, spread evenly": _by_rollouts(Rollouts(64, first=1.0)),
        **{name: _by_judge(known.build(text)) for name, text in judges.items()},
    }


async def applied(method: Method, one: Known, model: LanguageModel, seed: int) -> Result:
    """A method's word on one answer, on a ledger of its own."""
    run = Run(model, Ledger(), np.random.default_rng(seed))
    named = await method(one.trace, run)
    spent = run.ledger.spent
    return Result(one.trace.problem.task, named, len(one.trace.prefixes), one.step, spent.tokens, spent.calls)


def _by_rollouts(settings: Rollouts) -> Method:
    async def name(trace: FailedTrace, run: Run) -> Named:
        found = await settings.attribute(trace, run)
        return Named(found.likeliest, found.decisive is not None, max(found.posterior.probabilities))

    return name


def _by_judge(judge: FailureJudge) -> Method:
    async def name(trace: FailedTrace, run: Run) -> Named:
        found = await judge.attribute(trace, run)
        return Named(found.decisive, found.decisive is not None)

    return name
