"""Plan to PySpark: the batch job's script, by the template beside this file."""

from __future__ import annotations

from pathlib import Path

from featlang.backends import scripts
from featlang.compiler.plan import Job


def render(job: Job) -> str:
    """The text of `spark_job.py`; equal for equal plans."""
    return scripts.render(Path(__file__).with_name("spark_job.py.j2"), job)
