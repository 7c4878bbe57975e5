"""Streams of several inputs: the order of their rows, their time, and what they see of whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from featlang.compiler.compile import compile_program
from tests.kernel.lookups import Pair, expected

if TYPE_CHECKING:
    from featlang.backends.reference.result import ReferenceResult

SOURCES = """
source cards(id: string, card: string, amount: float, ts: timestamp) { time = ts  ties = [id]  lateness = 1m }
source wires(card: string, amount: float, at: timestamp) { time = at }
"""
NOON, LATER = "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"


def run(text: str, cards: list[tuple[str, float, str]], wires: list[tuple[float, str]]) -> ReferenceResult:
    """Run a program on payments of one card: by id, amount and time, and wires by amount and time."""
    compiled = compile_program({"main.feat": SOURCES + text})
    assert compiled.program is not None, compiled.diagnostics
    lines = {
        "cards": [json.dumps({"id": name, "card": "c", "amount": n, "ts": ts}) for name, n, ts in cards],
        "wires": [json.dumps({"card": "c", "amount": n, "at": at}) for n, at in wires],
    }
    return expected(Pair(text, compiled.program, lines))


def column(found: ReferenceResult, stream: str, *names: str) -> list[tuple[Any, ...]]:
    """The values of a stream's rows in the order of time and `_event`."""
    rows = sorted(found.streams[stream].rows, key=lambda row: (row.time, row.event))
    return [tuple(row.values[name] for name in names) for row in rows]


@pytest.mark.parametrize(("inputs", "amounts"), [("cards, wires", [1.0, 2.0, 3.0]), ("wires, cards", [3.0, 1.0, 2.0])])
def test_rows_of_one_time_are_in_the_order_of_the_inputs(inputs: str, amounts: list[float]) -> None:
    """Then in that of their source, here by `ties`."""
    text = f"stream all from {inputs} keep card, amount\n"
    text += "features f from all by card over 1h { newest = last(amount) oldest = first(amount) n = count() }\n"
    rows = run(text, [("b", 2.0, NOON), ("a", 1.0, NOON)], [(3.0, NOON)]).features["f"].rows
    assert [row.values["newest"] for row in rows] == amounts
    assert {row.values["oldest"] for row in rows} == {amounts[0]}
    assert [row.tie for row in rows] == [0, 1, 2]


def test_an_earlier_row_of_a_later_input_comes_first() -> None:
    text = "stream all from cards, wires keep card, amount\n"
    text += "features f from all by card over 1h { newest = last(amount) }\n"
    rows = run(text, [("a", 1.0, LATER)], [(2.0, NOON), (3.0, LATER)]).features["f"].rows
    assert [row.values["newest"] for row in rows] == [2.0, 1.0, 3.0]


def test_the_time_has_the_name_that_the_first_input_gives_it() -> None:
    text = (
        'stream all from wires, cards where at > to_timestamp("2026-01-01T12:00:00Z") keep card to parquet("a") {{ }}\n'
    )
    found = run(text.replace("{{ }}", "{ hour = hour(at) }"), [("a", 1.0, NOON), ("a", 1.0, LATER)], [(2.0, LATER)])
    assert column(found, "all", "hour") == [(12,), (12,)]


def test_late_is_what_is_so_in_its_own_input() -> None:
    text = 'stream all from cards, wires keep amount to parquet("all")\n'
    events = [("a", 1.0, LATER), ("b", 2.0, NOON)]
    found = run(text, events, [(3.0, LATER), (4.0, NOON)])
    assert [len(found.sources[name].late) for name in ("cards", "wires")] == [0, 1]
    assert sorted(column(found, "all", "amount")) == [(1.0,), (2.0,), (3.0,)]


def test_events_are_named_with_their_input() -> None:
    """Equal events of two inputs are told apart; of a union of unions the sources are counted through."""
    text = """
      stream a from cards keep card, amount
      stream b from cards keep card, amount
      stream both from a, b to parquet("both")
      stream all from wires, both keep card, amount to parquet("all")
    """
    found = run(text, [("a", 1.0, NOON)], [(1.0, NOON)])
    both, every = ([row.event for row in found.streams[name].rows] for name in ("both", "all"))
    assert [event[:2] for event in both] == ["00", "01"]
    assert len({event[2:] for event in both}) == 1
    assert sorted(event[:2] for event in every) == ["00", "01", "02"]
    assert {len(event) for event in (*both, *every)} == {34}


def test_one_event_may_give_a_row_for_each_of_two_inputs() -> None:
    text = """
      stream paid from wires { change = -amount who = card }
      stream got from wires { change = amount who = "bank" }
      stream legs from paid, got keep who, change
      features balance from legs by who over forever { balance = sum(change) n = count() }
    """
    rows = run(text, [], [(2.0, NOON), (3.0, LATER)]).features["balance"].rows
    assert [(row.keys, row.values["balance"]) for row in rows] == [
        *((("c",), -2.0), (("c",), -5.0)),
        *((("bank",), 2.0), (("bank",), 5.0)),
    ]


def test_a_row_sees_its_own_source_up_to_its_event_and_others_up_to_its_time() -> None:
    text = """
      features of_cards from cards by card over 1h { n = count() }
      stream all from cards, wires lookup of_cards on card lookup of_cards as before on card before
        keep amount to parquet("all") { n = of_cards.n was = before.n }
    """
    found = run(text, [("a", 1.0, NOON), ("b", 2.0, NOON)], [(3.0, NOON), (4.0, LATER)])
    assert column(found, "all", "amount", "n", "was") == [(1.0, 1, 0), (2.0, 2, 0), (3.0, 2, 0), (4.0, 2, 2)]


def test_a_row_of_a_union_sees_the_rows_of_the_union_up_to_itself() -> None:
    """Rows of an input as rows of another source: up to their time."""
    text = """
      stream all from wires, cards keep card, amount
      features of_all from all by card over 1h { n = count() newest = last(amount) }
      stream seen from all lookup of_all on card keep amount to parquet("seen") { n = of_all.n newest = of_all.newest }
      stream alone from cards lookup of_all on card keep amount to parquet("alone") { n = of_all.n }
    """
    found = run(text, [("a", 1.0, NOON), ("b", 2.0, NOON)], [(3.0, NOON)])
    assert column(found, "seen", "amount", "n", "newest") == [(3.0, 1, 3.0), (1.0, 2, 1.0), (2.0, 3, 2.0)]
    assert sorted(column(found, "alone", "amount", "n")) == [(1.0, 3), (2.0, 3)]


def test_keys_are_found_in_a_chain_of_any_length() -> None:
    """Here longer than calls of Python may stand in one another."""
    chain = " ".join(f"lookup seen as s{n} on card == s{n + 1}.found" for n in range(300))
    text = "features seen from wires by card over 1h { n = count()  found = min(card) }\n"
    text += f"stream all from cards {chain} lookup seen as s300 on card"
    text += ' keep card to parquet("all") { n = s0.n }'
    assert column(run(text, [("a", 1.0, LATER)], [(2.0, NOON)]), "all", "n") == [(1,)]
