"""Tables of Cassandra as CQL: made whole, compared with what is there, and never changed in what would lose rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

import featlang
from featlang.backends import emit
from featlang.backends.connectors.cassandra import Table, binding, table_of
from featlang.backends.connectors.cassandra.cluster import address
from featlang.backends.connectors.cassandra.table import Found, cql_type, create_keyspace
from featlang.compiler import ir
from featlang.compiler.meaning import meanings
from featlang.compiler.structures import SCALARS
from featlang.run_error import RunError
from featlang.settings import Cassandra, Secret
from tests.cli.conftest import Feat
from tests.strategies.types import TYPES

HEAD = """
source clicks(user_id: string, shop: int, price: decimal<10, 2>, tags: list<string>, day: date, at: timestamp) {
  time = at
}
"""
BLOCK = """
features spending from clicks by user_id, shop over 1h, 1d to cassandra("features.Spending", ttl=30d) {
  clicks = count()
  spent  = sum(price)
  mean   = spent / clicks
  last_tags = last(tags) over 1d
  first_day = min(day) over 1d
}
"""


def program(folder: Path, *texts: str) -> ir.Program:
    """A project of these definitions."""
    (folder / "shop.feat").write_text("".join(texts), encoding="utf-8")
    return featlang.load(folder).program


def table(of: ir.Program) -> Table:
    """The table of its first block."""
    return table_of(of, of.features[0], of.features[0].sinks[0])


def there(found: Table) -> Found:
    """The table as it is once it was made."""
    columns = {name: cql_type(kind) for name, kind in found.columns}
    return Found(
        columns, [name for name, _ in found.columns[: found.keys]], clustered=False, comment=" ".join(found.meanings)
    )


def test_what_build_has_makes_the_table(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    files = emit.emit(program(tmp_path, HEAD, BLOCK))
    made = files["clicks/tables.cql"].decode()
    assert made == snapshot
    assert table(featlang.load(tmp_path).program).create() in made
    assert "tables.cql" in json.loads(files["clicks/manifest.json"])["files"]


def test_a_job_without_tables_has_no_file_of_them(tmp_path: Path) -> None:
    local = BLOCK.replace("features.Spending", "spending")
    assert "clicks/tables.cql" not in emit.emit(program(tmp_path, HEAD, local))


def test_every_type_has_one_of_cassandra() -> None:
    assert {kind: cql_type(kind) for kind in TYPES if kind in SCALARS} == {
        "bool": "boolean",
        "int": "bigint",
        "float": "double",
        "string": "text",
        "timestamp": "bigint",
        "duration": "bigint",
        "date": "date",
        "bytes": "blob",
    }
    assert {cql_type(kind) for kind in TYPES if kind not in SCALARS} == {"decimal", "text"}


def test_a_table_that_is_there_needs_nothing(tmp_path: Path) -> None:
    made = table(program(tmp_path, HEAD, BLOCK))
    assert (made.refusals(there(made)), made.changes(there(made)), made.surplus(there(made))) == ([], [], [])


def test_columns_are_added_and_none_is_dropped(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    before = table(program(tmp_path, HEAD, BLOCK))
    after = table(
        program(
            tmp_path,
            HEAD,
            BLOCK.replace("mean ", "average").replace(
                "clicks = count()", "clicks = count() days = count_distinct(day) over 1d"
            ),
        )
    )
    assert after.refusals(there(before)) == []
    assert after.changes(there(before)) == snapshot
    assert after.surplus(there(before)) == ["mean_1h", "mean_1d"]
    told = after.changes(there(before))[1]
    assert all(word in told for word in (*before.meanings, *after.meanings))


def test_what_would_lose_rows_is_refused(tmp_path: Path) -> None:
    made = table(program(tmp_path, HEAD, BLOCK))
    found = there(made)
    other_type = replace(found, columns={**found.columns, "clicks_1h": "int"})
    assert made.refusals(other_type) == ["the column clicks_1h is int, and bigint is needed"]
    assert made.refusals(replace(found, key=["shop", "user_id"])) == [
        "its key is shop, user_id, and user_id, shop is needed"
    ]
    assert made.refusals(replace(found, clustered=True)) == ["its key is user_id, shop, and user_id, shop is needed"]
    changed = table(program(tmp_path, HEAD, BLOCK.replace("sum(price)", "sum(price) where shop > 0")))
    assert changed.refusals(found) == [
        "its rows were made by other definitions of spent_1h, spent_1d, mean_1h, mean_1d"
    ]
    assert changed.refusals(replace(found, comment="made by hand"))[0].startswith(
        "its rows were made by other definitions of clicks_1h"
    )


def test_a_feature_means_the_same_wherever_it_stands(tmp_path: Path) -> None:
    first = program(tmp_path, HEAD, BLOCK)
    kept = meanings(first, first.features[0])
    moved = program(
        tmp_path, "# a comment\n", BLOCK.replace("  clicks = count()", "  most = max(price)\n  clicks = count()"), HEAD
    )
    assert kept.items() < meanings(moved, moved.features[0]).items()
    for old, new in (("by user_id, shop", "by shop, user_id"), ("from clicks", "from clicks where shop > 0")):
        edited = program(tmp_path, HEAD, BLOCK.replace(old, new))
        assert kept.items().isdisjoint(meanings(edited, edited.features[0]).items())


def test_a_feature_of_a_stream_means_what_it_reads_of_it(tmp_path: Path) -> None:
    block = 'features f from paid by user_id over 1h to cassandra("a.f") {{ total = sum(cents) n = count() }}'
    stream = "stream paid from clicks where {} keep user_id, at {{ cents = {} rest = shop }}\n"

    def of(where: str, cents: str) -> dict[str, str]:
        found = program(tmp_path, HEAD, stream.format(where, cents), block.format())
        return meanings(found, found.features[0])

    first, other_cents, other_filter = (
        of("shop > 0", "price * 100"),
        of("shop > 0", "price * 10"),
        of("shop > 1", "price * 100"),
    )
    assert first["n"] == other_cents["n"]
    assert first["total"] != other_cents["total"]
    assert first["n"] != other_filter["n"]


def test_a_feature_of_a_union_means_what_it_reads_of_each_input(tmp_path: Path) -> None:
    """The order of the inputs decides that of simultaneous rows."""
    source = "source refunds(user_id: string, cents: int, shop: int, at: timestamp) { time = at  lateness = 1m }\n"
    block = 'features f from both by user_id over 1h to cassandra("a.f") { total = sum(cents) n = count() }'

    def of(inputs: str, cents: str, where: str) -> dict[str, str]:
        streams = f"stream paid from clicks keep user_id {{ cents = {cents} }}\n"
        streams += f"stream back from refunds where {where} keep user_id, cents\n"
        found = program(tmp_path, HEAD, source, streams, f"stream both from {inputs} keep user_id, cents\n", block)
        assert [each.max_ahead for each in found.sources] == [3_600_000_000] * 2
        return meanings(found, found.features[0])

    first = of("paid, back", "shop", "shop > 0")
    assert first == of("paid, back", "shop", "shop > 0")
    assert first["n"] == of("paid, back", "shop + 1", "shop > 0")["n"]
    assert first["total"] != of("paid, back", "shop + 1", "shop > 0")["total"]
    for other in (of("paid, back", "shop", "shop > 1"), of("back, paid", "shop", "shop > 0")):
        assert first.items().isdisjoint(other.items())


def test_a_binding_says_where_a_password_is_and_never_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASSANDRA_PASSWORD", "hush")
    made = program(tmp_path, HEAD, BLOCK)
    cluster = Cassandra(hosts=["a:1", "b"], user="feat", password=Secret(env="CASSANDRA_PASSWORD"))
    bound = binding(cluster, made, made.features[0], made.features[0].sinks[0])
    assert "hush" not in json.dumps(bound)
    assert {name: bound[name] for name in ("hosts", "password", "keyspace", "table", "ttl", "emit")} == {
        "hosts": ["a:1", "b"],
        "password": {"env": "CASSANDRA_PASSWORD"},
        "keyspace": "features",
        "table": "Spending",
        "ttl": 30 * 86_400,
        "emit": "every",
    }


@pytest.mark.parametrize("target", ["spending", "a.b.c", "1a.b", 'a.b"', "a.", f"a.{'b' * 49}"])
def test_a_sink_that_names_no_table_is_refused(target: str, tmp_path: Path) -> None:
    made = program(tmp_path, HEAD, BLOCK)
    with pytest.raises(RunError, match="write a keyspace and a table, as in cassandra"):
        table_of(made, made.features[0], ir.Connector(kind="cassandra", target=target))


def test_names_of_places_are_quoted() -> None:
    assert create_keyspace("K", "it's", 3) == (
        "CREATE KEYSPACE IF NOT EXISTS \"K\" WITH replication = {'class': 'NetworkTopologyStrategy', 'it''s': 3}"
    )


def test_addresses() -> None:
    hosts = {
        "127.0.0.1:1": ("127.0.0.1", 1),
        "node": ("node", 9042),
        "[::1]:2": ("::1", 2),
        "[::1]": ("::1", 9042),
        "::1": ("::1", 9042),
    }
    assert {host: address(host) for host in hosts} == hosts


def test_the_plan_needs_no_cluster(tmp_path: Path, feat: Feat, snapshot: SnapshotAssertion) -> None:
    program(tmp_path, HEAD, BLOCK)
    done = feat("plan-ddl", "--offline", "--project", tmp_path)
    assert done.code == 0
    assert done.out == snapshot
    done = feat("apply-ddl", "--project", tmp_path)
    assert done.code == 2
    assert "the environment `local` has no `cassandra: {hosts: […]}` in feat.yaml" in done.err
    program(tmp_path, HEAD, BLOCK.replace(' to cassandra("features.Spending", ttl=30d)', ""))
    done = feat("plan-ddl", "--offline", "--project", tmp_path)
    assert (done.code, done.err.splitlines()[0]) == (
        1,
        'error: no `features` block goes to Cassandra; write `to cassandra("features.clicks")` in the head of one',
    )
