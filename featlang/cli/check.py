"""`feat check`: every mistake of a project, in one go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Projects' folders, or files; none: this folder.")
    ] = None,
    format: Annotated[  # noqa: A002 - the name of the flag
        Literal["full", "concise", "json", "github"], typer.Option("--format", help="How findings are printed.")
    ] = "full",
) -> None:
    """Read and check projects. Exit code 0: no errors; 1: errors; 2: the command was not used right.

    Example: feat check examples/flights --format concise
    """
    from featlang.cli.loading import located, print_diagnostics  # noqa: PLC0415 - not needed to start
    from featlang.project import load  # noqa: PLC0415

    for path in paths or [Path()]:
        if not path.exists():
            message = f"{path} does not exist"
            raise typer.BadParameter(message, param_hint="PATH")
    found, texts = located([load(path) for path in paths or [Path()]])
    print_diagnostics(found, texts, format)
    if format == "full":
        typer.echo(("\n" if found else "") + _summary([each.level for each in found], len(texts)))
    if any(each.level == "error" for each in found):
        raise typer.Exit(1)


def _summary(levels: Sequence[str], files: int) -> str:
    """As in `2 errors, 1 warning in 3 files`."""
    parts = [_count(levels.count(level), level) for level in ("error", "warning") if level in levels]
    return f"{', '.join(parts) or 'no errors'} in {_count(files, 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
