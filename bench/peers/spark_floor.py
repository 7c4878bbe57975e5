"""No peer but our floor on Spark: the same records read, shuffled and sorted as ours are, nothing folded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import arguments, measure
from spark_session import spark_session

import featlang
from featlang.backends.kernel.jars import jar_set
from featlang.compiler.plan import plan

PROJECT = Path(__file__).parent.parent / "clicks_exact"
PARTITION = 32 << 20
"""As in the generated script."""
ALL_TIME = (-(2**63), 2**63 - 1)


def main() -> None:
    """The command line. Writes no rows, whatever is said."""
    chosen = arguments(__doc__)
    project = featlang.load(PROJECT)
    (job,) = plan(project.program).jobs
    (source,) = job.sources
    groups = [group.name for stage in job.stages for group in stage.groups]
    with tempfile.TemporaryDirectory() as folder:
        project.compile(folder)
        jar = Path(folder, job.name, f"{job.name}.jar")
        with spark_session(chosen.parallelism, (jar, *jar_set("sqlite"))) as spark:
            jvm = spark._jvm  # noqa: SLF001 - as the generated script does
            java = jvm.featlang.spark  # type: ignore[union-attr]
            counters = java.Counters()
            spark._jsc.sc().register(counters, source.source.name)  # noqa: SLF001
            of_level = max(chosen.parallelism, chosen.input.stat().st_size // PARTITION)
            partitions = java.Partitions({stage.number: 0 for stage in job.stages}, of_level)
            file = {"kind": "parquet", "role": "history", "files": [str(chosen.input.resolve())], "options": {}}

            def work() -> int:
                first, last = ALL_TIME
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
