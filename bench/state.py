"""`make bench-state`: the memory of runs, the size of state, checkpoints of over 1 GB, one key of 20 M events.

`python bench/state.py [--scale S] [--only memory,checkpoints,key] [--no-page]`. `--scale 0.1` takes a tenth of the
events. Prints tables and writes bench/STATE.md where everything was asked for. Exits 1 where the state that should be
1 GB is smaller, by the files of the heap's checkpoint; RocksDB compresses its own.

Memory is the most that the engine's JVM had at a time (VmHWM). A checkpoint takes from the making of its folder until
its metadata are there; its bytes are those of its files, and of the shared ones that RocksDB's name.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from header import commit, header
from scaling import ACTIVITY, Point, program
from sides import BENCH

WORK = BENCH / "out" / "state"
WINDOWS = "5m, 1h, 24h"
ABOUT = """\
Clicks by user, money over 5m, 1h and 24h, distinct pages over 1h; rows not written. A JVM takes what its heap allows
before it collects, so what counts is that the larger run ends in the same heap, and in one that would not hold its
events. The files of RocksDB's checkpoints are compressed, those of the heap's are not: both are of the same state.
"""


def stream(name: str, flags: str) -> Path:
    """The stream of the flags of bench/clicks.py; made if it is not there."""
    file = BENCH / "data" / name
    if not file.is_file():
        file.parent.mkdir(exist_ok=True)
        print(f"writing {name}", flush=True)
        part = file.with_name(f"{name}.part")
        command = [sys.executable, str(BENCH / "clicks.py"), str(part), *flags.split()]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        part.replace(file)
    return file


def run(
    engine: str, place: dict[str, str], state: dict[str, str], heap: str, look: Callable[[], None]
) -> dict[str, Any]:
    """Runs the work without rows, looking at it meanwhile; gives its report with `memory`, the JVM's most in MiB."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "clicks.feat").write_text(program(Point("", "", WINDOWS, ACTIVITY)), encoding="utf-8")
    local = {"bind": {"clicks": place}, **({"state": state} if state else {})}
    (WORK / "feat.yaml").write_text(json.dumps({"environments": {"local": local}}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("feat")), "run", "--on", engine, "--project", str(WORK), "--no-rows"]
    # Spark's JVM gets its heap on its command line, over which only the last of these goes.
    variables = os.environ | {"JVM_ARGS": f"-XX:+UseParallelGC -Xmx{heap}", "_JAVA_OPTIONS": f"-Xmx{heap}"}
    log = WORK / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)  # noqa: S603 - our own
        memory = 0
        while process.poll() is None:
            memory = max([memory, *(_most_memory(child) for child in _below(process.pid))])
            look()
            time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(log.read_text(encoding="utf-8")[-3000:])
    report: dict[str, Any] = json.loads((WORK / "out" / engine / "run.json").read_text(encoding="utf-8"))
    report["memory"] = memory // 1024
    return report


def _below(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [*children, *(other for child in children for other in _below(child))]


def _most_memory(process: int) -> int:
    """KiB, where it is a JVM."""
    try:
        if "java" not in Path(f"/proc/{process}/comm").read_text():
            return 0
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


class Checkpoints:
    """Watches a folder of checkpoints: of each that is complete, seconds and bytes."""

    def __init__(self, folder: Path) -> None:
        """Of a job that is about to run."""
        self.folder = folder
        self.found: dict[str, tuple[float, int]] = {}

    def look(self) -> None:
        """Takes up those that have been completed since."""
        for metadata in self.folder.glob("*/chk-*/_metadata"):
            if metadata.parent.name not in self.found:
                born = subprocess.run(  # noqa: S603
                    ["stat", "--format=%W.%w", str(metadata.parent)],  # noqa: S607 - Python does not tell
                    capture_output=True,
                    text=True,
                    check=False,
                ).stdout
                fraction = float("0." + born.split(".")[2].split()[0]) if born.count(".") > 1 else 0.0
                files = [*metadata.parent.iterdir(), *(metadata.parents[1] / "shared").iterdir()]
                size = sum(file.stat().st_size for file in files)
                took = metadata.stat().st_mtime - int(born.split(".")[0]) - fraction
                self.found[metadata.parent.name] = took, size


Table = list[list[str]]
"""The titles, then the cells of each row."""
MEMORY, HEADS, TILES = "JVM's memory, MiB", "bytes of heads a key", "tiles a key"
RATE = "events/s, warming up included"
GIGABYTE = 1_000_000_000
SMALL = "640m"
"""About the least with which Spark starts."""


def memory_rows(scale: float) -> Table:
    """The work that rates are told for, on both engines."""
    events = int(2_000_000 * scale)
    table = [["run", "events", RATE, MEMORY, HEADS, TILES]]
    for engine in ("flink", "spark"):
        kind = "jsonl" if engine == "flink" else "parquet"
        flags = f"--events {events}" + (" --format parquet --accepted" if engine == "spark" else "")
        file = stream(f"clicks-{events}{'-accepted' if engine == 'spark' else ''}.{kind}", flags)
        role = "stream" if engine == "flink" else "history"
        report = run(engine, {role: f'{kind}("{file}")'}, {}, "2g", lambda: None)
        table.append([f"{engine}, heap 2g", f"{events:,}", _rate(report, events), _memory(report), *_sizes(report)])
        print(*table[-1], sep=" | ", flush=True)
    return table


def checkpoint_rows(scale: float) -> Table:
    """Millions of keys, whose state is over 1 GB: a user comes for one session of some five events."""
    users, events = int(54_000_000 * scale), int(18_000_000 * scale)
    flags = f"--events {events} --users {users} --uniform --ends 0.2 --days 1"
    file = stream(f"keys-{users}-{events}.jsonl", flags)
    table = [
        ["backend, heap", "keys", RATE, MEMORY, HEADS, TILES, "largest checkpoint, bytes", "bytes a key", "seconds"]
    ]
    for backend, heap in (("heap", "12g"), ("rocksdb", "4g")):
        folder = WORK / "checkpoints"
        watch = Checkpoints(folder)
        state = {"backend": backend, "interval": "5s", "checkpoints": str(folder)}
        report = run("flink", {"stream": f'jsonl("{file}")'}, state, heap, watch.look)
        (sizes,) = report["state"].values()
        took, size = max(watch.found.values(), key=lambda each: each[1])
        cells = [f"{backend}, {heap}", f"{sizes['keys']:,}", _rate(report, events), _memory(report), *_sizes(report)]
        table.append([*cells, f"{size:,}", f"{size / sizes['keys']:,.0f}", f"{took:.1f}"])
        print(*table[-1], sep=" | ", flush=True)
        if scale >= 1 and backend == "heap" and size < GIGABYTE:
            sys.exit("this should have been at least 1 GB")
    return table


def key_rows(scale: float) -> Table:
    """All events of one key, on Spark, in a heap that does not hold them: the memory must not grow with them."""
    table = [["run", "events of the key", RATE, MEMORY, "bytes of JVM's memory an event"]]
    for events in (int(2_000_000 * scale), int(20_000_000 * scale)):
        flags = f"--events {events} --hot 1.0 --format parquet --accepted"
        file = stream(f"one-key-{events}.parquet", flags)
        report = run("spark", {"history": f'parquet("{file}")'}, {}, SMALL, lambda: None)
        each = report["memory"] * 2**20 / events
        table.append([f"spark, heap {SMALL}", f"{events:,}", _rate(report, events), _memory(report), f"{each:,.0f}"])
        print(*table[-1], sep=" | ", flush=True)
    return table


def _rate(report: dict[str, Any], events: int) -> str:
    return f"{events / sum(report['seconds'][phase] for phase in ('read', 'compute', 'write')):,.0f}"


def _memory(report: dict[str, Any]) -> str:
    return f"{report['memory']:,}"


def _sizes(report: dict[str, Any]) -> tuple[str, str]:
    """Of the one stage, where the engine keeps state."""
    for sizes in report.get("state", {}).values():
        return f"{sizes['head_bytes'] / sizes['keys']:,.0f}", f"{sizes['tiles'] / sizes['keys']:.1f}"
    return "-", "-"


def markdown(table: Table) -> list[str]:
    """The table as Markdown."""
    titles, *rows = table
    rule = ["---", *("--:" for _ in titles[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows)]


ROWS = {"memory": memory_rows, "checkpoints": checkpoint_rows, "key": key_rows}
TITLES = {
    "memory": "The work that rates are told for",
    "checkpoints": "Millions of keys, over 1 GB of state",
    "key": "One key",
}


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--only", default=",".join(ROWS), help="of %(default)s")
    arguments.add_argument("--no-page", action="store_true", help="print, and leave bench/STATE.md alone")
    chosen = arguments.parse_args()
    only = chosen.only.split(",")
    if unknown := set(only) - set(ROWS):
        arguments.error(f"no {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    commit()  # as it is now, whatever is edited meanwhile
    text = [line for name in only for line in (f"## {TITLES[name]}", "", *markdown(ROWS[name](chosen.scale)), "")]
    if set(only) == set(ROWS) and chosen.scale == 1 and not chosen.no_page:
        page = [*header("Memory and state", "bench-state"), ABOUT, *text]
        (BENCH / "STATE.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
