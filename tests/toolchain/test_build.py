"""ECJ on any JRE, and jars that are equal to the byte whenever what went into them is equal."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from featlang.backends.kernel import build, jars
from featlang.backends.kernel.java_home import find_java

MODERN = """package a;
import java.util.List;
public final class Main {
    sealed interface Shape permits Square, Circle { }
    record Square(long side) implements Shape { }
    record Circle(long radius) implements Shape { }
    public static void main(String[] arguments) {
        List<Shape> shapes = List.of(new Square(3), new Circle(4));
        System.out.print(shapes.stream().mapToLong(s -> s instanceof Square q ? q.side() : 100).sum());
    }
}
"""


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the wheel's JRE: no JDK anywhere."""
    monkeypatch.setenv("FEAT_JAVA", "bundled")


@pytest.mark.usefixtures("bundled")
def test_java_17_sources_compile_on_a_jre_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "main.jar"
    build.write_jar(build.compile_java({"a/Main.java": MODERN}), jar)
    command = ["-cp", str(jar), "a.Main"]
    assert subprocess.check_output([find_java().executable, *command], text=True) == "103"
    monkeypatch.delenv("FEAT_JAVA")
    assert subprocess.check_output([find_java().executable, *command], text=True) == "103"


def test_a_jar_is_byte_equal_on_a_second_build(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "a").mkdir(parents=True)
        (folder / "a" / "Main.java").write_text(MODERN)
    first = build.jar_bytes(build.compile_java([one]))
    second = build.jar_bytes(dict(reversed(build.compile_java([two]).items())))
    assert first == second


def test_an_error_is_the_compilers_own() -> None:
    with pytest.raises(build.JavaCompileError, match="cannot convert from String to int"):
        build.compile_java({"a/Bad.java": 'package a; class Bad { int x = ""; }'})


def test_generated_classes_see_the_kernel_and_no_engine() -> None:
    source = "package featlang.generated.x; class C { featlang.kernel.Type type; %s }"
    assert build.kernel_jar({"featlang/generated/x/C.java": source % ""}).startswith(b"PK")
    with pytest.raises(build.JavaCompileError, match="cannot be resolved"):
        build.kernel_jar({"featlang/generated/x/C.java": source % "org.apache.flink.types.Row row;"})


def test_parallel_builds_of_a_layer_give_one_jar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = jars.ecj()
    monkeypatch.setattr(jars, "ecj", lambda: compiler)
    monkeypatch.setenv("FEAT_CACHE", str(tmp_path))
    (tmp_path / "featlang" / "kernel").mkdir(parents=True)
    (tmp_path / "featlang" / "kernel" / "One.java").write_text("package featlang.kernel; public class One { }")
    monkeypatch.setattr(build, "JAVA_SOURCES", tmp_path)
    compiled: list[Sequence[Path]] = []
    compile_java = build.compile_java

    def counting(folders: Sequence[Path], class_path: Sequence[Path]) -> dict[str, bytes]:
        compiled.append(folders)
        return compile_java(folders, class_path)

    monkeypatch.setattr(build, "compile_java", counting)
    with ThreadPoolExecutor(4) as pool:
        built = set(pool.map(lambda _: build.layer_jar("kernel"), range(4)))
    assert len(built) == 1
    assert len(compiled) == 1
    entries = [name for name in build.jar_entries(built.pop()) if not name.startswith("com/google/re2j/")]
    assert entries == ["featlang/kernel/One.class"]
    (tmp_path / "featlang" / "kernel" / "One.java").write_text("package featlang.kernel; public final class One { }")
    build.layer_jar("kernel")
    assert len(compiled) == 2


def test_classes_of_others_come_with_their_license() -> None:
    entries = build.jar_entries(build.runtime_jar(["kernel"]))
    assert any(name.startswith("com/google/re2j/") for name in entries)
    assert b"Copyright (c) 2009 The Go Authors" in entries["licenses/re2j.txt"]
