"""Plan to files: what `build/` holds for each job, as bytes; the same plan gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from featlang.backends.connectors.cassandra.table import is_table, table_of
from featlang.backends.flink import emit as flink
from featlang.backends.kernel import build
from featlang.backends.kernel.generate import generate
from featlang.backends.spark import emit as spark
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan


def emit(program: ir.Program) -> dict[str, bytes]:
    """Every file of `build/`, by its path below it with `/`."""
    return {path: content for job in plan(program).jobs for path, content in emit_job(job, program).items()}


def emit_job(job: Job, program: ir.Program) -> dict[str, bytes]:
    """The files of one job: two scripts, a jar (runtime and kernel), the kernel's source, its tables, the manifest."""
    classes = generate(job)
    files = {
        "flink_job.py": flink.render(job).encode(),
        "spark_job.py": spark.render(job).encode(),
        f"{job.name}.jar": build.job_jar(classes),
    }
    for name, text in classes.items():
        files[f"kernel/{name.replace('.', '/')}.java"] = text.encode()
    if tables := _tables(job, program):
        files["tables.cql"] = tables.encode()
    files["manifest.json"] = _manifest(job, program, files)
    return {f"{job.name}/{path}": content for path, content in sorted(files.items())}


def write(files: dict[str, bytes], out: Path) -> list[str]:
    """Writes the files that differ, and removes those of earlier builds of the same jobs; returns the paths changed."""
    changed = difference(files, out)
    for path in changed:
        target = out / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Whole, or not at all: a job that is running has the jar open.
            fresh = target.with_name(f".{target.name}.{os.getpid()}")
            fresh.write_bytes(files[path])
            fresh.replace(target)
        else:
            target.unlink()
    return changed


def difference(files: dict[str, bytes], out: Path) -> list[str]:
    """The paths below `out` that are missing, differ, or are left over in a job's folder."""
    jobs = {path.partition("/")[0] for path in files}
    found = {
        path.relative_to(out).as_posix()
        for job in jobs
        for path in (out / job).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    differing = {path for path in found & files.keys() if (out / path).read_bytes() != files[path]}
    return sorted(differing | (files.keys() ^ found))


def _tables(job: Job, program: ir.Program) -> str:
    """The statements that make the tables of Cassandra that the job writes to; empty where there are none."""
    return "\n".join(
        f"-- features {group.name} of {group.features.origin.module}\n"
        f"{table_of(program, group.features, sink).create()};\n"
        for stage in job.stages
        for group in stage.groups
        if not group.suffix
        for sink in group.features.sinks
        if is_table(sink)
    )


def _manifest(job: Job, program: ir.Program, files: dict[str, bytes]) -> bytes:
    """What the job is made of: hashes, versions, sources, stages with the layout of their state, uids."""
    manifest = {
        "job": job.name,
        "ir_version": program.version,
        "semantics_version": program.semantics,
        "sources": [
            {
                "name": s.name,
                "class": s.class_name,
                "stages": [stage.name for stage in s.stages],
                "kind": "source" if s.table is None else "table",
                "definition": f"{s.source.origin.module}.{s.name}",
            }
            for s in job.sources
        ],
        "streams": [
            {
                "name": stream.name,
                "source": stream.source.name,
                "union": None if stream.stream.union is None else stream.stream.union.model_dump(),
                "visits": [next(s.name for s in job.stages if s.number == visit.stage) for visit in stream.visits],
                "columns": [{"name": c.name, "type": c.type, "nullable": c.nullable} for c in stream.columns],
                "pii": [value.name for value in stream.stream.values if value.written and value.pii],
                "sinks": [sink.model_dump() for sink in stream.stream.sinks],
                "definition": f"{stream.stream.origin.module}.{stream.name}",
            }
            for stream in job.streams
        ],
        "stages": [
            {
                "name": stage.name,
                "uid": stage.uid,
                "class": stage.class_name,
                "source": stage.source,
                "index": stage.index,
                "key": list(stage.key),
                "state": [
                    {
                        "window": ring.window.model_dump(),
                        "identity": ring.identity,
                        "cells": [{"kind": cell.kind, "identity": cell.identity} for cell in ring.cells],
                    }
                    for ring in stage.rings
                ],
                "groups": [
                    {
                        "name": group.name,
                        "columns": [{"name": c.name, "type": c.type, "nullable": c.nullable} for c in group.columns],
                        "pii": [value.name for value in group.features.values if value.written and value.pii],
                        "sinks": [sink.model_dump() for sink in group.features.sinks],
                        "definition": f"{group.features.origin.module}.{group.name}",
                    }
                    for group in stage.groups
                ],
            }
            for stage in job.stages
        ],
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())},
    }
    return (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()
