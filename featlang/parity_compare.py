"""Compares two tables of the same rows, bit for bit, joined on what names a row; pure, and whole columns at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

RECORD_NAME = ("path", "record", "code")
"""What names a reject or a late event."""


@dataclass(frozen=True)
class ValueDifference:
    """A value on which two sides differ: the row's name, the column, what each side has."""

    row: dict[str, Any]
    column: str
    left: Any
    right: Any


@dataclass
class Comparison:
    """What comparing two sides gave.

    `rows` counts rows that both have, `values` the pairs compared, `differing` those that differ, by column.
    `only_left` and `only_right` count rows that the other side lacks, `missing` names the first of them; `repeated`
    counts rows whose name another row of the same side has too. `first` is the first difference by time.
    """

    rows: int = 0
    values: int = 0
    differing: dict[str, int] = field(default_factory=dict)
    only_left: int = 0
    only_right: int = 0
    repeated: int = 0
    missing: dict[str, Any] | None = None
    first: ValueDifference | None = None

    @property
    def same(self) -> bool:
        """Whether both sides hold the same rows with the same bits."""
        return not (self.differing or self.only_left or self.only_right or self.repeated)


def compare(left: pa.Table, right: pa.Table, names: Sequence[str], *, subset: bool = False) -> Comparison:
    """Compares two tables joined on the columns `names`; all other columns are values.

    With `subset`, `right` holds only some of the rows, and that the others are lacking is no difference. Tables with
    other columns or types raise `ValueError`: then one side is not what it should be.
    """
    if left.column_names != right.column_names or left.schema.types != right.schema.types:
        message = f"columns differ: {_fields(left)} and {_fields(right)}"
        raise ValueError(message)
    result = Comparison(repeated=_repeated(left, names) + _repeated(right, names))
    joined = _numbered(left, names, "left").join(
        _numbered(right, names, "right"), keys=list(names), join_type="right outer" if subset else "full outer"
    )
    in_left, in_right = joined["left"].is_valid(), joined["right"].is_valid()
    both = joined.filter(pc.and_(in_left, in_right))
    result.rows = both.num_rows
    result.only_left, result.only_right = _false(in_right), _false(in_left)
    if result.only_left or result.only_right:
        lacking = joined.filter(pc.invert(pc.and_(in_left, in_right))).select(list(names))
        result.missing = _row(lacking, 0)
    _compare_values(left.take(both["left"]), right.take(both["right"]), names, result)
    return result


COPY = "_copy"
"""A column of numbers for rows that have one name, which are of equal events."""


def with_copies(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The table with `COPY`: how many rows before it have the row's name."""
    seen: Counter[tuple[Any, ...]] = Counter()
    copies = []
    for name in zip(*(table[each].to_pylist() for each in names), strict=True):
        copies.append(seen[name])
        seen[name] += 1
    return table.append_column(COPY, pa.array(copies, pa.int64()))


def counted(table: pa.Table) -> pa.Table:
    """The rows of rejects or late events, named by path, record and code, and how often each stands there."""
    grouped = table.select(list(RECORD_NAME)).group_by(list(RECORD_NAME)).aggregate([([], "count_all")])
    return grouped.select([*RECORD_NAME, "count_all"])


def _compare_values(left: pa.Table, right: pa.Table, names: Sequence[str], result: Comparison) -> None:
    earliest: tuple[Any, ValueDifference] | None = None
    for column in left.column_names:
        if column in names:
            continue
        differs = _differs(left[column], right[column])
        result.values += left.num_rows
        count = pc.sum(differs).as_py() or 0
        if not count:
            continue
        result.differing[column] = count
        a, b = left.filter(differs), right.filter(differs)
        # The first one by time, which stands just before `_tie`, shows best where the sides part.
        first = pc.sort_indices(a, [(name, "ascending") for name in (*names[-2:], *names[:-2])])[0].as_py()
        row = _row(a.select(list(names)), first)
        difference = ValueDifference(row, column, a[column][first].as_py(), b[column][first].as_py())
        place = tuple(a[name][first].as_py() for name in names[-2:])
        if earliest is None or place < earliest[0]:
            earliest = (place, difference)
    result.first = earliest[1] if earliest else None


def _differs(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
    """Where two columns differ: one is null and the other is not, or their bits differ, those of NaN and -0.0 too."""
    a, b = _bits(left), _bits(right)
    return pc.or_(pc.not_equal(a.is_null(), b.is_null()), pc.fill_null(pc.not_equal(a, b), fill_value=False))


def comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as pyarrow can compare it: lists, maps and structs as texts. Floats in them are never NaN or -0.0."""
    if not pa.types.is_nested(column.type):
        return column
    return pa.chunked_array([pa.array([None if v is None else repr(v) for v in column.to_pylist()], pa.string())])


def _bits(column: pa.ChunkedArray) -> pa.Array:
    array = comparable(column).combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # what combining no chunks at all may give
        array = pa.array([], column.type)
    return array.view(pa.int64()) if pa.types.is_float64(array.type) else array


def _numbered(table: pa.Table, names: Sequence[str], number: str) -> pa.Table:
    return table.select(list(names)).append_column(number, pa.array(range(table.num_rows), pa.int64()))


def _repeated(table: pa.Table, names: Sequence[str]) -> int:
    return int(table.num_rows - table.select(list(names)).group_by(list(names)).aggregate([]).num_rows)


def _false(mask: pa.ChunkedArray) -> int:
    return len(mask) - (pc.sum(mask).as_py() or 0)


def _row(table: pa.Table, position: int) -> dict[str, Any]:
    row: dict[str, Any] = table.slice(position, 1).to_pylist()[0]
    return row


def _fields(table: pa.Table) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in table.schema)
