"""Helps that look at what was written: what to type instead of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from featlang.compiler.habits import VALUES
from featlang.compiler.report import did_you_mean
from featlang.compiler.scopes import Readable
from featlang.compiler.structures import MAX_PRECISION, kind_of, structure
from featlang.compiler.typed import Constant, Expression, Feature, Window
from featlang.compiler.types import NoMeaning, contains
from featlang.compiler.written import written
from featlang.dsl import tree
from featlang.dsl.suggest import nearest
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions.text_times import days_from_date, microseconds_from_text

_LITERALS = ("null", "true", "false")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_DURATION = re.compile(r"[0-9]+(us|ms|[smhdw])\Z")


def unknown_column(name: str, columns: Iterable[str], compared: tree.Binary | None, what: str = "the columns") -> str:
    """For a name that no column has; `compared` is the comparison that it stands in."""
    known = list(columns)
    literal = VALUES.get(name.lower())
    if literal == "null" and compared is not None:
        other = compared.left if _is_name(compared.right, name) else compared.right
        return f"write `{written(other)} is {'' if compared.operator == '==' else 'not '}null`"
    if literal is not None:
        return f"write `{literal}`"
    advice = _nearest_named(name, known, what)
    return (
        advice
        if compared is None or nearest(name, [*known, *_LITERALS])
        else f'{advice}; a text stands in quotes: `"{name}"`'
    )


def unknown_feature(name: str, features: Mapping[str, Feature | None], columns: Iterable[str]) -> str:
    """For a name that neither a feature nor a column has."""
    if name.lower() in VALUES:
        return f"write `{VALUES[name.lower()]}`"
    if name in AGGREGATES:
        return f"an aggregate is called: write `{name}(…)`"
    for feature in features.values():
        for window in feature.windows if feature is not None else ():
            if feature is not None and name == f"{feature.name}_{window.suffix}":
                return f"write `{feature.name}[{window.text}]`"
    return _nearest_named(name, [*features, *columns], "the names here")


def _nearest_named(name: str, known: Sequence[str], what: str) -> str:
    """What was meant of the names, or of `null`, `true` and `false`, which are not listed where none is near."""
    meant = nearest(name, [*known, *_LITERALS])
    return did_you_mean(name, _LITERALS if meant in _LITERALS else known, what)


def unknown_field(base: str, name: str, readable: Readable) -> str:
    """For a name that a looked-up row, or a group of parameters, does not have."""
    for family, members in readable.families.items():
        for window, _ in members.values():
            if name == f"{family}_{window.suffix}":
                return f"write `{base}.{family}[{window.text}]`"
    return did_you_mean(name, [*readable.columns, *readable.families], f"the {readable.what}s")


def mixed_types(
    node: tree.Binary, left: Expression, right: Expression, typed: Expression | NoMeaning
) -> Expression | NoMeaning:
    """A better help for a comparison without a meaning, one side of which is written out; else as it is `typed`."""
    if not isinstance(typed, NoMeaning) or node.operator not in {"==", "!=", "<", "<=", ">", ">="}:
        return typed
    better = _of_items(node, left, right) or _of_digits(node, left, right)
    if better is not None:
        return NoMeaning(better)
    for written_out, one, other in ((node.left, left, right), (node.right, right, left)):
        if not isinstance(one, Constant):
            continue
        if one.type == "string" and other.type in {"int", "float"} and _NUMBER.match(str(one.value)):
            return NoMeaning(f"a number is written without quotes: `{one.value}`")
        if one.type == "string" and other.type in {"timestamp", "date"}:
            return NoMeaning(_of_time(str(one.value), other.type))
        if one.type in {"int", "float"} and other.type == "string":
            return NoMeaning(f'a text stands in quotes: `"{written(written_out)}"`')
    return typed


def no_item(node: tree.Index, base: Expression) -> str | None:
    """For `address["city"]` of a struct; None where nothing in particular is meant."""
    if kind_of(base.type) == "struct" and isinstance(node.index, tree.StringLiteral):
        names = [part.name for part in structure(base.type).parts]
        if node.index.value in names:
            return f"write `{written(node.base)}.{node.index.value}`"
        return did_you_mean(node.index.value, names, "the fields")
    return None


def no_field(node: tree.Field, base: Expression) -> str:
    """For `scores.fraud` of what is no struct."""
    if kind_of(base.type) == "map" and structure(base.type).parts[0].type == "string":
        return f'write `{written(node.base)}["{node.name.text}"]`'
    return "structs have fields, as in `address.city`"


def not_a_bool(node: tree.Binary, side: tree.Expression, typed: Expression) -> str:
    """For an operand of `and` and `or` that is no bool."""
    first = node.left
    if side is node.right and isinstance(typed, Constant) and isinstance(first, tree.Binary) and first.operator == "==":
        items = f"{written(first.right)}, {written(side)}"
        return f"compare it too, or write `{written(first.left)} in [{items}]`"
    if side is first and node.operator == "or":
        return f"write `{written(side)} ?? …` for a default; `or` is between bools"
    return "compare it with something, as in `x > 0`"


def no_window(expression: tree.Expression) -> str | None:
    """For something that is no window; None where nothing in particular is meant."""
    if isinstance(expression, tree.StringLiteral) and _DURATION.match(expression.value):
        return f"write `{expression.value}`, without quotes"
    if isinstance(expression, tree.IntLiteral):
        number = written(expression)
        return f"give it a unit, as in `{number}d`, `{number}h` or `{number}m`"
    if isinstance(expression, tree.ListLiteral):
        windows = ", ".join(written(item) for item in expression.items)
        return f"write the windows one after the other, without brackets, as in `{windows}`"
    return None


def texts_of(windows: tuple[Window, ...]) -> str:
    """`5m, 1h, 30d`."""
    return ", ".join(window.text for window in windows)


def _of_items(node: tree.Binary, left: Expression, right: Expression) -> str | None:
    """`"gift" in tags`, for a list, or a map, that is compared with what it holds."""
    if node.operator not in {"==", "!="}:
        return None
    for items, needle, one, other in ((node.left, node.right, left, right), (node.right, node.left, right, left)):
        if kind_of(one.type) in {"list", "map"} and not isinstance(contains(other, one), NoMeaning):
            found = f"{written(needle)} in {written(items)}"
            return f"write `{found}`" if node.operator == "==" else f"write `not ({found})`"
    return None


def _of_time(text: str, type_name: str) -> str:
    """For a date or timestamp that is written as a text; a time without offset is taken as one of UTC."""
    if type_name == "date":
        day = text[:10] if days_from_date(text[:10]) is not None else None
        return f'write `to_date("{day}")`' if day else 'write it as in `to_date("2026-01-31")`'
    for whole in (text, f"{text}Z", f"{text}T00:00:00Z"):
        if microseconds_from_text(whole, zone_is_utc=False) is not None:
            return f'write `to_timestamp("{whole}")`'
    return 'write it as in `to_timestamp("2026-01-31T10:00:00Z")`'


def _of_digits(node: tree.Binary, left: Expression, right: Expression) -> str | None:
    """For an int beside a decimal with so many digits behind the point that not every int fits before it."""
    for whole, one, other in ((node.left, left, right), (node.right, right, left)):
        if one.type == "int" and not isinstance(one, Constant) and kind_of(other.type) == "decimal":
            digits = MAX_PRECISION - structure(other.type).scale
            return f"an int has up to 19 digits: write `to_decimal({written(whole)}, {digits}, 0)`" if digits else None
    return None


def _is_name(expression: tree.Expression, name: str) -> bool:
    return isinstance(expression, tree.Reference) and expression.name.text == name
