"""A probe finds the stated latency of a model and of a server on loopback, by a clock that only they put forward."""

import json
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from outlay.bench.protocols.timing import ProbePlan, TimedCall, fitted, probe, read_timing, write_timing
from outlay.core.cost import Cost
from outlay.core.errors import InvalidInputError, InvalidSettingError, ModelError
from outlay.core.model import Meter, ModelInfo, Sample, SampleRequest, Scored
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models.openai import OpenAIModel

CALL, PROMPT, OUTPUT = 0.25, 0.0005, 0.02
PLAN = ProbePlan((8, 64, 256), (1, 10, 40), 6)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Clock:
    """Stands still but for what is put on it: the stated latency, and now and then the time in a queue."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    busy: float = 0.5
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def serve(self, prompt: int, output: int) -> None:
        waited = self.rng.exponential(2.0) if self.rng.random() < self.busy else 0.0
        self.now += CALL + PROMPT * prompt + OUTPUT * output + waited


@dataclass(frozen=True)
class Timed:
    """Writes what it is asked for, but for one token fewer now and then, in the stated time."""

    clock: Clock
    most: int = 1000

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("timed")

    def bound(self, request: SampleRequest) -> Cost:
        return Cost()

    async def sample(self, request: SampleRequest, meter: Meter) -> AsyncIterator[Sample]:
        prompt = len(request.trajectory.problem.messages[-1].content.split())
        short = request.max_tokens > 1 and self.clock.rng.random() < 0.1
        output = min(request.max_tokens - short, self.most)
        self.clock.serve(prompt, output)
        meter(Cost(prompt_tokens=prompt, completion_tokens=output))
        yield Sample(0, Step("1"), Finish.LENGTH)

    async def score(self, trajectory: Trajectory, texts: Sequence[str], meter: Meter) -> list[Scored]:
        raise NotImplementedError


@pytest.mark.anyio
async def test_the_fastest_of_several_calls_gives_the_stated_constants() -> None:
    clock = Clock()
    told: list[int] = []
    found = await probe("timed", Timed(clock), PLAN, np.random.default_rng(2), clock, told.append)
    for interval, truth in zip((found.call, found.prompt, found.output), (CALL, PROMPT, OUTPUT), strict=True):
        assert interval.estimate == pytest.approx(truth, rel=1e-6)
        assert interval.low <= interval.estimate <= interval.high
    assert told == list(range(1, 3 * 3 * 6 + 1))
    assert found.seconds(1000, 50, 3) == pytest.approx(3 * CALL + 1000 * PROMPT + 50 * OUTPUT)


@pytest.mark.anyio
async def test_one_call_of_each_is_not_enough_on_a_busy_server() -> None:
    clock = Clock()
    found = await probe("timed", Timed(clock), replace(PLAN, repeats=1), np.random.default_rng(2), clock)
    assert found.deviation > 0.1


@pytest.mark.anyio
async def test_a_model_that_writes_next_to_nothing_cannot_be_timed() -> None:
    clock = Clock()
    with pytest.raises(ModelError, match=r"timed cannot be timed: it wrote \[1\] tokens"):
        await probe("timed", Timed(clock, most=1), PLAN, np.random.default_rng(2), clock)


@contextmanager
def serving(clock: Clock) -> Iterator[str]:
    """A chat server on loopback that puts its latency on the clock before it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            prompt, output = len(body["messages"][-1]["content"].split()), body["max_tokens"]
            clock.serve(prompt, output)
            choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "1 " * output}}
            usage = {"prompt_tokens": prompt, "completion_tokens": output}
            data = json.dumps({"choices": [choice], "usage": usage}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.anyio
async def test_a_server_on_loopback_is_timed_by_its_own_count_of_tokens() -> None:
    clock = Clock()
    with serving(clock) as url:
        model = OpenAIModel("m", base_url=url, stream=False)
        try:
            found = await probe("openai:m", model, PLAN, np.random.default_rng(3), clock)
        finally:
            await model.aclose()
    assert (found.call.estimate, found.prompt.estimate, found.output.estimate) == pytest.approx((CALL, PROMPT, OUTPUT))
    assert not found.estimated


def test_a_timing_survives_its_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    calls = [TimedCall(w, o, w + 3, o, 1 + w / 10 + o + float(rng.random())) for w in (1, 5) for o in (1, 9)]
    timing = fitted("m", calls)
    write_timing(timing, tmp_path / "t.json")
    assert read_timing(tmp_path / "t.json") == timing


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"call": 3, "prompt": [1, 1, 1], "output": [1, 1, 1], "calls": []}'])
def test_a_file_that_is_no_timing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match="outlay models time MODEL --out FILE"):
        read_timing(path)
    with pytest.raises(InvalidInputError, match="is no timing"):
        read_timing(tmp_path / "missing.json")


@pytest.mark.parametrize("settings", [{"prompts": (1,)}, {"outputs": (2, 2)}, {"prompts": (0, 1)}, {"repeats": 0}])
def test_a_plan_that_cannot_tell_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidSettingError, match="probe"):
        ProbePlan(**settings)  # type: ignore[arg-type]
