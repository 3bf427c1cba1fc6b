"""Field work in the real desktop, in both languages: photos come in by drop, a finding by key, and both can be undone."""
from __future__ import annotations

import pytest

from tests.journeys.test_desktop import make_register, pytestmark, run_desktop  # noqa: F401 - the mark applies here too
from tests.ui.photos import TAKEN, drawn_photo, lonlat


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def seen(request, tmp_path_factory, qapp):
    home = tmp_path_factory.mktemp("field")
    make_register(home)
    folder = home / "photos"
    east, south = dict(direction=90.0, taken=TAKEN), dict(direction=180.0, taken="2026:05:20 10:14:40")
    drawn_photo(folder / "IMG_2031.jpg", 1600, 1200, scene=True, **east, **lonlat(1275, 20))
    drawn_photo(folder / "IMG_2032.jpg", 1600, 1200, scene=True, direction=0.0, taken=TAKEN, **lonlat(1275, 60))
    drawn_photo(folder / "IMG_2033.jpg", 1600, 1200, scene=True, orientation=1, **south, **lonlat(1320, 70))
    drawn_photo(folder / "微信图片_1.jpg", 800, 600, scene=True)
    (folder / "notes.txt").write_text("no photo", encoding="utf-8")
    (folder / "IMG_2040.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    return {**run_desktop(home, request.param, "drive_field.py"), "language": request.param}


def test_the_folder_is_looked_through_and_every_file_says_what_it_is_for(seen):
    proposed = dict(seen["proposed"])
    assert proposed["IMG_2031.jpg"] == "T013" and proposed["IMG_2033.jpg"] == "T013"
    assert proposed["IMG_2032.jpg"] == proposed["notes.txt"] == proposed["微信图片_1.jpg"] == ""
    assert any("HEIC" in remark for remark in seen["remarks"]) and any("EXIF" in remark for remark in seen["remarks"])


def test_a_photo_is_given_to_another_parcel_by_key(seen):
    assert seen["mended"] == "T014" and "3" in seen["to save"]


def test_saved_photos_can_be_undone_and_stand_as_arrows_on_the_map(seen):
    assert ("添加照片" if seen["language"] == "zh-Hans" else "photo added") in seen["to undo"]
    assert seen["arrows"] == [0, 90, 180]


def test_the_arrow_key_goes_to_the_next_photo(seen):
    assert seen["titles"][0] != seen["titles"][1]


def test_a_finding_written_by_key_stands_on_the_card_and_is_undone(seen):
    assert ("未动工" if seen["language"] == "zh-Hans" else "nothing built") in seen["card"].lower()
    assert ("添加照片" if seen["language"] == "zh-Hans" else "photo added") in seen["undone"]


def test_a_parcel_without_photos_shows_none(seen):
    assert seen["strip is away"] is True and seen["stopped"] is True


def test_python_complains_of_nothing(seen):
    assert "Traceback" not in seen["stderr"]
