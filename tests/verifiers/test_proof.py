"""The verifiers ``proof`` and ``proof_command``: each line of a proof is judged, or a program judges the whole."""

import os
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from outlay.core.errors import InvalidInputError, InvalidSettingError, MissingCapabilityError, VerifierError
from outlay.core.problem import Problem, Sequent
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.core.verifier import Judges, Verdict
from outlay.logic.errors import FormulaError
from outlay.strategies.parallel.best_of_n import BestOfN
from outlay.strategies.search.beam_search import BeamSearch
from outlay.tasks.exercise import ask, exercise
from outlay.tasks.proof import Proof as ProofTask
from outlay.testing import SMALL_PROBLEM, Branch, EnumerableModel, World, check_budget, check_determinism, small_model
from outlay.verifiers import VERIFIERS
from outlay.verifiers.proof import command
from outlay.verifiers.proof.command import ProofCommand, bare_proof
from outlay.verifiers.proof.verifier import Proof

pytestmark = pytest.mark.anyio

PROBLEM = replace(exercise(ProofTask(), 1, 0).problem, sequent=Sequent(("p -> q", "q -> r"), "p -> r"))
LINES = ["1. p -> q [premise]\n", "2. q -> r [premise]\n", "3. | p [assume]\n", "4. | q [->E 1, 3]\n",
         "5. | r [->E 2, 4]\n", "6. p -> r [->I 3-5]"]  # fmt: skip


def answer(text: str, finish: Finish = Finish.END, problem: Problem = PROBLEM) -> Trajectory:
    return Trajectory(problem).extend(Step(text), finish)


def run_of(problem: Problem = PROBLEM) -> Run:
    return World(problem, small_model()).run()


async def verdict(text: str, finish: Finish = Finish.END) -> Verdict:
    run = run_of()
    (found,) = await Proof().judge(PROBLEM, [answer(text, finish)], run)
    assert run.ledger.spent.calls == 0
    return found


async def test_a_proof_passes_with_all_its_steps() -> None:
    assert await verdict("".join(LINES)) == Verdict(1.0, (1.0,) * 6, "all 6 lines are right")
    assert Proof().info.judges is Judges.STEPS


@pytest.mark.parametrize("wrong", range(6))
async def test_steps_are_right_up_to_the_first_wrong_line(wrong: int) -> None:
    lines = [*LINES[:wrong], f"{wrong + 1}. r & s [->E 1, 2]\n", *LINES[wrong + 1 :]]
    found = await verdict("".join(lines))
    assert (found.score, found.step_scores) == (0.0, (*(1.0,) * wrong, *(0.0,) * (6 - wrong)))
    assert found.evidence.startswith(f"line {wrong + 1}")


async def test_a_partial_proof_is_as_good_as_its_last_line() -> None:
    for count in range(1, 7):
        found = await verdict("".join(LINES[:count]), Finish.STEP)
        assert (found.score, found.step_scores) == (1.0, (1.0,) * count)
    assert (await verdict(LINES[0] + "2. q -> ", Finish.STEP)).step_scores == (1.0, 0.0)
    (root,) = await Proof().judge(PROBLEM, [Trajectory(PROBLEM)], run_of())
    assert root.score == 0.0


async def test_what_ends_before_the_conclusion_or_was_cut_fails() -> None:
    short = await verdict("".join(LINES[:5]))
    assert (short.score, short.step_scores) == (0.0, (1.0, 1.0, 1.0, 1.0, 0.0))
    assert short.evidence == "all 5 lines are right, but the last is not the conclusion"
    assert (await verdict("".join(LINES), Finish.LENGTH)).score == 0.0
    assert (await verdict("")).score == 0.0
    assert (await verdict("the proof is clear")).score == 0.0


async def test_a_verdict_does_not_depend_on_the_rest_of_the_batch() -> None:
    texts = ["".join(LINES[:n]) for n in range(7)]
    together = await Proof().judge(PROBLEM, [answer(text) for text in texts], run_of())
    assert together == [await verdict(text) for text in texts]


def test_a_problem_without_formulas_is_refused() -> None:
    with pytest.raises(MissingCapabilityError, match="the task 'proof' has them"):
        Proof().require(SMALL_PROBLEM)
    with pytest.raises(FormulaError, match="line 1, column 4"):
        Proof().require(replace(PROBLEM, sequent=Sequent(("p &",), "p")))


@pytest.mark.parametrize("level", range(1, 6))
async def test_it_agrees_with_the_references_of_the_task(level: int) -> None:
    for seed in range(5):
        one = exercise(ProofTask(), level, seed)
        for text in (one.solution, one.solution.replace("[premise]", "[assume]"), one.solution + "\n9. p [reit 1]"):
            (found,) = await Proof().judge(one.problem, [answer(text, problem=one.problem)], run_of(one.problem))
            assert found.score == float(one.problem.reference.is_correct(text))  # type: ignore[union-attr]


def proof_world() -> World:
    """A model that takes a wrong turn at two lines, and ends too early at another."""
    table: dict[str, list[Branch]] = {}
    prefix = ""
    wrong = {1: "2. q -> p [premise]", 3: "4. | r [->E 2, 3]", 4: "5. | r [->E 1, 4]"}
    for i, line in enumerate(LINES):
        table[prefix] = [Branch(line, 0.5), Branch(wrong[i], 0.5)] if i in wrong else [Branch(line, 1.0)]
        prefix += line
    return World(PROBLEM, EnumerableModel(table), Proof())


async def test_best_of_n_and_beam_search_find_the_proof() -> None:
    world = proof_world()
    outcome = await solve(PROBLEM, BestOfN(n=40), world.run(seed=1))
    assert outcome.answer is not None
    assert (outcome.answer.confidence, outcome.answer.trajectory.text) == (1.0, "".join(LINES))
    assert {candidate.score for candidate in outcome.answer.candidates} == {0.0, 1.0}
    searched = await solve(PROBLEM, BeamSearch(width=2, expansion=8), world.run(seed=1))
    assert searched.answer is not None
    assert searched.answer.trajectory.text == "".join(LINES)


async def test_strategies_keep_the_laws_with_it() -> None:
    world = proof_world()
    await check_determinism(BeamSearch(width=2, expansion=2), [world, world], [None])
    await check_budget(BestOfN(n=3), world)


PROGRAM = """#!/bin/sh
for last; do true; done
case "$(cat "$last")" in
*slow*) sleep 60;;
*loud*) yes | head -c 3000000;;
*kill*) kill -9 $$;;
*greedy*) python3 -c "bytearray(10**10)" || exit 1;;
*env*) env; exit 1;;
*here*) ls -a; pwd; exit 1;;
*true*) exit 0;;
esac
echo "error: $last does not hold"
exit 1
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A stand-in for a proof assistant: what has the word ``true`` is a proof."""
    path = tmp_path / "assistant"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return str(path)


async def scores(judge: ProofCommand, *texts: str) -> list[float | None]:
    problem = Problem("theorem", ask("prove it"), SMALL_PROBLEM.answer_rule)
    judge.require(problem)
    found = await judge.judge(problem, [answer(text, problem=problem) for text in texts], run_of(problem))
    return [one.score if one.judged else None for one in found]


async def test_a_program_passes_by_its_exit_code(program: str) -> None:
    judge = VERIFIERS.build(f"proof_command(command={program!r}, suffix='.fst')")
    assert isinstance(judge, ProofCommand)
    assert await scores(judge, "true", "wrong", "", "  \n") == [1.0, 0.0, 0.0, 0.0]
    assert await scores(judge, "so:\n```lean\ntrue\n```\nwrong", "```\ntrue\n```\n```\nwrong\n```") == [1.0, 0.0]
    found = await judge.check("wrong")
    assert found.evidence.startswith("exit code 1: error: ")
    assert found.evidence.endswith("proof.fst does not hold")
    assert (await judge.check("true", Finish.LENGTH)).score == 0.0


async def test_words_that_feign_a_proof_fail(program: str) -> None:
    assert await scores(ProofCommand(program), "true sorry", "admit;true", "true sorry_not") == [0.0, 0.0, 1.0]
    assert await scores(ProofCommand(program, forbidden=()), "true sorry") == [1.0]
    assert await scores(ProofCommand(program), "true" + " " * 200_000) == [0.0]


async def test_a_preamble_stands_before_the_answer(program: str, tmp_path: Path) -> None:
    preamble = tmp_path / "theorem"
    preamble.write_text("true")
    assert await scores(ProofCommand(program, preamble=str(preamble)), "anything") == [1.0]
    with pytest.raises(InvalidInputError, match="cannot read the preamble"):
        ProofCommand(program, preamble=str(tmp_path / "none"))


async def test_what_a_limit_ends_is_no_verdict(program: str) -> None:
    assert await scores(ProofCommand(program, seconds=0.5), "slow") == [None]
    assert await scores(ProofCommand(program), "loud", "kill") == [None, None]
    assert await scores(ProofCommand(program, memory=256), "greedy") == [0.0]


async def test_a_program_sees_an_empty_folder_and_next_to_no_environment(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    judge = ProofCommand(program)
    assert "SECRET" not in (await judge.check("env")).evidence
    ended = await judge._run(await _write("env"), "/tmp")  # noqa: S108
    names = {line.partition("=")[0] for line in ended.output.decode().splitlines()}
    assert names <= {"HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    assert (await judge.check("here")).evidence.split(": ")[1] == "."


async def _write(text: str) -> str:
    folder = anyio.Path(await anyio.mkdtemp())
    await (folder / "proof").write_text(text)
    return str(folder / "proof")


async def test_the_file_can_stand_anywhere_in_the_command(program: str) -> None:
    assert await scores(ProofCommand(f"{program} --check {{}}"), "true") == [1.0]
    assert await scores(ProofCommand("/bin/sh -c 'test \"$0\" = x' x {}"), "anything") == [1.0]  # no shell of ours
    assert await scores(ProofCommand("test -e {} -a x"), "anything") == [1.0]


async def test_a_missing_program_is_refused_at_once(tmp_path: Path) -> None:
    for text in ("no_such_program_here", str(tmp_path / "none"), str(tmp_path)):
        with pytest.raises(InvalidInputError, match="there is no program"):
            ProofCommand(text)
    for text in ("", "'"):
        with pytest.raises(InvalidSettingError, match="a command line"):
            ProofCommand(text)


async def test_a_program_that_cannot_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "assistant"
    path.write_bytes(b"\x7fELF nothing")
    path.chmod(0o755)
    with pytest.raises(VerifierError, match="cannot be run"):
        await ProofCommand(str(path)).check("x")
    monkeypatch.setattr(command.sys, "executable", os.devnull)
    with pytest.raises(VerifierError, match="cannot be started"):
        await ProofCommand("test").check("x")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("suffix", "lean"), ("suffix", "../x"), ("seconds", 0.0), ("seconds", float("nan")), ("memory", 8)],
)
def test_settings_out_of_range_are_refused(setting: str, value: object) -> None:
    with pytest.raises(InvalidSettingError, match=setting):
        VERIFIERS.build({"name": "proof_command", "command": "test", setting: value})


def test_the_last_block_is_the_proof() -> None:
    assert bare_proof("x") == "x"
    assert bare_proof("a\n```lean\nb\n```\nc\n```\nd\n\n```\n") == "d\n\n"
    assert bare_proof("```\nopen") == "```\nopen"
    assert bare_proof("```\n" * 50_000) == ""
