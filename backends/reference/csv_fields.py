"""RFC 4180: where a record of a CSV file ends, and its fields."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

QUOTE, SEPARATOR, LINE_END = b'",\n'


class Field(NamedTuple):
    """A field's text, quotes undone. Only an unquoted field can be null."""

    text: str
    quoted: bool


class Malformed(Exception):  # noqa: N818 - said of a record, not a failure of the program
    """A record that breaks the quoting rules; its text says how."""

    def __init__(self, how: str) -> None:
        """Keep the words for people."""
        super().__init__(how)


class _Place(Enum):
    START = auto()  # at the first byte of a field
    UNQUOTED = auto()
    QUOTED = auto()
    QUOTE_SEEN = auto()  # after a quote inside quotes: the end of the quoting, or the first of a doubled quote


def csv_record_end(data: bytes, start: int) -> int:
    r"""Find the `\n` that ends the record which begins at `start`, or the end of the data."""
    line_end = data.find(b"\n", start)
    line_end = len(data) if line_end < 0 else line_end
    if data.find(b'"', start, line_end) < 0:
        return line_end
    place = _Place.START
    for position in range(start, len(data)):
        byte = data[position]
        if place is _Place.QUOTED:
            place = _Place.QUOTE_SEEN if byte == QUOTE else _Place.QUOTED
        elif byte == QUOTE and place in (_Place.START, _Place.QUOTE_SEEN):
            place = _Place.QUOTED
        elif byte == LINE_END:
            return position
        else:
            place = _Place.START if byte == SEPARATOR else _Place.UNQUOTED
    return len(data)


def csv_fields(record: str) -> list[Field]:
    """Split one record into its fields. Raises `Malformed`."""
    if '"' not in record:
        return [Field(text, quoted=False) for text in record.split(",")]
    fields = []
    position = 0
    while True:
        field, position = _quoted(record, position) if record.startswith('"', position) else _unquoted(record, position)
        fields.append(field)
        if position == len(record):
            return fields
        if record[position] != ",":
            raise Malformed(how=f"field {len(fields)} goes on after its closing quote")
        position += 1


def _unquoted(record: str, start: int) -> tuple[Field, int]:
    end = record.find(",", start)
    end = len(record) if end < 0 else end
    return Field(record[start:end], quoted=False), end


def _quoted(record: str, start: int) -> tuple[Field, int]:
    position = start + 1
    while True:
        quote = record.find('"', position)
        if quote < 0:
            raise Malformed(how="a quote is never closed")
        if not record.startswith('""', quote):
            text = record[start + 1 : quote].replace('""', '"')
            return Field(text, quoted=True), quote + 1
        position = quote + 2
