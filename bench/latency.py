"""`make bench-latency`: how long an event takes through a job in the order of arrival, at half of what it can take.

An event's latency is from the moment at which it is due to enter the source operator until its row has left the stage:
what waits because the job is busy counts in full. Clicks are made in the job's JVM by bench/java, so that nothing else
is timed; rows end behind the stage. Event time passes 600 times as fast as the clock, so that all windows lose what
they hold: a user has an event every 80 s or so. First the job takes what it can for 20 s, then it is run at half of
that rate: without stores, with one whose values are refreshed at the edges of windows, and with checkpoints besides.
The first 30 s of a run warm it up, and do not count.

`python bench/latency.py [--seconds N] [--peak N]`. Prints a table and writes bench/LATENCY.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from sides import BENCH

import featlang
from featlang.backends.connectors.sqlite import binding
from featlang.backends.flink.local import extra_jars, flink_environment
from featlang.backends.kernel.build import compile_java, layer_jar, write_jar
from featlang.backends.kernel.jars import wheel_jars

JVM = "-XX:+UseZGC -Xms8g -Xmx8g -XX:+AlwaysPreTouch"
"""A collector that does not stop the job, and a heap that is there from the start: see docs/running.md for others."""
USERS = 20_000
PARALLELISM = 2
SPEED = 600
INTERVAL_MILLIS = 10_000
WARM_SECONDS = 30
PEAK_SECONDS = 20
SHARES = (0.5, 0.99, 0.999)
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


RUNS = {
    "without stores": (False, False),
    "with a store, refreshed at edges": (True, False),
    "with a store, and a checkpoint every 10 s": (True, True),
}
"""Whether there is a store, and whether checkpoints are taken."""


@dataclass
class Found:
    """What a run gave: its seconds, how many events took how many µs, rows for the store beside those of events."""

    seconds: float
    counts: Counter[int]
    refreshes: int


def run(folder: Path, rate: float, events: int, first: int, *, edges: bool, checkpoints: bool) -> Found:
    """Runs the job; the events from `first` on are counted."""
    out = Path(tempfile.mkdtemp(dir=folder))
    state = {"interval": INTERVAL_MILLIS, "checkpoints": str(out / "checkpoints")}
    conf = {
        "sources": {"clicks": {"kind": "jsonl", "files": [], "options": {}}},
        "out": str(out),
        "features": ["activity"],
        "stores": {"activity": [binding("activity", out)]} if edges else {},
        "now": 0,
        "since": None,
        "until": None,
        "parallelism": PARALLELISM,
        "jars": [str(folder / "bench.jar")],
        "state": state if checkpoints else {},
    }
    (out / "conf.json").write_text(json.dumps(conf), encoding="utf-8")
    arguments = [str(folder / "build" / "clicks" / "flink_job.py"), str(rate), str(events), str(first)]
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, __file__, "--job", *arguments, "--conf", str(out / "conf.json")],
        env=flink_environment(out, out),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-3000:])
    metrics = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
    seconds = metrics["seconds"]
    counts: Counter[int] = Counter()
    for file in (out / "latencies").iterdir():
        for line in file.read_text(encoding="utf-8").splitlines():
            micros, count = line.split()
            counts[int(micros)] += int(count)
    stored = sum(int(file.read_text()) for file in (out / "stored").glob("*.txt"))
    return Found(sum(seconds.values()) - seconds["start"], counts, stored - events if edges else 0)


def percentiles(counts: Counter[int]) -> list[float]:
    """Milliseconds within which the shares of events are, and the longest."""
    found = sorted(counts)
    sums = list(accumulate(counts[micros] for micros in found))
    at = [next(m for m, reached in zip(found, sums, strict=True) if reached >= share * sums[-1]) for share in SHARES]
    return [micros / 1000 for micros in (*at, found[-1])]


def job(script: str, rate: str, events: str, first: str) -> None:
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
        paced = stream.setParallelism(1).map(java.featlang.bench.PacedClicks(float(rate), USERS, SPEED))
        paced = paced.returns(java.featlang.flink.ValueType.RAW_RECORD).setParallelism(1)
        void = java.org.apache.flink.api.common.typeinfo.Types.VOID
        return DataStream(paced.transform(f"read {source}", void, operator).setParallelism(1))

    def discard() -> Sink:
        return Sink(get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink())

    def count(_: Any) -> Sink:
        return Sink(get_gateway().jvm.featlang.bench.Stored(str(Path(sys.argv[-1]).parent / "stored")))

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
    arguments.add_argument("--peak", type=float, default=0, help="events a second; measured if it is not given")
    chosen = arguments.parse_args()
    lines = [
        "| run | events/s | events | refreshes | p50 ms | p99 | p99.9 | longest |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    os.environ["JVM_ARGS"] = JVM
    with tempfile.TemporaryDirectory(prefix="featlang-latency-") as name:
        folder = Path(name)
        build(folder)
        peak = chosen.peak
        if not peak:
            trial = 2_000_000
            first = run(folder, 0, trial, 0, edges=False, checkpoints=False)
            events = int(trial / first.seconds * PEAK_SECONDS)
            peak = events / run(folder, 0, events, 0, edges=False, checkpoints=False).seconds
            print(f"peak: {peak:,.0f} events/s", flush=True)
        for what, (edges, checkpoints) in RUNS.items():
            events, warm = int(peak / 2 * chosen.seconds), int(peak / 2 * WARM_SECONDS)
            found = run(folder, peak / 2, events, warm, edges=edges, checkpoints=checkpoints)
            told = " | ".join(f"{ms:,.2f}" for ms in percentiles(found.counts))
            lines.append(f"| {what} | {peak / 2:,.0f} | {found.counts.total():,} | {found.refreshes:,} | {told} |")
            print(lines[-1], flush=True)
    head = "# Latency in the order of arrival\n\nWritten by `make bench-latency`: half of a measured peak of "
    how = f"{peak:,.0f} events/s, {chosen.seconds} s a run, `{JVM}`, parallelism {PARALLELISM}, {USERS:,} users.\n\n"
    (BENCH / "LATENCY.md").write_text(head + how + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        script, rate, events, first = sys.argv[2:6]
        sys.argv[1:] = sys.argv[6:]
        job(script, rate, events, first)
    else:
        main()
