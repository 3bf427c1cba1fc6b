"""The desk of the demonstration county: whose work what is, what waits, what was seen on site, photos. All of it is invented."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from land_inspector.evidence.crs import Crs, transformer
from land_inspector.exchange.photos import PhotoPlaces, look_through, match_of
from land_inspector.progress import Progress
from land_inspector.register import judging
from land_inspector.register.field_work import SiteVisit, add_photos, record_visit
from land_inspector.register.register import Register
from land_inspector.register.judging import answer_return, pass_review
from land_inspector.register.pursuing import assign_supervision
from tools.demo.photos import Shot, look_at, write_photo

OFFICERS = ("演示执法员", "演示巡查员")
COLLEAGUES = ("演示检查员", "演示外业组", "演示新同事")
CITY = "演示市局"
_VISITS = (("built", "已建成，工人正在装修（演示）"), ("building", "主体在建（演示）"), ("earth", "推填土，未见建筑（演示）"),
           ("nothing", "现场为耕地，未动工（演示）"))
_PHOTOS_OF, _LEFT_TO_DROP_IN = 24, 6
_NEAR_M = 12.0


def arrange(register: Register, folder: Path, first: str, second: str) -> int:
    """Marks, visits, reviews and photos over the two batches of the year; how many photos there are. Photos that nobody has
    brought in yet lie in ``folder``/photos beside those that are in the register already."""
    judged, fresh = _parcels(register, first), _parcels(register, second)
    _give_work_out(register, second, fresh)
    _mark(register, first, judged)
    _visit(register, first, judged)
    _review(register, first, judged)
    _watch_townships(register)
    return _photograph(register, folder / "photos", judged)


def _parcels(register: Register, batch: str) -> pd.DataFrame:
    """Living parcels in the order of their numbers, with their outlines."""
    parcels = register.parcels(batch).sort_values("DKBH")
    shapes = register.storage.shapes(parcels["shape_id"])
    return parcels.assign(outline=[shapely.from_wkb(shapes[key]) for key in parcels["shape_id"]])


def _labels(parcels: pd.DataFrame, verdict: str, count: int, skip: int = 0) -> List[str]:
    """Numbers of whole patches with a verdict, evenly from all over the batch."""
    chosen = parcels.loc[(parcels["PDJL1"] == verdict) & (parcels["TBZT"] == "0"), "DKBH"].tolist()[skip:]
    return chosen[::max(len(chosen) // max(count, 1), 1)][:count]


def _give_work_out(register: Register, batch: str, parcels: pd.DataFrame) -> None:
    labels = parcels["DKBH"].tolist()
    for at, who in enumerate(COLLEAGUES):
        judging.assign(register, batch, labels[at::len(COLLEAGUES) + 1], to=who, by=COLLEAGUES[0])
    judging.set_aside(register, batch, labels[4:7], reason="等当地派出所核实用地人（演示）", by=COLLEAGUES[0])
    judging.set_aside(register, batch, labels[8:11], reason="缺用地批准文件原件（演示）", waits_for_paper=True, by=COLLEAGUES[0])
    judging.flag(register, batch, labels[12:14], reason="影像有云，等新片（演示）", by=COLLEAGUES[1])


def _mark(register: Register, batch: str, parcels: pd.DataFrame) -> None:
    illegal = _labels(parcels, "2", 6)
    judging.flag(register, batch, illegal[:3], reason="重大典型，局长要看（演示）", by=COLLEAGUES[0])
    judging.write_note(register, batch, illegal[1:4], text="村里来电，称已办手续，待查（演示）", by=COLLEAGUES[1])


def _visit(register: Register, batch: str, parcels: pd.DataFrame) -> None:
    visited = _labels(parcels, "2", 9) + _labels(parcels, "3", 3)
    for at, label in enumerate(visited):
        status, remark = _VISITS[3] if at >= 9 else _VISITS[at % 3]
        record_visit(register, batch, [label], SiteVisit(status, OFFICERS, remark=remark), on=f"2026-06-{1 + at:02d}", by=OFFICERS[1])


def _review(register: Register, batch: str, parcels: pd.DataFrame) -> None:
    """The county passes most, the city and the province some; one of the returned parcels has been answered."""
    back = parcels.loc[parcels["HSZT"] == "9", "DKBH"].tolist()
    answer_return(register, batch, back[:1], answer="已补充实地照片（演示）", by=COLLEAGUES[0], effective_on="2026-07-20")
    sound = parcels[(parcels["PDJL1"] == "1") & (parcels["HSZT"] == "1") & (parcels["TBZT"] == "0")]["DKBH"].tolist()
    pass_review(register, batch, sound[:60], level="county", by=COLLEAGUES[0], effective_on="2026-06-28")
    pass_review(register, batch, sound[:25], level="city", by=CITY, effective_on="2026-07-10")


def _watch_townships(register: Register) -> None:
    codes = register.townships()["XZDM"].tolist()
    assign_supervision(register, "演示督察一组", codes[:5], since="2026-06-01", until="2026-08-31", remark="一季度占比靠前", by=CITY)
    assign_supervision(register, "演示督察二组", codes[5:9], since="2026-09-01", until="2026-12-31", by=CITY)


# --- photos -----------------------------------------------------------------------------------------------------------


def _photograph(register: Register, folder: Path, parcels: pd.DataFrame) -> int:
    folder.mkdir(exist_ok=True)
    taken = _take(register, folder, parcels)
    place = PhotoPlaces(register)
    found = look_through(register, taken[:-_LEFT_TO_DROP_IN], Progress())
    matches = [match_of(one, [one.best] if one.best else [], place, False) for one in found if one.photo is not None]
    return len(add_photos(register, matches, by=OFFICERS[1]).added)


def _take(register: Register, folder: Path, parcels: pd.DataFrame) -> List[Path]:
    """One photo of each of some illegal parcels, from a few metres outside, with the camera towards the middle of it."""
    rng = np.random.default_rng(20260601)
    chosen = parcels[parcels["DKBH"].isin(_labels(parcels, "2", _PHOTOS_OF))]
    written = []
    for at, (label, outline) in enumerate(zip(chosen["DKBH"], chosen["outline"])):
        stand, middle = _where_to_stand(outline, float(rng.uniform(0.0, 1.0)))
        lon, lat = transformer(Crs.of(register.meta["crs"]), Crs.of("EPSG:4326"))(np.array([stand]))[0]
        shot = Shot(float(lon), float(lat), look_at(stand, middle), f"2026:06:{1 + at % 28:02d} 09:{at:02d}:00", at % 4 != 2)
        written.append(folder / f"IMG_{at + 1:04d}.jpg")
        write_photo(written[-1], shot, rng)
    return written


def _where_to_stand(outline: shapely.Geometry, share: float) -> Tuple[Sequence[float], Sequence[float]]:
    """A point a few metres outside the outline, ``share`` of the way round it, and a point inside."""
    ring = shapely.get_exterior_ring(shapely.get_geometry(shapely.buffer(outline, _NEAR_M), 0))
    stand = shapely.line_interpolate_point(ring, share, normalized=True)
    inside = shapely.point_on_surface(outline)
    return (stand.x, stand.y), (inside.x, inside.y)
