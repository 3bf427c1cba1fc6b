"""A folder of photos taken in by the algorithm, from the toolbox or the command line."""
from __future__ import annotations

import pytest

from land_inspector.register.issuing import issue_batch
from land_inspector.register.field_work import photos_of
from land_inspector.register.register import Register
from tests.algorithms import Told, run
from tests.factories import info, new_register, squares
from tests.photo_files import write_photo
from tests.ui.photos import TAKEN, lonlat


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(3))
        return made.storage.path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    write_photo(folder / "1.jpg", direction=90.0, taken=TAKEN, **lonlat(70, 20))
    (folder / "2.jpg").write_bytes((folder / "1.jpg").read_bytes())
    write_photo(folder / "3.jpg")
    (folder / "4.txt").write_text("no photo")
    return folder


def test_a_folder_is_taken_in_and_every_file_is_counted_once(register, folder, tmp_path):
    told = Told()
    found = run("add_photos", feedback=told, REGISTER=register, FOLDER=folder, BY="甲", REPORT=tmp_path / "report.html")
    assert [found[name] for name in ("ADDED", "DOUBLES", "UNMATCHED", "UNUSABLE")] == [1, 1, 1, 1]
    assert len(told.warnings) == 3
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("1.jpg", "T001", "2.jpg", "no EXIF", "4.txt"))
    with Register.open(register) as opened:
        parcel = opened.parcels("B1").set_index("DKBH").loc["T001", "parcel_id"]
        assert [photo.name for photo in photos_of(opened, parcel)] == ["1.jpg"]


def test_what_was_added_is_undone_by_its_group_and_taken_again(register, folder):
    first = run("add_photos", REGISTER=register, FOLDER=folder, BY="甲")
    assert run("add_photos", REGISTER=register, FOLDER=folder, BY="甲")["DOUBLES"] == 2
    run("undo", REGISTER=register, GROUP=first["GROUP"], BY="甲")
    assert run("add_photos", REGISTER=register, FOLDER=folder, BY="甲")["ADDED"] == 1


def test_an_empty_folder_adds_nothing(register, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run("add_photos", REGISTER=register, FOLDER=tmp_path / "empty")["ADDED"] == 0
