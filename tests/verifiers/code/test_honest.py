"""The judge of programs against honest ones, right and wrong: no judge that refuses everything would do."""

import os
from typing import Any, NamedTuple

import pytest

from outlay.core.errors import VerifierError
from outlay.core.problem import FunctionTests, StreamTests, VisibleTest
from outlay.verifiers.code import function_tests as function_tests_module
from outlay.verifiers.code.isolation import Isolation
from outlay.verifiers.code.limits import CodeLimits
from outlay.verifiers.code.marks import Mark, summary, verdict
from tests.verifiers.code.machine import marks_of_all, marks_of_each

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs run only on Linux and macOS")


class Case(NamedTuple):
    """Some tests, a program that passes them and one that fails."""

    tests: str
    right: str
    wrong: str


SQUARE = "def f(x):\n    return x * x\n"
STACK = """
class Empty(LookupError):
    pass

class Stack:
    LIMIT = 2
    def __init__(self, *items): self.items = list(items)
    def push(self, item): self.items.append(item)
    def pop(self):
        if not self.items: raise Empty("nothing left", 7)
        return self.items.pop()
    def __len__(self): return len(self.items)
    def __getitem__(self, at): return self.items[at]
    def __iter__(self): return iter(self.items)
    def __str__(self): return f"Stack of {len(self)}"
    def __enter__(self): return self
    def __exit__(self, *error): self.items.clear()
"""
CASES = {
    "bare assertions": Case("assert f(2) == 4\nassert f(-3) == 9", SQUARE, "def f(x):\n    return x + x\n"),
    "imports the program": Case("import prog\nfrom solution import f\nassert f(2) == prog.f(2) == 4",
                                SQUARE, "f = abs"),
    "imports all names": Case("from program import *\nassert f(3) == 9", SQUARE, "def g(x): return 9"),
    "test functions": Case("def test_f():\n    assert f(2) == 4\ndef helper(): 1 / 0", SQUARE, "f = lambda x: 5"),
    "unittest": Case(
        "import unittest\nclass T(unittest.TestCase):\n    def setUp(self): self.x = 3\n"
        "    def test(self):\n        with self.subTest('a'): self.assertEqual(f(self.x), 9)\n"
        "        with self.assertRaises(TypeError): f(None)\n"
        "if __name__ == '__main__':\n    unittest.main()",
        SQUARE, "def f(x): return x and x * x",
    ),
    "a check function": Case("def check(c):\n    assert c(2) == 4 and c(3) == 9\ncheck(f)", SQUARE, "f = lambda x: 4"),
    "floats": Case("import math\nassert math.isclose(f(0.1), 0.01)\nassert math.isnan(f(float('nan')))", SQUARE,
                   "f = abs"),
    "long numbers": Case("assert f(10 ** 5000) == 10 ** 10000", SQUARE, "def f(x): return x"),
    "text of all kinds": Case(
        r"assert f('é\ud800\x00\U0001f4a9') == 'éé\ud800\ud800\x00\x00\U0001f4a9\U0001f4a9'",
        "def f(s): return ''.join(c + c for c in s)", "def f(s): return s + s",
    ),
    "tuples are not lists": Case("assert f(1) == (1, [2], {3})", "def f(x): return (1, [2], {3})",
                                 "def f(x): return [1, [2], {3}]"),
    "all plain types": Case(
        "x = {None: [True, 1.5, 2j, b'a', 'b'], (1, frozenset({2})): {3, 4}, 'r': range(2, 9, 3)}\n"
        "assert f(x) == x and f(x) is not x and list(map(type, f(x)[None])) == list(map(type, x[None]))",
        "import copy\ndef f(x): return copy.deepcopy(x)", "def f(x): return dict(list(x.items())[1:])",
    ),
    "dictionaries of the library": Case(
        "assert f('aab') == {'a': 2, 'b': 1}", "from collections import Counter as f",
        "def f(s): return dict.fromkeys(s, 1)",
    ),
    "sorting in place": Case(
        "a = [3, 1, 2]\nb = {'k': a}\nassert f(a) is None\nassert a == [1, 2, 3] and b['k'] is a",
        "def f(a): a.sort()", "def f(a): sorted(a)",
    ),
    "changing what is nested, and the same twice": Case(
        "row = [1]\ngrid = [row, row, {'n': row}]\nf(grid)\nassert row == [1, 2] and grid == [row, row, {'n': [1, 2]}]",
        "def f(g): g[0].append(2)", "def f(g): g[0] = [1, 2]",
    ),
    "a value leaves the arguments alone": Case(
        "a = [3, 1]\nassert f(a) == 1\nassert a == [3, 1]", "def f(a):\n    a.sort()\n    return a[0]",
        "def f(a):\n    a.sort()\n    return a[1]",
    ),
    "a list within itself": Case(
        "a = f()\nassert len(a) == 1 and a[0] is a", "def f():\n    a = []\n    a.append(a)\n    return a",
        "def f(): return [[]]",
    ),
    "errors by their class": Case(
        "try:\n    f(-1)\nexcept ValueError as error:\n    assert error.args == ('negative', -1)\nelse:\n"
        "    assert False",
        "def f(x): raise ValueError('negative', x)", "def f(x): raise KeyError('negative', x)",
    ),
    "errors of the program's own class": Case(
        "from prog import Stack, Empty\ntry:\n    Stack().pop()\nexcept Empty as error:\n"
        "    assert isinstance(error, LookupError) and error.args == ('nothing left', 7)\nelse:\n    assert False",
        STACK, STACK.replace("raise Empty", "return 0 # "),
    ),
    "a class with a state": Case(
        "s = Stack(1)\ns.push(2)\n"
        "assert len(s) == 2 and s[0] == 1 and list(s) == [1, 2] and str(s) == 'Stack of 2' and s\n"
        "assert Stack.LIMIT == 2 and s.pop() == 2 and s.items == [1]\ns.items = [5]\nassert s.pop() == 5 and not s\n"
        "with Stack(1) as t:\n    assert len(t) == 1\nassert len(t) == 0",
        STACK, STACK.replace("self.items.pop()", "self.items.pop(0)"),
    ),
    "objects go back to the program": Case(
        "a, b = Stack(1), Stack(2)\nassert total([a, b]) == 3", STACK + "def total(s): return sum(x[0] for x in s)",
        STACK + "def total(s): return len(s)",
    ),
    "a generator": Case(
        "assert list(f(3)) == [0, 1, 4]\ng = f(9)\nassert next(g) == 0 and next(g) == 1",
        "def f(n):\n    for x in range(n): yield x * x", "def f(n): return iter([0, 1, 5] * n)",
    ),
    "a function from a function": Case("assert f(3)(4) == 7", "def f(a): return lambda b: a + b",
                                       "def f(a): return max"),
    "a match is true": Case("assert f('ab1')\nassert not f('ab')", "import re\ndef f(s): return re.search('[0-9]', s)",
                            "import re\ndef f(s): return re.search('[a-z]', s)"),
    "constants": Case("from prog import LIMITS\nassert LIMITS == {'low': 1}", "LIMITS = {'low': 1}",
                      "LIMITS = {'low': 2}"),
    "tests import what they need": Case(
        "import itertools\nassert all(f(a * b) == f(a) * f(b) for a, b in itertools.product(range(5), repeat=2))",
        SQUARE, "def f(x): return x + 1",
    ),
    "tests that forget to import": Case("assert math.floor(f(1.5)) == 2", "import math\n" + SQUARE,
                                        "import math\nf = abs"),
    "a function with the name of a module": Case(
        "assert bisect(8) == 4", "def bisect(x): return x // 2", "from bisect import bisect",
    ),
    "the program uses the library": Case(
        "assert f([3, 1, 2]) == [1, 2, 3]",
        "import heapq, functools, dataclasses, typing, re, json, random, datetime, decimal, string, bisect, sys\n"
        "sys.setrecursionlimit(5000)\n@functools.cache\ndef g(n): return n and g(n - 1)\ng(2000)\n"
        "@dataclasses.dataclass\nclass D:\n    x: 'int' = 1\n"
        "def f(a): return heapq.nsmallest(len(a), a)",
        "import heapq\ndef f(a): return heapq.nlargest(len(a), a)",
    ),
    "what a function prints": Case(
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as said:\n    f(2)\n"
        "assert said.getvalue() == 'é 4\\n'",
        "def f(x): print('é', x * x)", "def f(x): print('é', x + 1)",
    ),
    "threads and asyncio": Case(
        "assert f(4) == [0, 1, 2, 3]",
        "import asyncio, concurrent.futures\nasync def g(x):\n    await asyncio.sleep(0)\n    return x\n"
        "def f(n):\n    with concurrent.futures.ThreadPoolExecutor(2) as pool: list(pool.map(abs, range(9)))\n"
        "    async def all(): return await asyncio.gather(*map(g, range(n)))\n    return asyncio.run(all())",
        "def f(n): return [0]",
    ),
    "a program with a main part": Case(
        "assert f(2) == 4", SQUARE + "print('hello')\nif __name__ == '__main__':\n    print(f(int(input())))",
        "print(input())",
    ),
    "keywords and defaults": Case("assert f(1, b=2) == f(b=2, a=1) == 3 and f(5) == 5", "def f(a, b=0): return a + b",
                                  "def f(a, b=0): return a"),
}  # fmt: skip

UNJUDGED = {
    "compares objects of the program": ("assert Stack(1) == Stack(1)", STACK),
    "calculates with objects of the program": ("assert (f() + 1) == 2", "class f:\n    def __add__(s, o): return 2"),
    "asks whether it is of the program's class": ("assert isinstance(Stack(), Stack)", STACK),
    "passes a function": ("assert f(lambda x: x) == 1", "def f(g): return g(1)"),
    "passes an object of its own": ("class A: pass\nassert f(A()) is None", "def f(x): pass"),
    "swallows what cannot be judged": ("try:\n    assert Stack() == 1\nexcept:\n    pass", STACK),
    "asks nothing": ("assert 2 + 2 == 4", ""),
    "replaces a part": (
        "from unittest import mock\nwith mock.patch('builtins.input', lambda: '2'):\n    assert f() == 2",
        "def f(): return int(input())",
    ),
    "is not Python": ("assert f(2) ==", SQUARE),
    "needs a package": ("import pytest\nassert f(2) == 4", SQUARE),
    "needs fixtures": ("def test_f(tmp_path):\n    assert f(2) == 4", SQUARE),
    "leaves by itself": ("import sys\nassert f(2) == 4\nsys.exit(0)", SQUARE),
}


GENEROUS = CodeLimits(wall_seconds=30, cpu_seconds=20)


def function_tests(*parts: str, names: tuple[str, ...] = (), setup: str = "") -> FunctionTests:
    return FunctionTests(parts, names, setup)


def test_right_passes_and_wrong_fails() -> None:
    jobs = {}
    for name, case in CASES.items():
        jobs[name, True] = (case.right, function_tests(case.tests))
        jobs[name, False] = (case.wrong, function_tests(case.tests))
    marks = marks_of_each(jobs, limits=GENEROUS)
    assert {key: found for key, found in marks.items() if [one.passed for one in found] != [key[1]]} == {}


def test_what_cannot_be_judged_is_neither() -> None:
    jobs = {name: (program, function_tests(tests)) for name, (tests, program) in UNJUDGED.items()}
    marks = marks_of_each(jobs, limits=GENEROUS)
    assert {name: found for name, found in marks.items() if [one.passed for one in found] != [None]} == {}
    assert marks["passes a function"][0].reason.endswith("a value of type function, which is not plain data")
    assert marks["needs a package"][0].reason.endswith("No module named 'pytest'")


def test_parts_are_judged_apart_and_one_that_breaks_the_program_leaves_the_others() -> None:
    program = "import os\ndef f(x):\n    return os._exit(0) if x == 3 else x * x\n"
    tests = function_tests(
        "assert f(2) == 4", "x = f(3)", "assert f(2) == 5", "assert x", "assert f(4) == N", setup="N = 16"
    )
    marks = marks_of_all({"program": program}, tests, limits=GENEROUS)["program"]
    assert [one.passed for one in marks] == [True, False, False, False, True]
    assert [one.reason for one in marks[1:3]] == [
        "the program ended while it was asked",
        "assert f(2) == 5: AssertionError",
    ]
    assert verdict(marks) is False
    assert summary(marks) == "2 of 5 tests passed; the program ended while it was asked"


def test_a_part_that_cannot_be_judged_leaves_the_others() -> None:
    tests = function_tests("assert Stack() == 1", "assert len(Stack(1)) == 1", "assert len(Stack(1)) == 2")
    marks = marks_of_all({"stack": STACK}, tests, limits=GENEROUS)["stack"]
    assert [one.passed for one in marks] == [None, True, False]


def test_with_a_list_of_names_the_program_provides_these_alone() -> None:
    """A helper of the question's own cannot be replaced, and a stub in it does not hide the program."""
    setup = "def same(a, b):\n    return a == b\ndef f(x):\n    pass\n"
    program = "def same(a, b):\n    return True\ndef f(x):\n    return 4\ndef g(x):\n    return x\n"
    tests = function_tests(
        "assert same(f(2), 4)", "assert same(f(3), 9)", "assert g(1) == 1", names=("f",), setup=setup
    )
    marks = marks_of_all({"program": program, "none": "g = 1"}, tests, limits=GENEROUS)
    assert [one.passed for one in marks["program"]] == [True, False, None]
    assert {(one.passed, one.reason) for one in marks["none"]} == {(False, "AssertionError: the program defines no f")}


def test_scripts_are_judged_by_their_output() -> None:
    tests = StreamTests((VisibleTest("3\n1 2 3\n", "6\n"), VisibleTest("0\n\n", "0"), VisibleTest("1\n-7", "-7\n\n")))
    scripts = {
        "right": "input()\nprint(sum(map(int, input().split())))",
        "right, with spaces": "import sys\nsys.stdin.readline()\n"
        "print(sum(map(int, sys.stdin.read().split())), ' ')\nexit()",
        "right, in a main part": "def main():\n    input()\n    print(sum(map(int, input().split())))\n"
        "if __name__ == '__main__':\n    main()",
        "right, at its end": "import atexit\natexit.register(lambda: print(total))\ninput()\n"
        "total = sum(map(int, input().split()))",
        "right, by a thread at its end": "import threading\ninput()\ntotal = sum(map(int, input().split()))\n"
        "threading.Thread(target=lambda: print(total)).start()",
        "wrong": "print(6)",
        "wrong on nothing": "input()\nprint(sum(map(int, input().split())) or '')",
        "crashes at last": "input()\nprint(sum(map(int, input().split())))\nopen('/none')",
    }
    marks = marks_of_all(scripts, tests, limits=GENEROUS)
    passed = {name: [one.passed for one in found] for name, found in marks.items()}
    right = {name: [True] * 3 for name in scripts if name.startswith("right")}
    assert passed == {
        **right, "wrong": [True, False, False], "wrong on nothing": [True, False, True], "crashes at last": [False] * 3,
    }  # fmt: skip
    assert marks["wrong"][1].reason == "line 1 of the output: expected '0', got '6'"
    assert (
        "FileNotFoundError" in marks["crashes at last"][0].reason
        or "PermissionError" in marks["crashes at last"][0].reason
    )


@pytest.mark.parametrize("isolation", list(Isolation))
def test_every_isolation_runs_honest_programs(isolation: Isolation) -> None:
    try:
        marks = marks_of_all(
            {"program": SQUARE}, function_tests("assert f(2) == 4", "assert f(2) == 5"), isolation, GENEROUS
        )
    except* VerifierError as error:
        pytest.skip(f"{isolation} cannot be had here: {error.exceptions[0]}")
    assert [one.passed for one in marks["program"]] == [True, False]


def test_tests_that_write_their_own_report_break_nothing() -> None:
    """They may lie, as tests may anyway; the judge of other tests and programs goes on."""
    junk = "import os\nos.write(4, {!r})\nassert f(2) == 5"
    reports = (b"\xff" * 99, b"\0\0\0\x04\0\0\0\0", b"\0\0\0\0" * 99, b"\0\0\0\x0d\0\0\0\x01x\0\0\0\x00" + b"\0" * 99)
    jobs = {name: (SQUARE, function_tests(junk.format(report))) for name, report in enumerate(reports)}
    assert all(verdict(found) is not True for found in marks_of_each(jobs, limits=GENEROUS).values())


def test_a_program_whose_sandbox_does_not_start_is_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    started = function_tests_module.launch

    def without_program(role: str, *given: Any, **named: Any) -> list[str]:
        return ["/bin/false"] if role == "program" else started(role, *given, **named)

    monkeypatch.setattr(function_tests_module, "launch", without_program)
    marks = marks_of_all({"program": SQUARE}, function_tests("assert f(2) == 4"), limits=GENEROUS)["program"]
    assert marks == [Mark(None, "the sandbox of the program did not start")]
