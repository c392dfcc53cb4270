"""Sample once, evaluate many: every selection at every n on the sub-samples of a pool, in one pass and with no call.

An estimate for n is the expectation over sub-samples of n without replacement, which is unbiased for n fresh samples of
the same problems. Where it has a closed form it is exact; where not it is simulated on sub-samples that all selections
share, and corrected by those that have one (``outlay.statistics.control_variates``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.core.seeded import generator_of
from outlay.montecarlo import effective_sample_size, normalise_log_weights
from outlay.pools.contents import contents
from outlay.pools.evaluation import Evaluation, Exam
from outlay.pools.graded import GradedSamples
from outlay.pools.pool import Pool
from outlay.pools.rows import corrected, exam_rows
from outlay.pools.schema import VERIFIER_TOKENS
from outlay.pools.selected import Selected, build_part, select, usual
from outlay.pools.source import Effort, Shuffles, Source, Weighted
from outlay.pools.tally import Tally
from outlay.pools.targets import TARGETS, Target

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a pool is evaluated.

    Attributes:
        seed: of simulated sub-samples.
        share_prompt: whether the samples of a problem pay its prompt once, as they do in one call for n of them.
        target: another policy to estimate for, such as ``sharpened(alpha=1.5)``; empty for the one that drew the pool.
        effective: least effective sample size of a problem under the target, for each sample that is drawn.
    """

    seed: int = 0
    share_prompt: bool = True
    target: str = ""
    effective: float = 10.0

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InvalidSettingError("evaluate", "seed", self.seed, "0 or above")
        if not self.effective >= 1:
            raise InvalidSettingError("evaluate", "effective", self.effective, "1 or above")


def evaluate(
    pool: Pool,
    selections: Sequence[str] = (),
    sizes: Sequence[int] = (),
    baseline: str = "",
    settings: Settings | None = None,
) -> Evaluation:
    """What each selection makes of n samples, for every n, with intervals, costs and paired differences.

    Args:
        pool: the samples.
        selections: such as ``best_of_n(verifier=exact)``; what the columns allow if empty.
        sizes: numbers of samples; if empty, powers of two up to the fewest graded samples that a problem has.
        baseline: the selection to compare with; the first if empty. It is evaluated even if it is not among the others.
        settings: how.

    Raises:
        InvalidInputError: if the pool has no grades or too few samples, or a selection is unknown or lacks a column.
        StoreError: if the pool cannot be read.
    """
    how = settings or Settings()
    chosen = select(pool, selections) if selections else usual(pool)
    against = select(pool, [baseline])[0] if baseline else chosen[0]
    if against.name not in {one.name for one in chosen}:
        chosen = [against, *chosen]
    target_name, target = build_part(pool, TARGETS, how.target) if how.target else ("", None)
    if target is not None:
        _check_target(pool, target_name, target)
    counts = _graded(pool)
    ns = _sizes(sizes, counts)
    found = _read(pool, chosen, target, ns, how, Effort.for_problems(len(counts)))
    rows = [row for exam, tally in found.items() for row in exam_rows(exam, tally, chosen, against.name, how.effective)]
    return Evaluation(corrected(rows, chosen), against.name, target_name, pool.samples - sum(counts))


def tallies(pool: Pool, chosen: Sequence[Selected], seed: int = 0) -> dict[Exam, Tally]:
    """What each selection makes of a power of two of samples, problem by problem.

    Raises:
        InvalidInputError: if the pool has no grades.
        StoreError: if the pool cannot be read.
    """
    counts = _graded(pool)
    return _read(pool, chosen, None, _sizes((), counts), Settings(seed), Effort.for_problems(len(counts)))


def _graded(pool: Pool) -> list[int]:
    counts = [count for one in contents(pool) for count in one.graded if count]
    if not counts:
        raise InvalidInputError(f"{pool.path} has no graded samples: its column correct is missing or has no value")
    return counts


def _read(
    pool: Pool, chosen: Sequence[Selected], target: Target | None, ns: Sequence[int], how: Settings, effort: Effort
) -> dict[Exam, Tally]:
    selections = [one.selection for one in chosen]
    found: dict[Exam, Tally] = {}
    tables: dict[tuple[int, int], FloatArray] = {}
    for problem in pool.problems(_columns(pool, chosen, target)):
        samples = GradedSamples.of(problem)
        if not len(samples):
            continue
        exam = Exam(problem.task, problem.level, problem.model)
        if exam not in found:
            found[exam] = Tally(selections, ns, how.share_prompt)
        rng = generator_of(how.seed, *problem.key)
        source: Source
        effective = None
        if target is None:
            source = Shuffles(samples, rng, tables, effort)
            enough = [n <= len(samples) for n in ns]
        else:
            logs = target.log_weights(samples.samples)
            known = bool(np.isfinite(logs).all())
            effective = effective_sample_size(logs) if known else 0.0
            weights = normalise_log_weights(logs if known else np.zeros(len(logs))).weights
            samples = replace(samples, mass=weights)
            source = Weighted(samples, rng, effort)
            enough = [True for _ in ns]
        found[exam].add(samples, source, enough, effective)
    return found


def _columns(pool: Pool, chosen: Sequence[Selected], target: Target | None) -> list[str]:
    found = {"correct", "prompt_tokens", "completion_tokens", "dollars", "flops", "seconds"}
    found.add("vote" if "vote" in pool.known_columns else "value")
    found.update(target.columns if target else ())
    for one in chosen:
        info = one.selection.info
        found.update(info.columns, info.also)
        if info.verifier:
            found.add(f"{VERIFIER_TOKENS}{info.verifier}")
    return sorted(found)


def _check_target(pool: Pool, name: str, target: Target) -> None:
    target.check(pool.manifest)
    missing = [column for column in target.columns if column not in pool.known_columns]
    if missing:
        raise InvalidInputError(f"{name} needs the column {', '.join(missing)}, which {pool.path} does not have")


def _sizes(given: Sequence[int], counts: Sequence[int]) -> list[int]:
    if not given:
        fewest = min(counts)
        return sorted({fewest, *(1 << power for power in range(fewest.bit_length()))})
    for n in given:
        if not 1 <= n <= max(counts):
            raise InvalidInputError(
                f"n must be from 1 to {max(counts)}, the most graded samples that a problem has; got {n}"
            )
    return sorted(set(given))
