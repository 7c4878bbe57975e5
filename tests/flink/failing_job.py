"""Runs a generated script with a failure at one place.

Arguments: the script, the file that says that it has failed, the place, the moment there, after how many of those
moments, `once` or `again` (once more while it restarts), then those of the script. A place is `source`, in the task
that reads; `store`, in the writers of all stores; or a folder, in front of its sink. Moments are `row` and `snapshot`,
of a store `write` and `flush`.
"""

import importlib.util
import sys
from typing import Any

from pyflink.datastream import DataStream
from pyflink.java_gateway import get_gateway


class _Replaced:
    """Something with some of its attributes replaced."""

    def __init__(self, of: Any, **attributes: Any) -> None:
        self.__dict__.update(attributes)
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


def main() -> None:
    """Patches the script, then calls its `main`."""
    path, marker, place, moment, after, times, *sys.argv[1:] = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("job", path)
    assert spec is not None
    assert spec.loader is not None
    job: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)
    fault = (marker, moment, int(after), times == "again")
    if place in {"source", "store"}:
        job.get_gateway = lambda: _gateway(place, fault)
    else:
        job.write = _failing_write(job.write, place, fault)
    job.main()


def _failing_write(write: Any, place: str, fault: tuple[str, str, int, bool]) -> Any:
    def failing(stream: DataStream, conf: dict[str, Any], folder: str, *rest: object) -> object:
        if folder != place:
            return write(stream, conf, folder, *rest)
        java = stream._j_data_stream  # noqa: SLF001 - as the script itself does
        mapped = java.map(get_gateway().jvm.featlang.trial.FailOnce(*fault), java.getType()).uid("fail")
        if folder.startswith("_"):
            mapped.setParallelism(1)
        return write(DataStream(mapped), conf, folder, *rest)

    return failing


def _gateway(place: str, fault: tuple[str, str, int, bool]) -> Any:
    """The gateway, whose classes make a source or stores that fail."""
    gateway = get_gateway()
    ours, trial = gateway.jvm.featlang.flink, gateway.jvm.featlang.trial

    def read(env: object, name: str, source: object, operator: object) -> object:
        return trial.FailingSource.read(env, name, source, ours.ValueType.RAW_RECORD, operator, trial.FailOnce(*fault))

    def store(address: dict[str, Any], shape: object) -> object:
        return trial.FailingSink(ours.StoreSink(address, shape), *fault)

    replaced: dict[str, Any] = (
        {"Streams": _Replaced(ours.Streams, read=read)} if place == "source" else {"StoreSink": store}
    )
    packages = _Replaced(gateway.jvm.featlang, flink=_Replaced(ours, **replaced))
    return _Replaced(gateway, jvm=_Replaced(gateway.jvm, featlang=packages))


if __name__ == "__main__":
    main()
