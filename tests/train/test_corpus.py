"""Training text is worked exercises of the training split only, packed so that solutions alone count."""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlay.core.errors import InvalidInputError
from outlay.pocket.tokenizer import EOS, PAD, decode
from outlay.tasks.exercise import Split, exercise
from outlay.tasks.jsonl import JsonLines
from outlay.train.corpus import DEFAULT_MIXTURE, Mixture, batches
from outlay.train.sizes import STANDARD

BY_NAME = STANDARD.corpus


def test_no_test_prompt_is_ever_trained_on() -> None:
    stream = batches(BY_NAME, DEFAULT_MIXTURE, 3000, 0, np.random.default_rng(0))
    batch, prompts = next(stream), set()
    for n in range(30):
        prompts |= {decode(inputs.tolist()).partition("\n")[0] for inputs in batch.inputs}
        batch = stream.send(n / 30)
    assert len(prompts) > 300
    assert {zlib.crc32(prompt.encode()) % 8 for prompt in prompts} == set(range(1, 8))
    tested = {
        exercise(task, level, seed).problem.messages[-1].content
        for task in STANDARD.tasks
        for level in range(1, task.info.levels + 1)
        for seed in range(10)
    }
    assert not prompts & tested


def test_targets_are_the_next_tokens_of_what_is_learnt_and_end_with_the_end() -> None:
    stream = batches(BY_NAME, replace(DEFAULT_MIXTURE, misses={}), 2000, 0, np.random.default_rng(1))
    batch = next(stream)
    for inputs, targets in zip(batch.inputs, batch.targets, strict=True):
        places = np.flatnonzero(targets >= 0)
        assert (np.diff(places) == 1).all()
        assert (targets[places[:-1]] == inputs[places[:-1] + 1]).all()
        assert targets[places[-1]] == EOS
        assert (inputs[places[-1] + 1 :] == PAD).all()


@pytest.mark.parametrize("name", ["countdown", "program"])
def test_a_miss_is_learnt_but_for_its_choices(name: str) -> None:
    mixture = Mixture({name: 1.0}, {name: (1.0,)}, misses={name: 1.0})
    batch = next(batches(BY_NAME, mixture, 2000, 0, np.random.default_rng(1)))
    for inputs, targets in zip(batch.inputs, batch.targets, strict=True):
        _, *lines = decode(inputs[: int((inputs != PAD).sum())].tolist()).splitlines()
        operations = [line.partition("=")[2] for line in lines[:-1]] if name == "countdown" else lines[1:-1]
        written = decode(targets[(targets >= 0) & (targets != EOS)].tolist())
        assert written == "\n".join([*operations, lines[-1]])


def test_batches_keep_to_their_size_and_their_seed() -> None:
    streams = [batches(BY_NAME, DEFAULT_MIXTURE, 2000, 0, np.random.default_rng(2)) for _ in range(2)]
    for _ in range(10):
        one, other = map(next, streams)
        assert one.inputs.size <= 2000
        np.testing.assert_array_equal(one.inputs, other.inputs)


def test_harder_levels_come_in_with_progress() -> None:
    mixture = Mixture({"chain": 1.0}, {"chain": (1.0,) * 6}, all_levels_by=0.5)
    rng = np.random.default_rng(0)
    assert {mixture.draw(0.0, rng)[1] for _ in range(100)} == {1, 2}
    assert {mixture.draw(0.25, rng)[1] for _ in range(200)} == {1, 2, 3, 4}
    assert {mixture.draw(0.5, rng)[1] for _ in range(300)} == {1, 2, 3, 4, 5, 6}


def test_a_file_without_a_problem_of_the_split_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"prompt": "1+1?"}\n')
    task = JsonLines(str(file))
    inside = Split.TEST if zlib.crc32(b"1+1?") % 8 == 0 else Split.TRAIN
    outside = Split.TRAIN if inside is Split.TEST else Split.TEST
    assert exercise(task, 1, 0, inside).problem.messages[-1].content == "1+1?"
    with pytest.raises(InvalidInputError, match=f"no problem of level 1 belongs to the {outside} split"):
        exercise(task, 1, 0, outside)
