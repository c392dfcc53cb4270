"""``generated_tests``: programs against tests that the model itself has written; an imperfect verifier."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.consult import Replies, ask
from outlay.core.dialogue import say
from outlay.core.errors import InvalidSettingError
from outlay.core.model import LanguageModel
from outlay.core.problem import FunctionTests, Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.code.batch import mark_all, sandbox_for
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark, share, summary
from outlay.verifiers.generative.asker import check_asked, needed

ASK = (
    "do not solve it. write {n} tests for a program that does: one python line each, "
    "such as  assert f(2) == 4  with what is right for it, and nothing else."
)
_LONGEST_LINE = 300
_MARKER = re.compile(r"^(?:[-*>]|\d{1,3}[.)])\s+")
_EXAMPLE = re.compile(r"^(\w{1,99}\(.*\))\s*(?:->|=>|==?)\s*(.+)$")


@dataclass(frozen=True, slots=True)
class GeneratedTests:
    """Scores a program with the share passed of tests that the run's model wrote for the problem.

    The tests may be wrong and may miss what matters. They depend on the model, the problem and the seed alone, and are
    written anew at each call. Source: Saad-Falcon et al. 2024, "Archon: An Architecture Search Framework for
    Inference-Time Techniques", the unit test generator and evaluator.

    Attributes:
        n: tests to ask for.
        model: who writes them; None for the model that answers.
        temperature: of writing them; 0 is greedy.
        max_tokens: of all tests together.
        seed: of writing them.
        seconds: wall time for all tests of a program; CPU time is limited alike.
        memory: megabytes of address space.
        require_sandbox: refuse to run anything where the walls of the sandbox have a hole.
    """

    n: int = 8
    model: LanguageModel | None = None
    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 0
    seconds: float = 10.0
    memory: int = 512
    require_sandbox: bool = False

    def __post_init__(self) -> None:
        check_asked("generated_tests", self.model, n=self.n, max_tokens=self.max_tokens)
        if not self.temperature >= 0:
            raise InvalidSettingError("generated_tests", "temperature", self.temperature, "0 or above")
        CodeLimits.of("generated_tests", self.seconds, self.memory)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "generated_tests", "runs a program against tests that the model wrote", needs="a model that converses",
            capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Any problem will do; whether its answers are programs is seen in the tests."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer without a program fails.

        Raises:
            BudgetExhausted: if the ledger cannot pay for writing the tests.
            VerifierError: if the sandbox fails.
        """
        values = [one.value for one in trajectories]
        programs = [value for value in values if value is not None]
        written = await self._write(problem, run)
        parts = read_tests("\n".join(map(_whole_lines, written.said)), self.n)
        if not parts:
            why = written.failure or "the model wrote no test that can be read"
            return [Verdict.unknown(why)] * len(values)
        names = problem.code_tests.names if isinstance(problem.code_tests, FunctionTests) else ()
        isolation = await sandbox_for("verifier 'generated_tests'", self.require_sandbox)
        limits = CodeLimits.of("generated_tests", self.seconds, self.memory)
        marks = await mark_all(programs, FunctionTests(parts, names), limits, isolation)
        return [Verdict(0.0) if value is None else _verdict(marks[value]) for value in values]

    async def _write(self, problem: Problem, run: Run) -> Replies:
        """What the model writes."""
        talk = say(problem, None, ASK.format(n=self.n))
        return await ask(
            run, talk, model=self.model, temperature=self.temperature, max_tokens=self.max_tokens, seed=self.seed
        )


def _whole_lines(written: Trajectory) -> str:
    """The text; a line that the length limit has cut is left out."""
    return written.text.rpartition("\n")[0] if written.finish is Finish.LENGTH else written.text


def read_tests(text: str, most: int) -> tuple[str, ...]:
    """The different tests among a text's lines, as assertions: ``assert f(2) == 4``, or ``f(2) == 4``, ``f(2) -> 4``.

    Args:
        text: what a model wrote.
        most: no more than these many, the first ones.
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        plain = _MARKER.sub("", line.strip()[:_LONGEST_LINE]).strip("`").strip()
        example = _EXAMPLE.match(plain)
        if example and not plain.startswith("assert"):
            plain = f"assert {example[1]} == {example[2]}"
        if len(line.strip()) <= _LONGEST_LINE and _is_test(plain):
            found[plain] = None
    return tuple(found)[:most]


def _is_test(line: str) -> bool:
    """Whether a line is one assertion that calls something by name. It is short, so that parsing it is safe."""
    try:
        body = ast.parse(line).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        return False
    return any(isinstance(one, ast.Call) and isinstance(one.func, ast.Name) for one in ast.walk(body[0]))


def _verdict(marks: Sequence[Mark]) -> Verdict:
    passed = share(marks)
    return Verdict.unknown(summary(marks)) if passed is None else Verdict(passed, evidence=summary(marks))
