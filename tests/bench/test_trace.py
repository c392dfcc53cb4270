"""A trace is a tree whose parts exist, whose costs are what was paid, and which does not depend on timing."""

import gc
import math
import weakref
from typing import Any

import pytest

from outlay.bench import trace as trace_module
from outlay.bench import trace_tree
from outlay.bench.trace import Recorder
from outlay.core.events import SampleFinished
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.testing import Arrival, small_world
from outlay.testing.scripted import ScriptedModel
from tests.bench.fakes import sum_problem
from tests.bench.traced import Hunch, check_tree, text_of, traced

pytestmark = pytest.mark.anyio
OF_STEPS = (
    "best_of_n(n=6)",
    "self_consistency(n=5)",
    "beam_search(width=2, expansion=3)",
    "dvts(width=2, expansion=2)",
    "rebase(width=6)",
    "a_star(expansion=3, frontier=3)",
    "mcts(simulations=5, expansion=3)",
    "mcts(simulations=3, expansion=2, value=rollout)",
    "lookahead_search(width=2, expansion=2, lookahead=1)",
    "particle_filter(n=6, threshold=1.0)",
    "particle_filter(n=4, threshold=1.0, moves=1)",
    "entropic_particle_filter(n=6)",
    "twisted_particle_filter(n=4)",
    "particle_gibbs(n=3, iterations=3, threshold=1.0)",
    "parallel_tempering(n=3, iterations=2, threshold=1.0)",
    "particle_cascade(n=4, ordered=true)",
)
OF_TALKS = (
    "self_refine(rounds=2)",
    "revision(rounds=2, show=2, keep=last)",
    "iterative_decoding(rounds=2)",
    "budget_forcing(waits=1)",
    "propose_verify(rounds=2)",
    "self_evaluation(n=3, prune=0.5)",
)


@pytest.mark.parametrize("strategy", [*OF_STEPS, *OF_TALKS])
@pytest.mark.parametrize("budget", ["", "tokens=250"])
async def test_the_tree_is_whole_and_its_costs_are_what_was_paid(strategy: str, budget: str) -> None:
    model = "pocket_dialogue" if strategy in OF_TALKS else "simulated(pass_rate=0.5, tokens=4, length_spread=0.5)"
    trace, outcome = await traced(strategy, model, budget=budget)
    check_tree(trace)
    assert sum(node["tokens"] or 0 for node in trace["nodes"]) == outcome.cost.completion_tokens
    assert trace["cost"].get("completion_tokens", 0) == outcome.cost.completion_tokens
    assert trace["left_out"] == {"nodes": 0, "characters": 0, "events": 0}
    parents = {node["parent"] for node in trace["nodes"]}
    ends = {number for number, node in enumerate(trace["nodes"]) if "value" in node}
    assert not ends & parents, "a finished answer is a leaf"
    if outcome.answer is None:
        assert trace["answer"] is None
        return
    finished = [one for one in outcome.answer.candidates if one.trajectory.finished]
    assert {one.value for one in finished} <= {trace["nodes"][number]["value"] for number in ends}
    changes = [event for event in trace["events"] if event["kind"] == "answer"]
    assert [(event["value"], event["tokens"]) for event in changes] == [
        (point.value, point.cost.tokens) for point in outcome.curve
    ]
    assert (trace["answer"]["value"], trace["answer"]["correct"]) == (outcome.value, outcome.correct)
    if strategy in OF_STEPS:
        assert text_of(trace, trace["answer"]["node"]) == outcome.answer.trajectory.text
        assert len({id(one.trajectory.last) for one in finished}) <= len(ends)


@pytest.mark.parametrize("strategy", OF_STEPS)
async def test_a_trace_does_not_depend_on_what_finishes_first(strategy: str) -> None:
    found = []
    for arrival in (Arrival.IN_ORDER, Arrival.SHUFFLED):
        world = small_world(arrival)
        trace, _ = await traced(strategy, world.model, world.verifier, world.problem)
        # The answer on the way is the best of those that are there.
        trace["events"] = [event for event in trace["events"] if event["kind"] != "answer"]
        found.append(trace)
    assert found[0] == found[1]


async def test_beams_are_kept_and_the_others_lead_nowhere() -> None:
    trace, _ = await traced("beam_search(width=2, expansion=3)")
    nodes, chosen = trace["nodes"], [event for event in trace["events"] if event["kind"] == "selected"]
    parents = {node["parent"] for node in nodes}
    assert len(chosen) == max(node["depth"] for node in nodes) == 4
    for event in chosen:
        assert len(event["kept"]) <= 2
        assert not set(event["kept"]) & set(event["dropped"])
        assert not parents & set(event["dropped"])
        assert all(nodes[number]["dropped"] for number in event["dropped"])
        best = min(nodes[number]["verdicts"][-1]["score"] for number in event["kept"])
        kept = {text_of(trace, number) for number in event["kept"]}
        others = [n for n in event["dropped"] if text_of(trace, n) not in kept]
        assert all(nodes[number]["verdicts"][-1]["score"] <= best for number in others)
    assert sum(len(event["kept"]) + len(event["dropped"]) for event in chosen) == len(nodes)
    assert not nodes[trace["answer"]["node"]].get("dropped")


@pytest.mark.parametrize(
    ("strategy", "populations"),
    [
        ("particle_filter(n=6, threshold=1.0)", 1),
        ("entropic_particle_filter(n=6, threshold=1.0)", 1),
        ("twisted_particle_filter(n=4, threshold=1.0)", 1),
        ("particle_gibbs(n=3, iterations=3, threshold=1.0)", 3),
        ("parallel_tempering(n=3, iterations=2, chains=2, threshold=1.0)", 4),
    ],
)
async def test_particles_descend_from_the_ancestors_that_resampling_names(strategy: str, populations: int) -> None:
    trace, _ = await traced(strategy)
    before: dict[int, list[int | None]] = {}
    weights: dict[int, list[float]] = {}
    started = resampled = 0
    for event in trace["events"]:
        if event["kind"] == "resampled":
            chain = event["chain"]
            size = 1 / sum(weight**2 for weight in weights[chain])
            if strategy.startswith("particle"):
                assert event["effective_sample_size"] == pytest.approx(size, rel=1e-2)
            before[chain] = [before[chain][ancestor] for ancestor in event["ancestors"]]
            resampled += 1
        elif event["kind"] == "weighed":
            chain = event["chain"]
            assert math.isclose(sum(event["weights"]), 1, abs_tol=1e-3)
            if event["step"] == 1:
                started += 1
                assert all(trace["nodes"][number]["depth"] == 1 for number in event["nodes"])
            else:
                for number, ancestor in zip(event["nodes"], before[chain], strict=True):
                    assert number == ancestor or trace["nodes"][number]["parent"] == ancestor
            before[chain], weights[chain] = event["nodes"], event["weights"]
    assert started == populations
    assert resampled >= populations


async def test_a_conversation_is_told_whom_it_quotes() -> None:
    model = ScriptedModel(lambda messages, rng: f"{rng.integers(10**6)}=3")
    trace, outcome = await traced("self_refine(rounds=2)", model, problem=sum_problem(1, 2))
    assert len(trace["nodes"]) == len(trace["talks"]) == 5, "an answer, then twice a critique and another answer"
    assert [talk.get("quotes") for talk in trace["talks"]] == [None, 0, 1, 2, 3]
    assert [talk.get("shared", 0) for talk in trace["talks"]] == [0, 1, 1, 1, 1]
    assert outcome.answer is not None
    assert ["value" in node for node in trace["nodes"]] == [True, False, True, False, True]
    assert trace["answer"]["node"] == 4
    words = [talk["messages"][-1]["content"] for talk in trace["talks"][1:]]
    assert words[0] == words[2] != words[1] == words[3]


async def test_what_was_cut_off_is_counted() -> None:
    trace, outcome = await traced("first_finish(n=6)", "simulated(pass_rate=1.0, seconds=0.01)")
    assert trace["talks"][0]["missing"] == 5
    assert len(trace["nodes"]) == 1
    trace, outcome = await traced("self_consistency(n=9)", budget="samples=4")
    assert (trace["stopped_by"], len(trace["nodes"])) == ("samples", 4)
    assert trace["talks"][0]["missing"] == 5
    assert outcome.cost.samples == 4


async def test_verdicts_stand_at_what_they_judge_and_one_that_is_none_has_no_score() -> None:
    trace, _ = await traced("best_of_n(n=2)")
    for node in trace["nodes"]:
        (verdict,) = node["verdicts"]
        assert verdict["score"] == min(verdict["steps"]) == pytest.approx(Hunch().verdict(node["text"]).score)
        assert (len(verdict["steps"]), verdict["evidence"], verdict["tokens"]) == (4, "looked at 4 steps", 1)
    model = ScriptedModel(lambda messages, rng: "unknown=3")
    trace, _ = await traced("best_of_n(n=1)", model, problem=sum_problem(1, 2))
    assert trace["nodes"][0]["verdicts"] == [{"score": None, "evidence": "it says so"}]


@pytest.mark.parametrize("strategy", ["mcts(simulations=8, expansion=3)", "particle_filter(n=8, threshold=1.0)"])
async def test_limits_hold_and_what_they_cost_is_told(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = await traced(strategy)
    monkeypatch.setattr(trace_tree, "MOST_NODES", 12)
    monkeypatch.setattr(trace_tree, "MOST_CHARACTERS", 100)
    monkeypatch.setattr(trace_module, "MOST_MENTIONS", 6)
    cut, outcome = await traced(strategy)
    check_tree(cut)
    assert outcome.answer is not None
    assert len(cut["nodes"]) <= 12 + outcome.answer.trajectory.depth
    assert len(cut["nodes"]) + cut["left_out"]["nodes"] == len(whole["nodes"])
    assert cut["left_out"]["events"] > 0
    assert text_of(cut, cut["answer"]["node"]) == outcome.answer.trajectory.text
    others = [node for node in cut["nodes"] if node.get("cut")]
    assert others
    path = len(outcome.answer.trajectory.text)
    marks = len(cut["nodes"])
    assert sum(len(node["text"]) for node in cut["nodes"]) <= 100 + path + marks


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    assert trace_tree.clip("short", 8) == ("short", 0)
    assert trace_tree.clip("0123456789abcdef", 8) == ("012345…ef", 8)
    assert trace_tree.clip("anything", 0) == ("…", 8)


def test_a_recorder_keeps_no_step_alive() -> None:
    problem = sum_problem(1, 2)
    recorder = Recorder(problem)
    step = Step("1+2=3")
    gone = weakref.ref(step)
    recorder(SampleFinished(Trajectory(problem).extend(step, Finish.END)))
    del step
    gc.collect()
    assert gone() is None


def kinds(trace: dict[str, Any]) -> set[str]:
    return {event["kind"] for event in trace["events"]}


async def test_each_kind_of_event_is_there() -> None:
    assert kinds((await traced("particle_filter(n=4, threshold=1.0)"))[0]) == {"weighed", "resampled", "answer"}
    assert kinds((await traced("rebase(width=4)"))[0]) == {"selected", "answer"}
