r"""``code_jsonl``: programs to be written, from a file in the format of HumanEval or of MBPP, one JSON object a line.

    {"task_id": ..., "prompt": "def f(x):\n    \"\"\"...", "entry_point": "f", "test": "def check(candidate): ..."}
    {"task_id": ..., "text": "Write a function ...", "code": "def f(x): ...", "test_list": ["assert f(2) == 4"]}

There is no reference: what is right, the tests say, by the verifier ``code``.
"""

import ast
import itertools
import re
import textwrap
from dataclasses import dataclass, field

import numpy as np

from outlay.core.errors import InvalidInputError
from outlay.core.problem import FunctionTests, Problem, StepRule
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.jsonl import BadLine, read_lines

_FENCE = "```"
_FUTURE = "from __future__"
_INSTRUCTION = "Write the whole program in Python, in one fenced code block.\n\n"


@dataclass(frozen=True, slots=True)
class ProgramText:
    """An answer rule: the last fenced block of code, or else the text as a completion of the prompt.

    Attributes:
        name: what a whole program defines; empty if unknown.
        prompt: what a completion goes on from; empty if there is nothing to complete.
        preamble: imports and helpers of the prompt, which a whole program may leave out.
    """

    name: str = ""
    prompt: str = ""
    preamble: str = ""

    def extract(self, text: str) -> str | None:
        """The program, or None where there is none."""
        block = _last_block(text)
        code = text if block is None else block
        if not code.strip():
            return None
        if self._is_whole(code):
            return code if _FUTURE in code else f"{self.preamble}{code}"
        if self.prompt:
            body = _indented(code)
            return f"{self.prompt.rstrip()}\n{body}" if body.strip() else None
        return None if block is None else code

    def equal(self, first: str, second: str) -> bool:
        """Whether two programs are the same text but for blank lines and white space at the end of lines."""
        return self.key(first) == self.key(second)

    def key(self, value: str) -> tuple[str, ...]:
        """The lines that are not blank, without white space at their ends."""
        return tuple(line.rstrip() for line in value.splitlines() if line.strip())

    def _is_whole(self, code: str) -> bool:
        if not self.name:
            return False
        name = re.escape(self.name)
        return bool(re.search(rf"^(?:(?:async )?def|class) +{name}\b|^{name} *=", code, re.MULTILINE))


@dataclass(frozen=True)
class CodeJsonLines:
    """Problems from a file; bad lines are named by number and left out, the rest still runs.

    Attributes:
        path: the file.
        max_tokens: worst-case length of a whole answer.
        max_step_tokens: worst-case length of a step; steps end with a line.

    Raises:
        InvalidInputError: if the file cannot be read or has no good line.
    """

    path: str
    max_tokens: int = 1024
    max_step_tokens: int = 256
    problems: tuple[Problem, ...] = field(init=False, repr=False)
    solutions: tuple[str, ...] = field(init=False, repr=False)
    bad_lines: tuple[BadLine, ...] = field(init=False)

    def __post_init__(self) -> None:
        good, bad = read_lines("code_jsonl", self.path, '{"prompt": ..., "entry_point": ..., "test": ...}', self._entry)
        object.__setattr__(self, "problems", tuple(problem for problem, _ in good))
        object.__setattr__(self, "solutions", tuple(solution for _, solution in good))
        object.__setattr__(self, "bad_lines", bad)

    @property
    def info(self) -> TaskInfo:
        """One ungraded level."""
        return TaskInfo("code_jsonl", "programs with tests, from a file in the format of HumanEval or MBPP", 1)

    def __len__(self) -> int:
        return len(self.problems)

    def problem(self, index: int) -> Problem:
        """The problem at a position."""
        return self.problems[index]

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random problem of the file, with its own solution where it has one."""
        index = int(rng.integers(len(self.problems)))
        return Exercise(self.problems[index], self.solutions[index])

    def _entry(self, number: int, entry: dict[str, object]) -> tuple[Problem, str]:
        prompt, rule, tests, solution = _described(entry) if "test_list" in entry else _function(entry)
        name = entry.get("task_id", f"code_jsonl/{number}")
        limits = StepRule(max_tokens=self.max_tokens, max_step_tokens=self.max_step_tokens)
        problem = Problem(str(name), ask(_INSTRUCTION + prompt), rule, limits, task="code_jsonl", code_tests=tests)
        return problem, solution


_Parts = tuple[str, ProgramText, FunctionTests, str]
"""A prompt, the rule for its answers, their tests and a solution."""


def _function(entry: dict[str, object]) -> _Parts:
    """A line in the format of HumanEval: a function to complete, and ``check(candidate)``."""
    prompt, name, test = (_text(entry, key) for key in ("prompt", "entry_point", "test"))
    if not name.isidentifier():
        raise InvalidInputError('"entry_point" must be the name of a function')
    head = re.search(rf"^(?:async )?def +{name}\b", prompt, re.MULTILINE)
    preamble = prompt[: head.start()] if head else ""
    tests = FunctionTests((f"{_python(test, 'test')}\n\ncheck({name})\n",), (name,), _python(preamble, "prompt"))
    rule = ProgramText(name, prompt if head else "", preamble)
    solution = entry.get("canonical_solution")
    return prompt, rule, tests, f"{prompt}{solution}" if isinstance(solution, str) else ""


def _described(entry: dict[str, object]) -> _Parts:
    """A line in the format of MBPP: a description, a program and assertions; the first of them is shown."""
    text = _text(entry, "text" if "text" in entry else "prompt")
    solution, listed = _python(_text(entry, "code"), "code"), entry.get("test_list")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
        raise InvalidInputError('"test_list" must be a list of assertions')
    parts = tuple(_python(one, "test_list") for one in listed)
    called = {one.id for part in parts for one in ast.walk(ast.parse(part)) if isinstance(one, ast.Name)}
    defined = [one.name for one in ast.parse(solution).body if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    names = tuple(dict.fromkeys(name for name in defined if name in called))
    if not names:
        raise InvalidInputError('"test_list" calls nothing that "code" defines')
    imports = entry.get("test_imports", [])
    setup = str(entry.get("test_setup_code", "")) + "\n".join(map(str, imports if isinstance(imports, list) else []))
    tests = FunctionTests(parts, names, _python(setup, "test_setup_code"))
    return f"{text}\n\nIt must pass this test, and others:\n{parts[0]}", ProgramText(names[0]), tests, solution


def _text(entry: dict[str, object], key: str) -> str:
    found = entry.get(key)
    if not isinstance(found, str) or not found.strip():
        raise InvalidInputError(f'"{key}" must be a text that is not empty')
    return found


def _python(source: str, key: str) -> str:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidInputError(f'"{key}" is not Python: {error}') from error
    return source


def _last_block(text: str) -> str | None:
    """The last fenced block, its common indentation removed; one that is never closed goes to the end of the text."""
    last: list[str] | None = None
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith(_FENCE):
            inside = not inside
            last = [] if inside else last
        elif inside and last is not None:
            last.append(line)
    return None if last is None else textwrap.dedent("\n".join(last)) + "\n"


def _indented(code: str) -> str:
    """The lines up to the first that is not indented, which ends the body of a function."""
    lines = code.splitlines(keepends=True)
    body = itertools.takewhile(lambda line: not line.strip() or line[0] in " \t", lines)
    return "".join(body)
