"""``remote_reward``: a reward model behind a server, which scores answers or each of their steps."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import anyio

from outlay.core.cost import NOTHING
from outlay.core.errors import OutlayError
from outlay.core.journal import Journal
from outlay.core.ledger import Reservation
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Judges, Verdict, VerifierInfo
from outlay.verifiers.remote_reward.accounting import bound
from outlay.verifiers.remote_reward.asking import ADVICE
from outlay.verifiers.remote_reward.batch import Asker, Batch
from outlay.verifiers.remote_reward.separators import Separators
from outlay.verifiers.remote_reward.settings import OWNER, Api, RemoteRewardSettings
from outlay.verifiers.remote_reward.showing import Shown, show
from outlay.wire.connection import Connection


@dataclass(frozen=True)
class RemoteReward(RemoteRewardSettings):
    """Asks a reward model on a server, vLLM or another that has its endpoints; the settings say what the model is.

    Answers that are asked about at once go in one request, up to ``batch`` of them. What all of them can cost, their
    bytes, is reserved before anything is waited for; what is paid is what the server counts, else an estimate. Every
    request sends the whole text: a server that caches prefixes reads only what is new, and what it says of that is
    booked as cached tokens. vLLM does so for models that score the last token, but not for rows of tokens or steps, and
    its count does not tell.

    Failures that another attempt may mend are tried again, ever later and no sooner than the server asks; if none
    succeeds, or if what comes back cannot be read, there is no verdict. Answers cut off by the length limit score 0.
    Sources: vLLM's documentation, Pooling Models; for ``pooling``, "The Lessons of Developing Process Reward Models in
    Mathematical Reasoning" (Qwen2.5-Math-PRM) and "Math-Shepherd", section 3.

    Example:
        >>> RemoteReward("some-reward-model", api="pooling").info.judges
        <Judges.STEPS: 'steps'>
    """

    @property
    def info(self) -> VerifierInfo:
        """What it is; only step rewards judge partial answers."""
        return VerifierInfo(
            "remote_reward",
            "a reward model behind a server, for answers or for each step",
            Judges.STEPS if self.api is Api.POOLING else Judges.OUTCOMES,
            "a server with a reward model, as vLLM is",
            reserves_first=True,
        )

    @cached_property
    def _asker(self) -> Asker:
        connection = Connection(self, ADVICE)
        return Asker(self, connection, Separators(self, connection))

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory, in order.

        Raises:
            BudgetExhausted: if the budget cannot pay for all of them.
            EndpointRefusedError: if the server refuses the key, the model's name or the request.
            InvalidSettingError: if what the server gives is not what the settings say.
            VerifierError: if there is no server.
        """
        found: dict[int, Verdict] = {}
        asked: dict[int, Shown] = {}
        for index, one in enumerate(trajectories):
            shown = show(self, problem, one)
            if isinstance(shown, Verdict):
                found[index] = shown
            else:
                asked[index] = shown
        if asked:
            requests = self._requests(asked)
            worst = [bound(self, [asked[index].size for index in request]) for request in requests]
            async with run.ledger.reserve(sum(worst, NOTHING)) as reservation:
                texts = [{i: asked[i] for i in one} for one in requests]
                found |= await self._ask(problem, texts, run.journal, reservation)
        return [found[index] for index in range(len(trajectories))]

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        await self._asker.connection.aclose()

    def _requests(self, asked: dict[int, Shown]) -> list[list[int]]:
        """Which answers go together: a conversation is sent alone, where the server is to make its text."""
        most = 1 if self.chat and not self.by_token else self.batch
        indices = list(asked)
        return [indices[first : first + most] for first in range(0, len(indices), most)]

    async def _ask(
        self, problem: Problem, requests: Sequence[dict[int, Shown]], journal: Journal, reservation: Reservation
    ) -> dict[int, Verdict]:
        found: dict[int, Verdict] = {}
        failures: list[OutlayError] = []

        async def ask(request: dict[int, Shown]) -> None:
            shown = list(request.values())
            everything = repr((self, [message.content for message in problem.messages], shown))
            try:
                verdicts = await journal.verdicts(
                    everything, lambda meter: Batch(self._asker, problem, shown, meter).verdicts(), reservation.charge
                )
                found.update(zip(request, verdicts, strict=True))
            except OutlayError as error:
                # Bare instead of in an exception group, and with no need to wait for the rest.
                failures.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for request in requests:
                group.start_soon(ask, request)
        if reservation.overrun:
            warnings.warn(
                f"{OWNER}: {self.host} counted more tokens than a text can have; its chat template adds more than "
                f"template_tokens={self.template_tokens}",
                RuntimeWarning,
                stacklevel=2,
            )
        if failures:
            raise failures[0]
        return found
