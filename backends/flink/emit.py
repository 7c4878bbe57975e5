"""Plan to PyFlink: the streaming job's script, by the template beside this file."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from featlang.compiler import ir
from featlang.compiler.plan import Job, PlannedSource

_TEMPLATE = "flink_job.py.j2"


def render(job: Job) -> str:
    """The text of `flink_job.py`; equal for equal plans."""
    template = _environment().get_template(_TEMPLATE)
    return template.render(
        job=job,
        jar=f"{job.name}.jar",
        groups=[group.name for stage in job.stages for group in stage.groups],
        sources=[_source(source) for source in job.sources],
    )


def _source(source: PlannedSource) -> dict[str, Any]:
    microseconds = source.reach
    return {
        "name": source.name,
        "class_name": source.class_name,
        "origin": _place(source.source.origin),
        "reach": "None" if microseconds is None else f"{microseconds:_}",
        "reach_text": "a row may see all before it" if microseconds is None else "µs before a row that it may see",
        "stages": [
            {
                "name": stage.name,
                "uid": stage.uid,
                "class_name": stage.class_name,
                "index": stage.index,
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
    """A Python string in double quotes: what JSON escapes, Python reads the same."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """Text that can end neither a comment nor a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"""', "'''")
