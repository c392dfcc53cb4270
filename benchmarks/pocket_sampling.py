"""Tokens a second of the pocket model for many samples of one prompt, beside ``generate`` of ``transformers``.

Both sides run the same weights in float32 on the CPU, at temperature 1 from the whole vocabulary, with a key-value
cache, and make the same number of tokens for every sample: the end token does not end a sample on either side, since
how early each sample ends would otherwise decide the figure. Ours is the whole call of ``Pocket.sample``, log-
probabilities, text and steps included; its memory of the prompt is empty at each start. PyTorch runs with one thread
and with all cores, and the ratio is against the faster of the two in each repeat; our matrix products run on one thread
always.

Without the shipped weights, random ones of the same shape stand in, which does not change the work.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import numpy as np
from measuring import Row, asked_quick, ratios, show, side_by_side
from safetensors.numpy import save_file

from outlay.core.model import SampleRequest
from outlay.core.problem import Problem
from outlay.core.trajectory import Trajectory
from outlay.models.pocket import Pocket
from outlay.pocket.architecture import Architecture
from outlay.pocket.hugging_face import export_language_model
from outlay.pocket.memory import prompt_text
from outlay.pocket.tokenizer import BOS, encode
from outlay.pocket.weights import SHIPPED
from outlay.tasks.chain import Chain
from outlay.tasks.exercise import exercise

NO_TOKEN = -1
ALL_CORES = os.cpu_count() or 1

Generate = Callable[[int, int, int], float]
"""Samples, tokens of each and PyTorch's threads -> tokens a second."""


def write_random_model(folder: Path) -> None:
    """A folder with random weights of the shipped model's shape and their card."""
    shape = Architecture()
    rng = np.random.default_rng(0)
    outer = shape.key_value_heads * shape.head_width
    sizes: dict[str, tuple[int, ...]] = {
        "input_layernorm": (shape.width,),
        "self_attn.q_proj": (shape.width, shape.width),
        "self_attn.k_proj": (outer, shape.width),
        "self_attn.v_proj": (outer, shape.width),
        "self_attn.o_proj": (shape.width, shape.width),
        "post_attention_layernorm": (shape.width,),
        "mlp.gate_proj": (shape.hidden, shape.width),
        "mlp.up_proj": (shape.hidden, shape.width),
        "mlp.down_proj": (shape.width, shape.hidden),
    }
    named = {f"layers.{layer}.{name}": size for layer in range(shape.layers) for name, size in sizes.items()}
    named |= {"embed_tokens": (shape.vocabulary, shape.width), "norm": (shape.width,)}
    tensors = {
        f"model.{name}.weight": rng.normal(size=size, scale=size[-1] ** -0.5).astype(np.float32)
        if len(size) == 2
        else np.ones(size, np.float32)
        for name, size in named.items()
    }
    save_file(tensors, folder / "language_model.safetensors")
    (folder / "language_model.json").write_text(json.dumps({"architecture": shape.as_dict()}))


def pocket_tokens_per_second(folder: Path, problem: Problem, samples: int, tokens: int) -> float:
    """Generated tokens of all samples a wall-clock second."""
    model = Pocket(str(folder))
    request = SampleRequest(Trajectory(problem), tuple(range(samples)), tokens)

    async def measured() -> float:
        made = 0
        start = time.perf_counter()
        async with aclosing(model.sample(request, lambda _: None)) as finished:
            async for sample in finished:
                made += len(sample.step.token_ids or ())
        seconds = time.perf_counter() - start
        if made != samples * tokens:
            raise RuntimeError(f"{made} tokens were made instead of {samples * tokens}")
        return made / seconds

    with mock.patch("outlay.pocket.batch.EOS", NO_TOKEN):
        return anyio.run(measured)


def load_transformers(folder: Path, problem: Problem) -> Generate | None:
    """The same model in ``transformers``; None if that is not installed."""
    try:
        import torch  # noqa: PLC0415 (optional)
        from transformers import LlamaForCausalLM  # noqa: PLC0415 (optional)
        from transformers.utils import logging  # noqa: PLC0415 (optional)
    except ImportError:
        return None
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as exported:
        export_language_model(folder, Path(exported))
        model: Any = LlamaForCausalLM.from_pretrained(exported, dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    prompt = torch.tensor([[BOS, *encode(prompt_text(problem))]])

    def generate(samples: int, tokens: int, threads: int) -> float:
        torch.set_num_threads(threads)
        start = time.perf_counter()
        made = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            num_return_sequences=samples, max_new_tokens=tokens, use_cache=True,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        if made.shape != (samples, prompt.shape[1] + tokens):
            raise RuntimeError(f"{tuple(made.shape)} tokens were made instead of {samples} times {tokens}")
        return float(samples * tokens / seconds)

    return generate


def rows_for(
    samples: int, tokens: int, ours: Callable[[int, int], float], peer: Generate | None, repeats: int
) -> list[Row]:
    """The lines of one number of samples."""
    measures = [partial(ours, samples, tokens)]
    if peer is not None:
        measures += [partial(peer, samples, tokens, threads) for threads in (1, ALL_CORES)]
    own, *theirs = side_by_side(measures, repeats)
    rows = [Row(f"pocket, {samples} samples, tokens/s", own)]
    if theirs:
        fastest = np.max(theirs, axis=0).tolist()
        aim = "at least 3" if samples == 64 else ""
        rows += [
            Row(f"transformers, {samples} samples, tokens/s", fastest),
            Row(f"pocket / transformers, {samples} samples", ratios(own, fastest), aim),
        ]
    return rows


def main() -> None:
    quick = asked_quick(__doc__)
    tokens = 16 if quick else 96
    problem = exercise(Chain(), level=4, seed=1).problem
    with tempfile.TemporaryDirectory() as spare:
        folder = SHIPPED
        if not (folder / "language_model.safetensors").is_file():
            folder = Path(spare)
            write_random_model(folder)
        ours = partial(pocket_tokens_per_second, folder, problem)
        peer = load_transformers(folder, problem)
        rows = [row for n in (1, 64, 256) for row in rows_for(n, tokens, ours, peer, repeats=3 if quick else 7)]
    weights = "shipped" if folder == SHIPPED else "random"
    show(f"Sampling {tokens} tokens after a prompt of {len(encode(prompt_text(problem))) + 1}, {weights} weights", rows)
    if peer is None:
        print("\nFor the comparison, install PyTorch and transformers: pip install torch transformers")


if __name__ == "__main__":
    main()
