"""`feat show`: what each stop of the compiler makes of a definition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from featlang.cli.completions import definitions
from featlang.cli.options import ProjectOption

if TYPE_CHECKING:
    from featlang.compiler import ir
    from featlang.compiler.plan import Job
    from featlang.project import Project

Stop = Literal["tree", "ir", "plan", "kernel", "flink", "spark"]


def show(
    stop: Annotated[Stop, typer.Argument(help="Where to look.")],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A source or a `features` block.", autocompletion=definitions)
    ],
    project: ProjectOption = Path(),
) -> None:
    """Print what a definition is at one stop of the compiler: from what was read to the script that runs.

    Example: feat show kernel carrier_delays --project examples/flights
    """
    from featlang.cli.loading import load_checked  # noqa: PLC0415 - not needed to start
    from featlang.project import load  # noqa: PLC0415

    if stop == "tree":
        typer.echo(_tree(load(project), name))
        return
    _, program = load_checked(project)
    typer.echo(_ir(program, name) if stop == "ir" else _OF_JOB[stop](_job(program, name), name))


def _tree(project: Project, name: str) -> str:
    declarations = [d for file in project.files for d in file.declarations]
    return "\n".join(_outline(d) for d in declarations if d.name.text == name) or _unknown(
        name, [d.name.text for d in declarations]
    )


def _ir(program: ir.Program, name: str) -> str:
    for source in program.sources:
        if source.name == name:
            return source.model_dump_json(indent=2)
    for block in program.outputs:
        if block.name == name:
            return block.model_dump_json(indent=2)
    return _unknown(name, _names(program))


def _job(program: ir.Program, name: str) -> Job:
    from featlang.compiler.plan import plan  # noqa: PLC0415 - not needed to start

    for job in plan(program).jobs:
        if name in [job.name, *job.outputs, *(source.name for source in job.sources)]:
            return job
    return _unknown(name, _names(program))


def _plan(job: Job, name: str) -> str:
    from featlang.cli.plan_text import plan_text  # noqa: PLC0415 - not needed to start

    return plan_text(job, name)


def _kernel(job: Job, name: str) -> str:
    from featlang.backends.kernel.generate import generate  # noqa: PLC0415 - not needed to start

    stages = [stage for stage in job.stages if name in stage.outputs]
    classes = generate(job)
    names = [stage.class_name for stage in stages] or list(classes)
    return "\n".join(classes[each].rstrip() for each in names)


def _flink(job: Job, _: str) -> str:
    from featlang.backends.flink.emit import render  # noqa: PLC0415 - not needed to start

    return render(job).rstrip()


def _spark(job: Job, _: str) -> str:
    from featlang.backends.spark.emit import render  # noqa: PLC0415 - not needed to start

    return render(job).rstrip()


_OF_JOB: dict[str, Callable[[Job, str], str]] = {"plan": _plan, "kernel": _kernel, "flink": _flink, "spark": _spark}


def _names(program: ir.Program) -> list[str]:
    return [*(source.name for source in program.sources), *(each.name for each in program.outputs)]


def _unknown(name: str, known: list[str]) -> NoReturn:
    from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start

    message = f"nothing is called `{name}`; {did_you_mean(name, known, 'the definitions')}"
    raise typer.BadParameter(message, param_hint="NAME")


def _outline(node: object) -> str:
    from featlang.cli.outline import outline  # noqa: PLC0415 - not needed to start

    return outline(node)
