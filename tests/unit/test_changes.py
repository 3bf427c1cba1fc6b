"""Own patches: what is right by construction, and what no run may do, on made-up land (design/changes.md §8)."""
from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from osgeo import gdal

from land_inspector.changes import proposing
from land_inspector.changes.features import _colour_distance, bands_of
from land_inspector.changes.gates import GREEN, RED, YELLOW, season_gate
from land_inspector.changes.masks import Mask
from land_inspector.changes.pair import EXAMINED, Pair
from land_inspector.changes.proposing import Request, propose
from land_inspector.changes.radiometry import irmad, normalisation, otsu, survival
from land_inspector.changes.registration import phase_shift, register_images
from land_inspector.errors import Cancelled, InputError
from land_inspector.evidence.crs import Crs
from land_inspector.evidence.sources import MemorySource
from land_inspector.evidence.vector_files import opened
from land_inspector.exchange.formats.gpkg import Layer, write_geopackage
from land_inspector.exchange.own_patches import candidates_page, image_file, in_order, write_candidates
from land_inspector.progress import Progress
from land_inspector.register.tables import Field
from tests import changed_scenes as scenes
from tests.factories import CRS


@pytest.fixture(scope="module", autouse=True)
def a_smaller_sample():
    """The scenes are small; the time of their runs is mostly that of the sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposing, "_SAMPLE_PIXELS", 60_000)
        yield


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return scenes.pair(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def asked(images):
    return Request(*map(image_file, map(str, images)), budget=30)


@pytest.fixture(scope="module")
def proposal(asked):
    return propose(asked)


def _boxes(sites, pixel=10.0):
    return [shapely.box(scenes.X0 + c * pixel, scenes.Y0 - (r + h) * pixel, scenes.X0 + (c + w) * pixel, scenes.Y0 - r * pixel)
            for r, c, h, w in sites]


def _layer(path: Path, shapes) -> str:
    write_geopackage(path, CRS, [Layer("land", (Field("DLBM", "text"),), {"DLBM": ["0101"] * len(shapes)},
                                       [shapely.to_wkb(shape) for shape in shapes])])
    return str(path)


def _texture(side, seed=3):
    noise = np.fft.fft2(np.random.default_rng(seed).normal(size=(side, side)))
    return np.real(np.fft.ifft2(noise / (np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]) + 0.02)))


def _moved(image, x, y):
    fy, fx = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])[None]
    return np.real(np.fft.ifft2(np.fft.fft2(image) * np.exp(-2j * np.pi * (fx * x + fy * y))))


# --- registration -------------------------------------------------------------------------------------------------------

def test_a_shift_is_found_to_a_tenth_and_what_shows_nothing_is_refused():
    image = _texture(300)
    found = phase_shift(image[20:276, 20:276], _moved(image, 1.3, -2.2)[20:276, 20:276])
    assert (found.x, found.y) == (pytest.approx(-1.3, abs=0.1), pytest.approx(2.2, abs=0.1)) and found.is_accepted
    rng = np.random.default_rng(1)
    assert not phase_shift(rng.normal(size=(256, 256)), rng.normal(size=(256, 256))).is_accepted
    flat = phase_shift(np.ones((256, 256)), image[:256, :256])
    assert not flat.is_accepted and np.isfinite([flat.x, flat.y, flat.q]).all()


def test_images_that_do_not_agree_are_taken_as_they_lie_and_it_is_said():
    one, two = _texture(512, 1), _texture(512, 2)
    found = register_images(512, 512, lambda r, c, s: (one[r:r + s, c:c + s], two[r:r + s, c:c + s], True), Progress())
    assert not found.is_trusted and not found.is_applied and found.reach == 2 and found.windows >= 3


# --- radiometry ---------------------------------------------------------------------------------------------------------

def test_irmad_knows_no_unit_and_no_order_of_bands():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 4)) @ rng.normal(size=(4, 4))
    y = x * 0.6 + 3 + rng.normal(size=x.shape) * 0.1
    y[:400] += rng.normal(size=(400, 4)) * 4
    one, two = irmad(x, y, 12, 0), irmad(x @ rng.normal(size=(4, 4)) + 9, y, 12, 0)
    assert np.max(np.abs(two.chi2 / one.chi2 - 1)) < 1e-5
    assert (one.chi2[:400] > otsu(np.sqrt(one.chi2)) ** 2).mean() > 0.9


def test_the_survival_of_chi_square():
    assert survival(np.array([0.0, 3.8415, 10.8276]), 1) == pytest.approx([1, 0.05, 0.001], abs=1e-5)
    assert survival(np.array([9.4877]), 4)[0] == pytest.approx(0.05, abs=1e-5)
    assert survival(np.array([11.0705]), 5)[0] == pytest.approx(0.05, abs=1e-5)


def test_the_line_through_what_did_not_change():
    rng = np.random.default_rng(2)
    old = rng.uniform(size=(20_000, 3))
    new = 0.7 * old + 0.1 + rng.normal(0, 0.004, old.shape)
    new[:2000] = rng.uniform(size=(2000, 3))
    found = normalisation(old, new)
    assert found.gains == pytest.approx([0.7] * 3, abs=0.005) and found.offsets == pytest.approx([0.1] * 3, abs=0.005)


@pytest.mark.parametrize("new", [np.random.default_rng(5).uniform(size=(3000, 3)), np.ones((3000, 3))], ids=["unrelated", "flat"])
def test_where_no_line_can_be_trusted_histograms_are_matched_and_it_is_said(new):
    old = np.random.default_rng(4).uniform(size=(3000, 3))
    found = normalisation(old, new)
    assert found.why is not None and np.isfinite(found.of_band(0, old[:, 0].astype(np.float32))).all()


def test_a_shift_of_one_pixel_is_no_change_of_colour_and_a_new_line_is_one():
    image = _texture(60).astype(np.float32)
    moved = np.roll(image, 1, axis=1)
    assert _colour_distance([image], [moved], 1)[5:-5, 5:-5].max() == 0
    lined = image.copy()
    lined[30] = 50
    assert _colour_distance([image], [lined], 1)[28, 5:-5].min() > 10


# --- the list -----------------------------------------------------------------------------------------------------------

def test_building_sites_are_found_and_come_first(proposal):
    sites = _boxes(scenes.SITES)
    top = [one for one in proposal.candidates if not one.is_random]
    found = [any(shapely.intersection(site, one.shape).area > 0.5 * site.area for one in top) for site in sites]
    assert sum(found) >= 19
    best = top[:18]
    assert sum(any(one.shape.intersects(site) for site in sites) for one in best) == 18
    overlap = [max(shapely.intersection(s, one.shape).area / shapely.union(s, one.shape).area for one in top) for s in sites]
    assert np.median(overlap) > 0.6
    assert all(one.description.words for one in best)
    assert [one.rank for one in proposal.candidates] == [*range(1, len(proposal.candidates) + 1)]


def test_one_in_ten_is_drawn_at_random(proposal):
    assert len(proposal.candidates) <= 30
    assert sum(one.is_random for one in proposal.candidates) == round(len(proposal.candidates) / 10)


def test_every_pixel_is_accounted_for(proposal):
    assert proposal.examined_m2 == pytest.approx(420 * 420 * 100, rel=1e-3)
    assert proposal.not_examined_m2 == pytest.approx(0, abs=1.0)
    assert {gate.level for gate in proposal.gates} == {GREEN}


def _bytes(request, path):
    write_candidates(path, propose(request))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_seed_makes_the_same_bytes_and_tiles_change_nothing(asked, tmp_path):
    one = _bytes(asked, tmp_path / "a.gpkg")
    assert [_bytes(replace(asked, tile=tile), tmp_path / "b.gpkg") for tile in (137,)] == [one]
    assert _bytes(replace(asked, seed=2), tmp_path / "c.gpkg") != one


def test_a_shifted_image_is_laid_back(tmp_path, asked):
    before, after = scenes.fields(420, 4, 7), scenes.later(scenes.fields(420, 4, 7), scenes.SITES, 7)
    scenes.write(tmp_path / "a.tif", before)
    scenes.write(tmp_path / "b.tif", np.stack([_moved(band, 2.4, -1.3) for band in after]))
    days = (("a", "2024-05-02"), ("b", "2025-05-05"))
    found = propose(Request(*(image_file(str(tmp_path / f"{name}.tif"), day) for name, day in days), budget=30))
    assert (found.registration.x, found.registration.y) == (pytest.approx(-2.4, abs=0.2), pytest.approx(1.3, abs=0.2))
    top = [one.shape for one in found.candidates[:20]]
    assert sum(any(site.intersects(shape) for shape in top) for site in _boxes(scenes.SITES)) >= 17


def test_masks_count_what_they_drop_and_the_area_adds_up(asked, tmp_path):
    sites = _boxes(scenes.SITES)
    village = _layer(tmp_path / "village.gpkg", [site.buffer(40) for site in sites[:6]])
    area = _layer(tmp_path / "area.gpkg", [shapely.box(scenes.X0 - 500, scenes.Y0 - 4200, scenes.X0 + 4200, scenes.Y0)])
    found = propose(replace(asked, exclude=(village,), area=area, budget=20))
    assert found.dropped == {"land": 6} and len(found.dropped_shapes) == 6
    assert not any(one.shape.within(site.buffer(30)) for site in sites[:6] for one in found.candidates)
    whole = found.examined_m2 + found.not_examined_m2
    assert whole == pytest.approx(4700 * 4200, rel=1e-3) and found.beyond_m2 == pytest.approx(500 * 4200, rel=1e-2)
    assert found.areas_m2[EXAMINED] < 4200 * 4200
    held = Mask("set right", MemorySource("settled", Crs.of(CRS), np.array([site.buffer(40) for site in sites[:6]])))
    assert propose(replace(asked, exclude=(held,), area=area, budget=20)).dropped == {"set right": 6}
    looked = propose(replace(asked, include=(village,), budget=20))
    assert {place for place, site in enumerate(sites) for one in looked.candidates if one.shape.intersects(site)} <= set(range(6))
    (name, looked_m2, number), = looked.by_class
    assert (name, number) == ("land", len(looked.candidates)) and looked_m2 == pytest.approx(looked.examined_m2)
    assert found.by_class == [] and "By the land looked at" in candidates_page(looked)
    page = candidates_page(found)
    assert "does not say that nothing else changed" in page and "land" in page


def test_the_file_holds_what_belongs_to_the_list(proposal, tmp_path):
    write_candidates(tmp_path / "own.gpkg", proposal)
    with opened(tmp_path / "own.gpkg") as dataset:
        layer = dataset.GetLayerByName("candidates")
        first = next(iter(layer))
        names = {dataset.GetLayer(number).GetName() for number in range(dataset.GetLayerCount())}
        assert first["JCBH"] == "ZC202505050001" and first["TZ"] == "sketch"
        assert (first["QSX"], first["HSX"]) == ("20240502", "20250505")
        assert len(json.loads(first["numbers"])) == 32 and layer.GetFeatureCount() == len(proposal.candidates)
    assert {"candidates", "not_examined", "dropped_sample"} <= names


@pytest.mark.parametrize("days, level", [(("2024-05-02", "2025-05-20"), GREEN), (("2024-05-02", "2025-06-10"), YELLOW),
                                         (("2024-05-02", "2025-09-20"), RED), (("2024-12-28", "2026-01-04"), GREEN),
                                         (("", "2025-01-01"), YELLOW)])
def test_the_season_is_a_gate(days, level):
    assert season_gate(*days).level == level


def test_which_band_is_which():
    assert bands_of(["", "", "", ""]).nir == 3 and bands_of(["red", "green", "blue"]).red == 0
    assert bands_of(["", "", ""], "nir,red,green").red == 1 and bands_of(["b2", "b3", "b4", "b8"]).blue == 0
    with pytest.raises(InputError):
        bands_of(["", ""], "blue,purple")


# --- what is refused ----------------------------------------------------------------------------------------------------

def _other(images, folder, **how):
    values = gdal.Open(str(images[1])).ReadAsArray().astype(float)
    return str(scenes.write(folder / "20250505_other.tif", how.pop("values", values), **how))


BAD = {
    "one image": lambda images, folder: "",
    "the same file": lambda images, folder: str(images[0]),
    "no overlap": lambda images, folder: _other(images, folder, at=(scenes.X0 + 90_000, scenes.Y0)),
    "other bands": lambda images, folder: _other(images, folder, values=np.ones((3, 420, 420))),
    "8 against 16 bits": lambda images, folder: _other(images, folder, kind=gdal.GDT_Byte),
    "no georeference": lambda images, folder: _other(images, folder, georeferenced=False),
    "no image": lambda images, folder: str(_text(folder / "20250505.tif")),
    "nowhere": lambda images, folder: str(folder / "nothing.tif"),
    "bands in another order": lambda images, folder: _named(folder / "20250505_b.tif", gdal.Open(str(images[1])).ReadAsArray()[::-1],
                                                            ("nir", "red", "green", "blue")),
    "one value": lambda images, folder: _other(images, folder, values=np.full((4, 420, 420), 500.0)),
    "far coarser": lambda images, folder: _other(images, folder, pixel=90.0),
    "nothing but nodata": lambda images, folder: _nodata(images, folder),
    "wrong order": lambda images, folder: str(_renamed(images, folder)),
}


def _named(path, values, names):
    raster = gdal.Open(str(scenes.write(path, values.astype(float))), gdal.GA_Update)
    for number, name in enumerate(names, 1):
        raster.GetRasterBand(number).SetDescription(name)
    return str(path)


def _text(path):
    path.write_text("no image")
    return path


def _nodata(images, folder):
    source = _other(images, folder, values=np.full((4, 420, 420), 7.0))
    dataset = gdal.Open(source, gdal.GA_Update)
    for band in range(1, 5):
        dataset.GetRasterBand(band).SetNoDataValue(7)
    return source


def _renamed(images, folder):
    target = folder / "20230101_old.tif"
    target.write_bytes(images[1].read_bytes())
    return target


@pytest.fixture(scope="module")
def named(images, tmp_path_factory):
    """The earlier image with its bands named."""
    return _named(tmp_path_factory.mktemp("named") / "20240502_a.tif", gdal.Open(str(images[0])).ReadAsArray(), ("B2", "绿波段", "red", "NIR"))


@pytest.mark.parametrize("kind", sorted(BAD))
def test_two_images_that_cannot_be_compared_get_a_sentence_with_what_to_do(kind, images, named, tmp_path):
    before = str(images[0]) if kind == "the same file" else named
    with pytest.raises(InputError) as wrong:
        propose(in_order(Request(image_file(before), image_file(BAD[kind](images, tmp_path)))))
    assert str(wrong.value.message) and str(wrong.value.remedy)


def test_a_person_may_say_the_order_of_both_and_a_colour_table_is_no_brightness(images, named, tmp_path):
    wrongly = _named(tmp_path / "20250505_b.tif", gdal.Open(str(images[1])).ReadAsArray(), ("red", "green", "blue", "nir"))
    with pytest.raises(InputError, match="compared with another"):
        Pair(image_file(named), image_file(wrongly))
    assert Pair(image_file(named), image_file(wrongly), bands="blue,green,red,nir").bands_compared == 4
    files = [scenes.write(tmp_path / name, np.ones((1, 40, 40)), kind=gdal.GDT_Byte) for name in ("a.tif", "b.tif")]
    table = gdal.ColorTable()
    table.SetColorEntry(1, (200, 10, 10, 255))
    raster = gdal.Open(str(files[1]), gdal.GA_Update)
    raster.GetRasterBand(1).SetColorTable(table)
    raster.FlushCache()
    with pytest.raises(InputError, match="colour table"):
        Pair(*map(image_file, map(str, files)))


def test_a_mask_that_covers_all_gets_a_sentence(asked, tmp_path):
    everything = _layer(tmp_path / "all.gpkg", [shapely.box(scenes.X0 - 9e3, scenes.Y0 - 9e3, scenes.X0 + 9e3, scenes.Y0 + 9e3)])
    with pytest.raises(InputError, match="leave nothing"):
        propose(replace(asked, exclude=(everything,)))
    far = _layer(tmp_path / "far.gpkg", [shapely.box(scenes.X0 + 9e4, scenes.Y0, scenes.X0 + 9.1e4, scenes.Y0 + 100)])
    with pytest.raises(InputError):
        propose(replace(asked, area=far))


def test_two_images_without_a_difference_give_no_candidate(images, tmp_path):
    twin = tmp_path / "20250502_twin.tif"
    twin.write_bytes(images[0].read_bytes())
    found = propose(Request(image_file(str(images[0])), image_file(str(twin))))
    assert found.candidates == [] and "no proof that nothing changed" in candidates_page(found)


class _StopsAt(Progress):
    def __init__(self, after: int):
        self.left = after

    def is_cancelled(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("after", [0, 12, 90])
def test_a_run_that_is_stopped_leaves_nothing(after, asked, tmp_path):
    cache = gdal.GetCacheMax()
    with pytest.raises(Cancelled):
        progress = _StopsAt(after)
        write_candidates(tmp_path / "own.gpkg", proposing.propose(asked, progress), (), _StopsAt(0))
    assert list(tmp_path.iterdir()) == [] and gdal.GetCacheMax() == cache


def _eight_bits(folder):
    """Four bands of 8 bits: GDAL calls the fourth alpha; the later image lies three pixels off."""
    before = scenes.fields(420, 4, 7)
    after = np.roll(scenes.later(before, scenes.SITES, 7), (-2, 3), (1, 2))
    return [scenes.write(folder / name, values / 8, kind=gdal.GDT_Byte) for name, values in (("a.tif", before), ("b.tif", after))], 4, 0.2


def _with_alpha(folder):
    """A fifth band that is a true mask: the upper 50 rows hold no picture."""
    before = scenes.fields(420, 4, 7)
    after, mask = scenes.later(before, scenes.SITES, 7), np.full((1, 420, 420), 65534.0)
    files = [scenes.write(folder / name, np.concatenate([values, mask])) for name, values in (("a.tif", before), ("b.tif", after))]
    for file in files:
        raster = gdal.Open(str(file), gdal.GA_Update)
        raster.GetRasterBand(5).SetColorInterpretation(gdal.GCI_AlphaBand)
        if file.name == "a.tif":
            mask[0, :50] = 0
            raster.GetRasterBand(5).WriteArray(mask[0].astype(np.uint16))
        raster.FlushCache()
    return files, 4, 50 * 420 * 100 / 1e6


def _torn(folder):
    """A stripe that is no number lies across every window of 256 pixels."""
    before = scenes.fields(420, 4, 7) / 1e4
    after = scenes.later(before * 1e4, scenes.SITES, 7) / 1e4
    before[:, 200:260] = np.nan
    files = [scenes.write(folder / name, np.ones((4, 420, 420)), kind=gdal.GDT_Float32) for name in ("a.tif", "b.tif")]
    for file, values in zip(files, (before, after)):
        gdal.Open(str(file), gdal.GA_Update).WriteArray(values.astype(np.float32))
    return files, 4, 60 * 420 * 100 / 1e6


def _turned(folder, angle=0.35):
    files = [Path(shutil.copy(file, folder / file.name)) for file in scenes.pair(folder / "straight")]
    for file in files:
        gdal.Open(str(file), gdal.GA_Update).SetGeoTransform((scenes.X0, 10 * np.cos(angle), 10 * np.sin(angle), scenes.Y0,
                                                              10 * np.sin(angle), -10 * np.cos(angle)))
    return files, 4, 0.0


def _on_end(folder):
    """Turned by a right angle: columns go south."""
    return _turned(folder, np.pi / 2)


@pytest.mark.parametrize("made", [_eight_bits, _with_alpha, _torn, _turned, _on_end])
def test_images_of_every_make_are_read_as_they_are(made, tmp_path):
    """All bands are compared, what holds no picture is known to the pixel, what neither frame covers is nobody's, and registration
    finds windows enough."""
    files, bands, lost_km2 = made(tmp_path)
    found = propose(Request(image_file(str(files[0]), "2024-05-02"), image_file(str(files[1]), "2025-05-05"), budget=30))
    assert found.pair.bands_compared == bands and found.registration.is_trusted
    assert found.not_examined_m2 / 1e6 == pytest.approx(lost_km2, abs=0.02 if lost_km2 != 0.2 else 0.1)
    assert (found.examined_m2 + found.not_examined_m2) / 1e6 == pytest.approx(17.64, abs=0.02)
    assert len(found.candidates) >= 20


# --- a trained net ------------------------------------------------------------------------------------------------------

def _net(path, bands=("blue", "green", "red", "nir"), pixel=10.0, **other):
    """A net that sees how far the mean colour went: the difference, pooled and spread again, beside itself, then one sum."""
    n = len(bands)
    mean = np.full((1, 2 * n, 1, 1), 3.0 / (2 * n), np.float32)
    said = {"kind": "land-inspector-net-1", "bands": list(bands), "pixel_m": pixel, "mean": [900.0] * n, "std": [150.0] * n, "reach": 8,
            "licence": "test", "places": ["none"], "validation": {"none": 0}, "layers": [
                {"op": "difference", "in": ["before", "after"], "out": "d"}, {"op": "pool", "in": ["d"], "out": "p"},
                {"op": "up", "in": ["p"], "out": "u"}, {"op": "concat", "in": ["d", "u"], "out": "c"},
                {"op": "conv", "in": ["c"], "out": "s", "weights": ["k", "b"]}, {"op": "sigmoid", "in": ["s"], "out": "change"}], **other}
    np.savez(path, manifest=np.frombuffer(json.dumps(said).encode(), np.uint8), k=mean, b=np.array([-4.0], np.float32))
    return str(path)


def test_a_trained_net_finds_with_its_own_score(asked, tmp_path):
    found = propose(replace(asked, model=_net(tmp_path / "net.npz"), budget=20))
    top = [one.shape for one in found.candidates if not one.is_random]
    assert sum(any(site.intersects(shape) for shape in top) for site in _boxes(scenes.SITES)) >= 17


@pytest.mark.parametrize("wrong", [{"bands": ("red", "green", "blue")}, {"pixel": 0.5}, {"licence": ""},
                                   {"layers": [{"op": "run", "in": [], "out": "change"}]}])
def test_a_net_that_does_not_fit_is_refused(wrong, asked, tmp_path):
    with pytest.raises(InputError):
        propose(replace(asked, model=_net(tmp_path / "net.npz", **wrong)))


def test_a_file_that_is_no_net_is_refused(asked, tmp_path):
    (tmp_path / "net.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError):
        propose(replace(asked, model=str(tmp_path / "net.npz")))
    np.savez(tmp_path / "objects.npz", manifest=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError):
        propose(replace(asked, model=str(tmp_path / "objects.npz")))


def test_planted_sites_are_an_upper_bound_and_called_one(asked):
    found = propose(replace(asked, self_test=True, budget=20))
    assert [one.planted for one in found.self_test] == [20, 20, 20]
    assert found.self_test[-1].found >= 10
    assert "upper bound" in candidates_page(found) and "upper bound" not in candidates_page(replace(found, self_test=[]))
