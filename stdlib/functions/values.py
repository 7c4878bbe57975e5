"""Values as bytes."""

from __future__ import annotations

import struct
from typing import Any


def canonical(value: Any) -> bytes:
    """What `hash64` hashes: the UTF-8 of a text, bytes as they are, one byte of a bool, eight of all else.

    An int (or time, duration, date) is big-endian with its sign bit flipped; so are a float's bits, all of them flipped
    where it is below 0. The order of these bytes is that of the values.
    """
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"\1" if value else b"\0"
    if isinstance(value, float):
        (bits,) = struct.unpack(">Q", struct.pack(">d", value))
        return int(bits ^ (2**64 - 1) if bits >> 63 else bits | 2**63).to_bytes(8, "big")
    return int(value + 2**63).to_bytes(8, "big")
