"""Tables as office programs write them, made small by code: what they claim of themselves may be wrong on purpose."""
from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

import openpyxl

Rows = Sequence[Sequence[Any]]


def xlsx(path: Path, sheets: Dict[str, Rows], merged: Sequence[str] = (), hidden: Sequence[str] = (), epoch_1904: bool = False) -> Path:
    """A workbook; ``merged`` are ranges of every sheet."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    if epoch_1904:
        book.epoch = datetime(1904, 1, 1)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in merged:
            sheet.merge_cells(area)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[str, str], Optional[str]]) -> Path:
    """The same package with the text of its XML parts changed by (name, text); None drops a part."""
    with zipfile.ZipFile(path) as packed:
        parts = {info.filename: packed.read(info) for info in packed.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            said = change(name, content.decode("utf-8")) if name.endswith((".xml", ".rels")) else None
            if name.endswith((".xml", ".rels")) and said is None:
                continue
            packed.writestr(name, said.encode("utf-8") if said is not None else content)
    return path


def dimension(area: str) -> Callable[[str, str], str]:
    """WPS's short extent."""
    return lambda name, text: re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{area}"', text)


def strict(_name: str, text: str) -> str:
    """Strict Open XML: the same parts in other namespaces."""
    return (text.replace("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
            .replace("http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                     "http://purl.oclc.org/ooxml/officeDocument/relationships"))


def ods(path: Path, rows: Rows, sheet: str = "表1") -> Path:
    """An OpenDocument table of texts and numbers; a row of repeats stands between, as LibreOffice writes them."""
    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, datetime):
            return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"><text:p>x</text:p></table:table-cell>'
        kind = f'office:value-type="float" office:value="{value}"' if isinstance(value, (int, float)) else 'office:value-type="string"'
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"

    lines = "".join("<table:table-row>" + "".join(cell(value) for value in row) + "</table:table-row>" for row in rows)
    tail = ('<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
            "</table:table-row>")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    body = (f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="{sheet}">{lines}{tail}'
            "</table:table></office:spreadsheet></office:body></office:document-content>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", body)
    return path


def dbf(path: Path, rows: List[Dict[str, str]], encoding: str = "gbk") -> Path:
    """A dBASE table of texts, alone."""
    names = list(rows[0])
    header = b"".join(name.encode(encoding).ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([20, 0]) + b"\0" * 14 for name in names)
    body = b"".join(b" " + b"".join(row[name].encode(encoding).ljust(20)[:20] for name in names) for row in rows)
    head = bytes([3, 126, 1, 1]) + len(rows).to_bytes(4, "little") + (33 + len(header)).to_bytes(2, "little")
    path.write_bytes(head + (1 + 20 * len(names)).to_bytes(2, "little") + b"\0" * 20 + header + b"\r" + body + b"\x1a")
    return path


def web_page(rows: Rows, charset: str = "utf-8") -> bytes:
    """An .xls of a web system: an HTML table."""
    lines = "".join("<tr>" + "".join(f"<td>{'' if value is None else value}</td>" for value in row) + "</tr>" for row in rows)
    return f"<html><head><meta charset={charset}></head><body><table border=1>{lines}</table></body></html>".encode(charset)


def xml_2003(rows: Rows) -> str:
    """Excel's XML of 2003."""
    def cell(value: Any) -> str:
        kind = "Number" if isinstance(value, (int, float)) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    lines = "".join("<Row>" + "".join(cell(value) for value in row) + "</Row>" for row in rows)
    return ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>{lines}</Table></Worksheet></Workbook>')
