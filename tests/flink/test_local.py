"""The environment of a local run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from featlang.backends.flink.local import flink_environment
from featlang.backends.kernel.java_home import find_java


def test_what_flink_unpacks_goes_to_its_scratch_folder(tmp_path: Path) -> None:
    assert f"java.io.tmpdir = {tmp_path}\n" in _properties(flink_environment(tmp_path, tmp_path))


def test_a_scratch_folder_that_cannot_be_said_is_not(tmp_path: Path) -> None:
    assert "java.io.tmpdir = /tmp\n" in _properties(flink_environment(tmp_path, tmp_path / "a b"))


def test_arguments_of_the_user_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JVM_ARGS", "-Dof.the.user=1")
    assert "of.the.user = 1\n" in _properties(flink_environment(tmp_path, tmp_path))


def _properties(environment: dict[str, str]) -> str:
    """What a JVM that is started as PyFlink starts it says of itself."""
    command = [str(find_java().executable), *environment["JVM_ARGS"].split(), "-XshowSettings:properties", "-version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stderr
