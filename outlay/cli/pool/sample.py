"""``outlay pool sample``: n independent samples of each question, on disk as they come."""

from pathlib import Path
from typing import Annotated

import anyio
import typer

from outlay.bench.grid import expand
from outlay.bench.pooling.independent_samples import IndependentSamples
from outlay.bench.pooling.judging import require_model
from outlay.bench.pooling.sampling import Sampling, collect, sampling_parts
from outlay.bench.pooling.verdict_log import open_verdicts
from outlay.bench.progress import Progress
from outlay.bench.runner import run
from outlay.cli.parts import PARTS
from outlay.cli.pool.judge import built_verifiers, judge_pool
from outlay.cli.pool.target import require_file
from outlay.cli.progress import display
from outlay.core.errors import InvalidInputError
from outlay.pools import Pool, PoolWriter

SAMPLES, VERDICTS = "samples.parquet", "verdicts.sqlite"
"""In the folder beside the pool: the samples before anybody has judged them, and the verdicts as they came."""


def sample(
    task: Annotated[str, typer.Option(help="Whose questions are asked; see: outlay tasks list")],
    out: Annotated[Path, typer.Option(help="The pool to write, a Parquet file; its journal is a folder beside it.")],
    number: Annotated[int, typer.Option("--n", help="Samples of each question.")] = 64,
    model: Annotated[str, typer.Option(help="Who answers; see: outlay models list")] = "pocket",
    level: Annotated[int | None, typer.Option(help="The task's level; 1 if left out.", show_default=False)] = None,
    questions: Annotated[
        int | None, typer.Option(help="How many; all of a file, 100 of a generated task.", show_default=False)
    ] = None,
    verifier: Annotated[
        list[str] | None, typer.Option(help="Who judges every sample; may be repeated. See: outlay verifiers list")
    ] = None,
    temperature: Annotated[float, typer.Option(help="Of sampling.")] = 1.0,
    top_p: Annotated[float, typer.Option(help="Nucleus of sampling.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
    concurrency: Annotated[int, typer.Option(help="Questions at a time.")] = 4,
    batch: Annotated[int, typer.Option(help="Samples asked for in one call, which pays the prompt once.")] = 64,
    keep_logprobs: Annotated[
        bool, typer.Option("--keep-logprobs", help="Keep the log-probability of each token, besides their sum.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask questions again that failed before.")
    ] = False,
) -> None:
    """Draw samples for a pool; killed at any moment, the same command goes on and pays for nothing twice."""
    sampling = Sampling(
        task, level, model, IndependentSamples(number, temperature, top_p, batch), questions, seed, concurrency
    )
    experiment, parts = sampling.experiment(PARTS), sampling_parts(PARTS)
    judges = built_verifiers(verifier or [])
    require_file(out)
    first = expand(experiment, parts)[0]
    for name, judge in judges.items():
        # Nothing is to be paid for samples that could not be judged.
        require_model(name, judge, first.model)
        judge.require(first.problem)
    folder = out.with_name(f"{out.name}.run")
    with display(quiet=False) as shown:
        ended = anyio.run(lambda: run(experiment, parts, folder, progress=shown.show, retry_failed=retry_failed))
    if not ended.done:
        raise InvalidInputError(f"no question could be sampled; the last failed with: {ended.cause}")
    drawn = folder / SAMPLES if judges else out
    anyio.run(_write, sampling, folder, drawn, keep_logprobs)
    if judges:
        with open_verdicts(folder / VERDICTS) as log:
            judge_pool(judges, Pool.open(drawn), out, model, log, concurrency)
    _tell(ended, out)


async def _write(sampling: Sampling, folder: Path, out: Path, keep_logprobs: bool) -> None:
    with PoolWriter(out, sampling.manifest) as writer:
        async for problem in collect(sampling, PARTS, folder, keep_logprobs):
            writer.write(problem)


def _tell(ended: Progress, out: Path) -> None:
    pool = Pool.open(out)
    dollars = f", ${ended.paid.dollars:.4f}" if ended.paid.dollars else ""
    typer.echo(f"{pool.samples:,} samples of {pool.problem_count:,} problems: {out}")
    typer.echo(f"paid now: {ended.paid.tokens:,} tokens{dollars}", err=True)
    if ended.failed:
        typer.echo(
            f"{ended.failed} questions failed and are not in it, the last with: {ended.cause}; "
            "to ask them again, add --retry-failed",
            err=True,
        )
        raise typer.Exit(1)
