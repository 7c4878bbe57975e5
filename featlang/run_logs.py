"""From an engine's log to the few lines that say what went wrong."""

from __future__ import annotations

import re

_JAVA = re.compile(r"^\s*(?:Caused by: |Exception in thread \"[^\"]*\" )?((?:[\w$]+\.)+[A-Z][\w$]*)(?:: (.*))?$")
_PYTHON = re.compile(r"^(?:[\w]+\.)*([A-Z]\w*(?:Error|Exception|Interrupt))(?:: (.*))?$")
_FRAME = re.compile(r"^\s+at |^\s*\.\.\. \d+ more|^\s+File \"|^Traceback |^\s*\^+\s*$")
_WRAPPERS = ("Py4JJavaError", "Py4JError", "SparkException", "JobExecutionException", "JobException")
_ENDED = re.compile(r"Application has been killed\. Reason: (.*)")
_LINES = 12


def reason(log: str) -> str:
    """What ended the program, as people want to read it: the innermost cause, else the last lines of the log."""
    ended = _ENDED.search(log)
    if ended and "All masters are unresponsive" in ended[1]:
        return "no Spark master answers; start it, or correct `spark: {master: …}` of the environment in feat.yaml"
    if ended:  # what follows in the log comes of it
        return f"the cluster ended the application: {ended[1]}; the log of its worker says why"
    lines = log.splitlines()
    causes = [cause for cause in map(_cause, lines) if cause]
    ours = [text for name, text in causes if name.startswith("featlang.") and text]
    if ours:
        return ours[-1]
    innermost = [f"{name.rpartition('.')[2]}: {text}" for name, text in causes if text and not name.endswith(_WRAPPERS)]
    if innermost:
        return innermost[-1]
    return (
        "\n".join([line for line in lines if line.strip() and not _FRAME.match(line)][-_LINES:]) or "the log is empty"
    )


def _cause(line: str) -> tuple[str, str] | None:
    """The class and the message of an exception that a line names."""
    match = _JAVA.match(line)
    if match and match[1].rpartition(".")[2].endswith(("Exception", "Error")):
        return match[1], match[2] or ""
    match = _PYTHON.match(line)
    return (match[1], match[2] or "") if match else None
