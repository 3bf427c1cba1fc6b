"""Pages that go with a register or a table of verdicts: what was verified, what was taken and what was not, and why."""
from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Iterable, List, Mapping, Sequence

from ..errors import Message
from ..i18n import say, tr, user_locale
from ..register.judging import Judged
from ..register.verifying import Verification
from .photos import TakenIn

_STYLE = """
body{font:14px/1.45 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC","SimSun",sans-serif;color:#1d2733;margin:2em auto;
 max-width:1000px;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .6em}p.good{color:#1a7f37;font-weight:600}p.bad{color:#b3261e;font-weight:600}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #cfd8e0;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#eef2f5}
"""


def verification_page(path: str, meta: Mapping[str, str], found: Verification) -> str:
    """HTML: the register, how many events were checked, and each thing that is wrong."""
    rows = [[tr("Register"), Path(path).name], [tr("County"), f"{meta.get('county_code', '')} {meta.get('county_name', '')}"],
            [tr("Identity"), meta.get("register_id", "")], [tr("Events"), str(found.events)],
            [tr("Checked at"), datetime.now().strftime("%Y-%m-%d %H:%M")]]
    verdict = tr("Everything is in order.") if not found.broken else tr("{n} things are wrong.", n=len(found.broken))
    body = [_lead(verdict, not found.broken), _table((), rows)]
    if found.broken:
        body.append(_table((tr("What is wrong"),), [[say(text)] for text in found.broken]))
    return _page(tr("Verification of a register"), body)


def verdicts_page(file: str, judged: Judged, told: Sequence[Message] = ()) -> str:
    """HTML: how many verdicts of a table were given, which were refused and why, which still owe particulars (R33).

    ``told`` says what the file holds, what was read of it, and what was left and why."""
    lead = tr("{given} verdicts given, {refused} refused.", given=len(judged.given), refused=len(judged.refused))
    body = [_lead(lead, not judged.refused)]
    if judged.refused:
        rows = [[r.entry.place, r.entry.label, say(r.reason)] for r in judged.refused]
        body += [_heading(tr("Refused")), _table((tr("Row"), tr("Parcel"), tr("Reason")), rows)]
    if judged.missing:
        rows = [[label, ", ".join(names)] for label, names in judged.missing.items()]
        body += [_heading(tr("Given, but particulars are still owed")), _table((tr("Parcel"), tr("Missing")), rows)]
    if told:
        body += [_heading(tr("What the file holds and what was read")), _table((), [[say(one)] for one in told])]
    return _page(tr("Verdicts from {file}", file=file), body)


def photos_page(folder: str, taken: TakenIn) -> str:
    """HTML: how many photos of a folder were added, what each was given to, and which were left out and why."""
    lead = tr("{n} photos were added.", n=len(taken.added.added))
    body = [_lead(lead, not taken.left_out)]
    if taken.left_out:
        body += [_heading(tr("Left out")), _table((tr("File"), tr("Reason")), [[file, say(reason)] for file, reason in taken.left_out])]
    rows = [[one.path.name, one.best.number, f"{one.best.distance_m:.0f}",
             "; ".join(say(text) for text in (*one.notes, *one.best.warnings))]
            for one in taken.sightings if one.best is not None and one.double is None]
    if rows:
        heads = (tr("File"), tr("Parcel"), tr("Distance (m)"), tr("To look at"))
        body += [_heading(tr("Added")), _table(heads, rows)]
    return _page(tr("Photos from {folder}", folder=folder), body)


def _page(title: str, body: Iterable[str]) -> str:
    language = "zh-Hans" if user_locale() == "zh" else "en"
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</body></html>\n")


def _lead(text: str, good: bool) -> str:
    return f'<p class="{"good" if good else "bad"}">{"✓" if good else "✗"} {escape(text)}</p>'


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _table(heads: Sequence[str], rows: Sequence[List[str]]) -> str:
    top = "<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>" if heads else ""
    return "<table>" + top + "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"
