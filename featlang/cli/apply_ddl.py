"""`feat apply-ddl`: tables of Cassandra made, and columns added."""

from __future__ import annotations

from pathlib import Path

import typer

from featlang.cli.options import EnvironmentOption, NamesArgument, ProjectOption
from featlang.cli.plan_ddl import KeyspaceOption, cluster_of, refuse


def apply_ddl(
    names: NamesArgument = None,
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    create_keyspace: KeyspaceOption = None,
) -> None:
    """Make the tables of `to cassandra(…)` that the environment's cluster lacks, and add columns to those it has.

    Nothing is ever dropped or altered otherwise; where a table differs in more, nothing is done. Exit code 0: done, or
    there was nothing to do; 1: refused.

    Example: feat apply-ddl --env production
    """
    from featlang import ddl  # noqa: PLC0415 - not needed to start
    from featlang.backends.connectors.cassandra.cluster import connected  # noqa: PLC0415
    from featlang.cli.loading import chosen, load_checked  # noqa: PLC0415

    loaded, program = load_checked(project)
    planned = ddl.tables(program, chosen(program, names))
    settings = cluster_of(loaded, env, "name an environment that has one")
    with connected(settings) as session:
        ddl.compare(planned, session, settings, create_keyspace)
        refuse(planned)
        for _, statement in ddl.apply(planned, session):
            typer.echo(f"{statement};")
    for each in planned:
        typer.echo(f"-- {each.table} of features {each.block}; it is as it must be")
