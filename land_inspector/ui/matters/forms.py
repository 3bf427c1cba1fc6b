"""Forms of matters, made from what their kind says: one for a new matter, one for each act, one for amendments."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsProcessingUtils
from qgis.PyQt.QtWidgets import (
    QComboBox, QDoubleSpinBox, QFileDialog, QLineEdit, QMenu, QTreeWidget, QTreeWidgetItem, QWidget,
)

from ...errors import LandInspectorError, Message, message
from ...exchange.formats.xlsx import write_plain_table
from ...exchange.matter_figures import matter_figures, rows_of, table_fields
from ...exchange.ledger_sheets import matters_page
from ...exchange.matter_tables import MatterTable, read_matters
from ...exchange.wording import matter_ground_text
from ...i18n import say, shown_language, tr
from ...law.matters.kind import (
    AMEND, AREA, CODE, COUNT, DATE, FLAG, KindField, MONEY, MatterKind, NONE, NUMBER, NUMBER_FIELD, PERSON, TOWNSHIP,
)
from ...law.matters.machine import ask_of, field_of, machine_of, values_objection
from ...law.procedure import Act, Objection
from ...law.areas import yuan
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.matters import (
    KNOWN, MattersTaken, REFUSED, TAKEN, import_kind, law_on, places, take_offered, take_over,
)
from ...register.measuring import GroundLink, ground_links, link_offered
from ...register.proposing import pack_content
from ...register.register import Register
from ...register.views.matters import MatterFile
from ...settings import Settings
from ..pursue.form import (
    CodeEditor, CountEditor, DayEditor, Editor, FigureEditor, FilesEditor, Form, LineEditor, Row, Said, Save, TextEditor,
)
from ..shell.dialogs import Question
from ..shell.services import Services
from ..widgets.labels import tip
from ..widgets.rows import put_hint


_LONG = ("reason", "findings", "statement", "measure", "text", "WTMS", "CLCS", "BZ", "SQ", "remark")


class OptionalDayEditor(Editor):
    """A day that may be left open: a text field that takes 2026-05-31."""

    def __init__(self, text: str = "", parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QLineEdit(text, self)
        put_hint(self.field, tr("YYYY-MM-DD"))
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[str]:
        return self.field.text().strip() or None


class YesNoEditor(Editor):
    """Yes, no, or not known."""

    def __init__(self, chosen: Optional[bool] = None, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QComboBox(self)
        for name, value in ((tr("not known"), None), (tr("yes"), True), (tr("no"), False)):
            self.field.addItem(name, value)
        self.field.setCurrentIndex({None: 0, True: 1, False: 2}[chosen])
        self.field.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[bool]:
        return self.field.currentData()


class NumberEditor(Editor):
    """A number with decimals; None while the field is at its lowest."""

    def __init__(self, value: Optional[float] = None, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QDoubleSpinBox(self)
        self.field.setRange(-1, 1e12)
        self.field.setDecimals(4)
        self.field.setSpecialValueText("–")
        self.field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.field.setValue(-1 if value is None else value)
        self.field.valueChanged.connect(lambda _value: self.changed.emit())
        self._hold(self.field)

    def value(self) -> Optional[float]:
        return None if self.field.value() < 0 else round(self.field.value(), 4)


def editor_for(kind: MatterKind, name: str, of_kind: str, codes: str, known: Any, townships: Mapping[str, str],
               required: bool = False) -> Editor:
    """The widget of one value, filled with what is known."""
    if of_kind == CODE:
        options = [(one.code, say(one.label)) for one in kind.codes[codes]]
        return CodeEditor(options if required else [("", "–"), *options], known or (None if required else ""))
    if of_kind == TOWNSHIP:
        return CodeEditor([("", "–"), *townships.items()], known or "")
    if of_kind == DATE:
        return DayEditor(date.today()) if required and not known else OptionalDayEditor(known or "")
    if of_kind == AREA:
        return FigureEditor("land_m2", known or 0)
    if of_kind == MONEY:
        return FigureEditor("fen", known or 0)
    if of_kind == COUNT:
        return CountEditor(known or 0)
    if of_kind == NUMBER:
        return NumberEditor(known)
    if of_kind == FLAG:
        return YesNoEditor(known)
    return TextEditor(known or "") if name in _LONG else LineEditor(known or "")


def opening_form(kind: MatterKind, townships: Mapping[str, str], number: Optional[str], save: Save,
                 parent: Optional[QWidget] = None) -> Form:
    """The form of a new matter: its number, what must be known, then the rest."""
    ordered = sorted(kind.fields.values(), key=lambda one: (one.name != NUMBER_FIELD, not one.required))
    rows = [Row(one.name, _caption(one), editor_for(kind, one.name, one.kind, one.codes,
                                                    number if one.name == NUMBER_FIELD else None,
                                                    townships, one.required and one.kind != DATE)) for one in ordered]

    def check(_on: date, said: Said) -> Optional[Objection]:
        return values_objection(kind, cleaned(said))

    return Form(tr("New: {ledger}", ledger=say(kind.name)), kind.source, rows, check, save, parent)


def _caption(field: KindField) -> str:
    return f"{say(field.label)} *" if field.required else say(field.label)


def act_form(file: MatterFile, act: Act, save: Save, parent: Optional[QWidget] = None) -> Form:
    """The form of one act: what it asks for, filled with what the matter says already; it shows on which ground it
    stands.
    """
    kind, machine = file.kind, machine_of(file.kind)
    asks = {ask.name: ask for ask in kind.moves[act.code].asks} if act.code in kind.moves else {}
    rows: List[Row] = []
    for field in act.fields:
        if field.kind == "files":
            rows.append(Row(field.name, say(field.label), FilesEditor()))
            continue
        ask = asks.get(field.name)
        known = file.people.get(_bare(file.matter.values.get(field.name)), file.matter.values.get(field.name)) \
            if ask is not None and ask.sets else None
        if ask is not None and ask.kind == MONEY and ask.at_most and known is None:
            known = file.view.value(ask.at_most)
        of_kind = ask.kind if ask is not None else field.kind
        rows.append(Row(field.name, _asked(say(field.label), field.required),
                        editor_for(kind, field.name, of_kind, field.codes, known, file.names, field.required)))

    def check(on: date, said: Said) -> Optional[Objection]:
        return machine.objection(file.matter, act.code, file.law, on, as_particulars(said))

    ground = tr("{number} · ground: {ground}", number=file.matter.number,
                ground=matter_ground_text(act.ground)) if act.ground else file.matter.number
    return Form(say(act.label), ground, rows, check, save, parent)


def _asked(caption: str, required: bool) -> str:
    return f"{caption} *" if required else caption


def _bare(token: Any) -> str:
    """The id behind the token of a person."""
    return str(token or "").rpartition(":")[2]


def amend_form(file: MatterFile, save: Save, parent: Optional[QWidget] = None) -> Form:
    """The form of an amendment: every value as it stands; what is changed is recorded, with the reason."""
    kind = file.kind
    rows = [Row(one.name, say(one.label), editor_for(kind, one.name, one.kind, one.codes, _shown(file, one),
                                                     file.names))
            for one in kind.fields.values() if one.kind != PERSON]
    rows.append(Row("reason", f"{tr('Reason')} *", TextEditor()))

    def check(_on: date, said: Said) -> Optional[Objection]:
        if not said.get("reason"):
            return Objection(message("Say why it is amended."), "reason")
        changed = changes(file, said)
        if not changed:
            return Objection(message("Nothing is amended yet."))
        return values_objection(kind, changed, amending=True)

    return Form(tr("Amend {number}", number=file.matter.number), tr("Only what you change is recorded."), rows, check,
                save, parent)


def _shown(file: MatterFile, field: KindField) -> Any:
    return file.matter.values.get(field.name)


def changes(file: MatterFile, said: Said) -> Mapping[str, Any]:
    """What a form says otherwise than the matter."""
    found = {}
    for name, value in cleaned(said).items():
        if name in file.kind.fields and not _same(value, file.matter.values.get(name)):
            found[name] = value
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(float(one) - float(other)) < 0.005
    return bool(one == other)


def cleaned(said: Said) -> Mapping[str, Any]:
    """Without what was left open."""
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def as_particulars(said: Said) -> Mapping[str, Any]:
    """As the law room takes them: files by name."""
    return {name: [path.name for path in value] if name == "files" else value for name, value in cleaned(said).items()}


def captions(kind: MatterKind, names: Sequence[str]) -> List[Tuple[str, Message]]:
    """Fields with their labels, for a page."""
    return [(name, field_of(kind, ask_of(kind.fields[name])).label) for name in names if name in kind.fields]


__all__ = ["AMEND", "act_form", "amend_form", "as_particulars", "captions", "changes", "cleaned", "editor_for",
           "opening_form", "yuan"]


# One act for many matters: what is shared is asked once, and who takes part is seen before anything is recorded.

SaveAll = Callable[[date, Dict[str, Said]], None]


class Preview(Editor):
    """Which of the chosen matters take part, and why the others do not."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QTreeWidget(self)
        self.field.setRootIsDecorated(False)
        self.field.setAccessibleName(tr("Preview"))
        self._hold(self.field)

    def value(self) -> None:
        return None

    def show(self, lines: Sequence[Tuple[str, Optional[Message]]]) -> None:  # type: ignore[override]
        """Fill it anew: numbers with the reason against each, None where there is none."""
        self.field.clear()
        part = sum(reason is None for _number, reason in lines)
        self.field.setHeaderLabels([tr("Matter"), tr("Takes part: {count} of {n}", count=part, n=len(lines))])
        for number, reason in lines:
            item = QTreeWidgetItem([number, tr("takes part") if reason is None else say(reason)])
            item.setToolTip(1, tip(item.text(1)))
            self.field.addTopLevelItem(item)


class BulkMatters(Form):
    """A :class:`Form` over several matters of one kind."""

    def __init__(self, files: Sequence[MatterFile], act: Act, save: SaveAll, parent: Optional[QWidget] = None):
        self._files, self._act = list(files), act
        kind, self._preview = files[0].kind, Preview()
        rows: List[Row] = []
        for field in act.fields:
            ask = next((one for one in kind.moves[act.code].asks if one.name == field.name), None)
            editor = FilesEditor() if field.kind == "files" else editor_for(
                kind, field.name, ask.kind if ask else field.kind, field.codes, None, files[0].names, field.required)
            rows.append(Row(field.name, f"{say(field.label)} *" if field.required else say(field.label), editor))
        rows.append(Row("preview", tr("Preview"), self._preview))

        def save_all(on: date, said: Said) -> None:
            save(on, {file.matter.id: said for file, reason in self._judged(on, said) if reason is None})

        super().__init__(say(act.label), tr("One act for {n} matters", n=len(files)), rows, self._checked, save_all,
                         parent)
        self._checked(self.on, self.said())

    def _judged(self, on: date, said: Said) -> List[Tuple[MatterFile, Optional[Message]]]:
        machine = machine_of(self._files[0].kind)
        particulars = as_particulars(said)
        return [(file, machine.refusal(file.matter, self._act.code, file.law, on, particulars)) for file in self._files]

    def _checked(self, on: date, said: Said) -> Optional[Objection]:
        judged = self._judged(on, said)
        self._preview.show([(file.matter.number, reason) for file, reason in judged])
        if any(reason is None for _file, reason in judged):
            return None
        return machine_of(self._files[0].kind).objection(self._files[0].matter, self._act.code, self._files[0].law, on,
                                                         as_particulars(said)) or Objection(message("No matter takes "
                                                                                                    "part."))


# Whole ledgers at the desk: taking an office's table over, bringing a kind in, the township table as a workbook.

#: So many offered links are named before the user is asked.
_MOST_LINES = 12


class TakeOver:
    """``changed`` is called when something was recorded."""

    def __init__(self, place: Services, changed: Callable[[], None]):
        self._place, self._changed = place, changed

    def fill(self, menu: QMenu, kind: MatterKind) -> None:
        """What only some ledgers have: milestones, a red line, parcels that offer themselves."""
        entries = ((bool(kind.milestones), tr("Progress against the milestones…"), self.show_progress),
                   ("outside_m2" in kind.finding_with, tr("Measure against the red line…"), self.measure_red_line),
                   (bool(kind.offers), tr("Enter the parcels judged so"), self.take_offered),
                   (kind.geometry != NONE, tr("Link with the parcels on its ground…"), self.offer_links))
        for is_there, text, act in entries:
            if is_there:
                menu.addAction(text, lambda act=act: act(kind))

    def ask(self, kind: MatterKind) -> None:
        """Choose a file and take its rows over beside the window; what was taken and refused is told."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window,
                                                    tr("Ledger of an office: {ledger}", ledger=say(kind.name)))
        if chosen:
            self.take(kind, Path(chosen))

    def take(self, kind: MatterKind, path: Path, update: bool = False) -> None:
        """Take the rows of a file over; with ``update`` matters that are in the register with other values are amended."""
        address, by = self._place.session.address, Settings.load().acting_as
        if address is None:
            return
        self._place.worker.start(tr("Taking a ledger over"),
                                 lambda progress: taken_from(address, kind, path, by, progress, update),
                                 lambda found: self._reported(kind, path, *found), self._place.messages.failed, writes=True)

    def _reported(self, kind: MatterKind, path: Path, table: MatterTable, taken: MattersTaken) -> None:
        """Say what became of the rows, with the report row by row behind a button; what updating would take is asked about."""
        self._told(path, taken, _report_of(kind, table, taken))
        others = [one for one in taken.outcomes if one.by_updating]
        if others:
            numbers = ", ".join(one.row.number for one in others[:_MOST_LINES]) + (" …" if len(others) > _MOST_LINES else "")
            if self._place.asking.agreed(Question(tr("{n} matters are in the register with other values than {file} says: {numbers}. Amend "
                                                     "them as the file says? It can be undone.", n=len(others), file=path.name,
                                                     numbers=numbers), tr("Amend them"))):
                self.take(kind, path, update=True)

    def _told(self, path: Path, taken: MattersTaken, report: str = "") -> None:
        refused = taken.of(REFUSED)
        said = tr("{file}: {taken} taken, {known} recorded before, {refused} refused.", file=path.name,
                  taken=len(taken.of(TAKEN)),
                  known=len(taken.of(KNOWN)), refused=len(refused))
        if refused and refused[0].reason is not None:
            said += " " + tr("Row {row}: {reason}", row=refused[0].row.place, reason=say(refused[0].reason))
        if report or not refused:
            self._place.messages.done(said, report)
        else:
            self._place.messages.note(said)
        self._place.session.note_own_act()
        self._place.commands.look_for_undo()
        self._changed()

    def take_offered(self, kind: MatterKind) -> None:
        """Enter every parcel whose verdict makes it a matter of this ledger, linked with the parcel."""
        address, by = self._place.session.address, Settings.load().acting_as
        if address is not None:
            self._place.worker.start(tr("Taking a ledger over"), lambda _progress: _offered(address, kind, by),
                                     lambda taken: self._told(Path(say(kind.name)), taken), self._place.messages.failed, writes=True)

    def show_progress(self, kind: MatterKind) -> None:
        """The curve against the milestones, as a page of a report."""
        address = self._place.session.address
        try:
            if address is not None:
                self._place.jobs.run("ledger_progress", {"REGISTER": str(address), "KIND": kind.id},
                                     tr("Progress of a ledger against its milestones"))
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def measure_red_line(self, kind: MatterKind) -> None:
        """The algorithm's own window, filled in."""
        address = self._place.session.address
        if address is not None:
            self._place.jobs.open_dialog("measure_red_line", {"REGISTER": str(address), "KIND": kind.id, "APPLY": True,
                                                              "BY": Settings.load().acting_as}, tr("Measure a ledger against its red line"))

    def offer_links(self, kind: MatterKind) -> None:
        """Look beside the window which parcels lie on the ground of matters; they are linked where the user agrees."""
        address = self._place.session.address
        if address is not None:
            self._place.worker.start(tr("Looking for parcels on the same ground"), lambda _progress: _links(address, kind),
                                     self._ask_links, self._place.messages.failed)

    def _ask_links(self, links: List[GroundLink]) -> None:
        if not links:
            self._place.messages.note(tr("No parcel lies on the ground of a matter that it is not linked with."))
            return
        lines = [tr("{matter} – parcel {parcel} ({verdict}): {shared} m² shared", matter=link.matter.number, parcel=link.number,
                    verdict=link.verdict or "—", shared=f"{link.shared_m2:.0f}") for link in links[:_MOST_LINES]]
        more = [tr("… and {n} more", n=len(links) - _MOST_LINES)] if len(links) > _MOST_LINES else []
        said = "\n".join([tr("{n} links offer themselves:", n=len(links)), *lines, *more])
        if self._place.asking.agreed(Question(said, tr("Link them"))):
            try:
                session = self._place.session
                session.carry_out(lambda: link_offered(session.register, links, on=date.today(), by=Settings.load().acting_as))
            except LandInspectorError as error:
                self._place.messages.failed(error)
                return
            self._place.messages.done(tr("{n} links were recorded; both sides show them.", n=len(links)))
            self._place.session.note_own_act()
            self._place.commands.look_for_undo()
            self._changed()

    def ask_for_pack(self) -> None:
        """Choose a pack and bring its kind in."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window, tr("Pack of a kind of ledger"), "",
                                                    tr("Packs (*.json)"))
        if not chosen:
            return
        try:
            session, content = self._place.session, pack_content(Path(chosen))
            session.carry_out(lambda: import_kind(session.register, content, Path(chosen).name, by=Settings.load().acting_as))
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(tr("The kind of ledger is in the register."))
        self._place.commands.look_for_undo()
        self._changed()

    def write_workbook(self, kind: MatterKind) -> None:
        """The township table as it stands today."""
        register = self._place.session.register
        suggestion = register.address.beside(f"{say(kind.name)}-{date.today():%Y%m%d}.xlsx")
        path = self._place.asking.file_to_write(tr("Township table"), suggestion, tr("Workbook (*.xlsx);;Text (*.csv)"))
        if path is None:
            return
        figures = matter_figures(register, kind)
        fields = table_fields(kind, figures)
        try:
            write_plain_table(path, [one.label.text(shown_language()) for one in fields],
                              [list(row.values()) for row in rows_of(fields, figures.rows)])
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(tr("{n} rows written to {path}.", n=len(figures.rows), path=str(path)))


def _links(address: RegisterAddress, kind: MatterKind) -> List[GroundLink]:
    with Register.open(address) as register:
        return ground_links(register, kind)


def _offered(address: RegisterAddress, kind: MatterKind, by: str) -> MattersTaken:
    with Register.open(address) as register:
        return take_offered(register, kind, day=date.today(), by=by)


def _report_of(kind: MatterKind, table: MatterTable, taken: MattersTaken) -> str:
    """The path of the page that tells every row; it goes with QGIS's other temporary files."""
    path = Path(QgsProcessingUtils.generateTempFilename("ledger.html"))
    path.write_text(matters_page(kind, table, taken), encoding="utf-8")
    return str(path)


def taken_from(address: RegisterAddress, kind: MatterKind, path: Path, by: str, progress: Progress,
               update: bool = False) -> Tuple[MatterTable, MattersTaken]:
    """Read a file and take its rows over: what was read, and what became of each row."""
    day = date.today()
    with Register.open(address) as register:
        table = read_matters(kind, str(path), law_on(register, day), places(register), register.meta["crs"],
                             progress=progress.part(0.0, 0.3))
        return table, take_over(register, kind, table.rows, day=day, by=by, update=update, reason=table.file,
                                progress=progress.part(0.3, 1.0))
