"""Some answers to one question, judged by one request."""

from collections.abc import Sequence
from typing import NamedTuple

from outlay.core.cost import NOTHING, Cost
from outlay.core.errors import EndpointRefusedError, InvalidSettingError, VerifierError
from outlay.core.model import Meter
from outlay.core.problem import Problem
from outlay.core.verifier import Verdict
from outlay.verifiers.remote_reward.accounting import shares
from outlay.verifiers.remote_reward.asking import Request
from outlay.verifiers.remote_reward.body import ids_post, reward_post
from outlay.verifiers.remote_reward.reading import Rewards, Row, Usage, read_rewards
from outlay.verifiers.remote_reward.separators import Places, Separators
from outlay.verifiers.remote_reward.settings import OWNER, RemoteRewardSettings
from outlay.verifiers.remote_reward.showing import Shown
from outlay.wire.connection import Connection
from outlay.wire.failures import AttemptFailedError

_TOO_LONG = ("context length", "max_model_len", "max model len", "too long", "maximum input length")
"""What servers say of a text that is longer than the model reads."""


class Asker(NamedTuple):
    """What every request of a verifier shares."""

    settings: RemoteRewardSettings
    connection: Connection
    separators: Separators


class Batch:
    """Asks for the rewards of some answers and pays for them.

    Only a good reply is paid, or, by estimate and once, a request that the server may have read in vain. Attempts that
    it refused or that never arrived cost nothing.
    """

    def __init__(self, asker: Asker, problem: Problem, shown: Sequence[Shown], meter: Meter, calls: int = 1) -> None:
        self._asker = asker
        self._problem = problem
        self._shown = shown
        self._meter = meter
        self._calls = calls

    async def verdicts(self) -> list[Verdict]:
        """One verdict for each answer; unknown for all of them if the server gives no good reply.

        Raises:
            EndpointRefusedError: if the server refuses the request, for another reason than a text's length.
            InvalidSettingError: if its rewards are not what the settings say.
            VerifierError: if there is no server.
        """
        settings = self._asker.settings
        request = Request(settings, self._asker.connection)
        costs = [NOTHING] * len(self._shown)
        try:
            places, rewards = await self._ask(request)
        except AttemptFailedError as failed:
            why = f"{settings.host} gave no reward, after {settings.max_retries + 1} attempts; last: {failed.reason}"
            if failed.absent:
                raise VerifierError(f"{OWNER}: {why}; check base_url, and that the server runs") from failed
        except EndpointRefusedError as refused:
            why = str(refused)
            if not any(words in why.lower() for words in _TOO_LONG):
                raise
            if len(self._shown) > 1:
                return await self._one_by_one()
        else:
            costs = self._pay(rewards.usage)
            self._check(places, rewards)
            return [self._verdict(*told) for told in zip(self._shown, places, rewards.rows, costs, strict=True)]
        finally:
            if request.unanswered:
                costs = self._pay(None)
        return [Verdict.unknown(why, cost) for cost in costs]

    async def _ask(self, request: Request) -> tuple[list[Places], Rewards]:
        settings, separators = self._asker.settings, self._asker.separators
        texts = [one.answer for one in self._shown]
        if settings.by_token:
            ids = [await separators.tokens(self._problem, text) for text in texts]
            places = [await separators.places(one) for one in ids]
            post = ids_post(settings, ids)
        else:
            counts = [len(one.steps.ends) if one.steps else 1 for one in self._shown]
            places = [Places(count, range(count)) for count in counts]
            post = reward_post(settings, self._problem, texts)
        rewards = await request.run(post, lambda data: read_rewards(settings.api, data, len(texts)))
        return places, rewards

    async def _one_by_one(self) -> list[Verdict]:
        """Each answer by a request of its own, so that one that is too long spoils no other; one call all the same."""
        verdicts: list[Verdict] = []
        for one in self._shown:
            alone = Batch(self._asker, self._problem, [one], self._meter, calls=0 if verdicts else self._calls)
            verdicts += await alone.verdicts()
        return verdicts

    def _pay(self, usage: Usage | None) -> list[Cost]:
        costs = shares(self._asker.settings, [one.size for one in self._shown], usage, self._calls)
        self._meter(sum(costs, NOTHING))
        return costs

    def _check(self, places: Sequence[Places], rewards: Rewards) -> None:
        """Refuse a server that gives a row for each token where one for each step was expected."""
        rows = [len(one) for one in rewards.rows]
        expected = [one.rows for one in places]
        if rows != expected and rewards.usage is not None and sum(rows) == rewards.usage.read:
            allowed = "tokens: this server gives a row of outputs for each token"
            raise InvalidSettingError(OWNER, "rows", str(self._asker.settings.rows), allowed)

    def _verdict(self, shown: Shown, places: Places, rows: Sequence[Row], cost: Cost) -> Verdict:
        settings = self._asker.settings
        if len(rows) != places.rows:
            return Verdict.unknown(f"the server gave {len(rows)} rows of outputs instead of {places.rows}", cost)
        steps = shown.steps
        if steps is not None and len(places.scores) != len(steps.ends):
            why = f"the separator is among the tokens {len(places.scores)} times, after {len(steps.ends)} steps"
            return Verdict.unknown(why, cost)
        scores = [settings.activation.score(OWNER, rows[at], settings.right) for at in places.scores]
        known = [score for score in scores if score is not None]
        if len(known) != len(scores):
            return Verdict.unknown("the model's outputs are not finite numbers", cost)
        if steps is None:
            return Verdict(known[0], cost=cost)
        by_step = steps.step_scores(known)
        return Verdict(settings.aggregation.of(by_step), by_step, cost=cost)
