"""A search is resumable, keeps its total, stops what is beaten, and listens to a model only where it makes sense."""

from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import numpy as np
import pytest

from outlay.bench.store import read_store
from outlay.cli.parts import PARTS
from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.core.model import LanguageModel
from outlay.testing.scripted import ScriptedModel
from outlay.tune.front import chosen, measure_again, strategy_file
from outlay.tune.loop import Loop, Told
from outlay.tune.measured import RESULTS, Measured, blocks
from outlay.tune.plan import load_search
from outlay.tune.proposer import propose, read
from outlay.tune.pruning import beaten_by
from outlay.tune.study import earlier_front, enqueue, finished, open_study
from tests.cli.conftest import Outlay

pytestmark = pytest.mark.anyio

FILE = """
name = "demo"
tasks = [{name = "countdown", level = 1}]
models = ["simulated(pass_rate=0.5)", "simulated(pass_rate=0.2)"]
verifiers = ["exact"]
questions = 9
held_out = 6
trials = 4
start = ["greedy"]
space = ["greedy", {name = "best_of_n", n = {from = 1, to = 6}}, {name = "self_consistency", n = [1, 2, 4]}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "search.toml"
    path.write_text(FILE)
    return path


def loop_of(
    file: Path, out: Path, sink: Callable[[Told], None] = lambda _: None, model: LanguageModel | None = None
) -> Loop:
    search = load_search(file, PARTS)
    return Loop(search, PARTS, out, open_study(out, search.name), sink, model)


def rewrite(file: Path, text: str) -> None:
    file.write_text(text)


def told(loop: Loop) -> list[tuple[object, ...]]:
    return [(one.params, one.values, one.user_attrs["right"]) for one in finished(loop.study)]


async def test_a_search_that_was_killed_comes_to_the_same_and_pays_nothing_twice(file: Path, tmp_path: Path) -> None:
    whole = loop_of(file, tmp_path / "whole")
    await whole.run()
    killed = 0
    while killed < 20:
        with anyio.CancelScope() as scope:

            def kill(ended: Told, scope: anyio.CancelScope = scope, odd: int = killed % 2) -> None:
                if ended.number % 2 == odd:
                    scope.cancel()

            await loop_of(file, tmp_path / "killed", kill).run()
        killed += 1
        if not scope.cancelled_caught:
            break
    resumed = loop_of(file, tmp_path / "killed")
    assert 1 < killed < 20
    assert told(resumed) == told(whole)
    with read_store(tmp_path / "whole" / RESULTS) as one, read_store(tmp_path / "killed" / RESULTS) as other:
        assert one.charged().tokens == other.charged().tokens


async def test_the_total_ends_a_search_and_a_larger_one_goes_on(file: Path, tmp_path: Path) -> None:
    rewrite(file, FILE + '\ntotal = "tokens=450"\n')
    poor = loop_of(file, tmp_path / "out")
    await poor.run()
    assert poor.spent_out
    with read_store(tmp_path / "out" / RESULTS) as store:
        assert store.charged().tokens <= 450
    before = len(finished(poor.study))
    rewrite(file, FILE)
    rich = loop_of(file, tmp_path / "out")
    await rich.run()
    assert before < len(finished(rich.study)) == 4
    assert not rich.spent_out


async def test_a_model_proposes_and_what_makes_no_sense_is_counted(file: Path, tmp_path: Path) -> None:
    said = iter(["next: best_of_n(n=__import__('os'))", "let me think.\nNext: `self_consistency(n=4)`"])
    model = ScriptedModel(lambda _messages, _rng: next(said))
    loop = loop_of(file, tmp_path / "out", model=model)
    await loop.run()
    assert loop.study.user_attrs["proposals"] == {"accepted": 1, "refused": 1}
    assert "cannot read" in loop.study.user_attrs["last_refusal"]
    proposed = [one for one in finished(loop.study) if one.user_attrs.get("proposed_by") == "scripted"]
    assert [one.user_attrs["strategy"] for one in proposed] == ["self_consistency(n=4)"]
    assert loop.study.user_attrs["proposals_cost"]["prompt_tokens"] > 100


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("best_of_n(n=2)", "begins with next:"),
        ("next: mcts", "not in the space"),
        ("next: best_of_n(n=99)", "n must be"),
        ("next: " + "(" * 900, "cannot read"),
        ("next: " + "x" * 2000, "longer than"),
    ],
)
def test_a_reply_is_parsed_and_never_more(file: Path, reply: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read(reply, load_search(file, PARTS).space)


async def test_what_was_tried_before_or_cannot_be_paid_is_refused(file: Path) -> None:
    space = load_search(file, PARTS).space
    model = ScriptedModel(lambda _messages, _rng: "next: greedy")
    again = await propose(model, space, [], [{"strategy": "greedy", "model": "m"}], Budget(), 0)
    assert (again.params, again.why) == (None, "it was tried before")
    poor = await propose(model, space, [], [], Budget(tokens=3), 0)
    assert (poor.params, poor.cost.tokens) == (None, 0)


def test_a_trial_is_stopped_by_a_better_rival_that_costs_no_more() -> None:
    def measured(right: Sequence[float], tokens: float) -> Measured:
        return Measured(np.array(right, np.float64), np.full(len(right), tokens))

    bad, good = [0.0] * 12, [1.0] * 24
    assert beaten_by(measured(bad, 9), [measured(good, 8)], 0.05) == 0
    assert beaten_by(measured(bad, 9), [measured(good, 10)], 0.05) is None
    assert beaten_by(measured(bad[:2], 9), [measured(good, 8)], 0.05) is None
    assert beaten_by(measured([np.nan] * 8, np.nan), [measured(good, 8)], 0.05) is None
    assert list(blocks(30)) == [8, 16, 30]
    assert list(blocks(5)) == [5]


def test_results_survive_the_study() -> None:
    found = Measured(np.array([1, 0, np.nan]), np.array([5, 7, np.nan]))
    again = Measured.of(found.as_attributes())
    np.testing.assert_array_equal(again.right, found.right)
    np.testing.assert_array_equal(again.tokens, found.tokens)
    assert (found.accuracy, found.mean_tokens) == (0.5, 6.0)


async def test_the_front_is_measured_again_on_other_problems(file: Path, tmp_path: Path) -> None:
    loop = loop_of(file, tmp_path / "out")
    await loop.run()
    search = load_search(file, PARTS)
    front = await measure_again(search, chosen(loop.study), PARTS, tmp_path / "out")
    assert front
    assert all(row.questions == 6 and row.accuracy is not None for one in front for row in one.rows)
    with read_store(tmp_path / "out" / "held_out") as store:
        asked = {(trial.index, trial.cell.seed) for trial in store.trials()}
    assert asked == {(index, 1) for index in range(9, 15)}
    for one in front:
        path = tmp_path / "found.toml"
        path.write_text(strategy_file(one, search))
        assert str(PARTS.strategies.with_files(tmp_path).parse("found.toml")) == str(one.candidate.strategy)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"greedy", {', '"gredy", {', "did you mean 'greedy'"),
        ('start = ["greedy"]', 'start = ["best_of_n(n=7)"]', r"start\[0\]: .*n must be"),
        ("trials = 4", "trials = 0", "trials must be"),
        ("trials = 4", 'sampler = "tpa"', "did you mean 'tpe'"),
        ("trials = 4", "error = 2", "error must be"),
        ("trials = 4", "trails = 4", "did you mean 'trials'"),
        ('{name = "countdown", level = 1}', '{name = "countdown", level = 99}', "level"),
    ],
)
def test_a_file_with_a_mistake_is_refused(file: Path, old: str, new: str, said: str) -> None:
    file.write_text(FILE.replace(old, new))
    with pytest.raises(InvalidInputError, match=said):
        load_search(file, PARTS)


async def test_what_cannot_be_run_is_kept_as_impossible(file: Path, tmp_path: Path) -> None:
    rewrite(file, FILE.replace('"greedy", {', '"greedy", "self_refine", {').replace('["greedy"]', '["self_refine"]'))
    ends: list[str] = []
    loop = loop_of(file, tmp_path / "out", lambda one: ends.append(one.ending))
    await loop.run()
    assert "dialogue" in ends[0]
    assert len(ends) == 4


def test_the_command_searches_reports_and_warms_another(outlay: Outlay, file: Path, tmp_path: Path) -> None:
    file.write_text(FILE.replace("questions = 9", "questions = 4").replace("trials = 4", "trials = 2"))
    first = outlay("tune", file, "--out", tmp_path / "one", "--storage", "journal")
    assert (first.code, first.err.count("trial ")) == (0, 2)
    assert "winner's curse" in first.out
    assert (tmp_path / "one" / "study.log").is_file()
    found = outlay("tune", file, "--out", tmp_path / "two", "--warm-start", tmp_path / "one", "--sampler", "nsga")
    assert found.code == 0
    fronts = {one.user_attrs["strategy"] for one in earlier_front(tmp_path / "one")}
    tried = {one.user_attrs["strategy"] for one in finished(open_study(tmp_path / "two", "demo"))}
    assert tried & fronts
    spent = outlay("tune", file, "--out", tmp_path / "three", "--budget", "tokens=9", "--quiet")
    assert spent.code == 3
    assert "0 of 2 trials are done" in spent.err
    assert outlay("tune", file, "--out", tmp_path / "x", "--warm-start", tmp_path).code == 2
    assert outlay("tune", file, "--out", tmp_path / "x", "--storage", "redis").code == 2


def test_choices_may_be_queued_by_hand(tmp_path: Path) -> None:
    study = open_study(tmp_path, "mine")
    enqueue(study, {"strategy": "greedy"}, proposed_by="me")
    assert study.ask().suggest_categorical("strategy", ["greedy", "other"]) == "greedy"
