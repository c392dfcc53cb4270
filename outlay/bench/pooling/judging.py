"""Judging a pool: verifiers look at samples that are there already, and the pool gets columns for what they say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import numpy as np

from outlay.bench.grid import digest
from outlay.bench.pooling.asked import AskedAgain
from outlay.bench.pooling.verdict_log import KeptVerdict, VerdictLog
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, MissingCapabilityError, OutlayError
from outlay.core.ledger import Ledger
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.seeded import generator_of
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Verdict, Verifier
from outlay.pools.pool import Pool
from outlay.pools.problem_samples import ProblemSamples
from outlay.pools.ragged import Ragged
from outlay.pools.writer import PoolWriter

BATCH = 64
"""Samples that a verifier is asked about at once, unless it compares: then it is all of a problem."""


@dataclass(slots=True)
class Judged:
    """What became of judging.

    Attributes:
        verdicts: how many were given, those of earlier attempts included.
        unknown: samples that a verifier could not tell about.
        paid: verifier tokens that this attempt paid.
        refused: problems that lack what a verifier needs, and what that is for the first of each verifier.
        reasons: by verifier.
    """

    verdicts: int = 0
    unknown: int = 0
    paid: int = 0
    refused: int = 0
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges the samples of a pool.

    Attributes:
        verifiers: who judges, by the names of their columns.
        model: the run's own model, for verifiers that ask it.
        asked: finds the problems again.
        log: where verdicts are kept as they come.
        concurrency: problems at a time.
    """

    verifiers: Mapping[str, Verifier]
    model: LanguageModel
    asked: AskedAgain
    log: VerdictLog
    concurrency: int = 4

    async def judge(self, pool: Pool, out: Path, report: Callable[[int], None] | None = None) -> Judged:
        """Judge every sample that the log does not hold yet, then write the pool with all verdicts.

        Args:
            pool: the samples.
            out: where the judged pool is to be; may be the same file.
            report: told how many problems are done.

        Raises:
            InvalidInputError: if a verifier can judge none of the problems, or the pool has no texts.
            MissingCapabilityError: if the model cannot do what a verifier asks of it.
            VerifierError: if a verifier is broken; what it has said is kept.
            StoreError: if a file cannot be read or written.
        """
        for name, verifier in self.verifiers.items():
            require_model(name, verifier, self.model)
        if "text" not in pool.columns:
            raise InvalidInputError(f"{pool.path} holds no texts, so that nothing can be judged")
        found = Judged()
        await self._judge_all(pool.problems(), found, report)
        self._write(pool, out, found)
        return found

    async def _judge_all(
        self, problems: Iterator[ProblemSamples], found: Judged, report: Callable[[int], None] | None
    ) -> None:
        failures: list[OutlayError] = []
        done = 0

        async def work() -> None:
            nonlocal done
            try:
                for samples in problems:
                    if failures:
                        return
                    for name, verifier in self.verifiers.items():
                        await self._judge_problem(samples, name, verifier, found)
                    done += 1
                    if report:
                        report(done)
            except OutlayError as error:
                # Bare instead of in an exception group; what others have asked for is paid, so that it is awaited.
                failures.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(self.concurrency):
                group.start_soon(work)
        if failures:
            raise failures[0]

    async def _judge_problem(self, samples: ProblemSamples, name: str, verifier: Verifier, found: Judged) -> None:
        problem = self.asked.problem(samples)
        try:
            verifier.require(problem)
        except InvalidInputError as error:
            found.refused += 1
            found.reasons.setdefault(name, str(error))
            return
        run = Run(self.model, Ledger(), generator_of(name, problem.id))
        for part in _parts(samples, verifier):
            key = self._key(samples, name, verifier, part)
            if self.log.get(key) is not None:
                continue
            before = run.ledger.spent.verifier_tokens
            verdicts = await verifier.judge(problem, [_answer(problem, samples, index) for index in part], run)
            paid = run.ledger.spent.verifier_tokens - before
            self.log.add(key, _kept(verdicts, paid))
            found.paid += paid

    def _write(self, pool: Pool, out: Path, found: Judged) -> None:
        names = tuple(dict.fromkeys((*pool.verifiers, *self.verifiers)))
        with PoolWriter(out, replace(pool.manifest, created="", outlay=""), names) as writer:
            for samples in pool.problems():
                for name, verifier in self.verifiers.items():
                    samples = self._with_verdicts(samples, name, verifier, found)  # noqa: PLW2901
                writer.write(samples)
            if not found.verdicts:
                reasons = "; ".join(f"{name}: {reason}" for name, reason in found.reasons.items())
                raise InvalidInputError(f"no sample of {pool.path} can be judged; {reasons or 'none has a text'}")

    def _with_verdicts(self, samples: ProblemSamples, name: str, verifier: Verifier, found: Judged) -> ProblemSamples:
        kept: list[KeptVerdict | None] = [None] * len(samples)
        for part in _parts(samples, verifier):
            for index, verdict in zip(part, self.log.get(self._key(samples, name, verifier, part)) or (), strict=False):
                kept[index] = verdict
        told = [one for one in kept if one is not None]
        found.verdicts += len(told)
        found.unknown += sum(one.score is None for one in told)
        scores = np.array([np.nan if one is None or one.score is None else one.score for one in kept], np.float64)
        tokens = np.array([np.nan if one is None else one.tokens for one in kept], np.float64)
        steps = Ragged.of([None if one is None else one.steps for one in kept])
        return replace(
            samples,
            scores={**samples.scores, name: scores},
            step_scores={**samples.step_scores, name: steps},
            verifier_tokens={**samples.verifier_tokens, name: tokens},
        )

    def _key(self, samples: ProblemSamples, name: str, verifier: Verifier, part: Sequence[int]) -> str:
        """What a verdict depends on, as one short text."""
        asked = self.model.info.name if verifier.info.capabilities else ""
        texts, ends = samples.text or [], samples.finish or [None] * len(samples)
        answers = [[texts[index], ends[index]] for index in part]
        return digest([name, asked, list(samples.key), samples.question, samples.reference, answers])


def require_model(name: str, verifier: Verifier, model: LanguageModel) -> None:
    """Refuse a model that cannot do what a verifier asks of it.

    Raises:
        MissingCapabilityError: naming what is missing.
    """
    missing = verifier.info.capabilities - model.info.capabilities
    if missing:
        raise MissingCapabilityError(
            f"verifier {name!r}", " and ".join(sorted(missing)), f"model {model.info.name!r}",
            f"name another with --model, or for it alone, as in {name.partition('(')[0]}(model=pocket_dialogue)",
        )  # fmt: skip


def _parts(samples: ProblemSamples, verifier: Verifier) -> Iterator[list[int]]:
    """Which samples are judged by one call: those that have a text."""
    there = [index for index, text in enumerate(samples.text or ()) if text is not None]
    size = max(len(there), 1) if verifier.info.comparative else BATCH
    return (there[first : first + size] for first in range(0, len(there), size))


def _answer(problem: Problem, samples: ProblemSamples, index: int) -> Trajectory:
    """A sample as an answer of one step to its problem."""
    text = (samples.text or ())[index] or ""
    finish = samples.finish[index] if samples.finish is not None else None
    tokens = samples.completion_tokens[index] if samples.completion_tokens is not None else np.nan
    logprobs = samples.token_logprobs.row(index) if samples.token_logprobs is not None else None
    step = Step(
        text,
        logprobs=None if logprobs is None else tuple(logprobs.tolist()),
        cost=Cost(completion_tokens=0 if np.isnan(tokens) else int(tokens), samples=1),
    )
    return Trajectory(problem).extend(step, Finish.END if finish is None else Finish(finish))


def _kept(verdicts: Sequence[Verdict], paid: int) -> list[KeptVerdict]:
    """Verdicts with what each was paid; where they do not tell, what was paid for all is shared out."""
    tokens = [one.cost.verifier_tokens for one in verdicts]
    if sum(tokens) != paid:
        tokens = [paid * (i + 1) // len(verdicts) - paid * i // len(verdicts) for i in range(len(verdicts))]
    return [
        KeptVerdict(one.score if one.judged else None, one.step_scores, spent)
        for one, spent in zip(verdicts, tokens, strict=True)
    ]
