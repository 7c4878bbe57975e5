"""Ranges of topics: which offsets there are, and the records between them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from featlang.backends.connectors.kafka.clients import WAIT, consumer
from featlang.run_error import RunError

if TYPE_CHECKING:
    from confluent_kafka import Consumer

    from featlang.settings import Kafka

EARLIEST, LATEST = "earliest", "latest"
LOG = ".effective"
"""What the name of a gate's log ends with, behind that of the table's topic."""

LATE, QUARANTINE = ".late", ".quarantine"
REFUSED = (".rejects", LATE, QUARANTINE)
"""What the names of topics end with that a job sends refused records to, behind that of the source's topic."""

_OFFSETS = re.compile(r"\d+:\d+(,\d+:\d+)*")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a topic: at which offset of which partition it stands, and what it holds.

    `value` is empty where it has none. `timestamp` is in ms, below 0 where there is none, and `stamped` says whether
    the broker set it. A name may stand in `headers` more than once.
    """

    topic: str
    partition: int
    offset: int
    value: bytes
    timestamp: int = -1
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    stamped: bool = False

    @property
    def path(self) -> str:
        """The partition as positions of records name it."""
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True, slots=True)
class TopicRange:
    """What is read of a topic: from an offset of each partition on, and (where there is an end) until one."""

    kafka: Kafka
    topic: str
    format: str
    start: Mapping[int, int]
    end: Mapping[int, int] | None

    def messages(self) -> Iterator[Message]:
        """Each message, by partition and offset.

        Only of a range that ends. Raises `RunError`.
        """
        if self.end is None:
            message = f"the topic {self.topic} has no end"
            raise ValueError(message)
        for partition, end in sorted(self.end.items()):
            with consumer(self.kafka) as opened:
                yield from _messages(opened, self.topic, partition, self.start[partition], end)


def is_start(text: str) -> bool:
    """Whether a text says where reading a topic starts: `earliest`, `latest`, a time, or `0:15,1:20`."""
    return text in {EARLIEST, LATEST} or _OFFSETS.fullmatch(text) is not None or _time(text) is not None


def topic_range(kafka: Kafka, topic: str, form: str, start: str, *, ends: bool) -> TopicRange:
    """What there is of a topic now, from the start on; without an end where reading goes on. Raises `RunError`."""
    with consumer(kafka) as opened:
        partitions = _partitions(opened, kafka, topic)
        bounds = {number: _bounds(opened, topic, number) for number in partitions}
        first = first_offsets(opened, topic, bounds, start)
    last = {number: high for number, (_, high) in bounds.items()}
    return TopicRange(kafka, topic, form, first, last if ends else None)


def missing_topics(kafka: Kafka, topics: Sequence[str]) -> list[str]:
    """Those that the brokers do not have. Raises `RunError`."""
    with consumer(kafka) as opened:
        known = opened.list_topics(timeout=WAIT).topics
    return [topic for topic in topics if topic not in known]


def effective_times(kafka: Kafka, topic: str) -> dict[tuple[str, int], int] | None:
    """What the gate of a table's topic has logged: by partition and offset from when on a row counts (µs).

    None where there is no log. Raises `RunError`.
    """
    if missing_topics(kafka, [topic + LOG]):
        return None
    logged = topic_range(kafka, topic + LOG, "jsonl", EARLIEST, ends=True)
    rows = [json.loads(message.value) for message in logged.messages()]
    return {(row["path"], row["record"]): row["effective"] for row in rows}  # the last one holds


def _partitions(opened: Consumer, kafka: Kafka, topic: str) -> list[int]:
    found = opened.list_topics(topic, timeout=WAIT).topics[topic]
    if found.error is not None or not found.partitions:
        message = f"Kafka at {kafka.servers} has no topic {topic}; create it, or bind the source to another"
        raise RunError(message)
    return sorted(found.partitions)


def _bounds(opened: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """The first offset that there is, and the one behind the last."""
    from confluent_kafka import TopicPartition  # noqa: PLC0415 - of an extra

    low, high = opened.get_watermark_offsets(TopicPartition(topic, partition), timeout=WAIT)
    return low, high


def first_offsets(opened: Consumer, topic: str, bounds: Mapping[int, tuple[int, int]], start: str) -> dict[int, int]:
    """Where reading each partition starts; `bounds` are its first offset and the one behind its last.

    Raises `RunError` where `start` names a partition that the topic does not have.
    """
    if start == EARLIEST:
        return {number: low for number, (low, _) in bounds.items()}
    if start == LATEST:
        return {number: high for number, (_, high) in bounds.items()}
    if _OFFSETS.fullmatch(start):
        given = {int(number): int(offset) for number, _, offset in (each.partition(":") for each in start.split(","))}
        if unknown := sorted(given.keys() - bounds.keys()):
            message = f"{topic} has no partition {unknown[0]}, which `start` names; it has 0 to {max(bounds)}"
            raise RunError(message)
        return {number: given.get(number, low) for number, (low, _) in bounds.items()}
    return _at_time(opened, topic, bounds, start)


def _at_time(opened: Consumer, topic: str, bounds: Mapping[int, tuple[int, int]], start: str) -> dict[int, int]:
    """The first offsets of records that Kafka stamped at or after a time."""
    from confluent_kafka import TopicPartition  # noqa: PLC0415 - of an extra

    moment = _time(start)
    assert moment is not None  # noqa: S101 - `is_start` was asked
    asked = [TopicPartition(topic, number, int(moment.timestamp() * 1000)) for number in bounds]
    found = opened.offsets_for_times(asked, timeout=WAIT)
    return {each.partition: each.offset if each.offset >= 0 else bounds[each.partition][1] for each in found}


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _messages(opened: Consumer, topic: str, partition: int, start: int, end: int) -> Iterator[Message]:
    from confluent_kafka import (  # noqa: PLC0415 - of an extra
        TIMESTAMP_LOG_APPEND_TIME,
        KafkaError,
        KafkaException,
        TopicPartition,
    )

    place = TopicPartition(topic, partition, start)
    opened.assign([place])
    while start < end:
        message = opened.poll(WAIT)
        if message is None:
            what = f"no record came from {topic}/{partition} for {WAIT:.0f} s, where {end - start} are awaited"
            raise RunError(what)
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - that is its public name
            raise KafkaException(error)
        start = message.offset() + (error is None)
        if error is None and start <= end:
            kind, timestamp = message.timestamp()
            value, headers = message.value() or b"", message.headers() or ()
            stamped = kind == TIMESTAMP_LOG_APPEND_TIME
            yield Message(topic, partition, message.offset(), value, timestamp, message.key(), headers, stamped)
