"""Track files with the faults that they have in the wild: read whole or told, never moved in silence."""
from __future__ import annotations

import json
import random
import zipfile
from datetime import date, datetime, timezone

import numpy as np
import pytest

from land_inspector.errors import InputError, LandInspectorError
from land_inspector.exchange.tracks.reading import read_track, read_tracks
from land_inspector.exchange.tracks.shifts import BD09, DATUMS, GCJ02, WGS84, likely_datum, shifted, unshifted

TODAY = date(2026, 6, 1)
START = datetime(2026, 5, 3, 1, 2, 3, tzinfo=timezone.utc)


def gpx(*points, head='<?xml version="1.0"?>', creator="test", more=""):
    """Points are (lon, lat, time text or None)."""
    inside = "".join(f'<trkpt lon="{lon}" lat="{lat}">{"" if t is None else f"<time>{t}</time>"}</trkpt>\n' for lon, lat, t in points)
    return (f'{head}<gpx creator="{creator}" version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{more}<trk><trkseg>\n{inside}'
            "</trkseg></trk></gpx>")


@pytest.fixture
def read(tmp_path):
    def read(content, name="a.gpx", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_track(path, TODAY, **options)

    return read


def kinds(track):
    return {fault.kind: fault.count for fault in track.faults}


GOOD = [(121.1, 28.8, "2026-05-03T01:02:03Z"), (121.2, 28.9, "2026-05-03T01:02:13Z")]


def test_a_plain_track_is_read_as_it_is(read):
    track = read(gpx(*GOOD))
    assert track.points == 2 and not track.faults and track.datum is None and track.span[0] == START
    assert track.segments[0].lon.tolist() == [121.1, 121.2]


@pytest.mark.parametrize(("text", "seconds"), [
    ("2026-05-03 01:02:03Z", 0), ("2026-05-03T09:02:03+08:00", 0), ("2026-05-03T09:02:03+0800", 0), ("2026/5/3 1:02:03Z", 0),
    ("2026-05-03T01:02:03.5Z", 0.5), ("2026/5/3 上午 9:02:03 +08:00", 0), ("2026-05-03 01:02:03 p.m. Z", 12 * 3600),
    ("2026-05-03 12:02:03 AM Z", -3600),
    ("2026-05-03T09:02:03+08", 0), ("2026-05-03t01:02:03z", 0),
    ("20260503T010203Z", 0), ("2026-05-02T20:02:03-05:00", 0), (" 2026-05-03T01:02:03Z\n", 0)])
def test_times_as_programs_write_them(read, text, seconds):
    track = read(gpx((121.1, 28.8, text)))
    assert track.segments[0].at[0] == START.timestamp() + seconds and not track.faults


@pytest.mark.parametrize(("text", "kind"), [
    (None, "no_time"), ("", "no_time"), ("yesterday", "bad_time"), ("0000-00-00T00:00:00Z", "bad_time"),
    ("2026-13-40T00:00:00Z", "bad_time"), ("1901-12-13T20:45:52Z", "unset"), ("1970-01-01T00:00:09Z", "unset"),
    ("1980-01-06T00:00:00Z", "unset"), ("2031-01-01T00:00:00Z", "future")])
def test_a_time_that_cannot_be_believed_is_told_and_its_point_stays(read, text, kind):
    track = read(gpx(*GOOD, (121.3, 28.7, text)))
    assert kinds(track) == {kind: 1} and track.points == 3 and np.isnan(track.segments[0].at[2])
    assert track.faults[0].line == 4 and str(track.faults[0].text)


def test_weeks_that_an_old_receiver_counted_wrong_are_put_back_and_told(read):
    track = read(gpx((121.1, 28.8, "2045-12-17T01:02:03Z")))  # 1 024 weeks later
    assert kinds(track) == {"weeks": 1} and track.span[0] == START


def test_weeks_that_began_anew_are_put_right_and_told(read):
    track = read(gpx((121.1, 28.8, "2006-09-17T01:02:03Z")))  # 1 024 weeks earlier
    assert kinds(track) == {"weeks_back": 1} and track.span[0] == START


@pytest.mark.parametrize(("lon", "lat"), [
    ("121,1", "28,8"), ("121°06′00″", "28°48′00″"), ("121°6'E", "28°48'0\"N"), ("东经121度06分", "28:48:00"), ("E121.1", "28.8 N")])
def test_degrees_as_programs_write_them(read, lon, lat):
    table = read(f"经度;纬度\n{lon};{lat}\n121.2;28.9\n".replace('"', '""'), "a.csv") if '"' not in lat else read(
        gpx((lon, lat.replace('"', "&quot;"), GOOD[0][2])))
    assert table.segments[0].lon[0] == pytest.approx(121.1) and table.segments[0].lat[0] == pytest.approx(28.8)


def test_second_points_of_a_second_are_left_out_and_a_clock_that_stood_still_is_not_believed(read):
    near = [(121.1 + 1e-5 * n, 28.8, "2026-05-03T01:02:03Z") for n in range(3)]
    assert kinds(read(gpx(*near, GOOD[1]))) == {"same_second": 2}
    far = read(gpx(*((121.1 + 1e-3 * n, 28.8, "2026-05-03T01:02:03Z") for n in range(30))))
    assert kinds(far) == {"still": 30} and far.points == 30 and far.span is None


def test_an_ampersand_in_a_name_and_a_moment_without_a_place_lose_no_point(read):
    assert read(gpx(*GOOD, more="<wpt lon='121' lat='28'><name>A & B</name></wpt>")).points == 2
    track = read("<kml><gx:Track><when>2026-05-03T01:02:03Z</when><when>2026-05-03T01:02:13Z</when><gx:coord>121.1 28.8</gx:coord>"
                 "<gx:coord></gx:coord></gx:Track></kml>".replace("gx:", ""), "a.kml")
    assert track.points == 1 and kinds(track) == {"no_fix": 1}


def test_a_layer_of_fixes_is_a_track_and_other_points_are_none(tmp_path):
    from osgeo import ogr

    def layer(name, shape, points, field=None):
        made = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / name))
        rows = made.CreateLayer("fixes", None, shape)
        rows.CreateField(ogr.FieldDefn(field or "name", ogr.OFTDateTime if field else ogr.OFTString))
        for wkt, said in points:
            feature = ogr.Feature(rows.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
            feature.SetField(0, said)
            rows.CreateFeature(feature)
        return tmp_path / name

    second = int(START.timestamp())
    measured = layer("m.gpkg", ogr.wkbPointZM, [(f"POINT ZM (121.{n} 28.8 0 {second + n})", None) for n in range(1, 4)])
    timed = layer("t.gpkg", ogr.wkbPoint, [(f"POINT (121.{n} 28.8)", f"2026/05/03 01:02:0{n + 2}+00") for n in range(1, 4)], "timestamp")
    for path in (measured, timed):
        assert read_track(path, TODAY).points == 3 and abs((read_track(path, TODAY).span[0] - START).total_seconds()) <= 1
    with pytest.raises(InputError):
        read_track(layer("p.gpkg", ogr.wkbPoint, [("POINT (121.1 28.8)", "村口"), ("POINT (121.2 28.8)", "桥")]), TODAY)


def test_a_time_without_a_zone_is_utc_in_gpx_and_is_told(read):
    track = read(gpx((121.1, 28.8, "2026-05-03T01:02:03")))
    assert kinds(track) == {"zone": 1} and track.span[0] == START and "UTC" in str(track.faults[0].text)


def test_local_times_that_call_themselves_utc_are_suspected_and_read_as_local_when_a_person_says_so(read):
    walk = [(121.1 + i / 1000, 28.8, f"2026-05-03T14:{i:02d}:00Z") for i in range(50)]  # 22:00 in Beijing if it were UTC
    assert read(gpx(*walk)).is_doubtful_zone
    local = read(gpx(*walk), is_local=True)
    assert not local.is_doubtful_zone and local.span[0].hour == 6
    assert not read(gpx(*GOOD)).is_doubtful_zone


@pytest.mark.parametrize("place", [("abc", "28.8"), ("", ""), ("500", "28.8"), ("121", "91"), ("nan", "28")])
def test_a_position_that_is_none_is_dropped_and_counted_not_moved_to_zero(read, place):
    track = read(gpx(*GOOD, (*place, "2026-05-03T01:03:00Z")))
    assert track.points == 2 and kinds(track) == {"position": 1}


def test_points_without_a_fix_doubles_and_disorder_are_counted(read):
    track = read(gpx(GOOD[1], GOOD[0], GOOD[0], (0, 0, "2026-05-03T01:05:00Z")))
    assert kinds(track) == {"zero": 1, "double": 1, "order": 1}
    assert (np.diff(track.segments[0].at) > 0).all()


def test_what_stands_before_a_break_is_kept(read):
    whole = gpx(*GOOD, (121.3, 28.7, "2026-05-03T01:05:00Z"))
    track = read(whole[:whole.index("01:05")])
    assert track.points == 2 and kinds(track) == {"broken": 1} and track.faults[0].line == 4


@pytest.mark.parametrize("encode", [
    lambda text: b"\xef\xbb\xbf" + text.encode(), lambda text: text.encode("utf-16"), lambda text: text.encode("gbk"),
    lambda text: ("\n\n" + text).encode(), lambda text: text.replace("?>", ' encoding="GB2312"?>', 1).encode("gbk"),
    lambda text: text.replace('<?xml version="1.0"?>', "").encode()])
def test_any_encoding_and_what_precedes_the_head(read, encode):
    track = read(encode(gpx(*GOOD, more='<wpt lon="121.5" lat="28.5"><name>古城街道</name></wpt>')))
    assert track.points == 2 and [w.name for w in track.waypoints] == ["古城街道"] and not track.faults


def test_entities_and_document_types_are_never_expanded(read):
    attack = '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(InputError, match="no point"):
        read(gpx(*GOOD, head=attack))


def test_control_characters_do_not_end_the_reading(read):
    assert kinds(read(gpx(*GOOD).replace("<trk>", "<trk><name>a\x0bb</name>"))) == {"controls": 1}


def test_empty_segments_routes_and_other_xml_are_told(read):
    assert kinds(read(gpx(*GOOD, more="<trk><trkseg></trkseg></trk>"))) == {"empty": 1}
    with pytest.raises(InputError, match="planned route"):
        read('<gpx><rte><rtept lon="1" lat="2"/></rte></gpx>')
    with pytest.raises(InputError, match="first element is html"):
        read("<html><body/></html>")


KML = """<kml xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Placemark><name>甲</name><Point><coordinates>121.5,28.5,0</coordinates></Point></Placemark><Placemark><gx:Track><when>2026-05-03T01:02:03Z</when><when>2026-05-03T01:02:13Z</when>
<gx:coord>121.1 28.8 5</gx:coord><gx:coord>121.2 28.9 6</gx:coord></gx:Track></Placemark>
<Placemark><LineString><coordinates>121.1,28.8 121.2,28.9,3</coordinates></LineString></Placemark></Document></kml>"""


def test_a_kml_track_keeps_its_times_and_its_places(read):
    track = read(KML, "a.kml")
    assert [len(segment) for segment in track.segments] == [2, 2] and track.span[0] == START
    assert [w.name for w in track.waypoints] == ["甲"] and kinds(track) == {"no_time": 2}


def test_a_kml_track_with_more_times_than_places_is_told(read):
    assert kinds(read(KML.replace("<gx:coord>121.2 28.9 6</gx:coord>", ""), "a.kml"))["unequal"] == 1


@pytest.mark.parametrize(("name", "datum"), [("a.kml", None), ("a.ovkml", GCJ02)])
def test_the_ending_tells_what_a_program_is_known_to_shift(read, name, datum):
    assert read(KML, name).datum == datum


def test_a_creator_tells_it_too_and_kmz_is_looked_into(read, tmp_path):
    assert read(gpx(*GOOD, creator="Keep App")).datum == GCJ02
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("doc.kml", KML)
    track = read((tmp_path / "b.zip").read_bytes(), "b.ovkmz")
    assert track.points == 4 and track.datum == GCJ02


def test_tables_of_any_head_and_encoding_are_beijing_time(read):
    table = "序号,经度,纬度,时间\n1,121.1,28.8,2026/5/3 9:02:03\n2,121.2,28.9,2026-05-03 09:02:13\n\n3,x,y,\n"
    for content in (table.encode("gbk"), table.replace(",", "\t").encode(), table.replace(",", ";").encode("utf-8-sig")):
        track = read(content, "a.csv")
        assert track.span[0] == START and kinds(track) == {"zone": 2, "position": 1}


def test_epochs_split_dates_tracks_and_marks_of_a_datum(read):
    seconds = int(START.timestamp())
    track = read(f"lat,lon,timestamp,track\n28.8,121.1,{seconds},a\n28.9,121.2,{seconds}000,a\n28.7,121.0,{seconds + 5},b\n", "a.csv")
    assert [len(s) for s in track.segments] == [2, 1] and kinds(track) == {"still": 2} and np.isnan(track.segments[0].at).all()
    split = read("日期,时刻,x,y\n2026-05-03,09:02:03,121.1,28.8\n", "a.txt")
    assert split.span[0] == START
    assert read("lon lat mark\n121.1 28.8 b\n", "a.txt").datum == BD09


def test_a_table_without_coordinates_says_so(read):
    with pytest.raises(InputError, match="no columns of longitude"):
        read("a,b\n1,2\n", "a.csv")


def geojson(shape, *, beside=None, **more):
    feature = {"type": "Feature", "geometry": shape, "properties": beside or {}}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **more})


LINE = {"type": "LineString", "coordinates": [[121.1, 28.8, 5.0], [121.2, 28.9]]}
MOMENTS = ["2026-05-03T01:02:03Z", "2026-05-03T01:02:13Z"]


@pytest.mark.parametrize("content", [
    geojson(LINE, beside={"coordTimes": MOMENTS}), geojson(LINE, beside={"coordinateProperties": {"times": MOMENTS}}),
    geojson({"type": "MultiLineString", "coordinates": [LINE["coordinates"]]},
            beside={"coordTimes": [[START.timestamp() * 1000, MOMENTS[1]]]}),
    json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": {"Time": moment}}
        for place, moment in zip(LINE["coordinates"], MOMENTS)]})])
def test_geojson_keeps_the_times_beside_its_lines_and_those_of_its_points(read, content):
    track = read("\ufeff" + content, "a.geojson")
    (segment,) = track.segments
    assert segment.lon.tolist() == [121.1, 121.2] and (segment.at - START.timestamp()).tolist() == [0.0, 10.0] and not track.faults


def test_geojson_without_times_of_other_units_or_of_something_else_is_told(read):
    assert kinds(read(json.dumps(LINE), "a.json")) == {"no_time": 2}
    assert kinds(read(geojson(LINE, beside={"coordTimes": MOMENTS[:1]}), "a.json")) == {"unequal": 1, "no_time": 1}
    marked = read(geojson({"type": "Point", "coordinates": [121.1, 28.8]}, beside={"name": "坑"}), "a.json")
    assert [one.name for one in marked.waypoints] == ["坑"]
    for content, text in ((geojson(LINE, crs={"properties": {"name": "EPSG:4549"}}), "degrees"), ('{"a": 1}', "no GeoJSON"),
                          (json.dumps(LINE)[:-9], "damaged"), ("", "empty"), (b"\x0e\x10\x00\x00\x00\x00.FIT", "own format")):
        with pytest.raises(InputError, match=text):
            read(content, "a.geojson")


def nmea(body):
    check = 0
    for character in body:
        check ^= ord(character)
    return f"${body}*{check:02X}"


def test_nmea_takes_the_day_from_rmc_and_leaves_out_what_is_damaged(read):
    lines = [nmea("GPRMC,010203.00,A,2848.0000,N,12106.0000,E,0,0,030526,,"),
             nmea("GPGGA,010203.00,2848.0000,N,12106.0000,E,1,8,1,5,M,,M,,"),
             nmea("GPGGA,010213.00,2854.0000,N,12112.0000,E,1,8,1,5,M,,M,,"), "$GPRMC,010223.00,A,2848.0,N,12106.0,E,0,0,030526,,*00",
             nmea("GPRMC,010233.00,V,,,,,,,030526,,"), "rubbish"]
    track = read("\n".join(lines), "a.nmea")
    assert track.points == 2 and track.span[0] == START and kinds(track) == {"checksum": 1, "row": 1}
    assert track.segments[0].lon.tolist() == pytest.approx([121.1, 121.2]) and track.segments[0].lat.tolist() == pytest.approx([28.8, 28.9])


def test_tracking_layers_of_field_applications_keep_the_time_in_m(tmp_path):
    from osgeo import ogr, osr

    path = tmp_path / "tracks.gpkg"
    system = osr.SpatialReference()
    system.ImportFromEPSG(4549)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer("tracks", system, ogr.wkbLineStringZM)
    feature = ogr.Feature(layer.GetLayerDefn())
    line = ogr.Geometry(ogr.wkbLineStringZM)
    for step in range(3):
        line.AddPointZM(500000.0 + 10 * step, 3200000.0, 5.0, START.timestamp() + 10 * step)
    feature.SetGeometry(line)
    layer.CreateFeature(feature)
    del feature, layer, dataset
    track = read_track(path, TODAY)
    assert track.points == 3 and track.span[0] == START and not track.faults
    assert track.segments[0].lon[0] == pytest.approx(120.0, abs=1e-9)


def test_a_folder_is_read_with_each_refusal_and_the_double_named(tmp_path):
    folder = tmp_path / "tracks"
    folder.mkdir()
    (folder / "a.gpx").write_text(gpx(*GOOD), encoding="utf-8")
    (folder / "b.gpx").write_text(gpx(*GOOD), encoding="utf-8")
    (folder / "c.ovobj").write_bytes(b"\x00")
    (folder / "d.gpx").write_text("nothing", encoding="utf-8")
    (folder / "e.doc").write_text("not looked at", encoding="utf-8")
    read, refused = read_tracks([folder], TODAY)
    assert [track.path.name for track in read] == ["a.gpx"]
    assert [path.name for path, _reason in refused] == ["b.gpx", "c.ovobj", "d.gpx"]
    assert "a.gpx" in str(refused[0][1]) and "奥维" in str(refused[1][1])


@pytest.mark.parametrize("content", [gpx(*GOOD), KML, geojson(LINE, beside={"coordTimes": MOMENTS}),
                                     "lon,lat,time\n121.1,28.8,2026-05-03 09:02:03\n",
                                     nmea("GPRMC,010203.00,A,2848.0000,N,12106.0000,E,0,0,030526,,")])
def test_whatever_is_damaged_ends_in_points_or_in_a_message(tmp_path, content):
    random_numbers = random.Random(7)
    whole = content.encode("utf-8")
    for number in range(500):
        spoilt = bytearray(whole)
        for _ in range(random_numbers.randint(1, 6)):
            at = random_numbers.randrange(len(spoilt))
            act = random_numbers.random()
            if act < 0.4:
                spoilt[at] = random_numbers.randrange(256)
            elif act < 0.7:
                del spoilt[at:at + random_numbers.randint(1, 20)]
            else:
                spoilt[at:at] = bytes(random_numbers.randrange(256) for _ in range(3))
            if not spoilt:
                break
        path = tmp_path / f"{number}.txt"
        path.write_bytes(bytes(spoilt))
        try:
            track = read_track(path, TODAY)
        except LandInspectorError as wrong:
            assert path.name in str(wrong)
        else:
            assert track.points or track.waypoints
            assert all(np.isfinite(s.lon).all() and np.isfinite(s.lat).all() for s in track.segments)


# --- shifted coordinates --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("place", "metres"), [((116.397, 39.909), 555), ((87.617, 43.825), 265), ((121.14, 28.85), 532)])
def test_the_shift_is_as_large_as_it_is_known_to_be(place, metres):
    lon, lat = shifted(np.array([place[0]]), np.array([place[1]]), GCJ02)
    way = np.hypot((lon[0] - place[0]) * 111320 * np.cos(np.radians(place[1])), (lat[0] - place[1]) * 110950)
    assert way == pytest.approx(metres, rel=0.02)


@pytest.mark.parametrize("datum", DATUMS)
def test_what_is_shifted_comes_back_to_a_centimetre(datum):
    numbers = np.random.default_rng(3)
    lon, lat = numbers.uniform(75, 134, 500), numbers.uniform(19, 53, 500)
    back = unshifted(*shifted(lon, lat, datum), datum)
    assert np.abs(back[0] - lon).max() < 1e-7 and np.abs(back[1] - lat).max() < 1e-7


def test_nothing_is_shifted_abroad_in_taiwan_and_in_hong_kong():
    lon, lat = np.array([13.4, 121.5, 114.17]), np.array([52.5, 25.03, 22.3])
    assert shifted(lon, lat, GCJ02)[0].tolist() == lon.tolist() and shifted(lon, lat, BD09)[1].tolist() == lat.tolist()


@pytest.mark.parametrize("datum", DATUMS)
def test_the_datum_is_found_by_what_the_track_should_lie_on_and_asked_where_that_says_little(datum):
    lon, lat = np.linspace(121.0, 121.2, 60), np.full(60, 28.85)  # a road along a parallel

    def from_road(x, y):
        return np.abs(y - 28.85) * 110950 + np.maximum(0, np.maximum(121.0 - x, x - 121.2)) * 97000

    noise = np.random.default_rng(1).normal(0, 3e-5, 60)
    assert likely_datum(*shifted(lon, lat + noise, datum), from_road) == datum
    assert likely_datum(lon, lat, lambda x, y: np.full(len(x), 40.0)) is None
    assert likely_datum(lon, lat, lambda x, y: np.full(len(x), np.nan)) is None
    assert WGS84 in DATUMS
