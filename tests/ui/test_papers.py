"""Papers from the case page: what is missing is said first, the paper is written and opened, what came back is kept with its act."""
from __future__ import annotations

from datetime import date

import pytest
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QDropEvent
from qgis.PyQt.QtWidgets import QDialogButtonBox

from land_inspector.register import papers as register_papers
from land_inspector.register.field_work import SiteVisit, record_visit
from land_inspector.settings import Settings
from tests.ui.test_pursue_case import case_of, opened, pursue, register, settle  # noqa: F401 - a fixture among them


@pytest.fixture
def papers(app, pursue, qtbot, tmp_path, monkeypatch):  # noqa: F811
    """The dialog on a checked case that was opened and visited, with a folder of its own; what would be opened is noted."""
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()) or True)
    settings = Settings.load()
    settings.papers_folder = str(tmp_path / "文书")
    settings.save()
    record_visit(register(app), "B1", ["T001"], SiteVisit("built", officers=["张三", "李四"]), on=date.today().isoformat())
    opened(app, qtbot, "site_check")
    pursue.case_page.acts.linkActivated.emit("write:site_check")
    dialog = pursue.case_page.papers
    dialog.shown = shown
    settle(app, qtbot)
    yield dialog
    settings.papers_folder = ""
    settings.save()


def choose(dialog, code, app, qtbot):
    dialog.kind.setCurrentIndex(dialog.kind.findData(code))
    settle(app, qtbot)


def rows(dialog):
    return dialog.found.toPlainText().splitlines()


def save(dialog):
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Save)


def test_the_link_beside_an_act_opens_its_paper_with_what_is_missing(app, papers, qtbot):
    assert papers.kind.currentData() == "site_record" and papers.kind.count() > 40
    assert any("C02" in row for row in rows(papers)) and any(row.startswith("□") and "执法人员" in row for row in rows(papers))
    assert "《中华人民共和国行政处罚法》" in papers.about.text() and "site_record.docx" in papers.about.text()


def test_a_paper_is_written_opened_and_comes_back_by_dropping_it(app, papers, pursue, qtbot, tmp_path):  # noqa: F811
    choose(papers, "stop_order", app, qtbot)
    qtbot.mouseClick(save(papers), Qt.MouseButton.LeftButton)
    settle(app, qtbot)
    settle(app, qtbot)
    paper, = register_papers.written_of(register(app), case_of(app).id)
    assert paper.number.endswith(f"停〔{date.today().year}〕1号") and papers.shown[0].endswith("责令停止违法行为通知书.docx")
    scan = tmp_path / "签章.pdf"
    scan.write_bytes(b"%PDF-1.4")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(scan))])
    papers.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                Qt.KeyboardModifier.NoModifier))
    settle(app, qtbot)
    paper, = register_papers.written_of(register(app), case_of(app).id)
    assert len(paper.files) == 1 and register(app).attachments.is_whole(paper.files[0])
    pursue.case_page._on_act("stop_order")  # the form knows the number that the paper was given
    assert pursue.case_page.acting.form.row("number").editor.value() == paper.number
    pursue.case_page.acting.form.reject()


def test_what_nobody_checked_on_site_cannot_be_written(app, pursue, qtbot):  # noqa: F811
    opened(app, qtbot)
    qtbot.mouseClick(pursue.case_page.next.papers, Qt.MouseButton.LeftButton)
    dialog = pursue.case_page.papers
    choose(dialog, "stop_order", app, qtbot)
    assert not save(dialog).isEnabled() and "R53" in dialog.wrong.text()
    dialog.reject()


def test_parties_and_office_are_entered_from_the_dialog(app, papers, qtbot):
    papers._on_particulars()
    form = papers.findChild(type(papers).__mro__[1], "landInspectorParticulars")
    party = form.parties[0]
    for name, text in (("name", "李四光"), ("address", "古城街道西门村12号"), ("id_number", "330101197001011234")):
        party.lines[name].setText(text)
    party.kind.setCurrentIndex(party.kind.findData("1"))
    form.typed.lines["四至"].setText("东至河")
    form.try_to_save()
    papers._on_office()
    office = papers.findChild(type(papers).__mro__[1], "landInspectorOffice")
    office.values.lines["机关代字"].setText("演自然资")
    office.try_to_save()
    settle(app, qtbot)
    parties, typed = register_papers.particulars_of(register(app), case_of(app).id)
    assert parties[0].address == "古城街道西门村12号" and parties[0].kind == "1" and typed == {"四至": "东至河"}
    assert register_papers.office_of(register(app)).values["机关代字"] == "演自然资"
    assert "李四光" not in str(register(app).storage.events_of_kind("case_described")[0].payload)


def test_idle_land_has_its_papers_in_the_ledger(app, page, qtbot):
    from land_inspector.register.matters import kind_named, open_matter
    from land_inspector.register.views.matters import matter_file
    from land_inspector.ui.pursue.papers import open_papers_of_matter

    matter = open_matter(register(app), kind_named(register(app), "idle_land"), {"TZBH": "X1", "MJ": 10000.0, "YDDG": "2025-03-01"},
                         on="2026-03-05")
    dialog = open_papers_of_matter(app.pursue.case_page._place, matter_file(register(app), matter, date.today()))
    settle(app, qtbot)
    listed = [dialog.kind.itemData(n) for n in range(dialog.kind.count())]
    assert listed == ["idle_investigation", "idle_finding", "idle_fee", "idle_recovery"]
    assert any("C05" in row for row in rows(dialog)) and dialog.isVisible()
    dialog.reject()
