"""Servers that fail while a job goes on: nothing is lost, nothing is there twice, every value is that of batch."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

import pytest

from tests.cli.conftest import Feat
from tests.services.conftest import Running
from tests.services.pipeline import Pipeline, clicks

CLICKS = 20_000
PART = 5_000
AWAY = 20.0
"""So long the store is away, in seconds."""


@pytest.fixture
def shop(kafka: Running, cassandra: Running, flink: Running, tmp_path: Path, feat: Feat) -> Pipeline:
    """Give a pipeline that is ready."""
    made = Pipeline(tmp_path / "shop", "faults", kafka.address, cassandra.address, flink.address, feat)
    made.prepare()
    return made


def test_faults_change_nothing(shop: Pipeline, kafka: Running, cassandra: Running, flink: Running) -> None:
    """A worker, the broker and the store are killed and come back; the job is stopped and restored elsewhere."""
    given = clicks(CLICKS, users=2_000, damaged=200)
    kinds = shop.send(islice(given, PART))
    shop.submit()
    shop.await_checkpoint()

    _, worker = flink.servers
    worker.kill()
    kinds += shop.send(islice(given, PART))
    worker.start()
    shop.await_checkpoint()
    assert shop.status()["restarts"] > 0

    (broker,) = kafka.servers
    broker.kill()
    broker.start()
    kinds += shop.send(islice(given, PART))
    shop.await_checkpoint()

    (store,) = cassandra.servers
    store.kill()
    kinds += shop.send(islice(given, PART // 2))
    time.sleep(AWAY)  # no condition is awaited: how long it is away is what is tried
    store.start()
    shop.await_checkpoint()

    savepoint = shop.stop()
    kinds += shop.send(given)
    shop.submit("--restore", savepoint)
    counts = shop.await_all(kinds.total())
    assert counts["rejected"] == kinds["damaged"] + kinds["repeated"]
    assert counts["late"] == kinds["late"] > 0
    assert counts["quarantined"] == kinds["ahead"] > 0
    shop.stop()
    assert shop.problems() == []
    assert shop.told(*(server.folder for server in flink.servers)) == []
