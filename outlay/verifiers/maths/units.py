"""Units of measurement: a known unit has a dimension and a factor, and any other words are a unit of their own."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from outlay.verifiers.maths.names import MATHEMATICAL_NAMES

_PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459")
_KNOWN = {
    "length": "m meter metre=1 km kilometer kilometre=1000 dm=1/10 cm centimeter centimetre=1/100 "
    "mm millimeter millimetre=1/1000 in inch=0.0254 ft foot feet=0.3048 yd yard=0.9144 mi mile=1609.344",
    "mass": "g gram=1 kg kilogram=1000 mg milligram=1/1000 lb lbs pound=453.59237 oz ounce=28.349523125",
    "time": "s sec second=1 ms millisecond=1/1000 min minute=60 h hr hour=3600 day=86400 week=604800",
    "volume": "l L liter litre=1/1000 ml mL milliliter millilitre=1/1000000",
    "money": "dollar usd=1 cent=1/100",
    "euro": "euro eur=1",
    "sterling": "gbp sterling=1",
    "celsius": "celsius=1",
    "fahrenheit": "fahrenheit=1",
    "speed": "mph=0.44704 kmh kph=5/18",
    "force": "N newton=1",
    "energy": "J joule=1 kJ=1000",
    "power": "W watt=1 kW=1000",
    "": f"% percent pct=1/100 degree deg={_PI / 180} radian rad=1",
}
_MADE_OF = {"volume": {"length": 3}, "speed": {"length": 1, "time": -1}}
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_FACTOR = re.compile(r"(?:(square|sq|cubic|cu)\.? )?([a-zA-Z]+|%)\.?(?: ?\^ ?\{?(-?\d)\}?| (squared|cubed))?")
_JOINT = re.compile(r"( ?/ ?| per | ?\* ?| )")
_WORDS = re.compile(r"[a-z]{4,}(?: [a-z]+){0,3}")
_CURRENCY = {"$": "dollar", "€": "euro", "£": "sterling"}
_START = re.compile(r"(?<=[\d)}! ])[a-zA-Z%]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement.

    Attributes:
        dimension: base quantities and their powers, sorted; empty for percent and degrees.
        factor: what one of it is in the base unit.
    """

    dimension: tuple[tuple[str, int], ...]
    factor: Fraction = Fraction(1)


def split_quantity(text: str) -> tuple[str, Unit | None]:
    """A quantity's number and its unit; the whole text and None if no unit follows a number.

    A single letter counts as a unit only behind a space: ``5 m`` is a length, ``5m`` a product.
    """
    sign = "-" if text.startswith("-") else ""
    if currency := _CURRENCY.get(text[len(sign) : len(sign) + 1]):
        return sign + text[len(sign) + 1 :].strip(), read_unit(currency)
    for start in _START.finditer(text):
        number, rest = text[: start.start()], text[start.start() :]
        if not any(figure.isdigit() for figure in number) or not _of_numbers(number):
            return text, None
        apart = number.endswith(" ")
        if len(rest) == 1 and rest.isalpha() and not apart:
            return text, None
        unit = read_unit(rest) if apart else _known_unit(rest)
        if unit is not None:
            return number.strip().removesuffix("\\").strip(), unit
    return text, None


def read_unit(text: str) -> Unit | None:
    """The unit that a text names, or None; words that no table knows are a unit of their own."""
    text = text.strip().removesuffix(".")
    if text.casefold() in {"degrees c", "degrees f"}:
        text = {"c": "celsius", "f": "fahrenheit"}[text[-1].casefold()]
    known = _known_unit(text)
    if known is not None:
        return known
    words = text.casefold()
    if _WORDS.fullmatch(words) and not MATHEMATICAL_NAMES.intersection(words.split()):
        return Unit(((words.removesuffix("s"), 1),))
    return None


def _known_unit(text: str) -> Unit | None:
    parts = _JOINT.split(_powers_apart(text))
    dimension: dict[str, int] = {}
    factor = Fraction(1)
    for position in range(0, len(parts), 2):
        match = _FACTOR.fullmatch(parts[position].replace("~", " "))
        unit = _table().get(match[2]) or _table().get(_singular(match[2])) if match else None
        if match is None or unit is None:
            return None
        power = _POWERS.get(match[1] or "", 1) * int(match[3] or 1) * {"squared": 2, "cubed": 3}.get(match[4], 1)
        if position and parts[position - 1].strip() in {"/", "per"}:
            power = -power
        factor *= unit.factor**power
        for base, exponent in unit.dimension:
            dimension[base] = dimension.get(base, 0) + exponent * power
    return Unit(tuple(sorted((base, power) for base, power in dimension.items() if power)), factor)


def _powers_apart(text: str) -> str:
    """A text in which the space inside ``square cm`` and ``cm squared`` does not part factors."""
    text = re.sub(r"\b(square|sq|cubic|cu)(\.?) ", r"\1\2~", text)
    return re.sub(r" (squared|cubed)\b", r"~\1", text)


def _singular(name: str) -> str:
    name = name.casefold() if len(name) > 2 else name
    return {"inches": "inch"}.get(name, name.removesuffix("s") if len(name) > 2 else name)


def _of_numbers(text: str) -> bool:
    """Whether all names in a text are mathematical, so that it can be a number."""
    return all(name.casefold() in MATHEMATICAL_NAMES for name in re.findall(r"[a-zA-Z]+", text))


@cache
def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for kind, listed in _KNOWN.items():
        made_of = _MADE_OF.get(kind, {kind: 1} if kind else {})
        dimension = tuple(sorted(made_of.items()))
        for names, factor in re.findall(r"([^=]+)=(\S+) ?", listed):
            table.update(dict.fromkeys(names.split(), Unit(dimension, Fraction(factor))))
    return table
