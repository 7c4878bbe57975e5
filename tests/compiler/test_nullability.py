"""What the types know of null: conditions, defaults, filters and keys prove that a value is there."""

from __future__ import annotations

import pytest

from featlang.compiler.nullability import decided
from featlang.compiler.typed import ColumnRead, Constant, Expression, Operation
from tests.compiler.programs import EVENTS, block, codes, compiled, features

STRICT = "def strict(v: int) -> int = v + 1\n"


@pytest.mark.parametrize(
    ("value", "nullable"),
    [
        ("last(m)", True),
        ("last(m) ?? 0", False),
        ("if last(m) is null then 0 else last(m)", False),
        ("if last(m) is not null then last(m) else 0", False),
        ("if last(m) is null then last(m) else 0", True),
        ("if last(m) > 0 then last(m) else 0", False),
        ("if last(m) > 0 then 0 else last(m)", True),
        ("if not (last(m) is null) then last(m) else 1", False),
        ("if last(m) is not null and last(n) is not null then last(m) + last(n) else 0", False),
        ("if last(m) is not null or last(n) is not null then last(m) + last(n) else 0", True),
        ("if last(m) is null or last(n) is null then 0 else last(m) + last(n)", False),
        ("if last(m) is null and last(n) is null then 0 else last(m) + last(n)", True),
        ("if last(m) + last(n) > 0 then last(m) else 0", False),
        ("if (last(m) ?? 0) > 0 then last(m) else 0", True),
        ("if last(m) in [1, 2] then last(m) else 0", False),
        ("if any(ok) then last(m) else 0", True),
        ("if last(m) is null then 1 / 2 else last(m) / 2", False),
        ("if last(m) is null then 1 / 2 else 1 / last(m)", True),
        ("if sqrt(last(x)) > 0 then last(x) else 0.0", False),
        ("sqrt(last(x) ?? 1.0)", True),
        ("if last(m) is null then 0 else if last(n) is null then 1 else last(m) + last(n)", False),
    ],
)
def test_a_condition_proves(value: str, nullable: bool) -> None:  # noqa: FBT001 - reads as data
    assert features(f"a = {value}").values[-1].nullable is nullable


@pytest.mark.parametrize(
    "body",
    [
        "a = strict(last(m) ?? 0)",
        "a = if last(m) is not null then strict(last(m)) else 0",
        "a = if last(m) is null then 0 else strict(last(m))",
        "a = count_if(m is not null and strict(m) > 0)",
        "a = count_if(m is null or strict(m) > 0)",
        "a = sum(strict(m)) where m is not null",
        "a = sum(strict(m)) where m > 0 and ok",
        "a = sum(if m > 0 then strict(m) else 0)",
        "_last = last(m)\na = if _last is not null then strict(_last) else 0",
    ],
)
def test_what_is_proved_may_be_given_where_null_may_not(body: str) -> None:
    assert codes(EVENTS, STRICT, block(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "a = strict(last(m))",
        "a = if last(n) is not null then strict(last(m)) else 0",
        "a = if last(m) is null then strict(last(m)) else 0",
        "a = count_if(m is not null or strict(m) > 0)",
        "a = sum(strict(m)) where m is null",
        "a = sum(strict(m)) where m > 0 or ok",
        "a = (if last(m) is not null then 1 else 0) + strict(last(m))",
    ],
)
def test_nothing_else_is_proved(body: str) -> None:
    assert codes(EVENTS, STRICT, block(body)) == ["F229"]


LISTS = """\
source events(
  user: string, xs: list<int>?, ys: list<int?>, p: struct<a: int>?, q: struct<a: int?>?, ts: timestamp,
) {
  time = ts
}
def strict(v: list<int?>) -> int = length(v)
def strict_field(v: struct<a: int?>) -> int = v.a ?? 0
"""


@pytest.mark.parametrize(
    "condition",
    [
        'xs is not null and strict(if user == "a" then xs else ys) > 0',
        "xs is not null and strict(ys ?? xs) > 0",
        "xs is not null and strict([ys, xs][0] ?? xs) > 0",
        "if xs == ys then strict(xs) > 0 else false",
        "if xs in [ys] then strict(xs) > 0 else false",
        "if p == q then strict_field(p) > 0 and strict_field(q) > 0 else false",
        "if (if ys == xs then xs else ys) is not null then strict(if ys == xs then xs else ys) > 0 else false",
    ],
)
def test_what_is_proved_stays_so_as_one_of_another_type(condition: str) -> None:
    found = codes(LISTS, block(f"a = count_if({condition})"))
    assert set(found) <= {"F302"}  # one of the two is not used


def test_the_head_and_the_key_prove() -> None:
    head = "from events where m is not null by user over 1h"
    assert codes(EVENTS, STRICT, block("a = sum(strict(m))", head)) == []
    by_page = "def named(v: string) -> string = upper(v)\n"
    assert codes(EVENTS, by_page, block("a = last(named(page))", "from events by page over 1h")) == []
    assert codes(EVENTS, by_page, block("a = last(named(page))")) == ["F229"]


def _negated(condition: Expression, times: int) -> Expression:
    return condition if not times else Operation("not", (_negated(condition, times - 1),), "bool", True, times)  # noqa: FBT003


@pytest.mark.parametrize("times", range(4))
def test_what_a_condition_says_of_every_event(times: int) -> None:
    is_odd = times % 2 == 1
    assert decided(_negated(Constant("bool", None), times)) is False  # null is never true, negated or not
    assert decided(_negated(Constant("bool", True), times)) is not is_odd  # noqa: FBT003
    assert decided(_negated(Constant("bool", False), times)) is is_odd  # noqa: FBT003
    assert decided(_negated(ColumnRead("ok", "bool", nullable=False), times)) is None
    never = Operation("is_null", (ColumnRead("n", "int", nullable=False),), "bool", nullable=False, depth=1)
    assert decided(_negated(never, times)) is is_odd


@pytest.mark.parametrize("condition", ["sqrt(-1.0) > 0", "not (sqrt(-1.0) > 0)", "not not (sqrt(-1.0) > 0)"])
def test_a_filter_that_is_null_is_true_of_no_event(condition: str) -> None:
    (told,) = compiled(EVENTS, block(f"a = count() where {condition}")).diagnostics
    assert (told.code, told.title) == ("F309", "this filter is true of no event")
