"""Forms made from what the law says an act must tell: one for each act of a case, and for its clue."""
from __future__ import annotations

import math
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QDate, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox, QComboBox, QDateEdit, QDialog, QFormLayout, QGroupBox, QMenu, QPlainTextEdit, QToolButton, QVBoxLayout,
    QWidget,
)

from ...errors import LandInspectorError, Message, message
from ...exchange import wording
from ...i18n import say, tr, user_locale
from ...law import acts, case_procedure, procedure_guards, remedies
from ...law.acts import ACTS, CLUE, FILES, STAGE_LABELS
from ...law.areas import Amount, mu_text, yuan
from ...law.case import Item
from ...law.papers.catalogue import numbered_paper
from ...law.penalties import (
    BASE_LABELS, FineBase, PER_M2, SHARE, TIMES_RECLAMATION, decision_cautions, fine_ranges, parcel_cautions,
)
from ...law.procedure import Act, Field, Objection, particulars_objection
from ...law.remedies import Acceptance, FINISHED, HANDED_IN, KINDS, LEVELS, RETURNED, Track, outstanding
from ...law.rulepack import RulePack
from ...law.work_lists import WorkRow
from ..widgets.dialogs import deciding, ignore_held_keys
from ..widgets.labels import PlainLabel
from ..widgets.rows import WARNING, readable, shown_on
from .case_file import CaseFile, CaseView, ParcelLine
from .form import (
    AmountEditor, CodeEditor, CountEditor, DayEditor, Editor, FigureEditor, FilesEditor, Form, ItemsEditor, LineEditor,
    PeopleEditor, Row, Said, Save, TextEditor,
)


# The remedies of a notice or a decision: what, how much, on which ground, and for a fine what it is computed from.

_MONEY = ("fine", "gains", "fee")
_ON_SAME_GROUND = ("reclamation", "return", "hand_back")
_BASE_FIELD = {PER_M2: "land_m2", TIMES_RECLAMATION: "reclamation_fee_fen", SHARE: "gains_fen"}


class FineBasis(Editor):
    """Article, day of the violation and the figure the fine is computed from; says the band that follows from them (R47)."""

    def __init__(self, pack: RulePack, known: Mapping[str, Any], line: ParcelLine, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._pack, self._line, self._known = pack, line, known
        names = {band.article: band.name.text(user_locale()) for band in pack.fine_bands}
        self.article = CodeEditor([(code, tr("Article {article}: {name}", article=code, name=name)) for code, name in names.items()],
                                  known.get("article") or "77", self)
        self.violated_on = DayEditor(_day(known.get("violated_on") or line.built_on), date.today(), self)
        self.band = PlainLabel(self)
        self.band.setWordWrap(True)
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addRow(tr("Under"), self.article)
        self._layout.addRow(tr("Violation of"), self.violated_on)
        self.base: Optional[FigureEditor] = None
        self._layout.addRow(self.band)
        self.article.changed.connect(self._ask_for_base)
        self.violated_on.changed.connect(self._show_band)
        self._ask_for_base()

    def _unit(self) -> str:
        return next((band.unit for band in self._pack.fine_bands if band.article == self.article.value()), PER_M2)

    def _ask_for_base(self) -> None:
        """The figure that the article's band multiplies."""
        if self.base is not None:
            self._layout.removeRow(self.base)
        unit = self._unit()
        per_area = unit == PER_M2
        known = (self._known.get("base") or {}).get(_base_field(unit)) or (self._line.illegal_m2 if per_area else 0)
        self.base = FigureEditor("land_m2" if per_area else "fen", known or 0, self)
        self.base.changed.connect(self._show_band)
        self._layout.insertRow(2, say(BASE_LABELS[unit]), self.base)
        self._show_band()

    def _show_band(self) -> None:
        said = self.value()
        day = date.fromisoformat(said["violated_on"])
        ranges = fine_ranges(said["article"], day, FineBase(**said["base"]), self._pack) if said["article"] else []
        self.band.setText(tr("The law allows {least} to {most} yuan.", least=f"{yuan(ranges[0].least_fen):,}",
                             most=f"{yuan(ranges[0].most_fen):,}") if ranges else "")
        self.changed.emit()

    def value(self) -> Dict[str, Any]:
        figure = self.base.value() if self.base is not None else None
        base = {} if figure is None else {_base_field(self._unit()): figure}
        return {"article": self.article.value(), "violated_on": self.violated_on.value(), "base": base}


class RemedyBox(QGroupBox):
    """One remedy. ``known`` is its record as far as it is known; ``neighbours`` are land remedies whose ground it may share."""

    changed = pyqtSignal()
    dropped = pyqtSignal(object)

    def __init__(self, item: str, kind: str, lines: Sequence[ParcelLine], pack: RulePack, known: Mapping[str, Any],
                 neighbour: Optional["RemedyBox"] = None, parent: Optional[QWidget] = None):
        super().__init__(f"{item}. {wording.remedy_name(kind)}", parent)
        self.setObjectName("landInspectorRemedy")
        self.item, self.kind, self._neighbour = item, kind, neighbour
        line = next((one for one in lines if one.id == known.get("parcel")), lines[0])
        self._layout = QFormLayout(self)
        self.parcel = CodeEditor([(one.id, one.number) for one in lines], line.id, self)
        self._add(tr("Parcel"), self.parcel, shown=len(lines) > 1)
        self.amount = AmountEditor(KINDS[kind].units, known.get("amount") or _usual(line), KINDS[kind].optional, parent=self)
        self._add("", self.amount)
        self.days = CountEditor(known.get("perform_days") or 0, tr("as the law sets"), 365, self)
        self._add(tr("Days to perform"), self.days, shown=kind not in _MONEY)
        self.basis = FineBasis(pack, known, line, self) if kind == "fine" else None
        if self.basis is not None:
            self._add("", self.basis)
        self.same_ground = QCheckBox(tr("On the ground of {what}", what=neighbour.title()) if neighbour else "", self)
        self.same_ground.setVisible(neighbour is not None and KINDS[kind].settles_land)
        self.same_ground.setChecked(bool(known["ground_of"]) if "ground_of" in known else kind in _ON_SAME_GROUND)
        self._layout.addRow(self.same_ground)
        drop = QToolButton(self)
        drop.setText(tr("Take out"))
        drop.clicked.connect(lambda _checked: self.dropped.emit(self))
        self._layout.addRow(drop)

    def _add(self, caption: str, editor: Editor, shown: bool = True) -> None:
        editor.changed.connect(self.changed)
        if shown:
            self._layout.addRow(*([caption, editor] if caption else [editor]))
        else:
            editor.setVisible(False)

    def record(self) -> Dict[str, Any]:
        """The remedy as the law room takes it in an act's ``remedies``."""
        said: Dict[str, Any] = {"item": self.item, "kind": self.kind, "amount": self.amount.value() or {}, "parcel": self.parcel.value()}
        if self.days.value():
            said["perform_days"] = self.days.value()
        if self.same_ground.isVisibleTo(self) and self.same_ground.isChecked():
            said["ground_of"] = self._neighbour.item
        return {**said, **(self.basis.value() if self.basis is not None else {})}


class RemediesEditor(Editor):
    """``known`` are remedies to begin with: of the notice, when it is decided. ``fixed`` ones can be changed, not added to."""

    def __init__(self, lines: Sequence[ParcelLine], pack: RulePack, known: Sequence[Mapping[str, Any]] = (), fixed: bool = False,
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._lines, self._pack = lines, pack
        self.boxes: List[RemedyBox] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.adding = self._adding_button()
        self.adding.setVisible(not fixed)
        self._layout.addWidget(self.adding)
        self.caution = PlainLabel(self)
        self.caution.setWordWrap(True)
        self._layout.addWidget(self.caution)
        self.setFocusProxy(self.adding)
        for record in known:
            self._put(str(record.get("item")), record["kind"], record)
        self.changed.connect(self._warn)
        self._warn()

    def _adding_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("landInspectorAddRemedy")
        button.setText(tr("Add a remedy"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for kind in KINDS.values():
            if kind.penalty_code is not None:
                menu.addAction(wording.remedy_name(kind.code), lambda code=kind.code: self.add(code)).setObjectName(
                    f"landInspectorAdd_{kind.code}")
        button.setMenu(menu)
        return button

    def add(self, kind: str) -> RemedyBox:
        """A remedy more, with what is known of the parcel filled in."""
        used = {int(box.item) for box in self.boxes if box.item.isdigit()}
        box = self._put(str(max(used, default=0) + 1), kind, {})
        self.changed.emit()
        return box

    def _put(self, item: str, kind: str, known: Mapping[str, Any]) -> RemedyBox:
        base = next((box for box in self.boxes if KINDS[box.kind].settles_land), None)
        box = RemedyBox(item, kind, self._lines, self._pack, known, base, self)
        box.changed.connect(self.changed)
        box.dropped.connect(self._drop)
        self._layout.insertWidget(len(self.boxes), box)
        self.boxes.append(box)
        return box

    def _drop(self, box: RemedyBox) -> None:
        self.boxes.remove(box)
        box.hide()
        box.deleteLater()
        self.changed.emit()

    def _warn(self) -> None:
        """What the decision should be looked at for; it never stops it."""
        line = self._lines[0]
        found = decision_cautions(self.value() or (), line.conforming_m2, line.contrary_m2, line.farmland_m2, line.redline_m2)
        cultivated, farmland = line.cultivated_m2 or 0.0, line.farmland_m2 or 0.0
        areas = {"farmland": farmland, "cultivated": max(cultivated - farmland, 0.0),
                 "other": max((line.illegal_m2 or line.area_m2) - cultivated, 0.0)}
        found += parcel_cautions(self.value() or (), areas, line.review_state, self._pack)
        self.caution.setText("\n".join(tr("Mind: {caution}", caution=say(one)) for one in found) if self.boxes else "")

    def value(self) -> Optional[List[Dict[str, Any]]]:
        return [box.record() for box in self.boxes] or None


def _base_field(unit: str) -> str:
    return _BASE_FIELD.get(unit, "restoration_fee_fen")


def _usual(line: ParcelLine) -> Dict[str, float]:
    return {"land_m2": line.illegal_m2 or line.area_m2, "cultivated_m2": line.cultivated_m2 or 0}


def _day(text: Optional[str]) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return date.today()


_LONG = ("findings", "reason", "opinion", "recheck")
_FROM_SATELLITE = "2"  # LYQD


def act_form(view: CaseView, file: CaseFile, act: Act, save: Save, parent: Optional[QWidget] = None) -> Form:
    """The form of one act of a case. What it concerns is filled in where there is no choice, and not asked for."""
    maker = ActEditors(view, file, act)
    rows = [Row(field.name, say(field.label), editor) for field, editor in maker.rows()]

    def check(on: date, said: Said) -> Optional[Objection]:
        if said.get("items") == []:
            return Objection(message("Choose at least one remedy."), "items")
        return case_procedure.objection(view.case, act.code, view.practice, on, as_particulars(said), view.tracks)

    note = tr("{case} · ground: {ground}", case=view.label, ground=wording.ground_text(act.ground))
    return Form(say(act.label), note, rows, check, save, parent)


def clue_form(lines: Sequence[ParcelLine], save: Save, parent: Optional[QWidget] = None) -> Form:
    """The form that opens a case."""
    act = ACTS["clue"]
    options = [(code, wording.option_name("LYQD", code)) for code in CLUE.fields[0].options]
    rows = [Row("source", say(CLUE.fields[0].label), CodeEditor(options, _FROM_SATELLITE)),
            Row("files", say(acts.FILES.label), FilesEditor())]
    numbers = ", ".join(line.number for line in lines)
    note = tr("A case on {parcels} · ground: {ground}", parcels=numbers, ground=wording.ground_text(act.ground))
    return Form(tr("Open a case"), note, rows, lambda _on, said: particulars_objection(act, as_particulars(said)), save, parent)


def as_particulars(said: Mapping[str, Any]) -> Dict[str, Any]:
    """As the law room takes them: files by name."""
    return {name: [path.name for path in value] if name == "files" else value for name, value in said.items()}


class ActEditors:
    """An editor for each particular of an act, filled with what the case already says."""

    def __init__(self, view: CaseView, file: CaseFile, act: Act):
        self._view, self._file, self._act = view, file, act

    def rows(self) -> List[Tuple[Field, Editor]]:
        """Each particular that is asked for, with a new editor, in the order of the law's description of the act."""
        return [(field, self._editor(field)) for field in self._act.fields if self._is_asked(field)]

    def _is_asked(self, field: Field) -> bool:
        """Which remedies are concerned is asked only where several could be."""
        return field.kind != "items" or len(self._possible_items()) > 1

    def _editor(self, field: Field) -> Editor:
        if field.kind == "code":
            return CodeEditor([(code, wording.option_name(field.codes, code)) for code in field.options])
        if field.kind == "date":
            return DayEditor(date.today())
        if field.kind == "count":
            return CountEditor()
        if field.kind == "ids":
            return PeopleEditor(self._last_people(field), sorted(self._file.people.values()))
        if field.kind == "items":
            due = self.due_items(self._view, self._act)
            return ItemsEditor([(item.id, self._item_name(item), item.id in due) for item in self._possible_items()])
        if field.kind == "remedies":
            return self._remedies()
        if field.kind == "files":
            return FilesEditor()
        return TextEditor() if field.name in _LONG else LineEditor(self._last_text(field))

    def _remedies(self) -> RemediesEditor:
        case, lines, pack = self._view.case, self._view.parcels, self._view.practice.pack
        if self._act.code == "conclude_review":
            decided = case.last("decide")
            known = decided.particulars["remedies"] if decided else ()
            return RemediesEditor(lines, pack, [record for record in known if str(record.get("item")) in self._stages("reviewed")], True)
        notice = case.last("notice")
        return RemediesEditor(lines, pack, notice.particulars["remedies"] if notice and self._act.code == "decide" else ())

    def _stages(self, stage: str) -> List[str]:
        return [item.id for item in self._view.case.items if item.stage == stage]

    def _possible_items(self) -> List[Item]:
        return self._possible(self._view, self._act)

    @staticmethod
    def _possible(view: CaseView, act: Act) -> List[Item]:
        return [item for item in view.case.items if item.stage in act.takes and (not act.kinds or item.kind in act.kinds)]

    @classmethod
    def due_items(cls, view: CaseView, act: Act) -> List[str]:
        """Ids of the remedies that the act is about today."""
        return [item.id for item in cls._possible(view, act) if cls._is_due(view, act, item)]

    @staticmethod
    def _is_due(view: CaseView, act: Act, item: Item) -> bool:
        """Whether the act could be done on this remedy alone today."""
        question = procedure_guards.Question(view.case, act, view.practice, view.ahead.today, {"items": [item.id]}, view.tracks)
        early = procedure_guards.TOO_EARLY.get(act.code)
        if act.code == "perform":
            return not outstanding(track for track in view.tracks if track.item == item.id)
        return (early is None or early(question) is None) and item.stage != act.makes

    def _item_name(self, item: Item) -> str:
        of: List[Track] = [track for track in self._view.tracks if track.item == item.id]
        where = f" · {self._file.number_of(of[0].parcel)}" if of and len(self._view.parcels) > 1 else ""
        return f"{item.id}. {wording.remedy_name(item.kind)}{where} ({say(STAGE_LABELS[item.stage])})"

    def _last_people(self, field: Field) -> List[str]:
        """Who did the last act of this kind of question in the case: mostly the same two."""
        for done in reversed(self._view.case.acts):
            if done.particulars.get(field.name):
                return [self._file.people[key] for key in done.particulars[field.name] if key in self._file.people]
        return []

    def _written_number(self) -> str:
        """The number that the act's own paper was given when it was written before the act."""
        first = numbered_paper(self._act.code)
        return next((one.number for one in reversed(self._view.written) if first and one.paper == first.code and not one.on), "")

    def _last_text(self, field: Field) -> str:
        """The deciding organ and the like stay what they were; a number never does."""
        if field.name == "number":
            return self._written_number()
        done = self._view.case.last(self._act.code)
        return str(done.particulars.get(field.name) or "") if done else ""


# --- Forms for a single remedy: order it, record what was done, have it accepted, withdraw it.


_COUNTY = "1"  # YSJB


def progress_form(track: Track, number: str, save: Save, parent: Optional[QWidget] = None) -> Form:
    """So much was done, or paid; what remains is filled in."""
    kind = KINDS[track.kind]
    left = AmountEditor(kind.units, track.remaining.as_record(), kind.optional)
    title = tr("Payment") if "fen" in kind.units else tr("What was done")
    rows = [Row("amount", tr("Amount"), left), Row("files", say(FILES.label), FilesEditor())]

    def check(on: date, said: Said) -> Optional[Objection]:
        if not said.get("amount"):
            return Objection(message("Say how much was done."), "amount")
        return _at(remedies.progress_refusal(track, Amount.from_record(said["amount"]), on), on < track.ordered_on, "amount")

    return Form(title, _about(track, number), rows, check, save, parent)


def acceptance_form(track: Track, number: str, save: Save, parent: Optional[QWidget] = None) -> Form:
    """How far the acceptance has come; it covers what was done up to its date."""
    rows = [Row("status", tr("Result"), CodeEditor([(code, wording.option_name("SHZT", code)) for code in ("2", "1", "9")], FINISHED)),
            Row("level", tr("Level"), CodeEditor([(code, wording.option_name("YSJB", code)) for code in ("1", "2", "3")], _COUNTY))]

    def check(on: date, said: Said) -> Optional[Objection]:
        return _at(remedies.acceptance_refusal(track, Acceptance(said.get("status", "0"), said.get("level", "0"), on)), True, "")

    return Form(tr("Acceptance"), _about(track, number), rows, check, save, parent)


def withdraw_form(track: Track, number: str, save: Save, parent: Optional[QWidget] = None) -> Form:
    """The order no longer stands; the reason is kept."""
    def check(on: date, said: Said) -> Optional[Objection]:
        if not said.get("reason"):
            return Objection(message("Give the reason."), "reason")
        early = message("It was ordered on {day}; it cannot be withdrawn before.", day=track.ordered_on.isoformat())
        return Objection(early, "on") if on < track.ordered_on else None

    return Form(tr("Withdraw the order"), _about(track, number), [Row("reason", tr("Reason"), LineEditor())], check, save, parent)


class OrderEditor(Editor):
    """A remedy and its amount; the amount asks for the units of the remedy that is chosen."""

    def __init__(self, line: ParcelLine, kinds: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._line = line
        self.kind = CodeEditor([(code, wording.remedy_name(code)) for code in kinds], None, self)
        self._hold(self.kind)
        self.amount: Optional[AmountEditor] = None
        self.kind.changed.connect(self._ask_for_amount)
        self.setFocusProxy(self.kind.field)

    def _ask_for_amount(self) -> None:
        if self.amount is not None:
            self.layout().removeWidget(self.amount)
            self.amount.deleteLater()
        kind = KINDS[self.kind.value()]
        known = {"land_m2": self._line.illegal_m2 or 0, "cultivated_m2": self._line.cultivated_m2 or 0}
        self.amount = AmountEditor(kind.units, known, kind.optional, self)
        self.amount.changed.connect(self.changed)
        self.layout().addWidget(self.amount)
        self.changed.emit()

    def value(self) -> Optional[Dict[str, Any]]:
        if self.amount is None:
            return None
        return {"kind": self.kind.value(), "amount": self.amount.value() or {}}


def order_form(line: ParcelLine, others: Sequence[Track], save: Save, parent: Optional[QWidget] = None) -> Form:
    """A remedy outside a decision: late papers, a transfer, work that the party does of its own accord."""
    rows: List[Row] = [Row("order", tr("Remedy"), OrderEditor(line, list(KINDS)))]
    land = [track for track in others if track.parcel == line.id and KINDS[track.kind].settles_land]
    if land:
        options = [("", tr("ground of its own"))] + [(track.id, wording.remedy_name(track.kind)) for track in land]
        rows.append(Row("ground", tr("On the ground of"), CodeEditor(options, "")))

    def check(on: date, said: Said) -> Optional[Objection]:
        order = said.get("order")
        if order is None:
            return Objection(message("Choose a remedy."), "order")
        return _at(_order_refusal(order), False, "order")

    return Form(tr("Order a remedy"), tr("{parcel}, {illegal} illegal", parcel=line.number,
                                         illegal=wording.figure("land_m2", line.illegal_m2 or 0)), rows, check, save, parent)


def _order_refusal(order: Mapping[str, Any]) -> Optional[Message]:
    try:
        return remedies.amount_refusal(order["kind"], Amount.from_record(order["amount"]))
    except LandInspectorError as error:
        return error.message


def _at(reason: Optional[Message], by_date: bool, field: str) -> Optional[Objection]:
    return Objection(reason, "on" if by_date else field or None) if reason else None


def _about(track: Track, number: str) -> str:
    return tr("{what} · {parcel} · ordered {day}: {amount}", what=wording.remedy_name(track.kind), parcel=number,
              day=track.ordered_on.isoformat(), amount=wording.amount_text(track.ordered))


# One acceptance for many parcels: what it would cover is shown before it is recorded.

class AcceptanceForm(QDialog):
    """Date, level and result of an acceptance; :meth:`remedies` are those of all the rows."""

    def __init__(self, rows: Sequence[WorkRow], day: date, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorAcceptanceForm")
        self.setWindowTitle(tr("Acceptance of {n} parcels", n=len(rows)))
        self._rows = list(rows)
        self.on = date_field(day, self)
        self.on.setObjectName("landInspectorAcceptedOn")
        self.level = _choice([(code, say_level(code)) for code in ("1", "2", "3")], "2", self)
        results = [(FINISHED, tr("accepted")), (HANDED_IN, tr("handed in for acceptance")), (RETURNED, tr("acceptance refused"))]
        self.status = _choice(results, FINISHED, self)
        self.warning = PlainLabel(self)
        self.warning.setWordWrap(True)
        self.warning.setStyleSheet(f"color: {readable(WARNING, shown_on(self))}")
        self.on.dateChanged.connect(lambda _day: self._warn())
        self._lay_out()
        self._warn()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Date of the acceptance"), self.on)
        form.addRow(tr("Level"), self.level)
        form.addRow(tr("Result"), self.status)
        buttons = deciding(self, tr("Record for {n} parcels", n=len(self._rows)), "cases")
        preview = QPlainTextEdit(self.preview(), self)
        preview.setReadOnly(True)
        preview.setAccessibleName(tr("What the acceptance covers"))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for widget in (preview, self.warning, buttons):
            layout.addWidget(widget)
        self.resize(420, 420)

    def preview(self) -> str:
        """Every parcel with its remedies, and the sum."""
        lines = [tr("{parcel}: {what}, {area} mu", parcel=row.place.number, what=say(row.entry.what), area=mu_text(row.entry.land_m2))
                 for row in self._rows]
        whole = math.fsum(row.entry.land_m2 for row in self._rows)
        return "\n".join([tr("{n} remedies on {parcels} parcels, {area} mu", n=len(self.remedies()), parcels=len(self._rows),
                             area=mu_text(whole)), "", *lines])

    def remedies(self) -> List[str]:
        """Keys of all remedies that the acceptance is recorded for."""
        return [key for row in self._rows for key in row.entry.remedies]

    def day(self) -> date:
        """The day of the acceptance, as entered."""
        return self.on.date().toPyDate()

    def _warn(self) -> None:
        """An acceptance after the last day of deduction is possible, and is said to come too late (R41)."""
        late = [row for row in self._rows if row.entry.due_on is not None and self.day() > row.entry.due_on]
        self.warning.setText(tr("For {n} parcels this is after the last day of deduction: they will stay in the ratio.", n=len(late))
                             if late else "")


def date_field(day: date, parent: QWidget) -> QDateEdit:
    """A day to be typed or picked."""
    field = QDateEdit(QDate(day.year, day.month, day.day), parent)
    field.setDisplayFormat("yyyy-MM-dd")
    field.setCalendarPopup(True)
    return field


def say_level(code: str) -> str:
    """The accepting office's level in the user's language, from its code (``1`` county, ``2`` city, ``3`` province)."""
    return {"1": tr("county"), "2": tr("city"), "3": tr("province")}.get(code, LEVELS[code][0])


def _choice(options: Sequence[tuple], chosen: str, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    for code, text in options:
        box.addItem(text, code)
    box.setCurrentIndex(box.findData(chosen))
    return box
