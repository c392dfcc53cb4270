"""What several layers need of one run."""

from collections.abc import Sequence

from outlay.compose.layer import Layer
from outlay.core.strategy import StrategyInfo
from outlay.core.verifier import Judges

SOURCE = "Saad-Falcon et al. 2024, Archon: An Architecture Search Framework for Inference-Time Techniques, section 3"


def needs_of(name: str, layers: Sequence[Layer]) -> StrategyInfo:
    """The card of what is made of layers: it needs what any of them needs."""
    cards = [one.info for one in layers]
    wanted = {card.verifier for card in cards} - {None}
    judging = [card for card in cards if card.verifier is not None]
    return StrategyInfo(
        name,
        f"layers: {', '.join(card.name for card in cards)}",
        SOURCE,
        Judges.STEPS if Judges.STEPS in wanted else Judges.OUTCOMES if wanted else None,
        frozenset().union(*(card.capabilities for card in cards)),
        cost="what its layers cost",
        together=all(card.together for card in judging),
        timed=any(card.timed for card in cards),
    )
