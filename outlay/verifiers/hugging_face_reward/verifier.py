"""``hugging_face``: any sequence or token classifier of ``transformers`` as a reward model, in process."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary

from outlay.core.aggregation import Aggregation
from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import InvalidSettingError, UnknownNameError
from outlay.core.ledger import Ledger
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.verifiers.activation import Activation
from outlay.verifiers.hugging_face_reward.desk import Desk
from outlay.verifiers.hugging_face_reward.loading import OWNER, Kind, Loaded, Precision, load
from outlay.verifiers.hugging_face_reward.pieces import Network, Outputs, RunMemory
from outlay.verifiers.hugging_face_reward.reader import Reader, Work
from outlay.verifiers.hugging_face_reward.rendering import Renderer, UnreadableError


class _Machine(NamedTuple):
    """What is made of a loaded model."""

    network: Network
    renderer: Renderer
    reader: Reader
    desk: Desk
    memories: "WeakKeyDictionary[Ledger, RunMemory]"


@dataclass(frozen=True)
class HuggingFace:
    """Scores answers, or each of their steps, with a reward model of the package ``transformers``.

    Models are loaded from safetensors alone, and no code that comes with them is run. A thread reads them in batches,
    padded and masked, while generation goes on. A causal model remembers what it has read of a trajectory's path, as
    long as the steps live: a question is read once a run, and a further step costs only its own tokens. Bidirectional
    models read the whole text each time. Answers cut off by the length limit score 0.

    Verdicts do not depend on what is read beside them, up to the rounding of the arithmetic: with ``batch=1`` they are
    the same to the last digit, with more they may differ in the seventh, in 16 bits in the third.

    Attributes:
        model: a folder, or a name on the Hugging Face Hub.
        kind: what the model classifies.
        device: as PyTorch names it, such as ``cuda:0``.
        precision: in what it computes.
        chat: apply the tokenizer's chat template, if it has one; else a blank line stands between question and answer.
        separator_token: with ``kind=token``, the token after every step, at which its score stands, such as
            ``<extra_0>``; empty for the last token of the step itself.
        join: what stands between a separator and the next step.
        right: which output is the class of what is right, counted from the end where negative.
        activation: what makes a score of the outputs; by default ``sigmoid`` for one, ``softmax`` for several.
        aggregation: how step scores become the verdict's score.
        partial: with ``kind=sequence``, let it judge partial answers too, each as the text that it is.
        batch: the most texts that are read together.
    """

    model: str
    kind: Kind = Kind.SEQUENCE
    device: str = "cpu"
    precision: Precision = Precision.AUTO
    chat: bool = True
    separator_token: str = ""
    join: str = ""
    right: int = -1
    activation: Activation | None = None
    aggregation: Aggregation = Aggregation.LAST
    partial: bool = False
    batch: int = 8

    def __post_init__(self) -> None:
        for name, words in (("kind", Kind), ("precision", Precision), ("aggregation", Aggregation)):
            self._choose(name, words)
        if self.activation is not None:
            self._choose("activation", Activation)
        if not self.model:
            raise InvalidSettingError(OWNER, "model", self.model, "a folder or a name on the Hugging Face Hub")
        if self.batch < 1:
            raise InvalidSettingError(OWNER, "batch", self.batch, "1 or above")
        if self.kind is Kind.SEQUENCE and (self.separator_token or self.join):
            name = "separator_token" if self.separator_token else "join"
            raise InvalidSettingError(OWNER, name, getattr(self, name), "empty without kind=token")

    def _choose(self, name: str, words: type[StrEnum]) -> None:
        given = getattr(self, name)
        if given not in set(words):
            raise UnknownNameError(f"{name} of {OWNER}", str(given), words)
        # Plain text is as good as a member, as it is in a catalogue.
        object.__setattr__(self, name, words(given))

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        steps = self.partial or self.kind is Kind.TOKEN
        return VerifierInfo(
            "hugging_face",
            "a reward model of transformers, in process",
            Judges.STEPS if steps else Judges.OUTCOMES,
            "the extra 'hf', and a classifier saved as safetensors",
            reserves_first=True,
        )

    def require(self, problem: Problem) -> None:
        """Load the model, before anything is spent.

        Raises:
            MissingExtraError: if PyTorch or ``transformers`` are missing.
            InvalidInputError: if the model cannot be loaded, or is not what the settings say.
        """
        _ = self._machine

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, in order.

        Raises:
            BudgetExhausted: if the budget cannot pay for all of them.
            MissingExtraError: if PyTorch or ``transformers`` are missing.
            InvalidInputError: if the model cannot be loaded, or is not what the settings say.
        """
        machine = self._machine
        memory = machine.memories.setdefault(run.ledger, RunMemory())
        planned = [self._plan(machine.renderer, problem, one, memory) for one in trajectories]
        works = [plan for plan in planned if isinstance(plan, Work)]
        if works:
            bounds = [self._cost(machine.reader.unread(work)) for work in works]
            async with run.ledger.reserve(sum(bounds, NOTHING)) as reservation:
                try:
                    await machine.desk.do(works)
                finally:
                    for work in works:
                        reservation.charge(self._paid(work))
        return [plan if isinstance(plan, Verdict) else self._verdict(plan) for plan in planned]

    @cached_property
    def _machine(self) -> _Machine:
        loaded = load(self.model, self.kind, self.device, self.precision)
        self._check(loaded)
        network, tokenizer = loaded
        separator = self.separator_token if self.kind is Kind.TOKEN else None
        chat = self.chat and bool(tokenizer.chat_template)
        renderer = Renderer(tokenizer, chat, separator, self.join, network.last, network.context)
        reader = Reader(network)
        return _Machine(network, renderer, reader, Desk(reader.read, self.batch), WeakKeyDictionary())

    def _check(self, loaded: Loaded) -> None:
        if not -loaded.network.classes <= self.right < loaded.network.classes:
            raise InvalidSettingError(OWNER, "right", self.right, f"one of the {loaded.network.classes} outputs")
        if self.separator_token:
            tokens = loaded.tokenizer(self.separator_token, add_special_tokens=False)["input_ids"]
            if len(tokens) != 1:
                allowed = f"one token of this model, which makes {len(tokens)} of it"
                raise InvalidSettingError(OWNER, "separator_token", self.separator_token, allowed)

    def _plan(self, renderer: Renderer, problem: Problem, one: Trajectory, memory: RunMemory) -> Work | Verdict:
        if one.finish is Finish.LENGTH:
            return Verdict(0.0, evidence="the length limit cut it off")
        try:
            return Work(memory, one, renderer.render(problem, one))
        except UnreadableError as unreadable:
            return Verdict.unknown(str(unreadable))

    def _verdict(self, work: Work) -> Verdict:
        cost = self._paid(work)
        if work.outputs is None:
            return Verdict.unknown(work.failure, cost)
        scores = [self._score(outputs) for outputs in work.outputs]
        known = [score for score in scores if score is not None]
        if len(known) != len(scores):
            return Verdict.unknown("the model's outputs are not finite numbers", cost)
        if work.rendered.steps is None:
            return Verdict(known[0], cost=cost)
        by_step = work.rendered.steps.step_scores(known)
        return Verdict(self.aggregation.of(by_step), by_step, cost=cost)

    def _score(self, outputs: Outputs) -> float | None:
        activation = self.activation or (Activation.SIGMOID if len(outputs) == 1 else Activation.SOFTMAX)
        return activation.score(OWNER, outputs, self.right)

    def _paid(self, work: Work) -> Cost:
        return self._cost(work.read, work.kept) if work.done or work.read else NOTHING

    def _cost(self, read: int, kept: int = 0) -> Cost:
        flops = 2.0 * self._machine.network.parameters * read
        return Cost(verifier_tokens=read, cached_tokens=kept, calls=1, flops=flops)
