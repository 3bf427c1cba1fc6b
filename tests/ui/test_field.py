"""Photos and site findings at the desk: dropped, looked through, saved, seen, removed; visits written down."""
from __future__ import annotations

from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QEvent, QMimeData, QPointF, QSize, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtWidgets import QComboBox

from land_inspector.law.rulepack import RulePack, shipped_packs
from land_inspector.progress import Progress
from land_inspector.register.field_work import PhotoMatch, SiteVisit, add_photos, photos_of, record_visit, visit_of
from land_inspector.register.records import BUILT, NOTHING
from land_inspector.register.register import Register
from land_inspector.ui.field.photo_viewer import caption, decoded, direction_text, pictures
from land_inspector.ui.field.photo_review import FILE, PARCEL, REMARK
from land_inspector.ui.field.site_finding import SiteFindingDialog
from land_inspector.ui.widgets.fields import split_names
from tests.ui.photos import TAKEN, drawn_photo, lonlat


@pytest.fixture
def photos(tmp_path) -> Path:
    """Three photos: of T001, of nothing, without EXIF; and a text."""
    folder = tmp_path / "photos"
    drawn_photo(folder / "1.jpg", direction=90.0, taken=TAKEN, **lonlat(70, 20))
    drawn_photo(folder / "2.jpg", direction=270.0, taken=TAKEN, **lonlat(70, 20))
    drawn_photo(folder / "3.jpg")
    (folder / "4.txt").write_text("no photo")
    return folder


@pytest.fixture
def review(app, page, photos, qtbot):
    """The table of matches, open."""
    app.field.intake.take([photos])
    qtbot.waitUntil(lambda: app.field.intake.review is not None)
    yield app.field.intake.review


def rows(review):
    model = review.model
    return [[model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())]


def parcel_id(page, number):
    return page.table.numbered(number)


def settled(app, qtbot):
    qtbot.waitUntil(lambda: not app.field.intake.is_busy)


# --- dropping and looking through ----------------------------------------------------------------------------------------

def test_files_dropped_on_the_dock_come_up_for_review(app, page, photos, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photos / "1.jpg"))])
    event = QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                       QEvent.Type.Drop)
    assert app.dock.acceptDrops()
    app.field._drop.eventFilter(app.dock, event)
    qtbot.waitUntil(lambda: app.field.intake.review is not None)
    assert event.isAccepted() and [row[PARCEL] for row in rows(app.field.intake.review)] == ["T001"]


def test_the_review_says_for_each_file_what_it_is_proposed_for_and_what_is_wrong(review):
    said = rows(review)
    assert [row[FILE] for row in said] == ["1.jpg", "2.jpg", "3.jpg", "4.txt"]
    assert said[0][PARCEL:REMARK] == ["T001", "30 m", "90° E", "2026-05-20 10:11"] and said[0][REMARK].startswith("✓")
    assert [row[PARCEL] for row in said[1:]] == ["", "", ""]
    assert "No parcel in sight" in said[1][REMARK] and "no EXIF" in said[2][REMARK] and said[3][REMARK].startswith("✗")
    assert review.summary.text() == "1 of 4 photos for 1 parcels · 1 cannot be used · 2 show no parcel"


def test_a_person_gives_a_photo_to_other_parcels_and_hears_what_speaks_against_it(review):
    model = review.model
    assert model.setData(model.index(1, PARCEL), "T002, T003")
    row = model.rows[1]
    assert [one.number for one in row.parcels] == ["T002", "T003"] and row.taken and row.by_person
    assert "looks away" in rows(review)[1][REMARK] and review.buttons.buttons()[0].text() == "Save 2 photos"


def test_a_number_that_does_not_exist_is_refused_in_words(review):
    model = review.model
    assert not model.setData(model.index(1, PARCEL), "T999")
    assert "T999" in review.summary.text() and model.rows[1].parcels == ()


def test_a_photo_is_left_out_by_its_box_and_what_cannot_be_used_has_none(review):
    model = review.model
    model.setData(model.index(0, FILE), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert not model.taken() and not review.buttons.buttons()[0].isEnabled()
    assert model.index(3, FILE).data(Qt.ItemDataRole.CheckStateRole) is None
    model.setData(model.index(1, FILE), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert not model.taken(), "a photo of no parcel proves nothing"


def test_the_table_of_matches_keeps_the_rules_of_models(review, qtmodeltester):
    qtmodeltester.check(review.model)


def test_the_parcel_is_chosen_from_those_in_sight(review):
    index = review.model.index(0, PARCEL)
    editor = review.table.itemDelegateForColumn(PARCEL).createEditor(review.table, None, index)
    assert isinstance(editor, QComboBox) and [editor.itemText(row) for row in range(editor.count())] == ["T001", "T002"]


def test_the_picture_of_the_current_row_is_shown_and_another_rows_never(review, qtbot):
    qtbot.waitUntil(lambda: review.preview.pixmap() is not None and not review.preview.pixmap().isNull())
    review.table.selectRow(3)
    assert review.preview.pixmap() is None or review.preview.pixmap().isNull()


# --- saving --------------------------------------------------------------------------------------------------------------

def test_saved_photos_are_in_the_register_counted_and_undone_in_one_step(app, page, review, qtbot):
    with qtbot.waitSignal(app.session.read):
        review.accept()
    settled(app, qtbot)
    parcel = parcel_id(page, "T001")
    assert [photo.name for photo in photos_of(app.session.register, parcel)] == ["1.jpg"]
    assert page.table.has_photos(int(page.table.positions([parcel])[0]))
    assert "photo" in page.undo_button.text()
    with qtbot.waitSignal(app.session.read):
        app.commands.undo()
    assert photos_of(app.session.register, parcel) == []


def test_the_same_drop_again_is_known(app, page, review, photos, qtbot):
    with qtbot.waitSignal(app.session.read):
        review.accept()
    settled(app, qtbot)
    app.field.intake.take([photos / "1.jpg"])
    qtbot.waitUntil(lambda: app.field.intake.review is not None)
    assert "T001" in rows(app.field.intake.review)[0][REMARK] and not app.field.intake.review.model.taken()


# --- photos that a chat program stripped ----------------------------------------------------------------------------------

@pytest.fixture
def stripped(app, page, tmp_path, qtbot):
    """Two photos without EXIF and one of T001, dropped while T002 is chosen."""
    folder = tmp_path / "chat"
    drawn_photo(folder / "0.jpg", direction=90.0, taken=TAKEN, **lonlat(70, 20))
    for name, colour in (("mmexport1.jpg", "#123456"), ("mmexport2.jpg", "#654321")):
        drawn_photo(folder / name, colour=colour)
    page.choose([parcel_id(page, "T002")])
    app.field.intake.take([folder])
    qtbot.waitUntil(lambda: app.field.intake.review is not None)
    return app.field.intake.review


def test_photos_without_a_place_are_offered_for_the_chosen_parcel_and_taken_by_a_persons_word_only(stripped, app, page, qtbot):
    assert [row[PARCEL] for row in rows(stripped)] == ["T001", "T002", "T002"] and "T002" in stripped.here.text()
    assert [row.taken for row in stripped.model.rows] == [True, False, False]
    assert "2 do not say where" in stripped.summary.text() and "Taken elsewhere" in rows(stripped)[1][REMARK]
    stripped.here.click()
    assert [row.taken for row in stripped.model.rows] == [True, True, True]
    stripped.table.selectRow(2)
    stripped.elsewhere.click()
    assert [row.taken for row in stripped.model.rows] == [True, True, False] and rows(stripped)[2][PARCEL] == ""
    assert "write the number of its parcel" in rows(stripped)[2][REMARK]
    with qtbot.waitSignal(app.field.intake.added):
        stripped.accept()
    with Register.open(app.session.address) as register:
        assert [photo.name for photo in photos_of(register, parcel_id(page, "T002"))] == ["mmexport1.jpg"]
        assert list(register.storage.frame("photo").set_index("JCBH")["matched_by"]["T002":]) == ["person"]


def test_without_one_chosen_parcel_nothing_is_offered(review):
    assert review.here.isHidden() and not review.model.rows[2].parcels


def test_a_second_drop_waits_until_the_first_is_done(app, review, photos):
    before = app.field.intake.review
    app.field.intake.take([photos])
    assert app.field.intake.review is before


def test_a_drop_is_stopped_by_the_docks_cancel_and_leaves_nothing(app, page, photos, qtbot):
    app.field.intake.take([photos])
    assert not app.dock.job_strip.isHidden()
    app.dock.job_strip.cancel_button.click()
    settled(app, qtbot)
    assert app.field.intake.review is None and app.dock.job_strip.isHidden()
    assert not app.session.register.attachments.folder.exists()


def test_closing_the_register_closes_the_review(app, review, qtbot):
    app.commands.close_register()
    settled(app, qtbot)
    assert app.field.intake.review is None


def test_without_a_register_a_drop_does_nothing_but_say_so(app, photos):
    app.field.intake.take([photos])
    assert not app.field.intake.is_busy


# --- the strip -----------------------------------------------------------------------------------------------------------

@pytest.fixture
def strip(app, page, photos, qtbot):
    """The strip of T001 with two photos in it; T002 has one, T003 none."""
    register = app.session.register
    found = [(drawn_photo(photos / f"s{n}.jpg", colour=f"#4{n}7", orientation=6, taken=TAKEN), number)
             for n, number in enumerate(("T001", "T001", "T002"))]
    add_photos(register, [PhotoMatch(path, (parcel_id(page, number),), "2026-05-20T10:11:12", direction=90.0, distance_m=4.0)
                          for path, number in found])
    with qtbot.waitSignal(app.session.read):
        app.session.reload()
    app.reviewer.go_to(parcel_id(page, "T001"))
    qtbot.waitUntil(lambda: app.field.viewer.strip.list.count() == 2)
    return app.field.viewer.strip


def has_pictures(strip):
    return all(not strip.list.item(row).icon().isNull() for row in range(strip.list.count()))


def test_the_strip_shows_the_photos_of_the_chosen_parcel_and_is_away_where_there_are_none(app, page, strip, qtbot):
    qtbot.waitUntil(lambda: has_pictures(strip))
    assert not strip.isHidden() and "90° E" in strip.list.item(0).toolTip()
    app.reviewer.go_to(parcel_id(page, "T003"))
    assert strip.isHidden() and strip.list.count() == 0


def test_another_parcels_photos_are_gone_before_its_own_are_asked_for(app, page, strip, qtbot):
    app.reviewer.go_to(parcel_id(page, "T002"))
    assert strip.list.count() == 0
    strip.name(parcel_id(page, "T001"), photos_of(app.session.register, parcel_id(page, "T001")))
    assert strip.list.count() == 0, "an answer that comes late is dropped"
    qtbot.waitUntil(lambda: strip.list.count() == 1)


def test_a_photo_that_was_altered_is_marked(app, page, strip, qtbot):
    kept = photos_of(app.session.register, parcel_id(page, "T001"))[0]
    drawn_photo(kept.path, colour="#000")
    app.reviewer.go_to(parcel_id(page, "T003"))
    app.reviewer.go_to(parcel_id(page, "T001"))
    qtbot.waitUntil(lambda: strip.list.count() == 2 and any("⚠" in strip.list.item(n).text() for n in range(2)))


def test_a_photo_is_removed_by_its_key_and_comes_back_with_undo(app, page, strip, qtbot, monkeypatch):
    monkeypatch.setattr(app.asking, "agreed", lambda question: True)
    strip.list.setCurrentRow(0)
    qtbot.keyClick(strip.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: strip.list.count() == 1)
    with qtbot.waitSignal(app.session.read):
        app.commands.undo()
    qtbot.waitUntil(lambda: strip.list.count() == 2)


def test_a_photo_opens_large_and_the_arrow_keys_go_through_them(app, strip, qtbot):
    app.field.viewer.open_first()
    window = app.field.viewer.window
    qtbot.waitUntil(lambda: window.picture.pixmap() is not None and not window.picture.pixmap().isNull())
    first = window.photo.id
    window.step(1)
    assert window.photo.id != first and (window.picture.pixmap() is None or window.picture.pixmap().isNull())
    assert "(2 of 2)" in window.windowTitle()
    window.step(1)
    assert window.photo.id == first


# --- pictures ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("orientation, upright, red", [
    (1, (400, 300), "left"), (6, (300, 400), "top"), (8, (300, 400), "bottom"), (3, (400, 300), "right")])
def test_a_picture_is_turned_as_the_camera_was_held(tmp_path, orientation, upright, red):
    image = decoded(drawn_photo(tmp_path / "a.jpg", orientation=orientation), QSize(400, 400))
    assert (image.width(), image.height()) == upright
    place = {"left": (20, 150), "right": (380, 150), "top": (150, 20), "bottom": (150, 380)}[red]
    assert image.pixelColor(*place).red() > 150 and image.pixelColor(*place).green() < 80


def test_a_large_picture_is_made_small_whichever_way_it_stands(tmp_path):
    image = decoded(drawn_photo(tmp_path / "a.jpg", 3000, 2000, orientation=6), QSize(112, 84))
    assert image.height() == 84 and abs(image.width() - 56) <= 1


def test_a_file_that_is_missing_or_no_picture_is_said(app, page, strip):
    photo = photos_of(app.session.register, parcel_id(page, "T001"))[0]
    photo.path.write_bytes(b"rubbish")
    assert "cannot be shown" in pictures([photo], QSize(10, 10), Progress())[0].trouble
    photo.path.unlink()
    assert "missing" in pictures([photo], QSize(10, 10), Progress())[0].trouble
    assert caption(photo) == "2026-05-20 10:11 · 90° E · 4 m"


@pytest.mark.parametrize("degrees, text", [(0, "0° N"), (22.4, "22° N"), (22.6, "23° NE"), (359.9, "0° N"), (180, "180° S"), (None, "")])
def test_directions_are_said_by_their_winds(degrees, text):
    assert direction_text(degrees) == text


# --- findings ------------------------------------------------------------------------------------------------------------

@pytest.fixture
def pack() -> RulePack:
    return shipped_packs()[0]


def press(dialog, status):
    next(button for button in dialog.statuses.buttons() if button.property("status") == status).click()


def test_a_finding_is_recorded_for_the_chosen_parcels_in_one_step(app, page, qtbot):
    page.choose([parcel_id(page, "T001"), parcel_id(page, "T002")])
    app.field.find()
    dialog = app.field.dialog
    assert not dialog.buttons.buttons()[0].isEnabled(), "without a finding there is nothing to save"
    press(dialog, NOTHING)
    dialog.officers.setText("张三，李四")
    dialog.land_user.setText("某村")
    dialog.accept()
    register = app.session.register
    for number in ("T001", "T002"):
        site = register.storage.frame("parcel", ids=[parcel_id(page, number)])["site"].iloc[0]
        visit = visit_of(register, site).visit
        assert (visit.status, visit.officers, visit.land_user) == (NOTHING, ("张三", "李四"), "某村")
    assert "site finding × 2" in page.undo_button.text()


def test_the_next_finding_starts_from_the_last_officers_and_the_parcels_last_visit(app, page):
    record_visit(app.session.register, "B1", ["T001"], SiteVisit(BUILT, ("甲", "乙"), use="01", facts={"same_user": True}), on="2026-06-01")
    page.choose([parcel_id(page, "T001")])
    app.field.find()
    found = app.field.dialog.visit
    assert (found.status, found.officers, found.use, found.facts) == (BUILT, ("甲", "乙"), "01", {"same_user": True})


def test_the_card_tells_of_the_finding_at_once(app, page, qtbot):
    parcel = parcel_id(page, "T001")
    app.reviewer.go_to(parcel)
    qtbot.waitUntil(lambda: "T001" in page.card.toPlainText())
    app.field.find()
    press(app.field.dialog, BUILT)
    app.field.dialog.accept()
    qtbot.waitUntil(lambda: "was visited: built" in page.card.toPlainText())


def test_the_form_of_an_illegal_verdict_starts_from_what_was_seen(app, page):
    seen = SiteVisit(BUILT, land_user="某厂", use="01", land_class="0601")
    record_visit(app.session.register, "B1", ["T006"], seen, on="2026-06-01")
    page.choose([parcel_id(page, "T006")])
    app.reviewer.judge("201")
    found = app.reviewer.dialog.verdict
    assert (found["YDDW"], found["SJYT"], found["SJDL"]) == ("某厂", "01", "0601")


def test_nothing_is_asked_where_no_parcel_is_chosen(app, page):
    page.choose([])
    app.field.find()
    assert app.field.dialog is None


def test_facts_for_the_rules_are_kept_in_the_units_of_the_rules(qtbot, pack):
    dialog = SiteFindingDialog("T001", pack, [], "")
    qtbot.addWidget(dialog)
    press(dialog, BUILT)
    dialog.facts["building_cover_share"].setText("92,5 %")
    dialog.facts["road_width_m"].setText("viel")
    dialog.facts["reclaimed"].setCurrentIndex(2)
    assert dialog.visit.facts == {"building_cover_share": 0.925, "reclaimed": False}


def test_a_land_class_is_found_by_code_or_name(qtbot, pack):
    dialog = SiteFindingDialog("T001", pack, [], "")
    qtbot.addWidget(dialog)
    press(dialog, BUILT)
    dialog.land_class.setCurrentIndex(dialog.land_class.findData("0103"))
    assert dialog.visit.land_class == "0103"
    dialog.land_class.setEditText("0702")
    assert dialog.visit.land_class == "0702"


def test_the_day_of_a_visit_cannot_lie_ahead(qtbot, pack):
    dialog = SiteFindingDialog("T001", pack, [], "")
    qtbot.addWidget(dialog)
    dialog.day.setDate(dialog.day.date().addDays(5))
    assert dialog.day.date() == dialog.day.maximumDate()


def test_the_dialog_fits_beside_a_narrow_dock(qtbot, pack):
    dialog = SiteFindingDialog("T001", pack, [], "")
    qtbot.addWidget(dialog)
    dialog.resize(320, 500)
    assert dialog.minimumSizeHint().width() <= 320


@pytest.mark.parametrize("text, names", [("", []), ("甲、乙,丙；丁", ["甲", "乙", "丙", "丁"]), (" 甲 ,, 甲", ["甲"])])
def test_names_are_parted_by_any_separator(text, names):
    assert split_names(text) == names


# --- coming and going ----------------------------------------------------------------------------------------------------

def test_unloading_leaves_no_strip_no_window_and_no_drops(app, strip, qtbot):
    app.field.viewer.open_first()
    app.unload()
    assert not any("photo" in action.text() for action in app.dock.work_page.verdicts.more.actions())
    assert app.field.viewer.strip is None and app.field.viewer.window is None and not app.dock.acceptDrops()


def test_photos_taken_meanwhile_by_a_colleague_appear(app, page, path, photos, strip, qtbot):
    with Register.open(path) as other:
        add_photos(other, [PhotoMatch(photos / "3.jpg", (parcel_id(page, "T001"),))], by="同事")
    with qtbot.waitSignal(app.session.read):
        app.session.look()
    qtbot.waitUntil(lambda: strip.list.count() == 3)
