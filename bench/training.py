"""`make bench-training`: a training set with three lookups, ours on Spark and the peers in turns; bench/TRAINING.md.

`python bench/training.py [--spine N] [--events N] [--runs N] [--parts N]`. Values are checked: every one equal to ours.
The range join looks at every pair of a key, so it runs on a prefix in time: one of so many `--parts` of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq
from header import commit, header
from sides import BENCH, HEAP, jvm_variables
from training_data import KEYS, write

from featlang.request import PARALLELISM

OUT = BENCH / "out" / "training"
ABOUT = """\
Each request gets the number of events, their sum and the newest, of its user, of its item and of its device, up to its
time: what a hand-written as-of join can give too. Input and output are Parquet. What is timed: reading, computing every
row and writing it, once the engine is up (ours: `read`, `compute` and `write` of run.json). The whole process has
starting, compiling and stopping too; its processor seconds depend least on what else the machine does. A ratio is of
rates, on the same rows.

* Ours is `feat run --on spark` of `bench/training/`.
* The as-of join by hand is, for each key, one union of requests and events, one shuffle and sort, and one window that
  grows.
* The range join looks at every pair, so its work grows with the square of the time: it runs on a prefix, and
  once. The ratio is to ours on the same prefix, of which the start of both is a part.
* DuckDB has no heap to limit and uses what memory it wants.

Values: every one of every row equal to ours.
"""
Run = dict[str, float]


@dataclass(frozen=True)
class Side:
    """One thing that is measured. `script` and `variant` name a peer; ours has none. `prefix`: on that alone."""

    name: str
    about: str
    script: str = ""
    variant: str = ""
    prefix: bool = False


OURS = Side("ours", "ours on Spark")
ON_PREFIX = Side("ours_prefix", "ours on Spark, prefix", prefix=True)
SIDES = (
    OURS,
    Side("spark_asof", "Spark, as-of join by hand", "training_spark", "asof"),
    Side("duckdb_asof", "DuckDB, ASOF join of running features", "training_duckdb"),
    ON_PREFIX,
    Side("spark_range_join", "Spark, range join, prefix", "training_spark", "range_join", prefix=True),
)


def data(spine: int, events: int, share: float) -> Path:
    """The folder of both files, written if they are not there."""
    folder = BENCH / "data" / f"training-{spine}-{events}-{share:g}"
    if not folder.is_dir():
        print(f"writing {folder.name}", flush=True)
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(part, spine, events, share=share)
        part.replace(folder)
    return folder


def run(side: Side, folder: Path, out: Path) -> Run:
    """One run into `out`, which is emptied before: `seconds` of work, of the whole process `total` and `processor`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = _peer(side, folder, out) if side.script else _ours(folder, out)
    started, used = time.monotonic(), _processor_seconds()
    done = subprocess.run(  # noqa: S603 - our own
        command, env=jvm_variables(), capture_output=True, text=True, check=False
    )
    whole = {"total": time.monotonic() - started, "processor": _processor_seconds() - used}
    if done.returncode:
        raise RuntimeError(f"{side.name} failed ({done.returncode}):\n{(done.stderr + done.stdout)[-3000:]}")
    if side.script:
        return {"seconds": json.loads(done.stdout.strip().splitlines()[-1])["seconds"], **whole}
    report = json.loads((out / "rows" / "run.json").read_text(encoding="utf-8"))
    return {"seconds": sum(report["seconds"][phase] for phase in ("read", "compute", "write")), **whole}


def _processor_seconds() -> float:
    """Of all processes that ended, and that this one started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ours(folder: Path, out: Path) -> list[str]:
    """`feat run` in a copy of the project whose sources are bound to the data."""
    project = out / "project"
    shutil.copytree(BENCH / "training", project)
    bound = {name: {"history": f'parquet("{folder / name}.parquet")'} for name in ("events", "requests")}
    text = json.dumps({"environments": {"local": {"bind": bound}}})  # JSON is YAML
    (project / "feat.yaml").write_text(text, encoding="utf-8")
    feat = Path(sys.executable).with_name("feat")
    return [str(feat), "run", "training", "--on", "spark", "--project", str(project), "--out", str(out / "rows")]


def _peer(side: Side, folder: Path, out: Path) -> list[str]:
    script = BENCH / "peers" / f"{side.script}.py"
    variant = ["--variant", side.variant] if side.variant else []
    parallelism = ["--parallelism", str(PARALLELISM)]
    return [sys.executable, str(script), str(folder), "--out", str(out / "rows"), *parallelism, *variant]


def rows_of(side: Side, out: Path) -> pa.Table:
    """What a run wrote, by request."""
    folder = out / "rows" if side.script else out / "rows" / "training"
    features = [f"{key}_{feature}" for key in KEYS for feature in ("events", "total", "newest")]
    rows = pa.concat_tables(pq.read_table(file) for file in sorted(folder.rglob("*.parquet")))
    return rows.select(["request_id", "ts", *features]).sort_by("request_id")


def differing(ours: pa.Table, theirs: pa.Table) -> tuple[int, int]:
    """How many values were compared, and how many differ; a row that one side lacks counts with all its values."""
    values = len(ours.column_names) - 1
    lacking = abs(len(ours) - len(theirs))
    compared = values * max(len(ours), len(theirs))
    if lacking or not ours["request_id"].equals(theirs["request_id"]):
        return compared, values * max(lacking, 1)
    differ = 0
    for name in ours.column_names:
        mine, other = (side[name].cast(pa.int64()).to_pandas(integer_object_nulls=True) for side in (ours, theirs))
        differ += int(((mine != other) & ~(mine.isna() & other.isna())).sum())
    return compared, differ


def measured(spine: int, events: int, runs: int, parts: int) -> tuple[dict[str, list[Run]], dict[str, tuple[int, int]]]:
    """All runs by side, in turns, and of each peer how many values were compared and differ."""
    found: dict[str, list[Run]] = {side.name: [] for side in SIDES}
    checks: dict[str, tuple[int, int]] = {}
    for turn in range(runs):
        for side in SIDES:
            if turn and side.variant == "range_join":
                continue
            print(f"{side.name}, run {turn + 1} of {runs} …", end=" ", flush=True)
            folder = data(spine, events, 1 / parts if side.prefix else 1)
            found[side.name].append(run(side, folder, OUT / side.name))
            if side.script and not turn:
                ours = ON_PREFIX if side.prefix else OURS
                checks[side.name] = differing(rows_of(ours, OUT / ours.name), rows_of(side, OUT / side.name))
            print(f"{found[side.name][-1]['seconds']:.1f} s {checks.get(side.name, '')}", flush=True)
    return found, checks


def table(
    found: dict[str, list[Run]], checks: dict[str, tuple[int, int]], sizes: dict[bool, tuple[int, int]]
) -> list[str]:
    """Markdown: rates, and how many times as fast ours is."""
    titles = "side | requests | events | seconds (runs) | rows/s | whole process, s | processor, s | ours ÷ it"
    lines = [f"| {titles} | values compared, differing |", "|---|--:|--:|---|--:|--:|--:|--:|---|"]
    rates = {side.name: sizes[side.prefix][0] / median(each["seconds"] for each in found[side.name]) for side in SIDES}
    for side in SIDES:
        requests, events = sizes[side.prefix]
        seconds = [each["seconds"] for each in found[side.name]]
        rate = rates[side.name]
        ratio = f"{rates[(ON_PREFIX if side.prefix else OURS).name] / rate:.2f}" if side.script else "-"
        told = "{:,}, {}".format(*checks[side.name]) if side.script else "-"
        cells = [side.about, f"{requests:,}", f"{events:,}"]
        whole = [f"{median(each[what] for each in found[side.name]):.1f}" for what in ("total", "processor")]
        cells += [f"{median(seconds):.1f} ({', '.join(f'{each:.1f}' for each in seconds)})", f"{rate:,.0f}"]
        cells += [*whole, ratio, told]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(lines: list[str], runs: int) -> str:
    """bench/TRAINING.md."""
    keys = ", ".join(f"{count:,} {key}s" for key, count in KEYS.items())
    in_turn = "1 run" if runs == 1 else f"{runs} runs in turn, the median"
    settings = (
        f"`bench/training_data.py`: {keys}, Zipf-distributed; parallelism {PARALLELISM}, heap {HEAP} for each JVM, the"
        f" parallel collector; {in_turn}"
    )
    return "\n".join([*header("Training sets", "bench-training", settings), ABOUT, *lines, ""])


def main() -> None:
    """The command line. Exits 1 where a value differs."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--spine", type=int, default=2_000_000)
    arguments.add_argument("--events", type=int, default=10_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--parts", type=int, default=40)
    arguments.add_argument("--no-page", action="store_true", help="print, and leave bench/TRAINING.md alone")
    chosen = arguments.parse_args()
    commit()  # as it is now, whatever is edited meanwhile
    found, checks = measured(chosen.spine, chosen.events, chosen.runs, chosen.parts)
    sizes = {}
    for prefix in (False, True):
        folder = data(chosen.spine, chosen.events, 1 / chosen.parts if prefix else 1)
        requests, events = (pq.read_metadata(folder / f"{name}.parquet").num_rows for name in ("requests", "events"))
        sizes[prefix] = (requests, events)
    lines = table(found, checks, sizes)
    print("\n".join(lines))
    if not chosen.no_page:
        (BENCH / "TRAINING.md").write_text(page(lines, chosen.runs), encoding="utf-8")
    sys.exit(any(differ for _, differ in checks.values()))


if __name__ == "__main__":
    main()
