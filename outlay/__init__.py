"""Outlay: the best answer an inference budget can buy.

Names are imported when they are first used, so that ``import outlay`` itself costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outlay.core.budget import Budget
    from outlay.core.ledger import Ledger
    from outlay.core.problem import Message, Problem, StepRule
    from outlay.core.run import Run
    from outlay.core.solve import Outcome, solve
    from outlay.core.trajectory import Step, Trajectory

__all__ = [
    "Budget",
    "Ledger",
    "Message",
    "Outcome",
    "Problem",
    "Run",
    "Step",
    "StepRule",
    "Trajectory",
    "__version__",
    "solve",
]

__version__ = "0.1.0"

_HOMES = {
    "Budget": "outlay.core.budget",
    "Ledger": "outlay.core.ledger",
    "Message": "outlay.core.problem",
    "Outcome": "outlay.core.solve",
    "Problem": "outlay.core.problem",
    "Run": "outlay.core.run",
    "Step": "outlay.core.trajectory",
    "StepRule": "outlay.core.problem",
    "Trajectory": "outlay.core.trajectory",
    "solve": "outlay.core.solve",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module, once."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'outlay' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
