"""Which selections are evaluated on a pool: those named, or what its columns allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from outlay.core.catalogue import Catalogue, Specification, parse
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.pools.pool import Pool
from outlay.pools.schema import STEP_SCORES
from outlay.pools.selections import SELECTIONS
from outlay.pools.selections.selection import Selection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection with its name as it could be typed, the verifier that it uses on this pool included."""

    name: str
    selection: Selection


def select(pool: Pool, given: Sequence[str]) -> list[Selected]:
    """The named selections, each once.

    Raises:
        InvalidInputError: if one is unknown, or needs what the pool does not have.
    """
    found = {one.name: one for one in (_selected(pool, text) for text in given)}
    for one in found.values():
        missing = [column for column in one.selection.info.columns if column not in pool.known_columns]
        if one.selection.info.answers and not {"vote", "value"} & pool.known_columns:
            missing.append("value")
        if missing:
            raise InvalidInputError(
                f"{one.name} needs the column {', '.join(missing)}, which {pool.path} does not have"
            )
    return list(found.values())


def usual(pool: Pool) -> list[Selected]:
    """What the columns of a pool allow: bounds, votes, every verifier's favourites, and the shortest."""
    return [one for one in (_selected(pool, text) for text in _usual(pool)) if _fits(pool, one.selection)]


def build_part(pool: Pool, catalogue: Catalogue[T], given: str) -> tuple[str, T]:
    """A selection or target from its text, with the pool's only verifier if it needs one and names none.

    Returns:
        Its name as it could be typed, and the part.

    Raises:
        InvalidInputError: if it is unknown, or it is open which verifier is meant.
    """
    wanted = parse(given, catalogue.kind)
    settings = {k: str(v) if isinstance(v, Specification) else v for k, v in wanted.settings.items()}
    part: Any = catalogue.build(Specification(wanted.name, settings))
    if "verifier" in {field.name for field in fields(part)}:
        part = replace(part, verifier=_verifier(pool, wanted.name, part.verifier))
        settings = {"verifier": part.verifier, **settings}
    return str(Specification(wanted.name, settings)), part


def _selected(pool: Pool, text: str) -> Selected:
    name, selection = build_part(pool, SELECTIONS, text)
    return Selected(name, selection)


def _fits(pool: Pool, selection: Selection) -> bool:
    answered = not selection.info.answers or bool({"vote", "value"} & pool.known_columns)
    return answered and set(selection.info.columns) <= pool.known_columns


def _verifier(pool: Pool, owner: str, given: str) -> str:
    if given:
        if given not in pool.verifiers:
            raise UnknownNameError(f"verifier of {pool.path}:", given, pool.verifiers)
        return given
    if len(pool.verifiers) != 1:
        known = f"one of {', '.join(pool.verifiers)}" if pool.verifiers else "and this pool has none"
        raise InvalidInputError(f"{owner} needs the verdicts of a verifier, {known}: write {owner}(verifier=NAME)")
    return pool.verifiers[0]


def _usual(pool: Pool) -> Iterator[str]:
    yield from ("single", "coverage", "all_right", "self_consistency")
    for verifier in pool.verifiers:
        named = f"verifier={verifier!r}"
        yield from (f"best_of_n({named})", f"weighted_vote({named})", f"best_of_majority({named})")
        if f"{STEP_SCORES}{verifier}" in pool.known_columns:
            yield f"best_of_n({named}, aggregate=min)"
    yield from ("perplexity_consistency(prune=false)", "shortest", "first_finish")
