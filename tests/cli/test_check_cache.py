"""What `feat check` found is remembered for the very same files, and for nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from featlang import check_cache
from featlang.check_cache import findings
from tests.cli.conftest import Feat


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, into which every project goes, however small."""
    monkeypatch.setenv("FEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(check_cache, "LARGE", 0)
    return tmp_path / "cache" / "checks"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The projects that were checked, and not remembered."""
    from featlang import project  # noqa: PLC0415 - to be patched

    load, found = project.load, []

    def loading(path: Path) -> project.Project:
        found.append(path)
        return load(path)

    monkeypatch.setattr(project, "load", loading)
    return found


def test_the_second_time_nothing_is_checked(project: Path, cache: Path, loads: list[Path], feat: Feat) -> None:
    file = project / "engagement.feat"
    file.write_text(file.read_text().replace("count_distinct(page_id)", "count_distinct(pageid)"))
    first = feat("check", project)
    second = feat("check", project)
    assert (first.code, first.out) == (second.code, second.out)
    assert "did you mean `page_id`?" in second.out
    assert len(loads) == len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("name", ["engagement.feat", "feat.yaml", "new.feat"])
def test_any_file_makes_a_difference(project: Path, cache: Path, loads: list[Path], name: str) -> None:
    findings(project)
    with (project / name).open("a") as file:
        file.write("\n# changed\n")
    findings(project)
    assert len(loads) == len(list(cache.iterdir())) == 2


def test_what_it_cannot_read_it_makes_anew(project: Path, cache: Path, loads: list[Path]) -> None:
    right = findings(project)
    (file,) = cache.iterdir()
    for content in ("", "[]", '{"diagnostics": [{}], "texts": {}}', "\0"):
        file.write_text(content)
        assert findings(project) == right
    assert len(loads) == 5


def test_what_is_saved_during_a_check_is_not_remembered(
    project: Path, cache: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "engagement.feat"
    text = file.read_text()
    contents = check_cache._contents  # noqa: SLF001 - the moment between it and the check

    def and_then_saved(folder: Path) -> dict[str, bytes]:
        found = contents(folder)
        file.write_text(text.replace("count_distinct(page_id)", "count_distinct(pageid)"))
        return found

    monkeypatch.setattr(check_cache, "_contents", and_then_saved)
    assert findings(project).diagnostics
    monkeypatch.setattr(check_cache, "_contents", contents)
    assert not cache.exists()
    file.write_text(text)
    assert not any(each.level == "error" for each in findings(project).diagnostics)
    assert len(loads) == 2


def test_another_compiler_or_zone_data_finds_anew(
    project: Path, cache: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    findings(project)
    check_cache._compiler.cache_clear()  # noqa: SLF001 - it is kept for the process
    monkeypatch.setattr(check_cache, "version", lambda name: f"another {name}")
    findings(project)
    check_cache._compiler.cache_clear()  # noqa: SLF001
    assert len(loads) == len(list(cache.iterdir())) == 2


def test_old_ones_are_removed(project: Path, cache: Path, loads: list[Path]) -> None:
    findings(project)
    (file,) = cache.iterdir()
    old = time.time() - check_cache.KEPT_SECONDS - 1
    os.utime(file, (old, old))
    (project / "more.feat").write_text("# more\n")
    findings(project)
    assert not file.exists()
    assert len(loads) == len(list(cache.iterdir())) + 1 == 2
