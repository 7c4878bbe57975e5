"""CSV fields to values: nulls, trimming, spellings, each code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.build import column, outcomes, source


def decoded(kind: str, field: str, null: str | None = None, **options: Any) -> Any:
    """Decode a record with the field as written: its value in a list, or the code of the reject."""
    events = source(column("x", kind, **options))
    given = {} if null is None else {"null": null}
    ((_, outcome),) = outcomes(events, "csv", b"ts,x\n0," + field.encode(), **given)
    return outcome if isinstance(outcome, str) else [outcome["x"]]


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        *[("bool", text, [True]) for text in ("true", "True", "TRUE", '"true"')],
        *[("bool", text, [False]) for text in ("false", "False", "FALSE")],
        *[("bool", text, "type") for text in ("tRUE", "1", "t", " true", "yes", '""')],
        ("int", " +007 ", [7]),
        ("int", "-9223372036854775808", [-(2**63)]),
        ("int", "9223372036854775808", "range"),
        ("int", "0" * 5000 + "12", [12]),
        ("int", "-" + "9" * 5000, "range"),
        *[("int", text, "type") for text in ("1.0", "1e3", "1_000", "\uff11", "\t1", "--1", "+", " ", "0x1", "1 2")],
        ("float", " +1.50e1 ", [15.0]),
        ("float", "1E+2", [100.0]),
        ("float", "00.1", [0.1]),
        ("float", "1e400", [None]),
        *[("float", text, "type") for text in (".5", "5.", "1e", "1_0", "0x1p3", "1.5d", "-nan", "+NaN", "NAN", "INF")],
        *[("float", text, [None]) for text in ("NaN", "nan", "Infinity", "+Infinity", "-Infinity", " inf ", "+inf")],
        ("string", " a ", [" a "]),
        ("string", '""', [""]),
        ("string", '"a,""b""\n"', ['a,"b"\n']),
        ("string", "a\u0000\U0001f600", ["a\u0000\U0001f600"]),
        ("bytes", "AP8=", [b"\x00\xff"]),
        ("bytes", '""', [b""]),
        ("bytes", " AP8=", "type"),
        ("date", "2024-02-29", [19_782]),
        ("date", " 2024-02-29", "type"),
        ("timestamp", " 1970-01-01T00:00:00.000001Z ", [1]),
        ("timestamp", "1", "type"),
        ("duration", " +1 ", [1]),
        ("duration", "1.0", "type"),
    ],
)
def test_types(kind: str, field: str, expected: Any) -> None:
    """Each type from its texts."""
    assert decoded(kind, field) == expected
    assert decoded(f"{kind}?", "") == [None]


def test_nulls() -> None:
    """Unquoted and empty, or unquoted and the file's text for null; both where there is such a text."""
    assert decoded("string?", "NA", null="NA") == [None]
    assert decoded("string?", "", null="NA") == [None]
    assert decoded("string?", '"NA"', null="NA") == ["NA"]
    assert decoded("string?", "na", null="NA") == ["na"]
    assert decoded("string?", " NA", null="NA") == [" NA"]
    assert decoded("int", "NA", null="NA") == "null_value"
    assert decoded("string", "") == "null_value"
    assert decoded("int?", '""') == "type"


def test_units() -> None:
    """Integers, trimmed; a text of a time does not fit a column with a unit."""
    assert decoded("timestamp", " +1 ", unit="ms") == [1000]
    assert decoded("timestamp", "1970-01-01T00:00Z", unit="ms") == "type"
    assert decoded("duration", "-1", unit="ns") == [-1]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"0", "short"),
        (b"0,1,2", "long"),
        (b'0,"1"x', "malformed"),
        (b'"0"x', "malformed"),
        (b"0,\xff", "malformed"),
        (b"\xff", "malformed"),
        (b'0,"1', "malformed"),
        (b",1", "null_value"),
        (b"x,1", "type"),
        (b"9223372036854775808,1", "range"),
    ],
)
def test_rejects(record: bytes, code: str) -> None:
    """Each code; a record that is malformed and short is malformed."""
    events = source(column("ts", "timestamp", unit="us"), column("x", "string"))
    assert outcomes(events, "csv", b"ts,x\n" + record) == [(1, code)]


def test_a_reject_in_the_middle_changes_nothing_else() -> None:
    """The records around it are events."""
    events = source(column("x", "int"))
    found = outcomes(events, "csv", b'ts,x\n1,1\n2\n\n3,"a"b\n4,"4"\n')
    assert found == [(1, {"x": 1, "ts": 1}), (2, "short"), (4, "malformed"), (5, {"x": 4, "ts": 4})]
