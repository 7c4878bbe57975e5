"""Bugs of a merge of two states, each a change of one place; the streams of `test_merge` must find every one."""

from __future__ import annotations

from tests.kernel.planted_bugs import PlantedBug

MERGE_BUGS = tuple(
    PlantedBug(*bug)
    for bug in (
        ("a later tile not in the open one", "Ring.java", "mergeInTile(open, cells);", ""),
        ("a later tile not in the running state", "Ring.java", "mergeInTile(running, cells);", ""),
        (
            "the oldest tile of the later part forgotten",
            "Ring.java",
            "sequence = later.first; sequence < later.next",
            "sequence = later.first + 1; sequence < later.next",
        ),
        (
            "the open tile of the later part forgotten",
            "Ring.java",
            "mergeTile(later.openNumber, later.open, before);",
            "",
        ),
        (
            "a tile of the later part read into what both work with",
            "Ring.java",
            "mergeTile(later.get(sequence, later.front), later.front",
            "mergeTile(later.get(sequence, later.scratch), later.scratch",
        ),
        (
            "a later tile that is behind lost",
            "Ring.java",
            "mergeInTile(delta, cells);\n            settle();",
            "",
        ),
        (
            "the tiles of the later part left behind",
            "Ring.java",
            "later.clear();\n        later.reset();",
            "later.reset();",
        ),
        ("no silence between the parts", "Ring.java", "goesOn = openNumber >= oldest(later.begun);", ""),
        (
            "a silence from one part's last event to the other's",
            "Ring.java",
            "goesOn = openNumber >= oldest(later.begun);",
            "goesOn = openNumber >= oldest(later.openNumber);",
        ),
        (
            "a silence between the parts one microsecond too short",
            "Ring.java",
            "goesOn = openNumber >= oldest(later.begun);",
            "goesOn = openNumber > oldest(later.begun);",
        ),
        (
            "the beginning moves with every event",
            "Ring.java",
            "begun = started ? begun : number;",
            "begun = number;",
        ),
        (
            "the beginning lost over a savepoint",
            "Ring.java",
            "begun = in.readZigzag();",
            "in.readZigzag();",
        ),
        ("what was set aside forgotten", "Ring.java", "if (goesOn && later.hasAside) {", "if (false) {"),
        (
            "only the last thing set aside kept",
            "Ring.java",
            "mergeInTile(aside, running);",
            "clearAll(aside);\n        mergeInTile(aside, running);",
        ),
        (
            "what was set aside lost over a savepoint",
            "Ring.java",
            "cells.read(in, aside);",
            "cells.read(in, aside);\n            clearAll(aside);",
        ),
        ("what was set aside keeps its numbers", "Ring.java", "renumber(later.aside, before);", ""),
        ("what goes on for ever keeps its numbers", "Ring.java", "renumber(later.running, before);", ""),
        ("the tiles of the later part keep their numbers", "Ring.java", "renumber(cells, before);", ""),
        (
            "the last time of forever goes back with a merge",
            "Ring.java",
            "goesOn ? Math.max(openNumber, later.openNumber) : later.openNumber",
            "later.openNumber",
        ),
        ("ties of the later part alone", "GroupState.java", "tie + 1 + before : before", "before : before"),
        (
            "rows of the later part at their own time",
            "GroupState.java",
            "long at = Math.max(later.time, reached);",
            "long at = later.time;",
        ),
        (
            "of the later part's rows those at its own time counted",
            "GroupState.java",
            "later.time > reached ? later.tie : later.rows - 1",
            "later.tie",
        ),
        (
            "the count of rows lost over a savepoint",
            "GroupState.java",
            "rows = (parts & ROWS) != 0 ? in.readVarint() : 0;",
            "rows = (parts & ROWS) != 0 ? in.readVarint() * 0 + 1 : 0;",
        ),
        (
            "the write timestamp of the later part",
            "GroupState.java",
            "hasStored ? Math.max(written, later.written) : later.written",
            "later.written",
        ),
        (
            "the write timestamp of the earlier part",
            "GroupState.java",
            "hasStored ? Math.max(written, later.written) : later.written",
            "hasStored ? written : later.written",
        ),
        (
            "the time of the later part",
            "Arrival.java",
            "tau = any ? Math.max(tau, later.tau) : later.tau;",
            "tau = later.tau;",
        ),
        ("the sequence of the earlier part", "Arrival.java", "last = later.last;", ""),
        ("the numbers of the later part", "Arrival.java", "number += later.number;", "number = later.number;"),
        (
            "a later part dropped that decides what is in sequence",
            "Stage.java",
            "if (isLater && arrival != null) {",
            "if (false) {",
        ),
    )
)
