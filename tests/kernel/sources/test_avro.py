"""The kernel and the reference read Avro alike: what `fastavro` wrote, and what was broken since."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest

from featlang.backends.reference import Input
from featlang.backends.reference.avro import avro_fields
from featlang.backends.reference.reading import events_in_turn
from featlang.backends.reference.result import SourceResult
from featlang.compiler import ir
from featlang.compiler.avro_schema import written
from tests.kernel.sources.avro_records import Maker
from tests.kernel.sources.probe import Messages, Plain, SourceProbe, Stage, expected_of
from tests.reference.build import column, source

STAGES = [Stage(("k",))]
RECORDS = 100
SEEDS = range(40)


def topic(schema: str, messages: list[bytes], **options: str) -> Input:
    """A topic of these messages."""
    return Input("kafka", options={"format": "avro", "schema": schema, **options}, topic=Messages("avro", messages))


def drawn(seed: int) -> tuple[Maker, Input]:
    """A topic of which half of the messages are broken."""
    maker = Maker(seed)
    messages = [maker.record() for _ in range(RECORDS)]
    broken = [maker.broken(message) for message in messages]
    return maker, topic(written(maker.text(), maker.source.columns), [*messages, *broken])


def refusals(made: ir.Source, given: Input) -> list[tuple[str, str]]:
    """Code and text of each record that the reference refuses."""
    result = SourceResult()
    for _ in events_in_turn(made, given, 0, result):
        pass
    return [(refused.code, refused.text) for refused in result.rejects]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_records(probe: SourceProbe, seed: int) -> None:
    maker, given = drawn(seed)
    found = probe.take(maker.source, given, stages=STAGES)
    assert found.outputs() == expected_of(maker.source, given, stages=STAGES)
    texts = zip((code for _, _, code, _ in found.rejected), found.texts, strict=True)
    assert [each for each in texts if each[0] != "null_key"] == refusals(maker.source, given)


@pytest.mark.parametrize("seed", SEEDS)
def test_fields_are_what_the_other_library_reads(seed: int) -> None:
    maker = Maker(seed)
    plain = written(maker.text(), [])
    for _ in range(RECORDS):
        record = maker.record()
        assert bits(avro_fields(record, plain, framed=False)) == bits(maker.read(record))


def bits(value: Any) -> object:
    """A value that is equal to another one's iff the bytes are: texts as UTF-8, maps in one order, floats as bits."""
    match value:
        case dict():
            return sorted((bits(name), bits(held)) for name, held in value.items())
        case [*items] if items and all(isinstance(item, tuple) for item in items):
            return sorted((bits(name), bits(held)) for name, held in items)
        case [*items]:
            return [bits(item) for item in items]
        case float():
            return "nan" if math.isnan(value) else struct.pack(">d", value).hex()
        case bytes():
            return value.hex()
        case str():
            return value.encode().hex()
        case _:
            return repr(value)


def test_the_random_records_reach_every_code() -> None:
    codes: dict[str, int] = {}
    accepted = 0
    for seed in SEEDS:
        maker, given = drawn(seed)
        outputs = expected_of(maker.source, given, stages=STAGES)
        for _, _, code, _ in outputs.rejected:
            codes[code] = codes.get(code, 0) + 1
        accepted += outputs.accepted
    assert codes.keys() == {"malformed", "null_value", "type", "range", "null_key"}
    assert min(codes.values()) > 50
    assert accepted > 1_000


def long(value: int) -> bytes:
    """A number in Avro's encoding."""
    rest = value << 1 if value >= 0 else ((-value - 1) << 1) + 1
    found = bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


ONE = source(column("k", "string?"), column("x", "list<int?>?"))
HEAD = long(3)
"""The time of a record of `GOLDEN`."""
SCHEMA = "record 2 ts us long x union 2 null array union 2 null int"
GOLDEN: list[tuple[bytes, Plain | str]] = [
    (HEAD + b"\0", None),
    (HEAD + b"\2\0", b"\0"),
    (HEAD + b"\2" + long(2) + b"\0\2" + long(-5) + b"\0", b"\1\0\1\1" + (2**63 - 5).to_bytes(8, "big") + b"\0"),
    (HEAD + b"\2" + long(-1) + long(2) + b"\2\2\0", b"\1\1" + (2**63 + 1).to_bytes(8, "big") + b"\0"),
    (HEAD, "it ends too early"),
    (b"", "it ends too early"),
    (HEAD + b"\4", "branch 2 of 2 at byte 2"),
    (HEAD + b"\1", "branch -1 of 2 at byte 2"),
    (HEAD + b"\0\0\0", "2 bytes stand behind it"),
    (b"\xff" * 10 + b"\0", "a long beyond 64 bits at byte 1"),
    (b"\xff" * 9 + b"\2\0", "a long beyond 64 bits at byte 1"),
    (HEAD + b"\2\2\2" + long(2**31) + b"\0", "an int beyond 32 bits at byte 5"),
    (HEAD + b"\2" + long(2**62), "more items than bytes"),
    (HEAD + b"\2" + long(-(2**63)) + b"\0", "more items than bytes"),
]


@pytest.mark.parametrize(("record", "wanted"), GOLDEN)
def test_a_record(probe: SourceProbe, record: bytes, wanted: Plain | str) -> None:
    given = topic(SCHEMA, [record])
    found = probe.take(ONE, given, stages=[Stage(("ts",))])
    assert found.outputs() == expected_of(ONE, given, stages=[Stage(("ts",))])
    if isinstance(wanted, str):
        assert found.texts == [f"not Avro: {wanted}"]
        assert refusals(ONE, given) == [("malformed", f"not Avro: {wanted}")]
    else:
        assert [routed[-1] for routed in found.routed] == [(None, wanted, 3)]


def test_other_malformed_records(probe: SourceProbe) -> None:
    """Of what no column reads, too: it must be known where it ends."""
    inner = "record 5 b boolean t string e enum 2 A B f fixed 2 next union 2 null ref 1"
    begin, deeper, end = b"\1\0\0ab", b"\2", b"\0"
    messages = {
        HEAD + b"\2\0\0ab\0": "neither false nor true at byte 2",
        HEAD + b"\1" + long(-1): "a length of -1 at byte 3",
        HEAD + b"\1" + long(2**40): "it ends too early",
        HEAD + b"\1\0" + long(2): "symbol 2 of 2 at byte 4",
        HEAD + b"\1\0\0a": "it ends too early",
        HEAD + (begin + deeper) * 99 + begin + end: "nested deeper than 100",
    }
    fine = HEAD + (begin + deeper) * 98 + begin + end
    given = topic(f"record 2 ts us long n {inner}", [*messages, fine])
    found = probe.take(ONE, given)
    assert found.texts == [f"not Avro: {text}" for text in messages.values()]
    assert refusals(ONE, given) == [("malformed", text) for text in found.texts]
    assert found.accepted == 1


def test_a_message_behind_the_number_of_its_schema(probe: SourceProbe) -> None:
    record = HEAD + b"\0"
    messages = [b"\0\0\0\0\7" + record, record, b"\1\0\0\0\7" + record, b"\0\0\0\0", b""]
    given = topic(SCHEMA, messages, framing="confluent")
    found = probe.take(ONE, given)
    assert found.outputs() == expected_of(ONE, given)
    assert found.accepted == 1
    assert {*found.texts} == {"not Avro: it does not begin with a 0 and the number of a schema"}
    assert [text for _, text in refusals(ONE, given)] == found.texts
