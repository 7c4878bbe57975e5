"""featlang: features declared once, computed by Flink and by Spark with the same bits.

project = featlang.load("examples/flights")
project.check()                                            # every mistake, as diagnostics
project.compile("build")                                   # the jobs that are deployed
table = project.run("carrier_delays", on="spark")          # a pyarrow.Table
training = project.dataset("carrier_delays", "labels.csv") # labels, and what was known before them
now = featlang.online("production").get("carrier_delays", carrier="WN")  # what the online store has
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.run_error import RunError

if TYPE_CHECKING:
    from featlang.api import Project, Time
    from featlang.online_store import Online

__all__ = ["Diagnostic", "FeatError", "RunError", "load", "online"]


def load(path: str | Path = ".") -> Project:
    """Read and compile the project at a path: a folder, or one `.feat` file with those it imports.

    The project's folder is the nearest with a `feat.yaml`, from the path on upwards; where there is none, the path.
    Mistakes in its files raise nothing; `check` gives them. Raises `FileNotFoundError` where nothing is at the path.
    """
    from featlang.api import Project  # noqa: PLC0415 - the command line starts without it

    return Project(path)


def online(
    env: str | None = None, project: str | Path = ".", *, out: str | Path | None = None, now: Time | None = None
) -> Online:
    """Open the online store of an environment (None: the project's default one), whose rows it reads by their keys.

    Where the environment has no Cassandra that is the `online.sqlite` of a run: below `out`, else of the newest run
    below the project's folder. `now` is the clock by which rows are old, by default the machine's. Raises
    `FileNotFoundError` where nothing is at the path, `FeatError` for mistakes in the project or an unknown environment,
    and `RunError` where the store does not answer or there was no run.
    """
    from featlang.online_store import Online  # noqa: PLC0415 - the command line starts without it

    return Online(load(project), env, None if out is None else Path(out), now)
