"""`feat lineage`: where a value comes from, and what comes from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.completions import values
from featlang.cli.options import ProjectOption

if TYPE_CHECKING:
    from featlang.compiler.lineage import Lineage

Format = Literal["text", "mermaid", "json"]

_SHAPES = {
    "input": ("[(", ")]"),
    "output": ("[(", ")]"),
    "source": ("[[", "]]"),
    "features": ("[[", "]]"),
    "helper": ("(", ")"),
}


def lineage(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A source, stream or block, or BLOCK.FEATURE or SOURCE.COLUMN.",
            autocompletion=values,
        ),
    ],
    project: ProjectOption = Path(),
    *,
    format: Annotated[Format, typer.Option("--format", help="How it is printed.")] = "text",  # noqa: A002 - its name
) -> None:
    """Print what a column, feature, block or source comes from, and what is computed from it.

    Example: feat lineage carrier_delays.on_time_rate --project examples/flights
    """
    from featlang.cli.loading import load_checked  # noqa: PLC0415 - not needed to start
    from featlang.compiler.lineage import lineage as lineage_of  # noqa: PLC0415

    loaded, program = load_checked(project)
    found = lineage_of(program, loaded.files)
    name = found.written.get(name, name)
    if name not in found.kinds:
        message = f"there is no `{name}`; {_advice(found, name)}"
        raise typer.BadParameter(message, param_hint="NAME")
    typer.echo({"text": _text, "mermaid": _mermaid, "json": _json}[format](found, name))


def _advice(found: Lineage, name: str) -> str:
    """What to type instead of an unknown name."""
    from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start

    stream = name.partition(".")[0]
    if found.kinds.get(stream) == "stream":
        return f"the columns of a stream are not told apart: ask for `{stream}`"
    return did_you_mean(name, [*found.kinds, *found.written], "the names")


def _text(found: Lineage, name: str) -> str:
    from featlang.compiler.lineage import DOWN, UP  # noqa: PLC0415 - not needed to start

    lines = [f"{found.kinds[name]} {name}"]
    for title, direction in (("comes from", UP), ("is read by", DOWN)):
        paths = list(found.paths(name, direction))
        lines += [title] if paths else []
        lines += [
            f"{'  ' * depth}{found.kinds[node]} {node}{' (see above)' if again else ''}" for depth, node, again in paths
        ]
    return "\n".join(lines)


def _mermaid(found: Lineage, name: str) -> str:
    edges = found.around(name)
    nodes = list(dict.fromkeys([name, *(node for edge in edges for node in edge)]))
    ids = {node: f"n{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    for node in nodes:
        opening, closing = _SHAPES.get(found.kinds[node], ("[", "]"))
        label = node.replace('"', "#quot;")
        lines.append(f'  {ids[node]}{opening}"{label}"{closing}')
    lines += [f"  {ids[origin]} --> {ids[target]}" for origin, target in edges]
    return "\n".join([*lines, f"  style {ids[name]} stroke-width:3px"])


def _json(found: Lineage, name: str) -> str:
    import json  # noqa: PLC0415 - not needed to start

    edges = found.around(name)
    nodes = list(dict.fromkeys([name, *(node for edge in edges for node in edge)]))
    content = {
        "name": name,
        "nodes": [{"name": node, "kind": found.kinds[node]} for node in nodes],
        "edges": [{"from": origin, "to": target} for origin, target in edges],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
