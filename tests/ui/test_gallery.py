"""Looking over verdicts: what the gallery shows, how samples are drawn, and what its keys do."""
from __future__ import annotations

import json
from datetime import date
from math import comb

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from osgeo import gdal, osr
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QTextDocument
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QStyleOptionViewItem

from land_inspector.changes.features import NUMBERS
from land_inspector.exchange.own_patches import with_source
from land_inspector.progress import Progress
from land_inspector.register import issuing, judging
from land_inspector.register.register import Register
from land_inspector.register.splitting import Piece, split_parcels
from land_inspector.ui.gallery.dock import (
    GalleryModel, LISTED, LOOKED_ROLE, THUMB_ROLE, TOWNSHIP, marked_in_all, read_verdicts, sample,
)
from tests import factories
from tests.factories import CRS, X0, Y0
from tests.ui.desktop import let_go
from tests.ui.tables import OTHER, row, table

TODAY = date.today().isoformat()


@pytest.fixture
def gallery(app, page, desktop, qtbot):
    """The gallery of the register of twelve patches, four of them judged today, in a window that can be seen."""
    desktop.window.resize(1200, 800)
    desktop.window.show()
    gallery = app.gallery
    gallery.come_up()
    qtbot.waitUntil(lambda: gallery.model.rowCount() == 4)
    return gallery


@pytest.fixture
def images(app, tmp_path):
    """Grey images of the two dates that the patches name."""
    for name, grey in (("GF2_20260301", 80), ("GF2_20260501", 200)):
        raster = gdal.GetDriverByName("GTiff").Create(str(tmp_path / f"{name}.tif"), 200, 40, 3)
        raster.SetGeoTransform((X0 - 500, 10, 0, Y0 + 200, 0, -10))
        system = osr.SpatialReference()
        system.SetFromUserInput(CRS)
        raster.SetProjection(system.ExportToWkt())
        for band in (1, 2, 3):
            raster.GetRasterBand(band).WriteArray(np.full((40, 200), grey, dtype=np.uint8))
        raster = None
        QgsProject.instance().addMapLayer(QgsRasterLayer(str(tmp_path / f"{name}.tif"), name))


@pytest.fixture
def sketches(app, tmp_path, qtbot):
    """The dock's page with a register of ten own patches that look much alike, nine of them decided."""
    rng, patches = np.random.default_rng(4), []
    for n in range(10):
        patch = factories.patch(f"T{n + 1:03d}", factories.square(n), row=n + 1, TZ="sketch")
        patch.other.update(numbers=json.dumps(rng.normal(size=len(NUMBERS)).round(3).tolist()), score="9", rank=str(n + 1), random="0")
        patches.append(patch)
    patches[-1].other["numbers"] = json.dumps([0.0] * len(NUMBERS))
    (tmp_path / "own").mkdir()
    with factories.new_register(tmp_path / "own") as register:
        said = factories.intake(patches)
        issuing.issue_batch(register, with_source(factories.info(), said), said)
        entries = [judging.Entry(f"T{n:03d}", {**OTHER, "PDSM": f"理由{n}"}) for n in range(1, 10)]
        assert not judging.give_verdicts(register, "B1", entries).refused
        path = register.storage.path
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    return app.dock.work_page


def numbers(gallery):
    return [gallery.model.index(place).data().split()[0] for place in range(gallery.model.rowCount())]


def choose(dock, scope, value=None):
    dock.scopes.setCurrentIndex(dock.scopes.findData(scope))
    dock.scopes.activated.emit(dock.scopes.currentIndex())
    if value is not None:
        dock.values.setCurrentIndex(dock.values.findData(value))
        dock.values.activated.emit(dock.values.currentIndex())


def drawn(gallery, qtbot):
    qtbot.waitUntil(lambda: not gallery.thumbs.busy and gallery.model.index(0).data(THUMB_ROLE) is not None)


# --- beside the card --------------------------------------------------------------------------------------------------


def pictures_of(card):
    found, block = [], card.document().begin()
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            shape = fragments.fragment().charFormat()
            if shape.isImageFormat():
                found.append(card.loadResource(int(QTextDocument.ResourceType.ImageResource), QUrl(shape.toImageFormat().name())))
            fragments += 1
        block = block.next()
    return found


def show_last(page, qtbot):
    last = next(str(key) for row, key in enumerate(page.table.ids) if page.table.text("DKBH", row) == "T010")
    page.choose([last])
    qtbot.waitUntil(lambda: "T010" in page.card.toPlainText())


def test_the_card_shows_what_similar_decided_parcels_looked_like_and_fills_in_nothing(app, sketches, images, desktop, qtbot):
    card = sketches.card
    desktop.window.resize(320, 800)
    desktop.window.show()
    show_last(sketches, qtbot)
    assert len(card.similar) == 5 and "理由" in card.toPlainText()
    qtbot.waitUntil(lambda: len(pictures_of(card)) == 5)
    for picture in pictures_of(card):
        middle = [QColor(picture.pixel(x, 4)).lightness() for x in (4, picture.width() - 4)]
        assert picture.width() < 300 and middle[0] < 120 < 180 < middle[1]  # the image before is dark, the later one bright
    assert not sketches.verdicts.take_grounds()
    last = next(row for row in range(10) if sketches.table.text("DKBH", row) == "T010")
    assert not sketches.table.judged[last]
    QgsProject.instance().removeAllMapLayers()
    qtbot.waitUntil(lambda: pictures_of(card) == [])
    assert "理由" in card.toPlainText()


def test_without_images_the_card_names_similar_parcels_and_shows_no_picture(app, sketches, qtbot):
    show_last(sketches, qtbot)
    qtbot.waitUntil(lambda: not app.gallery.alike.thumbs.busy)
    assert len(sketches.card.similar) == 5 and pictures_of(sketches.card) == []


# --- samples ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_parcels_whatever_their_order():
    names = [f"T{n:03d}" for n in range(412)]
    first = {names[place] for place in sample(names, 30, 20261122)}
    turned = names[::-1]
    assert len(first) == 30 and first == {turned[place] for place in sample(turned, 30, 20261122)}
    assert first != {names[place] for place in sample(names, 30, 20261123)}
    assert sorted(first)[:3] == ["T003", "T015", "T036"]


def test_a_larger_sample_holds_the_smaller_and_a_sample_of_few_is_all_of_them():
    names = [f"T{n:03d}" for n in range(100)]
    assert set(sample(names, 10, 1)) < set(sample(names, 20, 1))
    assert sample(names[:5], 30, 1) == [0, 1, 2, 3, 4]


def test_every_parcel_is_drawn_about_equally_often():
    names = [f"T{n:03d}" for n in range(50)]
    times = np.zeros(50)
    for seed in range(2000):
        times[sample(names, 10, seed)] += 1
    assert times.min() > 320 and times.max() < 480


@pytest.mark.parametrize("marked, looked, of, expected", [
    (0, 30, 412, (0, 45)), (3, 30, 412, (10, 106)), (30, 30, 30, (30, 30)), (0, 1, 1, (0, 0)), (5, 20, 100, (10, 46))])
def test_what_a_sample_says_of_all_is_what_counting_every_draw_says(marked, looked, of, expected):
    def share(total, seen):
        return sum(comb(total, k) * comb(of - total, looked - k) for k in seen) / comb(of, looked)

    likely = [total for total in range(marked, of - looked + marked + 1)
              if share(total, range(marked + 1)) > 0.025 and share(total, range(marked, looked + 1)) > 0.025]
    assert marked_in_all(marked, looked, of) == (likely[0], likely[-1]) == expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_range_holds_what_was_seen_and_narrows_with_a_larger_sample(data):
    of = data.draw(st.integers(2, 60_000))
    looked = data.draw(st.integers(1, min(of, 400)))
    marked = data.draw(st.integers(0, looked))
    low, high = marked_in_all(marked, looked, of)
    assert marked <= low <= high <= of - (looked - marked)
    assert low <= marked / looked * of + 1 and high >= marked / looked * of - 1


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_it_begins_with_todays_verdicts(gallery):
    assert numbers(gallery) == ["T001", "T002", "T003", "T004"]
    assert gallery.dock.value == TODAY and "4" in gallery.dock.values.currentText()


def test_a_parcel_that_was_split_no_longer_counts_among_the_verdicts_of_its_day(path):
    assert read_verdicts(path, "B1", ("-",), Progress()).counts() == [(TODAY, 4)]
    halves = [shapely.box(X0 + 100, Y0, X0 + 120, Y0 + 40), shapely.box(X0 + 120, Y0, X0 + 140, Y0 + 40)]
    with Register.open(path) as register:
        split_parcels(register, "B1", {"T001": [Piece(shapely.to_wkb(half), 800.0) for half in halves]})
    assert read_verdicts(path, "B1", ("-",), Progress()).counts() == [(TODAY, 3)]


def test_a_township_shows_its_verdicts_and_the_list_all_that_it_shows(gallery, page):
    choose(gallery.dock, TOWNSHIP, "331082100")
    assert len(numbers(gallery)) == 4
    choose(gallery.dock, LISTED)
    assert len(numbers(gallery)) == 12 and not gallery.dock.values.isVisible()
    page.filters.verdicts.buttons["2"].click()
    assert numbers(gallery) == ["T001", "T002", "T003"]


def test_a_verdict_given_meanwhile_joins_its_day(app, gallery, page, qtbot):
    page.choose([page.find_number("T009")])
    app.reviewer.judge("301")
    qtbot.waitUntil(lambda: "T009" in numbers(gallery))


def test_a_sample_says_how_it_was_drawn_and_what_it_says_of_all(gallery, qtbot):
    gallery.dock.size.setValue(2)
    gallery.dock.seed.setValue(7)
    gallery.dock.sampled.setChecked(True)
    first = numbers(gallery)
    assert len(first) == 2 and all(word in gallery.dock.counted.text() for word in ("2", "4", "7"))
    gallery.dock.seed.setValue(8)
    gallery.dock.seed.setValue(7)
    assert numbers(gallery) == first
    before = gallery.dock.counted.text()
    for _press in range(2):
        gallery.look_over(gallery.model.ids[_press])
    assert gallery.dock.counted.text().splitlines()[1] != before.splitlines()[1] and "95" in gallery.dock.counted.text()


# --- keys -------------------------------------------------------------------------------------------------------------


def test_arrows_move_and_the_list_goes_along_while_the_map_stays(app, gallery, page, qtbot):
    before = app.link._canvas.extent()
    gallery.dock.view.go_to(gallery.model.index(0))
    qtbot.keyClick(gallery.dock.view, Qt.Key.Key_Right)
    assert page.parcels.currentIndex().data() == "T002" and app.link._canvas.extent() == before


def test_enter_shows_the_parcel_on_the_map_though_the_filters_hide_it(app, gallery, page, qtbot):
    page.filters.verdicts.buttons["3"].click()
    gallery.dock.view.go_to(gallery.model.index(1))
    before = app.link._canvas.extent()
    qtbot.keyClick(gallery.dock.view, Qt.Key.Key_Return)
    assert page.parcels.currentIndex().data() == "T002" and app.link._canvas.extent() != before


def test_space_marks_as_looked_over_in_the_history_and_goes_on(app, gallery, page, path, qtbot):
    gallery.dock.view.go_to(gallery.model.index(0))
    qtbot.keyClick(gallery.dock.view, Qt.Key.Key_Space)
    assert gallery.model.index(0).data(LOOKED_ROLE) and gallery.dock.view.currentIndex().row() == 1
    note = judging.notes(app.session.register, gallery.model.ids[0])
    assert len(note) == 1
    qtbot.keyClick(gallery.dock.view, Qt.Key.Key_Left)
    qtbot.keyClick(gallery.dock.view, Qt.Key.Key_Space)
    assert len(judging.notes(app.session.register, gallery.model.ids[0])) == 1


def test_what_was_looked_over_is_known_after_a_restart_until_it_is_judged_anew(app, gallery, path, qtbot):
    gallery.look_over(gallery.model.ids[0])
    word = judging.notes(app.session.register, gallery.model.ids[0])[0][0][:8]
    assert read_verdicts(path, "B1", (word,), Progress()).looked == {gallery.model.ids[0]}
    with Register.open(path) as other:
        judging.give_verdicts(other, "B1", [judging.Entry("T001", OTHER)])
    assert read_verdicts(path, "B1", (word,), Progress()).looked == frozenset()


def test_undoing_takes_the_mark_back(app, gallery, page, qtbot):
    gallery.look_over(gallery.model.ids[0])
    with qtbot.waitSignal(app.session.read):
        page.undo_button.click()
    qtbot.waitUntil(lambda: not gallery.model.index(0).data(LOOKED_ROLE))


def test_f_flags_and_takes_the_flag_off(app, gallery, page, qtbot):
    gallery.dock.view.go_to(gallery.model.index(2))
    for flagged in (1, 0):
        qtbot.keyClick(gallery.dock.view, Qt.Key.Key_F)
        assert gallery.model.count("flagged") == flagged and gallery.model.rowCount() == 4


def test_the_result_is_copied_with_its_numbers(gallery):
    gallery.copy()
    said = QApplication.clipboard().text().splitlines()
    assert said[-4:] == ["T001", "T002", "T003", "T004"] and "4" in said[1]


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_of_both_dates_are_drawn_for_what_can_be_seen(gallery, images, qtbot):
    drawn(gallery, qtbot)
    thumb = gallery.model.index(0).data(THUMB_ROLE)
    greys = {after: image.pixelColor(5, 5).red() for after, image in thumb.images.items()}
    assert greys == {False: 80, True: 200}
    assert thumb.path.boundingRect().width() == pytest.approx(0.6 * 96, abs=1.5)


def test_without_images_the_outline_stands_alone(gallery, qtbot):
    drawn(gallery, qtbot)
    thumb = gallery.model.index(0).data(THUMB_ROLE)
    assert thumb.images == {} and not thumb.path.isEmpty()


def test_a_cell_shows_the_verdict_by_its_letter_and_colour(gallery, images, qtbot):
    drawn(gallery, qtbot)
    option, index = QStyleOptionViewItem(), gallery.model.index(0)
    option.rect.setSize(gallery.dock.view.itemDelegate().sizeHint(option, index))
    picture = QImage(option.rect.size(), QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    gallery.dock.view.itemDelegate().paint(painter, option, index)
    painter.end()
    badge = picture.pixelColor(8, option.rect.height() - 10)
    assert badge.red() > 150 and badge.green() < 100


def test_what_is_scrolled_away_is_no_longer_drawn(app, gallery, images, qtbot):
    gallery.dock.view.blockSignals(True)
    gallery.thumbs.forget()
    gallery.thumbs.want(gallery.model.ids)
    qtbot.waitUntil(lambda: bool(gallery.thumbs._drawing))
    gallery.thumbs.want([])
    assert not gallery.thumbs.busy
    with qtbot.assertNotEmitted(gallery.thumbs.made, wait=300):
        pass


def test_thousands_of_parcels_are_laid_out_and_only_those_in_sight_are_wanted(app, gallery, desktop, qtbot):
    many = table([row(n, PDJL1="2", PDJL2="201") for n in range(1, 3001)])
    asked = []
    gallery.dock.view.seen.connect(asked.append)
    gallery.model.show(many, np.arange(3000))
    bar = gallery.dock.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 1000)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: bool(asked) and "id-T3000" in asked[-1])
    assert len(asked[-1]) < 60


# --- models and unloading ---------------------------------------------------------------------------------------------


def test_the_model_keeps_the_rules_of_models(gallery, qtmodeltester):
    model = GalleryModel(gallery.thumbs)
    model.show(table([row(n) for n in range(1, 6)]), np.arange(5))
    qtmodeltester.check(model)
    model.show(table([row(n) for n in range(1, 4)]), np.arange(3))
    assert model.rowCount() == 3 and model.ids[0] == "id-T001"


def test_closing_the_register_empties_it_and_unloading_takes_it_away(app, gallery, desktop):
    app.commands.close_register()
    assert gallery.model.rowCount() == 0
    app.unload()
    let_go()
    assert [dock.objectName() for dock in desktop.window.findChildren(QDockWidget)] == []


def test_it_can_be_320_pixels_wide(gallery):
    assert gallery.dock.widget().minimumSizeHint().width() <= 310


def test_it_is_hidden_until_it_is_asked_for(app, page):
    assert not app.gallery.dock.isVisible() and app.gallery.model.rowCount() == 0


def test_its_key_brings_the_gallery_up_and_takes_it_away_from_whoever_looks_at_it(gallery, desktop, qtbot):
    desktop.window.activateWindow()
    gallery.come_up()
    qtbot.waitUntil(gallery.dock.view.hasFocus)
    gallery.come_or_go()
    assert gallery.dock.isHidden()
    gallery.come_or_go()
    assert not gallery.dock.isHidden()
