"""XXH64 with seed 0, from its published specification, in plain Python."""

from __future__ import annotations

_MASK = 2**64 - 1
_PRIMES = (
    11400714785074694791,
    14029467366897019727,
    1609587929392839161,
    9650029242287828579,
    2870177450012600261,
)


def xxhash64(data: bytes) -> int:
    """The hash, as an unsigned integer."""
    one, two, three, four, five = _PRIMES
    position = 0
    if len(data) >= 32:
        lanes = [(one + two) & _MASK, two, 0, -one & _MASK]
        while len(data) - position >= 32:
            for i in range(4):
                lanes[i] = _round(lanes[i], _lane(data, position + 8 * i, 8))
            position += 32
        value = sum(_rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            value = ((value ^ _round(0, lane)) * one + four) & _MASK
    else:
        value = five
    value = (value + len(data)) & _MASK
    while len(data) - position >= 8:
        value = (_rotate(value ^ _round(0, _lane(data, position, 8)), 27) * one + four) & _MASK
        position += 8
    if len(data) - position >= 4:
        value = (_rotate(value ^ (_lane(data, position, 4) * one & _MASK), 23) * two + three) & _MASK
        position += 4
    for byte in data[position:]:
        value = _rotate(value ^ (byte * five & _MASK), 11) * one & _MASK
    value = (value ^ value >> 33) * two & _MASK
    value = (value ^ value >> 29) * three & _MASK
    return value ^ value >> 32


def _round(accumulator: int, lane: int) -> int:
    return _rotate((accumulator + lane * _PRIMES[1]) & _MASK, 31) * _PRIMES[0] & _MASK


def _lane(data: bytes, position: int, size: int) -> int:
    return int.from_bytes(data[position : position + size], "little")


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 64 - bits) & _MASK
