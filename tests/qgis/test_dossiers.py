"""Dossiers as PDF: written, counted, resumed, stopped, checked after the register moved on, found out where they were altered."""
from __future__ import annotations

import re
import zipfile
import zlib

import pytest
import shapely

from land_inspector.exchange.dossier_pages import LEAST_PAGES, MOST_PAGES
from land_inspector.exchange.dossiers import code_of, content_of, file_names, pages_of
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import write_note
from land_inspector.register.field_work import PhotoMatch, add_photos
from land_inspector.register.register import Register
from qgis.core import QgsFillSymbol, QgsProcessingException, QgsSingleSymbolRenderer, QgsVectorLayer
from qgis.PyQt.QtGui import QImage
from tests import factories
from tests.algorithms import Told, a_batch, run, write_layer
from tests.images import make_image
from tests.photo_files import write_photo

USER = "张小明"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A measured batch with images of both dates, a photo, a judged parcel with a land user who is a person."""
    folder = tmp_path_factory.mktemp("office")
    register = a_batch(folder, 5)
    make_image(folder / "images" / "20260301.tif")
    make_image(folder / "images" / "20260501.tif", value=180)
    land = [(shapely.box(factories.X0 - 500, factories.Y0 - 500, factories.X0 + 2000, factories.Y0 + 500), ("0101",))]
    write_layer(folder / "dltb.gpkg", land, {"DLBM": str})
    profile = folder / "profile.json"
    profile.write_text('{"version": 1, "name": "p", "layers": [{"key": "dltb", "role": "land_use", "source": "dltb.gpkg", '
                       '"name": "地类图斑", "date": "2025-12-31", "fields": {"class": "DLBM"}}]}', encoding="utf-8")
    run("measure_evidence", REGISTER=register, BATCH="B1", PROFILE=profile)
    run("propose_verdicts", REGISTER=register, BATCH="B1")
    table = folder / "verdicts.csv"
    table.write_text(f"DKBH,PDJL1,PDJL2,WFMJ,YDDW,PDSM\nT002,2,201,1600,{USER},未批先建 13812345678\n", encoding="utf-8")
    run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=table, BY="甲")
    write_photo(folder / "photos" / "a.jpg", lon=118.02, lat=28.8, direction=45.0, taken="2026:05:20 10:11:12")
    return folder, register


def written(office, folder, **more):
    where, register = office
    folder.mkdir(exist_ok=True)
    return run("write_dossiers", REGISTER=register, FOLDER=folder, IMAGES=where / "images", **more)


@pytest.fixture(scope="module")
def first(office, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return folder, written(office, folder)


def test_each_parcel_has_its_file_of_two_to_four_pages(first):
    folder, results = first
    files = sorted(folder.glob("*.pdf"))
    assert [file.name for file in files] == [f"T00{n}.pdf" for n in range(1, 6)]
    pages = [pages_of(content_of(file)) for file in files]
    assert (results["WRITTEN"], results["SKIPPED"], results["REFUSED"]) == (5, 0, 0)
    assert results["PAGES"] == sum(map(len, pages)) and all(LEAST_PAGES <= len(one) <= MOST_PAGES for one in pages)
    assert not list(folder.glob(".land_inspector_*"))
    for file, one in zip(files, pages):
        assert all(code_of(file) in page for page in one)


def test_a_dossier_says_areas_layers_verdict_and_by_whom_but_no_land_user(first):
    text = "".join(pages_of(content_of(first[0] / "T002.pdf")))
    for said in ("1600.00m2(2.40mu)", "地类图斑2025-12-31", "201", "By甲", "2026-03-01", "2026-05-01", "1:"):
        assert said in text, said
    assert USER not in text and "13812345678" not in text and "＊＊" in text or "**" in text


def test_land_users_stand_in_it_where_they_are_asked_for(office, tmp_path):
    written(office, tmp_path / "with", LIST="T002", PARTIES=True)
    assert USER in "".join(pages_of(content_of(tmp_path / "with" / "T002.pdf")))


def test_a_run_goes_on_where_it_was_stopped_and_writes_anew_what_moved_on(office, tmp_path):
    class Stopped(Told):
        def setProgress(self, percent):
            super().setProgress(percent)
            if percent > 60:
                self.cancel()

    folder = tmp_path / "resumed"
    with pytest.raises(QgsProcessingException):
        written(office, folder, feedback=Stopped())
    there = {file.name: file.read_bytes() for file in folder.glob("*.pdf")}
    assert 0 < len(there) < 5 and all(code_of(folder / name) for name in there)
    assert not list(folder.glob(".land_inspector_*"))
    results = written(office, folder)
    assert (results["WRITTEN"], results["SKIPPED"]) == (5 - len(there), len(there))
    assert all((folder / name).read_bytes() == content for name, content in there.items())
    (folder / "T001.pdf").write_bytes(b"%PDF-1.4 broken off")
    assert (written(office, folder)["WRITTEN"], written(office, folder, RESUME=False)["WRITTEN"]) == (1, 5)


def test_what_cannot_be_found_is_counted_and_said(office, tmp_path):
    told = Told()
    results = written(office, tmp_path / "some", LIST="T001, T900", feedback=told)
    assert (results["WRITTEN"], results["REFUSED"]) == (1, 1) and any("parcel" in text for text in told.warnings)
    with pytest.raises(QgsProcessingException):
        written(office, tmp_path / "none", LIST="T900")


def test_a_dossier_is_checked_after_the_register_moved_on(office, first):
    _folder, register = office
    file = first[0] / "T003.pdf"
    assert run("check_dossier", REGISTER=register, PDF=file)["STATUS"] == "stands"
    with Register.open(register) as opened:
        write_note(opened, "B1", ["T003"], text="又看过一次")
    results = run("check_dossier", REGISTER=register, CODE=code_of(file))
    assert (results["STATUS"], results["SINCE"], results["PARCEL"]) == ("moved_on", 1, "T003")
    report = first[0] / "check.html"
    assert run("check_dossier", REGISTER=register, PDF=file, REPORT=report)["STATUS"] == "moved_on"
    assert "又看过一次" in report.read_text(encoding="utf-8")


def test_a_file_whose_figures_were_changed_is_found_out(office, first, tmp_path):
    _folder, register = office
    content = content_of(first[0] / "T002.pdf")
    forged = tmp_path / "forged.pdf"
    areas = times(content, "1600.00")
    forged.write_bytes(next(one for one in changes(content) if times(one, "Parcelarea") == 2 and times(one, "1600.00") < areas))
    told = Told()
    assert run("check_dossier", told, REGISTER=register, PDF=forged)["STATUS"] == "altered"
    assert any("1600.00" in text for text in told.texts)
    assert run("check_dossier", REGISTER=register, CODE="5" + code_of(first[0] / "T002.pdf"))["STATUS"] == "never"


def times(content: bytes, text: str) -> int:
    return "".join(pages_of(content)).count(text)


def changes(content: bytes):
    """The file with one letter of its second page exchanged for another one wherever it stands, as an editor of PDFs would do it."""
    pages = [found for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL) if b" Tj" in unpacked(found.group(1))]
    page = unpacked(pages[1].group(1))
    for glyph in sorted(set(re.findall(rb"<([0-9A-F]{4})> Tj", page))):
        packed = zlib.compress(page.replace(b"<" + glyph + b">", b"<0001>"))
        yield content[:pages[1].start(1)] + packed + content[pages[1].end(1):]


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_what_is_no_dossier_is_refused_in_words(office, tmp_path):
    _folder, register = office
    other = tmp_path / "other.pdf"
    for content in (b"no pdf", b"%PDF-1.4\n%%EOF\n", b"%PDF-1.4 broken off"):
        other.write_bytes(content)
        with pytest.raises(QgsProcessingException):
            run("check_dossier", REGISTER=register, PDF=other)
    with pytest.raises(QgsProcessingException):
        run("check_dossier", REGISTER=register)


# --- evidence maps and photos ---------------------------------------------------------------------------------------------------


def test_there_is_one_map_a_parcel_named_by_its_number_with_its_outline_over_the_layers(office, tmp_path):
    where, register = office
    for ground in ("evidence", "after", "after_evidence"):
        folder = tmp_path / ground
        results = run("evidence_maps", REGISTER=register, LIST="T001 T002", GROUND=ground, IMAGES=where / "images", WIDTH=800, FORMAT="png",
                      FOLDER=folder)
        assert (results["WRITTEN"], results["REFUSED"]) == (2, 0)
        assert [file.name for file in sorted(folder.iterdir())] == ["T001.png", "T002.png"]
        picture = QImage(str(folder / "T001.png"))
        colours = {picture.pixelColor(x, y).name() for x in range(100, 500) for y in range(290, 310)}
        assert (picture.width(), picture.height()) == (800, 600) and any(one.startswith("#d") and one[3:5] < "60" for one in colours)
        assert ("#f7e7b0" in colours) == (ground == "evidence") and "#b4b4b4" in colours
    assert run("evidence_maps", REGISTER=register, LIST="T001", FOLDER=tmp_path / "after", FORMAT="png", RESUME=True)["SKIPPED"] == 1


def test_layers_that_were_chosen_are_drawn_in_their_own_styles(office, tmp_path):
    where, register = office
    layer = QgsVectorLayer(f"{where / 'dltb.gpkg'}|layername=layer", "自选图层", "ogr")
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({"color": "#12ab34"})))
    run("evidence_maps", REGISTER=register, LIST="T001", LAYERS=[layer], FOLDER=tmp_path, WIDTH=800, FORMAT="png")
    picture = QImage(str(tmp_path / "T001.png"))
    assert "#12ab34" in {picture.pixelColor(x, y).name() for x in range(20, 580, 5) for y in range(60, 540, 5)}


@pytest.fixture(scope="module")
def pictured(office):
    """Two photos of T001 and one of T004, added by a person."""
    where, register = office
    with Register.open(register) as opened:
        (one, _patch), (four, _other) = opened.find("B1", ["T001", "T004"])
        shot = [(write_photo(where / "shot" / f"IMG_{n}.jpg", picture=bytes([n])), n, key) for n, key in ((1, one), (2, one), (3, four))]
        matches = [PhotoMatch(file, (key,), f"2026-05-2{n}T10:11:12", 118.0, 28.0, 90.0) for file, n, key in shot]
        add_photos(opened, matches, by="甲")
    return where, register


def test_photos_are_packed_under_the_names_that_the_office_wants(pictured, tmp_path):
    where, register = pictured
    results = run("pack_photos", REGISTER=register, PATTERN="{监测编号}_{日期}_{序号:2}", WITH_LIST=True, FOLDER=tmp_path / "each")
    assert (results["WRITTEN"], results["PHOTOS"], results["WITHOUT"], results["REFUSED"]) == (2, 3, 3, 0)
    with zipfile.ZipFile(tmp_path / "each" / "T001.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
        assert names == ["T001_20260521_01.jpg", "T001_20260522_02.jpg"]
        assert archive.read(names[0]) == (where / "shot" / "IMG_1.jpg").read_bytes()
    run("pack_photos", REGISTER=register, PATTERN="{n}", PACKING="files", FOLDER=tmp_path / "files")
    assert sorted(file.name for file in (tmp_path / "files").iterdir()) == ["1.jpg", "1_2.jpg", "2.jpg"]
    run("pack_photos", REGISTER=register, PACKING="zip_all", FOLDER=tmp_path / "all")
    with zipfile.ZipFile(tmp_path / "all" / "photos.zip") as archive:
        assert archive.namelist() == ["T001/T001_01.jpg", "T001/T001_02.jpg", "T004/T004_01.jpg"]
    for wrong in ("{nobody}_{n}", "{number}", "a/b{n}", "{n", ".."):
        with pytest.raises(QgsProcessingException):
            run("pack_photos", REGISTER=register, PATTERN=wrong, FOLDER=tmp_path / "wrong")
    assert not list((tmp_path / "wrong").glob("*"))


def test_a_photo_that_was_altered_is_not_given_on(pictured, tmp_path):
    _where, register = pictured
    kept = next((register.parent / "register.attachments").rglob("*IMG_3.jpg"))
    whole = kept.read_bytes()
    kept.chmod(0o644)
    kept.write_bytes(whole + b"x")
    try:
        results = run("pack_photos", REGISTER=register, LIST="T004 T001", FOLDER=tmp_path)
        assert (results["PHOTOS"], results["REFUSED"]) == (2, 1) and not (tmp_path / "T004.zip").exists()
        (tmp_path / "pdf").mkdir()
        run("write_dossiers", REGISTER=register, LIST="T004", FOLDER=tmp_path / "pdf")
        assert "isnottheonethatwastakenin" in "".join(pages_of(content_of(tmp_path / "pdf" / "T004.pdf")))
    finally:
        kept.write_bytes(whole)


def test_no_two_parcels_share_a_file_whatever_their_numbers_are(tmp_path):
    numbers = ["a/b", "a:b", "t001", "T001", "长" * 100 + "甲", "长" * 100 + "乙", "0001"]
    with factories.new_register(tmp_path) as register:
        patches = [factories.patch(number, factories.square(at, 0), row=at) for at, number in enumerate(numbers, 1)]
        issue_batch(register, factories.info(), factories.intake(patches), by="甲")
        names = file_names(register)
    assert len({name.casefold() for name in names.values()}) == len(numbers) and "0001" in names.values()
    assert all(len(name.encode("utf-8")) < 200 for name in names.values())
