"""The jobs that run in Flink."""

from __future__ import annotations

import pytest

from featlang.backends.kernel.java_home import find_java
from featlang.compiler.plan import plan
from tests.flink.mini_cluster import Built, MiniCluster, build
from tests.spark import clicks, every_type


@pytest.fixture(scope="session")
def clicks_job(cluster: MiniCluster, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of `clicks.program()`, built on the cluster's Java."""
    assert cluster.environment["JAVA_HOME"] == str(find_java().home)
    (job,) = plan(clicks.program()).jobs
    return build(job, tmp_path_factory.mktemp("clicks, 'ü' %20"))


@pytest.fixture(scope="session")
def every_type_job(cluster: MiniCluster, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of `every_type.program()`, built on the cluster's Java."""
    assert cluster.environment["JAVA_HOME"] == str(find_java().home)
    (job,) = plan(every_type.program()).jobs
    return build(job, tmp_path_factory.mktemp("every_type"))
