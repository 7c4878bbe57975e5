"""`feat logs`: what a cluster logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featlang.cli.options import EnvironmentOption, JobsArgument, ProjectOption


def logs(
    jobs: JobsArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    lines: Annotated[int, typer.Option("--lines", min=1, help="How many of the last lines of each log.")] = 50,
) -> None:
    """Print the ends of the logs of the JobManager and the TaskManagers of submitted jobs; other jobs are in them too.

    Example: feat logs --env cluster --lines 200
    """
    from featlang.cli.loading import load_submitted  # noqa: PLC0415 - not needed to start

    _, submitted = load_submitted(project, env, jobs)
    for address, cluster in {job.address: job.cluster for job in submitted}.items():
        pages = {"JobManager": "/jobmanager/log"}
        for each in cluster.get("/taskmanagers")["taskmanagers"]:
            pages[f"TaskManager {each['id']}"] = f"/taskmanagers/{each['id']}/log"
        for name, page in pages.items():
            typer.echo(f"== {name} of {address}")
            for line in cluster.text(page).splitlines()[-lines:]:
                typer.echo(line)
