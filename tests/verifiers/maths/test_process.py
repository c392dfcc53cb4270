"""The worker against answers that mean harm, and against what can happen to a process."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.core.errors import InvalidSettingError, MissingExtraError, VerifierError
from outlay.verifiers.maths import process
from outlay.verifiers.maths.judge import LONGEST_ANSWER, MathsJudge
from outlay.verifiers.maths.process import Worker

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="the worker needs fork")]

SLOW = "9**9**9**9"
SHORT = 0.4
"""Seconds in which no machine works out ``SLOW``."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One worker for all tests, started again by those that kill it."""
    made = Worker()
    yield made
    made.close()


async def test_hostile_answers_get_no_pass_and_touch_nothing(worker: Worker, tmp_path: Path) -> None:
    made = tmp_path / "made"
    judge = MathsJudge(seconds=1, worker=worker)
    for answer in (
        f"__import__('os').system('touch {made}')",
        f"\\text{{__import__('os').system('touch {made}')}}",
        f"\\operatorname{{__import__}}('os').system('touch {made}')",
        f"open('{made}','w')",
        f"(lambda: open('{made}','w'))()",
        "().__class__.__base__.__subclasses__()",
        "x.__class__",
        "exec('1')",
        "eval(x)",
        "Symbol('x')",
        f"\\input{{{made}}}",
        f"\\write18{{touch {made}}}",
        "(" * 5000,
        "(" * 900 + "1" + ")" * 900,
        "9" * 1900,
        "1+" * 900 + "1",
        "{" * 30 + "}" * 30,
        "\\frac" * 200,
        "\\sqrt{" * 150 + "}" * 150,
        "-" * 1000 + "1",
        "x" * LONGEST_ANSWER,
        "\x00\ud800\uffff",
        "1e999999999",
        "factorial(10**9)",
        "\\begin{pmatrix}" * 50,
        "±" * 30,
    ):
        judgement = await judge.judge("x + 1", answer)
        assert judgement.passed is not True, answer
        assert judgement.score == 0
    assert not made.exists()
    assert (await judge.judge("x + 1", "1 + x")).passed is True


@pytest.mark.parametrize("answer", [SLOW, "9^{9^{9^{9}}}", "(10^9)!", r"\sum_{k=1}^{10^9} \frac{1}{k^2}"])
async def test_what_takes_too_long_is_not_judged_and_the_worker_lives(worker: Worker, answer: str) -> None:
    judgement = await MathsJudge(seconds=SHORT, worker=worker).judge("x + 1", answer)
    assert (judgement.passed, judgement.score) == (None, 0)
    before = worker.process_id
    assert (await MathsJudge(worker=worker).judge("x + 1", "1 + x")).passed is True
    assert worker.process_id == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit the address space")
async def test_what_takes_too_much_memory_is_not_judged(worker: Worker) -> None:
    judgement = await MathsJudge(seconds=60, memory=256, worker=worker).judge("x + 1", "2^{2^{2^{2^{2^{2}}}}}")
    assert judgement.passed is None
    assert "memory" in judgement.reason


async def test_a_worker_killed_in_the_middle_is_started_again(worker: Worker) -> None:
    assert (await MathsJudge(worker=worker).judge("x + 1", "1 + x")).passed is True
    first = worker.process_id
    assert first is not None
    found = []

    async def ask() -> None:
        found.append(await MathsJudge(seconds=2, worker=worker).judge("x + 1", SLOW))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.sleep(0.2)
        os.kill(first, signal.SIGKILL)
    assert found[0].passed is None
    assert worker.process_id not in {None, first}
    assert (await MathsJudge(worker=worker).judge("x + 1", "1 + x")).passed is True


async def test_a_worker_that_keeps_dying_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    script = "import os; os.write(1, b'\\0\\0\\0\\4\\0\\0\\0\\0'); os.read(0, 1)"
    monkeypatch.setattr(process, "_LAUNCH", script)
    judgement = await MathsJudge(worker=worker).judge("x + 1", "1 + x")
    assert (judgement.passed, judgement.reason) == (None, "the worker died twice")
    assert worker.process_id is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("pass", "its process died"),
        ("import os; m = b'no sympy'; os.write(1, b'\\0\\0\\0\\x0c\\0\\0\\0\\x08' + m)", "no sympy"),
    ],
)
async def test_a_worker_that_never_starts_is_an_error(monkeypatch: pytest.MonkeyPatch, script: str, said: str) -> None:
    monkeypatch.setattr(process, "_LAUNCH", script)
    with pytest.raises(VerifierError, match=f"did not start: {said}"):
        await MathsJudge().judge("x + 1", "1 + x")


async def test_a_worker_that_hangs_at_the_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LAUNCH", "import time; time.sleep(60)")
    monkeypatch.setattr(process, "START_SECONDS", 0.2)
    with pytest.raises(VerifierError, match=r"did not start within 0\.2 seconds"):
        await MathsJudge().judge("x + 1", "1 + x")


async def test_a_cancelled_comparison_leaves_nothing_behind(worker: Worker) -> None:
    await MathsJudge(worker=worker).judge("x + 1", "1 + x")
    process_id = worker.process_id
    assert process_id is not None
    with anyio.move_on_after(0.2) as scope:
        await MathsJudge(seconds=60, worker=worker).judge("x + 1", SLOW)
    assert scope.cancelled_caught
    assert worker.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    assert (await MathsJudge(worker=worker).judge("x + 1", "1 + x")).passed is True


async def test_many_at_once_get_their_own_verdicts(worker: Worker) -> None:
    judge = MathsJudge(seconds=SHORT * 10, worker=worker)
    answers = {f"{number} + x": number == 3 for number in range(12)}
    found: dict[str, bool | None] = {}

    async def ask(answer: str) -> None:
        found[answer] = (await judge.judge("x + 3", answer)).passed

    async with anyio.create_task_group() as group:
        for answer in answers:
            group.start_soon(ask, answer)
    assert found == answers


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_worker_inherits_no_secrets(worker: Worker) -> None:
    assert len(os.environ) > 1
    await MathsJudge(worker=worker).judge("x + 1", "1 + x")
    environment = await anyio.Path(f"/proc/{worker.process_id}/environ").read_bytes()
    assert environment == b"PYTHONHASHSEED=0\0"


@settings(max_examples=25)
@given(st.text("aé∞²½\x00\ud800 {}'()_.x9", max_size=40), st.text("0123456789xyi+-*/()[]{}=<>,.;|_\\ %$&", max_size=20))
def test_no_text_makes_the_judge_fail(worker: Worker, text: str, formula: str) -> None:
    judge = MathsJudge(seconds=2, worker=worker)

    async def ask() -> None:
        for one, other in ((text, formula), (formula, "x + 1"), (formula, formula)):
            judgement = await judge.judge(one, other)
            assert judgement.score == float(judgement.passed is True)
            assert one != other or judgement.passed is True

    anyio.run(ask)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seconds": 0.0}, "between 0.05 and 600"),
        ({"seconds": float("nan")}, "between 0.05 and 600"),
        ({"memory": 64}, "256"),
    ],
)
def test_limits_out_of_range_are_refused(settings: dict[str, float], said: str) -> None:
    with pytest.raises(InvalidSettingError, match=said):
        MathsJudge(**settings)  # type: ignore[arg-type]


def test_without_the_extra_the_message_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'outlay\[maths\]'"):
        MathsJudge()
