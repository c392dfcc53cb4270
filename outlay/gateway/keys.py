"""Keys of clients: hashed at rest, shown once, with scopes, models, limits and an end."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError, InvalidSettingError
from outlay.gateway.database import Database, now
from outlay.gateway.limits import Allowance

PREFIX = "olk_"
"""How every key begins, so that a leaked one is found by searching for it."""


class Scope(StrEnum):
    """What a key may be used for."""

    INFERENCE = "inference"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret.

    Attributes:
        id: stays when the secret is rotated.
        name: what its owner calls it.
        project: whose limits it shares; empty for none.
        hint: the secret's last characters.
        scopes: what it may be used for.
        models: the models that it may name; empty for all.
        allowance: its limits.
        created: when, in UTC.
        expires: when it ends, if it does.
        revoked: when it was revoked, if it was.
    """

    id: str
    name: str
    project: str = ""
    hint: str = ""
    scopes: frozenset[Scope] = frozenset({Scope.INFERENCE})
    models: frozenset[str] = frozenset()
    allowance: Allowance = field(default_factory=Allowance)
    created: str = ""
    expires: str | None = None
    revoked: str | None = None

    @property
    def usable(self) -> bool:
        """Whether it is neither revoked nor over."""
        return self.revoked is None and (self.expires is None or self.expires > now())


ANONYMOUS = Key("anonymous", "whoever reaches the gateway", scopes=frozenset(Scope))
"""Who asks without a key, where none is needed."""


class Keys:
    """The keys of one database.

    Args:
        database: where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, key: Key, days: int | None = None) -> tuple[Key, str]:
        """Keep a new key; the key as it is kept, and its secret, which is nowhere else.

        Args:
            key: its name, project, scopes, models and allowance; the rest is given to it here.
            days: how long it lives; None for ever.

        Raises:
            InvalidSettingError: if the name is empty or it would be over at once.
        """
        if not key.name.strip():
            raise InvalidSettingError("a key", "name", key.name, "a text that is not empty")
        if days is not None and days < 1:
            raise InvalidSettingError("a key", "days", days, "1 or above")
        secret, made = _secret(), secrets.token_hex(4)
        ends = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
        budget = key.allowance.budget
        with self._database.transaction():
            self._database.change(
                "insert into keys values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
                made, key.name, key.project, _digest(secret), secret[-4:], ",".join(sorted(key.scopes)),
                ",".join(sorted(key.models)), budget.tokens, budget.dollars, key.allowance.requests_per_minute,
                key.allowance.concurrent, now(), ends,
            )  # fmt: skip
            self._database.note("key created", made, key.name)
        return self.of_id(made), secret

    def rotate(self, name: str) -> str:
        """Give a key a new secret, which is nowhere else; the old one is refused from now on.

        Raises:
            InvalidInputError: if there is no such key, or it is revoked or over.
        """
        key = self.of_id(name)
        if not key.usable:
            raise InvalidInputError(f"the key {name} is revoked or over; create a new one")
        secret = _secret()
        with self._database.transaction():
            self._database.change(
                "update keys set digest = ?, hint = ? where id = ?", _digest(secret), secret[-4:], name
            )
            self._database.note("key rotated", name)
        return secret

    def revoke(self, name: str) -> None:
        """Refuse a key from now on.

        Raises:
            InvalidInputError: if there is no such key.
        """
        self.of_id(name)
        with self._database.transaction():
            self._database.change("update keys set revoked = coalesce(revoked, ?) where id = ?", now(), name)
            self._database.note("key revoked", name)

    def all(self) -> list[Key]:
        """Every key, oldest first."""
        return [_key(row) for row in self._database.rows("select * from keys order by created, id")]

    def of_id(self, name: str) -> Key:
        """The key with this id.

        Raises:
            InvalidInputError: if there is none.
        """
        rows = self._database.rows("select * from keys where id = ?", name)
        if not rows:
            raise InvalidInputError(f"there is no key {name!r}; see: outlay keys list")
        return _key(rows[0])

    def of_secret(self, secret: str) -> Key | None:
        """The key with this secret, if it may be used; looked up anew each time, so that revoking works at once."""
        if not secret.startswith(PREFIX):
            return None
        rows = self._database.rows("select * from keys where digest = ?", _digest(secret))
        key = _key(rows[0]) if rows else None
        return key if key is not None and key.usable else None


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    # The secret has 256 random bits: no slow hash could make it harder to guess.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _key(row: sqlite3.Row) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        project=row["project"],
        hint=row["hint"],
        scopes=frozenset(Scope(one) for one in row["scopes"].split(",") if one),
        models=frozenset(filter(None, row["models"].split(","))),
        allowance=Allowance(
            Budget(tokens=row["tokens"], dollars=row["dollars"]), row["requests_per_minute"], row["concurrent"]
        ),
        created=row["created"],
        expires=row["expires"],
        revoked=row["revoked"],
    )
