"""How long an encoding is, without it."""

from __future__ import annotations

from random import Random

import pytest

from featlang.backends.reference.canonical import encode, size_of
from tests.strategies.values import random_value

TYPES = (
    *("bool", "int", "float", "string", "bytes", "timestamp", "duration", "date", "decimal<20, 4>"),
    *("list<string?>", "list<list<int>?>", "map<string, bytes?>", "struct<a: int?, b: list<bool>>"),
)


@pytest.mark.parametrize("kind", TYPES)
def test_it_is_that_of_the_encoding(kind: str) -> None:
    dice = Random(7)
    for value in (None, *(random_value(dice, kind) for _ in range(300))):
        assert size_of(value, kind) == len(encode(value, kind))
