"""The total operators on edges and on random pairs, against Python's integers and IEEE doubles."""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Callable

import pytest

from tests.kernel.accumulators.probe import JavaMain, argument, hex_bits, seeded

INTS = [-(2**63), -(2**63) + 1, 2**63 - 1, -1, 0, 1, 2, 3, -3, 7, -7, 2**31, 2**32, -(2**32), 2**62]
INTS += [3_037_000_499, 3_037_000_500, -3_037_000_500]  # around the root of 2^63
LARGEST, TINY = sys.float_info.max, 5e-324
FLOATS = [0.0, 1.0, -1.0, 0.1, -0.3, 3.0, -7.5, LARGEST, -LARGEST, TINY, -TINY, 1e-308, 1e308, -1e308, 2.0**53, 1e16]


def _int_of_any_size(source: random.Random) -> int:
    limit = 2 ** source.randint(1, 63)
    return source.randrange(-limit, limit)


def _float_of_any_size(source: random.Random) -> float:
    return source.uniform(-1, 1) * 10.0 ** source.randint(-300, 300)


def _truncated_remainder(a: int, b: int) -> int:
    return int(math.copysign(1, a)) * (abs(a) % abs(b))


INT_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "addInt": lambda a, b: a + b,
    "subtractInt": lambda a, b: a - b,
    "multiplyInt": lambda a, b: a * b,
    "moduloInt": _truncated_remainder,
}
FLOAT_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "addFloat": lambda a, b: a + b,
    "subtractFloat": lambda a, b: a - b,
    "multiplyFloat": lambda a, b: a * b,
    "divideFloat": lambda a, b: a / b,
    "moduloFloat": math.fmod,
}


@pytest.mark.parametrize("operator", INT_OPERATORS)
def test_int_operators(java: JavaMain, operator: str) -> None:
    source = seeded(operator)
    pairs = list(itertools.product(INTS, INTS))
    pairs += [(_int_of_any_size(source), _int_of_any_size(source)) for _ in range(2000)]
    expected = []
    for a, b in pairs:
        if operator == "moduloInt" and b == 0:
            expected.append("null division_by_zero")
            continue
        exact = INT_OPERATORS[operator](a, b)
        expected.append(str(exact) if -(2**63) <= exact < 2**63 else "null overflow")
    assert java.probe([f"call Operators.{operator} i:{a} i:{b}" for a, b in pairs]) == expected


@pytest.mark.parametrize("operator", FLOAT_OPERATORS)
def test_float_operators(java: JavaMain, operator: str) -> None:
    source = seeded(operator)
    pairs = list(itertools.product(FLOATS, FLOATS))
    pairs += [(_float_of_any_size(source), _float_of_any_size(source)) for _ in range(2000)]
    expected = []
    for a, b in pairs:
        if operator in {"divideFloat", "moduloFloat"} and b == 0:
            expected.append("null division_by_zero")
            continue
        result = FLOAT_OPERATORS[operator](a, b)
        expected.append(hex_bits(result + 0.0) if math.isfinite(result) else "null not_finite")
    commands = [f"call Operators.{operator} {argument(a)} {argument(b)}" for a, b in pairs]
    assert java.probe(commands) == expected
    assert hex_bits(-0.0) not in expected


def test_negation(java: JavaMain) -> None:
    commands = [f"call Operators.negateInt i:{a}" for a in INTS]
    commands += [f"call Operators.negateFloat {argument(a)}" for a in FLOATS]
    expected = ["null overflow" if a == -(2**63) else str(-a) for a in INTS]
    assert java.probe(commands) == [*expected, *(hex_bits(0.0 - a) for a in FLOATS)]


def test_bytes_are_compared_unsigned(java: JavaMain) -> None:
    texts = [b"", b"\x00", b"\x01", b"a", b"a\x00", b"ab", b"b", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]
    pairs = list(itertools.product(texts, texts))
    printed = java.probe([f"call Operators.compareBytes {argument(a)} {argument(b)}" for a, b in pairs])
    assert [(int(p) > 0) - (int(p) < 0) for p in printed] == [(a > b) - (a < b) for a, b in pairs]
