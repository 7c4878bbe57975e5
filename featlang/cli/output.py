"""Standard output, of which a failed write says that it was there: a full device, and not a file that is written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What a device says that takes nothing more."""


class OutputError(OSError):
    """The output cannot be written."""


class Output:
    """A text stream that raises `OutputError` where its device takes nothing more."""

    def __init__(self, stream: TextIO) -> None:
        """All else is the stream's own."""
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Whatever the stream has."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        with _told():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what waits."""
        with _told():
            self._stream.flush()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise OutputError(error.errno, error.strerror) from error
        raise
