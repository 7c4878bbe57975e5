"""Debezium's envelopes: where the columns of a changed row stand (docs/decoding.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.backends.reference.json_text import value_text
from featlang.backends.reference.reject_text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featlang.compiler import ir

    Places = Mapping[str, tuple[str, ...]]

ROWS = {"c": "after", "u": "after", "r": "after", "d": "before"}
"""Where the row stands, by the operation."""


class NotEnvelope(Exception):  # noqa: N818 - said of a record, not a failure of the program
    """An object that is no envelope of a row's change; its text says why."""


def row_of(record: dict[str, Any], text: str, source: ir.Source) -> tuple[dict[str, Any], Places]:
    """Give the columns' fields, and the names that lead to each. Raises `NotEnvelope`.

    `text` is that of the record.
    """
    outer: tuple[str, ...] = () if record.get("payload") is None else ("payload",)
    envelope = _object(record, "payload", text, outer) if outer else record
    operation = envelope.get("op")
    if not isinstance(operation, str) or operation not in ROWS:
        raise _unexpected("op", envelope, text, outer, '"c", "u", "r" or "d"')
    image = ROWS[operation]
    row = _object(envelope, image, text, (*outer, image))
    places = {
        column.name: (*outer, *column.envelope.split(".")) if column.envelope else (*outer, image, column.name)
        for column in source.columns
    }
    fields = {
        column.name: _at(envelope, column.envelope.split(".")) if column.envelope else row.get(column.name)
        for column in source.columns
    }
    if operation == "d" and source.deleted is not None:
        fields[source.deleted] = True
    return fields, places


def _at(found: Any, path: list[str]) -> Any:
    """Give what a path leads to from an object; None where it leads to nothing."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _object(envelope: dict[str, Any], name: str, text: str, place: tuple[str, ...]) -> dict[str, Any]:
    found = envelope.get(name)
    if not isinstance(found, dict):
        raise _unexpected(name, envelope, text, place[:-1], "an object")
    return found


def _unexpected(name: str, envelope: dict[str, Any], text: str, outer: tuple[str, ...], wanted: str) -> NotEnvelope:
    found = "null" if envelope.get(name) is None else excerpt(value_text(text, [*outer, name]))
    return NotEnvelope(f"`{name}` is {found}, expected {wanted}")
