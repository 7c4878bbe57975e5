"""Engines that many runs share: what starts and warms up once is not waited for in each."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from featlang.backends import emit
from featlang.backends.kernel.jars import jar_set
from featlang.backends.spark.gateway import spark_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featlang.compiler import ir
    from tests.flink.mini_cluster import MiniCluster


@contextmanager
def shared_engines(program: ir.Program, build: Path, cluster: MiniCluster) -> Iterator[None]:
    """Within the block the runs of the program, built in that folder, use one mini-cluster and one Spark."""
    emit.write(emit.emit(program), build)
    jars = [jar.resolve() for jar in build.glob("*/*.jar")]
    with spark_gateway([*jars, *jar_set("sqlite")]) as spark, pytest.MonkeyPatch.context() as patch:
        patch.setattr("featlang.runner.flink", lambda _logs: nullcontext(cluster.environment))
        patch.setattr("featlang.runner._spark", lambda _request, _logs: nullcontext(spark))
        yield
