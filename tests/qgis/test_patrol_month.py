"""A month on the ground: coverage against a second writing, shifted tracks told by roads and photos, the plan given out, files that go."""
from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ET
from datetime import date, datetime

import numpy as np
import pytest
import shapely
from qgis.core import QgsProcessingException

from land_inspector.errors import InputError
from land_inspector.evidence.patrol_profile import read_patrol_profile
from land_inspector.exchange.patrol_tables import coverage
from land_inspector.exchange.patrol_plan import planned_way, proposed_targets
from land_inspector.exchange.tracks.giving import (
    BY_PHOTOS, BY_ROADS, Surroundings, alike, give_tracks, must_be_asked, patrol_of, photo_datum, track_gpx, walks,
)
from land_inspector.exchange.tracks.reading import read_track
from land_inspector.exchange.tracks.shifts import GCJ02, WGS84, shifted
from land_inspector.exchange.tracks.track_file import BEIJING, Segment
from land_inspector.register import parties, patrolling, field_work
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.patrolling import Log, Target
from land_inspector.register.field_work import PhotoMatch
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.algorithms import a_register, patch_file, run, write_layer
from tests.factories import X0, Y0
from tests.photo_files import write_photo

DAY, YEAR, MONTH = "2026-05-12", 2026, 5
BEGUN = datetime(2026, 5, 12, 9, tzinfo=BEIJING).timestamp()


@pytest.fixture
def path(tmp_path):
    made = a_register(tmp_path)
    run("import_patches", REGISTER=made, INPUT=patch_file(tmp_path), BATCH="B1", ISSUED="2026-05-20", YEAR=YEAR, MONTH=MONTH)
    return made


def station(register):
    return register.townships()["ZSDM"].iloc[0]


def ride(register, file, y=-30.0, shift=False, count=60, begun=BEGUN):
    """A ride east along a row of the patches, a point each 20 m and 20 s."""
    lon, lat = map(np.array, zip(*patrolling.in_degrees(register, [(X0 + 20.0 * n, Y0 + y) for n in range(count)])))
    lon, lat = shifted(lon, lat, GCJ02) if shift else (lon, lat)
    file.write_bytes(track_gpx(Segment(lon, lat, begun + 20.0 * np.arange(count), 1)))
    return read_track(file, date(2026, 12, 31))


def ridden(register, tmp_path, day=DAY, y=-30.0, name="a.gpx"):
    """A logged patrol with its track."""
    begun = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=BEIJING).timestamp()
    patrol = patrolling.log_patrol(register, Log(station(register), day, "8:30", "11:00", ("王某", "李某"), route=name))
    one = ride(register, tmp_path / name, y, begun=begun)
    (given,) = give_tracks(register, [one], {one.sha256: (WGS84, "file")}, patrol=patrol)
    assert given.is_recorded
    return patrol


def profile(tmp_path):
    """Two key areas and a road along the patches."""
    write_layer(tmp_path / "key.gpkg", [(shapely.box(X0, Y0 - 130, X0 + 600, Y0 + 870), ("近",))], {"name": str})
    write_layer(tmp_path / "far.gpkg", [(shapely.box(X0 + 5000, Y0, X0 + 6000, Y0 + 1000), ("远",))], {"name": str})
    write_layer(tmp_path / "road.gpkg", [(shapely.LineString([(X0 - 500, Y0 - 30), (X0 + 3000, Y0 - 30)]), ("路",))], {"name": str})
    areas = [{"kind": "1", "name": "近区", "source": "key.gpkg"}, {"kind": "4", "name": "远区", "source": "far.gpkg"}]
    said = {"version": 1, "name": "试", "areas": areas, "roads": {"source": "road.gpkg", "one_way": {"field": "name", "forward": "单"}}}
    (tmp_path / "patrol.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return tmp_path / "patrol.json"


def test_coverage_is_what_a_buffer_of_the_ride_covers_and_what_was_left_out_is_named(tmp_path, path):
    with Register.open(path) as register:
        areas = read_patrol_profile(profile(tmp_path))
        nothing = coverage(register, areas, YEAR, MONTH)
        assert not nothing.can_tell and not any(cell.missed for cell in nothing.cells)  # without a track nobody can tell
        ridden(register, tmp_path)
        found = coverage(register, areas, YEAR, MONTH, distance_m=100.0, cell_m=200.0)
        near, far = found.areas
        line = shapely.LineString([(X0 + 20.0 * n, Y0 - 30.0) for n in range(60)])
        box = shapely.box(X0, Y0 - 130, X0 + 600, Y0 + 870)
        assert near.share == pytest.approx(line.buffer(100, 64).intersection(box).area / box.area, rel=0.01) and far.share == 0.0
        assert near.last_on == date(2026, 5, 12) and far.last_on is None and far.area_m2 == pytest.approx(1e6, rel=0.01)
        missed = {cell.name: [one.missed for one in found.cells if one.name == cell.name] for cell in found.cells}
        assert all(missed["远区"]) and not all(missed["近区"])
        for metres in (0.0, 130.0):  # a cell was seen where it lies within the distance to the metre, also where that is none
            for one in coverage(register, areas, YEAR, MONTH, distance_m=metres, cell_m=200.0).cells:
                assert bool(one.patrols) == (shapely.distance(line, shapely.from_wkb(one.wkb)) <= metres)
    result = run("patrol_coverage", REGISTER=path, PROFILE=tmp_path / "patrol.json", YEAR=YEAR, MONTH=MONTH, OUTPUT=tmp_path / "c.gpkg",
                 REPORT=tmp_path / "c.html")
    assert result["TRACKED"] == 1 and result["MISSED"] > 0 and "近区" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_a_shifted_track_without_a_word_is_told_by_roads_or_photos_of_the_same_minutes_and_asked_about(tmp_path, path):
    with Register.open(path) as register:
        roads = [shapely.LineString([(X0 - 500, Y0 - 30), (X0 + 3000, Y0 - 30)])]
        right, wrong = ride(register, tmp_path / "r.gpx"), ride(register, tmp_path / "w.gpx", shift=True)
        around = Surroundings(register, roads)
        assert must_be_asked(around.guess(right)) is None and around.guess(wrong) == dataclasses.replace(
            around.guess(wrong), datum=GCJ02, by=BY_ROADS) and "GCJ-02" in str(must_be_asked(around.guess(wrong)))
        (lon, lat), = patrolling.in_degrees(register, [(X0 + 200.0, Y0 - 30.0)])
        parcel = register.parcels("B1")["parcel_id"].iloc[0]
        photo = write_photo(tmp_path / "p.jpg", lon=lon, lat=lat, taken="2026:05:12 09:03:20")
        field_work.add_photos(register, [PhotoMatch(photo, (parcel,), "2026-05-12T09:03:20", lon, lat)])
        told = Surroundings(register).guess(wrong)
        assert (told.datum, told.by) == (GCJ02, BY_PHOTOS)
        ridden(register, tmp_path)
        there = shifted(np.array([lon]), np.array([lat]), GCJ02)
        assert photo_datum(register, float(there[0][0]), float(there[1][0]), "2026-05-12T09:03:20") == GCJ02
        assert photo_datum(register, lon, lat, "2026-05-12T09:03:20") == WGS84 and photo_datum(register, lon, lat, None) is None
    result = run("import_tracks", REGISTER=path, INPUT=tmp_path / "w.gpx", ROADS=str(profile(tmp_path).with_name("road.gpkg")))
    assert (result["TRACKS"], result["REFUSED"]) == (0, 1)


def test_one_ride_in_two_logs_is_seen_and_tracks_go_with_the_names(tmp_path, path):
    with Register.open(path) as register:
        ridden(register, tmp_path)
        other = patrolling.log_patrol(register, Log(station(register), DAY, "8:40", "11:10", ("赵某", "钱某")))
        one = ride(register, tmp_path / "again.gpx", y=-28.0)
        assert patrol_of(register, one, []) is None  # two patrols of the same hours: nobody can tell which
        give_tracks(register, [one], {one.sha256: (WGS84, "file")}, patrol=other)
        found, gone = walks(register, date(2026, 5, 1), date(2026, 5, 31))
        assert len(found) == 2 and gone == 0 and len(alike(found)) == 1
        assert any("one walk" in str(note) for note in coverage(register, None, YEAR, MONTH).notes)
        parties.remove_names(register)
        assert walks(register, date(2026, 5, 1), date(2026, 5, 31)) == ([], 2) and not verify(register).broken


def test_targets_are_proposed_by_what_is_open_and_the_plan_goes_out_as_calendar_gpx_and_card(tmp_path, path):
    with Register.open(path) as register:
        said = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "WFLX": "01", "YDDW": "某公司"}
        assert not give_verdicts(register, "B1", [Entry(label, said) for label in ("T001", "T002", "T003")]).refused
        areas = read_patrol_profile(profile(tmp_path))
        stations = dict.fromkeys(town.station for town in register.township_list())
        found = [one for name in stations for one in proposed_targets(register, name, areas)]
        assert {one.name for one in found if one.kind == "patch"} == {"T001", "T002", "T003"}
        assert all("no photo yet" in one.why for one in found if one.kind == "patch") and any(one.kind == "area" for one in found)
        targets = [one for one in found if one.kind == "patch"]
        way = planned_way(targets)
        assert way.metres >= way.bound_m > 0 and {one.key for one in way.targets} == {one.key for one in targets}
        with pytest.raises(InputError, match="at most"):
            planned_way([Target("place", str(n), str(n), 121.0 + n / 1000, 28.8) for n in range(60)])
        patrolling.plan_patrol(register, Log(station(register), "2026-06-08", "8:30", officers=("王某", "李某"), area="2", route="东线"),
                               targets=targets)
        place = station(register)
    result = run("export_patrol_plan", REGISTER=path, STATION=place, YEAR=2026, MONTH=6, PROFILE=tmp_path / "patrol.json",
                 FOLDER=tmp_path / "plan")
    assert (result["PATROLS"], result["CARDS"]) == (1, 1)
    calendar = (tmp_path / "plan" / "patrols_2026-06.ics").read_text(encoding="utf-8")
    assert "DTSTART;VALUE=DATE:20260608" in calendar and "王某" not in calendar
    root = ET.parse(tmp_path / "plan" / "patrols_2026-06.gpx").getroot()
    names = {one.tag.rpartition("}")[2] for one in root}
    assert names == {"wpt", "rte"} and len(root.findall("{*}wpt")) == 3
    card = next((tmp_path / "plan").glob("*.pdf")).read_bytes()
    assert card.startswith(b"%PDF") and card.count(b"/Type /Page\n") == 1
    with pytest.raises(QgsProcessingException, match="no patrol planned"):
        run("export_patrol_plan", REGISTER=path, STATION=place, YEAR=2026, MONTH=7, FOLDER=tmp_path / "plan")


def test_a_profile_that_is_wrong_says_where(tmp_path):
    for said, where in (({"version": 2}, "version"), ({"version": 1}, "areas"),
                        ({"version": 1, "areas": [{"kind": "9", "source": "x"}]}, "kind"),
                        ({"version": 1, "areas": [{"kind": "1", "source": "x", "width_m": -1}]}, "width_m")):
        (tmp_path / "p.json").write_text(json.dumps(said), encoding="utf-8")
        with pytest.raises(InputError, match=where):
            read_patrol_profile(tmp_path / "p.json")


def test_a_device_that_was_on_for_two_patrols_proves_both_and_one_undo_takes_all_back(path, tmp_path):
    """The part of a day without a patrol stays in sight; times that would fit as Beijing's are said."""
    with Register.open(path) as register:
        keys = [patrolling.log_patrol(register, Log(station(register), day, "8:30", "11:00", ("王某", "李某"), route=day))
                for day in (DAY, "2026-05-14")]
        parts = [ride(register, tmp_path / f"{n}.gpx", begun=BEGUN + 86400.0 * n).segments[0] for n in (0, 2, 5)]
        (tmp_path / "device.gpx").write_bytes(track_gpx(*parts))
        one = read_track(tmp_path / "device.gpx", date(2026, 12, 31))
        made = give_tracks(register, [one], {one.sha256: (WGS84, "file")})
        assert [given.patrol for given in made] == [*keys, None] and {given.file for given in made} == {one.sha256}
        assert len({given.track.sha256 for given in made}) == 3
        assert not any(given.is_recorded for given in give_tracks(register, [one], {one.sha256: (WGS84, "file")}))
        late = ride(register, tmp_path / "late.gpx", y=-60.0, begun=BEGUN + 8 * 3600.0)
        assert [given.as_local for given in give_tracks(register, [late], {late.sha256: (WGS84, "file")})] == [keys[0]]
        undo(register, reason="误导入")
        assert [row.tracks for row in patrolling.patrols(register)] == ["[]", "[]"] and verify(register).broken == ()
