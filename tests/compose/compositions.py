"""The catalogue in which the tests of compositions build theirs."""

from outlay.compose import COMPOSITIONS, LAYERS
from outlay.core.catalogue import Catalogue
from outlay.core.strategy import Strategy
from outlay.models import MODELS
from outlay.strategies import STRATEGIES
from outlay.verifiers import VERIFIERS

ALL: Catalogue[Strategy] = STRATEGIES.extended(COMPOSITIONS).knowing(
    LAYERS.knowing(STRATEGIES, VERIFIERS.knowing(MODELS), MODELS)
)
