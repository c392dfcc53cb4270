"""One thread for matrix products: at this size more gain nothing, and lose much where other work wants the cores."""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose matrix products run on the calling thread alone; the setting ends with the call."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _pools().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@cache
def _pools() -> ThreadpoolController:
    # Finding the thread pools takes milliseconds; they do not change once numpy is loaded.
    return ThreadpoolController()
