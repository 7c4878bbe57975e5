"""Every planned mistake gets its own message, at its place, and nothing else is said."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from featlang.dsl.codes import SYNTAX_CODES
from featlang.dsl.explain import MAX_TOKENS
from featlang.dsl.mistakes import MISTAKES, Mistake
from featlang.dsl.parse import MAX_LENGTH, MAX_MISTAKES, parse
from featlang.dsl.render import render
from featlang.dsl.yaml_form import MAX_LINE, parse_yaml


def block(entries: str) -> str:
    return f"features f from c by k over 1h {{ {entries} }}"


FURTHER = {
    # what parses but is refused, and what needs more than the text around a place; «» marks the place
    "misspelt kind": ("F005", "«featurs» f from c by k { a = 1 }"),
    "unknown kind": ("F005", "«view» v from c by k { a = 1 }"),
    "kind of another language": ("F018", "«CREATE» f { a = 1 }"),
    "misspelt clause": ("F006", "features u «form» clicks by k { a = 1 }"),
    "misspelt clause of a feature": ("F006", block("a = sum(x) «ove» 5m")),
    "misspelt clause behind a feature": ("F006", block("a = count() «wher» ok over 5m")),
    "misspelt operator": ("F006", block("a = count() where x «adn» y")),
    "misspelt operator in parentheses": ("F006", block("a = count_if(x «adn» y)")),
    "misspelt else": ("F006", block("a = if x then 1 «esle» 2")),
    "misspelt on": ("F006", "stream s from c lookup users «onn» user_id keep user_id { a = 1 }"),
    "misspelt before": ("F006", "stream s from c lookup users on user_id «befor» keep user_id { a = 1 }"),
    "misspelt before at the end": ("F006", "stream s from c lookup u on k «beforee» lookup v on k keep k { a = 1 }"),
    "misspelt import": ("F005", "«importt» shop.sources"),
    "unknown clause": ("F006", "features u from clicks «grup» by k { a = 1 }"),
    "clause of SQL": ("F018", "features u from clicks «GROUP BY» k over 1h { a = 1 }"),
    "clause that is called otherwise": ("F018", "features u from clicks «join» users on k by k { a = 1 }"),
    "comparison in a head": ("F015", "features u from clicks where x «=» false by k { a = 1 }"),
    "block as a value": ("F029", "features u = «from» clicks by k { a = 1 }"),
    "carriage returns": ("F009", "# one«\r»features f from c by k { a = 1 }"),
    "direction in a comment": ("F009", "# «\u202e»} a\nfeatures f from c by k { a = 1 }"),
    "direction in a text": ("F009", block('a = "«\u2067»"')),
    "half a surrogate pair": ("F009", block('a = "«\ud800»"')),
    "clause after the block": ("F028", "features f from c by k { a = 1 } «where» x"),
    "keyword in capitals": ("F033", "features f from c «WHERE» x by k { a = 1 }"),
    "import with as": ("F034", "import a.b «as» c"),
    "expected one thing": ("F001", block("a = x.«5»")),
    "expected nothing in particular": ("F001", "features f from c by k «%» { a = 1 }"),
    "block not closed": ("F007", "features f from c by k «{» a = 1\n\nfeatures g from c by k { b = 2 }"),
    "block not closed at the end": ("F007", "features f from c by k «{» a = 1\n"),
    "parenthesis not closed": ("F007", block("a = count«(» ")),
    "parenthesis of columns not closed": ("F007", "source s«(»a: int\n\nsource t(a: int) { time = a }"),
    "closed too often": ("F007", block("a = count()«)»")),
    "closed before anything": ("F007", "«}»"),
    "keyword as feature": ("F010", block("«over» = 1")),
    "keyword as declaration": ("F010", "template «from» { a = 1 }"),
    "unreadable column": ("F010", "source s(«if»: int) { time = ts }"),
    "long number": ("F012", block(f"a = «{'9' * 1_001}»")),
    "long name": ("F012", block(f"«{'n' * 201}» = 1")),
    "unknown escape": ("F013", block('a = "x«\\q»"')),
    "surrogate": ("F013", block('a = "«\\ud800»"')),
    "beyond Unicode": ("F013", block('a = "«\\u{110000}»"')),
    "clause twice": ("F016", "features f from c by k «by j» { a = 1 }"),
    "where twice": ("F016", block("a = count() where x «where y»")),
    "equal to null": ("F024", block("a = count() where x «==» null")),
    "null unequal": ("F024", block("a = count() where null «!=» x")),
    "unnamed after named": ("F026", block("a = f(x=1, «2»)")),
    "argument twice": ("F027", block("a = f(x=1, «x»=2)")),
    "def with a block": ("F029", "def «f»(x: int) -> int { a = 1 }"),
    "value of a source": ("F029", "source s(x: int) = «1»"),
    "comment of SQL": ("F030", block("a = count() «--»clicks\n")),
    "long chain": ("F003", block("a = x + x + x + x + «x»" + " + x" * 197)),
    "deep parentheses": ("F003", block(f"a = {'(' * 199}«(»{'(' * 9_800}x")),
}


def split(marked: str) -> tuple[str, int, int]:
    start = marked.index("«")
    end = marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


def row_name(row: Mistake) -> str:
    return f"{row.code} {row.example}"


@pytest.mark.parametrize("row", MISTAKES, ids=row_name)
def test_row(row: Mistake, snapshot: SnapshotAssertion) -> None:
    text, start, end = split(row.example)
    parsed = parse("test.feat", text)
    assert [(each.code, each.span.start, each.span.end) for each in parsed.diagnostics] == [(row.code, start, end)]
    assert render(parsed.diagnostics, {"test.feat": text}) == snapshot


@pytest.mark.parametrize("row", MISTAKES, ids=row_name)
def test_row_is_reached(row: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the row its example is explained in another way: no earlier row hides it."""
    text, _, _ = split(row.example)
    said = parse("test.feat", text).diagnostics
    monkeypatch.setattr("featlang.dsl.explain.MISTAKES", tuple(other for other in MISTAKES if other is not row))
    assert parse("test.feat", text).diagnostics != said


@pytest.mark.parametrize("name", FURTHER)
def test_further(name: str, snapshot: SnapshotAssertion) -> None:
    code, marked = FURTHER[name]
    text, start, end = split(marked)
    parsed = parse("test.feat", text)
    assert [(each.code, each.span.start, each.span.end) for each in parsed.diagnostics] == [(code, start, end)]
    assert render(parsed.diagnostics, {"test.feat": text}) == snapshot


def test_every_code_is_shown() -> None:
    shown = {row.code for row in MISTAKES} | {code for code, _ in FURTHER.values()}
    assert sorted({*shown, "F002", "F004", "F041", "F042", "F043"}) == sorted(SYNTAX_CODES)


def test_large_file() -> None:
    parsed = parse("test.feat", " " * (MAX_LENGTH + 1))
    assert [each.code for each in parsed.diagnostics] == ["F002"]
    assert parse("test.feat", " " * MAX_LENGTH).diagnostics == ()


def test_a_definition_or_a_line_may_be_too_long() -> None:
    long = "features f from s by k over 1h { a = " + "x + " * MAX_TOKENS
    (found,) = parse("test.feat", long).diagnostics
    assert (found.code, found.span.start) == ("F002", long.index("=") + 2 * MAX_TOKENS + 2)
    items = ", ".join(map(str, range(MAX_TOKENS // 4)))
    features = f"features f from s by k over 1h {{ a = count_if(n in [{items}]) b = count_if(n in [{items}]) }}"
    assert parse("test.feat", features).diagnostics == ()
    uses = "features f from s by k over 1h { use t(x=n) as a use t(x=n) as b }\n" * (MAX_TOKENS // 20)
    assert parse("test.feat", uses).diagnostics == ()
    (found,) = parse_yaml("test.feat.yaml", "a: b\n" + "x" * (MAX_LINE + 1)).diagnostics
    assert (found.code, found.span.start) == ("F002", 5)


def test_many_mistakes() -> None:
    parsed = parse("test.feat", "features f from c by k { a = b && c }\n" * 1_000)
    assert [each.code for each in parsed.diagnostics] == ["F017"] * MAX_MISTAKES + ["F004"]
