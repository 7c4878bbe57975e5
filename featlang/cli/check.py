"""`feat check`: every mistake of a project, in one go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.options import ProjectOption

if TYPE_CHECKING:
    from featlang.project import Project

Format = Literal["full", "concise", "json", "github", "sarif"]


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Projects' folders, or files; none: this folder.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = "full",  # noqa: A002 - its name
    project: ProjectOption = Path(),
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how much state a key may have, and what it grows with.")
    ] = False,
    all: Annotated[  # noqa: A002 - its name
        bool, typer.Option("--all", help="Show all findings, not only the first hundred.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again after each change, until Ctrl-C.")] = False,
) -> None:
    """Read and check projects. Exit code 0: no errors; 1: errors; 2: the command was not used right.

    Example: feat check examples/flights --format concise
    """
    from featlang.files import project_folder  # noqa: PLC0415 - not needed to start

    projects = paths or [project]
    for path in projects:
        if not path.exists():
            message = f"{path} does not exist"
            raise typer.BadParameter(message, param_hint="PATH")
    projects = list(dict.fromkeys(project_folder(path) if path.is_dir() else path for path in projects))
    if explain and format != "full":
        message = f"it prints text for people; leave out `--format {format}`"
        raise typer.BadParameter(message, param_hint="--explain")
    if watch:
        from featlang.cli.watching import watch as run_again  # noqa: PLC0415 - not needed to start

        run_again(projects, lambda: _run(projects, format, explain=explain, show_all=all))
    elif not _run(projects, format, explain=explain, show_all=all):
        raise typer.Exit(1)


def _run(paths: Sequence[Path], form: Format, *, explain: bool, show_all: bool) -> bool:
    """Check once; whether there are no errors."""
    from featlang.check_cache import Findings, findings  # noqa: PLC0415
    from featlang.cli.loading import located, print_diagnostics  # noqa: PLC0415 - not needed to start

    projects = _loaded(paths) if explain else []
    checked = [Findings.of(project) for project in projects] or [findings(path) for path in paths]
    found, texts = located(checked)
    if form == "sarif":
        from featlang.cli.sarif import sarif  # noqa: PLC0415 - not needed to start

        typer.echo(sarif(found, texts), nl=False)
    else:
        print_diagnostics(found, texts, form, all_by=None if show_all else "--all")
    if form == "full":
        typer.echo(
            ("\n" if found else "") + _summary([each.level for each in found], sum(each.files for each in checked))
        )
    for project in projects:
        _explain(project)
    return not any(each.level == "error" for each in found)


def _loaded(paths: Sequence[Path]) -> list[Project]:
    from featlang.project import load  # noqa: PLC0415 - not needed to start

    return [load(path) for path in paths]


def _explain(project: Project) -> None:
    """Say how much state a key of a project may have."""
    from featlang.cli.bounds_text import bounds_text  # noqa: PLC0415 - not needed to start

    if project.program is None:
        typer.echo(f"\n{project.name}: its state is told when it has no errors")
    else:
        typer.echo(f"\n{bounds_text(project.program)}")


def _summary(levels: Sequence[str], files: int) -> str:
    """As in `2 errors, 1 warning in 3 files`."""
    parts = [_count(levels.count(level), level) for level in ("error", "warning") if level in levels]
    return f"{', '.join(parts) or 'no errors'} in {_count(files, 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
