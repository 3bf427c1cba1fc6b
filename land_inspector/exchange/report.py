"""The import report: one HTML page that needs nothing else, to read on screen, to print and to send back to the issuer."""
from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from ..errors import InputError
from ..i18n import say, tr, user_locale
from ..register.records import Finding, Intake

_ORDER = {"E": 0, "W": 1, "I": 2}
_STYLE = """
body{font:14px/1.45 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC","SimSun",sans-serif;
 color:#1d2733;margin:2em auto;max-width:1180px;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .2em}h2{font-size:1.15em;margin:1.6em 0 .5em}
p.lead{color:#51606e;margin:.2em 0 1.2em}
table.facts{width:auto;font-size:14px}.facts th,.facts td{border:0;background:none;padding:.1em 1.2em .1em 0;font-weight:400}
.facts th{color:#51606e;white-space:nowrap}.facts td{overflow-wrap:anywhere}
ul.counts{display:flex;flex-wrap:wrap;list-style:none;padding:0;margin:1.2em 0 .4em}
ul.counts li{margin-right:.6em;border:1px solid #cfd8e0;border-radius:6px;padding:.5em 1.1em;min-width:6.5em}
ul.counts b{display:block;font-size:1.6em;font-variant-numeric:tabular-nums}
ul.counts li.bad{border-color:#b3261e}ul.counts li.bad b{color:#b3261e}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #cfd8e0;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#eef2f5;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.s{font-weight:700;text-align:center;white-space:nowrap}
tr.E td.s{background:#f9dedc;color:#8c1d18}tr.W td.s{background:#fdeec7;color:#6b4700}tr.I td.s{background:#e3eefb;color:#0b4a8f}
thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{margin:0;max-width:none;font-size:11px}table{font-size:10px}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{size:A4 landscape;margin:12mm}}
"""


def import_report(intake: Intake, *, batch: str = "", changed: int = 0, changes: Sequence[Finding] = ()) -> str:
    """The page as text, in the user's language.

    ``changes`` are the findings of a re-issue against the issue before, ``changed`` their number. Everything that came
    from the file is escaped.
    """
    title = tr("Import report: {name}", name=batch or intake.file)
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(_lead(intake))}</p>',
        _particulars(intake, batch),
        _counts(intake, changed),
    ]
    if changes:
        body += [f"<h2>{escape(tr('Changes against the issue before'))}</h2>", _table(changes)]
    body += [f"<h2>{escape(tr('What was found'))}</h2>", _severities(intake.findings), _table(intake.findings)]
    language = "zh-Hans" if user_locale() == "zh" else "en"
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n")


def write_report(path: str, page: str) -> None:
    """Put the page in place in one step; raises InputError where it cannot be written."""
    target = Path(path)
    draft = target.with_name(target.name + ".part")
    try:
        draft.write_text(page, encoding="utf-8")
        os.replace(draft, target)
    except OSError as wrong:
        raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.",
                         file=path) from wrong


def _lead(intake: Intake) -> str:
    return tr("All {rows} rows of {file} are accounted for: {imported} imported, {quarantined} set aside.",
              rows=intake.rows, file=intake.file, imported=len(intake.patches), quarantined=len(intake.quarantined))


def _particulars(intake: Intake, batch: str) -> str:
    units = {"m2": "m²", "mu": tr("mu"), "ha": tr("hectares")}
    crs = intake.crs if len(intake.crs) < 60 else intake.crs.split("[", 2)[1].split('"')[1]
    entries: List[Tuple[str, str]] = [
        (tr("File"), intake.file), (tr("Batch"), batch or "—"), (tr("CRS of the patches"), crs),
        (tr("Text encoding"), intake.encoding), (tr("Unit of the issued areas"), units.get(intake.unit, tr("unknown"))),
        (tr("Measured area"), f"{sum(patch.area_m2 for patch in intake.patches):,.2f} m²"),
        ("SHA-256", intake.digest), (tr("Written"), datetime.now().strftime("%Y-%m-%d %H:%M")),
    ]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in entries)
    return f'<table class="facts">{rows}</table>'


def _counts(intake: Intake, changed: int) -> str:
    repaired = sum(patch.repaired for patch in intake.patches)
    tiles = [(tr("Rows"), intake.rows, False), (tr("Imported"), len(intake.patches), False), (tr("Repaired"), repaired, False),
             (tr("Quarantined"), len(intake.quarantined), bool(intake.quarantined)), (tr("Changed"), changed, False)]
    return '<ul class="counts">' + "".join(
        f'<li class="bad"><b>{number:,}</b>{escape(name)}</li>' if bad else f"<li><b>{number:,}</b>{escape(name)}</li>"
        for name, number, bad in tiles) + "</ul>"


def _severities(findings: Iterable[Finding]) -> str:
    count = Counter(finding.severity for finding in findings)
    return "<p>" + escape(tr("E {errors} errors · W {warnings} to look at · I {notes} for information",
                             errors=count["E"], warnings=count["W"], notes=count["I"])) + "</p>"


def _table(findings: Sequence[Finding]) -> str:
    if not findings:
        return f"<p>{escape(tr('Nothing.'))}</p>"
    heads = [tr("Severity"), tr("Row"), tr("Patch"), tr("Rule"), tr("Finding"), tr("Area before, m²"),
             tr("Area after, m²"), tr("What to do")]
    ordered = sorted(findings, key=lambda finding: (_ORDER.get(finding.severity, 3), finding.row or 0))
    words = {"E": tr("error"), "W": tr("look"), "I": tr("note")}
    return ("<table><thead><tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr></thead><tbody>\n"
            + "\n".join(_line(finding, words.get(finding.severity, "")) for finding in ordered) + "\n</tbody></table>")


def _line(finding: Finding, word: str) -> str:
    return (f'<tr class="{escape(finding.severity)}"><td class="s">{escape(finding.severity)} {escape(word)}</td>'
            f'<td class="n">{_cell(finding.row)}</td><td>{_cell(finding.patch)}</td><td>{_cell(finding.rule)}</td>'
            f"<td>{escape(say(finding.message))}</td><td class=\"n\">{_area(finding.area_before_m2)}</td>"
            f'<td class="n">{_area(finding.area_after_m2)}</td><td>{escape(say(finding.remedy))}</td></tr>')


def _cell(value: Any) -> str:
    return "" if value is None else escape(str(value))


def _area(area_m2: Optional[float]) -> str:
    return "" if area_m2 is None else f"{area_m2:,.2f}"
