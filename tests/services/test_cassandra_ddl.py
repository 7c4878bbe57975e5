"""Tables of a real Cassandra: made, extended, refused, and never made worse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session

import featlang
from featlang.backends.connectors.cassandra import table_of
from featlang.backends.connectors.cassandra.cluster import connected, execute, found_table
from featlang.settings import Cassandra
from tests.cli.conftest import Feat
from tests.services.conftest import Running

BLOCK = """
source clicks(user_id: string, shop: int, price: float, at: timestamp) { time = at }
features spending from clicks by user_id over 1h to cassandra("ddl.spending") {
  spent = sum(price)
}
"""


@pytest.fixture
def folder(tmp_path: Path, cassandra: Running) -> Path:
    """A project whose environment is the node."""
    (tmp_path / "shop.feat").write_text(BLOCK, encoding="utf-8")
    hosts = f"default: node\nenvironments: {{node: {{cassandra: {{hosts: ['{cassandra.address}']}}}}}}\n"
    (tmp_path / "feat.yaml").write_text(hosts, encoding="utf-8")
    return tmp_path


@pytest.fixture
def session(cassandra: Running) -> Iterator[Session]:
    """A session, after which the keyspace is gone."""
    with connected(Cassandra(hosts=[cassandra.address])) as opened:
        yield opened
        execute(opened, "DROP KEYSPACE IF EXISTS ddl")


def edit(folder: Path, old: str, new: str) -> None:
    """Change the definitions."""
    (folder / "shop.feat").write_text(BLOCK.replace(old, new), encoding="utf-8")


def test_from_nothing_to_a_table_with_one_more_column(folder: Path, session: Session, feat: Feat) -> None:
    refused = feat("apply-ddl", "-C", folder)
    assert refused.code == 1
    assert "there is no keyspace ddl; make it with what your cluster needs" in refused.err
    few = "the data center datacenter1 has 1 nodes, too few for 3 replicas; --create-keyspace 1"
    assert few in feat("apply-ddl", "-C", folder, "--create-keyspace", 3).err
    asked = ("-C", folder, "--create-keyspace", 1)
    planned = feat("plan-ddl", *asked)
    assert planned.code == 0
    applied = feat("apply-ddl", *asked)
    assert applied.code == 0
    assert [line for line in planned.out.splitlines() if line[:2] != "--"] == [
        line for line in applied.out.splitlines() if line[:2] != "--"
    ]
    session.execute("INSERT INTO ddl.spending (user_id, as_of, spent) VALUES ('u', 1, 0.1)")
    for command in ("plan-ddl", "apply-ddl"):
        again = feat(command, "-C", folder)
        assert (again.code, again.out) == (0, "-- ddl.spending of features spending; it is as it must be\n")

    edit(folder, "spent = sum(price)", "spent = sum(price) clicks = count()")
    needed = r'ADD \("clicks" bigint\); `feat plan-ddl` shows what it needs'
    with featlang.online(project=folder) as online, pytest.raises(featlang.RunError, match=needed):
        online.get("spending", user_id="u")
    assert 'ALTER TABLE "ddl"."spending" ADD ("clicks" bigint);' in feat("apply-ddl", "-C", folder).out
    assert [tuple(row) for row in session.execute("SELECT spent, clicks FROM ddl.spending")] == [(0.1, None)]
    with featlang.online(project=folder, now=2) as online:
        row = online.get("spending", user_id="u")
        assert (row.features, row.reason) == (
            {"spent": 0.1, "clicks": None},
            "the row was written before clicks came to the block",
        )
    (folder / "shop.feat").write_text(BLOCK, encoding="utf-8")
    after = feat("apply-ddl", "-C", folder)
    assert (after.code, len(after.out.splitlines())) == (0, 1)
    assert "-- nothing writes its column clicks any more" in feat("plan-ddl", "-C", folder).out


def test_a_job_is_left_to_a_cluster_only_where_its_tables_are_as_they_must_be(
    folder: Path, session: Session, cassandra: Running, flink: Running, feat: Feat
) -> None:
    (folder / "shop.feat").write_text(
        BLOCK.replace("time = at", 'time = at  stream = jsonl("c.jsonl")'), encoding="utf-8"
    )
    (folder / "c.jsonl").touch()
    servers = f"cassandra: {{hosts: ['{cassandra.address}']}}\n    flink: {{address: 'http://{flink.address}'}}\n"
    settings = f"default: node\nenvironments:\n  node:\n    {servers}    state: {{interval: 5s}}\n"
    (folder / "feat.yaml").write_text(settings, encoding="utf-8")
    submit = ("run", "-C", folder, "--on", "flink", "--detach")
    assert "there is no keyspace ddl" in feat(*submit).err
    assert feat("apply-ddl", "-C", folder, "--create-keyspace", 1).code == 0
    session.execute("DROP TABLE ddl.spending")
    assert "table ddl.spending of `spending` is not as it must be; type feat apply-ddl --env node" in feat(*submit).err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sum(price)", "count()", "the column spent is double, and bigint is needed"),
        ("by user_id", "by shop", "its key is user_id, and shop is needed"),
        ("sum(price)", "sum(price * 2.0)", "its rows were made by other definitions of spent"),
    ],
)
def test_what_would_lose_rows_is_refused_and_nothing_is_changed(
    old: str, new: str, message: str, folder: Path, session: Session, feat: Feat
) -> None:
    assert feat("apply-ddl", "-C", folder, "--create-keyspace", 1).code == 0
    program = featlang.load(folder).program
    table = table_of(program, program.features[0], program.features[0].sinks[0])
    session.cluster.refresh_schema_metadata()
    before = found_table(session, table)
    edit(folder, old, f"{new} more = max(price)" if new.startswith("sum") else new)
    for command in ("plan-ddl", "apply-ddl"):
        done = feat(command, "-C", folder)
        assert done.code == 1
        assert message in done.err
        assert "ALTER" not in done.out
        assert 'write to a new table, as in cassandra("ddl.spending_v2")' in done.err
    session.cluster.refresh_schema_metadata()
    assert before is not None
    assert found_table(session, table) == before
