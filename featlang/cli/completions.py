"""`feat completions`: the shell script that completes commands, flags and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from featlang.dsl import tree

Shell = Literal["bash", "zsh", "fish", "powershell"]

VARIABLE = "_FEAT_COMPLETE"
"""Set by the script when it asks `feat` how a line goes on."""

_SHOWN = ("source", "table", "stream", "features")


def completions(shell: Annotated[Shell, typer.Argument(help="The shell.")]) -> None:
    """Print a script that makes a shell complete commands, flags and the names of a project.

    Example: feat completions bash >> ~/.bashrc
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415

    typer.echo(get_completion_script(prog_name="feat", complete_var=VARIABLE, shell=shell))


def names(incomplete: str) -> list[str]:
    """The `features` blocks of the project in this folder that begin so; none where it cannot be read."""
    return sorted(d.name.text for d in _declared("features") if d.name.text.startswith(incomplete))


def definitions(incomplete: str) -> list[str]:
    """The sources, tables, streams and blocks that begin so."""
    return sorted(d.name.text for d in _declared(*_SHOWN) if d.name.text.startswith(incomplete))


def values(incomplete: str) -> list[str]:
    """Those, and behind a point their columns and features."""
    from featlang.dsl import tree  # noqa: PLC0415 - not needed to start

    if "." not in incomplete:
        return definitions(incomplete)
    found = []
    for declaration in _declared(*_SHOWN):
        entries = () if declaration.kind.text in {"source", "table"} else declaration.body or ()
        columns = [column.name.text for column in declaration.columns or ()]
        features = [entry.name.text for entry in entries if isinstance(entry, tree.Binding)]
        found += [f"{declaration.name.text}.{part}" for part in (*columns, *features)]
    return sorted(name for name in found if name.startswith(incomplete))


def codes(incomplete: str) -> list[str]:
    """The codes of messages that begin so."""
    from featlang.compiler.codes import CODES  # noqa: PLC0415 - not needed to start

    return sorted(code for code in CODES if code.startswith(incomplete.upper()))


def _declared(*kinds: str) -> list[tree.Declaration]:
    from featlang.project import load  # noqa: PLC0415 - not needed to start

    try:
        files = load(".").files
    except OSError:
        return []
    return [d for file in files for d in file.declarations if d.kind.text in kinds]
