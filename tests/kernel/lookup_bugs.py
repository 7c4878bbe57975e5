"""Bugs to plant where rows of streams find what they look up; `test_lookups` must find each."""

from __future__ import annotations

from tests.kernel.planted_bugs import PlantedBug

LOOKUP_BUGS = [
    PlantedBug(name, file, right, wrong)
    for name, file, right, wrong in (
        (
            "a row stands before its own event",
            "Hop.java",
            "case WITH -> new byte[place.length + 1];",
            "case WITH -> new byte[place.length];",
        ),
        (
            "a row stands before the last events of its time",
            "Hop.java",
            "i < order.length; i++) {\n            order[i] = (byte) 0xFF;",
            "i < order.length; i++) {\n            order[i] = (byte) 0x01;",
        ),
        (
            "of equal times the inputs of a union are not told apart",
            "Routed.java",
            "united[Long.BYTES] = (byte) input;",
            "united[Long.BYTES] = 0;",
        ),
        (
            "a row of a union sees the events of its source that are after its own",
            "Hop.java",
            "System.arraycopy(place, Long.BYTES + 1, order, Long.BYTES, place.length - Long.BYTES - 1);",
            "order[Long.BYTES] = (byte) 0xFF;",
        ),
        (
            "before sees its own time",
            "Hop.java",
            "case BEFORE -> new byte[Long.BYTES];",
            "case BEFORE -> order(place, Rule.AFTER);",
        ),
        (
            "windows stay where the last event left them",
            "Stage.java",
            "        moveTo(time, arrival != null, refreshes ? out : null);\n",
            "",
        ),
        (
            "of equal events one row",
            "Stage.java",
            "for (int i = 0; i < times; i++) {",
            "for (int i = 0; i < 1; i++) {",
        ),
        (
            "the first of equal events does not see the others",
            "Stage.java",
            "boolean isEqual = waiting != 0 && Arrays.equals(order, waitingPlace);",
            "boolean isEqual = false;",
        ),
        (
            "a row is made after the next event",
            "Stage.java",
            "        if (!isEqual) {\n            settle(out);\n        }\n",
            "",
        ),
        (
            "nulls of what is looked up are counted",
            "Stage.java",
            "        counting = counts && counted;",
            "        counting = true;",
        ),
        (
            "what a row brings is of its own event",
            "Stage.java",
            "return own == null ? payload : own;",
            "return payload;",
        ),
        (
            "a row with a null key is lost",
            "SourceReader.java",
            "if ((mask & fused[stage]) != 0) {",
            "if (false) {",
        ),
        (
            "blocks that are looked up again refuse null keys again",
            "SourceReader.java",
            "mask & ~fused[stage] & reporting[stage]",
            "mask & ~fused[stage]",
        ),
        (
            "an event that only a stream takes feeds all blocks",
            "Stage.java",
            "            if (mask == 0) {\n                return;\n            }\n"
            "            countAt(time);\n            add(mask, time);",
            "            add(mask == 0 ? -1 : mask, time);",
        ),
        (
            "lookups leave the store as it was",
            "Stage.java",
            "private boolean refreshes = true;",
            "private boolean refreshes = false;",
        ),
    )
]
