"""Runs a generated script with checkpoints, and with a failure in front of the sink of `visits`.

Arguments: the script, the file that says that it has failed, then those of the script.
"""

import importlib.util
import sys
from typing import Any

from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

INTERVAL_MILLIS = 50


def main() -> None:
    """Patches the script's `write`, then calls its `main`."""
    path, marker, *sys.argv[1:] = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("job", path)
    assert spec is not None
    assert spec.loader is not None
    job: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)

    environment = StreamExecutionEnvironment.get_execution_environment
    write = job.write

    def with_checkpoints() -> StreamExecutionEnvironment:
        return environment().enable_checkpointing(INTERVAL_MILLIS)

    def failing(stream: DataStream, conf: dict[str, Any], folder: str, *rest: object) -> object:
        if folder != "visits":
            return write(stream, conf, folder, *rest)
        java = stream._j_data_stream  # noqa: SLF001 - as the script itself does
        fail = get_gateway().jvm.featlang.trial.FailOnce(marker)
        return write(DataStream(java.map(fail, java.getType()).uid("fail")), conf, folder, *rest)

    StreamExecutionEnvironment.get_execution_environment = with_checkpoints
    job.write = failing
    job.main()


if __name__ == "__main__":
    main()
