"""The tree: what each construct becomes, and that every span holds the text of its node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from featlang.dsl import tree
from featlang.dsl.diagnostics import Span
from featlang.dsl.parse import parse

EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.feat"))


def read(text: str) -> tree.File:
    parsed = parse("test.feat", text)
    assert parsed.diagnostics == ()
    assert parsed.broken == frozenset()
    return parsed.file


def expression(text: str) -> tree.Expression:
    value = read(f"def f(x: int) -> int = {text}").declarations[0].value
    assert value is not None
    return value


def bare(node: object) -> object:
    """A node without its spans."""
    if isinstance(node, tuple):
        return tuple(bare(item) for item in node)
    if is_dataclass(node) and not isinstance(node, type):
        kept = [field.name for field in fields(node) if not isinstance(getattr(node, field.name), Span)]
        return (type(node).__name__, *(bare(getattr(node, name)) for name in kept))
    return node


def walk(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node) and not isinstance(node, Span | type):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


def plain(node: tree.Expression) -> str:
    """An expression with all its parentheses."""
    match node:
        case tree.Binary(operator, left, right):
            return f"({plain(left)} {operator} {plain(right)})"
        case tree.Unary(operator, operand):
            return f"({operator} {plain(operand)})"
        case tree.IsNull(operand, negated):
            return f"({plain(operand)} is {'not ' if negated else ''}null)"
        case tree.If(condition, then, otherwise):
            return f"(if {plain(condition)} then {plain(then)} else {plain(otherwise)})"
        case tree.Index(base, index):
            return f"{plain(base)}[{plain(index)}]"
        case tree.Field(base, name):
            return f"{plain(base)}.{name.text}"
        case tree.Call(function, arguments):
            return f"{function.text}({', '.join(plain(argument.value) for argument in arguments)})"
        case tree.Reference(name):
            return name.text
        case tree.IntLiteral(value):
            return str(value)
    raise AssertionError(node)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_parse(path: Path) -> None:
    file = read(path.read_text(encoding="utf-8"))
    assert file.declarations


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_spans_hold_the_text_of_their_nodes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    file = read(text)
    for node in walk(file.declarations):
        span = getattr(node, "span")  # noqa: B009  every node has one, but no common type says so
        written = text[span.start : span.end]
        assert written == written.strip()
        if isinstance(node, tree.Name):
            assert written == node.text
        elif isinstance(node, get_args(tree.Expression)):
            assert bare(expression(written)) == bare(node)
        elif isinstance(node, get_args(tree.Clause)):
            assert bare(read(f"stream s {written}").declarations[0].clauses) == (bare(node),)
        elif isinstance(node, tree.TypeExpression):
            assert bare(read(f"def f() -> {written} = 1").declarations[0].returns) == bare(node)
        elif isinstance(node, tree.Use):
            assert bare(read(f"stream s {{ {written} }}").declarations[0].body) == (bare(node),)
        elif isinstance(node, tree.Binding):
            alone = replace(node, doc="", annotations=())
            assert bare(read(f"stream s {{ {written} }}").declarations[0].body) == (bare(alone),)
        elif isinstance(node, tree.Declaration):
            alone_too = replace(node, doc="", annotations=())
            assert bare(read(written).declarations) == (bare(alone_too),)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a or b and not c == d ?? e + f * -g.h[1]", "(a or (b and (not (c == (d ?? (e + (f * (- g.h[1]))))))))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b % c", "((a / b) % c)"),
        ("a ?? b ?? c", "((a ?? b) ?? c)"),
        ("(a or b) and c", "((a or b) and c)"),
        ("not not a", "(not (not a))"),
        ("- - a", "(- (- a))"),
        ("-a ?? b", "((- a) ?? b)"),
        ("a not in b", "(not (a in b))"),
        ("not a in b", "(not (a in b))"),
        ("a is not null and b is null", "((a is not null) and (b is null))"),
        ("if a then b else if c then d else e or f", "(if a then b else (if c then d else (e or f)))"),
        ("a + f(xor, orders, notes)", "(a + f(xor, orders, notes))"),
    ],
)
def test_operators_bind_as_documented(text: str, meaning: str) -> None:
    assert plain(expression(text)) == meaning


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("7us", 7),
        ("500ms", 500_000),
        ("2s", 2_000_000),
        ("30m", 1_800_000_000),
        ("24h", 86_400_000_000),
        ("1_000d", 86_400_000_000_000),
        ("1w", 604_800_000_000),
    ],
)
def test_durations(text: str, microseconds: int) -> None:
    node = expression(text)
    assert isinstance(node, tree.DurationLiteral)
    assert (node.text, node.microseconds) == (text, microseconds)


def test_literals() -> None:
    node = expression('[1_000, 0.50, 1e6, true, false, null, "", "a\\"\\\\\\n\\t\\r\\u0041\\u{1F600}#"]')
    assert bare(node) == (
        "ListLiteral",
        (
            ("IntLiteral", 1000),
            ("FloatLiteral", "0.50"),
            ("FloatLiteral", "1e6"),
            ("BoolLiteral", True),
            ("BoolLiteral", False),
            ("NullLiteral",),
            ("StringLiteral", ""),
            ("StringLiteral", 'a"\\\n\t\rA😀#'),
        ),
    )


def test_docs_and_annotations_belong_to_what_follows() -> None:
    file = read((EXAMPLES[0].parent / "everything.feat").read_text(encoding="utf-8"))
    odd = file.declarations[0]
    assert odd.doc == ""
    assert [annotation.name.text for annotation in odd.annotations] == ["job", "label"]
    assert odd.columns is not None
    assert odd.columns[0].doc == "What happened.\nIn two lines."
    assert [annotation.name.text for annotation in odd.columns[0].annotations] == ["unit", "zone"]
    limits = read("params p { ## Least.\n @range(0, 1) a: float = 0.5 }").declarations[0].body
    assert limits is not None
    (limit,) = limits
    assert isinstance(limit, tree.Binding)
    assert (limit.doc, limit.annotations[0].name.text) == ("Least.", "range")


def test_keywords_name_columns() -> None:
    words = ["from", "where", "over", "by", "to", "in", "is", "and", "or", "then", "else", "as", "on", "at", "when"]
    columns = ", ".join(f"{word}: int" for word in words)
    uses = "\n".join(f"  a{place} = sum({word}) + {word} + x.{word}" for place, word in enumerate(words))
    file = read(f"source s({columns}) features f from s by {', '.join(words)} {{\n{uses}\n}}")
    assert [declaration.name.text for declaration in file.declarations] == ["s", "f"]
    assert len(file.declarations[1].body or ()) == len(words)


def test_keywords_do_not_split_words() -> None:
    parsed = parse("test.feat", "features f from c by k { a = f(x orders) }")
    assert [(each.code, each.span.start) for each in parsed.diagnostics] == [("F014", 33)]


def test_clauses_come_in_any_order() -> None:
    file = read('features f over 1h to druid("f") by k where x from c { a = count() over 1h where y }')
    assert [type(clause).__name__ for clause in file.declarations[0].clauses] == [
        "OverClause",
        "ToClause",
        "ByClause",
        "WhereClause",
        "FromClause",
    ]
    (binding,) = file.declarations[0].body or ()
    assert isinstance(binding, tree.Binding)
    assert binding.where is not None
    assert len(binding.over) == 1


def test_line_ends_and_byte_order_mark() -> None:
    file = read("\ufeff## One.\r\nsource s(a: int)\r\n{ time = a }\r\n# end")
    assert file.declarations[0].doc == "One."
