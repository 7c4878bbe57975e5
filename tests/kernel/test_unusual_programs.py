"""Programs of sizes and texts that a generator of Java stumbles over: the same bits as the reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel.comparison import differences, feeds
from tests.strategies import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.kernel.inprocess import InProcess
    from featlang.compiler import ir

SOURCE = """\
source clicks(id: string, user: string, n: int?, x: float, @unit("us") took: duration?, @unit("us") ts: timestamp) {
  time = ts
  ties = [id]
}
"""
TEXTS = ("", "7:a", "1:", "é", "\U0001f600", "\0", 'a"\\', "*/", "\\u002a/", "x" * 100_000)
LIST_LENGTH = 10_000
"""More than a method of Java has room for."""


def block(features: Sequence[str], name: str = "activity", where: str = "") -> str:
    """A block over the source."""
    return f"features {name} from clicks {where} by user over 1h {{\n" + "\n".join(features) + "\n}\n"


def literal(text: str) -> str:
    """A text as the language writes it."""
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in '"\\' or ord(c) < 32 else c for c in text)
    return f'"{escaped}"'


def numbers(text: str) -> str:
    """A list of many numbers, the least int64 among them, from a pattern."""
    return ", ".join(text.format(7 * number) for number in range(LIST_LENGTH))


MANY_TEXTS = ", ".join(map(literal, [*TEXTS, *(f"user {number}" for number in range(LIST_LENGTH))]))
SUMS = block([f"sum_{number} = sum(n + {number})" for number in range(1000)])
SPREADS = block([f"spread_{number} = stddev(x) where n != {number}" for number in range(300)])
BLOCKS = "".join(block(["clicks = count()"], f"block_{number}", f"where n != {number}") for number in range(130))
BIG_BLOCKS = "".join(
    block([f"sum_{number} = sum(n + {number})" for number in range(start, start + 400)], f"block_{start}")
    for start in range(0, 2000, 400)
)
PROGRAMS = {
    "a thousand features": SUMS,
    "features of many parts": SPREADS,
    "big blocks of one key": BIG_BLOCKS,
    "more blocks of a key than a mask has bits": BLOCKS,
    "a long list of ints": block([f"found = count() where n in [{numbers('{}')}, -9223372036854775807 - 1]"]),
    "a long list of ints, one of them null": block([f"found = count_if(n in [{numbers('{}')}, null])"]),
    "a long list with a column": block([f"found = count_if(n in [{numbers('{}')}, n + 0])"]),
    "a long list of floats": block([f"found = count() where x in [{numbers('{}.5')}, 0.1, -0.0]"]),
    "a long list of durations": block([f"found = count() where took in [{numbers('{}us')}]"]),
    "a long list of texts": block([f"found = count() where user in [{MANY_TEXTS}]"]),
    "a long list of truths": block(["found = count() where (n > 7) in [" + "true, " * 3000 + "null]"]),
    "a long list of decimals": block([f"found = count() where to_decimal(x, 10, 2) in [{numbers('{}.5')}, 0.1, null]"]),
    "a list of many ints": block([f"found = last([{numbers('{}')}, null, -9223372036854775807 - 1][n])"]),
    "a list of ints, computed and not": block([f"found = last([null, 1, n, {numbers('{}')}, n + 1, null][n])"]),
    "a list of many floats": block([f"found = last([0.5, {numbers('{}.5')}, null, -0.0][n])"]),
    "a list of many decimals": block([f"found = last([to_decimal(x, 10, 2), {numbers('{}.5')}, null][n])"]),
    "a list of many texts": block([f"found = last([{MANY_TEXTS}, null][n])\nany = last([{MANY_TEXTS}, null])"]),
    "a list of many truths": block(["found = last([false, " + "true, false, " * 3000 + "null][n])"]),
    "a list of many durations": block([f"found = last([{numbers('{}us')}, null])"]),
    "a long list in a header": block(["found = count()"], where=f"where n in [{numbers('{}')}]"),
    "long texts": block([f"is_{i} = count() where user == {literal(text)}" for i, text in enumerate(TEXTS)]),
    "deep conditions": block(["found = count() where " + "(" * 60 + "n > 7" + ") == (user != id)" * 60]),
    "words of Java": block(["class = count()", "goto = sum(n)", "_ = sum(x)", "this = class + goto"], "new"),
}


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler refuses programs that are much smaller than what the generator is up to."""
    monkeypatch.setattr("featlang.compiler.compile.MAX_AGGREGATES", 10_000)
    monkeypatch.setattr("featlang.compiler.expressions.MAX_LISTED", 100_000)
    monkeypatch.setattr("featlang.compiler.windows.MOST_STEPS", 10**19)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_it_agrees(kernel_host: InProcess, program: str) -> None:
    """Compiled, run, compared."""
    compiled = _compiled("main.feat", program)
    (job,) = plan(compiled).jobs
    stream = Stream("jsonl", _data())
    (found,) = kernel_host.compile(job).run(feeds([stream]))
    assert differences(compiled, stream, found) == []


def test_the_ends_of_time(kernel_host: InProcess) -> None:
    """Windows of a hundred years and of a microsecond, in the first and the last years that there are.

    The compiler refuses so many steps, because a key may have a tile for each; the kernel has no such limit.
    """
    over = "exact(36525d), sliding(36525d, step=1us), sliding(36525d, step=36525d), exact(1us), sliding(1us, step=1us)"
    features = "clicks = count()\nsum = sum(n)\nmost = max(n)\nlast = last(x)\nspread = stddev(x)"
    program = _compiled("main.feat", f"features activity from clicks by user over {over} {{\n{features}\n}}\n")
    century = 36_525 * 86_400_000_000
    first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
    offsets = (0, 1, 2, century - 1, century, century + 1, 2 * century)
    times = sorted({first + offset for offset in offsets} | {last - offset for offset in offsets} | {-1, 0, 1})
    events = [
        {"id": str(number), "user": "a", "n": (2**63 - 1, -(2**63), 7, None)[number % 4], "x": -number / 7, "ts": time}
        for number, time in enumerate(times)
    ]
    stream = Stream("jsonl", "\n".join(map(json.dumps, events)).encode())
    (job,) = plan(program).jobs
    for found in kernel_host.compile(job).run(feeds([stream] * 3)):
        assert len(found.rows["activity"]) == len(times)
        assert differences(program, stream, found) == []


def test_a_hostile_file_name(kernel_host: InProcess) -> None:
    """It stands in comments, which it cannot end."""
    name = 'a"b\n*/ \\u002a/ \\u000a } // é\u2028'
    (job,) = plan(_compiled(name, block(["clicks = count()"]))).jobs
    kernel_host.compile(job)


def _compiled(name: str, blocks: str) -> ir.Program:
    compiled = compile_program({name: SOURCE + blocks})
    assert compiled.program is not None, compiled.diagnostics
    return compiled.program


def _data() -> bytes:
    values = (None, 0, 7, 8, -(2**63), 7 * (LIST_LENGTH - 1), 7 * LIST_LENGTH)
    events = []
    for number, user in enumerate(["a", "b", *TEXTS, "user 19999", "user 20000"] * 2):
        n = values[number % len(values)]
        x = (0.0, 0.1, 7.5, 8.5)[number % 4]
        events.append({"id": str(number), "user": user, "n": n, "x": x, "took": n, "ts": number})
    return "\n".join(map(json.dumps, events)).encode()
