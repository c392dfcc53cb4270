"""What a pocket model remembers of trajectories: the memory of a prompt, and the pieces that travel with the steps."""

from collections import OrderedDict
from dataclasses import dataclass

from outlay.core.problem import Problem
from outlay.core.trajectory import Step, Trajectory
from outlay.pocket.tokenizer import BOS, encode, spells
from outlay.pocket.transformer import Piece, read
from outlay.pocket.weights import PocketWeights

PROMPTS_KEPT = 256


@dataclass(frozen=True, slots=True, eq=False)
class PocketState:
    """A step's ``model_state``: the piece of memory that belongs to it, and the weights it came from."""

    digest: str
    piece: Piece


class Memory:
    """The pieces of any trajectory, for one set of weights; the last prompts are kept."""

    def __init__(self, weights: PocketWeights) -> None:
        self._weights = weights
        self._prompts: OrderedDict[str, Piece] = OrderedDict()

    def pieces(self, trajectory: Trajectory) -> list[Piece]:
        """The pieces of a trajectory, prompt first; what these weights did not write is read."""
        pieces = [self._prompt(trajectory.problem)]
        for step in trajectory.steps:
            pieces.append(self.piece_of(step) or read(self._weights, self.ids(step), pieces))
        return pieces

    def piece_of(self, step: Step) -> Piece | None:
        """The memory that travels with a step, if these weights made it."""
        state = step.model_state
        return state.piece if isinstance(state, PocketState) and state.digest == self._weights.digest else None

    def ids(self, step: Step) -> list[int]:
        """The tokens that a step's piece covers, at least one; its own if they are this vocabulary's."""
        own = step.token_ids if self.piece_of(step) is not None or spells(step.token_ids, step.text) else None
        return list(own or encode(step.text) or [BOS])

    def state(self, piece: Piece) -> PocketState:
        """What a new step carries."""
        return PocketState(self._weights.digest, piece)

    def tokens(self, trajectory: Trajectory) -> tuple[int, int]:
        """Tokens that a call must read, and those whose memory it finds."""
        prompt = 1 + len(encode(prompt_text(trajectory.problem)))
        if trajectory.last is None:
            return prompt, 0
        fresh, cached = 0, prompt
        for step in trajectory.steps:
            kept = self.piece_of(step)
            if kept is None:
                fresh += len(encode(step.text))
            else:
                cached += kept.tokens
        return fresh, cached

    def _prompt(self, problem: Problem) -> Piece:
        text = prompt_text(problem)
        piece = self._prompts.pop(text, None)
        if piece is None:
            piece = read(self._weights, [BOS, *encode(text)], [])
        self._prompts[text] = piece
        while len(self._prompts) > PROMPTS_KEPT:
            self._prompts.popitem(last=False)
        return piece


def prompt_text(problem: Problem) -> str:
    """The text a pocket model is asked with: the messages, one a line."""
    return "".join(message.content.strip() + "\n" for message in problem.messages)
