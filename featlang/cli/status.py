"""`feat status`: how submitted jobs fare."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.options import EnvironmentOption, JobsArgument, ProjectOption

if TYPE_CHECKING:
    from featlang.job_status import JobStatus
    from featlang.submit import Submitted

WELL = ("RUNNING", "FINISHED")


def status(
    jobs: JobsArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    format: Annotated[  # noqa: A002 - its name
        Literal["text", "json"], typer.Option("--format", help="How it is printed.")
    ] = "text",
) -> None:
    """Print how the jobs fare that `feat run --detach` has submitted, and why one failed.

    Exit code 0: all run, or have come to their end; 1: one does not; 2: wrongly used.

    Example: feat status --env cluster
    """
    import json  # noqa: PLC0415 - not needed to start

    from featlang.cli.loading import load_submitted  # noqa: PLC0415
    from featlang.job_status import status as ask  # noqa: PLC0415

    loaded, submitted = load_submitted(project, env, jobs)
    found = [(job, ask(job.cluster, job.id, loaded.program)) for job in submitted]
    if format == "json":
        typer.echo(json.dumps([asdict(job) | asdict(status) for job, status in found], indent=2, ensure_ascii=False))
    else:
        for job, status in found:
            _print(job, status)
    if any(status.state not in WELL for _, status in found):
        raise typer.Exit(1)


def _print(job: Submitted, status: JobStatus) -> None:
    typer.echo(f"{job.job}: {status.state}{_since(status)}, {job.id} on {job.address}")
    for name, counts in status.sources.items():
        behind = f"; watermark {_lag(status.behind[name])}" if name in status.behind else ""
        typer.echo(f"  {name}: " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) + behind)
    for name, count in status.rows.items():
        typer.echo(f"  {name}: {count:,} rows")
    last = status.checkpoint
    if last is not None and status.now is not None:
        ago = _duration(status.now - last.at)
        typer.echo(f"  checkpoint: {ago} ago, {last.size:,} bytes in {last.took} ms, {last.path}")
    typer.echo(f"  checkpoints failed: {status.failed_checkpoints}; restarts: {status.restarts}")
    if status.failure is not None:
        typer.echo(f"  failed last at {_moment(status.failure.at)}: " + status.failure.text.replace("\n", "\n    "))
        if os.environ.get("FEAT_TRACE"):
            typer.echo(f"\n{status.failure.trace}")
        else:
            typer.echo("  `feat --trace status` shows what Flink says of it")


def _since(status: JobStatus) -> str:
    if status.since is None or status.now is None:
        return ""
    return f" since {_moment(status.since)}, for {_duration(status.now - status.since)}"


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(" ", "seconds")


def _lag(milliseconds: int) -> str:
    return f"{_duration(abs(milliseconds))} {'behind' if milliseconds >= 0 else 'ahead'}"


def _duration(milliseconds: int) -> str:
    """In whole seconds, as in `1 day, 0:03:07`; what a clock behind another one makes negative is 0."""
    return str(timedelta(seconds=max(0, round(milliseconds / 1000))))
