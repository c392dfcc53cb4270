"""Files of programs to be written are read with care, and programs are found in what models say."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.errors import InvalidInputError
from outlay.core.problem import FunctionTests
from outlay.tasks import TASKS
from outlay.tasks.code_jsonl import CodeJsonLines, ProgramText
from outlay.tasks.exercise import ListedTask

PROMPT = "import math\n\nK = 2\n\ndef double(x):\n    '''Twice x.'''\n"
FUNCTION = {"task_id": "a/0", "prompt": PROMPT, "entry_point": "double", "canonical_solution": "    return K * x\n",
            "test": "def check(candidate):\n    assert candidate(2) == 4"}  # fmt: skip
DESCRIBED = {"task_id": 11, "text": "Write double.", "code": "def double(x):\n    return 2 * x",
             "test_list": ["assert double(2) == 4", "assert double(3) == 6"]}  # fmt: skip
RULE = ProgramText("double", PROMPT, "import math\n\nK = 2\n\n")
WHOLE = "def double(x):\n    return K * x\n"


def write(folder: Path, *entries: object) -> str:
    path = folder / "code.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in entries), encoding="utf-8")
    return str(path)


def test_both_formats_are_read(tmp_path: Path) -> None:
    task = TASKS.build({"name": "code_jsonl", "path": write(tmp_path, FUNCTION, "", DESCRIBED)})
    assert isinstance(task, CodeJsonLines)
    assert isinstance(task, ListedTask)
    first, second = task.problems
    assert (first.id, second.id) == ("a/0", "11")
    assert first.code_tests == FunctionTests(
        (f"{FUNCTION['test']}\n\ncheck(double)\n",), ("double",), "import math\n\nK = 2\n\n"
    )
    assert second.code_tests == FunctionTests(tuple(DESCRIBED["test_list"]), ("double",))  # type: ignore[arg-type]
    assert PROMPT in first.messages[-1].content
    assert "assert double(2) == 4" in second.messages[-1].content
    assert "assert double(3) == 6" not in second.messages[-1].content
    assert first.reference is None
    assert {task.draw(1, np.random.default_rng(seed)).solution for seed in range(9)} == {
        f"{PROMPT}    return K * x\n", DESCRIBED["code"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ({**FUNCTION, "prompt": " "}, '"prompt" must be a text'),
        ({**FUNCTION, "test": None}, '"test" must be a text'),
        ({**FUNCTION, "entry_point": "double()"}, '"entry_point" must be the name'),
        ({**FUNCTION, "test": "def check(candidate)"}, '"test" is not Python'),
        ({**FUNCTION, "test": "(" * 10_000}, '"test" is not Python'),
        ({**DESCRIBED, "test_list": []}, '"test_list" must be a list'),
        ({**DESCRIBED, "test_list": [1]}, '"test_list" must be a list'),
        ({**DESCRIBED, "test_list": ["assert double("]}, '"test_list" is not Python'),
        ({**DESCRIBED, "code": "x = 1"}, "calls nothing"),
        ({**DESCRIBED, "text": 3}, '"text" must be a text'),
        ({**DESCRIBED, "test_setup_code": "import"}, '"test_setup_code" is not Python'),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_by_number_and_the_rest_runs(line: object, reason: str, tmp_path: Path) -> None:
    task = CodeJsonLines(write(tmp_path, FUNCTION, "", line, DESCRIBED))
    assert len(task) == 2
    (bad,) = task.bad_lines
    assert bad.number == 3
    assert reason in bad.reason


def test_a_file_without_a_good_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no line of the form.*line 1: not JSON"):
        CodeJsonLines(write(tmp_path, "x"))
    with pytest.raises(InvalidInputError, match="cannot read"):
        CodeJsonLines(str(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (f"So:\n```python\n{WHOLE}```\nDone.", RULE.preamble + WHOLE),
        (f"```\nold = 1\n```\nBetter:\n```py\n{WHOLE}```", RULE.preamble + WHOLE),
        ("  ```python\n  def double(x):\n      return K * x\n  ```", RULE.preamble + WHOLE),
        (f"```python\n{WHOLE}", RULE.preamble + WHOLE),
        (f"```python\nfrom __future__ import annotations\n{WHOLE}```", f"from __future__ import annotations\n{WHOLE}"),
        ("```\ndouble = lambda x: x\n```", RULE.preamble + "double = lambda x: x\n"),
        ("```\n    return 2 * x\n```", None),
        (WHOLE, RULE.preamble + WHOLE),
        ("    return 2 * x\n", PROMPT + "    return 2 * x\n"),
        ("\n    return 2 * x\n\nprint(double(2))\n", PROMPT + "\n    return 2 * x\n\n"),
        ("It is easy.", None),
        ("", None),
        ("```\n```", None),
    ],
)  # fmt: skip
def test_a_program_is_found_in_a_text(text: str, program: str | None) -> None:
    assert RULE.extract(text) == program


def test_without_a_name_a_fenced_block_is_a_program() -> None:
    assert ProgramText().extract("a\n```\nprint(1)\n```") == "print(1)\n"
    assert ProgramText().extract("print(1)") is None


def test_programs_are_the_same_but_for_white_space() -> None:
    assert RULE.equal("a = 1\n\nb = 2", "a = 1   \nb = 2\n")
    assert not RULE.equal("if a:\n  b = 2", "if a:\nb = 2")


@given(
    st.text() | st.lists(st.sampled_from(["```", "\n", "def double", "(x):", "    ", "return 1", "\\"])).map("".join)
)
def test_no_text_breaks_the_rule(text: str) -> None:
    found = RULE.extract(text)
    assert found is None or found.strip()
    assert found is None or RULE.equal(found, found)
