"""What can be done on the page of patrols; each act is one action of the acting person, what goes wrong ends in the form or the message
bar. Files, packages and routes are the algorithms' windows, filled in."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject, QgsSettings
from qgis.PyQt.QtWidgets import QFileDialog

from ...errors import InputError, LandInspectorError
from ...evidence.patrol_profile import read_patrol_profile
from ...exchange.patrol_plan import proposed_targets, targets_of
from ...exchange.photo_files import read_photo
from ...exchange.tracks.giving import photo_datum
from ...exchange.tracks.shifts import WGS84, unshifted
from ...i18n import tr
from ...register import attachments, patrolling
from ...register.findings import FiledFinding, file_finding
from ...register.register import Register
from ...register.state import Patrol, PatrolFinding
from ...register.views import patrols as views
from ...register.views.parcels import facts_of
from ...register.views.patrols import MonthView
from ...settings import HEADING, Settings
from ..matters.forms import cleaned
from ..pursue.form import Form, Said
from ..shell.dialogs import Question
from ..shell.services import Services
from . import forms
from .map import LONLAT, Drawn, MarkTool, PatrolLayers

if TYPE_CHECKING:
    from .page import PatrolPage

Place = Optional[Tuple[float, float]]
_PROFILE = f"{HEADING}/patrol_profile"


class PatrolActs:
    """``form`` is the open form. ``profile`` is the patrol profile that the user chose last."""

    def __init__(self, place: Services, page: "PatrolPage"):
        self._place, self._page = place, page
        self.form: Optional[Form] = None
        kept = QgsSettings().value(_PROFILE, "", str)
        self.profile: Optional[Path] = Path(kept) if kept and Path(kept).is_file() else None
        self.layers = PatrolLayers(QgsProject.instance())
        self.shows_map = False
        self._tool: Optional[MarkTool] = None
        self._before: Any = None
        self._marking: Optional[Tuple[MonthView, Optional[Patrol]]] = None

    # --- patrols ------------------------------------------------------------------------------------------------------

    def log(self, view: MonthView, patrol: Optional[Patrol], day: date) -> None:
        """The form of a log, filled with the plan or the log that is there."""
        seen = self._seen(patrol)

        def save(on: date, said: Said) -> None:
            self._write(lambda register, by: patrolling.log_patrol(register, forms.log_of(view, on, said), by=by, seen=seen,
                                                                   patrol=patrol.id if patrol else None))

        self._open(forms.log_form(view, patrol, date.fromisoformat(patrol.XCRQ) if patrol else day, save, self._place.window))

    def plan(self, view: MonthView, patrol: Optional[Patrol], day: date) -> None:
        """The form of a plan; what a patrol could go to is looked up beside the window first."""
        address, profile = self._place.session.address, self.profile
        if address is None:
            return

        def look(progress: Any) -> Any:
            with Register.open(address) as register:
                return proposed_targets(register, view.station, read_patrol_profile(profile) if profile else None, progress)

        self._place.worker.start(tr("Looking for targets"), look, lambda found: self._plan(view, patrol, day, found),
                                 self._place.messages.failed)

    def _plan(self, view: MonthView, patrol: Optional[Patrol], day: date, proposed: Sequence[patrolling.Target]) -> None:
        seen = self._seen(patrol)

        def save(on: date, said: Said) -> None:
            log = forms.log_of(view, on, {**said, "start": forms.start_of(said.get("half"))})
            self._write(lambda register, by: patrolling.plan_patrol(register, log, patrol=patrol.id if patrol else None, by=by, seen=seen,
                                                                    targets=said.get("targets") or ()))

        self._open(forms.plan_form(view, patrol, date.fromisoformat(patrol.XCRQ) if patrol else day, proposed,
                                   targets_of(patrol) if patrol else (), save, self._place.window))

    def withdraw(self, patrol: Patrol) -> None:
        """A patrol that did not take place, or was entered by mistake, with its reason."""
        seen = self._seen(patrol)
        reason = self._place.asking.text(Question(tr("Why is the patrol of {day} withdrawn?", day=patrol.XCRQ), tr("Withdraw it")))
        if reason:
            self._try(lambda: self._write(lambda register, by: patrolling.withdraw_patrol(register, patrol.id, reason=reason, by=by,
                                                                                          seen=seen)))

    # --- findings -----------------------------------------------------------------------------------------------------

    def mark(self, view: MonthView, patrol: Optional[Patrol], place: Place, outline: Optional[bytes], photo: Optional[Path] = None) -> None:
        """The form of a finding at a place or an outline, or with neither yet."""
        def save(on: date, said: Said) -> None:
            def verb(register: Register, by: str) -> None:
                files = attachments.keep(register, said.get("files") or [])
                patrolling.mark_finding(register, forms.seen_of(view, on, cleaned(said), outline, files), by=by,
                                        patrol=patrol.id if patrol else None)
            self._write(verb)

        area = patrolling.outline_area(self._place.session.register, outline) if outline else None
        form = forms.finding_form(view, None, place, area, save, self._place.window)
        form.day.set_day(min(date.fromisoformat(patrol.XCRQ) if patrol else self._page.day, date.today()))
        if photo is not None:
            form.row("files").editor.add([photo])
        self._open(form)

    def mark_on_map(self, view: MonthView, patrol: Optional[Patrol], draws: bool) -> None:
        """Wait for a click or an outline on the map, then ask for the rest."""
        canvas = self._place.iface.mapCanvas()
        if self._tool is None:
            self._tool = MarkTool(canvas)
            self._tool.marked.connect(self._on_marked)
            self._tool.given_up.connect(self._put_tool_back)
        self._marking = (view, patrol)
        if canvas.mapTool() is not self._tool:
            self._before = canvas.mapTool()
        self._tool.begin(self._place.session.register.meta["crs"], draws)
        canvas.setMapTool(self._tool)
        canvas.setFocus()
        self._place.messages.note(
            tr("Draw the outline (or by arrows and Space); Enter or a right click ends it, Esc gives up.") if draws
            else tr("Click where it was found (or arrows and Space); Esc gives up."))

    def _on_marked(self, what: Any) -> None:
        self._put_tool_back()
        if self._marking is None:
            return
        view, patrol = self._marking
        self._marking = None
        if isinstance(what, bytes):
            self.mark(view, patrol, None, what)
        else:
            self.mark(view, patrol, what, None)

    def _put_tool_back(self) -> None:
        canvas = self._place.iface.mapCanvas()
        if self._tool is not None and canvas.mapTool() is self._tool:
            if self._before is not None:
                canvas.setMapTool(self._before)
            else:
                canvas.unsetMapTool(self._tool)

    def mark_from_photo(self, view: MonthView, patrol: Optional[Patrol]) -> None:
        """The place, and the photo itself, from a picture's EXIF; where a track of the same minutes says that it is shifted,
        the user is asked."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window, tr("Photo of the finding"), "", tr("Photos (*.jpg *.jpeg *.png)"))
        if chosen:
            self._try(lambda: self.take_photo(view, patrol, Path(chosen)))

    def take_photo(self, view: MonthView, patrol: Optional[Patrol], path: Path) -> None:
        """The form of a finding where a photo was taken. InputError for a photo that does not say where."""
        exif = read_photo(path).exif
        if exif.lon is None or exif.lat is None:
            raise InputError("{file} does not say where it was taken.", "Mark the place by a click on the map.", file=path.name)
        lon, lat = exif.lon, exif.lat
        datum = photo_datum(self._place.session.register, lon, lat, exif.taken_at)
        if datum not in (None, WGS84) and self._place.asking.agreed(Question(
                tr("{file}: by the track of the same minutes its place is {datum}, shifted from the true one. Put it right?",
                   file=path.name, datum=datum), tr("Put it right"))):
            there = unshifted(np.array([lon]), np.array([lat]), datum)
            lon, lat = float(there[0][0]), float(there[1][0])
        self.mark(view, patrol, (lon, lat), None, path)

    def correct(self, view: MonthView, row: PatrolFinding) -> None:
        """The form of a finding as it stands; what is changed is recorded."""
        def save(_on: date, said: Said) -> None:
            place = said.pop("place", None)
            files = said.pop("files", None) or []
            values = {**dict.fromkeys(("XMMC", "JSZT", "ZDMJ", "GDMJ", "CSM", "DGSJ", "SPQK", "BZ")), **cleaned(said)}
            if place is not None:
                values.update(lon=place[0], lat=place[1])
            if values.get("JSDW") == view.builders.get(row.id):
                values.pop("JSDW", None)
            changed = {name: value for name, value in values.items() if value != getattr(row, name)}

            def verb(register: Register, by: str) -> None:
                if changed or files:
                    patrolling.correct_finding(register, row.id, changed, files=attachments.keep(register, files), by=by,
                                               seen={row.id: row.last_event})
            self._write(verb)

        self._open(forms.finding_form(view, row, None, None, save, self._place.window))

    def act(self, row: PatrolFinding) -> None:
        """What followed on a finding."""
        def save(on: date, said: Said) -> None:
            def verb(register: Register, by: str) -> None:
                more: Dict[str, Any] = {name: said[name] for name in ("number", "note") if said.get(name)}
                if said.get("files"):
                    more["files"] = attachments.keep(register, said["files"])
                patrolling.act_on_finding(register, row.id, said["act"], on=on.isoformat(), said=more, by=by,
                                          seen={row.id: row.last_event})
            self._write(verb)

        self._open(forms.act_form(row, save, self._place.window))

    def file(self, row: PatrolFinding) -> None:
        """An illegal parcel with an open case, in one step, once the user agrees."""
        question = Question(tr("Make an illegal parcel with an open case of “{project}”? It is entered in a batch of its own (source 05) "
                               "and judged illegal by you.", project=row.XMMC or row.FXRQ), tr("Make it"))
        if self._place.asking.agreed(question):
            self._try(lambda: self._file(row))

    def _file(self, row: PatrolFinding) -> None:
        made: List[FiledFinding] = []
        self._write(lambda register, by: made.append(file_finding(register, row.id, by=by)))
        self._place.messages.done(tr("Parcel {parcel} of batch {batch}, with an open case.", parcel=made[0].parcel, batch=made[0].batch))
        self._place.session.reload()

    def go_to_parcel(self, filed: FiledFinding) -> None:
        """Bring the parcel that a finding became up everywhere."""
        def look() -> None:
            register = self._place.session.register
            (parcel, _patch), = register.find(filed.batch, [filed.parcel])
            self._place.reviewer.show_anywhere([parcel], filed.batch)
            self._page.parcels_wanted.emit([parcel])
        self._try(look)

    def link_with_chosen(self, row: PatrolFinding) -> None:
        """The finding and the patch of the parcel that is chosen in the review dock."""
        parcel = facts_of(self._place.session.register, self._page.parcels[0]) if self._page.parcels else None
        if parcel is None:
            self._place.messages.note(tr("Choose a parcel in the review list first."))
            return
        self.link(row, parcel["patch_id"])

    def link(self, row: PatrolFinding, patch: str) -> None:
        """A finding and a patch that covers it."""
        self._try(lambda: self._write(lambda register, by: patrolling.link_findings(register, [(row.id, patch)], by=by,
                                                                                    seen={row.id: row.last_event})))

    def proposals(self, row: PatrolFinding) -> List[Tuple[str, str]]:
        """Patches (id and number) that place and time propose for a finding, the nearest first."""
        return views.link_proposals(self._place.session.register, row)[:5]

    # --- map ----------------------------------------------------------------------------------------------------------

    def toggle_map(self) -> None:
        """Tracks and findings of the month on the map, or not."""
        self.shows_map = not self.shows_map
        if self.shows_map:
            self._page.refresh()
        else:
            self.layers.remove()

    def show_map(self, crs: str, tracks: Sequence[Drawn], findings: Sequence[Tuple[PatrolFinding, int]]) -> None:
        """What was read, on the map, where the user wants it there."""
        if self.shows_map:
            self.layers.show(crs, tracks, findings)

    def go_to(self, row: PatrolFinding) -> None:
        """Bring the map to a finding."""
        canvas = self._place.iface.mapCanvas()
        carry = QgsCoordinateTransform(QgsCoordinateReferenceSystem(LONLAT), canvas.mapSettings().destinationCrs(), QgsProject.instance())
        there = carry.transform(QgsPointXY(row.lon or 0.0, row.lat or 0.0))
        canvas.setCenter(there)
        canvas.flashGeometries([QgsGeometry.fromPointXY(there)], canvas.mapSettings().destinationCrs())
        canvas.refresh()

    # --- tools --------------------------------------------------------------------------------------------------------

    def tools(self) -> List[Tuple[str, str]]:
        """The algorithms of the month, with what the menu calls them."""
        return [("log_patrols", tr("Take over a ledger of patrols…")), ("import_tracks", tr("Bring in tracks…")),
                ("export_patrol_plan", tr("Give out the plan (calendar, GPX, route cards)…")), ("field_package", tr("Field package…")),
                ("take_field_package", tr("Take back a field package…")), ("patrol_coverage", tr("What was left out…")),
                ("patrol_table", tr("Patrol table…"))]

    def open_tool(self, name: str, view: MonthView, **more: str) -> None:
        """The algorithm's window with what is known of the month."""
        address = self._place.session.address
        filled: Dict[str, Any] = {"REGISTER": str(address), "BY": Settings.load().acting_as, **more}
        if name in ("export_patrol_plan", "field_package", "patrol_coverage", "patrol_table"):
            filled.update(YEAR=view.year, MONTH=view.month)
        if name in ("export_patrol_plan", "field_package", "patrol_coverage"):
            filled["STATION"] = view.station
        if name in ("export_patrol_plan", "patrol_coverage", "import_tracks") and self.profile is not None:
            filled["PROFILE"] = str(self.profile)
        self._try(lambda: self._place.jobs.open_dialog(name, filled, dict(self.tools())[name].rstrip("…")))

    def choose_profile(self) -> None:
        """The patrol profile whose key areas are proposed as targets."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window, tr("Patrol profile"), "", "JSON (*.json)")
        if chosen and self._try(lambda: read_patrol_profile(Path(chosen))):
            self.profile = Path(chosen)
            QgsSettings().setValue(_PROFILE, chosen)
            self._place.messages.done(tr("Key areas of {file} are proposed as targets.", file=Path(chosen).name))

    # --- shared -------------------------------------------------------------------------------------------------------

    def _seen(self, patrol: Optional[Patrol]) -> Dict[str, str]:
        return {patrol.id: patrol.last_event} if patrol is not None else {}

    def _open(self, form: Form) -> None:
        self.form = form
        form.finished.connect(self._on_finished)
        form.open()

    def _on_finished(self, _result: int) -> None:
        self.form = None

    def let_go(self) -> None:
        """Close an open form and take everything off the map."""
        if self.form is not None:
            self.form.reject()
        self._put_tool_back()
        self._tool = None
        self.layers.remove()

    def _write(self, verb: Callable[[Register, str], object]) -> None:
        """Raises what the register raises; then nothing was kept."""
        session, by = self._place.session, Settings.load().acting_as
        session.carry_out(lambda: verb(session.register, by))
        self._place.session.note_own_act()
        self._place.commands.look_for_undo(told_of=self._page.stations.currentData() or "")
        self._page.refresh()

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return False
        return True
