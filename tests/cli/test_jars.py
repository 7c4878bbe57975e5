"""`feat jars`: fetched from a mirror over HTTP, compared with the lock, and never asked for again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from featlang.backends.kernel import jars
from tests.cli.conftest import Feat

LOCKED = {jar.path: jar for jar in jars.locked()}


@dataclass
class Mirror:
    """A Maven repository on this machine: what it serves, the length that it tells, what it was asked."""

    address: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    length: int | None = None
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Serve what the machine's cache has; the command begins with an empty one."""
    mirror = Mirror(content={path: jars.jar_file(jar).read_bytes() for path, jar in LOCKED.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/maven/")
            mirror.asked.append(path)
            if path not in mirror.content:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(mirror.length or len(mirror.content[path])))
            self.end_headers()
            self.wfile.write(mirror.content[path])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    mirror.address = f"http://127.0.0.1:{server.server_port}/maven"
    monkeypatch.setenv("FEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FEAT_MAVEN_MIRROR", mirror.address)
    try:
        yield mirror
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def names(sets: set[str]) -> set[str]:
    return {jar.file_name for jar in LOCKED.values() if jar.set in sets}


def printed(out: str) -> list[Path]:
    return [Path(line.split(maxsplit=1)[1]) for line in out.splitlines()]


def test_all_that_is_needed_is_fetched_once_with_progress_and_then_offline(
    mirror: Mirror, project: Path, feat: Feat
) -> None:
    first = feat("jars", "-C", project)
    assert first.code == 0
    files = printed(first.out)
    assert {"ecj", "re2j", "sqlite-jdbc", "kafka-clients"} <= {file.name.rpartition("-")[0] for file in files}
    assert names({"parquet", "sqlite"}) <= {file.name for file in files}
    assert "compiler, 1 of 1: ecj-" in first.err
    assert f"parquet, {len(names({'parquet'}))} of {len(names({'parquet'}))}: " in first.err
    asked = len(mirror.asked)
    assert 0 < asked == len(set(mirror.asked))
    again = feat("jars", "-C", project)
    assert (again.code, again.out, len(mirror.asked)) == (0, first.out, asked)


def test_an_environment_with_servers_needs_their_clients(
    mirror: Mirror, project: Path, feat: Feat, tmp_path: Path
) -> None:
    settings = project / "feat.yaml"
    settings.write_text(settings.read_text() + "  cluster:\n    cassandra: {hosts: [127.0.0.1:9042]}\n")
    local = feat("jars", "-C", project, "--copy", tmp_path / "local")
    cluster = feat("jars", "-C", project, "--env", "cluster", "--copy", tmp_path / "cluster")
    assert {file.name for file in printed(local.out)} == names({"parquet", "sqlite"})
    assert {file.name for file in printed(cluster.out)} == names({"parquet", "sqlite", "cassandra"})
    assert {file.name for file in (tmp_path / "cluster").iterdir()} == names({"parquet", "sqlite", "cassandra"})
    for file in printed(cluster.out):
        assert file.read_bytes() == next(mirror.content[path] for path in LOCKED if path.endswith(f"/{file.name}"))


def test_wrong_bytes_are_refused_and_not_kept(mirror: Mirror, project: Path, feat: Feat, tmp_path: Path) -> None:
    ecj = next(path for path in LOCKED if "/ecj/" in path)
    mirror.content[ecj] = b"something else"
    refused = feat("jars", "-C", project)
    assert refused.code == 1
    assert f"{LOCKED[ecj].coordinates} from {mirror.address} is not the locked file" in refused.err
    assert LOCKED[ecj].sha256 in refused.err
    assert not list((tmp_path / "cache").rglob("ecj*.jar"))


def test_a_jar_that_ends_too_early_or_is_missing_is_an_error_with_a_way_out(
    mirror: Mirror, project: Path, feat: Feat
) -> None:
    mirror.length = 10**9
    short = feat("jars", "-C", project)
    mirror.content.clear()
    missing = feat("jars", "-C", project)
    for result in (short, missing):
        assert result.code == 1
        assert f"cannot fetch org.eclipse.jdt:ecj:3.46.100 from {mirror.address}" in result.err
        assert "set FEAT_MAVEN_MIRROR" in result.err


def test_an_unknown_environment_is_told(project: Path, feat: Feat) -> None:
    result = feat("jars", "-C", project, "--env", "clutser")
    assert result.code == 1
    assert "there is no environment `clutser`" in result.err


def test_a_mistake_in_the_settings_is_told_and_one_in_a_definition_is_not_asked_for(
    mirror: Mirror, project: Path, feat: Feat, tmp_path: Path
) -> None:
    (project / "more.feat").write_text("features x from nowhere {}\n")
    assert feat("jars", "-C", project, "--copy", tmp_path / "lib").code == 0
    (project / "feat.yaml").write_text("environmants: {}\n")
    asked = len(mirror.asked)
    result = feat("jars", "-C", project)
    assert (result.code, len(mirror.asked)) == (1, asked)
    assert "`environmants` has no meaning here" in result.err
