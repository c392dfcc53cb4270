"""Small worlds of facts and rules: people with made-up properties, and what rules of the form "everyone who" give.

Rules are also clauses over numbered facts, one for each person, so that what follows can be decided exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from outlay.core.problem import Sequent
from outlay.logic.clauses import Clause


@dataclass(frozen=True, slots=True)
class Property:
    """A property, or that it is absent."""

    word: str
    present: bool = True

    @property
    def negated(self) -> "Property":
        """The opposite."""
        return Property(self.word, not self.present)

    def __str__(self) -> str:
        return self.word if self.present else f"not {self.word}"

    def formula(self, name: str) -> str:
        """What it says of a person or variable."""
        return f"{self.word}({name})" if self.present else f"-{self.word}({name})"


@dataclass(frozen=True, slots=True)
class Fact:
    """A person has a property."""

    person: str
    has: Property

    def __str__(self) -> str:
        return f"{self.person} is {self.has}"

    @property
    def negated(self) -> "Fact":
        """The opposite."""
        return Fact(self.person, self.has.negated)


@dataclass(frozen=True, slots=True)
class Rule:
    """Everyone who has some properties has another one."""

    conditions: tuple[Property, ...]
    result: Property

    def __str__(self) -> str:
        # "not dax and fep" could be taken for not both.
        ordered = sorted(self.conditions, key=lambda one: not one.present)
        return f"everyone who is {' and '.join(map(str, ordered))} is {self.result}"

    @property
    def formula(self) -> str:
        """The rule in logic."""
        conditions = " & ".join(one.formula("x") for one in self.conditions)
        return f"all x. ({conditions} -> {self.result.formula('x')})"


@dataclass(frozen=True, slots=True)
class World:
    """What is given: facts and rules about some people.

    Attributes:
        people: all of them.
        words: all properties.
        facts: what is given of single people.
        rules: what is given of everyone.
        clauses: the rules over numbers of facts, one for each rule and person.
    """

    people: tuple[str, ...]
    words: tuple[str, ...]
    facts: tuple[Fact, ...]
    rules: tuple[Rule, ...]
    clauses: tuple[Clause, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        clauses = (self._clause(rule, person) for rule in self.rules for person in self.people)
        object.__setattr__(self, "clauses", tuple(clauses))

    def number(self, fact: Fact) -> int:
        """A number for a fact, from 1; its opposite has the negative."""
        found = self.people.index(fact.person) * len(self.words) + self.words.index(fact.has.word) + 1
        return found if fact.has.present else -found

    @property
    def given(self) -> frozenset[int]:
        """The numbers of the given facts."""
        return frozenset(map(self.number, self.facts))

    @property
    def texts(self) -> dict[int, str]:
        """For the number of each fact, and of each opposite, its text."""
        both = [Property(word, present) for word in self.words for present in (True, False)]
        facts = [Fact(person, one) for person in self.people for one in both]
        return {self.number(fact): str(fact) for fact in facts}

    def sequent(self, asked: Fact) -> Sequent:
        """The world and what is asked, in logic."""
        facts = [fact.has.formula(fact.person) for fact in self.facts]
        return Sequent((*facts, *(rule.formula for rule in self.rules)), asked.has.formula(asked.person))

    def _clause(self, rule: Rule, person: str) -> Clause:
        conditions = (-self.number(Fact(person, one)) for one in rule.conditions)
        return frozenset({*conditions, self.number(Fact(person, rule.result))})


@dataclass(frozen=True, slots=True)
class Derivation:
    """One use of a rule, or of a rule backwards: what it gives, and the clause that it uses."""

    result: int
    clause: Clause

    @property
    def conditions(self) -> tuple[int, ...]:
        """What it needs, in the order of the numbers."""
        return tuple(sorted((-one for one in self.clause if one != self.result), key=abs))


def derivations(clauses: Sequence[Clause], given: Iterable[int]) -> list[Derivation]:
    """All that rules give, in rounds, so that each fact comes as early as it can; given facts must be consistent."""
    known = set(given)
    found: list[Derivation] = []
    while True:
        new: dict[int, Derivation] = {}
        for clause in clauses:
            left = [one for one in clause if -one not in known]
            if len(left) == 1 and left[0] not in known:
                new.setdefault(left[0], Derivation(left[0], clause))
        if not new:
            return found
        known.update(new)
        found += new.values()


def proof_of(result: int, found: Sequence[Derivation]) -> list[Derivation] | None:
    """Those derivations that a fact needs, in order; None if it is not among them."""
    needed = {result}
    proof: list[Derivation] = []
    for one in reversed(found):
        if one.result in needed:
            proof.append(one)
            needed.update(one.conditions)
    return proof[::-1] or None
