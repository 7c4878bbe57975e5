"""What a function declares; a new one is one entry in a file here and one method of a Java class in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from featlang.compiler.ir import TypeName
from featlang.compiler.structures import match

UNDEFINED = "undefined"
"""Why a function has no value where it is not defined, as the logarithm of -1."""

Reason = Literal["overflow", "not_finite", "division_by_zero", "undefined"]


Wrong = tuple[str, str] | tuple[str, str, int]
"""What is wrong with a call's constants, and what to write; and the position of the argument, if it is one's fault."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The types of a function's arguments, and of its result. The last argument of a variadic one stands for more.

    A letter, as in `list<T>`, stands for any type, the same one wherever it stands; `decimal` is one of any size.
    """

    takes: tuple[str, ...]
    gives: str
    method: str = ""
    """Of the Java class, where it has another name than the others', or `Class.method` of another."""

    def fits(self, types: Sequence[str]) -> bool:
        """Whether it takes arguments of just these types."""
        bound: dict[str, str] | None = {} if len(types) == len(self.takes) else None
        for pattern, found in zip(self.takes, types, strict=False):
            bound = None if bound is None else match(pattern, found, bound)
        return bound is not None


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """A function of values: what it takes and gives, its documentation, an example, its reference.

    It is null where an argument is null. `signatures` are tried in turn; an int widens to meet a float. The last
    `optional` arguments may be left out where `defaults` holds values for them. `constant` are the positions of
    arguments that must be written out, and `check` looks at all that are: it gives what is wrong, and what to write.
    `reference` computes the value from values that are not null; it raises `Exceptional(reason)` where there is none.
    `partial` says that this may be so for other reasons than a result that its type does not hold: its result may be
    null then. `kernel` is the Java class, whose method has the same name in camel case.
    `example` is an expression and its value, both executed.
    """

    name: str
    doc: str
    parameters: tuple[str, ...]
    signatures: tuple[Signature, ...]
    reference: Callable[..., Any]
    kernel: str
    example: tuple[str, str]
    partial: bool = False
    variadic: bool = False
    defaults: tuple[Any, ...] = ()
    constant: frozenset[int] = frozenset()
    check: Callable[[Sequence[Any]], Wrong | None] | None = None
    zone: int | None = None
    """The position of the argument that names a time zone; the kernel is given the zone instead."""
    pattern: int | None = None
    """The position of the argument that is a regular expression; the kernel is given the compiled one instead."""
    literal: frozenset[int] = frozenset()
    """The positions of constant texts that the kernel takes as Java texts."""
    canonical: bool = False
    """Whether the reference is given the canonical bytes of what is a decimal, list, map or struct."""
    gives: Callable[[Sequence[Any]], TypeName] | None = None
    """The type of the result, of typed arguments, where a signature cannot tell it."""

    def java_method(self, types: Sequence[TypeName]) -> str:
        """The Java method for arguments of these types, as in `TextFunctions.splitPart`."""
        first, *rest = self.name.split("_")
        methods = [signature.method for signature in self.signatures if signature.method and signature.fits(types)]
        method = methods[0] if methods else first + "".join(word.capitalize() for word in rest)
        return method if "." in method else f"{self.kernel}.{method}"
