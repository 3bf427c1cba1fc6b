"""What the rules are worth, in a window: what people made of each rule's proposals, by township and month, blind verdicts beside it;
and another threshold tried over the stored evidence, with every parcel that would flip. Nothing is recorded here."""
from __future__ import annotations

import html
from typing import Any, Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, QSortFilterProxyModel, Qt, pyqtSignal
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QSplitter,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ...exchange.rules_page import (
    agreement_text, back_test_facts, flip_heads, flip_texts, instead_text, outcome_heads, outcome_rows, tally_heads, tally_texts,
    tally_values,
)
from ...i18n import say, tr
from ...law.agreement import FEW
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.figures import Scope
from ...register.register import Register
from ...register.rule_reports import BackTest, Flip, RuleReport, back_test, rule_report, testable_parameters
from ..shell.services import Entry, Services
from ..widgets.dialogs import help_on_f1
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import FlatModel, make_fields_readable, put_hint
from ..widgets.pages import connect, disconnect
from .window import board_table, abreast, leave_on_escape, offer, scopes

_SORT = int(Qt.ItemDataRole.UserRole) + 1
_WIDEST = 420
_REPORT, _TEST = "report", "test"
#: A row: what it says, what its cells are sorted by, and what it stands for.
Row = Tuple[Sequence[str], Sequence[Any], Any]


class RowsModel(FlatModel, QAbstractTableModel):
    """Rows of texts to read; figures stand on the right."""

    def __init__(self, heads: Callable[[], Sequence[str]], parent: Optional[QObject] = None):
        super().__init__(parent)
        self._heads = list(heads())
        self._rows: List[Row] = []
        self.COLUMNS = len(self._heads)

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def meant(self, row: int) -> Any:
        """What a row stands for."""
        return self._rows[row][2]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= self.COLUMNS or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._heads[section]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self._holds(index):
            return None
        texts, values, _meant = self._rows[index.row()]
        value = values[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(texts[index.column()])
        if role == _SORT:
            return value
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(value, str):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def as_lines(self) -> List[List[str]]:
        """The table as it is read, head first."""
        return [self._heads, *(list(texts) for texts, _values, _meant in self._rows)]


class RulesWindow(QMainWindow):
    """``wanted`` asks for the report of a scope, ``tested`` for a back-test (parameter, value), ``parcel_wanted`` for a parcel of a
    batch, ``page_wanted`` for an algorithm's dialog, which writes a page or a table."""

    wanted = pyqtSignal(object)
    tested = pyqtSignal(str, str)
    parcel_wanted = pyqtSignal(str, str)
    page_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        help_on_f1(self, "own-patches")
        leave_on_escape(self)
        make_fields_readable(self)
        self.setObjectName("landInspectorRules")
        self.setWindowTitle(tr("What the rules are worth"))
        self.report: Optional[RuleReport] = None
        self._make_choices()
        self.by_rule = RowsModel(tally_heads, self)
        self.by_township = RowsModel(lambda: [tr("Township"), *tally_heads()], self)
        self.by_month = RowsModel(lambda: [tr("Month"), *tally_heads()], self)
        self.outcomes, self.flips = RowsModel(outcome_heads, self), RowsModel(flip_heads, self)
        self.pages = QTabWidget(self)
        self.pages.setDocumentMode(True)
        self.tables = [self._page_of(model, name, title) for model, name, title in (
            (self.by_rule, "ByRule", tr("By rule and pack")), (self.by_township, "ByTownship", tr("By township")),
            (self.by_month, "ByMonth", tr("By month")))]
        self.pages.addTab(self._back_test(), tr("Back-test of a threshold"))
        self._lay_out()
        self.resize(1240, 640)
        self.show_report(None)

    # --- made -----------------------------------------------------------------------------------------------------------

    def _make_choices(self) -> None:
        self.scope = QComboBox(self)
        self.scope.setObjectName("landInspectorRulesScope")
        self.scope.setAccessibleName(tr("What is counted"))
        self.scope.activated.connect(lambda _number: self.wanted.emit(self.chosen_scope()))
        self.copy, self.page = QPushButton(tr("Copy table"), self), QPushButton(tr("As a page…"), self)
        self.copy.clicked.connect(self.copy_table)
        self.page.clicked.connect(lambda: self.page_wanted.emit("back_test" if self.is_testing() else "rule_report"))
        self.lead, self.said = (PlainLabel(text, self) for text in (agreement_text(), ""))
        self.instead = PlainLabel(self)
        for label in (self.lead, self.said, self.instead):
            label.setWordWrap(True)

    def _page_of(self, model: RowsModel, name: str, title: str) -> QTableView:
        table = _sorted_table(model, f"landInspectorRules{name}", title, self)
        table.selectionModel().currentChanged.connect(lambda index, _before: self._on_rule(model, table, index))
        self.pages.addTab(table, title)
        return table

    def _back_test(self) -> QWidget:
        page = QWidget(self)
        self.parameter, self.value = QComboBox(page), QLineEdit(page)
        self.parameter.setObjectName("landInspectorRulesParameter")
        self.parameter.setAccessibleName(tr("Parameter of the rule pack"))
        for name in testable_parameters():
            self.parameter.addItem(name)
        self.parameter.setCurrentText("legal_cover_share")
        self.value.setObjectName("landInspectorRulesValue")
        self.value.setAccessibleName(tr("Value to test"))
        put_hint(self.value, tr("Value to test"))
        self.value.setMaximumWidth(140)
        self.test = QPushButton(tr("Test"), page)
        self.test.setObjectName("landInspectorRulesTest")
        self.value.returnPressed.connect(self._ask_test)
        self.test.clicked.connect(self._ask_test)
        self.found = PlainLabel(page)
        self.found.setWordWrap(True)
        self.outcome_table = _sorted_table(self.outcomes, "landInspectorRulesOutcomes", tr("Before, then, and what people said"), page)
        self.flip_table = _sorted_table(self.flips, "landInspectorRulesFlips", tr("Parcels whose proposal changes"), page)
        self.flip_table.activated.connect(self._on_flip)
        both = QSplitter(Qt.Orientation.Vertical, page)
        for title, table in ((tr("Before, then, and what people said"), self.outcome_table),
                             (tr("Parcels whose proposal changes (Enter shows one)"), self.flip_table)):
            both.addWidget(_titled(title, table, page))
        layout = QVBoxLayout(page)
        layout.addLayout(abreast(self.parameter, self.value, self.test, None))
        layout.addWidget(self.found)
        layout.addWidget(both, 1)
        return page

    def _lay_out(self) -> None:
        whole = QWidget(self)
        layout = QVBoxLayout(whole)
        layout.addLayout(abreast(self.scope, None, self.copy, self.page))
        for widget in (self.lead, self.said):
            layout.addWidget(widget)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.instead)
        self.setCentralWidget(whole)

    # --- shown ----------------------------------------------------------------------------------------------------------

    def offer_scopes(self, scopes: Sequence[Tuple[str, Scope]]) -> None:
        """What can be counted, by name; the chosen one stays chosen."""
        offer(self.scope, scopes)

    def chosen_scope(self) -> Scope:
        """What is counted."""
        return self.scope.currentData() or Scope()

    def is_testing(self) -> bool:
        """Whether the back-test is in front."""
        return self.pages.currentIndex() == self.pages.count() - 1

    def reading(self, text: str) -> None:
        """Something is being read; the old figures stay until the new ones are there."""
        self.said.setText(text)

    def show_report(self, report: Optional[RuleReport]) -> None:
        """Another report, or that no register is open."""
        self.report = report
        self.by_rule.show([(tally_texts(one), tally_values(one), one) for one in report.total] if report else [])
        self.by_township.show([_placed(place[1] or place[0] or tr("In no township"), one) for place, one in report.by_township]
                              if report else [])
        self.by_month.show([_placed(month, one) for month, one in report.by_month] if report else [])
        self.instead.setText("")
        for table in self.tables:
            _fit(table)
        for widget in (self.test, self.copy, self.page):
            widget.setEnabled(report is not None)
        if report is None:
            self.said.setText(tr("No register is open."))
            self.show_test(None)
        elif not report.total:
            self.said.setText(tr("No proposal has been made yet."))
        else:
            self.said.setText(tr("{n} verdicts were given beside a proposal. Below {few} no per cent is given; in brackets 95 % intervals "
                                 "(Wilson).", n=sum(one.given for one in report.total), few=FEW))

    def show_test(self, test: Optional[BackTest]) -> None:
        """What another threshold would have proposed; None for nothing tested."""
        self.outcomes.show(outcome_rows(test) if test else [])
        self.flips.show([(texts, texts, flip) for flip in test.flips for texts in (flip_texts(flip),)] if test else [])
        for table in (self.outcome_table, self.flip_table):
            _fit(table)
        if test is None:
            self.found.setText(tr("Choose a parameter and another value: the rules run again over the evidence stored for every verdict in "
                                  "force, as of its day. No pack, proposal or verdict is changed."))
            return
        facts = [tr("{name}: {value}", name=name, value=value) for name, value in back_test_facts(test)]
        self.found.setText("\n".join([" · ".join(facts), *(f"! {say(warning)}" for warning in test.warnings)]))

    def _on_rule(self, model: RowsModel, table: QTableView, index: QModelIndex) -> None:
        """What people said instead of the chosen rule's proposals, each with its interval."""
        if index.isValid():
            tally = model.meant(table.model().mapToSource(index).row())
            self.instead.setText(tr("Instead of {rule} people said: {verdicts}", rule=tally_texts(tally)[0], verdicts=instead_text(tally)))

    def testing(self) -> None:
        """A back-test runs."""
        self.found.setText(tr("The rules run again over the stored evidence…"))

    def _ask_test(self) -> None:
        if self.test.isEnabled():
            self.tested.emit(self.parameter.currentText(), self.value.text().strip())

    def _on_flip(self, index: QModelIndex) -> None:
        flip: Flip = self.flips.meant(self.flip_table.model().mapToSource(index).row())
        self.parcel_wanted.emit(flip.parcel_id, flip.batch)

    def copy_table(self) -> None:
        """The table in front as a table for WPS and Excel, and as text."""
        model = (self.by_rule, self.by_township, self.by_month, self.flips)[self.pages.currentIndex()]
        lines = model.as_lines()
        said = f"{self.windowTitle()} · {self.scope.currentText()}"
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
        data = QMimeData()
        data.setText("\n".join([said, *("\t".join(line) for line in lines)]))
        data.setHtml(f"<p>{html.escape(said)}</p><table border='1'>{body}</table>")
        QGuiApplication.clipboard().setMimeData(data)


class RulesDesk:
    """The window with what it reads, beside the window's thread; an answer to an older question is dropped."""

    def __init__(self, place: Services):
        self._place = place
        self._wanted = {_REPORT: 0, _TEST: 0}
        self.window = RulesWindow(place.window)
        self.window.setWindowFlag(Qt.WindowType.Window, True)
        window = self.window
        self._connections = [
            (window.wanted, self._read), (window.tested, self._test), (window.page_wanted, self._page),
            (window.parcel_wanted, lambda parcel, batch: place.reviewer.show_anywhere([parcel], batch)),
            (place.session.read, self._on_change), (place.session.closed, self._on_closed)]

    def entries(self) -> List[Entry]:
        """Its actions."""
        return [Entry("landInspectorRuleReport", tr("What the rules are worth…"), "", self.show),
                Entry("landInspectorBackTest", tr("Back-test of a threshold…"), "", self.show_back_test)]

    def load(self) -> None:
        """Begin to listen."""
        connect(self._connections)

    def unload(self) -> None:
        """Go with the window."""
        disconnect(self._connections)
        self._forget()
        self.window.close()
        self.window.deleteLater()

    def show(self) -> None:
        """Bring the window up and read."""
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self._on_change()

    def show_back_test(self) -> None:
        """Bring the window up where a threshold is tested."""
        self.window.pages.setCurrentIndex(self.window.pages.count() - 1)
        self.show()
        self.window.value.setFocus()

    def _on_change(self, *_told: object) -> None:
        if self.window.isVisible() and self._place.session.address is not None:
            self.window.offer_scopes(scopes(self._place.session.register))
            self._read(self.window.chosen_scope())

    def _on_closed(self) -> None:
        self._forget()
        self.window.show_report(None)

    def _forget(self) -> None:
        """What is still being read is for nobody."""
        for what in self._wanted:
            self._wanted[what] += 1

    def _read(self, scope: Scope) -> None:
        self.window.reading(tr("Reading the figures…"))
        self._ask(_REPORT, tr("Reading the figures"), lambda address, progress: _reported(address, scope, progress),
                  self.window.show_report)

    def _test(self, parameter: str, value: str) -> None:
        scope = self.window.chosen_scope()
        self.window.testing()
        self._ask(_TEST, tr("Testing a threshold"), lambda address, progress: _tested(address, parameter, value, scope, progress),
                  self.window.show_test)

    def _ask(self, what: str, title: str, work: Callable[[RegisterAddress, Progress], Any], take: Callable[[Any], None]) -> None:
        address = self._place.session.address
        if address is None:
            return
        self._wanted[what] += 1
        number = self._wanted[what]

        def done(found: Any) -> None:
            if number == self._wanted[what]:
                take(found)

        def failed(error: BaseException) -> None:
            if number == self._wanted[what]:
                take(None)
                self._place.messages.failed(error)

        self._place.worker.start(title, lambda progress: work(address, progress), done, failed)

    def _page(self, name: str) -> None:
        """The algorithm's dialog, filled in with what is shown."""
        scope, window = self.window.chosen_scope(), self.window
        known = {"REGISTER": str(self._place.session.address), "BATCH": scope.batch, "YEAR": scope.year, "MONTH": scope.month}
        if name == "back_test":
            known.update(PARAMETER=window.parameter.currentText(), VALUE=window.value.text().strip())
        title = tr("Back-test of a threshold") if name == "back_test" else tr("What the rules are worth")
        self._place.jobs.open_dialog(name, {key: value for key, value in known.items() if value is not None}, title)


def _reported(address: RegisterAddress, scope: Scope, progress: Progress) -> RuleReport:
    with Register.open(address) as register:
        return rule_report(register, scope, progress)


def _tested(address: RegisterAddress, parameter: str, value: str, scope: Scope, progress: Progress) -> BackTest:
    with Register.open(address) as register:
        return back_test(register, parameter, value, scope, progress)


def _placed(place: str, tally: Any) -> Row:
    return [place, *tally_texts(tally)], [place, *tally_values(tally)], tally


def _sorted_table(model: RowsModel, name: str, accessible: str, parent: QWidget) -> QTableView:
    """A table that a click on a head sorts by exact values."""
    order = QSortFilterProxyModel(parent)
    order.setSourceModel(model)
    order.setSortRole(_SORT)
    table = board_table(order, name, accessible, parent)
    table.setSortingEnabled(True)
    table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    return table


def _fit(table: QTableView) -> None:
    """Columns as wide as what they say, none so wide that it pushes the others out."""
    head = table.horizontalHeader()
    table.resizeColumnsToContents()
    for column in range(head.count()):
        head.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(column, min(table.columnWidth(column), _WIDEST))


def _titled(title: str, table: QTableView, parent: QWidget) -> QWidget:
    box = QWidget(parent)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(PlainLabel(title, box))
    layout.addWidget(table, 1)
    return box
