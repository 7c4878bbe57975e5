"""The kernel and the reference read what stands beside a message's value alike: key, headers, place, time, rejects."""

from __future__ import annotations

import json
import random

import pytest

from featlang.backends.connectors.kafka.topics import Message
from featlang.backends.reference import Input
from tests.kernel.sources.probe import Messages, Plain, SourceProbe, Stage, expected_of
from tests.reference.build import column, source

SENT = 1_709_294_400_123
"""The time of the messages, ms."""

CLICKS = source(
    column("user", "string"),
    column("key", "string?", message="key"),
    column("ts", "timestamp", message="timestamp"),
    column("part", "int", message="partition"),
    column("number", "int", message="offset"),
    column("trace", "string?", header="trace-id"),
    column("token", "bytes", header="Token"),
)
STAGES = [Stage(("user",))]


def message(
    value: str, key: bytes | None = b"k1", token: bytes | None = b"\xff", trace: bytes | None = b"t1"
) -> Message:
    headers = [("trace-id", b"first"), ("token", b"no"), ("Token", token), ("trace-id", trace)]
    return Message("messages", 0, 0, value.encode(), SENT, key, headers)


VALUE = '{"user": "u1"}'
GOLDEN: list[tuple[Message, tuple[Plain, ...] | str]] = [
    (message(VALUE), (b"u1", b"k1", SENT * 1000, 0, 0, b"t1", b"\xff")),
    (message(VALUE, key=None, trace=None), (b"u1", None, SENT * 1000, 0, 0, None, b"\xff")),
    (message(VALUE, key=b"", token=b""), (b"u1", b"", SENT * 1000, 0, 0, b"t1", b"")),
    (
        message('{"user": "u1", "key": 3, "ts": null, "token": "%", "trace": null}'),
        (b"u1", b"k1", SENT * 1000, 0, 0, b"t1", b"\xff"),
    ),
    (message('{"user": "u1", "key": 3, "key": 3}'), "malformed"),
    (message("{}", key=b"\xff"), "column `user` is null"),
    (message(VALUE, key=b"k\xc3"), "column `key` is not UTF-8, expected text in UTF-8"),
    (message(VALUE, trace=b"\xed\xa0\x80"), "column `trace` is not UTF-8, expected text in UTF-8"),
    (message(VALUE, token=None), "column `token` is null"),
    (message(""), "malformed"),
]


@pytest.mark.parametrize(("sent", "wanted"), GOLDEN)
def test_a_message(probe: SourceProbe, sent: Message, wanted: tuple[Plain, ...] | str) -> None:
    given = Input("kafka", options={"format": "json"}, topic=Messages("jsonl", [sent]))
    outputs = expected_of(CLICKS, given, stages=STAGES)
    if isinstance(wanted, str):
        code = "malformed" if wanted == "malformed" else "null_value" if wanted.endswith("is null") else "type"
        assert [(each[2], each[3]) for each in outputs.rejected] == [(code, sent.value)]
        assert outputs.reasons == [wanted] * (wanted != "malformed")
    else:
        assert [routed[-1] for routed in outputs.routed] == [wanted]
    assert probe.take(CLICKS, given, stages=STAGES).outputs() == outputs


def test_times_that_are_none(probe: SourceProbe) -> None:
    """Kafka takes any number as a time; and its time may be the only one that an event has."""
    sent = [Message("messages", 0, 0, b"{}", time) for time in (SENT, 2**63 - 1, 253_402_300_800_000, -1)]
    made = source(column("ts", "timestamp?", message="timestamp")).model_copy(update={"lateness": 2**63 - 1})
    given = Input("kafka", options={"format": "json"}, topic=Messages("jsonl", sent))
    outputs = expected_of(made, given, stages=[Stage(("ts",))])
    assert [routed[-1] for routed in outputs.routed] == [(SENT * 1000,), (-1000,)]
    assert [code for _, _, code, _ in outputs.rejected] == ["range", "range"]
    assert probe.take(made, given, stages=[Stage(("ts",))]).outputs() == outputs


@pytest.mark.parametrize("seed", range(10))
def test_random_messages(probe: SourceProbe, seed: int) -> None:
    dice = random.Random(seed)
    texts = [None, b"", b"a", b"b", "Käse".encode(), b"a\xc3", bytes(range(256))]
    values = [VALUE, VALUE, '{"user": null}', '{"user": "u2", "trace": 1}', "{", ""]
    sent = [
        message(dice.choice(values), dice.choice(texts), dice.choice(texts), dice.choice(texts)) for _ in range(100)
    ]
    given = Input("kafka", options={"format": "json"}, topic=Messages("jsonl", sent))
    outputs = expected_of(CLICKS, given, stages=STAGES)
    assert outputs.accepted > 5
    assert probe.take(CLICKS, given, stages=STAGES).outputs() == outputs


def test_how_far_ahead_is_measured_by_when_a_message_was_sent(probe: SourceProbe) -> None:
    """A broker is believed, a sender where it is not in the future; without a time the run's clock holds."""
    sent = [
        Message("messages", 0, 0, json.dumps({"ts": ahead}).encode(), millis, stamped=stamped)
        for millis, stamped in ((5, False), (5, True), (90, False), (90, True), (-1, False), (-1, True))
        for ahead in (15_000, 15_001, 60_000, 60_001, 100_000, 100_001)
    ]
    made = source(lateness=2**63 - 1, max_ahead=10_000)
    given = Input("kafka", options={"format": "json"}, topic=Messages("jsonl", sent))
    outputs = expected_of(made, given, stages=[Stage(("ts",))], now=50_000)
    accepted = [1, 0, 0, 0, 0, 0] * 2 + [1, 1, 1, 0, 0, 0] + [1, 1, 1, 1, 1, 0] + [1, 1, 1, 0, 0, 0] * 2
    assert [place[1] for place in outputs.quarantined] == [number for number, each in enumerate(accepted) if not each]
    assert probe.take(made, given, stages=[Stage(("ts",))], now=50_000).outputs() == outputs
