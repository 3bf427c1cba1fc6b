"""Forms for a single remedy: order it, record what was done, have it accepted, withdraw it."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.PyQt.QtWidgets import QWidget

from ...errors import LandInspectorError, Message, message
from ...i18n import say, tr
from ...law import remedies
from ...law.acts import FILES
from ...law.procedure import Objection
from ...law.quantities import Amount
from ...law.remedies import FINISHED, KINDS, Acceptance, Track
from . import wording
from .case_file import ParcelLine
from .editors import AmountEditor, CodeEditor, Editor, FilesEditor, LineEditor
from .form import Form, Row, Said, Save

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
