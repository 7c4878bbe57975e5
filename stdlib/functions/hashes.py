"""Hashes, the same in every process, version and engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from featlang.compiler.structures import SCALARS
from featlang.stdlib.functions.declaration import FunctionDeclaration, Signature
from featlang.stdlib.functions.values import canonical
from featlang.stdlib.functions.xxhash64 import xxhash64

KERNEL = "HashFunctions"

ANY = (*SCALARS, "decimal", "list<T>", "map<K, V>", "struct")


def _hash64(value: Any) -> int:
    found = xxhash64(canonical(value))
    return found - 2**64 if found >= 2**63 else found


def _hash_bucket(value: Any, buckets: int) -> int:
    return _hash64(value) % buckets


def _check_buckets(values: Sequence[Any]) -> tuple[str, str] | None:
    if not 1 <= values[1] <= 2**31:
        return "there are from 1 to 2,147,483,648 buckets", "write it as in `hash_bucket(user_id, 100)`"
    return None


HASHES = (
    FunctionDeclaration(
        "hash64",
        "The hash xxHash64 of the value's canonical bytes (docs/decoding.md, without the first, and of a text or bytes "
        "just these), with seed 0.",
        ("value",),
        tuple(Signature((each,), "int") for each in ANY),
        _hash64,
        KERNEL,
        ('hash64("a")', "-3292477735350538661"),
        canonical=True,
    ),
    FunctionDeclaration(
        "hash_bucket",
        "A number from 0 below so many, the same for the same value: `hash64` modulo it. It splits users for a test.",
        ("value", "buckets"),
        tuple(Signature((each, "int"), "int") for each in ANY),
        _hash_bucket,
        KERNEL,
        ('hash_bucket("a", 100)', "39"),
        constant=frozenset({1}),
        canonical=True,
        check=_check_buckets,
    ),
)
