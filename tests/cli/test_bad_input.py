"""Every mistake of a user gets one message on standard error, exit code 2, and nothing on standard output."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Outlay

CHAIN = ("solve", "--task", "chain", "--model", "simulated")
EXPERIMENT = """
questions = 2
tasks = [{name = "chain", level = 1}]
models = ["simulated"]
strategies = ["greedy"]
"""


def check_refused(ended: Ended, *said: str) -> None:
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    for part in said:
        assert part in ended.err
    if ended.err.startswith("outlay: "):
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*CHAIN, "--strategy", "gredy"), "unknown strategy 'gredy'; did you mean 'greedy'?"),
        ((*CHAIN, "--model", "simulatd"), "unknown model 'simulatd'; did you mean 'simulated'?"),
        ((*CHAIN, "--strategy", "best_of_n(n=2)", "--verifier", "exat"), "'exat'; did you mean 'exact'?"),
        (("solve", "--task", "chian"), "unknown task 'chian'; did you mean 'chain'?"),
        ((*CHAIN, "--strategy", "best_of_n(m=3)"), "unknown setting of strategy best_of_n 'm'"),
        ((*CHAIN, "--strategy", "best_of_n(n=0)"), "best_of_n: n=0 is not valid; n must be 1 or above"),
        ((*CHAIN, "--strategy", "best_of_n(n=2.5)"), "n must be of type int or NoneType"),
        ((*CHAIN, "--strategy", "best_of_n(n=many)"), "n='many' is not valid"),
        ((*CHAIN, "--strategy", "greedy("), "cannot read 'greedy('"),
        ((*CHAIN, "--strategy", "__import__('os')"), "write NAME or NAME(setting=value, ...)"),
        ((*CHAIN, "--strategy", ""), "cannot read ''"),
        ((*CHAIN, "--strategy", "particle_filter(resampling=sistematic)"), "did you mean 'systematic'?"),
        ((*CHAIN, "--strategy", "self_consistency"), "it needs one: give n=16 or a budget"),
        ((*CHAIN, "--strategy", "beam_search", "--verifier", "exact"), "beam_search needs verdicts on steps"),
        ((*CHAIN, "--strategy", "best_of_n(n=2)", "--verifier", "tests"), "visible tests"),
        ((*CHAIN, "--model", "simulated(pass_rate=1.5)"), "pass_rate=1.5 is not valid"),
        ((*CHAIN, "--model", "simulated(speed=3)"), "unknown setting of model simulated 'speed'"),
        ((*CHAIN, "--model", "openai"), "model openai needs model=..."),
        ((*CHAIN, "--model", "openai(model=m, base_url='nowhere')"), "base_url must be an http or https URL"),
        ((*CHAIN, "--model", "replay(path='nowhere.jsonl')"), "there is no recording nowhere.jsonl"),
        ((*CHAIN, "--model", "pocket(path='nowhere')"), "nowhere/language_model.safetensors does not exist"),
        ((*CHAIN, "--budget", "tokens=0"), "tokens=0 is not valid; tokens must be above 0"),
        ((*CHAIN, "--budget", "tokens=-5"), "tokens=-5 is not valid"),
        ((*CHAIN, "--budget", "seconds=nan"), "seconds=nan is not valid"),
        ((*CHAIN, "--budget", "tokens=1.5"), "tokens must be a whole number above 0"),
        ((*CHAIN, "--budget", "tokens"), "'tokens' is not of the form tokens=NUMBER"),
        ((*CHAIN, "--budget", "tokens=many"), "is not of the form tokens=NUMBER"),
        ((*CHAIN, "--budget", "token=100"), "unknown budget limit 'token'; did you mean 'tokens'?"),
        ((*CHAIN, "--budget", "20000"), "unknown budget limit '20000'"),
        ((*CHAIN, "--level", 0), "task chain: level=0 is not valid; level must be from 1 to 6"),
        ((*CHAIN, "--level", 7), "level must be from 1 to 6"),
        (("solve", "2+2", "--level", 1), "--level goes with --task"),
        ((*CHAIN, "--seed", -1), "--seed must be 0 or above; got -1"),
        (("solve", "--task", "jsonl(path='nowhere.jsonl')"), "cannot read nowhere.jsonl"),
        (("solve", "--task", "jsonl"), "task jsonl needs path=..."),
        (("solve",), "give either a question"),
        (("solve", "why?", "--task", "chain"), "give either a question"),
        (("solve", "  "), "the question is empty"),
        (("solve", "why?", "--model", "simulated"), "model 'simulated' needs a reference with a known answer"),
        (("bench", "nowhere.toml", "--out", "out"), "cannot read the experiment file 'nowhere.toml'"),
        (("report", "nowhere"), "there are no results in 'nowhere'"),
        (("report", "."), "it has no file results.sqlite"),
        ((*CHAIN, "--colour"), "No such option"),
        ((*CHAIN, "--level", "high"), "'--level'"),
        (("bench",), "Missing argument"),
        (("bench", "e.toml", "--out", "out", "--executor", "rai"), "unknown executor 'rai'; did you mean 'ray'?"),
        (("bench", "e.toml", "--out", "out", "--workers", 2), "--workers goes with --executor ray"),
        (("bench", "e.toml", "--out", "out", "--executor", "ray", "--workers", 0), "workers must be 1 or above"),
        (("bench", "e.toml", "--out", "out", "--fail-under", "speed=1"), "unknown measure in --fail-under 'speed'"),
        (("slove",), "slove"),
        (("train", "reward", "--labels", "guessed"), "labels must be exact or rollouts"),
        (("train", "pocket", "--tokens", 0), "tokens must be 1 or above"),
        (("train", "pocket", "--size", "smal"), "did you mean 'small'"),
        (("train", "pocket", "--problems", 0), "problems must be 1 or above"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_message_and_exit_code_two(
    outlay: Outlay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    check_refused(outlay(*arguments), said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("calls.jsonl", b"not json\n"),
        ("calls.jsonl", b"\xff\xfe\n"),
        ("calls.jsonl", b""),
        ("calls.jsonl", b'{"key": "other", "value": 1}\n'),
    ],
)
def test_a_file_that_is_no_recording_is_refused(outlay: Outlay, tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    check_refused(outlay(*CHAIN, "--model", f"replay(path={str(file)!r})"), "is not a recording of a model")
    assert file.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"\n\n", b"not json", b"[]", b'{"question": "?"}', b"\xff"])
def test_a_file_without_questions_is_refused(outlay: Outlay, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(content)
    check_refused(outlay("solve", "--task", f"jsonl(path={str(file)!r})"), "task jsonl:", str(file))


def test_an_unreadable_model_folder_is_refused(outlay: Outlay, tmp_path: Path) -> None:
    for name in ("language_model.safetensors", "language_model.json"):
        (tmp_path / name).write_bytes(b"\xff\xff")
    check_refused(outlay(*CHAIN, "--model", f"pocket(path={str(tmp_path)!r})"), "is not a readable pocket model")


def test_a_question_the_pocket_model_cannot_read_names_the_characters(outlay: Outlay, pocket_folder: Path) -> None:
    ended = outlay("solve", "Why 3×4?", "--model", f"pocket(path={str(pocket_folder)!r})", "--json")
    check_refused(ended, "the pocket model cannot read 'W' '×'")


def test_a_results_folder_that_cannot_be_read_is_a_failure(outlay: Outlay, tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").write_bytes(b"no database" * 100)
    ended = outlay("report", tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("outlay: the results cannot be read or written")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("greedy", "gredy", "strategies[0]: unknown strategy 'gredy'; did you mean 'greedy'?"),
        ('"greedy"', '{strategy = "best_of_n(n=2)", verifier = "tests"}', "visible tests"),
        ("questions", "question", "unknown key in file.toml: 'question'; did you mean 'questions'?"),
        ("questions", "total = 5\nquestions", 'file.toml: total: must be a text such as "tokens=20000,seconds=5"'),
        ("questions", "concurrency = {chain = 2}\nquestions", "unknown model or server in concurrency: 'chain'"),
    ],
)
def test_a_wrong_experiment_is_refused_with_its_message_alone(
    outlay: Outlay, tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "file.toml"
    file.write_text(EXPERIMENT.replace(old, new))
    check_refused(outlay("bench", file, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


class Refusing(BaseHTTPRequestHandler):
    """Answers every request with 401."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"error": {"message": "Incorrect API key provided: sk-wrong"}}'
        self.send_response(401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in http.server)
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_a_refused_key_is_told_by_its_variable_and_never_shown(
    outlay: Outlay, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    ended = outlay("solve", "why?", "--model", f"openai(model=m, base_url={refusing!r})", "--json")
    check_refused(ended, "status 401", "environment variable OPENAI_API_KEY")
    assert "sk-wrong" not in ended.err
