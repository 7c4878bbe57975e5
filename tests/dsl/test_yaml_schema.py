"""The JSON Schema of the YAML form: it takes what the reader takes, and says no to what it calls an unknown key."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from featlang.dsl.yaml_form import HEADS, parse_yaml
from featlang.dsl.yaml_schema import schema
from featlang.dsl.yaml_write import to_yaml
from tests.dsl.test_format import TEXTS
from tests.dsl.test_yaml_form import ENGAGEMENT

VALIDATOR = jsonschema.Draft7Validator(schema())


def _errors(text: str) -> list[str]:
    """As an editor reads YAML: with numbers and truths."""
    root: Any = yaml.safe_load(text)
    return [error.message for error in VALIDATOR.iter_errors(root)]


def test_it_has_the_keys_that_the_reader_knows() -> None:
    assert sorted(schema()["definitions"]["declaration"]["properties"]) == sorted(HEADS)


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_example_is_valid(name: str) -> None:
    assert _errors(to_yaml(name, TEXTS[name])) == []


def test_values_that_yaml_takes_for_others_are_valid() -> None:
    assert _errors(ENGAGEMENT) == []
    assert _errors("params limits:\n  define:\n    a: {type: float, is: 0.5}\n    b: {type: bool, is: true}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "features f:\n  form: clicks\n",
        "featurs f:\n  from: clicks\n",
        "features f:\n  define:\n    a: {iss: count()}\n",
        "features f:\n  over: [5m, 1h]\n",
        "source s:\n  columns:\n    a: {doc: x}\n",
        "- features f\n",
    ],
)
def test_what_the_reader_refuses_is_not_valid(text: str) -> None:
    assert _errors(text)
    assert any(each.level == "error" for each in parse_yaml("a.feat.yaml", text).diagnostics)
