"""Numbers, days and instants by the thousand: the same as the reference, whose numbers are Python's."""

from __future__ import annotations

import random
import struct
from fractions import Fraction
from pathlib import Path

import pytest

from tests.kernel.sources.probe import SourceProbe, Stage, expected
from tests.reference.build import column, source

STAGES = [Stage(("ts",))]


def seeded(seed: int) -> random.Random:
    """The same values at each run of a test."""
    return random.Random(seed)


def decimals(chance: random.Random) -> list[str]:
    """Texts of floats: short ones, shortest forms of any double, long ones, and halves between two doubles."""
    texts = [f"{chance.randint(-(10**9), 10**9) / 10 ** chance.randint(0, 9)!r}" for _ in range(1000)]
    texts += [f"{chance.randint(0, 2**54)}.{chance.randint(0, 10**6):06}"[: chance.randint(3, 24)] for _ in range(1000)]
    texts += [f"{chance.randint(0, 10**25)}e{chance.randint(-340, 300)}" for _ in range(1000)]
    for _ in range(1000):
        bits = chance.randrange(0x7FEFFFFFFFFFFFFF)
        low, high = (struct.unpack(">d", struct.pack(">Q", bits + i))[0] for i in (0, 1))
        if 1e-15 < low < 1e15:
            half = (Fraction(low) + Fraction(high)) / 2
            digits = str(half.numerator * 10**80 // half.denominator).rjust(90, "0")
            texts.append(f"{digits[:-80]}.{digits[-80:]}")
        texts.append(repr(low))
    halves = [2**53 + odd for odd in range(1, 400, 2)]
    return texts + [f"{half}{tail}" for half in halves for tail in ("", ".0", "." + "0" * 40, "." + "0" * 40 + "1")]


def test_the_nearest_double(probe: SourceProbe, tmp_path: Path) -> None:
    texts = [text for text in decimals(seeded(1)) if not text.endswith(".")]
    events = source(column("x", "float"))
    file = tmp_path / "file.csv"
    file.write_text("x,ts\n" + "".join(f"{text},0\n" for text in texts))
    printed = probe.read(events, [file], kind="csv", stages=STAGES)
    assert printed.accepted == len(texts) > 4000
    assert [routed[-1][0] for routed in printed.routed] == [
        struct.unpack(">q", struct.pack(">d", float(text) + 0.0))[0] if abs(float(text)) < float("inf") else None
        for text in texts
    ]


def test_days(probe: SourceProbe, tmp_path: Path) -> None:
    texts = [
        f"{year:04}-{month:02}-{day:02}"
        for year in [
            *range(9),
            99,
            100,
            101,
            400,
            1582,
            1600,
            1899,
            1900,
            1904,
            *range(1968, 1974),
            2000,
            2100,
            9999,
        ]
        for month in range(14)
        for day in (0, 1, 27, 28, 29, 30, 31, 32)
    ]
    events = source(column("x", "date"))
    file = tmp_path / "file.csv"
    file.write_text("x,ts\n" + "".join(f"{text},0\n" for text in texts))
    printed = probe.read(events, [file], kind="csv", stages=STAGES)
    assert printed.outputs() == expected(events, [file], kind="csv", stages=STAGES)
    assert printed.accepted > 1500


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_instants(probe: SourceProbe, tmp_path: Path, zone: str | None) -> None:
    chance = seeded(2)

    def number(limit: int, width: int = 2) -> str:
        return str(chance.randint(0, limit)).rjust(width, "0")

    texts = []
    for _ in range(4000):
        year = chance.choice(["0000", "0001", "9999", number(9999, 4)])
        date = f"{year}-{number(13)}-{number(29)}"
        second = chance.choice(["", f":{number(60)}", f":{number(59)}{chance.choice('.,')}{number(10**9, 1)}"])
        offset = chance.choice(
            ["", "Z", "z", *(f"{sign}{number(18)}{chance.choice([':', ''])}{number(60)}" for sign in "+-")]
        )
        text = f"{date}{chance.choice('TTTT t')}{number(24)}:{number(60)}{second}{offset}"
        if chance.random() < 0.1:
            cut = chance.randrange(len(text))
            text = text[:cut] + chance.choice(["", "0", " ", "-", ":", "Z", "x"]) + text[cut + 1 :]
        texts.append(text)
    events = source(column("x", "timestamp", zone=zone))
    file = tmp_path / "file.csv"
    file.write_text("x,ts\n" + "".join(f'"{text}",0\n' for text in texts))
    printed = probe.read(events, [file], kind="csv", stages=STAGES)
    assert printed.outputs() == expected(events, [file], kind="csv", stages=STAGES)
    assert printed.accepted > 1000
    assert {code for _, _, code, _ in printed.rejected} == {"type", "range"}
