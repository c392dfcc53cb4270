"""What happened in a trial, recorded as it happens: a tree of steps, and what became of them.

A trace is plain JSON values, and the same for a trial that was killed and resumed as for one that was not; only which
nodes a limit leaves out may depend on what finished first. Version 1:

    version     1
    about       what was run, by names: strategy, model, seed and so on, whatever the caller knows
    question    the problem's last message
    reference   a right answer; null if none is known
    answer      {node, value, correct, confidence} of the last answer; null if there is none
    stopped_by  "strategy", or the limit that ended it
    cost        of the whole trial, named as in ``Cost``; amounts of zero and seconds are left out
    talks       what was asked: the bare problem first, then each conversation that samples were drawn for
    nodes       steps by number: depth first, a conversation's after the answer that it quotes
    events      what was decided, in order
    left_out    {nodes, characters, events}: how much passed the limits; the answer's path is always there

A talk is {messages: [{role, content}], shared, quotes, missing}: ``shared`` messages of the bare problem come first and
are not repeated; ``quotes`` is the node whose answer it quotes last; ``missing`` samples were asked for and never came.

A node has, where there is anything to say,

    parent      number of the step before; null for a first step, which has ``talk`` instead
    depth       steps up to here
    text        of the step; ``cut`` says how many characters of it are left out
    tokens      generated; null for a step that no model wrote, such as the result of a tool
    logprob     sum over its tokens, in nats
    cost        other amounts that it says it cost
    finish      "step", "end" or "length"
    value       the extracted answer, if it ends one; ``correct`` says whether it is right
    verdicts    [{score, steps, evidence, tokens}]; the score is null if the verifier could not tell
    missing     samples that were to go on from here and never came
    dropped     true if the last decision that named it went against it

and an event has a ``kind``:

    selected    {kept, dropped}: nodes that go on, each as often as it does, and nodes that do not
    weighed     {nodes, weights, step, chain}: a population after its step; null at the root or for a node left out
    resampled   {ancestors, effective_sample_size, chain}: places in the population that was weighed last
    answer      {node, value, correct, confidence, tokens}: from that many tokens on, this was the answer
"""

from collections.abc import Mapping, Sequence
from typing import Any

from outlay.bench.trace_tree import Node, Tree, amounts
from outlay.core.answer import Answer
from outlay.core.events import (
    AnswerImproved,
    Event,
    Resampled,
    SampleFinished,
    SamplesMissing,
    Selected,
    VerdictGiven,
    Weighed,
)
from outlay.core.problem import AnsweredReference, Problem
from outlay.core.solve import Outcome
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict

Trace = dict[str, Any]
VERSION = 1
MOST_MENTIONS = 20_000
"""Nodes named in events."""
LONGEST_EVIDENCE = 500


class Recorder:
    """An event sink that builds the trace of one run.

    Args:
        problem: what is asked.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._tree = Tree(problem)
        self._samples = 0
        self._events: list[dict[str, Any]] = []
        """As in the finished trace, with nodes instead of their numbers."""
        self._mentions = 0
        self._events_left_out = 0
        self._answers = 0
        self._value: str | None = None

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case SampleFinished(trajectory, index):
                self._sample(trajectory, index)
            case SamplesMissing(trajectory, count):
                at = self._tree.find(trajectory) if trajectory.last else self._tree.talk(trajectory.problem)
                if at is not None:
                    at.missing += count
            case VerdictGiven(trajectory, verdict):
                node = self._tree.find(trajectory)
                if node is not None:
                    node.facts.setdefault("verdicts", []).append(self._verdict(verdict))
            case Selected(kept, dropped):
                self._select(self._found(kept), self._found(dropped))
            case Weighed(particles, weights, step, chain):
                nodes = [self._tree.find(one) for one in particles]
                shares = [round(weight, 5) for weight in weights]
                self._note(len(nodes), kind="weighed", nodes=nodes, weights=shares, step=step, chain=chain)
            case Resampled(ancestors, size, chain):
                self._note(
                    len(ancestors), kind="resampled", ancestors=[*ancestors],
                    effective_sample_size=round(size, 3), chain=chain,
                )  # fmt: skip
            case AnswerImproved(answer) if answer.value != self._value or not self._answers:
                self._answer(answer)

    def finish(self, outcome: Outcome, about: Mapping[str, str | int]) -> Trace:
        """The trace of the whole run.

        Args:
            outcome: what came of it.
            about: what was run, for whoever reads the trace alone.
        """
        last = outcome.answer
        for one in last.candidates if last else ():
            self._give_value(one.trajectory, one.value)
        node = self._tree.complete(last.trajectory) if last else None
        self._check_values()
        _settle(self._events)
        talks, nodes = self._tree.numbered()
        reference = self._problem.reference
        sampled = sum("finish" in one.facts for one in nodes)
        return {
            "version": VERSION,
            "about": dict(about),
            "question": self._problem.messages[-1].content,
            "reference": reference.answer if isinstance(reference, AnsweredReference) else None,
            "answer": last and {
                "node": node and node.number, "value": last.value, "correct": outcome.correct,
                "confidence": _rounded(last.confidence),
            },
            "stopped_by": outcome.stopped_by,
            "cost": amounts(outcome.cost),
            "talks": [talk.as_dict() for talk in talks],
            "nodes": [one.as_dict() for one in nodes],
            "events": [_plain(event) for event in self._events],
            "left_out": {
                "nodes": self._samples - sampled,
                "characters": self._tree.left_out + sum(one.cut for one in nodes),
                "events": self._events_left_out,
            },
        }  # fmt: skip

    def _sample(self, trajectory: Trajectory, index: int) -> None:
        self._samples += 1
        self._tree.add(trajectory, index)
        if trajectory.finished and trajectory.problem.messages == self._problem.messages:
            self._give_value(trajectory, trajectory.value)

    def _verdict(self, verdict: Verdict) -> dict[str, Any]:
        told: dict[str, Any] = {"score": round(verdict.score, 4) if verdict.judged else None}
        if verdict.step_scores and len(verdict.step_scores) > 1:
            told["steps"] = [round(score, 4) for score in verdict.step_scores]
        if verdict.evidence:
            told["evidence"] = self._tree.remark(verdict.evidence, LONGEST_EVIDENCE)
        if verdict.cost.verifier_tokens:
            told["tokens"] = verdict.cost.verifier_tokens
        return told

    def _select(self, kept: list[Node], dropped: list[Node]) -> None:
        if kept or dropped:
            self._note(len(kept) + len(dropped), kind="selected", kept=kept, dropped=dropped)

    def _answer(self, answer: Answer) -> None:
        self._answers += 1
        self._value = answer.value
        self._note(
            1, kind="answer", node=self._tree.find(answer.trajectory), value=answer.value,
            confidence=_rounded(answer.confidence), tokens=answer.cost.tokens,
        )  # fmt: skip

    def _note(self, mentions: int, **event: Any) -> None:
        if event in self._events[-1:]:
            # A round in which the budget moved no particle on.
            return
        if self._mentions + mentions > MOST_MENTIONS:
            self._events_left_out += 1
            return
        self._mentions += mentions
        self._events.append(event)

    def _found(self, trajectories: Sequence[Trajectory]) -> list[Node]:
        return [node for node in map(self._tree.find, trajectories) if node is not None]

    def _give_value(self, trajectory: Trajectory, value: str | None) -> None:
        node = self._tree.find(trajectory) if trajectory.finished else None
        if node is not None:
            node.facts["value"] = value

    def _check_values(self) -> None:
        reference = self._problem.reference
        if reference is None:
            return
        known: dict[str | None, bool] = {}
        answers = [event for event in self._events if event["kind"] == "answer"]
        for facts in [*(node.facts for node in self._tree.nodes if "value" in node.facts), *answers]:
            value = facts["value"]
            if value not in known:
                known[value] = reference.is_correct(value)
            facts["correct"] = known[value]


def _settle(events: Sequence[Mapping[str, Any]]) -> None:
    """Mark the nodes that the last decision on them went against."""
    populations: dict[int, list[Node | None]] = {}
    for event in events:
        kept: list[Node | None] = []
        dropped: list[Node | None] = []
        match event:
            case {"kind": "selected", "kept": kept, "dropped": dropped}:
                pass
            case {"kind": "weighed", "chain": chain, "nodes": nodes}:
                populations[chain] = nodes
            case {"kind": "resampled", "chain": chain, "ancestors": ancestors} if chain in populations:
                dropped = populations[chain]
                kept = [dropped[ancestor] for ancestor in ancestors]
        for node in filter(None, dropped):
            node.dropped = True
        for node in filter(None, kept):
            node.dropped = False


def _plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with numbers for nodes."""

    def plain(value: object) -> object:
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value.number if isinstance(value, Node) else value

    return {name: plain(value) for name, value in event.items()}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
