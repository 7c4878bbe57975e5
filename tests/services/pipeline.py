"""The serving path: a topic of clicks, a job on the session cluster, topics and tables; and what batch says of them.

Events are made by a seed: out of order, late, repeated, damaged. Behind them comes one that is later in each partition,
so that no other waits for the watermark when all are read.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import featlang
from featlang.backends.connectors import cassandra
from featlang.backends.connectors.cassandra.cluster import connected, rows
from featlang.settings import Cassandra
from tests.cli.conftest import Feat, Result
from tests.services.awaiting import WAIT, until
from tests.services.topics import Topics

PARTITIONS = 3
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
LAST = "last"
"""The user of the events that let go all others."""
AHEAD = "2300-01-01T00:00:00Z"
"""A time that is too far ahead, whenever its message is read."""
CANARY = "canary-4f1b"
"""In what is secret; these servers let everybody in."""

PROGRAM = """
@dedup(event_id, within=10m)
source clicks(event_id: string, user_id: string, page: string, dwell: float?, ts: timestamp) {{
  time      = ts
  ties      = [event_id]
  lateness  = 5s
  max_ahead = 1h
{idleness}  stream    = kafka("{prefix}.clicks")
}}

features engagement from clicks by user_id over 5m, 1h, 24h
  to cassandra("{prefix}.engagement", emit=1s), kafka("{prefix}.engagement", delivery="exactly_once")
{{
  clicks = count()
  pages  = count_distinct(page) over 1h
  dwell  = sum(dwell)
}}
"""
SETTINGS = """
environments:
  cluster:
    kafka: {{servers: "{kafka}", properties: {{sasl.jaas.config: {{file: "{secret}"}}}}}}
    cassandra: {{hosts: ["{cassandra}"], user: feat, password: {{file: "{secret}"}}}}
    flink: {{address: "http://{flink}"}}
    state: {{interval: 2s, checkpoints: {checkpoints}}}
  batch:
    kafka: {{servers: "{kafka}"}}
"""


Click = tuple[str, int, bytes]
"""The kind of a message, its partition, its bytes."""


def clicks(count: int, *, users: int, damaged: int, seed: int = 1) -> Iterator[Click]:
    """So many clicks, late ones among them; and besides repeated ones, some far ahead, and so many damaged ones."""
    dice = random.Random(seed)
    every = count // damaged if damaged else count + 1
    for number in range(count):
        late = number > 100 and dice.random() < 0.005
        moment = START + timedelta(milliseconds=20 * number + dice.randint(-1500, 1500) - (60_000 if late else 0))
        user = int(dice.paretovariate(0.7)) % users
        made = {
            "event_id": f"e{number}",
            "user_id": f"u{user}",
            "page": f"p{dice.randint(0, 200)}",
            "dwell": round(dice.random() * 100, 2) if dice.random() < 0.9 else None,
            "ts": moment.isoformat(),
        }
        text = json.dumps(made).encode()
        partition = user % PARTITIONS
        yield "late" if late else "click", partition, text
        if dice.random() < 0.01 and not late:
            yield "repeated", partition, text
        if dice.random() < 0.001:
            yield "ahead", partition, json.dumps(made | {"event_id": f"ahead{number}", "ts": AHEAD}).encode()
        if number % every == every - 1:
            yield "damaged", partition, text[: dice.randint(0, len(text) - 1)]
    for partition in range(PARTITIONS):
        yield LAST, partition, click(f"last{partition}", LAST, START + timedelta(milliseconds=20 * count, seconds=10))


def click(event: str, user: str, moment: datetime) -> bytes:
    """One message."""
    plain = {"event_id": event, "user_id": user, "page": "p", "dwell": None, "ts": moment.isoformat()}
    return json.dumps(plain).encode()


@dataclass(frozen=True)
class Pipeline:
    """A project in a folder, whose names of topics and of the keyspace begin with `prefix`; the servers' addresses.

    With an `idleness`, a partition is not awaited that is silent for so long.
    """

    folder: Path
    prefix: str
    kafka: str
    cassandra: str
    flink: str
    feat: Feat
    idleness: str = ""

    def prepare(self) -> None:
        """Write the project; make topics and tables."""
        self.folder.mkdir(parents=True)
        idleness = f"  idleness  = {self.idleness}\n" if self.idleness else ""
        program = PROGRAM.format(prefix=self.prefix, idleness=idleness)
        (self.folder / "clicks.feat").write_text(program, encoding="utf-8")
        places = {"kafka": self.kafka, "cassandra": self.cassandra, "flink": self.flink}
        self._secret.write_text(f"{CANARY} required;\n", encoding="utf-8")
        settings = SETTINGS.format(checkpoints=self.folder / "checkpoints", secret=self._secret, **places)
        (self.folder / "feat.yaml").write_text(settings, encoding="utf-8")
        names = {f"{self.prefix}.clicks": PARTITIONS, f"{self.prefix}.engagement": 2}
        names |= {f"{self.prefix}.clicks.{kind}": 1 for kind in ("rejects", "late", "quarantine")}
        Topics(self.kafka).make(names)
        self.run("apply-ddl", "--env", "cluster", "--create-keyspace", 1)

    def run(self, command: str, *arguments: object) -> str:
        """Run a command of `feat` on the project; gives what it printed."""
        result = self.feat(command, "--project", self.folder, *arguments)
        assert result.code == 0, result.text
        return result.out

    def send(self, given: Iterable[Click]) -> Counter[str]:
        """Add to the topic; gives how many there were of each kind."""
        kinds: Counter[str] = Counter()

        def counted() -> Iterator[tuple[int, bytes | None]]:
            for kind, partition, text in given:
                kinds[kind] += 1
                yield partition, text

        Topics(self.kafka).fill(f"{self.prefix}.clicks", counted())
        return kinds

    def submit(self, *arguments: object) -> None:
        """Start the job on the session cluster."""
        self.run("run", "--on", "flink", "--env", "cluster", "--detach", "--no-rows", *arguments)

    def status(self) -> dict[str, Any]:
        """What `feat status` says of the job, which it does with exit code 1 while the job restarts."""
        result = self.feat("status", "--project", self.folder, "--env", "cluster", "--format", "json")
        assert result.code in (0, 1), result.text
        found: dict[str, Any]
        (found,) = json.loads(result.out)
        return found

    def await_checkpoint(self) -> None:
        """Wait until the job, whatever happened to it, runs and has completed a checkpoint after now.

        That is by the cluster's clock: the last checkpoint that it tells of may be some seconds old.
        """
        now = self.status()["now"]

        def done(job: dict[str, Any]) -> bool:
            last = job["checkpoint"]
            return job["state"] == "RUNNING" and last is not None and last["at"] > now

        until(self.status, done)

    def await_all(self, messages: int, wait: float = WAIT, every: float = 0.5) -> dict[str, int]:
        """Wait until so many were read, and rows of all but the last events are written; gives what was counted.

        It asks every so many seconds, which takes a second of a processor.
        """

        def done(job: dict[str, Any]) -> bool:
            read, accepted = (job["sources"]["clicks"][name] for name in ("read", "accepted"))
            return bool(read == messages and job["rows"]["engagement"] == accepted - PARTITIONS)

        counts: dict[str, int] = until(self.status, done, wait, every)["sources"]["clicks"]
        return counts

    def stop(self) -> Path:
        """Stop the job with a savepoint, whose path it gives."""
        kept = self.folder / "kept"
        before = set(kept.iterdir()) if kept.is_dir() else set()
        self.run("stop", "--env", "cluster", "--savepoint", kept)
        (savepoint,) = set(kept.iterdir()) - before
        return savepoint

    @property
    def _secret(self) -> Path:
        return self.folder.with_name(f"{self.prefix}.secret")

    # --- what there is, and what should be

    def told(self, *folders: Path) -> list[Path]:
        """The files of the project (what was built, checkpoints, savepoints) and of folders that tell the secret."""
        files = [file for folder in (self.folder, *folders) for file in folder.rglob("*") if file.is_file()]
        assert any(file.name == "_metadata" for file in files)
        return [file for file in files if CANARY.encode() in file.read_bytes()]

    def table(self) -> pa.Table:
        """The rows of the block in Cassandra, with `as_of`."""
        project = featlang.load(self.folder)
        (block,) = project.program.features
        settings = Cassandra(hosts=[self.cassandra])
        with connected(settings) as session:
            held = rows(session, cassandra.table_of(project.program, block, block.sinks[0]))
        return pa.Table.from_pylist(held)

    def problems(self, *arguments: object) -> list[str]:
        """In what topics and tables differ from what batch says; once all is read and the job has stopped."""
        batch = self.folder / "out" / "spark"
        self.run("run", "--on", "spark", "--env", "batch", "--now", "2100-01-01", *arguments)
        return [*self._topic_problems(batch), *self._table_problems(*arguments)]

    def _topic_problems(self, batch: Path) -> list[str]:
        """Rows in the topic are those of batch, each once; so are refused records, at their places."""
        topics = Topics(self.kafka)
        expected = Counter(tuple(row.values()) for row in pq.read_table(batch / "engagement").to_pylist())
        last = {row for row in expected if row[0] == LAST}
        found = Counter(_row(json.loads(each.value())) for each in topics.messages(f"{self.prefix}.engagement"))
        found_problems = []
        lost, twice = expected - found, found - expected
        for row in last:  # of those that let others go, all but the earliest wait
            lost.pop(row, None)
        if lost or twice:
            text = f"rows: {lost.total()} of {expected.total()} are missing, {twice.total()} are wrong or there twice"
            found_problems.append(f"{text}, such as {next(iter([*lost, *twice]))}")
        for kind in ("rejects", "late", "quarantine"):
            table = pq.read_table(batch / f"_{kind}" / "clicks")
            wanted = {(each["path"], each["record"], each["code"]): each["raw"] for each in table.to_pylist()}
            messages = topics.messages(f"{self.prefix}.clicks.{kind}")
            there = {_place(dict(each.headers())): each.value() or b"" for each in messages}
            if there != wanted:
                lacking, more = wanted.keys() - there.keys(), there.keys() - wanted.keys()
                found_problems.append(f"{kind}: {len(wanted)} are wanted, {len(lacking)} missing, {len(more)} too many")
        return found_problems

    def _table_problems(self, *arguments: object) -> list[str]:
        """Each stored row holds the values that a training set has for its key and `as_of`."""
        stored = self.table().sort_by("user_id")
        spine = self.folder / "spine.parquet"
        after = pc.add(
            stored["as_of"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()), 1
        )  # a set is of what was before
        moments = after.cast(pa.timestamp("us", "UTC"))
        pq.write_table(pa.table({"user_id": stored["user_id"], "as_of": moments}), spine)
        out = self.folder / "expected.parquet"
        self.run(
            *("dataset", "engagement", "--spine", spine, "--time", "as_of", "--on", "spark", "--env", "batch"),
            *("--out", out, "--now", "2100-01-01"),
            *arguments,
        )
        expected = pq.read_table(out).sort_by("user_id")
        found = []
        if stored.num_rows != expected.num_rows or not stored.num_rows:
            found.append(f"table: {stored.num_rows} rows, {expected.num_rows} keys")
        for name in stored.column_names:
            if name not in ("user_id", "as_of", "_written"):
                wrong = sum(a != b for a, b in zip(stored[name].to_pylist(), expected[name].to_pylist(), strict=True))
                if wrong:
                    found.append(f"table: {name} differs in {wrong} of {stored.num_rows} rows")
        return found


def feat_program(*arguments: object) -> Result:
    """`feat` as a program of its own."""
    command = [str(Path(sys.executable).with_name("feat")), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def _row(value: dict[str, Any]) -> tuple[Any, ...]:
    """A message as a row of Parquet."""
    return tuple(datetime.fromisoformat(v.replace("Z", "+00:00")) if k == "ts" else v for k, v in value.items())


def _place(headers: dict[str, bytes]) -> tuple[str, int, str]:
    return headers["path"].decode(), int(headers["record"]), headers["code"].decode()
