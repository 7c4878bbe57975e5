"""The rows that online stores hold: which columns they have, whatever the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featlang.compiler import ir


def stored_columns(program: ir.Program, block: ir.Features) -> tuple[tuple[str, ir.TypeName], ...]:
    """The columns of a block's stored rows, and their types: keys, `as_of`, `_written`, the features."""
    types = {column.name: column.type for column in program.source(block.source).columns}
    return (
        *((name, types[name]) for name in block.key),
        ("as_of", "timestamp"),
        ("_written", "int"),
        *((value.name, value.type) for value in block.values if value.written),
    )
