"""What stands within a part of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TypeVar

from featlang.dsl import tree
from featlang.dsl.diagnostics import Span

_Node = TypeVar("_Node", tree.Reference, tree.Call)


def nodes_in(node: object, kind: type[_Node]) -> Iterator[_Node]:
    """All nodes of a kind within a node, annotations left out."""
    stack: list[object] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, kind):
            yield each
        if isinstance(each, tuple):
            stack += reversed(each)
        elif is_dataclass(each) and not isinstance(each, (Span, tree.Name, tree.Annotation)):
            stack += [getattr(each, field.name) for field in reversed(fields(each))]
