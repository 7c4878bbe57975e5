"""What was refused before, by an earlier run or by a job that goes on: records that are late again, or quarantined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq

from featlang.backends.connectors.kafka.topics import (
    EARLIEST,
    LATE,
    QUARANTINE,
    TopicRange,
    missing_topics,
    topic_range,
)
from featlang.run_error import RunError

Excluded = Mapping[tuple[str, int], tuple[str, str]]
"""Code and text of a record, by its path and number."""

_AGAIN = "out_of_sequence"
"""What has this code is decided again, because such a record did count at its source."""


def of_run(out: Path, source: str) -> Excluded:
    """What a run refused of a source, by its OUT. Raises `OSError` where it did not read the source."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for kind in ("_late", "_quarantine"):
        table = pq.read_table(out / kind / source, columns=["path", "record", "code", "text"])
        for path, record, code, text in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if code != _AGAIN:
                found[path, record] = (code, text)
    return found


def of_job(topic: TopicRange, source: str) -> Excluded:
    """What a job that goes on refused of a source, that is a topic: it sent that to topics beside it.

    Raises `RunError`, also where those topics are not there.
    """
    names = [topic.topic + kind for kind in (LATE, QUARANTINE)]
    if missing := missing_topics(topic.kafka, names):
        what = f"`{source}`: Kafka at {topic.kafka.servers} has no topic {missing[0]}, which a job sends to; "
        raise RunError(what + "name the environment of the job, or the OUT of an earlier run")
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for name in names:
        for message in topic_range(topic.kafka, name, "jsonl", EARLIEST, ends=True).messages():
            told = {header: (value or b"").decode() for header, value in message.headers}
            if told.get("source", source) == source and told["code"] != _AGAIN:
                found[told["path"], int(told["record"])] = (told["code"], told["text"])
    return found
