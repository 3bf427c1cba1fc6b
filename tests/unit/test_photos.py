"""Photos find the patches they show: by place, view and time (R38)."""
from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from land_inspector.errors import Cancelled
from land_inspector.evidence.crs import Crs, transformer
from land_inspector.exchange.photos import PhotoPlaces, look_through, match_of
from land_inspector.law.photos import Period, Shot, photo_warnings
from land_inspector.law.rulepack import shipped_packs
from land_inspector.progress import Progress
from land_inspector.register import judging
from land_inspector.register.issuing import issue_batch
from land_inspector.register.field_work import add_photos, photos_of
from tests.factories import CRS, X0, Y0, info, intake, new_register, patch, square, squares
from tests.photo_files import write_photo

TAKEN = "2026:05:20 10:11:12"


def lonlat(x: float, y: float):
    lon, lat = transformer(Crs.of(CRS), Crs.of("EPSG:4326"))(np.array([[X0 + x, Y0 + y]]))[0]
    return {"lon": float(lon), "lat": float(lat)}


@pytest.fixture
def register(tmp_path):
    """Squares of 40 m, 100 m apart: T001 spans x 100…140, T002 x 200…240, y 0…40."""
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(3), by="甲")
        yield made


@pytest.fixture
def seen(register, tmp_path):
    """The sighting of one photo taken at a place on the grid."""
    def look(x, y, direction=None, taken=TAKEN, name="a.jpg"):
        path = write_photo(tmp_path / "photos" / name, direction=direction, taken=taken, **lonlat(x, y))
        (found,) = look_through(register, [path], Progress())
        return found
    return look


def numbers(sighting):
    return [one.number for one in sighting.candidates]


EAST, WEST, NORTH = 90.0, 270.0, 0.0


def test_a_photo_from_inside_belongs_to_its_patch_wherever_it_looks(seen):
    found = seen(120, 20, WEST)
    assert (found.best.number, found.best.distance_m, found.best.matched_by, found.best.warnings) == ("T001", 0.0, "inside", ())


def test_a_photo_from_outside_looking_at_a_patch_belongs_to_it(seen):
    best = seen(70, 20, EAST).best
    assert (best.number, best.matched_by, best.warnings) == ("T001", "view", ())
    assert abs(best.distance_m - 30) < 0.5


def test_a_photo_that_looks_away_belongs_to_nothing_however_near(seen):
    assert numbers(seen(98, 20, WEST)) == []


def test_between_two_patches_the_view_decides(seen):
    assert numbers(seen(142, 20, EAST))[0] == "T002"
    assert numbers(seen(198, 20, WEST))[0] == "T001"


def test_of_two_in_view_the_nearer_is_meant_and_both_are_named(seen):
    assert numbers(seen(90, 20, EAST)) == ["T001", "T002"]


def test_what_stands_in_the_middle_of_the_picture_is_meant_before_what_stands_at_its_edge(register, tmp_path, seen):
    rows = [patch("E1", square(10)), patch("E2", square(10, shift=50), row=2)]
    issue_batch(register, info("B2"), intake(rows, digest="b2"), by="甲")
    assert numbers(seen(1045, -30, 340.0)) == ["E1", "E2"]
    assert numbers(seen(1045, -30, 20.0, name="b.jpg")) == ["E2", "E1"]


def test_beyond_the_limit_a_photo_is_matched_with_a_warning(seen):
    best = seen(-20, 20, EAST).best
    assert best.number == "T001" and ["120 m" in str(text) for text in best.warnings] == [True]


def test_beyond_its_reach_a_photo_shows_nothing(seen):
    assert numbers(seen(-150, 20, EAST)) == []


def test_without_a_direction_only_what_is_near_counts_and_that_is_said(seen):
    near, far = seen(70, 20), seen(20, 20)
    assert near.best.number == "T001" and "direction" in str(near.best.warnings[0])
    assert numbers(far) == []


def test_a_photo_without_a_place_is_matched_to_nothing_and_says_so(register, tmp_path):
    (found,) = look_through(register, [write_photo(tmp_path / "a.jpg", taken=TAKEN)], Progress())
    assert found.best is None and "where it was taken" in str(found.notes[0])


@pytest.mark.parametrize("taken, said", [("2026:05:09 23:59:59", "before"), ("2026:07:01 00:00:00", "after"), (None, "when")])
def test_a_photo_of_another_time_is_matched_with_a_warning(seen, taken, said):
    best = seen(120, 20, EAST, taken).best
    assert best.number == "T001" and said in str(best.warnings[0])


def test_of_two_batches_at_one_place_the_time_decides(register, seen):
    issue_batch(register, info("B2", issued_on="2026-08-01"), squares(3, digest="second"), by="甲")
    assert [one.batch for one in seen(120, 20, EAST).candidates if one.number == "T001"] == ["B1", "B2"]
    assert seen(120, 20, EAST, "2026:08:20 09:00:00", "b.jpg").best.batch == "B2"


def test_a_frozen_batch_is_offered_no_photo(register, seen):
    judging.freeze(register, "B1", by="科长")
    assert numbers(seen(120, 20, EAST)) == []


def test_a_cut_patch_offers_its_pieces(register, seen):
    from land_inspector.register.splitting import split_parcels
    from tests.unit.test_register_history import halves
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    assert seen(135, 20, EAST).best.number == "T001-02"


def test_one_bad_file_stops_nothing_and_each_says_what_is_wrong(register, tmp_path):
    folder = tmp_path / "photos"
    good = write_photo(folder / "1.jpg", direction=EAST, taken=TAKEN, **lonlat(120, 20))
    (folder / "2.jpg").write_bytes(good.read_bytes())
    (folder / "3.txt").write_text("notes")
    (folder / "4.jpg").write_bytes(good.read_bytes()[:-4])
    found = {one.path.name: one for one in look_through(register, [folder], Progress())}
    assert found["1.jpg"].best.number == "T001" and found["2.jpg"].double == "1.jpg"
    assert "not a photo" in str(found["3.txt"].trouble) and "breaks off" in str(found["4.jpg"].trouble)


def test_what_was_seen_goes_into_the_register_and_is_known_the_next_time(register, seen):
    found, places = seen(70, 20, EAST), PhotoPlaces(register)
    added = add_photos(register, [match_of(found, found.candidates[:1], places, by_person=False)], by="甲")
    assert len(added.added) == 1
    (kept,) = photos_of(register, found.best.parcel_id)
    assert (kept.direction, kept.taken_at, round(kept.distance_m)) == (EAST, "2026-05-20T10:11:12", 30)
    assert not kept.magnetic
    x, y = places.point(found.photo.exif)
    assert math.hypot(x - X0 - 70, y - Y0 - 20) < 0.01
    assert seen(70, 20, EAST).double == "T001"


def test_a_person_may_choose_a_parcel_that_the_photo_does_not_show(register, seen):
    found, places = seen(98, 20, WEST), PhotoPlaces(register)
    parcel = register.parcels("B1").set_index("DKBH").loc["T003", "parcel_id"]
    (chosen,) = places.seen_from(found.photo.exif, [parcel])
    assert any("looks away" in str(text) for text in chosen.warnings)
    assert match_of(found, [chosen], places, by_person=True).matched_by == "person"


def test_a_place_that_the_registers_crs_does_not_reach_is_no_place(register, tmp_path):
    path = write_photo(tmp_path / "a.jpg", lon=-60.0, lat=-89.9, taken=TAKEN)
    (found,) = look_through(register, [path], Progress())
    assert found.best is None and found.trouble is None


def test_looking_through_can_be_stopped(register, tmp_path):
    class Stopped(Progress):
        def is_cancelled(self):
            return True
    with pytest.raises(Cancelled):
        look_through(register, [write_photo(tmp_path / "a.jpg")], Stopped())


# --- R38 by itself -------------------------------------------------------------------------------------------------------

LIMITS = shipped_packs()[0].parameters
MONTH = Period(date(2026, 5, 10), date(2026, 6, 30))


@pytest.mark.parametrize("shot, warnings", [
    (Shot(date(2026, 5, 10), 50.0, 0.0, True), 0), (Shot(date(2026, 6, 30), 0.0, 359.0, True), 0),
    (Shot(date(2026, 5, 9), 50.001, 0.0, False), 3), (Shot(), 3), (Shot(date(2026, 7, 1), 1.0, None, None), 2)])
def test_r38_warns_of_distance_direction_and_day(shot, warnings):
    assert len(photo_warnings(shot, MONTH, LIMITS)) == warnings


def test_the_bearing_of_a_compass_stays_one_in_the_register(register, seen):
    from dataclasses import replace

    found, places = seen(70, 20, EAST), PhotoPlaces(register)
    by_compass = replace(found, photo=replace(found.photo, exif=replace(found.photo.exif, magnetic=True)))
    add_photos(register, [match_of(by_compass, found.candidates[:1], places, by_person=False)], by="甲")
    (kept,) = photos_of(register, found.best.parcel_id)
    assert kept.magnetic and kept.direction == EAST
