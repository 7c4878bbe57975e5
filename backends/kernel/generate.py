"""Plan to Java: one class for each source and each stage, specialised to the program."""

from __future__ import annotations

from featlang.backends.kernel.source_class import SourceClass
from featlang.backends.kernel.stage_class import StageClass
from featlang.compiler.plan import Job


def generate(job: Job) -> dict[str, str]:
    """The job's Java: qualified class name to source text, equal for equal plans."""
    classes = {}
    for source in job.sources:
        classes[source.class_name] = SourceClass(job, source).text()
    for source in (*job.sources, *job.fed):
        for stage in source.stages:
            classes[stage.class_name] = StageClass(job, source.source, stage).text()
    return classes
