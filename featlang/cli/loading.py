"""From a folder to a program that may be run, for the commands that need one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from featlang.backends.reference.records import Input
    from featlang.check_cache import Findings
    from featlang.compiler import ir
    from featlang.dsl.diagnostics import Diagnostic, FeatError
    from featlang.dsl.render import Format
    from featlang.project import Project
    from featlang.run_report import Engine
    from featlang.settings import Environment
    from featlang.submit import Submitted


MOST = 100
"""So many messages are shown to people at once."""


def print_diagnostics(
    found: Sequence[Diagnostic],
    texts: Mapping[str, str],
    form: Format,
    *,
    to_error: bool = False,
    all_by: str | None = "`feat check --all`",
) -> None:
    """Print diagnostics; in colours only to a terminal, and not where `NO_COLOR` is set.

    People see the first `MOST`, errors before warnings, and how to see the others, by `all_by`; None: they see all.
    """
    from featlang.dsl.render import render  # noqa: PLC0415 - not needed to start

    more = len(found) - MOST if all_by is not None and form in {"full", "concise"} else 0
    if more > 0:
        chosen = sorted(range(len(found)), key=lambda place: found[place].level != "error")[:MOST]
        found = [found[place] for place in sorted(chosen)]
    stream = sys.stderr if to_error else sys.stdout
    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    typer.echo(render(found, texts, form, colour=colour), nl=False, err=to_error, color=colour)
    if more > 0:
        gap = "\n" if form == "full" else ""
        typer.echo(f"{gap}… and {more:,} more; {all_by} shows them", err=to_error)


def print_failure(project: Project, failure: FeatError) -> None:
    """Print the diagnostics of a stop after checking, to standard error."""
    from featlang.check_cache import Findings  # noqa: PLC0415 - not needed to start

    found, texts = located([Findings.of(project, failure.diagnostics)])
    print_diagnostics(found, texts, "full", to_error=True)


def inputs(
    project: Project,
    program: ir.Program,
    features: Sequence[str],
    env: str | None,
    reader: Engine | Literal["parity"],
    *,
    follow: bool = False,
) -> dict[str, Input]:
    """What the sources of the blocks read (with `follow`, topics on and on).

    What is missing is shown, and the command ends with exit code 1.
    """
    from featlang.dsl.diagnostics import FeatError  # noqa: PLC0415 - not needed to start
    from featlang.run_inputs import inputs_of  # noqa: PLC0415

    try:
        return inputs_of(project, program, features, env, reader, follow=follow)
    except FeatError as failure:
        print_failure(project, failure)
        raise typer.Exit(1) from failure


def located(projects: Sequence[Findings]) -> tuple[list[Diagnostic], dict[str, str]]:
    """The diagnostics and the texts of projects, with paths from the current folder on, as editors want them."""
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for project in projects:
        folder = os.path.relpath(project.folder)
        found += [each.moved(partial(_path, folder)) for each in project.diagnostics]
        texts |= {_path(folder, name): text for name, text in project.texts.items()}
    return found, texts


def _path(folder: str, name: str) -> str:
    return Path(folder, name).as_posix()


def load_checked(path: Path) -> tuple[Project, ir.Program]:
    """A project without errors. Else its errors are shown, and the command ends with exit code 1."""
    from featlang.project import load  # noqa: PLC0415 - not needed to start

    if not path.exists():
        message = f"{path} does not exist"
        raise typer.BadParameter(message, param_hint="--project")
    project = load(path)
    if project.program is None:
        from featlang.check_cache import Findings  # noqa: PLC0415

        found, texts = located([Findings.of(project)])
        print_diagnostics([each for each in found if each.level == "error"], texts, "full", to_error=True)
        raise typer.Exit(1)
    return project, project.program


def load_environment(path: Path, name: str | None) -> tuple[Project, Environment]:
    """A project, and what its `feat.yaml` says of an environment, whatever is wrong with its `.feat` files.

    What is wrong in `feat.yaml` is shown, and the command ends with exit code 1.
    """
    from featlang.dsl.diagnostics import FeatError  # noqa: PLC0415 - not needed to start
    from featlang.project import load  # noqa: PLC0415

    project = load(path)
    wrong = tuple(each for each in project.settings.diagnostics if each.level == "error")
    if wrong:
        print_failure(project, FeatError(wrong))
        raise typer.Exit(1)
    try:
        return project, project.environment(name)
    except FeatError as failure:
        print_failure(project, failure)
        raise typer.Exit(1) from failure


def load_submitted(path: Path, env: str | None, names: Sequence[str] | None) -> tuple[Project, list[Submitted]]:
    """A project, and the jobs that were submitted in an environment: all, or those named. None is exit code 1."""
    from featlang.submit import submitted  # noqa: PLC0415 - not needed to start

    project, _ = load_environment(path, env)
    name = env or project.default_environment
    found = submitted(project.folder, name)
    if not found:
        advice = f"`feat run --on flink --env {name} --detach` does it"
        typer.echo(f"error: nothing was submitted in the environment `{name}`; {advice}", err=True)
        raise typer.Exit(1)
    jobs = [job.job for job in found]
    for wanted in names or ():
        if wanted not in jobs:
            message = f"there is no job `{wanted}`; there is {', '.join(jobs)}"
            raise typer.BadParameter(message, param_hint="JOB")
    return project, [job for job in found if not names or job.job in names]


def chosen(program: ir.Program, names: Sequence[str] | None) -> tuple[str, ...]:
    """The named blocks and streams in the program's order, all for no name. An unknown name is a usage error."""
    known = [each.name for each in program.outputs]
    for name in names or ():
        if name not in known:
            from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start

            message = f"there is no `features` block or stream `{name}`; {did_you_mean(name, known, 'the names')}"
            raise typer.BadParameter(message, param_hint="NAME")
    return tuple(name for name in known if not names or name in names)
