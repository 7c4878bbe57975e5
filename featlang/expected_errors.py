"""Which errors are about the user's files, data or machine, and what is said of them."""

from __future__ import annotations

from featlang.backends.flink.session_cluster import ClusterError
from featlang.backends.kernel.jars import JarError
from featlang.backends.kernel.java_home import JavaNotFoundError
from featlang.backends.reference.input_error import InputError
from featlang.backends.spark.gateway import SparkStartError
from featlang.run_error import RunError

EXPECTED = (RunError, ClusterError, InputError, JarError, JavaNotFoundError, SparkStartError)


def explained(error: Exception) -> str | None:
    """What to say of an error that is not a bug; None for a bug."""
    if isinstance(error, EXPECTED):
        return str(error)
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name
        and error.name.split(".")[0] in {"pyflink", "pyspark", "cassandra"}
    ):
        return f"{error.name} is not installed: pip install 'featlang[{error.name.removeprefix('py')}]'"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None
