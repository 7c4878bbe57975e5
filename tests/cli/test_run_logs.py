"""What is shown of an engine's log when a run fails."""

from __future__ import annotations

import pytest

from featlang.run_logs import reason

SPARK = """
26/11/23 21:00:00 ERROR Executor: Exception in task 0.0
Traceback (most recent call last):
  File "spark_job.py", line 10, in <module>
    main()
py4j.protocol.Py4JJavaError: An error occurred while calling o1.parquet.
: org.apache.spark.SparkException: Job aborted due to stage failure
\tat org.apache.spark.Thing(Thing.scala:1)
Caused by: java.io.UncheckedIOException: wrapped
\tat java.base/java.lang.Thread.run(Thread.java:1)
Caused by: featlang.kernel.HeaderException: clicks.csv: the header has no column `user`
\tat featlang.kernel.SourceReader.header(SourceReader.java:1)
\t... 12 more
"""


def test_our_own_message_comes_first() -> None:
    assert reason(SPARK + "java.lang.IllegalStateException: Shutdown in progress\n") == (
        "clicks.csv: the header has no column `user`"
    )


def test_the_innermost_cause_of_others() -> None:
    log = "org.apache.spark.SparkException: Job aborted\nCaused by: java.io.IOException: No space left\n\tat x.Y(Z)\n"
    assert reason(log) == "IOException: No space left"


@pytest.mark.parametrize(("log", "expected"), [("KeyError: 'out'", "KeyError: 'out'"), ("", "the log is empty")])
def test_short_logs(log: str, expected: str) -> None:
    assert reason(log) == expected


def test_without_an_exception_the_last_lines_without_frames() -> None:
    log = "\n".join([*map(str, range(40)), "\tat a.b.C(D.java:1)", "Killed"])
    assert reason(log).splitlines()[-1] == "Killed"
    assert len(reason(log).splitlines()) == 12


def test_a_master_that_does_not_answer_is_told_of() -> None:
    log = "26/11/30 ERROR Inbox: Application has been killed. Reason: All masters are unresponsive! Giving up."
    assert reason(log).startswith("no Spark master answers; start it, or correct `spark: {master: …}`")
