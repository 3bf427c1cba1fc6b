"""Long lists in a workbook: openpyxl makes the looks from one sample row, the rows themselves are streamed into the file.

openpyxl keeps every cell as an object and asks its styles again for each: 50 000 parcels take twenty seconds and half a gigabyte
in which nothing can be cancelled. Here a row is a line of text with the style numbers that openpyxl gave the sample.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

from ..progress import Progress

#: Rows written between two looks at cancel.
_CHUNK = 500
#: What XML cannot hold; a name copied from an old database may.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class LongList:
    """Values for a sheet whose sheet row ``sample`` shows how a row looks, and the row after it how the sums below them look."""

    sample: int
    rows: Sequence[Sequence[Any]]
    sums: Sequence[Any]


def save_streamed(book: Workbook, lists: Mapping[str, LongList], path: Path, progress: Progress) -> None:
    """Save ``book`` to ``path`` with the rows of each list (by sheet title) in the place of its two sample rows."""
    samples = BytesIO()
    book.save(samples)
    parts = {f"xl/worksheets/sheet{number}.xml": lists[sheet.title] for number, sheet in enumerate(book.worksheets, 1)
             if sheet.title in lists}
    total, done = max(sum(len(one.rows) for one in parts.values()), 1), 0
    with ZipFile(samples) as made, ZipFile(str(path), "w", ZIP_DEFLATED) as archive:
        for name in made.namelist():
            part = parts.get(name)
            if part is None:
                archive.writestr(name, made.read(name))
                continue
            with archive.open(name, "w", force_zip64=True) as out:
                share = progress.part(done / total, (done + len(part.rows)) / total)
                for text in _sheet(made.read(name).decode("utf-8"), part, share):
                    out.write(text.encode("utf-8"))
            done += len(part.rows)


def _sheet(xml: str, part: LongList, progress: Progress) -> Iterator[str]:
    """The sheet's XML in pieces: what stands before the sample, the rows, the sums, what stands behind."""
    before, sample, behind = _around(xml, part.sample)
    last = part.sample + len(part.rows)
    styles = _styles(sample[0])
    yield re.sub(r'(<dimension ref="[A-Z]+\d+:[A-Z]+)\d+"', rf'\g<1>{last}"', before)
    for start in range(0, len(part.rows), _CHUNK):
        progress.step(start / len(part.rows))
        yield "".join(_row(number, values, styles) for number, values in
                      enumerate(part.rows[start:start + _CHUNK], part.sample + start))
    yield _row(last, part.sums, _styles(sample[1]))
    yield behind


def _around(xml: str, sample: int) -> Tuple[str, Tuple[str, str], str]:
    found = re.search(rf'(<row r="{sample}".*?</row>)\s*(<row r="{sample + 1}".*?</row>)', xml, re.DOTALL)
    if found is None:
        raise ValueError(f"no sample rows at {sample}")
    return xml[:found.start()], (found.group(1), found.group(2)), xml[found.end():]


def _styles(row: str) -> List[Tuple[str, str]]:
    """Letter and style attribute of each cell of a sample row."""
    cells = re.findall(r"<c [^>]*>", row)
    return [(re.sub(r".* r=\"([A-Z]+)\d+\".*", r"\1", cell), "".join(re.findall(r' s="\d+"', cell))) for cell in cells]


def _row(number: int, values: Sequence[Any], styles: Sequence[Tuple[str, str]]) -> str:
    cells = [_cell(f'r="{letter}{number}"{style}', value) for (letter, style), value in zip(styles, values)]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(attributes: str, value: Optional[Any]) -> str:
    if value is None:
        return f"<c {attributes}/>"
    if isinstance(value, (int, float)):
        return f"<c {attributes}><v>{value!r}</v></c>"
    text = escape(_NO_XML.sub("", value), quote=False)
    return f'<c {attributes} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
