"""Every size learns what it says, reads all of it, and is trained on no test prompt."""

import zlib

import numpy as np
import pytest

from outlay.core.errors import UnknownNameError
from outlay.pocket.tokenizer import decode
from outlay.train.corpus import batches
from outlay.train.language_model import LanguageModelRecipe
from outlay.train.sizes import SIZES, SMALL, STANDARD, Size, size_of

each_size = pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))


@each_size
def test_the_mixture_is_about_what_is_learnt(size: Size) -> None:
    assert set(size.mixture.tasks) == set(size.mixture.levels) == set(size.corpus)
    assert set(size.mixture.misses) <= set(size.corpus)
    for name, task in size.corpus.items():
        assert len(size.mixture.levels[name]) == task.info.levels
    assert len(size.tasks) == len(size.asked) == len({task.info.name for task in size.tasks})


@each_size
def test_no_test_prompt_is_ever_trained_on(size: Size) -> None:
    stream = batches(size.corpus, size.mixture, 3000, 0, np.random.default_rng(0))
    batch, seen = next(stream), 0
    for _ in range(20):
        for inputs in batch.inputs:
            text = decode(inputs.tolist())
            # The table's prompts have several lines; its solutions begin where its tools are called.
            lines = text.split("\n")
            prompts = ["\n".join(lines[:end]) for end in range(1, len(lines))]
            if not text.startswith("item,"):
                assert zlib.crc32(prompts[0].encode()) % 8 != 0
            else:
                asked = next(prompt for prompt in prompts if prompt.endswith("?"))
                assert zlib.crc32(asked.encode()) % 8 != 0
            seen += 1
        batch = stream.send(1.0)
    assert seen > 200


@each_size
def test_every_text_of_the_corpus_fits_the_context(size: Size) -> None:
    stream = batches(size.corpus, size.mixture, 4000, 0, np.random.default_rng(1))
    next(stream)
    assert all(stream.send(1.0).inputs.shape[1] < size.shape.context for _ in range(30))


def test_the_standard_size_is_the_recipe_of_the_shipped_model() -> None:
    assert STANDARD.recipe == LanguageModelRecipe()
    assert STANDARD.shape.parameters > 3 * SMALL.shape.parameters
    assert set(STANDARD.asked) < set(SMALL.asked)


def test_an_unknown_size_is_refused_with_the_nearest() -> None:
    assert size_of("small") is SMALL
    with pytest.raises(UnknownNameError, match="did you mean 'small'"):
        size_of("smal")
