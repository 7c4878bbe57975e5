"""Tables, streams, models, parameters and rules: they are checked as if they ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.programs import compiled

EXAMPLES = Path(__file__).parents[1] / "dsl" / "examples"

CLICKS = """
source clicks(user_id: string, page_id: string, action: string, dwell_ms: int?, price: float, ts: timestamp) {
  time = ts
  ties = [page_id]
}
"""
ACCOUNTS = """
table accounts(user_id: string, plan: string, device: string?, since: timestamp) by user_id {
  stream = kafka("crm.accounts")
  history = parquet("accounts/")
}
"""
ENGAGEMENT = """
features engagement from clicks by user_id over 1h, 30d {
  clicks = count() where action == "click"
  dwell  = avg(dwell_ms)
  newest = max(ts) over 30d
}
"""
LIMITS = """
params limits from kafka("control.limits") {
  @range(0, 1)
  least: float = 0.5
  @range(1, 100)
  most: int = 10
}
"""
MODEL = 'model propensity(clicks: int, dwell: float, mobile: bool) -> float { onnx = "m.onnx" fallback = 0.5 }\n'
RULES = """
rules decision(score: float, plan: string) -> string from kafka("control.rules") {
  premium   = "allow" when plan == "premium"
  likely    = "offer" when score >= limits.least
  otherwise = "block"
}
"""
ALL = CLICKS + ACCOUNTS + ENGAGEMENT + LIMITS + MODEL + RULES
STREAM = """
stream scored
  from clicks
  lookup engagement as user on user_id
  lookup accounts on user_id
  where action == "view"
  keep user_id, ts
  to kafka("scores")
{
  score    = propensity(clicks=user.clicks[1h], dwell=user.dwell[30d] ?? 0.0, mobile=accounts.device == "mobile")
  verdict  = decision(score, accounts.plan)
  too_much = user.clicks[30d] > limits.most
}
"""


def errors(*texts: str, **files: str) -> list[str]:
    """The codes of what is said, without that these do not run yet, or that nothing reads them."""
    return [each.code for each in compiled(*texts, **files).diagnostics if each.code not in {"F501", "F302"}]


def test_what_is_right_is_right() -> None:
    found = compiled(ALL, STREAM)
    assert {each.code for each in found.diagnostics} == {"F501"}
    assert {each.level for each in found.diagnostics} == {"warning"}
    assert found.program is not None
    assert [block.name for block in found.program.features] == ["engagement"]


def test_a_member_by_its_columns_name_is_told_how_it_is_read() -> None:
    (found,) = [
        d
        for d in compiled(ALL, STREAM.replace("user.clicks[1h]", "user.clicks_1h")).diagnostics
        if d.help and d.code == "F126"
    ]
    assert found.help == "write `user.clicks[1h]`"
    block = "features more from clicks by user_id over 1h, 24h { n = count() m = n_1h * 2 }\n"
    (found,) = [d for d in compiled(ALL, block).diagnostics if d.code == "F110"]
    assert found.help == "write `n[1h]`"


def test_the_examples_of_the_language() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.feat")}
    shop = texts["clickstream"].split("## How actively")
    accounts = 'table accounts(user_id: string, plan: string, device: string) by user_id { stream = kafka("crm.a") }\n'
    files = {
        "shop/sources": shop[0] + accounts,
        "shop/engagement": "import shop.sources\n## How actively" + shop[1],
    }
    assert errors(texts["paywall"].replace("import", "import", 1), **files) == []


def test_features_over_a_stream_are_typed() -> None:
    over = "features later from scored by user_id over 1h { high = count() where score > 0.5 and too_much }\n"
    assert errors(ALL, STREAM, over) == []
    assert errors(ALL, STREAM, over.replace("score >", "scores >")) == ["F109"]
    assert errors(ALL, STREAM, over.replace("by user_id", "by page_id")) == ["F109"]
    assert errors(ALL, STREAM, "stream more from scored { half = score / 2 }\n") == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        # lookups
        ("user.clicks[1h]", "user.clicks[5m]", ["F220"]),
        ("user.clicks[1h]", "user.clicks", ["F220"]),
        ("user.clicks[1h]", "user.clickz[1h]", ["F126"]),
        ("user.clicks[1h]", "usr.clicks[1h]", ["F126"]),
        ("user.clicks[1h]", "user.dwell[1h]", ["F205"]),
        ("accounts.plan", "accounts.plann", ["F126"]),
        ("accounts.plan", "engagement.newest", ["F126"]),
        ("limits.most", "limits.mots", ["F126"]),
        ("lookup accounts on user_id", "lookup acounts as accounts on user_id", ["F102"]),
        ("lookup accounts on user_id", "lookup clicks as accounts on user_id", ["F120"]),
        ("lookup accounts on user_id", "lookup accounts on user", ["F127", "F109", "F127"]),
        ("lookup accounts on user_id", "lookup accounts on user_id == price", ["F127"]),
        ("lookup accounts on user_id", "lookup accounts on user_id at ts - 1h", ["F502"]),
        ("lookup accounts on user_id", "lookup accounts on user_id at price", ["F202"]),
        ("lookup accounts on user_id", "lookup accounts as price on user_id", ["F101", "F126", "F126"]),
        ("lookup accounts on user_id", "lookup accounts on user_id lookup accounts on user_id", ["F101"]),
        # the head
        ('where action == "view"', "where action", ["F202"]),
        ("keep user_id, ts", "keep user, ts", ["F109"]),
        ("keep user_id, ts", "keep user_id, ts by user_id", ["F116"]),
        ("from clicks\n  lookup", "from clikcs\n  lookup", ["F102"]),
        ("from clicks\n  lookup", "from accounts\n  lookup", ["F120"]),
        ("  too_much =", "  user_id =", ["F107"]),
        ("too_much = user.clicks[30d] > limits.most", 'too_much = user.clicks[30d] > "x"', ["F201"]),
        # calls
        ("propensity(clicks=user.clicks[1h], ", "propensity(", ["F206"]),
        ("propensity(clicks=", "propensity(click=", ["F206"]),
        ("decision(score, accounts.plan)", "decision(accounts.plan, score)", ["F205", "F205"]),
        # tables
        ("device: string?, since: timestamp) by user_id", "device: string?, since: timestamp) by user", ["F109"]),
        ("since: timestamp) by user_id {", "since: timestamp) {", ["F115"]),
        ("since: timestamp) by user_id {", "since: float) by user_id over 1h {", ["F116"]),
        ("history = parquet", "histry = parquet", ["F112"]),
        # parameters
        ("least: float = 0.5", "least = 0.5", ["F115"]),
        ("least: float = 0.5", "least: float = 1.5", ["F233"]),
        ("least: float = 0.5", 'least: float = "x"', ["F223"]),
        ("@range(0, 1)", "@range(0)", ["F206"]),
        ("@range(0, 1)", "@rnage(0, 1)", ["F114"]),
        # models
        ('onnx = "m.onnx"', "", ["F115"]),
        ("fallback = 0.5", 'fallback = "x"', ["F223"]),
        ("fallback = 0.5", "fall_back = 0.5", ["F112"]),
        ("-> float { onnx", "{ onnx", ["F115"]),
        # rules
        ('otherwise = "block"', "", ["F234"]),
        ('otherwise = "block"', 'otherwise = "block"\n  more = "allow" when score > 0', ["F306"]),
        ('"offer" when', "1 when", ["F203"]),
        ("when score >= limits.least", "when score >= limit.least", ["F126"]),
        ("when score >= limits.least", "when score", ["F202"]),
        ("when score >= limits.least", "when scor > 0.5", ["F124"]),
        ("likely    =", "premium   =", ["F107"]),
    ],
)
def test_what_is_wrong_is_found(before: str, after: str, found: list[str]) -> None:
    text = ALL + STREAM
    assert before in text
    assert errors(text.replace(before, after, 1)) == found


def test_circles_are_found() -> None:
    text = CLICKS + "stream a from b { x = 1 }\nstream b from a { y = 2 }\n"
    assert errors(text) == ["F117"]
    looked = (
        CLICKS
        + "stream s from clicks lookup f on user_id { x = f.n }\nfeatures f from s by user_id over 1h { n = count() }\n"
    )
    assert errors(looked) == ["F117"]


def test_united_streams_have_the_same_columns() -> None:
    two = "stream a from clicks keep user_id, ts { x = 1 }\nstream b from clicks keep user_id, ts { x = price }\n"
    assert errors(CLICKS, two, "stream c from a, a { }\n") == ["F121"]
    assert errors(CLICKS, two, "stream c from a, b { }\n") == ["F235"]
    assert errors(CLICKS, two, "stream c from a, b keep user_id { }\n") == []
    assert errors(CLICKS, two, "stream c from a, b keep user_id { x = 2 y = x }\n") == []
