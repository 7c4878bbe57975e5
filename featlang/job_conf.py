"""The conf file of a generated script: where its sources are, where its rows go, which times are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from featlang.backends.connectors import cassandra, sqlite
from featlang.backends.connectors.kafka.clients import job_properties
from featlang.backends.connectors.kafka.topics import LOG, TopicRange
from featlang.compiler import ir
from featlang.compiler.connectors import DELIVERIES
from featlang.compiler.outputs import key_columns
from featlang.compiler.plan import Job
from featlang.request import Request
from featlang.run_reference import REFUSED


def job_conf(request: Request, job: Job, out: Path, scratch: Path) -> dict[str, object]:
    """What the generated scripts read with `--conf`; `scratch` takes what they read besides, until they end."""
    read = sorted(request.program.read_by(request.features_of(job)))
    return {
        "sources": {name: _source(name, request, scratch) for name in read},
        "out": str(out),
        "rows": request.rows,
        "features": request.features_of(job),
        "stores": {
            group.name: [
                _store(request, group.features, sink) for sink in group.features.sinks if sink.kind == "cassandra"
            ]
            for stage in job.stages
            for group in stage.groups
            if group.name in request.features
        },
        "topics": {
            **{
                group.name: _topics(group.features.sinks, group.features.key, request)
                for stage in job.stages
                for group in stage.groups
                if group.name in request.features
            },
            **{
                stream.name: _topics(stream.stream.sinks, [column.name for column in stream.columns[:2]], request)
                for stream in job.streams
                if stream.name in request.features
            },
        },
        "now": request.now,
        "since": request.since,
        "until": request.until,
        "parallelism": request.parallelism,
        "jars": [],  # they are on the engine's class path
    }


def _store(request: Request, block: ir.Features, sink: ir.Connector) -> dict[str, Any]:
    """Where the stored rows of a block go that a sink is for."""
    if request.environment.cassandra is not None:
        return cassandra.binding(request.environment.cassandra, request.program, block, sink)
    return sqlite.binding(sink.target, request.out, sink.options.get("emit", "every"))


def _source(name: str, request: Request, scratch: Path) -> dict[str, object]:
    """Where a source's records are."""
    given = request.inputs[name]
    effective = None
    if given.effective is not None:
        effective = str(scratch / f"{name}.parquet")
        pq.write_table(_effective_table(given.effective), effective)
    exclude = None
    if given.excluded:
        exclude = str(scratch / f"{name}.excluded")
        Path(exclude).mkdir()
        pq.write_table(_excluded_table(given.excluded), Path(exclude, "records.parquet"))
    shared = {
        "kind": given.kind,
        "options": dict(given.options),
        "role": given.role,
        "exclude": exclude,
        "effective": effective,
    }
    topic = given.topic
    if not isinstance(topic, TopicRange):
        return {**shared, "files": [str(file) for file in given.in_order()]}
    properties = job_properties(topic.kafka)
    return {
        **shared,
        "topic": topic.topic,
        "format": topic.format,
        "properties": properties,
        "start": {str(partition): offset for partition, offset in topic.start.items()},
        "end": None if topic.end is None else {str(partition): offset for partition, offset in topic.end.items()},
        "refused": {"topic": topic.topic, "properties": properties} if topic.end is None else None,
        "gated": topic.end is None and name in {table.name for table in request.program.tables},
        "log": topic.topic + LOG,
    }


def _effective_table(times: Mapping[tuple[str, int], int]) -> pa.Table:
    """A gate's log as jobs read it."""
    rows = [{"path": path, "record": record, "effective": at} for (path, record), at in sorted(times.items())]
    text, number = pa.field("path", pa.string(), nullable=False), pa.int64()
    numbers = [pa.field(name, number, nullable=False) for name in ("record", "effective")]
    return pa.Table.from_pylist(rows, schema=pa.schema([text, *numbers]))


def _excluded_table(excluded: Mapping[tuple[str, int], tuple[str, str]]) -> pa.Table:
    """Records that were refused before, as jobs read them."""
    rows = [{"path": path, "record": record, "code": c, "text": t} for (path, record), (c, t) in excluded.items()]
    return pa.Table.from_pylist(rows, schema=pa.schema([REFUSED.field(n) for n in ("path", "record", "code", "text")]))


def _topics(sinks: Sequence[ir.Connector], key: Sequence[str], request: Request) -> list[dict[str, object]]:
    """The topics that rows go to, with messages of such a key; none where the environment has no brokers."""
    kafka = request.environment.kafka
    if kafka is None:
        return []
    return [
        {
            "topic": sink.target,
            "properties": job_properties(kafka),
            "delivery": sink.options.get("delivery", DELIVERIES[0]),
            "key": key_columns(sink.options) or list(key),
        }
        for sink in sinks
        if sink.kind == "kafka"
    ]
