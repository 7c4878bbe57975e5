"""The kernel's writer of Cassandra: what is late never wins, nothing is lost while a node is away, no secret told."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session

from featlang.backends.connectors.cassandra import Table
from featlang.backends.connectors.cassandra.cluster import connected, execute, rows
from featlang.backends.connectors.cassandra.table import create_keyspace
from featlang.backends.kernel.build import compile_java, runtime_jar, write_jar
from featlang.backends.kernel.jars import jar_set, wheel_jars
from featlang.backends.kernel.java_home import find_java
from featlang.run_error import RunError
from featlang.settings import Cassandra, Secret
from services.server import Server
from tests.cli.conftest import Feat
from tests.services.awaiting import until
from tests.services.conftest import Running, running

Command = Callable[..., list[str]]

CANARY = "p4ssw0rd-of-nobody"
FEATURES = (("as_of", "timestamp"), ("_written", "int"), ("n", "int"), ("m", "float"))


def table(name: str, key: str = "int") -> Table:
    """A table of the trial."""
    return Table("trial", name, (("k", key), *FEATURES), 1, ("n=1", "m=2"))


@pytest.fixture(scope="module")
def session(cassandra: Running) -> Iterator[Session]:
    """A session in which the keyspace is there."""
    with connected(Cassandra(hosts=[cassandra.address])) as opened:
        execute(opened, create_keyspace("trial", "datacenter1", 1))
        yield opened


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Gives the command that runs a scenario of `CassandraTrial`."""
    runtime = runtime_jar(["store"])
    jar = tmp_path_factory.mktemp("trial") / "trial.jar"
    write_jar(compile_java([Path(__file__).with_name("java")], [runtime]), jar)
    logging = [file for file in wheel_jars("pyspark") if file.name.startswith("slf4j-api")]
    class_path = os.pathsep.join(map(str, [jar, runtime, *jar_set("cassandra"), *logging]))
    return lambda *arguments: [str(find_java().executable), "-cp", class_path, "CassandraTrial", *arguments]


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a scenario to its end."""
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})


def found(session: Session, of: Table) -> list[tuple[Any, ...]]:
    """The rows of a table in the order of their keys."""
    return sorted(tuple(row.values()) for row in rows(session, of))


def test_a_row_is_never_replaced_by_an_older_one_not_even_in_part(
    trial: Command, session: Session, cassandra: Running
) -> None:
    execute(session, table("older").create())
    done = run(trial("older", cassandra.address, "older"))
    assert done.returncode == 0, done.stderr
    assert found(session, table("older")) == [(1, 20, 20, None, -0.5), (2, -5, -5, 7, None)]


def test_a_row_that_cassandra_cannot_hold_is_left_out_and_told(
    trial: Command, session: Session, cassandra: Running
) -> None:
    execute(session, table("refused", "string").create())
    done = run(trial("refused", cassandra.address, "refused"))
    assert done.returncode == 0, done.stderr
    assert found(session, table("refused", "string")) == [("a", 1, 1, 1, 0.1), ("b", 1, 1, 4, 0.4)]
    assert "3 rows were left out of table trial.refused of Cassandra" in done.stderr


@pytest.mark.parametrize("fault", ["silent", "dead"])
def test_nothing_is_lost_while_the_node_is_away(
    fault: str, trial: Command, session: Session, cassandra: Running
) -> None:
    """A node that is stopped answers nobody, and takes no connection back; one that is killed refuses all."""
    execute(session, table(fault).create())
    (node,) = cassandra.servers
    command = trial("steady", cassandra.address, fault)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        before = int(writer.stdout.readline())
        away = time.monotonic()
        if fault == "silent":
            process = node.process
            assert process is not None
            os.kill(process, signal.SIGSTOP)
            time.sleep(20)  # the time itself is what is tried: longer than a request waits for its answer
            os.kill(process, signal.SIGCONT)
        else:
            node.kill()
            time.sleep(max(0.0, 20 - (time.monotonic() - away)))
            node.start()
        reached = before
        while reached < before + 20_000:
            reached = int(writer.stdout.readline())
        _, errors = writer.communicate("stop\n")
    assert writer.returncode == 0, errors
    assert f"writes to table trial.{fault} of Cassandra wait" in errors
    with connected(Cassandra(hosts=[cassandra.address])) as after:  # the other session may not know yet who is back
        stored = found(after, table(fault))
    last = max(row[1] for row in stored)
    assert last >= reached
    assert stored == [(k, n, n, n, n / 10) for k, n in enumerate(range(last - 999, last + 1))]


def test_a_table_that_is_not_as_it_must_be_ends_the_job_and_says_what_to_type(
    trial: Command, session: Session, cassandra: Running
) -> None:
    cases = {
        "missing": (None, "Cassandra has no table trial.missing; `feat plan-ddl` shows what differs"),
        "lacking": (table("lacking").columns[:-1], "lacks the columns m double"),
        "other_type": ((*table("t").columns[:-1], ("m", "int")), "has m bigint, the features have m double"),
        "other_key": ((("k", "string"), *FEATURES), "has k text, the features have k bigint"),
    }
    for name, (columns, message) in cases.items():
        if columns is not None:
            execute(session, replace(table(name), columns=columns).create())
        done = run(trial("open", cassandra.address, name))
        assert done.returncode == 1
        assert message in done.stderr
    execute(session, replace(table("other_meaning"), meanings=("n=1", "m=3")).create())
    done = run(trial("open", cassandra.address, "other_meaning"))
    assert done.returncode == 1
    assert "the rows of table trial.other_meaning of Cassandra were made by other definitions of m" in done.stderr


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a node that asks for a user and a password."""
    with running("cassandra", tmp_path_factory, guard) as service:
        (node,) = service.servers
        until(node.log.read_text, lambda log: "Created default superuser role" in log)  # some time after it serves
        yield service


def guard(node: Server) -> Server:
    """A node that asks for a user and a password."""

    def prepare(folder: Path) -> Sequence[str]:
        arguments = node.prepare(folder)
        with (folder / "conf" / "cassandra.yaml").open("a", encoding="utf-8") as settings:
            settings.write("\nauthenticator: PasswordAuthenticator\n")
        return arguments

    return replace(node, prepare=prepare)


def test_who_connects_is_asked_for_and_no_secret_is_told(
    trial: Command, guarded: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = Cassandra(hosts=[guarded.address], user="cassandra", password=Secret(file=str(tmp_path / "password")))
    (tmp_path / "password").write_text("cassandra\n", encoding="utf-8")
    with connected(right) as session:
        execute(session, create_keyspace("trial", "datacenter1", 1))
        execute(session, table("guarded").create())
    command = trial("open", guarded.address, "guarded", "cassandra", "TRIAL_PASSWORD")
    assert run(command, TRIAL_PASSWORD="cassandra").returncode == 0  # noqa: S106 - of every new node
    done = run(command, TRIAL_PASSWORD=CANARY)
    assert done.returncode == 1
    assert "Cassandra lets cassandra not in" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    done = run(command)
    assert "the environment variable TRIAL_PASSWORD, with the password of Cassandra, is not set" in done.stderr
    assert "Cassandra lets nobody without a user in" in run(trial("open", guarded.address, "guarded")).stderr

    wrong = right.model_copy(update={"password": Secret(env="TRIAL_PASSWORD")})
    monkeypatch.setenv("TRIAL_PASSWORD", CANARY)
    with pytest.raises(RunError, match="the user or the password is not right") as refused, connected(wrong):
        pass
    assert CANARY not in str(refused.value)
    monkeypatch.delenv("TRIAL_PASSWORD")
    with pytest.raises(RunError, match="the environment variable TRIAL_PASSWORD"), connected(wrong):
        pass


def test_a_run_that_is_not_let_in_leaves_no_secret_anywhere(
    guarded: Running, project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the message, the logs, the job's settings or what was built."""
    block = (project / "engagement.feat").read_text(encoding="utf-8")
    block = block.replace("over 5m, 1h, 1d", 'over 5m, 1h, 1d to cassandra("trial.engagement")')
    (project / "engagement.feat").write_text(block, encoding="utf-8")
    cluster = f"{{hosts: ['{guarded.address}'], user: cassandra, password: {{env: TRIAL_PASSWORD}}}}"
    (project / "feat.yaml").write_text(f"environments: {{guarded: {{cassandra: {cluster}}}}}\n", encoding="utf-8")
    monkeypatch.setenv("TRIAL_PASSWORD", CANARY)
    done = feat("run", "--project", project, "--env", "guarded", "--on", "spark")
    assert done.code == 1
    assert "Cassandra lets cassandra not in" in done.err
    assert CANARY not in done.text
    written = [file for file in project.rglob("*") if file.is_file()]
    assert any(file.suffix == ".log" for file in written)
    assert [file for file in written if CANARY.encode() in file.read_bytes()] == []


def test_a_data_center_that_is_not_there_is_named(trial: Command, cassandra: Running) -> None:
    done = run(trial("elsewhere", cassandra.address, "any"))
    assert done.returncode == 1
    assert "has no data center elsewhere, but datacenter1; write `datacenter: datacenter1`" in done.stderr
    with (
        pytest.raises(RunError, match="has no data center elsewhere"),
        connected(Cassandra(hosts=[cassandra.address], datacenter="elsewhere")),
    ):
        pass
