"""`feat completions`: the shell script that completes commands, flags and names."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Shell = Literal["bash", "zsh", "fish", "powershell"]

VARIABLE = "_FEAT_COMPLETE"
"""Set by the script when it asks `feat` how a line goes on."""


def completions(shell: Annotated[Shell, typer.Argument(help="The shell.")]) -> None:
    """Print a script that makes a shell complete commands, flags and the names of a project.

    Example: feat completions bash >> ~/.bashrc
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415

    typer.echo(get_completion_script(prog_name="feat", complete_var=VARIABLE, shell=shell))


def names(incomplete: str) -> list[str]:
    """The `features` blocks of the project in this folder that begin so; none where it cannot be read."""
    from featlang.project import load  # noqa: PLC0415 - not needed to start

    try:
        files = load(".").files
    except OSError:
        return []
    blocks = [d.name.text for file in files for d in file.declarations if d.kind.text == "features"]
    return sorted(name for name in blocks if name.startswith(incomplete))
