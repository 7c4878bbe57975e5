"""Plan to scripts: what the templates of the generated programs are given, and how text gets into them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from featlang.compiler.plan import Job, PlannedSource, Stage


def render(template: Path, job: Job) -> str:
    """The text of a job's script by a template; equal for equal plans."""
    levels = [_level(stages, job) for stages in job.levels]
    read = {name for level in levels for name in level["sources"]}
    return (
        _environment(template.parent)
        .get_template(template.name)
        .render(
            job=job,
            jar=f"{job.name}.jar",
            outputs=list(job.outputs),
            sources=[_source(source, job) for source in sorted(job.sources, key=lambda each: each.table is not None)],
            stages=[_stage(stage, job) for stage in job.stages],
            levels=levels,
            read=sorted(read),
            unread=[source.name for source in job.sources if source.name not in read],
            needs={name: list(names) for name, names in job.needs.items()},
            by_arrival=any(source.source.order is not None for source in job.sources),
        )
    )


def _source(source: PlannedSource, job: Job) -> dict[str, Any]:
    reaches = [source.reach, *(fed.reach for fed in job.fed)]  # features of a stream's rows look back from those
    reach = None if None in reaches else sum(each for each in reaches if each is not None)
    direct = {s.name: s for s in source.streams if not s.visits and s.stream.writes}
    return {
        "name": source.name,
        "kind": "source" if source.table is None else "table",
        "class_name": source.class_name,
        "module": source.source.origin.module,
        "reach": "None" if reach is None else f"{reach:_}",
        "reach_text": "a row may see every event before it" if reach is None else "µs that a row looks back",
        "direct": [{"name": s.name, "module": s.stream.origin.module} for s in direct.values()],
    }


def _stage(stage: Stage, job: Job) -> dict[str, Any]:
    """`origins` names the sources and stages that rows come from; `streams` the streams that are written from it."""
    fed = [stream for stream in job.streams if stream.name == stage.source]
    origin = fed[0].source.name if fed else stage.source
    senders: list[str | int] = [each.visits[-1].stage if each.visits else each.source.name for each in fed] or [origin]
    ending = {v.name: v for v in stage.visits if v.following is None and v.stream.stream.writes}
    for visit in stage.visits:
        if visit.number == 0:
            senders.append(visit.stream.stream.source)
        else:
            senders.append(visit.stream.visits[visit.number - 1].stage)
    return {
        "name": stage.name,
        "uid": stage.uid,
        "class_name": stage.class_name,
        "number": stage.number,
        "source": origin,
        "reader": next(source.class_name for source in job.sources if source.name == origin),
        "origins": list(dict.fromkeys(senders)),
        "key": stage.key,
        "groups": [{"name": g.name, "module": g.features.origin.module} for g in stage.groups],
        "visitors": list(dict.fromkeys(visit.name for visit in stage.visits)),
        "streams": [{"name": v.name, "module": v.stream.stream.origin.module} for v in ending.values()],
    }


def _level(stages: Sequence[Stage], job: Job) -> dict[str, Any]:
    """What a fold of the batch job reads, by number: all sources (0), and the folds before it, from 1 on."""
    described = [_stage(stage, job) for stage in stages]
    origins = [origin for stage in described for origin in stage["origins"]]
    level_of = {stage.number: level for level, of_level in enumerate(job.levels) for stage in of_level}
    sources = {origin for origin in origins if isinstance(origin, str)}
    folds = {level_of[origin] for origin in origins if isinstance(origin, int)}
    return {
        "stages": described,
        "sources": sources,
        "reads": [*([0] if sources else []), *sorted(level + 1 for level in folds)],
    }


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(  # noqa: S701 - Python, not HTML; values enter by the filters below
        loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["python"] = _python
    environment.filters["comment"] = _comment
    return environment


def _python(text: str | list[str] | list[int]) -> str:
    """A literal in double quotes, or a list of them or of numbers: JSON's escapes are Python's if other texts stay."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """Text that can end neither a comment nor a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"""', "'''")
