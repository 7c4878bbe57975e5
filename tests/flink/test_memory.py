"""What a task takes its loaded keys to need, which `memory` limits, is about what they need."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from chaos.subjects import program as every_aggregate
from featlang.backends.kernel.build import job_jar
from featlang.backends.kernel.generate import generate
from featlang.backends.kernel.jars import jar_set, wheel_jars
from featlang.backends.kernel.java_home import find_java
from featlang.compiler import ir
from featlang.compiler.plan import plan
from tests.flink import slow
from tests.flink.mini_cluster import MiniCluster
from tests.spark import clicks

MEMORY = 32 << 20
RECORDS, OF_A_KEY = 100_000, 3
LONG = "a long text " * 400


def program(windows: int) -> ir.Program:
    """A block with one count over each of so many windows."""
    block = clicks.counts("counted", ("user",), None, ir.Forever())
    count, name = block.aggregates[0], block.values[0].name
    kept = [count, *(count.model_copy(update={"window": ir.Exact(width=w * clicks.MINUTE)}) for w in range(1, windows))]
    values = tuple(clicks.value(f"{name}{i}", i, each) for i, each in enumerate(kept))
    counted = block.model_copy(update={"aggregates": tuple(kept), "values": values})
    return clicks.program().model_copy(update={"features": (counted,)})


def texts(window: ir.Window) -> ir.Program:
    """A block with the last of long texts over two windows."""
    block = clicks.counts("said", ("id",), None, ir.Forever())
    text = ir.ColumnValue(name="user", type="string", nullable=True)
    windows = (ir.Forever(), window)
    last = [
        ir.Aggregate(function="last", arguments=(text,), where=None, window=each, type="string", nullable=True)
        for each in windows
    ]
    values = tuple(clicks.value(f"last{i}", i, each) for i, each in enumerate(last))
    said = block.model_copy(update={"key": ("page",), "aggregates": tuple(last), "values": values})
    return clicks.program().model_copy(update={"features": (said,)})


LONG_TEXTS = "long texts"
PROGRAMS = {
    LONG_TEXTS: texts(ir.Exact(width=clicks.MINUTE)),
    "one count": program(1),
    "one count by arrival": slow.by_arrival(program(1)),
    "twenty counts": program(20),
    "clicks": clicks.program(),
    "every aggregate": every_aggregate(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_estimate_is_about_what_keys_take(name: str, cluster: MiniCluster, tmp_path: Path) -> None:
    (job,) = plan(PROGRAMS[name]).jobs
    jar = tmp_path / "job.jar"
    jar.write_bytes(job_jar(generate(job)))
    key, count, text = ("page", RECORDS // 10, LONG) if name == LONG_TEXTS else ("user", RECORDS, "user ")
    keys = [n // OF_A_KEY for n in range(count)]
    records = [clicks.record(n, f"{text}{k}", clicks.START + n * 1_000, page=k) for n, k in enumerate(keys)]
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(f"{record}\n" for record in records), encoding="utf-8")
    stage = next(stage for stage in job.stages if stage.key == (key,))
    class_path = [cluster.test_jar, jar, *jar_set("kafka"), *wheel_jars("pyflink")]
    java = [str(find_java().executable), "-Xmx1g", "-XX:+UseSerialGC", "-cp", os.pathsep.join(map(str, class_path))]
    trial = ["featlang.flink.MemoryTrial", job.sources[0].class_name, stage.class_name, str(stage.number)]
    command = [*java, *trial, "CHANGE", str(MEMORY), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 0.7 < int(done.stdout) / MEMORY < 1.5
