"""Partitions that are silent, and others that nobody could read: of a job that goes on."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Feat
from tests.services.awaiting import until
from tests.services.conftest import Running
from tests.services.pipeline import LAST, START, Pipeline, click, clicks
from tests.services.topics import Topics

CLICKS = 60_000
SILENT = 2
"""A partition that sends nothing for a while."""
REFUSED = 1
"""One that sends no event in that time."""
AWAY = 20.0
"""So long the store answers nobody, in seconds: longer than the idleness."""


@pytest.fixture
def quiet(kafka: Running, cassandra: Running, flink: Running, tmp_path: Path, feat: Feat) -> Pipeline:
    """Give a pipeline that is ready, and awaits no partition that is silent for three seconds."""
    addresses = (kafka.address, cassandra.address, flink.address)
    made = Pipeline(tmp_path / "quiet", "quiet", *addresses, feat, idleness="3s")
    made.prepare()
    return made


def test_a_partition_is_silent_where_it_sends_nothing_and_not_where_nobody_reads_it(
    quiet: Pipeline, kafka: Running, cassandra: Running
) -> None:
    quiet.submit()
    quiet.await_checkpoint()
    (store,) = cassandra.servers
    process = store.process
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    kinds = quiet.send(clicks(CLICKS, users=2_000, damaged=0))
    time.sleep(AWAY)  # no condition is awaited: how long it is away is what is tried
    os.kill(process, signal.SIGCONT)
    counts = until(quiet.status, lambda job: read(job) == kinds.total())["sources"]["clicks"]
    assert counts["late"] == kinds["late"]  # what is late by the rule alone

    later = START + timedelta(hours=1)
    kinds += quiet.send(("click", 0, click(f"later{n}", "u1", later + timedelta(seconds=n))) for n in range(100))

    def status() -> dict[str, Any]:
        """A partition that sends nothing but what is refused is silent too."""
        kinds.update(quiet.send([("damaged", REFUSED, b"{")]))
        return quiet.status()

    until(status, lambda job: job["rows"]["engagement"] > counts["accepted"] + 90)
    assert kinds["damaged"] > 1
    quiet.send([("behind", SILENT, click("behind", "u1", later - timedelta(minutes=1)))])
    until(quiet.status, lambda job: job["sources"]["clicks"]["late"] == kinds["late"] + 1)
    quiet.send([(LAST, 0, click("end", LAST, later + timedelta(hours=1)))])
    until(quiet.status, lambda job: job["rows"]["engagement"] == counts["accepted"] + 100)
    quiet.stop()
    late = Topics(kafka.address).messages("quiet.clicks.late")
    assert [each.value() for each in late if dict(each.headers() or ())["code"] == b"idle"] == [
        click("behind", "u1", later - timedelta(minutes=1))
    ]
    assert quiet.problems("--exclude-late", "topics") == []


def read(job: dict[str, Any]) -> int:
    """How many messages were read."""
    return int(job["sources"]["clicks"]["read"])
