"""Diagnostics as SARIF 2.1.0, for the code scanning of GitHub, GitLab and Azure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from featlang.compiler.codes import CODES
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.render import position

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> str:
    """One run with a result for each diagnostic; columns count UTF-16 units from 1, as SARIF does by default."""
    found = list(diagnostics)
    codes = sorted({each.code for each in found})
    rules = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes]
    results = [
        {
            "ruleId": each.code,
            "ruleIndex": codes.index(each.code),
            "level": each.level,
            "message": {"text": f"{each.title}. Help: {each.help}" if each.help else each.title},
            "locations": [{"physicalLocation": _place(each.span, texts)}],
            "relatedLocations": [
                {"id": number, "physicalLocation": _place(label.span, texts), "message": {"text": label.text}}
                for number, label in enumerate(each.labels)
            ],
        }
        for each in found
    ]
    driver = {"name": "feat", "version": version("featlang"), "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _place(span: Span, texts: Mapping[str, str]) -> dict[str, object]:
    text = texts.get(span.file, "")
    line, column = _utf16(text, span.start)
    end_line, end_column = _utf16(text, max(span.end, span.start))
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    path = Path(span.file)
    return {"artifactLocation": {"uri": path.as_uri() if path.is_absolute() else span.file}, "region": region}


def _utf16(text: str, offset: int) -> tuple[int, int]:
    line, column = position(text, offset)
    start = offset - column + 1
    return line, len(text[max(0, start) : offset].encode("utf-16-le", errors="surrogatepass")) // 2 + 1
