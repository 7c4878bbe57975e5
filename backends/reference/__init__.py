"""The reference interpreter: what a program means, in plain Python from the IR only; slow, obvious, and the oracle."""

from featlang.backends.reference.input_error import InputError
from featlang.backends.reference.interpreter import run_reference
from featlang.backends.reference.records import Input, Memory
from featlang.backends.reference.result import BlockResult, ReferenceResult, Refused, Row, SourceResult, Stored

__all__ = [
    "BlockResult",
    "Input",
    "InputError",
    "Memory",
    "ReferenceResult",
    "Refused",
    "Row",
    "SourceResult",
    "Stored",
    "run_reference",
]
