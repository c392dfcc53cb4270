"""A pool is what its model says, in the order of the seeds, however it was drawn and however often it was killed."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.bench.pooling.independent_samples import IndependentSamples
from outlay.bench.pooling.rows import step_tokens
from outlay.bench.pooling.sampling import Sampling, collect, sampling_parts
from outlay.bench.runner import Progress, run
from outlay.bench.store import DATABASE
from outlay.core.errors import InvalidSettingError
from outlay.core.problem import StepRule
from outlay.core.trajectory import Trajectory
from outlay.pools import Pool, ProblemSamples
from outlay.testing import World
from tests.bench.fakes import Dice, receipts, sum_problem
from tests.bench.pooling.parts import PARTS, calls

ROOT = Path(__file__).parents[3]


def drawn(
    sampling: Sampling, folder: Path, keep: bool = False, **options: Any
) -> tuple[list[ProblemSamples], Progress]:
    async def all_of_it() -> tuple[list[ProblemSamples], Progress]:
        ended = await run(sampling.experiment(PARTS), sampling_parts(PARTS), folder, **options)
        return [one async for one in collect(sampling, PARTS, folder, keep)], ended

    return anyio.run(all_of_it)


def sums(n: int = 5, model: str = "dice", **changes: Any) -> Sampling:
    draw = IndependentSamples(n, **{key: changes.pop(key) for key in ("temperature", "batch") if key in changes})
    return Sampling("sums", 2, model, draw, **{"questions": 3, **changes})


def test_all_that_is_known_of_a_sample_is_in_its_row(tmp_path: Path) -> None:
    problems, ended = drawn(sums(n=5, batch=2), tmp_path, keep=True)
    assert [one.problem for one in problems] == ["sums/2/0", "sums/2/1", "sums/2/2"]
    assert ended.paid.samples == 15
    for one in problems:
        assert (one.task, one.level, one.model, len(one)) == ("sums", 2, "dice", 5)
        a, b = map(int, str(one.question).split("+"))
        right = [value == str(a + b) for value in one.value or []]
        assert one.correct.tolist() == right  # type: ignore[union-attr]
        assert all(one.value[vote] == value for vote, value in zip(one.vote, one.value, strict=True))  # type: ignore[arg-type,index]
        assert one.finish == ["end"] * 5
        # Three calls of a prompt, whose length is that of one.
        assert set(one.prompt_tokens.tolist()) == {len(str(one.question))}  # type: ignore[union-attr]
        tokens = one.completion_tokens
        assert tokens is not None
        assert set(tokens.tolist()) <= set(range(5, 12))
        np.testing.assert_allclose(one.dollars, tokens * 8e-6)  # type: ignore[arg-type]
        np.testing.assert_allclose(one.flops, tokens * 20)  # type: ignore[arg-type]
        assert (one.seconds > 0).all()  # type: ignore[operator]
        assert one.logprob.tolist() == [-0.5] * 5  # type: ignore[union-attr]
        assert [row.tolist() for row in one.token_logprobs or () if row is not None] == [[-0.5]] * 5
        assert [row.sum() for row in one.step_tokens or () if row is not None] == tokens.tolist()


def test_samples_stand_in_the_order_of_their_seeds_and_not_of_their_ends(tmp_path: Path) -> None:
    sampling = sums(n=9, batch=4, temperature=0.5, seed=3)
    problems, _ = drawn(sampling, tmp_path / "run")
    assert problems[0].token_logprobs is None
    trials = {one.question: one for one in problems}

    async def by_hand() -> None:
        from outlay.bench.grid import expand  # noqa: PLC0415

        for trial in expand(sampling.experiment(PARTS), sampling_parts(PARTS)):
            world = World(trial.problem, Dice())
            plain = world.run()
            plain.rng = trial.rng()
            found = {index: one.text async for index, one in sampling.draw.draw(trial.problem, plain)}
            assert trials[trial.problem.messages[-1].content].text == [found[index] for index in range(9)]

    anyio.run(by_hand)
    again, _ = drawn(sums(n=9, batch=4, temperature=0.5, seed=3, concurrency=1), tmp_path / "other")
    assert [one.text for one in again] == [one.text for one in problems]
    lengths = [len(text or "") for one in problems for text in one.text or ()]
    assert lengths != sorted(lengths)


def test_questions_that_failed_are_left_out_until_they_are_asked_again(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    sampling = sums(model=f"dice(broken='{broken}')", questions=8)
    problems, ended = drawn(sampling, tmp_path / "run")
    assert 0 < len(problems) == ended.done < 8
    broken.unlink()
    problems, ended = drawn(sampling, tmp_path / "run", retry_failed=True)
    assert len(problems) == ended.done == 8


def test_a_listed_task_has_all_its_questions(tmp_path: Path) -> None:
    (tmp_path / "sums.txt").write_text("1 2\n3 4\n")
    sampling = Sampling(f"listed(path='{tmp_path}/sums.txt')", None, "dice", IndependentSamples(2))
    problems, _ = drawn(sampling, tmp_path / "run")
    assert [(one.problem, one.level) for one in problems] == [("sum/1/2", 0), ("sum/3/4", 0)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n": 0}, "n=0 is not valid"),
        ({"batch": 0}, "batch=0 is not valid"),
        ({"temperature": -1.0}, "temperature=-1.0 is not valid"),
        ({"questions": 0}, "questions=0 is not valid"),
        ({"concurrency": 0}, "concurrency=0 is not valid"),
        ({"seed": -1}, "seed=-1 is not valid"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSettingError, match=said):
        sums(**settings)


@given(st.text("ab\n", max_size=30), st.integers(0, 60))
def test_step_tokens_add_up(text: str, tokens: int) -> None:
    steps = StepRule().split(text)
    found = step_tokens(StepRule(), text, tokens)
    assert sum(found) == tokens
    assert min(found, default=0) >= 0
    if steps:
        assert len(found) == len(steps)
    if tokens == len(text):
        assert found == [len(step) for step in steps]
    if steps and tokens == len(text) + 1:
        assert found == [*(len(step) for step in steps[:-1]), len(steps[-1]) + 1]


@contextmanager
def process(*arguments: Path) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.pooling.worker", *map(str, arguments)], cwd=ROOT, start_new_session=True
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.kill(started.pid, signal.SIGKILL)
        started.wait()


def recorded(folder: Path) -> tuple[set[str], int]:
    """Texts of the samples on disk, and how many batches of verdicts are."""
    texts: set[str] = set()
    verdicts = 0
    if (folder / DATABASE).exists():
        with closing(sqlite3.connect(folder / DATABASE)) as connection:
            texts = {row[0] for row in connection.execute("select text from samples")}
    if (folder / "verdicts.sqlite").exists():
        with closing(sqlite3.connect(folder / "verdicts.sqlite")) as connection, connection:
            try:
                verdicts = connection.execute("select count(*) from verdicts").fetchone()[0]
            except sqlite3.OperationalError:
                verdicts = 0
    return texts, verdicts


def test_killed_with_signal_9_the_same_command_goes_on_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    folder, dice, judge = tmp_path / "run", tmp_path / "dice", tmp_path / "judge"
    dice.touch()
    rng = random.Random(5)  # noqa: S311
    kills = 0
    while kills < 7:
        signed, verdicts = len(receipts(dice)), len(calls(judge))
        texts, _ = recorded(folder)
        with process(folder, dice, judge) as running:
            until = (signed + rng.randrange(8, 20), verdicts + rng.randrange(2, 5))
            while running.poll() is None and len(receipts(dice)) < until[0] and len(calls(judge)) < until[1]:
                time.sleep(0.001)
            ended = running.poll() is not None
        assert not texts & set(receipts(dice)[signed:]), "a recorded sample was asked for again"
        if ended:
            break
        kills += 1
    assert kills >= 3
    with process(folder, dice, judge) as running:
        assert running.wait(timeout=60) == 0

    whole = tmp_path / "whole"
    other_dice, other_judge = tmp_path / "other dice", tmp_path / "other judge"
    other_dice.touch()
    with process(whole, other_dice, other_judge) as running:
        assert running.wait(timeout=60) == 0
    broken, unbroken = (list(Pool.open(one / "pool.parquet").problems()) for one in (folder, whole))
    for one, other in zip(broken, unbroken, strict=True):
        assert (one.problem, one.text, one.value) == (other.problem, other.text, other.value)
        for name in ("vote", "correct", "prompt_tokens", "completion_tokens", "dollars", "logprob"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(one.scores["signing"], other.scores["signing"])
        np.testing.assert_array_equal(one.verifier_tokens["signing"], other.verifier_tokens["signing"])
    assert set(receipts(dice)) == set(receipts(other_dice))
    # At most what was under way at each kill: three questions of four samples, and two verdicts on a question.
    assert len(receipts(dice)) - len(receipts(other_dice)) <= kills * 3 * 4
    assert len(calls(judge)) - len(calls(other_judge)) <= kills * 2


def test_a_trajectory_of_the_bare_problem_is_what_is_drawn() -> None:
    async def ask() -> list[Trajectory]:
        plain = World(sum_problem(1, 2), Dice()).run()
        return [one async for _, one in IndependentSamples(3, batch=2).draw(sum_problem(1, 2), plain)]

    assert [one.depth for one in anyio.run(ask)] == [1, 1, 1]
