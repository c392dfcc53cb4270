"""``outlay protocol`` from end to end: one small run read by every protocol, and mistakes told in one message."""

from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Outlay

EXPERIMENT = """
name = "small | run"
questions = 4
tasks = [{name = "chain", level = 1}]
models = ["simulated(pass_rate=0.4)", "simulated(pass_rate=0.8)"]
strategies = ["self_consistency(n=3)", "best_of_n(n=3)"]
[ablation]
temperature = [1.0, 0.5]
verifier = ["exact", "noisy(of=exact)"]
"""
SMALL, LARGE = (f"sampled(of=simulated(pass_rate={rate}), temperature=1.0)" for rate in (0.4, 0.8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("protocol")


@pytest.fixture
def run(outlay: Outlay, folder: Path) -> Path:
    if not (folder / "run").exists():
        (folder / "small.toml").write_text(EXPERIMENT)
        assert outlay("bench", folder / "small.toml", "--out", folder / "run").code == 0
    return folder / "run"


def shown(ended: Ended, run: Path, name: str) -> str:
    """What was printed, once the page and its tables are there."""
    assert ended.code == 0, ended.err
    assert all(len(line) <= 80 for line in ended.out.splitlines() if not line.startswith("page: "))
    page, table = (run / f"{name}.html").read_text(), (run / f"{name}.md").read_text()
    assert "default-src 'none'" in page
    assert "://" not in page
    assert "small | run" in table.splitlines()[0] or name == "match"
    widths = {line.count("|") - line.count("\\|") for line in table.splitlines() if line.startswith("|")}
    assert len(widths) == 1 or name == "anytime"
    return ended.out


def test_every_protocol_reads_the_run(outlay: Outlay, run: Path) -> None:
    assert "Tokens to a target" in shown(outlay("protocol", "anytime", run, "--target", 0.5), run, "anytime")
    assert "best" in shown(outlay("protocol", "repeat", run), run, "repeat")
    told = shown(outlay("protocol", "ablate", run), run, "ablate")
    assert "temperature: 0.5" in told
    assert "verifier: noisy(of=exact)" in told
    assert "sequential" in shown(outlay("protocol", "steps", run), run, "steps")
    weights = ("--small-parameters", 1e6, "--large-parameters", 3e6)
    ended = outlay("protocol", "match", run, "--small", SMALL, "--large", LARGE, *weights)
    assert "Inference FLOPs alone" in shown(ended, run, "match")


def test_a_model_is_timed_and_its_timing_applied(outlay: Outlay, run: Path, folder: Path) -> None:
    timing = folder / "timing.json"
    ended = outlay("models", "time", "pocket", "--prompts", "2,6", "--outputs", "1,6", "--repeats", 1, "--out", timing)
    assert ended.code == 0, ended.err
    assert "ms a token" in ended.out
    failed = outlay("protocol", "runtime", run, "--timing", timing)
    assert failed.code == 2
    assert "was not timed; run  outlay models time" in failed.err
    renamed = [folder / f"{rate}.json" for rate in (0.4, 0.8)]
    for path in renamed:
        path.write_text(timing.read_text().replace('"pocket"', f'"simulated(pass_rate={path.stem})"'))
    ended = outlay("protocol", "runtime", run, "--timing", renamed[0], "--timing", renamed[1], "--price", 2)
    assert "Dollars: in turn" in " ".join(shown(ended, run, "runtime").split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("anytime", "nowhere"), "there are no results in 'nowhere'"),
        (("anytime", "RUN", "--target", "2"), "target must be above 0 and at most 1"),
        (("match", "RUN", "--small", "simulated", "--large", "nothing"), "unknown model 'nothing'"),
        (("runtime", "RUN", "--timing", "nowhere.json"), "is no timing"),
    ],
)
def test_mistakes_are_told_in_one_message(outlay: Outlay, run: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = outlay("protocol", *(str(run) if word == "RUN" else word for word in arguments))
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.startswith("outlay: ")


@pytest.mark.parametrize("wrong", ["--prompts=a,b", "--prompts=5", "--repeats=0"])
def test_a_probe_that_cannot_tell_is_refused(outlay: Outlay, tmp_path: Path, wrong: str) -> None:
    ended = outlay("models", "time", "pocket", "--out", tmp_path / "t.json", wrong)
    assert ended.code == 2
    assert ended.err.startswith("outlay: ")
