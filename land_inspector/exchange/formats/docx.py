"""Word documents (.docx): templates that an office changes in Word or WPS, filled from a closed list of fields.

A template is foreign input and is never run: it may hold ``{{field}}``, rows or paragraphs to repeat between ``{{#list}}`` and
``{{/list}}``, and parts to keep between ``{{?field}}`` and ``{{/field}}`` (``{{!field}}`` keeps them where the field is empty).
There are no expressions. Word cuts text into runs where it likes; a field may lie over several runs and takes the look of the
first. Whatever a template could bring along that acts (macros, external links, embedded objects) is refused.

ECMA-376 (transitional and strict).
"""
from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Union
from xml.parsers import expat

from ...errors import InputError, Message, message
from ...evidence.gdal_quiet import reading

Value = Union[None, str, bool, Sequence[Mapping[str, object]]]
Values = Mapping[str, object]

_WORD = ("http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
_TAG = re.compile(r"\{\{\s*([#/?!]?)\s*([^{}#/?!\s][^{}]*?)\s*\}\}")
_FILLED = re.compile(r"word/(document\d*|header\d*|footer\d*|footnotes|endnotes)\.xml")
_NEVER = re.compile(r"vbaProject\.bin|word/embeddings/|word/activeX/|customUI/|\.exe$|\.dll$|\.js$|\.vbs$", re.IGNORECASE)
_MOST_BYTES, _MOST_PARTS, _DEPTH, _MOST_ELEMENTS = 64 << 20, 2000, 200, 400_000
#: Fields of Word that fetch or start something when the document is opened or printed.
_ACTING_FIELDS = frozenset("DDE DDEAUTO INCLUDE INCLUDETEXT INCLUDEPICTURE IMPORT LINK DATABASE RD MACROBUTTON EMBED AUTOTEXTLIST".split())
#: What Word calls damaged where no paragraph stands at its end.
_ENDS_WITH_PARAGRAPH = frozenset(("tc", "txbxContent", "hdr", "ftr", "footnote", "endnote"))
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


# --- XML, kept as it is ---------------------------------------------------------------------------------------------------

class Element:
    """An element with its name as written (prefix and all), its attributes and its children; texts are plain strings."""

    __slots__ = ("name", "attributes", "children")

    def __init__(self, name: str, attributes: Dict[str, str], children: Optional[List[Union["Element", str]]] = None):
        self.name, self.attributes, self.children = name, attributes, children if children is not None else []

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def elements(self) -> List["Element"]:
        """Children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    def find(self, local: str) -> Iterator["Element"]:
        """All elements of this name below, this one too."""
        if self.local == local:
            yield self
        for child in self.elements():
            yield from child.find(local)

    def copy(self) -> "Element":
        """An equal one of its own."""
        return Element(self.name, dict(self.attributes), [c.copy() if isinstance(c, Element) else c for c in self.children])

    def text(self) -> str:
        """All text below."""
        return "".join(c.text() if isinstance(c, Element) else c for c in self.children)

    def write(self, into: List[str]) -> None:
        """Append this element as XML."""
        attributes = "".join(f' {key}="{_attribute(value)}"' for key, value in self.attributes.items())
        if not self.children:
            into.append(f"<{self.name}{attributes}/>")
            return
        into.append(f"<{self.name}{attributes}>")
        for child in self.children:
            child.write(into) if isinstance(child, Element) else into.append(escape(child, quote=False))
        into.append(f"</{self.name}>")


def parse_xml(content: bytes) -> Element:
    """The tree of an XML part. ValueError for a document type, for depth, and ExpatError for what is no XML."""
    root = Element("", {})
    stack, count = [root], [0]

    def start(name: str, attributes: Dict[str, str]) -> None:
        count[0] += 1
        if len(stack) > _DEPTH or count[0] > _MOST_ELEMENTS:
            raise ValueError("nested too deep" if len(stack) > _DEPTH else "too many elements")
        made = Element(name, attributes)
        stack[-1].children.append(made)
        stack.append(made)

    def text(data: str) -> None:
        stack[-1].children.append(data)

    def refuse(*_said: object) -> None:
        raise ValueError("document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _name: stack.pop() and None
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(content, True)
    return root.elements()[0]


def without_controls(text: str) -> str:
    """Without the signs that XML may not hold."""
    return _CONTROLS.sub("", text)


def _attribute(value: str) -> str:
    return escape(value).replace("\n", "&#10;").replace("\t", "&#9;").replace("\r", "&#13;")


def xml_of(root: Element) -> bytes:
    """A part as it is written."""
    parts = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
    root.write(parts)
    return "".join(parts).encode("utf-8")


# --- templates -------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Tag:
    """A tag as it stands: ``mark`` is "", #, /, ? or !; ``part`` and ``paragraph`` (from 1) say where."""

    mark: str
    name: str
    part: str
    paragraph: int


@dataclass(frozen=True)
class Filled:
    """A filled template. ``missing``: fields that had no value, marked in the text as :func:`gap` says."""

    content: bytes
    missing: Tuple[str, ...]


def gap(name: str) -> str:
    """What stands in a paper for a value that is not there: never an invented one, never nothing."""
    return f"【待填：{name}】"


@dataclass
class Template:
    """A .docx as it came, checked: every member of the archive and the parts that hold text."""

    file: str
    members: List[Tuple[zipfile.ZipInfo, bytes]]
    parts: Dict[str, Element] = field(default_factory=dict)
    main: str = "word/document.xml"

    @staticmethod
    def read(path: Path) -> "Template":
        """InputError that names the file where it is no .docx, is damaged, or brings what could act."""
        with reading(path.name):
            return Template.of(path.read_bytes(), path.name)

    @staticmethod
    def of(content: bytes, file: str) -> "Template":
        """:meth:`read` for bytes. InputError for what is no Word document, or an old or locked one."""
        if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise InputError("{file} is an old .doc or .wps, or has a password.", "Save it as .docx without a password.", file=file)
        with reading(file), zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive, file)
            made = Template(file, members)
            made.parts = {info.filename: parse_xml(data) for info, data in members if _FILLED.fullmatch(info.filename)}
            made.main = main_part({info.filename: data for info, data in members})
        if made.main not in made.parts or not _is_word(made.parts[made.main]):
            raise InputError("{file} is no Word document.", "Save it as .docx in Word or WPS.", file=file)
        return made

    def tree(self, name: str) -> Element:
        """Any XML part by its name. KeyError where the document has none of this name."""
        return self.parts[name] if name in self.parts else parse_xml(next(data for info, data in self.members if info.filename == name))

    def tags(self) -> List[Tag]:
        """Every tag, in the order of the text."""
        return [Tag(mark, name, part, number) for part, root in self.parts.items()
                for number, paragraph in enumerate(root.find("p"), 1) for mark, name in _TAG.findall(text_of(paragraph))]

    def problems(self, known: Callable[[str], bool]) -> List[Message]:
        """What keeps the template from being filled: unknown fields, parts that are opened and not closed, broken braces."""
        wrong: List[Message] = []
        for root in self.parts.values():
            looking = _Looking(known, {id(paragraph): number for number, paragraph in enumerate(root.find("p"), 1)})
            looking.blocks(root.children)
            wrong += [text for _number, text in sorted(looking.wrong, key=lambda one: one[0])] + looking.open
        return wrong

    def filled(self, values: Values) -> Filled:
        """The document with its values. InputError with the first problem where :meth:`problems` has any beyond missing values."""
        wrong = self.problems(lambda name: True)
        if wrong:
            raise InputError("Template {file}: {problem}", "Correct it in Word or WPS.", file=self.file, problem=wrong[0])
        filling = _Filling()
        done = {name: root.copy() for name, root in self.parts.items()}
        for root in done.values():
            filling.whole(root, [values])
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for info, data in self.members:
                entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, xml_of(done[info.filename]) if info.filename in done else data)
        return Filled(target.getvalue(), tuple(dict.fromkeys(filling.missing)))


def _members(archive: zipfile.ZipFile, file: str) -> List[Tuple[zipfile.ZipInfo, bytes]]:
    infos = archive.infolist()
    if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > _MOST_BYTES:
        raise InputError("{file} is too big for a template.", "Take the pictures out of it.", file=file)
    names = [info.filename for info in infos]
    wild = next((name for name in names if name.startswith(("/", "\\")) or ":" in name or ".." in name.split("/")), None)
    if wild is not None or len(set(map(str.lower, names))) < len(names):
        raise ValueError(f"part {wild}" if wild is not None else "a part is there twice")
    acting = next((name for name in names if _NEVER.search(name)), None)
    found = [(info, archive.read(info)) for info in infos if not info.is_dir()]
    for info, data in found:
        if info.filename == "[Content_Types].xml" and b"macroEnabled" in data:
            acting = "macros"
        if info.filename.endswith(".rels"):
            acting = acting or _outside(parse_xml(data))
        if info.filename.endswith(".xml") and b"instr" in data:
            acting = acting or _acting_field(parse_xml(data))
    if acting:
        raise InputError("{file} brings along what a template may not have: {what}.",
                         "Save it as a plain .docx without macros, links to files and embedded objects.", file=file, what=acting)
    return found


def main_part(members: Mapping[str, bytes]) -> str:
    """The name of the part that holds the text; Word on the web calls it document2.xml. ``members`` are the archive's by name."""
    relations = parse_xml(members["_rels/.rels"]).find("Relationship") if "_rels/.rels" in members else ()
    found = (one.attributes.get("Target", "") for one in relations if one.attributes.get("Type", "").endswith("/officeDocument"))
    return next(found, "word/document.xml").lstrip("/")


def _outside(relations: Element) -> Optional[str]:
    """A link that a program would follow by itself; hyperlinks to click are harmless."""
    for one in relations.find("Relationship"):
        kind = one.attributes.get("Type", "").rpartition("/")[2]
        if one.attributes.get("TargetMode") == "External" and kind != "hyperlink":
            return f"{kind} → {one.attributes.get('Target', '')[:60]}"
        if kind in ("attachedTemplate", "oleObject", "package", "vbaProject", "control", "aFChunk", "subDocument", "frame"):
            return kind
    return None


def _acting_field(root: Element) -> Optional[str]:
    """A field that fetches or starts something, its words joined over the runs that Word cuts them into."""
    said = [text for one in root.find("fldSimple") for key, text in one.attributes.items() if key.rpartition(":")[2] == "instr"]
    opened: List[str] = []
    for run in root.find("r"):
        for one in run.elements():
            kind = next((value for key, value in one.attributes.items() if key.rpartition(":")[2] == "fldCharType"), "")
            if kind == "begin":
                opened.append("")
            elif kind == "end" and opened:
                said.append(opened.pop())
            elif one.local == "instrText" and opened:
                opened[-1] += one.text()
    words = (text.split(None, 1)[0].upper() for text in [*said, *opened] if text.strip())
    return next((f"field {word}" for word in words if word in _ACTING_FIELDS), None)


def _is_word(root: Element) -> bool:
    return root.local == "document" and any(value in _WORD for value in root.attributes.values())


class _Looking:
    """Goes through a part as the filling will, and notes what would go wrong there; ``numbers`` of the paragraphs by identity."""

    def __init__(self, known: Callable[[str], bool], numbers: Dict[int, int]):
        self._known, self._numbers = known, numbers
        self._copies: List[Element] = []
        self.wrong: List[Tuple[int, Message]] = []
        self.open: List[Message] = []

    def blocks(self, children: Sequence[Union[Element, str]]) -> None:
        """Paragraphs and rows side by side, and all that is in them."""
        at = 0
        while at < len(children):
            child, opening = children[at], _opening(children[at])
            if isinstance(child, Element) and (opening is None or child.local == "p"):
                self._one(child, opening)
            if opening is not None:
                at = self._block(children, at, opening)
            at += 1

    def _one(self, child: Element, opening: Optional[Tuple[str, str]]) -> None:
        if child.local != "p":
            self.blocks(child.children)
            return
        self._words(child)
        if opening is None:
            self._inline(child)
        for box in (box for inner in child.elements() for box in inner.find("txbxContent")):
            self.blocks(box.children)

    def _block(self, children: Sequence[Union[Element, str]], at: int, opening: Tuple[str, str]) -> int:
        """What is repeated or kept; where it ends."""
        child = children[at]
        if isinstance(child, Element) and child.local == "tr":
            row = _inside(children, at, at, opening)[0]
            self._copies.append(row)
            self._numbers.update({id(new): self._numbers.get(id(old), 0) for old, new in zip(child.find("p"), row.find("p"))})
            self._name(self._number(next(child.find("p"), child)), opening[1])
            self.blocks(row.children)
            return at
        number, end = self._number(child), _end_of(children, at, opening[1])
        if end is None:
            self.open.append(message("Paragraph {n}: {tag} is opened and never closed.", n=number, tag=_spelt(*opening)))
            return at
        last = children[end]
        if not re.fullmatch(r"\s*" + _TAG.pattern + r"\s*", text_of(last)):
            self._note(self._number(last), message("Paragraph {n}: {tag} must stand in a paragraph of its own, as the tag that it closes.",
                                                   n=self._number(last), tag=_spelt("/", opening[1])))
        self.blocks(children[at + 1:end])
        return end

    def _inline(self, paragraph: Element) -> None:
        """Parts inside of one paragraph are opened and closed in it."""
        number, opened = self._number(paragraph), []
        for mark, name in _TAG.findall(text_of(paragraph)):
            if mark == "/" and opened and opened[-1][1] == name:
                opened.pop()
            elif mark == "/":
                self._note(number, message("Paragraph {n}: {tag} closes what was not opened.", n=number, tag=_spelt(mark, name)))
            elif mark:
                opened.append((mark, name))
        for tag in opened:
            self._note(number, message("Paragraph {n}: {tag} stands beside other words and is not closed in the same paragraph; give it a "
                                       "paragraph of its own.", n=number, tag=_spelt(*tag)))

    def _words(self, paragraph: Element) -> None:
        text, number = text_of(paragraph), self._number(paragraph)
        for mark, name in _TAG.findall(text):
            if mark != "/":
                self._name(number, name)
        rest = _TAG.sub("", text)
        if re.search("\\{\\{|\\}\\}|｛\\s*｛|｝\\s*｝|\\{%|%\\}", rest):
            self._note(number, message("Paragraph {n}: “{text}” is no field that can be read.", n=number, text=rest.strip()[:40]))

    def _name(self, number: int, name: str) -> None:
        if not self._known(name):
            self._note(number, message("Paragraph {n}: there is no field {name}.", n=number, name=name))

    def _number(self, paragraph: Element) -> int:
        return self._numbers.get(id(paragraph), 0)

    def _note(self, number: int, text: Message) -> None:
        self.wrong.append((number, text))


def _spelt(mark: str, name: str) -> str:
    return "{{" + mark + name + "}}"


# --- filling ---------------------------------------------------------------------------------------------------------------

def _runs(paragraph: Element) -> Iterator[Tuple[Element, Element]]:
    """(run, text element) of a paragraph, in order; those of paragraphs nested in text boxes are their own."""
    for child in paragraph.elements():
        if child.local == "r":
            yield from ((child, text) for text in child.elements() if text.local == "t")
        elif child.local in ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo"):
            yield from _runs(child)


def text_of(paragraph: Element) -> str:
    """What a paragraph says, without what was struck out in it and without the text boxes that hang on it."""
    return "".join(text.text() for _run, text in _runs(paragraph))


class _Filling:
    def __init__(self) -> None:
        self.missing: List[str] = []

    def blocks(self, parent: Element, scope: List[Values]) -> None:
        """Everything below ``parent``: blocks of paragraphs and rows first, then the fields of what is left."""
        done: List[Union[Element, str]] = []
        children = parent.children
        at = 0
        while at < len(children):
            child = children[at]
            opening = _opening(child)
            if opening is None:
                self._one(child, scope)
                done.append(child)
                at += 1
                continue
            end = _closing(children, at, opening[1])
            inside = _inside(children, at, end, opening)
            for inner in self._chosen(opening, scope):
                holder = Element(parent.name, {}, [c.copy() if isinstance(c, Element) else c for c in inside])
                self.blocks(holder, inner)
                done.extend(holder.children)
            at = end + 1
        parent.children = done

    def _one(self, child: Union[Element, str], scope: List[Values]) -> None:
        if not isinstance(child, Element):
            return
        if child.local == "p":
            self._paragraph(child, scope)
        if child.local == "p":
            self._nested(child, scope)
        else:
            self.whole(child, scope)

    def whole(self, parent: Element, scope: List[Values]) -> None:
        """:meth:`blocks`, leaving nothing that Word calls damaged: a table without rows goes, a cell or box keeps a paragraph."""
        self.blocks(parent, scope)
        parent.children = [one for one in parent.children
                           if not isinstance(one, Element) or one.local != "tbl" or next(one.find("tr"), None) is not None]
        last = next((one for one in reversed(parent.children) if isinstance(one, Element)), None)
        if parent.local in _ENDS_WITH_PARAGRAPH and (last is None or last.local not in ("p", "sdt", "customXml")):
            parent.children.append(Element(f"{parent.name[:-len(parent.local)]}p", {}))

    def _nested(self, paragraph: Element, scope: List[Values]) -> None:
        """Paragraphs inside a paragraph: text boxes."""
        for inner in paragraph.elements():
            for box in inner.find("txbxContent"):
                self.whole(box, scope)

    def _chosen(self, opening: Tuple[str, str], scope: List[Values]) -> List[List[Values]]:
        mark, name = opening
        value = self._value(name, scope)
        if mark == "#":
            return [[item, *scope] for item in value] if isinstance(value, (list, tuple)) else []
        return [scope] if bool(value) == (mark == "?") else []

    @staticmethod
    def _value(name: str, scope: List[Values]) -> object:
        return next((values[name] for values in scope if name in values), None)

    def _paragraph(self, paragraph: Element, scope: List[Values]) -> None:
        """Inline parts and fields, one after another from the front, since each changes what follows."""
        while True:
            text = text_of(paragraph)
            found = _TAG.search(text)
            if found is None:
                return
            mark, name = found.groups()
            if not mark or mark == "/":
                _replace(paragraph, found.start(), found.end(), "" if mark else self._shown(name, scope))
                continue
            end = _end_in_line(text, found)
            chosen = self._chosen((mark, name), scope) if end else []
            if end and chosen and mark != "#":  # what is kept keeps its look
                _replace(paragraph, end.start(), end.end(), "")
                _replace(paragraph, found.start(), found.end(), "")
            else:
                kept = "".join(self._inline(text[found.end():end.start()], inner) for inner in chosen) if end else ""
                _replace(paragraph, found.start(), end.end() if end else found.end(), kept)

    def _inline(self, text: str, scope: List[Values]) -> str:
        said, at = [], 0
        for found in iter(lambda: _TAG.search(text, at), None):
            said.append(text[at:found.start()])
            at, end = found.end(), _end_in_line(text, found) if found.group(1) not in ("", "/") else None
            if not found.group(1):
                said.append(self._shown(found.group(2), scope))
            elif end is not None:
                inside = text[found.end():end.start()]
                said += [self._inline(inside, inner) for inner in self._chosen((found.group(1), found.group(2)), scope)]
                at = end.end()
        return "".join([*said, text[at:]])

    def _shown(self, name: str, scope: List[Values]) -> str:
        value = self._value(name, scope)
        if value is None or value == "":
            self.missing.append(name)
            return gap(name)
        if isinstance(value, bool):
            return "☑" if value else "□"
        return without_controls(str(value)).replace("{{", "{ {").replace("}}", "} }")


def _opening(child: Union[Element, str]) -> Optional[Tuple[str, str]]:
    """(mark, name) where a paragraph is nothing but an opening tag, or where a row begins with one that is closed in the same row."""
    if not isinstance(child, Element):
        return None
    if child.local == "p":
        found = re.fullmatch(r"\s*" + _TAG.pattern + r"\s*", text_of(child))
        return (found.group(1), found.group(2)) if found and found.group(1) in ("#", "?", "!") else None
    if child.local == "tr":
        inner = {id(one) for table in child.find("tbl") for one in table.find("p")}  # a table in a cell has rows of its own
        text = "".join(text_of(paragraph) for paragraph in child.find("p") if id(paragraph) not in inner)
        found = _TAG.match(text.strip())
        end = _end_in_line(text.strip(), found) if found and found.group(1) in ("#", "?", "!") else None
        if found and end is not None and end.end() == len(text.strip()):
            return found.group(1), found.group(2)
    return None


def _end_in_line(text: str, opening: "re.Match[str]") -> Optional["re.Match[str]"]:
    """The tag that closes this one in the same paragraph."""
    depth = 0
    for found in _TAG.finditer(text, opening.start()):
        if found.group(2) == opening.group(2):
            depth += {"": 0, "/": -1}.get(found.group(1), 1)
            if not depth:
                return found
    return None


def _end_of(children: Sequence[Union[Element, str]], at: int, name: str) -> Optional[int]:
    """Which of the paragraphs side by side closes what the one at ``at`` opens; None where none does."""
    depth = 0
    for number in range(at, len(children)):
        one = children[number]
        if not isinstance(one, Element) or one.local != "p":
            continue
        for mark, inner in _TAG.findall(text_of(one)):
            depth += 0 if inner != name else 1 if mark and mark in "#?!" else -1 if mark == "/" else 0
        if depth == 0:
            return number
    return None


def _closing(children: Sequence[Union[Element, str]], at: int, name: str) -> int:
    child = children[at]
    if isinstance(child, Element) and child.local == "tr":
        return at
    end = _end_of(children, at, name)
    if end is None:
        raise InputError("{tag} is opened in one cell or box and closed in another.", "Put both into the same cell.",
                         tag=_spelt("#", name))
    return end


def _inside(children: Sequence[Union[Element, str]], at: int, end: int, opening: Tuple[str, str]) -> List[Union[Element, str]]:
    child = children[at]
    if isinstance(child, Element) and child.local == "tr":
        row = child.copy()
        paragraphs = list(row.find("p"))
        _drop_first(paragraphs, opening)
        _drop_last(paragraphs, ("/", opening[1]))
        return [row]
    return list(children[at + 1:end])


def _drop_first(paragraphs: Sequence[Element], tag: Tuple[str, str]) -> None:
    for paragraph in paragraphs:
        found = next((m for m in _TAG.finditer(text_of(paragraph)) if m.groups() == tag), None)
        if found:
            _replace(paragraph, found.start(), found.end(), "")
            return


def _drop_last(paragraphs: Sequence[Element], tag: Tuple[str, str]) -> None:
    for paragraph in reversed(paragraphs):
        found = [m for m in _TAG.finditer(text_of(paragraph)) if m.groups() == tag]
        if found:
            _replace(paragraph, found[-1].start(), found[-1].end(), "")
            return


def _replace(paragraph: Element, start: int, end: int, text: str) -> None:
    """Characters ``start`` to ``end`` of a paragraph become ``text``, in the run where they begin; line ends become breaks."""
    at, is_written = 0, False
    for run, piece in list(_runs(paragraph)):
        said = piece.text()
        begin, stop = at, at + len(said)
        at = stop
        if stop <= start or begin >= end and not (start == end == begin):
            continue
        before, after = said[:max(start - begin, 0)], said[max(min(end - begin, len(said)), 0):]
        _set_text(run, piece, before + ("" if is_written else text) + after)
        is_written = True


def _set_text(run: Element, piece: Element, text: str) -> None:
    lines = text.split("\n")
    piece.children, piece.attributes = ([lines[0]] if lines[0] else []), {**piece.attributes, "xml:space": "preserve"}
    prefix = piece.name.rpartition(":")[0]
    named = (lambda local: f"{prefix}:{local}") if prefix else (lambda local: local)
    place = run.children.index(piece) + 1
    more: List[Union[Element, str]] = []
    for line in lines[1:]:
        more += [Element(named("br"), {}), Element(named("t"), {"xml:space": "preserve"}, [line] if line else [])]
    run.children[place:place] = more


def field_names(template: Template) -> Set[str]:
    """The names of all fields, lists and conditions of a template."""
    return {tag.name for tag in template.tags()}
