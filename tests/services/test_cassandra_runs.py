"""Features into Cassandra by both engines, and back: each stored row is the batch value at its `as_of`, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest
from cassandra.cluster import Session

import featlang
from featlang.backends.connectors import cassandra as connector
from featlang.backends.connectors.cassandra.cluster import connected, rows
from featlang.backends.reference import run_reference
from featlang.backends.reference.to_table import EPOCH
from featlang.compiler import ir
from featlang.parity_stores import compare_store, moments, stored
from featlang.request import Request
from featlang.run_inputs import inputs_of
from featlang.run_report import Engine
from featlang.runner import run
from featlang.settings import Cassandra
from tests.cli.conftest import Feat
from tests.services.conftest import Running
from tests.strategies.texts import json_line
from tests.strategies.types import TYPES
from tests.strategies.values import random_value

NOW = 1_800_000_000_000_000
EVENTS = 300
KEYS = ("bool", "int", "string", "timestamp", "date", "bytes")
UNITS = {"duration": '@unit("us") '}
COLUMNS = [
    *(f"k_{kind}: {kind}" for kind in KEYS),
    *(f"{UNITS.get(kind, '')}c{n}: {kind}?" for n, kind in enumerate(TYPES)),
]
NEWLINE = "\n  "
DEFINITIONS = f"""
source events(user: string, id: int, {", ".join(COLUMNS)}, @unit("us") ts: timestamp) {{
  time = ts
  ties = [id]
  stream = jsonl("events.jsonl")
}}

features of_user from events by user over 1h, forever to cassandra("runs.of_user") {{
  n = count()
  {NEWLINE.join(f"last{n} = last(c{n})" for n in range(len(TYPES)))}
}}

features of_all from events by {", ".join(f"k_{kind}" for kind in KEYS)} over 10m to cassandra("runs.of_all", ttl=1d) {{
  n = count()
  {NEWLINE.join(f"first{n} = first(c{n})" for n in range(len(TYPES)))}
}}
"""


@dataclass(frozen=True)
class Runs:
    """A project whose environment `cluster` is the node; its tables are there, and empty."""

    folder: Path
    session: Session

    @property
    def project(self) -> featlang.api.Project:
        """As it is now."""
        return featlang.load(self.folder)

    def run(self, engine: Engine, names: list[str], out: Path) -> None:
        """Runs blocks with their stores in Cassandra."""
        project = self.project
        inputs = inputs_of(project.source, project.program, names, "cluster", "parity")
        cluster = project.source.environment("cluster")
        build = self.folder / "build"
        run(Request(project.program, tuple(names), inputs, out, build, now=NOW, environment=cluster), engine)

    def stored(self, block: ir.Features) -> list[dict[str, Any]]:
        """The rows of a block's table."""
        return rows(self.session, connector.table_of(self.project.program, block, block.sinks[0]))


@pytest.fixture
def runs(tmp_path: Path, cassandra: Running, feat: Feat) -> Iterator[Runs]:
    """Give the project, with random events of every type, nulls and ties among them."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "all.feat").write_text(DEFINITIONS, encoding="utf-8")
    hosts = f"environments: {{cluster: {{cassandra: {{hosts: ['{cassandra.address}']}}}}}}\n"
    (folder / "feat.yaml").write_text(hosts, encoding="utf-8")
    dice = Random("stored")
    source = featlang.load(folder).program.sources[0]
    events = []
    for number in range(EVENTS):
        event = {column.name: random_value(dice, column.type) for column in source.columns}
        event |= {column.name: None for column in source.columns if column.nullable and dice.random() < 0.2}
        event |= {"user": dice.choice("abc"), "id": number, "ts": 1_700_000_000_000_000 + number // 2 * 40_000_000}
        events.append(json_line(dice, source.columns, event))
    (folder / "events.jsonl").write_bytes(b"\n".join(events))
    done = feat("apply-ddl", "--project", folder, "--env", "cluster", "--create-keyspace", 1)
    assert done.code == 0, done.text
    with connected(Cassandra(hosts=[cassandra.address])) as session:
        yield Runs(folder, session)
        session.execute("DROP KEYSPACE runs", timeout=60)


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_every_stored_row_has_the_bits_of_the_batch_value_at_its_as_of(
    engine: Engine, runs: Runs, tmp_path: Path
) -> None:
    program = runs.project.program
    names = [block.name for block in program.features]
    runs.run(engine, names, tmp_path / "out")
    assert not (tmp_path / "out" / "online.sqlite").exists()
    found = {block.name: stored(program, block, runs.stored(block)) for block in program.features}
    inputs = inputs_of(runs.project.source, program, names, "cluster", "parity")
    wanted = {block.name: set(moments(found[block.name], block)) for block in program.features}
    result = run_reference(program, names, inputs, now=NOW, values_wanted=wanted)
    for block in program.features:
        made = pq.read_table(tmp_path / "out" / block.name)
        values = result.features[block.name].values_at
        parity = compare_store(engine, "any", found[block.name], block, made, values)
        assert parity.problems() == []
        assert parity.values.rows == found[block.name].num_rows > 0
    assert found["of_user"].num_rows == 3

    with featlang.online("cluster", runs.folder, now=NOW) as online:
        asked = [{"user": name} for name in ("a", "nobody", "b", "c", "a", "")]
        got = online.get_many("of_user", asked)
        assert [row.key for row in got] == asked
        assert [row.freshness for row in got] == ["stale", "unseen", "stale", "stale", "stale", "unseen"]
        assert got[0] == got[4] == online.get("of_user", user="a")
        by_user = {row["user"]: row for row in found["of_user"].to_pylist()}
        for row in (got[0], got[2], got[3]):
            expected = by_user[row.key["user"]]
            assert {**row.key, "as_of": row.as_of, **row.features} == expected
            assert row.age == EPOCH + timedelta(microseconds=NOW) - expected["as_of"]
        assert (got[1]["n_1h"], got[1]["n_forever"]) == (0, 0)
        first = found["of_all"].to_pylist()[0]
        key = {name: first[name] for name in program.features[1].key}
        assert online.get("of_all", **key).freshness == "emptied"
        assert online.get("of_all", **key)["n"] == 0
