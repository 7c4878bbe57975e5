"""XXH64 with seed 0, by its published specification (xxHash, 64-bit variant), in the plainest way."""

from __future__ import annotations

_MASK = 2**64 - 1
_PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def xxhash64(data: bytes) -> int:
    """The hash, from 0 below 2^64."""
    one, two, three, four, five = _PRIMES
    place = 0
    if len(data) >= 32:
        lanes = [one + two, two, 0, -one]
        while len(data) - place >= 32:
            for i in range(4):
                lanes[i] = _round(lanes[i], _little(data, place + 8 * i, 8))
            place += 32
        found = sum(_left(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            found = ((found ^ _round(0, lane)) * one + four) & _MASK
    else:
        found = five
    found = (found + len(data)) & _MASK
    while len(data) - place >= 8:
        found = (_left(found ^ _round(0, _little(data, place, 8)), 27) * one + four) & _MASK
        place += 8
    if len(data) - place >= 4:
        found = (_left(found ^ (_little(data, place, 4) * one & _MASK), 23) * two + three) & _MASK
        place += 4
    for byte in data[place:]:
        found = _left(found ^ (byte * five & _MASK), 11) * one & _MASK
    found = (found ^ found >> 33) * two & _MASK
    found = (found ^ found >> 29) * three & _MASK
    return found ^ found >> 32


def _round(lane: int, read: int) -> int:
    return _left((lane + read * _PRIMES[1]) & _MASK, 31) * _PRIMES[0] & _MASK


def _left(value: int, by: int) -> int:
    value &= _MASK
    return (value << by | value >> (64 - by)) & _MASK


def _little(data: bytes, start: int, length: int) -> int:
    return int.from_bytes(data[start : start + length], "little")
