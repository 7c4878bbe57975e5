"""`feat check` for tools: SARIF, and watching files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from featlang.compiler.codes import CODES
from featlang.dsl.yaml_schema import schema
from featlang.stdlib import library
from tests.cli.conftest import Feat


def test_sarif(project: Path, feat: Feat) -> None:
    file = project / "engagement.feat"
    text = file.read_text()
    file.write_text(text.replace("count_distinct(page_id)", 'count() where action == "😀" and pageid is null'))
    result = feat("check", project, "--format", "sarif")
    assert result.code == 1
    (run,) = json.loads(result.out)["runs"]
    (found,) = [each for each in run["results"] if each["level"] == "error"]
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"] == "F109"
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("engagement.feat")
    line = file.read_text().splitlines()[place["region"]["startLine"] - 1].encode("utf-16-le")
    start, end = (2 * (place["region"][name] - 1) for name in ("startColumn", "endColumn"))
    assert line[start:end].decode("utf-16-le") == "pageid"
    assert "did you mean `page_id`?" in found["message"]["text"]


def test_places_in_the_standard_library_are_of_files_that_exist(tmp_path: Path, feat: Feat) -> None:
    (tmp_path / "a.feat").write_text(
        "import std.velocity\n"
        "source s(k: string, a: string, ts: timestamp) { time = ts }\n"
        "features f from s by k { use velocity(a) }\n"
    )
    (run,) = json.loads(feat("check", tmp_path, "--format", "sarif").out)["runs"]
    places = [each["physicalLocation"] for found in run["results"] for each in found["relatedLocations"]]
    uris = {place["artifactLocation"]["uri"] for place in places if "velocity" in place["artifactLocation"]["uri"]}
    assert uris == {library.file_of("std/velocity.feat").as_uri()}
    path = library.file_of("std/velocity.feat")
    assert path.is_file()
    assert f"::: {path}:" in feat("check", tmp_path).out
    labels = [
        label for found in json.loads(feat("check", tmp_path, "--format", "json").out) for label in found["labels"]
    ]
    assert str(path) in {label["file"] for label in labels}


def test_watch_checks_again_after_a_change(project: Path) -> None:
    command = [sys.executable, "-m", "featlang", "check", str(project), "--watch", "--format", "concise"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "watching for changes; Ctrl-C ends\n"
        time.sleep(0.5)
        (project / "more.feat").write_text(
            "import sources\nfeatures x from clicks by user_id over 1h { a = cuont() }\n"
        )
        assert "more.feat:2:49: error[F111]" in process.stdout.readline()
        assert process.stdout.readline() == "watching for changes; Ctrl-C ends\n"
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(shell: str, feat: Feat) -> None:
    result = feat("completions", shell)
    assert result.code == 0
    assert "_FEAT_COMPLETE" in result.out


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("run user_", ["user_engagement"]),
        ("show ir c", ["clicks"]),
        ("lineage user_", ["user_engagement"]),
        ("lineage clicks.user", ["clicks.user_id"]),
        ("lineage user_engagement.c", ["user_engagement.clicks", "user_engagement.ctr"]),
        ("lineage nothing.", []),
        ("explain F20", [code for code in sorted(CODES) if code.startswith("F20")]),
    ],
)
def test_names_are_completed(line: str, wanted: list[str], project: Path) -> None:
    words = {"_FEAT_COMPLETE": "complete_bash", "COMP_WORDS": f"feat {line}", "COMP_CWORD": str(len(line.split()))}
    command = [Path(sys.executable).with_name("feat")]
    done = subprocess.run(command, cwd=project, env=os.environ | words, capture_output=True, text=True, check=False)
    assert done.stdout.split() == wanted


def test_a_code_is_explained(feat: Feat) -> None:
    page = feat("explain", "f204")
    assert page.code == 0
    assert page.out.startswith("# F204: families with different windows in one expression\n")
    assert "```feat\n" in page.out
    listed = feat("explain")
    assert "F204  families with different windows in one expression\n" in listed.out
    unknown = feat("explain", "F999")
    assert (unknown.code, "there is no code F999" in unknown.err) == (2, True)


def test_the_schema_of_the_yaml_form_is_printed(feat: Feat) -> None:
    assert json.loads(feat("schema").out) == schema()


def test_explain_says_what_state_a_key_may_have(feat: Feat, project: Path) -> None:
    result = feat("check", project, "--explain")
    assert result.code == 0, result.text
    assert "state of a key of `" in result.out
    assert "tiles of" in result.out

    table = 'table t(k: string, y: bool) by k { history = jsonl("t.jsonl") }\n'
    source = "source e(k: string, ts: timestamp) { time = ts  ties = [k] }\n"
    (project / "table.feat").write_text(table + source + 'stream s from e lookup t on k to parquet("s") { y = t.y }\n')
    told = feat("check", project, "--explain").out
    assert "each key is kept, deleted ones too" in told
    assert "and the rows that wait until none can come before them (lateness 0s), each with k, y" in told
