"""Which strategy answers a request, and what it may spend: by its body, its headers, its model's name or a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from outlay.answering.answer_rules import ANSWER_RULES
from outlay.core.budget import Budget
from outlay.core.catalogue import Specification, parse
from outlay.core.errors import InvalidInputError
from outlay.core.part_file import SUFFIX
from outlay.core.strategy import Strategy
from outlay.gateway.configuration import PASS_THROUGH, Configuration, ModelChoice, Policy
from outlay.gateway.errors import RefusedError, no_model
from outlay.gateway.limits import tighter
from outlay.gateway.options import Options
from outlay.strategies import STRATEGIES

LONGEST = 500
"""Characters of a strategy's text."""
OPENED_FILES = frozenset({"path"})
"""Settings that name files of the gateway's machine. A setting without a name may be any."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How one request is answered.

    Attributes:
        name: the model's name, without a policy.
        model: the model.
        policy: the policy's name, if one was named.
        strategy: how to spend; ``none`` passes the request on.
        verifier: who judges, by name; empty for nobody.
        budget: what the request may spend.
        answer_rule: how values are read.
        built: the policy's strategy, where no client could name it.
    """

    name: str
    model: ModelChoice
    policy: str
    strategy: str
    verifier: str
    budget: Budget
    answer_rule: str
    built: Strategy | None = None

    @property
    def told(self) -> str:
        """The strategy as clients are told of it: without files and servers that they may not name."""
        return self.strategy if self.built is None else self.built.info.name

    @property
    def passed_on(self) -> bool:
        """Whether the model alone answers, with the client's own sampling settings."""
        return self.strategy in {PASS_THROUGH, "greedy"}


def choose(configuration: Configuration, model: str, options: Options) -> Choice:
    """How a request is answered. What it names itself goes before the policy that it names, and that before the rest.

    Args:
        configuration: the gateway's.
        model: the request's model, as in ``pocket``, ``pocket@careful`` or ``pocket@best_of_n(n=4)``.
        options: what it says besides.

    Raises:
        RefusedError: if the model is unknown.
        InvalidInputError: if anything else is.
    """
    name, _, wanted = model.partition("@")
    found = configuration.models.get(name)
    if found is None:
        raise no_model(name)
    named = options.policy or (wanted if wanted in configuration.policies else "")
    written = options.strategy or ("" if named else wanted)
    if options.policy and options.policy not in configuration.policies:
        known = ", ".join(configuration.policies) or "none"
        raise RefusedError(400, f"there is no policy {options.policy!r}; known are {known}", param="outlay.policy")
    if not (named or written):
        named = found.policy
    policy = configuration.policies[named] if named else Policy(PASS_THROUGH)
    if written:
        check_written(written, configuration.limits.setting)
    strategy = written or policy.strategy
    built = None if written or _named(policy.strategy) else policy.built
    budget = tighter(_budget(options.budget), tighter(policy.budget, configuration.limits.budget))
    return Choice(
        name=name,
        model=found,
        policy=named,
        strategy=strategy,
        verifier=_verifier(configuration, options.verifier or policy.verifier, strategy, built),
        budget=tighter(budget, Budget(seconds=configuration.limits.seconds)),
        answer_rule=_rule(options.answer_rule) or policy.answer_rule,
        built=built,
    )


def check_written(text: str, largest: int) -> None:
    """Refuse a strategy that a client may not ask for.

    Raises:
        InvalidInputError: if it has too large a number, opens a file, or is not one.
    """
    if text == PASS_THROUGH:
        return
    if largest == 0:
        raise InvalidInputError("this gateway takes the names of policies, and no strategies; see /v1/models")
    if len(text) > LONGEST:
        raise InvalidInputError(f"strategy: a strategy's text has {LONGEST} characters at most")
    wanted = parse(text, "strategy")
    _check(wanted, wanted, largest)
    STRATEGIES.build(wanted)


def build_strategy(choice: Choice, sampling: Mapping[str, float]) -> tuple[Strategy, list[str]]:
    """The strategy with the client's sampling settings where it has such settings, and the names of those it has not.

    What the strategy's own text says goes before them.
    """
    if choice.built is not None:
        return choice.built, sorted(sampling)
    wanted = parse(choice.strategy, "strategy")
    known = {field.name for field in fields(STRATEGIES.type_of(wanted.name))}  # type: ignore[arg-type]
    taken = {name: value for name, value in sampling.items() if name in known and name not in wanted.settings}
    built = STRATEGIES.build(Specification(wanted.name, {**wanted.settings, **taken}))
    return built, sorted(set(sampling) - set(taken))


def _check(value: object, whole: Specification, largest: int) -> None:
    if isinstance(value, Specification):
        if (OPENED_FILES | {""}) & set(value.settings):
            raise InvalidInputError(f"strategy {whole!s}: a request may name no file, and names every setting")
        for one in value.settings.values():
            _check(one, whole, largest)
    elif isinstance(value, list | tuple):
        for one in value:
            _check(one, whole, largest)
    elif isinstance(value, int | float) and value > largest:
        raise InvalidInputError(f"strategy {whole!s}: this gateway takes numbers up to {largest}; got {value}")
    elif isinstance(value, str) and value.lstrip().startswith(tuple(STRATEGIES)) and ("(" in value or ":" in value):
        _check(parse(value, "strategy"), whole, largest)


def _named(strategy: str) -> bool:
    """Whether clients could name a policy's strategy too."""
    return strategy == PASS_THROUGH or (
        not strategy.strip().endswith(SUFFIX) and parse(strategy, "strategy").name in STRATEGIES
    )


def _verifier(configuration: Configuration, named: str, strategy: str, built: Strategy | None) -> str:
    if named and named not in configuration.verifiers:
        known = ", ".join(configuration.verifiers) or "none"
        raise RefusedError(400, f"there is no verifier {named!r}; known are {known}", param="outlay.verifier")
    if named or strategy == PASS_THROUGH:
        return named
    if (built or STRATEGIES.build(strategy)).info.verifier is None:
        return ""
    if not configuration.verifiers:
        raise RefusedError(400, f"{strategy} needs a verifier, and this gateway has none", param="outlay.strategy")
    return next(iter(configuration.verifiers))


def _budget(given: str | Mapping[str, float] | None) -> Budget:
    if given is None or isinstance(given, str):
        return Budget.parse(given or "")
    return Budget.parse(",".join(f"{name}={value:g}" if value % 1 else f"{name}={int(value)}"
                                 for name, value in given.items()))  # fmt: skip


def _rule(given: str | None) -> str:
    if given:
        if len(given) > LONGEST:
            raise InvalidInputError(f"answer_rule: its text has {LONGEST} characters at most")
        ANSWER_RULES.build(given)
    return given or ""
