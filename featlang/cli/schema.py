"""`feat schema`: the JSON Schema of the YAML form."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of `.feat.yaml` files, with which an editor completes and explains their keys.

    Example: feat schema > feat.schema.json
    """
    import json  # noqa: PLC0415 - not needed to start

    from featlang.dsl.yaml_schema import schema as of_yaml  # noqa: PLC0415

    typer.echo(json.dumps(of_yaml(), indent=2))
