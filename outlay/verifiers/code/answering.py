"""The role of a program under test: loads it as a module, and answers what the tests ask of it, with plain data.

Nothing here is trusted: the program runs in this very process and may answer what it likes. It sees the arguments of
one question at a time, never the tests nor what they expect.
"""

import builtins
import io
import json
import operator
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from outlay.verifiers.code.plain import NotPlainError, Slot, read, write
from outlay.verifiers.sandbox.frames import message, read_message, write_all

QUESTIONS, ANSWERS = 3, 4
READY = b"ready"
"""The first answer, before any question and before any line of the program has run."""
_ASKED: Mapping[str, Callable[..., object]] = {
    "getattr": getattr, "setattr": setattr, "getitem": operator.getitem, "setitem": operator.setitem,
    "delitem": operator.delitem, "len": len, "iter": iter, "next": next, "str": str, "repr": repr, "bool": bool,
    "enter": lambda one: type(one).__enter__(one), "exit": lambda one: type(one).__exit__(one, None, None, None),
    "call": lambda function, arguments, named: function(*arguments, **named),
}  # fmt: skip


def run() -> int:
    """Answer questions until there are no more."""
    answering = _Answering()
    write_all(ANSWERS, message([READY]))
    # Its words go along with its answers, for tests that look at what a function prints.
    sys.stdout = io.StringIO()
    while (question := read_message(QUESTIONS)) is not None:
        write_all(ANSWERS, message([answering.answer(question[0].decode())]))
    return 0


def _said() -> str:
    """What the program has printed since the last time."""
    said, sys.stdout = sys.stdout, io.StringIO()
    return said.getvalue() if isinstance(said, io.StringIO) else ""


class _Answering:
    """The program and what of it the tests have hold of."""

    def __init__(self) -> None:
        self._module = ModuleType("program")
        self._held: list[object] = []
        self._numbers: dict[int, int] = {}

    def answer(self, question: str) -> bytes:
        """An answer: a value, nothing at all (then with what became of the arguments), or an error."""
        try:
            (what, *arguments), given = read(question, self._foreign_value)
            result = self._load(*arguments) if what == "load" else self._do(what, arguments)
            kind, known = ("none", given) if result is None else ("value", [])
            told = {kind: write(result, self._slot, known)[0]}
        except BaseException as error:  # noqa: BLE001 (whatever a hostile program raises)
            told = {"error": self._error(error)}
        return json.dumps({**told, "said": _said()}).encode()

    def _load(self, source: str, *names: str) -> list[str]:
        """Run the program under several names as a module; the names that it defines."""
        for name in names:
            sys.modules[name] = self._module
        self._module.__name__ = names[0]
        builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
        code = compile(source, f"{names[0]}.py", "exec", dont_inherit=True)
        exec(code, self._module.__dict__)  # noqa: S102 (the sandbox is for this)
        return [name for name in self._module.__dict__ if not name.startswith("__")]

    def _do(self, what: str, arguments: list[Any]) -> object:
        if what == "get":
            return getattr(self._module, arguments[0])
        return _ASKED[what](*arguments)

    def _error(self, error: BaseException) -> str:
        """The error's class and arguments; an argument that is not plain becomes text."""
        try:
            return write([type(error), list(error.args)], self._class_slot)[0]
        except NotPlainError:
            return write([type(error), [str(error)]], self._class_slot)[0]

    def _slot(self, one: object) -> Slot:
        """How a value that is not plain crosses: a class of errors by its ancestry, all else by number."""
        if isinstance(one, type) and issubclass(one, BaseException):
            return self._class_slot(one)
        return {"held": self._number(one)}

    def _class_slot(self, one: object) -> Slot:
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise NotPlainError
        if one.__module__ == "builtins":
            return {"error": one.__name__}
        return {"new error": [self._number(one), one.__name__, self._class_slot(one.__base__)]}

    def _number(self, one: object) -> int:
        if id(one) not in self._numbers:
            self._numbers[id(one)] = len(self._held)
            self._held.append(one)
        return self._numbers[id(one)]

    def _foreign_value(self, key: str, content: Any) -> object:
        return self._held[content]
