"""Comparing tables: every kind of difference is found, and nothing else is."""

from __future__ import annotations

import struct

import pyarrow as pa
import pytest

from featlang.parity_compare import compare, counted

NAMES = ("user", "ts", "_tie")
SCHEMA = pa.schema(
    [("user", pa.string()), ("ts", pa.int64()), ("_tie", pa.int64()), ("total", pa.float64()), ("last", pa.string())]
)


def table(*rows: tuple[object, ...]) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in SCHEMA]
    return pa.Table.from_arrays(
        [pa.array(values, kind.type) for values, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


A = ("ann", 1, 0, 0.1, "x")
B = ("bob", 2, 0, 0.2, "y")
C = ("bob", 2, 1, None, None)


def test_equal_tables_in_another_order_are_the_same() -> None:
    result = compare(table(A, B, C), table(C, A, B), NAMES)
    assert result.same
    assert (result.rows, result.values) == (3, 6)


def test_a_last_bit_is_a_difference() -> None:
    nearly = struct.unpack("<d", struct.pack("<q", struct.unpack("<q", struct.pack("<d", 0.2))[0] + 1))[0]
    result = compare(table(A, B), table(A, ("bob", 2, 0, nearly, "y")), NAMES)
    assert result.differing == {"total": 1}
    assert result.first is not None
    assert (result.first.row, result.first.left, result.first.right) == (
        {"user": "bob", "ts": 2, "_tie": 0},
        0.2,
        nearly,
    )


@pytest.mark.parametrize(
    ("left", "right"), [(None, 0.0), (0.0, None), (0.0, -0.0), (1.0, 2.0)], ids=["null-0", "0-null", "zeros", "numbers"]
)
def test_null_and_signed_zero_differ(left: float | None, right: float | None) -> None:
    result = compare(table(("ann", 1, 0, left, "x")), table(("ann", 1, 0, right, "x")), NAMES)
    assert result.differing == {"total": 1}


def test_equal_nans_and_nulls_are_the_same() -> None:
    rows = table(("ann", 1, 0, float("nan"), None), ("ann", 1, 1, None, "x"))
    assert compare(rows, rows, NAMES).same


def test_the_first_difference_is_the_earliest() -> None:
    left = table(("ann", 9, 0, 1.0, "x"), ("zoe", 3, 0, 1.0, "x"), ("zoe", 3, 1, 1.0, "x"))
    right = table(("ann", 9, 0, 2.0, "x"), ("zoe", 3, 0, 1.0, "other"), ("zoe", 3, 1, 2.0, "x"))
    result = compare(left, right, NAMES)
    assert result.differing == {"total": 2, "last": 1}
    assert result.first is not None
    assert (result.first.column, result.first.row["ts"]) == ("last", 3)


def test_the_first_difference_of_a_column_goes_by_time_before_tie_and_key() -> None:
    left = table(("ann", 9, 0, 1.0, "x"), ("zoe", 3, 1, 1.0, "x"))
    right = table(("ann", 9, 0, 2.0, "x"), ("zoe", 3, 1, 2.0, "x"))
    result = compare(left, right, NAMES)
    assert result.first is not None
    assert result.first.row == {"user": "zoe", "ts": 3, "_tie": 1}


def test_rows_that_a_side_lacks_are_counted_and_named() -> None:
    result = compare(table(A, B), table(A, C), NAMES)
    assert (result.rows, result.only_left, result.only_right) == (1, 1, 1)
    assert result.missing is not None
    assert result.missing["user"] == "bob"
    assert not result.same


def test_a_subset_may_lack_rows_but_not_have_others() -> None:
    assert compare(table(A, B, C), table(B), NAMES, subset=True).same
    result = compare(table(A, C), table(B), NAMES, subset=True)
    assert (result.only_left, result.only_right, result.same) == (0, 1, False)


def test_a_row_that_comes_twice_is_a_difference() -> None:
    assert compare(table(A, A), table(A, A), NAMES).repeated == 2


def test_empty_tables_are_the_same() -> None:
    result = compare(table(), table(), NAMES)
    assert (result.same, result.rows) == (True, 0)


def test_other_columns_are_an_error() -> None:
    with pytest.raises(ValueError, match="columns differ"):
        compare(table(A), table(A).drop_columns(["last"]), NAMES)


def test_rejects_are_compared_as_a_multiset() -> None:
    one = pa.table({"raw": [b"{", b"{"], "path": ["a", "a"], "record": [3, 3], "code": ["null_key", "null_key"]})
    assert compare(counted(one), counted(one), ("path", "record", "code")).same
    result = compare(counted(one), counted(one.slice(1)), ("path", "record", "code"))
    assert result.differing == {"count_all": 1}
