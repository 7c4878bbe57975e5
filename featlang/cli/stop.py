"""`feat stop`: ends submitted jobs, with a savepoint or without."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featlang.cli.options import EnvironmentOption, JobsArgument, ProjectOption


def stop(
    jobs: JobsArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    savepoint: Annotated[
        str | None,
        typer.Option(
            "--savepoint", metavar="DIR", help="Keep the state in a folder that the cluster sees, to go on from."
        ),
    ] = None,
) -> None:
    """End the jobs that `feat run --detach` has submitted. Without --savepoint their last checkpoint is what is left.

    Exit code 0: none of them runs; 1: one could not be ended; 2: wrongly used.

    Example: feat stop --env cluster --savepoint state/savepoints
    """
    from featlang.backends.flink.session_cluster import ENDED  # noqa: PLC0415 - not needed to start
    from featlang.cli.loading import load_submitted  # noqa: PLC0415
    from featlang.job_status import status  # noqa: PLC0415
    from featlang.run_report import shown_path  # noqa: PLC0415

    loaded, submitted = load_submitted(project, env, jobs)
    again = f"feat run --on flink --env {env or loaded.default_environment} --detach"
    for job in submitted:
        found = job.cluster.job(job.id)
        if found is None or found["state"] in ENDED:
            typer.echo(f"{job.job} does not run: {found['state'] if found else 'the cluster does not know it'}")
            continue
        in_out = "" if Path(job.out) == (project / "out" / "flink").absolute() else f" --out {job.out}"
        if savepoint is None:
            last = status(job.cluster, job.id, loaded.program).checkpoint
            job.cluster.cancel(job.id)
            typer.echo(f"{job.job} is ended, without a savepoint")
            if last is not None and last.path.startswith("file:"):
                kept = shown_path(last.path)
                typer.echo(f"\n{again}{in_out} --restore {kept}    goes on from its last checkpoint")
        else:
            folder = savepoint if "://" in savepoint else Path(savepoint).absolute().as_uri()
            kept = shown_path(job.cluster.stop(job.id, folder))
            typer.echo(f"{job.job} is ended; its state is in {kept}")
            typer.echo(f"\n{again}{in_out} --restore {kept}    goes on from it")
