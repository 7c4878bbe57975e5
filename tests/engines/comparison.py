"""Tables of rows, bit for bit and whatever their order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from featlang.backends.reference.to_table import plain
from tests.kernel.comparison import bits

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(table: pa.Table) -> Counter[tuple[object, ...]]:
    """How often each row stands in the table; times are numbers, floats are bits."""
    return Counter(
        tuple(bits(value) for value in row) for row in zip(*(plain(column) for column in table.columns), strict=True)
    )
