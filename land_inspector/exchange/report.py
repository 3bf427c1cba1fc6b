"""The import report: every row of the source accounted for, and all that was found in it, with what to do."""
from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message, message
from ..i18n import say, tr
from ..register.records import Finding, Intake
from .formats import html


_ORDER = {"E": 0, "W": 1, "I": 2}


def import_report(intake: Intake, *, batch: str = "", changed: int = 0, changes: Sequence[Finding] = ()) -> str:
    """The page as text, in the user's language.

    ``changes`` are the findings of a re-issue against the issue before, ``changed`` their number. Everything that came
    from the file is escaped.
    """
    body = [html.lead(_lead(intake)), html.facts(_particulars(intake, batch)), html.counts(_counts(intake, changed))]
    if changes:
        body += [html.heading(tr("Changes against the issue before")), _table(changes)]
    body += [html.heading(tr("What was found")), _severities(intake.findings), _table(intake.findings)]
    return html.page(tr("Import report: {name}", name=batch or intake.file), body)


def _lead(intake: Intake) -> str:
    return tr("All {rows} rows of {file} are accounted for: {imported} imported, {quarantined} set aside.",
              rows=intake.rows, file=intake.file, imported=len(intake.patches), quarantined=len(intake.quarantined))


def _particulars(intake: Intake, batch: str) -> List[Tuple[str, str]]:
    units = {"m2": "m²", "mu": tr("mu"), "ha": tr("hectares")}
    crs = intake.crs if len(intake.crs) < 60 else intake.crs.split("[", 2)[1].split('"')[1]
    return [
        (tr("File"), intake.file), (tr("Batch"), batch or "—"), (tr("CRS of the patches"), crs),
        (tr("Text encoding"), intake.encoding), (tr("Unit of the issued areas"), units.get(intake.unit, tr("unknown"))),
        (tr("Measured area"), f"{sum(patch.area_m2 for patch in intake.patches):,.2f} m²"),
        ("SHA-256", intake.digest), (tr("Written"), datetime.now().strftime("%Y-%m-%d %H:%M")),
    ]


def _counts(intake: Intake, changed: int) -> List[Tuple[str, int, bool]]:
    repaired = sum(patch.repaired for patch in intake.patches)
    return [(tr("Rows"), intake.rows, False), (tr("Imported"), len(intake.patches), False), (tr("Repaired"), repaired, False),
            (tr("Quarantined"), len(intake.quarantined), bool(intake.quarantined)), (tr("Changed"), changed, False)]


def _severities(findings: Iterable[Finding]) -> str:
    count = Counter(finding.severity for finding in findings)
    return html.lead(tr("E {errors} errors · W {warnings} to look at · I {notes} for information",
                        errors=count["E"], warnings=count["W"], notes=count["I"]))


def _table(findings: Sequence[Finding]) -> str:
    if not findings:
        return html.lead(tr("Nothing."))
    heads = [tr("Severity"), tr("Row"), tr("Patch"), tr("Rule"), tr("Finding"), tr("Area before, m²"),
             tr("Area after, m²"), tr("What to do")]
    ordered = sorted(findings, key=lambda finding: (_ORDER.get(finding.severity, 3), finding.row or 0))
    words = {"E": tr("error"), "W": tr("look"), "I": tr("note")}
    rows = [[f"{one.severity} {words.get(one.severity, '')}", _cell(one.row), _cell(one.patch), _cell(one.rule), say(one.message),
             _area(one.area_before_m2), _area(one.area_after_m2), say(one.remedy)] for one in ordered]
    return html.table(heads, rows, [one.severity for one in ordered], ("s", "n", "", "", "", "n", "n"))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _area(area_m2: Optional[float]) -> str:
    return "" if area_m2 is None else f"{area_m2:,.2f}"


# Where an import writes down what it finds, in the order in which it finds it.

NOTHING_TO_DO = message("Nothing to do.")


class Notes:
    """The findings of one source, collected by every step of its intake."""

    def __init__(self) -> None:
        self.findings: List[Finding] = []

    def add(
        self,
        severity: str,
        text: Message,
        remedy: Message = NOTHING_TO_DO,
        rule: str = "",
        row: Optional[int] = None,
        patch: Optional[str] = None,
        before_m2: Optional[float] = None,
        after_m2: Optional[float] = None,
    ) -> None:
        """``severity`` E, W or I; ``row`` counts from 1 in the source's own order; areas in m²."""
        self.findings.append(Finding(severity, text, remedy, rule, row, patch, before_m2, after_m2))


def listed(items: Iterable[object], most: int = 12) -> str:
    """``a, b, c … (57)``: a few of many, with their number, for a sentence."""
    words = [str(item) for item in items]
    if len(words) <= most:
        return ", ".join(words)
    return ", ".join(words[:most]) + f" … ({len(words)})"
