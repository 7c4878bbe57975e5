"""Connectors as they are written: `kafka("web.clicks", format="json")`, and other calls with constant arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from featlang.compiler import ir
from featlang.compiler.expressions import Typer
from featlang.compiler.report import Report, did_you_mean, listed
from featlang.compiler.typed import Constant
from featlang.compiler.windows import LONGEST
from featlang.dsl import tree
from featlang.dsl.suggest import nearest
from featlang.dsl.words import shorten

Scalar = bool | int | float | str

PERSONAL = "pii"
"""What a sink says that it accepts: personal data, as in `kafka("scores", accepts="pii")`."""

FORMATS = {"json": "jsonl", "debezium": "jsonl", "avro": "avro"}
"""What a record of a topic is, by its `format`: an object of JSON is a line of a file."""

EVERY = "every"
CHANGE = "change"
"""What a store is told (`emit`), besides a duration: every value, or those that differ from the last one."""


EXACTLY_ONCE = "exactly_once"
DELIVERIES = ("at_least_once", EXACTLY_ONCE)
"""How often a topic has a row after a failure; the first unless it is said."""

A_SECOND = 1_000_000
LONGEST_TTL = 20 * 365 * 86_400 * A_SECOND
"""What Cassandra takes at most, in microseconds."""

_TEXTS = {
    "null": "NA",
    "format": "json",
    "start": "earliest",
    "schema": "schemas/click.avsc",
    "framing": "confluent",
    "key": "user_id",
    "delivery": EXACTLY_ONCE,
}
"""Options that are texts, with an example of each."""


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """What a kind of connector may be, and the options it takes (None: its own, checked where it is bound).

    `written` are those where rows are written to it. One that `stores` holds the newest values of each key, and takes
    `emit`.
    """

    reads: bool
    writes: bool
    target: str
    options: tuple[str, ...] | None
    written: tuple[str, ...] | None = ()
    stores: bool = False

    def options_of(self, *, writes: bool) -> tuple[str, ...] | None:
        """The options in one of its roles."""
        return self.written if writes else self.options


_TABLE = r"[A-Za-z][A-Za-z0-9_]{0,47}"
TABLE_ALONE = re.compile(_TABLE)
"""The name of a table of Cassandra without its keyspace, which is enough where a file stands for the store."""
_TARGETS: dict[str, tuple[re.Pattern[str], str, str]] = {
    "kafka": (
        re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}"),
        "the name of a topic",
        "it is of 1 to 249 letters and digits, `.`, `_` and `-`",
    ),
    "cassandra": (
        re.compile(rf"(?:{_TABLE}\.)?{_TABLE}"),
        "the name of a table",
        "it is a keyspace and a table, each of 1 to 48 letters and digits and `_`, the first a letter",
    ),
}
"""What the targets of servers look like; others are paths, or are known to the server alone."""

KINDS: dict[str, ConnectorKind] = {
    "csv": ConnectorKind(reads=True, writes=False, target="data/clicks.csv", options=("null",)),
    "jsonl": ConnectorKind(reads=True, writes=False, target="data/clicks.jsonl", options=("format",)),
    "parquet": ConnectorKind(reads=True, writes=True, target="data/clicks.parquet", options=()),
    "kafka": ConnectorKind(
        reads=True,
        writes=True,
        target="web.clicks",
        options=("format", "start", "schema", "framing"),
        written=("delivery", "key"),
    ),
    "cassandra": ConnectorKind(
        reads=False, writes=True, target="features.clicks", options=(), written=("emit", "ttl"), stores=True
    ),
    "druid": ConnectorKind(reads=False, writes=True, target="clicks", options=(), written=None),
}


def connector(expression: tree.Expression, report: Report, *, writes: bool = False) -> ir.Connector | None:
    """A source's or (`writes`) a sink's connector; None, and a diagnostic, where it is none."""
    kinds = [name for name, kind in KINDS.items() if (kind.writes if writes else kind.reads)]
    role = "written to" if writes else "read from"
    if not isinstance(expression, tree.Call):
        named = expression.name.text if isinstance(expression, tree.Reference) else ""
        kind_name = named if named in kinds else kinds[0]
        example = f'{kind_name}("{KINDS[kind_name].target}")'
        report.error("F113", "this is not a connector", expression.span, f"write it as in `{example}`")
        return None
    name = expression.function
    if name.text not in kinds:
        title = f"`{name.text}` cannot be {role}" if name.text in KINDS else f"there is no connector `{name.text}`"
        report.error("F113", title, name.span, did_you_mean(name.text, kinds, "the connectors here"))
        return None
    kind = KINDS[name.text]
    positional = [argument for argument in expression.arguments if argument.name is None]
    target = _text(positional[0].value) if len(positional) == 1 else None
    if not target:
        title = f"`{name.text}` takes one text: what it points at"
        report.error("F223", title, expression.span, f'write it as in `{name.text}("{kind.target}")`')
        return None
    pattern, what, rule = _TARGETS.get(name.text, (None, "", ""))
    if pattern is not None and not pattern.fullmatch(target):
        advice = f'{rule}, as in `{name.text}("{kind.target}")`'
        report.error("F223", f'"{shorten(target)}" is not {what}', positional[0].value.span, advice)
        return None
    options = _options(expression, kind, report, writes=writes)
    return None if options is None else ir.Connector(kind=name.text, target=target, options=options)


def unknown_option(option: str, kind: str, *, writes: bool = False) -> str:
    """What to say of an option that a kind of connector does not have."""
    options = KINDS[kind].options_of(writes=writes) or ()
    near = nearest(option, options)
    if near:
        return f"did you mean `{near}`?"
    if kind == "csv":
        return f"the only option is {listed(options)}; a csv has a header, commas and double quotes"
    return f"the options are {listed(options)}" if options else "remove it"


def formats_of(kind: ConnectorKind) -> list[str]:
    """The formats of what is read: a file of lines holds no Avro."""
    return [name for name, record in FORMATS.items() if record == "jsonl" or "schema" in (kind.options or ())]


def scalar(expression: tree.Expression, report: Report) -> Scalar | None:
    """A constant; a duration is its microseconds. None, and a diagnostic, where it is none."""
    found = _constant(expression, report)
    return None if found is None else found.value


def _constant(expression: tree.Expression, report: Report) -> Constant | None:
    typed = Typer(report, {}, {}, "this").value(expression)
    if typed is None:
        return None
    if isinstance(typed, Constant) and typed.value is not None:
        return typed
    report.error("F223", "this is not a constant", expression.span, 'write a value, as in `"text"`, `10` or `true`')
    return None


def _options(call: tree.Call, kind: ConnectorKind, report: Report, *, writes: bool) -> dict[str, Scalar] | None:
    options: dict[str, Scalar] = {}
    known = kind.options_of(writes=writes)
    failed = False
    for argument in call.arguments:
        if argument.name is None:
            continue
        option = argument.name.text
        value = (_OF_STORES[option] if kind.stores and option in _OF_STORES else scalar)(argument.value, report)
        if option == "emit" and not kind.stores:
            title = f"`emit` is for stores, and `{call.function.text}` is none"
            stores = listed(f"{name}(…)" for name, each in KINDS.items() if each.stores)
            report.error("F116", title, argument.name.span, f"remove it, or write to {stores}")
            failed = True
        elif option == "accepts" and kind.writes:
            options[option] = PERSONAL
            failed |= not _accepts(argument, value, report)
        elif known is not None and option not in known:
            title = f"`{call.function.text}` has no option `{option}`"
            advice = unknown_option(option, call.function.text, writes=writes)
            report.error("F112", title, argument.name.span, advice)
            failed = True
        elif value is None or not _is_of_its_kind(option, value, argument, kind, report):
            failed = True
        else:
            options[option] = value
    if options.get("emit") == EVERY:
        del options["emit"]
    return None if failed else options


def _is_of_its_kind(option: str, value: Scalar, argument: tree.Argument, kind: ConnectorKind, report: Report) -> bool:
    """Whether the texts that some options take are such."""
    if option in _TEXTS and not isinstance(value, str):
        advice = f'write it as in `{option}="{_TEXTS[option]}"`'
        report.error("F223", f"`{option}` is a text", argument.value.span, advice)
        return False
    if option == "delivery" and value not in DELIVERIES:
        advice = did_you_mean(str(value), DELIVERIES, "the guarantees")
        report.error("F223", f'there is no delivery "{value}"', argument.value.span, advice)
        return False
    if option == "framing" and value != "confluent":
        advice = 'write `framing="confluent"`, or leave it out'
        report.error("F223", f'there is no framing "{value}"', argument.value.span, advice)
        return False
    if option == "format" and kind.reads and value not in formats_of(kind):
        advice = did_you_mean(str(value), formats_of(kind), "the formats")
        report.error("F506", f"there is no format `{value}`", argument.value.span, advice)
        return False
    return True


def _accepts(argument: tree.Argument, value: Scalar | None, report: Report) -> bool:
    """Whether a sink says rightly what it accepts."""
    if value is not None and value != PERSONAL:
        advice = f'write `accepts="{PERSONAL}"`, or leave it out'
        report.error("F223", f'`accepts` is "{PERSONAL}"', argument.value.span, advice)
    return value == PERSONAL


def _emit(expression: tree.Expression, report: Report) -> Scalar | None:
    """What a store is told: `EVERY` value, on `CHANGE`, or the microseconds between two writes of a key."""
    found = _constant(expression, report)
    if found is None:
        return None
    if found.type == "duration" and isinstance(found.value, int):
        if 0 < found.value <= LONGEST:
            return found.value
        what = "longer than 100 years" if found.value > 0 else "not longer than nothing"
        report.error("F217", f"this duration is {what}", expression.span, "write it as in `emit=1s`")
        return None
    if found.value in {EVERY, CHANGE}:
        return found.value
    near = nearest(found.value, [EVERY, CHANGE]) if isinstance(found.value, str) else None
    advice = f'did you mean `emit="{near}"`?' if near else f'write `emit="{CHANGE}"`, or as in `emit=1s`'
    title = f'`emit` is "{EVERY}", "{CHANGE}" or a duration'
    report.error("F223", title, expression.span, advice)
    return None


def _ttl(expression: tree.Expression, report: Report) -> Scalar | None:
    """How long a store keeps a row after it was written, in microseconds."""
    found = _constant(expression, report)
    if found is None:
        return None
    if found.type != "duration" or not isinstance(found.value, int):
        report.error("F223", "`ttl` is a duration", expression.span, "write it as in `ttl=40d`")
        return None
    if found.value % A_SECOND or not 0 < found.value <= LONGEST_TTL:
        title = "a store counts `ttl` in whole seconds, from one to 20 years of 365 days"
        report.error("F217", title, expression.span, "write it as in `ttl=40d`")
        return None
    return found.value


_OF_STORES = {"emit": _emit, "ttl": _ttl}
"""How the options of stores are read."""


def _text(expression: tree.Expression) -> str | None:
    return expression.value if isinstance(expression, tree.StringLiteral) else None
