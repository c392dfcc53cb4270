"""All laws by name."""

from collections.abc import Iterable, Mapping

from outlay.core.errors import UnknownNameError
from outlay.laws.forms import LOG_LINEAR, POWER, SATURATION, SHIFTED_POWER
from outlay.laws.law import Law
from outlay.laws.pass_rates import PassRateLaw

LAWS: Mapping[str, Law] = {
    law.info.name: law for law in (PassRateLaw(), PassRateLaw(never=True), POWER, SATURATION, SHIFTED_POWER, LOG_LINEAR)
}


def laws(names: Iterable[str] = ()) -> list[Law]:
    """The named laws, or all.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    asked = list(names) or list(LAWS)
    for name in asked:
        if name not in LAWS:
            raise UnknownNameError("law", name, LAWS)
    return [LAWS[name] for name in asked]
