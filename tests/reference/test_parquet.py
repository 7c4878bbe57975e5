"""Rows of Parquet to events: the types that fit, the checks, and the errors of a whole file."""

from __future__ import annotations

import io
from datetime import date, datetime, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featlang.backends.reference import InputError
from tests.reference.build import block, column, outcomes, run, source


def parquet(table: pa.Table, **options: Any) -> bytes:
    """Write a file in memory."""
    written = io.BytesIO()
    pq.write_table(table, written, **options)
    return written.getvalue()


def decoded(kind: str, values: list[Any], arrow_type: pa.DataType, **options: Any) -> list[Any]:
    """Decode a column of a file: each value, or the code of the reject."""
    written = options.pop("written", {})
    table = pa.table({"ts": pa.array([0] * len(values), pa.timestamp("us")), "x": pa.array(values, arrow_type)})
    found = outcomes(source(column("x", kind, **options)), "parquet", parquet(table, **written))
    assert [number for number, _ in found] == list(range(1, len(values) + 1))
    return [outcome if isinstance(outcome, str) else outcome["x"] for _, outcome in found]


LARGEST_INSTANT = 253_402_300_799_999_999


@pytest.mark.parametrize(
    ("kind", "arrow_type", "values", "expected"),
    [
        ("bool?", pa.bool_(), [True, False, None], [True, False, None]),
        ("int?", pa.int64(), [2**63 - 1, None], [2**63 - 1, None]),
        ("int", pa.int32(), [-(2**31), None], [-(2**31), "null_value"]),
        ("int", pa.int8(), [-128], [-128]),
        ("float?", pa.float64(), [0.1, float("nan"), float("-inf"), None], [0.1, None, None, None]),
        ("float", pa.float32(), [0.1], [0.10000000149011612]),
        ("float", pa.int64(), [2**53 + 1, 2**53 + 3], [2.0**53, 2.0**53 + 4]),
        ("float", pa.int16(), [7], [7.0]),
        ("int", pa.duration("ns"), [7], [7]),
        ("string", pa.string(), ["", "a\u0000\U0001f600"], ["", "a\u0000\U0001f600"]),
        ("string", pa.large_string(), ["a"], ["a"]),
        ("string", pa.dictionary(pa.int32(), pa.string()), ["a", "b", "a"], ["a", "b", "a"]),
        ("bytes", pa.binary(), [b"", b"\xff"], [b"", b"\xff"]),
        ("bytes", pa.binary(2), [b"\x00\xff"], [b"\x00\xff"]),
        ("timestamp", pa.timestamp("ms"), [-1], [-1000]),
        ("timestamp", pa.timestamp("us", tz="Europe/Warsaw"), [5], [5]),
        ("timestamp", pa.timestamp("ns"), [-1, 1999], [-1, 1]),
        ("timestamp", pa.timestamp("us"), [LARGEST_INSTANT, LARGEST_INSTANT + 1], [LARGEST_INSTANT, "range"]),
        ("date", pa.date32(), [-719_162, -719_163, 2_932_897], [-719_162, "range", "range"]),
    ],
)
def test_types(kind: str, arrow_type: pa.DataType, values: list[Any], expected: list[Any]) -> None:
    """Each type from the physical types that fit it."""
    assert decoded(kind, values, arrow_type) == expected


def test_minus_zero_becomes_zero() -> None:
    """As everywhere."""
    assert str(decoded("float", [-0.0], pa.float64())) == "[0.0]"


def test_durations_by_unit() -> None:
    """A plain INT64, in the unit of the column."""
    assert decoded("duration", [-1, 2**62], pa.int64(), unit="s") == [-1_000_000, "range"]
    assert decoded("duration", [-1], pa.int64(), unit="ns") == [-1]
    assert decoded("duration", [-1], pa.duration("s"), unit="ms") == [-1000]


def test_a_unit_says_nothing_of_a_timestamp_of_the_file() -> None:
    """The file has its own."""
    assert decoded("timestamp", [7], pa.timestamp("us"), unit="ms") == [7]


def test_int96() -> None:
    """The legacy timestamps, also where nanoseconds would not fit."""
    moments = [datetime(2024, 1, 1, tzinfo=timezone.utc), datetime(1500, 1, 1, tzinfo=timezone.utc)]
    table = decoded("timestamp", moments, pa.timestamp("us"), written={"use_deprecated_int96_timestamps": True})
    assert table == [19_723 * 86_400_000_000, (date(1500, 1, 1).toordinal() - 719_163) * 86_400_000_000]


def test_text_that_is_not_utf8() -> None:
    """Is refused, and shown."""
    names = pa.array([b"ok", b"\xff"], pa.binary()).view(pa.string())
    data = parquet(pa.table({"ts": pa.array([0, 0], pa.timestamp("us")), "user": names}))
    events = source(column("user", "string"))
    assert outcomes(events, "parquet", data) == [(1, {"user": "ok", "ts": 0}), (2, "type")]
    (reject,) = run(events, block(), data, "parquet").sources["events"].rejects
    assert (reject.raw, reject.path, reject.record) == (b'{"user":"/w==","ts":0}', "events.parquet", 2)


@pytest.mark.parametrize(
    ("kind", "arrow_type"),
    [
        ("int", pa.uint64()),
        ("int", pa.float64()),
        ("int", pa.string()),
        ("int", pa.timestamp("us")),
        ("float", pa.string()),
        ("float", pa.uint8()),
        ("string", pa.binary()),
        ("string", pa.int64()),
        ("bytes", pa.string()),
        ("timestamp", pa.int64()),
        ("timestamp", pa.date32()),
        ("date", pa.int32()),
        ("date", pa.timestamp("us")),
        ("duration", pa.int32()),
        ("bool", pa.int64()),
        ("int", pa.list_(pa.int64())),
        ("int", pa.struct({"x": pa.int64()})),
        ("int", pa.time64("us")),
        ("int", pa.null()),
        ("bytes", pa.decimal128(30, 2)),
        ("int", pa.decimal128(10, 2)),
    ],
)
def test_types_that_do_not_fit(kind: str, arrow_type: pa.DataType) -> None:
    """An error of the run that names the file and the column."""
    with pytest.raises(InputError, match="file: column `x` is "):
        decoded(f"{kind}?", [None], arrow_type)


def test_a_missing_column() -> None:
    """As a header that lacks it."""
    data = parquet(pa.table({"ts": pa.array([0], pa.timestamp("us"))}))
    with pytest.raises(InputError, match=r"file has no .* column `x`; it has ts"):
        outcomes(source(column("x", "int?")), "parquet", data)


@pytest.mark.parametrize("cut", [0, 3, 100])
def test_a_truncated_file(cut: int) -> None:
    """An error of the run."""
    data = parquet(pa.table({"ts": pa.array([0], pa.timestamp("us"))}))
    with pytest.raises(InputError, match="file cannot be read as Parquet"):
        outcomes(source(), "parquet", data[:cut])
