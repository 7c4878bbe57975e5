"""Which folder is the project: the nearest upwards with a `feat.yaml`; and projects inside a project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from featlang.project import load
from tests.cli.conftest import Feat


@pytest.fixture
def deep(project: Path) -> Path:
    """A folder inside a project."""
    folder = project / "teams" / "growth"
    folder.mkdir(parents=True)
    return folder


def test_commands_find_the_project_from_a_folder_inside_it(
    project: Path, deep: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(deep)
    assert feat("check").out == "no errors in 3 files\n"
    assert feat("lineage", "user_engagement.ctr").code == 0
    assert feat("test").code == 0
    assert feat("run", "--on", "reference").code == 0
    assert (project / "out" / "reference").is_dir()
    assert not list(deep.iterdir())


def test_a_folder_or_file_inside_a_project_is_read_with_it(project: Path, deep: Path, feat: Feat) -> None:
    shutil.move(project / "engagement.feat", deep / "engagement.feat")
    assert feat("check", deep).out == "no errors in 3 files\n"
    assert feat("check", deep, project).out == "no errors in 3 files\n"
    assert feat("check", deep / "engagement.feat").out == "no errors in 3 files\n"
    assert feat("lineage", "user_engagement.ctr", "-C", deep).code == 0
    assert load(deep / "engagement.feat").folder == load(deep).folder == project.resolve()


def test_a_mistake_is_shown_from_the_current_folder_on(
    project: Path, deep: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "sources.feat").write_text("source clicks(ts: timestmap) { time = ts }\n")
    monkeypatch.chdir(deep)
    assert "../../sources.feat:1:19" in feat("check").out


def test_a_project_inside_a_project_is_its_own(project: Path, deep: Path, feat: Feat) -> None:
    assert feat("init", deep).code == 0
    (deep / "wrong.feat").write_text("nonsense\n")
    (deep / "wrong.test.yaml").write_text("nonsense\n")
    assert feat("check", project).out == "no errors in 3 files\n"
    assert feat("test", "-C", project).code == 0
    assert feat("check", deep).code == 1
    assert feat("fmt", "--check", project).code == 1  # files are files, whatever project they are in


def test_no_import_leads_into_a_project_inside(project: Path, deep: Path, feat: Feat) -> None:
    assert feat("init", deep).code == 0
    (project / "more.feat").write_text("import teams.growth.sources\n")
    assert "F103" in feat("check", project).out
    assert "F103" in feat("check", project / "more.feat").out


def test_where_only_folders_inside_are_projects_they_are_named(project: Path, feat: Feat) -> None:
    found = feat("check", project.parent)
    assert found.code == 1
    assert "name one of the projects below it: shop" in found.out


def test_without_settings_a_folder_is_the_project(project: Path, deep: Path, feat: Feat) -> None:
    (project / "feat.yaml").unlink()
    assert feat("check", project).out == "no errors in 2 files\n"
    assert "F407" in feat("check", deep).out
