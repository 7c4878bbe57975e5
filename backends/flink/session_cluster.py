"""A Flink session cluster by its REST API: what runs there, how it fares, and how it is stopped."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from featlang.run_logs import reason

ENDED = ("FINISHED", "CANCELED", "FAILED")
"""The states of a job in which nothing of it runs."""

_ANSWER_SECONDS = 30
_POLL_SECONDS = 0.2
_START_SECONDS = 120
_NOT_FOUND = 404
_STARTING = "Not all required tasks are currently running"


class ClusterError(RuntimeError):
    """A cluster does not answer, or refuses. The message says which one, and what to do; `trace` what Flink says."""

    def __init__(self, message: str, trace: str = "") -> None:
        """`trace` may be empty."""
        super().__init__(message)
        self.trace = trace


class _UnknownError(ClusterError):
    """There is no such page."""


@dataclass(frozen=True)
class SessionCluster:
    """The cluster at an address, as in `http://127.0.0.1:8081`. Every method raises `ClusterError`."""

    address: str

    @property
    def endpoint(self) -> dict[str, str | int]:
        """Where Flink's own client finds it."""
        parts = urlsplit(self.address)
        return {"host": parts.hostname or "", "port": parts.port or 80}

    def check(self, version: str, parallelism: int) -> None:
        """Raise where a job of this version of Flink, with so many tasks at a time, would not run."""
        found = self.get("/overview")
        if found["flink-version"] != version:
            raise ClusterError(
                f"the cluster at {self.address} is Flink {found['flink-version']}, and apache-flink here is {version}: "
                "a job is submitted by the version that runs it"
            )
        free, slots = found["slots-available"], found["slots-total"]
        if free < parallelism:
            raise ClusterError(
                f"the cluster at {self.address} has {free} of {slots} slots free, and the job takes {parallelism}; "
                "stop another job (`feat stop`), or add a TaskManager"
            )

    def job(self, identity: str) -> dict[str, Any] | None:
        """What the cluster says of a job, in Flink's words; None if it does not know it."""
        try:
            found: dict[str, Any] = self._ask("GET", f"/jobs/{identity}")
        except _UnknownError:
            return None
        return found

    def get(self, path: str) -> Any:
        """What a page of the API gives."""
        return self._ask("GET", path)

    def text(self, path: str) -> str:
        """What a page that is no JSON gives: a log."""
        return self._send("GET", path).decode(errors="replace")

    def cancel(self, identity: str) -> None:
        """End a job without keeping its state, and wait for its end; nothing if it has ended."""
        if not self.has_ended(identity):
            self._ask("PATCH", f"/jobs/{identity}?mode=cancel")
        self._await_end(identity)

    def stop(self, identity: str, folder: str) -> str:
        """End a job with a savepoint in a folder, that every state backend reads; gives the savepoint's address.

        Waits while tasks are starting, but not for ever: they never all run where one fails again and again. Events
        that are held back stay in the savepoint.
        """
        deadline = time.monotonic() + _START_SECONDS
        wanted = {"targetDirectory": folder, "drain": False, "formatType": "CANONICAL"}
        while True:
            request = self._ask("POST", f"/jobs/{identity}/stop", wanted)["request-id"]
            done = self.get(f"/jobs/{identity}/savepoints/{request}")
            while done["status"]["id"] != "COMPLETED":
                time.sleep(_POLL_SECONDS)
                done = self.get(f"/jobs/{identity}/savepoints/{request}")
            cause = done["operation"].get("failure-cause")
            if cause is None:
                self._await_end(identity)
                return str(done["operation"]["location"])
            if _STARTING not in cause["stack-trace"]:
                trace = cause["stack-trace"]
                raise ClusterError(f"the savepoint failed, and the job goes on: {reason(trace)}", trace)
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"a savepoint needs all tasks of the job, and for {_START_SECONDS} s they did not all run; "
                    "`feat status` says why, and `feat stop` without --savepoint ends the job as it is",
                    cause["stack-trace"],
                )
            time.sleep(_POLL_SECONDS)

    def has_ended(self, identity: str) -> bool:
        """Whether nothing of a job runs; so too where the cluster does not know it."""
        job = self.job(identity)
        return job is None or job["state"] in ENDED

    def _await_end(self, identity: str) -> None:
        while not self.has_ended(identity):
            time.sleep(_POLL_SECONDS)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._send(method, path, body) or b"null")

    def _send(self, method: str, path: str, body: object = None) -> bytes:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked where feat.yaml is read
            self.address.rstrip("/") + path, content, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as response:  # noqa: S310 - as above
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            kind = _UnknownError if error.code == _NOT_FOUND else ClusterError
            with error:
                text = _said(error.read().decode(errors="replace"))
            raise kind(f"the cluster at {self.address} refused {method} {path}: {reason(text)}", text) from error
        except OSError as error:
            raise ClusterError(
                f"no Flink cluster answers at {self.address}: {getattr(error, 'reason', error)}; "
                "start it, or correct `flink: {address: …}` of the environment in feat.yaml"
            ) from error
        return answer


def _said(answer: str) -> str:
    """The errors in an answer of the API; another answer, as of a proxy, as it is."""
    try:
        return "\n".join(json.loads(answer)["errors"])
    except (ValueError, KeyError, TypeError):
        return answer
