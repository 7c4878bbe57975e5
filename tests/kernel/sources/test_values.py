"""Golden values and codes of every type, in JSON and in CSV."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import pytest

from featlang.compiler import ir
from tests.kernel.sources.probe import Kind, Plain, SourceProbe, Stage, expected
from tests.reference.build import column, source

SECOND = 1_000_000
DAY = 86_400 * SECOND
FIRST, LAST = -62135596800 * SECOND, 253402300800 * SECOND - 1


def bits(value: float) -> int:
    """How an event holds a float."""
    return int(struct.unpack(">q", struct.pack(">d", value))[0])


def number(value: int) -> bytes:
    """How a list holds an int."""
    return (value + 2**63).to_bytes(8, "big")


def decimal(unscaled: int) -> bytes:
    """How an event holds a decimal."""
    return (unscaled + 2**127).to_bytes(16, "big")


def entry(key: bytes, value: bytes) -> bytes:
    """How a map holds an entry."""
    return b"\1\1" + key + b"\1" + value


JSON: list[tuple[str, dict[str, Any], str, Plain | str]] = [
    ("bool", {}, "true", 1),
    ("bool", {}, "false", 0),
    ("bool", {}, '"true"', "type"),
    ("bool", {}, "1", "type"),
    ("bool", {}, "null", "null_value"),
    ("bool?", {}, "null", None),
    ("int", {}, "0", 0),
    ("int", {}, "-0", 0),
    ("int", {}, "9223372036854775807", 2**63 - 1),
    ("int", {}, "9223372036854775808", "range"),
    ("int", {}, "-9223372036854775808", -(2**63)),
    ("int", {}, "-9223372036854775809", "range"),
    ("int", {}, "99999999999999999999", "range"),
    ("int", {}, "1" + "0" * 400, "range"),
    ("int", {}, "1.0", "type"),
    ("int", {}, "1e3", "type"),
    ("int", {}, '"1"', "type"),
    ("int", {}, "true", "type"),
    ("int", {}, "[]", "type"),
    ("int", {}, "{}", "type"),
    ("int", {}, "01", "malformed"),
    ("int", {}, "+1", "malformed"),
    ("int", {}, "-", "malformed"),
    ("int", {}, "1.", "malformed"),
    ("int", {}, "NaN", "malformed"),
    ("float", {}, "1", bits(1.0)),
    ("float", {}, "-0", bits(0.0)),
    ("float", {}, "-0.0", bits(0.0)),
    ("float", {}, "-1e-400", bits(0.0)),
    ("float", {}, "0.1", bits(0.1)),
    ("float", {}, "1.5E+3", bits(1500.0)),
    ("float", {}, "9007199254740993", bits(9007199254740992.0)),
    ("float", {}, "9007199254740993.0000000000000000000000000001", bits(9007199254740994.0)),
    ("float", {}, "2.2250738585072011e-308", bits(2.2250738585072011e-308)),
    ("float", {}, "4.9e-324", bits(5e-324)),
    ("float", {}, "1.7976931348623157e308", bits(1.7976931348623157e308)),
    ("float", {}, "1.7976931348623159e308", None),
    ("float", {}, "-1e99999999999", None),
    ("float", {}, "0.30000000000000004440892098500626", bits(0.30000000000000004)),
    ("float", {}, "0." + "0" * 30 + "1", bits(1e-31)),
    ("float", {}, "123456789012345678901234567890", bits(123456789012345678901234567890.0)),
    ("float", {}, "1E", "malformed"),
    ("float", {}, '"1"', "type"),
    ("string", {}, '""', b""),
    ("string", {}, r'"\"\\\/\b\f\n\r\t\u0000\u00e9\u20AC\ud83d\uDE00"', '"\\/\b\f\n\r\t\0é€😀'.encode()),
    ("string", {}, '"zażółć 😀 \x7f"', "zażółć 😀 \x7f".encode()),
    ("string", {}, r'"\ud83d"', "malformed"),
    ("string", {}, r'"\ude00"', "malformed"),
    ("string", {}, r'"\ud83d\u0041"', "malformed"),
    ("string", {}, r'"\ud83dx"', "malformed"),
    ("string", {}, r'"\u12G4"', "malformed"),
    ("string", {}, r'"\x"', "malformed"),
    ("string", {}, '"\t"', "malformed"),
    ("string", {}, '"abc', "malformed"),
    ("string", {}, "1", "type"),
    ("bytes", {}, '""', b""),
    ("bytes", {}, '"AAEC"', b"\0\1\2"),
    ("bytes", {}, r'"\u0041AEC"', b"\0\1\2"),
    ("bytes", {}, '"AAE="', b"\0\1"),
    ("bytes", {}, '"AB=="', b"\0"),
    ("bytes", {}, '"AA"', "type"),
    ("bytes", {}, '"A==="', "type"),
    ("bytes", {}, '"===="', "type"),
    ("bytes", {}, '"AA=A"', "type"),
    ("bytes", {}, '"AA-_"', "type"),
    ("bytes", {}, '"AAEC "', "type"),
    ("bytes", {}, '"AA==AAEC"', "type"),
    ("date", {}, '"1970-01-01"', 0),
    ("date", {}, '"0001-01-01"', FIRST // DAY),
    ("date", {}, '"9999-12-31"', LAST // DAY),
    ("date", {}, '"2000-02-29"', 11016),
    ("date", {}, '"1900-02-29"', "type"),
    ("date", {}, '"2023-02-29"', "type"),
    ("date", {}, '"2023-04-31"', "type"),
    ("date", {}, '"2023-13-01"', "type"),
    ("date", {}, '"2023-00-01"', "type"),
    ("date", {}, '"2023-01-00"', "type"),
    ("date", {}, '"0000-12-31"', "range"),
    ("date", {}, '"0000-02-29"', "range"),
    ("date", {}, '"0000-02-30"', "type"),
    ("date", {}, '"2023-1-01"', "type"),
    ("date", {}, '"2023-01-01 "', "type"),
    ("date", {}, '"\uff12023-01-01"', "type"),
    ("date", {}, "0", "type"),
    ("duration", {}, "-5", -5),
    ("duration", {"unit": "s"}, "9223372036854", 9223372036854 * SECOND),
    ("duration", {"unit": "s"}, "9223372036855", "range"),
    ("duration", {"unit": "ms"}, "-9223372036854775", -9223372036854775000),
    ("duration", {"unit": "ms"}, "-9223372036854776", "range"),
    ("duration", {"unit": "ns"}, "-1", -1),
    ("duration", {"unit": "ns"}, "9223372036854775808", "range"),
    ("duration", {}, "1.0", "type"),
    ("duration", {}, '"PT1S"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00Z"', 0),
    ("timestamp", {}, '"1970-01-01 00:00:01z"', SECOND),
    ("timestamp", {}, '"1970-01-01T00:00:00.123456789Z"', 123456),
    ("timestamp", {}, '"1969-12-31T23:59:59.9999999Z"', -1),
    ("timestamp", {}, '"1970-01-01T00:00:00,5Z"', SECOND // 2),
    ("timestamp", {}, '"1970-01-01T01:00:00+01"', 0),
    ("timestamp", {}, '"1970-01-01T00:00:00-0130"', 5400 * SECOND),
    ("timestamp", {}, '"1970-01-01T00:00:00+18:59"', -(18 * 60 + 59) * 60 * SECOND),
    ("timestamp", {}, '"1970-01-01T00:00:00+19:00"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00+18:60"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00+1:00"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00+100"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00"', "type"),
    ("timestamp", {"zone": "UTC"}, '"1970-01-01T00:00:00"', 0),
    ("timestamp", {"zone": "UTC"}, '"1970-01-01 00:00"', 0),
    ("timestamp", {"zone": "UTC"}, '"1970-01-01T02:00+02"', 0),
    ("timestamp", {}, '"1970-01-01t00:00Z"', "type"),
    ("timestamp", {}, '"1970-01-01T24:00Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00:60Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:60Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00.Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00.5Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00:00:00 Z"', "type"),
    ("timestamp", {}, '"1970-01-01T00Z"', "type"),
    ("timestamp", {}, '"1970-01-01"', "type"),
    ("timestamp", {}, '" 1970-01-01T00:00Z"', "type"),
    ("timestamp", {}, '"0001-01-01T00:00Z"', FIRST),
    ("timestamp", {}, '"0001-01-01T00:00+00:01"', "range"),
    ("timestamp", {}, '"0000-12-31T23:59-00:01"', FIRST),
    ("timestamp", {}, '"9999-12-31T23:59:59.999999999Z"', LAST),
    ("timestamp", {}, '"9999-12-31T23:59-00:01"', "range"),
    ("timestamp", {}, "0", "type"),
    ("timestamp", {"unit": "us"}, '"1970-01-01T00:00Z"', "type"),
    ("timestamp", {"unit": "us"}, str(LAST), LAST),
    ("timestamp", {"unit": "us"}, str(LAST + 1), "range"),
    ("timestamp", {"unit": "us"}, str(FIRST - 1), "range"),
    ("timestamp", {"unit": "s"}, "9223372036854775807", "range"),
    ("timestamp", {"unit": "ms"}, "-1", -1000),
    ("timestamp", {"unit": "ns"}, "-1", -1),
    ("timestamp", {"unit": "ns"}, "9223372036854775807", 9223372036854775),
    ("decimal<5, 2>", {}, "123.45", decimal(12345)),
    ("decimal<5, 2>", {}, '"-123.45"', decimal(-12345)),
    ("decimal<5, 2>", {}, "1.2345e2", decimal(12345)),
    ("decimal<5, 2>", {}, "1e-2", decimal(1)),
    ("decimal<5, 2>", {}, "1.500", decimal(150)),
    ("decimal<5, 2>", {}, "-0.0", decimal(0)),
    ("decimal<5, 2>", {}, '"+1"', decimal(100)),
    ("decimal<5, 2>", {}, "999.99", decimal(99999)),
    ("decimal<5, 2>", {}, "1000", "range"),
    ("decimal<5, 2>", {}, "0.001", "range"),
    ("decimal<5, 2>", {}, "1e400", "range"),
    ("decimal<5, 2>", {}, "0e401", "range"),
    ("decimal<5, 2>", {}, "1e99999999999", "range"),
    ("decimal<5, 2>", {}, "1." + "0" * 400, "range"),
    ("decimal<5, 2>", {}, '" 1"', "type"),
    ("decimal<5, 2>", {}, '"1_0"', "type"),
    ("decimal<5, 2>", {}, '""', "type"),
    ("decimal<5, 2>", {}, "true", "type"),
    ("decimal<38, 0>", {}, "9" * 38, decimal(10**38 - 1)),
    ("decimal<38, 0>", {}, "-1" + "0" * 38, "range"),
    ("decimal<38, 38>", {}, "0." + "9" * 38, decimal(10**38 - 1)),
    ("list<int>", {}, "[]", b"\0"),
    ("list<int>", {}, " [ 1 ,2 ] ", b"\1\1" + number(1) + b"\1\1" + number(2) + b"\0"),
    ("list<int?>", {}, "[null,-1]", b"\1\0\1\1" + number(-1) + b"\0"),
    ("list<int>", {}, "[1,null]", "null_value"),
    ("list<int>", {}, "[null,1.5]", "null_value"),
    ("list<int>", {}, "[1.5,null]", "type"),
    ("list<int>", {}, "[9223372036854775808]", "range"),
    ("list<int>", {}, "{}", "type"),
    ("list<int>", {}, "1", "type"),
    ("list<int>", {}, "[1", "malformed"),
    ("list<float>", {}, "[-0.0,1e999]", b"\1\1" + b"\x80" + b"\0" * 7 + b"\1\0\0"),
    ("list<string>", {}, r'["\u0000]","é"]', b"\1\1\0\xff]\0\0\1\1\xc3\xa9\0\0\0"),
    ("list<bytes>", {}, '["AAEC"]', b"\1\1\0\xff\1\2\0\0\0"),
    ("list<bool>", {}, "[true]", b"\1\1\1\0"),
    ("list<timestamp>", {"unit": "s"}, "[1]", b"\1\1" + number(SECOND) + b"\0"),
    ("list<timestamp>", {"zone": "UTC"}, '["1970-01-01T00:00:01"]', b"\1\1" + number(SECOND) + b"\0"),
    ("list<timestamp>", {}, '["1970-01-01T00:00:01"]', "type"),
    ("list<date>", {}, '["0000-01-01"]', "range"),
    ("list<list<int?>?>", {}, "[[null],null,[]]", b"\1\1\1\0\0\1\0\1\1\0\0"),
    ("list<decimal<5, 2>>", {}, "[1.5]", b"\1\1" + decimal(150) + b"\0"),
    ("map<string, int>", {}, "{}", b"\0"),
    ("map<string, int>", {}, '{"b":1,"a":2}', entry(b"a\0\0", number(2)) + entry(b"b\0\0", number(1)) + b"\0"),
    ("map<string, int>", {}, '{"a":1,"a":2}', "malformed"),
    ("map<string, int>", {}, '{"a":null}', "null_value"),
    ("map<string, int>", {}, "[]", "type"),
    ("map<int, bool>", {}, '{"10":true,"9":false}', entry(number(9), b"\0") + entry(number(10), b"\1") + b"\0"),
    *[("map<int, bool>", {}, f'{{"{key}":true}}', "type") for key in ("", "-", "01", "-0", "+1", "1.0", " 1", "a")],
    ("map<int, bool>", {}, '{"9223372036854775808":true}', "range"),
    ("map<int, bool>", {}, '{"9223372036854775808":null}', "range"),
    ("struct<a: int, b: string?>", {}, '{"b":"x","z":[{}],"a":1}', b"\1" + number(1) + b"\1x\0\0"),
    ("struct<a: int, b: string?>", {}, r'{"\u0061":1}', b"\1" + number(1) + b"\0"),
    ("struct<a: int, b: string?>", {}, '{"b":"x"}', "null_value"),
    ("struct<a: int, b: string?>", {}, '{"b":1}', "null_value"),
    ("struct<a: int, b: string?>", {}, '{"b":1,"a":2.5}', "type"),
    ("struct<a: int, b: string?>", {}, '{"a":1,"x":{"y":1,"y":2}}', "malformed"),
    ("struct<a: int, b: string?>?", {}, "null", None),
    ("struct<a: struct<b: int?>?>", {}, '{"a":{}}', b"\1\0"),
    ("struct<a: struct<b: int?>?>", {}, "{}", b"\0"),
]

CSV: list[tuple[str, dict[str, Any], str, Plain | str]] = [
    *[("bool", {}, text, 1) for text in ("true", "True", "TRUE", '"true"')],
    *[("bool", {}, text, 0) for text in ("false", "False", "FALSE")],
    *[("bool", {}, text, "type") for text in (" true", "tRue", "1", '""')],
    ("bool", {}, "", "null_value"),
    ("bool?", {}, "", None),
    ("bool?", {}, "NA", None),
    ("bool?", {}, '"NA"', "type"),
    ("int", {}, " +007 ", 7),
    ("int", {}, '" -7"', -7),
    ("int", {}, "-9223372036854775808", -(2**63)),
    ("int", {}, "9223372036854775808", "range"),
    ("int", {}, "0" * 50 + "1", 1),
    *[("int", {}, text, "type") for text in ("1.0", "1e3", "0x1", "+", " ", "\t1", "1_0", "\uff11", "--1")],
    ("float", {}, "1.50", bits(1.5)),
    ("float", {}, " +1e3 ", bits(1000.0)),
    ("float", {}, "-0", bits(0.0)),
    ("float", {}, "00001.10", bits(1.1)),
    *[
        ("float", {}, text, None)
        for text in ("NaN", "nan", "Infinity", "+Infinity", "-Infinity", "inf", "+inf", "-inf")
    ],
    *[("float", {}, text, None) for text in (" nan ", "1e999", "-1e999")],
    *[
        ("float", {}, text, "type")
        for text in ("NAN", "+nan", "Inf", ".5", "5.", "1.5d", "0x1p3", "1e", "+", " ", "-infinity")
    ],
    ("string", {}, " a ", b" a "),
    ("string", {}, '""', b""),
    ("string", {}, '"a""b,c"', b'a"b,c'),
    ("string", {}, 'a"b"', b'a"b"'),
    ("string", {}, "'", b"'"),
    ("string", {}, '"a"b', "malformed"),
    ("string", {}, '"a', "malformed"),
    ("string?", {}, "NA", None),
    ("string?", {}, '"NA"', b"NA"),
    ("bytes", {}, "AAEC", b"\0\1\2"),
    ("bytes", {}, " AAEC", "type"),
    ("bytes", {}, '""', b""),
    ("date", {}, "1970-01-02", 1),
    ("date", {}, " 1970-01-02", "type"),
    ("duration", {"unit": "ms"}, " +5", 5000),
    ("duration", {}, "1.5", "type"),
    ("timestamp", {}, " 1970-01-01T00:00Z ", 0),
    ("timestamp", {}, '"1970-01-01 00:00:00,25Z"', SECOND // 4),
    ("timestamp", {"unit": "s"}, " +1", SECOND),
    ("timestamp", {"unit": "s"}, "1970-01-01T00:00Z", "type"),
    ("timestamp", {}, "1", "type"),
    ("string", {}, "a,b", "long"),
    ("decimal<5, 2>", {}, " +123.45 ", decimal(12345)),
    ("decimal<5, 2>", {}, "1e2", decimal(10000)),
    ("decimal<5, 2>", {}, "1234.5", "range"),
    *[("decimal<5, 2>", {}, text, "type") for text in ("NaN", "1.", ".5", "0x1", "+", "\uff11", "1d")],
]


def read_one(probe: SourceProbe, folder: Path, declared: ir.Column, kind: Kind, record: str) -> Plain | str:
    """The value of column `x` in a stream of one record, or the code of its reject."""
    file = folder / f"file.{kind}"
    file.write_bytes((f"x,ts\n{record}\n" if kind == "csv" else f"{record}\n").encode())
    printed = probe.read(source(declared), [file], kind=kind, stages=[Stage(("ts",))], null="NA")
    assert printed.reasons == expected(source(declared), [file], kind=kind, null="NA").reasons
    if printed.rejected:
        assert printed.texts[0]
        return printed.rejected[0][2]
    return printed.routed[0][-1][0]


@pytest.mark.parametrize(("kind", "options", "text", "expected"), JSON)
def test_a_json_value(
    probe: SourceProbe, tmp_path: Path, kind: str, options: dict[str, Any], text: str, expected: Plain | str
) -> None:
    record = f'{{"x": {text}, "ts": 0}}'
    assert read_one(probe, tmp_path, column("x", kind, **options), "jsonl", record) == expected


@pytest.mark.parametrize(("kind", "options", "text", "expected"), CSV)
def test_a_csv_field(
    probe: SourceProbe, tmp_path: Path, kind: str, options: dict[str, Any], text: str, expected: Plain | str
) -> None:
    assert read_one(probe, tmp_path, column("x", kind, **options), "csv", f"{text},0") == expected


def test_base64_of_all_bytes(probe: SourceProbe, tmp_path: Path) -> None:
    for length in range(255, 259):
        value = bytes(i & 255 for i in range(length))
        record = f'{{"x": "{base64.b64encode(value).decode()}", "ts": 0}}'
        assert read_one(probe, tmp_path, column("x", "bytes"), "jsonl", record) == value
