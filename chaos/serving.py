"""Breaks the serving path while a job goes on, and compares what comes of it with batch, bit by bit.

`python -m chaos.serving [--runs N] [--events N] [--results FILE]`. A broker, a Cassandra node and a Flink session
cluster are started once. In each run clicks, with damaged, repeated and late ones among them, go through a topic and
a job into topics and Cassandra, while each of `FAULTS` happens, in an order and at moments that the run's seed chooses.
Results are kept by seed: started again, it goes on with the seeds that are missing, or from the beginning where the
runtime's jar is another one. Ends with 1 if any result differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from featlang.backends.kernel.build import runtime_jar
from services import addresses, running
from services.server import Server
from tests.services.pipeline import Pipeline, clicks, feat_program

PORTS = {"kafka": 19192, "cassandra": 19142, "flink": 18181}
FAULTS = ("worker", "broker", "store", "worker", "savepoint", "worker", "broker")
"""What is killed (-9) and started again; and a stop with a savepoint, from which the next job goes on."""
STORE_AWAY = 60.0
LONGEST_WAIT = 5.0
"""In seconds: so long the store is away; so long after messages were sent a fault may wait."""
USERS = 20_000
LONG = 3_600.0
EVERY = 5.0
"""In seconds: so long all may take; so often it is asked whether all is done."""


class Faults:
    """A pipeline, its servers, and what may befall them."""

    def __init__(self, shop: Pipeline, servers: Mapping[str, list[Server]]) -> None:
        """Of a pipeline whose job runs."""
        self.shop = shop
        _, self._worker = servers["flink"]
        (self._broker,) = servers["kafka"]
        (self._store,) = servers["cassandra"]

    def happen(self, fault: str) -> None:
        """Until all is there again; the job may need longer."""
        match fault:
            case "worker":
                self._worker.kill()
                self._worker.start()
            case "broker":
                self._broker.kill()
                self._broker.start()
            case "store":
                self._store.kill()
                time.sleep(STORE_AWAY)  # no condition is awaited: how long it is away is what is tried
                self._store.start()
            case _:
                self.shop.submit("--restore", self.shop.stop())


def run(seed: int, events: int, folder: Path, servers: Mapping[str, list[Server]]) -> dict[str, Any]:
    """One run; gives what was done and what is wrong of it."""
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    order = dice.sample(FAULTS, len(FAULTS))
    places = addresses(PORTS)
    shop = Pipeline(folder / f"run{seed}", f"run{seed}", **places, feat=feat_program)
    shop.prepare()
    shop.submit()
    faults = Faults(shop, servers)
    given = clicks(events, users=USERS, damaged=events // 100, seed=seed)
    kinds: Counter[str] = Counter()
    began, happened, restarts = time.monotonic(), [], 0
    for fault in order:
        kinds += shop.send(islice(given, events // (len(FAULTS) + 1)))
        time.sleep(dice.uniform(0, LONGEST_WAIT))
        happened.append(f"{fault} at {time.monotonic() - began:.0f} s")
        print(f"run {seed}: {happened[-1]}", flush=True)
        before = shop.status()["restarts"]
        faults.happen(fault)
        shop.await_checkpoint()
        restarts += shop.status()["restarts"] - (before if fault != "savepoint" else 0)
    kinds += shop.send(given)
    counts = shop.await_all(kinds.total(), LONG, EVERY)
    seconds = time.monotonic() - began
    shop.stop()
    problems = [*_miscounts(counts, kinds), *shop.problems()]
    return {
        "faults": happened,
        "restarts": restarts,
        "messages": kinds.total(),
        **{kind: kinds[kind] for kind in ("damaged", "repeated", "late", "ahead")},
        "seconds": round(seconds),
        "problems": problems,
    }


def _miscounts(counts: Mapping[str, int], kinds: Mapping[str, int]) -> list[str]:
    """In what the job's counts differ from what was sent."""
    refused = {"rejected": kinds["damaged"] + kinds["repeated"], "late": kinds["late"], "quarantined": kinds["ahead"]}
    return [f"{name}: {counts[name]}, sent were {sent}" for name, sent in refused.items() if counts[name] != sent]


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--results", type=Path, default=Path(__file__).with_name("SERVING.json"))
    chosen = options.parse_args()
    before = json.loads(chosen.results.read_text(encoding="utf-8")) if chosen.results.exists() else {}
    found = before["runs"] if before.get("runtime") == runtime_jar().name else {}
    missing = [seed for seed in range(chosen.runs) if str(seed) not in found]
    folder = Path(tempfile.mkdtemp(prefix="featlang-chaos-"))
    with running(folder, PORTS) as servers:
        for seed in missing:
            found[str(seed)] = run(seed, chosen.events, folder, servers)
            print(seed, json.dumps(found[str(seed)]), flush=True)
            content = {"runtime": runtime_jar().name, "runs": found}
            chosen.results.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    wrong = [seed for seed, result in found.items() if result["problems"]]
    print(f"{len(found)} runs, {len(wrong)} with a difference: {', '.join(wrong) or 'none'}")
    if wrong:
        print(f"what the servers and jobs wrote is in {folder}")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
