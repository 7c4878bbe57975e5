"""Functions of lists and maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.aggregates.exact import in_int64, rounded_sum
from featlang.stdlib.aggregates.order import order_key
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature
from featlang.stdlib.functions.texts import LONGEST, fitting_text

KERNEL = "ListFunctions"


def _undefined() -> Exceptional:
    return Exceptional(UNDEFINED)


def _slice(items: Sequence[Any], start: int, length: int) -> tuple[Any, ...]:
    if start < 0 or length < 0:
        raise _undefined()
    return tuple(items[start : start + length])


def _split(text: str, separator: str) -> tuple[str, ...]:
    return tuple(text.split(separator)) if separator else (text,)


def _join(items: Sequence[str | None], separator: str) -> str:
    texts = [item for item in items if item is not None]
    if sum(len(text) for text in texts) + len(separator) * (len(texts) - 1) > LONGEST:  # before it is made
        raise Exceptional("overflow")
    return fitting_text(separator.join(texts))


def _values(items: Sequence[Any]) -> list[Any]:
    """The items that are not null, of which there must be one."""
    found = [item for item in items if item is not None]
    if not found:
        raise _undefined()
    return found


def _sum_of(items: Sequence[Any]) -> Any:
    found = _values(items)
    return in_int64(sum(found)) if all(isinstance(item, int) for item in found) else rounded_sum(found)


def _map_of(keys: Sequence[Any], values: Sequence[Any]) -> tuple[tuple[Any, Any], ...]:
    if len(keys) != len(values) or None in keys or len(set(keys)) < len(keys):
        raise _undefined()
    return tuple(sorted(zip(keys, values, strict=True), key=lambda entry: order_key(entry[0])))


HELD_AS = {
    **dict.fromkeys(("int", "duration", "timestamp", "date"), "Ints"),
    "float": "Floats",
    **dict.fromkeys(("string", "bytes"), "Texts"),
}
"""How the kernel holds items of a type, as its methods are named."""


def _of_items(method: str, kinds: Iterable[str]) -> tuple[Signature, ...]:
    return tuple(Signature((f"list<{kind}>",), kind, f"{method}{HELD_AS[kind]}") for kind in kinds)


LISTS = (
    FunctionDeclaration(
        "slice",
        "So many items from a place on, the first of which is 0: as many of them as there are. Null where the place or "
        "the number is below 0.",
        ("items", "start", "length"),
        (Signature(("list<T>", "int", "int"), "list<T>"),),
        _slice,
        KERNEL,
        ("slice([1, 2, 3, 4], 1, 2)", "[2, 3]"),
        partial=True,
        defaults=(2**31 - 1,),
    ),
    FunctionDeclaration(
        "split",
        "The parts of a text between separators; the whole text where the separator is empty. Null where the list "
        "would be longer than 16 MiB.",
        ("text", "separator"),
        (Signature(("string", "string"), "list<string>"),),
        _split,
        KERNEL,
        ('split("a,b", ",")', '["a", "b"]'),
    ),
    FunctionDeclaration(
        "join",
        "The texts of a list with a separator between them; what is null is left out. Null where it would be longer "
        "than 16 MiB.",
        ("items", "separator"),
        (Signature(("list<string>", "string"), "string"),),
        _join,
        KERNEL,
        ('join(["a", "b"], "-")', '"a-b"'),
    ),
    FunctionDeclaration(
        "sum_of",
        "The sum of a list's items, exact and rounded once; what is null is left out. Null of no items.",
        ("items",),
        _of_items("sumOf", ("int", "float", "duration")),
        _sum_of,
        KERNEL,
        ("sum_of([1.5, 2.0])", "3.5"),
        partial=True,
    ),
    FunctionDeclaration(
        "max_of",
        "The greatest of a list's items; what is null is left out. Null of no items.",
        ("items",),
        _of_items("maxOf", HELD_AS),
        lambda items: max(_values(items), key=order_key),
        KERNEL,
        ("max_of([1, 3, 2])", "3"),
        partial=True,
    ),
    FunctionDeclaration(
        "min_of",
        "The least of a list's items; what is null is left out. Null of no items.",
        ("items",),
        _of_items("minOf", HELD_AS),
        lambda items: min(_values(items), key=order_key),
        KERNEL,
        ('min_of(["b", "a"])', '"a"'),
        partial=True,
    ),
    FunctionDeclaration(
        "keys",
        "The keys of a map, in their order: numbers by their value, texts by their bytes.",
        ("map",),
        (Signature(("map<K, V>",), "list<K>"),),
        lambda entries: tuple(key for key, _ in entries),
        KERNEL,
        ('keys(map_of(["b", "a"], [1, 2]))', '["a", "b"]'),
    ),
    FunctionDeclaration(
        "values",
        "The values of a map, in the order of its keys.",
        ("map",),
        (Signature(("map<K, V>",), "list<V>"),),
        lambda entries: tuple(value for _, value in entries),
        KERNEL,
        ('values(map_of(["b", "a"], [1, 2]))', "[2, 1]"),
    ),
    FunctionDeclaration(
        "map_of",
        "A map of the first list's items to the second's. Null where one has more items than the other, and where a "
        "key is null or stands there twice.",
        ("keys", "values"),
        (Signature(("list<string>", "list<V>"), "map<string, V>"), Signature(("list<int>", "list<V>"), "map<int, V>")),
        _map_of,
        KERNEL,
        ('map_of(["a", "b"], [1, 2])["b"]', "2"),
        partial=True,
    ),
)
