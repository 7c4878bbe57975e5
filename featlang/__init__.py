"""featlang: features declared once, computed by Flink and by Spark with the same bits.

project = featlang.load("examples/flights")
project.check()                                            # every mistake, as diagnostics
project.compile("build")                                   # the jobs that are deployed
table = project.run("carrier_delays", on="spark")          # a pyarrow.Table
training = project.dataset("carrier_delays", "labels.csv") # labels, and what was known before them
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.run_error import RunError

if TYPE_CHECKING:
    from featlang.api import Project

__all__ = ["Diagnostic", "FeatError", "RunError", "load"]


def load(path: str | Path = ".") -> Project:
    """Read and compile the project at a path: a folder, or one `.feat` file with those it imports.

    The project's folder is the nearest with a `feat.yaml`, from the path on upwards; where there is none, the path.
    Mistakes in its files raise nothing; `check` gives them. Raises `FileNotFoundError` where nothing is at the path.
    """
    from featlang.api import Project  # noqa: PLC0415 - the command line starts without it

    return Project(path)
