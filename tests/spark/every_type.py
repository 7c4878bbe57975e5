"""A program whose keys and features have every type, at the ends of what the types hold."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from featlang.compiler import ir
from tests.spark.clicks import HERE, value

TYPES: tuple[ir.TypeName, ...] = ("bool", "int", "float", "string", "timestamp", "duration", "date", "bytes")
KEYS: tuple[ir.TypeName, ...] = ("bool", "int", "string", "timestamp", "date", "bytes")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def program() -> ir.Program:
    """One block: keyed by a column of each key type, the last value of a column of each type."""
    columns = (
        *(ir.Column(name=f"k_{t}", type=t, nullable=False, unit=unit(t)) for t in KEYS),
        *(ir.Column(name=f"v_{t}", type=t, nullable=True, unit=unit(t)) for t in TYPES),
        ir.Column(name="at", type="timestamp", nullable=False, unit="us"),
    )
    source = ir.Source(
        name="every",
        columns=columns,
        time="at",
        ties=(),
        lateness=2**62,
        max_ahead=None,
        stream=None,
        history=None,
        origin=HERE,
    )
    aggregates = tuple(
        ir.Aggregate(
            function="last",
            arguments=(ir.ColumnValue(name=f"v_{t}", type=t, nullable=True),),
            where=None,
            window=ir.Exact(width=1),
            type=t,
            nullable=True,
        )
        for t in TYPES
    )
    block = ir.Features(
        name="latest",
        source="every",
        key=tuple(f"k_{t}" for t in KEYS),
        where=None,
        aggregates=aggregates,
        values=tuple(value(f"last_{t}", i, aggregates[i]) for i, t in enumerate(TYPES)),
        sinks=(),
        origin=HERE,
    )
    return ir.Program(sources=(source,), features=(block,))


def unit(name: ir.TypeName) -> Literal["us"] | None:
    """Times come as numbers of microseconds."""
    return "us" if name in ("timestamp", "duration") else None


FIRST = int((datetime(1, 1, 1, tzinfo=timezone.utc) - EPOCH) / timedelta(microseconds=1))
LAST = (int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc) - EPOCH).total_seconds()) * 1_000_000) + 999_999

ROWS: list[dict[str, object]] = [
    dict(zip(TYPES, values, strict=True))
    for values in (
        (True, -(2**63), 5e-324, "", FIRST, -(2**63), date.min, b""),
        (False, 2**63 - 1, -1.7976931348623157e308, "\0'\"\\Ω😀", LAST, 2**63 - 1, date.max, b"\x00\xff"),
        # The microsecond before 1970, and both sides of the switch to the Gregorian calendar.
        (True, 0, 0.1, "é", -1, -1, date(1582, 10, 10), b"\n"),
        (False, 1, 1e300, "e\u0301", -12_219_292_800_000_001, 1, date(1582, 10, 4), b"x"),
    )
]


def record(row: dict[str, object], at: int, *, null: bool) -> dict[str, object]:
    """The JSON of an event at a time whose keys are a row's values; so are its values, or they are null."""
    plain = {t: _plain(v) for t, v in row.items()}
    values = {f"v_{t}": None if null else plain[t] for t in TYPES}
    return {**{f"k_{t}": plain[t] for t in KEYS}, **values, "at": at}


def _plain(item: object) -> object:
    if isinstance(item, bytes):
        return base64.b64encode(item).decode()
    return item.isoformat() if isinstance(item, date) else item
