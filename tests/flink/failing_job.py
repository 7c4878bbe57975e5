"""Runs a generated script with a failure in front of the sink of one of its folders.

Arguments: the script, the file that says that it has failed, the folder, after how many of its rows,
then those of the script.
"""

import importlib.util
import sys
from typing import Any

from pyflink.datastream import DataStream
from pyflink.java_gateway import get_gateway


def main() -> None:
    """Patches the script's `write`, then calls its `main`."""
    path, marker, place, after, *sys.argv[1:] = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("job", path)
    assert spec is not None
    assert spec.loader is not None
    job: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)
    write = job.write

    def failing(stream: DataStream, conf: dict[str, Any], folder: str, *rest: object) -> object:
        if folder != place:
            return write(stream, conf, folder, *rest)
        java = stream._j_data_stream  # noqa: SLF001 - as the script itself does
        fail = get_gateway().jvm.featlang.trial.FailOnce(marker, int(after))
        mapped = java.map(fail, java.getType()).uid("fail")
        if folder.startswith("_"):
            mapped.setParallelism(1)
        return write(DataStream(mapped), conf, folder, *rest)

    job.write = failing
    job.main()


if __name__ == "__main__":
    main()
