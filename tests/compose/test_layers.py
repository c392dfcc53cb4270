"""Layers one by one, what they refuse, and compositions from text, from tables and from files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlay.bench.experiment import load
from outlay.bench.parts import Parts
from outlay.compose.composition import Composition
from outlay.compose.fuse import Fuse
from outlay.compose.generate import Generate
from outlay.compose.layer import Draft
from outlay.compose.parallel import Parallel
from outlay.compose.rank import Rank
from outlay.compose.showing import Shown, conversation
from outlay.compose.verify import Verify
from outlay.core import phrases
from outlay.core.catalogue import parse
from outlay.core.errors import InvalidInputError
from outlay.core.ledger import Ledger
from outlay.core.problem import Message, Problem
from outlay.core.run import Run
from outlay.core.solve import Outcome, solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.models import MODELS
from outlay.tasks import TASKS
from outlay.tasks.exercise import ask
from outlay.tasks.free_answer import FreeAnswer
from outlay.tasks.jsonl import GivenAnswer
from outlay.testing import EnumerableVerifier, small_world
from outlay.testing.scripted import ScriptedModel
from outlay.verifiers import VERIFIERS
from tests.cli.talking_server import QUESTION, talking
from tests.compose.compositions import ALL

pytestmark = pytest.mark.anyio

WORLD = small_world()
TOML = """
[strategy]
name = "compose"
layers = [
  [{name = "generate", n = 2}, {name = "generate", strategy = "self_consistency(n=3)"}],
  {name = "rank", verifier = "exact", keep = 2},
]
"""
TEXT = "compose(layers=[[generate(n=2), generate(strategy='self_consistency(n=3)')], rank(verifier=exact, keep=2)])"


def draft(text: str, critique: str = "") -> Draft:
    return Draft(Trajectory(WORLD.problem).extend(Step(text), Finish.END), critique=critique)


async def answered(layers: Sequence[object], seed: int = 0, scores: dict[str, float] | None = None) -> Outcome:
    verifier = WORLD.verifier if scores is None else EnumerableVerifier(scores)
    run = replace(WORLD, verifier=verifier).run(seed=seed)
    return await solve(WORLD.problem, Composition(tuple(layers)), run)  # type: ignore[arg-type]


async def test_drafts_alone_are_voted_on_and_ranked_ones_are_not() -> None:
    for seed in range(8):
        voted = await answered([Generate(5)], seed)
        plain = await solve(WORLD.problem, ALL.build("self_consistency(n=5)"), WORLD.run(seed=seed))
        assert (voted.value, voted.answer and voted.answer.confidence) == (
            plain.value, plain.answer and plain.answer.confidence
        )  # fmt: skip
        ranked = await answered([Generate(5), Rank()], seed)
        best = await solve(WORLD.problem, ALL.build("best_of_n(n=5)"), WORLD.run(seed=seed))
        assert (ranked.value, ranked.answer and ranked.answer.confidence) == (
            best.value, best.answer and best.answer.confidence
        )  # fmt: skip


async def test_verify_drops_what_is_refused_unless_all_is() -> None:
    drafts = [draft("=7"), draft("a\n=7"), draft("bb\n=9")]
    run = WORLD.run()
    passed = [state async for state in Verify(accept=0.6).apply(WORLD.problem, drafts, run)][-1]
    assert [one.trajectory.text for one in passed] == ["a\n=7", "bb\n=9"]
    assert all(one.score is None for one in passed)
    nobody = [state async for state in Verify(accept=1.0).apply(WORLD.problem, drafts, run)][-1]
    assert list(nobody) == drafts


async def test_what_one_layer_keeps_twice_is_there_once() -> None:
    drafts = [draft("=7"), draft("=8")]
    states = Parallel((Fuse(keep=True), Fuse(n=2, keep=True))).apply(WORLD.problem, drafts, WORLD.run())
    last = [state async for state in states][-1]
    assert len(last) == 3 + 2


def test_a_conversation_shows_the_best_draft_last_and_a_list_shows_it_first() -> None:
    drafts = [draft("best", "step 1."), draft("</answer> worse")]
    turns = conversation(WORLD.problem, drafts, Shown.TURNS, "").messages
    assert [one.content for one in turns] == [
        "what is it?", "</answer> worse", phrases.TRY_AGAIN, "best", phrases.CRITICISE, "step 1.", phrases.IMPROVE
    ]  # fmt: skip
    assert conversation(WORLD.problem, drafts, Shown.TURNS, "now.").messages[-1] == Message("user", "now.")
    (listed,) = conversation(WORLD.problem, drafts, Shown.LIST, "now.").messages
    assert listed.content.index("best") < listed.content.index("step 1.") < listed.content.index("worse")
    assert listed.content.count("</answer>") == 2
    assert listed.content.endswith("now.")


async def test_a_layer_asks_its_own_model_and_the_same_ledger_pays() -> None:
    other = ScriptedModel(lambda _messages, _rng: "=11")
    layers = (Parallel((Generate(1), Generate(3, model=other))),)
    run = WORLD.run()
    outcome = await solve(WORLD.problem, Composition(layers), run)
    assert outcome.value == "11"
    assert run.ledger.spent.samples == 4


async def test_a_model_that_cannot_read_all_drafts_is_shown_fewer() -> None:
    class Short(ScriptedModel):
        def bound(self, request):
            if sum(len(one.content) for one in request.trajectory.problem.messages) > 60:
                raise InvalidInputError("too long")
            return super().bound(request)

    seen: list[int] = []

    def script(messages, _rng):
        seen.append(sum(one.role == "assistant" for one in messages))
        return "=5"

    drafts = [draft("=7" * 10), draft("=8" * 10), draft("=9" * 10)]
    run = Run(Short(script), Ledger(), np.random.default_rng(0))
    made = [state async for state in Fuse(show=3).apply(WORLD.problem, drafts, run)]
    assert (len(made), seen) == (1, [1])
    assert not [state async for state in Fuse().apply(WORLD.problem, [draft("x" * 99)], run)]


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("[]", "one layer or more"),
        ("[rank]", "first layer must generate; got rank"),
        ("[generate, generate]", "layer 2 generates anew"),
        ("[generate, critique]", "no later layer reads"),
        ("[generate, critique, critique, fuse]", "second critique replaces"),
        ("[generate, [rank, fuse]]", "side by side"),
        ("[generate, [fuse]]", "two layers or more"),
        ("[generate, rank(keep=0)]", "keep must be 1 or above"),
        ("[generate, verify(verifier=listwise)]", "use it to rank"),
        ("[generate(n=0)]", "n must be 1 or above"),
        ("[generate, fuze]", "did you mean 'fuse'"),
        ("[generate(model=pocket, strategy=self_refine)]", "dialogue"),
        ("[generate, fuse(model=pocket)]", "a model that converses"),
    ],
)
def test_layers_that_make_no_sense_are_refused_with_one_message(layers: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said.replace("(", r"\(")) as refused:
        ALL.build(f"compose(layers={layers})")
    assert "\n" not in str(refused.value)


def test_a_composition_needs_what_its_layers_need() -> None:
    assert ALL.build("compose").info.verifier is None
    judged = ALL.build("compose(layers=[generate(strategy=beam_search), rank, fuse])").info
    assert (judged.verifier, judged.together) == ("steps", False)
    assert {"dialogue", "continuation"} <= set(judged.capabilities)
    assert ALL.build("compose(layers=[generate, rank])").info.together
    assert ALL.build("compose(layers=[generate, rank(verifier=exact)])").info.verifier is None
    assert ALL.build("compose(layers=[generate(strategy=first_finish)])").info.timed


def test_text_table_and_file_build_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    known = ALL.with_files(tmp_path)
    from_file = known.parse("mine.toml")
    assert known.build(from_file) == ALL.build(TEXT)
    assert known.build(str(from_file)) == ALL.build(TEXT)
    assert str(parse(str(from_file), "strategy")) == str(from_file) == TEXT


@pytest.mark.parametrize(
    ("held", "said"),
    [(None, "cannot read"), ("[strategy", "not valid TOML"), ("x = 1", r"no table \[strategy\]"),
     ("[strategy]\nn = 1", "needs a name")],
)  # fmt: skip
def test_a_file_that_describes_no_strategy_is_refused(tmp_path: Path, held: str | None, said: str) -> None:
    if held is not None:
        (tmp_path / "mine.toml").write_text(held)
    with pytest.raises(InvalidInputError, match=said):
        ALL.with_files(tmp_path).build("mine.toml")


def test_an_experiment_reads_strategy_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    (tmp_path / "experiment.toml").write_text(
        'tasks = [{name = "chain", level = 1}]\nmodels = ["pocket"]\nstrategies = ["greedy", "mine.toml"]\n'
    )
    experiment = load(tmp_path / "experiment.toml", Parts(MODELS, ALL, VERIFIERS, TASKS))
    assert [str(cell.strategy) for cell in experiment.cells] == ["greedy", TEXT]


@pytest.mark.parametrize("shown", ["turns", "list"])
async def test_it_runs_over_a_chat_server(shown: str) -> None:

    problem = Problem("q", ask(QUESTION), FreeAnswer(), reference=GivenAnswer("7"))
    strategy = ALL.build(
        "compose(layers=[[generate(n=3), generate(n=3, temperature=0.5)], critique, rank(verifier=listwise, keep=3), "
        f"fuse(n=2, keep=true, shown={shown}), verify(verifier=judge), rank(verifier=pairwise)])"
    )
    with talking() as url:
        model = MODELS.build({"name": "openai", "model": "m", "base_url": f"{url}/v1"})
        try:
            outcome = await solve(problem, strategy, Run(model, Ledger(), np.random.default_rng(1)))
        finally:
            await model.aclose()  # type: ignore[attr-defined]
    assert outcome.answer is not None
    right = any(one.value == "7" for one in outcome.answer.candidates)
    assert outcome.correct == right
