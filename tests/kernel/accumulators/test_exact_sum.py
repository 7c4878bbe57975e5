"""Exact sums, second moments and their encoding, bit for bit against Python's fractions."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from fractions import Fraction

import pytest

from tests.kernel.accumulators.probe import JavaMain, argument, hex_bits, nearest, nearest_or_nan, seeded

Number = int | float
MAX = sys.float_info.max
SUBNORMAL = 5e-324
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
HOSTILE = [MAX, -MAX, 1e308, -1e308, 1e-308, -1e-308, SUBNORMAL, -SUBNORMAL, sys.float_info.min]
HOSTILE += [1e16, 1.0, 0.1, -0.3, 0.0]
INT_EDGES = [INT_MIN, INT_MIN + 1, INT_MAX, INT_MAX - 1, -1, 0, 1, 2**31, -(2**32), 2**62, 2**53 + 1]


def _any_double(source: random.Random) -> float:
    return source.choice([-1, 1]) * source.randrange(2**53) * 2.0 ** source.randint(-1060, 900)


STREAMS: dict[str, Callable[[random.Random], Number]] = {
    "prices": lambda source: source.randrange(-100_000, 1_000_000) / 100,
    "hostile": lambda source: source.choice(HOSTILE),
    "any double": _any_double,
    "cancelling": lambda source: source.choice([1.0, -1.0]) * 2.0 ** source.choice([-1074, -1073, -60, 0, 60, 1023]),
    "halves of subnormals": lambda source: source.randint(-9, 9) * 2.0 ** source.choice([-540, -538, -537, -536, -500]),
    "near the largest": lambda source: source.choice([MAX, -MAX, 2.0**970, 2.0**969, -(2.0**969), 2.0**917, SUBNORMAL]),
    "large squares": lambda source: source.choice([-1, 1]) * 2.0 ** source.randint(505, 512) * source.choice([1, 1.5]),
    "int64 edges": lambda source: source.choice(INT_EDGES),
    "small ints": lambda source: source.randint(-1000, 1000),
}


def _adds(values: list[Number], first: str, second: str) -> list[str]:
    return [f"on {call} {argument(v)}" for v in values for call in (f"{first} add", f"{second} addSquare")]


def _second_moment(values: list[Number]) -> Fraction:
    exact = [Fraction(v) for v in values]
    return len(exact) * sum((x * x for x in exact), Fraction(0)) - sum(exact, Fraction(0)) ** 2


@pytest.mark.parametrize("stream", STREAMS)
def test_a_window_of_tiles_equals_fractions_at_every_step(java: JavaMain, stream: str) -> None:
    source = seeded(stream)
    commands = ["new run1 ExactSum", "new run2 ExactSum"]
    expected = []
    tiles: list[list[Number]] = []
    for step in range(300):
        tile = [STREAMS[stream](source) for _ in range(source.randint(1, 5))]
        tiles.append(tile)
        commands += [f"new tile{step}a ExactSum", f"new tile{step}b ExactSum"]
        commands += _adds(tile, f"tile{step}a", f"tile{step}b")
        if source.random() < 0.5:
            commands += _adds(tile, "run1", "run2")
        else:
            commands += [f"on run1 merge @tile{step}a", f"on run2 merge @tile{step}b"]
        while len(tiles) > 8 or (tiles and source.random() < 0.3):
            oldest = step + 1 - len(tiles)
            tiles.pop(0)
            # The tile comes back from its encoding, as it does in a window.
            commands += ["new old1 ExactSum", f"copy old1 tile{oldest}a", "on run1 subtract @old1"]
            commands += ["new old2 ExactSum", f"copy old2 tile{oldest}b", "on run2 subtract @old2"]
        values = [v for t in tiles for v in t]
        total = sum((Fraction(v) for v in values), Fraction(0))
        squares = sum((Fraction(v) ** 2 for v in values), Fraction(0))
        fits = total.denominator == 1 and INT_MIN <= total <= INT_MAX
        commands += ["on run1 rounded", "on run2 rounded", "on run1 fitsLong", *(["on run1 longValue"] if fits else [])]
        commands.append(f"call ExactSum.roundedM2 i:{len(values)} @run1 @run2")
        expected += [nearest_or_nan(total), nearest_or_nan(squares), str(fits).lower()]
        expected += [*([str(int(total))] if fits else []), nearest_or_nan(_second_moment(values))]
    assert java.probe(commands) == expected


@pytest.mark.parametrize("stream", STREAMS)
def test_the_encoding_depends_on_the_sum_only(java: JavaMain, stream: str) -> None:
    source = seeded(stream)
    commands, pairs = [], 40
    for _ in range(pairs):
        values = [STREAMS[stream](source) for _ in range(source.randint(0, 6))]
        passing = [STREAMS[stream](source) for _ in range(3)]
        commands += [f"new {name} ExactSum" for name in ("a", "b", "c", "unused", "through")]
        commands += _adds(values, "a", "unused")
        # The same sum by another way: others pass through, and the order is another.
        commands += [*_adds(passing, "through", "unused"), "on b merge @through"]
        commands += [*_adds(source.sample(values, len(values)), "b", "unused"), "on b subtract @through"]
        commands += ["copy c b", "write a", "write b", "write c"]
    printed = java.probe(commands)
    assert printed[0::3] == printed[1::3] == printed[2::3]
    assert len(printed) == 3 * pairs


def test_different_sums_have_different_encodings(java: JavaMain) -> None:
    powers = [Fraction(2) ** k for k in range(-1074, 1024, 7)]
    values = sorted({*map(Fraction, HOSTILE), *map(Fraction, INT_EDGES), *powers})
    commands = []
    for value in values:
        exact = float(value) if Fraction(float(value)) == value else int(value)
        commands += ["new a ExactSum", f"on a add {argument(exact)}", "write a"]
    assert len(set(java.probe(commands))) == len(values)


TIES = {
    "tie to even, down": [2.0**53, 1.0],
    "tie to even, up": [2.0**53 + 2, 1.0],
    "above a tie by the smallest double": [2.0**53, 1.0, SUBNORMAL],
    "below a tie by the smallest double": [2.0**53 + 2, 1.0, -SUBNORMAL],
    "carry into the next power": [2.0**54 - 2, 1.0],
    "largest double": [MAX, 2.0**969, -SUBNORMAL],
    "first that is infinite": [MAX, 2.0**970],
    "tie with infinity": [MAX, 2.0**969, 2.0**969],
    "negative tie with infinity": [-MAX, -(2.0**970)],
    "subnormal": [SUBNORMAL, SUBNORMAL, SUBNORMAL],
    "smallest normal from subnormals": [sys.float_info.min - SUBNORMAL, SUBNORMAL],
    "subnormals, negative": [-SUBNORMAL, -sys.float_info.min],
    "nothing left": [1e308, -1e308, 1e-308, -1e-308],
    "one value": [-0.1],
    "sum beyond, then back": [MAX, MAX, -MAX],
    "hour later": [1e16, 1.0, 2.0, 0.1, 0.2, -1e16, -1.0, -2.0, -0.1, -0.2, 0.3],
}


def test_a_sum_is_rounded_once_to_nearest_even(java: JavaMain) -> None:
    commands: list[str] = []
    for values in TIES.values():
        commands += ["new a ExactSum", *(f"on a add {argument(v)}" for v in values), "on a rounded"]
    expected = {name: nearest_or_nan(sum(map(Fraction, values), Fraction(0))) for name, values in TIES.items()}
    assert dict(zip(TIES, java.probe(commands), strict=True)) == expected


@pytest.mark.parametrize("value", [2**62 + 1, -(2**63), 0.1, -MAX])
def test_a_sum_doubles_and_halves_without_end(java: JavaMain, value: Number) -> None:
    commands = ["new sum ExactSum", f"on sum add {argument(value)}"]
    expected = []
    for k in range(260):
        # Merged with itself it grows where it is, not by making room for a wider one.
        commands += [f"new half{k} ExactSum", f"copy half{k} sum", "on sum merge @sum", "on sum rounded"]
        expected.append(nearest_or_nan(Fraction(value) * 2 ** (k + 1)))
    for k in range(259, -1, -1):
        commands += [f"on sum subtract @half{k}", "on sum rounded"]
        expected.append(nearest_or_nan(Fraction(value) * 2**k))
    *rounded, first, last = java.probe([*commands, "write half0", "write sum"])
    assert rounded == expected
    assert first == last


def test_second_moments_at_the_edge_of_the_doubles(java: JavaMain) -> None:
    commands: list[str] = []
    expected: list[str] = []
    scales = [*range(-1074, -1060), *range(-545, -530), *range(500, 513), 1000, 1023]
    for scale in scales:
        for factors in ((0, 1), (1, 3), (1, 1, 2), (1, 2, 3, 5), (1, 1, 1), (1, -1), (3, 2**52 + 1)):
            values: list[Number] = [f * 2.0**scale for f in factors if abs(f) < 2.0 ** (1024 - max(scale, 900))]
            commands += ["new a ExactSum", "new b ExactSum", *_adds(values, "a", "b")]
            commands.append(f"call ExactSum.roundedM2 i:{len(values)} @a @b")
            expected.append(nearest_or_nan(_second_moment(values)))
    assert java.probe(commands) == expected
    assert {hex_bits(0.0), hex_bits(SUBNORMAL), hex_bits(float("nan"))} <= set(expected)


@pytest.mark.parametrize("stream", ["prices", "any double", "int64 edges"])
def test_a_hundred_thousand_values(java: JavaMain, stream: str) -> None:
    source = seeded(stream)
    values = [STREAMS[stream](source) for _ in range(100_000)]
    commands = ["new a ExactSum", "new b ExactSum", *_adds(values, "a", "b"), "on a rounded", "on a fitsLong"]
    printed = java.probe([*commands, f"call ExactSum.roundedM2 i:{len(values)} @a @b"])
    # Whole multiples of 2^-1074: the same exact sums, faster than fractions.
    exact = [int(Fraction(v) * 2**1074) for v in values]
    total, squares = sum(exact), sum(x * x for x in exact)
    assert printed[0] == nearest_or_nan(Fraction(total, 2**1074))
    assert printed[1] == str(total % 2**1074 == 0 and INT_MIN <= total >> 1074 <= INT_MAX).lower()
    assert printed[2] == nearest_or_nan(Fraction(len(values) * squares - total**2, 2**2148))


def test_an_int_sum_out_of_range_is_null_until_it_is_back(java: JavaMain) -> None:
    commands = ["new n Count", "new s ExactSum", "new one ExactSum", "on one add i:1"]
    call = "call aggregates.Sum.intValue @n @s"
    commands += [call, "on n add", f"on s add i:{INT_MAX}", call, "on s merge @one", call, "on s subtract @one", call]
    commands += [f"on s add i:{INT_MIN}", f"on s add i:{INT_MIN}", call, "on s merge @one", call]
    expected = ["null null", str(INT_MAX), "null overflow", str(INT_MAX), "null overflow", str(INT_MIN)]
    assert java.probe(commands) == expected


def test_average_and_sum_beyond_the_doubles_are_null(java: JavaMain) -> None:
    commands = ["new n Count", "new s ExactSum", "on n add", "on n add", *2 * [f"on s add {argument(MAX)}"]]
    commands += ["call aggregates.Sum.floatValue @n @s", "call aggregates.Avg.floatValue @n @s", "on s add i:1"]
    commands += [f"on s add {argument(-MAX)}", "call aggregates.Avg.floatValue @n @s"]
    assert java.probe(commands) == ["null not_finite", "null not_finite", nearest(Fraction(MAX) / 2)]


def test_foreign_bytes_are_refused(java: JavaMain) -> None:
    early = "! the encoded state ends too early"
    refused = {
        "05": early,
        "020f": early,
        "01ffff0301": "! an exact sum of 1 bytes from byte -16384",
        "8110": early,
        "81100001": "! an exact sum of 2049 bytes from byte 0",
        "ffffffffffffffffffff01": "! a varint of more than 10 bytes",
    }
    printed = java.probe(["new a ExactSum", *(f"read a {encoded}" for encoded in refused)])
    assert printed == list(refused.values())


def test_a_tile_of_prices_is_small_and_the_rate_is_told(java: JavaMain, capsys: pytest.CaptureFixture[str]) -> None:
    source = seeded(5)
    sizes = []
    for count in (1, 10, 1000, 20_000):
        values: list[Number] = [source.randrange(1_000_000) / 100 for _ in range(count)]
        commands = ["new n Count", "new a ExactSum", "new b ExactSum", *count * ["on n add"], *_adds(values, "a", "b")]
        sizes.append(sum(len(encoded) // 2 for encoded in java.probe([*commands, "write n", "write a", "write b"])))
    report = java.run("AccumulatorBench", ["40000", "100", "30"])
    with capsys.disabled():
        print("", f"bytes of (count, sum, squares) of 1, 10, 1000, 20,000 prices: {sizes}", *report, sep="\n")  # noqa: T201
    assert max(sizes) <= 100
