"""What a tool is told of costs, and what is said where the tool is not there."""

import sys

import pytest

from outlay.adapters.inspect_usage import usage_fields
from outlay.core.cost import Cost
from outlay.core.errors import MissingExtraError


def test_inspect_is_told_all_that_was_paid() -> None:
    cost = Cost(10, 20, 30, 40, dollars=0.5)
    assert usage_fields(cost) == {
        "input_tokens": 10, "input_tokens_cache_read": 20, "output_tokens": 30, "total_tokens": 80, "total_cost": 0.5,
    }  # fmt: skip
    assert usage_fields(Cost(1))["total_cost"] is None


@pytest.mark.parametrize(
    ("module", "tool", "extra"),
    [
        ("inspect_solver", "inspect_ai", "inspect"),
        ("inspect_provider", "inspect_ai", "inspect"),
        ("inspect_log", "inspect_ai", "inspect"),
        ("lm_eval_model", "lm_eval", "lm-eval"),
        ("dspy_engine", "dspy", "dspy"),
        ("dspy_language_model", "dspy", "dspy"),
    ],
)
def test_a_tool_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, module: str, tool: str, extra: str) -> None:
    for name in [name for name in sys.modules if name.startswith("outlay.adapters.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in (tool, f"{tool}.model", f"{tool}.log", f"{tool}.api"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'outlay\[{extra}\]'"):
        __import__(f"outlay.adapters.{module}")


def test_lm_evals_command_ends_with_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from outlay.adapters.lm_eval_command import main  # noqa: PLC0415 (as its script does)

    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "pip install 'outlay[lm-eval]'" in capsys.readouterr().err
