"""The examples of `docs/python.md`, run one after the other as one program, print what the page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from featlang.cli import app
from featlang.cli.init import init

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|sh|text)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    init(Path("shop"))
    capsys.readouterr()
    names: dict[str, object] = {}
    for number, (language, text) in enumerate(BLOCKS):
        if language == "sh":
            app(shlex.split(text)[1:], standalone_mode=False)
            capsys.readouterr()
        elif language == "python":
            exec(text, names)  # noqa: S102 - the page is ours
            shown = BLOCKS[number + 1][1] if BLOCKS[number + 1 :] and BLOCKS[number + 1][0] == "text" else ""
            assert capsys.readouterr().out == shown


def test_the_page_has_examples() -> None:
    assert [language for language, _ in BLOCKS].count("text") == 7
