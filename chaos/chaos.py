"""Kills runs of a Flink job at random moments and compares what comes out with an undisturbed run, bit by bit.

`python -m chaos.chaos [--kills N] [--results FILE]`. Each kill has a seed, which chooses the job, the state backend,
the parallelism and the moment. Half of the kills fail a task, while it reads, applies, writes to a store or is saved,
and Flink restarts it by itself; half kill the whole process (SIGKILL), and a new one goes on from its last retained
checkpoint. A third of them come twice, the second time while the job restarts. What is left is read up to a savepoint,
whose states are compared by their bytes, and from there to the end. Results are kept by seed: started again, it goes on
with the seeds that are missing, or from the beginning where the runtime's jar or the comparison is another one; of
others before the tally is kept. Ends with 1 if any result differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.outcomes import COMPARED, COMPARISON, Outcome, differs, states_of
from chaos.subjects import NOW, RECORDS, Subject
from featlang.backends.flink.local import flink_environment
from featlang.backends.kernel.build import runtime_jar
from tests.flink.mini_cluster import Built, MiniCluster, build, mini_cluster, write_conf

FIRST_SEED = 1_000
"""Smaller ones are of kills that nothing else than rows, stored rows and counts was compared of."""
MEMORIES = (None, 0, 500_000)
"""Of a task, in bytes: the usual, enough for all keys; for one key alone; for some, so that keys come and go."""
INTERVAL_MILLIS = 150
LONGEST_SECONDS = 2.0
"""Within which a process is killed after its first checkpoint; where it was done before, half of that is tried."""
SHORTEST_SECONDS = 0.001
NAMES = ("plain", "mixed")
ORDERS = ("time", "arrival")
BACKENDS = ("heap", "rocksdb")
KINDS = ("task", "process")
PLACES = {
    "source row": RECORDS // 2,
    "source snapshot": 5,
    "store write": RECORDS // 4,
    "store flush": 5,
    "visits row": RECORDS // 4,
    "numbers row": RECORDS // 4,
    "numbers snapshot": 5,
    "pages snapshot": 5,
    "_rejects/clicks row": RECORDS // 100,
}
"""Where a task fails, and at which moments there; before how many of them, at most."""
FAILING = Path(__file__).parents[1] / "tests" / "flink" / "failing_job.py"


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
    def subject(self) -> Subject:
        """The job."""
        return Subject(NAMES[self.seed // 8 % 2], ORDERS[self.seed // 4 % 2])

    @property
    def again(self) -> bool:
        """Whether a second kill comes while the job restarts."""
        return self.seed % 3 == 0

    def dice(self) -> random.Random:
        """For the rest."""
        return random.Random(self.seed)  # noqa: S311 - moments, not secrets


class Trials:
    """The jobs, their undisturbed outcomes, and runs that are killed."""

    def __init__(self, cluster: MiniCluster, folder: Path) -> None:
        """All is built and written below `folder`."""
        self.cluster = cluster
        self.folder = folder
        self.jobs: dict[Subject, Built] = {}
        self.undisturbed: dict[Subject, Outcome] = {}

    def run(self, kill: Kill) -> dict[str, Any]:
        """Runs the job with the kill; gives what differs, and what was done."""
        self._prepare(kill.subject)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"kill-{kill.seed}-") as name:
            folder = Path(name)
            did = self._fail_task(kill, folder) if kill.kind == "task" else self._kill_process(kill, folder)
            found = self._finish(kill.subject, folder, {"backend": kill.backend, "restore": did.pop("restore")})
        differences = found.differences(self.undisturbed[kill.subject])
        return {
            "kind": kill.kind,
            "again": kill.again,
            "backend": kill.backend,
            "job": kill.subject.name,
            "order": kill.subject.order,
            **did,
            **differences,
        }

    def _prepare(self, subject: Subject) -> None:
        """Builds the job and runs it undisturbed, the first time that it is asked for."""
        if subject in self.jobs:
            return
        folder = self.folder / f"{subject.name}-{subject.order}"
        self.jobs[subject] = build(subject.job(), folder)
        self._file(subject).write_text("".join(f"{line}\n" for line in subject.records()), encoding="utf-8")
        self.undisturbed[subject] = self._finish(subject, folder / "undisturbed", {})

    def _file(self, subject: Subject) -> Path:
        return self.folder / f"{subject.name}.jsonl"

    def _finish(self, subject: Subject, folder: Path, state: Mapping[str, object]) -> Outcome:
        """Goes on up to a savepoint behind all records, then to the end; gives what all runs in the folder left."""
        saves = {**state, "savepoint": str(folder / "savepoints")}
        saved = self._conf(subject, folder / "out-8", 2, saves)
        _succeed(self.cluster.start(self.jobs[subject], saved))
        savepoint = _savepoint(folder / "out-8")
        states = states_of(savepoint, subject, self.jobs[subject], self.cluster.test_jar)
        ends = self._conf(subject, folder / "out-9", 2, {**state, "restore": savepoint})
        _succeed(self.cluster.start(self.jobs[subject], ends))
        return Outcome.of(subject, _outs(folder), folder / "online.sqlite", states)

    def _conf(
        self, subject: Subject, out: Path, parallelism: int, state: Mapping[str, object], jars: Sequence[str] = ()
    ) -> Path:
        sources = {"clicks": {"kind": "jsonl", "files": [str(self._file(subject))], "options": {}}}
        settings = {
            "stores": subject.stores(out.parent),
            "parallelism": parallelism,
            "jars": list(jars),
            "state": state,
            "now": NOW,
        }
        return write_conf(out, sources, list(subject.emits), settings)

    def _fail_task(self, kill: Kill, folder: Path) -> dict[str, Any]:
        """Throws in a task, on the way to a savepoint at three quarters of the records."""
        dice = kill.dice()
        where = dice.choice(sorted(PLACES))
        parallelism = dice.choice((1, 2, 4))
        after = dice.randrange(PLACES[where])
        memory = dice.choice(MEMORIES)
        state = {"backend": kill.backend, "interval": INTERVAL_MILLIS, "memory": memory}
        state |= {"savepoint": str(folder / "savepoints"), "stop_after": RECORDS * 3 // 4}
        marker, out = folder / "failed", folder / "out-0"
        while True:
            conf = self._conf(kill.subject, out, parallelism, state, [str(self.cluster.test_jar)])
            job = [
                sys.executable,
                str(FAILING),
                str(self.jobs[kill.subject].script),
                str(marker),
                *where.rsplit(" ", 1),
            ]
            done = subprocess.run(  # noqa: S603 - our own program
                [*job, str(after), "again" if kill.again else "once", "--conf", str(conf)],
                env=self.cluster.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            in_savepoint = done.returncode and "the failure that the test wants" in done.stderr
            if not in_savepoint:  # which ends the job
                _succeed(done)
            if marker.exists() and not in_savepoint:
                moment = {"place": where, "parallelism": [parallelism], "after": after, "memory": memory}
                return {**moment, "restore": _savepoint(out)}
            if not after:
                raise SystemExit(f"seed {kill.seed}: nothing fails at {where}")
            _remove(folder)
            after //= 2

    def _kill_process(self, kill: Kill, folder: Path) -> dict[str, Any]:
        """Kills Flink with all its processes, then goes on from the last checkpoint, at any parallelism."""
        dice = kill.dice()
        parallelism = [dice.choice((1, 2, 4)) for _ in range(2)]
        wait = dice.uniform(0, LONGEST_SECONDS)
        saving = dice.random() < 0.5  # noqa: PLR2004 - as often as not
        share = dice.uniform(0.3, 1.2)
        state = {"backend": kill.backend, "interval": INTERVAL_MILLIS, "checkpoints": str(folder / "checkpoints")}
        state["memory"] = dice.choice(MEMORIES)
        job = self.jobs[kill.subject]
        while True:
            conf = self._conf(kill.subject, folder / "out-0", parallelism[0], state)
            started = _kill_after_checkpoint(job, conf, folder, wait, saving=saving)
            killed = started > 0
            if killed and kill.again:
                killed = self._kill_again(kill, folder, parallelism[1], state, started * share)
            if killed:
                break
            if wait < SHORTEST_SECONDS:
                raise SystemExit(f"seed {kill.seed}: the job is done before it is killed")
            _remove(folder)
            wait, share = wait / 2, share / 2
        last = _last_checkpoint(folder / "checkpoints")
        did = {"parallelism": parallelism, "memory": state["memory"], "saving": saving, "after_seconds": round(wait, 3)}
        if kill.again:
            did["again_after_seconds"] = round(started * share, 3)
        return {**did, "checkpoint": last.name, "restore": last.as_uri()}

    def _kill_again(
        self, kill: Kill, folder: Path, parallelism: int, state: Mapping[str, object], seconds: float
    ) -> bool:
        """Goes on from the last checkpoint for so long; whether it was not done by then."""
        restored = {**state, "restore": _last_checkpoint(folder / "checkpoints").as_uri()}
        conf = self._conf(kill.subject, folder / "out-1", parallelism, restored)
        process = _start(self.jobs[kill.subject], conf, folder)
        time.sleep(seconds)
        return _kill(process)


def _start(job: Built, conf: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(job.script), "--conf", str(conf)],
        env=flink_environment(folder, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> bool:
    """Kills a process with its children; whether it was not done yet."""
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return alive


def _kill_after_checkpoint(job: Built, conf: Path, folder: Path, wait: float, *, saving: bool) -> float:
    """Kills so long after the first checkpoint; with `saving`, during the next one from then on.

    Gives the seconds until that first checkpoint; 0 if the job was done before it was killed.
    """
    begin = time.monotonic()
    process = _start(job, conf, folder)
    checkpoints = folder / "checkpoints"
    while process.poll() is None and not any(checkpoints.glob("*/chk-*/_metadata")):
        time.sleep(0.01)
    started = time.monotonic() - begin
    time.sleep(wait)
    while saving and process.poll() is None and not _is_saving(checkpoints):
        time.sleep(0.001)
    return started if _kill(process) else 0.0


def _is_saving(checkpoints: Path) -> bool:
    return any(not (begun / "_metadata").exists() for begun in checkpoints.glob("*/chk-*"))


def _last_checkpoint(folder: Path) -> Path:
    """The newest complete one."""
    return max((m.parent for m in folder.glob("*/chk-*/_metadata")), key=lambda path: int(path.name.split("-")[1]))


def _savepoint(out: Path) -> str:
    return str(json.loads((out / "_metrics.json").read_text(encoding="utf-8"))["savepoint"])


def _outs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("out-*") if path.is_dir())


def _succeed(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def _remove(folder: Path) -> None:
    """Clears what a run left that was done before it could be killed."""
    for place in (*_outs(folder), folder / "checkpoints", folder / "savepoints"):
        shutil.rmtree(place, ignore_errors=True)
    for file in (*folder.glob("online.sqlite*"), *folder.glob("failed*")):
        file.unlink()


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kills", type=int, default=40)
    arguments.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.json"))
    chosen = arguments.parse_args()
    before = json.loads(chosen.results.read_text(encoding="utf-8")) if chosen.results.exists() else {}
    found, earlier = kept(before, runtime_jar().name)
    missing = [Kill(seed) for seed in range(FIRST_SEED, FIRST_SEED + chosen.kills) if str(seed) not in found]
    with tempfile.TemporaryDirectory(prefix="featlang-chaos-") as name, mini_cluster(Path(name)) as cluster:
        trials = Trials(cluster, Path(name))
        for kill in missing:
            found[str(kill.seed)] = trials.run(kill)
            print(kill.seed, json.dumps(found[str(kill.seed)]), flush=True)
            write(chosen.results, found, earlier)
    wrong = [seed for seed, result in found.items() if differs(result)]
    print(f"{len(found)} kills, {len(wrong)} with a difference: {', '.join(wrong) or 'none'}")
    sys.exit(1 if wrong else 0)


UNSAID: dict[str, Any] = {"comparison": 0, "compared": ["lost", "doubled", "stored", "counts"]}
"""Of results that do not say it."""
EARLIER = ("runtime", "comparison", "compared", "records", "tally")
"""What is kept of the results of an earlier runtime or comparison."""


def kept(before: Mapping[str, Any], runtime: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What written results go on with: the kills, if of this runtime and comparison, and what is kept of others."""
    earlier = list(before.get("earlier", []))
    if not before:
        return {}, earlier
    of = {**UNSAID, **before}
    if (of["runtime"], of["comparison"]) == (runtime, COMPARISON):
        return dict(of["kills"]), earlier
    return {}, [*earlier, {name: of[name] for name in EARLIER}]


def write(path: Path, found: Mapping[str, Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]]) -> None:
    """Writes all results, with their tally."""
    tally: dict[str, dict[str, int]] = {}
    for result in found.values():
        what = ", ".join(str(result[name]) for name in ("kind", "backend", "job", "order"))
        of = tally.setdefault(what, {"kills": 0, "twice": 0, "differing": 0})
        of["kills"] += 1
        of["twice"] += result["again"]
        of["differing"] += differs(result)
    content = {
        "runtime": runtime_jar().name,
        "comparison": COMPARISON,
        "compared": COMPARED,
        "records": RECORDS,
        "tally": dict(sorted(tally.items())),
        "kills": {seed: found[seed] for seed in sorted(found, key=int)},
        "earlier": earlier,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
