"""`make bench-serving`: a topic, a job on the session cluster, a topic and Cassandra, with the real servers here.

`python bench/serving.py [--events N] [--seconds S]`. N clicks, with damaged and repeated messages between them, are
read and written; what comes of them is compared with batch. Then, at half of that rate and in the order of arrival, how
long it takes from a message until its row can be read; then how long reading takes, beside the bare driver. Prints
tables and writes bench/SERVING.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from random import Random
from typing import Any

from cassandra.concurrent import execute_concurrent_with_args
from confluent_kafka import Producer
from header import commit, header
from sides import BENCH

import featlang
from featlang.backends.connectors.cassandra.cluster import connected
from featlang.backends.flink.session_cluster import SessionCluster
from featlang.settings import Cassandra
from services import addresses, running
from tests.services.pipeline import Pipeline, clicks, feat_program
from tests.services.topics import Topics

WORK = BENCH / "out" / "serving"
PORTS = {"kafka": 19092, "cassandra": 19042, "flink": 18081}
LONG = 1_800.0
EVERY = 5.0
"""In seconds: so long the million may take; so often it is asked whether all is done."""

TAPS = """
source taps(user_id: string, seq: int, amount: float, ts: timestamp) {
  time      = ts
  order     = arrival(seq)
  max_ahead = 1h
  stream    = kafka("taps.taps")
}

features activity from taps by user_id over 5m, 1h, 24h to cassandra("taps.activity") {
  taps   = count()
  amount = sum(amount)
  newest = max(seq) over forever(ttl=30d)
}
"""
USERS = 2_000
PROBES = 50
"""Of so many messages one is looked for."""


def whole(places: dict[str, str], events: int) -> tuple[list[list[str]], float]:
    """Read and write so many, and compare; gives rows of a table, and the rate (messages a second)."""
    shop = Pipeline(WORK / "shop", "shop", **places, feat=feat_program)
    shop.prepare()
    kinds = shop.send(clicks(events, users=20_000, damaged=events // 100))
    messages = kinds.total()
    print(f"{messages:,} messages are in the topic: {dict(kinds)}", flush=True)
    shop.submit()
    began = time.monotonic()
    counts = shop.await_all(messages, LONG, EVERY)
    took = time.monotonic() - began
    print(f"{took:.0f} s: {counts}", flush=True)
    shares = busy(places["flink"])
    shop.stop()
    problems = shop.problems()
    print(
        "\n".join(problems) or "equal to batch: the topic's rows, refused records, every row of Cassandra", flush=True
    )
    if problems:
        raise SystemExit(1)
    rate = messages / took
    return [["messages read", f"{messages:,}"], ["a second", f"{rate:,.0f}"], *shares], rate


def busy(flink: str) -> list[list[str]]:
    """What part of their time the tasks of each operator had something to do, and waited for others."""
    cluster = SessionCluster(f"http://{flink}")
    (job,) = [each for each in cluster.get("/jobs/overview")["jobs"] if each["state"] == "RUNNING"]
    found = []
    for vertex in cluster.get(f"/jobs/{job['jid']}")["vertices"]:
        times = {
            kind: float(vertex["metrics"][f"accumulated-{kind}-time"]) for kind in ("busy", "backpressured", "idle")
        }
        total = sum(times.values()) or 1
        name = vertex["name"].replace("|", "/")
        found.append(
            [f"busy: {name}", f"{times['busy'] / total:.0%} (waits for others: {times['backpressured'] / total:.0%})"]
        )
    return found


def latency(places: dict[str, str], rate: float, seconds: int) -> list[list[str]]:
    """How long it takes from sending a message until its row can be read, at so many a second."""
    folder = WORK / "taps"
    folder.mkdir()
    (folder / "taps.feat").write_text(TAPS, encoding="utf-8")
    environment = {
        "kafka": {"servers": places["kafka"]},
        "cassandra": {"hosts": [places["cassandra"]]},
        "flink": {"address": f"http://{places['flink']}"},
        "state": {"interval": "10s", "checkpoints": str(folder / "checkpoints")},
    }
    (folder / "feat.yaml").write_text(json.dumps({"environments": {"cluster": environment}}), encoding="utf-8")
    Topics(places["kafka"]).make(
        {"taps.taps": 2, **{f"taps.taps.{kind}": 1 for kind in ("rejects", "late", "quarantine")}}
    )
    place = ("--project", folder, "--env", "cluster")
    for command in (("apply-ddl", "--create-keyspace", 1), ("run", "--on", "flink", "--detach", "--no-rows")):
        done = feat_program(command[0], *place, *command[1:])
        if done.code:
            raise SystemExit(done.text)
    with connected(Cassandra(hosts=[places["cassandra"]])) as session:
        query = session.prepare("SELECT newest FROM taps.activity WHERE user_id = ?")
        found = send(
            places["kafka"], rate, seconds, lambda user: next(iter(session.execute(query, (user,)).one() or ()), None)
        )
    feat_program("stop", *place)
    return [["messages a second", f"{rate:,.0f}"], ["looked for", f"{len(found):,}"], *quantiles(found)]


def send(kafka: str, rate: float, seconds: int, newest: Callable[[str], int | None]) -> list[float]:
    """Send at a rate; gives how long each probe took until it was read, in ms. What the first one takes warms up."""
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 0})
    dice = Random(3)  # noqa: S311 - dice, not secrets
    found, waiting = [], None
    began, number, ends = time.perf_counter(), 0, None
    while (now := time.perf_counter()) < (ends or began + LONG):
        while number < (now - began) * rate:
            number += 1
            probe = waiting is None and number % PROBES == 0
            user = f"probe{number % 10}" if probe else f"u{dice.randrange(USERS)}"
            moment = datetime.now(timezone.utc).isoformat()
            tap = {"user_id": user, "seq": number, "amount": 1.5, "ts": moment}
            producer.produce("taps.taps", json.dumps(tap).encode(), user.encode())
            if probe:
                producer.poll(0)
                waiting = (user, number, time.perf_counter())
                break
        producer.poll(0)
        if waiting is None:
            time.sleep(0.0002)
            continue
        user, sequence, since = waiting
        if (newest(user) or 0) >= sequence:
            if ends is None:
                ends = time.perf_counter() + seconds
            else:
                found.append((time.perf_counter() - since) * 1000)
            waiting = None
    producer.flush(60)
    return found


def online(places: dict[str, str]) -> list[list[str]]:
    """How long reading one key and a hundred takes, with `featlang.online` and with the driver alone."""
    dice = Random(4)  # noqa: S311 - dice, not secrets
    table = []
    with (
        featlang.online("cluster", WORK / "shop") as store,
        connected(Cassandra(hosts=[places["cassandra"]])) as session,
    ):
        query = session.prepare("SELECT * FROM shop.engagement WHERE user_id = ?")
        for keys, times in ((1, 2_000), (100, 200)):
            asked = [[f"u{dice.randrange(20_000)}" for _ in range(keys)] for _ in range(times)]
            ours = timed(asked, lambda users: store.get_many("engagement", [{"user_id": user} for user in users]))
            bare = timed(
                asked,
                lambda users: execute_concurrent_with_args(
                    session, query, [(user,) for user in users], concurrency=100
                ),
            )
            for name, took in (("featlang.online", ours), ("the driver alone", bare)):
                table.append([f"{name}, {keys} key{'s' if keys > 1 else ''}", *(value for _, value in quantiles(took))])
    return table


def timed(asked: Sequence[list[str]], read: Callable[[list[str]], Any]) -> list[float]:
    """How long each took, in ms; the first tenth warms up."""
    took = []
    for users in asked:
        began = time.perf_counter()
        read(users)
        took.append((time.perf_counter() - began) * 1000)
    return took[len(took) // 10 :]


def quantiles(found: Sequence[float]) -> list[list[str]]:
    """p50 and p99, in ms."""
    cuts = statistics.quantiles(found, n=100)
    return [["p50, ms", f"{cuts[49]:.2f}"], ["p99, ms", f"{cuts[98]:.2f}"]]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As Markdown."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Run all of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--seconds", type=int, default=60)
    given = options.parse_args()
    commit()  # as it is now, whatever is edited meanwhile
    shutil.rmtree(WORK, ignore_errors=True)
    places = addresses(PORTS)
    with running(WORK / "servers", PORTS):
        through, rate = whole(places, given.events)
        reading = online(places)
        delays = latency(places, rate / 2, given.seconds)
    top = header(
        "Serving", "bench-serving", "Kafka, Cassandra and Flink on the same cores as the job, sender and reader"
    )
    text = (
        "\n".join(top)
        + f"""
## A topic → Flink → a topic and Cassandra

{given.events:,} clicks of 20,000 users, and for each hundred of them a damaged and a repeated message; checkpoints
every 2 s, rows exactly once. Afterwards each row of the topic, each refused record and each row of Cassandra (at its
`as_of`) was compared with batch on Spark: equal.

{table(["what", "seen"], through)}
## From a message until its row can be read

In the order of arrival, at half of that rate, with a reader that asks for one key at a time.

{table(["what", "seen"], delays)}
## Reading

{table(["what", "p50, ms", "p99, ms"], reading)}"""
    )
    (BENCH / "SERVING.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
