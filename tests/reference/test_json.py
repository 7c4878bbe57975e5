"""Lines of JSON to events: the syntax, the types, the ranges, each code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.build import column, outcomes, source


def decoded(kind: str, text: str | bytes, **options: Any) -> Any:
    """Decode `{"x": text}` for a column of the type: its value in a list, or the code of the reject."""
    text = text.encode() if isinstance(text, str) else text
    events = source(column("x", kind, **options))
    ((_, outcome),) = outcomes(events, "jsonl", b'{"ts":0,"x":' + text + b"}")
    return outcome if isinstance(outcome, str) else [outcome["x"]]


@pytest.mark.parametrize(
    "record",
    [
        b"{",
        b"}",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{'ts':0}",
        b'{"ts":0}}',
        b'{"ts":0} {}',
        b'{"ts":0,}',
        b'{,"ts":0}',
        b'{"ts":0 "x":1}',
        b'{"ts" 0}',
        b"{ts:0}",
        b'{"ts":00}',
        b'{"ts":-}',
        b'{"ts":0,"x":01}',
        b'{"ts":0,"x":-01}',
        b'{"ts":0,"x":+1}',
        b'{"ts":0,"x":.5}',
        b'{"ts":0,"x":5.}',
        b'{"ts":0,"x":1e}',
        b'{"ts":0,"x":0x1}',
        b'{"ts":0,"x":NaN}',
        b'{"ts":0,"x":Infinity}',
        b'{"ts":0,"x":-Infinity}',
        b'{"ts":0,"x":True}',
        b'{"ts":0,"x":"\t"}',
        b'{"ts":0,"x":"\x00"}',
        b'{"ts":0,"x":"\\x"}',
        b'{"ts":0,"x":"\\u12g4"}',
        b'{"ts":0,"x":"\\u 123"}',
        b'{"ts":0,"x":"\\u+123"}',
        b'{"ts":0,"x":"open}',
        b'{"ts":0,"x":[1,]}',
        b'{"ts":0,"x":{"y":1,"y":1}}',
        b'{"ts":0,"ts":0}',
        b'{"ts":0,"\\u0074s":0}',
        b'{"ts":0,"x":[{"a":1,"a":2}]}',
        b'{"ts":0,"x":"\\ud800"}',
        b'{"ts":0,"x":"\\udc00"}',
        b'{"ts":0,"x":"\\udc00\\ud800"}',
        b'{"ts":0,"x":"\\ud800\\ud800\\udc00"}',
        b'{"ts":0,"\\ud800":1}',
        b'{"ts":0,"x":["\\ud800"]}',
        b'{"ts":0,"x":"\xff"}',
        b'{"ts":0,"x":"\xed\xa0\x80"}',
        b'{"ts":0,"x":"\xc0\x80"}',
        b'{"ts":0,"x":"\xf4\x90\x80\x80"}',
        b'\xef\xbb\xbf{"ts":0}',
        b'{"ts":0,\xc2\xa0"x":1}',
        b'{"ts":0}\x0c',
        b'{"ts":0} // comment',
        b'{"ts":0,"x":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"ts":0,"x":' + b'{"x":' * 100 + b"1" + b"}" * 101,
        b'{"ts":0,"x":' + b"[" * 100_000,
    ],
)
def test_malformed(record: bytes) -> None:
    """RFC 8259 and nothing looser, one object, keys once, no lone surrogates, UTF-8, 100 levels."""
    assert outcomes(source(), "jsonl", record) == [(1, "malformed")]


@pytest.mark.parametrize(
    "record",
    [
        b'{"ts":0}',
        b' \t{ "ts" :\r0 } ',
        b'{"ts":0,"x":' + b"[" * 99 + b"]" * 99 + b"}",
        b'{"ts":0,"x":' + b'{"x":' * 98 + b"{}" + b"}" * 99,
        b'{"ts":0,"x":"' + b"[" * 200 + b'","y":"\\"' + b"{" * 200 + b'"}',
        b'{"ts":0,"x":' + b"[[]," * 90 + b"0" + b"]" * 90 + b"}",
        b'{"ts":0,"x":"\\ud83d\\ude00 \\u0000 \\/ \x7f \xf4\x8f\xbf\xbf"}',
        b'{"ts":0,"x":[1e999,-0,0.0,1E+5,true,false,null,{}]}',
        b'{"ts":0,"":{"":1},"TS":1}',
        b'{"ts":0,"x":' + b"9" * 10_000 + b"}",
        b'{"\\u0074\\u0073":0}',
        b'{"ts":-0}',
    ],
)
def test_well_formed(record: bytes) -> None:
    """Undeclared fields are checked, and ignored."""
    assert outcomes(source(), "jsonl", record) == [(1, {"ts": 0})]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("bool", "true", [True]),
        ("bool", "false", [False]),
        ("bool", "1", "type"),
        ("bool", '"true"', "type"),
        ("int", "-0", [0]),
        ("int", "9223372036854775807", [2**63 - 1]),
        ("int", "-9223372036854775808", [-(2**63)]),
        ("int", "9223372036854775808", "range"),
        ("int", "-9223372036854775809", "range"),
        ("int", "9" * 5000, "range"),
        ("int", "1.0", "type"),
        ("int", "1e3", "type"),
        ("int", '"1"', "type"),
        ("int", "true", "type"),
        ("int", "[1]", "type"),
        ("float", "1", [1.0]),
        ("float", "0.1", [0.1]),
        ("float", "9007199254740993", [9007199254740992.0]),
        ("float", "1e400", [None]),
        ("float", "-1e400", [None]),
        ("float", "1" + "0" * 400, [None]),
        ("float", "1.7976931348623158e308", [1.7976931348623157e308]),
        ("float", "1.7976931348623159e308", [None]),
        ("float", "2.4703282292062328e-324", [5e-324]),
        ("float", "2.4703282292062327e-324", [0.0]),
        ("float", "2.2250738585072011e-308", [2.225073858507201e-308]),
        ("float", '"0.1"', "type"),
        ("float", '"NaN"', "type"),
        ("string", '""', [""]),
        ("string", '"\\u0000\\ud83d\\ude00\\n"', ["\u0000\U0001f600\n"]),
        ("string", "1", "type"),
        ("string", "{}", "type"),
        ("bytes", '""', [b""]),
        ("bytes", '"AP8="', [b"\x00\xff"]),
        ("bytes", '"QQ=="', [b"A"]),
        ("bytes", '"QR=="', [b"A"]),
        ("bytes", '"QQ"', "type"),
        ("bytes", '"QQ="', "type"),
        ("bytes", '"Q==="', "type"),
        ("bytes", '"QQ==QQ=="', "type"),
        ("bytes", '" QQ=="', "type"),
        ("bytes", '"-_8="', "type"),
        ("bytes", '"QQ\\u003d="', [b"A"]),
        ("date", '"1970-01-02"', [1]),
        ("date", '"1969-12-31"', [-1]),
        ("date", '"0001-01-01"', [-719_162]),
        ("date", '"9999-12-31"', [2_932_896]),
        ("date", '"2024-02-29"', [19_782]),
        ("date", '"2023-02-29"', "type"),
        ("date", '"1900-02-29"', "type"),
        ("date", '"0000-02-29"', "range"),
        ("date", '"0000-02-30"', "type"),
        ("date", '"2024-13-01"', "type"),
        ("date", '"2024-00-01"', "type"),
        ("date", '"2024-1-1"', "type"),
        ("date", '" 2024-01-01"', "type"),
        ("date", '"10000-01-01"', "type"),
        ("date", "19782", "type"),
        ("duration", "5", [5]),
        ("duration", "5.0", "type"),
    ],
)
def test_types(kind: str, text: str, expected: Any) -> None:
    """Each type from what JSON has."""
    assert decoded(kind, text) == expected
    assert decoded(f"{kind}?", "null") == [None]


def test_minus_zero_becomes_zero() -> None:
    """Also where it is what a tiny number is rounded to."""
    assert [str(decoded("float", text)) for text in ("-0.0", "-0", "-1e-400")] == ["[0.0]"] * 3


@pytest.mark.parametrize(
    ("kind", "unit", "text", "expected"),
    [
        ("timestamp", "us", "-1", [-1]),
        ("timestamp", "ms", "-1", [-1000]),
        ("timestamp", "s", "1", [1_000_000]),
        ("timestamp", "ns", "-1", [-1]),
        ("timestamp", "ns", "1999", [1]),
        ("timestamp", "s", "253402300799", [253_402_300_799_000_000]),
        ("timestamp", "s", "253402300800", "range"),
        ("timestamp", "s", "-62135596800", [-62_135_596_800_000_000]),
        ("timestamp", "s", "-62135596801", "range"),
        ("timestamp", "s", "9223372036854775807", "range"),
        ("timestamp", "ns", "9223372036854775807", [9_223_372_036_854_775]),
        ("timestamp", "ns", "9223372036854775808", "range"),
        ("timestamp", "ms", '"2024-01-01T00:00:00Z"', "type"),
        ("timestamp", "ms", "1.5", "type"),
        ("duration", "ns", "-1", [-1]),
        ("duration", "s", "9223372036854", [9_223_372_036_854_000_000]),
        ("duration", "s", "9223372036855", "range"),
        ("duration", "us", "-9223372036854775808", [-(2**63)]),
        ("duration", "us", "-9223372036854775809", "range"),
    ],
)
def test_units(kind: str, unit: str, text: str, expected: Any) -> None:
    """Numbers that are times: multiplied, or floored; in range."""
    assert decoded(kind, text, unit=unit) == expected


DAY = 19_723 * 86_400_000_000  # 2024-01-01


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-01T00:00:00Z", [DAY]),
        ("2024-01-01 00:00z", [DAY]),
        ("2024-01-01T00:00:01.5Z", [DAY + 1_500_000]),
        ("2024-01-01T00:00:01,123456789Z", [DAY + 1_123_456]),
        ("2024-01-01T00:00:00.0000009Z", [DAY]),
        ("1969-12-31T23:59:59.9999999Z", [-1]),
        ("2024-01-01T02:00+02", [DAY]),
        ("2024-01-01T02:30+0230", [DAY]),
        ("2023-12-31T21:30:00-02:30", [DAY]),
        ("2024-01-01T18:59+18:59", [DAY]),
        ("2024-01-01T00:00-00:00", [DAY]),
        ("2024-01-01T00:00+19:00", "type"),
        ("2024-01-01T00:00+00:60", "type"),
        ("2024-01-01T00:00+2", "type"),
        ("2024-01-01T00:00+02:0", "type"),
        ("2024-01-01T00:00 Z", "type"),
        ("2024-01-01T00:00:00.Z", "type"),
        ("2024-01-01T00:00.5Z", "type"),
        ("2024-01-01T24:00Z", "type"),
        ("2024-01-01T00:60Z", "type"),
        ("2024-01-01T00:00:60Z", "type"),
        ("2024-01-01T0:00Z", "type"),
        ("2024-01-01t00:00Z", "type"),
        ("2024-01-01  00:00Z", "type"),
        ("2024-01-01Z", "type"),
        ("2024-01-01", "type"),
        ("2024-01-01T00Z", "type"),
        ("2024-02-30T00:00Z", "type"),
        ("20240101T0000Z", "type"),
        (" 2024-01-01T00:00Z", "type"),
        ("2024-01-01T00:00:00\\uff10Z", "type"),
        ("9999-12-31T23:59:59.999999Z", [253_402_300_799_999_999]),
        ("9999-12-31T23:59:59-00:01", "range"),
        ("0001-01-01T00:00Z", [-62_135_596_800_000_000]),
        ("0001-01-01T00:00+00:01", "range"),
        ("0000-12-31T23:59-00:01", [-62_135_596_800_000_000]),
        ("0000-12-31T23:59Z", "range"),
    ],
)
def test_timestamps(text: str, expected: Any) -> None:
    """With an offset, whatever the column says about a zone."""
    assert decoded("timestamp", f'"{text}"') == expected
    assert decoded("timestamp", f'"{text}"', zone="UTC") == expected
    assert decoded("timestamp", "0") == "type"


@pytest.mark.parametrize("text", ["2024-01-01T00:00", "2024-01-01 00:00:00", "2024-01-01T00:00:00.0000009"])
def test_timestamps_without_an_offset(text: str) -> None:
    """Only where the column says that they are UTC."""
    assert decoded("timestamp", f'"{text}"') == "type"
    assert decoded("timestamp", f'"{text}"', zone="UTC") == [DAY]


def test_nulls() -> None:
    """Absent is null; only a `?` column may be; the time never."""
    events = source(column("x", "int"), column("ts", "timestamp?", unit="us"), column("y", "int?"))
    records = {
        b'{"x":1,"ts":2,"y":3}': {"x": 1, "ts": 2, "y": 3},
        b'{"x":1,"ts":2}': {"x": 1, "ts": 2, "y": None},
        b'{"x":1,"ts":2,"y":null}': {"x": 1, "ts": 2, "y": None},
        b'{"ts":2}': "null_value",
        b'{"x":null,"ts":2}': "null_value",
        b'{"x":1,"ts":null}': "null_value",
        b'{"x":1}': "null_value",
    }
    assert outcomes(events, "jsonl", b"\n".join(records)) == list(enumerate(records.values(), start=1))


def test_the_first_check_that_fails_gives_the_code() -> None:
    """The record before its columns, the columns in declared order, the null time last."""
    events = source(column("a", "int"), column("ts", "timestamp?", unit="us"), column("b", "int"))
    records = {
        b'{"a":"x","b":null,"a":1}': "malformed",
        b'{"a":"x","b":99999999999999999999,"ts":1}': "type",
        b'{"a":99999999999999999999,"b":"x","ts":1}': "range",
        b'{"b":"x","ts":1}': "null_value",
        b'{"a":1,"b":"x"}': "type",
        b'{"a":1,"b":1}': "null_value",
    }
    assert [outcome for _, outcome in outcomes(events, "jsonl", b"\n".join(records))] == list(records.values())
