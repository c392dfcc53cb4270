"""What tests hold in place of the program's own functions, classes and objects.

A call, an attribute, an item or an iteration asks the program and gives plain data, or another stand-in. Whatever would
let the program compare or calculate with what the tests expect is refused: those tests cannot be judged here.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NoReturn

from outlay.verifiers.code.channel import Channel

_REFUSED = """
    eq ne lt le gt ge contains add radd sub rsub mul rmul matmul rmatmul truediv rtruediv floordiv rfloordiv mod rmod
    divmod rdivmod pow rpow and rand or ror xor rxor lshift rlshift rshift rrshift neg pos abs invert round trunc floor
    ceil int float complex index instancecheck subclasscheck
"""


class Remote:
    """Stands for one object of the program."""

    __slots__ = ("__channel", "__number")

    def __init__(self, channel: Channel, number: int) -> None:
        object.__setattr__(self, "_Remote__channel", channel)
        object.__setattr__(self, "_Remote__number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in {"__name__", "__doc__"}:
            raise AttributeError(name)
        return self.__channel.ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        self.__channel.ask("setattr", self, name, value)

    def __call__(self, *arguments: object, **named: object) -> Any:
        """What the program's function or class gives for plain arguments."""
        return self.__channel.ask("call", self, arguments, named)

    def __getitem__(self, key: object) -> Any:
        return self.__channel.ask("getitem", self, key)

    def __setitem__(self, key: object, value: object) -> None:
        self.__channel.ask("setitem", self, key, value)

    def __delitem__(self, key: object) -> None:
        self.__channel.ask("delitem", self, key)

    def __len__(self) -> int:
        length: int = self.__channel.ask("len", self)
        return length

    def __bool__(self) -> bool:
        return self.__channel.ask("bool", self) is True

    def __str__(self) -> str:
        text: str = self.__channel.ask("str", self)
        return text

    def __repr__(self) -> str:
        text: str = self.__channel.ask("repr", self)
        return text

    def __iter__(self) -> Iterator[Any]:
        iterator = self.__channel.ask("iter", self)
        while True:
            try:
                item = self.__channel.ask("next", iterator)
            except StopIteration:
                return
            yield item

    def __next__(self) -> Any:
        return self.__channel.ask("next", self)

    def __enter__(self) -> Any:
        return self.__channel.ask("enter", self)

    def __exit__(self, *_: object) -> None:
        self.__channel.ask("exit", self)

    __hash__ = object.__hash__


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Remote, *_: object) -> NoReturn:
        channel: Channel = object.__getattribute__(self, "_Remote__channel")
        raise channel.refuse(f"the tests use __{name}__ of what the program gave, which is not plain data")

    return refuse


for _name in _REFUSED.split():
    setattr(Remote, f"__{_name}__", _refusal(_name))


def connect(channel: Channel) -> None:
    """Let a channel give stand-ins for what is not plain, and take them back."""
    channel.make_remote = lambda number: Remote(channel, number)
    channel.number_of = lambda one: object.__getattribute__(one, "_Remote__number") if type(one) is Remote else None


class ProgramModule(ModuleType):
    """What ``import`` gives tests for the program: each name of it is asked for as it is used."""

    def __init__(self, name: str, channel: Channel, names: list[str]) -> None:
        super().__init__(name)
        self.__channel = channel
        self.__all__ = names

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__channel.ask("get", name)
