"""An environment's brokers as its clients want them: those of Kafka itself in the jobs, librdkafka here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from featlang.backends.connectors.secrets import looked_up
from featlang.run_error import RunError

if TYPE_CHECKING:
    from confluent_kafka import Consumer

    from featlang.settings import Kafka, Secret

WAIT = 20.0
"""So long brokers are waited for, in seconds."""

_PROVIDERS = {
    "config.providers": "env,directory",
    "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    "config.providers.directory.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
}
"""What lets a client of Kafka look secrets up where it runs."""

_SAME_NAMES = ("security.protocol", "client.id", "ssl.endpoint.identification.algorithm")
_TRANSLATED = ("sasl.mechanism", "sasl.jaas.config", "ssl.truststore.type", "ssl.truststore.location")
_LOGIN = re.compile(r'\b(username|password)\s*=\s*"((?:[^"\\]|\\.)*)"')


def job_properties(kafka: Kafka) -> dict[str, str]:
    """The properties of the clients in a job. Secrets are references, which the client itself looks up."""
    found = {"bootstrap.servers": kafka.servers}
    for name, value in kafka.properties.items():
        if isinstance(value, bool):
            found[name] = str(value).lower()
        else:
            found[name] = str(value) if isinstance(value, (int, str)) else _reference(value)
    secrets = any(not isinstance(value, (bool, int, str)) for value in kafka.properties.values())
    return {**found, **_PROVIDERS} if secrets else found


def _reference(secret: Secret) -> str:
    if secret.env is not None:
        return f"${{env:{secret.env}}}"
    path = PurePosixPath(secret.file or "")
    return f"${{directory:{path.parent}:{path.name}}}"


def librdkafka_settings(kafka: Kafka) -> dict[str, str]:
    """The settings of librdkafka that stand for properties of Kafka's own clients.

    Others are of jobs only, and so are their secrets, which need not be on this machine. Raises `RunError`.
    """
    properties = {
        name: value if isinstance(value, str) else looked_up(value)
        for name, value in kafka.properties.items()
        if name in (*_SAME_NAMES, *_TRANSLATED) and not isinstance(value, (bool, int))
    }
    found = {"bootstrap.servers": kafka.servers}
    found |= {name: properties[name] for name in _SAME_NAMES if name in properties}
    if "sasl.mechanism" in properties:
        found["sasl.mechanisms"] = properties["sasl.mechanism"]
    login: Mapping[str, str] = dict(_LOGIN.findall(properties.get("sasl.jaas.config", "")))
    found |= {f"sasl.{name}": re.sub(r"\\(.)", r"\1", value) for name, value in login.items()}
    if properties.get("ssl.truststore.type") == "PEM" and "ssl.truststore.location" in properties:
        found["ssl.ca.location"] = properties["ssl.truststore.location"]
    return found


@contextmanager
def consumer(kafka: Kafka) -> Iterator[Consumer]:
    """A consumer of no group, that commits nothing. Raises `RunError` where confluent-kafka is not installed."""
    try:
        from confluent_kafka import Consumer, KafkaError, KafkaException  # noqa: PLC0415 - of an extra
    except ImportError as error:
        message = "topics need confluent-kafka; install it with: pip install 'featlang[kafka]'"
        raise RunError(message) from error
    settings = {"group.id": "featlang", "enable.auto.commit": False, "isolation.level": "read_committed"}
    quiet = {"log_level": 0, "enable.partition.eof": True, "auto.offset.reset": "error"}
    wanted = {**settings, **quiet, **librdkafka_settings(kafka)}
    try:
        opened = Consumer(wanted)
        try:
            yield opened
        finally:
            opened.close()
    except KafkaException as error:
        cause = error.args[0]
        message = f"Kafka at {kafka.servers}: {cause.str()}"
        if cause.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT):  # noqa: SLF001 - their names
            message = (
                f"no Kafka broker answers at {kafka.servers}: {cause.str()}; "
                "start it, or correct `kafka: {servers: …}` of the environment in feat.yaml"
            )
        raise RunError(message) from error
