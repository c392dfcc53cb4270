"""The tests' side of the conversation with a program under test: asks, and takes plain data for an answer.

Whatever goes wrong is kept, so that tests which swallow an exception do not swallow the verdict.
"""

import builtins
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from outlay.verifiers.code.answering import READY
from outlay.verifiers.code.plain import MalformedError, NotPlainError, Slot, read, write
from outlay.verifiers.sandbox.frames import message, unpack, write_all

LONGEST_ANSWER = 4 << 20
"""Bytes."""


class Stop(BaseException):
    """Ends the tests: there is nothing more to be learnt from this program."""


class Channel:
    """Asks one question at a time.

    Attributes:
        ended: why the program can be asked no more; empty while it can.
        refused: why it cannot be judged; empty while it can.
        asking: whether an answer is awaited.
        asked: how many questions there were since it was last set to 0.
        raised: the last error that an answer was.
    """

    def __init__(self, questions: int, answers: int) -> None:
        self._questions = questions
        self._answers = answers
        self._held: dict[int, object] = {}
        self._errors: dict[int, type[BaseException]] = {}
        self.make_remote: Callable[[int], object] = lambda number: number
        self.number_of: Callable[[object], int | None] = lambda _: None
        self.ended = ""
        self.refused = ""
        self.asking = False
        self.asked = 0
        self.raised: BaseException | None = None

    def ask(self, what: str, *arguments: object) -> Any:
        """What the program answers.

        Raises:
            Exception: what the program raised, as the nearest of Python's own, or as a class made after its own.
            Stop: if the program is no longer there, or if the question or answer cannot be told in plain data.
        """
        if self.ended:
            raise Stop
        self.asked += 1
        try:
            question, given = write([what, *arguments], self._slot)
        except NotPlainError as error:
            raise self.refuse(f"the tests pass a value of type {error}, which is not plain data") from error
        answer = self._exchange(question)
        try:
            value, raised = self._told(json.loads(answer), given)
        except (MalformedError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise self.end("the program does not answer in plain data") from error
        if raised is None:
            return value
        if isinstance(raised, StopIteration) and what != "next":
            # Elsewhere than from an iterator it would end a test's own loop early, and look like its natural end.
            raised = RuntimeError(str(raised))
        self.raised = raised
        raise raised

    def await_start(self) -> None:
        """Wait for the process that is to run the program.

        Raises:
            Stop: if it does not start, which is no fault of the program.
        """
        try:
            self._receive(len(message([READY])))
        except Stop:
            self.ended = ""
            raise self.refuse("the sandbox of the program did not start") from None

    def end(self, why: str) -> Stop:
        """Note that the program can be asked no more."""
        self.ended = self.ended or why
        return Stop(why)

    def refuse(self, why: str) -> Stop:
        """Note that the program cannot be judged."""
        self.refused = self.refused or why
        return Stop(why)

    def _exchange(self, question: str) -> bytes:
        self.asking = True
        try:
            write_all(self._questions, message([question.encode()]))
            size = int.from_bytes(self._receive(4), "big")
            if size > LONGEST_ANSWER:
                raise self.end("the program answers too much")
            fields = unpack(self._receive(size))
        except OSError as error:
            raise self.end("the program ended while it was asked") from error
        self.asking = False
        return fields[0] if fields else b""

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            part = os.read(self._answers, size - len(received))
            if not part:
                raise self.end("the program ended while it was asked")
            received += part
        return received

    def _told(self, answer: Any, given: Sequence[object]) -> tuple[Any, BaseException | None]:
        """What a well-formed answer says: a value, or an error to raise."""
        sys.stdout.write(answer.pop("said"))
        ((kind, text),) = answer.items()
        if kind == "none":
            read(text, self._foreign_value, given)
            return None, None
        value = read(text, self._foreign_value)[0]
        return (None, self._error(*value)) if kind == "error" else (value, None)

    def _error(self, kind: type[BaseException], arguments: list[object]) -> BaseException:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise MalformedError("an error of no class")
        try:
            return kind(*arguments)
        except Exception:  # noqa: BLE001 (some classes are particular about their arguments)
            return RuntimeError(f"{kind.__name__}: {arguments}")

    def _slot(self, one: object) -> Slot:
        number = self.number_of(one)
        if number is None:
            raise NotPlainError(type(one).__name__)
        return {"held": number}

    def _foreign_value(self, key: str, content: Any) -> object:
        match key:
            case "held":
                return self._held.setdefault(int(content), self.make_remote(int(content)))
            case "error":
                return _own_error(str(content))
            case "new error":
                number, name, base = content
                if number not in self._errors:
                    ((base_key, base_content),) = base.items()
                    ancestor: Any = self._foreign_value(base_key, base_content)
                    self._errors[number] = type(str(name), (ancestor,), {"__module__": "program"})
                return self._errors[number]
        raise MalformedError(key)


def _own_error(name: str) -> type[BaseException]:
    """The error of Python's own that stands for one of the program's. None may pass for an end of the tests."""
    found = getattr(builtins, name, None)
    if found is SystemExit:
        return SystemExit
    if isinstance(found, type) and issubclass(found, Exception) and not issubclass(found, StopAsyncIteration):
        return found
    return RuntimeError
