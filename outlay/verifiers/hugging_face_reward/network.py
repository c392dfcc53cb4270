"""A classifier of ``transformers`` as a function of tokens, which goes on from its memory where it can."""

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from outlay.verifiers.hugging_face_reward.pieces import Row, Span, Told

if TYPE_CHECKING:
    import torch

_PROBE = 9
"""Tokens on which a model shows whether it can go on from its memory."""

_MISFITS = (AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError)
"""What models raise that keep no memory, or keep it in another way."""


class ClassifierNetwork:
    """Reads texts in batches, padded and masked, so that no row sees another.

    A causal model keeps the keys and values of what it has read. Rows with memory of different lengths are padded on
    the left of it, new tokens on the right, and positions are counted without the padding. Whether that gives what the
    model says of a whole text is tried when it is loaded; with one where it does not, every row is a whole text.
    """

    def __init__(self, model: Any, context: int, by_token: bool, pad: int) -> None:
        import torch  # noqa: PLC0415 (heavy and optional)

        self._torch = torch
        self._model = model
        self._by_token = by_token
        self._pad = pad
        self.context = context
        self.classes = int(model.config.num_labels)
        self.parameters = sum(weight.numel() for weight in model.parameters())
        self.shares = self._can_share()

    def last(self, ids: Sequence[int]) -> int:
        """The place that judges a whole text: its last token that is no padding, as the model's own head has it."""
        padding = self._padding
        return next((at for at in range(len(ids) - 1, -1, -1) if ids[at] != padding), len(ids) - 1)

    def read(self, rows: Sequence[Row]) -> list[Told]:
        """Read some texts together."""
        with self._torch.inference_mode():
            return self._read_on(rows) if self.shares else self._read_whole(rows)

    @property
    def _padding(self) -> int | None:
        config = self._model.config
        found = getattr(
            config.get_text_config() if hasattr(config, "get_text_config") else config, "pad_token_id", None
        )
        return None if found is None else int(found)

    def _read_whole(self, rows: Sequence[Row]) -> list[Told]:
        if not self._by_token and self._padding is None and len(rows) > 1:
            # The model's own head could not tell where a padded text ends.
            return [told for row in rows for told in self._read_whole([row])]
        longest = max(len(row.ids) for row in rows)
        ids = self._tensor([[*row.ids, *[self._pad] * (longest - len(row.ids))] for row in rows])
        mask = self._tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows])
        logits = self._model(input_ids=ids, attention_mask=mask).logits.float()
        if self._by_token:
            return [Told(None, logits[at, list(row.places)].tolist()) for at, row in enumerate(rows)]
        return [Told(None, [logits[at].tolist()] * len(row.places)) for at, row in enumerate(rows)]

    def _read_on(self, rows: Sequence[Row]) -> list[Told]:
        kept = [sum(span.tokens for span in row.past) for row in rows]
        new = [len(row.ids) for row in rows]
        before, longest = max(kept), max(new)
        cache = self._remembered([row.past for row in rows], before)
        base = getattr(self._model, self._model.base_model_prefix)
        hidden = base(
            input_ids=self._tensor([[*row.ids, *[self._pad] * (longest - len(row.ids))] for row in rows]),
            attention_mask=self._tensor(
                [[0] * (before - k) + [1] * (k + n) + [0] * (longest - n) for k, n in zip(kept, new, strict=True)]
            ),
            position_ids=self._tensor(
                [[k + min(at, n - 1) for at in range(longest)] for k, n in zip(kept, new, strict=True)]
            ),
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        head = self._model.score if hasattr(self._model, "score") else self._model.classifier
        told = []
        for at, row in enumerate(rows):
            own = slice(before, before + len(row.ids))
            held = [(layer.keys[at, :, own].clone(), layer.values[at, :, own].clone()) for layer in cache.layers]
            told.append(Told(held, head(hidden[at, list(row.places)]).float().tolist() if row.places else []))
        return told

    def _remembered(self, pasts: Sequence[Sequence[Span]], before: int) -> Any:
        """The memory of all rows as one cache, (rows, heads, before, width) a layer, padded on the left."""
        from transformers import DynamicCache  # noqa: PLC0415 (heavy and optional)

        cache = DynamicCache()
        first = next((span for past in pasts for span in past), None)
        for layer in range(len(first.held) if first else 0):
            cache.update(*(self._padded(pasts, before, layer, part) for part in (0, 1)), layer)
        return cache

    def _padded(self, pasts: Sequence[Sequence[Span]], before: int, layer: int, part: int) -> "torch.Tensor":
        """Keys (part 0) or values (part 1) of one layer."""
        example = next(span for past in pasts for span in past).held[layer][part]
        heads, _, width = example.shape
        padded: torch.Tensor = example.new_zeros((len(pasts), heads, before, width))
        for row, past in enumerate(pasts):
            at = before - sum(span.tokens for span in past)
            for span in past:
                padded[row, :, at : at + span.tokens] = span.held[layer][part][:, : span.tokens]
                at += span.tokens
        return padded

    def _tensor(self, rows: list[list[int]]) -> "torch.Tensor":
        return self._torch.tensor(rows, device=self._model.device)

    def _can_share(self) -> bool:
        """Whether the model is causal, and reading on from memory says what reading the whole text says."""
        base = getattr(self._model, self._model.base_model_prefix, None)
        if base is None or "past_key_values" not in inspect.signature(base.forward).parameters:
            return False
        vocabulary = int(self._model.get_input_embeddings().weight.shape[0])
        known = [token for token in range(vocabulary) if token not in {self._padding, self._pad}]
        ids = [known[(7 * at + 1) % len(known)] for at in range(_PROBE)]
        with self._torch.inference_mode():
            try:
                return self._is_causal(base, ids) and self._reads_on(ids)
            except _MISFITS:
                return False

    def _is_causal(self, base: Any, ids: list[int]) -> bool:
        """Whether no token changes what is made of those before it."""
        first, second = (
            base(input_ids=self._tensor([[*ids[:-1], last]])).last_hidden_state[0, :-1] for last in (ids[-1], ids[0])
        )
        # The same arithmetic on the same numbers: not even rounding differs.
        return bool((first - second).abs().max() <= 1e-6 * first.abs().max())

    def _reads_on(self, ids: list[int]) -> bool:
        """Whether memory works, in a batch with a text of another length."""
        (begun,) = self._read_on([Row((), ids[:4], ())])
        on = Row([Span(begun.held, 3)], ids[3:], (len(ids) - 4,))
        further, _ = self._read_on([on, Row((), ids[:2], (1,))])
        (whole,) = self._read_whole([Row((), ids, (len(ids) - 1,))])
        exact = self._model.dtype in {self._torch.float32, self._torch.float64}
        size = max(map(abs, whole.outputs[0]))
        # Arithmetic in 16 bits rounds coarsely.
        tolerance = 1e-3 * max(size, 0.1) if exact else 5e-2 * max(size, 1.0)
        pairs = zip(further.outputs[0], whole.outputs[0], strict=True)
        return all(abs(one - other) <= tolerance for one, other in pairs)
