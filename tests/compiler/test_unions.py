"""Streams of several inputs: the columns of their rows, what flows through them, what belongs together."""

from __future__ import annotations

from featlang.cli.plan_text import plan_text
from featlang.compiler import ir
from featlang.compiler.lineage import UP, lineage
from featlang.compiler.plan import plan
from tests.compiler.programs import compiled

SOURCES = """
source cards(card: string, amount: float, @pii email: string, shop: string, ts: timestamp) { time = ts ties = [shop] }
source wires(card: string?, amount: float, email: string, @label fraud: bool, at: timestamp) {
  time = at
  ties = [amount]
}
source visits(card: string, ts: timestamp) { time = ts }
"""


def program(*texts: str) -> ir.Program:
    """The program, which nothing is said of."""
    found = compiled(SOURCES, *texts)
    assert found.diagnostics == ()
    assert found.program is not None
    return found.program


def codes(*texts: str) -> list[str]:
    """The codes of what is said."""
    return [each.code for each in compiled(SOURCES, *texts).diagnostics]


ALL = "stream all from cards, wires keep card, amount "
F = "features f from all by card over 1h { n = count() }"


def test_a_stream_is_there_for_each_of_its_inputs() -> None:
    found = program(ALL + 'to parquet("all") { twice = amount * 2 }')
    assert [(each.name, each.source) for each in found.streams] == [("all", "cards"), ("all", "wires")]
    assert [each.union for each in found.streams] == [ir.Union(name="all", input=n, time="ts") for n in (0, 1)]
    assert [each.name for each in found.outputs] == ["all"]
    assert found.read_by(["all"]) == {"cards", "wires"}


def test_a_column_may_be_null_where_one_input_may_be() -> None:
    columns = {each.name: each for each in program(ALL, F).source("all").columns}
    assert list(columns) == ["ts", "card", "amount"]
    assert [each.nullable for each in columns.values()] == [False, True, False]


def test_what_the_filter_proves_holds_for_all_inputs() -> None:
    define, values = "def same(t: string) -> string = t", 'to parquet("all") { x = same(card) }'
    assert codes(define, ALL + values) == ["F229"]
    assert codes(define, "stream all from cards, wires where card is not null keep card " + values) == []


def test_a_stream_of_a_union_and_a_union_of_one_are_in_order() -> None:
    found = program(
        'stream all from cards, wires keep card, amount\nstream dear from all where amount > 1.0 to parquet("dear")',
        'stream more from visits, dear keep card to parquet("more")',
    )
    unions = {(each.name, each.source): each.union for each in found.streams}
    assert unions["dear", "wires"] == ir.Union(name="all", input=1, time="ts")
    assert unions["more", "wires"] == ir.Union(name="more", input=2, time="ts")


def test_inputs_of_a_stream_are_one_job() -> None:
    jobs = plan(program(ALL, F, "features v from visits by card over 1h { n = count() }")).jobs
    assert [[source.name for source in job.sources] for job in jobs] == [["cards", "wires"], ["visits"]]
    (stage,) = jobs[0].stages
    assert stage.source == "all"
    shown = plan_text(jobs[0], "f")
    assert "stage all by card" in shown
    assert "stream all of wires, input 1 of all" in plan_text(jobs[0], "all")


def test_marks_of_any_input_flow() -> None:
    """`email` is personal in one input, and the label is in the other."""
    personal = "stream all from cards, wires keep card, email "
    assert codes(personal + 'to parquet("all")') == ["F232"]
    assert codes(personal, 'features f from all by card over 1h to kafka("f") { e = max(email) }') == ["F232"]
    label = "stream a from cards { bad = false }\nstream b from wires { bad = fraud }\n"
    assert codes(
        label, "stream all from a, b keep card, bad", "features f from all by card over 1h { n = count_if(bad) }"
    ) == ["F231"]


def test_lookups_of_any_input_with_a_label_say_before() -> None:
    text = "features v from visits by card over 1h { n = count() }\nstream all from cards, wires lookup v on card"
    tail = ' keep card to parquet("all") { n = v.n }'
    assert codes(text + tail) == ["F237"]
    assert codes(text + " before" + tail) == []


def test_keys_are_what_other_lookups_find_in_each_input() -> None:
    """A lookup may have the name of a column that one input alone has; `at` names the time, kept or not."""
    tables = "table shops(card: string, owner: string?) by card { }\n"
    blocks = "features v from visits by card over 1h { n = count() }\n"
    lookups = "lookup v on card == shop.owner at ts lookup shops as shop on card before"
    found = program(tables, blocks, f'stream all from cards, wires {lookups} keep card to parquet("all") {{ n = v.n }}')
    owner = ir.LookedUp(lookup=1, name="owner", type="string", nullable=True)
    assert [[lookup.key for lookup in each.lookups[:1]] for each in found.streams] == [[(owner,)]] * 2
    (job,) = plan(found).jobs
    assert [[job.stages[visit.stage].name for visit in each.visits] for each in job.streams] == [
        ["shops by card (table)", "visits by card"]
    ] * 2


def test_the_order_of_simultaneous_events_is_asked_of_each_source() -> None:
    text = "stream all from cards, visits keep card\nfeatures f from all by card over 1h { n = last(card) }"
    assert codes(text) == ["F301"]


def test_lineage_goes_to_each_input() -> None:
    found = lineage(program(ALL + "{ twice = amount * 2 }", "features f from all by card over 1h { s = sum(twice) }"))
    reached = {node for _, node, _ in found.paths("f.s", UP)}
    assert {"all.twice", "cards.amount", "wires.amount"} <= reached
