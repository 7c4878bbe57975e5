"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featlang import moments
from featlang.cli.completions import names

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", "-C", metavar="DIR", help="The project's folder, or one inside it.", show_default="this folder"
    ),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option("--env", metavar="NAME", help="The environment of feat.yaml.", show_default="the project's default"),
]
BuildOption = Annotated[
    Path | None,
    typer.Option("--build", "-o", metavar="DIR", help="Where jobs are compiled to.", show_default="PROJECT/build"),
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="`features` blocks; none: all.", autocompletion=names),
]

JobsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="JOB", help="Jobs that were submitted; none: all of the environment.")
]


def moment(text: str, flag: str) -> int:
    """An instant in µs UTC; what is no time is a usage error."""
    try:
        return moments.moment(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=flag) from None


def span(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """The range [since, until) that rows are wanted of; None where it is open."""
    first = moment(since, "--since") if since else None
    end = moment(until, "--until") if until else None
    if first is not None and end is not None and first >= end:
        message = f"{until} is not after --since {since}, so there would be no rows"
        raise typer.BadParameter(message, param_hint="--until")
    return first, end


def clock(text: str | None) -> int:
    """The clock of a run: the instant given, else that of the machine."""
    return moment(text, "--now") if text else moments.now()


NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="The run's clock, for `max_ahead`.", show_default="the machine's"),
]

ExcludeLateOption = Annotated[
    str | None,
    typer.Option(
        "--exclude-late",
        metavar="OUT|topics",
        help="Take as late, or quarantined, what an earlier run or a running job took so (spark, reference).",
    ),
]
