"""`init`, `check`, `compile`, `show`: what they print, and what they exit with."""

from __future__ import annotations

import ast
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Feat


def test_a_new_project_is_right_and_is_not_overwritten(project: Path, feat: Feat) -> None:
    checked = feat("check", project)
    assert (checked.code, checked.out) == (0, "no errors in 3 files\n")
    again = feat("init", project)
    assert again.code == 2
    assert "would be overwritten" in again.err


def test_check_shows_every_error_of_every_file_at_once(project: Path, feat: Feat) -> None:
    (project / "sources.feat").write_text(
        (project / "sources.feat").read_text().replace("dwell_ms: int?", "dwell_ms: itn?")
    )
    (project / "more.feat").write_text("import sources features x from clicks by user_id over 1h { a = cuont() }\n")
    result = feat("check", project)
    assert result.code == 1
    assert "sources.feat:7:13" in result.out
    assert "more.feat:1:" in result.out
    assert "did you mean `count`" in result.out
    assert "2 errors in 4 files" in result.out


def test_check_formats(project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "sources.feat").write_text("source clicks(ts: timestmap) { time = ts }\n")
    (project / "engagement.feat").unlink()
    monkeypatch.chdir(project.parent)
    (found,) = [d for d in json.loads(feat("check", "shop", "--format", "json").out) if d["level"] == "error"][:1]
    assert (found["file"], found["line"], found["column"]) == ("shop/sources.feat", 1, 19)
    assert feat("check", "shop", "--format", "github").out.startswith("::error file=shop/sources.feat,line=1,")
    assert feat("check", "shop", "--format", "concise").out.startswith("shop/sources.feat:1:19: error[F")
    monkeypatch.setenv("FEAT_CHECK_FORMAT", "concise")
    assert feat("check", "shop").out.startswith("shop/sources.feat:1:19: error[F")


def test_check_shows_people_a_hundred_findings_errors_first(project: Path, feat: Feat) -> None:
    unused = "".join(f"  _w{number} = count()\n" for number in range(60))
    wrong = "".join(f"  a{number} = cuont()\n" for number in range(150))
    (project / "more.feat").write_text(
        f"import sources\nfeatures x from clicks by user_id over 1h {{\n  n = count()\n{unused}{wrong}}}\n"
    )
    short = feat("check", project, "--format", "concise").out.splitlines()
    assert len(short) == 101
    assert all("cuont" in line for line in short[:100])
    everything = feat("check", project, "--format", "concise", "--all").out.splitlines()
    assert short[-1] == f"… and {len(everything) - 100} more; --all shows them"
    assert len(json.loads(feat("check", project, "--format", "json").out)) == len(everything)
    assert len(feat("check", project, "--format", "github").out.splitlines()) == len(everything)
    full = feat("check", project).out
    assert f"\n\n{short[-1]}\n\n150 errors" in full
    assert full.count(" --> ") == 100
    assert "`feat check --all` shows them" in feat("run", "-C", project).err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nowhere"),
        ("check", "--format", "xml"),
        ("frobnicate",),
        ("show", "tree"),
        ("show", "bytecode", "clicks"),
        ("run", "--on", "beam"),
        ("run", "--project", "nowhere"),
        ("run", "--since", "yesterday"),
        ("run", "--since", "2024-03-02", "--until", "2024-03-01"),
        ("parity", "--reference-rows", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(
    arguments: tuple[str, ...], project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    result = feat(*arguments)
    assert result.code == 2
    assert result.err.strip()


@pytest.mark.parametrize("command", ["init", "check", "compile", "show", "run", "parity"])
def test_every_help_has_an_example(command: str, feat: Feat) -> None:
    result = feat(command, "--help")
    assert result.code == 0
    assert f"Example: feat {command}" in result.out


def test_show_prints_every_stop(project: Path, feat: Feat) -> None:
    def shown(stop: str, name: str = "user_engagement") -> str:
        result = feat("show", stop, name, "--project", project)
        assert result.code == 0
        return result.out

    assert shown("tree").startswith("Declaration ")
    assert json.loads(shown("ir"))["key"] == ["user_id"]
    assert json.loads(shown("ir", "clicks"))["lateness"] == 300_000_000
    assert "keeps over sliding(1h, step=1m), for user_engagement:" in shown("plan")
    assert 'count() where (action == "click")' in shown("plan")
    assert "class Stage_clicks_0 extends Stage" in shown("kernel")
    for engine in ("flink", "spark"):
        ast.parse(shown(engine))
    unknown = feat("show", "ir", "nothing", "--project", project)
    assert unknown.code == 2
    assert "user_engagement" in unknown.err


def test_show_plan_and_explain_tell_of_streams_and_of_features_of_their_rows(project: Path, feat: Feat) -> None:
    (project / "more.feat").write_text(
        """
        import sources
        table accounts(user_id: string, plan: string) by user_id {}
        stream seen from clicks lookup accounts on user_id where accounts.plan is not null to parquet("seen")
            { plan = accounts.plan }
        features plans from seen by plan over 1h { n = count() }
        stream later from clicks lookup plans on plan == user_id before to parquet("later") { n = plans.n }
        """
    )
    plan = feat("show", "plan", "plans", "--project", project).out
    assert "  stage seen by plan\n    key plan; is sent plan\n" in plan
    assert "    looks up plans for later, before those of its time; comes by user_id; then written\n" in plan
    whole = feat("show", "plan", "clicks", "--project", project).out
    assert (
        "    looks up accounts for seen, behind all events of its time; comes by user_id; then to stage seen by plan"
        in whole
    )
    assert "    where not (lookup 0.plan is null)\n    ts: timestamp, _event: string, " in whole
    assert "state of a key of `seen by plan`" in feat("check", project, "--explain").out


def test_show_tree_works_on_files_with_errors(project: Path, feat: Feat) -> None:
    (project / "bad.feat").write_text("features f from nothing by k over 1h { a = count() }\n")
    assert feat("show", "tree", "f", "--project", project).code == 0
    assert feat("show", "ir", "f", "--project", project).code == 1


def test_compile_writes_once_and_check_says_what_would_change(project: Path, feat: Feat) -> None:
    build = project / "build"
    assert feat("compile", "--project", project, "--check").code == 1
    assert not build.exists()
    assert feat("compile", "--project", project).code == 0
    before = {path: path.read_bytes() for path in build.rglob("*") if path.is_file()}
    assert {path.name for path in before} >= {"flink_job.py", "spark_job.py", "manifest.json", "clicks.jar"}
    assert ", 0 changed" in feat("compile", "--project", project).out
    assert {path: path.read_bytes() for path in before} == before
    assert feat("compile", "--project", project, "--check").code == 0
    (build / "clicks" / "spark_job.py").write_text("edited")
    changed = feat("compile", "--project", project, "--check")
    assert (changed.code, "spark_job.py" in changed.out) == (1, True)


def test_compile_replaces_a_jar_whole_because_a_job_may_have_it_open(project: Path, feat: Feat) -> None:
    assert feat("compile", "--project", project).code == 0
    jar = project / "build" / "clicks" / "clicks.jar"
    before = jar.read_bytes()
    features = project / "engagement.feat"
    features.write_text(features.read_text().replace("30_000", "31_000").replace('"view"', '"look"'))
    with jar.open("rb") as running:
        assert feat("compile", "--project", project).code == 0
        assert running.read() == before
    assert jar.read_bytes() != before
    assert feat("compile", "--project", project, "--check").code == 0


def test_an_internal_error_is_a_message_and_the_trace_only_when_asked(
    project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("featlang.project.load", broken)
    result = feat("check", project)
    assert result.code == 2
    assert "internal error: ZeroDivisionError: planted" in result.err
    assert "--trace" in result.err


def test_trace_shows_where_it_happened(project: Path) -> None:
    program = (
        "import sys, featlang.project, featlang.cli\n"
        "featlang.project.load = lambda path: 1 / 0\n"
        f"sys.argv = ['feat', '--trace', 'check', {str(project)!r}]\n"
        "featlang.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_cannot_be_written_is_told(unbuffered: str, project: Path) -> None:
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "featlang", "check", str(project)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (2, "error: the output cannot be written: No space left on device\n")


def test_an_output_that_is_closed_is_told(project: Path) -> None:
    command = f"{sys.executable} -m featlang check {project} >&-"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: the output cannot be written: it is closed\n")
    quiet = subprocess.run(["/bin/sh", "-c", f"{command[:-3]}2>&-"], stdout=subprocess.PIPE, text=True, check=False)
    assert (quiet.returncode, quiet.stdout) == (0, "no errors in 3 files\n")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_terminated_command_cleans_up(name: str, project: Path) -> None:
    program = (
        "import os, signal, sys, featlang.project, featlang.cli\n"
        f"signal.signal(signal.{name}, signal.SIG_DFL)\n"  # whatever these tests were started with
        "def load(path):\n"
        "    try:\n"
        f"        os.kill(os.getpid(), signal.{name})\n"
        "        signal.sigtimedwait([], 60)\n"
        "    finally:\n"
        "        print('cleaned up')\n"
        "featlang.project.load = load\n"
        f"sys.argv = ['feat', 'check', {str(project)!r}]\n"
        "featlang.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (128 + signal.Signals[name], "cleaned up\n")


def test_a_command_that_is_to_outlive_its_terminal_does(project: Path) -> None:
    program = (
        "import os, signal, sys, featlang.cli\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        f"sys.argv = ['feat', 'check', {str(project)!r}]\n"
        "try:\n"
        "    featlang.cli.main()\n"
        "finally:\n"
        "    print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("True\n")


def test_a_variable_with_a_version_does_not_end_a_command(
    project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEAT_VERSION", "1")
    result = feat("check", project)
    assert (result.code, result.out) == (0, "no errors in 3 files\n")


def test_the_command_starts_without_the_compiler_and_the_engines() -> None:
    program = (
        "import sys, featlang.cli; print([m for m in ('lark', 'pydantic', 'pyarrow', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tests_of_the_reference_start_without_what_reads_parquet(project: Path) -> None:
    program = "import sys\nfrom featlang.testing import recording, running\nprint('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=project)
    assert done.stdout == "False\n"


def test_a_file_on_a_full_device_is_not_taken_for_the_output(
    monkeypatch: pytest.MonkeyPatch, project: Path, feat: Feat
) -> None:
    def echo(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("featlang.project.load", echo)
    assert "error: a file cannot be written: No space left on device" in feat("check", str(project)).err


def test_a_new_project_is_in_order_at_once(project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert [feat(*command).code for command in (["check"], ["fmt", "--check"], ["test"])] == [0, 0, 0]
    assert (project / ".gitignore").read_text() == "build/\nout/\n"


def test_check_takes_a_folder_like_the_other_commands(project: Path, feat: Feat) -> None:
    assert feat("check", "-C", project).out == "no errors in 3 files\n"
    assert "[PATH]..." in feat("check", "--help").out
    assert "[[" not in feat("check", "--help").out


def test_a_run_whose_every_record_is_rejected_says_why(project: Path, feat: Feat) -> None:
    (project / "data" / "clicks.jsonl").write_text("[]\n{}\n{}\n")
    result = feat("run", "-C", project, "--on", "reference")
    assert result.code == 1
    assert "warning: all 3 records of clicks were rejected, " in result.err
    assert f"They are in {project / 'out' / 'reference' / '_rejects' / 'clicks'}" in result.err
