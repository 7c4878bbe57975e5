"""`make bench-scaling`: what the cost of an event depends on. Prints a table of ratios, and writes bench/SCALING.md.

Each point is `feat run --on flink --no-rows`: the whole product but for writing, whose cost is the disk's. Flink
throughout, because a hot key, RocksDB and the order of arrival are its matters. A point runs on its stream, and on the
first quarter of it: the cost of an event is what the rest took, by its events, so that no start and hardly any warming
up is in it. Seconds are those of reading, computing and writing; points of a row run in turns, and each size's figure
is the median of five. Where the whole stream took longer by less than runs of one size differ, a row is not measured.

`python bench/scaling.py [--events N] [--runs N] [--only ROW,…]`.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from header import commit, header
from rates import longer
from sides import BENCH, HEAP, jvm_variables

WORK = BENCH / "out" / "scaling"
AGGREGATES = "views = count()\n  total = sum(price)\n  mean = avg(price)\n  most = max(price)"
ACTIVITY = f"{AGGREGATES}\n  pages = count_distinct(page_id) over 1h"

CHECKPOINTS = {"interval": "5s", "checkpoints": "checkpoints"}
LITTLE = {"memory": "1MB"}
"""Of each of the two tasks."""


PARTS = 4
"""The smaller size is one of so many parts of the stream."""


@dataclass(frozen=True)
class Point:
    """One program on one stream. `stream` are flags of bench/clicks.py."""

    name: str
    stream: str
    windows: str
    features: str = AGGREGATES
    order: str = ""
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """Points that are compared: what their ratio is of, and what it should be.

    `ratio` is of the costs (µs) of an event at all points. At least `least`, or at most `most`, is meant, if anything.
    """

    about: str
    points: list[Point]
    ratio: Callable[[list[float]], float]
    least: float | None = None
    most: float | None = None

    def meant(self) -> str:
        """The target."""
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}" if self.most is not None else "-"

    def reached(self, found: float) -> str:
        """Whether it is reached."""
        if self.least is None and self.most is None:
            return "-"
        return "yes" if (self.least or 0) <= found <= (self.most or math.inf) else "no"


def spread(costs: list[float]) -> float:
    """The slowest ÷ the fastest."""
    return max(costs) / min(costs)


def of_rates(costs: list[float]) -> float:
    """The rate of the last ÷ that of the first."""
    return costs[0] / costs[-1]


def rows_of(events: int) -> dict[str, Row]:
    """The rows of the table."""
    users = 16
    dense = [
        Point(f"{n:,} events", f"--uniform --users {users} --days {events / (users * n) / 24}", "1h")
        for n in (10, 100, 1_000, 10_000)
    ]
    numbers = (1, 10, 100)
    many = [
        Point(f"{n}", "", "1h", "\n  ".join(f"f{i} = sum(price) where dwell_ms > {i}" for i in range(n)))
        for n in numbers
    ]
    three = "5m, 1h, 24h"
    of_key = [Point("uniform", "--uniform", three, ACTIVITY), Point("hot", "--uniform --hot 0.5", three, ACTIVITY)]

    def backends(state: dict[str, str]) -> list[Point]:
        return [
            Point("heap", "", three, ACTIVITY, state=state),
            Point("rocksdb", "", three, ACTIVITY, state=state | {"backend": "rocksdb"}),
        ]

    return {
        "window": Row(
            "cost, slowest ÷ fastest",
            [Point(w, "--days 730", w) for w in ("5m", "1h", "24h", "7d", "30d", "365d")],
            spread,
            most=1.15,
        ),
        "density": Row("cost, slowest ÷ fastest", dense, spread, most=1.15),
        "features": Row(
            "cost of a feature, of 100 ÷ of 1", many, lambda costs: costs[-1] / costs[0] / numbers[-1], most=1
        ),
        "hot": Row("rate, half of all events of one key ÷ uniform", of_key, of_rates, least=0.5),
        "backend": Row("rate, RocksDB ÷ heap, a checkpoint every 5 s", backends(CHECKPOINTS), of_rates, least=0.2),
        "eviction": Row(
            "the same, with memory for some 300 of 20,000 keys", backends(CHECKPOINTS | LITTLE), of_rates, least=0.2
        ),
        "order": Row(
            "rate, by time ÷ by arrival",
            [Point("arrival", "", three, ACTIVITY, order="arrival(seq)"), Point("time", "", three, ACTIVITY)],
            of_rates,
            least=0.6,
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


def stream(flags: str, events: int, first: int) -> Path:
    """The first events of the stream of the flags; made if it is not there."""
    name = f"scaling-{events}{flags.replace(' ', '').replace('--', '-')}"
    file = BENCH / "data" / f"{name}{f'-first{first}' if first < events else ''}.jsonl"
    if not file.is_file():
        file.parent.mkdir(exist_ok=True)
        part = file.with_suffix(".part")
        limit = ["--events", str(events), "--first", str(first)]
        command = [sys.executable, str(BENCH / "clicks.py"), str(part), *limit, *flags.split()]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        part.replace(file)
    return file


def seconds(point: Point, events: int, first: int) -> float:
    """One run on the first events of the stream."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "clicks.feat").write_text(program(point), encoding="utf-8")
    bound = {"clicks": {"stream": f'jsonl("{stream(point.stream, events, first)}")'}}
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


def costs_of(row: Row, events: int, runs: int) -> list[float] | None:
    """By point: µs of an event after the first quarter; None where one is lost in what runs differ by."""
    sizes = (events, events // PARTS)
    took: dict[tuple[str, int], list[float]] = {(point.name, size): [] for point in row.points for size in sizes}
    for _ in range(runs):
        for point in row.points:
            for size in sizes:
                took[point.name, size].append(seconds(point, events, size))
    more = [longer(*(took[point.name, size] for size in sizes)) for point in row.points]
    if None in more:
        print(f"too few events, or too much else on this machine: {took}", file=sys.stderr)
        return None
    return [each / (sizes[0] - sizes[1]) * 1e6 for each in more if each is not None]


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only", default="", help="rows of the table, with commas")
    arguments.add_argument("--no-page", action="store_true", help="print, and leave bench/SCALING.md alone")
    chosen = arguments.parse_args()
    commit()  # as it is now, whatever is edited meanwhile
    rows = rows_of(chosen.events)
    only = set(chosen.only.split(",")) - {""} or set(rows)
    if unknown := only - set(rows):
        arguments.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(rows)}")
    lines = [
        "| row | ratio | of | meant | reached | by point: µs of an event (events/s) |",
        "|---|--:|---|--:|---|---|",
    ]
    for name, row in rows.items():
        if name not in only:
            continue
        costs = costs_of(row, chosen.events, chosen.runs)
        if costs is None:
            lines.append(f"| {name} | - | {row.about} | {row.meant()} | not measured | - |")
            print(lines[-1], flush=True)
            continue
        found = row.ratio(costs)
        told = ", ".join(
            f"{point.name}: {cost:.2f} ({1e6 / cost:,.0f})" for point, cost in zip(row.points, costs, strict=True)
        )
        lines.append(f"| {name} | {found:.2f} | {row.about} | {row.meant()} | {row.reached(found)} | {told} |")
        print(lines[-1], flush=True)
    if only == set(rows) and not chosen.no_page:
        settings = (
            f"Flink, rows not written; {chosen.events:,} events less the first quarter; heap {HEAP}, the parallel"
            f" collector; each size the median of {chosen.runs} runs in turn"
        )
        page = [*header("What the cost of an event depends on", "bench-scaling", settings), *lines, ""]
        (BENCH / "SCALING.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
