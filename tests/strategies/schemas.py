"""Random sources: columns of every kind of type and nullability, units, zones, orders, lateness, quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler import ir
from tests.strategies.types import random_type
from tests.strategies.windows import DAY, HOUR, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from tests.strategies.coverage import Order

KEY_TYPES: tuple[ir.TypeName, ...] = ("string", "int", "bool", "date", "timestamp", "bytes")
ORIGIN = ir.Origin(file="random.feat", line=1)

_NAMES = (
    *(
        "user_id",
        "price",
        "amount",
        "class",
        "int",
        "select",
        "lambda",
        "value",
        "events",
        "long",
        "group",
        "key",
        "state",
    ),
    *(
        "null_",
        "x1",
        "New",
        "order",
        "table",
        "self",
        "None_",
        "double",
        "out",
        "window",
        "position",
        "this",
        "A",
        "aa",
        "Aa",
    ),
)


_LATENESSES = (0, 1, 50, SECOND, 10 * SECOND, HOUR, 2 * DAY, 400 * DAY)
_LONG_LATENESSES = (10 * SECOND, HOUR, 2 * DAY, 400 * DAY, 400 * DAY)
"""Under arrival mostly long, because what comes after later events is then applied, not late."""
_ORDER_TTLS = (None, None, 1, SECOND, HOUR, 2 * DAY)


def random_source(
    random: Random,
    needed: Iterable[tuple[ir.TypeName, bool]] = (),
    order: Order = "time",
    *,
    in_csv: bool = False,
) -> ir.Source:
    """Draw a source that has a column of each needed type and nullability, and one that can be a key."""
    kinds = [*needed, (random.choice(KEY_TYPES), random.random() < 0.3)]
    kinds += [(random_type(random, in_csv=in_csv), random.random() < 0.5) for _ in range(random.randint(1, 4))]
    random.shuffle(kinds)
    columns = [_column(random, _name(position), kind, nullable) for position, (kind, nullable) in enumerate(kinds)]
    time = _column(random, "ts", "timestamp", nullable=random.random() < 0.1)
    columns.insert(random.randint(0, len(columns)), time)
    arrival = None
    if order == "arrival":
        arrival = _column(random, "arrived", random.choice(("int", "timestamp")), nullable=False)
        columns.insert(random.randint(0, len(columns)), arrival)
    names = [column.name for column in columns]
    return ir.Source(
        name="events",
        columns=tuple(columns),
        time="ts",
        ties=tuple(random.sample(names, random.choice((0, 0, 1, 2)))),
        lateness=random.choice(_LATENESSES if arrival is None or random.random() < 0.3 else _LONG_LATENESSES),
        max_ahead=random.choice((None, None, 0, HOUR)),
        order=None if arrival is None else arrival.name,
        order_ttl=None if arrival is None else random.choice(_ORDER_TTLS),
        idleness=random.choice((None, None, HOUR)),
        stream=ir.Connector(kind="jsonl", target="events.jsonl"),
        history=None,
        origin=ORIGIN,
    )


def _name(position: int) -> str:
    return _NAMES[position] if position < len(_NAMES) else f"column_{position}"


def _column(random: Random, name: str, type_name: ir.TypeName, nullable: bool) -> ir.Column:  # noqa: FBT001 - reads as data
    unit = zone = None
    if type_name == "duration":
        unit = random.choice(("s", "ms", "us", "us", "ns"))
    elif type_name == "timestamp":
        unit = random.choice((None, None, None, "s", "ms", "us", "us", "ns"))
        zone = random.choice((None, "UTC")) if unit is None else None
    return ir.Column(name=name, type=type_name, nullable=nullable, unit=unit, zone=zone)
