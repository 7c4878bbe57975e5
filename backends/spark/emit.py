"""Plan to PySpark: the batch job's script, by the template beside this file."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from featlang.compiler import ir
from featlang.compiler.plan import Job, PlannedSource

_TEMPLATE = "spark_job.py.j2"


def render(job: Job) -> str:
    """The text of `spark_job.py`; equal for equal plans."""
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            job=job,
            jar=f"{job.name}.jar",
            groups=[group.name for stage in job.stages for group in stage.groups],
            sources=[_source(source) for source in job.sources],
        )
    )


def reach(source: PlannedSource) -> int | None:
    """How far before an event its row can see, µs: the longest window with its step; None where one sees everything."""
    widths = [_width(ring.window) for stage in source.stages for ring in stage.rings]
    bounded = [width for width in widths if width is not None]
    return None if len(bounded) < len(widths) else max(bounded, default=0)


def _width(window: ir.Window) -> int | None:
    match window:
        case ir.Sliding():
            return window.width + window.step
        case ir.Exact():
            return window.width
        case ir.Forever():
            return None


def _source(source: PlannedSource) -> dict[str, Any]:
    microseconds = reach(source)
    return {
        "name": source.name,
        "class_name": source.class_name,
        "origin": _place(source.source.origin),
        "reach": "None" if microseconds is None else f"{microseconds:_}",
        "reach_text": "a row may see every event before it" if microseconds is None else "µs that a row looks back",
        "stages": [
            {
                "class_name": stage.class_name,
                "key": stage.key,
                "groups": [{"name": g.name, "origin": _place(g.features.origin)} for g in stage.groups],
            }
            for stage in source.stages
        ],
    }


def _place(origin: ir.Origin) -> str:
    return f"{origin.file}:{origin.line}"


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Python, not HTML; values enter by the filters below
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["python"] = _python
    environment.filters["comment"] = _comment
    return environment


def _python(text: str) -> str:
    """A literal in double quotes: JSON's escapes are Python's too, if characters beyond ASCII stay as they are."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """Text that can end neither a comment nor a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"""', "'''")
