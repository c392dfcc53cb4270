"""``table``: questions about a table, answered with tools that read it.

item,price,stock                                         (prompt)
bolt,4,20
gear,9,3
what is the price of the item with the least stock?
{"tool": "least", "arguments": {"column": "stock"}}      (a call)
{"result": "gear"}                                       (its result)
{"tool": "lookup", "arguments": {"row": "gear", "column": "price"}}
{"result": "9"}
answer:9

``table(calls=lines)`` asks the same in words that the pocket models know, without a list of the tools:

    least stock=gear                                     (a call up to the equals sign, then its result)
    lookup gear price=9
    answer:9
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.core.tool import Call, Tool, Toolbox, ToolError, ToolResult
from outlay.tasks.answer_line import ExactLine, answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.table_lines import LineCalls

ITEMS = ("bolt", "cable", "drill", "easel", "fan", "gear", "hinge", "inlet", "joint", "knob", "lamp", "motor")
COLUMNS = ("price", "stock", "weight", "sold")
_TEXT = {"type": "string"}


class Calls(StrEnum):
    """How the tools are called."""

    JSON = "json"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by name, with a whole number in each column.

    Attributes:
        columns: their names.
        rows: the numbers of each row, by its name.
        calls: how its tools are called.
    """

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]
    calls: Calls = field(default=Calls.JSON, repr=False)  # a saved run's key depends on how a table is shown

    @property
    def text(self) -> str:
        """As comma-separated lines."""
        lines = [",".join(map(str, (name, *row))) for name, row in self.rows.items()]
        return "\n".join([",".join(("item", *self.columns)), *lines])

    def lookup(self, row: str, column: str) -> str:
        """One cell.

        Raises:
            ToolError: if there is no such row or column.
        """
        if row not in self.rows:
            raise ToolError(f"there is no row {row}")
        return str(self.rows[row][self._position(column)])

    def total(self, column: str) -> str:
        """The sum of a column.

        Raises:
            ToolError: if there is no such column.
        """
        return str(sum(row[self._position(column)] for row in self.rows.values()))

    def most(self, column: str) -> str:
        """The row with the largest value, the first of equals.

        Raises:
            ToolError: if there is no such column.
        """
        return max(self.rows, key=lambda name: self.rows[name][self._position(column)])

    def least(self, column: str) -> str:
        """The row with the smallest value, the first of equals.

        Raises:
            ToolError: if there is no such column.
        """
        return min(self.rows, key=lambda name: self.rows[name][self._position(column)])

    def multiply(self, first: int, second: int) -> str:
        """A product."""
        return str(first * second)

    def subtract(self, first: int, second: int) -> str:
        """A difference."""
        return str(first - second)

    def tools(self) -> Toolbox:
        """What reads this table."""
        column, number = {"column": _TEXT}, {"type": "integer", "minimum": -(10**9), "maximum": 10**9}
        tools = (
            _tool("lookup", "the value in a row and column", self.lookup, {"row": _TEXT, **column}),
            _tool("total", "the sum of a column", self.total, column),
            _tool("most", "the row with the largest value of a column", self.most, column),
            _tool("least", "the row with the smallest value of a column", self.least, column),
            _tool("multiply", "the product of two numbers", self.multiply, {"first": number, "second": number}),
            _tool("subtract", "the first number less the second", self.subtract, {"first": number, "second": number}),
        )  # fmt: skip
        return Toolbox(tools) if self.calls is Calls.JSON else Toolbox(tools, _line_calls(tools))

    def _position(self, column: str) -> int:
        if column not in self.columns:
            raise ToolError(f"there is no column {column}")
        return self.columns.index(column)


def _tool(name: str, description: str, function: Callable[..., str], arguments: Mapping[str, object]) -> Tool:
    parameters = {"type": "object", "properties": arguments, "required": list(arguments)}
    return Tool(name, description, parameters, function)


def _line_calls(tools: Sequence[Tool]) -> LineCalls:
    return LineCalls({tool.name: tuple(tool.parameters["required"]) for tool in tools})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class TableReference:
    """What is right: the value, and the lines that lead to it."""

    answer: str
    table: Table

    def is_correct(self, value: str | None) -> bool:
        """Whether a value is the answer."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A call that can be run is right, a result is right if it is the call's, an answer if it is the answer."""
        labels: list[bool] = []
        pending: str | None = None
        for step in steps:
            right, pending = self._judge(step, pending)
            labels.append(right and all(labels))
        return labels

    def _judge(self, step: str, pending: str | None) -> tuple[bool, str | None]:
        if pending is not None:
            return step.strip() == pending, None
        value = answer_line(step)
        if value is not None:
            return self.is_correct(value), None
        if self.table.calls is Calls.LINES:
            call, equals, claimed = step.partition("=")
            return claimed.strip() == _result(self.table, call + equals), None
        expected = _result(self.table, step if step.endswith("\n") else step + "\n")
        return expected is not None, expected


def _result(table: Table, text: str) -> str | None:
    """What follows a call; None if the text is no call that can be run."""
    tools = table.tools()
    call = tools.read(text)
    if not isinstance(call, Call):
        return None
    tool = next((one for one in tools.tools if one.name == call.tool), None)
    if tool is None:
        return None
    try:
        return tools.rule.write(ToolResult(tool.function(**call.arguments))).strip()
    except (ToolError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class TableTask:
    """The task; levels 1 to 5 go from one cell to products and differences of what has to be found first.

    Attributes:
        calls: ``json``, explained in the prompt, or ``lines``, which the pocket models can read.
    """

    calls: Calls = Calls.JSON
    info: TaskInfo = TaskInfo("table", "questions about a table, answered with tools", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random table and question."""
        table = replace(_draw_table(level, rng), calls=self.calls)
        question, calls = _draw_question(level, table, rng)
        lines, answer = _worked(table, calls)
        tools = table.tools()
        prompt = f"{table.text}\n{question}"
        if self.calls is Calls.JSON:
            prompt += f" {tools.instructions}\nEnd with a line answer:VALUE"
        problem = Problem(
            "table",
            ask(prompt),
            ExactLine(),
            StepRule(max_steps=20, max_step_tokens=120, max_tokens=1000),
            TableReference(answer, table),
            task="table",
            level=level,
            tools=tools,
        )
        return Exercise(problem, f"{lines}answer:{answer}")


def _draw_table(level: int, rng: np.random.Generator) -> Table:
    names = sorted(rng.choice(ITEMS, size=3 + level, replace=False).tolist())
    columns = tuple(rng.permutation(COLUMNS)[: min(2 + level // 2, len(COLUMNS))].tolist())
    # Different values in each column, so that the most and the least are one row.
    values = np.stack([rng.choice(np.arange(2, 100), size=len(names), replace=False) for _ in columns], axis=1)
    return Table(columns, {name: tuple(row) for name, row in zip(names, values.tolist(), strict=True)})


_Step = tuple[str, Mapping[str, object]]
"""A tool and its arguments; an argument ``$k`` is the result of call k."""


def _draw_question(level: int, table: Table, rng: np.random.Generator) -> tuple[str, list[_Step]]:
    first, second = rng.choice(table.columns, size=2, replace=False).tolist()
    row = str(rng.choice(list(table.rows)))
    extreme = str(rng.choice(["most", "least"]))
    find: _Step = (extreme, {"column": first})
    read: _Step = ("lookup", {"row": "$0", "column": second})
    match level:
        case 1:
            return f"what is the {first} of the {row}?", [("lookup", {"row": row, "column": first})]
        case 2:
            return f"what is the {second} of the item with the {extreme} {first}?", [find, read]
        case 3:
            return (
                f"what is the {first} of the {row} times its {second}?",
                [("lookup", {"row": row, "column": first}), ("lookup", {"row": row, "column": second}),
                 ("multiply", {"first": "$0", "second": "$1"})],
            )  # fmt: skip
        case 4:
            return (
                f"what is the total {second} without the item that has the {extreme} {first}?",
                [find, read, ("total", {"column": second}), ("subtract", {"first": "$2", "second": "$1"})],
            )
    return (
        f"take the item with the {extreme} {first}. how much is the total {first} less its {second} times its {first}?",
        [find, read, ("lookup", {"row": "$0", "column": first}), ("multiply", {"first": "$1", "second": "$2"}),
         ("total", {"column": first}), ("subtract", {"first": "$4", "second": "$3"})],
    )  # fmt: skip


def _worked(table: Table, calls: Sequence[_Step]) -> tuple[str, str]:
    """The lines of calls and results, and the last result."""
    by_name = {tool.name: tool for tool in table.tools().tools}
    rule = table.tools().rule
    results: list[str] = []
    lines = ""
    for name, given in calls:
        arguments = {key: _filled(value, results) for key, value in given.items()}
        results.append(by_name[name].function(**arguments))
        call = json.dumps({"tool": name, "arguments": arguments}) + "\n"
        if isinstance(rule, LineCalls):
            call = rule.call(name, arguments)
        lines += call + rule.write(ToolResult(results[-1]))
    return lines, results[-1]


def _filled(value: object, results: Sequence[str]) -> object:
    if not (isinstance(value, str) and value.startswith("$")):
        return value
    result = results[int(value[1:])]
    return int(result) if result.removeprefix("-").isdecimal() else result
