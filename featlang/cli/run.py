"""`feat run`: the rows of features, computed by an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.options import (
    BuildOption,
    EnvironmentOption,
    ExcludeLateOption,
    NamesArgument,
    NowOption,
    ProjectOption,
    clock,
    span,
)

if TYPE_CHECKING:
    from featlang.request import Request
    from featlang.run_report import RunReport


def run(  # noqa: PLR0913 - one for each flag
    names: NamesArgument = None,
    on: Annotated[
        Literal["flink", "spark", "reference"], typer.Option("--on", help="Which engine computes.")
    ] = "reference",
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Replaced whole, if all goes well.", show_default="PROJECT/out/ENGINE"
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only rows at or after it.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only rows before it.")] = None,
    now: NowOption = None,
    build: BuildOption = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many of the last rows are shown.")] = 2,
    exclude_late: ExcludeLateOption = None,
    savepoint: Annotated[
        Path | None, typer.Option("--savepoint", metavar="DIR", help="End with a savepoint in a folder (flink).")
    ] = None,
    stop_after: Annotated[
        int | None,
        typer.Option("--stop-after", metavar="N", min=1, help="The savepoint is taken after N records of each source."),
    ] = None,
    restore: Annotated[
        Path | None, typer.Option("--restore", metavar="PATH", help="Go on from a savepoint (flink).")
    ] = None,
    *,
    no_rows: Annotated[
        bool, typer.Option("--no-rows", help="Write no rows of blocks, only stores, refused records and counts.")
    ] = False,
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Leave the job running on the environment's cluster, topics read on and on."),
    ] = False,
) -> None:
    """Compute features from what is bound; rows and refused records are written as Parquet, counts as run.json.

    Exit code 0: done; 1: mistakes, or every record was rejected; 2: wrongly used.

    Example: feat run user_engagement --on spark --since 2024-03-01
    """
    from featlang.cli.loading import chosen, inputs, load_checked  # noqa: PLC0415 - not needed to start
    from featlang.cli.progress import progress  # noqa: PLC0415
    from featlang.cli.run_flags import check_detach, excluding, stream_state  # noqa: PLC0415
    from featlang.request import Request  # noqa: PLC0415
    from featlang.run_inputs import state_of  # noqa: PLC0415
    from featlang.runner import run as run_request  # noqa: PLC0415

    loaded, program = load_checked(project)
    features = chosen(program, names)
    first, end = span(since, until)
    target = out or loaded.folder / "out" / on
    read = excluding(exclude_late, on, inputs(loaded, program, features, env, on, follow=detach))
    request = Request(
        program=program,
        features=features,
        inputs=read,
        out=target,
        build=build or loaded.folder / "build",
        now=clock(now),
        since=first,
        until=end,
        rows=not no_rows,
        state=state_of(loaded, env),
        environment=loaded.environment(env),
    )
    request = replace(request, state=stream_state(request, on, savepoint, stop_after, restore))
    if detach:
        check_detach(request, on, now)
        submit_jobs(request, loaded.folder, env or loaded.default_environment)
        return
    with progress(on) as told:
        report = run_request(request, on, told)
    _print(report, request, rows)
    _warn_of_empty(report)
    _warn_of_rejects(report, request)


def submit_jobs(request: Request, project: Path, environment: str) -> None:
    """Start jobs on a cluster, and say how to look after them."""
    from featlang.cli.progress import progress  # noqa: PLC0415 - not needed to start
    from featlang.submit import submit  # noqa: PLC0415

    with progress("flink") as told:
        jobs = submit(request, project, environment, told)
    for job in jobs:
        typer.echo(f"{job.job} runs on {job.address} as {job.id}")
    typer.echo(
        f"\nfeat status --env {environment}    how it fares\n"
        f"feat logs --env {environment}      what the cluster logged\n"
        f"feat stop --env {environment} --savepoint DIR"
    )


def _print(report: RunReport, request: Request, rows: int) -> None:
    for name, source in report.sources.items():
        rejected = ", ".join(f"{count:,} {code}" for code, count in source.rejected.items()) or "none"
        typer.echo(
            f"{report.engine} read {source.read:,} records of {name}: "
            f"{source.accepted:,} accepted, {source.late:,} late"
            + (f", {source.quarantined:,} quarantined" if source.quarantined else "")
            + f"; rejected: {rejected}"
        )
    for name in request.features:
        where = f" in {request.out / name}" if request.rows else ", none written"
        typer.echo(f"\n{name}: {report.written.get(name, 0):,} rows{where}")
        if request.rows:
            _print_rows(request, name, rows)
    for job, path in report.savepoints.items():
        typer.echo(f"\nsavepoint of {job}: {path}")
    phases = ", ".join(f"{phase} {report.seconds[phase]:.1f}" for phase in ("start", "read", "compute", "write"))
    working = report.seconds["total"] - report.seconds["start"]
    typer.echo(
        f"\n{report.seconds['total']:.1f} s ({phases}); "
        f"{report.read / max(working, 0.001):,.0f} events/s once {report.engine} was up"
    )


def _warn_of_empty(report: RunReport) -> None:
    """Say where a job that went on from a savepoint did so without what it had never kept."""
    for stages in report.empty.values():
        for stage in stages:
            typer.echo(
                f"\nwarning: the savepoint has no state of `{stage}`, which begins empty: what is computed or "
                "looked up there is of the events that were applied since",
                err=True,
            )


def _warn_of_rejects(report: RunReport, request: Request) -> None:
    """Say why where a source had records, and all were rejected; where no source has others, exit with 1."""
    import pyarrow.dataset as ds  # noqa: PLC0415 - not needed to start

    read = {name: source for name, source in report.sources.items() if source.read}
    empty = {name: source for name, source in read.items() if sum(source.rejected.values()) == source.read}
    for name, source in empty.items():
        code = max(source.rejected, key=lambda each: source.rejected[each])
        folder = request.out / "_rejects" / name
        texts = ds.dataset(folder, format="parquet").to_table(columns=["text"], filter=ds.field("code") == code)
        first = f": {texts['text'][0].as_py()}" if texts.num_rows else ""
        typer.echo(
            f"\nwarning: all {source.read:,} records of {name} were rejected, "
            f"{source.rejected[code]:,} as {code}{first}\n"
            f"They are in {folder}, each with its reason.",
            err=True,
        )
    if empty and len(empty) == len(read):
        raise typer.Exit(1)


def _print_rows(request: Request, name: str, count: int) -> None:
    """The last rows of a block, a column in a line."""
    from featlang.cli.rows import cell, last_rows  # noqa: PLC0415 - not needed to start

    block = next(block for block in request.program.outputs if block.name == name)
    last = last_rows(request.out / name, request.program.time_of(block), count)
    width = max((len(column) for row in last for column in row), default=0)
    for column in last[0] if last else ():
        typer.echo(f"  {column.ljust(width)}  " + "  ".join(cell(row[column]).ljust(32) for row in last).rstrip())
