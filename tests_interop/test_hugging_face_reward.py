"""``hugging_face`` says what plain ``transformers`` says of the whole text, and reads less for it.

The models are small, of several architectures, with random weights; the tokenizer is a byte-level one made here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from outlay.core.errors import InvalidInputError
from outlay.core.ledger import Ledger
from outlay.core.run import Run
from outlay.core.solve import solve
from outlay.core.trajectory import Finish, Step, Trajectory
from outlay.strategies import STRATEGIES
from outlay.testing import SMALL_PROBLEM, small_model
from outlay.testing.verifier_laws import check_verifier
from outlay.verifiers.hugging_face_reward.verifier import HuggingFace
from outlay.verifiers.marked_steps import mark_steps

SEPARATOR = "<extra_0>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
)
SPECIAL = ["<pad>", "<|im_start|>", "<|im_end|>", SEPARATOR, "[CLS]", "[SEP]"]
STEPS = ("First, 12 + 30 = 42.\n", "\n", "Then 42 * 2 = 84,\nnaïvely.\n", "So the answer:\n", "answer: 84")
TOLERANCE = 1e-5
"""Of scores. Both sides compute in 32 bits, in another order."""
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
         "max_position_embeddings": 512}  # fmt: skip
CONFIGS: dict[str, Callable[..., Any]] = {
    "llama": lambda **more: LlamaConfig(num_key_value_heads=2, **SMALL, **more),
    "qwen2": lambda **more: Qwen2Config(num_key_value_heads=2, **SMALL, **more),
    "mistral, sliding": lambda **more: MistralConfig(num_key_value_heads=2, sliding_window=16, **SMALL, **more),
    "gpt2": lambda **more: GPT2Config(n_embd=32, n_layer=3, n_head=4, n_positions=512, **more),
    "bert": lambda **more: BertConfig(**SMALL, **more),
}
CAUSAL = [name for name in CONFIGS if name != "bert"]


def make_tokenizer(template: bool) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["".join(STEPS), "the answer is what is it? so"] * 3, trainer)
    words = {"pad_token": "<pad>", "eos_token": "<|im_end|>"}
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, additional_special_tokens=["<|im_start|>", SEPARATOR], **words
    )
    if template:
        made.chat_template = TEMPLATE
    return made


@dataclass(frozen=True)
class Saved:
    """A model in a folder, and the same one at hand."""

    folder: Path
    model: Any
    tokenizer: PreTrainedTokenizerFast
    labels: int

    def verifier(self, **settings: Any) -> HuggingFace:
        return HuggingFace(str(self.folder), **settings)

    def outputs(self, text: str) -> torch.Tensor:
        """What plain transformers says of a whole text."""
        chat = self.tokenizer.chat_template is not None
        encoded = self.tokenizer(text, add_special_tokens=not chat, return_tensors="pt")
        with torch.no_grad():
            return self.model(input_ids=encoded["input_ids"]).logits[0]

    def score(self, outputs: torch.Tensor) -> float:
        if self.labels == 1:
            return float(torch.sigmoid(outputs)[-1])
        return float(torch.softmax(outputs, -1)[-1])


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Saved]:
    def saved(
        name: str, kind: str, labels: int = 2, template: bool = True, pad: str | None = "<pad>", **more: Any
    ) -> Saved:
        torch.manual_seed(7)
        tokenizer = make_tokenizer(template)
        pad_id = None if pad is None else tokenizer.convert_tokens_to_ids(pad)
        config = CONFIGS[name](vocab_size=len(tokenizer), num_labels=labels, pad_token_id=pad_id, **more)
        factory = AutoModelForSequenceClassification if kind == "sequence" else AutoModelForTokenClassification
        model = factory.from_config(config).eval()
        for weight in model.parameters():
            # Larger than they start out, so that scores differ well beyond rounding.
            weight.data.add_(torch.randn_like(weight) * 0.1)
        folder = tmp_path / "model"
        model.save_pretrained(folder, safe_serialization=True)
        tokenizer.save_pretrained(folder)
        # Loaded anew: for some architectures transformers takes a tokenizer of its own, which cuts differently.
        return Saved(folder, model, AutoTokenizer.from_pretrained(folder), labels)

    return saved


def run_of() -> Run:
    return Run(small_model(), Ledger(), np.random.default_rng(0))


def reads_on(verifier: HuggingFace) -> bool:
    """Whether its model goes on from its memory."""
    return verifier._machine.network.shares  # noqa: SLF001 (what a test is for)


def growing(*parts: str) -> list[Trajectory]:
    found = [Trajectory(SMALL_PROBLEM)]
    for part in parts:
        found.append(found[-1].extend(Step(part, found[-1].last), Finish.STEP))
    return found[1:]


def whole_text(saved: Saved, answer: str) -> str:
    question = SMALL_PROBLEM.messages[0].content
    if saved.tokenizer.chat_template is None:
        return f"{question}\n\n{answer}"
    talk = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    text: str = saved.tokenizer.apply_chat_template(talk, tokenize=False)
    return text


def expected_steps(saved: Saved, one: Trajectory, separator: str) -> list[float]:
    """The scores at the separators, or at the last tokens of steps, by one pass over the whole text."""
    marks = mark_steps(one, separator)
    text = whole_text(saved, marks.text)
    outputs = saved.outputs(text)
    chat = saved.tokenizer.chat_template is not None
    if separator:
        ids = saved.tokenizer(text, add_special_tokens=not chat)["input_ids"]
        tag = saved.tokenizer.convert_tokens_to_ids(separator)
        places = [place for place, token in enumerate(ids) if token == tag]
    else:
        encoded = saved.tokenizer(text, add_special_tokens=not chat)
        start = text.rindex(marks.text)
        places = [encoded.char_to_token(start + end - 1) for end in marks.ends]
    scores = [saved.score(outputs[place]) for place in places]
    return [scores[mark] for mark in marks.marks]


@pytest.mark.anyio
@pytest.mark.parametrize("template", [True, False], ids=["chat", "plain"])
@pytest.mark.parametrize("separator", [SEPARATOR, ""], ids=["separator", "last token"])
@pytest.mark.parametrize("name", CONFIGS)
async def test_step_scores_are_those_of_the_whole_text(
    name: str, separator: str, template: bool, save: Callable[..., Saved]
) -> None:
    saved = save(name, "token", template=template)
    verifier = saved.verifier(kind="token", separator_token=separator)
    run = run_of()
    read = []
    for one in growing(*STEPS):
        (verdict,) = await verifier.judge(SMALL_PROBLEM, [one], run)
        assert verdict.step_scores == pytest.approx(expected_steps(saved, one, separator), abs=TOLERANCE)
        read.append(verdict.cost.verifier_tokens)
    text = whole_text(saved, mark_steps(growing(*STEPS)[-1], separator).text)
    whole = len(saved.tokenizer(text, add_special_tokens=not template)["input_ids"])
    assert reads_on(verifier) == (name in CAUSAL)
    if name in CAUSAL:
        # All steps together cost about one reading of the whole; each further one re-reads the template's end.
        assert whole <= sum(read) <= whole + 4 * len(STEPS)
    else:
        assert read[-1] == whole


@pytest.mark.anyio
@pytest.mark.parametrize("pad", ["<pad>", "<|im_end|>", None])
@pytest.mark.parametrize("labels", [1, 3])
@pytest.mark.parametrize("name", CONFIGS)
async def test_outcome_scores_are_those_of_the_whole_text(
    name: str, labels: int, pad: str | None, save: Callable[..., Saved]
) -> None:
    if name == "bert" and pad is None:
        pytest.skip("BERT's embeddings need a padding token")
    saved = save(name, "sequence", labels, pad=pad)
    verifier = saved.verifier(partial=True)
    run = run_of()
    for one in growing(*STEPS):
        (verdict,) = await verifier.judge(SMALL_PROBLEM, [one], run)
        expected = saved.score(saved.outputs(whole_text(saved, one.text)))
        assert verdict.score == pytest.approx(expected, abs=TOLERANCE)
    assert reads_on(verifier) == (name in CAUSAL)
    if name in CAUSAL:
        assert verdict.cost.verifier_tokens < 12 < verdict.cost.cached_tokens


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["sequence", "token"])
@pytest.mark.parametrize("name", CONFIGS)
async def test_verdicts_do_not_depend_on_the_batch(name: str, kind: str, save: Callable[..., Saved]) -> None:
    saved = save(name, kind)
    texts = ["".join(STEPS), "no", "".join(STEPS[2:]), "answer: 84\n" * 9, "".join(STEPS[:3])]
    answers = [Trajectory(SMALL_PROBLEM).extend(Step(text), Finish.END) for text in texts]
    for settings in ({"precision": "float64", "batch": 8}, {"batch": 1}):
        await check_verifier(saved.verifier(kind=kind, **settings), small_model(), answers)
    together = await saved.verifier(kind=kind).judge(SMALL_PROBLEM, answers, run_of())
    for one, verdict in zip(answers, together, strict=True):
        if kind == "token":
            assert verdict.step_scores == pytest.approx(expected_steps(saved, one, ""), abs=TOLERANCE)
        else:
            assert verdict.score == pytest.approx(
                saved.score(saved.outputs(whole_text(saved, one.text))), abs=TOLERANCE
            )


@pytest.mark.anyio
@pytest.mark.parametrize("name", CAUSAL)
async def test_forks_of_different_lengths_are_read_together(name: str, save: Callable[..., Saved]) -> None:
    saved = save(name, "token")
    verifier = saved.verifier(kind="token", separator_token=SEPARATOR)
    run = run_of()
    stems = growing(*STEPS[:4])
    await verifier.judge(SMALL_PROBLEM, stems[:1], run)
    await verifier.judge(SMALL_PROBLEM, stems[1:3], run)
    forks = [
        stem.extend(Step(text, stem.last), Finish.END) for stem in stems for text in ("yes\n", "no, it is 12 + 30.")
    ]
    verdicts = await verifier.judge(SMALL_PROBLEM, forks, run)
    for one, verdict in zip(forks, verdicts, strict=True):
        assert verdict.step_scores == pytest.approx(expected_steps(saved, one, SEPARATOR), abs=TOLERANCE)


@pytest.mark.anyio
@pytest.mark.parametrize("strategy", ["best_of_n(n=6)", "particle_filter(n=4)"])
async def test_strategies_run_with_it(strategy: str, save: Callable[..., Saved]) -> None:
    saved = save("llama", "token")
    verifier = saved.verifier(kind="token", separator_token=SEPARATOR)
    run = Run(small_model(), Ledger(), np.random.default_rng(2), verifier)
    outcome = await solve(SMALL_PROBLEM, STRATEGIES.build(strategy), run)
    assert outcome.answer is not None
    for candidate in outcome.answer.candidates:
        assert candidate.score == pytest.approx(
            expected_steps(saved, candidate.trajectory, SEPARATOR)[-1], abs=TOLERANCE
        )
    assert outcome.cost.verifier_tokens > 0


@pytest.mark.anyio
@pytest.mark.parametrize("name", CONFIGS)
async def test_half_precision_reads_on_too(name: str, save: Callable[..., Saved]) -> None:
    saved = save(name, "token")
    verifier = saved.verifier(kind="token", separator_token=SEPARATOR, precision="bfloat16")
    run = run_of()
    for one in growing(*STEPS):
        (verdict,) = await verifier.judge(SMALL_PROBLEM, [one], run)
        assert verdict.step_scores == pytest.approx(expected_steps(saved, one, SEPARATOR), abs=0.05)
    assert reads_on(verifier) == (name in CAUSAL)


@pytest.mark.anyio
async def test_a_text_that_is_too_long_is_no_verdict(save: Callable[..., Saved]) -> None:
    verifier = save("llama", "sequence").verifier()
    (verdict,) = await verifier.judge(SMALL_PROBLEM, growing("=7 " * 600), run_of())
    assert not verdict.judged
    assert "the model reads 512" in verdict.evidence


def test_a_model_without_a_reward_head_is_refused(tmp_path: Path) -> None:
    tokenizer = make_tokenizer(True)
    config = CONFIGS["llama"](vocab_size=len(tokenizer))
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(InvalidInputError, match=r"no weights for score\.weight: it is no reward model"):
        HuggingFace(str(tmp_path)).require(SMALL_PROBLEM)


def test_pickled_weights_are_not_loaded(save: Callable[..., Saved]) -> None:
    saved = save("llama", "sequence")
    torch.save(saved.model.state_dict(), saved.folder / "pytorch_model.bin")
    (saved.folder / "model.safetensors").unlink()
    with pytest.raises(InvalidInputError, match="cannot load"):
        saved.verifier().require(SMALL_PROBLEM)


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"device": "cuda:7"}, "device"), ({"device": "hat"}, "device"), ({"right": 5}, "right"),
     ({"kind": "token", "separator_token": "a step ends"}, "one token")],
)  # fmt: skip
def test_wrong_settings_are_told(settings: dict[str, Any], named: str, save: Callable[..., Saved]) -> None:
    kind = settings.get("kind", "sequence")
    with pytest.raises(InvalidInputError, match=named):
        save("llama", kind).verifier(**settings).require(SMALL_PROBLEM)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(InvalidInputError, match="cannot load"):
            HuggingFace(str(path)).require(SMALL_PROBLEM)
