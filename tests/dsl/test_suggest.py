"""The nearest name."""

from __future__ import annotations

import pytest

from featlang.dsl.suggest import nearest


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("anything", [], None),
        ("anything", ["only"], None),
        ("v", ["w"], None),
        ("onyl", ["only"], "only"),
        ("CLICKS", ["clocks", "clicks"], "clicks"),
        ("clcks", ["views", "clicks"], "clicks"),
        ("form", ["where", "from", "by"], "from"),  # a swap is one edit
        ("featurs", ["features", "source"], "features"),
        ("xyz", ["abc", "def"], None),
        ("ab", ["ax", "bx"], None),  # an edit in two letters is more than a third
        ("abc", ["abx", "aby"], "abx"),  # the first of equals
        ("user", ["users", "user_id"], "users"),
        ("same", ["same", "some"], "same"),
        ("abcdef", ["abcxyz", "other"], None),  # three edits in six letters
        ("abcdefghi", ["abcdefxyz", "other"], "abcdefxyz"),  # three in nine
    ],
)
def test_nearest(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected
