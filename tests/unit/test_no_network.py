"""Nothing that is read makes the plugin speak to the network: a listener hears nobody while every reader opens what names it."""
from __future__ import annotations

import json
import socket
import threading
import zipfile

import pytest
from tests.intake_files import patch_rows, polygon, square, squares, write_geojson, write_gpkg, write_shapefile, wkt_of
from tests.office_tables import rewritten, xlsx

from land_inspector.crs_texts import plain_crs_text
from land_inspector.errors import InputError
from land_inspector.evidence.layers import open_layer
from land_inspector.evidence.profile import open_all, read_profile
from land_inspector.exchange.image_files import SUFFIXES, read_images
from land_inspector.exchange.intake.patches import take_in
from land_inspector.exchange.intake.townships import read_townships
from land_inspector.exchange.ledger_tables import read_ledger
from land_inspector.exchange.photo_files import read_photo
from land_inspector.exchange.redline import read_redline
from land_inspector.exchange.verdict_tables import read_verdicts
from land_inspector.progress import Progress
from land_inspector.register.storage.layout import create_file


class Listener:
    """Counts who calls; answers nobody."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.calls = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _listen(self):
        while True:
            try:
                caller, _address = self._socket.accept()
            except OSError:
                return
            self.calls.append(caller.recv(200))
            caller.close()

    def close(self):
        self._socket.close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()
    assert not listener.calls, listener.calls


def vrt(url):
    return (f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/{url}/a.geojson</SrcDataSource></OGRVRTLayer>'
            "</OGRVRTDataSource>")


def wfs(url):
    return f"<OGRWFSDataSource><URL>{url}/wfs?SERVICE=WFS</URL></OGRWFSDataSource>"


def gml(url):
    return ('<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/ '
            f'{url}/wfs?SERVICE=WFS&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=a"><gml:featureMember><ogr:a fid="a.0"><ogr:g>'
            f'<gml:Polygon srsName="{url}/crs"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>121,28 121.01,28 121.01,28.01 121,28'
            f'</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></ogr:g>'
            f'<ogr:JCBH xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}/x.xml#a">'
            "T001</ogr:JCBH></ogr:a></gml:featureMember></ogr:FeatureCollection>")


def kml(url):
    return (f'<?xml version="1.0"?><!DOCTYPE kml SYSTEM "{url}/kml.dtd"><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
            f"<NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink></Document></kml>")


def wms(url):
    return f'<GDAL_WMS><Service name="WMS"><ServerUrl>{url}/wms?</ServerUrl><Layers>a</Layers></Service></GDAL_WMS>'


def raster_vrt(url):
    return ('<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
            f"<SourceFilename>/vsicurl/{url}/a.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>")


READERS = [lambda path: take_in(str(path), target_crs="EPSG:4528", area_method="P"), lambda path: open_layer(str(path)),
           lambda path: read_townships(str(path), code_field="XZQDM", name_field="JCBH"), lambda path: read_verdicts(str(path), "N"),
           lambda path: read_ledger(str(path)), lambda path: read_redline(str(path)), lambda path: read_photo(path),
           lambda path: read_images(path, path.parent), lambda path: open_all(read_profile(path), Progress())]
SUFFIXES_TRIED = sorted({*SUFFIXES, *(f".{end}" for end in (
    "gpkg kml kmz gml tab mif fgb sqlite shp dbf geojson json dxf vrt xml csv txt xlsx xls ods html jpg png zip").split())})


def read_all(path):
    for reader in READERS:
        try:
            reader(path)
        except InputError:
            continue


@pytest.mark.parametrize("suffix", SUFFIXES_TRIED)
def test_no_reader_follows_what_a_file_of_any_name_points_at(tmp_path, listener, suffix):
    for number, write in enumerate((vrt, wfs, gml, kml, wms, raster_vrt)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / f"a{suffix}").write_text(write(listener.url), encoding="utf-8")
        read_all(folder / f"a{suffix}")
        read_all(folder)


def test_an_archive_of_such_files_is_not_followed_either(tmp_path, listener):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for suffix in (".kml", ".gml", ".gpkg", ".vrt", ".geojson"):
            packed.writestr(f"a{suffix}", vrt(listener.url))
    read_all(tmp_path / "a.zip")


def test_coordinate_systems_are_texts_and_not_addresses(tmp_path, listener):
    address = f"{listener.url}/crs"
    shape = write_shapefile(tmp_path / "a" / "a.shp", patch_rows(2), squares(2))
    shape.with_suffix(".prj").write_text(address, encoding="ascii")
    plain = write_geojson(tmp_path / "plain.geojson", patch_rows(1), [polygon(square())], crs=None)
    document = json.loads(plain.read_text(encoding="utf-8"))
    read_all(shape)
    for number, said in enumerate(({"type": "name", "properties": {"name": address}}, {"type": "link", "properties": {"href": address}})):
        text = json.dumps({**document, "crs": said})
        for name, written in (("a", text), ("b", text.replace('"crs"', '"\\u0063rs"'))):
            (tmp_path / f"{name}{number}.geojson").write_text(written, encoding="utf-8")
            read_all(tmp_path / f"{name}{number}.geojson")
    for reader in (lambda: read_redline(str(shape), crs=address), lambda: open_layer(str(shape), crs=address),
                   lambda: take_in(str(shape), target_crs=address, area_method="P"), lambda: create_file(tmp_path / "r.gpkg", address)):
        with pytest.raises(InputError):
            reader()


@pytest.mark.parametrize("layer", [{"source": "/vsicurl/{url}/a.geojson"}, {"source": "WFS:{url}/wfs"}, {"source": "{url}/a.geojson"},
                                   {"source": "/vsizip/{{/vsicurl/{url}/a.zip}}/a.shp"}, {"source": "a.gpkg", "crs": "{url}/crs"}])
def test_profiles_name_files_alone(tmp_path, listener, layer):
    write_gpkg(tmp_path / "a.gpkg", {"a": (patch_rows(1), [wkt_of(square())])})
    said = {name: value.format(url=listener.url) for name, value in layer.items()}
    layers = [{"key": "a", "role": "approval", **said}]
    (tmp_path / "office.json").write_text(json.dumps({"version": 1, "layers": layers}), encoding="utf-8")
    with pytest.raises(InputError):
        open_all(read_profile(tmp_path / "office.json"), Progress())


def test_workbooks_that_refer_to_other_places_are_read_as_they_are(tmp_path, listener):
    path = xlsx(tmp_path / "a.xlsx", {"a": [["图斑编号", "判定结果"], ["T001", "2"]]})
    rewritten(path, lambda name, text: text.replace("</Relationships>", (
        f'<Relationship Id="rId99" Type="x/externalLink" Target="{listener.url}/a.xlsx" TargetMode="External"/></Relationships>'))
        if name.endswith(".rels") else text)
    assert len(read_verdicts(str(path), "N").entries) == 1


@pytest.mark.parametrize("end, content", [(".ovr", wms), (".msk", wms), (".aux.xml", lambda url: (
    f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/{url}/a.tif</MDI></Metadata></PAMDataset>'))])
def test_what_lies_beside_an_image_is_no_address_either(tmp_path, listener, end, content):
    from osgeo import gdal

    made = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "a.tif"), 8, 8)
    made.SetGeoTransform((0, 1, 0, 0, 0, -1))
    made = None  # noqa: F841 - closes the file
    (tmp_path / f"a.tif{end}").write_text(content(listener.url), encoding="utf-8")
    with pytest.raises(InputError, match="no image file"):
        read_images(tmp_path / "a.tif", tmp_path)


@pytest.mark.parametrize("text, meant", [
    ("EPSG:4528", "EPSG:4528"), ("epsg: 4528", "EPSG:4528"), ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
    ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"), ("http://www.opengis.net/def/crs/EPSG/0/4490", "EPSG:4490"),
    ("+proj=tmerc +lon_0=120 +ellps=GRS80", "+proj=tmerc +lon_0=120 +ellps=GRS80"), ('GEOGCS["a"]', 'GEOGCS["a"]'),
    ("http://127.0.0.1:9/crs", None), ("/tmp/a.prj", None), ("\\\\host\\share\\a.prj", None), ("HTTP:9", None), ("", None),
    ("+proj=longlat +nadgrids=http://127.0.0.1:9/a.tif", None), ("+proj=longlat +nadgrids=@../../a", None), ("+init=/tmp/x:1", None),
    ('GEOGCS["a",EXTENSION["PROJ4_GRIDS","/vsicurl/http://x/a.gsb"]]', None), ('{"type": "GeographicCRS"}', None)])
def test_only_codes_wkt_and_proj_reach_the_library(text, meant):
    assert plain_crs_text(text) == meant
