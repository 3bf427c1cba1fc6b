"""The report of a ledger taken over: one HTML page, made with the kit of ``formats.html``."""
from __future__ import annotations

from typing import List

from ..i18n import say, tr
from ..law.matters.kind import MatterKind
from ..register.matters import KNOWN, REFUSED, TAKEN, MattersTaken, Outcome
from .formats.html import heading, lead, listing, page, table
from .matter_tables import MatterTable


def matters_page(kind: MatterKind, read: MatterTable, taken: MattersTaken) -> str:
    """Every row of the table: taken, known already, or refused with the reason."""
    counts = [len(taken.of(status)) for status in (TAKEN, KNOWN, REFUSED)]
    body = [lead(tr("{rows} rows: {taken} taken, {known} recorded before, {refused} refused.", rows=len(taken.outcomes),
                    taken=counts[0],
                    known=counts[1], refused=counts[2]))]
    if read.told:
        body += [heading(tr("What the file holds and what was read")), listing([say(one) for one in read.told])]
    remarks = [say(one) for one in read.remarks(kind)]
    if remarks:
        body += [heading(tr("How the headings were understood")), listing(remarks)]
    heads = [tr("Row"), tr("Number"), tr("Outcome"), tr("Why not")]
    body += [heading(tr("Row by row")), table(heads, [_outcome(one) for one in taken.outcomes],
                                              [one.status for one in taken.outcomes])]
    return page(tr("{ledger} taken over: {file}", ledger=say(kind.name), file=read.file), body)


def _outcome(one: Outcome) -> List[str]:
    words = {TAKEN: tr("taken"), KNOWN: tr("recorded before"), REFUSED: tr("refused")}
    return [one.row.place, one.row.number, words[one.status], say(one.reason) if one.reason else ""]
