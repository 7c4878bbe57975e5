"""A block with stores of different `emit`: on each engine each store gets what it asked for."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import featlang
from featlang.backends.connectors.sqlite import read_table
from featlang.request import Request
from featlang.run_inputs import inputs_of
from featlang.runner import run
from tests.engines.shared import shared_engines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from featlang.run_report import Engine
    from tests.flink.mini_cluster import MiniCluster

PROGRAM = """
source plays(user: string, score: int, @unit("us") ts: timestamp) {
  time   = ts
  stream = jsonl("plays.jsonl")
}

features best from plays by user over forever
  to cassandra("best"), cassandra("best_changed", emit="change"), cassandra("best_soon", emit=300ms) {
  value = max(score)
}

features worst from plays by user over forever
  to cassandra("worst_changed", emit="change"), cassandra("worst_soon", emit=300ms) {
  value = min(score)
}
"""
START = 1_700_000_000_000_000
DAY = 86_400_000_000
ENGINES: tuple[Engine, ...] = ("reference", "spark", "flink")

Table = dict[str, tuple[int, int]]
"""By user: `as_of` and the value."""


def test_each_store_has_what_it_asked_for(tmp_path: Path, cluster: MiniCluster) -> None:
    dice = Random("plays")
    plays = [
        {"user": dice.choice("abcdefgh"), "score": dice.randrange(1000), "ts": START + n * 1000} for n in range(500)
    ]
    (tmp_path / "main.feat").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "plays.jsonl").write_text("".join(f"{json.dumps(play)}\n" for play in plays), encoding="utf-8")
    project = featlang.load(tmp_path)
    names = ("best", "worst")
    with shared_engines(project.program, tmp_path / "build", cluster):
        for engine in ENGINES:
            inputs = inputs_of(project.source, project.program, names, None, engine)
            run(Request(project.program, names, inputs, tmp_path / engine, tmp_path / "build", now=START + DAY), engine)

    best, best_changed = _expected(plays, max)
    worst, worst_changed = _expected(plays, min)
    assert all(best_changed[user] < best[user] for user in best)
    expected = {"best": best, "best_soon": best, "worst_soon": worst}
    for engine in ENGINES:
        assert {table: _stored(tmp_path / engine, table) for table in expected} == expected, engine
    assert _stored(tmp_path / "flink", "best_changed") == best_changed
    assert _stored(tmp_path / "flink", "worst_changed") == worst_changed
    for engine in ("reference", "spark"):  # they write once, at the end
        assert _stored(tmp_path / engine, "best_changed") == best
        assert _stored(tmp_path / engine, "worst_changed") == worst


def _stored(out: Path, table: str) -> Table:
    return {row["user"]: (row["as_of"], row["value"]) for row in read_table(out / "online.sqlite", table)}


def _expected(plays: list[dict[str, object]], better: Callable[[int, int], int]) -> tuple[Table, Table]:
    """As of the key's last event, and as of that which changed the value last."""
    every: Table = {}
    changed: Table = {}
    for play in plays:
        user, score, time = str(play["user"]), int(str(play["score"])), int(str(play["ts"]))
        value = better(every[user][1], score) if user in every else score
        if user not in every or value != every[user][1]:
            changed[user] = (time, value)
        every[user] = (time, value)
    return every, changed
