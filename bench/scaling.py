"""`make bench-scaling`: what the cost of an event depends on. Prints a table of ratios, and writes bench/SCALING.md.

Each point is `feat run --on flink --no-rows`: the whole product but for writing, whose cost is the disk's. Flink
throughout, because a hot key, RocksDB and the order of arrival are its matters; a run is long enough that warming up is
a small part of it, the points of a row are run in turns, and the figure is the median of five. Seconds are those of
reading, computing and writing, with the engine up.

`python bench/scaling.py [--events N] [--runs N] [--only ROW,…]`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sides import BENCH, HEAP, jvm_variables

WORK = BENCH / "out" / "scaling"
AGGREGATES = "views = count()\n  total = sum(price)\n  mean = avg(price)\n  most = max(price)"
ACTIVITY = f"{AGGREGATES}\n  pages = count_distinct(page_id) over 1h"

CHECKPOINTS = {"interval": "5s", "checkpoints": "checkpoints"}
LITTLE = {"memory": "1MB"}
"""Of each of the two tasks."""


@dataclass(frozen=True)
class Point:
    """One program on one stream. `stream` are flags of bench/clicks.py, `cost` what the seconds are divided by."""

    name: str
    stream: str
    windows: str
    features: str = AGGREGATES
    order: str = ""
    state: Mapping[str, str] = field(default_factory=dict)
    cost: int = 1


def points(events: int) -> dict[str, tuple[str, list[Point]]]:
    """By row of the table: what its ratio is, and its points; of others than slowest and fastest, last ÷ first."""
    users = 16
    dense = [
        Point(f"{n:,} events", f"--uniform --users {users} --days {events / (users * n) / 24}", "1h")
        for n in (10, 100, 1_000, 10_000)
    ]
    many = [
        Point(f"{n}", "", "1h", "\n  ".join(f"f{i} = sum(price) where dwell_ms > {i}" for i in range(n)), cost=n)
        for n in (1, 10, 100)
    ]
    three = "5m, 1h, 24h"
    return {
        "window": ("slowest ÷ fastest", [Point(w, "--days 730", w) for w in ("5m", "1h", "24h", "7d", "30d", "365d")]),
        "density": ("slowest ÷ fastest", dense),
        "features": ("100 features ÷ 1, each per feature", many),
        "hot": (
            "half of all events of one key ÷ uniform",
            [Point("uniform", "--uniform", three, ACTIVITY), Point("hot", "--uniform --hot 0.5", three, ACTIVITY)],
        ),
        "backend": (
            "RocksDB ÷ heap, each with a checkpoint every 5 s",
            [
                Point("heap", "", three, ACTIVITY, state=CHECKPOINTS),
                Point("rocksdb", "", three, ACTIVITY, state=CHECKPOINTS | {"backend": "rocksdb"}),
            ],
        ),
        "eviction": (
            "the same, with memory for some 300 of 20,000 keys",
            [
                Point("heap", "", three, ACTIVITY, state=CHECKPOINTS | LITTLE),
                Point("rocksdb", "", three, ACTIVITY, state=CHECKPOINTS | LITTLE | {"backend": "rocksdb"}),
            ],
        ),
        "order": (
            "time ÷ arrival",
            [Point("arrival", "", three, ACTIVITY, order="arrival(seq)"), Point("time", "", three, ACTIVITY)],
        ),
    }


def program(point: Point) -> str:
    """The `.feat` file."""
    seq, order = ("\n  seq: int,", f"\n  order = {point.order}") if point.order else ("", "\n  ties = [event_id]")
    return f"""source clicks(
  event_id: string,{seq}
  user_id: string,
  page_id: string,
  dwell_ms: int?,
  price: float?,
  ts: timestamp,
) {{
  time = ts{order}
  lateness = 2s
  stream = jsonl("clicks.jsonl")
}}

features activity from clicks by user_id over {point.windows} {{
  {point.features}
}}
"""


def stream(flags: str, events: int) -> Path:
    """The stream of the flags; made if it is not there."""
    file = BENCH / "data" / f"scaling-{events}{flags.replace(' ', '').replace('--', '-')}.jsonl"
    if not file.is_file():
        file.parent.mkdir(exist_ok=True)
        part = file.with_suffix(".part")
        command = [sys.executable, str(BENCH / "clicks.py"), str(part), "--events", str(events), *flags.split()]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        part.replace(file)
    return file


def seconds(point: Point, events: int) -> float:
    """One run."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "clicks.feat").write_text(program(point), encoding="utf-8")
    bound = {"clicks": {"stream": f'jsonl("{stream(point.stream, events)}")'}}
    local = {"bind": bound, "state": dict(point.state)}
    (WORK / "feat.yaml").write_text(json.dumps({"environments": {"local": local}}), encoding="utf-8")
    feat = Path(sys.executable).with_name("feat")
    command = [str(feat), "run", "--on", "flink", "--project", str(WORK), "--no-rows"]
    done = subprocess.run(  # noqa: S603 - our own
        command, env=jvm_variables(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{point.name} failed ({done.returncode}):\n{(done.stderr + done.stdout)[-3000:]}")
    took = json.loads((WORK / "out" / "flink" / "run.json").read_text(encoding="utf-8"))["seconds"]
    return float(sum(took[phase] for phase in ("read", "compute", "write")))


def ratio(asked: str, costs: list[float]) -> float:
    """The figure of a row."""
    return max(costs) / min(costs) if asked.startswith("slowest") else costs[-1] / costs[0]


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only", default="", help="rows of the table, with commas")
    chosen = arguments.parse_args()
    rows = points(chosen.events)
    only = set(chosen.only.split(",")) - {""} or set(rows)
    if unknown := only - set(rows):
        arguments.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(rows)}")
    lines = ["| row | ratio | of | µs of an event, by point (a feature, in `features`) |", "|---|--:|---|---|"]
    for row, (asked, of_row) in rows.items():
        if row not in only:
            continue
        took: dict[str, list[float]] = {point.name: [] for point in of_row}
        for _ in range(chosen.runs):
            for point in of_row:
                took[point.name].append(seconds(point, chosen.events))
        costs = [median(took[point.name]) / chosen.events / point.cost * 1e6 for point in of_row]
        told = ", ".join(f"{point.name}: {cost:.2f}" for point, cost in zip(of_row, costs, strict=True))
        lines.append(f"| {row} | {ratio(asked, costs):.2f} | {asked} | {told} |")
        print(lines[-1], flush=True)
    if only == set(rows):
        head = "# What the cost of an event depends on\n\nWritten by `make bench-scaling`: "
        how = f"{chosen.events:,} events, Flink, heap {HEAP}, median of {chosen.runs} runs.\n\n"
        text = head + how + "\n".join(lines) + "\n"
        (BENCH / "SCALING.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
