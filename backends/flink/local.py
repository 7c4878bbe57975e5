"""What a local run of a generated Flink script needs: Java, a quiet log, the jars that PyFlink lacks."""

from __future__ import annotations

import os
from pathlib import Path

from featlang.backends.kernel import jars
from featlang.backends.kernel.java_home import find_java

_LOG_SETTINGS = Path(__file__).with_name("log4j.properties")
_SET_BY_CLUSTERS = ("PYFLINK_GATEWAY_PORT", "SUBMIT_ARGS", "FLINK_HOME", "FLINK_CONF_DIR")


def flink_environment(log_folder: Path, scratch: Path) -> dict[str, str]:
    """The environment in which a PyFlink program runs in a mini-cluster of its own, on the Java that `find_java` gives.

    Flink's log, warnings and errors only, is written to a file in `log_folder`; what it needs only while it runs is
    kept in `scratch`.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _SET_BY_CLUSTERS}
    variables = find_java().environment(variables)
    # On the class path from the start: a job's own jars are copied and hashed at every start, and Hadoop's are large.
    variables["HADOOP_CLASSPATH"] = os.pathsep.join(map(str, extra_jars()))
    variables["LOG4J_PROPERTIES"] = str(_LOG_SETTINGS)
    variables["FLINK_LOG_DIR"] = str(log_folder)
    # The parallel collector: a fifth less work than the default one's on 2 cores.
    arguments = variables.get("JVM_ARGS", "-XX:+UseParallelGC")
    if not any(map(str.isspace, str(scratch))):  # PyFlink takes the arguments apart at spaces
        arguments = f"-Djava.io.tmpdir={scratch} {arguments}"
    return variables | {"JVM_ARGS": arguments}


def extra_jars() -> list[Path]:
    """The jars for the conf file of a Flink script: Parquet's, the local store's driver, Kafka's connector."""
    return [jar for name in ("parquet", "sqlite", "kafka") for jar in jars.jar_set(name)]
