"""What `make services-up` starts: each server is used through a client of its own."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from services.flink import SLOTS
from services.spark import CORES
from tests.services.conftest import Running


def test_kafka_gives_back_what_was_sent(kafka: Running) -> None:
    servers = {"bootstrap.servers": kafka.address}
    admin = AdminClient(servers)
    admin.create_topics([NewTopic("sent", num_partitions=1)])["sent"].result(30)
    producer = Producer(servers)
    for number in range(1000):
        producer.produce("sent", str(number).encode())
    assert producer.flush(30) == 0
    consumer = Consumer(servers | {"group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe(["sent"])
    try:
        received = [message.value() for message in consumer.consume(1000, timeout=60)]
    finally:
        consumer.close()
    assert received == [str(number).encode() for number in range(1000)]


def test_cassandra_gives_back_what_was_written(cassandra: Running) -> None:
    profile = ExecutionProfile(RoundRobinPolicy(), request_timeout=30)
    cluster = Cluster(
        ["127.0.0.1"], cassandra.port, protocol_version=5, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
    )
    try:
        session = cluster.connect()
        session.execute("CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.execute("CREATE TABLE test.users (user text PRIMARY KEY, amount double)")
        session.execute("INSERT INTO test.users (user, amount) VALUES ('u1', 0.1)")
        assert [tuple(row) for row in session.execute("SELECT user, amount FROM test.users")] == [("u1", 0.1)]
    finally:
        cluster.shutdown()


def test_flink_has_its_slots(flink: Running) -> None:
    overview = read_json(f"http://{flink.address}/overview")
    assert (overview["taskmanagers"], overview["slots-total"], overview["slots-available"]) == (1, SLOTS, SLOTS)


def test_spark_s_master_has_its_worker(spark: Running) -> None:
    master = read_json(f"http://127.0.0.1:{spark.port + 1}/json/")
    assert [(worker["state"], worker["cores"]) for worker in master["workers"]] == [("ALIVE", CORES)]


def test_a_server_outlives_a_crash_with_its_data_and_starting_it_twice_is_once(kafka: Running) -> None:
    (broker,) = kafka.servers
    admin = AdminClient({"bootstrap.servers": kafka.address})
    admin.create_topics([NewTopic("kept", num_partitions=3)])["kept"].result(30)
    broker.kill()
    assert broker.process is None
    broker.start()
    process = broker.process
    broker.start()
    assert broker.process == process
    assert len(admin.list_topics(timeout=30).topics["kept"].partitions) == 3


def read_json(address: str) -> dict[str, Any]:
    """What a server's page gives."""
    with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310 - of a server that the test started
        content: dict[str, Any] = json.load(response)
    return content
