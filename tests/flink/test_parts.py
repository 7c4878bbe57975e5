"""Parts of the host that need no job: serializers, messages of refused records, the clock of silent partitions."""

from __future__ import annotations

import os
import subprocess

from featlang.backends.kernel.build import runtime_jar
from featlang.backends.kernel.jars import jar_set, wheel_jars
from featlang.backends.kernel.java_home import find_java
from tests.flink.mini_cluster import MiniCluster


def printed(cluster: MiniCluster, trial: str, *arguments: str) -> list[str]:
    """What one of the tests' programs prints."""
    libraries = [*jar_set("kafka"), *jar_set("sqlite"), *wheel_jars("pyflink")]
    class_path = [cluster.test_jar, runtime_jar(["flink", "store"]), *libraries]
    java = str(find_java().executable)
    options = ["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", os.pathsep.join(map(str, class_path))]
    command = [java, *options, f"featlang.flink.{trial}", *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_values_come_back_from_their_serializers(cluster: MiniCluster) -> None:
    assert printed(cluster, "SerializerTrial") == [
        "00ff02030405060708 true 16712195",
        "3 [0, -1, 2, 3, 4, 5, 6, 7, 8][][9]null",
        "3 [0, -1, 2, 3, 4, 5, 6, 7, 8][0, -1, 2, 3, 4, 5, 6, 7, 8][][7]",
        "pé0[0, -1, 2, 3, 4, 5, 6, 7, 8]",
        "pa1099511627776null[true, false][0, -9223372036854775808]null[0, -1, 2, 3, 4, 5, 6, 7, 8]",
        "pm2[1][true, false][0, -9223372036854775808]null[0, -1, 2, 3, 4, 5, 6, 7, 8]",
        "FileSplit[name=s, files=[a, é], file=1, record=2, offset=1099511627776]",
        # A topic's split in a savepoint: the bytes of this version, what is read of the first one's, and of these.
        "000000000000001700017400000001000000000000000780000000000000000000000000000005010000"
        "0000000000060000000000000004000000010000001200000000000000030900ff02030405060708",
        "t/1 7 5true6-922337203685477580800000000000000030900ff02030405060708",
        "t/1 7 5true6400000000000000030900ff02030405060708",
    ]


def test_a_refused_record_is_never_too_long_for_a_message(cluster: MiniCluster) -> None:
    """What a topic holds may be longer than what may be sent with headers; it is cut, and says how long it was."""
    why = "path=web.clicks/0, record=5, source=clicks, text=no JSON}"
    assert printed(cluster, "RefusedTrial") == [
        f"1000000 {{code=malformed, {why}",
        f"65536 {{code=malformed, length=1048000, {why}",
        f"1048000 {{code=malformed, {why}",
        f"8941 {{code=malformed, length=20000, {why}",
    ]


def test_only_time_in_which_a_task_could_read_counts(cluster: MiniCluster) -> None:
    """What `idleness` is measured by."""
    assert printed(cluster, "AwakeTrial") == [
        "began: 0",
        "waited 200: 200",
        "a record of 4 and 196: 400",
        "a record of 700 and 200: 600",
        "held up for 60000: 1600",
        "100 and under pressure for 500: 1700",
        "500 more and 100: 1800",
    ]
