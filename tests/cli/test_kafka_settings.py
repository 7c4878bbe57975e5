"""An environment's brokers: secrets are never written out, and what is wrong is told without a broker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from featlang.backends.connectors.kafka.clients import consumer, job_properties
from featlang.backends.connectors.kafka.topics import TopicRange, first_offsets
from featlang.backends.reference.records import Input
from featlang.cli.run_flags import stream_state
from featlang.project import load
from featlang.request import Request
from featlang.run_error import RunError
from featlang.settings import Kafka, Secret, read_settings
from tests.cli.conftest import Feat

SETTINGS = "environments: {cluster: {kafka: {servers: 'a:1', properties: {%s}}}}"
TOPIC = TopicRange(Kafka(servers="127.0.0.1:9"), "web.clicks", "jsonl", {0: 0}, {0: 5})


@pytest.mark.parametrize(
    "name",
    [
        "ssl.key.password",
        "ssl.keystore.key",
        "sasl.jaas.config",
        "sasl.oauthbearer.client.credentials.client.secret",
        "sasl.oauthbearer.assertion.private.key.passphrase",
    ],
)
def test_a_secret_that_is_written_out_is_refused(name: str) -> None:
    (found,) = read_settings(SETTINGS % f"{name}: hunter2").diagnostics
    assert f"`{name}` is a secret: write `{{env: NAME}}` or `{{file: PATH}}`" in found.title
    assert "hunter2" not in found.title + (found.help or "")
    named = read_settings(SETTINGS % f"{name}: {{env: HUNTER}}")
    kafka = named.settings.environments["cluster"].kafka
    assert kafka is not None
    assert job_properties(kafka)[name] == "${env:HUNTER}"


@pytest.mark.parametrize("file", ["/run/se:cret", "/run/{secret}"])
def test_a_file_that_kafka_could_not_be_told_of_is_refused(file: str) -> None:
    (found,) = read_settings(SETTINGS % f"ssl.key.password: {{file: '{file}'}}").diagnostics
    assert "no `:`, `{` or `}` in its path" in found.title


def test_a_setting_that_the_client_refuses_is_told_as_an_error_of_the_environment() -> None:
    kafka = Kafka(servers="127.0.0.1:9", properties={"security.protocol": "SASL_SLL"})
    with pytest.raises(RunError, match=r'Kafka at 127.0.0.1:9: Invalid value "SASL_SLL"'), consumer(kafka):
        pass


def test_who_finds_no_broker_is_told_what_to_do() -> None:
    kafka = Kafka(servers="127.0.0.1:9")
    expected = (
        r"no Kafka broker answers at 127.0.0.1:9: .*; start it, or correct `kafka: {servers: …}` of the environment"
    )
    with pytest.raises(RunError, match=expected), consumer(kafka) as opened:
        opened.list_topics(timeout=2)


def test_secrets_that_only_jobs_need_are_not_looked_up_here() -> None:
    """The machine that submits a job need not have what the brokers' clients in it have."""
    kafka = Kafka(servers="127.0.0.1:9", properties={"ssl.keystore.password": Secret(env="FEAT_NOT_SET_HERE")})
    with consumer(kafka):
        pass
    with (
        pytest.raises(RunError, match="FEAT_NOT_SET_HERE"),
        consumer(Kafka(servers="127.0.0.1:9", properties={"sasl.jaas.config": Secret(env="FEAT_NOT_SET_HERE")})),
    ):
        pass


def test_a_start_of_a_partition_that_is_not_there_is_refused() -> None:
    opened: Any = None  # nothing is asked of it
    assert first_offsets(opened, "web.clicks", {0: (3, 9), 1: (4, 8)}, "1:6") == {0: 3, 1: 6}
    with pytest.raises(RunError, match=r"web\.clicks has no partition 2, which `start` names; it has 0 to 1"):
        first_offsets(opened, "web.clicks", {0: (3, 9), 1: (4, 8)}, "0:5,2:6")


def test_a_savepoint_after_some_records_is_not_taken_of_a_topic(project: Path) -> None:
    """It would be awaited until the topic is read, and never be there."""
    loaded = load(project)
    assert loaded.program is not None
    inputs = {"clicks": Input("kafka", topic=TOPIC)}
    request = Request(loaded.program, ("user_engagement",), inputs, project / "out", project / "build", now=0)
    with pytest.raises(typer.BadParameter, match=r"`clicks` is a topic.*end it by `feat stop --savepoint DIR`"):
        stream_state(request, "flink", project / "kept", 5, None)
    files = replace(request, inputs={"clicks": Input("jsonl")})
    assert stream_state(files, "flink", project / "kept", 5, None).stop_after == 5


def test_a_secret_that_is_written_out_is_not_shown(tmp_path: Path, feat: Feat) -> None:
    (tmp_path / "a.feat").write_text("source s(k: string, ts: timestamp) { time = ts }\n", encoding="utf-8")
    kafka = '{servers: a, properties: {sasl.jaas.config: "x password=canary;"}}'
    settings = f"environments:\n  c:\n    cassandra: {{hosts: [a], user: u, password: canary}}\n    kafka: {kafka}\n"
    (tmp_path / "feat.yaml").write_text(settings, encoding="utf-8")
    found = feat("check", "-C", tmp_path)
    assert found.code == 1
    assert "canary" not in found.text
    assert "say where it stands, as in `password: {env: CASSANDRA_PASSWORD}`" in found.text


@pytest.mark.parametrize(
    "text",
    [
        "environments:\n  c:\n    kafka:\n      servers: a\n      properties: {ssl.key.password: canary, acks: all}\n",
        "environments:\n  c:\n    kafka:\n      properties:\n        sasl.jaas.config: |\n          canary\n",
        "environments:\n  c:\n    cassandra: {hosts: [a], user: u, password: canary\n",
        "environments: {c: {cassandra: {hosts: [a], user: u, pasword: x, password: 'canary: {'}}}\n",
    ],
)
def test_messages_are_of_a_text_without_secrets(text: str) -> None:
    read = read_settings(text)
    assert read.diagnostics
    assert "canary" not in read.shown
    assert len(read.shown) == len(text)
    assert read.shown.count("\n") == text.count("\n")
    assert read.shown.startswith("environments:")
    assert "canary" not in "".join(f"{each.title}{each.help}" for each in read.diagnostics)
