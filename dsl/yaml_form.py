"""The YAML form of a file, by one rule: a key is the `.feat` head or keyword, a scalar the text that follows it.

There is one grammar: YAML becomes `.feat` text, of which each character knows its place in the YAML file, and that text
is parsed. All scalars stay text (`on`, `no` and `0.50` are safe). Anchors, aliases, tags and merge keys are refused.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import yaml

from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.parse import MAX_LENGTH, Parsed, parse
from featlang.dsl.suggest import nearest
from featlang.dsl.words import CLAUSES, KINDS

MAX_NESTING = 20
"""The deepest nesting of YAML that is read; a declaration needs four."""

MAX_LINE = 200_000
"""The longest line that is read: what stands in one is hardly meant, and takes seconds, when it is longer."""

HEADS = ("doc", "columns", "returns", *CLAUSES, "define", "is")
"""The keys of a declaration, besides annotations."""
_COMMENT = re.compile(r"(?:(?<=\s)|(?<![^\n]))#[^\n]*")
_ODD = re.compile("[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What ends a line in YAML, or has no place in its files."""
_LINE_BREAK = re.compile(r"[\n\r\x85\u2028\u2029]")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n]*)")


def parse_yaml(path: str, text: str) -> Parsed:
    """Read the YAML form of a file. Never raises; spans of the tree and of diagnostics point into the YAML file."""
    if len(text) > MAX_LENGTH:
        return parse(path, text)  # which refuses it
    start = 0
    for line in text.split("\n"):
        if len(line) > MAX_LINE:
            title = f"a line has {len(line):,} characters; {MAX_LINE:,} are the most that is read of YAML"
            long = Diagnostic("F002", title, Span(path, start, start), help="break it into several")
            return Parsed(tree.File(path, text, (), ()), (long,))
        start += len(line) + 1
    converted = to_text(path, text)
    if converted.diagnostics:
        return Parsed(tree.File(path, text, (), ()), converted.diagnostics)
    parsed = parse(path, converted.text)
    file: tree.File = _moved(replace(parsed.file, text=text), converted.places)
    return Parsed(file, _moved(parsed.diagnostics, converted.places), parsed.broken)


@dataclass(frozen=True, slots=True)
class Converted:
    """`.feat` text and, for each of its characters, the place in the YAML file that it comes from."""

    text: str
    places: Sequence[int]
    diagnostics: tuple[Diagnostic, ...]


def to_text(path: str, text: str) -> Converted:
    """The `.feat` text of a YAML form, comments included, without a look."""
    reading = _Reading(path, text)
    try:
        root = compose(text)
    except _Refused as error:
        place = error.problem_mark.index if error.problem_mark else 0
        reading.report("F041", str(error.problem), place, place + 1, "YAML is plain here: keys, texts and lists")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reading.report("F041", f"this is no YAML: {error.problem or error.context}", mark.index if mark else 0)
    except yaml.YAMLError as error:
        place = getattr(error, "position", 0)
        reading.report("F041", f"this is no YAML: {getattr(error, 'reason', error)}", place)
    except RecursionError:
        reading.report("F003", f"this is nested more than {MAX_NESTING} levels deep", 0)
    else:
        reading.file(root)
    return Converted("".join(reading.parts), reading.places, tuple(reading.diagnostics))


class _Refused(yaml.MarkedYAMLError):
    """Something of YAML that has no place here."""


class _Loader(
    yaml.composer.Composer, yaml.parser.Parser, yaml.scanner.Scanner, yaml.reader.Reader, yaml.resolver.BaseResolver
):
    """Composes nodes whose scalars all stay text; refuses what could make a small file large."""

    def __init__(self, stream: str) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(None, None, "an alias (`*`) has no place here", mark)
        if getattr(event, "anchor", None) is not None:
            raise _Refused(None, None, "an anchor (`&`) has no place here", mark)
        if getattr(event, "tag", None) is not None:
            raise _Refused(None, None, "a tag (`!`) has no place here", mark)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _Refused(None, None, f"this is nested more than {MAX_NESTING} levels deep", mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def compose(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, scalars as texts; what has no place in it raises `yaml.YAMLError`."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Notes:
    """The comments of one key: those on lines above it, and the one behind it."""

    above: list[tuple[str, int]]
    behind: list[tuple[str, int]]


class _Reading:
    """Writes the `.feat` text of a YAML form, and notes where each character comes from."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.parts: list[str] = []
        self.places: list[int] = []
        self.diagnostics: list[Diagnostic] = []
        self.notes: dict[int, _Notes] = {}
        """By where a key, or an item of a list, starts."""
        self.ends: dict[int, list[tuple[str, int]]] = {}
        """Comments behind the last key of a mapping, by where it starts; -1: at the end of the file."""

    def report(self, code: str, title: str, start: int, end: int | None = None, advice: str = "") -> None:
        """Note what is wrong."""
        self.diagnostics.append(Diagnostic(code, title, Span(self.path, start, end or start), help=advice))

    # --- what is written

    def _add(self, text: str, place: int) -> None:
        self.parts.append(text)
        self.places += [place] * len(text)

    def _scalar(self, node: yaml.ScalarNode) -> None:
        """The value of a scalar: each character at its own place."""
        self.parts.append(node.value)
        self.places += places(node, self.text)

    def _comments(self, comments: Sequence[tuple[str, int]]) -> None:
        for text, place in comments:
            self._blank(place)
            self._add(f"{text}\n", place)

    def _above(self, node: yaml.Node) -> None:
        """The comments above a key, and the empty line that may stand there."""
        self._comments(self.notes[_start(node)].above)
        self._blank(_start(node))

    def _blank(self, place: int) -> None:
        line = self.text.rfind("\n", 0, place) + 1
        if line > 1 and not self.text[: line - 1].rpartition("\n")[2].strip():
            self._add("\n", place)

    def _behind(self, place: int) -> None:
        """The comment behind a key, and the end of its line."""
        for text, start in self.notes[place].behind:
            self._add(f"  {text}", start)
        self._add("\n", place)

    # --- files and declarations

    def file(self, root: yaml.Node | None) -> None:
        """A mapping of declarations."""
        self._collect(root)
        if isinstance(root, yaml.MappingNode):
            for key, value in self._pairs(root):
                self._above(key)
                if key.value == "import":
                    self._imports(key, value)
                else:
                    self._declaration(key, value)
        elif root is not None and not (isinstance(root, yaml.ScalarNode) and not root.value):
            title = "a file is a mapping: a key for each declaration"
            self.report("F042", title, _start(root), _end(root), "write it as in `features NAME:`")
        self._comments(self.ends.get(-1, ()))

    def _imports(self, key: yaml.ScalarNode, value: yaml.Node) -> None:
        if isinstance(value, yaml.SequenceNode):
            self._comments(self.notes[_start(key)].behind)
        for item in self._listed(value):
            if item is not value:
                self._above(item)
            self._add("import ", _start(key))
            self._scalar(item)
            self._behind(_start(key) if item is value else _start(item))
        self._comments(self.ends.get(_start(value), ()))

    def _declaration(self, key: yaml.ScalarNode, value: yaml.Node) -> None:
        if not re.fullmatch(r"\w+\s+\w+", key.value):
            advice = f"a key is a kind and a name, as in `features NAME`; the kinds are {', '.join(KINDS)}"
            self.report("F042", f"`{key.value}` is no head of a declaration", _start(key), _end(key), advice)
            return
        parts: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        lead: list[tuple[yaml.ScalarNode, yaml.Node]] = []
        if isinstance(value, yaml.MappingNode):
            for name, each in self._pairs(value):
                if name.value.startswith("@") or name.value == "doc":
                    lead.append((name, each))
                elif name.value in HEADS:
                    parts[name.value] = (name, each)
                else:
                    self._unknown(name, HEADS)
        elif not _is_empty(value):
            self._mapping_wanted(key, value)
        self._lead(lead, first=False)
        for name, _ in lead[:1]:
            self._above(name)  # which is next to the head
        self._scalar(key)
        self._head(key, parts)
        below = self.ends.get(_start(value), [])
        if "define" in parts:
            behind, below = below[:1], below[1:]
            self._add("".join(f"  {text}" for text, _ in behind) + "\n", behind[0][1] if behind else _end(key) - 1)
        self._comments(below)

    def _head(self, key: yaml.ScalarNode, parts: dict[str, tuple[yaml.ScalarNode, yaml.Node]]) -> None:
        if "columns" in parts:
            self._columns(*parts["columns"])
        if "returns" in parts:
            name, value = parts["returns"]
            self._comments_within(name)
            self._add(" -> ", _start(name))
            self._text(value)
        if self.notes[_start(key)].behind:
            self._behind(_start(key))
        self._add("\n", _start(key))
        for word, (name, value) in parts.items():
            if word in CLAUSES:
                items: list[yaml.Node] = [*self._listed(value)] if word == "lookup" else [value]
                if isinstance(value, yaml.SequenceNode):
                    self._comments([*self.notes[_start(name)].above, *self.notes[_start(name)].behind])
                for item in items:
                    self._comments(self.notes[_start(name)].above if item is value else self.notes[_start(item)].above)
                    self._add(f"{word} ", _start(name))
                    self._text(item)
                    self._behind(_start(name) if item is value else _start(item))
                self._comments(self.ends.get(_start(value), ()))
        if "is" in parts:
            name, value = parts["is"]
            self._comments(self.notes[_start(name)].above)
            self._add("= ", _start(name))
            self._text(value)
            self._behind(_start(name))
        if "define" in parts:
            self._block(*parts["define"])

    def _comments_within(self, name: yaml.ScalarNode) -> None:
        """Comments of something that has no line of its own."""
        notes = self.notes[_start(name)]
        for text, place in [*notes.above, *notes.behind]:
            self._add(f"\n{text}\n", place)

    def _lead(self, lead: Sequence[tuple[yaml.ScalarNode, yaml.Node]], *, first: bool = True) -> None:
        """Docs and annotations; without `first`, not the comments above the first of them."""
        for number, (name, value) in enumerate(lead):
            if number or first:
                self._above(name)
            if not isinstance(value, yaml.ScalarNode):
                self._text_wanted(value)
            elif name.value == "doc":
                offsets = places(value, self.text)
                start = 0
                written = value.value.rstrip("\n") if value.style in {"|", ">"} else value.value
                for line in written.split("\n"):
                    self._add("## ", _start(value))
                    self.parts.append(line)
                    self.places += offsets[start : start + len(line)]
                    self._add("\n", _start(value))
                    start += len(line) + 1
                self._comments(self.notes[_start(name)].behind)
            else:
                self._scalar(name)
                if value.value:
                    self._add("(", _start(value))
                    self._scalar(value)
                    self._add(")", max(_start(value), _end(value) - 1))
                self._behind(_start(name))

    def _columns(self, name: yaml.ScalarNode, value: yaml.Node) -> None:
        self._comments_within(name)
        self._add("(\n", _start(name))
        if isinstance(value, yaml.MappingNode):
            for key, each in self._pairs(value):
                self._above(key)
                kind: yaml.Node | None = each
                if isinstance(each, yaml.MappingNode):
                    found = self._of(key, each, ("doc", "type"))
                    kind = found.get("type")
                    if kind is None:
                        self.report("F042", f"`{key.value}` has no `type`", _start(key), _end(key), "add `type: …`")
                        continue
                self._scalar(key)
                self._add(": ", _end(key))
                self._text(kind)
                self._add(",", _end(key))
                self._behind(_start(key))
        elif not _is_empty(value):
            self._mapping_wanted(name, value)
        self._comments(self.ends.get(_start(value), ()))
        self._add(")", max(_start(name), _end(name) - 1))

    def _block(self, name: yaml.ScalarNode, value: yaml.Node) -> None:
        self._comments(self.notes[_start(name)].above)
        self._add("{", _start(name))
        self._behind(_start(name))
        if isinstance(value, yaml.MappingNode):
            for key, each in self._pairs(value):
                self._entry(key, each)
        elif not _is_empty(value):
            self._mapping_wanted(name, value)
        self._comments(self.ends.get(_start(value), ()))
        self._add("}", max(_start(name), _end(name) - 1))

    def _entry(self, key: yaml.ScalarNode, value: yaml.Node) -> None:
        self._above(key)
        if key.value.split(" ", 1)[0] == "use":
            self._scalar(key)
            if not _is_empty(value):
                self._text_wanted(value)
            self._behind(_start(key))
            return
        definition: yaml.Node | None = value
        kind = None
        if isinstance(value, yaml.MappingNode):
            found = self._of(key, value, ("doc", "type", "is"))
            definition, kind = found.get("is"), found.get("type")
            if definition is None:
                self.report("F042", f"`{key.value}` has no `is`", _start(key), _end(key), "add `is: …`")
                return
        self._scalar(key)
        if kind is not None:
            self._add(": ", _start(kind))
            self._text(kind)
        self._add(" = ", _end(key) - 1)
        self._text(definition)
        self._behind(_start(key))

    def _of(self, key: yaml.ScalarNode, node: yaml.MappingNode, known: Sequence[str]) -> dict[str, yaml.Node]:
        """The keys of a column or an entry; its docs and annotations are written.

        The comment behind the last of the known keys ends the line in `.feat` text too.
        """
        found: dict[str, yaml.Node] = {}
        lead = []
        comments: list[tuple[str, int]] = []
        for name, value in self._pairs(node):
            if name.value.startswith("@") or name.value == "doc":
                lead.append((name, value))
            elif name.value in known:
                notes = self.notes[_start(name)]
                comments += notes.above
                behind = self.notes[_start(key)].behind if name.value == known[-1] else comments
                behind += notes.behind
                found[name.value] = value
            else:
                self._unknown(name, known)
        self._lead(lead)
        self._comments([*comments, *self.ends.get(_start(node), ())])
        if comments:
            self._blank(min(_start(name) for name, _ in node.value if name.value in found))
        return found

    # --- nodes

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """Keys, which are texts, each once, and values."""
        seen: dict[str, yaml.ScalarNode] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.value:
                self.report("F042", "a key is a text", _start(key), _end(key), "write it as in `from: clicks`")
            elif key.value == "<<":
                self.report("F041", "a merge (`<<`) has no place here", _start(key), _end(key), "write it out")
            elif key.value in seen:
                first = seen[key.value]
                label = Label(Span(self.path, _start(first), _end(first)), "first here")
                title = f"`{key.value}` is written twice"
                span = Span(self.path, _start(key), _end(key))
                self.diagnostics.append(Diagnostic("F016", title, span, labels=(label,), help="keep one"))
            else:
                seen[key.value] = key
                yield key, value

    def _listed(self, node: yaml.Node) -> Sequence[yaml.ScalarNode]:
        """A text, or a list of them."""
        if isinstance(node, yaml.ScalarNode):
            return [node]
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                if not isinstance(item, yaml.ScalarNode):
                    self._text_wanted(item)
            return [item for item in node.value if isinstance(item, yaml.ScalarNode)]
        self._text_wanted(node)
        return []

    def _text(self, node: yaml.Node | None) -> None:
        if isinstance(node, yaml.ScalarNode):
            self._scalar(node)
        elif node is not None:
            self._text_wanted(node)

    def _text_wanted(self, node: yaml.Node) -> None:
        what = "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
        title = f"here stands {what}, where a text is read"
        self.report("F042", title, _start(node), _end(node), "write `.feat` text, in quotes where YAML needs them")

    def _mapping_wanted(self, key: yaml.ScalarNode, node: yaml.Node) -> None:
        title = f"`{key.value}` is followed by {'a list' if isinstance(node, yaml.SequenceNode) else 'a text'}"
        self.report("F042", title, _start(node), _end(node), "write a key for each part, on lines of their own")

    def _unknown(self, name: yaml.ScalarNode, known: Sequence[str]) -> None:
        near = nearest(name.value, known)
        advice = f"did you mean `{near}`?" if near else f"the keys are {', '.join(f'`{each}`' for each in known)}"
        self.report("F043", f"`{name.value}` is no key here", _start(name), _end(name), advice)

    # --- comments

    def _collect(self, root: yaml.Node | None) -> None:
        """Gives each comment to the key that it stands above or behind, or to the end of a mapping."""
        keys: list[tuple[yaml.Node, yaml.Node | None, yaml.Node]] = []  # a key or item, its value, what holds it
        scalars: list[tuple[int, int]] = []
        _walk(root, keys, scalars)
        for key, _, _ in keys:
            self.notes[_start(key)] = _Notes([], [])
        keys.sort(key=lambda each: _start(each[0]))
        starts = [_start(key) for key, _, _ in keys]
        for text, place in self._found(scalars):
            number = bisect_left(starts, place)
            line = self.text.rfind("\n", 0, place) + 1
            column = place - line
            if self.text[line:place].strip() and number:
                self.notes[starts[number - 1]].behind.append((text, place))
                continue
            following = keys[number] if number < len(keys) else None
            if following is not None and (column <= _column(following[0]) or number == 0):
                self.notes[starts[number]].above.append((text, place))
                continue
            holder = self._holder(keys[:number], column)
            self.ends.setdefault(-1 if holder is None else _start(holder), []).append((text, place))

    def _holder(self, before: Sequence[tuple[yaml.Node, yaml.Node | None, yaml.Node]], column: int) -> yaml.Node | None:
        """The mapping that ends with a comment in that column; None for the file."""
        for key, value, holder in reversed(before):
            if _column(key) < column and value is not None and _is_empty(value) and key.value in {"columns", "define"}:
                return value  # of which there are comments alone
            if _column(key) <= column:
                return None if _column(key) == 0 else holder
        return None

    def _found(self, scalars: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int]]:
        place = 0
        for start, end in [*sorted(scalars), (len(self.text), len(self.text))]:
            for match in _COMMENT.finditer(self.text, place, max(start, place)):
                yield match[0].rstrip(), match.start()
            header = _BLOCK_HEADER.match(self.text, start, end)
            if header:
                yield header[1].rstrip(), header.start(1)
            place = max(place, end)


def _walk(
    node: yaml.Node | None,
    keys: list[tuple[yaml.Node, yaml.Node | None, yaml.Node]],
    scalars: list[tuple[int, int]],
) -> None:
    if isinstance(node, yaml.ScalarNode):
        scalars.append((_start(node), _end(node)))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            keys.append((key, value, node))
            _walk(key, keys, scalars)
            _walk(value, keys, scalars)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            keys.append((item, None, node))
            _walk(item, keys, scalars)


def _start(node: yaml.Node) -> int:
    place: int = node.start_mark.index
    return place


def _end(node: yaml.Node) -> int:
    place: int = node.end_mark.index
    return place


def _column(node: yaml.Node) -> int:
    column: int = node.start_mark.column
    return column


def scalar(text: str) -> str:
    """A text as YAML: bare where it is read back so, else in quotes."""
    if text and text == text.strip() and not text.endswith(":"):
        try:
            root = compose(f"x: {text}")
        except yaml.YAMLError:
            root = None
        if isinstance(root, yaml.MappingNode) and len(root.value) == 1:
            value = root.value[0][1]
            if isinstance(value, yaml.ScalarNode) and value.style is None and value.value == text and "\n" not in text:
                return text
    if in_quotes(text):
        return '"' + "".join(_escaped(character) for character in text) + '"'
    return "'" + text.replace("'", "''") + "'"


def in_quotes(text: str) -> bool:
    """Whether YAML reads a text back only where it is escaped, in double quotes."""
    return _ODD.search(text) is not None


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    return f"\\U{ord(character):08x}" if in_quotes(character) else character


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value


def places(node: yaml.ScalarNode, text: str) -> list[int]:
    """Where each character of a scalar's value stands: what YAML drops or folds lies between them."""
    place, end = _start(node), _end(node)
    if node.style in {"'", '"'}:
        place += 1
    elif node.style in {"|", ">"}:
        header = _LINE_BREAK.search(text, place)
        place = header.end() if header else len(text)
    places = []
    for character in node.value:
        found = place
        while found < end and text[found] != character and (text[found].isspace() or text[found] in "\\'\""):
            found += 1
        if found < end and (text[found] == character or character == " "):
            places.append(min(found, end - 1))
            place = found + 1 if text[found] == character else found
        else:
            places.append(min(place, max(end - 1, _start(node))))
            place = min(place + (node.style == '"'), end)
    return places


def _moved(node: Any, places: Sequence[int]) -> Any:
    """A tree, or diagnostics, whose spans point into the YAML file."""
    if isinstance(node, Span):
        if not places:
            return replace(node, start=0, end=0)
        start = places[min(node.start, len(places) - 1)]
        end = places[min(node.end, len(places)) - 1] + 1 if node.end > node.start else start
        return replace(node, start=start, end=max(start, end))
    if isinstance(node, tuple):
        return tuple(_moved(each, places) for each in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{f.name: _moved(getattr(node, f.name), places) for f in fields(node)})
    return node
