"""Replies of a server that plays vLLM's reward endpoints: a token a character, scores from a table."""

import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outlay.testing import SMALL_PROBLEM, SMALL_SCORES
from tests.models.openai.misbehaving_server import Exchange

SEPARATOR = "<extra_0>"
TAG = 1_000_000
"""The id of the separator; any other token's is its character's."""
QUESTION = SMALL_PROBLEM.messages[0].content


@dataclass
class Vllm:
    """Answers as vLLM would.

    Attributes:
        scores: for each answer, or beginning of one, the probability that it is right.
        rows: whether pooling gives a row for each step or for each token.
        logits: give log-odds where the request turns the activation off.
        usage: count tokens; ``cached`` of each text are said to be cached.
        paths: what was asked for.
    """

    scores: Mapping[str, float] = field(default_factory=lambda: SMALL_SCORES)
    rows: str = "steps"
    logits: Mapping[str, float] = field(default_factory=dict)
    usage: bool = True
    cached: int = 0
    paths: list[str] = field(default_factory=list)

    def __call__(self, exchange: Exchange) -> Awaitable[None]:
        return send(exchange, self.reply(exchange.path, exchange.body))

    def reply(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.paths.append(path)
        if path == "/tokenize":
            return {"tokens": self._cut(self._texts(body)[0])}
        if path in {"/score", "/rerank"}:
            query, answers = ("text_1", "text_2") if path == "/score" else ("query", "documents")
            assert body[query] == QUESTION
            return self._paired(path, body[answers])
        texts = self._texts(body)
        given = [self._row(body, answer_of(text)) if path == "/classify" else self._rows(body, text) for text in texts]
        name = "probs" if path == "/classify" else "data"
        items = [{"index": i, name: one} for i, one in enumerate(given)]
        return {"object": "list", "data": items, **self._usage(texts)}

    def _paired(self, path: str, answers: Sequence[str]) -> dict[str, Any]:
        name = "score" if path == "/score" else "relevance_score"
        items = [{"index": i, name: self.scores[answer]} for i, answer in enumerate(answers)]
        counted = self._usage([QUESTION + answer for answer in answers])
        if path == "/score":
            return {"data": items, **counted}
        return {"results": sorted(items, key=lambda item: -item[name]), **counted}

    def _texts(self, body: Mapping[str, Any]) -> list[str]:
        if "messages" in body:
            assert [message["role"] for message in body["messages"]] == ["user", "assistant"]
            assert not body.get("add_generation_prompt")
            return ["\n\n".join(message["content"] for message in body["messages"])]
        if "prompt" in body:
            return [body["prompt"]]
        return [one if isinstance(one, str) else pasted(one) for one in body["input"]]

    def _row(self, body: Mapping[str, Any], answer: str) -> list[float]:
        if body.get("use_activation") is False:
            return [-self.logits[answer], self.logits[answer]]
        return [1 - self.scores[answer], self.scores[answer]]

    def _rows(self, body: Mapping[str, Any], text: str) -> list[list[float]]:
        assert body["task"] == "token_classify"
        parts = answer_of(text).split(SEPARATOR)[:-1]
        upto = ["\n".join(parts[: i + 1]) for i in range(len(parts))]
        # Steps that something follows end in a separator of the step rule.
        known = [one if one in self.scores else f"{one}\n" for one in upto]
        rows = [self._row(body, one) for one in known]
        if self.rows == "steps":
            return rows
        left = iter(rows)
        return [next(left) if token == TAG else [0.5, 0.5] for token in self._cut(text)]

    def _cut(self, text: str) -> list[int]:
        return [ord(character) for character in text.replace(SEPARATOR, chr(TAG))]

    def _usage(self, texts: Sequence[str]) -> dict[str, Any]:
        if not self.usage:
            return {}
        counted: dict[str, Any] = {"prompt_tokens": sum(len(self._cut(text)) for text in texts), "completion_tokens": 0}
        if self.cached:
            counted["prompt_tokens_details"] = {"cached_tokens": self.cached * len(texts)}
        return {"usage": counted}


def pasted(ids: Sequence[int]) -> str:
    return "".join(map(chr, ids)).replace(chr(TAG), SEPARATOR)


def answer_of(text: str) -> str:
    question, _, answer = text.partition("\n\n")
    assert question == QUESTION
    return answer


async def send(exchange: Exchange, value: object) -> None:
    body = value if isinstance(value, str) else json.dumps(value)
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
    await exchange.send(f"{head}content-length: {len(body.encode())}\r\n\r\n{body}")
