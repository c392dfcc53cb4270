"""The tree under a trace: a node for each step, by the identity of the step, within limits."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from outlay.core.cost import Cost
from outlay.core.problem import Message, Problem
from outlay.core.trajectory import Finish, Step, Trajectory

MOST_NODES = 2_000
MOST_CHARACTERS = 200_000
"""Of all texts together."""
LONGEST_TEXT = 8_000
_WRITTEN = -1
"""The index of a step that no model wrote."""


@dataclass(slots=True, eq=False)
class Place:
    """Where a step may stand: after another step, or at the root of a talk.

    Attributes:
        children: the steps after it.
        drawn: how many samples with each index have come from here.
        missing: samples that never came.
        number: in the finished trace.
    """

    children: list["Node"] = field(default_factory=list)
    drawn: Counter[int] = field(default_factory=Counter)
    missing: int = 0
    number: int = 0


@dataclass(slots=True, eq=False)
class Talk(Place):
    """What was asked.

    Attributes:
        messages: those that the bare problem has not.
        shared: how many it shares with the bare problem.
        quotes: whose answer it quotes last.
    """

    messages: list[dict[str, str]] = field(default_factory=list)
    shared: int = 0
    quotes: "Node | None" = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        marks = {"shared": self.shared, "missing": self.missing}
        quotes = {} if self.quotes is None else {"quotes": self.quotes.number}
        return {"messages": self.messages, **_without_zeros(marks), **quotes}


@dataclass(slots=True, eq=False, kw_only=True)
class Node(Place):
    """One step.

    Attributes:
        parent: the step before, or the talk that it begins an answer to.
        order: its place among the children of its parent; it does not depend on what finished first.
        depth: steps up to here.
        text: of the step, or as much as there is room for.
        cut: how many characters were left out.
        facts: what else is known of it.
        dropped: whether the last decision that named it went against it.
    """

    parent: Place
    order: tuple[int, int]
    depth: int
    text: str = ""
    cut: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    dropped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        above = self.parent.number
        place = {"parent": None, "talk": above} if isinstance(self.parent, Talk) else {"parent": above}
        marks = _without_zeros({"cut": self.cut, "missing": self.missing, "dropped": self.dropped})
        return {**place, "depth": self.depth, "text": self.text, "tokens": None, **self.facts, **marks}


class Tree:
    """All steps of a run. It keeps none of them alive.

    Args:
        problem: the bare problem.

    Attributes:
        nodes: by order of arrival.
        left_out: characters of messages and other remarks that there was no room for.
    """

    def __init__(self, problem: Problem) -> None:
        self.nodes: list[Node] = []
        self.left_out = 0
        self._room = MOST_CHARACTERS
        self._by_step: WeakKeyDictionary[Step, Node] = WeakKeyDictionary()
        self._said: dict[int, Node] = {}
        """By a hash of the whole text up to a step, with what it answers and without, to tell what a talk quotes."""
        self._bare = problem.messages
        self._talks: dict[tuple[Message, ...], Talk] = {}
        self.talk(problem)

    def talk(self, problem: Problem) -> Talk:
        """The conversation that a problem is."""
        known = self._talks.get(problem.messages)
        if known is not None:
            return known
        talk = Talk()
        if self._talks:
            pairs = zip(self._bare, problem.messages, strict=False)
            talk.shared = next((i for i, (one, other) in enumerate(pairs) if one != other), len(self._bare))
        new = problem.messages[talk.shared :]
        talk.messages = [{"role": one.role, "content": self.remark(one.content, LONGEST_TEXT)} for one in new]
        talk.quotes = self._quoted(problem.messages)
        self._talks[problem.messages] = talk
        return talk

    def find(self, trajectory: Trajectory) -> Node | None:
        """The node of a trajectory's last step, made if there is room and it was written by no model."""
        node = self._along(trajectory, _WRITTEN, whole=False)
        if node is not None and trajectory.last is not None and trajectory.last.restates is not None:
            self._hear(trajectory, node)
        return node

    def add(self, trajectory: Trajectory, index: int) -> Node | None:
        """The node of a sample; None if there is no room for it.

        Args:
            trajectory: with the sample as its last step.
            index: which of those that were asked for together.
        """
        node = self._along(trajectory, index, whole=False)
        if node is not None and trajectory.last is not None:
            node.facts |= _facts(trajectory.last, trajectory.finish)
            self._hear(trajectory, node)
        return node

    def complete(self, trajectory: Trajectory) -> Node | None:
        """The node of a trajectory, with every step before it, and their texts, whatever room there is."""
        node = self._along(trajectory, 0, whole=True)
        for step in _backwards(trajectory):
            one = self._by_step[step]
            one.text, one.cut = clip(step.text, LONGEST_TEXT)
        return node

    def remark(self, text: str, longest: int) -> str:
        """As much of a text as fits."""
        kept, cut = clip(text, min(longest, self._room))
        self._room -= len(text) - cut
        self.left_out += cut
        return kept

    def numbered(self) -> tuple[list[Talk], list[Node]]:
        """Talks and nodes with their numbers: parents before children, depth first, a talk after what it quotes."""
        about: defaultdict[Node | None, list[Talk]] = defaultdict(list)
        for messages in sorted(self._talks, key=lambda one: (len(one), [message.content for message in one])):
            about[self._talks[messages].quotes].append(self._talks[messages])
        talks: list[Talk] = []
        nodes: list[Node] = []
        waiting: list[Talk | Node] = [*reversed(about[None])]
        while waiting:
            place = waiting.pop()
            if isinstance(place, Node):
                place.number = len(nodes)
                nodes.append(place)
                waiting += reversed(about[place])
            else:
                place.number = len(talks)
                talks.append(place)
            below: list[Node] = sorted(place.children, key=lambda child: child.order)
            waiting += reversed(below)
        return talks, nodes

    def _hear(self, trajectory: Trajectory, node: Node) -> None:
        text = trajectory.text.strip()
        self._said.setdefault(hash((trajectory.problem.messages, text)), node)
        self._said[hash(text)] = node

    def _quoted(self, messages: tuple[Message, ...]) -> Node | None:
        """The newest answer that a conversation quotes: as it was given there, or else whoever said the same."""
        for place in reversed(range(len(messages))):
            if messages[place].role == "assistant":
                text = messages[place].content
                return self._said.get(hash((messages[:place], text))) or self._said.get(hash(text))
        return None

    def _along(self, trajectory: Trajectory, index: int, *, whole: bool) -> Node | None:
        new: list[Step] = []
        found: Node | None = None
        for step in _backwards(trajectory):
            found = self._by_step.get(step)
            if found is not None:
                break
            new.append(step)
        if not new:
            return found
        if not whole and len(self.nodes) + len(self._talks) + len(new) > MOST_NODES:
            return None
        for step in reversed(new):
            last = step is new[0]
            found = self._add(found or self.talk(trajectory.problem), step, index if last or whole else _WRITTEN)
            if whole:
                found.facts |= _facts(step, trajectory.finish if last else Finish.STEP)
        return found

    def _add(self, place: Place, step: Step, index: int) -> Node:
        place.drawn[index] += 1
        depth = place.depth + 1 if isinstance(place, Node) else 1
        node = Node(parent=place, order=(place.drawn[index], index), depth=depth)
        node.text, node.cut = clip(step.text, min(LONGEST_TEXT, self._room))
        self._room -= len(step.text) - node.cut
        place.children.append(node)
        self.nodes.append(node)
        self._by_step[step] = node
        return node


def clip(text: str, longest: int) -> tuple[str, int]:
    """The beginning and the end of a text, with a mark between them, and how many characters are left out."""
    if len(text) <= longest:
        return text, 0
    head = longest * 3 // 4
    tail = longest - head
    return text[:head] + "…" + (text[-tail:] if tail else ""), len(text) - longest


def amounts(cost: Cost) -> dict[str, int | float]:
    """What is not zero of a cost, without seconds; sums of floats are rounded, since their order may differ."""
    kept = {name: value for name, value in cost.as_dict().items() if value and name not in {"seconds", "tokens"}}
    return {name: round(value, 9) if name == "dollars" else round(value) for name, value in kept.items()}


def _without_zeros(marks: Mapping[str, int]) -> dict[str, int]:
    return {name: value for name, value in marks.items() if value}


def _facts(step: Step, finish: Finish | None) -> dict[str, Any]:
    cost = amounts(step.cost)
    tokens = cost.pop("completion_tokens", 0)
    logprob = {} if step.logprobs is None else {"logprob": round(sum(step.logprobs), 4)}
    return {"tokens": tokens, **logprob, **({"cost": cost} if cost else {}), "finish": str(finish)}


def _backwards(trajectory: Trajectory) -> Iterator[Step]:
    """The generated steps of a trajectory, last to first."""
    step = trajectory.last
    while step is not None:
        while step.restates is not None:
            step = step.restates
        yield step
        step = step.parent
