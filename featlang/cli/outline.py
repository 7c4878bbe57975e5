"""Trees of dataclasses and models as indented text: one line for each node, its plain fields beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from pydantic import BaseModel

_HIDDEN = {"span", "operator_span", "origin"}


def outline(node: object, depth: int = 0, label: str = "") -> str:
    """A node and everything below it. Spans are left out, and so are fields that hold nothing."""
    plain, children = [], []
    for name, value in _fields(node):
        if name in _HIDDEN or value is None or value in ((), "", {}):
            continue
        items = value if isinstance(value, tuple) else (value,)
        if any(map(_is_node, items)):
            children += [(name, item) for item in items]
        else:
            plain.append(f"{name}={value!r}")
    head = "  " * depth + (f"{label}: " if label else "") + type(node).__name__
    lines = [f"{head} {' '.join(plain)}".rstrip()]
    for name, child in children:
        lines.append(outline(child, depth + 1, name) if _is_node(child) else f"{'  ' * (depth + 1)}{name}: {child!r}")
    return "\n".join(lines)


def _is_node(value: object) -> bool:
    return isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type))


def _fields(node: object) -> Iterator[tuple[str, object]]:
    if isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield name, getattr(node, name)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield field.name, getattr(node, field.name)
