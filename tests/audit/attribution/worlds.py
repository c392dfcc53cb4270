"""A small model whose chance of success after each step is known by enumeration, and a failed answer of its."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from outlay.audit.attribution.trace import FailedTrace, failed_trace
from outlay.core.budget import Budget
from outlay.core.model import LanguageModel
from outlay.core.problem import Message, Problem, StepRule
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.montecarlo import enumerate_program
from outlay.testing import AfterEquals, Arrival, Branch, EnumerableModel, World

TABLE: Mapping[str, Sequence[Branch]] = MappingProxyType(
    {
        "": (Branch("a\n", 0.5), Branch("=7", 0.375), Branch("=8", 0.125)),
        "a\n": (Branch("b\n", 0.5), Branch("=7", 0.5)),
        "a\nb\n": (Branch("c\n", 0.5), Branch("=8", 0.4), Branch("=7", 0.1)),
        "a\nb\nc\n": (Branch("=8", 0.9), Branch("=7", 0.1)),
    }
)
FAILED = "a\nb\nc\n=8"
DECISIVE = 2


@dataclass(frozen=True, slots=True)
class Seven:
    """What is right."""

    answer: str = "7"

    def is_correct(self, value: str | None) -> bool:
        return value == self.answer


PROBLEM = Problem(
    "seven",
    (Message("user", "what is it?"),),
    AfterEquals(),
    StepRule(("\n",), max_steps=6, max_step_tokens=4, max_tokens=12),
    Seven(),
)


def model(arrival: Arrival = Arrival.IN_ORDER, arrival_seed: int = 0) -> EnumerableModel:
    return EnumerableModel(TABLE, arrival, arrival_seed)


def trace(text: str = FAILED, problem: Problem = PROBLEM) -> FailedTrace:
    return failed_trace(Trajectory(problem).extend(Step(text), Finish.END))


def run(
    asked: LanguageModel | None = None, budget: Budget | None = None, seed: int = 0, problem: Problem = PROBLEM
) -> Run:
    return World(problem, asked or model()).run(budget, seed)


def success_rates(prefixes: Sequence[str] = ("", "a\n", "a\nb\n", "a\nb\nc\n")) -> list[float]:
    """The exact chance to come out right after each prefix."""
    rule = PROBLEM.answer_rule
    found = []
    for prefix in prefixes:
        law = enumerate_program(lambda choices, prefix=prefix: model().choose_answer(choices, prefix))
        found.append(sum(p for text, p in law.probabilities.items() if rule.extract(text) == "7"))
    return found


def without_reference() -> Problem:
    return replace(PROBLEM, reference=None)
