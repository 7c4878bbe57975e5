"""`feat plan-ddl`: what the tables of Cassandra need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from featlang.cli.options import EnvironmentOption, NamesArgument, ProjectOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.ddl import TablePlan
    from featlang.project import Project
    from featlang.settings import Cassandra

KeyspaceOption = Annotated[
    int | None,
    typer.Option(
        "--create-keyspace", metavar="N", min=1, help="Make a missing keyspace, with N replicas in the data center."
    ),
]


def plan_ddl(
    names: NamesArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    create_keyspace: KeyspaceOption = None,
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no cluster: print what makes each table.")] = False,
) -> None:
    """Print the CQL that the tables of `to cassandra(…)` need: what the environment's cluster lacks.

    Exit code 0: that is all, or nothing is needed; 1: a table differs in what CQL cannot change without loss.

    Example: feat plan-ddl --env production
    """
    from featlang import ddl  # noqa: PLC0415 - not needed to start
    from featlang.cli.loading import chosen, load_checked  # noqa: PLC0415

    loaded, program = load_checked(project)
    planned = ddl.tables(program, chosen(program, names))
    if not offline:
        from featlang.backends.connectors.cassandra.cluster import connected  # noqa: PLC0415 - needs the driver

        settings = cluster_of(loaded, env, "print whole statements without one by --offline")
        with connected(settings) as session:
            ddl.compare(planned, session, settings, create_keyspace)
    for each in planned:
        nothing = "" if each.statements or each.refusals else "; it is as it must be"
        typer.echo(f"-- {each.table} of features {each.block}{nothing}")
        for text in each.notes:
            typer.echo(f"-- {text}")
        for statement in each.statements:
            typer.echo(f"{statement};")
    refuse(planned)


def cluster_of(project: Project, env: str | None, otherwise: str) -> Cassandra:
    """The cluster of an environment; where it has none, a usage error."""
    from featlang.cli.loading import print_failure  # noqa: PLC0415 - not needed to start
    from featlang.dsl.diagnostics import FeatError  # noqa: PLC0415

    try:
        found = project.environment(env).cassandra
    except FeatError as failure:
        print_failure(project, failure)
        raise typer.Exit(1) from failure
    if found is None:
        name = env or project.default_environment
        message = f"the environment `{name}` has no `cassandra: {{hosts: […]}}` in feat.yaml; {otherwise}"
        raise typer.BadParameter(message, param_hint="--env")
    return found


def refuse(planned: Sequence[TablePlan]) -> None:
    """Say what no statement mends; the command then ends with exit code 1."""
    from featlang.ddl import problems  # noqa: PLC0415 - not needed to start

    found = problems(planned)
    for text in found:
        typer.echo(f"error: {text}", err=True)
    if found:
        raise typer.Exit(1)
