"""The papers of a case: which there are, what should be put right before one goes out, writing it, keeping what came back finished."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QFont, QFontInfo
from qgis.PyQt.QtWidgets import (
    QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFileDialog, QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit,
    QPushButton, QScrollArea, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...exchange.case_folder import CaseFolder, write_case_folder
from ...exchange.papers import (
    Draft, Outcome, Templates, drafted, filled, fonts_of, give_out_templates, take_office_in, write_papers,
)
from ...i18n import say, tr, user_locale
from ...law.papers.catalogue import Paper, papers
from ...law.papers.checks import ERROR
from ...law.papers.facts import OFFICE_FIELDS, PARTY_FIELDS, PERSON, TYPED_FIELDS, UNIT, Written
from ...law.papers.wording import USUAL_PATTERN
from ...progress import Progress
from ...register import papers as register_papers
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.parcels import known_names
from ...register.views.matters import MatterFile
from ...settings import Settings, usual_folder
from ..widgets.dialogs import deciding, ignore_held_keys
from ..shell.messages import explained
from ..shell.services import Services
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import FAULT, readable, shown_on

_PAGE = "cases"
_WIDTH, _HEIGHT = 460, 660


@dataclass(frozen=True)
class Sheet:
    """A paper as it would be written now: the draft, the fields that it would mark, the file it is made from and the fonts that file
    asks for."""

    draft: Draft
    missing: Tuple[str, ...]
    template: Path
    fonts: Tuple[str, ...]


def read_sheet(address: RegisterAddress, row_id: str, paper: Paper, folder: Optional[Path], day: date) -> Sheet:
    """Everything the dialog shows of one paper; nothing is written."""
    templates = Templates(folder)
    with Register.open(address) as register:
        draft = drafted(register, [(row_id, paper)], templates, day)[-1]
    known = next((one.number for one in reversed(draft.facts.written) if one.paper == paper.code), "")
    number = draft.order.act_number or known or ("…" if paper.is_numbered else "")
    _content, missing = filled(draft.facts, paper, draft.template, number, False, draft.done)
    return Sheet(draft, missing, templates.path_of(paper), tuple(fonts_of(draft.template)))


def choices(acts: Sequence[str], act: str, ledger: str = "") -> List[Paper]:
    """Papers to choose from, of a case or of a matter of ``ledger``: those of the act that was asked for, then those of acts that were
    done, then all others, as they stand in the file."""
    every = [paper for paper in papers().values() if paper.acts and paper.matter == ledger]

    def rank(paper: Paper) -> Tuple[int, int]:
        return (0 if act in paper.acts else 1 if set(acts) & set(paper.acts) else 2, paper.order)

    return sorted(every, key=rank)


class PapersDialog(QDialog):
    """Not modal, so that map and case stay in reach. ``acts`` are the codes of what was done, ``act`` the one it was opened for,
    ``ledger`` that of a matter, "" for a case; a finished file may be dropped on it."""

    def __init__(self, place: Services, row_id: str, label: str, acts: Sequence[str], act: str, parent: Optional[QWidget] = None,
                 ledger: str = ""):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorPapers")
        self.setWindowTitle(tr("Papers of {case}", case=label))
        self.setAcceptDrops(True)
        self._place, self._row, self._label, self._ledger = place, row_id, label, ledger
        self._address: RegisterAddress = place.session.address
        self._wanted = 0
        self.sheet: Optional[Sheet] = None
        self.kind = QComboBox(self)
        self.kind.setObjectName("landInspectorPaperKind")
        self.kind.setAccessibleName(tr("Kind of paper"))
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(16)
        for paper in choices(acts, act, ledger):
            self.kind.addItem(_name(paper), paper.code)
        self.about, self.written = _wrapped("landInspectorPaperAbout", self), _wrapped("landInspectorPaperWritten", self)
        self.found = self._list()
        self.public = QCheckBox(tr("Public version, parties masked"), self)
        self.public.setObjectName("landInspectorPaperPublic")
        self.wrong = _wrapped("landInspectorPaperFault", self)
        self.wrong.setStyleSheet(f"color: {readable(FAULT, shown_on(self))}; font-weight: bold;")
        self.folder = _wrapped("landInspectorPaperFolder", self)
        self._lay_out()
        self.kind.currentIndexChanged.connect(lambda _index: self.read())
        self.finished.connect(self.deleteLater)
        self.read()

    def _list(self) -> QPlainTextEdit:
        """Lines that wrap, can be read by keys and taken along."""
        text = QPlainTextEdit(self)
        text.setObjectName("landInspectorPaperFindings")
        text.setAccessibleName(tr("To be put right before it goes out"))
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        return text

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        for widget in (self.kind, self.about, self.found):
            layout.addWidget(widget, 1 if widget is self.found else 0)
        rows = ((("landInspectorPaperCase", tr("Parties and particulars…"), self._on_particulars),
                 ("landInspectorPaperOffice", tr("The office…"), self._on_office)),
                (("landInspectorPaperTemplates", tr("Templates…"), self._on_templates),
                 ("landInspectorPaperPlace", tr("Folder…"), self._on_folder),
                 ("landInspectorPaperFinished", tr("Finished paper…"), self._on_finished),
                 ("landInspectorPaperFile", tr("Whole file…"), self._on_file)))
        for buttons in rows:
            row = QHBoxLayout()
            for name, text, act in buttons:
                button = _button(name, text, act, self)
                button.setHidden(bool(self._ledger) and name == "landInspectorPaperFile")  # a matter has no file of the kind
                row.addWidget(button)
            layout.addLayout(row)
        for widget in (self.folder, self.written, self.public, self.wrong):
            layout.addWidget(widget)
        self.buttons = deciding(self, tr("Write and open"), _PAGE, self.write)
        layout.addWidget(self.buttons)
        self.resize(_WIDTH, _HEIGHT)

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def paper(self) -> Paper:
        """The kind that is chosen."""
        return papers()[self.kind.currentData()]

    def read(self) -> None:
        """Look at the chosen paper anew, beside the window."""
        self._wanted += 1
        number, paper, row, address, folder = self._wanted, self.paper, self._row, self._address, _templates()
        self.wrong.setText("")
        self.wrong.setVisible(False)
        self._place.worker.start(tr("Reading a paper"), lambda _progress: read_sheet(address, row, paper, folder, date.today()),
                                 lambda sheet: self._take(number, sheet), lambda error: self._fail(number, error))

    def _take(self, number: int, sheet: Sheet) -> None:
        if number != self._wanted or not _is_there(self):
            return
        self.sheet = sheet
        self._show()

    def _fail(self, number: int, error: BaseException) -> None:
        if number != self._wanted or not _is_there(self):
            return
        if not isinstance(error, LandInspectorError):
            self._place.messages.failed(error)
            return
        self.sheet = None
        self.found.clear()
        self._say_wrong(explained(error))

    def _say_wrong(self, text: str) -> None:
        self.wrong.setText(f"⚠ {text}")
        self.wrong.setVisible(True)

    # --- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        sheet = self.sheet
        self.about.setText(_about(sheet))
        self.found.clear()
        lines = [f"{mark} {what} {remedy}".rstrip() for mark, what, remedy in _lines(sheet)]
        self.found.setPlainText("\n".join(lines or [tr("✓ Nothing is missing, nothing was found.")]))
        self.folder.setText(tr("It will lie in {folder}.", folder=str(_folder())))
        written = [one for one in sheet.draft.facts.written if one.paper == sheet.draft.order.paper.code]
        self.written.setText("\n".join(map(_written_text, written)))
        self.written.setVisible(bool(self.written.text()))
        refusal = sheet.draft.refusal
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(refusal is None)
        self.wrong.setVisible(refusal is not None)
        if refusal is not None:
            self._say_wrong(f"{say(refusal.text)} {say(refusal.remedy)}")

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write the paper beside the window, tell of it and open it in the computer's own word processor."""
        if self.sheet is None:
            return
        by, paper, row, address = Settings.load().acting_as, self.paper, self._row, self._address
        own, folder, is_public = _templates(), _folder(), self.public.isChecked()
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(False)

        def work(progress: Progress) -> Outcome:
            with Register.open(address) as register:
                take_office_in(register, own, by=by)
                drafts = drafted(register, [(row, paper)], Templates(own), date.today())
                return write_papers(register, drafts, folder, by=by, is_public=is_public, progress=progress)

        self._place.worker.start(tr("Writing a paper"), work, self._on_written, self._on_failed, writes=True)

    def _on_written(self, outcome: Outcome) -> None:
        told(self._place)
        for one in outcome.written:
            number = f" {one.number}" if one.number else ""
            self._place.messages.done(tr("{paper}{number} was written: {file}", paper=say(one.paper.label), number=number,
                                         file=str(one.path)))
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(one.path)))
        if _is_there(self):
            self.read()

    def _on_failed(self, error: BaseException) -> None:
        if _is_there(self) and isinstance(error, LandInspectorError):
            self._say_wrong(explained(error))
            self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(True)
        else:
            self._place.messages.failed(error)

    # --- what came back -----------------------------------------------------------------------------------------------

    def _on_finished(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileNames(self, tr("The finished paper: signed, sealed or scanned"), str(_folder()),
                                                     tr("Documents and pictures (*.docx *.pdf *.ofd *.jpg *.jpeg *.png *.tif *.doc *.wps)"))
        if chosen:
            self.keep([Path(path) for path in chosen])

    def dragEnterEvent(self, event: Any) -> None:
        """Files may be dropped here."""
        if event.mimeData().hasUrls() and all(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """A finished paper comes back."""
        event.acceptProposedAction()
        self.keep([Path(url.toLocalFile()) for url in event.mimeData().urls()])

    def keep(self, files: Sequence[Path]) -> None:
        """Keep finished files with the paper of the chosen kind that was written last."""
        known = [one for one in (self.sheet.draft.facts.written if self.sheet else ()) if one.paper == self.paper.code]
        if not known:
            self._say_wrong(tr("No {paper} of this case was written here yet. Write it first, then bring back what was signed.",
                               paper=say(self.paper.label)))
            return
        try:
            session = self._place.session
            session.carry_out(lambda: register_papers.keep_finished(session.register, known[-1].id, files, by=Settings.load().acting_as))
        except LandInspectorError as error:
            self._say_wrong(explained(error))
            return
        told(self._place)
        self.read()

    # --- particulars, office, templates -------------------------------------------------------------------------------

    def _on_particulars(self) -> None:
        register = self._place.session.register
        parties, typed = register_papers.particulars_of(register, self._row)
        known = parties or (self.sheet.draft.facts.parties if self.sheet else ())
        given = [{name: getattr(party, name) for name in PARTY_FIELDS} for party in known]

        def save(said: "Particulars") -> None:
            session, by = self._place.session, Settings.load().acting_as
            session.carry_out(lambda: register_papers.describe_case(session.register, self._row, said.parties, said.typed, by=by))
            self._after()

        ParticularsDialog(self._label, given, typed, save, self).open()

    def _on_office(self) -> None:
        register = self._place.session.register
        office = register_papers.office_of(register)
        names = known_names(register)

        def save(values: Mapping[str, str], certificates: Mapping[str, str], pattern: str) -> None:
            scheme = {name: dict(getattr(office.scheme, name)) for name in ("patterns", "words", "starts")}
            scheme["patterns"] = {**scheme["patterns"], **({"": pattern} if pattern != USUAL_PATTERN else {})}
            scheme["organ"], session = values.get("机关代字", ""), self._place.session
            session.carry_out(lambda: register_papers.describe_office(session.register, values, certificates, scheme,
                                                                      by=Settings.load().acting_as))
            self._after()

        certificates = {names[key]: number for key, number in office.certificates.items() if key in names}
        officers = [one.name for one in self.sheet.draft.facts.officers.values() if one.name] if self.sheet else []
        OfficeDialog(office.values, {**dict.fromkeys(officers, ""), **certificates}, office.scheme.pattern(""), save, self).open()

    def _after(self) -> None:
        told(self._place)
        self.read()

    def _on_templates(self) -> None:
        """The office's own folder; an empty one is filled with the neutral forms, to be changed there."""
        chosen = self._place.asking.folder_to_fill(tr("Folder of the office's templates; an empty one is filled with the neutral forms"),
                                                   _templates() or usual_folder())
        if chosen is None:
            return
        if not any(chosen.glob("*.docx")):
            give_out_templates(chosen)
        _remember(templates_folder=str(chosen))
        self.read()

    def _on_file(self) -> None:
        """The file of the case as one folder."""
        chosen = self._place.asking.folder_to_fill(tr("Where the file of the case is put together"), _folder())
        if chosen is None:
            return
        address, row, own = self._address, self._row, _templates()

        def work(progress: Progress) -> CaseFolder:
            with Register.open(address) as register:
                return write_case_folder(register, row, chosen, Templates(own), date.today(), progress)

        self._place.worker.start(tr("Putting the file of a case together"), work, self._on_file_made, self._on_failed, writes=True)

    def _on_file_made(self, made: CaseFolder) -> None:
        self._place.messages.done(tr("The file lies in {folder}: {n} files, {drafts} papers not yet back, {missing} missing.",
                                     folder=str(made.folder), n=len(made.files), drafts=made.drafts, missing=made.missing))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(made.folder)))

    def _on_folder(self) -> None:
        chosen = self._place.asking.folder_to_fill(tr("Where papers are written"), _folder())
        if chosen is not None:
            _remember(papers_folder=str(chosen))
            self.read()


def open_for_many(place: Services, name: str, **more: str) -> None:
    """The dialog of an algorithm for papers or parties of many cases, filled in with the register, who acts, and the folders that were
    chosen here."""
    folder = _templates()
    known = {"BY": Settings.load().acting_as, "FOLDER": str(_folder()), **({"TEMPLATES": str(folder)} if folder else {}), **more}
    if place.session.address is not None:
        known["REGISTER"] = str(place.session.address)
    try:
        place.jobs.open_dialog(name, known, tr("Papers of cases"))
    except LandInspectorError as error:
        place.messages.failed(error)


def open_papers_of_matter(place: Services, file: MatterFile) -> PapersDialog:
    """The papers of a matter, those of the act that is due first; it closes with the register."""
    due = file.due[0].code if file.due else ""
    dialog = PapersDialog(place, file.matter.id, file.matter.number, [done.act for done in file.matter.acts], due, place.window,
                          file.kind.id)
    place.session.closed.connect(dialog.reject)
    dialog.show()
    return dialog


def _is_there(widget: QWidget) -> bool:
    """False once Qt has let go of it."""
    try:
        widget.objectName()
    except RuntimeError:
        return False
    return True


def told(place: Services) -> None:
    """Whoever shows the register hears that something was recorded."""
    place.session.note_own_act()
    place.commands.look_for_undo()


def _templates() -> Optional[Path]:
    text = Settings.load().templates_folder
    return Path(text) if text else None


def _folder() -> Path:
    return Path(Settings.load().papers_folder or usual_folder() / "文书")


def _remember(**values: str) -> None:
    settings = Settings.load()
    for name, value in values.items():
        setattr(settings, name, value)
    settings.save()


def _name(paper: Paper) -> str:
    """Papers are Chinese; an English reader sees both names."""
    return paper.zh if user_locale() == "zh" else f"{paper.en} · {paper.zh}"


def _about(sheet: Sheet) -> str:
    order = sheet.draft.order
    number = order.act_number or next((one.number for one in reversed(sheet.draft.facts.written) if one.paper == order.paper.code), "")
    said = [tr("Ground: {ground}", ground=order.paper.ground)]
    if order.paper.is_numbered:
        said.append(tr("Number: {number}", number=number) if number else
                    tr("Number: the next of the office's series, given when it is written"))
    said.append(tr("Template: {file}", file=sheet.template.name))
    gone = [name for name in sheet.fonts if not QFontInfo(QFont(name)).exactMatch()]
    if gone:
        said.append(tr("Not on this computer: {fonts}; the word processor takes others, and pages may break elsewhere.",
                       fonts=tr(", ").join(gone)))
    return "\n".join(said)


def _lines(sheet: Sheet) -> List[Tuple[str, str, str]]:
    found = [("✗" if one.severity == ERROR else "!", f"{one.check} {say(one.text)}", say(one.remedy)) for one in sheet.draft.findings]
    return found + [("□", tr("{field} is marked in the paper as missing", field=name), "") for name in sheet.missing]


def _written_text(one: Written) -> str:
    state = tr("finished paper kept ({n})", n=len(one.files)) if one.files else tr("not yet back")
    return tr("Written {day}: {number} · {state}", day=one.written_on, number=one.number or tr("without number"), state=state)


def _wrapped(name: str, parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _button(name: str, text: str, act: Callable[[], None], parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: act())
    return button


# --- parties and what no layer holds ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Particulars:
    """What was entered: each party by the name of its particulars, and typed texts."""

    parties: Tuple[Dict[str, str], ...]
    typed: Dict[str, str]


class _Fields(QWidget):
    """Lines of text by name, in a form."""

    def __init__(self, captions: Mapping[str, str], values: Mapping[str, str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.lines: Dict[str, QLineEdit] = {}
        for name, caption in captions.items():
            self.lines[name] = line = QLineEdit(values.get(name) or "", self)
            line.setObjectName(f"landInspectorPaperField_{name}")
            line.setAccessibleName(caption)
            layout.addRow(caption, line)

    def said(self) -> Dict[str, str]:
        """What was entered, without what was left empty."""
        return {name: line.text().strip() for name, line in self.lines.items() if line.text().strip()}


class _PartyFields(_Fields):
    """One party; its kind is chosen, not typed."""

    def __init__(self, values: Mapping[str, str], parent: Optional[QWidget] = None):
        super().__init__(_captions({name: (zh, en) for name, (zh, en, _private) in PARTY_FIELDS.items() if name != "kind"}), values, parent)
        self.kind = QComboBox(self)
        self.kind.setObjectName("landInspectorPaperField_kind")
        self.kind.setAccessibleName(tr("The party is"))
        for code, text in (("", tr("not known")), (PERSON, tr("a person")), (UNIT, tr("a unit"))):
            self.kind.addItem(text, code)
        self.kind.setCurrentIndex(max(self.kind.findData(values.get("kind") or ""), 0))
        self.layout().insertRow(1, tr("The party is"), self.kind)

    def said(self) -> Dict[str, str]:
        found = super().said()
        return {**found, **({"kind": self.kind.currentData()} if found and self.kind.currentData() else {})}


class _Scrolled(QDialog):
    """Fields in a window that scrolls, a fault below them, and a verb that saves."""

    def __init__(self, title: str, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(title)
        self.inside = QWidget(self)
        self.content = QVBoxLayout(self.inside)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.inside)
        self.wrong = _wrapped("landInspectorPaperFault", self)
        self.wrong.setStyleSheet(f"color: {readable(FAULT, shown_on(self))}; font-weight: bold;")
        layout = QVBoxLayout(self)
        for widget in (area, self.wrong, deciding(self, tr("Record"), _PAGE, self.try_to_save)):
            layout.addWidget(widget, 1 if widget is area else 0)
        self.wrong.setVisible(False)
        self.resize(_WIDTH, _HEIGHT)
        self.finished.connect(self.deleteLater)

    def save(self) -> None:
        """Raises what the register raises."""
        raise NotImplementedError

    def try_to_save(self) -> None:
        """Save and close, or say what is wrong and stay."""
        try:
            self.save()
        except LandInspectorError as error:
            self.wrong.setText(f"⚠ {explained(error)}")
            self.wrong.setVisible(True)
            return
        self.accept()


class ParticularsDialog(_Scrolled):
    """Parties of a case and what has to be typed; what names a person is kept apart from the events."""

    def __init__(self, label: str, parties: Sequence[Mapping[str, str]], typed: Mapping[str, str], save: Callable[[Particulars], None],
                 parent: Optional[QWidget] = None):
        super().__init__(tr("Parties and particulars of {case}", case=label), parent)
        self.setObjectName("landInspectorParticulars")
        self._save = save
        note = _wrapped("landInspectorParticularsNote", self)
        note.setText(tr("What names a person is kept apart from the record and can be taken out at any time. Write it as it stands on the "
                        "certificate: it must be the same in every paper."))
        self.content.addWidget(note)
        self.parties: List[_PartyFields] = []
        self._people = QVBoxLayout()
        self.content.addLayout(self._people)
        for party in parties or [{}]:
            self.add(party)
        self.content.addWidget(_button("landInspectorAddParty", tr("Another party"), lambda: self.add({}), self))
        self.typed = _Fields(_captions({name: (name, en) for name, en in TYPED_FIELDS.items()}), typed, self)
        self.content.addWidget(self.typed)
        self.content.addStretch(1)

    def add(self, party: Mapping[str, str]) -> None:
        """One more party; one without a name is none."""
        title = PlainLabel(tr("Party {n}", n=len(self.parties) + 1), self)
        fields = _PartyFields(party, self)
        self.parties.append(fields)
        self._people.addWidget(title)
        self._people.addWidget(fields)

    def save(self) -> None:
        named = [fields.said() for fields in self.parties]
        self._save(Particulars(tuple(party for party in named if party.get("name")), self.typed.said()))


class OfficeDialog(_Scrolled):
    """How the office stands in its papers, and the certificates of its officers."""

    def __init__(self, values: Mapping[str, str], certificates: Mapping[str, str], pattern: str,
                 save: Callable[[Mapping[str, str], Mapping[str, str], str], None], parent: Optional[QWidget] = None):
        super().__init__(tr("The office as it stands in papers"), parent)
        self.setObjectName("landInspectorOffice")
        self._save = save
        self.values = _Fields({name: name for name in OFFICE_FIELDS}, values, self)
        self.content.addWidget(self.values)
        self.pattern = _Fields({"pattern": tr("Numbers of papers")}, {"pattern": pattern}, self)
        self.pattern.lines["pattern"].setToolTip(tip(tr("{organ} or {word}: signs of office and paper; {year} and {n} must be in it")))
        self.content.addWidget(self.pattern)
        self.content.addWidget(PlainLabel(tr("Numbers of the officers' certificates"), self))
        self.certificates = _Fields({name: name for name in certificates}, certificates, self)
        self.content.addWidget(self.certificates)
        self.content.addStretch(1)

    def save(self) -> None:
        self._save(self.values.said(), self.certificates.said(), self.pattern.said().get("pattern", USUAL_PATTERN))


def _captions(names: Mapping[str, Tuple[str, str]]) -> Dict[str, str]:
    """The Chinese name of each; in English both, for it is what the paper will say."""
    return {name: zh if user_locale() == "zh" else f"{en} · {zh}" if en != zh else zh for name, (zh, en) in names.items()}
