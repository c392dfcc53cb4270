"""``outlay models list`` and its like: what there is, with settings and what each needs and offers."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outlay.allocate.catalogue import ALL_STRATEGIES
from outlay.core.catalogue import Catalogue
from outlay.core.errors import InvalidInputError
from outlay.core.model import LanguageModel
from outlay.core.strategy import Strategy
from outlay.core.verifier import Verifier
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import Task
from outlay.verifiers import VERIFIERS

Facts = dict[str, str]
STRATEGY_EXAMPLES = {
    "cascade": "cascade(models=[pocket])",
    "policy": "policy(stages=[1], signals=[share], right=[[0, 1]])",
}
"""Of strategies that need a setting."""
_EXAMPLES = {
    "cascade": "cascade(of=[step_check, process_reward])",
    "ensemble": "ensemble(of=[step_check, process_reward])",
    "hugging_face": "hugging_face(model=FOLDER)",
    "noisy": "noisy(of=step_check)",
    "remote_reward": "remote_reward(model=NAME)",
}
"""Of verifiers that need a setting."""


def _list_models() -> None:
    """All models, with what they need and offer."""
    _print(MODELS, _model_facts)


def _list_tasks() -> None:
    """All tasks, with their levels and what their references can check."""
    _print(TASKS, _task_facts)


def _list_strategies() -> None:
    """All strategies, with what they need and cost."""
    _print(ALL_STRATEGIES, _strategy_facts, STRATEGY_EXAMPLES)


def _list_verifiers() -> None:
    """All verifiers, with what they judge and need."""
    _print(VERIFIERS, _verifier_facts, _EXAMPLES)


def _group(help_text: str, command: Callable[[], None]) -> typer.Typer:
    group = typer.Typer(help=help_text, no_args_is_help=True)
    group.command("list")(command)

    @group.callback()
    def only_a_group() -> None:
        pass

    return group


models = _group("What can answer.", _list_models)
tasks = _group("What can be asked.", _list_tasks)
strategies = _group("How a budget can be spent.", _list_strategies)
verifiers = _group("Who can judge.", _list_verifiers)


def _model_facts(model: LanguageModel) -> Facts:
    return {"offers": ", ".join(sorted(model.info.capabilities))}


def _task_facts(task: Task) -> Facts:
    info = task.info
    checks = ["answers", *(["steps"] if info.checks_steps else []), *(["visible tests"] if info.visible_tests else [])]
    return {"levels": f"1 to {info.levels}", "checks": ", ".join(checks)}


def _strategy_facts(strategy: Strategy) -> Facts:
    info = strategy.info
    needs = [*([f"verdicts on {info.verifier}"] if info.verifier else []), *sorted(info.capabilities)]
    return {"needs": ", ".join(needs) or "nothing", "costs": info.cost, "source": info.source}


def _verifier_facts(verifier: Verifier) -> Facts:
    info = verifier.info
    return {"judges": str(info.judges), "needs": info.needs or "nothing"}


def _print(catalogue: Catalogue[Any], facts_of: Callable[[Any], Facts], examples: dict[str, str] | None = None) -> None:
    """A block for each part: its name, its summary or else its first docstring line, its settings and its facts."""
    console = Console(highlight=False)
    for name in catalogue:
        part = catalogue.type_of(name)
        summary = (inspect.getdoc(part) or "").splitlines()[0].replace("``", "")
        lines = {"settings": ", ".join(_settings(part)) or "none"}
        try:
            built = catalogue.build((examples or {}).get(name, name))
            lines |= facts_of(built)
            summary = built.info.summary or summary
        except InvalidInputError as error:
            lines["needs"] = str(error)
        table = Table(show_header=False, box=None, padding=(0, 1, 0, 2))
        for label, value in lines.items():
            table.add_row(f"[dim]{label}[/]", escape(value))
        console.print(f"[bold]{name}[/]  {escape(summary)}")
        console.print(table)


def _settings(part: type[Any]) -> list[str]:
    found = []
    for field in dataclasses.fields(part):
        if field.init and field.name != "info":
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            default = "..." if required or field.default is dataclasses.MISSING else field.default
            found.append(f"{field.name}={'' if default == '' else default}")
    return found
