"""Bugs as they happen in kernels like this one, each a change of one place; the suite must find every one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from featlang.backends.kernel import build

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """What goes wrong, and the text of a kernel source file that is replaced to make it so.

    `streams`: it shows where a stream feeds the kernel, or in the order of arrival.
    """

    name: str
    file: str
    right: str
    wrong: str
    streams: bool = False


PLANTED_BUGS = (
    PlantedBug(
        "oldest edge one tile early",
        "Ring.java",
        "step, width / step, Long.MAX_VALUE",
        "step, width / step - 1, Long.MAX_VALUE",
    ),
    PlantedBug("exact edge one microsecond off", "Ring.java", "false, 1, width - 1,", "false, 1, width,"),
    PlantedBug(
        "only one tile evicted",
        "Ring.java",
        "while (first < next && firstNumber < oldest)",
        "if (first < next && firstNumber < oldest)",
    ),
    PlantedBug("a tile evicted too early", "Ring.java", "firstNumber < oldest)", "firstNumber <= oldest)"),
    PlantedBug(
        "a tile that leaves is not subtracted",
        "Ring.java",
        "        get(first, scratch);\n        for (int i = 0; i < running.length; i++) {\n            if (invertible[i])",
        "        get(first, scratch);\n        for (int i = 0; i < running.length; i++) {\n            if (false)",
    ),
    PlantedBug(
        "tiles before 1970 rounded up",
        "Ring.java",
        "long number = Math.floorDiv(time, step);\n        if (started) {",
        "long number = time / step;\n        if (started) {",
    ),
    PlantedBug("the front forgotten where a window is read", "Ring.java", "merged.merge(front[cell]);", ""),
    PlantedBug(
        "the flip drops later tiles",
        "Ring.java",
        "((Accumulator) scratch[i]).merge(suffix[i]);\n                    suffix[i].clear();",
        "suffix[i].clear();",
    ),
    PlantedBug(
        "the flip forgets the open tile",
        "Ring.java",
        "running[i].clear();\n                ((Accumulator) running[i]).merge(open[i]);",
        "running[i].clear();",
    ),
    PlantedBug(
        "tiles left behind after a gap",
        "Ring.java",
        "long edge = edge(openNumber);\n            clear();",
        "long edge = edge(openNumber);\n            reset();",
    ),
    PlantedBug(
        "the tile at the edge dropped with a gap",
        "Ring.java",
        "if (openNumber < oldest) {",
        "if (openNumber <= oldest) {",
    ),
    PlantedBug(
        "the open tile lost over a savepoint",
        "Ring.java",
        "            cells.read(in, open);\n",
        "            cells.read(in, open);\n            clearAll(open);\n",
    ),
    PlantedBug(
        "ties not counted",
        "GroupState.java",
        "time == at ? tie + 1 : 0",
        "time == at ? tie : 0",
    ),
    PlantedBug(
        "the count of ties lost over a savepoint",
        "GroupState.java",
        "tie = in.readVarint();",
        "tie = 0 * in.readVarint();",
    ),
    PlantedBug(
        "an event at the edge of the lateness is late",
        "SourceReader.java",
        "at < differenceOrLeast(partition.greatest, lateness)",
        "at <= differenceOrLeast(partition.greatest, lateness)",
    ),
    PlantedBug(
        "quarantined events move the greatest time",
        "SourceReader.java",
        "        if (maxAhead >= 0 && isAhead(at, clock(), raw, output) ||",
        "        if (maxAhead >= 0 && isAhead(at, clock(), raw, output) && (partition.greatest = partition.any ? Math.max(partition.greatest, at) : at) >= 0 && (partition.any = true) ||",
    ),
    PlantedBug(
        "times before 1970 sort last",
        "Canonical.java",
        "LONG.set(target, at, value ^ Long.MIN_VALUE);",
        "LONG.set(target, at, value);",
    ),
    PlantedBug(
        "null and the empty text are one key value",
        "Canonical.java",
        "    public void writeNull() {\n        reserve(1);\n        buffer[size++] = 0;",
        "    public void writeNull() {\n        reserve(3);\n        buffer[size++] = 1;\n        buffer[size++] = 0;\n        buffer[size++] = 0;",
    ),
    PlantedBug(
        "an overflow wraps",
        "Operators.java",
        "return ((a ^ sum) & (b ^ sum)) < 0 ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(sum);",
        "return outcome.value(sum);",
    ),
    PlantedBug(
        "the modulo has the divisor's sign",
        "Operators.java",
        "outcome.value(a % b)",
        "outcome.value(Math.floorMod(a, b))",
    ),
    PlantedBug("-0.0 kept", "Operators.java", "outcome.value(value + 0.0)", "outcome.value(value)"),
    PlantedBug(
        "texts compared as signed bytes", "Operators.java", "Arrays.compareUnsigned(a, b)", "Arrays.compare(a, b)"
    ),
    PlantedBug(
        "negative floats in the wrong order", "Bits.java", "return bits ^ bits >> 63 & Long.MAX_VALUE;", "return bits;"
    ),
    PlantedBug("nulls counted as values", "Payload.java", "into.isNull[slot] = isNull;", "into.isNull[slot] = false;"),
    PlantedBug(
        "the carry of a sum lost",
        "ExactSum.java",
        "limbs[i] = sum;\n        return (before & addend | (before | addend) & ~sum) >>> 63;",
        "limbs[i] = sum;\n        return 0;",
    ),
    PlantedBug("a window over its bound has a value", "Ring.java", "return isCut;", "return false;"),
    PlantedBug("one time more than the bound", "Ring.java", "next - first >= most", "next - first > most"),
    PlantedBug("over its bound for ever", "Ring.java", "if (isCut && cut < oldest)", "if (false)"),
    PlantedBug(
        "a distinct value counted twice",
        "Distinct.java",
        "        } else if (inClosed) {\n            shared++;",
        "        } else if (inClosed) {\n            shared += 0;",
    ),
    *(
        PlantedBug(*bug, streams=True)
        for bug in (
            (
                "a bound that is passed lost over a savepoint",
                "Ring.java",
                "isCut = true;\n            cut = in",
                "cut = in",
            ),
            (
                "over its bound only until the oldest leaves",
                "Ring.java",
                "cut = isCut ? Math.max(cut, firstNumber) : firstNumber;",
                "cut = isCut ? cut : firstNumber;",
            ),
            (
                "no refresh where a window comes below its bound",
                "Ring.java",
                "        if (isCut) {\n            return edge(cut);",
                "        if (false) {\n            return edge(cut);",
            ),
            ("an edge one tile early", "Ring.java", "long tiles = number + span + 1;", "long tiles = number + span;"),
            (
                "an edge one tile late",
                "Ring.java",
                "long tiles = number + span + 1;",
                "long tiles = number + span + 2;",
            ),
            (
                "no refresh where a window empties",
                "Ring.java",
                "clear();\n            return edge;",
                "clear();\n            return NONE;",
            ),
            (
                "a refresh as of its first edge",
                "Stage.java",
                "edges[g] = Math.max(edges[g], edge);",
                "edges[g] = edges[g] == Ring.NONE ? edge : edges[g];",
            ),
            ("nulls of refreshes counted", "Stage.java", "counting = false;", ""),
            ("a write timestamp that stands still", "GroupState.java", "Math.max(written + 1, asOf)", "asOf"),
            (
                "the write timestamp lost over a savepoint",
                "GroupState.java",
                "written = in.readZigzag();",
                "written = in.readZigzag() - 1;",
            ),
            (
                "a key dropped while a window still sees it",
                "Stage.java",
                "drop = Math.max(drop, ring.dropTime());",
                "",
            ),
            (
                "a key dropped before its sequence may start anew",
                "Stage.java",
                "arrival == null ? Long.MIN_VALUE : arrival.dropTime()",
                "Long.MIN_VALUE",
            ),
            ("a silence one microsecond too long", "Ring.java", "ttl < 0 ? -1 : ttl - 1", "ttl < 0 ? -1 : ttl"),
            ("what is silent is read on", "Ring.java", "if (silent) {", "if (false) {"),
            ("the last time of forever goes back", "Ring.java", "started ? Math.max(openNumber, time) : time", "time"),
            (
                "an event too old for the window is counted",
                "Ring.java",
                "if (number < oldest) {\n            return Place.OUTSIDE;",
                "if (number < oldest - 1) {\n            return Place.OUTSIDE;",
            ),
            (
                "an event of a closed tile is lost",
                "Ring.java",
                "if (started && number < openNumber) {",
                "if (started && number < openNumber) {\n            if (true) {\n                return Place.OUTSIDE;\n            }",
            ),
            (
                "a tile counted twice after an event behind",
                "Ring.java",
                "((Accumulator) running[i]).subtract(scratch[i]);\n            }\n            ((Accumulator) scratch[i]).mergeInTile",
                "}\n            ((Accumulator) scratch[i]).mergeInTile",
            ),
            (
                "an event behind not in the running state",
                "Ring.java",
                "((Accumulator) running[i]).merge(delta[i]);",
                "",
            ),
            (
                "an event behind not in the front",
                "Ring.java",
                "if (hasStacks && sequence < boundary) {",
                "if (false) {",
            ),
            (
                "a tile made in the front forgets the later ones",
                "Ring.java",
                "((Accumulator) scratch[i]).merge(suffix[i]);\n                }\n            }\n            boundary++;",
                "}\n            }\n            boundary++;",
            ),
            ("a tile made in the front stands behind it", "Ring.java", "            boundary++;\n", ""),
            (
                "the oldest tile not known after it was made",
                "Ring.java",
                "if (sequence == first) {\n            firstNumber",
                "if (false) {\n            firstNumber",
            ),
            (
                "the front settled only as far as its next tile",
                "Ring.java",
                "earlier >= first; earlier--",
                "earlier >= Math.max(first, sequence - 1); earlier--",
            ),
            (
                "distinct values of a closed tile moved to the open one",
                "Distinct.java",
                "closed.addAll(other.closed);\n        closed.addAll(other.open);",
                "closed.addAll(other.closed);\n        open.addAll(other.open);",
            ),
            ("an event of an equal number in sequence", "Arrival.java", "value <= last", "value < last"),
            ("a sequence anew one microsecond late", "Arrival.java", "time >= tau + ttl", "time > tau + ttl"),
            (
                "an event out of sequence moves the time",
                "Arrival.java",
                "            return false;\n        }\n        tau",
                "            tau = Math.max(tau, time);\n            return false;\n        }\n        tau",
            ),
            (
                "the row of an event behind is read at its own time",
                "Arrival.java",
                "tau = any ? Math.max(tau, time) : time;",
                "tau = time;",
            ),
            (
                "the sequence lost over a savepoint",
                "Arrival.java",
                "last = in.readZigzag();",
                "last = in.readZigzag() - 1;",
            ),
            (
                "events that no block takes are not in the sequence",
                "SourceReader.java",
                "mask == 0 && arrival < 0",
                "mask == 0",
            ),
            (
                "first and last by the order of tiles",
                "LongByArrival.java",
                "(last ? arrived > number : arrived < number)",
                "last",
            ),
        )
    ),
)


def kernel_with(bug: PlantedBug, host: InProcess) -> InProcess:
    """Make the kernel with the bug in it."""
    place = f"featlang/kernel/{bug.file}"
    source = (build.JAVA_SOURCES / place).read_text(encoding="utf-8")
    if source.count(bug.right) != 1:
        message = f"{bug.file} does not hold the text just once: {bug.right}"
        raise AssertionError(message)
    return host.with_other({place: source.replace(bug.right, bug.wrong)})
