"""Each mistake by its screen: what it says, where it points, what it tells to type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

import featlang
from featlang.compiler.codes import CODES, NAME_CODES, NOT_COMPILED_CODES, PROJECT_CODES, TYPE_CODES, WARNING_CODES
from featlang.dsl.codes import SYNTAX_CODES
from tests.compiler.programs import EVENTS, block, codes, screen

SOURCE_HEAD = "source s(k: string, n: int, ts: timestamp)"
OTHER_HEAD = SOURCE_HEAD.replace("s(", "o(")
ENVELOPES = 'stream = jsonl("a.jsonl", format="debezium")'
SENT = 'ts: timestamp) { time = ts stream = kafka("s") }'

USED = (
    f"template t(y: column<float>, w: duration = 1h) {{ sum_of = sum(y) over w, 30d }}\n{SOURCE_HEAD} {{ time = ts }}\n"
)

STREAMED = (
    f"{SOURCE_HEAD} {{ time = ts }}\n"
    'table t(k: string, m: int) by k { stream = kafka("t") }\n'
    "params p { most: int = 1 }\n"
)
"""What streams read."""

BLOCK = block("a = count()")
OTHER_BLOCK = "features other from events by user over 1h { a = count() }\n"

IN_FEATURES = {
    "F107 feature twice": "a = count()\na = count()",
    "F108 named like the key": "user = count()",
    "F108 named like the time": "ts = count()",
    "F108 reserved": "_tie_break = count()\na = _tie_break + 1",
    "F109 unknown column": "a = sum(nn)\nb = count_distinct(pgae)",
    "F110 unknown feature": "clicks = count()\nb = clicsk / 2",
    "F111 unknown aggregate": "a = cuont()",
    "F111 with a window": "a = cuont_distinct(n) where ok over 5m",
    "F111 a window as a function": "a = sliding(1h)",
    "F116 typed feature": "a: int = count()",
    "F116 when": "a = count() when ok",
    "F117 reads itself": "a = a + 1",
    "F117 circle": "a = b + 1\nb = c + 1\nc = a + 1",
    "F118 made names": "a = count() over 1h, 5m\na_5m = sum(n)",
    "F118 case": "Clicks = count()\nclicks = sum(n)",
    "F118 key": "User = count()",
    "F119 unknown window": "a = count() over slidin(1h)",
    "F123 only helpers": "_a = count()",
    "F201 string arithmetic": "a = last(page) + 1",
    "F201 string with number": 'a = count_if(n == "1")',
    "F201 duration and int": "a = last(took) + 5",
    "F201 timestamps": "a = max(ts) + max(ts)",
    "F201 bool order": "a = any(ok) < all(ok)",
    "F201 negated string": "a = -last(page)",
    "F201 date arithmetic": "a = max(day) - min(day)",
    "F201 duration by int": "a = max(took) / 2",
    "F201 bool arithmetic": "a = sum(n + ok)",
    "F201 in": 'a = count_if(n in [1, "2"])',
    "F202 if": "a = if count() then 1 else 2",
    "F202 and": "a = count() and true",
    "F202 not": "a = not count()",
    "F202 where": "a = count() where n",
    "F203 branches": 'a = if any(ok) then 1 else "x"',
    "F203 default": 'a = last(m) ?? "none"',
    "F204 families": "a = count() over 5m, 1h, 30d\nb = avg(x) over 1h, 30d\nc = a * b",
    "F204 family and aggregate": "a = count() over 5m, 1h\nb = a / count()",
    "F204 in branches": "a = count() over 5m, 1h\nb = count() over 1h, 1d\nc = if any(ok) then a else b",
    "F205 sum of string": "a = sum(page)",
    "F205 count_if of int": "a = count_if(n)",
    "F206 too many": "a = sum(n, m)",
    "F206 too few": "a = sum()",
    "F206 count of two": "a = count(n, m)",
    "F206 named": "a = sum(of=n)",
    "F207 nested": "a = sum(count(n))",
    "F208 in where": "a = count() where sum(n) > 1",
    "F209 column alone": "a = n / count()",
    "F210 feature in aggregate": "a = count()\nb = sum(a)",
    "F210 feature in where": "a = count()\nb = count() where a > 1",
    "F211 int": "a = last(n) + 9223372036854775808",
    "F211 float": "a = last(x) + 1e309",
    "F211 duration": "a = max(took) > 300000000w",
    "F212 deep": "a = " + "-" * 70 + "last(n)",
    "F109 null": "a = count() where ok == flase",
    "F110 null": "a = if any(ok) then nul else last(n)",
    "F213 null alone": "a = null",
    "F213 null in arithmetic": "a = last(n) + null",
    "F216 number": "a = count() over 5",
    "F216 no length": "a = count() over exact",
    "F216 text": 'a = count() over sliding("1h", step=1s)',
    "F216 bound": "a = count() over exact(1h, bound=0), exact(5m, bound=n)\nb = count() over exact(1h, most=5)",
    "F243 steps": "a = count() over sliding(30d, step=1s)\nb = count() over sliding(1h, step=1us)",
    "F243 by default": "a = count() over 1000003s\nb = count() over sliding(100000001s)",
    "F243 no step to name": "a = count() over sliding(1000001us, step=1us)",
    "F218 fine": "a = count() over 3600000001us",
    "F216 arguments": "a = count() over sliding(1h, 1s)\nb = count() over exact(1h, 2h)",
    "F216 ttl": "a = count() over forever()\nb = count() over forever(30d)\nc = count() over forever(tll=30d)",
    "F216 ttl of another kind": "a = count() over forever(ttl=30)",
    "F217 ttl": "a = count() over forever(ttl=0s)\nb = count() over forever(ttl=40000d)",
    "F217 zero": "a = count() over 0s",
    "F217 long": "a = count() over 40000d",
    "F217 step": "a = count() over sliding(1h, step=7m)",
    "F218 odd": "a = count() over 61500ms",
    "F218 sliding without step": "a = count() over sliding(30s)",
    "F219 equal": "a = count() over 24h, 5m, 1d",
    "F219 one name": "a = count() over forever, 1h, forever(ttl=30d)",
    "F220 forever with ttl": "a = count() over 1h, forever(ttl=30d)\nb = a[forever]",
    "F220 no member": "a = count() over 5m, 1h\nb = a[30d]",
    "F220 no windows": "a = count()\nb = a + 1\nc = b[1h]",
    "F221 over": "a = count()\nb = a + 1 over 5m",
    "F221 where": "a = count()\nb = a + 1 where ok",
    "F226 list": "a = [null]\nb = count() over 1h",
    "F203 list": 'a = count_if(n in [1] or [1, "a"][0] is null)',
    "F236 field": "a = last(page.length)\nb = last(day).year",
    "F236 index": 'a = count(page[0])\nb = last([n, m]["a"])\nc = last([n][1h])',
    "F201 in a column": 'a = count_if(n in page)\nb = count_if(page in [n, m][0])\nc = count_if("x" in page)',
    "F201 decimals": "a = sum(to_decimal(x, 10, 2) * x)\nb = sum(to_decimal(n, 38, 0) * to_decimal(m, 38, 0))",
    "F223 bound": "a = count_distinct(n, bound=0)\nb = count_distinct(n, bound=n)",
    "F206 bound": "a = count_distinct(page, 500)\nb = count_distinct(page, max=500)\nc = sum(n, bound=500)",
    "F223 zone": "a = last(hour(ts, page))",
    "F223 to_decimal": "a = sum(to_decimal(x, 40, 2))\nb = sum(to_decimal(x, 4, n))",
    "F205 of lists": "a = sum([n, m])\nb = last(join([n], page))\nc = last(sum_of(page))",
    "F227 empty list": "a = count_if(n in [])",
    "F228 listed": f"a = count_if(n in [{', '.join(['1'] * 10_001)}])",
    "F302 helper": "a = count()\n_b = sum(n)",
    "F304 zero": "a = count() / 0",
    "F308 same": "a = sum(n)\nb = sum(n)\nc = a\n_d = sum(n)\ne = _d / a",
    "F309 never null": "a = count() where n is null\nb = count() where m is null\nc = sum(n) where x is not null",
    "F310 if": "a = sum(if 1 > 2 then n else 1)\nb = if not true then 1 else 2\nc = sum(if n is null then 1 else 0)",
    "F309 never": "a = count() where 1 > 2\nb = count_if(ok) where true",
    "F503 windows": "a = count() over last(10)\nb = count() over session(30m)\nc = count() over day",
    "F114 annotation": '@unit("x")\na = count()',
    "F209 field": "a = user.clicks",
    "F223 pattern": 'a = count_if(matches(page, "(a"))\nb = last(extract(page, "a", 1))',
    "F510 planned": "a = approx_distinct(page)",
    "F510 with a window": "a = approx_distinct(page) where ok over 5m",
}

IN_HEAD = {
    "F102 unknown source": "from evnts by user over 1h",
    "F109 key": "from events by usr over 1h",
    "F109 where": "from events where o_k by user over 1h",
    "F113 sink": 'from events by user over 1h to cassandr("t")',
    "F113 source as sink": 'from events by user over 1h to csv("t")',
    "F113 no call": "from events by user over 1h to cassandra",
    "F115 no key": "from events over 1h",
    "F115 no source": "by user over 1h",
    "F112 emit": 'from events by user over 1h to cassandra("t", emti="change")',
    "F116 emit": 'from events by user over 1h to kafka("t", emit="change")',
    "F116 keep": "from events by user over 1h keep user",
    "F120 from a connector": 'from kafka("events") by user over 1h',
    "F121 key twice": "from events by user, user over 1h",
    "F202 where": "from events where n by user over 1h",
    "F208 where": "from events where count() > 1 by user over 1h",
    "F128 twice": 'from events by user over 1h to cassandra("t"), cassandra("T", emit=1s)',
    "F214 key": "from events by x over 1h",
    "F214 time": "from events by user, ts over 1h",
    "F215 no window": "from events by user",
    "F217 emit": 'from events by user over 1h to cassandra("t", emit=0s), cassandra("u", emit=40000d)',
    "F217 ttl of a store": 'from events by user over 1h to cassandra("t", ttl=0s), cassandra("u", ttl=1500ms)',
    "F217 ttl and a window": 'from events by user over 1h, 1d to cassandra("t", ttl=1d)',
    "F217 ttl and forever": 'from events by user over forever to cassandra("t", ttl=365d)',
    "F217 ttl and change": 'from events by user over 1h to cassandra("t", ttl=30d, emit="change")',
    "F219 equal": "from events by user over 60m, 1h",
    "F223 target": "from events by user over 1h to cassandra()",
    "F223 names of tables": 'from events by user over 1h to cassandra("a.b.c"), cassandra("a b"), cassandra("1.b")',
    "F223 names of topics": 'from events by user over 1h to kafka("a b/c"), kafka(".."), kafka("' + "t" * 250 + '")',
    "F223 emit": 'from events by user over 1h to cassandra("t", emit="chnage"), cassandra("u", emit=5)',
    "F223 option": 'from events by user over 1h to cassandra("t", ttl=user), cassandra("u", ttl=86400)',
    "F120 two sources": "from events, others by user over 1h",
    "F502 lookup": "from events lookup users on user by user over 1h",
}

_STORED = 'from events by user over 1h to kafka("t"), cassandra("t")'

WHOLE = {
    "F101 twice": f"{SOURCE_HEAD} {{ time = ts }}\n{SOURCE_HEAD} {{ time = ts }}",
    "F101 case": f"{SOURCE_HEAD} {{ time = ts }}\n{SOURCE_HEAD.replace(' s(', ' S(')} {{ time = ts }}",
    "F103 import": "import shop.sources",
    "F103 beside the library": "import std.velocity\nimport nope.what",
    "F106 column": "source s(k: string, k: int, ts: timestamp) { time = ts }",
    "F107 property": f"{SOURCE_HEAD} {{ time = ts time = ts }}",
    "F108 stored": f"{EVENTS}{block('As_Of = count()', _STORED)}",
    "F108 stored key": "source s(as_of: date, _written: int, ts: timestamp) { time = ts }\n"
    'features g from s by as_of, _written over 1h to cassandra("t") { a = count() }',
    "F108 column": "source s(_tie: int, ts: timestamp) { time = ts }",
    "F109 time": f"{SOURCE_HEAD} {{ time = tss }}",
    "F109 order": f"{SOURCE_HEAD} {{ time = ts order = arrival(nn) }}",
    "F109 ties": f"{SOURCE_HEAD} {{ time = ts ties = [kk] }}",
    "F112 property": f"{SOURCE_HEAD} {{ time = ts latness = 1s }}",
    "F112 option": f'{SOURCE_HEAD} {{ time = ts stream = jsonl("a.jsonl", nul="x") }}',
    "F113 connector": f'{SOURCE_HEAD} {{ time = ts stream = kafak("a") }}',
    "F223 topic": f'{SOURCE_HEAD} {{ time = ts stream = kafka("a/b") history = parquet("a b/c") }}',
    "F113 sink as source": f'{SOURCE_HEAD} {{ time = ts stream = cassandra("a") }}',
    "F114 annotation": 'source s(@unti("ms") ts: timestamp) { time = ts }',
    "F115 time": f"{SOURCE_HEAD} {{ }}",
    "F115 columns": "source s { time = ts }",
    "F116 clause": f"{SOURCE_HEAD} where n > 1 {{ time = ts }}",
    "F116 default": "source s(n: int = 1, ts: timestamp) { time = ts }",
    "F116 returns": f"{SOURCE_HEAD} -> int {{ time = ts }}",
    "F116 emit of a source": f'{SOURCE_HEAD} {{ time = ts stream = kafka("a", emit="change") }}',
    "F116 where": f"{SOURCE_HEAD} {{ time = ts where n > 1 }}",
    "F121 ties": f"{SOURCE_HEAD} {{ time = ts ties = [k, k] }}",
    "F107 annotation": f'{EVENTS}@owner("a") @owner("b")\n{BLOCK}',
    "F108 block": f"{EVENTS}features _late from events by user over 1h {{ a = count() }}",
    "F118 keys": "source s(id: int, Id: int, TS: int, ts: timestamp) { time = ts }\n"
    "features g from s by id, Id, TS over 1h { b = count() }",
    "F128 one table": EVENTS
    + 'features other from events by user over 1h to cassandra("t") { a = count() }\n'
    + 'features more from events by page over 1h to kafka("t"), cassandra("t") { a = count() }',
    "F122 two names": f'{EVENTS}@job("a")\n{OTHER_BLOCK}@job("b")\n{BLOCK}',
    "F122 of another source": f'{SOURCE_HEAD} {{ time = ts }}\n{EVENTS}@job("s")\n{BLOCK}'
    "features g from s by k over 1h { a = count() }",
    "F206 arrival": f"{SOURCE_HEAD} {{ time = ts order = arrival() }}",
    "F206 arrival by two": f"{SOURCE_HEAD} {{ time = ts order = arrival(n, ts) }}",
    "F206 arrival misspelt": f"{SOURCE_HEAD} {{ time = ts order = arrival(n, tll=30d) }}",
    "F206 annotation": f'{EVENTS}@owner(name="a")\n{BLOCK}',
    "F223 job": f'{EVENTS}@job("../x")\n{BLOCK}',
    "F123 no block": f"{EVENTS}features g from events by user over 1h",
    "F217 lateness": f"{SOURCE_HEAD} {{ time = ts lateness = -1s max_ahead = 0s }}",
    "F217 idleness": f"{SOURCE_HEAD} {{ time = ts idleness = 0s }}",
    "F217 ttl of arrival": f"{SOURCE_HEAD} {{ time = ts order = arrival(n, ttl=0s) }}",
    "F217 long ttl of arrival": f"{SOURCE_HEAD} {{ time = ts order = arrival(n, ttl=40000d) }}",
    "F222 type": "source s(k: strin, ts: timestamp) { time = ts }",
    "F222 arguments": "source s(k: string<int>, ts: timestamp) { time = ts }",
    "F223 time type": f"{SOURCE_HEAD} {{ time = n }}",
    "F223 values": f"{SOURCE_HEAD} {{ time = 1 ties = k lateness = 5 order = later }}",
    "F223 idleness": f"{SOURCE_HEAD} {{ time = ts idleness = 30 }}",
    "F223 order misspelt": f"{SOURCE_HEAD} {{ time = ts order = arival(n) }}",
    "F223 order without a column": f"{SOURCE_HEAD} {{ time = ts order = arrival }}",
    "F223 order by a string": f"{SOURCE_HEAD} {{ time = ts order = arrival(k) }}",
    "F223 order by null": f"{SOURCE_HEAD.replace('int', 'int?')} {{ time = ts order = arrival(n) }}",
    "F223 order by a number": f"{SOURCE_HEAD} {{ time = ts order = arrival(1) }}",
    "F223 ttl of another kind": f"{SOURCE_HEAD} {{ time = ts order = arrival(n, ttl=30) }}",
    "F224 missing": "source s(took: duration, ts: timestamp) { time = ts }",
    "F224 wrong": 'source s(@unit("min") a: timestamp, @zone("CET") b: timestamp, @unit("s") c: int) { time = a }',
    "F224 both": 'source s(@unit("s") @zone("UTC") a: timestamp) { time = a }',
    "F301 ties": f"{SOURCE_HEAD} {{ time = ts }}\nfeatures g from s by k over 1h {{ a = last(n) }}",
    "F501 kinds": 'table t(k: string) by k { stream = kafka("t") }\nparams p { a: int = 1 }  # p',
    "F222 lists": "source s(a: list, b: list<int, int>, c: map<float, int>, d: map<int>, ts: timestamp) { time = ts }",
    "F222 structs": "source s(a: struct, b: struct<int>, c: struct<x: int, y: real>, ts: timestamp) { time = ts }",
    "F106 fields": "source s(a: struct<x: int, x: float>, ts: timestamp) { time = ts }",
    "F222 decimals": "source s(a: decimal, b: decimal<39, 2>, c: decimal<2, 3>, ts: timestamp) { time = ts }",
    "F222 deep": f"source s(a: {'list<' * 9}int{'>' * 9}, ts: timestamp) {{ time = ts }}",
    "F214 list": "source s(a: list<int>, ts: timestamp) { time = ts }\nfeatures g from s by a over 1h { b = count() }",
    "F112 dedup": f"{SOURCE_HEAD} {{ time = ts dedup = 1m }}",
    "F206 dedup": f"@dedup {SOURCE_HEAD} {{ time = ts }}\n@dedup(k) {OTHER_HEAD} {{ time = ts }}",
    "F206 dedup arguments": f"@dedup(k, within=1h, of=n) {SOURCE_HEAD} {{ time = ts }}",
    "F223 dedup": f'@dedup("k", within=n) {SOURCE_HEAD} {{ time = ts }}',
    "F109 dedup": f"@dedup(id, within=1h) {SOURCE_HEAD} {{ time = ts }}",
    "F121 dedup": f"@dedup(k, k, within=1h) {SOURCE_HEAD} {{ time = ts }}",
    "F107 dedup": f"@dedup(k, within=1h) @dedup(n, within=1h) {SOURCE_HEAD} {{ time = ts }}",
    "F217 dedup": f"@dedup(k, within=1m) {SOURCE_HEAD} {{ time = ts lateness = 2m }}",
    "F239 envelope": 'source s(@envelope("op") op: string, ts: timestamp) { time = ts stream = kafka("s") }',
    "F223 envelope": f'source s(@envelope("a..b") x: int, @envelope y: int, ts: timestamp) {{ time = ts {ENVELOPES} }}',
    "F107 envelope": f'source s(@envelope("op") @envelope("op") x: int, ts: timestamp) {{ time = ts {ENVELOPES} }}',
    "F242 message": 'source s(@message("key") k: string, @header("a") h: bytes, ts: timestamp) { time = ts }',
    "F223 message": f'source s(@message("ofset") o: int, @message k: string, @header("") h: string, {SENT}',
    "F223 message types": f'source s(@message("key") k: int?, @header("a") h: list<string>, {SENT}',
    "F107 places": 'source s(@message("key") @message("key") k: string, @header("a") @envelope("op") h: string, '
    'ts: timestamp) { time = ts stream = kafka("a", format="debezium") }',
    "F224 message": f'source s(@message("timestamp") @unit("ms") a: timestamp, {SENT}',
    "F108 deleted": 'table t(k: string, _deleted: bool) by k { stream = kafka("t", format="debezium") }',
    "F506 format": f'{SOURCE_HEAD} {{ time = ts stream = kafka("a", format="protobuf") }}',
    "F101 like an aggregate": "def count(x: int) -> int = x",
    "F104 of the library": f"{USED}features g from s by k {{ use velocity(n) as v a = v_tx }}",
    "F105 both forms": "",
    "F106 parameters": "def f(x: int, x: int) -> int = x\ntemplate t(y: column, y: column) { a = sum(y) }",
    "F107 from a template": f"{USED}features g from s by k over 1h {{ use t(n) use t(n, w=1d) }}",
    "F107 named like a parameter": "template t(y: column) { y = sum(y) }",
    "F114 blocks": f'{EVENTS}@owne("x") @jbo("x") @declassify("r")\n{BLOCK}',
    "F114 source": f'@dedpu(k, within=1h) @onwer("x")\n{SOURCE_HEAD} {{ time = ts }}',
    "F114 def": '@owner("x")\ndef f(x: int) -> int = x',
    "F116 def and template": "def f(x: int = 1) -> int from s = x\ntemplate t(y: column) -> int from s { a = sum(y) }",
    "F117 definitions": "def f(x: int) -> int = g(x)\ndef g(x: int) -> int = f(x)\ndef h(x: int) -> int = h(x)",
    "F117 templates": "template t() { use u() }\ntemplate u() { use t() }\ntemplate v() { a = count() use v() as w }",
    "F123 template": "template t(y: column) { }",
    "F124 def": "def f(amount: float) -> float = amuont * 2",
    "F124 window": "template t(amount: column) { a = sum(amount) over forevver }",
    "F124 template": "template t(amount: column) { a = sum(amuont) b = max(n) c = a + amount_b }",
    "F125 unknown": f"{USED}features g from s by k over 1h {{ use tt(n) as x a = x_sum_of + 1 }}",
    "F125 of the library": f"{USED}features g from s by k over 1h {{ use velocty(n) }}",
    "F125 no template": f"{USED}features g from s by k over 1h {{ use s(n) }}",
    "F203 def": 'def f(x: int) -> int = "a"',
    "F205 given to a template": f"{USED}features g from s by k over 1h {{ use t(k) a = sum_of[1h] }}",
    "F205 given to a def": "def f(x: int) -> int = x\ndef g(y: string) -> int = f(y)",
    "F206 def": "def f(x: int, y: int) -> int = x + y\n"
    "def g(z: int) -> int = f(z) + f(z, z, z) + f(z, yy=z) + f(z, x=z)",
    "F206 template": f"{USED}features g from s by k over 1h {{ use t() use t(n, ww=1h) as a use t(n, 1h, 2) as b "
    "use t(n, y=n) as c }",
    "F204 in a template": "template t(y: column, w: list<duration>) {\n"
    "a = sum(y) over w b = sum(y) over 1h, 2h c = a / b }\n"
    f"{SOURCE_HEAD} {{ time = ts }}\nfeatures g from s by k {{ use t(n, [1h, 3h]) }}",
    "F222 parameter": "template t(y: col, z: column<flaot>, w: list<int, int>, v: int?) { a = sum(y + z) over w, v }",
    "F222 misspelt parameters": "template t(y: colum<int>, w: lsit<duration>, z: list<druation>) "
    "{ a = sum(y + z) over w }",
    "F222 def": "def f(x: flaot) -> itn = x",
    "F223 given to a template": f"{USED}features g from s by k over 1h {{ use t(n, w=5) }}",
    "F229 def": "def f(x: int?) -> int = x",
    "F229 argument": "def f(x: int) -> int = x\ndef g(y: int?) -> int? = f(y)",
    "F126 field": f"{STREAMED}stream a from s lookup t on k {{ b = t.mm + u.n + p.mots }}",
    "F127 keys": f"{STREAMED}stream a from s lookup t on n, k == n {{ b = t.m }}",
    "F117 streams": f"{SOURCE_HEAD} {{ time = ts }}\nstream a from b {{ x = 1 }} stream b from a {{ y = 1 }}\n"
    "stream c from s lookup f on k { m = f.m } features f from c by k over 1h { m = count() }",
    "F106 table": 'table t(k: string, k: int) by k { history = jsonl("t.jsonl") }',
    "F109 below": f"{STREAMED}stream a from s {{ x = y + 1 y = n }}",
    "F107 stream": f'{STREAMED}stream a from s to parquet("a") {{ k = "x" b = 1 b = 2 }}',
    "F118 stream": f'{STREAMED}stream a from s to parquet("a") {{ K = "x" }}',
    "F101 lookups": f"{STREAMED}stream a from s lookup t on k lookup t on k before {{ b = t.m }}",
    "F129 circle": f"{STREAMED}stream a from s lookup t as u on k == v.k lookup t as v on k == u.k "
    "lookup t as w on k == w.k { b = u.m + w.m }",
    "F202 at": f"{STREAMED}stream a from s lookup t on k at 1h {{ b = t.m }}",
    "F240 at": f"{STREAMED}stream a from s lookup t as u on k at ts + 1h lookup t as w on k at greatest(ts, ts) "
    "{ b = u.m + w.m }",
    "F502 at": f"{STREAMED}stream a from s lookup t on k at ts - 1h {{ b = t.m }}",
    "F206 no parameters": f"def f() -> int = 1\ntemplate t() {{ a = count() }}\n{SOURCE_HEAD} {{ time = ts }}\n"
    "features g from s by k over 1h { use t(1) b = f(1) }",
    "F223 column for a value": f"template t(x: int) {{ a = count() b = a + x }}\n{SOURCE_HEAD} {{ time = ts }}\n"
    "features g from s by k over 1h { use t(x=n) }",
    "F233 empty range": "params p { @range(5, 1) a: int = 3 }",
    "F233 range": "params p { @range(0, 1) a: float = 72 @range(9, 10) b: decimal<4, 2> = 9.5 }",
    "F234 rest": 'rules r(x: float) -> string { a = "yes" when x > 0.5 }',
    "F121 inputs": f"{STREAMED}stream a from s, s keep k",
    "F228 inputs": STREAMED
    + "".join(f"stream a{i} from s keep k\n" for i in range(256))
    + f"stream a from {', '.join(f'a{i}' for i in range(256))}",
    "F235 columns": f"{STREAMED}stream a from s keep k, ts {{ }} stream b from s, a {{ }}",
    "F235 kept": f"{STREAMED}stream a from s keep k {{ m = 1 }} stream b from s, a keep k, m",
    "F235 read": f"{STREAMED}stream a from s keep k {{ m = 1 }} stream b from s, a keep k {{ o = n + 1 }}",
    "F235 where": f"{STREAMED}stream a from s keep k {{ m = 1 }} stream b from s, a where n > 1 keep k",
    "F235 lookup": f"{STREAMED}stream a from s keep n stream b from s, a lookup t on k keep n {{ m = t.m }}",
    "F235 types": f"{STREAMED}stream a from s keep k {{ n = 1.5 }} stream b from s, a keep k, n",
    "F235 time": f"{STREAMED}source o(k: string, ts: string, at: timestamp) {{ time = at }} stream b from s, o keep k",
    "F241 arrival": f"{STREAMED}source o(k: string, n: int, ts: timestamp) {{ time = ts order = arrival(n) }}\n"
    "stream b from s, o keep k",
    "F237 label": "source s(k: string, @label won: bool, ts: timestamp) { time = ts }\n"
    "features f from s by k over 1h { n = count() }\n"
    'stream a from s lookup f on k to parquet("a") { n = f.n }',
    "F238 arrival": "source s(k: string, o: string, q: int, ts: timestamp) { time = ts order = arrival(q) }\n"
    "source z(k: string, ts: timestamp) { time = ts }\n"
    "features f from s by k over 1h { n = count() }\nfeatures g from z by k over 1h { n = count() }\n"
    'stream a from z lookup f on k to parquet("a") { n = f.n }\n'
    "stream b from s lookup g on k lookup f on k == o lookup f as h on k before "
    'to parquet("b") { n = g.n + f.n + h.n }',
    "F306 never": 'rules r(x: float) -> string { a = "no" b = "yes" when x > 0.5 }  # r',
    "F230 ignore": f"{SOURCE_HEAD} {{ time = ts }}  # feat: ignore\n"
    "# feat: ignore[F301]\n# feat: ignore[F999, F201] why",
    "F305 ignore": f"{SOURCE_HEAD} {{ time = ts }}  # feat: ignore[F301] no ties",
    "F303 parameters": "def f(x: int, y: int) -> int = x\ntemplate t(y: column, z: column) { a = sum(y) }\n"
    f"{SOURCE_HEAD} {{ time = ts }}\nfeatures g from s by k over 1h {{ use t(n, n) b = f(count(), 2) }}",
    "F311 arrival": f"{SOURCE_HEAD} {{ time = ts order = arrival(n) }}\n"
    "features g from s by k over 1h { a = count() }",
    "F302 declarations": "def f(x: int) -> int = x\ntemplate t(y: column) { a = sum(y) }",
    "F302 kinds that do not run": 'model m(x: float) -> float { onnx = "a" fallback = 0.5 }\n'
    'params p { most: int = 1 }\nrules r(x: float) -> string { all = "a" }',
    "F111 in a template": "template t(y: column) { a = cout() b = sume(y) }",
    "F119 in a template": "template t(y: column) { a = sum(y) over exac(1h) }",
    "F307 import": f"import other\n{SOURCE_HEAD} {{ time = ts }}",
    "F508 known": "source s(@known n: int, ts: timestamp) { time = ts }",
    "F231 label": "source s(k: string, @label left: bool, ts: timestamp) { time = ts }\n"
    "features g from s by k, left over 1h { _gone = any(left) a = count() where not left b = if _gone then 1 else 0 }",
    "F232 personal": "source s(k: string, @pii age: int, ts: timestamp) { time = ts }\n"
    'features g from s by k over 1h to kafka("a"), cassandra("b", accepts="pii") { _mean = avg(age) a = _mean / 2 }',
    "F508 source": f'@owner("x")\n{SOURCE_HEAD} {{ time = ts }}',
}

TEXTS = {
    **{name: EVENTS + block(body) for name, body in IN_FEATURES.items()},
    **{name: EVENTS + block("a = count()", head) for name, head in IN_HEAD.items()},
    **WHOLE,
}


OTHER_FILES = {
    "F105 both forms": {"main.feat.yaml": ""},
    "F307 import": {"other": "source o(k: string, ts: timestamp) { time = ts }"},
}


@pytest.mark.parametrize("name", TEXTS)
def test_screen(name: str, snapshot: SnapshotAssertion) -> None:
    assert set(codes(TEXTS[name], **OTHER_FILES.get(name, {}))) - {"F501"} == {name[:4]} - {"F501"}
    assert screen(TEXTS[name], **OTHER_FILES.get(name, {})) == snapshot


def test_names_of_other_files(snapshot: SnapshotAssertion) -> None:
    user = "features g from s by k over 1h { a = count() }"
    sources = f"{SOURCE_HEAD} {{ time = ts }}"
    assert screen(user, sources=sources) == snapshot(name="F104 not imported")
    assert codes(f"import sources\n{user}", sources=sources) == []
    assert screen(sources, sources=sources) == snapshot(name="F101 in two files")


def test_all_errors_of_all_files_in_one_run() -> None:
    first = f"{SOURCE_HEAD} {{ time = n }}\nfeatures g from s by kk over 0s {{ a = cuont() b = sum(nn) }}"
    second = "import nothing\nfeatures h from x by k { }"
    assert codes(first, second=second) == ["F223", "F109", "F217", "F111", "F109", "F103", "F123"]


def test_a_declaration_that_does_not_parse_makes_no_further_errors() -> None:
    found = codes("source s(k: string, ts: timestamp) { time == ts }\nfeatures g from s by k over 1h { a = count() }")
    assert found == ["F015"]


def test_one_mistake_in_a_column_is_told_once() -> None:
    text = "source s(k: string, d: decimal<39, 2>, ts: timestamp) { time = ts }\n"
    assert codes(text, "features g from s where d > 1 by k over 1h { a = sum(d) b = a + 1 c = b * 2 }") == ["F222"]


def test_one_mistake_in_what_is_read_is_told_once() -> None:
    read = 'time = ts stream = kafak("s", format="debezium")'
    columns = '@message("key") k: string, @envelope("op") op: string, ts: timestamp'
    assert codes(f"source s({columns}) {{ {read} }}") == ["F113"]


def test_every_code_is_raised_and_every_raised_code_is_known() -> None:
    folder = Path(featlang.__file__).parent
    settings = [folder / name for name in ("files.py", "project.py", "data.py", "settings.py", "testing/cases.py")]
    files = [file for file in (*(folder / "compiler").glob("*.py"), *settings) if file.name != "codes.py"]
    raised = {code for file in files for code in re.findall(r'"(F[0-9]{3})"', file.read_text(encoding="utf-8"))}
    assert raised == CODES.keys() - SYNTAX_CODES.keys()


def test_every_code_of_the_compiler_has_a_screen() -> None:
    shown = {name[:4] for name in TEXTS} | {"F104"}
    assert shown == NAME_CODES.keys() | TYPE_CODES.keys() | WARNING_CODES.keys() | NOT_COMPILED_CODES.keys()
    assert not shown & PROJECT_CODES.keys()
