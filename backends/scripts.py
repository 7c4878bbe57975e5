"""Plan to scripts: what the templates of the generated programs are given, and how text gets into them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from featlang.compiler.plan import Job, PlannedSource, Stage


def render(template: Path, job: Job) -> str:
    """The text of a job's script by a template; equal for equal plans."""
    return (
        _environment(template.parent)
        .get_template(template.name)
        .render(
            job=job,
            jar=f"{job.name}.jar",
            groups=[group.name for stage in job.stages for group in stage.groups],
            sources=[_source(source) for source in job.sources],
            by_arrival=any(source.source.order is not None for source in job.sources),
        )
    )


def _source(source: PlannedSource) -> dict[str, Any]:
    reach = source.reach
    return {
        "name": source.name,
        "class_name": source.class_name,
        "module": source.source.origin.module,
        "reach": "None" if reach is None else f"{reach:_}",
        "reach_text": "a row may see every event before it" if reach is None else "µs that a row looks back",
        "stages": [_stage(stage) for stage in source.stages],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "uid": stage.uid,
        "class_name": stage.class_name,
        "index": stage.index,
        "key": stage.key,
        "groups": [{"name": g.name, "module": g.features.origin.module} for g in stage.groups],
    }


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(  # noqa: S701 - Python, not HTML; values enter by the filters below
        loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["python"] = _python
    environment.filters["comment"] = _comment
    return environment


def _python(text: str | list[str]) -> str:
    """A literal in double quotes, or a list of them: JSON's escapes are Python's too, if other characters stay."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """Text that can end neither a comment nor a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"""', "'''")
