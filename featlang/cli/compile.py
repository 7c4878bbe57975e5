"""`feat compile`: the files that are deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featlang.cli.options import BuildOption, ProjectOption


def compile_project(
    build: BuildOption = None,
    project: ProjectOption = Path(),
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if the files would change.")
    ] = False,
) -> None:
    """Write the jobs: for each its two scripts, its jar, its kernel's source and its manifest. Same input, same bytes.

    Example: feat compile --project examples/flights -o build
    """
    from featlang.backends import emit  # noqa: PLC0415 - not needed to start
    from featlang.cli.loading import load_checked  # noqa: PLC0415

    loaded, program = load_checked(project)
    target = build or loaded.folder / "build"
    files = emit.emit(program)
    if check:
        changed = emit.difference(files, target)
        for path in changed:
            typer.echo(f"differs: {target / path}")
        if changed:
            raise typer.Exit(1)
        return
    changed = emit.write(files, target)
    for path in changed:
        typer.echo(f"{'wrote' if path in files else 'removed'} {target / path}")
    typer.echo(f"{len(files)} files in {target}, {len(changed)} changed")
