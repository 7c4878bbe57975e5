"""The command line in this process, and projects to use it on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from featlang import cli


@dataclass(frozen=True)
class Result:
    """What a command ended with: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


Feat = Callable[..., Result]


@pytest.fixture
def feat(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Feat:
    """Runs `feat` with arguments. No command may end in a stack trace."""

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["feat", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capfd.readouterr()
        result = Result(code, captured.out, captured.err)
        assert "Traceback" not in result.text
        return result

    return run


@pytest.fixture
def project(tmp_path: Path, feat: Feat) -> Path:
    """A new project, as `feat init` makes it."""
    folder = tmp_path / "shop"
    assert feat("init", folder).code == 0
    return folder
