"""No peer but our floor on Spark: the same records read, shuffled and sorted as ours are, nothing folded."""

# Nothing was tried here: it is what `feat run` does before it folds, with whatever makes that faster.
from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from common import arguments, measure
from spark_session import spark_session

import featlang
from featlang.backends.kernel.jars import jar_set
from featlang.compiler.plan import plan

PROJECT = Path(__file__).parent.parent / "clicks_exact"


def generated(script: Path) -> Any:
    """The module of a generated script."""
    spec = importlib.util.spec_from_file_location("job", script)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """The command line. Writes no rows, whatever is said."""
    chosen = arguments(__doc__)
    project = featlang.load(PROJECT)
    (job,) = plan(project.program).jobs
    (source,) = job.sources
    groups = [group.name for stage in job.stages for group in stage.groups]
    with tempfile.TemporaryDirectory() as folder:
        project.compile(folder)
        jar, script = Path(folder, job.name, f"{job.name}.jar"), generated(Path(folder, job.name, "spark_job.py"))
        with spark_session(chosen.parallelism, (jar, *jar_set("sqlite"))) as spark:
            jvm = spark._jvm  # noqa: SLF001 - as the generated script does
            java = jvm.featlang.spark  # type: ignore[union-attr]
            counters = java.Counters()
            spark._jsc.sc().register(counters, source.source.name)  # noqa: SLF001
            file = {"kind": "parquet", "role": "history", "files": [str(chosen.input.resolve())], "options": {}}
            conf = {"parallelism": chosen.parallelism, "sources": {source.source.name: file}}
            partitions = java.Partitions(script.LEVELS, script.partitions_of(conf))

            def work() -> int:
                first, last = script.ALL_TIME
                session = spark._jsparkSession  # noqa: SLF001
                events = java.SourceHost.events(
                    *(session, source.source.name, source.class_name, file, groups, partitions, False),
                    *(0, first, first, last, folder, chosen.parallelism, counters),
                )
                shuffled = java.RoutedRows.shuffled(session, [events], partitions)
                java.RoutedRows.run(java.RoutedRows.byKey([shuffled], partitions, 0))
                return int(dict(counters.value())["accepted"])

            measure(work)


if __name__ == "__main__":
    main()
