"""Kills runs of a Flink job at random moments and compares what comes out with an undisturbed run, bit by bit.

`python -m chaos.chaos [--kills N] [--results FILE]`. Each kill has a seed, which chooses the order of the source, the
state backend, the parallelism and the moment. Half of the kills fail a task, which Flink restarts by itself; half kill
the whole process (SIGKILL), and a new one goes on from its last retained checkpoint. Results are kept by seed: started
again, it goes on with the seeds that are missing, or from the beginning where the runtime's jar is another one. Ends
with 1 if any result differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.backends.flink.local import flink_environment
from featlang.backends.kernel.build import runtime_jar
from featlang.compiler import ir
from featlang.compiler.plan import plan
from featlang.stdlib.aggregates import AGGREGATES
from tests.flink import slow
from tests.flink.mini_cluster import Built, MiniCluster, build, mini_cluster, write_conf
from tests.reference.build import aggregate, aggregate_value, constant, of, operation, value_of
from tests.spark import clicks

RECORDS = 120_000
USERS = 4_000
MEMORIES = (None, 0, 500_000)
"""Of a task, in bytes: the usual, enough for all keys; for one key alone; for some, so that keys come and go."""
INTERVAL_MILLIS = 150
LONGEST_SECONDS = 2.0
"""Within which a process is killed after its first checkpoint; where it was done before, half of that is tried."""
EMITS = {"visits": "every", "people": "every", "pages": "every", "numbers": "change"}
"""The blocks, and when each of them writes its online store."""
ORDERS = ("time", "arrival")
BACKENDS = ("heap", "rocksdb")
KINDS = ("task", "process")
BITS = (pa.timestamp("us", tz="UTC"), pa.float64())
"""Of what is compared as bits."""
FAILING = Path(__file__).parents[1] / "tests" / "flink" / "failing_job.py"


def program() -> ir.Program:
    """That of the tests, and every aggregate over each kind of window."""
    tested = clicks.program()
    minute, day = clicks.MINUTE, 24 * 60 * clicks.MINUTE
    windows = (ir.Sliding(width=minute, step=minute // 60), ir.Exact(width=minute), ir.Forever(ttl=day))
    number, bot = of("id", "int"), of("bot", "bool")
    third = operation("divide", operation("to_float", number, kind="float"), constant(3.0, "float"), kind="float")
    aggregates = [
        aggregate(name, next(i for i in (third, number, bot) if i.type in declared.takes[0]), window)
        for name, declared in AGGREGATES.items()
        for window in windows
    ]
    values = tuple(value_of(f"v{i}", aggregate_value(each, i)) for i, each in enumerate(aggregates))
    (visits,) = (block for block in tested.features if block.name == "visits")
    numbers = visits.model_copy(update={"name": "numbers", "aggregates": tuple(aggregates), "values": values})
    return tested.model_copy(update={"features": (*tested.features, numbers)})


@dataclass(frozen=True)
class Kill:
    """What a seed chooses."""

    seed: int

    @property
    def kind(self) -> str:
        """What is killed."""
        return KINDS[self.seed % 2]

    @property
    def backend(self) -> str:
        """Of the state; they alternate."""
        return BACKENDS[self.seed // 2 % 2]

    @property
    def order(self) -> str:
        """Of the source."""
        return ORDERS[self.seed // 4 % 2]

    def dice(self) -> random.Random:
        """For the rest."""
        return random.Random(self.seed)  # noqa: S311 - moments, not secrets


@dataclass
class Outcome:
    """What runs left behind, in a form that can be compared."""

    rows: dict[str, Counter[tuple[object, ...]]]
    stored: dict[str, list[dict[str, Any]]]
    counted: dict[str, Any]

    @classmethod
    def of(cls, outs: Sequence[Path], store: Path) -> Outcome:
        """Of runs that went on one from another: all rows, the stores, what the last one counted."""
        folders = (*EMITS, "_late/clicks", "_rejects/clicks", "_quarantine/clicks")
        metrics = json.loads((outs[-1] / "_metrics.json").read_text(encoding="utf-8"))
        sizes = {name: n for name, n in metrics["counters"].items() if not name.endswith("head_bytes")}
        # When a refresh happens follows the machine's clock, and with it how often `_written` was counted on.
        stored = {
            name: [{c: v for c, v in row.items() if c != "_written"} for row in read_table(store, name)]
            for name in EMITS
        }
        return cls(
            {folder: sum((_rows(out / folder) for out in outs), Counter()) for folder in folders},
            stored,
            {"sources": metrics["sources"], "groups": metrics["groups"], "counters": sizes},
        )

    def differences(self, other: Outcome) -> dict[str, int]:
        """How many rows are lost and doubled (or new), stored values and counts differ from those of another."""
        lost = sum((other.rows[folder] - self.rows[folder]).total() for folder in other.rows)
        new = sum((self.rows[folder] - other.rows[folder]).total() for folder in other.rows)
        stored = sum(a != b for name in EMITS for a, b in zip(self.stored[name], other.stored[name], strict=False))
        stored += sum(abs(len(self.stored[name]) - len(other.stored[name])) for name in EMITS)
        counts = sum(self.counted[name] != other.counted[name] for name in other.counted)
        return {"lost": lost, "doubled": new, "stored": stored, "counts": counts}


def _rows(folder: Path) -> Counter[tuple[object, ...]]:
    """The rows of the files that are complete; floats as their bits."""
    if not any(folder.glob("*.parquet")):
        return Counter()
    table = pq.read_table(folder)
    columns = [
        (column.combine_chunks().view("int64") if column.type in BITS else column).to_pylist()
        for column in table.columns
    ]
    return Counter(zip(*columns, strict=True))


def records(count: int) -> list[str]:
    """A stream of many users, of which some records are late, rejected or out of sequence."""
    dice = random.Random(0)  # noqa: S311 - data, not secrets
    lines = slow.shuffled(clicks.stream(count, seed=0), every=70)
    users = [f'"user":"u{int(dice.paretovariate(0.3)) % USERS}"' for _ in lines]
    return [line.replace('"user":"a"', user) for line, user in zip(lines, users, strict=True)]


class Trials:
    """The jobs, their undisturbed outcomes, and runs that are killed."""

    def __init__(self, cluster: MiniCluster, folder: Path) -> None:
        """All is built and written below `folder`."""
        self.cluster = cluster
        self.folder = folder
        self.file = folder / "clicks.jsonl"
        self.file.write_text("".join(f"{line}\n" for line in records(RECORDS)), encoding="utf-8")
        self.jobs = {order: self._build(order) for order in ORDERS}
        self.undisturbed = {order: self._undisturbed(order) for order in ORDERS}

    def run(self, kill: Kill) -> dict[str, Any]:
        """Runs the job with the kill; gives what differs, and what was done."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"kill-{kill.seed}-") as name:
            folder = Path(name)
            did = self._fail_task(kill, folder) if kill.kind == "task" else self._kill_process(kill, folder)
            outs = sorted(path for path in folder.glob("out-*") if path.is_dir())
            differences = Outcome.of(outs, folder / "online.sqlite").differences(self.undisturbed[kill.order])
        return {"kind": kill.kind, "backend": kill.backend, "order": kill.order, **did, **differences}

    def _build(self, order: str) -> Built:
        compared = program() if order == "time" else slow.by_arrival(program())
        (job,) = plan(compared).jobs
        return build(job, self.folder / order)

    def _undisturbed(self, order: str) -> Outcome:
        out = self.folder / f"undisturbed-{order}" / "out-0"
        conf = self._conf(out, 2, {})
        _succeed(self.cluster.start(self.jobs[order], conf))
        return Outcome.of([out], out.parent / "online.sqlite")

    def _conf(self, out: Path, parallelism: int, state: Mapping[str, object], jars: Sequence[str] = ()) -> Path:
        sources = {"clicks": {"kind": "jsonl", "files": [str(self.file)], "options": {}}}
        settings = {
            "stores": {block: [binding(block, out.parent, emit)] for block, emit in EMITS.items()},
            "parallelism": parallelism,
            "jars": list(jars),
            "state": state,
        }
        return write_conf(out, sources, list(EMITS), settings)

    def _fail_task(self, kill: Kill, folder: Path) -> dict[str, Any]:
        """Throws in front of a sink: in the tasks of a stage, or in that of the source."""
        dice = kill.dice()
        place = dice.choice((*EMITS, "_rejects/clicks"))
        parallelism = dice.choice((1, 2, 4))
        after = dice.randrange(RECORDS // (4 if place != "_rejects/clicks" else 100))
        state = {"backend": kill.backend, "interval": INTERVAL_MILLIS, "memory": dice.choice(MEMORIES)}
        marker = folder / "failed"
        while True:
            out = folder / "out-0"
            conf = self._conf(out, parallelism, state, [str(self.cluster.test_jar)])
            command = [sys.executable, str(FAILING), str(self.jobs[kill.order].script), str(marker), place]
            _succeed(
                subprocess.run(  # noqa: S603 - our own program
                    [*command, str(after), "--conf", str(conf)],
                    env=self.cluster.environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            )
            if marker.exists():
                return {"place": place, "parallelism": [parallelism], "after_rows": after, "memory": state["memory"]}
            _remove(out, folder)
            after //= 2

    def _kill_process(self, kill: Kill, folder: Path) -> dict[str, Any]:
        """Kills Flink with all its processes, then goes on from the last checkpoint, at any parallelism."""
        dice = kill.dice()
        parallelism = [dice.choice((1, 2, 4)) for _ in range(2)]
        wait = dice.uniform(0, LONGEST_SECONDS)
        state = {"backend": kill.backend, "interval": INTERVAL_MILLIS, "checkpoints": str(folder / "checkpoints")}
        state["memory"] = dice.choice(MEMORIES)
        while True:
            conf = self._conf(folder / "out-0", parallelism[0], state)
            if self._killed(self.jobs[kill.order], conf, folder, wait):
                break
            _remove(folder / "out-0", folder)
            wait /= 2
        last = _last_checkpoint(folder / "checkpoints")
        conf = self._conf(folder / "out-1", parallelism[1], {**state, "restore": last.as_uri()})
        _succeed(self.cluster.start(self.jobs[kill.order], conf))
        moment = {"after_seconds": round(wait, 3), "checkpoint": last.name}
        return {"parallelism": parallelism, "memory": state["memory"], **moment}

    def _killed(self, job: Built, conf: Path, folder: Path, wait: float) -> bool:
        """Whether the process was killed before it was done."""
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", str(job.script), "--conf", str(conf)],
            env=flink_environment(folder, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while process.poll() is None and not any((folder / "checkpoints").glob("*/chk-*/_metadata")):
            time.sleep(0.01)
        time.sleep(wait)
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return alive


def _last_checkpoint(folder: Path) -> Path:
    """The newest complete one."""
    return max((m.parent for m in folder.glob("*/chk-*/_metadata")), key=lambda path: int(path.name.split("-")[1]))


def _succeed(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def _remove(out: Path, folder: Path) -> None:
    """Clears what a run left that was done before it could be killed."""
    for place in (out, folder / "checkpoints"):
        subprocess.run(["rm", "-rf", str(place)], check=True)  # noqa: S603, S607
    for file in folder.glob("online.sqlite*"):
        file.unlink()


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kills", type=int, default=40)
    arguments.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.json"))
    chosen = arguments.parse_args()
    before = json.loads(chosen.results.read_text(encoding="utf-8")) if chosen.results.exists() else {}
    found = before["kills"] if before.get("runtime") == runtime_jar().name else {}
    missing = [Kill(seed) for seed in range(chosen.kills) if str(seed) not in found]
    with tempfile.TemporaryDirectory(prefix="featlang-chaos-") as name, mini_cluster(Path(name)) as cluster:
        trials = Trials(cluster, Path(name))
        for kill in missing:
            found[str(kill.seed)] = trials.run(kill)
            print(kill.seed, json.dumps(found[str(kill.seed)]), flush=True)
            _write(chosen.results, found)
    wrong = [seed for seed, result in found.items() if _differs(result)]
    print(f"{len(found)} kills, {len(wrong)} with a difference: {', '.join(wrong) or 'none'}")
    sys.exit(1 if wrong else 0)


def _differs(result: Mapping[str, Any]) -> bool:
    return any(result[what] for what in ("lost", "doubled", "stored", "counts"))


def _write(path: Path, found: Mapping[str, Mapping[str, Any]]) -> None:
    tally: dict[str, dict[str, int]] = {}
    for result in found.values():
        of = tally.setdefault(f"{result['kind']}, {result['backend']}, {result['order']}", {"kills": 0, "differing": 0})
        of["kills"] += 1
        of["differing"] += _differs(result)
    ordered = {seed: found[seed] for seed in sorted(found, key=int)}
    content = {
        "runtime": runtime_jar().name,
        "records": RECORDS,
        "tally": dict(sorted(tally.items())),
        "kills": ordered,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
