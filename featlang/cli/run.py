"""`feat run`: the rows of features, computed by an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.options import (
    BuildOption,
    EnvironmentOption,
    NamesArgument,
    NowOption,
    ProjectOption,
    clock,
    span,
)

if TYPE_CHECKING:
    from featlang.compiler import ir
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
) -> None:
    """Compute features from the bound files; rows, rejects and late events are written as Parquet, counts as run.json.

    Example: feat run user_engagement --on spark --since 2024-03-01
    """
    from featlang.cli.loading import chosen, inputs, load_checked  # noqa: PLC0415 - not needed to start
    from featlang.cli.progress import progress  # noqa: PLC0415
    from featlang.runner import Request  # noqa: PLC0415
    from featlang.runner import run as run_request  # noqa: PLC0415

    loaded, program = load_checked(project)
    features = chosen(program, names)
    first, end = span(since, until)
    target = out or loaded.folder / "out" / on
    request = Request(
        program=program,
        features=features,
        inputs=inputs(loaded, program, features, env, on),
        out=target,
        build=build or loaded.folder / "build",
        now=clock(now),
        since=first,
        until=end,
    )
    with progress(on) as told:
        report = run_request(request, on, told)
    _print(report, request.program, features, target, rows)


def _print(report: RunReport, program: ir.Program, features: tuple[str, ...], out: Path, rows: int) -> None:
    from featlang.cli.rows import cell, last_rows  # noqa: PLC0415 - not needed to start

    for name, source in report.sources.items():
        rejected = ", ".join(f"{count:,} {code}" for code, count in source.rejected.items()) or "none"
        typer.echo(
            f"{report.engine} read {source.read:,} records of {name}: "
            f"{source.accepted:,} accepted, {source.late:,} late; rejected: {rejected}"
        )
    blocks = {block.name: block for block in program.features}
    for name in features:
        typer.echo(f"\n{name}: {report.written.get(name, 0):,} rows in {out / name}")
        last = last_rows(out / name, program.source(blocks[name].source).time, rows)
        width = max((len(column) for row in last for column in row), default=0)
        for column in last[0] if last else ():
            typer.echo(f"  {column.ljust(width)}  " + "  ".join(cell(row[column]).ljust(32) for row in last).rstrip())
    phases = ", ".join(f"{phase} {report.seconds[phase]:.1f}" for phase in ("start", "read", "compute", "write"))
    working = report.seconds["total"] - report.seconds["start"]
    typer.echo(
        f"\n{report.seconds['total']:.1f} s ({phases}); "
        f"{report.read / max(working, 0.001):,.0f} events/s once {report.engine} was up"
    )
