"""Whole runs: keys, filters, ties, helpers, counts, chosen rows and ranges of time."""

from __future__ import annotations

import pyarrow as pa

from featlang.backends.reference import Input, Memory, run_reference
from featlang.backends.reference.to_table import rows_to_table
from featlang.compiler import ir
from tests.reference.build import (
    aggregate,
    aggregate_value,
    block,
    column,
    constant,
    json_lines,
    of,
    operation,
    run,
    source,
    value_of,
)

EVENTS = source(column("user", "string?"), column("x", "float?"), ties=["x"])
X = of("x", "float?")


def test_one_key_by_hand() -> None:
    """The sum that adding and retracting gets wrong: 1e16, 1, 2, .1, .2, then .3 alone an hour and a half later."""
    hour, minute = 3_600_000_000, 60_000_000
    times = [0, 1, 2, 3, 4, hour + hour // 2]
    data = json_lines(
        *(f'{{"user":"a","x":{x},"ts":{t}}}' for x, t in zip(("1e16", "1", "2", ".1", ".2", ".3"), times, strict=True))
    ).replace(b":.", b":0.")
    features = block(
        aggregate("sum", X, ir.Sliding(width=hour, step=minute)),
        aggregate("stddev", X, ir.Exact(width=2)),
        aggregate("count", X),
    )
    rows = run(EVENTS, features, data).features["features"].rows
    assert [tuple(row.values.values()) for row in rows] == [
        (1e16, None, 1),
        (1e16, ((1e16 - 1) ** 2 / 2) ** 0.5, 2),
        (1e16 + 4, 0.5**0.5, 3),
        (1e16 + 4, ((2 - 0.1) ** 2 / 2) ** 0.5, 4),
        (1e16 + 4, (0.1 * 0.1 / 2) ** 0.5, 5),  # 0.2 is twice 0.1, so M2 is RN(0.1 squared)
        (0.3, None, 6),
    ]


def test_ties() -> None:
    """By the columns of `ties`, then by the tie key; equal keys and times are numbered, and events may be equal."""
    lines = ['{"user":"a","x":2,"ts":7}', '{"user":"a","x":null,"ts":7}', '{"user":"b","x":0,"ts":7}']
    lines += ['{"user":"a","x":1,"ts":7}', '{"user":"a","x":1,"ts":7}', '{"user":"a","x":0,"ts":8}']
    result = run(EVENTS, block(aggregate("last", X), aggregate("count")), json_lines(*lines))
    rows = [(row.keys[0], row.time, row.tie, *row.values.values()) for row in result.features["features"].rows]
    assert sorted(rows) == [
        ("a", 7, 0, None, 1),
        ("a", 7, 1, 1.0, 2),
        ("a", 7, 2, 1.0, 3),
        ("a", 7, 3, 2.0, 4),
        ("a", 8, 0, 0.0, 5),
        ("b", 7, 0, 0.0, 1),
    ]


def test_filters() -> None:
    """`where` of a block decides which events there are; of an aggregate, which it is fed. Null is not true."""
    positive = operation("greater", X, constant(0.0, "float"), kind="bool")
    large = operation("greater", X, constant(5.0, "float"), kind="bool")
    features = block(aggregate("count"), aggregate("count", None, where=large), aggregate("sum", X), where=positive)
    lines = (f'{{"user":"a","x":{x},"ts":{ts}}}' for ts, x in enumerate(["1", "null", "-3", "9", "1e999"]))
    result = run(EVENTS, features, json_lines(*lines))
    rows = [(row.time, *row.values.values()) for row in result.features["features"].rows]
    assert rows == [(0, 1, 0, 1.0), (3, 2, 1, 10.0)]
    assert result.features["features"].nulls["where"] == {"null": 2}
    assert result.sources["events"].not_finite == {"x": 1}


def test_nulls_are_skipped_but_counted_as_rows() -> None:
    """`count()` counts rows, `count(x)` non-null x; everything skips nulls."""
    names = ("count", "sum", "avg", "min", "max", "first", "last", "count_distinct", "var")
    features = block(aggregate("count"), *(aggregate(name, X) for name in names))
    lines = (f'{{"user":"a","x":{x},"ts":{ts}}}' for ts, x in enumerate(["null", "4", "null", "2"]))
    rows = run(EVENTS, features, json_lines(*lines)).features["features"].rows
    assert list(rows[0].values.values()) == [1, 0, None, None, None, None, None, None, 0, None]
    assert list(rows[2].values.values()) == [3, 1, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 1, None]
    assert list(rows[3].values.values()) == [4, 2, 6.0, 3.0, 2.0, 4.0, 4.0, 2.0, 2, 2.0]


def test_derived_values_helpers_and_counted_nulls() -> None:
    """Helpers are used and not written; every null has its reason, also where `??` replaces it."""
    total, rows = aggregate("sum", X), aggregate("count", None, where=operation("is_null", X, kind="bool"))
    nulls = operation("to_float", aggregate_value(rows, 1), kind="float")
    helper = value_of("_ratio", operation("divide", aggregate_value(total, 0), nulls, kind="float"), written=False)
    ratio = ir.NamedValue(index=2, type="float", nullable=True)
    derived = (helper, value_of("ratio", operation("coalesce", ratio, constant(-1.0, "float"), kind="float")))
    lines = (f'{{"user":"a","x":{x},"ts":{ts}}}' for ts, x in enumerate(["3", "null", "1e308", "1e308"]))
    result = run(EVENTS, block(total, rows, derived=derived), json_lines(*lines)).features["features"]
    assert [row.values for row in result.rows] == [
        {"a0": 3.0, "a1": 0, "ratio": -1.0},
        {"a0": 3.0, "a1": 1, "ratio": 3.0},
        {"a0": 1e308, "a1": 1, "ratio": 1e308},
        {"a0": None, "a1": 1, "ratio": -1.0},
    ]
    assert result.nulls["a0"] == {"null": 1, "not_finite": 1}
    assert result.nulls["_ratio"] == {"null": 2, "not_finite": 1, "division_by_zero": 1}
    assert result.nulls["ratio"] == {}


def test_null_keys() -> None:
    """No row and no state: a reject for each block that the event reaches."""
    events = source(column("user", "string?"), column("shop", "int?"))
    program = ir.Program(
        sources=(events,),
        features=(
            block(aggregate("count"), key=("user", "shop")),
            block(aggregate("count"), key=("shop",)).model_copy(update={"name": "by_shop"}),
        ),
    )
    data = json_lines('{"user":"a","shop":1,"ts":1}', '{"shop":1,"ts":2}', '{"user":"a","ts":3}')
    given = {"events": Input("jsonl", (Memory("file", data),))}
    result = run_reference(program, ["features", "by_shop"], given, 0)
    assert [row.keys for row in result.features["features"].rows] == [("a", 1)]
    assert [(row.keys, row.values["a0"]) for row in result.features["by_shop"].rows] == [((1,), 1), ((1,), 2)]
    rejects = [(r.record, r.code, r.text) for r in result.sources["events"].rejects]
    assert rejects == [
        (2, "null_key", "a key of `features` is null"),
        (3, "null_key", "a key of `features` is null"),
        (3, "null_key", "a key of `by_shop` is null"),
    ]
    assert result.sources["events"].accepted == 3


LINES = json_lines(*(f'{{"user":"{"abc"[n % 3]}","x":{n},"ts":{n // 2}}}' for n in range(40)))
FEATURES = block(aggregate("sum", X, ir.Exact(width=5)), aggregate("count"))


def test_chosen_rows_equal_those_of_a_whole_run() -> None:
    """Computed from all events; ones that do not exist are not made up."""
    whole = run(EVENTS, FEATURES, LINES).features["features"].rows
    wanted = {(row.keys, row.time, row.tie) for row in whole[5::7]}
    unknown = {(("a",), 999, 0), (("z",), 0, 0), (whole[0].keys, whole[0].time, 99)}
    chosen = run(EVENTS, FEATURES, LINES, rows_wanted={"features": wanted | unknown}).features["features"].rows
    assert chosen == [row for row in whole if (row.keys, row.time, row.tie) in wanted]
    assert len(chosen) == len(wanted) == 5


def test_a_range_of_time_leaves_rows_out_and_changes_none() -> None:
    """[since, until)."""
    whole = run(EVENTS, FEATURES, LINES).features["features"].rows
    ranged = run(EVENTS, FEATURES, LINES, since=5, until=15).features["features"].rows
    assert ranged == [row for row in whole if 5 <= row.time < 15]
    assert {row.time for row in ranged} == set(range(5, 15))


def test_no_events() -> None:
    """No rows, and a table with all its columns."""
    result = run(EVENTS, FEATURES, b"")
    assert result.sources["events"].read == 0
    table = rows_to_table(
        ir.Program(sources=(EVENTS,), features=(FEATURES,)), FEATURES, result.features["features"].rows
    )
    assert (table.num_rows, table.column_names) == (0, ["user", "ts", "_tie", "a0", "a1"])


def test_tables() -> None:
    """Each type as the engines write it; instants beyond Python's and nanoseconds' years too."""
    kinds = ("bool", "int", "float", "string", "timestamp", "duration", "date", "bytes")
    units = {"timestamp": "us", "duration": "us"}
    events = source(
        column("user", "bytes"),
        *(column(f"c_{kind}", f"{kind}?", **({"unit": units[kind]} if kind in units else {})) for kind in kinds),
    )
    features = block(*(aggregate("last", of(f"c_{kind}", f"{kind}?")) for kind in kinds))
    texts = ("true", "-1", "0.1", '"é"', "253402300799999999", "-5", '"0001-01-01"', '"AP8="')
    members = ",".join(f'"c_{kind}":{text}' for kind, text in zip(kinds, texts, strict=True))
    data = json_lines('{"user":"QQ==","ts":-2}', f'{{"user":"QQ==","ts":-1,{members}}}')
    result = run(events, features, data).features["features"]
    table = rows_to_table(ir.Program(sources=(events,), features=(features,)), features, result.rows)
    instant = pa.timestamp("us", tz="UTC")
    types = (pa.bool_(), pa.int64(), pa.float64(), pa.string(), instant, pa.int64(), pa.date32(), pa.binary())
    assert table.schema.types == [pa.binary(), instant, pa.int64(), *types]
    assert [field.nullable for field in table.schema] == [False] * 3 + [True] * 8
    plain = [column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in table.columns]
    days = plain[9].cast(pa.int32())
    assert [plain[n].to_pylist() for n in (0, 1, 2)] == [[b"A", b"A"], [-2, -1], [0, 0]]
    last = [c.to_pylist() for c in (*plain[3:9], days, plain[10])]
    expected = (True, -1, 0.1, "é", 253_402_300_799_999_999, -5, -719_162, b"\x00\xff")
    assert last == [[None, value] for value in expected]
