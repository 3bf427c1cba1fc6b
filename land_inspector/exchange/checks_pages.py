"""Pages of checks, differences and the county's paragraph."""
from __future__ import annotations

from typing import List, Optional, Sequence

from ..errors import Message
from ..i18n import say, tr, user_locale
from ..law.areas import DASH, mu_text, percent_text
from ..law.differences import REASONS, Difference, DifferenceReport
from .checks_export import Checked, Disagreement
from .ledger_pages import heading, lead, page, table
from .workbook_notes import local_time


def checks_page(file: str, checked: Optional[Checked], found: Sequence[Disagreement]) -> str:
    """What does not agree, gravest first; areas in mu with four decimals, so that a hundredth can be seen."""
    compared = checked.compared if checked else 0
    body = [lead(tr("{n} figures of {file} were compared; {found} things do not agree (beyond 0.01 mu).", n=compared, file=file,
                    found=len(found)))]
    heads = [tr("Severity"), tr("Rule"), tr("Row"), tr("Parcel"), tr("Column"), tr("In the table (mu)"), tr("In the register (mu)"),
             tr("What does not agree")]
    ordered = sorted(found, key=lambda one: (one.severity != "E", one.rule, one.parcel))
    body.append(table(heads, [_disagreement(one) for one in ordered], [one.severity for one in ordered]) if ordered
                else lead(tr("Everything agrees.")))
    return page(tr("Figures checked: {file}", file=file), body)


def _disagreement(one: Disagreement) -> List[str]:
    label = one.label.text(user_locale()) if one.label else one.column
    return [one.severity, one.rule, "" if one.row is None else str(one.row), one.parcel, label, _mu(one.filled_m2), _mu(one.register_m2),
            say(one.text)]


def _mu(area_m2: Optional[float]) -> str:
    return DASH if area_m2 is None else mu_text(area_m2, 4)


def reasons_text(one: Difference) -> str:
    return "；".join(say(REASONS[reason]) for reason in one.reasons)


def difference_text(report: DifferenceReport) -> str:
    """The indicator before and after, in one line."""
    return tr("{indicator}: {before} % before, {after} % after; {n} patches differ.", indicator=report.indicator,
              before=percent_text(report.before.value), after=percent_text(report.after.value), n=len(report.patches))


def difference_page(report: DifferenceReport) -> str:
    heads = [tr("Patch"), tr("Township"), tr("Reason"), tr("Numerator (mu)"), tr("Denominator (mu)")]
    rows = [[one.number, one.township or "", reasons_text(one), mu_text(one.numerator_m2, 4), mu_text(one.denominator_m2, 4)]
            for one in report.patches]
    return page(tr("Why {indicator} differs", indicator=report.indicator), [lead(difference_text(report)), table(heads, rows)])


def paragraph_text(sentences: Sequence[Message]) -> str:
    """The sentences as one paragraph; Chinese needs no blanks between them."""
    return ("" if user_locale() == "zh" else " ").join(say(sentence) for sentence in sentences)


def paragraph_page(county: str, year: int, text: str, known_at: str, effective_on: str) -> str:
    terms = tr("Known at {known}, effective on {day}.", known=local_time(known_at), day=effective_on)
    return page(tr("{county}: land enforcement in {year}", county=county, year=year), [heading(str(year)), lead(text), lead(terms)])
