"""Forms of matters, made from what their kind says: one for a new matter, one for each act, one for amendments."""
from __future__ import annotations

from datetime import date
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from ...errors import Message, message
from ...exchange.wording import matter_ground_text
from ...i18n import say, tr
from ...law.matters.kind import (
    AMEND, AREA, CODE, COUNT, DATE, FLAG, KindField, MONEY, MatterKind, NUMBER, NUMBER_FIELD, PERSON, TOWNSHIP,
)
from ...law.matters.machine import ask_of, field_of, machine_of, values_objection
from ...law.procedure import Act, Objection
from ...law.quantities import yuan
from ...register.views.matters import MatterFile
from ..pursue.form import (
    CodeEditor, CountEditor, DayEditor, Editor, FigureEditor, FilesEditor, Form, LineEditor, Row, Said, Save, TextEditor,
)
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
