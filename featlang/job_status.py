"""How a submitted job fares, by what Flink's REST API says and by the names of its definitions."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import quote

from featlang.backends.flink.session_cluster import ENDED, SessionCluster
from featlang.backends.reference.decode import Code
from featlang.cluster_jobs import Failure, last_failure
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan

LOST = "LOST"
"""The state of a job that its cluster does not know: it was started anew, or has forgotten the job."""

COUNTS = ("read", "accepted", "late", "rejected", "quarantined")
_CODES = (*get_args(Code), "null_key", "duplicate")
_CHECKPOINT = ("latest_ack_timestamp", "external_path", "state_size", "end_to_end_duration")
_NO_WATERMARK = -(2**63)
_TIMES_ASKED = 6
_COLLECTING_SECONDS = 0.5
"""So often the metrics of a job are asked for, and so long it takes to collect them."""


@dataclass(frozen=True)
class Checkpoint:
    """The last one that a job has completed: when (ms UTC), where, how many bytes, and how long it took (ms)."""

    at: int
    path: str
    size: int
    took: int


@dataclass(frozen=True)
class JobStatus:
    """What is known of a job. Times are ms UTC, those of the cluster's clock.

    `state` is Flink's word, or `LOST`; `since` is when it came into it. `sources` has the `COUNTS` of each source,
    `rows` those of written rows by block and stream; the cluster looks at them every few seconds only. `behind` is by
    how much (ms) the watermark of a source is behind the clock; a source of which no event was read is not there.
    `restarts` counts what happened after failures, of which `failure` is the last.
    """

    state: str
    since: int | None = None
    now: int | None = None
    sources: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    behind: Mapping[str, int] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    failed_checkpoints: int = 0
    restarts: int = 0
    failure: Failure | None = None


def status(cluster: SessionCluster, identity: str, program: ir.Program | None) -> JobStatus:
    """Ask the cluster for all of it; without a program nothing is counted. Raises `ClusterError`."""
    job = cluster.job(identity)
    if job is None:
        return JobStatus(LOST)
    state, now = job["state"], job["now"]
    planned = [each for each in plan(program).jobs if each.name == job["name"]] if program else []
    counts: Counter[str] = Counter()
    for each in planned:
        counts = _reported(cluster, identity) if state in ENDED else _measured(cluster, job, each)
    checkpoints = cluster.get(f"/jobs/{identity}/checkpoints")
    last = checkpoints["latest"]["completed"]
    restarts = cluster.get(f"/jobs/{identity}/metrics?get=numRestarts")
    sources = [source.name for each in planned for source in each.sources]
    marks = {source: counts.get(f"watermark/{source}", _NO_WATERMARK) for source in sources}
    return JobStatus(
        state,
        since=job["timestamps"][state],
        now=now,
        sources={source: {each: counts[f"{each}/{source}"] for each in COUNTS} for source in sources},
        rows={name: counts[f"written/{name}"] for each in planned for name in each.outputs},
        behind={source: now - mark for source, mark in marks.items() if mark > _NO_WATERMARK},
        checkpoint=last and Checkpoint(*(last[each] for each in _CHECKPOINT)),
        failed_checkpoints=checkpoints["counts"]["failed"],
        restarts=int(restarts[0]["value"]) if restarts else 0,
        failure=last_failure(cluster, identity, program),
    )


def _reported(cluster: SessionCluster, identity: str) -> Counter[str]:
    """What a job counted that has ended: its result."""
    counts: Counter[str] = Counter()
    for each in cluster.get(f"/jobs/{identity}/accumulators")["user-task-accumulators"]:
        kind, _, name = each["name"].partition("/")
        if kind in {*COUNTS, "written"}:
            counts[f"{kind}/{name.partition('/')[0]}"] += int(each["value"])  # a code follows the source of a reject
    return counts


def _measured(cluster: SessionCluster, job: Mapping[str, Any], planned: Job) -> Counter[str]:
    """What a job has counted so far, by its metrics, and under `watermark/` how far each source is (ms).

    A cluster collects the metrics of a job when it is asked for them, and gives those that it had before: those of the
    last time that anybody asked.
    """
    _collected(cluster, job, planned)
    for _ in range(_TIMES_ASKED):
        time.sleep(_COLLECTING_SECONDS)
        if counts := _collected(cluster, job, planned):
            return counts
    return Counter()


def _collected(cluster: SessionCluster, job: Mapping[str, Any], planned: Job) -> Counter[str]:
    """What the cluster has collected of a job's metrics; nothing where it was not asked for them lately."""
    names = _metrics(planned)
    counts: Counter[str] = Counter()
    for vertex in job["vertices"]:
        page = f"/jobs/{job['jid']}/vertices/{vertex['id']}/subtasks/metrics"
        wanted = [each["id"] for each in cluster.get(page) if each["id"] in names]
        if wanted:
            for each in cluster.get(f"{page}?get={quote(','.join(wanted))}"):
                name = names[each["id"]]
                counts[name] += int(each["min" if name.startswith("watermark/") else "sum"])
    return counts


def _metrics(job: Job) -> dict[str, str]:
    """What each metric of a job's operators counts."""
    found: dict[str, str] = {}
    for source in job.sources:
        read = _as_metric(f"read {source.name}")
        found |= {f"{read}.featlang.{each}": f"{each}/{source.name}" for each in COUNTS}
        found |= {f"{read}.featlang.{code}": f"rejected/{source.name}" for code in _CODES}
        found |= {f"{read}.featlang.{name}": f"written/{name}" for name in job.outputs}
        found[f"{read}.currentOutputWatermark"] = f"watermark/{source.name}"
        for stage in source.stages:
            fold = _as_metric(stage.name)
            found |= {f"{fold}.featlang.{name}": f"written/{name}" for name in job.outputs}
            found[f"{fold}.featlang.late"] = f"late/{source.name}"
    return found


def _as_metric(operator: str) -> str:
    """An operator's name as it stands in the names of its metrics."""
    return re.sub(r"[ .:,]", "_", operator)
