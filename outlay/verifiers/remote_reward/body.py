"""What is sent: the paths and JSON bodies that ask for the rewards of some answers to one question.

The shapes are vLLM's (https://docs.vllm.ai/en/latest/models/pooling_models/):

    POST /classify  {"model", "input": [text, ...]}                     or {"model", "messages": [...]}
    POST /pooling   {"model", "input": [text, ...], "task": "token_classify"}     or with token ids or messages
    POST /score     {"model", "text_1": question, "text_2": [answer, ...]}
    POST /rerank    {"model", "query": question, "documents": [answer, ...]}
    POST /tokenize  {"model", "prompt": text}                           or {"model", "messages": [...]}

All but the last take ``use_activation``: false for logits instead of probabilities.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from outlay.core.problem import Problem
from outlay.verifiers.activation import Activation
from outlay.verifiers.remote_reward.settings import Api, RemoteRewardSettings


class Post(NamedTuple):
    """One HTTP request: a path below the base URL and a JSON body."""

    path: str
    body: dict[str, Any]


def reward_post(settings: RemoteRewardSettings, problem: Problem, answers: Sequence[str]) -> Post:
    """Ask for the rewards of answers; under ``chat`` of one alone."""
    match settings.api:
        case Api.SCORE:
            asked: dict[str, Any] = {"text_1": question(problem), "text_2": list(answers)}
        case Api.RERANK:
            asked = {"query": question(problem), "documents": list(answers)}
        case _ if settings.chat:
            asked = {"messages": _conversation(problem, answers[0])}
        case _:
            asked = {"input": [_text(settings, problem, answer) for answer in answers]}
    return _post(settings, asked)


def ids_post(settings: RemoteRewardSettings, ids: Sequence[Sequence[int]]) -> Post:
    """Ask for the rewards of texts that are tokens already."""
    return _post(settings, {"input": [list(one) for one in ids]})


def tokenize_post(settings: RemoteRewardSettings, problem: Problem, answer: str) -> Post:
    """Ask for the tokens of what the model reads of an answer."""
    if settings.chat:
        asked: dict[str, Any] = {"messages": _conversation(problem, answer), "add_generation_prompt": False}
    else:
        asked = {"prompt": _text(settings, problem, answer)}
    return Post("tokenize", {"model": settings.model, **asked})


def separator_post(settings: RemoteRewardSettings) -> Post:
    """Ask for the tokens of the separator."""
    return Post("tokenize", {"model": settings.model, "prompt": settings.separator, "add_special_tokens": False})


def question(problem: Problem) -> str:
    """The messages of a problem as one text."""
    return "\n\n".join(message.content for message in problem.messages)


def _post(settings: RemoteRewardSettings, asked: dict[str, Any]) -> Post:
    task = {"task": "token_classify"} if settings.api is Api.POOLING else {}
    logits = {} if settings.activation is Activation.NONE else {"use_activation": False}
    return Post(str(settings.api), {"model": settings.model, **asked, **task, **logits})


def _conversation(problem: Problem, answer: str) -> list[dict[str, str]]:
    messages = [{"role": message.role, "content": message.content} for message in problem.messages]
    return [*messages, {"role": "assistant", "content": answer}]


def _text(settings: RemoteRewardSettings, problem: Problem, answer: str) -> str:
    # Not one replacement after the other: a question may hold the word {answer}.
    template = settings.template or "{prompt}\n\n{answer}"
    values = {"{prompt}": question(problem), "{answer}": answer}
    return "".join(values.get(part, part) for part in re.split(r"(\{prompt\}|\{answer\})", template))
