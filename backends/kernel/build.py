"""Java sources to jars with ECJ on any JRE: the runtime's layers, cached by content, and the generated classes."""

from __future__ import annotations

import fcntl
import hashlib
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from featlang.backends.kernel import jars
from featlang.backends.kernel.java_home import find_java

JAVA_SOURCES = Path(__file__).with_name("java")
RELEASE = 17
_MANIFEST = b"Manifest-Version: 1.0\r\nCreated-By: featlang\r\n\r\n"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class JavaCompileError(RuntimeError):
    """ECJ refused the sources; the message is ECJ's."""


@dataclass(frozen=True)
class Layer:
    """A package of the runtime: what it may use of the other layers, and the jars that stand on its class path.

    `carries` is a set of jars whose classes become part of the layer. `wheel` is the Python package without which the
    layer cannot be built, and is not needed.
    """

    uses: tuple[str, ...] = ()
    carries: str | None = None
    jar_sets: tuple[str, ...] = ()
    wheel: str | None = None

    def class_path(self) -> list[Path]:
        """The jars of others that the layer is compiled against."""
        of_wheel = jars.wheel_jars(self.wheel) if self.wheel else []
        return of_wheel + [jar for name in self.jar_sets for jar in jars.jar_set(name)] + self.carried()

    def carried(self) -> list[Path]:
        """The jars whose classes become part of the layer."""
        return jars.jar_set(self.carries) if self.carries else []

    def licenses(self) -> dict[str, bytes]:
        """What must stand beside the classes of others, wherever they go."""
        files = sorted((JAVA_SOURCES / "licenses").glob("*.txt")) if self.carries else []
        return {f"licenses/{file.name}": file.read_bytes() for file in files}


LAYERS: dict[str, Layer] = {
    "kernel": Layer(carries="regex"),
    "files": Layer(uses=("kernel",), jar_sets=("parquet",)),
    "store": Layer(uses=("kernel",), jar_sets=("cassandra",)),
    "topics": Layer(uses=("kernel",), jar_sets=("kafka",)),
    "inprocess": Layer(uses=("kernel",), jar_sets=("compiler",), wheel="py4j"),
    "flink": Layer(uses=("kernel", "files", "store", "topics"), jar_sets=("parquet", "kafka"), wheel="pyflink"),
    "spark": Layer(uses=("kernel", "files", "store", "topics"), wheel="pyspark"),
}
"""In the order of building: a layer uses only earlier ones. The package `featlang.<name>` is the layer."""


def available_layers() -> tuple[str, ...]:
    """The layers of a deployed job whose engine is installed."""
    return tuple(
        name
        for name, layer in LAYERS.items()
        if name != "inprocess" and (not layer.wheel or jars.wheel_jars(layer.wheel))
    )


def jar_sets() -> tuple[str, ...]:
    """The sets of locked jars that compiling a job takes."""
    layers = [LAYERS[name] for name in available_layers()]
    used = [name for layer in layers for name in (layer.carries, *layer.jar_sets) if name]
    return tuple(dict.fromkeys(["compiler", *used]))


def compile_java(
    sources: Mapping[str, str] | Sequence[Path], class_path: Sequence[Path] = (), release: int = RELEASE
) -> dict[str, bytes]:
    """Compiles sources to classes: each class file by its path, as in `featlang/kernel/Type.class`.

    `sources` are texts by path (`a/b/C.java`), or folders whose `.java` files are all compiled. `class_path` are jars
    and folders. Raises `JavaCompileError` with ECJ's message.
    """
    with tempfile.TemporaryDirectory(prefix="featlang-ecj-") as scratch:
        out = Path(scratch, "out")
        out.mkdir()
        files = _source_files(sources, Path(scratch, "src"))
        if not files:
            return {}
        arguments = Path(scratch, "files.txt")
        arguments.write_text("\n".join(f'"{file}"' for file in files), encoding="utf-8")
        entries = [str(entry) for entry in class_path] or [str(out)]
        options = [f"-{release}", "-proc:none", "-nowarn", "-encoding", "UTF-8", "-g", "-d", str(out)]
        result = subprocess.run(  # noqa: S603 - a fixed program
            [
                *(find_java().executable, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jars.ecj()),
                *(*options, "-classpath", ":".join(entries), f"@{arguments}"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise JavaCompileError((result.stdout + result.stderr).strip())
        return {file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*.class"))}


def jar_bytes(entries: Mapping[str, bytes]) -> bytes:
    """A jar of the entries. Equal entries give equal bytes: sorted, one fixed time, stored (no zlib shows)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in [("META-INF/MANIFEST.MF", _MANIFEST), *sorted(entries.items())]:
            info = zipfile.ZipInfo(path, _FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def write_jar(classes: Mapping[str, bytes], path: Path) -> None:
    """Writes `jar_bytes` to a file, whole or not at all."""
    jars.write_atomically(path, jar_bytes(classes))


def jar_entries(jar: Path) -> dict[str, bytes]:
    """What `write_jar` was given; of a jar of others, all but what is about the jar."""
    with zipfile.ZipFile(jar) as archive:
        files = [name for name in archive.namelist() if not name.startswith("META-INF/") and not name.endswith("/")]
        return {name: archive.read(name) for name in files}


def kernel_jar(sources: Mapping[str, str]) -> bytes:
    """The jar of generated classes, compiled against the kernel alone: they see no engine."""
    return jar_bytes(compile_java(sources, [layer_jar("kernel")]))


def job_jar(sources: Mapping[str, str]) -> bytes:
    """What a job is deployed with: the runtime's layers and the generated classes, in one jar.

    `sources` are Java texts by qualified class name. Compiled once for each content, kept in the user's cache.
    """
    files = {f"{name.replace('.', '/')}.java": text for name, text in sources.items()}
    digest = hashlib.sha256(layer_jar("kernel").name.encode())
    for path, text in sorted(files.items()):
        digest.update(f"{path} {len(text)}\n{text}".encode())
    target = jars.cache_folder() / "kernels" / f"{digest.hexdigest()[:32]}.jar"
    if not target.is_file():
        jars.write_atomically(target, kernel_jar(files))
    return jar_bytes({**jar_entries(runtime_jar()), **jar_entries(target)})


def runtime_jar(layers: Sequence[str] | None = None) -> Path:
    """The jar of the runtime's layers (with those that they use), from the user's cache or built into it.

    `layers` default to all whose engine is installed. The jar is named by its content, so it never changes in place.
    """
    entries: dict[str, bytes] = {}
    for jar in _layer_jars(available_layers() if layers is None else layers).values():
        entries |= jar_entries(jar)
    content = jar_bytes(entries)
    target = jars.cache_folder() / "runtime" / f"featlang-runtime-{hashlib.sha256(content).hexdigest()[:16]}.jar"
    if not target.is_file():
        jars.write_atomically(target, content)
    return target


def layer_jar(name: str) -> Path:
    """One layer's jar, cached by its sources, its class path (the layers it uses included), ECJ and the JRE's major."""
    return _layer_jars([name])[name]


def _layer_jars(names: Sequence[str]) -> dict[str, Path]:
    """The jars of layers and of those that they use, in the order of building."""
    built: dict[str, Path] = {}
    for name in _with_used(names):
        layer = LAYERS[name]
        built[name] = _layer_jar(name, [*(built[other] for other in layer.uses), *layer.class_path()])
    return built


def _layer_jar(name: str, class_path: Sequence[Path]) -> Path:
    layer = LAYERS[name]
    folder = JAVA_SOURCES / "featlang" / name
    target = jars.cache_folder() / "layers" / f"featlang-{name}-{_key(layer, folder, class_path)}.jar"
    if not target.is_file():
        with _only_one_process(target.with_suffix(".lock")):
            if not target.is_file():
                classes = compile_java([folder], class_path)
                carried = {k: v for jar in layer.carried() for k, v in jar_entries(jar).items()}
                write_jar({**classes, **carried, **layer.licenses()}, target)
    return target


def _with_used(layers: Sequence[str]) -> list[str]:
    wanted = set(layers)
    for name in reversed(LAYERS):
        if name in wanted:
            wanted.update(LAYERS[name].uses)
    return [name for name in LAYERS if name in wanted]


def _key(layer: Layer, folder: Path, class_path: Sequence[Path]) -> str:
    """What decides a layer's bytes. Jars are told apart by name: a wheel's has the version, a layer's the key."""
    digest = hashlib.sha256()
    parts = [jars.ecj().name, str(find_java().major), str(RELEASE), *(jar.name for jar in class_path)]
    for part in parts:
        digest.update(part.encode() + b"\n")
    for name, content in layer.licenses().items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    for source in sorted(folder.rglob("*.java")):
        content = source.read_bytes()
        digest.update(f"{source.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _source_files(sources: Mapping[str, str] | Sequence[Path], scratch: Path) -> list[Path]:
    if not isinstance(sources, Mapping):
        return [file for folder in sources for file in sorted(folder.rglob("*.java"))]
    for name, text in sources.items():
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return [scratch / name for name in sorted(sources)]


@contextmanager
def _only_one_process(lock: Path) -> Iterator[None]:
    """Holds the file's lock, so that parallel processes do not build the same thing twice."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
