"""A table: its rows by key, and the one that counts at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.backends.reference.canonical import encode_all
from featlang.backends.reference.reading import decoded_records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featlang.backends.reference.records import Input
    from featlang.backends.reference.result import SourceResult
    from featlang.compiler import ir

    Keys = tuple[Any, ...]

BEGINNING = -(2**63)
"""The time from which on a row counts that has none."""


class Table:
    """A table, read as a whole."""

    def __init__(self, table: ir.Table, given: Input, read: SourceResult) -> None:
        """Read it; `read` gets what is refused and counted. Raises `InputError`."""
        self.table = table
        self._rows: dict[Keys, list[Version]] = {}
        for record, decoded in decoded_records(table.source, given, read):
            read.accepted += 1
            keys = tuple(decoded[name] for name in table.key)
            if None in keys:
                missing = table.key[keys.index(None)]
                text = f"key `{missing}` of `{table.name}` is null"
                read.reject(record.refused("null_key", text))
                continue
            effective = (given.effective or {}).get((record.path, record.number), BEGINNING)
            self._rows.setdefault(keys, []).append(Version(table, decoded, record.path, record.number, effective))

    def values_for(self, keys: Keys, time: int, *, before: bool) -> Mapping[str, Any]:
        """Give the columns of the row that counts for keys at a time, or before it; nulls where there is none."""
        newest = max(self._counting(keys, time, before=before), key=lambda row: row.place, default=None)
        if newest is None or newest.is_deletion:
            return {column.name: None for column in self.table.source.columns}
        return newest.values

    def versions(self, keys: Keys, time: int, *, before: bool) -> tuple[list[Version], list[Version]]:
        """Give the rows that count for keys at a time, or before it, of which the last is the table's, and the others.

        Those that count are in their order, the others as they will begin to count.
        """
        counting = sorted(self._counting(keys, time, before=before), key=lambda row: row.place)
        others = [row for row in self._rows.get(keys, ()) if not row.counts_at(time, before=before)]
        return counting, sorted(others, key=lambda row: (row.counts_from, row.place))

    def _counting(self, keys: Keys, time: int, *, before: bool) -> list[Version]:
        return [row for row in self._rows.get(keys, ()) if row.counts_at(time, before=before)]


class Version:
    """A row: its record, since when it counts, where it stands among those of its key, its columns."""

    def __init__(self, table: ir.Table, values: Mapping[str, Any], path: str, record: int, effective: int) -> None:
        """Take a row's values, where its record stands, and the time before which it does not count."""
        by_name = {column.name: column for column in table.source.columns}
        time = values[table.source.time] if table.source.time else BEGINNING
        known = BEGINNING if table.known is None else values[table.known]
        ties = [by_name[name] for name in table.source.ties]
        self.counts_from = max(time, known, effective)
        self.place = (time, encode_all(dict(values), [*ties, *table.source.columns]))
        self.values = values
        self.is_deletion = table.deleted is not None and values[table.deleted] is True
        self.path = path
        self.record = record

    def counts_at(self, time: int, *, before: bool) -> bool:
        """Say whether it counts at a time, or before it."""
        return self.counts_from < time if before else self.counts_from <= time
