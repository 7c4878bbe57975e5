"""A block's table, as CQL: what makes it, and what a table that is there lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from featlang.backends.connectors.stored_rows import stored_columns
from featlang.compiler.meaning import meanings
from featlang.compiler.structures import kind_of
from featlang.run_error import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from featlang.compiler import ir

_CQL: dict[str, str] = {
    "int": "bigint",
    "timestamp": "bigint",
    "duration": "bigint",
    "bool": "boolean",
    "float": "double",
    "string": "text",
    "bytes": "blob",
    "date": "date",
    "decimal": "decimal",
    "list": "text",
    "map": "text",
    "struct": "text",
}
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,47})\.([A-Za-z][A-Za-z0-9_]{0,47})")


@dataclass(frozen=True)
class Found:
    """A table that is there: its columns' types by name, the names of its key, whether rows have another key too."""

    columns: Mapping[str, str]
    key: Sequence[str]
    clustered: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """The table of a block: its columns and their types, of which the first, `keys` of them, are its partition key."""

    keyspace: str
    name: str
    columns: tuple[tuple[str, ir.TypeName], ...]
    keys: int
    meanings: tuple[str, ...]
    """`FEATURE=DIGITS` for each feature: words of the table's comment, which say what made its rows."""

    def __str__(self) -> str:
        """As in `.feat`."""
        return f"{self.keyspace}.{self.name}"

    def create(self) -> str:
        """The statement that makes it."""
        columns = "".join(f"  {quoted(name)} {cql_type(kind)},\n" for name, kind in self.columns)
        key = ", ".join(quoted(name) for name, _ in self.columns[: self.keys])
        return (
            f"CREATE TABLE IF NOT EXISTS {self._quoted()} (\n{columns}  PRIMARY KEY (({key}))\n"
            f") WITH comment = '{_comment(self.meanings)}'"
        )

    def refusals(self, found: Found) -> list[str]:
        """What no statement can mend without loss: an other key or type, or features that mean something else."""
        wanted = {name: cql_type(kind) for name, kind in self.columns}
        problems = [
            f"the column {name} is {found.columns[name]}, and {kind} is needed"
            for name, kind in wanted.items()
            if found.columns.get(name, kind) != kind
        ]
        if list(found.key) != list(wanted)[: self.keys] or found.clustered:
            problems.append(f"its key is {', '.join(found.key)}, and {', '.join(list(wanted)[: self.keys])} is needed")
        told = dict(word.split("=") for word in found.comment.split() if word.count("=") == 1)
        others = [
            name
            for name, digits in (word.split("=") for word in self.meanings)
            if name in found.columns and told.get(name) != digits
        ]
        if others:
            problems.append(f"its rows were made by other definitions of {', '.join(others)}")
        return problems

    def changes(self, found: Found) -> list[str]:
        """The statements that add what a table lacks; it keeps what it has."""
        missing = [f"{quoted(name)} {cql_type(kind)}" for name, kind in self.columns if name not in found.columns]
        if not missing:
            return []
        comment = _comment(dict.fromkeys([*found.comment.split(), *self.meanings]))
        return [
            f"ALTER TABLE {self._quoted()} ADD ({', '.join(missing)})",
            f"ALTER TABLE {self._quoted()} WITH comment = '{comment}'",
        ]

    def surplus(self, found: Found) -> list[str]:
        """The columns that a table has and no feature writes."""
        return [name for name in found.columns if name not in dict(self.columns)]

    def select(self) -> str:
        """The statement that reads the row of a key."""
        keys = " AND ".join(f"{quoted(name)} = ?" for name, _ in self.columns[: self.keys])
        return f"{self.select_all()} WHERE {keys}"

    def select_all(self) -> str:
        """The statement that reads every row."""
        names = ", ".join(quoted(name) for name, _ in self.columns)
        return f"SELECT {names} FROM {self._quoted()}"  # noqa: S608 - names are checked and quoted

    def _quoted(self) -> str:
        return f"{quoted(self.keyspace)}.{quoted(self.name)}"


def is_table(sink: ir.Connector) -> bool:
    """Whether a sink names a table of Cassandra: with its keyspace."""
    return sink.kind == "cassandra" and _NAME.fullmatch(sink.target) is not None


def table_of(program: ir.Program, block: ir.Features, sink: ir.Connector) -> Table:
    """The table that a sink of a block names. Raises `RunError` where it names none."""
    found = _NAME.fullmatch(sink.target)
    if not found:
        message = (
            f'cassandra("{sink.target}") of `{block.name}` names no table of Cassandra; '
            f'write a keyspace and a table, as in cassandra("features.{block.name}")'
        )
        raise RunError(message)
    return Table(
        keyspace=found[1],
        name=found[2],
        columns=stored_columns(program, block),
        keys=len(block.key),
        meanings=tuple(f"{name}={digits}" for name, digits in meanings(program, block).items()),
    )


def create_keyspace(name: str, datacenter: str, replicas: int) -> str:
    """The statement that makes a keyspace, with so many copies of each row in the data center."""
    place = datacenter.replace("'", "''")
    return (
        f"CREATE KEYSPACE IF NOT EXISTS {quoted(name)} WITH replication = "
        f"{{'class': 'NetworkTopologyStrategy', '{place}': {replicas}}}"
    )


def cql_type(type_name: ir.TypeName) -> str:
    """Cassandra's type for values of a type."""
    return _CQL[kind_of(type_name)]


def _comment(words: Iterable[str]) -> str:
    return "\n  ".join(words).replace("'", "''")


def quoted(name: str) -> str:
    """A name as CQL takes it, in its own case."""
    return '"' + name.replace('"', '""') + '"'
