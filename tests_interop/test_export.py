"""Transformers reads an exported model as the pocket engine reads the original: same tokens, same probabilities."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from outlay.models.pocket import Pocket
from outlay.pocket.memory import prompt_text
from outlay.pocket.sampler import log_softmax
from outlay.pocket.tokenizer import BOS, CHARACTERS, EOS, encode
from outlay.pocket.transformer import read, unembed
from outlay.tasks.chain import Chain
from outlay.tasks.countdown import Countdown
from outlay.tasks.exercise import Exercise, Task, exercise
from outlay.tasks.procedure import Procedure
from outlay.tasks.program import Program
from tests_interop.conftest import Exported

TASKS: tuple[Task, ...] = (Chain(), Countdown(), Procedure(), Program())
TOLERANCE = 5e-4
"""Nats: the largest difference of any token's log-probability. Both sides compute in 32 bits, in another order."""


def exercises(seeds: int) -> Iterator[Exercise]:
    """Some exercises of every task and level."""
    for task in TASKS:
        for level in range(1, task.info.levels + 1):
            for seed in range(seeds):
                yield exercise(task, level, seed)


def test_tokens_are_the_same(exported: Exported) -> None:
    tokenizer = AutoTokenizer.from_pretrained(exported.folder)
    for one in exercises(5):
        problem, solution = one.problem, one.solution
        chat = [{"role": message.role, "content": message.content} for message in problem.messages]
        ours = [BOS, *encode(prompt_text(problem))]
        assert tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"] == ours
        assert tokenizer(prompt_text(problem))["input_ids"] == ours
        first_step = solution[: solution.index("\n") + 1]
        begun = [*chat, {"role": "assistant", "content": first_step}]
        continued = tokenizer.apply_chat_template(begun, continue_final_message=True)["input_ids"]
        assert continued == [*ours, *encode(first_step)]
        assert tokenizer.decode([*encode(solution), EOS], skip_special_tokens=True) == solution


def test_every_character_is_a_token(exported: Exported) -> None:
    tokenizer = AutoTokenizer.from_pretrained(exported.folder)
    text = f"{CHARACTERS}answer:answer :answer:answers:{CHARACTERS[::-1]}"
    assert tokenizer(text, add_special_tokens=False)["input_ids"] == encode(text)
    assert tokenizer.decode(encode(text)) == text


@pytest.mark.parametrize("text", ["What is 1+1?", "naïve", "a\tb", "<bos>", "a</s>"])
def test_unknown_text_is_refused_and_never_dropped(exported: Exported, text: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(exported.folder)
    with pytest.raises(Exception, match="the pocket model cannot read"):
        tokenizer.apply_chat_template([{"role": "user", "content": text}])
    if text != "<bos>":  # plain text may hold special tokens, as for any Hugging Face tokenizer
        with pytest.raises(Exception, match="Missing"):
            tokenizer(text)


def test_probabilities_are_the_same(exported: Exported) -> None:
    weights = Pocket(str(exported.source)).weights
    model = AutoModelForCausalLM.from_pretrained(exported.folder)
    compared = 0
    for one in exercises(1):
        ids = [BOS, *encode(prompt_text(one.problem) + one.solution), EOS]
        if len(ids) > weights.shape.context:
            continue
        compared += 1
        ours = log_softmax(unembed(weights, read(weights, ids, []).hidden))
        with torch.no_grad():
            theirs = torch.log_softmax(model(torch.tensor([ids])).logits[0], dim=-1).numpy()
        assert np.abs(ours - theirs).max() < TOLERANCE
    assert compared >= 4 * len(TASKS)
