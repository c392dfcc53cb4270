"""``logic``: what follows from facts and rules about made-up properties: true, false or unknown.

    everyone who is dax is fep. ana is dax. ben is gorp.      (prompt)
    is it true, false or unknown that ana is not fep?
    ana is dax so ana is fep                                  (one step for each use of a rule)
    answer:false

Where neither follows, the worked solution uses the rules as long as they give something, then says so and answers
``unknown``. The problem carries its formulas for the verifier ``logic``. What is unknown is decided by cases, not by
absence: a fact that is not given may be true. Source of the form: Tafjord et al. 2021, ProofWriter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from outlay.core.problem import Problem, StepRule
from outlay.logic.clauses import Clause, propagate, satisfiable
from outlay.logic.truth import Truth, read_truth
from outlay.tasks.answer_line import answer_line
from outlay.tasks.exercise import Exercise, TaskInfo, ask
from outlay.tasks.rules import Derivation, Fact, Property, Rule, World, derivations, proof_of

NOTHING_MORE = "no rule gives more"
"""What a solution says once every rule has been used."""


@dataclass(frozen=True, slots=True)
class TruthAnswer:
    """An answer rule: the answer line, where words that mean the same are the same."""

    def extract(self, text: str) -> str | None:
        """``true``, ``false`` or ``unknown``, or else the text behind the last ``answer:`` as it is."""
        value = answer_line(text)
        return None if value is None else str(read_truth(value) or value)

    def equal(self, first: str, second: str) -> bool:
        """Whether two values are the same answer."""
        return first == second


@dataclass(frozen=True, slots=True)
class LogicReference:
    """What is right: the answer, and every use of a rule on what is known by then."""

    answer: str
    facts: frozenset[int]
    clauses: tuple[Clause, ...] = field(repr=False)
    literals: dict[str, int] = field(repr=False)

    def is_correct(self, value: str | None) -> bool:
        """Whether a value is the answer."""
        return value == self.answer

    def step_labels(self, steps: Sequence[str]) -> list[bool]:
        """A step is right if it uses one rule, or one backwards, on known literals and gives a new one."""
        known = set(self.facts)
        said: set[str] = set()
        labels: list[bool] = []
        for step in steps:
            line = step.strip()
            labels.append(all(labels) and line not in said and self._is_right(line, known))
            said.add(line)
        return labels

    def _is_right(self, line: str, known: set[int]) -> bool:
        value = answer_line(line)
        if value is not None:
            return self.is_correct(value)
        if line == NOTHING_MORE:
            return not derivations(self.clauses, known)
        before, so, after = line.partition(" so ")
        given = [self.literals.get(one, 0) for one in before.split(", ")]
        new = self.literals.get(after, 0)
        uses_rule = frozenset({new, *(-one for one in given)}) in self.clauses
        right = bool(so) and new not in known and all(one in known for one in given) and uses_rule
        known.add(new)
        return right


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level asks for.

    Attributes:
        steps: uses of a rule that an answer other than unknown takes.
        people: how many there are.
        spare: rules, and as many facts, that the answer does not need.
        absence: whether rules have absent properties as conditions; any may have one as result.
        conditions: of a rule, at most.
    """

    steps: int
    people: int
    spare: int
    absence: bool = False
    conditions: int = 1


LEVELS = (
    Difficulty(1, 2, 2),
    Difficulty(2, 2, 2),
    Difficulty(3, 2, 3, absence=True),
    Difficulty(4, 3, 4, absence=True, conditions=2),
    Difficulty(6, 3, 6, absence=True, conditions=2),
)
MOST_DERIVED = 8
"""Uses of a rule in a worked solution that ends with ``unknown``."""
PEOPLE = ("ana", "ben", "cleo", "dan", "eva", "finn", "gus", "hana")
WORDS = (
    "blim", "crad", "dax", "fep", "gorp", "hilo", "jask", "kren", "lum", "mip", "norb", "osk", "pell", "quib", "rond",
    "sarn", "tove", "ulk", "vask", "wug", "yost", "zorn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Logic:
    """The task; levels 1 to 5 take 1, 2, 3, 4 and 6 uses of rules, with two conditions each from level 4 on."""

    info: TaskInfo = TaskInfo("logic", "what follows from facts and rules", 5, checks_steps=True)

    def draw(self, level: int, rng: np.random.Generator) -> Exercise:
        """A random exercise; true, false and unknown are equally likely, and so are questions with and without not."""
        difficulty = LEVELS[level - 1]
        truth = list(Truth)[int(rng.integers(3))]
        while True:
            world, end = _draw(difficulty, truth is Truth.UNKNOWN, rng)
            asked = end.negated if truth is Truth.FALSE else end
            steps = _worked(world, world.number(end), truth, difficulty)
            if steps is not None:
                return _exercise(world, asked, truth, steps, level)


def _draw(difficulty: Difficulty, broken: bool, rng: np.random.Generator) -> tuple[World, Fact]:
    """A world with a chain of rules for one person, and the fact it leads to; if broken, one link is missing."""
    words = [str(word) for word in rng.permutation(WORDS)[: 2 * difficulty.steps + 4]]
    people = [str(name) for name in rng.permutation(PEOPLE)[: difficulty.people]]

    def condition(word: str) -> Property:
        return Property(word, not difficulty.absence or rng.random() < 0.7)

    def one_of(choices: Sequence[str]) -> str:
        return choices[int(rng.integers(len(choices)))]

    spare = words[difficulty.steps + 1 :]
    chain = [condition(word) for word in words[: difficulty.steps]]
    chain.append(Property(words[difficulty.steps], rng.random() < 0.5))
    facts, rules = [Fact(people[0], chain[0])], []
    for before, after in pairwise(chain):
        conditions = [before]
        if difficulty.conditions > 1 and rng.random() < 0.5:
            conditions.append(condition(one_of(spare)))
            facts.append(Fact(people[0], conditions[1]))
        rules.append(Rule(tuple(conditions), after))
    if broken:
        missing = int(rng.integers(len(facts) + len(rules)))
        if missing < len(facts):
            facts[missing] = Fact(people[1], facts[missing].has)
        else:
            del rules[missing - len(facts)]
    for _ in range(difficulty.spare):
        number = int(rng.integers(1, difficulty.conditions + 1))
        result, *others = (words[i] for i in rng.permutation(len(words))[: number + 1])
        rules.append(Rule(tuple(map(condition, others)), Property(result, rng.random() < 0.5)))
        person = one_of(people)
        facts.append(Fact(person, condition(one_of(spare if person == people[0] else words))))
    facts = [facts[i] for i in rng.permutation(len(facts))]
    rules = [rules[i] for i in rng.permutation(len(rules))]
    world = World(tuple(people), tuple(words), tuple(dict.fromkeys(facts)), tuple(dict.fromkeys(rules)))
    return world, Fact(people[0], chain[-1])


def _worked(world: World, end: int, truth: Truth, difficulty: Difficulty) -> list[Derivation] | None:
    """The uses of rules that lead to the answer; None if the world is not as wanted."""
    if propagate(world.clauses, world.given) is None:
        return None
    found = derivations(world.clauses, world.given)
    if truth is not Truth.UNKNOWN:
        proof = proof_of(end, found)
        as_wanted = proof is not None and len(proof) == difficulty.steps and satisfiable(world.clauses, world.given)
        return proof if as_wanted else None
    both = (satisfiable(world.clauses, {*world.given, literal}) for literal in (end, -end))
    return found if len(found) <= MOST_DERIVED and all(both) else None


def _exercise(world: World, asked: Fact, truth: Truth, steps: Sequence[Derivation], level: int) -> Exercise:
    texts = world.texts
    lines = [f"{', '.join(texts[one] for one in step.conditions)} so {texts[step.result]}" for step in steps]
    if truth is Truth.UNKNOWN:
        lines.append(NOTHING_MORE)
    prompt = " ".join(f"{one}." for one in (*world.rules, *world.facts))
    problem = Problem(
        "logic",
        ask(f"{prompt} is it true, false or unknown that {asked}?"),
        TruthAnswer(),
        StepRule(max_steps=len(world.rules) + MOST_DERIVED, max_step_tokens=96, max_tokens=96 * (MOST_DERIVED + 2)),
        LogicReference(str(truth), world.given, world.clauses, {text: number for number, text in texts.items()}),
        task="logic",
        level=level,
        sequent=world.sequent(asked),
    )
    return Exercise(problem, "\n".join([*lines, f"answer:{truth}"]))
