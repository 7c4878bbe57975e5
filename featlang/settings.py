"""`feat.yaml`: what is particular to the places where a project runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from featlang.compiler.report import Report, did_you_mean
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.files import FILE

MAX_LENGTH = 100_000
"""The longest `feat.yaml` that is read, in characters."""

MAX_DEPTH = 16
"""The deepest nesting of its mappings and lists."""

Path = tuple[str | int, ...]
"""Where a value stands: keys and positions from the top."""


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Place(_Model):
    """Where data is. A text is a path, or a connector as in `.feat`: `csv("data/clicks.csv", null="NA")`."""

    text: str | None = None
    """What stood there, where it was a text alone."""
    kind: str | None = None
    path: str | None = None
    options: dict[str, bool | int | float | str] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, str):
            return {"text": value}
        if isinstance(value, dict) and "text" in value:
            message = "a place has `kind`, `path` and `options`"
            raise ValueError(message)
        return value


class Binding(_Model):
    """What a source reads: as a stream, and as history. `options` hold for both."""

    stream: Place | None = None
    history: Place | None = None
    options: dict[str, bool | int | float | str] = {}


StateBackend = Literal["heap", "rocksdb"]


class State(_Model):
    """How Flink keeps state: where, how often it takes a checkpoint (a duration), and in which folder.

    Without an interval there are no checkpoints; without a folder they are gone when the run ends. `memory` is what
    each task of a stage may use for the keys that were used last, and half as much for events that wait, before it
    reads and writes the state. `restart` is how long the job may be away after a failure: transactions outlast it.
    """

    backend: StateBackend = "heap"
    interval: str | None = None
    checkpoints: str | None = None
    memory: str | None = None
    restart: str = "5m"

    @field_validator("memory", mode="before")
    @classmethod
    def _is_size(cls, value: object) -> object:
        if value is not None and (not isinstance(value, str) or _SIZE.fullmatch(value) is None):
            message = "a size is needed here, as in `64MB`"
            raise ValueError(message)
        return value

    @field_validator("checkpoints")
    @classmethod
    def _is_folder(cls, value: str | None) -> str | None:
        if value is not None and "://" in value:
            message = "a folder is needed here; without it checkpoints of a job on a cluster go where the cluster says"
            raise ValueError(message)
        return value

    @field_validator("interval", "restart", mode="before")
    @classmethod
    def _is_duration(cls, value: object) -> object:
        found = _INTERVAL.fullmatch(value) if isinstance(value, str) else None
        if value is not None and (found is None or not int(found[1])):
            message = "a duration is needed here, as in `10s`"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _has_interval(self) -> State:
        if self.checkpoints is not None and self.interval is None:
            message = "`checkpoints` says where they go, and nothing says how often; add `interval: 10s`"
            raise ValueError(message)
        return self

    @property
    def interval_ms(self) -> int | None:
        """The time from checkpoint to checkpoint, in milliseconds."""
        return _milliseconds(self.interval) if self.interval else None

    @property
    def restart_ms(self) -> int:
        """The longest restart, in milliseconds."""
        return _milliseconds(self.restart)

    @property
    def memory_bytes(self) -> int | None:
        """The memory of a task, in bytes."""
        found = _SIZE.fullmatch(self.memory or "")
        return int(found[1]) * _BYTES[found[2]] if found else None


def _milliseconds(text: str) -> int:
    found = _INTERVAL.fullmatch(text)
    return int(found[1]) * _MILLISECONDS[found[2]] if found else 0


_SECRET = re.compile(
    r"password|passphrase|secret|jaas|private\.key|keystore\.key|credential|basic\.auth", re.IGNORECASE
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FLINK = re.compile(r"http://[\w.-]+:\d{1,5}/?")
_MASTER = re.compile(r"spark://[\w.-]+:\d{1,5}(?:,[\w.-]+:\d{1,5})*")
_INTERVAL = re.compile(r"([0-9]{1,9})(ms|[smhd])")
_SIZE = re.compile(r"([0-9]{1,6})(KB|MB|GB)")
_BYTES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Secret(_Model):
    """A value that is not written down: in which environment variable it stands, or in which file (whole).

    White space around what a file holds is no part of it, but for Kafka's clients in jobs, which take all of it.

    It is looked up where it is used, on the machine and in the process that connect, never by the compiler.
    """

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Secret:
        if (self.env is None) == (self.file is None):
            message = "a secret is `{env: NAME}` or `{file: PATH}`"
            raise ValueError(message)
        if self.env is not None and not _VARIABLE.fullmatch(self.env):
            message = "the name of an environment variable is needed here, as in `{env: KAFKA_PASSWORD}`"
            raise ValueError(message)
        if self.file is not None and not self.file.startswith("/"):
            message = "the path of a secret begins at the root, as in `{file: /run/secrets/kafka}`"
            raise ValueError(message)
        return self


class Kafka(_Model):
    """The brokers of `kafka(…)`, as in `127.0.0.1:9092,127.0.0.1:9093`, and properties of Kafka's own clients."""

    servers: str
    properties: dict[str, bool | int | str | Secret] = {}

    @field_validator("properties")
    @classmethod
    def _hides_secrets(cls, properties: dict[str, object]) -> dict[str, object]:
        for name, value in properties.items():
            if _SECRET.search(name) and not isinstance(value, Secret):
                message = f"`{name}` is a secret: write `{{env: NAME}}` or `{{file: PATH}}`, never the secret itself"
                raise ValueError(message)
            if isinstance(value, Secret) and set(value.file or "") & {":", "{", "}"}:
                message = (
                    f"Kafka's clients read only a file with no `:`, `{{` or `}}` in its path, unlike `{value.file}`"
                )
                raise ValueError(message)
        return properties


class Cassandra(_Model):
    """The cluster of `cassandra(…)`: contact points, as in `127.0.0.1:9042`, and who connects."""

    hosts: list[str]
    datacenter: str = "datacenter1"
    user: str | None = None
    password: Secret | None = None


class Flink(_Model):
    """The session cluster that streaming jobs are submitted to, by its REST address, as in `http://127.0.0.1:8081`."""

    address: str

    @field_validator("address")
    @classmethod
    def _is_address(cls, address: str) -> str:
        if not _FLINK.fullmatch(address):
            message = "the address of Flink's REST API is needed here, as in `http://127.0.0.1:8081`"
            raise ValueError(message)
        return address


class Spark(_Model):
    """The master that batch jobs are submitted to, as in `spark://127.0.0.1:7077`."""

    master: str

    @field_validator("master")
    @classmethod
    def _is_master(cls, master: str) -> str:
        if not _MASTER.fullmatch(master):
            message = "the address of a standalone master is needed here, as in `spark://127.0.0.1:7077`"
            raise ValueError(message)
        return master


class Environment(_Model):
    """A place where the project runs; `bind` goes by the names of sources.

    Without `kafka` and `cassandra`, topics and tables have files of this machine in their place; without `flink` and
    `spark`, jobs run on engines that are started for them. `parallelism` is how many tasks of a kind run at a time:
    without it, as many as the machine that starts the run has processors, at most 8. `state` is spread over at most
    128.
    """

    bind: dict[str, Binding] = {}
    parallelism: int | None = Field(default=None, ge=1, le=128)
    state: State = State()
    kafka: Kafka | None = None
    cassandra: Cassandra | None = None
    flink: Flink | None = None
    spark: Spark | None = None

    @property
    def jar_sets(self) -> tuple[str, ...]:
        """The sets of locked jars that engines need here beside a job's own jar."""
        servers = {"kafka": self.kafka, "cassandra": self.cassandra}
        return ("parquet", "sqlite", *(name for name, server in servers.items() if server is not None))


class Settings(_Model):
    """The whole of `feat.yaml`; everything has a default, so the file may be missing."""

    name: str | None = None
    default: str = "local"
    environments: dict[str, Environment] = {}


@dataclass(frozen=True, slots=True)
class Read:
    """Settings, with the places of their values; without a file, or with errors, the defaults."""

    settings: Settings = field(default_factory=Settings)
    spans: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    shown: str = ""
    """The text for messages, with `*` for the characters of secrets that are written out."""

    def span(self, *path: str | int) -> Span:
        """Where the value of a path stands, or what holds it."""
        return _nearest_span(self.spans, path)


def read_settings(text: str) -> Read:
    """Read a `feat.yaml`. Never raises: what is wrong is among the diagnostics."""
    report = Report()
    reader = _Reader(text, report)
    data = reader.read()
    settings = Settings()
    if not report.failed and data is not None:
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            problems = {_at_value(problem["loc"]): problem for problem in error.errors(include_url=False)}
            for problem in problems.values():  # of a value that may be of several kinds, what the last of them says
                _report_problem(problem["loc"], problem["type"], problem["msg"], reader, report)
    if not report.failed:
        known = {*settings.environments, "local"}
        if settings.default not in known:
            title = f"the default environment `{settings.default}` is not among the environments"
            advice = did_you_mean(settings.default, sorted(known), "the environments")
            report.error("F402", title, _nearest_span(reader.spans, ("default",)), advice)
    return Read(settings, reader.spans, reader.keys, report.ordered(), _without_secrets(text, reader))


def _without_secrets(text: str, reader: _Reader) -> str:
    """The text with `*` for the characters of secrets: of values that are named so; of lines, where it is no YAML."""
    spans = [reader.spans[path] for path in reader.written if _SECRET.search(str(path[-1]))]
    if not reader.spans:
        lines = [(found.end(), text.find("\n", found.end())) for found in _SECRET.finditer(text)]
        spans = [Span(FILE, start, len(text) if end < 0 else end) for start, end in lines]
    shown = list(text)
    for span in spans:
        shown[span.start : span.end] = ["\n" if each == "\n" else "*" for each in shown[span.start : span.end]]
    return "".join(shown)


def _report_problem(location: Path, kind: str, message: str, reader: _Reader, report: Report) -> None:
    span = _nearest_span(reader.spans, location)
    if kind == "extra_forbidden":
        span = _nearest_span(reader.keys, location)
        fields = _fields_at(location)
        advice = did_you_mean(str(location[-1]), fields, "the keys here") if fields else "remove it"
        report.error("F401", f"`{location[-1]}` has no meaning here", span, advice)
        return
    where = ".".join(str(part) for part in _at_value(location)) or FILE
    if kind == "literal_error":
        written, backends = reader.text[span.start : span.end], get_args(StateBackend)
        report.error("F401", f"`{where}` is `{written}`", span, did_you_mean(written, backends, "the backends"))
        return
    text = _NEEDED.get(kind) or message.removeprefix("Value error, ")
    shape = _SHAPES.get(str(location[2]), _SHAPE) if len(location) > len(("environments", "local")) else _SHAPE
    advice = "put it in quotes" if kind == "string_type" else shape
    written = reader.text[span.start : span.end]
    if kind == "model_type" and location[-1:] == ("password",):
        advice = "say where it stands, as in `password: {env: CASSANDRA_PASSWORD}`: what is secret is never written out"
    elif kind == "model_type" and len(location) == len(_BINDING) and written and ":" not in written:
        advice = f"say what it reads, as in `{location[-1]}: {{stream: {written}}}`"
    report.error("F401", f"`{where}`: {text[:1].lower()}{text[1:]}", span, advice)


def _at_value(location: Path) -> Path:
    """The part of a location that stands in the file: of a value that may be of several kinds, the kind follows."""
    if location[2:4] == ("kafka", "properties"):
        return location[:5]
    return location


def _fields_at(location: Path) -> list[str]:
    """The keys that may stand where a wrong one stands."""
    models: dict[int, type[BaseModel]] = {1: Settings, 3: Environment, 5: Binding, 6: Place}
    model = _SECTIONS.get(location[2]) if len(location) == len(("environments", "local", "kafka", "servers")) else None
    model = model or models.get(len(location))
    return [name for name in model.model_fields if name != "text"] if model else []


_SECTIONS: dict[str | int, type[BaseModel]] = {
    "state": State,
    "kafka": Kafka,
    "cassandra": Cassandra,
    "flink": Flink,
    "spark": Spark,
}
"""What an environment has, besides its bindings."""

_SHAPES = {
    "state": "the shape is `state: {backend: rocksdb, interval: 10s, checkpoints: checkpoints, memory: 64MB}`",
    "kafka": "the shape is `kafka: {servers: 127.0.0.1:9092, properties: {sasl.jaas.config: {env: KAFKA_JAAS}}}`",
    "cassandra": "the shape is `cassandra: {hosts: [127.0.0.1:9042], user: feat, password: {env: CASSANDRA_PASSWORD}}`",
    "flink": "the shape is `flink: {address: http://127.0.0.1:8081}`",
    "spark": "the shape is `spark: {master: spark://127.0.0.1:7077}`",
}


_NEEDED = {
    "model_type": "a mapping is needed here, as in `key: value`",
    "dict_type": "a mapping is needed here, as in `key: value`",
    "string_type": "a text is needed here",
}
_BINDING = ("environments", "local", "bind", "clicks")
"""Where the binding of a source stands, for example."""

_SHAPE = "the shape is `environments: {local: {bind: {clicks: {stream: data/clicks.jsonl}}}}`"


def _nearest_span(spans: dict[Path, Span], path: Path) -> Span:
    """The span of the longest beginning of a path that has one."""
    for length in range(len(path), -1, -1):
        if path[:length] in spans:
            return spans[path[:length]]
    return Span(FILE, 0, 0)


class _Reader:
    """YAML without what makes it unsafe or surprising: no anchors, no tags, no second key of a name, no depth."""

    def __init__(self, text: str, report: Report) -> None:
        self.text = text
        self.report = report
        self.spans: dict[Path, Span] = {}
        self.keys: dict[Path, Span] = {}
        self.written: list[Path] = []
        """Where a value stands that is written out, in the mapping that its name is of."""

    def read(self) -> object:
        """Give the data; None where it is empty, or wrong."""
        if len(self.text) > MAX_LENGTH:
            title = f"{FILE} has {len(self.text):,} characters; {MAX_LENGTH:,} are the most that is read"
            self.report.error("F401", title, Span(FILE, 0, 0), "keep settings only in it")
            return None
        try:
            if not self._plain():
                return None
            node = yaml.compose(self.text, Loader=yaml.SafeLoader)
            return None if node is None else self._value(node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            offset = min(mark.index if mark else 0, len(self.text))
            problem = error.problem or error.context or "it cannot be read"
            span = Span(FILE, offset, min(offset + 1, len(self.text)))
            self.report.error("F401", f"{FILE} is no YAML: {problem}", span, "mind indentation, colons and quotes")
        except yaml.reader.ReaderError as error:
            span = Span(FILE, error.position, error.position + 1)
            self.report.error("F401", f"{FILE} holds a character that YAML forbids", span, "remove it")
        return None

    def _plain(self) -> bool:
        """Whether the events, which are read without recursion, hold nothing but plain and shallow data."""
        depth = 0
        for event in yaml.parse(self.text, Loader=yaml.SafeLoader):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
            named = isinstance(event, yaml.NodeEvent) and (event.anchor or getattr(event, "tag", None))
            if named or depth > MAX_DEPTH:
                what = (
                    f"is nested more than {MAX_DEPTH} levels deep"
                    if depth > MAX_DEPTH
                    else "holds an anchor, alias or tag"
                )
                span = _span(event)
                self.report.error("F401", f"{FILE} {what}", span, "write the values out")
                return False
        return True

    def _value(self, node: yaml.Node, path: Path) -> object:
        self.spans[path] = self._span(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, i)) for i, item in enumerate(node.value)]
        try:
            return _scalar(node)
        except ValueError:  # a number or date that YAML takes for one, and Python does not
            self.report.error("F401", "this value cannot be read", self._span(node), "put it in quotes")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report.error("F401", "a key is a text", self._span(key), "write one word before the colon")
                continue
            name: str = key.value
            if name in found:
                self.report.error("F401", f"`{name}` stands here twice", self._span(key), "keep one")
            self.keys[(*path, name)] = self._span(key)
            if isinstance(value, yaml.ScalarNode):
                self.written.append((*path, name))
            found[name] = self._value(value, (*path, name))
        return found

    def _span(self, node: yaml.Node) -> Span:
        whole = _span(node)
        return Span(FILE, whole.start, whole.start + len(self.text[whole.start : whole.end].rstrip()))


def _span(part: yaml.Event | yaml.Node) -> Span:
    start, end = part.start_mark, part.end_mark
    return Span(FILE, start.index if start else 0, end.index if end else 0)


def _scalar(node: yaml.Node) -> object:
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value  # dates have no meaning in settings: they stay texts
    value: object = yaml.constructor.SafeConstructor().construct_object(node)
    return value
