"""Word documents laid out: new ones, pictures where a template wants them, and what can be told of pages without a word processor.

Word, WPS and LibreOffice break pages differently, so pages are counted from above: fonts as high as the highest of those programs draws
them, no letter pulled in. A document that has two pages here has two of them in each.
"""
from __future__ import annotations

import io
import math
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from html import escape
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .docx import Element, Template, main_part, parse_xml, text_of, without_controls, xml_of

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
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
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


def new_document(blocks: Sequence[Union[Paragraph, Table]], about: str = "", is_numbered: bool = True,
                 sizes: Optional[Mapping[str, float]] = None) -> bytes:
    """A .docx laid out as GB/T 9704-2012 asks, with page numbers between dashes. Its fonts are named, not brought along.

    ``about`` stands small at the foot of every page: what the page is of; fields may stand in it. Cover and contents of a file have no
    page numbers (``is_numbered``). ``sizes`` are letters of some styles in points, where they shall not be the usual ones."""
    number = ('<w:p><w:pPr><w:pStyle w:val="footer"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r>'
              '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
              '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p>') if is_numbered else ""
    foot = (_paragraph(Paragraph(about, ABOUT)) if about else "") + number or "<w:p/>"
    signed = [isinstance(block, Paragraph) and block.style == RIGHT for block in blocks[1:]] + [False]
    body = "".join(_table(block) if isinstance(block, Table) else _paragraph(block, keeps) for block, keeps in zip(blocks, signed))
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                               'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                               f'<Override PartName="/word/document.xml" ContentType="{office}.document.main+xml"/>'
                               f'<Override PartName="/word/styles.xml" ContentType="{office}.styles+xml"/>'
                               f'<Override PartName="/word/footer1.xml" ContentType="{office}.footer+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                       f'Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
                                        f'<Relationship Id="rId1" Type="{relation}/styles" Target="styles.xml"/>'
                                        f'<Relationship Id="rId2" Type="{relation}/footer" Target="footer1.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}{_PAGE}</w:body></w:document>",
        "word/styles.xml": _styles(sizes or {}),
        "word/footer1.xml": f"<w:ftr {_NAMESPACES}>{foot}</w:ftr>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (head + text).encode("utf-8"))
    return target.getvalue()


def _paragraph(one: Paragraph, keeps_next: bool = False) -> str:
    """A seal never stands on a page without words (GB/T 9704 7.3.5.1): what goes before a signature keeps to it."""
    page = ("<w:keepNext/>" if keeps_next else "") + ("<w:pageBreakBefore/>" if one.breaks_before else "")
    return f'<w:p><w:pPr><w:pStyle w:val="{one.style}"/>{page}</w:pPr>{_run(one.text)}</w:p>'


def _run(text: str) -> str:
    lines = [f'<w:t xml:space="preserve">{escape(without_controls(line), quote=False)}</w:t>' for line in text.split("\n")]
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


def _styles(sizes: Mapping[str, float]) -> str:
    looks = {name: (font, round(sizes.get(name, size / 2) * 2), *more) for name, (font, size, *more) in _STYLES.items()}
    made = [_style(name, *look) for name, look in looks.items()] + [_style("footer", "宋体", 28, "center", 0)]
    defaults = '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
    return f"<w:styles {_NAMESPACES}>{defaults}{''.join(made)}</w:styles>"


def _style(name: str, font: str, size: int, alignment: str, indent: int) -> str:
    exact = name not in (CELL, ABOUT)
    line = f'w:line="{max(580, size * 13) if size >= 28 else size * 16}" w:lineRule="exact"' if exact else \
        f'w:line="{size * 15}" w:lineRule="atLeast"'
    bold = "<w:b/>" if name == TITLE else ""
    first = f'<w:ind w:firstLineChars="{indent * 100}" w:firstLine="{indent * size * 10}"/>' if indent else ""
    return (f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/><w:pPr><w:kinsoku/>'
            f'<w:wordWrap/><w:overflowPunct/><w:spacing w:before="0" w:after="0" {line}/>'
            f'{first}<w:jc w:val="{alignment}"/></w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" '
            f'w:eastAsia="{font}"/>{bold}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>')


# --- pictures ---------------------------------------------------------------------------------------------------------------

_MARK = re.compile("\ue000(\\w+)\ue001")
_EMU_PER_MM = 36_000
_DRAWING = (
    '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:drawing>'
    '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
    '<wp:extent cx="{cx}" cy="{cy}"/><wp:docPr id="{id}" name="{name}" descr="{name}"/>'
    '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="{id}" name="{name}"/>'
    '<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
    '<a:ext cx="{cx}" cy="{cy}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    '</wp:inline></w:drawing></w:r>')
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"


@dataclass(frozen=True)
class Picture:
    """A PNG and its size on paper, mm."""

    png: bytes
    width: float
    height: float


def mark(name: str) -> str:
    """What a field's value is where the picture of this name shall stand."""
    return f"\ue000{name}\ue001"


def with_pictures(content: bytes, pictures: Mapping[str, Picture]) -> bytes:
    """The document with each mark in its text replaced by the picture of that name, in a line of its own height. The same content makes the
    same bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    main = main_part(members)
    root, beside = parse_xml(members[main]), _relations_of(main)
    used = _placed(root, pictures)
    if not used:
        return content
    members[main] = xml_of(root)
    relations = parse_xml(members[beside]) if beside in members else Element("Relationships", {"xmlns": _PACKAGE + "/relationships"})
    relations.children += [Element("Relationship", {"Id": _id(name), "Type": _IMAGE, "Target": f"media/{_id(name)}.png"}) for name in used]
    members[beside] = xml_of(relations)
    types = parse_xml(members["[Content_Types].xml"])
    if not any(one.attributes.get("Extension", "").lower() == "png" for one in types.elements()):
        types.children.insert(0, Element("Default", {"Extension": "png", "ContentType": "image/png"}))
    members["[Content_Types].xml"] = xml_of(types)
    members.update((f"word/media/{_id(name)}.png", pictures[name].png) for name in used)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def _relations_of(part: str) -> str:
    """Where the relations of a part stand."""
    folder, _slash, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _id(name: str) -> str:
    return f"landInspector_{name}"


def _placed(root: Element, pictures: Mapping[str, Picture]) -> List[str]:
    used: List[str] = []
    for paragraph in root.find("p"):
        for at, child in enumerate(list(paragraph.children)):
            found = _MARK.search(child.text()) if isinstance(child, Element) and child.local == "r" else None
            if found is None or found.group(1) not in pictures:
                continue
            name, number = found.group(1), len(used) + 9001
            one = pictures[name]
            drawn = _DRAWING.format(cx=round(one.width * _EMU_PER_MM), cy=round(one.height * _EMU_PER_MM), id=number, name=name,
                                    relation=_id(name))
            paragraph.children[at] = parse_xml(drawn.encode("utf-8"))
            _let_it_be_high(paragraph)
            used.append(name)
    return list(dict.fromkeys(used))


def _let_it_be_high(paragraph: Element) -> None:
    """A line of a fixed height would cut the picture off; an indent would push it out."""
    prefix = paragraph.name.rpartition(":")[0]
    name = f"{prefix}:" if prefix else ""
    look = next((child for child in paragraph.elements() if child.local == "pPr"), None)
    if look is None:
        look = Element(f"{name}pPr", {})
        paragraph.children.insert(0, look)
    look.children = [child for child in look.children if not (isinstance(child, Element) and child.local in ("spacing", "ind", "jc"))]
    look.children += [Element(f"{name}spacing", {f"{name}line": "240", f"{name}lineRule": "auto"}),
                      Element(f"{name}ind", {f"{name}firstLine": "0", f"{name}firstLineChars": "0"}),
                      Element(f"{name}jc", {f"{name}val": "center"})]


# --- pages: their measures --------------------------------------------------------------------------------------------------

#: Twips in a point, and in a millimetre of drawings (EMU a twip).
_POINT, _EMU = 20.0, 635.0
#: A line of Chinese letters is so many times as high as they are: Noto in LibreOffice, the highest of what was measured (宋体 in Word: 1.3).
_NATURAL = 1.46
#: What Word leaves left and right in a cell where the document says nothing, twips.
_CELL_SIDE = 108.0
#: Of a section that says nothing of its page: A4 with Word's usual margins, twips.
_USUAL = {"w": 11906.0, "h": 16838.0, "top": 1440.0, "bottom": 1440.0, "left": 1800.0, "right": 1800.0, "header": 851.0, "footer": 992.0}
_EDGES = ("header", "footer")


# --- what stands on every page ----------------------------------------------------------------------------------------------


def not_on_every_page(form: Template, names: Sequence[str]) -> List[str]:
    """Those of the fields that do not stand in header or footer of every kind of page (first, even and all others) that the document's
    sections have."""
    lacking: Dict[str, None] = {}
    relations = _relations(form)
    even = any(True for root in _roots(form, "word/settings.xml") for _one in root.find("evenAndOddHeaders"))
    inherited: Dict[Tuple[str, str], str] = {}
    for section in form.parts[form.main].find("sectPr"):
        for one in section.elements():
            if one.local in ("headerReference", "footerReference"):
                inherited[one.local, _value(one, "type") or "default"] = relations.get(_value(one, "id") or "", "")
        is_first = any(_is_on(one) for one in section.find("titlePg"))
        for kind in ("default", *(("first",) if is_first else ()), *(("even",) if even else ())):
            parts = [inherited.get((f"{edge}Reference", kind), "") for edge in _EDGES]
            said = {tag for part in parts for tag in _fields_of(form, part)}
            lacking.update((name, None) for name in names if name not in said)
    return list(lacking)


def _fields_of(form: Template, part: str) -> Iterator[str]:
    root = form.parts.get(part)
    for paragraph in root.find("p") if root is not None else ():
        yield from re.findall(r"\{\{\s*([^{}#/?!\s][^{}]*?)\s*\}\}", text_of(paragraph))


def _relations(form: Template) -> Dict[str, str]:
    """Id → part that the document's relation of this id leads to."""
    found: Dict[str, str] = {}
    for root in _roots(form, _relations_of(form.main)):
        for one in root.find("Relationship"):
            target = one.attributes.get("Target", "")
            found[one.attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"word/{target}"
    return found


def _roots(form: Template, name: str) -> List[Element]:
    return [form.tree(info.filename) for info, _data in form.members if info.filename == name]


def _value(one: Element, name: str) -> Optional[str]:
    return next((value for key, value in one.attributes.items() if key.rpartition(":")[2] == name), None)


def _is_on(one: Element) -> bool:
    return _value(one, "val") not in ("0", "false", "off")


# --- how many pages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """A paragraph's letters (points) and lines (twips): the rule is auto (``line`` in 240ths of a line), atLeast or exact."""

    size: float = 10.5
    line: float = 240.0
    rule: str = "auto"
    before: float = 0.0
    after: float = 0.0
    indent: float = 0.0
    sides: float = 0.0
    breaks: bool = False

    @property
    def height(self) -> float:
        """Of a line, twips."""
        natural = self.size * _NATURAL * _POINT
        return self.line if self.rule == "exact" else max(self.line, natural) if self.rule == "atLeast" else natural * self.line / 240


def pages_at_most(content: bytes) -> int:
    """How many pages a whole .docx has in whatever program opens it, counted from above."""
    form = Template.of(content, "document.docx")
    return _Counting(form).pages()


class _Counting:
    def __init__(self, form: Template):
        self._form = form
        self._styles = _Styles(form)
        body = form.parts[form.main]
        sections = list(body.find("sectPr"))
        self._page = _page_of(sections[-1] if sections else None)
        self._body = next((one for one in body.elements() if one.local == "body"), body)
        self._width = self._page["w"] - self._page["left"] - self._page["right"]
        self._room = self._page["h"] - self._margin("top", "header") - self._margin("bottom", "footer")

    def _margin(self, side: str, edge: str) -> float:
        """What header or footer take where they are higher than the margin."""
        heights = [sum(height for _kind, height in self._pieces(root, self._width)) for name, root in self._form.parts.items()
                   if re.fullmatch(rf"word/{edge}\d*\.xml", name)]
        return max(abs(self._page[side]), self._page[edge] + max(heights, default=0.0))

    def pages(self) -> int:
        number, used = 1, 0.0
        for kind, height in self._pieces(self._body, self._width):
            if kind == "break" or used + height > self._room and used > 0:
                number, used = number + (used > 0 or kind == "break"), 0.0
            while height > self._room:
                number, height = number + 1, height - self._room
            used += height
        return number

    def _pieces(self, parent: Element, width: float) -> Iterator[Tuple[str, float]]:
        """Lines and rows of what stands in ``parent``, each with its height (twips), and the breaks between pages."""
        for child in parent.elements():
            if child.local == "p":
                yield from self._paragraph(child, width)
            elif child.local == "tbl":
                yield from self._table(child)
            elif child.local in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
                yield from self._pieces(child, width)

    def _paragraph(self, paragraph: Element, width: float) -> Iterator[Tuple[str, float]]:
        look = self._styles.look(paragraph)
        if look.breaks:
            yield "break", 0.0
        text = text_of(paragraph)
        for number, part in enumerate(text.split("\n")):
            lines = _lines(part, look.size * _POINT, width - look.sides, look.indent if not number else 0.0)
            for line in range(lines):
                extra = (look.before if not number and not line else 0.0) + (look.after if line == lines - 1 else 0.0)
                yield "line", look.height + extra
        drawn = sum(float(_value(one, "cy") or 0) / _EMU for one in paragraph.find("extent"))
        if drawn:
            yield "line", drawn
        if any(_value(one, "type") == "page" for one in paragraph.find("br")):
            yield "break", 0.0

    def _table(self, table: Element) -> Iterator[Tuple[str, float]]:
        grid = [float(_value(one, "w") or 0) for one in table.find("gridCol")]
        for row in (one for one in table.elements() if one.local == "tr"):
            least = max((float(_value(one, "val") or 0) for one in row.find("trHeight")), default=0.0)
            heights, at = [least], 0
            for cell in (one for one in row.elements() if one.local == "tc"):
                spans = int(next((_value(one, "val") or 1 for one in cell.find("gridSpan")), 1))
                width = sum(grid[at:at + spans]) - 2 * _CELL_SIDE
                at += spans
                heights.append(sum(height for _kind, height in self._pieces(cell, max(width, 200.0))))
            yield "row", max(heights) + 12.0


def _page_of(section: Optional[Element]) -> Dict[str, float]:
    said: Dict[str, float] = dict(_USUAL)
    for one in section.elements() if section is not None else ():
        if one.local in ("pgSz", "pgMar"):
            said.update({key.rpartition(":")[2]: float(value) for key, value in one.attributes.items()
                         if key.rpartition(":")[2] in _USUAL and re.fullmatch(r"-?[\d.]+", value)})
    return said


def _lines(text: str, size: float, width: float, indent: float) -> int:
    """How many lines a text takes: Chinese letters are as wide as they are high, Latin ones a little more than half of that."""
    used, lines = indent, 1
    for word in re.findall(r"[!-~]+|.", text):
        wide = sum(size if unicodedata.east_asian_width(sign) in "WFA" else size * 0.56 for sign in word)
        if used + wide > width and used > 0:
            lines, used = lines + 1, 0.0
        more = math.ceil(wide / max(width, 1.0)) - 1
        lines, used = lines + max(more, 0), used + wide - max(more, 0) * width
    return lines


class _Styles:
    """The document's styles: what a paragraph looks like, after the styles that it is based on."""

    def __init__(self, form: Template):
        self._known: Dict[str, Element] = {}
        self._usual: Optional[Element] = None
        self._default = ""
        for root in _roots(form, "word/styles.xml"):
            self._usual = next(iter(root.find("docDefaults")), None)
            for one in root.find("style"):
                if _value(one, "type") == "paragraph":
                    self._known[_value(one, "styleId") or ""] = one
                    self._default = _value(one, "styleId") or "" if _value(one, "default") == "1" else self._default

    def look(self, paragraph: Element) -> _Look:
        """Letters are as large as the largest run's."""
        own = next((one for one in paragraph.elements() if one.local == "pPr"), None)
        name = next((_value(one, "val") or "" for one in (own.elements() if own is not None else ()) if one.local == "pStyle"),
                    self._default)
        chain, seen = [], set()
        while name in self._known and name not in seen:
            seen.add(name)
            chain.append(self._known[name])
            name = next((_value(one, "val") or "" for one in chain[-1].elements() if one.local == "basedOn"), "")
        said: Dict[str, str] = {}
        for one in ([self._usual] if self._usual is not None else []) + chain[::-1] + ([own] if own is not None else []):
            said.update(_said(one))
        sizes = [float(_value(one, "val") or 0) / 2 for run in paragraph.find("r") for one in run.find("sz")]
        return _look(said, max(sizes, default=float(said.get("sz", 21)) / 2))


def _said(one: Element) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for inner in one.find("spacing"):
        found.update(_attributes(inner))
    for inner in one.find("ind"):
        found.update(_attributes(inner))
    for inner in one.find("sz"):
        found["sz"] = _value(inner, "val") or "21"
    for inner in one.find("pageBreakBefore"):
        found["breaks"] = "1" if _is_on(inner) else ""
    return found


def _attributes(one: Element) -> Mapping[str, str]:
    return {key.rpartition(":")[2]: value for key, value in one.attributes.items()}


def _look(said: Mapping[str, str], size: float) -> _Look:
    def number(name: str, otherwise: float = 0.0) -> float:
        return float(said[name]) if re.fullmatch(r"-?[\d.]+", said.get(name, "")) else otherwise

    indent = number("firstLineChars") / 100 * size * _POINT or number("firstLine")
    sides = number("left", number("start")) + number("right", number("end"))
    return _Look(size, number("line", 240.0), said.get("lineRule") or "auto", number("before"), number("after"), max(indent, 0.0), sides,
                 bool(said.get("breaks")))
