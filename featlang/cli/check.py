"""`feat check`: every mistake of a project, in one go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

Format = Literal["full", "concise", "json", "github", "sarif"]


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Projects' folders, or files; none: this folder.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = "full",  # noqa: A002 - its name
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Check again after each change, until Ctrl-C.")] = False,
) -> None:
    """Read and check projects. Exit code 0: no errors; 1: errors; 2: the command was not used right.

    Example: feat check examples/flights --format concise
    """
    projects = paths or [Path()]
    for path in projects:
        if not path.exists():
            message = f"{path} does not exist"
            raise typer.BadParameter(message, param_hint="PATH")
    if watch:
        from featlang.cli.watching import watch as run_again  # noqa: PLC0415 - not needed to start

        run_again(projects, lambda: _run(projects, format))
    elif not _run(projects, format):
        raise typer.Exit(1)


def _run(paths: Sequence[Path], form: Format) -> bool:
    """Check once; whether there are no errors."""
    from featlang.cli.loading import located, print_diagnostics  # noqa: PLC0415 - not needed to start
    from featlang.project import load  # noqa: PLC0415

    projects = [load(path) for path in paths]
    found, texts = located(projects)
    if form == "sarif":
        from featlang.cli.sarif import sarif  # noqa: PLC0415 - not needed to start

        typer.echo(sarif(found, texts), nl=False)
    else:
        print_diagnostics(found, texts, form)
    if form == "full":
        typer.echo(
            ("\n" if found else "")
            + _summary([each.level for each in found], sum(len(project.texts) for project in projects))
        )
    return not any(each.level == "error" for each in found)


def _summary(levels: Sequence[str], files: int) -> str:
    """As in `2 errors, 1 warning in 3 files`."""
    parts = [_count(levels.count(level), level) for level in ("error", "warning") if level in levels]
    return f"{', '.join(parts) or 'no errors'} in {_count(files, 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
