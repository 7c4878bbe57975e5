"""`feat fmt`: what it writes, shows and exits with."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Feat

UGLY = "features f from s by k over 1h{a=count()}\n"
NEAT = "features f from s by k over 1h {\n  a = count()\n}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with one file that has the look, and one that does not."""
    (tmp_path / "ugly.feat").write_text(UGLY)
    (tmp_path / "neat.feat").write_text(NEAT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_changes_what_has_not_the_look(folder: Path, feat: Feat) -> None:
    (folder / "ugly.feat").chmod(0o640)
    result = feat("fmt")
    assert (result.code, result.out) == (0, "changed ugly.feat\n2 files, 1 changed\n")
    assert (folder / "ugly.feat").read_text() == NEAT
    assert (folder / "ugly.feat").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["neat.feat", "ugly.feat"]
    assert feat("fmt").out == "2 files, 0 changed\n"


def test_check_and_diff_write_nothing(folder: Path, feat: Feat) -> None:
    checked = feat("fmt", "--check")
    assert (checked.code, checked.out) == (1, "would change ugly.feat\n2 files, 1 to be changed\n")
    shown = feat("fmt", "--diff", "ugly.feat")
    assert shown.code == 1
    assert "-features f from s by k over 1h{a=count()}\n+features f" in shown.out
    assert (folder / "ugly.feat").read_text() == UGLY
    assert feat("fmt", "--check", "neat.feat").code == 0
    assert (feat("fmt", "--diff", "neat.feat").code, feat("fmt", "--diff", "neat.feat").out) == (0, "")


def test_standard_input_goes_to_standard_output(feat: Feat, monkeypatch: pytest.MonkeyPatch) -> None:
    def given(text: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    given(UGLY.encode())
    assert feat("fmt", "-").out == NEAT
    given(UGLY.encode())
    assert (feat("fmt", "-", "--check").code, feat("fmt", "--check", "-").out) == (1, "")
    given(b"features f {")
    failed = feat("fmt", "-")
    assert (failed.code, failed.out) == (1, "")
    assert "stdin.feat:1:12" in failed.err


def test_a_file_with_mistakes_is_left_alone(folder: Path, feat: Feat) -> None:
    (folder / "wrong.feat").write_text("features f from s by k {a=}\n")
    result = feat("fmt")
    assert result.code == 1
    assert "wrong.feat:1:26" in result.err
    assert (folder / "wrong.feat").read_text() == "features f from s by k {a=}\n"
    assert (folder / "ugly.feat").read_text() == NEAT


def test_a_file_that_is_not_utf8_is_told_and_the_others_are_written(
    folder: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.feat").write_bytes(b"# caf\xe9\n")
    result = feat("fmt")
    assert (result.code, result.out) == (1, "changed ugly.feat\n3 files, 1 changed\n")
    assert "error[F040]: a.feat is not UTF-8: byte 0xe9 stands where none can\n --> a.feat:1:6\n" in result.err
    assert (folder / "a.feat").read_bytes() == b"# caf\xe9\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    given = feat("fmt", "-")
    assert (given.code, given.out) == (1, "")
    assert "stdin.feat:1:1" in given.err


def test_a_file_whose_other_form_is_read_as_something_else_stays(folder: Path, feat: Feat) -> None:
    text = "# one\x85two\n" + NEAT
    (folder / "a.feat").write_text(text)
    result = feat("fmt", "--to", "yaml")
    assert result.code == 2
    assert "internal error: a.feat: its YAML form would be read as something else; it is left as it is\n" in result.err
    assert "report it" in result.err
    assert sorted(path.name for path in folder.iterdir()) == ["a.feat", "neat.feat.yaml", "ugly.feat.yaml"]
    assert (folder / "a.feat").read_text() == text


@pytest.mark.parametrize(("arguments", "said"), [(["none.feat"], "does not exist"), (["a.yaml"], "is no .feat file")])
def test_wrong_use_is_told(folder: Path, feat: Feat, arguments: list[str], said: str) -> None:
    (folder / "a.yaml").write_text("")
    result = feat("fmt", *arguments)
    assert result.code == 2
    assert said in result.err


def test_both_forms_give_the_same_build(project: Path, feat: Feat) -> None:
    assert feat("compile", "--project", project, "-o", project / "one").code == 0
    turned = feat("fmt", "--to", "yaml", project)
    assert (turned.code, turned.out.count("turned")) == (0, 2)
    assert not list(project.glob("*.feat"))
    assert feat("check", project).out == "no errors in 3 files\n"
    assert feat("compile", "--project", project, "-o", project / "two").code == 0
    files = {path.relative_to(project / "one"): path.read_bytes() for path in (project / "one").rglob("*.*")}
    again = {path.relative_to(project / "two"): path.read_bytes() for path in (project / "two").rglob("*.*")}
    assert files == again != {}
    back = feat("fmt", "--to", "feat", project)
    assert (back.code, back.out.count("turned")) == (0, 2)
    assert feat("compile", "--project", project, "-o", project / "one", "--check").code == 0


def test_mistakes_are_shown_in_the_yaml_file(project: Path, feat: Feat) -> None:
    assert feat("fmt", "--to", "yaml", project).code == 0
    file = project / "engagement.feat.yaml"
    file.write_text(file.read_text().replace("count_distinct(page_id)", "count_distinct(pageid)"))
    shown = feat("check", project)
    assert shown.code == 1
    line = next(i for i, text in enumerate(file.read_text().splitlines(), 1) if "pageid" in text)
    assert f"engagement.feat.yaml:{line}:" in shown.out
    assert "did you mean `page_id`?" in shown.out


def test_no_file_is_overwritten_by_its_other_form(folder: Path, feat: Feat) -> None:
    (folder / "neat.feat.yaml").write_text("import: a\n")
    result = feat("fmt", "--to", "yaml", "neat.feat")
    assert result.code == 2
    assert "neat.feat.yaml is there already" in result.err
    assert "both the module `neat`" in feat("check").out
