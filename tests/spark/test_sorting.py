"""Random rows through what sorts a partition: in memory and on disk, on the heap and off it, with keys that collide."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from featlang.backends.kernel.build import compile_java, runtime_jar, write_jar
from featlang.backends.kernel.jars import wheel_jars
from featlang.backends.kernel.java_home import find_java
from featlang.backends.spark.gateway import OPENED

OFF_HEAP = ("spark.memory.offHeap.enabled=true", "spark.memory.offHeap.size=64m")
ON_DISK = ("spark.shuffle.spill.numElementsForceSpillThreshold=3000",)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Runs `SortTrial`; gives the lines that it prints."""
    folder = tmp_path_factory.mktemp("sorting")
    runtime = runtime_jar(["spark"])
    jars = [runtime, *wheel_jars("pyspark")]
    jar = folder / "trial.jar"
    write_jar(compile_java([Path(__file__).with_name("java") / "sorting"], jars), jar)

    def run(*arguments: object) -> list[str]:
        command = [str(find_java().executable), "-Xmx512m", *OPENED, "-cp", ":".join(map(str, [jar, *jars]))]
        done = subprocess.run(
            [*command, "featlang.spark.SortTrial", *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


@pytest.mark.parametrize(
    ("rows", "halves", "times", "longest", "settings", "spilled"),
    [
        (20_000, 50, 4_000, 30, (), "false"),
        (20_000, 50, 4_000, 30, ON_DISK, "true"),
        (20_000, 3, 1, 200, ON_DISK, "true"),
        (20_000, 3, 1, 200, OFF_HEAP, "false"),
        (300, 3, 10, 300_000, (OFF_HEAP[0], "spark.memory.offHeap.size=16m"), "true"),
    ],
)
def test_rows_come_key_by_key_and_in_order(
    trial: Callable[..., list[str]],
    rows: int,
    halves: int,
    times: int,
    longest: int,
    settings: tuple[str, ...],
    spilled: str,
) -> None:
    """Each key once, its rows in order, all of them, as they were."""
    numbers, found = trial(rows, halves, times, longest, *settings)
    assert numbers == "numbers out of order: 0"
    keys = found.split(", ")[1]
    assert found == f"rows {rows}, {keys}, out of order 0, the same true, spilled {spilled}"
    assert int(keys.removeprefix("keys ")) > halves
