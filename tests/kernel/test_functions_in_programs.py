"""Every function in aggregates, in filters and between features, on random streams: kernel against reference."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from featlang.compiler.plan import plan
from featlang.compiler.structures import kind_of
from featlang.stdlib.functions import FUNCTIONS
from tests.compiler.programs import EVENTS, program
from tests.kernel.comparison import differences, feeds
from tests.strategies import Stream
from tests.strategies.constants import WRITTEN
from tests.strategies.streams import random_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featlang.backends.kernel.inprocess import InProcess
    from featlang.stdlib.functions.declaration import FunctionDeclaration, Signature

COLUMNS: dict[str, tuple[str, ...]] = {
    "bool": ("ok", "ok and n > 0"),
    "int": ("n", "m"),
    "float": ("x", "y"),
    "string": ("page", "user", '"a"'),
    "timestamp": ("ts",),
    "duration": ("took", "5m"),
    "date": ("day",),
    "bytes": ("raw",),
    "decimal": ("to_decimal(x, 20, 4)", "to_decimal(n, 38, 2)"),
    "list<T>": ("[n, m]", 'split(page, "a")'),
    "T": ("n", '""'),
    "list<string>": ('split(page, "a")', "[page, user]"),
    "list<int>": ("[n, m, 3]",),
    "list<float>": ("[x, y]",),
    "list<duration>": ("[took, 5m]",),
    "list<timestamp>": ("[ts]",),
    "list<date>": ("[day, day]",),
    "list<bytes>": ("[raw, raw]",),
    "list<V>": ("[x, y]", "[page, page]"),
    "map<K, V>": ("map_of([n, 7], [x, y])", 'map_of(split(page, "a"), [ok])'),
}
"""Of the events of the compiler's tests: what an argument of each type may be."""

SMALL = {"substr", "split_part", "slice"}
"""Functions whose numbers say something only if they are small."""


def calls(declaration: FunctionDeclaration, signature: Signature) -> Iterator[str]:
    """Calls on columns, each argument another column where there are several."""
    written = WRITTEN.get(declaration.name, [()])
    for number in range(3):
        arguments = []
        for place, kind in enumerate(signature.takes):
            if place in declaration.constant:
                continue
            of_kind = COLUMNS[kind]
            shift = 0 if "T" in signature.takes else place  # what it stands for is one type
            text = of_kind[(number + shift) % len(of_kind)]
            arguments.append(f"{text} % 7" if declaration.name in SMALL and kind == "int" else text)
        constants = [json.dumps(value, ensure_ascii=False) for value in written[(7 * number) % len(written)]]
        yield f"{declaration.name}({', '.join([*arguments, *constants])})"


def features(declaration: FunctionDeclaration) -> list[str]:
    """Features that call it on columns, in an aggregate and in a filter, and on features."""
    lines: list[str] = []
    for signature in declaration.signatures:
        if "struct" in signature.takes:  # no column is one: docs/semantics.md has an example
            continue
        for call in calls(declaration, signature):
            number = len(lines)
            lines.append(f"l{number} = last({call}) over forever")
            lines.append(f"d{number} = count_distinct({call})")
            lines.append(f"w{number} = count() where {call} is null")
            if signature.gives in {"int", "float", "duration"} or kind_of(signature.gives) == "decimal":
                lines.append(f"s{number} = sum({call})")
            elif signature.gives == "bool":
                lines.append(f"s{number} = count_if({call})")
            elif kind_of(signature.gives) in {"list", "map"}:
                lines.append(f"s{number} = length(first({call}))")
            else:
                lines.append(f"s{number} = greatest(max({call}), min({call}))")
            of_features = call
            for name in ("ok", "n", "m", "x", "y", "page", "user", "ts", "took", "day", "raw"):
                of_features = _over_features(of_features, name)
            lines.append(f"v{number} = {of_features}")
    return lines


def _over_features(call: str, name: str) -> str:
    """The call with the last value of a column instead of the column."""
    return re.sub(rf"(?<![\w(\"]){name}(?![\w(\"])|(?<=\(){name}(?![\w(\"])", f"last({name})", call)


@pytest.mark.parametrize("declaration", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_kernel_agrees_with_the_reference(kernel_host: InProcess, declaration: FunctionDeclaration) -> None:
    text = (
        "features block from events where n is not null by user over 1h {\n"
        + "\n".join(features(declaration))
        + "\n}\n"
    )
    tested = program(EVENTS, text)
    dice = Random(declaration.name)
    streams = [random_stream(dice, tested) for _ in range(12)]
    (job,) = plan(tested).jobs
    for stream, found in zip(streams, kernel_host.compile(job).run(feeds(streams)), strict=True):
        differing = differences(tested, stream, found)
        assert not differing, "\n".join([*differing[:10], repr(stream.data)])


def test_variadic_functions_take_more_than_two(kernel_host: InProcess) -> None:
    text = """
    features block from events by user over 1h {
      a = greatest(last(n), last(m), count(), 3)
      b = least(min(x), max(y), 1, 2.5)
      c = last(concat(page, user, "-", page, "é"))
    }
    """
    tested = program(EVENTS, text)
    streams = [random_stream(Random(seed), tested) for seed in range(10)]
    (job,) = plan(tested).jobs
    for stream, found in zip(streams, kernel_host.compile(job).run(feeds(streams)), strict=True):
        assert not differences(tested, stream, found)


def test_items_are_found_whatever_may_be_null_within_their_types(kernel_host: InProcess) -> None:
    declared = """
    source events(
      user: string, a: list<int>, b: list<int?>?, p: struct<v: int>?, q: struct<v: int?>, m: map<string, int>,
      lists: list<list<int?>>, solid: list<list<int>>?, structs: list<struct<v: int?>?>, maps: list<map<string, int?>>,
      ts: timestamp,
    ) {
      time = ts
    }
    """
    text = """
    features block from events by user over 1h {
      a_at = last(index_of(lists, a))
      b_at = last(index_of(lists, b))
      b_solid = last(index_of(solid, b))
      p_at = last(index_of(structs, p))
      m_at = last(index_of(maps, m))
      a_in = last(a in lists)
      b_in = last(b in solid)
      p_in = last(p in structs)
      q_in = last(q in [p, null])
      m_in = last(m in maps)
      there = count_if(index_of(solid, b) >= 0 and length(solid) > length(b))
    }
    """
    values: dict[str, list[Any]] = {
        "a": [[1], [], [2, 1]],
        "b": [[1], [None], [2, 1], None],
        "p": [{"v": 1}, {"v": 2}, None],
        "q": [{"v": 1}, {"v": None}],
        "m": [{"k": 1}, {}, {"k": 1, "l": 2}],
        "lists": [[[2, 1], [1]], [[None], []], []],
        "solid": [[[2, 1], [1]], [[]], None],
        "structs": [[{"v": None}, {"v": 1}], [None, {"v": 2}], []],
        "maps": [[{"k": None}, {"l": 2, "k": 1}], [{"k": 1}, {}]],
    }
    dice = Random("nested")
    events = [
        {
            "user": "u",
            **{name: dice.choice(each) for name, each in values.items()},
            "ts": f"2024-01-01T00:00:{i % 60:02}Z",
        }
        for i in range(300)
    ]
    tested = program(declared, text)
    stream = Stream("jsonl", "\n".join(map(json.dumps, events)).encode())
    (job,) = plan(tested).jobs
    (found,) = kernel_host.compile(job).run(feeds([stream]))
    assert not differences(tested, stream, found)
    columns = [value.name for value in tested.features[0].values]
    shown = dict(
        zip(columns, map(set, zip(*(row[-len(columns) :] for row in found.rows["block"]), strict=True)), strict=True)
    )
    seen = {name: values - {None} for name, values in shown.items() if name != "there"}
    assert seen == {name: {1} if name in {"p_at", "q_in"} else {0, 1} for name in seen}
