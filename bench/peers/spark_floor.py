"""No peer but our floor on Spark: the same records decoded, shuffled and sorted by the same keys, nothing folded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import arguments, measure
from pyspark.sql import DataFrame
from spark_session import spark_session

import featlang
from featlang.backends.kernel.jars import jar_set
from featlang.compiler.plan import plan

PROJECT = Path(__file__).parent.parent / "clicks_exact"
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
            java = spark._jvm.featlang.spark  # noqa: SLF001 - as the generated script does
            spark.conf.set("spark.sql.adaptive.enabled", "false")  # the same
            counters = java.Counters()
            spark._jsc.sc().register(counters, source.source.name)  # noqa: SLF001

            def work() -> int:
                first, last = ALL_TIME
                numbers = [stage.number for stage in job.stages]
                events = java.SourceHost.events(
                    *(spark._jsparkSession, source.source.name, source.class_name, "parquet"),  # noqa: SLF001
                    *(
                        [str(chosen.input.resolve())],
                        {},
                        True,
                        None,
                        groups,
                        numbers,
                        False,
                        0,
                        first,
                        first,
                        last,
                        folder,
                    ),
                    *(chosen.parallelism, counters),
                )
                rows = java.RoutedRows.to(spark._jsparkSession, numbers, [events])  # noqa: SLF001
                by_key = DataFrame(rows, spark).repartition(chosen.parallelism, "key")
                ordered = by_key.sortWithinPartitions("key", "stage", "order")
                ordered.write.format("noop").mode("overwrite").save()
                return int(dict(counters.value())["accepted"])

            measure(work)


if __name__ == "__main__":
    main()
