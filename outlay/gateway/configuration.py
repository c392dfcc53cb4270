"""The gateway's configuration: one TOML file, checked entirely on load."""

import ipaddress
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.answering.answer_rules import ANSWER_RULES
from outlay.bench.fields import Fields, at
from outlay.core.budget import Budget
from outlay.core.catalogue import Catalogue
from outlay.core.errors import InvalidInputError, UnknownNameError
from outlay.core.strategy import Strategy
from outlay.gateway.limits import NO_LIMIT, Allowance
from outlay.models import MODELS
from outlay.verifiers import VERIFIERS

T = TypeVar("T")

PASS_THROUGH = "none"  # noqa: S105 (no password)
"""The strategy of a request that goes to the model as it came."""
PROGRESS = ("comments", "reasoning", "none")
"""How a stream tells what goes on before its answer is decided."""
JUDGES = VERIFIERS.knowing(MODELS)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that the gateway serves.

    Attributes:
        specification: the model, as on the command line.
        max_tokens: the worst-case length of an answer where a request does not say.
        max_step_tokens: that of a step.
        policy: what a request uses that names nothing.
        forward: fields of a request beyond OpenAI's that the model's server knows.
    """

    specification: str
    max_tokens: int = 1024
    max_step_tokens: int = 256
    policy: str = ""
    forward: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A way of answering that has a name.

    Attributes:
        strategy: how the budget of a request is spent, or ``none``.
        verifier: who judges, by the name that the configuration gives it.
        budget: what one request may spend.
        answer_rule: how the value of an answer is read, for votes.
        built: the strategy; None for ``none``. It may be one that no client can name: a composition, a cascade of
            models, or what a file describes.
    """

    strategy: str
    verifier: str = ""
    budget: Budget = NO_LIMIT
    answer_rule: str = "free"
    built: Strategy | None = field(default=None, compare=False, repr=False)


EMBEDDED = {"pocket": ModelChoice("pocket"), "pocket_dialogue": ModelChoice("pocket_dialogue")}
"""What is served where the configuration names no models."""
SHIPPED = {"process_reward": "process_reward", "step_check": "step_check"}
"""The verifiers where it names none."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What is refused whoever asks, and how many requests are worked on.

    Attributes:
        budget: the most that one request may spend; a request can only ask for less.
        seconds: the longest that one request is worked on.
        body_bytes: of a request.
        messages: of a conversation.
        choices: the largest ``n``.
        setting: the largest number among the settings of a client's strategy; 0 where clients name policies alone.
        concurrent: requests that are worked on at a time.
        queue: requests that may wait.
        queue_seconds: how long one waits at most.
    """

    budget: Budget = field(default_factory=lambda: Budget(tokens=200_000))
    seconds: int = 300
    body_bytes: int = 4_000_000
    messages: int = 1000
    choices: int = 16
    setting: int = 1024
    concurrent: int = 32
    queue: int = 256
    queue_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a gateway is told.

    Attributes:
        host: the address to listen at.
        port: the port; 0 for any free one.
        accounts: the file of keys, accounts and the audit log.
        require_keys: whether every request needs a key; None for all but loopback.
        progress: how a stream tells what goes on, where the request does not say.
        keep_alive_seconds: the longest silence of a stream.
        drain_seconds: how long requests under way may go on after the gateway is told to stop.
        models: by the name that clients use.
        policies: by name.
        verifiers: what clients and policies may name.
        projects: their allowances.
        limits: of every request.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    accounts: Path = Path("outlay-gateway.sqlite")
    require_keys: bool | None = None
    progress: str = "comments"
    keep_alive_seconds: int = 15
    drain_seconds: int = 30
    models: Mapping[str, ModelChoice] = field(default_factory=lambda: dict(EMBEDDED))
    policies: Mapping[str, Policy] = field(default_factory=dict)
    verifiers: Mapping[str, str] = field(default_factory=lambda: dict(SHIPPED))
    projects: Mapping[str, Allowance] = field(default_factory=dict)
    limits: RequestLimits = RequestLimits()

    def __post_init__(self) -> None:
        if self.require_keys is False and not self.loopback:
            raise InvalidInputError(
                f"the gateway may not listen at {self.host} without keys; leave out require_keys, or use 127.0.0.1"
            )
        for name, policy in self.policies.items():
            if policy.verifier and policy.verifier not in self.verifiers:
                raise UnknownNameError(f"verifier of policy {name}:", policy.verifier, self.verifiers)
        for name, model in self.models.items():
            if model.policy and model.policy not in self.policies:
                raise UnknownNameError(f"policy of model {name}:", model.policy, self.policies)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def keys_required(self) -> bool:
        """Whether every request needs a key."""
        return not self.loopback if self.require_keys is None else self.require_keys


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(path: Path) -> Configuration:
    """Read a configuration file and check all of it.

    Raises:
        InvalidInputError: naming the file, the key and what would be right.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read the gateway's configuration {str(path)!r}: {error}") from None
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{path.name}: not valid TOML: {error}") from None
    return read(table, path.name)


def read(table: Mapping[str, object], where: str) -> Configuration:
    """A configuration from what its file holds.

    Raises:
        InvalidInputError: naming the key and what would be right.
    """
    fields = Fields(table, where)
    server = fields.table("server") if "server" in fields else Fields({}, f"{where}: [server]")
    known = Configuration()
    verifiers = _named(fields, "verifiers", _verifier, SHIPPED)
    policies = _named(fields, "policies", _policy, {})
    models = _named(fields, "models", _model, EMBEDDED)
    projects = _named(fields, "projects", _project, {})
    limits = _limits(fields.table("limits")) if "limits" in fields else known.limits
    progress = server.text("progress", "comments", known.progress)
    if progress not in PROGRESS:
        raise UnknownNameError(f"{server.where}: progress", progress, PROGRESS)
    made = at(
        where,
        lambda: Configuration(
            host=server.text("host", known.host, known.host),
            port=server.whole("port", 0, known.port, known.port),
            accounts=Path(server.text("accounts", str(known.accounts), str(known.accounts))),
            require_keys=server.choice("require_keys"),
            progress=progress,
            keep_alive_seconds=server.whole("keep_alive_seconds", 1, 15, known.keep_alive_seconds),
            drain_seconds=server.whole("drain_seconds", 0, 30, known.drain_seconds),
            models=models,
            policies=policies,
            verifiers=verifiers,
            projects=projects,
            limits=limits,
        ),
    )
    server.finish()
    fields.finish()
    return made


def _named(fields: Fields, key: str, read_one: Callable[[Fields, str], T], default: Mapping[str, T]) -> Mapping[str, T]:
    if key not in fields:
        return default
    table = fields.table(key)
    given = fields.get(key)
    assert isinstance(given, Mapping)  # noqa: S101
    return {name: read_one(table, name) for name in given}


def _model(fields: Fields, name: str) -> ModelChoice:
    if isinstance(fields.get(name), str):
        table = Fields({"model": fields.get(name)}, f"{fields.where}: {name}")
    else:
        table = fields.table(name)
    if "@" in name:
        raise InvalidInputError(
            f"{fields.where}: the model's name {name!r} may have no @, which stands before a policy"
        )
    choice = ModelChoice(
        specification=_part(table, "model", "openai:NAME", MODELS),
        max_tokens=table.whole("max_tokens", 1, 1024, 1024),
        max_step_tokens=table.whole("max_step_tokens", 1, 256, 256),
        policy=str(table.get("policy") or ""),
        forward=tuple(map(str, table.items("forward", '["top_k"]', []))),
    )
    table.finish()
    return choice


def _policy(fields: Fields, name: str) -> Policy:
    table = fields.table(name)
    strategy = table.text("strategy", "best_of_n(n=4)")
    built = None
    if strategy != PASS_THROUGH:
        built = at(f"{table.where}: strategy", lambda: ALL_STRATEGIES.build(strategy))
    budget = str(table.get("budget") or "")
    policy = Policy(
        strategy=strategy,
        verifier=str(table.get("verifier") or ""),
        budget=at(f"{table.where}: budget", lambda: Budget.parse(budget)),
        answer_rule=_part(table, "answer_rule", "free", ANSWER_RULES, "free"),
        built=built,
    )
    table.finish()
    return policy


def _verifier(fields: Fields, name: str) -> str:
    return _part(fields, name, "process_reward", JUDGES)


def _project(fields: Fields, name: str) -> Allowance:
    table = fields.table(name)
    budget = str(table.get("budget") or "")
    allowance = at(
        table.where,
        lambda: Allowance(
            Budget.parse(budget),
            table.whole("requests_per_minute", 0, 60, 0) or None,
            table.whole("concurrent", 0, 8, 0) or None,
        ),
    )
    table.finish()
    return allowance


def _limits(fields: Fields) -> RequestLimits:
    known = RequestLimits()
    budget = at(
        f"{fields.where}: budget", lambda: Budget.parse(fields.text("budget", "tokens=200000", "tokens=200000"))
    )
    if budget.tokens is None:
        raise InvalidInputError(f'{fields.where}: budget must limit tokens, as in  budget = "tokens=200000"')
    wholes = {
        name: fields.whole(name, least, getattr(known, name), getattr(known, name))
        for name, least in (
            ("seconds", 1), ("body_bytes", 1), ("messages", 1), ("choices", 1), ("setting", 0), ("concurrent", 1),
            ("queue", 0), ("queue_seconds", 0),
        )
    }  # fmt: skip
    fields.finish()
    return RequestLimits(budget=budget, **wholes)


def _part(fields: Fields, key: str, example: str, catalogue: Catalogue[T], default: str | None = None) -> str:
    text = fields.text(key, example, default)
    at(f"{fields.where}: {key}", lambda: catalogue.build(text))
    return text
