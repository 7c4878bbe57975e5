"""A hostile project through all three engines, and generated scripts where featlang is not installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import featlang
from featlang.backends.connectors.sqlite import read_table
from featlang.backends.flink.local import extra_jars, flink_environment
from featlang.backends.spark.gateway import spark_gateway
from featlang.run_error import RunError
from tests.cli.conftest import Feat, Result

# Names are words of Java, Python, SQL and Jinja; texts hold what would end a literal, a comment or a template in each.
HOSTILE = Path(__file__).with_name("hostile")
"""Names are words of Java, Python, SQL and Jinja; texts hold what would end a literal or a comment in each."""

DATA = "it's {{ data }}.jsonl"

PRELUDE = "import sys\ntry:\n    import featlang\nexcept ImportError:\n    sys.exit(0)\nsys.exit(1)\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The project, in a folder whose name is hostile too."""
    folder = tmp_path / "it's a {{ folder }} % é"
    (folder / "data").mkdir(parents=True)
    shutil.copy(HOSTILE / "all.feat", folder)
    shutil.copy(HOSTILE / "records.jsonl", folder / "data" / DATA)
    return folder


def test_hostile_names_and_records_give_the_same_bits_on_all_engines(hostile: Path, feat: Feat) -> None:
    result: Result = feat("parity", "--project", hostile)
    assert result.code == 0, result.text
    assert " 0 differing" in result.out.splitlines()[-1]
    assert "class: late events are the same, at 1 places" in result.out
    assert "class: rejects are the same, at 3 places" in result.out
    assert feat("run", "--project", hostile).code == 0
    for out in (
        hostile / "out" / "parity" / "flink",
        hostile / "out" / "parity" / "spark",
        hostile / "out" / "reference",
    ):
        assert pq.read_table(out / "public").num_rows == 5
        assert json.loads((out / "run.json").read_text())["sources"]["class"]["late"] == 1
        stored = read_table(out / "online.sqlite", "from.where")
        assert {row["select"]: row["static_forever"] for row in stored} == {"a'b\"{{c}}": 2, "漢字": 3}


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_a_file_that_is_missing_when_the_job_runs_ends_in_a_message(engine: str, project: Path, feat: Feat) -> None:
    (project / "data" / "clicks.jsonl").write_bytes(b"")
    sources = (project / "sources.feat").read_text()
    (project / "sources.feat").write_text(
        sources.replace("jsonl(", "parquet(").replace("clicks.jsonl", "clicks.parquet")
    )
    (project / "feat.yaml").unlink()
    (project / "data" / "clicks.parquet").write_bytes(b"PAR1 and then nothing")
    result = feat("run", "--on", engine, "--project", project)
    assert result.code == 1
    assert "clicks.parquet" in result.err
    assert (project / "out" / f"{engine}.failed").is_dir()
    assert not (project / "out" / engine).exists()


def test_the_logs_that_an_error_names_in_python_are_there(project: Path) -> None:
    (project / "data" / "clicks.jsonl").rename(project / "data" / "clicks.parquet")
    (project / "feat.yaml").unlink()
    sources = project / "sources.feat"
    sources.write_text(sources.read_text().replace('jsonl("data/clicks.jsonl")', 'parquet("data/clicks.parquet")'))
    with pytest.raises(RunError) as failure:
        featlang.load(project).run("user_engagement", on="flink")
    logs = Path(str(failure.value).rpartition("The logs are in ")[2])
    assert (logs / "clicks.log").is_file()
    assert [path.name for path in logs.parent.iterdir()] == [logs.name]
    shutil.rmtree(logs.parent)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"features": ["user_engagment"]}, "no features block or stream user_engagment"),
        ({"out": "s3://bucket/out"}, "s3://bucket/out is no folder"),
    ],
)
@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_a_script_refuses_what_it_cannot_do(
    engine: str, wrong: dict[str, object], said: str, project: Path, feat: Feat, tmp_path: Path
) -> None:
    assert feat("compile", "--project", project).code == 0
    file = tmp_path / "conf.json"
    file.write_text(json.dumps({"features": ["user_engagement"], "out": str(tmp_path), **wrong}), encoding="utf-8")
    script = project / "build" / "clicks" / f"{engine}_job.py"
    command = [sys.executable, str(script), "--conf", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_generated_scripts_run_without_featlang(project: Path, feat: Feat, tmp_path: Path) -> None:
    assert feat("compile", "--project", project).code == 0
    assert feat("run", "--project", project).code == 0
    expected = sorted(pq.read_table(project / "out" / "reference" / "user_engagement").to_pylist(), key=repr)
    python = _python_without_featlang(tmp_path / "python")
    assert subprocess.run([python, "-I", "-c", PRELUDE], check=False).returncode == 0

    build = project / "build" / "clicks"
    for engine in ("flink", "spark"):
        out = tmp_path / engine
        out.mkdir()
        conf = {
            "sources": {"clicks": {"kind": "jsonl", "files": [str(project / "data" / "clicks.jsonl")], "options": {}}},
            "out": str(out),
            "features": ["user_engagement"],
            "stores": {},
            "now": 0,
            "since": None,
            "until": None,
            "parallelism": 2,
            "jars": [str(jar) for jar in extra_jars()],
        }
        file = tmp_path / f"{engine}.json"
        file.write_text(json.dumps(conf), encoding="utf-8")
        command = [python, "-I", str(build / f"{engine}_job.py"), "--conf", str(file)]
        if engine == "flink":
            _run(command, flink_environment(tmp_path, tmp_path))
        else:
            with spark_gateway([build / "clicks.jar"], memory="1g") as environment:
                _run(command, environment)
        assert sorted(pq.read_table(out / "user_engagement").to_pylist(), key=repr) == expected


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _python_without_featlang(folder: Path) -> str:
    """An environment with the installed packages, but for this project, which is not in their folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (packages / "installed.pth").write_text(sysconfig.get_path("purelib") + os.linesep, encoding="utf-8")
    return str(folder / "bin" / "python")
