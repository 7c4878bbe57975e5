"""The JSON Schema of the YAML form, for editors: keys and their meaning; what texts hold, the compiler checks."""

from __future__ import annotations

from typing import Any

from featlang.dsl.words import CLAUSES, KINDS

_CLAUSE_DOCS = {
    "from": "The source or stream that is read, as in `clicks`.",
    "where": "Which events count: a condition over columns.",
    "lookup": "Features or tables whose columns are read besides, as in `users on user_id`; a list for several.",
    "by": "The key: columns that say whose features these are, as in `user_id`.",
    "over": "Windows of the features that name none, as in `5m, 1h, 30d`.",
    "keep": "The columns of a stream that go on, as in `user_id, ts`.",
    "to": 'Where rows are written, as in `cassandra("features.clicks")`.',
}
_TEXT = {"$ref": "#/definitions/text"}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_ANNOTATIONS = {"^@": {**_TEXT, "description": "An annotation; its value is what stands in the parentheses."}}
_DOC = {**_TEXT, "description": "What it means, in the reader's words; the catalogue shows it."}


def schema() -> dict[str, Any]:
    """The schema, of draft 7, which editors know."""
    kinds = "|".join(KINDS)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "featlang",
        "description": "Definitions of features: a key for each declaration, as in `features user_engagement`.",
        "type": ["object", "null"],
        "properties": {"import": {**_TEXTS, "description": "Other files of the project, as in `shop.sources`."}},
        "patternProperties": {rf"^({kinds})\s+\w+$": {"$ref": "#/definitions/declaration"}},
        "additionalProperties": False,
        "definitions": {
            "text": {
                "type": ["string", "number", "boolean", "null"],
                "description": "Text of the language, in quotes where YAML needs them.",
            },
            "declaration": _declaration(),
            "column": _either("A column's type, as in `string`, `int?`.", {"doc": _DOC, "type": _TEXT}, ("type",)),
            "entry": _either(
                "What the name stands for, as in `count() over 1h`.",
                {"doc": _DOC, "type": _TEXT, "is": _TEXT},
                ("is",),
            ),
        },
    }


def _declaration() -> dict[str, Any]:
    columns = {
        "type": ["object", "null"],
        "additionalProperties": {"$ref": "#/definitions/column"},
        "description": "The columns, or parameters, by name.",
    }
    define = {
        "type": ["object", "null"],
        "additionalProperties": {"$ref": "#/definitions/entry"},
        "description": "What is defined, by name; `use template(…)` puts in the features of a template.",
    }
    clauses = {name: {**(_TEXTS if name == "lookup" else _TEXT), "description": _CLAUSE_DOCS[name]} for name in CLAUSES}
    returns = {**_TEXT, "description": "The type that it gives, as in `float`."}
    body = {**_TEXT, "description": "The value of a `def`."}
    return {
        "type": ["object", "null"],
        "properties": {"doc": _DOC, "columns": columns, "returns": returns, **clauses, "define": define, "is": body},
        "patternProperties": _ANNOTATIONS,
        "additionalProperties": False,
    }


def _either(what: str, parts: dict[str, Any], needed: tuple[str, ...]) -> dict[str, Any]:
    """A text, or its parts by name."""
    mapping = {
        "type": "object",
        "properties": parts,
        "patternProperties": _ANNOTATIONS,
        "required": [*needed],
        "additionalProperties": False,
    }
    return {"anyOf": [{**_TEXT, "description": what}, mapping]}
