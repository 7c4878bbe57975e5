"""The plan as text: what a source, a window and a store were told."""

from __future__ import annotations

import pytest

from featlang.cli.plan_text import plan_text
from featlang.compiler.plan import plan
from tests.compiler.programs import program

_BLOCK = "features g from s by k over 1h { a = count() }"


def lines(source: str, block: str = _BLOCK) -> list[str]:
    """The lines of the plan of a block over a source with these properties."""
    found = program(f"source s(k: string, n: int, ts: timestamp) {{ time = ts {source} }}\n{block}")
    return [line.strip() for line in plan_text(plan(found).jobs[0], "g").splitlines()]


@pytest.mark.parametrize(
    ("properties", "shown"),
    [
        ("order = arrival(n)", "order arrival(n)"),
        ("order = arrival(n, ttl=30d)", "order arrival(n, ttl=30d)"),
        ("idleness = 90s", "idleness 90s"),
    ],
)
def test_properties_of_a_source(properties: str, shown: str) -> None:
    assert shown in lines(properties)


def test_what_is_not_set_is_not_shown() -> None:
    assert not [line for line in lines("order = time") if line.startswith(("order", "idleness"))]


@pytest.mark.parametrize(("window", "shown"), [("forever", "forever"), ("forever(ttl=720h)", "forever(ttl=30d)")])
def test_forever(window: str, shown: str) -> None:
    block = f"features g from s by k over {window} {{ a = count() }}"
    assert f"keeps over {shown}, for g:" in lines("", block)


@pytest.mark.parametrize(
    ("emit", "shown"), [("", ""), (', emit="change"', ", emit change"), (", emit=1500ms", ", emit 1500ms")]
)
def test_stores(emit: str, shown: str) -> None:
    block = f'features g from s by k over 1h to cassandra("t"{emit}) {{ a = count() }}'
    assert f'to cassandra("t"){shown}' in lines("", block)
