"""`make bench-latency`: how long an event takes through a job in the order of arrival, at half of what it can take.

An event's latency is from the moment at which it is due to enter the source operator until its row has left the stage:
what waits because the job is busy counts in full, and writing to the store is in the same task. Clicks are made in the
job's JVM by bench/java, so that nothing else is timed; rows end behind the stage, those for the store in a SQLite file.
Each kind of run first takes what it can, which is its peak, then has half of that rate: without a store; with one, and
event time as fast as the clock, so that windows lose next to nothing and no edge has to be refreshed; with one, and
event time 7,200 times as fast, so that all windows lose what they hold (a user has an event every half an hour or so),
and stored values are refreshed at edges; and with checkpoints besides. What warms a run up counts neither in its peak
nor in its latencies. All files are in memory, where there is such a folder: what a disk's cache does is not the job's.

`python bench/latency.py [--seconds N] [--peak-events N]`. Prints a table and writes bench/LATENCY.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from header import commit, header
from sides import BENCH

import featlang
from featlang.backends.connectors.sqlite import DATABASE, binding
from featlang.backends.flink.local import extra_jars, flink_environment
from featlang.backends.kernel.build import compile_java, layer_jar, write_jar
from featlang.backends.kernel.jars import wheel_jars

JVM = "-XX:+UseZGC -Xms8g -Xmx8g -XX:+AlwaysPreTouch"
"""A collector that does not stop the job, and a heap that is there from the start: see docs/running.md for others."""
USERS = 20_000
PARALLELISM = 2
FAST = 7_200
"""How many seconds of event time pass in one of the clock's, for windows to lose what they hold.

A day has passed before what warms a run up is over, of a peak's run too: else the first windows of 24 hours to lose
something do so in what is measured, in code that the JVM never ran before.
"""
INTERVAL_MILLIS = 10_000
WARM_SECONDS = 30
SHARES = (0.5, 0.99, 0.999)
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
ABOUT = f"""\
From the moment when an event is due to enter the source operator until its row has left the stage, whose task writes to
the store too; until a row can be read there, up to a second may pass more, in which rows are gathered. Each kind of run
has half of its own peak. "Hardly any edges": event time is as fast as the clock, else {FAST:,} times as fast.
Refreshes are rows for the store beside those of events, of the whole run. The store's file is in memory.
"""
PROGRAM = """\
source clicks(seq: int, user_id: string, page_id: string, action: string, price: float?, @unit("us") ts: timestamp) {
  time = ts
  order = arrival(seq)
  lateness = 2s
  stream = jsonl("clicks.jsonl")
}

features activity from clicks by user_id over 5m, 1h, 24h to cassandra("activity") {
  newest = last(seq) over 5m
  views  = count()
  total  = sum(price)
  mean   = avg(price)
  most   = max(price)
  clicks = count() where action == "click" over 1h, 24h
  pages  = count_distinct(page_id) over 1h
}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of run: how fast event time passes, whether there is a store, whether checkpoints are taken."""

    about: str
    speed: int = FAST
    store: bool = True
    checkpoints: bool = False


KINDS = (
    Kind("without a store", store=False),
    Kind("SQLite, hardly any edges", speed=1),
    Kind("SQLite, refreshed at edges"),
    Kind(f"SQLite, refreshed at edges, a checkpoint every {INTERVAL_MILLIS // 1000} s", checkpoints=True),
)


@dataclass
class Found:
    """What a run gave, of the events that count: events a second, how many took how many µs; and rows of edges."""

    rate: float
    counts: Counter[int]
    refreshes: int


def run(folder: Path, kind: Kind, rate: float, events: int, first: int) -> Found:
    """Runs the job; the events from `first` on are counted. A rate of 0 is whatever the job takes."""
    out = Path(tempfile.mkdtemp(dir=folder))
    state = {"interval": INTERVAL_MILLIS, "checkpoints": str(out / "checkpoints")}
    conf = {
        "sources": {"clicks": {"kind": "jsonl", "files": [], "options": {}}},
        "out": str(out),
        "features": ["activity"],
        "stores": {"activity": [binding("activity", out)]} if kind.store else {},
        "now": 4_000_000_000_000_000,  # behind all events: none is ahead
        "since": None,
        "until": None,
        "parallelism": PARALLELISM,
        "jars": [str(folder / "bench.jar")],
        "state": state if kind.checkpoints else {},
    }
    (out / "conf.json").write_text(json.dumps(conf), encoding="utf-8")
    script = folder / "build" / "clicks" / "flink_job.py"
    arguments = [str(script), str(rate), str(events), str(first), str(kind.speed)]
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, __file__, "--job", *arguments, "--conf", str(out / "conf.json")],
        env=flink_environment(out, out),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-3000:])
    counts: Counter[int] = Counter()
    for file in (out / "latencies").glob("task-*.txt"):
        for line in file.read_text(encoding="utf-8").splitlines():
            micros, count = line.split()
            counts[int(micros)] += int(count)
    spans = [[int(nanos) for nanos in file.read_text().split()] for file in (out / "latencies").glob("span-*.txt")]
    seconds = (max(last for _, last in spans) - min(begin for begin, _ in spans)) / 1e9
    stored = sum(int(file.read_text()) for file in (out / "stored").glob("*.txt"))
    if kind.store:
        check_store(out / DATABASE, stored, events)
    shutil.rmtree(out)
    return Found(counts.total() / seconds, counts, stored - events if kind.store else 0)


def check_store(database: Path, stored: int, events: int) -> None:
    """That the store has what was sent to it: a row of each user, and no fewer rows came than events."""
    with closing(sqlite3.connect(database)) as connection:
        (users,) = connection.execute("SELECT count(*) FROM activity").fetchone()
    if stored < events or not 0 < users <= USERS:
        raise RuntimeError(f"the store has {users} users, of {stored} rows for {events} events")


def percentiles(counts: Counter[int]) -> list[float]:
    """Milliseconds within which the shares of events are, and the longest."""
    found = sorted(counts)
    sums = list(accumulate(counts[micros] for micros in found))
    at = [next(m for m, reached in zip(found, sums, strict=True) if reached >= share * sums[-1]) for share in SHARES]
    return [micros / 1000 for micros in (*at, found[-1])]


def job(script: str, rate: str, events: str, first: str, speed: str) -> None:
    """Runs the generated script with clicks of ours at its beginning, and nothing behind its stage."""
    from pyflink.datastream import DataStream  # noqa: PLC0415 - of the job's process only
    from pyflink.datastream.connectors import Sink  # noqa: PLC0415
    from pyflink.java_gateway import get_gateway  # noqa: PLC0415

    spec = importlib.util.spec_from_file_location("job", script)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(script)
    generated: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generated)

    def read(env: Any, conf: dict[str, Any], source: str, reader: str, **_: object) -> DataStream:
        first, last = generated.ALL_TIME
        java = get_gateway().jvm
        no_marks = java.org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks()
        numbers = java.org.apache.flink.api.connector.source.lib.NumberSequenceSource(0, int(events) - 1)
        operator = java.featlang.flink.ReadOperator(
            reader, {"kind": "jsonl", "options": {}}, conf["features"], [], conf["now"], first, first, last
        )
        stream = env._j_stream_execution_environment.fromSource(numbers, no_marks, source)  # noqa: SLF001
        paced = stream.setParallelism(1).map(java.featlang.bench.PacedClicks(float(rate), USERS, int(speed)))
        paced = paced.returns(java.featlang.flink.ValueType.RAW_RECORD).setParallelism(1)
        void = java.org.apache.flink.api.common.typeinfo.Types.VOID
        return DataStream(paced.transform(f"read {source}", void, operator).setParallelism(1))

    def discard() -> Sink:
        return Sink(get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink())

    def count(store: Any) -> Sink:
        return Sink(get_gateway().jvm.featlang.bench.Stored(store, str(Path(sys.argv[-1]).parent / "stored")))

    def write(stream: DataStream, conf: dict[str, Any], folder: str, shape: Any, sinks: object) -> Any:
        del sinks
        if folder == "activity":
            column = list(shape.names()).index("newest")
            latencies = get_gateway().jvm.featlang.bench.Latencies(
                str(Path(conf["out"], "latencies")), column, int(first)
            )
            stream = DataStream(stream._j_data_stream.filter(latencies))  # noqa: SLF001
        return stream.sink_to(discard())

    generated.read = read
    generated.write = write
    generated.Sink = count  # of stores alone: `write` is ours
    generated.main()


def build(folder: Path) -> None:
    """Compiles the program and the bench's own Java."""
    (folder / "clicks.feat").write_text(PROGRAM, encoding="utf-8")
    featlang.load(folder).compile(folder / "build")
    class_path = [layer_jar("flink"), layer_jar("kernel"), *wheel_jars("pyflink"), *extra_jars()]
    write_jar(compile_java([BENCH / "java"], class_path), folder / "bench.jar")


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=300, help="of each run (default: %(default)s)")
    arguments.add_argument(
        "--peak-events", type=int, default=4_000_000, help="of each peak; half warm up (default: %(default)s)"
    )
    arguments.add_argument("--no-page", action="store_true", help="print, and leave bench/LATENCY.md alone")
    chosen = arguments.parse_args()
    lines = [
        "| run | peak, events/s | half of it | events | refreshes | p50 ms | p99 | p99.9 | longest |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    os.environ["JVM_ARGS"] = JVM
    commit()  # as it is now, whatever is edited meanwhile
    place = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="featlang-latency-", dir=place) as name:
        folder = Path(name)
        build(folder)
        for kind in KINDS:
            peak = run(folder, kind, 0, chosen.peak_events, chosen.peak_events // 2).rate
            events, warm = int(peak / 2 * (chosen.seconds + WARM_SECONDS)), int(peak / 2 * WARM_SECONDS)
            found = run(folder, kind, peak / 2, events, warm)
            told = " | ".join(f"{ms:,.2f}" for ms in percentiles(found.counts))
            cells = f"{peak:,.0f} | {found.rate:,.0f} | {found.counts.total():,} | {found.refreshes:,} | {told}"
            lines.append(f"| {kind.about} | {cells} |")
            print(lines[-1], flush=True)
    if chosen.no_page:
        return
    settings = (
        f"{chosen.seconds} s a run after {WARM_SECONDS} s of warming up; a peak is of the later half of"
        f" {chosen.peak_events:,} events; `{JVM}`, parallelism {PARALLELISM}, {USERS:,} users"
    )
    page = [*header("Latency in the order of arrival", "bench-latency", settings), ABOUT, *lines, ""]
    (BENCH / "LATENCY.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        script, rate, events, first, speed = sys.argv[2:7]
        sys.argv[1:] = sys.argv[7:]
        job(script, rate, events, first, speed)
    else:
        main()
