"""Pages that go with ledgers and figures: what became of each row, what was compared, what a difference is made of."""
from __future__ import annotations

from html import escape
from typing import Iterable, List, Sequence

from ..i18n import say, tr, user_locale
from ..register.ledger_rows import KNOWN, REFUSED, TAKEN, RowOutcome, TakenOver
from .ledger_tables import LedgerTable

_STYLE = """
body{font:14px/1.45 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC","SimSun",sans-serif;color:#1d2733;margin:2em auto;
 max-width:1180px;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .4em}h2{font-size:1.15em;margin:1.6em 0 .5em}p.lead{color:#51606e}p.text{font-size:1.15em;line-height:1.8}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #cfd8e0;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#eef2f5}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.refused td:nth-child(3),tr.E td:first-child{background:#f9dedc}tr.taken td:nth-child(3){background:#dff3e3}
@media print{body{margin:0;max-width:none;font-size:11px}@page{size:A4 landscape;margin:12mm}}
"""


def page(title: str, body: Iterable[str]) -> str:
    """One page that needs nothing else; ``body`` is HTML already."""
    language = "zh-Hans" if user_locale() == "zh" else "en"
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</body></html>\n")


def lead(text: str) -> str:
    return f'<p class="lead">{escape(text)}</p>'


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def listing(texts: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str] = ()) -> str:
    """Cells are text; ``classes`` style the rows."""
    lines = [f'<tr class="{classes[n] if n < len(classes) else ""}">' + "".join(f"<td>{_lines(cell)}</td>" for cell in row) + "</tr>"
             for n, row in enumerate(rows)]
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def ledger_page(ledger: LedgerTable, taken: TakenOver) -> str:
    """Every row of the table: taken with what was recorded, known already, or refused with the reason and what to do."""
    counts = [len(taken.of(status)) for status in (TAKEN, KNOWN, REFUSED)]
    body = [lead(tr("{rows} rows: {taken} taken, {known} recorded before, {refused} refused.", rows=len(taken.outcomes), taken=counts[0],
                    known=counts[1], refused=counts[2]))]
    if ledger.told:
        body += [heading(tr("What the file holds and what was read")), listing([say(one) for one in ledger.told])]
    remarks = [say(one) for one in ledger.remarks()]
    if remarks:
        body += [heading(tr("How the headings were understood")), listing(remarks)]
    heads = [tr("Row"), tr("Case or parcel"), tr("Outcome"), tr("What was recorded, or why not"), tr("What to do")]
    body += [heading(tr("Row by row")), table(heads, [_outcome(one) for one in taken.outcomes], [one.status for one in taken.outcomes])]
    return page(tr("Ledger taken over: {file}", file=ledger.file), body)


def _outcome(one: RowOutcome) -> List[str]:
    words = {TAKEN: tr("taken"), KNOWN: tr("recorded before"), REFUSED: tr("refused")}
    named = "\n".join(part for part in (one.row.case_number, ", ".join(one.row.labels)) if part)
    told = [say(text) for text in (*one.recorded, *one.notes, *([one.reason] if one.reason else []))]
    return [one.row.place, named, words[one.status], "\n".join(told), say(one.remedy) if one.remedy else ""]
