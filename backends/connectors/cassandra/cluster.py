"""A session of Cassandra in Python: tables made and altered, rows read. Rows are written by the jobs alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cassandra import AuthenticationFailed, ConsistencyLevel, DriverException, ProtocolVersion
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.query import tuple_factory

from featlang.backends.connectors import sqlite
from featlang.backends.connectors.cassandra.table import Found, Table
from featlang.backends.connectors.secrets import looked_up
from featlang.compiler.structures import kind_of
from featlang.run_error import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from featlang.compiler import ir
    from featlang.settings import Cassandra

PORT = 9042
_SECONDS = 10
_RECONNECTS = 1.0
"""So often a node that is away is tried again, in seconds."""
_AT_A_TIME = 64


@dataclass(frozen=True)
class Keys:
    """Reads the rows of keys of one table, by a prepared statement."""

    session: Session
    table: Table
    statement: Any

    def read(self, keys: Sequence[tuple[Any, ...]]) -> list[dict[str, Any] | None]:
        """The row of each key, values as the reference has them; None where there is none. Raises `RunError`.

        One text alone that is empty is no key of Cassandra: there is no row of it, and it is not asked for.
        """
        types = [kind for _, kind in self.table.columns]
        asked = {
            number: [_sent(value, kind) for value, kind in zip(key, types, strict=False)]
            for number, key in enumerate(keys)
            if key not in (("",), (b"",))
        }
        with _told(f"table {self.table}"):
            found = execute_concurrent_with_args(self.session, self.statement, asked.values(), concurrency=_AT_A_TIME)
        rows = {number: result.result_or_exc.one() for number, result in zip(asked, found, strict=True)}
        return [None if (row := rows.get(number)) is None else _row(self.table, row) for number in range(len(keys))]


@contextmanager
def connected(settings: Cassandra) -> Iterator[Session]:
    """A session for as long as the block runs. Raises `RunError`."""
    session = connect(settings)
    try:
        yield session
    finally:
        session.cluster.shutdown()


def connect(settings: Cassandra) -> Session:
    """A session; its cluster is shut down by whoever asked for it. Raises `RunError`, which tells no secret."""
    policy = TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=settings.datacenter))
    profile = ExecutionProfile(
        policy, consistency_level=ConsistencyLevel.LOCAL_QUORUM, request_timeout=_SECONDS, row_factory=tuple_factory
    )
    login = None
    if settings.user is not None:
        login = PlainTextAuthProvider(settings.user, looked_up(settings.password) if settings.password else "")
    cluster = Cluster(
        [address(host) for host in settings.hosts],
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        auth_provider=login,
        protocol_version=ProtocolVersion.V5,
        connect_timeout=_SECONDS,
        # Else the driver waits twice as long each time, up to ten minutes: a node that is back is used at once.
        reconnection_policy=ConstantReconnectionPolicy(_RECONNECTS, max_attempts=None),
    )
    where = f"Cassandra at {', '.join(settings.hosts)}"
    try:
        with _told(where):
            session = cluster.connect()
    except RunError:
        found = {host.datacenter for host in cluster.metadata.all_hosts()} - {None}
        cluster.shutdown()
        if not found or settings.datacenter in found:
            raise
    except BaseException:
        cluster.shutdown()
        raise
    else:
        return session
    others = ", ".join(sorted(map(str, found)))
    message = f"{where} has no data center {settings.datacenter}, but {others}; write it as `datacenter` in feat.yaml"
    raise RunError(message)


def found_table(session: Session, table: Table) -> Found | None:
    """The table as it is; None where there is none."""
    keyspace = session.cluster.metadata.keyspaces.get(table.keyspace)
    there = keyspace.tables.get(table.name) if keyspace else None
    if there is None:
        return None
    return Found(
        columns={name: column.cql_type for name, column in there.columns.items()},
        key=[column.name for column in there.partition_key],
        clustered=bool(there.clustering_key),
        comment=str(there.options.get("comment") or ""),
    )


def has_keyspace(session: Session, name: str) -> bool:
    """Whether there is such a keyspace."""
    return name in session.cluster.metadata.keyspaces


def nodes(session: Session, datacenter: str) -> int:
    """How many nodes a data center has."""
    return sum(host.datacenter == datacenter for host in session.cluster.metadata.all_hosts())


def execute(session: Session, statement: str) -> None:
    """Run a statement that changes a table. Raises `RunError`."""
    with _told(statement.partition("(")[0].strip()):
        session.execute(statement, timeout=6 * _SECONDS)


def rows(session: Session, table: Table) -> list[dict[str, Any]]:
    """Every row of a table, in no order, values as the reference has them. Raises `RunError`."""
    with _told(f"table {table}"):
        return [_row(table, row) for row in session.execute(table.select_all())]


def keys_of(session: Session, table: Table) -> Keys:
    """What reads the rows of keys. Raises `RunError`, as where there is no such table."""
    with _told(f"table {table}"):
        return Keys(session, table, session.prepare(table.select()))


def address(host: str) -> tuple[str, int]:
    """Name and port of a host, as in `127.0.0.1:9042`, `cassandra-1` or `[::1]:9042`."""
    name, colon, port = host.rpartition(":")
    has_port = bool(colon) and not port.endswith("]") and (":" not in name or name.endswith("]"))
    return (name if has_port else host).strip("[]"), int(port) if has_port else PORT


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever the driver raises is told as an error of the machine."""
    try:
        yield
    except NoHostAvailable as error:
        causes = error.errors.values() if isinstance(error.errors, dict) else ()
        if any(isinstance(cause, AuthenticationFailed) for cause in causes):
            message = f"{what}: the user or the password is not right; see `cassandra` in feat.yaml"
            raise RunError(message) from None
        message = f"{what}: it does not answer: {'; '.join(map(str, causes)) or error.args[0]}; "
        message += "start it, or correct `cassandra: {hosts: …}` of the environment in feat.yaml"
        raise RunError(message) from None
    except (DriverException, OSError) as error:
        message = f"{what}: {error}"
        raise RunError(message) from None


def _row(table: Table, held: Sequence[Any]) -> dict[str, Any]:
    return {name: _loaded(value, kind) for (name, kind), value in zip(table.columns, held, strict=True)}


def _loaded(held: Any, type_name: ir.TypeName) -> Any:
    """The value of the reference that Cassandra's driver gave."""
    if held is None or isinstance(held, Decimal):
        return held
    return held.days_from_epoch if kind_of(type_name) == "date" else sqlite.loaded(held, type_name)


def _sent(value: Any, type_name: ir.TypeName) -> Any:
    """What Cassandra's driver takes for a key that the reference has."""
    if kind_of(type_name) != "date":
        return value
    from cassandra.util import Date  # noqa: PLC0415 - seldom a key

    return Date(value)
