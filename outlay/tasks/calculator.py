"""The calculator of ``countdown``: the call is ``25+3=``, the result ``28;7 8 28``, with the numbers then left."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.tool import Call, MalformedCall, Tool, Toolbox, ToolError, ToolResult
from outlay.tasks.arithmetic import NotArithmeticError, evaluate, parse

_OPERATION = r"^[0-9]+[+*/-][0-9]+$"


def calculate(operation: str, left: Sequence[int], largest: int) -> str:
    """The result of an operation on two of the numbers left, and what is left after it.

    Raises:
        ToolError: if a number is not left, or the result is not a whole number from 0 to the largest.
    """
    first, second = (int(number) for number in re.split(r"[+*/-]", operation))
    remaining = list(left)
    try:
        remaining.remove(first)
        remaining.remove(second)
    except ValueError:
        raise ToolError("a number is not left") from None
    try:
        result = evaluate(parse(operation))
    except NotArithmeticError as error:
        raise ToolError(str(error)) from None
    if result.denominator != 1 or not 0 <= result <= largest:
        raise ToolError("the result is out of range")
    return f"{result};{' '.join(map(str, [*remaining, int(result)]))}"


@dataclass(frozen=True, slots=True)
class EquationCalls:
    """A call is an operation up to its equals sign; it works on the numbers that the last line says are left.

    Attributes:
        given: the numbers before the first line.
        largest: that a result may be.
    """

    given: tuple[int, ...]
    largest: int
    stop: tuple[str, ...] = ("=",)

    def read(self, text: str) -> Call | MalformedCall | None:
        """The operation at the end of the last line."""
        *before, line = text.split("\n")
        if not line.endswith("="):
            return None
        stated = (re.fullmatch(r"[^;]*;([0-9 ]{1,99})", one) for one in reversed(before))
        left = next(([int(number) for number in one[1].split()] for one in stated if one), list(self.given))
        return Call("calculator", {"operation": line[:-1], "left": left, "largest": self.largest})

    def write(self, result: ToolResult) -> str:
        """The rest of the line, in words that the pocket models know."""
        return "error\n" if result.failed else f"{result.text}\n"

    def agrees(self, claimed: str, result: ToolResult) -> bool:
        """Whether the value is the same and the same numbers are left, in any order."""
        value, _, left = claimed.strip().partition(";")
        expected, _, remaining = self.write(result).strip().partition(";")
        return value == expected and sorted(left.split()) == sorted(remaining.split())


def calculator(given: tuple[int, ...], largest: int) -> Toolbox:
    """The tools of one countdown problem."""
    number = {"type": "integer", "minimum": 0}
    parameters = {
        "type": "object",
        "properties": {
            "operation": {"type": "string", "pattern": _OPERATION},
            "left": {"type": "array", "items": number},
            "largest": number,
        },
        "required": ["operation", "left", "largest"],
    }
    tool = Tool("calculator", "one operation on two of the numbers that are left", parameters, calculate)
    return Toolbox((tool,), EquationCalls(given, largest))
