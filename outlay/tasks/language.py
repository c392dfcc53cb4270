"""A made-up language: its words, its grammar, and sentences with their plain English.

    the small dogs did not follow a cat near the river
    ron zoton pomon ro kudo vi lino ze mivin

- The verb comes last; places stand between subject and object.
- Nouns end in their class, a or o. Articles and adjectives take the class of their noun, and its plural -n.
- Adjectives and then numbers follow the noun; ``near`` and ``in`` follow the whole place.
- Verbs end in -u now and in -i before now, with -n behind for a plural subject; ``ze`` before them says not.
"""

from dataclasses import dataclass
from types import MappingProxyType

PEOPLE = MappingProxyType(
    {
        "dog": "zoto", "bird": "niso", "king": "veta", "girl": "paga", "farmer": "pita", "sailor": "tava",
        "bear": "rulo", "cat": "lino", "goat": "lafa", "duck": "voda", "boy": "luno", "queen": "lego",
    }
)  # fmt: skip
"""Nouns that do something, in English and in the language."""
PLACES = MappingProxyType(
    {"river": "kudo", "house": "losa", "hill": "viba", "bridge": "mero", "garden": "fuma", "forest": "figo"}
)
ADJECTIVES = MappingProxyType(
    {
        "small": "pom", "tall": "vug", "old": "kap", "young": "ron", "red": "mes", "quiet": "van", "brave": "tol",
        "tired": "nos",
    }
)  # fmt: skip
VERBS = MappingProxyType(
    {
        "help": "bin", "follow": "miv", "call": "son", "visit": "sik", "pull": "paz", "greet": "del", "paint": "gud",
        "lift": "lek",
    }
)  # fmt: skip
NUMBERS = MappingProxyType({"two": "bel", "three": "dop"})
NEAR = MappingProxyType({"near": "vi", "in": "sa"})
NOT = "ze"


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Such as ``the small dogs``.

    Attributes:
        determiner: ``the``, ``a``, ``an`` or a number.
        adjective: in English; ``""`` for none.
        noun: in English, singular.
        plural: whether there are several; a number makes it so.
    """

    determiner: str
    adjective: str
    noun: str
    plural: bool = False

    @property
    def english(self) -> str:
        """In English."""
        noun = f"{self.noun}s" if self.plural else self.noun
        return " ".join(word for word in (self.determiner, self.adjective, noun) if word)

    @property
    def translated(self) -> str:
        """In the language."""
        noun = PEOPLE.get(self.noun) or PLACES[self.noun]
        ending = noun[-1] + ("n" if self.plural else "")
        words = [f"r{ending}"] if self.determiner == "the" else []
        words.append(noun[:-1] + ending)
        if self.adjective:
            words.append(ADJECTIVES[self.adjective] + ending)
        if self.determiner in NUMBERS:
            words.append(NUMBERS[self.determiner])
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class VerbPhrase:
    """Such as ``did not follow``; it agrees with its subject."""

    verb: str
    plural: bool
    past: bool = False
    denied: bool = False

    @property
    def english(self) -> str:
        """In English."""
        if self.denied:
            auxiliary = "did" if self.past else "do" if self.plural else "does"
            return f"{auxiliary} not {self.verb}"
        return self.verb + ("ed" if self.past else "" if self.plural else "s")

    @property
    def translated(self) -> str:
        """In the language."""
        verb = VERBS[self.verb] + ("i" if self.past else "u") + ("n" if self.plural else "")
        return f"{NOT} {verb}" if self.denied else verb


@dataclass(frozen=True, slots=True)
class Place:
    """Such as ``near the river``."""

    near: str
    where: NounPhrase

    @property
    def english(self) -> str:
        """In English."""
        return f"{self.near} {self.where.english}"

    @property
    def translated(self) -> str:
        """In the language."""
        return f"{self.where.translated} {NEAR[self.near]}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Who does what to whom, and where."""

    subject: NounPhrase
    verb: VerbPhrase
    whom: NounPhrase
    place: Place | None = None

    @property
    def parts(self) -> tuple[NounPhrase | VerbPhrase | Place, ...]:
        """The parts in the order of English."""
        parts = (self.subject, self.verb, self.whom)
        return parts if self.place is None else (*parts, self.place)

    @property
    def english(self) -> str:
        """In English."""
        return " ".join(part.english for part in self.parts)

    @property
    def translated(self) -> str:
        """In the language."""
        place = () if self.place is None else (self.place,)
        return " ".join(part.translated for part in (self.subject, *place, self.whom, self.verb))
