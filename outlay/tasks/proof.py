"""``proof``: prove a formula from premises, line by line, by the rules of natural deduction.

    premises: p -> q; q -> r. conclusion: p -> r              (prompt, behind a few words on the form)
    1. p -> q [premise]                                       (one line of the proof a step)
    2. q -> r [premise]
    3. | p [assume]
    4. | q [->E 1, 3]
    5. | r [->E 2, 4]
    6. p -> r [->I 3-5]

Any proof that ``outlay.logic.proof`` accepts is right. The answer is the whole proof, or what follows the last
``answer:``, where ``;`` ends a line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.logic.argument import Argument
from outlay.logic.printing import text_of
from outlay.logic.proof.check import check, proof_lines, step_labels
from outlay.logic.proof.rules import RULES
from outlay.tasks.answer_line import answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.theorem import Theorem, draw_theorem

_LINE = re.compile(r"\s*\d{1,4}\s*[.:)]")
FORM = f"""\
prove the conclusion by natural deduction, one numbered line each, and write nothing else. the form:
1. p -> q [premise]
2. | p [assume]
3. | q [->E 1, 2]
4. p -> q [->I 2-3]
rules: premise, assume, {", ".join(RULES)}
"""
"""What every prompt begins with."""
MOVES = (1, 2, 3, 4, 6)
"""For each level, the moves of a worked proof; a move takes one to five lines."""


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """An answer rule: the numbered lines behind the last ``answer:``, or of the whole text, with ``;`` between them."""

    def extract(self, text: str) -> str | None:
        """The proof in one line; None where there is none."""
        lines = proof_lines(answer_line(text) or text)
        return "; ".join(" ".join(line.split()) for line in lines if _LINE.match(line)) or None

    def equal(self, first: str, second: str) -> bool:
        """Whether two proofs are the same text."""
        return first == second


@dataclass(frozen=True, slots=True)
class ProofReference:
    """What is right: every proof that the checker accepts.

    Attributes:
        argument: what is to be proved, and from what.
        answer: the worked proof in one line.
    """

    argument: Argument
    answer: str

    def is_correct(self, value: str | None) -> bool:
        """Whether a value is a proof of the conclusion."""
        return value is not None and check(self.argument, value).proved

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if its line follows from those before it."""
        return step_labels(check(self.argument, "\n".join(steps)), steps)


@dataclass(frozen=True, slots=True)
class Proof:
    """The task; levels 1 to 5 take 1, 2, 3, 4 and 6 moves, with quantifiers in some from level 3 on."""

    info: TaskInfo = TaskInfo("proof", "prove a formula by natural deduction", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random theorem with one proof of it."""
        theorem = draw_theorem(MOVES[level - 1], level, rng)
        argument = theorem.argument
        premises = "; ".join(map(text_of, argument.premises)) or "none"
        problem = Problem(
            "proof",
            ask(f"{FORM}premises: {premises}. conclusion: {text_of(argument.conclusion)}"),
            ProofAnswer(),
            StepRule(max_steps=64, max_step_tokens=128, max_tokens=2048),
            _reference(theorem),
            task="proof",
            level=level,
            sequent=argument.sequent,
        )
        return Exercise(problem, theorem.proof)


def _reference(theorem: Theorem) -> ProofReference:
    return ProofReference(theorem.argument, ProofAnswer().extract(theorem.proof) or "")
