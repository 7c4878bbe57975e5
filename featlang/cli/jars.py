"""`feat jars`: everything that is not in a Python package, fetched before it is needed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from featlang.cli.options import EnvironmentOption, ProjectOption


def jars(
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    copy: Annotated[
        Path | None,
        typer.Option("--copy", metavar="DIR", help="Copy those that engines need beside a job's jar into a folder."),
    ] = None,
) -> None:
    """Fetch the jars that compiling takes and that engines need in an environment, and print where they are.

    Each is compared with the hash that it is locked with. What is there is not fetched again: then no network is
    needed. With --copy, only those for engines are fetched, and copied, as into the `lib` of a Flink cluster.

    Example: feat jars --env cluster --copy /opt/flink/lib
    """
    from featlang.backends.kernel import build  # noqa: PLC0415 - not needed to start
    from featlang.backends.kernel.jars import jar_set  # noqa: PLC0415
    from featlang.cli.loading import load_environment  # noqa: PLC0415
    from featlang.cli.progress import progress  # noqa: PLC0415

    needed = load_environment(project, env)[1].jar_sets
    sets = needed if copy else tuple(dict.fromkeys([*build.jar_sets(), *needed]))
    with progress("jars") as told:
        files = {name: jar_set(name, told=told) for name in sets}
    if copy:
        copy.mkdir(parents=True, exist_ok=True)
    width = max(map(len, sets))
    for name, found in files.items():
        for file in found:
            place = Path(shutil.copy(file, copy)) if copy else file
            typer.echo(f"{name.ljust(width)}  {place}")
