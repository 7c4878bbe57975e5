"""A record whose undeclared keys were chosen to have one hash: it costs about what any record of its size does."""

from __future__ import annotations

from itertools import product
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from featlang.stdlib.functions.xxhash64 import xxhash64
from tests.kernel.sources.probe import SourceProbe, Stage, expected
from tests.reference.build import column, source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INTS = source(column("x", "int?"))
P1, P2, WORD = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 2**64
LANES = (P1 + P2, P2, 0, -P1)
"""What xxHash64 begins with, for each of the four words of a stripe."""
SAFE = bytes(c for c in range(0x20, 0x7F) if c not in b'"\\')


def colliding_keys(choices: int) -> list[bytes]:
    """Make `choices ** 4` keys of two stripes with one hash: for each lane, pairs of words that end in one state."""
    random = Random(3)
    lanes = [_pairs(random, lane, choices) for lane in LANES]
    return [b"".join(pair[0] for pair in chosen) + b"".join(pair[1] for pair in chosen) for chosen in product(*lanes)]


def test_it_takes_no_longer_than_other_keys(probe: SourceProbe, tmp_path: Path) -> None:
    """The table of keys gives way to sorting."""
    keys = colliding_keys(16)
    assert len({xxhash64(key) for key in keys[::4001]}) == 1
    others = [b"%064d" % number for number in range(len(keys))]
    usual = min(_seconds(probe, tmp_path, others) for _ in range(3))
    assert _seconds(probe, tmp_path, keys) < 40 * usual


def test_a_repeated_key_is_found_among_them(probe: SourceProbe, tmp_path: Path) -> None:
    """The first that comes again, as among any keys."""
    keys = colliding_keys(6)[::-1]
    record = _record([*keys, keys[70], keys[7], keys[70]])
    file = tmp_path / "file.jsonl"
    file.write_bytes(record)
    printed = probe.read(INTS, [file], stages=[Stage(("ts",))])
    assert printed.outputs() == expected(INTS, [file], stages=[Stage(("ts",))])
    assert f'key "{keys[70].decode()[:40]}' in printed.texts[0]


def _pairs(random: Random, start: int, count: int) -> list[tuple[bytes, bytes]]:
    """Pairs of words of safe characters that take a lane from its start to one and the same state."""
    state = _round(_round(start, _word(random)), _word(random))
    pairs: list[tuple[bytes, bytes]] = []
    while len(pairs) < count:
        first = _word(random)
        before = _rotate(state * pow(P1, -1, WORD) % WORD, 64 - 31)
        second = (before - _round(start, first)) * pow(P2, -1, WORD) % WORD
        words = first.to_bytes(8, "little"), second.to_bytes(8, "little")
        if set(words[1]) <= set(SAFE):
            pairs.append(words)
    return pairs


def _word(random: Random) -> int:
    return int.from_bytes(random.choices(SAFE, k=8), "little")


def _round(state: int, word: int) -> int:
    return _rotate((state + word * P2) % WORD, 31) * P1 % WORD


def _rotate(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) % WORD


def _record(keys: Sequence[bytes]) -> bytes:
    return b'{"ts":0,' + b",".join(b'"%b":0' % key for key in keys) + b"}"


def _seconds(probe: SourceProbe, folder: Path, keys: Sequence[bytes]) -> float:
    file = folder / "file.jsonl"
    file.write_bytes(_record(keys))
    start = perf_counter()
    printed = probe.read(INTS, [file], stages=[Stage(("ts",))])
    assert printed.accepted == 1
    return perf_counter() - start
