"""What cameras write, and what is left of it after chat programs, broken cards and wrong clocks."""
from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.exchange.photo_files import Exif, NotExif, photo_files, read_exif, read_photo
from tests.photo_files import exif_block, jpeg_bytes, sexagesimal, write_photo


@pytest.mark.parametrize("order", ["<", ">"])
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), direction=st.floats(0, 359.99))
def test_place_and_direction_come_back_as_they_were_written(order, lon, lat, direction):
    found = read_exif(exif_block(lon, lat, direction, order=order))
    if round(abs(lon) * 36e7) or round(abs(lat) * 36e7):
        assert abs(found.lon - lon) < 1e-8 and abs(found.lat - lat) < 1e-8
    assert abs(found.direction - direction) < 0.006


@pytest.mark.parametrize("extra, taken", [
    ((), "2026-05-20T10:11:12"),
    (((0x9291, 2, "345"),), "2026-05-20T10:11:12.345"),
    (((0x9011, 2, "+08:00"),), "2026-05-20T10:11:12"),
    (((0x9011, 2, "+00:00"),), "2026-05-20T18:11:12"),
    (((0x9011, 2, "-04:30"),), "2026-05-20T22:41:12"),
    (((0x9011, 2, "soon"),), "2026-05-20T10:11:12"),
])
def test_the_time_is_that_of_china_whatever_the_cameras_zone(extra, taken):
    assert read_exif(exif_block(taken="2026:05:20 10:11:12", extra=extra)).taken_at == taken


def test_without_a_clock_the_satellites_say_the_time():
    block = exif_block(121.1, 28.8, gps_extra=((7, 5, [(2, 1), (11, 1), (1250, 100)]), (29, 2, "2026:05:20")))
    assert read_exif(block).taken_at == "2026-05-20T10:11:12"


@pytest.mark.parametrize("said, field", [
    (dict(gps_extra=((2, 5, [(28, 0), (0, 1), (0, 1)]), (4, 5, [(121, 1), (0, 1), (0, 1)]))), "lon"),
    (dict(lon=0.0, lat=0.0), "lat"),
    (dict(lon=200.0, lat=28.0), "lon"),
    (dict(gps_extra=((17, 5, [(1, 0)]),)), "direction"),
    (dict(gps_extra=((17, 5, [(4000, 10)]),)), "direction"),
    (dict(taken="0000:00:00 00:00:00"), "taken_at"),
    (dict(taken="yesterday"), "taken_at"),
])
def test_a_value_that_cannot_be_is_none(said, field):
    assert getattr(read_exif(exif_block(**said)), field) is None


def test_a_direction_of_a_compass_is_called_magnetic():
    assert read_exif(exif_block(gps_extra=((16, 2, "M"), (17, 5, [(900, 10)])))) == Exif(direction=90.0, magnetic=True)


@pytest.mark.parametrize("written, meant", [(6, 6), (0, 1), (9, 1), (None, 1)])
def test_an_orientation_that_does_not_exist_is_upright(written, meant):
    assert read_exif(exif_block(orientation=written, taken="2026:05:20 10:11:12")).orientation == meant


@settings(max_examples=300)
@given(st.binary(max_size=200), st.data())
@example(b"II*\0\x08\0\0\0\xff\xff", None)
def test_no_bytes_bring_the_reader_down(noise, data):
    block = bytearray(exif_block(121.1, 28.8, 90.0, taken="2026:05:20 10:11:12", orientation=6))
    if data is not None:
        for _ in range(data.draw(st.integers(0, 8))):
            block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    for candidate in (noise, bytes(block), bytes(block)[:len(noise)]):
        try:
            found = read_exif(candidate)
        except NotExif:
            continue
        assert all(value is None or math.isfinite(value) for value in (found.lon, found.lat, found.direction))


def test_minutes_alone_are_read_too():
    block = exif_block(gps_extra=((1, 2, "N"), (2, 5, [(28, 1), (5125, 100)]), (3, 2, "E"), (4, 5, [(121, 1), (3000, 100)])))
    found = read_exif(block)
    assert (round(found.lat, 6), found.lon) == (round(28 + 51.25 / 60, 6), 121.5)
    assert sexagesimal(121.5)[:2] == [(121, 1), (30, 1)]


# --- files ---------------------------------------------------------------------------------------------------------------

def test_a_photo_is_read_with_its_digest(tmp_path):
    found = read_photo(write_photo(tmp_path / "a.jpg", lon=121.1, lat=28.8, direction=10.0, taken="2026:05:20 10:11:12"))
    assert found.exif.taken_at == "2026-05-20T10:11:12" and len(found.sha256) == 64 and found.notes == ()


def test_a_photo_out_of_a_chat_says_that_its_exif_is_gone(tmp_path):
    found = read_photo(write_photo(tmp_path / "a.jpg"))
    assert found.exif == Exif() and "no EXIF" in str(found.notes[0])


def test_damaged_exif_is_said_and_the_photo_is_kept(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(b"rubbish"))
    assert "damaged" in str(read_photo(path).notes[0])


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@pytest.mark.parametrize("content, said", [
    (HEIC, "HEIC"), (b"", "not a photo"), (b"PK\x03\x04", "not a photo"), (jpeg_bytes(exif_block(121.0, 28.0))[:-4], "breaks off"),
    (b"\xff\xd8\xff", "breaks off"), (b"\x89PNG\r\n\x1a\n\0\0\0\x0d", "breaks off"), (b"\xff\xd8\xff\xe1\x00\x04abcdef", "damaged photo")])
def test_what_cannot_be_taken_says_why(tmp_path, content, said):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_photo(path)


def test_a_file_that_is_gone_says_so(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_photo(tmp_path / "gone.jpg")


def test_what_a_telephone_appends_behind_the_picture_does_no_harm(tmp_path):
    path = write_photo(tmp_path / "a.jpg", lon=121.0, lat=28.0)
    path.write_bytes(path.read_bytes() + b"MotionPhoto" * 100)
    assert read_photo(path).exif.lon == 121.0


def test_a_png_is_read_with_its_exif(tmp_path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + b"crc!"
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"x" * 13) + chunk(b"eXIf", exif_block(121.0, 28.0)) + chunk(b"IEND", b""))
    assert read_photo(path).exif.lat == 28.0


def test_folders_are_gone_through_each_file_once_and_system_files_left_out(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "b/c/notes.txt", "b/Thumbs.db", "b/.hidden.jpg", "a.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = photo_files([tmp_path / "a.jpg", tmp_path / "b", tmp_path / "a.jpg", tmp_path / "gone.jpg"])
    assert [Path(path).name for path in found] == ["a.jpg", "1.jpg", "2.jpg", "notes.txt", "gone.jpg"]


@pytest.mark.parametrize("written, taken", [
    ("20260520134824", "2026-05-20T13:48:24"), ("20260520_134824", "2026-05-20T13:48:24"), ("2026.05.20 09.08.07", "2026-05-20T09:08:07"),
    ("2026年5月20日 13时48分24秒", "2026-05-20T13:48:24"),
    ("2026:05:20 24:08:19", "2026-05-20T00:08:19"), ("2026:05:20 1:48:24 pm", "2026-05-20T13:48:24"),
    ("2026:05:20 12:01:00 AM", "2026-05-20T00:01:00"),
    ("2026-05-20T10:11:12", "2026-05-20T10:11:12"), ("2026:05:20 10:11", "2026-05-20T10:11:00"),
    ("2026:05:20 下午1:48:24", "2026-05-20T13:48:24"),
    ("2026:05:20 上午1:48:24", "2026-05-20T01:48:24"), ("2026-05-20T10:11:12+00:00", "2026-05-20T18:11:12"),
    ("2026-05-20T10:11:12Z", "2026-05-20T18:11:12"), ("2026:05:20 25:00:00", None), ("2026:02:30 10:00:00", None)])
def test_times_as_cameras_and_telephones_write_them(written, taken):
    assert read_exif(exif_block(taken=written)).taken_at == taken


def test_a_zone_written_as_z_is_that_of_greenwich():
    assert read_exif(exif_block(taken="2026:05:20 22:11:12", extra=((0x9011, 2, "Z"),))).taken_at == "2026-05-21T06:11:12"


def with_xmp(packet, exif=b""):
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    return exif[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + exif[2:]


DRONE = ('<x:xmpmeta><rdf:Description drone-dji:GpsLatitude="+28.821952235" drone-dji:GpsLongitude="+121.119264240" '
         'drone-dji:GimbalYawDegree="{yaw}" drone-dji:GimbalPitchDegree="{pitch}" xmp:CreateDate="2026-05-12T10:11:12+08:00"/>'
         "</x:xmpmeta>")


@pytest.mark.parametrize("yaw, pitch, direction", [("+90.0", "-20.0", 90.0), ("-90.0", "0", 270.0), ("+90.0", "-90.0", None)])
def test_what_a_drone_says_in_xmp_alone_is_read(tmp_path, yaw, pitch, direction):
    path = tmp_path / "DJI_0001.jpg"
    path.write_bytes(with_xmp(DRONE.format(yaw=yaw, pitch=pitch), jpeg_bytes(exif_block(taken="2026:05:12 10:11:12"))))
    exif = read_photo(path).exif
    assert (exif.lat, exif.lon, exif.direction, exif.taken_at) == (28.821952235, 121.11926424, direction, "2026-05-12T10:11:12")


@pytest.mark.parametrize("packet", [
    '<x exif:GPSLatitude="28,49.3171N" exif:GPSLongitude="121,7.15585E"/>',
    "<exif:GPSLatitude>28,49,19.026N</exif:GPSLatitude><exif:GPSLongitude>121,7,9.351E</exif:GPSLongitude>"])
def test_places_in_the_form_of_xmp_itself_are_read(tmp_path, packet):
    (tmp_path / "a.jpg").write_bytes(with_xmp(packet, jpeg_bytes(exif_block(taken="2026:05:12 10:11:12"))))
    exif = read_photo(tmp_path / "a.jpg").exif
    assert exif.lat == pytest.approx(28.821952, abs=1e-5) and exif.lon == pytest.approx(121.119264, abs=1e-5)


def test_what_exif_says_counts_before_xmp(tmp_path):
    (tmp_path / "a.jpg").write_bytes(with_xmp(DRONE.format(yaw="0", pitch="0"), jpeg_bytes(exif_block(120.0, 30.0, 45.0))))
    exif = read_photo(tmp_path / "a.jpg").exif
    assert (round(exif.lon, 6), round(exif.lat, 6), exif.direction) == (120.0, 30.0, 45.0)


def test_a_picture_that_shows_is_taken_though_its_last_mark_is_missing(tmp_path):
    from osgeo import gdal

    image = gdal.GetDriverByName("MEM").Create("", 64, 64, 3)
    image.WriteRaster(0, 0, 64, 64, bytes(range(256)) * 48)
    gdal.GetDriverByName("JPEG").CreateCopy(str(tmp_path / "a.jpg"), image)
    whole = (tmp_path / "a.jpg").read_bytes()
    assert whole.endswith(b"\xff\xd9")
    (tmp_path / "b.jpg").write_bytes(whole[:-2])
    assert "end of the picture is missing" in str(read_photo(tmp_path / "b.jpg").notes[0])
    (tmp_path / "c.jpg").write_bytes(whole[:len(whole) * 2 // 3])
    with pytest.raises(InputError, match="breaks off"):
        read_photo(tmp_path / "c.jpg")


@pytest.mark.parametrize("head, kind", [(b"RIFF\0\0\0\0WEBPVP8 ", "WebP"), (b"BM" + b"\0" * 20, "BMP"), (b"II*\0" + b"\0" * 20, "TIFF")])
def test_pictures_of_other_kinds_are_called_what_they_are(tmp_path, head, kind):
    (tmp_path / "a.jpg").write_bytes(head)
    with pytest.raises(InputError, match=f"{kind}.*Save it as JPEG"):
        read_photo(tmp_path / "a.jpg")


def test_thousands_of_tags_over_the_same_bytes_fill_no_memory():
    import tracemalloc

    count = 60_000
    entries = b"".join(struct.pack("<HHII", 0x4000 + at % 0x3000, 5, 4096, 8) for at in range(count))
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + b"\0" * 4
    tracemalloc.start()
    try:
        assert read_exif(block) == Exif()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
