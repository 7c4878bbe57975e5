"""Values of each type: the ordinary, and those at which sums, orders and encodings break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.compiler.structures import Part, Structure, structure
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.stdlib.aggregates.order import order_key

if TYPE_CHECKING:
    from random import Random

    from featlang.compiler import ir

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01, 9999-12-31
FIRST_INSTANT, LAST_INSTANT = FIRST_DAY * 86_400_000_000, (LAST_DAY + 1) * 86_400_000_000 - 1

_INTS = (0, 1, -1, 2, 3, -7, 10, 255, 256, 2**31, 2**53 + 1, -(2**53) - 1, INT_MAX, INT_MIN, INT_MAX - 1, INT_MIN + 1)
_FLOATS = (
    *(0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 1.5, 19.99, -2.5, 100.0, 1e16, -1e16, 2.0**53, 1e-16, 1e22, 1e23, 2.0**-44),
    *(1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308, 1e-308, 2.2250738585072014e-308, 5e-324, -5e-324),
    *(1e154, 1.3407807929942597e154, -1e154, 1e-154, 1.5e-162, 9007199254740993.0),
)
_STRINGS = (
    *(
        "",
        "a",
        "b",
        "ab",
        "view",
        "click",
        " ",
        " a ",
        "NA",
        "null",
        "0",
        "true",
        'say "x"',
        "a,b",
        "line\nend",
        "back\\",
    ),
    *("\u0000", "a\u0000", "a\u0000b", "é", "e\u0301", "ß", "\u7fff", "\ud7ff", "\ue000", "\uffff", "\U00010000"),
    *("\U0001f600", "\U0010ffff", "x" * 300, "\t", "\r", "\u2028", "{{x}}", "$x"),
)
_BYTES = (
    b"",
    b"\x00",
    b"\x00\x00",
    b"\x00\xff",
    b"\x01",
    b"a",
    b"ab",
    b"\xff",
    b"\xff\xff",
    b"\x7f",
    b"\x80",
    bytes(64),
)
_DATES = (0, 1, -1, 19_000, 19_001, -25_567, FIRST_DAY, LAST_DAY)
_INSTANTS = (
    0,
    1,
    -1,
    1_700_000_000_000_000,
    1_700_000_000_000_001,
    -62_135_596_800_000_000 + 1,
    FIRST_INSTANT,
    LAST_INSTANT,
)
_DURATIONS = (0, 1, -1, 1000, 1_000_000, 60_000_000, -3_600_000_000, 86_400_000_000, INT_MAX, INT_MIN)

POOLS: dict[str, tuple[Any, ...]] = {
    "bool": (False, True),
    "int": _INTS,
    "float": _FLOATS,
    "string": _STRINGS,
    "timestamp": _INSTANTS,
    "duration": _DURATIONS,
    "date": _DATES,
    "bytes": _BYTES,
}


def random_value(random: Random, type_name: ir.TypeName) -> Any:
    """Draw any value of the type; floats are finite, maybe -0.0."""
    kind = structure(type_name)
    if kind.parts or kind.kind == "decimal":
        return _holding(random, kind)
    if random.random() < 0.7:
        return random.choice(POOLS[type_name])
    match type_name:
        case "int" | "duration":
            return random.randint(-1000, 1000)
        case "float":
            return round(random.uniform(-100, 1000), 2)
        case "string":
            return random.choice("abcdefgh")
        case "date":
            return random.randint(18_000, 20_000)
        case "timestamp":
            return random.randint(1_600_000_000, 1_700_000_000) * 1_000_000
        case "bytes":
            return bytes([random.randrange(256)])
        case _:
            return random.choice(POOLS[type_name])


def _holding(random: Random, kind: Structure) -> Any:
    """Draw a list, map, struct or decimal."""
    match kind.kind:
        case "decimal":
            most = 10**kind.precision - 1
            small = min(most, 10 ** random.randint(0, 6))
            return decimal_value(random.choice((0, 1, -1, most, -most, random.randint(-small, small))), kind.scale)
        case "list":
            return tuple(_part(random, kind.parts[0]) for _ in range(random.choice((0, 1, 1, 2, 3, 5))))
        case "map":
            keys = {random_value(random, kind.parts[0].type) for _ in range(random.choice((0, 1, 2, 3, 5)))}
            return tuple((key, _part(random, kind.parts[1])) for key in sorted(keys, key=order_key))
        case _:
            return tuple(_part(random, part) for part in kind.parts)


def _part(random: Random, part: Part) -> Any:
    """Draw what stands within another value, of which a float is never -0.0."""
    if part.nullable and random.random() < 0.2:
        return None
    value = random_value(random, part.type)
    return value + 0.0 if isinstance(value, float) else value


def random_palette(random: Random, type_name: ir.TypeName) -> list[Any]:
    """Draw the few values that a column of one stream takes, so that keys, ties and distinct values meet again."""
    return [random_value(random, type_name) for _ in range(random.choice((1, 2, 3, 5, 8)))]
