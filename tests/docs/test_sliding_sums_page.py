"""The commands of `docs/sliding-sums.md` print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sliding-sums.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=["flink_sql", "feat"])
def test_command_prints_what_the_page_shows(tmp_path: Path, command: str, output: str) -> None:
    program, *arguments = command.split()
    start = {"python": [sys.executable], "feat": [sys.executable, "-m", "featlang"]}[program]
    if program == "feat":  # what it writes besides its rows belongs beside no one's own
        arguments += ["--out", str(tmp_path / "out"), "--build", str(tmp_path / "build")]
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "120"}
    done = subprocess.run([*start, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert output in done.stdout


def test_the_page_has_both() -> None:
    assert len(SHOWN) == 2
