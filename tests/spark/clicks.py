"""A small program over clicks, built as IR, and a stream for it with ties, disorder, late events and rejects."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable

from featlang.compiler import ir

LATENESS = 2_000_000
MINUTE = 60_000_000
START = 1_700_000_000_000_000
"""Where streams begin, µs UTC."""
HERE = ir.Origin(file="clicks.feat", line=1)


def program() -> ir.Program:
    """Two blocks by user (they share a stage) and one by page and bot."""
    source = ir.Source(
        name="clicks",
        columns=(
            ir.Column(name="id", type="int", nullable=False),
            ir.Column(name="user", type="string", nullable=True),
            ir.Column(name="page", type="int", nullable=False),
            ir.Column(name="bot", type="bool", nullable=False),
            ir.Column(name="ts", type="timestamp", nullable=False, unit="us"),
        ),
        time="ts",
        ties=("id",),
        lateness=LATENESS,
        max_ahead=None,
        stream=ir.Connector(kind="jsonl", target="clicks.jsonl"),
        history=None,
        origin=HERE,
    )
    minute, forever = ir.Sliding(width=MINUTE, step=MINUTE // 60), ir.Forever()
    people = ir.Operation(
        operator="not",
        arguments=(ir.ColumnValue(name="bot", type="bool", nullable=False),),
        type="bool",
        nullable=False,
    )
    return ir.Program(
        sources=(source,),
        features=(
            counts("visits", ("user",), None, minute),
            counts("people", ("user",), people, forever),
            counts("pages", ("page", "bot"), None, minute),
        ),
    )


def counts(name: str, key: tuple[str, ...], where: ir.Expression | None, window: ir.Window) -> ir.Features:
    """A block with `events = count()` and `last_id = last(id)` over one window."""
    number = ir.ColumnValue(name="id", type="int", nullable=False)
    aggregates = (
        ir.Aggregate(function="count", arguments=(), where=None, window=window, type="int", nullable=False),
        ir.Aggregate(function="last", arguments=(number,), where=None, window=window, type="int", nullable=True),
    )
    return ir.Features(
        name=name,
        source="clicks",
        key=key,
        where=where,
        aggregates=aggregates,
        values=tuple(value(n, i, a) for i, (n, a) in enumerate(zip(("events", "last_id"), aggregates, strict=True))),
        sinks=(),
        origin=ir.Origin(file="clicks.feat", line=9),
    )


def value(name: str, index: int, aggregate: ir.Aggregate) -> ir.Value:
    """A feature that is an aggregate as it is."""
    expression = ir.AggregateValue(index=index, type=aggregate.type, nullable=aggregate.nullable)
    return ir.Value(
        name=name,
        feature=name,
        expression=expression,
        type=aggregate.type,
        nullable=aggregate.nullable,
        written=True,
        origin=HERE,
    )


def record(number: int, user: str, time: int, page: int = 0) -> str:
    """A record of the source that is an event."""
    return f'{{"id":{number},"user":"{user}","page":{page},"bot":false,"ts":{time}}}'


def stream(count: int, seed: int) -> list[str]:
    """Records of the source: a fifth go back in time, some so far that they are late; some are no events."""
    dice = random.Random(seed)
    lines = []
    clock = START
    for number in range(count):
        clock += dice.choice((0, 0, 1, 400_000, 900_000))
        back = dice.randrange(4 * LATENESS) if dice.random() < 0.2 else 0
        user = dice.choice(("null", '"a"', '"b"', '"c"', '"\\u0000Ω"'))
        bot = dice.choice(("true", "false"))
        record = f'{{"id":{number},"user":{user},"page":{dice.randrange(3)},"bot":{bot},"ts":{clock - back}}}'
        lines.append(dice.choice(("{", '{"id":1.0}')) if dice.random() < 0.01 else record)
    return lines


Event = dict[str, object]


def accepted(lines: Iterable[str]) -> tuple[list[Event], list[int], list[int]]:
    """The events that are not late, and the numbers (from 1) of the late and of the rejected records."""
    events, late, rejected = [], [], []
    greatest: int | None = None
    for record, line in enumerate(lines, 1):
        if not line.endswith("}") or "1.0" in line:
            rejected.append(record)
            continue
        event = json.loads(line)
        if greatest is not None and event["ts"] < greatest - LATENESS:
            late.append(record)
            continue
        greatest = event["ts"] if greatest is None else max(greatest, event["ts"])
        events.append(event)
    return events, late, rejected


def expected(lines: Iterable[str], features: ir.Features) -> list[tuple[object, ...]]:
    """The rows of one of the blocks, the slow way, sorted."""
    events, _, _ = accepted(lines)
    rows = []
    groups: dict[tuple[object, ...], list[Event]] = {}
    for event in sorted(events, key=lambda e: (e["ts"], e["id"])):
        key = tuple(event[k] for k in features.key)
        if None not in key and (features.where is None or not event["bot"]):
            groups.setdefault(key, []).append(event)
    for key, members in groups.items():
        for i, event in enumerate(members):
            time = int(str(event["ts"]))
            window = features.aggregates[0].window
            start = (time - window.width) // window.step * window.step if isinstance(window, ir.Sliding) else -(2**63)
            seen = [e for e in members[: i + 1] if int(str(e["ts"])) >= start]
            tie = sum(e["ts"] == event["ts"] for e in members[:i])
            rows.append((*key, time, tie, len(seen), seen[-1]["id"]))
    return sorted(rows, key=repr)
