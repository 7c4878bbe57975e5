"""A server in the background: one JVM that outlives who started it, with its log and its process number in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from featlang.backends.kernel.java_home import SUPPORTED, find_java

START_SECONDS = 180.0
STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1
_LINES_SHOWN = 20


class ServerError(RuntimeError):
    """A server did not start or did not stop. The message has the end of its log."""


@dataclass(frozen=True)
class Server:
    """One JVM and its folder, which has its `log`, its `pid`, and whatever else it keeps.

    `prepare` writes what the server needs into the folder, fetches its jars, and gives the arguments of `java`.
    `ready` is what the server logs once it serves. `majors` are the versions of Java that it runs on.
    """

    name: str
    folder: Path
    prepare: Callable[[Path], Sequence[str]]
    ready: str
    majors: tuple[int, ...] = SUPPORTED

    @property
    def log(self) -> Path:
        """What the server wrote, of all its runs."""
        return self.folder / "log"

    @property
    def process(self) -> int | None:
        """The number of the server's process; None if it does not run.

        The number alone says nothing: it may be another process by now, or one that is dead and not yet buried.
        """
        if not self._pid.is_file():
            return None
        number = self._pid.read_text(encoding="ascii").strip()
        listed = subprocess.run(  # noqa: S603 - a fixed program, and a number that we wrote
            ["/bin/ps", "-ww", "-o", "command=", "-p", number], capture_output=True, text=True, check=False
        )
        return int(number) if self._mark in listed.stdout else None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it serves. Raises `ServerError` and `JarError`."""
        if self.process is not None:
            return
        java = find_java()
        if java.major not in self.majors:
            wanted = " or ".join(map(str, self.majors))
            raise ServerError(f"{self.name} needs Java {wanted} and not {java.major}; set JAVA_HOME to one")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(java.executable), self._mark, *self.prepare(self.folder)]
        begin = self.log.stat().st_size if self.log.exists() else 0
        # The shell ends at once: the server belongs to nobody here, neither to our terminal nor to our exit.
        launched = subprocess.run(  # noqa: S603 - a fixed program
            ["/bin/sh", "-c", 'nohup "$@" >>"$0" 2>&1 </dev/null & echo $!', str(self.log), *command],
            env=java.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
            check=True,
        )
        self._pid.write_text(launched.stdout, encoding="ascii")
        try:
            self._await_ready(begin)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as it wishes, and wait for its end; nothing if it does not run. Raises `ServerError`."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash would; nothing if it does not run."""
        self._end(signal.SIGKILL)

    @property
    def _pid(self) -> Path:
        return self.folder / "pid"

    @property
    def _mark(self) -> str:
        """An argument by which the server's command line is known."""
        return f"-Dfeat.server={self.folder}"

    def _await_ready(self, begin: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.ready.encode() not in self._logged(begin):
            if self.process is None or time.monotonic() > deadline:
                ending = self._logged(begin).decode(errors="replace").splitlines()[-_LINES_SHOWN:]
                raise ServerError("\n".join([f"{self.name} did not start; the end of {self.log}:", *ending]))
            time.sleep(_POLL_SECONDS)

    def _logged(self, begin: int) -> bytes:
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read()

    def _end(self, kind: signal.Signals) -> None:
        process = self.process
        if process is not None:
            os.kill(process, kind)
        deadline = time.monotonic() + STOP_SECONDS
        while self.process is not None:
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name}, process {process}, still runs after {STOP_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)
        self._pid.unlink(missing_ok=True)
