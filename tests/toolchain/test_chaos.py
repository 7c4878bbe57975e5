"""Which results `make chaos` goes on with: those of the same runtime that were compared in the same way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaos import chaos
from chaos.outcomes import COMPARED, COMPARISON

EARLIER = {"runtime": "a.jar", "comparison": 0, "compared": [], "records": 1, "tally": {}}


def results(**more: Any) -> dict[str, Any]:
    said = {"runtime": "b.jar", "compared": ["lost"], "records": 2, "tally": {"task": 1}, "kills": {"1": {}}}
    return {**said, "earlier": [EARLIER], **more}


def test_results_of_the_same_runtime_and_comparison_remain() -> None:
    assert chaos.kept(results(comparison=COMPARISON), "b.jar") == ({"1": {}}, [EARLIER])
    assert chaos.kept({}, "b.jar") == ({}, [])


@pytest.mark.parametrize(("runtime", "comparison"), [("b.jar", COMPARISON + 1), ("c.jar", COMPARISON), ("b.jar", None)])
def test_of_others_the_tally_is_kept(runtime: str, comparison: int | None) -> None:
    said = {} if comparison is None else {"comparison": comparison}
    found, earlier = chaos.kept(results(**said), runtime)
    of = {"runtime": "b.jar", "comparison": comparison or 0, "compared": ["lost"], "records": 2, "tally": {"task": 1}}
    assert (found, earlier) == ({}, [EARLIER, of])


def test_what_is_written_is_gone_on_with(tmp_path: Path) -> None:
    did = {"kind": "task", "again": False, "backend": "heap", "job": "plain", "order": "time"}
    kills = {"1000": {**did, **dict.fromkeys(COMPARED, 0)}}
    chaos.write(tmp_path / "results.json", kills, [EARLIER])
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert chaos.kept(written, written["runtime"]) == (kills, [EARLIER])
