"""Records that are not events, by format: broken syntax, broken types, hostile nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_JSON_TEXTS = (
    *("{", "}", "[]", "null", "1", '"text"', "{}", "not json", '{"ts":', '{"ts":1}}', '{"ts":1} {"ts":2}', "{'ts':1}"),
    *('{"ts":NaN}', '{"ts":Infinity}', '{"ts":01}', '{"ts":1,}', '{"ts":.5}', '{"ts":1.}', '{"ts":+1}', '{"ts":0x1}'),
    *(
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '{"x":{"a":1,"a":1}}',
        '{"s":"\\ud800"}',
        '{"\\udc00":1}',
        '{"s":"\\x41"}',
    ),
    *(
        '{"s":"\t"}',
        '{"s":"\\u12"}',
        "\ufeff{}",
        "{\u00a0}",
        '{"a":[' + "[" * 100 + "]" * 100 + "]}",
        "[" * 5000,
        "//{}",
    ),
    '{"a":' * 101 + "1" + "}" * 101,
)
_JSON_REPLACEMENTS = (
    *(
        '"text"',
        "1",
        "1.0",
        "1e3",
        '"1"',
        "true",
        "null",
        "[]",
        "{}",
        "-1",
        "9223372036854775808",
        "-9223372036854775809",
    ),
    *(
        "1e2",
        "99999999999999999999999999",
        '"2024-02-30T00:00:00Z"',
        '"2024-01-01"',
        '"9999-12-31T23:59:59-01:00"',
        '"QQ"',
    ),
    *(
        '"0000-01-01"',
        '"10000-01-01"',
        '"2024-01-01T24:00Z"',
        '"2024-01-01t00:00Z"',
        '"2024-01-01T00:00:00.Z"',
        '"QR=="',
    ),
)
_CSV_LINES = (
    b",",
    b"a",
    b'"',
    b'""',
    b'"a"b',
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b" ",
    b"," * 300,
    b"\x00",
    b"'a','b'",
)
_CSV_REPLACEMENTS = (
    *(
        "text",
        "1",
        "1.0",
        "1e3",
        "+1",
        "-",
        "TRUE",
        "tRUE",
        "9223372036854775808",
        "-9223372036854775809",
        "1_000",
        "\uff11",
    ),
    *("1e", ".5", "5.", "0x1", "--1", "infinity", "-nan", "2024-02-30T00:00:00Z", "2024-01-01", "QQ", "Q===", " QQ== "),
    *(
        '""',
        '" "',
        "0000-01-01",
        "9999-12-31T23:59:59-01:00",
        "2024-01-01T00:00:00",
        "2024-01-01  00:00Z",
        "0" * 5000 + "7",
    ),
)


_PIECES = (
    *(bytes([byte]) for byte in b'"\\,:{}[]0129eE+-.=TZ \t\r\x00\xc3\xff'),
    *(b"\\u0041", b"\\ud800", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"NaN", b"null", b"1e400", b":60", b"24", b'""'),
)


def malformed_json(random: Random, line: bytes) -> bytes:
    """Break a line of JSON, or give another that is no event, or (rarely) still one."""
    draw = random.random()
    if draw < 0.35:
        return random.choice(_JSON_TEXTS).encode()
    if draw < 0.75:
        return _replace_after(random, line, b":", random.choice(_JSON_REPLACEMENTS).encode())
    return _broken_bytes(random, line)


def malformed_csv(random: Random, line: bytes) -> bytes:
    """Break a CSV record, or give another that is no event, or (rarely) still one. Quotes are closed on its line."""
    draw = random.random()
    if draw < 0.2:
        return _closed(random.choice(_CSV_LINES))
    if draw < 0.7:
        return _closed(_replace_after(random, line, b",", random.choice(_CSV_REPLACEMENTS).encode()))
    if draw < 0.85:
        return _closed(random.choice((line + b",", line + b',"a"', line.rpartition(b",")[0] or b"a")))
    return _closed(_broken_bytes(random, line))


def _replace_after(random: Random, line: bytes, mark: bytes, replacement: bytes) -> bytes:
    """Put other text in the place of one field, found by the mark before it."""
    pieces = line.split(mark)
    at = random.randrange(len(pieces))
    tail = pieces[at][pieces[at].find(b",") :] if b"," in pieces[at] else b"}" if at == len(pieces) - 1 else b""
    pieces[at] = replacement + (tail if mark == b":" else b"")
    return mark.join(pieces)


def _broken_bytes(random: Random, line: bytes) -> bytes:
    """Cut the line, drop a byte, or put something in, once or more often."""
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(line) + 1)
        head, tail, piece = line[:at], line[at:], random.choice(_PIECES)
        line = random.choice((head, tail, head + tail[1:], head + piece + tail, head + piece + tail[1:]))
    return line


def _closed(line: bytes) -> bytes:
    # A record that opens a quote and never closes it would swallow the rest of the file.
    line = line.replace(b"\n", b" ")
    return line if line.count(b'"') % 2 == 0 else line + b'"'
