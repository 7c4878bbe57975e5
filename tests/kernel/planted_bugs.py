"""Bugs as they happen in kernels like this one, each a change of one place; the suite must find every one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """What goes wrong, and the text of a kernel source file that is replaced to make it so."""

    name: str
    file: str
    right: str
    wrong: str


PLANTED_BUGS = (
    PlantedBug(
        "oldest edge one tile early",
        "Ring.java",
        "step, width / step, invertible",
        "step, width / step - 1, invertible",
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
        "                if (invertible[i]) {\n                    ((Accumulator) running[i]).subtract",
        "                if (false) {\n                    ((Accumulator) running[i]).subtract",
    ),
    PlantedBug("tiles before 1970 rounded up", "Ring.java", "Math.floorDiv(time, step)", "time / step"),
    PlantedBug("the front forgotten where a window is read", "Ring.java", "merged.merge(front[cell]);", ""),
    PlantedBug("the flip drops later tiles", "Ring.java", "((Accumulator) scratch[i]).merge(suffix[i]);", ""),
    PlantedBug(
        "tiles left behind after a gap",
        "Ring.java",
        "if (openNumber < number - span) {\n                clear();",
        "if (openNumber < number - span) {\n                reset();",
    ),
    PlantedBug(
        "the tile at the edge dropped with a gap",
        "Ring.java",
        "if (openNumber < number - span) {",
        "if (openNumber <= number - span) {",
    ),
    PlantedBug(
        "the open tile lost over a savepoint",
        "Ring.java",
        "        readAll(in, open);\n        readAll(in, running);",
        "        readAll(in, open);\n        clearAll(open);\n        readAll(in, running);",
    ),
    PlantedBug(
        "ties not counted",
        "Stage.java",
        "lastTime[g] == time ? lastCount[g] + 1 : 0",
        "lastTime[g] == time ? lastCount[g] : 0",
    ),
    PlantedBug(
        "the count of ties lost over a savepoint",
        "Stage.java",
        "lastCount[g] = in.readVarint();",
        "lastCount[g] = 0 * in.readVarint();",
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
        "        if (maxAhead >= 0 && at > sumOrGreatest(clock(), maxAhead)) {",
        "        if (maxAhead >= 0 && at > sumOrGreatest(clock(), maxAhead)) {\n            partition.greatest = partition.any ? Math.max(partition.greatest, at) : at;\n            partition.any = true;",
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
    PlantedBug(
        "a distinct value counted twice",
        "Distinct.java",
        "        } else if (inClosed) {\n            shared++;",
        "        } else if (inClosed) {\n            shared += 0;",
    ),
)
