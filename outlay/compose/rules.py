"""Which layer may follow which."""

from collections.abc import Sequence

from outlay.compose.layer import Kind, Layer
from outlay.core.errors import InvalidInputError

EXAMPLE = "compose(layers=[generate(n=8), rank(keep=4), fuse])"


def check_order(layers: Sequence[Layer]) -> None:
    """Refuse layers that cannot do their work where they stand.

    Raises:
        InvalidInputError: naming the layer, and what would be right.
    """
    if not layers or layers[0].kind is not Kind.GENERATE:
        first = f"the first layer must generate; got {layers[0].info.name}" if layers else "it needs one layer or more"
        raise InvalidInputError(f"compose: {first}, as in {EXAMPLE}")
    for place, layer in enumerate(layers[1:], start=2):
        if layer.kind is Kind.GENERATE:
            raise InvalidInputError(
                f"compose: layer {place} generates anew and would ignore the drafts before it; put it "
                "side by side at the start, as in layers=[[generate(n=4), generate(n=4, temperature=0.5)], ...]"
            )
        later = [one.kind for one in layers[place:]]
        if layer.kind is Kind.CRITIQUE and Kind.FUSE not in later:
            raise InvalidInputError(
                f"compose: layer {place} writes critiques that no later layer reads; put fuse after it, or leave it out"
            )
        if layer.kind is Kind.CRITIQUE and Kind.CRITIQUE in later[: later.index(Kind.FUSE)]:
            raise InvalidInputError(
                f"compose: layer {place} writes critiques that a second critique replaces before fuse reads them; "
                "leave one of them out"
            )
