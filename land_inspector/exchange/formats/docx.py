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
from ...evidence.damage import reading

Value = Union[None, str, bool, Sequence[Mapping[str, object]]]
Values = Mapping[str, object]

_WORD = ("http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
_TAG = re.compile(r"\{\{\s*([#/?!]?)\s*([^{}#/?!\s][^{}]*?)\s*\}\}")
_FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_NEVER = re.compile(r"vbaProject\.bin|word/embeddings/|word/activeX/|customUI/|\.exe$|\.dll$|\.js$|\.vbs$", re.IGNORECASE)
_MOST_BYTES, _MOST_PARTS, _DEPTH = 64 << 20, 2000, 200
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
    stack = [root]

    def start(name: str, attributes: Dict[str, str]) -> None:
        if len(stack) > _DEPTH:
            raise ValueError("nested too deep")
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


def _attribute(value: str) -> str:
    return escape(value).replace("\n", "&#10;").replace("\t", "&#9;").replace("\r", "&#13;")


def _xml(root: Element) -> bytes:
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

    @staticmethod
    def read(path: Path) -> "Template":
        """InputError that names the file where it is no .docx, is damaged, or brings what could act."""
        with reading(path.name):
            return Template.of(path.read_bytes(), path.name)

    @staticmethod
    def of(content: bytes, file: str) -> "Template":
        """:meth:`read` for bytes."""
        if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise InputError("{file} is an old .doc or .wps, or has a password.", "Save it as .docx without a password.", file=file)
        with reading(file), zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive, file)
            made = Template(file, members)
            made.parts = {info.filename: parse_xml(data) for info, data in members if _FILLED.fullmatch(info.filename)}
        if "word/document.xml" not in made.parts or not _is_word(made.parts["word/document.xml"]):
            raise InputError("{file} is no Word document.", "Save it as .docx in Word or WPS.", file=file)
        return made

    def tags(self) -> List[Tag]:
        """Every tag, in the order of the text."""
        return [Tag(mark, name, part, number) for part, root in self.parts.items()
                for number, paragraph in enumerate(root.find("p"), 1) for mark, name in _TAG.findall(_text_of(paragraph))]

    def problems(self, known: Callable[[str], bool]) -> List[Message]:
        """What keeps the template from being filled: unknown fields, parts that are opened and not closed, broken braces."""
        wrong: List[Message] = []
        for part, root in self.parts.items():
            opened: List[Tag] = []
            for number, paragraph in enumerate(root.find("p"), 1):
                text = _text_of(paragraph)
                for mark, name in _TAG.findall(text):
                    tag = Tag(mark, name, part, number)
                    wrong.extend(_tag_problems(tag, opened, known))
                rest = _TAG.sub("", text)
                if "{{" in rest or "}}" in rest:
                    wrong.append(message("Paragraph {n}: “{text}” is no field that can be read.", n=number, text=rest.strip()[:40]))
            wrong.extend(message("Paragraph {n}: {tag} is opened and never closed.", n=tag.paragraph, tag=_spelt(tag)) for tag in opened)
        return wrong

    def filled(self, values: Values) -> Filled:
        """The document with its values. InputError with the first problem where :meth:`problems` has any beyond missing values."""
        wrong = self.problems(lambda name: True)
        if wrong:
            raise InputError("Template {file}: {problem}", "Correct it in Word or WPS.", file=self.file, problem=wrong[0])
        filling = _Filling()
        done = {name: root.copy() for name, root in self.parts.items()}
        for root in done.values():
            filling.blocks(root, [values])
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for info, data in self.members:
                entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, _xml(done[info.filename]) if info.filename in done else data)
        return Filled(target.getvalue(), tuple(dict.fromkeys(filling.missing)))


def _members(archive: zipfile.ZipFile, file: str) -> List[Tuple[zipfile.ZipInfo, bytes]]:
    infos = archive.infolist()
    if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > _MOST_BYTES:
        raise InputError("{file} is too big for a template.", "Take the pictures out of it.", file=file)
    acting = next((info.filename for info in infos if _NEVER.search(info.filename)), None)
    found = [(info, archive.read(info)) for info in infos if not info.is_dir()]
    for info, data in found:
        if info.filename == "[Content_Types].xml" and b"macroEnabled" in data:
            acting = "macros"
        if info.filename.endswith(".rels"):
            acting = acting or _outside(parse_xml(data))
    if acting:
        raise InputError("{file} brings along what a template may not have: {what}.",
                         "Save it as a plain .docx without macros, links to files and embedded objects.", file=file, what=acting)
    return found


def _outside(relations: Element) -> Optional[str]:
    """A link that a program would follow by itself; hyperlinks to click are harmless."""
    for one in relations.find("Relationship"):
        kind = one.attributes.get("Type", "").rpartition("/")[2]
        if one.attributes.get("TargetMode") == "External" and kind != "hyperlink":
            return f"{kind} → {one.attributes.get('Target', '')[:60]}"
        if kind in ("attachedTemplate", "oleObject", "package", "vbaProject", "control"):
            return kind
    return None


def _is_word(root: Element) -> bool:
    return root.local == "document" and any(value in _WORD for value in root.attributes.values())


def _tag_problems(tag: Tag, opened: List[Tag], known: Callable[[str], bool]) -> Iterator[Message]:
    if tag.mark == "/":
        if opened and opened[-1].name == tag.name:
            opened.pop()
        else:
            yield message("Paragraph {n}: {tag} closes what was not opened.", n=tag.paragraph, tag=_spelt(tag))
        return
    if not known(tag.name):
        yield message("Paragraph {n}: there is no field {name}.", n=tag.paragraph, name=tag.name)
    if tag.mark:
        opened.append(tag)


def _spelt(tag: Tag) -> str:
    return "{{" + tag.mark + tag.name + "}}"


# --- filling ---------------------------------------------------------------------------------------------------------------

def _runs(paragraph: Element) -> Iterator[Tuple[Element, Element]]:
    """(run, text element) of a paragraph, in order; those of paragraphs nested in text boxes are their own."""
    for child in paragraph.elements():
        if child.local == "r":
            yield from ((child, text) for text in child.elements() if text.local == "t")
        elif child.local in ("hyperlink", "ins", "smartTag", "sdt", "sdtContent", "fldSimple"):
            yield from _runs(child)


def _text_of(paragraph: Element) -> str:
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
        self.blocks(child, scope) if child.local != "p" else self._nested(child, scope)

    def _nested(self, paragraph: Element, scope: List[Values]) -> None:
        """Paragraphs inside a paragraph: text boxes."""
        for inner in paragraph.elements():
            for box in inner.find("txbxContent"):
                self.blocks(box, scope)

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
            text = _text_of(paragraph)
            found = _TAG.search(text)
            if found is None:
                return
            mark, name = found.groups()
            if mark in ("?", "!", "#"):
                end = next((m for m in _TAG.finditer(text, found.end()) if m.groups() == ("/", name)), None)
                stop = end.end() if end else found.end()
                inside = text[found.end():end.start()] if end else ""
                kept = "".join(self._inline(inside, inner) for inner in self._chosen((mark, name), scope)) if end else ""
                _replace(paragraph, found.start(), stop, kept)
            else:
                _replace(paragraph, found.start(), found.end(), "" if mark == "/" else self._shown(name, scope))

    def _inline(self, text: str, scope: List[Values]) -> str:
        return _TAG.sub(lambda found: self._shown(found.group(2), scope) if not found.group(1) else "", text)

    def _shown(self, name: str, scope: List[Values]) -> str:
        value = self._value(name, scope)
        if value is None or value == "":
            self.missing.append(name)
            return gap(name)
        if isinstance(value, bool):
            return "☑" if value else "□"
        return _CONTROLS.sub("", str(value)).replace("{{", "{ {").replace("}}", "} }")


def _opening(child: Union[Element, str]) -> Optional[Tuple[str, str]]:
    """(mark, name) where a paragraph is nothing but an opening tag, or where a row begins with one that is closed in the same row."""
    if not isinstance(child, Element):
        return None
    if child.local == "p":
        found = re.fullmatch(r"\s*" + _TAG.pattern + r"\s*", _text_of(child))
        return (found.group(1), found.group(2)) if found and found.group(1) in ("#", "?", "!") else None
    if child.local == "tr":
        text = "".join(_text_of(paragraph) for paragraph in child.find("p"))
        found = _TAG.match(text.lstrip())
        if found and found.group(1) in ("#", "?", "!") and re.search(r"\{\{\s*/\s*" + re.escape(found.group(2)) + r"\s*\}\}\s*$", text):
            return found.group(1), found.group(2)
    return None


def _closing(children: Sequence[Union[Element, str]], at: int, name: str) -> int:
    child = children[at]
    if isinstance(child, Element) and child.local == "tr":
        return at
    depth = 0
    for number in range(at, len(children)):
        one = children[number]
        if not isinstance(one, Element):
            continue
        for mark, inner in _TAG.findall(_text_of(one) if one.local == "p" else ""):
            depth += 0 if inner != name else 1 if mark in "#?!" and mark else -1 if mark == "/" else 0
        if depth == 0:
            return number
    raise InputError("{tag} is opened in one cell or box and closed in another.", "Put both into the same cell.", tag="{{#" + name + "}}")


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
        found = next((m for m in _TAG.finditer(_text_of(paragraph)) if m.groups() == tag), None)
        if found:
            _replace(paragraph, found.start(), found.end(), "")
            return


def _drop_last(paragraphs: Sequence[Element], tag: Tuple[str, str]) -> None:
    for paragraph in reversed(paragraphs):
        found = [m for m in _TAG.finditer(_text_of(paragraph)) if m.groups() == tag]
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


# --- new documents ---------------------------------------------------------------------------------------------------------

TITLE, HEADING, BODY, PLAIN, RIGHT, CELL, ABOUT = "title", "heading", "body", "plain", "right", "cell", "about"
#: Style → (East Asian font, size in half points, alignment, indent of the first line in characters).
_STYLES: Dict[str, Tuple[str, int, str, int]] = {
    TITLE: ("宋体", 44, "center", 0), HEADING: ("黑体", 32, "both", 2), BODY: ("仿宋", 32, "both", 2), PLAIN: ("仿宋", 32, "both", 0),
    RIGHT: ("仿宋", 32, "right", 0), CELL: ("仿宋", 24, "left", 0), ABOUT: ("宋体", 15, "center", 0),
}
#: GB/T 9704-2012: A4, a type area of 156 × 225 mm, lines of 29 points; twips.
_PAGE = ('<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>'
         '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1400" w:gutter="0"/></w:sectPr>')
_TYPE_AREA = 8845
_NAMESPACES = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
               'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"')


@dataclass(frozen=True)
class Paragraph:
    """A paragraph in one of the styles above; ``breaks_before`` begins a page."""

    text: str
    style: str = BODY
    breaks_before: bool = False


@dataclass(frozen=True)
class Table:
    """A ruled table; ``widths`` are shares of the type area. A cell's text may have several lines."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


def new_document(blocks: Sequence[Union[Paragraph, Table]], about: str = "", is_numbered: bool = True) -> bytes:
    """A .docx laid out as GB/T 9704-2012 asks, with page numbers between dashes. Its fonts are named, not brought along.

    ``about`` stands small at the foot of every page: what the page is of; fields may stand in it. Cover and contents of a file have no
    page numbers (``is_numbered``)."""
    number = ('<w:p><w:pPr><w:pStyle w:val="footer"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r>'
              '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
              '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p>') if is_numbered else ""
    foot = (_paragraph(Paragraph(about, ABOUT)) if about else "") + number or "<w:p/>"
    body = "".join(_table(block) if isinstance(block, Table) else _paragraph(block) for block in blocks)
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
                               'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                               f'<Override PartName="/word/document.xml" ContentType="{office}.document.main+xml"/>'
                               f'<Override PartName="/word/styles.xml" ContentType="{office}.styles+xml"/>'
                               f'<Override PartName="/word/footer1.xml" ContentType="{office}.footer+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
                       f'Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
                                        f'<Relationship Id="rId1" Type="{relation}/styles" Target="styles.xml"/>'
                                        f'<Relationship Id="rId2" Type="{relation}/footer" Target="footer1.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}{_PAGE}</w:body></w:document>",
        "word/styles.xml": _styles(),
        "word/footer1.xml": f"<w:ftr {_NAMESPACES}>{foot}</w:ftr>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (head + text).encode("utf-8"))
    return target.getvalue()


def _paragraph(one: Paragraph) -> str:
    page = "<w:pageBreakBefore/>" if one.breaks_before else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{one.style}"/>{page}</w:pPr>{_run(one.text)}</w:p>'


def _run(text: str) -> str:
    lines = [f'<w:t xml:space="preserve">{escape(_CONTROLS.sub("", line), quote=False)}</w:t>' for line in text.split("\n")]
    return f"<w:r>{'<w:br/>'.join(lines)}</w:r>"


def _table(one: Table) -> str:
    """Widths stand in the grid and in the cells: WPS reads the one, Word the other."""
    whole = sum(one.widths)
    widths = [int(round(_TYPE_AREA * width / whole)) for width in one.widths]
    edges = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
                    for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = "".join("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>{_paragraph(Paragraph(cell, CELL))}</w:tc>'
        for cell, width in zip(row, widths)) + "</w:tr>" for row in one.rows)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
            f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>')


def _styles() -> str:
    made = [_style(name, *look) for name, look in _STYLES.items()] + [_style("footer", "宋体", 28, "center", 0)]
    defaults = '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
    return f"<w:styles {_NAMESPACES}>{defaults}{''.join(made)}</w:styles>"


def _style(name: str, font: str, size: int, alignment: str, indent: int) -> str:
    line = 'w:line="580" w:lineRule="exact"' if size >= 28 else f'w:line="{size * 15}" w:lineRule="atLeast"'
    bold = "<w:b/>" if name == TITLE else ""
    first = f'<w:ind w:firstLineChars="{indent * 100}" w:firstLine="{indent * size * 10}"/>' if indent else ""
    return (f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/><w:pPr><w:kinsoku/>'
            f'<w:wordWrap/><w:overflowPunct/><w:spacing w:before="0" w:after="0" {line}/>'
            f'{first}<w:jc w:val="{alignment}"/></w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" '
            f'w:eastAsia="{font}"/>{bold}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>')
