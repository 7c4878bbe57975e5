"""Locked jars: fetched once from the repository that the user names, verified, then never fetched again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from featlang.backends.kernel import jars

CONTENT = b"the bytes of a jar"


@pytest.fixture
def jar() -> jars.LockedJar:
    """A line of a lock."""
    return jars.LockedJar("org.example:thing:1.2", "example", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jar: jars.LockedJar) -> Callable[[bytes], Path]:
    """Puts bytes where the jar stands in a repository of files, with an empty cache."""
    monkeypatch.setenv("FEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FEAT_MAVEN_MIRROR", (tmp_path / "mirror").as_uri())

    def write(content: bytes) -> Path:
        file = tmp_path / "mirror" / jar.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    return write


def test_a_jar_is_fetched_once_and_then_read_offline(jar: jars.LockedJar, publish: Callable[[bytes], Path]) -> None:
    published = publish(CONTENT)
    fetched = jars.jar_file(jar)
    assert fetched.read_bytes() == CONTENT
    published.unlink()
    assert jars.jar_file(jar) == fetched


def test_a_jar_that_was_damaged_in_the_cache_is_fetched_again(
    jar: jars.LockedJar, publish: Callable[[bytes], Path]
) -> None:
    publish(CONTENT)
    fetched = jars.jar_file(jar)
    fetched.write_bytes(CONTENT[:-1])
    assert jars.jar_file(jar).read_bytes() == CONTENT


def test_a_password_in_the_repository_s_address_is_not_shown(
    jar: jars.LockedJar, publish: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(CONTENT)
    monkeypatch.setenv("FEAT_MAVEN_MIRROR", "http://user:pass%20word@127.0.0.1:1/maven")
    with pytest.raises(jars.JarError) as error:
        jars.jar_file(jar)
    assert "http://127.0.0.1:1/maven" in str(error.value)
    assert "user" not in str(error.value)
    assert "word" not in str(error.value)


def test_a_wrong_jar_is_refused_with_both_hashes(
    jar: jars.LockedJar, publish: Callable[[bytes], Path], tmp_path: Path
) -> None:
    publish(b"something else")
    with pytest.raises(jars.JarError) as error:
        jars.jar_file(jar)
    assert jar.sha256 in str(error.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(error.value)
    assert not list(tmp_path.glob("cache/**/*.jar"))


def test_a_missing_jar_names_the_repository_and_the_way_out(
    jar: jars.LockedJar, publish: Callable[[bytes], Path]
) -> None:
    publish(CONTENT).unlink()
    with pytest.raises(jars.JarError, match=r"cannot fetch org\.example:thing:1\.2 .*FEAT_MAVEN_MIRROR"):
        jars.jar_file(jar)


def test_the_mirror_of_the_maven_settings_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FEAT_MAVEN_MIRROR", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert jars.repository() == jars.MAVEN_CENTRAL
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0"><mirrors>'
        "<mirror><mirrorOf>snapshots</mirrorOf><url>https://other.example/</url></mirror>"
        "<mirror><mirrorOf>external:*</mirrorOf><url>https://mirror.example/maven/</url></mirror>"
        "</mirrors></settings>"
    )
    assert jars.repository() == "https://mirror.example/maven"


def test_the_lock_holds_coordinates_and_hashes_and_no_address() -> None:
    text = jars.LOCK.read_text()
    assert "://" not in text
    locked = jars.locked()
    assert {"ecj", "sqlite-jdbc", "parquet-hadoop"} <= {jar.artifact for jar in locked}
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in locked)
    assert len({jar.coordinates for jar in locked}) == len(locked)
