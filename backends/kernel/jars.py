"""The jars outside the Python wheels: pinned in `jars.lock`, fetched once into a cache, verified by SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from xml.etree import ElementTree as ET

MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
LOCK = Path(__file__).with_name("jars.lock")


class JarError(RuntimeError):
    """A locked jar could not be had, or is not the one that is locked. The message says which, and what to do."""


@dataclass(frozen=True)
class LockedJar:
    """A line of the lock: `group:artifact:version`, the set it belongs to, and the SHA-256 of its bytes (hex)."""

    coordinates: str
    set: str
    sha256: str

    @property
    def artifact(self) -> str:
        """The middle part of the coordinates, as in `ecj`."""
        return self.coordinates.split(":")[1]

    @property
    def file_name(self) -> str:
        """As in `ecj-3.46.100.jar`."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"

    @property
    def path(self) -> str:
        """The jar's place in a Maven repository."""
        group, artifact, version = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file_name}"


def cache_folder() -> Path:
    """Where fetched and built jars are kept: `FEAT_CACHE`, else `featlang` in `XDG_CACHE_HOME`, else in `~/.cache`."""
    if os.environ.get("FEAT_CACHE"):
        return Path(os.environ["FEAT_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "featlang"


def locked(lock: Path = LOCK) -> tuple[LockedJar, ...]:
    """Every jar of the lock, in its order."""
    return tuple(LockedJar(**entry) for entry in json.loads(lock.read_text(encoding="utf-8"))["jars"])


def jar_set(name: str) -> list[Path]:
    """The files of a set: `compiler` (ECJ), `regex` (RE2/J), `sqlite`, `parquet` (what Flink lacks), `kafka`, ..."""
    return [jar_file(jar) for jar in locked() if jar.set == name]


def ecj() -> Path:
    """The Java compiler's jar."""
    return jar_set("compiler")[0]


def jar_file(jar: LockedJar) -> Path:
    """The jar from the `pyspark` wheel if that has the very same file, else from the cache, else fetched.

    Raises `JarError` if it cannot be fetched, or if what came has another hash.
    """
    in_wheel = _from_wheel(jar)
    if in_wheel:
        return in_wheel
    target = cache_folder() / "jars" / jar.sha256[:16] / jar.file_name
    if not _is_locked(target, jar):
        write_atomically(target, _fetch(jar))
    return target


def write_atomically(target: Path, content: bytes) -> None:
    """Writes the whole file or nothing: readers in other processes never see a part of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def repository() -> str:
    """Where to fetch from: `FEAT_MAVEN_MIRROR`, else the mirror of `~/.m2/settings.xml`, else Maven Central."""
    return (os.environ.get("FEAT_MAVEN_MIRROR") or _settings_mirror() or MAVEN_CENTRAL).rstrip("/")


def wheel_jars(package: str) -> list[Path]:
    """The jars that a wheel carries (`pyflink`: `lib` and `opt`'s Python support; `pyspark`; `py4j`); [] if absent."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return []
    home = Path(next(iter(spec.submodule_search_locations)))
    if package == "py4j":
        return sorted((home.parents[3] / "share" / "py4j").glob("py4j*.jar"))
    folders = {"pyflink": ("lib/*.jar", "opt/flink-python-*.jar"), "pyspark": ("jars/*.jar",)}
    return [jar for pattern in folders[package] for jar in sorted(home.glob(pattern))]


def _fetch(jar: LockedJar) -> bytes:
    shown, headers = _without_password(repository())
    request = urllib.request.Request(f"{shown}/{jar.path}", headers=headers)  # noqa: S310 - as the next line
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - https, or the mirror the user named
            content: bytes = response.read()
    except (urllib.error.URLError, OSError) as error:
        message = (
            f"cannot fetch {jar.coordinates} from {shown}: {error}; "
            "set FEAT_MAVEN_MIRROR to a Maven repository that this machine can reach"
        )
        raise JarError(message) from error
    found = hashlib.sha256(content).hexdigest()
    if found != jar.sha256:
        message = f"{jar.coordinates} from {shown} is not the locked file: expected {jar.sha256}, found {found}"
        raise JarError(message)
    return content


def _without_password(address: str) -> tuple[str, dict[str, str]]:
    """An address that may be shown, and the header into which its user and password go."""
    parts = urlsplit(address)
    if parts.username is None:
        return address, {}
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return shown, {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}


@cache
def _from_wheel(jar: LockedJar) -> Path | None:
    candidates = (candidate for candidate in wheel_jars("pyspark") if candidate.name == jar.file_name)
    return next((candidate for candidate in candidates if _is_locked(candidate, jar)), None)


def _is_locked(file: Path, jar: LockedJar) -> bool:
    """Whether the file is there, and is the one that is locked: a cache may be damaged."""
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256


def _settings_mirror() -> str | None:
    """The address of the first mirror of Maven Central in the user's Maven settings."""
    settings = Path.home() / ".m2" / "settings.xml"
    if not settings.is_file():
        return None
    try:
        root = ET.fromstring(settings.read_bytes())  # noqa: S314 - the user's own file
    except ET.ParseError as error:
        message = f"{settings}: {error}"
        raise JarError(message) from error
    for mirror in root.iterfind("{*}mirrors/{*}mirror"):
        covers = [part.strip() for part in mirror.findtext("{*}mirrorOf", "").split(",")]
        if "!central" not in covers and not {"*", "external:*", "central"}.isdisjoint(covers):
            return mirror.findtext("{*}url", "").strip() or None
    return None
