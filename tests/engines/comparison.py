"""Tables of rows, bit for bit and whatever their order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.kernel.comparison import bits

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(table: pa.Table) -> Counter[tuple[object, ...]]:
    """How often each row stands in the table; times are numbers, floats are bits."""
    columns = [column.cast("int64") if "timestamp" in str(column.type) else column for column in table.columns]
    return Counter(
        tuple(bits(value) for value in row) for row in zip(*(column.to_pylist() for column in columns), strict=True)
    )
