"""Pages that need nothing else: read on screen, printed, sent back to whoever sent the file. Every text is escaped here.

``body`` parts are HTML made by this module's own functions; a caller never writes a tag around a word that came from a file.
"""
from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Iterable, Optional, Sequence, Tuple

from ...i18n import user_locale
from ...values import storable
from ..atomic_files import write_whole

_STYLE = """
body{font:14px/1.45 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC","SimSun",sans-serif;color:#1d2733;margin:2em auto;
 max-width:1180px;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .4em}h2{font-size:1.15em;margin:1.6em 0 .5em}
p.lead{color:#51606e;margin:.2em 0 1.2em}p.text{font-size:1.15em;line-height:1.8}
p.good{color:#1a7f37;font-weight:600}p.bad{color:#b3261e;font-weight:600}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #cfd8e0;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#eef2f5}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.s{font-weight:700;text-align:center;white-space:nowrap}
table.facts{width:auto;font-size:14px}.facts th,.facts td{border:0;background:none;padding:.1em 1.2em .1em 0;font-weight:400}
.facts th{color:#51606e;white-space:nowrap}.facts td{overflow-wrap:anywhere}
ul.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.6em;padding:0;margin:1em 0}
.counts li{border:1px solid #cfd8e0;border-radius:6px;padding:.5em 1em;min-width:6em;text-align:center}
.counts b{display:block;font-size:1.5em;font-variant-numeric:tabular-nums}
.counts li.bad{border-color:#c5221f}.counts li.bad b{color:#c5221f}
tr.E td.s{background:#f9dedc;color:#8c1d18}tr.W td.s{background:#fdeec7;color:#6b4700}tr.I td.s{background:#e3eefb;color:#0b4a8f}
tr.refused td:nth-child(3),tr.E td:first-child{background:#f9dedc}tr.taken td:nth-child(3){background:#dff3e3}
thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{margin:0;max-width:none;font-size:11px}table{font-size:10px}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{size:A4 landscape;margin:12mm}}
"""


def page(title: str, body: Iterable[str]) -> str:
    """The whole page under ``title``; ``body`` is made by the functions below."""
    language = "zh-Hans" if user_locale() == "zh" else "en"
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{text_of(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body>\n<h1>{text_of(title)}</h1>\n" + "\n".join(body) + "\n</body></html>\n")


def text_of(text: object) -> str:
    """A word as it may stand in a page."""
    return escape(storable(str(text)))


def lead(text: str) -> str:
    """The first sentence under the title, escaped."""
    return f'<p class="lead">{text_of(text)}</p>'


def paragraph(text: str) -> str:
    """A paragraph of running text, escaped."""
    return f'<p class="text">{text_of(text)}</p>'


def outcome(text: str, good: bool) -> str:
    """The one line that says whether all went well."""
    return f'<p class="{"good" if good else "bad"}">{"✓" if good else "✗"} {text_of(text)}</p>'


def heading(text: str) -> str:
    """A heading of the second level, escaped."""
    return f"<h2>{text_of(text)}</h2>"


def listing(texts: Iterable[str]) -> str:
    """A list with bullets, each text escaped."""
    return "<ul>" + "".join(f"<li>{text_of(text)}</li>" for text in texts) + "</ul>"


def facts(entries: Iterable[Tuple[str, str]]) -> str:
    """Names and what they are, without lines around them."""
    rows = "".join(f"<tr><th>{text_of(name)}</th><td>{text_of(value)}</td></tr>" for name, value in entries)
    return f'<table class="facts">{rows}</table>'


def counts(tiles: Iterable[Tuple[str, int, bool]]) -> str:
    """Numbers to see at once: name, number, whether it is a bad one."""
    return '<ul class="counts">' + "".join(
        f'<li class="bad"><b>{number:,}</b>{text_of(name)}</li>' if bad else f"<li><b>{number:,}</b>{text_of(name)}</li>"
        for name, number, bad in tiles) + "</ul>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str] = (),
          cells: Optional[Sequence[str]] = None) -> str:
    """Cells are text, line ends in them kept; ``classes`` style the rows and ``cells`` the columns (``n`` numbers, ``s`` severities)."""
    kinds = list(cells or ())
    lines = []
    for number, row in enumerate(rows):
        kind = f' class="{escape(classes[number])}"' if number < len(classes) and classes[number] else ""
        lines.append(f"<tr{kind}>" + "".join(_cell(text, kinds[at] if at < len(kinds) else "") for at, text in enumerate(row)) + "</tr>")
    top = "".join(f"<th>{text_of(head)}</th>" for head in heads)
    return "<table>" + (f"<thead><tr>{top}</tr></thead>" if heads else "") + "<tbody>\n" + "\n".join(lines) + "\n</tbody></table>"


def _cell(text: str, kind: str) -> str:
    styled = f' class="{kind}"' if kind else ""
    return f"<td{styled}>{text_of(text)}</td>".replace("\n", "<br>")


def write_page(path: str, text: str, inputs: Iterable[Path] = ()) -> None:
    """Put the page in place in one step; raises InputError where it cannot be written or would harm (a register, an input)."""
    write_whole(Path(path), text.encode("utf-8", "replace"), inputs)
