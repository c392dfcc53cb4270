"""``outlay report`` and ``outlay view`` on the command line: what they print, what they refuse."""

from pathlib import Path

from tests.bench.stored import Made, write_run
from tests.cli.conftest import Outlay


def test_two_runs_are_compared_in_the_terminal_and_on_a_page(tmp_path: Path, outlay: Outlay) -> None:
    a = write_run(tmp_path / "a", {"draw": {i: Made(i < 2, 100) for i in range(6)}})
    b = write_run(tmp_path / "b", {"draw": {i: Made(i < 5, 50) for i in range(6)}})
    ended = outlay("report", a, b, "--out", tmp_path / "both.html")
    assert ended.code == 0
    assert "b against a" in ended.out
    line = next(line.strip() for line in ended.out.splitlines() if line.strip().startswith("draw"))
    assert line.split()[:2] == ["draw", "6"]
    assert "+50.0 [-7, +107]" in line
    assert line.endswith("0.50 [0.50, 0.50]")
    assert all(len(line) <= 80 for line in ended.out.splitlines() if not line.startswith("comparison:"))
    assert "b against a" in (tmp_path / "both.html").read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_a_message(tmp_path: Path, outlay: Outlay) -> None:
    a = write_run(tmp_path / "a", {"draw": {0: Made(True)}})
    b = write_run(tmp_path / "b", {"draw": {0: Made(True)}}, task="chain")
    for arguments, said in (
        ((a, b), "share nothing that can be compared"),
        ((a, tmp_path / "c"), "there are no results in"),
        ((a, a), "with itself"),
        ((a, "--out", tmp_path / "x.html"), "--out is for comparisons"),
    ):
        ended = outlay("report", *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err


def test_a_report_is_not_shown_to_other_machines_by_accident(tmp_path: Path, outlay: Outlay) -> None:
    run = write_run(tmp_path / "a", {"draw": {0: Made(True)}})
    ended = outlay("view", run, "--host", "0.0.0.0")
    assert ended.code == 2
    assert "--expose" in ended.err
    ended = outlay("view", tmp_path / "nothing")
    assert ended.code == 2
    assert "there are no results in" in ended.err
