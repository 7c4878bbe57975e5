"""Families: which columns a feature makes, what they are called, and which windows they read."""

from __future__ import annotations

import pytest

from featlang.compiler import ir
from featlang.compiler.windows import DAY, HOUR, MINUTE, SECOND, default_step
from tests.compiler.programs import EVENTS, block, codes, features, program


def columns(body: str, head: str = "from events by user over 1h") -> list[str]:
    return [value.name for value in features(body, head).values if value.written]


def test_two_windows_give_suffixes_and_one_gives_none() -> None:
    found = columns("a = count()\nb = count() over 1h\nc = a[5m] / a[1d]", "from events by user over 5m, 1d")
    assert found == ["a_5m", "a_1d", "b", "c"]


def test_suffixes_are_as_written() -> None:
    windows = "24h, 60m, 1_000s, 30s, exact(1h), exact(90s), sliding(1h, step=1s), sliding(2h), forever"
    assert columns(f"a = count() over {windows}") == [
        "a_24h",
        "a_60m",
        "a_1_000s",
        "a_30s",
        "a_exact_1h",
        "a_exact_90s",
        "a_1h_step_1s",
        "a_2h",
        "a_forever",
    ]


def test_a_derived_family_has_the_windows_of_what_it_reads() -> None:
    body = "a = count() over 24h, 5m\nb = sum(n) over 5m, 1d\nc = a / b\nd = if c > 1 then 1 else 0\ne = -a"
    assert columns(body)[4:] == ["c_24h", "c_5m", "d_24h", "d_5m", "e_24h", "e_5m"]


def test_arithmetic_goes_window_by_window() -> None:
    block_ir = features("a = count() over 1h, 1d\nb = sum(n) over 1d, 1h\nc = a - b")
    value = {v.name: i for i, v in enumerate(block_ir.values)}
    for window in ("1h", "1d"):
        expression = block_ir.values[value[f"c_{window}"]].expression
        assert isinstance(expression, ir.Operation)
        read = [argument.index for argument in expression.arguments if isinstance(argument, ir.NamedValue)]
        assert read == [value[f"a_{window}"], value[f"b_{window}"]]


@pytest.mark.parametrize("member", ["24h", "1d", "1440m", "sliding(1d, step=15m)"])
def test_a_member_is_found_by_its_window_and_not_by_its_text(member: str) -> None:
    block_ir = features(f"a = count() over 5m, 24h\nb = a[{member}]")
    assert block_ir.values[-1].expression == ir.NamedValue(index=1, type="int", nullable=False)


def test_one_window_is_one_value_that_meets_any_family() -> None:
    body = "a = count() over 5m, 1h\nb = count() over forever\nc = a / b\nd = b[forever] + a[5m]"
    assert columns(body) == ["a_5m", "a_1h", "b", "c_5m", "c_1h", "d"]


def test_forever_with_a_ttl_is_a_window_named_forever() -> None:
    found = features("a = count() over 1h, forever(ttl=30d)\nb = a[forever(ttl=720h)]")
    assert [value.name for value in found.values] == ["a_1h", "a_forever", "b"]
    assert found.aggregates[1].window == ir.Forever(ttl=30 * DAY)
    assert found.values[2].expression == ir.NamedValue(index=1, type="int", nullable=False)


@pytest.mark.parametrize("window", ["forever", "5m", "sliding(1h, step=5s)"])
def test_one_window_beside_a_family_gives_a_family_whatever_the_window(window: str) -> None:
    found = features(f"a = count() over 5m, 1h\nb = max(n) over {window}\nc = if a > b then a else b")
    assert [value.name for value in found.values] == ["a_5m", "a_1h", "b", "c_5m", "c_1h"]
    for member, value in enumerate(found.values[3:]):
        assert isinstance(value.expression, ir.Operation)
        assert [a.index for a in value.expression.arguments if isinstance(a, ir.NamedValue)] == [member, 2]


def test_the_head_gives_windows_to_what_has_none() -> None:
    found = features("a = count()\nb = count() over 5m", "from events by user over 1h, 1d")
    widths = [a.window.width for a in found.aggregates if isinstance(a.window, ir.Sliding)]
    assert widths == [HOUR, DAY, 5 * MINUTE]


def test_helpers_are_values_and_not_columns() -> None:
    found = features("_a = count() over 5m, 1h\nb = _a[5m] / _a[1h]")
    assert [(v.name, v.feature, v.written) for v in found.values] == [
        ("_a_5m", "_a", False),
        ("_a_1h", "_a", False),
        ("b", "b", True),
    ]


def test_where_applies_to_each_aggregate_of_a_feature_and_not_to_what_it_reads() -> None:
    found = features("a = count()\nb = a + sum(n) + count() where ok", "from events where n > 0 by user over 1h")
    assert [(a.function, a.where is not None) for a in found.aggregates] == [
        ("count", False),
        ("sum", True),
        ("count", True),
    ]
    assert isinstance(found.where, ir.Operation)


def test_an_aggregate_that_is_written_twice_is_computed_once() -> None:
    found = features("a = count() + sum(n)\nb = sum(n) / count()\nc = sum(n) where ok")
    assert [a.function for a in found.aggregates] == ["count", "sum", "sum"]


def test_columns_keep_their_order_when_a_feature_reads_a_later_one() -> None:
    found = features("a = c + 1\nb = count()\n_h = b\nc = sum(n) + _h\nd = c")
    assert [v.name for v in found.values if v.written] == ["a", "b", "c", "d"]
    for index, value in enumerate(found.values):
        assert all(read < index for read in reads(value.expression))
    early = [v for v in found.values if v.name.startswith("_early")]
    assert [(v.name, v.feature, v.written) for v in early] == [("_early_b", "b", False), ("_early_c", "c", False)]


def reads(expression: ir.Expression) -> list[int]:
    if isinstance(expression, ir.NamedValue):
        return [expression.index]
    if isinstance(expression, ir.Operation):
        return [index for argument in expression.arguments for index in reads(argument)]
    return []


@pytest.mark.parametrize(
    ("width", "step"),
    [
        (MINUTE, SECOND),
        (90 * SECOND, SECOND),
        (5 * MINUTE, 5 * SECOND),
        (10 * MINUTE, 10 * SECOND),
        (HOUR, MINUTE),
        (5 * HOUR, 5 * MINUTE),
        (DAY, 15 * MINUTE),
        (7 * DAY, HOUR),
        (30 * DAY, 6 * HOUR),
        (60 * DAY, DAY),
        (365 * DAY, DAY),
        (61 * MINUTE, MINUTE),
        (MINUTE + 1, None),
        (61_500_000, None),
    ],
)
def test_default_steps(width: int, step: int | None) -> None:
    assert default_step(width) == step


@pytest.mark.parametrize("window", ["1000003s", "sliding(1000003s)", "sliding(1000003s, step=1s)", "1000003m"])
def test_a_window_of_too_many_steps_is_refused_however_it_is_written(window: str) -> None:
    assert codes(EVENTS, block(f"a = count() over {window}")) == ["F243"]


@pytest.mark.parametrize("window", ["999983s", "sliding(1000003s, step=1000003ms)", "876600h"])
def test_a_window_of_steps_that_are_kept_is_not(window: str) -> None:
    assert codes(EVENTS, block(f"a = count() over {window}")) == []


def test_a_window_under_a_minute_is_exact() -> None:
    assert features("a = count() over 59s").aggregates[0].window == ir.Exact(width=59 * SECOND)


@pytest.mark.parametrize("name", ["class", "select", "def", "None", "public", "yield", "order", "group", "table"])
def test_words_of_other_languages_are_names(name: str) -> None:
    source = f"source {name}s({name}: string, n: int, ts: timestamp) {{ time = ts ties = [{name}] }}"
    text = f"{source}\nfeatures {name} from {name}s by {name} over 5m, 1h {{ {name}_ = count() import_ = sum(n) }}"
    found = program(text).features[0]
    assert (found.name, found.key) == (name, (name,))
    assert [v.name for v in found.values] == [f"{name}__5m", f"{name}__1h", "import__5m", "import__1h"]


def test_a_feature_may_be_named_as_a_column_that_is_no_key() -> None:
    assert codes(EVENTS, block("n = sum(n)\nm = n + 1")) == []
