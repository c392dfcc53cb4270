"""Outlay: the best answer an inference budget can buy."""

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
