"""A project with a source, two blocks and a table, a spine for it, and what `feat dataset` wrote."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

AT = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)

CLICKS = "source clicks(user: string, x: int, ts: timestamp) { time = ts ties = [x] stream = jsonl('clicks.jsonl') }"

PROGRAM = f"""
{CLICKS.replace("'", '"')}
table plans(user: string, plan: string, from: int?, since: timestamp, gone: bool?) by user {{
  time = since deleted = gone history = csv("plans.csv")
}}
features recent from clicks by user over 1h, 1d {{
  n     = count()
  total = sum(x)
  last_ever = last(x) over forever
  _half = total / 2
}}
features odd from clicks by user over exact(10m), sliding(1h, step=5s), forever(ttl=30d) {{
  seen = count()
}}
"""


def minutes(number: float) -> datetime:
    """An instant so many minutes after `AT`."""
    return AT + timedelta(minutes=number)


def event(user: str | None, x: int, at: datetime) -> str:
    """A line of `clicks.jsonl`."""
    return json.dumps({"user": user, "x": x, "ts": at.isoformat()}) + "\n"


def dataset_project(folder: Path) -> Path:
    """Write the project."""
    folder.mkdir()
    (folder / "all.feat").write_text(PROGRAM)
    clicks = [event("ann", number, minutes(number)) for number in range(60)]
    (folder / "clicks.jsonl").write_text("".join([*clicks, event("bob", 7, minutes(60))]))
    (folder / "plans.csv").write_text(
        "user,plan,from,since,gone\n"
        f"ann,free,1,{minutes(0).isoformat()},false\n"
        f"ann,paid,,{minutes(30).isoformat()},false\n"
        f"bob,paid,2,{minutes(0).isoformat()},false\n"
        f"bob,paid,2,{minutes(10).isoformat()},true\n"
    )
    return folder


SPINE = {
    "ts": [minutes(90), minutes(30), minutes(30.5), minutes(60), minutes(61), minutes(5)],
    "user": ["ann", "ann", "ann", "bob", "bob", None],
    "label": [1, 0, 1, 0, 1, 0],
    "bought on": ["a", "b", "c", "d", "e", "f"],
}


def spine_file(folder: Path, columns: dict[str, Any] | pa.Table = SPINE, name: str = "spine.parquet") -> Path:
    """A Parquet spine."""
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), folder / name)
    return folder / name


def card_of(folder: Path) -> dict[str, Any]:
    """The card beside the data set of the project."""
    card: dict[str, Any] = json.loads((folder / "out" / "dataset.card.json").read_text())
    return card


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of the data set of the project."""
    rows: list[dict[str, Any]] = pq.read_table(folder / "out" / "dataset.parquet").to_pylist()
    return rows
