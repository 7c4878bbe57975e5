"""`feat explain`: what a code means, with a wrong and a right example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from featlang.cli.completions import codes


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="As in F204; none: a list of all.", autocompletion=codes)
    ] = None,
) -> None:
    """Print the page of a code: what it means, an example that is wrong, and how it is put right.

    Example: feat explain F204
    """
    from featlang.compiler.codes import CODES  # noqa: PLC0415 - not needed to start

    if code is None:
        for each, meaning in sorted(CODES.items()):
            typer.echo(f"{each}  {meaning}")
        return
    wanted = f"F{code.strip().lstrip('fF')}"
    if wanted not in CODES:
        from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start

        message = (
            f"there is no code {code}; {did_you_mean(wanted, sorted(CODES), 'the codes')}, and `feat explain` lists all"
        )
        raise typer.BadParameter(message, param_hint="CODE")
    page = Path(__file__).parents[1] / "errors" / f"{wanted}.md"
    typer.echo(re.sub(r"^```(\w+) [^\n]*$", r"```\1", page.read_text(encoding="utf-8"), flags=re.MULTILINE), nl=False)
