"""Store parity: each row that an engine left in the online store holds the key's values as of the time it tells of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from featlang.backends.connectors.stored_rows import stored_columns
from featlang.backends.reference.to_table import arrow_type, plain, to_array
from featlang.compiler import ir
from featlang.parity_compare import Comparison, compare
from featlang.parity_sample import CHEAP_SCANS, SEED, RowName
from featlang.run_report import Engine

AS_OF = "as_of"
WRITTEN = "_written"

Moment = tuple[tuple[Any, ...], int]
"""A key, and the time in µs UTC that is asked about."""


@dataclass
class StoreParity:
    """One engine's rows of one table.

    `keys` compares which keys it has with those that have rows, `values` the features of those rows that the reference
    computed.
    """

    engine: Engine
    table: str
    rows: int
    keys: Comparison
    values: Comparison

    def problems(self) -> list[str]:
        """What is wrong with it."""
        where = f"in table `{self.table}` of {self.engine}"
        found = [
            f"`{column}` {where} is not the reference's in {count:,} of {self.values.rows:,} rows"
            + (f"; {self._first()}" if self.values.first and self.values.first.column == column else "")
            for column, count in self.values.differing.items()
        ]
        if not self.keys.same:
            lacking, surplus = self.keys.only_right, self.keys.only_left
            found.append(f"{lacking:,} keys are missing {where}, and {surplus:,} are there that have no rows")
        return found

    def _first(self) -> str:
        first = self.values.first
        return f"the first is {first.row}: {first.left!r}, and should be {first.right!r}" if first else ""


def tables_of(block: ir.Features) -> list[str]:
    """The tables of the local store that a block is written to."""
    return [sink.target for sink in block.sinks if sink.kind == "cassandra"]


def stored(program: ir.Program, block: ir.Features, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A table's rows, with the reference's values, as pyarrow has them: keys, `as_of`, the features."""
    return pa.table(
        {
            name: to_array([row[name] for row in rows], arrow_type(kind))
            for name, kind in stored_columns(program, block)
            if name != WRITTEN
        }
    )


def moments(table: pa.Table, block: ir.Features) -> list[Moment]:
    """Which key each stored row is of, and as of when."""
    *keys, times = (plain(table[name]) for name in (*block.key, AS_OF))
    return list(zip(zip(*keys, strict=True), times, strict=True))


def checked(asked: Collection[Moment], rows: Sequence[RowName], block: ir.Features, size: int) -> set[Moment]:
    """Those that the reference computes: all while that is cheap, else those of `size` keys, the same each time."""
    events = Counter(keys for keys, _, _ in rows)
    scans = sum(events[keys] for keys, _ in asked) * len(block.aggregates)
    if scans <= CHEAP_SCANS:
        return set(asked)
    keys = sorted({keys for keys, _ in asked})
    chosen = set(random.Random(SEED).sample(keys, min(size, len(keys))))  # noqa: S311 - chooses rows of a test
    return {moment for moment in asked if moment[0] in chosen}


def compare_store(
    engine: Engine,
    table: str,
    found: pa.Table,
    block: ir.Features,
    rows: pa.Table,
    values: Mapping[Moment, Mapping[str, Any]],
) -> StoreParity:
    """Compare what an engine stored with the reference's `values`, and its keys with those of the block's rows."""
    with_rows = rows.select(list(block.key)).group_by(list(block.key)).aggregate([])
    keys = compare(found.select(list(block.key)), with_rows.select(list(block.key)), block.key)
    asked = [(i, values[moment]) for i, moment in enumerate(moments(found, block)) if moment in values]
    same_rows = found.take(pa.array([i for i, _ in asked], pa.int64()))
    names = (*block.key, AS_OF)
    expected = [
        same_rows[f.name] if f.name in names else to_array([value[f.name] for _, value in asked], f.type)
        for f in found.schema
    ]
    table_of_reference = pa.Table.from_arrays(expected, schema=found.schema)
    return StoreParity(engine, table, found.num_rows, keys, compare(same_rows, table_of_reference, names))
