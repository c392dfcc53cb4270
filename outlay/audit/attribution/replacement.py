"""The act: put another step in the place of one and see whether the answer then comes out right."""

from contextlib import aclosing
from dataclasses import dataclass

import anyio

from outlay.audit.attribution.continuing import Start, continued
from outlay.audit.attribution.trace import FailedTrace, is_right
from outlay.core.errors import InvalidSettingError
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Replacement:
    """What became of a failed answer when one of its steps was replaced.

    Attributes:
        step: which, counted from 1.
        drawn: steps drawn in its place.
        different: answers that grew from those that say something else.
        right: how many of these are right.
    """

    step: int
    drawn: int
    different: int
    right: int


async def replace_step(trace: FailedTrace, step: int, run: Run, n: int = 16, temperature: float = 1.0) -> Replacement:
    """Draw a step n times from what stands before it, and go on once from each that differs from the failed one.

    Rollouts from before a step may take the same step again; these may not. They say what a correction of this one
    step is worth.

    Args:
        trace: the failed answer.
        step: which step, counted from 1.
        run: what pays; once its budget is out there are no more.
        n: steps drawn.
        temperature: of the step and of what follows.

    Raises:
        InvalidSettingError: if there is no such step, or ``n`` is below 1.
        ModelError: if the model failed.
    """
    if not 1 <= step <= len(trace.prefixes):
        raise InvalidSettingError("replacement", "step", step, f"from 1 to {len(trace.prefixes)}")
    if n < 1:
        raise InvalidSettingError("replacement", "n", n, "1 or above")
    before, failed = trace.prefixes[step - 1], trace.texts[step - 1].strip()
    drawn: dict[int, Trajectory] = {}
    answers: list[Trajectory] = []
    with anyio.move_on_after(run.ledger.seconds_left):
        samples = run.sample(before, n, one_step=True, temperature=temperature)
        async with aclosing(samples):  # type: ignore[type-var]
            async for index, longer in samples:
                drawn[index] = longer  # noqa: PERF403 (kept, should the deadline cut it short)
        others = [one for _, one in sorted(drawn.items()) if one.text.removeprefix(before.text).strip() != failed]
        answers += [one for one in others if one.finished]
        starts = [Start(one, 1) for one in others if not one.finished]
        await continued(run, starts, temperature, lambda _, answer: answers.append(answer))
    return Replacement(step, len(drawn), len(answers), sum(map(is_right, answers)))
