"""Experiments that change one thing at a time: what is run, under which names, and what is refused."""

from pathlib import Path

import pytest

from outlay.bench.choices import TaskChoice
from outlay.bench.experiment import Experiment, read
from outlay.bench.grid import Cell, expand
from outlay.bench.parts import Parts
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.tasks import TASKS
from outlay.verifiers import VERIFIERS

PARTS = Parts(MODELS, STRATEGIES, VERIFIERS, TASKS)
SOURCE = """
questions = 2
tasks = [{name = "chain", level = 1}, {name = "countdown", level = 1}]
models = ["simulated"]
strategies = ["self_consistency(n=2)", "best_of_n(n=2)", {strategy = "weighted_vote(n=2)", verifier = "exact"}]
[ablation]
temperature = [1.0, 0.5]
top_p = [1, 0.9, 0.8]
prompt = ["{question}", "think. {question}"]
verifier = ["step_check", "noisy(of=step_check)"]
"""


def experiment(source: str = SOURCE) -> Experiment:
    return read(source, PARTS, Path("ablation.toml"))


def cells(source: str = SOURCE) -> list[Cell]:
    return list(dict.fromkeys(trial.cell for trial in expand(experiment(source), PARTS)))


def test_one_thing_changes_at_a_time() -> None:
    found = cells()
    # Two tasks: three strategies at the base, at one temperature, two nuclei and one prompt; one with the verifier.
    assert len(found) == 2 * (3 * (1 + 1 + 2 + 1) + 1)
    base = found[0]
    assert base.model == "sampled(of=simulated, temperature=1.0, top_p=1.0)"
    assert base.task == "chain"
    models = [cell.model for cell in found if cell.strategy == base.strategy and cell.task == base.task]
    settings = [parse(model, "model").settings for model in models]
    assert [(one["temperature"], one["top_p"]) for one in settings] == [(1, 1), (0.5, 1), (1, 0.9), (1, 0.8)]
    changed = [cell for cell in found if cell.verifier == "noisy(of=step_check)"]
    assert {(cell.strategy, cell.model, cell.task) for cell in changed} == {
        ("best_of_n(n=2)", base.model, "chain"), ("best_of_n(n=2)", base.model, "countdown"),
    }  # fmt: skip
    assert {cell.verifier for cell in found if cell.strategy == "weighted_vote(n=2)"} == {"exact"}


def test_a_prompt_is_put_around_the_question_and_shown_with_the_task() -> None:
    trials = expand(experiment(), PARTS)
    plain = next(trial for trial in trials if trial.cell.task == "chain")
    shown = "chain(prompt='think. {question}')"
    framed = next(trial for trial in trials if trial.cell.task == shown and trial.index == plain.index)
    assert framed.problem.messages[-1].content == f"think. {plain.problem.messages[-1].content}"
    assert framed.problem.reference == plain.problem.reference
    assert framed.key != plain.key
    assert TaskChoice.of(shown, 1) == TaskChoice(parse("chain", "task"), 1, "think. {question}")


def test_a_task_may_have_a_prompt_of_its_own_at_every_level() -> None:
    found = cells("""
questions = 1
tasks = [{name = "chain", levels = [1, 2], prompt = "now: {question}"}]
models = ["simulated"]
strategies = ["greedy"]
""")
    assert [(cell.task, cell.level) for cell in found] == [("chain(prompt='now: {question}')", i) for i in (1, 2)]


def test_without_an_ablation_the_grid_and_its_keys_are_what_they_were() -> None:
    plain = SOURCE[: SOURCE.index("[ablation]")].replace('"best_of_n(n=2)", ', "")
    assert [cell.model for cell in cells(plain)] == ["simulated"] * 4


def test_a_model_named_with_a_colon_can_be_read_back() -> None:
    found = cells(SOURCE.replace('"simulated"', '"openai:some-model"'))
    given = parse(found[0].model, "model")
    assert given.settings["of"] == "openai:some-model"
    assert getattr(getattr(MODELS.build(found[0].model), "of"), "model") == "some-model"  # noqa: B009


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("temperature = [1.0, 0.5]", "temperature = [1.0]", r"\[ablation\]: temperature must be a list of two or more"),
        ("temperature = [1.0, 0.5]", "temperature = [1, 1.0]", "two or more different values"),
        (
            "temperature = [1.0, 0.5]",
            "temperature = [1.0, 0.0]",
            "temperature=0.0 is not valid; temperature must be ab",
        ),
        ("temperature = [1.0, 0.5]", 'temperature = [1.0, "hot"]', "temperature='hot' is not valid"),
        ("temperature = [1.0, 0.5]", "temperature = 1.0", "temperature must be a list with at least one item"),
        ("top_p = [1, 0.9, 0.8]", "top_p = [1, 2]", "top_p=2.0 is not valid"),
        ('"think. {question}"', '"think."', r"prompt: prompt must be a text with \{question\} in it"),
        ('"noisy(of=step_check)"', '"nosy"', "verifier: unknown verifier 'nosy'; did you mean 'noisy'"),
        ("temperature =", "temprature =", r"unknown key in ablation.toml: \[ablation\]: 'temprature'"),
        ("questions = 2", 'questions = 2\nverifiers = ["exact"]', "give verifiers or the verifier of"),
        ("questions = 2", "questions = 2\nablation = 3", "ablation"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, said: str) -> None:
    source = SOURCE.replace(old, new)
    if "ablation = 3" in new:
        source = source[: source.index("[ablation]")]
    with pytest.raises(InvalidInputError, match=said) as caught:
        experiment(source)
    assert "ablation.toml" in str(caught.value)


def test_the_bag_of_tricks_is_valid_for_the_parts_that_are_there() -> None:
    path = Path(__file__).parents[2] / "experiments" / "protocols" / "bag-of-tricks.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    missing = [line for line in lines if line.startswith("    {name") and line.split('"')[1] not in TASKS]
    source = "\n".join(line for line in lines if line not in missing)
    found = experiment(source if "pocket_small" in MODELS else source.replace("pocket_small", "pocket"))
    assert len({cell.task.specification.name for cell in found.cells}) + len(missing) == 8
    assert len({str(cell.strategy.specification) for cell in found.cells}) == 6
    tasks = len({cell.task.specification.name for cell in found.cells})
    assert len(found.cells) == tasks * (6 * (1 + 3 + 2 + 1) + 5 * 3)


def test_an_ablation_that_changes_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="name what is to be changed: temperature, top_p, prompt, verifier"):
        experiment(SOURCE[: SOURCE.index("temperature")].replace('"best_of_n(n=2)", ', ""))
