"""What the tables of Cassandra need: compared with what is there, or, without a cluster, whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from featlang.backends.connectors.cassandra.table import Table, create_keyspace, table_of
from featlang.compiler import ir
from featlang.run_error import RunError

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from featlang.settings import Cassandra


@dataclass
class TablePlan:
    """A table of a block: the statements that it needs, what none of them can mend, and what else is to be known."""

    block: str
    table: Table
    statements: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tables(program: ir.Program, names: Collection[str]) -> list[TablePlan]:
    """The tables of blocks, each with the statement that makes it. Raises `RunError` where there is none."""
    found = [
        TablePlan(block.name, table, [table.create()])
        for block in program.features
        if block.name in names
        for sink in block.sinks
        if sink.kind == "cassandra"
        for table in [table_of(program, block, sink)]
    ]
    if not found:
        example = 'write `to cassandra("features.clicks")` in the head of one'
        message = f"no `features` block goes to Cassandra; {example}"
        raise RunError(message)
    return found


def compare(planned: list[TablePlan], session: Session, cluster: Cassandra, replicas: int | None) -> None:
    """Leave of each table what a cluster does not have. Keyspaces are made where it is said with how many replicas."""
    from featlang.backends.connectors.cassandra import cluster as connector  # noqa: PLC0415 - needs the driver

    made: set[str] = set()
    for each in planned:
        table = each.table
        found = connector.found_table(session, table)
        if found is not None:
            each.refusals = table.refusals(found)
            each.statements = [] if each.refusals else table.changes(found)
            each.notes = [f"nothing writes its column {name} any more" for name in table.surplus(found)]
        elif not connector.has_keyspace(session, table.keyspace) and table.keyspace not in made:
            if replicas is None:
                each.refusals = [
                    f"there is no keyspace {table.keyspace}; make it with what your cluster needs, "
                    "or say how many replicas it has in the data center, as in --create-keyspace 3"
                ]
            elif (nodes := connector.nodes(session, cluster.datacenter)) < replicas:
                each.refusals = [
                    f"there is no keyspace {table.keyspace}, and the data center {cluster.datacenter} has {nodes} "
                    f"nodes, too few for {replicas} replicas; --create-keyspace {max(nodes, 1)}"
                ]
            else:
                made.add(table.keyspace)
                each.statements.insert(0, create_keyspace(table.keyspace, cluster.datacenter, replicas))


def apply(planned: list[TablePlan], session: Session) -> Iterator[tuple[TablePlan, str]]:
    """Run the statements, and give each before it runs. Raises `RunError` where one fails."""
    from featlang.backends.connectors.cassandra import cluster as connector  # noqa: PLC0415 - needs the driver

    for each in planned:
        for statement in each.statements:
            yield each, statement
            connector.execute(session, statement)


def problems(planned: Sequence[TablePlan]) -> list[str]:
    """Why nothing is applied; [] where it can be."""
    return [
        f"table {each.table} of `{each.block}`: {text}{_advice(each)}" for each in planned for text in each.refusals
    ]


def _advice(planned: TablePlan) -> str:
    """What to do about a table that is there, and is another one: a new version of it is a new table."""
    if planned.refusals[0].startswith("there is no keyspace"):
        return ""
    name = planned.table.name.rpartition("_v")
    number = int(name[2]) + 1 if name[0] and name[2].isdecimal() else 2
    base = name[0] if number > 2 else planned.table.name  # noqa: PLR2004 - the second version
    return f'; write to a new table, as in cassandra("{planned.table.keyspace}.{base}_v{number}")'
