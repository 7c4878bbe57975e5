"""What is raised where a run cannot be finished."""

from __future__ import annotations


class RunError(Exception):
    """A run that could not be finished. The message says why and, where it helps, where the log is."""
