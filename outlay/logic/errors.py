"""What is wrong with formal text, and where."""

from outlay.core.errors import InvalidInputError


class FormulaError(InvalidInputError):
    """Text that is no formula, argument or proof line.

    Attributes:
        reason: what is wrong, without the place.
        line: in the text, from 1.
        column: in the line, from 1.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column
