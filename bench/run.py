"""`make bench`: ours and the peers on one stream, in turns, three times each; values checked, bench/RESULTS.md written.

`python bench/run.py [--events N] [--only NAME,…] [--runs N] [--fresh]`. A run that is in `bench/out/` for the same
commit, events and heap is not made again, unless `--fresh`: an interrupted benchmark goes on where it was. Results are
written only where every side was asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from compare import compare
from sides import BENCH, HEAP, LONGER_PREFIX, OURS, PEERS, PREFIX, Side, exists, rows_of, run

from featlang.backends.kernel.java_home import find_java
from featlang.request import PARALLELISM

sys.path.insert(0, str(BENCH / "peers"))
from common import FEATURES

OUT = BENCH / "out"
ABOUT = """\
What is timed: reading the input, computing every row, and writing it as Parquet, once the engine is up (ours: `read`,
`compute` and `write` of run.json). The whole process has starting, compiling and stopping too. What reads JSON lines
takes out late events itself, but for Flink's own jobs, which decide what is late by the moment of a watermark: they,
and what reads Parquet, are given the accepted events, as a history holds them.

Peers have windows (t - w, t]. Ours do the same work with `exact(w)`, and less with the default, sliding windows. A
ratio is of rates, against ours on the same input and as many events: Spark's against ours on Spark, all others against
ours on Flink. A peer that needs over 10 minutes runs on a prefix, whose 24 hours are not full: that favours the peer.
A short run favours the peer as well, because a JVM has hardly compiled our kernel by then; so the ratio to ours on all
events stands beside it in parentheses.

Values: counts and maxima equal, sums and means within 1e-9 of the greater of 1 and the value, against ours of exact
windows on Flink. Peers whose rows see all events of their time are compared in the last of them.
"""
Runs = dict[str, list[dict[str, float]]]
Check = dict[str, int]


def stream(events: int, whole: int, form: str) -> Path:
    """The file of the first events of the stream of `whole` events; made if it is not there."""
    folder = BENCH / "data"
    folder.mkdir(exist_ok=True)
    written_as = "parquet" if form == "parquet" else "jsonl"
    which = "" if form == "jsonl" else "-accepted"
    limit = [] if events == whole else ["--first", str(events)]
    file = folder / f"clicks-{whole}{''.join(limit)}{which}.{written_as}"
    if not file.is_file():
        print(f"writing {file.name}", flush=True)
        flags = ["--format", written_as, *(["--accepted"] if which else []), *limit]
        part = file.with_name(f"{file.name}.part")
        command = [sys.executable, str(BENCH / "clicks.py"), str(part), "--events", str(whole), *flags]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        part.replace(file)
    return file


def events_of(side: Side, whole: int) -> int:
    """How many events a side is run on."""
    return min(side.prefix or whole, whole)


def measured(sides: list[Side], whole: int, runs: int, commit: str, *, fresh: bool) -> tuple[Runs, dict[str, Check]]:
    """All runs by key, `NAME@EVENTS`, in turns; and what comparing the rows of each side gave."""
    found: Runs = {}
    checks: dict[str, Check] = {}
    jobs = [(side, events_of(side, whole)) for side in sides]
    for prefix in sorted({events for _, events in jobs} - {whole}):  # ours, to compare with what ran on a prefix
        kinds = {(_engine(side), side.rows) for side, events in jobs if events == prefix}
        jobs += [(ours, prefix) for ours in OURS if ours.name == "flink_exact" or (ours.engine, ours.rows) in kinds]
    jobs.sort(key=lambda job: job[0] not in OURS)
    for turn in range(runs):
        for side, events in jobs:
            key = f"{side.name}@{events}"
            state = OUT / f"{commit}-{whole}-{HEAP}-{key}-{turn}.json"
            folder = OUT / "rows" / f"{whole}-{key}"
            if fresh or not state.is_file():
                print(f"{key}, run {turn + 1} of {runs} …", end=" ", flush=True)
                result: dict[str, Any] = run(side, stream(events, whole, side.reads), folder, PARALLELISM)
                if turn == 0 and side.compared:
                    ours = OUT / "rows" / f"{whole}-flink_exact@{events}"
                    if side.name != "flink_exact" and ours.is_dir():
                        result["check"] = compare(rows_of(OURS[0], ours), rows_of(side, folder))
                state.write_text(json.dumps(result), encoding="utf-8")
                print(f"{result['seconds']:.1f} s {result.get('check', '')}", flush=True)
            result = json.loads(state.read_text(encoding="utf-8"))
            found.setdefault(key, []).append(result)
            if "check" in result:
                checks[key] = result["check"]
    return found, checks


def table(sides: list[Side], found: Runs, checks: dict[str, Check], whole: int, *, rows: bool) -> list[str]:
    """Markdown: rates, and how many times as fast ours is on the same events, the same reading and the same writing."""
    titles = (
        "side",
        "events",
        "seconds (runs)",
        "events/s",
        "whole process, s",
        "ours exact ÷ it",
        "ours default ÷ it",
    )
    lines = [f"| {' | '.join(titles)} | values compared, differing |", "|---|--:|---|--:|--:|--:|--:|---|"]
    for side in sides:
        if side.rows != rows and side.name != "spark_floor":
            continue
        events = events_of(side, whole)
        runs = found[f"{side.name}@{events}"]
        rate = _rate(runs, events)
        engine = _engine(side)
        suffix = "" if rows else "_no_rows"
        ratios = [
            _ratio(found, f"{name}{suffix}", rate, dict.fromkeys((events, whole)))
            for name in (f"{engine}_exact", engine)
        ]
        check = checks.get(f"{side.name}@{events}")
        told = f"{check['values']:,}, {check['differ']}" if check else "-"
        if check and check["missing"]:
            told += f" ({check['missing']} rows missing)"
        seconds = ", ".join(f"{one['seconds']:.1f}" for one in runs)
        total = median(one["total"] for one in runs)
        cells = [side.about, f"{events:,}", f"{median(one['seconds'] for one in runs):.1f} ({seconds})", f"{rate:,.0f}"]
        lines.append(f"| {' | '.join([*cells, f'{total:.1f}', *ratios, told])} |")
    return lines


def _ratio(found: Runs, name: str, rate: float, sizes: Iterable[int]) -> str:
    """Of our rate on the same events; in parentheses, where a peer ran on a prefix, of that on all of them."""
    ratios = [f"{_rate(found[f'{name}@{size}'], size) / rate:.2f}" for size in sizes if f"{name}@{size}" in found]
    return ratios[0] + (f" ({ratios[1]})" if ratios[1:] else "") if ratios else "-"


def _engine(side: Side) -> str:
    """Of ours, with which it is compared."""
    return side.engine or ("spark" if side.reads == "parquet" else "flink")


def _rate(runs: list[dict[str, float]], events: int) -> float:
    return events / median(one["seconds"] for one in runs)


def machine() -> list[str]:
    """What it was measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    packages = ("apache-flink", "pyspark", "duckdb", "polars", "msgspec", "pyarrow")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    java = find_java()
    told = subprocess.run(  # noqa: S603 - the Java that is found
        [java.executable, "-version"], capture_output=True, text=True, check=False
    ).stderr
    versions = ", ".join(f"{package} {_version(package)}" for package in packages)
    return [
        f"* {model[1] if model else 'a processor'}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}",
        f"* Python {platform.python_version()}, {told.splitlines()[0]}, {versions}",
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def results(lines: list[str], lines_without: list[str], whole: int, runs: int, commit: str) -> str:
    """The page."""
    today = datetime.now(timezone.utc).date()
    return "\n".join(
        [
            "# Benchmark",
            "",
            f"Written by `make bench` on {today}, commit {commit}.",
            "",
            *machine(),
            f"* {whole:,} events of `bench/clicks.py`, {len(FEATURES)} features; parallelism {PARALLELISM},",
            f"  heap {HEAP} for each JVM, the parallel collector, object reuse; {runs} runs in turn, the median.",
            "",
            ABOUT,
            f"The prefixes are the first {PREFIX:,} and {LONGER_PREFIX:,} events.",
            "",
            "## Rows written",
            "",
            *lines,
            "",
            "## Rows computed, not written",
            "",
            *lines_without,
            "",
        ]
    )


def main() -> None:
    """The command line. Exits 1 where a value differs."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--only", default="", help="names of sides, with commas; ours of exact windows run always")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--fresh", action="store_true")
    chosen = arguments.parse_args()
    names = set(chosen.only.split(",")) - {""}
    if unknown := names - {side.name for side in (*OURS, *PEERS)}:
        arguments.error(f"no side {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in (*OURS, *PEERS))}")
    sides = [side for side in (*OURS, *PEERS) if exists(side)]
    if names:
        sides = [side for side in sides if side.name in names or side.name in ("flink_exact", "spark_exact")]
    of_commit = commit()
    OUT.mkdir(exist_ok=True)
    found, checks = measured(sides, chosen.events, chosen.runs, of_commit, fresh=chosen.fresh)
    lines = table(sides, found, checks, chosen.events, rows=True)
    lines_without = table(sides, found, checks, chosen.events, rows=False)
    print("\n".join([*lines, "", *lines_without]))
    if not names:
        page = results(lines, lines_without, chosen.events, chosen.runs, of_commit)
        (BENCH / "RESULTS.md").write_text(page, encoding="utf-8")
    sys.exit(any(check["differ"] or check["missing"] for check in checks.values()))


def commit() -> str:
    """The commit, with a mark of its own for each state of the files in which they differ from it."""
    others = ["--", ".", ":(exclude)bench/RESULTS.md", ":(exclude)bench/TRAINING.md"]
    head = _git("rev-parse", "--short=12", "HEAD").strip().decode() or "none"
    changes = _git("diff", "HEAD", *others)
    for name in _git("ls-files", "--others", "--exclude-standard", *others).decode().splitlines():
        changes += name.encode() + (BENCH.parent / name).read_bytes()
    return head + (f"+{hashlib.sha256(changes).hexdigest()[:8]}" if changes else "")


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(BENCH.parent), *arguments]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - fixed commands


if __name__ == "__main__":
    main()
