"""The command of `docs/debugging.md` prints what the page shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from featlang import cli
from featlang.cli.init import init

PAGE = (Path(__file__).parents[2] / "docs" / "debugging.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sh\nfeat (.*?)\n```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_command_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ((command, output),) = SHOWN
    init(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["feat", *command.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == output
