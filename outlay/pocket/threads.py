"""Threads: one for a matrix product, since at this size more gain nothing, but several parts of a batch at a time."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def all_at_once(calls: Sequence[Callable[[], R]]) -> list[R]:
    """The results of some calls, the first made on this thread and each other on a thread of its own."""
    others = [_workers().submit(call) for call in calls[1:]]
    return [calls[0](), *(other.result() for other in others)]


@cache
def _workers() -> ThreadPoolExecutor:
    if hasattr(os, "register_at_fork"):  # a forked process has the pool without its threads
        os.register_at_fork(after_in_child=_workers.cache_clear)
    return ThreadPoolExecutor(max(1, cores() - 1), "pocket")


@cache
def _pools() -> ThreadpoolController:
    # Finding the thread pools takes milliseconds; they do not change once numpy is loaded.
    return ThreadpoolController()
