"""What is raised where a run cannot be finished."""

from __future__ import annotations


class RunError(Exception):
    """A run that could not be finished. The message says why and, where it helps, where the log is."""

    def __init__(self, message: str, trace: str = "") -> None:
        """`trace` is what the engine itself says, at length; it may be empty."""
        super().__init__(message)
        self.trace = trace
