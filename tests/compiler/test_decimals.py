"""Numbers that meet decimals: what a list of them holds, and what is exact."""

from __future__ import annotations

import pytest

from featlang.compiler import ir
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions import FUNCTIONS
from tests.compiler.programs import codes, compiled, program

SOURCE = """\
source s(
  user: string, n: int, x: float, price: decimal<20, 2>, xs: list<int>, ys: list<int?>?,
  pair: struct<A: int>, pairs: list<struct<A: int>>, ts: timestamp,
) { time = ts ties = [n] }
"""


def text(expression: str) -> str:
    return f"{SOURCE}features f from s by user over 1h {{ a = {expression} }}\n"


def argument(expression: str) -> ir.Operation:
    """What `last(expression)` aggregates."""
    found = program(text(f"last({expression})")).features[0].aggregates[0].arguments[0]
    assert isinstance(found, ir.Operation), found
    return found


@pytest.mark.parametrize(
    ("items", "count", "kind"),
    [
        ("[1, n, price]", 3, "list<decimal<21, 2>>"),
        ("[price, n, 1]", 3, "list<decimal<21, 2>>"),
        ("[1.5, n, price]", 3, "list<decimal<21, 2>>"),
        ("[1, null, price]", 3, "list<decimal<20, 2>?>"),
        ("[1, n, 2.5, x]", 4, "list<float>"),
    ],
)
def test_a_list_holds_all_of_its_items(items: str, count: int, kind: str) -> None:
    found = argument(items)
    assert (len(found.arguments), found.type) == (count, kind)


@pytest.mark.parametrize("items", ["[1.5, x, price]", "[price, x]", "[0.1 + 0.2, price]"])
def test_a_list_of_floats_and_decimals_is_an_error(items: str) -> None:
    assert "F203" in [each.code for each in compiled(text(f"last({items})")).diagnostics]


@pytest.mark.parametrize(
    "expression", ["price + 1 % 0", "price ?? div(1, 0)", "[price, 1 % 0]", "if n > 0 then 1 % 0 else price"]
)
def test_an_int_that_is_null_meets_a_decimal(expression: str) -> None:
    program(text(f"last({expression})"))


@pytest.mark.parametrize(
    "expression",
    [
        *("round(price, null)", "round(x, null)", "to_decimal(x, null, 2)", "hash_bucket(x, null)"),
        *("width_bucket(x, null, 1.0, 10)", "width_bucket(x, 0.0, 1.0, null)"),
    ],
)
def test_what_must_be_written_out_is_not_null(expression: str) -> None:
    """Types and bounds follow from it: nothing does from null."""
    assert codes(text(f"last({expression})")) == ["F223"]


@pytest.mark.parametrize("number", ["100000000000000000.01", "-100000000000000000.01", "100_000_000_000_000_000.01"])
def test_a_number_that_is_written_out_keeps_its_digits(number: str) -> None:
    _, constant = argument(f"price > {number}").arguments
    assert isinstance(constant, ir.Constant)
    assert constant.value == number.replace("_", "")


@pytest.mark.parametrize("number", ["0.1 + 0.2", "1e-99999999999999999999", "to_float(1)"])
def test_what_is_no_written_decimal_is_a_float(number: str) -> None:
    assert "F201" in [each.code for each in compiled(text(f"count_if(price > {number})")).diagnostics]


@pytest.mark.parametrize("condition", ["xs in [[1], ys]", "index_of(pairs, pair) == 0", "pair in pairs"])
def test_types_that_differ_in_null_or_have_fields_of_one_letter(condition: str) -> None:
    program(text(f"count_if({condition})"))


def test_what_is_proved_is_still_known_as_another_type() -> None:
    body = "def size(zs: list<int?>) -> int = length(zs)\n"
    program(body + text("last(if ys is null then 0 else size(ys))"))


@pytest.mark.parametrize("written", ["0" * 5000 + "7", "-" + "0" * 5000 + "7"])
def test_thousands_of_zeros_are_an_int(written: str) -> None:
    assert FUNCTIONS["to_int"].reference(written) == (-7 if written[0] == "-" else 7)


@pytest.mark.parametrize("written", ["1e" + "0" * 5000 + "1", "1" * 5000])
def test_thousands_of_digits_are_no_decimal(written: str) -> None:
    with pytest.raises(Exceptional):
        FUNCTIONS["to_decimal"].reference(written, 10, 2)


def test_a_joined_text_of_just_the_greatest_length() -> None:
    half = "x" * (8 * 2**20)
    assert len(FUNCTIONS["join"].reference((half, half[1:]), "-")) == 16 * 2**20


@pytest.mark.parametrize(("digits", "nullable"), [(20, False), (21, True)])
def test_a_decimal_may_be_too_large_for_an_int(digits: int, nullable: bool) -> None:  # noqa: FBT001 - reads as data
    declared = f"source s(user: string, d: decimal<{digits}, 2>, ts: timestamp) {{ time = ts ties = [user] }}\n"
    found = program(f"{declared}features f from s by user over 1h {{ a = last(to_int(d)) }}\n")
    assert found.features[0].aggregates[0].arguments[0].nullable is nullable
