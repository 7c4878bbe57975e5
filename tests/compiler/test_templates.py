"""Templates and `def`: what they mean is what one would have written out."""

from __future__ import annotations

import pytest

from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from tests.compiler.programs import EVENTS, block, codes, compiled, program

SPEND = """
## What is spent, and on what.
template spend(amount: column<float>, what: column, windows: list<duration> = [5m, 1h]) {
  ## How often.
  tx       = count() over windows
  total    = sum(amount) where amount > 0.0 over windows
  distinct = count_distinct(what) over windows
  _share   = total / tx
  average  = _share ?? 0.0
}
"""


def plain(found: ir.Program) -> list[dict[str, object]]:
    """A program without the places of its definitions."""
    blocks = found.model_dump(exclude={"features": {"__all__": {"origin": True, "values": {"__all__": {"origin"}}}}})
    return blocks["features"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("used", "written"),
    [
        (
            "use spend(x, page)",
            """
            ## How often.
            tx = count() over 5m, 1h
            total = sum(x) where x > 0.0 over 5m, 1h
            distinct = count_distinct(page) over 5m, 1h
            _share = total / tx
            average = _share ?? 0.0
            """,
        ),
        (
            "use spend(amount=y ?? 1.0, what=n, windows=[1d]) as refund\nb = refund_average + refund_total",
            """
            ## How often.
            refund_tx = count() over 1d
            refund_total = sum(y ?? 1.0) where (y ?? 1.0) > 0.0 over 1d
            refund_distinct = count_distinct(n) over 1d
            _refund_share = refund_total / refund_tx
            refund_average = _refund_share ?? 0.0
            b = refund_average + refund_total
            """,
        ),
    ],
)
def test_a_use_is_what_it_stands_for(used: str, written: str) -> None:
    assert plain(program(EVENTS, SPEND, block(used))) == plain(program(EVENTS, block(written)))


def test_templates_use_templates() -> None:
    outer = """
    template both(a: column<float>, b: column<float>, w: duration, least: int = 3) {
      use spend(a, a, [w, 30d]) as first
      use spend(b, b, [w, 30d]) as second
      ratio = if first_tx[30d] >= least then first_total[30d] / second_total[30d] else null
    }
    """
    written = """
    f_first_tx = count() over 2h, 30d
    f_first_total = sum(x) where x > 0.0 over 2h, 30d
    f_first_distinct = count_distinct(x) over 2h, 30d
    _f_first_share = f_first_total / f_first_tx
    f_first_average = _f_first_share ?? 0.0
    f_second_tx = count() over 2h, 30d
    f_second_total = sum(x + 1) where x + 1 > 0.0 over 2h, 30d
    f_second_distinct = count_distinct(x + 1) over 2h, 30d
    _f_second_share = f_second_total / f_second_tx
    f_second_average = _f_second_share ?? 0.0
    f_ratio = if f_first_tx[30d] >= 3 then f_first_total[30d] / f_second_total[30d] else null
    """
    found = plain(program(EVENTS, SPEND, outer, block("use both(a=x, b=x + 1, w=2h) as f")))
    expected = plain(program(EVENTS, block(written)))
    for value in found[0]["values"]:  # type: ignore[attr-defined]
        value["doc"] = ""
    assert found == expected


def test_a_template_does_not_read_what_is_around_it() -> None:
    found = codes(EVENTS, "template t(a: column) { b = sum(a) where ok over 1h }", block("ok_too = any(ok) use t(n)"))
    assert found == ["F124"]


def test_a_name_of_the_block_is_not_one_of_the_template() -> None:
    """A parameter hides the column of its name, and an argument is read where it is written."""
    template = "template t(n: column, page: column) { a = sum(n) over 1h b = count_distinct(page) over 1h }"
    found = plain(program(EVENTS, template, block("use t(n=m, page=n)")))
    assert found == plain(program(EVENTS, block("a = sum(m) over 1h\nb = count_distinct(n) over 1h")))


def test_what_is_wrong_in_a_template_is_said_with_the_place_of_its_use() -> None:
    (found,) = compiled(EVENTS, SPEND.replace("/ tx", "/ tx[3h]"), block("use spend(x, page)")).diagnostics
    assert (found.code, [label.text for label in found.labels]) == ("F220", ["used here"])


@pytest.mark.parametrize(
    ("called", "written"),
    [
        ('a = sum(usd(x, page ?? "EUR"))', 'a = sum(if (page ?? "EUR") == "EUR" then x * 1.08 else x)'),
        ('a = usd(sum(x) ?? 1.0, "PLN")', "a = sum(x) ?? 1.0"),
        ('a = sum(usd(n, currency="EUR"))', "a = sum(n * 1.08)"),
        ("a = double(double(count()))", "a = (count() * 2) * 2"),
        ("a = count() where even(n)", "a = count() where n % 2 == 0"),
        ("a = known(sum(m))", "a = sum(m) ?? 0"),
        ("a = known(null)", "a = if count() > 0 then 0 else 0"),
    ],
)
def test_a_call_is_what_it_stands_for(called: str, written: str) -> None:
    definitions = """
    def usd(amount: float, currency: string) -> float = if currency == "EUR" then amount * 1.08 else amount
    def double(x: int) -> int = x * 2
    def even(x: int) -> bool = x % 2 == 0
    def known(x: int?) -> int = x ?? 0
    """
    found, expected = program(EVENTS, definitions, block(called)), program(EVENTS, block(written))
    if called == "a = known(null)":  # a constant
        assert found.features[0].values[0].expression == ir.Constant(type="int", value=0)
        return
    assert plain(found) == plain(expected)


def test_a_family_goes_through_a_call_window_by_window() -> None:
    definition = "def half(x: int) -> float? = x / 2"
    found = plain(
        program(EVENTS, definition, block("a = count() over 5m, 1h\nb = half(a)\nc = half(count()) over 1h, 1d"))
    )
    assert found == plain(program(EVENTS, block("a = count() over 5m, 1h\nb = a / 2\nc = count() / 2 over 1h, 1d")))
    two = "def both(x: int, y: int) -> int = x + y"
    assert codes(EVENTS, two, block("a = count() over 5m, 1h\nb = sum(n) over 1h, 1d\nc = both(a, b ?? 0)")) == ["F204"]


def test_definitions_are_seen_where_they_are_imported() -> None:
    library = "def half(x: float) -> float = x / 2.0\ntemplate t(y: column) { a = count_distinct(y) over 1h }"
    text = EVENTS + block("use t(n)\nb = half(avg(x) ?? 0.0)")
    assert codes(text, library=library) == ["F104", "F104"]
    assert codes(f"import library\n{text}", library=library) == []


def test_what_depends_on_a_call_is_computed_after_what_it_reads() -> None:
    definition = "def twice(x: int) -> int = x * 2"
    found = program(EVENTS, definition, block("b = twice(a)\na = count()"))
    assert [value.name for value in found.features[0].values if value.written] == ["b", "a"]


def test_a_column_of_a_list_or_a_decimal_fits_its_parameter() -> None:
    template = (
        "template tagged(tags: column<list<string?>>, paid: column<decimal<12, 2>>) "
        "{ n = count_if(length(tags) > 1) spent = sum(paid) }\n"
    )
    assert codes(EVENTS, template, block('use tagged([page, "a"], to_decimal(n, 10, 2))')) == []
    assert codes(EVENTS, template, block("use tagged(page, page)")) == ["F205", "F205"]


def test_templates_that_double_each_other_are_refused_once() -> None:
    levels = range(1, 41)
    doubling = [f"template t{n}(c: column) {{ use t{n - 1}(c) as x  use t{n - 1}(c) as y }}\n" for n in levels]
    texts = ["template t0(c: column) { a = sum(c) over 1h }\n", *doubling, block("use t40(n)", "from events by user")]
    assert codes(EVENTS, *texts) == ["F228"]


UNUSED = """\
template everything(
  amount: column<float>, what: column, n: int = 3, w: duration = 1h, windows: list<duration> = [5m, 1h],
  names: list<string> = ["a"], flag: bool = true,
) {
  tx       = count() over windows
  total    = sum(amount * n) over windows
  distinct = count_distinct(what, bound=n) over windows
  average  = round(total / tx, n) ?? 0.0
  text     = last(substr(what, 0, n)) over w
  burst    = tx[w] / tx[1h]
  tags     = last(split(what, ",")) over w
  tag      = concat(tags[0], tags[n])
  chosen   = if flag then total else distinct
  part     = count() where what in names over w
  plain    = count()
  share    = plain / tx
}
"""


def told(template: str, features: str = "a = count() over 1h") -> list[tuple[str, int]]:
    """The codes of what is said, and the lines of the template that it is said of."""
    found = compile_program({"main.feat": template + EVENTS + block(features)}).diagnostics
    return [(each.code, template.count("\n", 0, each.span.start) + 1) for each in found]


def test_of_what_a_template_is_not_given_nothing_is_said() -> None:
    assert told(UNUSED) == [("F302", 1)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("a = max(x) + 1", "F201"),
        ("a = count() over windows\nb = a[w] and true", "F202"),
        ("a = count() over 1h, 60m", "F219"),
        ("a = count(y, y) over windows", "F206"),
        ('a = sum(y) + count()\nb = if count() > 1 then "a" else 2', "F203"),
        ("a = b\nb = a", "F117"),
        ("use other(x)", "F205"),
        ("use summed(y) as z\nb = z_often and true", "F202"),
    ],
)
def test_a_template_that_nobody_uses_is_checked(body: str, code: str) -> None:
    other = "template other(z: column<float>) { of_z = sum(z) }\n"
    other += "template summed(z: column) { of_z = sum(z)  often = count() }\n"
    head = "template t(x: column<string>, y: column, w: duration, windows: list<duration>) {\n"
    found = {found for found, _ in told(f"{other}{head}{body}\n}}\n")} - {"F302", "F303"}
    assert found == {code}


def test_a_template_that_is_used_is_checked_where_it_is() -> None:
    wrong = (
        'template inner(x: column<float>) { a = sum(x) + "a" over 1h }\ntemplate outer(x: column) { use inner(x) }\n'
    )
    assert told(wrong, "use outer(x)") == [("F201", 1)]
    assert told(wrong) == [("F201", 1)]


def test_what_a_template_is_given_may_decide_its_if() -> None:
    template = "template t(x: column, sums: bool) { a = if sums then sum(x) else max(x) over 1h }\n"
    assert told(template, "use t(x, true)") == []
