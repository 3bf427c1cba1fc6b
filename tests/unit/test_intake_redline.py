"""Red-line coordinate texts become approvals, in either encoding, with holes, zones and swapped columns."""
from __future__ import annotations

import pytest
import shapely
from osgeo import ogr

from land_inspector.errors import InputError
from land_inspector.exchange.redline import APPROVAL_FIELDS, read_redline, write_approvals

N0, E0 = 3_190_000.0, 609_000.0


def ring(number, x, y, side, first=1):
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
    return [f"J{first + at},{number},{north:.3f},{east:.3f}" for at, (north, east) in enumerate(corners)]


def text(records, system="2000国家大地坐标系", zone="40", **header):
    lines = ["[属性描述]", "格式版本号=1.01版本", "数据产生单位=临海市自然资源和规划局", f"坐标系={system}", "几度分带=3",
             "投影类型=高斯克吕格", "计量单位=米", f"带号={zone}", "精度=0.001", "转换参数=,,,,,,"]
    lines += [f"{name}={value}" for name, value in header.items()] + ["[地块坐标]"]
    return "\n".join(lines + records) + "\n"


def written(tmp_path, content, encoding="utf-8", newline="\r\n"):
    path = tmp_path / "红线.txt"
    path.write_bytes(content.replace("\n", newline).encode(encoding))
    return str(path)


def one(east=E0 + 40e6, **more):
    return text(["5,1.0000,1,古城地块,面,H51G001,工业用地,,@"] + ring(1, N0, east, 100.0), **more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_parcel_is_read_in_either_encoding(tmp_path, encoding, newline):
    redline = read_redline(written(tmp_path, one(), encoding, newline), area_method="P")
    (parcel,) = redline.parcels
    assert (parcel.number, parcel.name, parcel.use, parcel.sheet) == ("1", "古城地块", "工业用地", "H51G001")
    assert parcel.stated_m2 == parcel.area_m2 == pytest.approx(10000)
    assert redline.crs == "EPSG:4528"
    assert shapely.from_wkb(parcel.wkb).bounds == (E0 + 40e6, N0, E0 + 40e6 + 100, N0 + 100)
    assert not redline.findings


def test_without_a_zone_number_in_y_the_header_tells_the_zone(tmp_path):
    redline = read_redline(written(tmp_path, one(E0)), target_crs="EPSG:4528", area_method="P")
    assert shapely.from_wkb(redline.parcels[0].wkb).bounds == pytest.approx((E0 + 40e6, N0, E0 + 40e6 + 100, N0 + 100))


def test_a_zone_number_in_y_is_enough(tmp_path):
    assert read_redline(written(tmp_path, one(zone=""))).crs == "EPSG:4528"


def test_without_any_zone_the_user_is_asked(tmp_path):
    path = written(tmp_path, one(E0, zone=""))
    with pytest.raises(InputError, match="central meridian"):
        read_redline(path)
    assert read_redline(path, crs="EPSG:4549").crs == "EPSG:4549"


@pytest.mark.parametrize("system", ["80国家大地坐标系", "1980西安坐标系", "1954北京坐标系"])
def test_old_systems_are_refused_unless_the_user_knows_better(tmp_path, system):
    path = written(tmp_path, one(system=system))
    with pytest.raises(InputError, match="old system"):
        read_redline(path)
    assert len(read_redline(path, crs="EPSG:4528").parcels) == 1


def test_x_and_y_in_each_others_place_are_put_right(tmp_path):
    records = ["5,1.0000,1,甲,面,,,,@"] + [f"J,1,{E0 + 40e6 + x},{N0 + y}" for x, y in ((0, 0), (0, 100), (100, 100), (100, 0), (0, 0))]
    redline = read_redline(written(tmp_path, text(records)), area_method="P")
    assert shapely.from_wkb(redline.parcels[0].wkb).bounds == (E0 + 40e6, N0, E0 + 40e6 + 100, N0 + 100)
    assert [finding.rule for finding in redline.findings] == ["R04"]


def test_inner_rings_are_holes_and_rings_beside_are_parts(tmp_path):
    records = ["15,1.96,1,甲,面,,,,@"] + ring(1, N0, E0 + 40e6, 100) + ring(2, N0 + 40, E0 + 40e6 + 40, 20)
    records += ring(3, N0 + 500, E0 + 40e6, 100)
    (parcel,) = read_redline(written(tmp_path, text(records)), area_method="P").parcels
    shape = shapely.from_wkb(parcel.wkb)
    assert shape.geom_type == "MultiPolygon"
    assert parcel.area_m2 == pytest.approx(19600)


def test_several_parcels_keep_their_order_and_lines_that_are_no_points_are_named(tmp_path):
    records = ["5,1.0,1,甲,面,,,,@"] + ring(1, N0, E0 + 40e6, 100) + ["6,1.0,2,乙,面,,,,@"]
    records += ring(1, N0, E0 + 40e6 + 300, 100) + ["J6,1,坏,行"]
    redline = read_redline(written(tmp_path, text(records)), area_method="P")
    assert [parcel.name for parcel in redline.parcels] == ["甲", "乙"]
    assert [finding.severity for finding in redline.findings] == ["E", "W"]
    assert "line 24" in str(redline.findings[0].message)


def test_unclosed_rings_full_width_commas_and_missing_header_are_taken(tmp_path):
    points = "\n".join(ring(1, N0, E0 + 40e6, 100)[:4])
    (parcel,) = read_redline(written(tmp_path, f"4，1.0，1，甲，面，，，，@\n{points}\n".replace(",", "，")), area_method="P").parcels
    assert parcel.area_m2 == pytest.approx(10000)


def test_lines_points_and_empty_parcels_are_quarantined(tmp_path):
    records = ["2,0,1,路,线,,,,@"] + ring(1, N0, E0 + 40e6, 100)[:2] + ["0,0,2,空,面,,,,@"] + ["5,1.0,3,甲,面,,,,@"] + ring(1, N0, E0 + 40e6, 100)
    redline = read_redline(written(tmp_path, text(records)))
    assert [item.row for item in redline.quarantined] == [1, 2]
    assert [parcel.row for parcel in redline.parcels] == [3]


def test_a_stated_area_that_does_not_fit_is_reported(tmp_path):
    redline = read_redline(written(tmp_path, one().replace("1.0000", "15.0")))
    assert [finding.rule for finding in redline.findings] == ["R05"]


@pytest.mark.parametrize("content", ["", "坐标系=2000国家大地坐标系\n", "hello"])
def test_a_text_without_parcels_is_an_error(tmp_path, content):
    with pytest.raises(InputError, match="no red-line coordinate text"):
        read_redline(written(tmp_path, content))


def test_approvals_are_written_as_a_layer_with_the_standard_fields(tmp_path):
    redline = read_redline(written(tmp_path, one(), "gbk"), target_crs="EPSG:4549", area_method="P")
    output = tmp_path / "approvals.gpkg"
    assert write_approvals(redline, str(output), kind="01", document="浙土字〔2022〕1号", approved_on="2022-05-01") == 1
    source = ogr.Open(str(output))
    layer = source.GetLayerByName("approvals")
    feature = layer.GetNextFeature()
    assert [field.GetName() for field in layer.schema] == list(APPROVAL_FIELDS)
    assert (feature["PZWH"], feature["PZRQ"], feature["XMMC"], feature["PZMJ"]) == ("浙土字〔2022〕1号", "2022-05-01", "古城地块", 10000.0)
    assert feature.GetGeometryRef().GetArea() == pytest.approx(10000)
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "4549"
