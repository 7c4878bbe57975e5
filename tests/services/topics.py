"""Topics of a test: made, filled and read by Kafka's own Python client, not by ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

WAIT = 60.0
"""So long a broker is waited for, in seconds."""
QUEUED = 50_000
"""So many messages wait for their broker, of the 100,000 that the client has room for."""


class Sent(NamedTuple):
    """A message: its partition, its value, and what stands beside that; `timestamp` in ms, 0 for now."""

    partition: int
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    timestamp: int = 0


@dataclass(frozen=True)
class Topics:
    """The topics of a broker, by its address."""

    servers: str

    def make(self, partitions: Mapping[str, int], settings: Mapping[str, str] | None = None) -> None:
        """Make topics of so many partitions, which keep messages of any time."""
        admin = AdminClient({"bootstrap.servers": self.servers})
        kept = {"retention.ms": "-1", **(settings or {})}
        made = admin.create_topics([NewTopic(name, count, config=kept) for name, count in partitions.items()])
        for each in made.values():
            each.result(WAIT)

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions: so many in all."""
        admin = AdminClient({"bootstrap.servers": self.servers})
        admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(WAIT)

    def fill(self, topic: str, messages: Iterable[tuple[int, bytes | None] | Sent]) -> dict[tuple[str, int], bytes]:
        """Send messages to their partitions; gives what stands at each partition and offset (empty: no value)."""
        producer = Producer({"bootstrap.servers": self.servers, "linger.ms": 5})
        found: dict[tuple[str, int], bytes] = {}

        def sent(error: object, message: Message) -> None:
            assert error is None
            found[f"{topic}/{message.partition()}", message.offset()] = message.value() or b""

        for partition, value, key, headers, timestamp in (Sent(*each) for each in messages):
            beside = {"key": key, "headers": list(headers), "timestamp": timestamp}
            while len(producer) >= QUEUED:  # the broker may have just come back
                producer.poll(0.1)
            producer.produce(topic, value, partition=partition, on_delivery=sent, **beside)
            producer.poll(0)
        assert producer.flush(WAIT) == 0
        return found

    def messages(self, topic: str) -> list[Message]:
        """All that a topic holds and that is committed, partition by partition."""
        settings = {"bootstrap.servers": self.servers, "group.id": "test", "enable.partition.eof": True}
        consumer = Consumer(settings | {"isolation.level": "read_committed", "auto.offset.reset": "earliest"})
        try:
            partitions = consumer.list_topics(topic, timeout=WAIT).topics[topic].partitions
            return [message for number in partitions for message in _all(consumer, TopicPartition(topic, number, 0))]
        finally:
            consumer.close()


def _all(consumer: Consumer, partition: TopicPartition) -> Iterator[Message]:
    consumer.assign([partition])
    while True:
        message = consumer.poll(WAIT)
        assert message is not None
        if message.error() is not None:
            assert message.error().code() == -191, message.error()  # the end of the partition
            return
        yield message
