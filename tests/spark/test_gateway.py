"""Spark's JVM: it starts on the wheel's JRE, it ends with its block, and a failed start says why."""

from __future__ import annotations

import re

import pytest

from featlang.backends.kernel.java_home import find_java
from featlang.backends.spark.gateway import SparkStartError, spark_gateway
from tests.spark.conftest import alive


def test_the_jvm_is_gone_after_the_block_also_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAT_JAVA", "bundled")
    monkeypatch.setenv("SPARK_CONF_DIR", "of another Spark")
    processes = []

    def fail_inside() -> None:
        with spark_gateway([], memory="256m") as environment:
            processes.append(int(environment["FEAT_SPARK_PROCESS"]))
            assert alive(processes[0])
            assert int(environment["PYSPARK_GATEWAY_PORT"]) > 0
            assert len(environment["PYSPARK_GATEWAY_SECRET"]) >= 32
            assert "SPARK_CONF_DIR" not in environment
            assert environment["JAVA_HOME"] == str(find_java().home)
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail_inside()
    assert not alive(processes[0])


def test_a_start_that_fails_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAT_JAVA", "bundled")
    with pytest.raises(SparkStartError, match=re.escape("Invalid maximum heap size")), spark_gateway([], memory="much"):
        pass
