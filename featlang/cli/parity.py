"""`feat parity`: shows that all three engines give the same bits, or where they do not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featlang.cli.options import BuildOption, EnvironmentOption, NamesArgument, NowOption, ProjectOption, clock

if TYPE_CHECKING:
    from featlang.parity import BlockParity, ParityReport
    from featlang.request import Request


def parity(  # noqa: PLR0913 - one for each flag
    names: NamesArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where the rows go.", show_default="PROJECT/out/parity")
    ] = None,
    now: NowOption = None,
    build: BuildOption = None,
    reference_rows: Annotated[
        int,
        typer.Option(
            "--reference-rows", min=1, help="Rows of each block that the reference computes, where all take too long."
        ),
    ] = 2_000,
    *,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="No rows, or a column of only null, is not a finding.")
    ] = False,
) -> None:
    """Run Flink, Spark and the reference on the same files and compare every bit. Exit code 1 on any difference.

    Example: feat parity --project examples/clickstream
    """
    from featlang.cli.loading import chosen, inputs, load_checked  # noqa: PLC0415 - not needed to start
    from featlang.cli.progress import progress  # noqa: PLC0415
    from featlang.parity import parity as compare  # noqa: PLC0415
    from featlang.request import Request  # noqa: PLC0415
    from featlang.run_inputs import state_of  # noqa: PLC0415

    loaded, program = load_checked(project)
    features = chosen(program, names)
    request = Request(
        program=program,
        features=features,
        inputs=inputs(loaded, program, features, env, "parity"),
        out=out or loaded.folder / "out" / "parity",
        build=build or loaded.folder / "build",
        now=clock(now),
        state=state_of(loaded, env),
    )
    with progress("parity") as told:
        report = compare(request, reference_rows, told)
    _print(report, request)
    problems = report.problems(allow_empty=allow_empty)
    for problem in problems:
        typer.echo(f"finding: {problem}")
    typer.echo(
        f"{sum(block.rows for block in report.blocks):,} rows, "
        f"{report.values:,} values compared, {report.differing:,} differing"
    )
    if problems:
        raise typer.Exit(1)


def _print(report: ParityReport, request: Request) -> None:
    from featlang.cli.rows import last_rows  # noqa: PLC0415 - not needed to start
    from featlang.compiler import ir  # noqa: PLC0415

    for engine, run in report.runs.items():
        seconds, working = run.seconds, run.seconds["total"] - run.seconds["start"]
        if engine == "reference":
            seconds, working = run.seconds, run.seconds["compute"]
        typer.echo(
            f"{engine}: {run.read:,} events in {working:.1f} s, {run.read / max(working, 0.001):,.0f} events/s"
            + (f" (and {seconds['start']:.1f} s to start)" if seconds["start"] else "")
        )
    for block in report.blocks:
        time = request.program.time_of(block.block)
        _print_block(block, last_rows(request.out / "flink" / block.block.name, time, 1))
        first = next((c.first for c in block.all_comparisons if c.first), None)
        if first and isinstance(block.block, ir.Features) and block.block.source in request.inputs:
            from featlang.parity_events import explained  # noqa: PLC0415 - only where something is wrong

            pair = next(pair for pair, c in block.comparisons.items() if c.first is first)
            typer.echo(explained(first, pair, block.block, request))
    for source in report.sources:
        for what, comparisons in source.outputs:
            same = all(comparison.same for comparison in comparisons.values())
            count = max((c.rows for c in comparisons.values()), default=0)
            typer.echo(f"{source.name}: {what} {'are the same' if same else 'differ'}, at {count:,} places")


def _print_block(block: BlockParity, last: list[dict[str, Any]]) -> None:
    """What was compared, and what the columns hold: a share of nulls, a number of values, and the last row."""
    from featlang.cli.rows import cell  # noqa: PLC0415 - not needed to start
    from featlang.compiler import ir  # noqa: PLC0415

    typer.echo(f"\n{block.block.name}: {block.rows:,} rows")
    for (left, right), comparison in block.comparisons.items():
        differing = sum(comparison.differing.values())
        typer.echo(
            f"  {left} and {right}: {comparison.rows:,} rows, {comparison.values:,} values compared, "
            f"{differing:,} differing"
        )
    if block.lost:
        typer.echo(
            f"  the reference computed a sample of {block.reference_rows:,} rows, because all would take too long; "
            f"it found {block.lost.rows:,} of {block.rows:,} rows where they should be"
        )
    for store in block.stores:
        differing = sum(store.values.differing.values())
        typer.echo(
            f"  {store.engine}'s store {store.table}: {store.rows:,} rows, {store.values.rows:,} of them computed "
            f"by the reference too, as of their times: {store.values.values:,} values compared, {differing:,} differing"
        )
    if last:
        keys = () if isinstance(block.block, ir.Stream) else block.block.key
        names = ", ".join(f"{name}={cell(last[0][name])}" for name in list(last[0])[: len(keys) + 2])
        typer.echo(f"  columns, with the row {names}")
    width = max((len(column.name) for column in block.columns), default=0)
    for column in block.columns:
        share = column.nulls / block.rows if block.rows else 0.0
        shown = f"{column.name.ljust(width)}  {column.type:9}  {share:7.2%} null  {column.distinct:7,} distinct"
        typer.echo(f"    {shown}" + (f"  {cell(last[0][column.name])}" if last else ""))
