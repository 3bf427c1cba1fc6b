"""Pages of what was verified, taken, compared and counted: one HTML page each, made with the kit of ``formats.html``."""
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import List, Mapping, Optional, Sequence, TYPE_CHECKING, Tuple

from ..errors import Message
from ..i18n import say, tr, user_locale
from ..law import codes
from ..law.agreement import Agreement
from ..law.areas import DASH, mu_text, percent_text
from ..law.differences import Difference, DifferenceReport, REASONS
from ..register.judging import Judged
from ..register.kinds import CATALOGUE
from ..register.records import KNOWN, REFUSED, RowOutcome, TAKEN, TakenOver
from ..register.merging import Merged
from ..register.rebound import APART_M, LEAST_M2, LEAST_SHARE, Return, months_until
from ..register.second_opinion import Opinion
from ..register.settling import OpenConflict, RivalAct
from ..register.tables import ALL_FIELDS
from ..register.verifying import Verification
from .checks import Checked, Disagreement
from .formats import html
from .formats.html import heading, lead, listing, outcome, page, paragraph, table
from .ledger_tables import LedgerTable
from .photos import TakenIn
from .month_workbook import CONFLICT, KNOWN as KNOWN_CELL, REFUSED as REFUSED_CELL, Returned, TAKE

if TYPE_CHECKING:
    from .work_package import TakenBack


def verification_page(path: str, meta: Mapping[str, str], found: Verification) -> str:
    """HTML: the register, how many events were checked, and each thing that is wrong."""
    rows = [[tr("Register"), Path(path).name], [tr("County"), f"{meta.get('county_code', '')} {meta.get('county_name', '')}"],
            [tr("Identity"), meta.get("register_id", "")], [tr("Events"), str(found.events)],
            [tr("Checked at"), datetime.now().strftime("%Y-%m-%d %H:%M")]]
    if found.seal is not None:
        rows.append([tr("Seal"), tr("{code} (give it as SEAL when you verify again, to see that nothing before it was changed)",
                                    code=found.seal.code)])
    rows += [[tr("Note"), say(note)] for note in found.remarks]
    verdict = tr("Everything is in order.") if not found.broken else tr("{n} things are wrong.", n=len(found.broken))
    body = [outcome(verdict, not found.broken), table((), rows)]
    if found.broken:
        body.append(table((tr("What is wrong"),), [[say(text)] for text in found.broken]))
    return page(tr("Verification of a register"), body)


def verdicts_page(file: str, judged: Judged, told: Sequence[Message] = ()) -> str:
    """HTML: how many verdicts of a table were given, which were refused and why, which still owe particulars (R33).

    ``told`` says what the file holds, what was read of it, and what was left and why."""
    said = tr("{given} verdicts given, {refused} refused.", given=len(judged.given), refused=len(judged.refused))
    body = [outcome(said, not judged.refused)]
    if judged.refused:
        rows = [[r.entry.place, r.entry.label, say(r.reason)] for r in judged.refused]
        body += [heading(tr("Refused")), table((tr("Row"), tr("Parcel"), tr("Reason")), rows)]
    if judged.missing:
        rows = [[label, ", ".join(names)] for label, names in judged.missing.items()]
        body += [heading(tr("Given, but particulars are still owed")), table((tr("Parcel"), tr("Missing")), rows)]
    if told:
        body += [heading(tr("What the file holds and what was read")), table((), [[say(one)] for one in told])]
    return page(tr("Verdicts from {file}", file=file), body)


def photos_page(folder: str, taken: TakenIn) -> str:
    """HTML: how many photos of a folder were added, what each was given to, and which were left out and why."""
    said = tr("{n} photos were added.", n=len(taken.added.added))
    body = [outcome(said, not taken.left_out)]
    if taken.left_out:
        body += [heading(tr("Left out")), table((tr("File"), tr("Reason")), [[file, say(reason)] for file, reason in taken.left_out])]
    rows = [[one.path.name, one.best.number, f"{one.best.distance_m:.0f}",
             "; ".join(say(text) for text in (*one.notes, *one.best.warnings))]
            for one in taken.sightings if one.best is not None and one.double is None]
    if rows:
        heads = (tr("File"), tr("Parcel"), tr("Distance (m)"), tr("To look at"))
        body += [heading(tr("Added")), table(heads, rows)]
    return page(tr("Photos from {folder}", folder=folder), body)


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
    """Why one patch differs, in the user's language."""
    return "；".join(say(REASONS[reason]) for reason in one.reasons)


def difference_text(report: DifferenceReport) -> str:
    """The indicator before and after, in one line."""
    return tr("{indicator}: {before} % before, {after} % after; {n} patches differ.", indicator=report.indicator,
              before=percent_text(report.before.value), after=percent_text(report.after.value), n=len(report.patches))


def difference_page(report: DifferenceReport) -> str:
    """The page (whole HTML) that explains a difference patch by patch; areas in mu with four decimals."""
    heads = [tr("Patch"), tr("Township"), tr("Reason"), tr("Numerator (mu)"), tr("Denominator (mu)")]
    rows = [[one.number, one.township or "", reasons_text(one), mu_text(one.numerator_m2, 4), mu_text(one.denominator_m2, 4)]
            for one in report.patches]
    return page(tr("Why {indicator} differs", indicator=report.indicator), [lead(difference_text(report)), table(heads, rows)])


def paragraph_text(sentences: Sequence[Message]) -> str:
    """The sentences as one paragraph; Chinese needs no blanks between them."""
    return ("" if user_locale() == "zh" else " ").join(say(sentence) for sentence in sentences)


def paragraph_page(county: str, above: str, text: str) -> str:
    """A county's paragraph under what it counts and as of when (``above``)."""
    return page(tr("{county}: land enforcement in words", county=county), [lead(above), paragraph(text)])


def status_word(status: str, applied: bool) -> str:
    """What comes, or came, of an edited cell."""
    return {TAKE: tr("recorded") if applied else tr("to be taken"), KNOWN_CELL: tr("recorded before"), CONFLICT: tr("conflict"),
            REFUSED_CELL: tr("refused")}[status]


def returned_page(found: Returned, applied: bool) -> str:
    """Every edited cell of a workbook that came back: what it was, what it is, what the register says, what comes of it."""
    counts = [len(found.of(status)) for status in (TAKE, KNOWN_CELL, CONFLICT, REFUSED_CELL)]
    said = tr("{rows} rows read: {taken} cells edited, {known} known already, {conflicts} conflicts, {refused} refused.", rows=found.rows,
              taken=counts[0], known=counts[1], conflicts=counts[2], refused=counts[3])
    body = [outcome(said, not (counts[2] or counts[3]))]
    if not applied:
        body.append(lead(tr("Nothing was recorded; run it again with “record” to take the cells.")))
    heads = [tr("Row"), tr("Parcel"), tr("Column"), tr("When given out"), tr("Now"), tr("In the register"), tr("Outcome"), tr("Why")]
    rows = [[str(one.row), one.number, one.name, _plain(one.was), _plain(one.now), _plain(one.register), status_word(one.status, applied),
             say(one.reason) if one.reason else ""] for one in found.edits]
    return page(tr("Workbook taken back: {file}", file=found.file), [*body, table(heads, rows)])


def _plain(value: object) -> str:
    return DASH if value is None else str(value)


def merge_text(found: Merged) -> str:
    """What a merge did, or would do, in one line."""
    said = {"new": found.new, "known": found.known, "held": found.held, "conflicts": len(found.conflicts)}
    if found.is_dry:
        return tr("{new} events would come in, {known} are here already, {held} wait; then {conflicts} fields are in dispute.", **said)
    return tr("{new} events came in, {known} were here already, {held} wait; {conflicts} fields are in dispute.", **said)


def merge_page(source: str, found: Merged) -> str:
    """What came, act by act, what is in dispute with both people, times and reasons, what does not count and why, what waits."""
    body = [outcome(merge_text(found), not (found.conflicts or found.held or found.lost))]
    if found.is_dry:
        body.append(lead(tr("This was a dry run: nothing was changed. Run it again without it to take this in.")))
    rows = [[say(CATALOGUE[kind].noun) if kind in CATALOGUE else kind, str(count)] for kind, count in
            sorted(found.kinds.items(), key=lambda one: -one[1]) if kind not in CATALOGUE or not CATALOGUE[kind].goes_without_saying]
    rows += [[tr("Measured evidence (runs)"), str(found.runs)], [tr("Photos and papers"), str(found.files)]]
    body += [heading(tr("What comes") if found.is_dry else tr("What came")), table((tr("What"), tr("How many")), rows)]
    if found.disputed:
        body += [heading(tr("In dispute")), lead(dispute_note(len(found.disputed))), conflict_table(found.disputed)]
    if found.told_lost:
        body += [heading(tr("Kept, but without effect")), listing([say(text) for text in found.told_lost])]
    if found.remarks:
        body += [heading(tr("To look at")), listing([say(text) for text in found.remarks])]
    return page(tr("Copies merged: {source}", source=source), body)


def dispute_note(fields: int) -> str:
    """How figures count what is in dispute."""
    return tr("{n} fields are in dispute. Until a person settles them, of two acts the later one that can stand counts in every figure; "
              "both stay in the history.", n=fields)


def conflict_table(disputed: Sequence[OpenConflict]) -> str:
    """Open conflicts, one row for each act."""
    heads = (tr("Batch"), tr("Thing"), tr("Field"), tr("Who"), tr("When"), tr("Kind of act"), tr("Value"), tr("Reason"), tr("Counts now"))
    return table(heads, [[one.batch, one.where, say(one.called), act.who, local_time(act.recorded_at), say(act.what), rival_value(one, act),
                          act.reason, tr("yes") if act.counts else ""] for one in disputed for act in one.acts])


def rival_value(conflict: OpenConflict, act: RivalAct, with_names: bool = False) -> str:
    """The value that an act gives a field in dispute, as people write it; the names of persons ``with_names`` alone."""
    known, value = ALL_FIELDS.get(conflict.field), act.named if with_names else act.value
    if value is None:
        return DASH
    if known is not None and known.unit == "m2":
        return tr("{area} mu", area=mu_text(float(value), 4))
    if known is not None and known.codes:
        return f"{value} {codes.label(known.codes, str(value), user_locale())}"
    if conflict.field == "outline" and isinstance(value, list):
        return tr("{n} pieces", n=len(value))
    if isinstance(value, (list, dict)):
        return "; ".join(str(part) for part in (value if isinstance(value, list) else value.values()) if part is not None)
    return str(value)


def local_time(recorded_at: str) -> str:
    """A moment of the register (UTC text) on this computer's clock."""
    return datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")


def package_page(found: TakenBack) -> str:
    """What came of a package, row by row: each field as given out, as it came back, and what the register says where both differ."""
    from .work_package import DONE, KNOWN_ROW, LEFT, row_words, work_name  # packages need QGIS, the other pages do not

    counts = {"done": len(found.of(DONE)), "known": len(found.of(KNOWN_ROW)), "left": len(found.of(LEFT)), "unchanged": found.unchanged}
    said = tr("{done} rows would be recorded, {known} are known, {left} are left to a person, {unchanged} were not changed.", **counts) \
        if found.is_dry else tr("{done} rows recorded, {known} known already, {left} left to a person, {unchanged} not changed.", **counts)
    words = {DONE: tr("to be taken") if found.is_dry else tr("recorded"), KNOWN_ROW: tr("recorded before"), LEFT: tr("left to a person")}
    given = found.package
    facts = [[tr("Package"), given.file], [tr("What for"), say(work_name(given.what))], [tr("Given to"), given.to or DASH],
             [tr("Given out"), local_time(given.given_at)], [tr("Came back before"), str(len(given.returned))]]
    body = [outcome(said, not found.of(LEFT)), table((), facts)]
    if found.rows:
        heads = (tr("Thing"), tr("Outcome"), tr("What was changed"), tr("Why"))
        body.append(table(heads, [[row.where, words[row.status], row_words(row), say(row.reason) if row.reason else ""]
                                  for row in found.rows]))
    if found.told:
        body += [heading(tr("To look at")), listing([say(text) for text in found.told])]
    return page(tr("Package taken back: {file}", file=found.file), body)


def refused_page(title: str, told: Message, refused: Sequence[Tuple[str, Message]], remarks: Sequence[Message] = ()) -> str:
    """What a run that writes a file for each parcel wrote, and each number for which it wrote none, with the reason."""
    body = [outcome(say(told), not refused)]
    if refused:
        body += [heading(tr("Not written")), table((tr("Parcel"), tr("Reason")), [[number, say(reason)] for number, reason in refused])]
    if remarks:
        body += [heading(tr("To look at")), listing([say(one) for one in remarks])]
    return page(title, body)


def opinions_page(batch: str, found: Sequence[Opinion], made: Agreement) -> str:
    """First against second verdicts: how far they agree, the table of verdicts, each disagreement by area times weight."""
    def verdict(said: Sequence[Optional[str]]) -> str:
        return " · ".join(codes.label(name, code, user_locale()) for name, code in zip(("PDJL1", "PDJL2"), said) if code)

    body = [lead(agreement_text(made)), lead(tr("{n} disagree; {open} of them wait for a decision.", n=sum(one.differs for one in found),
                                                open=sum(one.differs and one.decided is None for one in found)))]
    values = made.values
    if values:
        heads = [tr("First ↓ second →"), *(verdict([value]) for value in values), tr("Agree")]
        rows = [[verdict([one]), *(str(made.table.get((one, two), 0)) for two in values), "{} / {}".format(*made.of(one))]
                for one in values]
        body += [heading(tr("Verdict by verdict")), table(heads, rows)]
    apart = [one for one in found if one.differs]
    if apart:
        heads = [tr("Parcel"), tr("Township"), tr("First"), tr("Second"), tr("Reason"), tr("Area (mu)"), tr("Weight"), tr("Decided for")]
        words = {"first": tr("the first"), "second": tr("the second"), None: ""}
        rows = [[one.number, one.township, verdict(one.first), verdict(one.second), one.second_reason, mu_text(one.area_m2, 4),
                 str(one.weight), " · ".join(filter(None, [words[one.decided], one.why]))] for one in apart]
        body += [heading(tr("Where they differ, the gravest first")), table(heads, rows)]
    return page(tr("Second opinions: {batch}", batch=batch), body)


def agreement_text(made: Agreement) -> str:
    """The share with its interval and kappa with its, in one line; what cannot be told is said so."""
    if made.share is None:
        return tr("No second opinion was given yet.")
    said = tr("{agreed} of {n} agree: {share:.1f} % (95 %: {low:.1f} to {high:.1f} %).", agreed=made.agreed, n=made.pairs,
              share=100 * made.share, low=100 * (made.share_from or 0.0), high=100 * (made.share_to or 0.0))
    if made.kappa is None:
        return said + " " + tr("Kappa cannot be told: both gave one verdict throughout.")
    if made.kappa_from is None:
        return said + " " + tr("Kappa {kappa:.2f}; these pairs do not tell how sure that is.", kappa=made.kappa)
    return said + " " + tr("Kappa {kappa:.2f} (95 %: {low:.2f} to {high:.2f}).", kappa=made.kappa, low=made.kappa_from, high=made.kappa_to)


# What came back, as a page: every meeting with its figures, and by township the months until it did.

def came_back_page(found: Sequence[Return], batch: Optional[str]) -> str:
    """The list of :func:`land_inspector.register.rebound.returns`; ``batch`` where only one newer batch was asked about."""
    after = sum(one.is_after is True for one in found)
    body = [html.lead(tr("Newer patches over land that had been set right. It says that something changed again here, not why.")),
            html.counts([(tr("Again changed"), len(found), bool(found)), (tr("on an image taken afterwards"), after, False)]),
            html.facts([(tr("Newer batch"), batch or tr("all")),
                        (tr("A meeting counts from"), tr("{m2:g} m², {share:.0f} % of the smaller outline, wider than {apart:g} m",
                                                         m2=LEAST_M2, share=100 * LEAST_SHARE, apart=APART_M))])]
    if found:
        places = [[name or code or tr("In no township"), str(n), DASH if months is None else f"{months:.1f}"]
                  for (code, name), (n, months) in months_until(found).items()]
        body += [html.heading(tr("By township")),
                 html.table([tr("Township"), tr("Again changed"), tr("Months until it did (median)")], places, cells=("", "n", "n")),
                 html.heading(tr("One by one")),
                 html.table([tr("Parcel"), tr("Township"), tr("Earlier parcel"), tr("Set right"), tr("Order"), tr("Photos"),
                             tr("Overlap (m²)"), tr("Of the smaller, %"), tr("Days between")], [_line(one) for one in found],
                            cells=("", "", "", "", "", "n", "n", "n", "n"))]
    return html.page(tr("What came back"), body)


def _line(one: Return) -> List[str]:
    done = one.settlement
    how = f"{say(done.how)} {done.on.isoformat() if done.on else DASH}"
    days = DASH if one.days is None else str(one.days) if one.days > 0 else tr("{n} (the image is older)", n=one.days)
    return [f"{one.batch} {one.number}", one.township_name or one.township or "", f"{one.old_batch} {one.old_number}", how, done.order,
            str(one.photos), f"{one.overlap_m2:,.0f}", f"{100 * one.share:.0f}", days]
