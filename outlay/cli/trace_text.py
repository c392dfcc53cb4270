"""A trace as text: a line a step."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from outlay.bench.trace import Trace

_Key = int | tuple[str, int]
"""A node's number, or ("talk", number); a talk stands below the node that it quotes."""


def print_trace(trace: Trace) -> None:
    """The tree on standard output, a line a step; one of several that follow the same is indented, behind a dash."""
    console = Console(highlight=False)
    nodes, talks = trace["nodes"], trace["talks"]
    parents: dict[_Key, _Key | None] = {("talk", i): talk.get("quotes") for i, talk in enumerate(talks)}
    parents |= {i: ("talk", node["talk"]) if "talk" in node else node["parent"] for i, node in enumerate(nodes)}
    below = Counter(parents.values())
    answer = trace["answer"]["node"] if trace["answer"] else None
    path = set(_upwards(answer, parents))
    indents: dict[_Key | None, int] = {None: 0}
    for key in _in_order(nodes):
        parent = parents[key]
        forks = below[parent] > 1
        indents[key] = indents[parent] + 2 * forks
        text = _described(nodes[key], key == answer) if isinstance(key, int) else _asked(talks[key[1]])
        if key in path:
            text.stylize("bold")
        margin = " " * (indents[key] - 2) + "- " if forks else " " * indents[key]
        console.print(Text(margin) + text, overflow="ellipsis", no_wrap=True)


def _in_order(nodes: Sequence[Mapping[str, Any]]) -> Iterator[_Key]:
    """Every node, and before its first node every talk."""
    told: set[int] = set()
    for number, node in enumerate(nodes):
        if node.get("talk") not in {None, *told}:
            told.add(node["talk"])
            yield "talk", node["talk"]
        yield number


def _upwards(key: _Key | None, parents: Mapping[_Key, _Key | None]) -> Iterator[_Key]:
    while key is not None:
        yield key
        key = parents[key]


def _asked(talk: Mapping[str, Any]) -> Text:
    return Text(_flat(talk["messages"][-1]["content"]) if talk["messages"] else "", style="italic")


def _described(node: Mapping[str, Any], is_answer: bool) -> Text:
    scores = [verdict["score"] for verdict in node.get("verdicts", []) if verdict["score"] is not None]
    told = [f"{scores[-1]:.2f}" if scores else ""]
    if "value" in node:
        right = {True: ", right", False: ", wrong", None: ""}[node.get("correct")]
        told.append(f"[{'no answer' if node['value'] is None else node['value']}{right}]")
    told += ["[pruned]" if node.get("dropped") else "", "[answer]" if is_answer else "", _flat(node["text"])]
    return Text("  ".join(filter(None, told)), style="dim" if node.get("dropped") else "")


def _flat(text: str) -> str:
    return " / ".join(filter(None, map(str.strip, text.splitlines())))
