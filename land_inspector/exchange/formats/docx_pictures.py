"""Pictures in a filled Word document: a field whose value is a mark becomes an inline picture where the office put it."""
from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import List, Mapping

from .docx import Element, parse_xml

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
    root = parse_xml(members["word/document.xml"])
    used = _placed(root, pictures)
    if not used:
        return content
    members["word/document.xml"] = _xml(root)
    relations = parse_xml(members["word/_rels/document.xml.rels"])
    relations.children += [Element("Relationship", {"Id": _id(name), "Type": _IMAGE, "Target": f"media/{_id(name)}.png"}) for name in used]
    members["word/_rels/document.xml.rels"] = _xml(relations)
    types = parse_xml(members["[Content_Types].xml"])
    if not any(one.attributes.get("Extension", "").lower() == "png" for one in types.elements()):
        types.children.insert(0, Element("Default", {"Extension": "png", "ContentType": "image/png"}))
    members["[Content_Types].xml"] = _xml(types)
    members.update((f"word/media/{_id(name)}.png", pictures[name].png) for name in used)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def _id(name: str) -> str:
    return f"landInspector_{name}"


def _xml(root: Element) -> bytes:
    parts = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
    root.write(parts)
    return "".join(parts).encode("utf-8")


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
