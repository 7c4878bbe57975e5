"""The online store in production: stored rows of a block are upserted into a table of Cassandra.

Columns are those of the block's stored rows: keys (the partition key), `as_of`, `_written`, the features. Every write
is of all of them, at the write timestamp `_written` (µs), so of each key the row of the greatest stays. int, duration
(µs) and timestamp (µs UTC; Cassandra's own is of ms) are bigint, bool is boolean, float double, string text, bytes
blob, date date, decimal decimal; lists, maps and structs are text, in the JSON of the local store.
Written by the kernel's `featlang.store.CassandraStore`; tables are made by `feat apply-ddl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.backends.connectors.cassandra.table import Table, table_of

if TYPE_CHECKING:
    from featlang.compiler import ir
    from featlang.settings import Cassandra

__all__ = ["Table", "binding", "table_of"]


def binding(cluster: Cassandra, program: ir.Program, block: ir.Features, sink: ir.Connector) -> dict[str, Any]:
    """The settings of the store of a sink, for the jobs' conf file; of a password they say where it is found.

    Raises `RunError` where the sink names no table.
    """
    table = table_of(program, block, sink)
    return {
        "kind": "cassandra",
        "hosts": cluster.hosts,
        "datacenter": cluster.datacenter,
        "user": cluster.user,
        "password": cluster.password.model_dump(exclude_none=True) if cluster.password else None,
        "keyspace": table.keyspace,
        "table": table.name,
        "meanings": " ".join(table.meanings),
        "ttl": int(sink.options.get("ttl", 0)) // 1_000_000,
        "emit": sink.options.get("emit", "every"),
    }
