"""What verifiers made of verifiers check of their members."""

from collections.abc import Sequence

from outlay.core.errors import InvalidInputError, MissingCapabilityError
from outlay.core.verifier import Verifier


def check_members(owner: str, members: Sequence[Verifier], comparing: bool = False) -> None:
    """Refuse fewer than two members, and members that compare where answers are judged by some members only.

    Raises:
        InvalidInputError: if there is one member or none.
        MissingCapabilityError: naming a member that compares.
    """
    if len(members) < 2:
        raise InvalidInputError(
            f"verifier {owner} needs two members or more, as in {owner}(of=[tests, process_reward]); got {len(members)}"
        )
    for one in members:
        if one.info.comparative and not comparing:
            raise MissingCapabilityError(
                f"verifier {owner!r}", "verdicts on one answer at a time", f"{one.info.name!r}, which compares,",
                "ensemble takes verifiers that compare",
            )  # fmt: skip
