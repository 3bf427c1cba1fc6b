"""Forms of patrols: the plan of one, its log with the official form's fields, a finding, what followed on it. All of them by keyboard."""
from __future__ import annotations

from datetime import date
from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QTime, Qt
from qgis.PyQt.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QTimeEdit, QWidget

from ...errors import message
from ...i18n import say, tr, user_locale
from ...law.codes import shipped_codes
from ...law.patrols import FINDING_ACTS
from ...law.procedure import Objection
from ...register.patrolling import Log, Seen, Target
from ...register.state import Patrol, PatrolFinding
from ...register.views.patrols import MonthView, officers_of
from ...exchange.patrol_plan import KIND_NAMES
from ..matters.forms import OptionalDayEditor, YesNoEditor
from ..pursue.form import CodeEditor, Editor, FigureEditor, FilesEditor, Form, LineEditor, PeopleEditor, Row, Said, Save, TextEditor
from ..widgets.labels import tip
from ..widgets.rows import put_hint

_MORNING, _NOON = QTime(8, 30), QTime(11, 0)


class ClockEditor(Editor):
    """A time of the day; hours and minutes by the arrow keys or typed."""

    def __init__(self, known: Optional[str], usual: QTime, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QTimeEdit(QTime.fromString(known, "HH:mm") if known else usual, self)
        self.field.setDisplayFormat("HH:mm")
        self.field.timeChanged.connect(lambda _time: self.changed.emit())
        self._hold(self.field)

    def value(self) -> str:
        return self.field.time().toString("HH:mm")


class PlaceEditor(Editor):
    """Longitude and latitude in degrees in one line; (lon, lat), None while it is empty, a text that is no place as it stands."""

    def __init__(self, place: Optional[Tuple[float, float]] = None, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QLineEdit("" if place is None else f"{place[0]:.6f}, {place[1]:.6f}", self)
        put_hint(self.field, tr("longitude, latitude (WGS 84)"))
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self._hold(self.field)

    def value(self) -> object:
        text = self.field.text().strip()
        if not text:
            return None
        try:
            lon, lat = (float(part) for part in text.replace("，", ",").replace(";", ",").split(","))
            return lon, lat
        except ValueError:
            return text


class TargetsEditor(Editor):
    """Which of the proposed targets a patrol goes to."""

    def __init__(self, proposed: Sequence[Target], chosen: Sequence[Target], parent: Optional[QWidget] = None):
        super().__init__(parent)
        known = {one.key for one in chosen}
        self._targets = [*proposed, *(one for one in chosen if one.key not in {two.key for two in proposed})]
        self.field = QListWidget(self)
        for one in self._targets:
            line = QListWidgetItem(f"{say(KIND_NAMES[one.kind])} · {one.name}", self.field)
            line.setToolTip(tip(one.why))
            line.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            line.setCheckState(Qt.CheckState.Checked if one.key in known else Qt.CheckState.Unchecked)
        self.field.setMinimumHeight(self.field.fontMetrics().lineSpacing() * 6)
        self.field.itemChanged.connect(lambda _item: self.changed.emit())
        self._hold(self.field)

    def value(self) -> List[Target]:
        return [one for at, one in enumerate(self._targets) if self.field.item(at).checkState() == Qt.CheckState.Checked]


class PatrolForm(Form):
    """A form whose Help is the manual's page of patrols."""

    PAGE = "patrols"


class LogForm(PatrolForm):
    """``tries`` counts how often the user pressed “Record”: what only keeps a patrol from counting stops the first time alone."""

    tries = 0

    def try_to_save(self) -> None:
        self.tries += 1
        super().try_to_save()


def _options(codes: str) -> List[Tuple[str, str]]:
    return [("", "–"), *((one.code, one.label(user_locale())) for one in shipped_codes().codes(codes))]


def _people(view: MonthView, patrol: Optional[Patrol]) -> PeopleEditor:
    return PeopleEditor(officers_of(view, patrol) if patrol else [], sorted(view.people.values()))


def log_form(view: MonthView, patrol: Optional[Patrol], day: date, save: Save, parent: Optional[QWidget] = None) -> Form:
    """The log of a patrol that was done: the official form's fields, filled with what its plan says."""
    known = patrol
    rows = [
        Row("officers", f"{tr('Officers')} *", _people(view, known)),
        Row("start", f"{tr('Start time')} *", ClockEditor(known.KSSJ if known else None, _MORNING)),
        Row("end", f"{tr('End time')} *", ClockEditor(known.JSSJ if known else None, _NOON)),
        Row("area", tr("Area patrolled"), CodeEditor(_options("XC_QY"), (known.XCQY if known else "") or "")),
        Row("route", tr("Route"), LineEditor((known.XCLX if known else "") or "")),
        Row("violation", tr("Violation found"), YesNoEditor(None if known is None or known.SFWF is None else bool(known.SFWF))),
        Row("handling", tr("How it was handled"), TextEditor((known.CLYJ if known else "") or "")),
        Row("remarks", tr("Remarks"), TextEditor((known.BZ if known else "") or ""))]

    def check(_on: date, said: Said) -> Optional[Objection]:
        if said["end"] <= said["start"]:
            return Objection(message("The patrol ends before it starts."), "end")
        if len(said.get("officers") or ()) < 2 and form.tries <= 1:
            return Objection(message("A patrol counts with two officers; press “Record” again to keep it all the same."), "officers")
        return None

    form = LogForm(tr("Log of a patrol · {station}", station=view.station), tr("What is missing only keeps it from counting (R50)."), rows,
                   check, save, parent)
    form.day.set_day(day)
    return form


def log_of(view: MonthView, on: date, said: Said) -> Log:
    """What the form of a log or a plan says."""
    return Log(view.station, on.isoformat(), said.get("start"), said.get("end"), tuple(said.get("officers") or ()),
               said.get("area") or None, said.get("route"), said.get("violation"), said.get("handling"), said.get("remarks"))


def plan_form(view: MonthView, patrol: Optional[Patrol], day: date, proposed: Sequence[Target], chosen: Sequence[Target], save: Save,
              parent: Optional[QWidget] = None) -> Form:
    """The plan of a patrol: day or half-day, area or route, officers, targets among those that are proposed."""
    half = "pm" if patrol is not None and (patrol.KSSJ or "") >= "12:00" else "am" if patrol is not None and patrol.KSSJ else ""
    rows = [
        Row("half", tr("Half-day"), CodeEditor([("", tr("whole day")), ("am", tr("morning")), ("pm", tr("afternoon"))], half)),
        Row("officers", tr("Officers"), _people(view, patrol)),
        Row("area", tr("Area patrolled"), CodeEditor(_options("XC_QY"), (patrol.XCQY if patrol else "") or "")),
        Row("route", tr("Route"), LineEditor((patrol.XCLX if patrol else "") or "")),
        Row("targets", tr("Targets"), TargetsEditor(proposed, chosen)),
        Row("remarks", tr("Remarks"), TextEditor((patrol.BZ if patrol else "") or ""))]
    note = tr("The way through the targets is worked out when it is given out.")
    form = PatrolForm(tr("Plan of a patrol · {station}", station=view.station), note, rows, lambda _on, _said: None, save, parent)
    form.day.field.clearMaximumDate()
    form.day.set_day(day)
    return form


def start_of(half: Optional[str]) -> Optional[str]:
    """When a half-day begins, for its plan; None for the whole day."""
    return {"am": "08:30", "pm": "14:00"}.get(half or "")


def finding_form(view: MonthView, row: Optional[PatrolFinding], place: Optional[Tuple[float, float]], area_m2: Optional[float], save: Save,
                 parent: Optional[QWidget] = None) -> Form:
    """A finding, new or corrected. The builder is kept apart as a party."""
    def known(name: str, default: object = "") -> object:
        return getattr(row, name) if row is not None and getattr(row, name) is not None else default

    if row is not None and row.lon is not None and row.lat is not None:
        place = (row.lon, row.lat)
    rows = [
        Row("XMMC", tr("Project"), LineEditor(str(known("XMMC")))),
        Row("JSDW", tr("Builder"), LineEditor(view.builders.get(row.id, "") if row is not None else "")),
        Row("JSZT", tr("State of building"), CodeEditor(_options("XC_JSZT"), str(known("JSZT")))),
        Row("place", tr("Place"), PlaceEditor(place)),
        Row("ZDMJ", tr("Area occupied (m²)"), FigureEditor("land_m2", float(known("ZDMJ", area_m2 or 0.0)))),  # type: ignore[arg-type]
        Row("GDMJ", tr("Of it cultivated (m²)"), FigureEditor("cultivated_m2", float(known("GDMJ", 0.0)))),  # type: ignore[arg-type]
        Row("CSM", tr("Handling measure"), CodeEditor(_options("XC_CS"), str(known("CSM")))),
        Row("DGSJ", tr("Begun on"), OptionalDayEditor(str(known("DGSJ")))),
        Row("SPQK", tr("Approval situation"), TextEditor(str(known("SPQK")))),
        Row("BZ", tr("Remarks"), TextEditor(str(known("BZ")))),
        Row("files", tr("Photos"), FilesEditor())]

    def check(_on: date, said: Said) -> Optional[Objection]:
        if isinstance(said.get("place"), str):
            return Objection(message("Write longitude and latitude in degrees, as 121.123456, 28.812345."), "place")
        if (said.get("GDMJ") or 0) > (said.get("ZDMJ") or 0) > 0:
            return Objection(message("More is cultivated than the whole area."), "GDMJ")
        return None

    title = tr("Finding of a patrol") if row is None else tr("Correct a finding")
    form = PatrolForm(title, tr("Its terms begin with the day: stop order, report, case."), rows, check, save, parent)
    if row is not None:
        form.day.set_day(date.fromisoformat(row.FXRQ))
        form.day.setEnabled(False)
    return form


def seen_of(view: MonthView, on: date, said: Said, outline: Optional[bytes], files: Sequence[str]) -> Seen:
    """What the form of a finding says; a place decides the station and township."""
    place = said.get("place")
    return Seen("" if place or outline else view.station, on.isoformat(), place, None, said.get("JSDW"), said.get("XMMC"), said.get("DGSJ"),
                said.get("JSZT") or None, said.get("ZDMJ"), said.get("GDMJ"), said.get("SPQK"), said.get("CSM") or None, said.get("BZ"),
                outline, tuple(files))


def act_form(row: PatrolFinding, save: Save, parent: Optional[QWidget] = None) -> Form:
    """What followed on a finding: a stop order, that building stopped, a report, a case, removal, handing on."""
    rows = [Row("act", f"{tr('What followed')} *", CodeEditor([(code, say(text)) for code, text in FINDING_ACTS.items()])),
            Row("number", tr("Document number"), LineEditor()), Row("note", tr("Remark"), TextEditor()),
            Row("files", tr("Papers and photos"), FilesEditor())]

    def check(on: date, said: Said) -> Optional[Objection]:
        if not said.get("act"):
            return Objection(message("Choose what followed."), "act")
        if on < date.fromisoformat(row.FXRQ):
            return Objection(message("{day} lies before the finding ({found}).", day=on.isoformat(), found=row.FXRQ), "on")
        return None

    title = tr("What followed on “{project}”", project=row.XMMC or row.FXRQ)
    return PatrolForm(title, tr("Found on {day}", day=row.FXRQ), rows, check, save, parent)
