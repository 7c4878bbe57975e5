"""Values of the reference as JSON has them, and back: a list as a tuple, a map as pairs, a struct as its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.compiler.structures import structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from featlang.compiler import ir

    Scalar = Callable[[Any, ir.TypeName], Any]


def as_json(value: Any, type_name: ir.TypeName, scalar: Scalar) -> Any:
    """Give lists and objects; `scalar` gives what stands for any other value that is not null."""
    kind = structure(type_name)
    parts = [part.type for part in kind.parts]
    match kind.kind:
        case _ if value is None:
            return None
        case "list":
            return [as_json(item, parts[0], scalar) for item in value]
        case "map":
            return {str(key): as_json(item, parts[1], scalar) for key, item in value}
        case "struct":
            return {part.name: as_json(item, part.type, scalar) for part, item in zip(kind.parts, value, strict=True)}
        case _:
            return scalar(value, type_name)


def from_json(found: Any, type_name: ir.TypeName, scalar: Scalar) -> Any:
    """Undo `as_json`; `scalar` undoes what its own did."""
    kind = structure(type_name)
    parts = [part.type for part in kind.parts]
    match kind.kind:
        case _ if found is None:
            return None
        case "list":
            return tuple(from_json(item, parts[0], scalar) for item in found)
        case "map":
            key = int if parts[0] == "int" else str
            return tuple((key(name), from_json(item, parts[1], scalar)) for name, item in found.items())
        case "struct":
            return tuple(from_json(found[part.name], part.type, scalar) for part in kind.parts)
        case _:
            return scalar(found, type_name)
