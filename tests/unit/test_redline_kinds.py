"""Red-line texts as programs really write them: other columns, units, separators, several texts in one, folders and archives."""
from __future__ import annotations

import zipfile

import pytest
import shapely

from land_inspector.errors import InputError
from land_inspector.exchange.redline import approval_rows, read_redline

N, E = 3_190_000.0, 40_609_000.0
HEADER = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=40", "转换参数=,,,,,,", "[地块坐标]"]
RECORD = "5,1.0000,1,甲,面,,,,@"


def corners(x=N, y=E, side=100.0):
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def points(form="J{n},1,{x:.3f},{y:.3f}", **where):
    return [form.format(n=n % 5 + 1 if n < 4 else 1, x=x, y=y) for n, (x, y) in enumerate(corners(**where))]


def header(**changed):
    lines = [f"{line.split('=')[0]}={changed.pop(line.split('=')[0])}" if line.split("=")[0] in changed else line for line in HEADER[:-1]]
    return [*lines, *(f"{name}={value}" for name, value in changed.items()), HEADER[-1]]


def read(tmp_path, lines, name="红线.txt", **options):
    path = tmp_path / name
    path.write_bytes("\r\n".join(lines).encode("utf-8"))
    return read_redline(str(path), target_crs="EPSG:4528", area_method="P", **options)


def told(redline):
    return " ".join(str(one.message) for one in redline.findings)


def lower_left(parcel):
    return pytest.approx(shapely.from_wkb(parcel.wkb).bounds[:2], abs=0.01)


@pytest.mark.parametrize("record, number, name, stated", [
    ("1.0000公顷,,地块1,面,,,,@", "地块1", None, 10000.0), ("4,15亩,1,甲,面,,,,@", "1", "甲", 10000.0),
    ("5,10000平方米,2,乙,面,,,,@", "2", "乙", 10000.0), ("0,0,331082104,横桥村,D8-003,地块4,面,,,,@", "D8-003", "地块4", None),
    ("5\t1.0000\t1\t甲\t面\t\t\t\t@", "1", "甲", 10000.0), ("5,1.0000,1,甲@乙项目,面,,,,@", "1", "甲@乙项目", 10000.0),
    ("5,1.0000,2,面,面,,工业用地,,@", "2", "面", 10000.0), ("5,1.0000,1,甲,面,,,", "1", "甲", 10000.0),
    ("5,1.0000,1,甲,面,,,,@,", "1", "甲", 10000.0), ("5,1.0000(公顷),1,甲,面,,,,@", "1", "甲", 10000.0),
    ("5,15.00 （亩）,1,甲,面,,,,@", "1", "甲", 10000.0), ("5,1.0000,1,甲,面状地块,,,,@", "1", "甲", 10000.0)])
def test_a_record_is_read_by_its_content(tmp_path, record, number, name, stated):
    redline = read(tmp_path, [*header(), record, *points()])
    (parcel,) = redline.parcels
    assert (parcel.number, parcel.name) == (number, name) and parcel.area_m2 == pytest.approx(10000)
    assert parcel.stated_m2 == (None if stated is None else pytest.approx(stated))
    assert not redline.findings


def test_a_stated_area_with_its_unit_is_compared(tmp_path):
    assert "The stated area is 90000.00 m²" in told(read(tmp_path, [*header(), "9.0000公顷,,1,面,,,,@", *points()]))


@pytest.mark.parametrize("form", [
    "J{n},1,{x:.3f},{y:.3f},100.00,界标", "J{n},1,{x:.3f},{y:.3f},12.35", "J{n},{x:.3f},{y:.3f}", "{x:.3f},{y:.3f}", "J{n};1;{x:.3f};{y:.3f}",
    "J{n}\t1\t{x:.3f}\t{y:.3f}", "J{n} 1 {x:.3f} {y:.3f}", "J{n}, 1, {x:.3f} , {y:.3f} ,", "{n},,{y:.3f},{x:.3f},0.000",
    "10000{n},1,{x:.3f},{y:.3f}"])
def test_points_are_read_by_the_columns_that_are_coordinates(tmp_path, form):
    (parcel,) = read(tmp_path, [*header(), RECORD, *points(form)]).parcels
    assert parcel.area_m2 == pytest.approx(10000) and lower_left(parcel) == (E, N)


def test_a_second_record_without_its_mark_begins_a_second_parcel(tmp_path):
    lines = [*header(), RECORD, *points(), "5,1.0000,2,乙,面,,,", *points(y=E + 300)]
    assert [(one.name, round(one.area_m2)) for one in read(tmp_path, lines).parcels] == [("甲", 10000), ("乙", 10000)]


@pytest.mark.parametrize("line", ["9,1.0000,2,乙", "#5,1.0000,2,乙", "乙公司"])
def test_a_line_that_cannot_be_read_between_parcels_stops_the_parcel(tmp_path, line):
    lines = [*header(), RECORD, *points(), line, *points(y=E + 300), "5,1.0000,3,丙,面,,,,@", *points(y=E + 600)]
    redline = read(tmp_path, lines)
    assert [(one.name, round(one.area_m2)) for one in redline.parcels] == [("甲", 10000), ("丙", 10000)]
    assert [line in str(one.reason) for one in redline.quarantined] == [True]
    assert "neither header, record nor point" in told(redline)


@pytest.mark.parametrize("record, number, name, stated", [
    ("5,1.0000,2,乙", "2", "乙", 10000), ("4,1.0000,2,乙,,,,", "2", "乙", 10000), ("5,15.00亩,2,乙", "2", "乙", 10000),
    ("5 1.0000 2 乙", "2", "乙", 10000), ("5,1.0000,2,乙,多边形,,,", "2", "乙", 10000), ("5,1.0000,2,乙,,,工业用地", "2", "乙", 10000),
    ("5,1.0000,331082104,横桥村,D8-003,乙", "D8-003", "乙", 10000), ("5,1.0000,乙", "乙", None, 10000), ("地块2", "2", None, None),
    ("地块名称:乙", None, "乙", None), ("地块编号=2\n地块名称=乙\n地块面积=1.0000公顷\n界址点数=5", "2", "乙", 10000)])
def test_a_record_without_a_mark_counts_where_its_points_bear_it_out(tmp_path, record, number, name, stated):
    texts = [[*header(), RECORD, *points(), *record.split("\n"), *points(y=E + 300)], [*header(), *record.split("\n"), *points()]]
    for number_of_text, lines in enumerate(texts):
        redline = read(tmp_path, lines, f"{number_of_text}.txt")
        last = redline.parcels[-1]
        assert (last.number, last.name, last.stated_m2) == (number, name, stated and pytest.approx(stated))
        assert [round(one.area_m2) for one in redline.parcels] == [10000] * (2 - number_of_text)
        assert not redline.quarantined and "neither header" not in told(redline)


def test_a_damaged_point_that_looks_like_a_record_divides_no_ring(tmp_path):
    ring = points()
    redline = read(tmp_path, [*header(), RECORD, *ring[:2], "3,1.0,2,乙", *ring[2:]])
    assert not redline.parcels and len(redline.quarantined) == 2


@pytest.mark.parametrize("prefixed", [True, False])
def test_a_second_header_counts_for_what_follows_it(tmp_path, prefixed):
    first = 0 if prefixed else 40_000_000
    second = [(3_190_717.526, 325_160.248), (3_190_715.001, 325_260.237), (3_190_814.990, 325_262.762), (3_190_817.515, 325_162.773)]
    lines = [*header(), RECORD, *points(y=E - first), *header(带号="41"), "4,1.0,2,乙,面,,,,@",
             *(f"J{n},1,{x},{y + (41e6 if prefixed else 0)}" for n, (x, y) in enumerate(second))]
    redline = read(tmp_path, lines)
    one, two = redline.parcels
    assert lower_left(one) == (E, N) and two.area_m2 == pytest.approx(10000, rel=1e-4)
    assert shapely.from_wkb(two.wkb).bounds[0] == pytest.approx(40_618_000, abs=1) and not redline.findings


def test_the_headers_extra_blocks_and_full_width_brackets_are_no_noise(tmp_path):
    lines = ["【扩展信息】", "项目名称=演示项目", *(line.replace("[", "【").replace("]", "】") for line in header()), RECORD, *points()]
    assert not read(tmp_path, lines).findings


@pytest.mark.parametrize("said", [
    {"带号": "", "中央子午线": "120"}, {"带号": "", "中央经线": "120°"}, {"带号": "", "坐标系": "CGCS2000_3_Degree_GK_CM_120E"},
    {"带号": "120"}, {"带号": "40带", "几度分带": "3度带"}, {"几度分带": "三度分带"}, {"坐标系": "WGS84坐标系"},
    {"带号": "", "坐标系": "CGCS2000_3_Degree_GK_Zone_40"}])
def test_the_zone_is_found_wherever_the_header_says_it(tmp_path, said):
    (parcel,) = read(tmp_path, [*header(**said), RECORD, *points(y=E - 40e6)]).parcels
    assert lower_left(parcel) == (E, N)


def test_a_zone_that_is_none_is_not_believed(tmp_path):
    with pytest.raises(InputError, match="central meridian"):
        read(tmp_path, [*header(带号="3"), RECORD, *points(y=E - 40e6)])
    assert len(read(tmp_path, [*header(带号="3"), RECORD, *points()]).parcels) == 1


DEGREES = [("28°49′17.48067″", "121°7′0.11490″", "28.491748067", "121.070011490"),
           ("28°49′17.45014″", "121°7′3.80250″", "28.491745014", "121.070380250"),
           ("28°49′20.69765″", "121°7′3.83718″", "28.492069765", "121.070383718"),
           ("28°49′20.72819″", "121°7′0.14955″", "28.492072819", "121.070014955")]


@pytest.mark.parametrize("unit, at", [("度", 0), ("度分秒", 2)])
def test_degrees_minutes_and_seconds_are_read(tmp_path, unit, at):
    lines = [*header(带号="", 计量单位=unit), "4,1.0000,1,甲,面,,,,@", *(f"J{n},1,{row[at]},{row[at + 1]}" for n, row in enumerate(DEGREES))]
    (parcel,) = read(tmp_path, lines).parcels
    assert parcel.area_m2 == pytest.approx(10000, rel=1e-3)
    assert shapely.from_wkb(parcel.wkb).bounds[0] == pytest.approx(40_609_000, abs=20)


def dms(text):
    degrees, minutes, seconds = text[:-1].replace("°", "′").split("′")
    return int(degrees), int(minutes), float(seconds)


@pytest.mark.parametrize("unit, form", [
    ("度分秒", "{0}:{1:02d}:{2:08.5f}"), ("度分秒", "{0}-{1:02d}-{2:08.5f}"), ("度", "{0} {1:02d} {2:08.5f}"), ("度", "{0}°{1:02d}'{2:08.5f}\""),
    ("度分秒", "{0}{1:02d}{2:08.5f}"), ("度", "{0}°{3:.7f}′"), ("秒", "{4:.5f}"), ("度", "{0}度{1}分{2:.5f}秒")])
def test_degrees_are_read_however_they_are_parted(tmp_path, unit, form):
    def written(text):
        degrees, minutes, seconds = dms(text)
        return form.format(degrees, minutes, seconds, minutes + seconds / 60, degrees * 3600 + minutes * 60 + seconds)

    there = [f"J{n},1,{written(row[0])},{written(row[1])}" for n, row in enumerate(DEGREES)]
    lines = [*header(带号="", 计量单位=unit), "4,1.0000,1,甲,面,,,,@", *there]
    (parcel,) = read(tmp_path, lines).parcels
    assert parcel.area_m2 == pytest.approx(10000, rel=1e-3)
    assert shapely.from_wkb(parcel.wkb).bounds[0] == pytest.approx(40_609_000, abs=20)


@pytest.mark.parametrize("system", ["地方独立坐标系", "GCJ-02", "火星坐标", "城市坐标系"])
def test_a_system_whose_place_nobody_knows_is_not_taken_for_the_countrys(tmp_path, system):
    lines = [*header(坐标系=system), RECORD, *points()]
    with pytest.raises(InputError, match="which is not CGCS2000"):
        read(tmp_path, lines)
    assert len(read(tmp_path, lines, crs="EPSG:4528").parcels) == 1


def test_points_without_any_record_are_one_parcel_that_wants_a_number(tmp_path):
    redline = read(tmp_path, points())
    (parcel,) = redline.parcels
    assert parcel.area_m2 == pytest.approx(10000) and parcel.number is None and "have no record line" in told(redline)


@pytest.mark.parametrize("last", [f"J1,1,{E},{E}", f"J1,1,{N},{N}"])
def test_a_closing_point_with_one_coordinate_twice_is_left_out_and_named(tmp_path, last):
    redline = read(tmp_path, [*header(), RECORD, *points()[:4], last])
    assert redline.parcels[0].area_m2 == pytest.approx(10000) and "the same number for X and Y" in told(redline)


def test_rings_that_all_bear_one_number_are_told_apart(tmp_path):
    ring = points()
    beside = points(y=E + 300)
    (parcel,) = read(tmp_path, [*header(), "10,2.0,1,甲,面,,,,@", *ring, *beside]).parcels
    assert parcel.area_m2 == pytest.approx(20000)
    (open_rings,) = read(tmp_path, [*header(), "8,2.0,1,甲,面,,,,@", *ring[:4], *beside[:4]]).parcels
    assert open_rings.area_m2 == pytest.approx(20000)
    (hole,) = read(tmp_path, [*header(), "10,0.96,1,甲,面,,,,@", *ring, *points(x=N + 40, y=E + 40, side=20)]).parcels
    assert hole.area_m2 == pytest.approx(9600)


def test_folders_and_archives_of_texts_are_one_approval(tmp_path):
    folder = tmp_path / "红线"
    folder.mkdir()
    for at, name in enumerate(("甲", "乙")):
        (folder / f"{name}.txt").write_text("\n".join([*header(), RECORD.replace("甲", name), *points(y=E + 300 * at)]), encoding="gbk")
    (folder / "说明.doc").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "红线.zip", "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
    for source in (folder, tmp_path / "红线.zip"):
        redline = read_redline(str(source), target_crs="EPSG:4528", area_method="P")
        assert sorted((one["XMMC"], one["WJ"]) for one in approval_rows(redline)) == [("乙", "乙.txt"), ("甲", "甲.txt")]
        assert "说明.doc" in told(redline)
    (tmp_path / "leer").mkdir()
    (tmp_path / "leer" / "a.pdf").write_bytes(b"x")
    with pytest.raises(InputError, match="it holds a.pdf"):
        read_redline(str(tmp_path / "leer"))
    with pytest.raises(InputError, match="does not exist"):
        read_redline(str(tmp_path / "nichts.txt"))
