"""What stands within a part of the tree, and that part with something else in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

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


def rewritten(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node with what `change` gives in the place of each node within it, itself too; None: that one stays."""
    changed = change(node)
    if changed is not None:
        return changed
    if isinstance(node, tuple):
        return tuple(rewritten(each, change) for each in node)
    if not is_dataclass(node) or isinstance(node, (Span, tree.Name, type)):
        return node
    found = {}
    for field in fields(node):
        before = getattr(node, field.name)
        after = rewritten(before, change)
        if after is not before:
            found[field.name] = after
    return replace(node, **found) if found else node
