"""The documentation: its programs compile, its commands and flags exist, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from featlang.compiler.compile import compile_program
from featlang.dsl.render import render
from tests.cli.conftest import Feat

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in (
            "language",
            "cli",
            "python",
            "running",
            "savepoints",
            "testing",
            "library",
            "training_sets",
            "debugging",
        )
    ),
]
PAGES += sorted(ROOT.glob("examples/*/README.md"))
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


FURTHER = """
source card_payments_in_currencies(card: string, amount: float, currency: string, ts: timestamp) { time = ts }
source page_views(user_id: string, page_id: string, ts: timestamp) { time = ts ties = [page_id] }
source clicks_without_ties(user_id: string, dwell_ms: int, ts: timestamp) { time = ts }
"""
"""Sources that the pages read, and do not show."""


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def errors(*texts: str) -> str:
    """What the compiler says of texts that make one project."""
    joined = {"page.feat": "\n".join(texts)}
    return render(compile_program(joined).diagnostics, joined, "concise")


def test_programs_of_the_pages_compile() -> None:
    assert errors(FURTHER, *blocks(ROOT / "docs" / "language.md", "feat")) == ""
    assert errors(*blocks(ROOT / "docs" / "library.md", "feat")) == ""
    shop = (ROOT / "examples" / "clickstream" / "sources.feat").read_text(encoding="utf-8")
    assert errors(shop, *blocks(ROOT / "README.md", "feat")) == ""


def test_the_message_on_the_page_is_the_one_that_is_printed() -> None:
    source = "source s(k: string, x: int, t: timestamp) { time = t ties = [x] }\n"
    found = errors(
        source,
        "features f from s by k over 5m, 1h, 30d {\n"
        "  clicks = count() avg_dwell = avg(x) over 1h, 30d intensity = clicks * avg_dwell\n}",
    )
    (shown,) = (block for block in blocks(ROOT / "docs" / "cli.md", "") if "F204" in block)
    assert shown.strip() in found


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_and_flags_of_the_pages_exist(page: Path, feat: Feat) -> None:
    for line in [line for block in blocks(page, "sh") for line in block.splitlines()]:
        command = re.search(r"(?:^|/|&& )feat ([\w-]+)([^#&]*)", line)
        if command:
            shown = feat(command[1], "--help")
            assert shown.code == 0, line
            for flag in re.findall(r"--[\w-]+", command[2]):
                assert flag in shown.out, line


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_make_targets_of_the_pages_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"\bmake ([a-z-]+)", "\n".join(blocks(page, "sh"))):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: make {target}"


@pytest.mark.parametrize(("example", "files"), [("flights", 3), ("clickstream", 2), ("cards", 2), ("campaign", 2)])
def test_examples_have_no_findings(example: str, files: int, feat: Feat) -> None:
    result = feat("check", ROOT / "examples" / example)
    assert (result.code, result.out) == (0, f"no errors in {files} files\n")


def test_the_tests_of_the_examples_pass(feat: Feat) -> None:
    """With tables, enriched streams and what is computed of them."""
    result = feat("test", "-C", ROOT / "examples" / "campaign")
    assert (result.code, result.out[:9]) == (0, "2 passed,")
