"""A minute of texts that are no programs, for both readers and the compiler; what once failed is tried again."""

from __future__ import annotations

import os

import pytest

from fuzz.readers import Tally, cases, tried

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))

SLOWEST = 3.0
"""Seconds of processor time for a file; the machine of the tests is shared, `make fuzz-readers` allows one."""

SEEDS = (0, 180, 200, 320, 540, 740, 5022, 9922, 10345)
"""Seeds of which something failed once."""


def test_nothing_crashes_or_hangs() -> None:
    tally = Tally()
    assert tally.run(SECONDS, SLOWEST) == []
    assert tally.files > tally.seeds > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_what_failed_once(seed: int) -> None:
    assert [failure for case in cases(seed) if (failure := tried(seed, case, SLOWEST)[1])] == []
