"""Placing the patches, each with the papers that its kind needs."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Sequence

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box

from .evidence import Books
from .ground import Ground, NoGround
from .kinds import counts
from .plan import company_name
from .shapes import earthwork, footprint, place, red_line, strip, to_millimetres

MARGIN_M = 7.0


@dataclass
class Patch:
    """One change on the ground. ``facts`` are what only a site visit tells; ``look`` how it shows in the later image."""

    kind: str
    shape: Polygon
    tblx: str
    look: str
    after_class: str
    user: str = ""
    facts: Dict[str, object] = field(default_factory=dict)


@dataclass
class Placer:
    """Builds patches on the ground and enters their papers. Dates: between the two images unless a paper says more."""

    ground: Ground
    books: Books
    rng: np.random.Generator
    by_coordinates: List[Polygon] = field(default_factory=list)

    def plant(self, small: float, large: float) -> Callable[[], Polygon]:
        return lambda: footprint(self.rng, float(np.exp(self.rng.uniform(np.log(small), np.log(large)))))

    def earth(self, small: float, large: float) -> Callable[[], Polygon]:
        return lambda: earthwork(self.rng, float(np.exp(self.rng.uniform(np.log(small), np.log(large)))))

    def built(self, kind: str, pool: str, small: float = 900, large: float = 9000, whole: bool = False) -> Patch:
        """A plant or an earthwork with room for a red line around it."""
        is_plant = self.rng.random() < 0.7
        make = self.plant(small, large) if is_plant else self.earth(small, large)
        shape = self.ground.settle(pool, make, whole, around=lambda s: red_line(s, MARGIN_M))
        tblx = ("1A" if shape.area > 4000 else "1B") if is_plant else "2"
        return Patch(kind, shape, tblx, "roof" if is_plant else "earth", "0601", company_name(self.rng))

    def day(self, start: str, end: str) -> str:
        """A day of that span, ISO."""
        first, last = np.datetime64(start), np.datetime64(end)
        return str(first + np.timedelta64(int(self.rng.integers(0, (last - first).astype(int) + 1)), "D"))


def _papers(placer: Placer, patch: Patch, line: Polygon, approved: str, supplied: str = "") -> None:
    project = f"{patch.user}年产{int(placer.rng.integers(2, 90))}万件项目"
    placer.books.approve(line, approved, patch.user, project)
    if supplied:
        placer.books.supply(line, supplied, patch.user, project)


def approved_estate(placer: Placer) -> Patch:
    """A whole industrial estate or resettlement area, of several hectares."""
    patch = placer.built("approved_estate", "any", 25_000, 80_000)
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), placer.day("2023-03-01", "2025-03-30"), placer.day("2025-04-01", "2025-12-30"))
    return patch


def approved_this_year(placer: Placer) -> Patch:
    patch = placer.built("approved_this_year", "fringe")
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), placer.day("2026-01-04", "2026-01-12"), placer.day("2026-01-13", "2026-01-17"))
    return patch


def approved_earlier(placer: Placer) -> Patch:
    patch = placer.built("approved_earlier", "fringe")
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), placer.day("2021-03-01", "2025-06-30"), placer.day("2025-07-01", "2025-12-30"))
    return patch


def approved_twice(placer: Placer) -> Patch:
    """Two approvals that overlap each other and together cover the patch; one supply line over all."""
    patch = placer.built("approved_twice", "fringe", 2000)
    whole = red_line(patch.shape, MARGIN_M)
    first = red_line(patch.shape, MARGIN_M, 0.62)
    second = whole.difference(red_line(patch.shape, MARGIN_M, 0.38))
    _papers(placer, patch, first, placer.day("2019-03-01", "2022-06-30"))
    _papers(placer, patch, to_millimetres(second), placer.day("2023-01-01", "2025-06-30"))
    placer.books.supply(whole, placer.day("2025-07-01", "2025-12-30"), patch.user, f"{patch.user}扩建项目")
    return patch


def _cut_short(placer: Placer, kind: str, pool: str, small: float, large: float, share: float, whole: bool = False) -> Patch:
    """An approval and supply over only ``share`` of a rectangular patch, taken along its long side."""
    ratio = placer.rng.uniform(1.3, 2.2)

    def make() -> Polygon:
        width = np.sqrt(placer.rng.uniform(small, large) / ratio)
        return box(-width * ratio / 2, -width / 2, width * ratio / 2, width / 2)

    shape = placer.ground.settle(pool, make, whole, around=lambda s: red_line(s, MARGIN_M))
    patch = Patch(kind, shape, "1A" if shape.area > 4000 else "1B", "roof", "0601", company_name(placer.rng))
    _papers(placer, patch, red_line(shape, MARGIN_M, share), placer.day("2021-03-01", "2025-06-30"),
            placer.day("2025-07-01", "2025-12-30"))
    return patch


def approved_within_tolerance(placer: Placer) -> Patch:
    return _cut_short(placer, "approved_within_tolerance", "crops", 2200, 3600, 0.97, True)


def approved_beyond_tolerance(placer: Placer) -> Patch:
    return _cut_short(placer, "approved_beyond_tolerance", "crops", 12_000, 14_000, 0.958, True)


def partly_approved(placer: Placer) -> Patch:
    patch = _cut_short(placer, "partly_approved", "fringe", 2500, 9000, float(placer.rng.uniform(0.4, 0.75)))
    patch.user = company_name(placer.rng)
    return patch


def over_occupied(placer: Placer) -> Patch:
    return _cut_short(placer, "over_occupied", "fringe", 3000, 9000, float(placer.rng.uniform(0.78, 0.9)))


def approved_unsupplied(placer: Placer) -> Patch:
    patch = placer.built("approved_unsupplied", "fringe")
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), placer.day("2022-03-01", "2025-12-20"))
    return patch


def approved_after_building(placer: Placer) -> Patch:
    patch = placer.built("approved_after_building", "fringe")
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), placer.day("2026-05-20", "2026-08-20"), placer.day("2026-08-21", "2026-08-30"))
    return patch


def approved_between_images(placer: Placer) -> Patch:
    patch = placer.built("approved_between_images", "fringe")
    approved = placer.day("2026-01-28", "2026-04-20")
    _papers(placer, patch, red_line(patch.shape, MARGIN_M), approved, approved)
    patch.facts["JSSJ"] = placer.day(approved, "2026-05-10")
    return patch


def approved_by_coordinates(placer: Placer) -> Patch:
    """Supplied, but the approval's line exists only as a coordinate text file."""
    patch = placer.built("approved_by_coordinates", "fringe", 2000)
    line = red_line(patch.shape, MARGIN_M)
    placer.by_coordinates.append(line)
    placer.books.supply(line, placer.day("2025-07-01", "2025-12-30"), patch.user, f"{patch.user}新建厂房项目")
    return patch


def registered(placer: Placer) -> Patch:
    patch = placer.built("registered", "unpapered", 500, 2500, whole=True)
    placer.books.register(red_line(patch.shape, 2.0), placer.day("2008-03-01", "2018-12-30"), patch.user)
    return patch


def linkage(placer: Placer) -> Patch:
    patch = placer.built("linkage", "any", 1500, 6000)
    placer.books.link(red_line(patch.shape, MARGIN_M), placer.day("2023-02-01", "2025-10-30"))
    return patch


def _facility(placer: Placer, kind: str, pool: str) -> Patch:
    shape = placer.ground.settle(pool, placer.plant(500, 3500), around=lambda s: red_line(s, MARGIN_M))
    use = str(placer.rng.choice(["生猪养殖", "育秧育苗", "农产品晾晒", "农机存放", "蔬菜大棚附属"]))
    patch = Patch(kind, shape, "1F", "shed", "1202", company_name(placer.rng), {"SJDL": "1202", "SJYT": use})
    placer.books.file_facility(red_line(shape, 3.0), placer.day("2024-02-01", "2026-01-10"), patch.user, use)
    return patch


def facility(placer: Placer) -> Patch:
    return _facility(placer, "facility", "slopes" if placer.rng.random() < 0.7 else "crops")


def facility_on_farmland(placer: Placer) -> Patch:
    return _facility(placer, "facility_on_farmland", "basic")


def _road(placer: Placer, kind: str, width_m: float) -> Patch:
    shape = placer.ground.settle("fields", lambda: strip(placer.rng, float(placer.rng.uniform(140, 420)), width_m), False,
                                 ("field", "plot", "lane", "ditch"))
    return Patch(kind, shape, "1D", "concrete", "1006", "村集体", {"SJDL": "1006", "XZDWKD": round(width_m, 1)})


def rural_road(placer: Placer) -> Patch:
    return _road(placer, "rural_road", float(placer.rng.uniform(3.5, 6.5)))


def wide_road(placer: Placer) -> Patch:
    return _road(placer, "wide_road", float(placer.rng.uniform(9, 14)))


def _temporary(placer: Placer, kind: str, start: str, until: str) -> Patch:
    shape = placer.ground.settle("any", placer.earth(1200, 7000), False, around=lambda s: red_line(s, MARGIN_M))
    patch = Patch(kind, shape, "2", "earth", "1206", company_name(placer.rng))
    placer.books.lend(red_line(shape, MARGIN_M), start, until, patch.user)
    return patch


def temporary_valid(placer: Placer) -> Patch:
    start = placer.day("2025-02-01", "2026-01-10")
    patch = _temporary(placer, "temporary_valid", start, str(np.datetime64(start) + np.timedelta64(729, "D")))
    patch.facts["permanent_building"] = 0
    return patch


def temporary_expired(placer: Placer) -> Patch:
    until = placer.day("2023-06-01", "2025-02-01")
    patch = _temporary(placer, "temporary_expired", str(np.datetime64(until) - np.timedelta64(729, "D")), until)
    patch.facts["reclaimed"] = 0
    return patch


def homestead(placer: Placer) -> Patch:
    shape = placer.ground.settle("homesteads", placer.plant(90, 190))
    return Patch("homestead", shape, "1B", "roof", "0702", "村民", {"SJDL": "0702", "homestead_approved": 1})


def homestead_illegal(placer: Placer) -> Patch:
    """A house in the fields beside the village, without a permit."""
    shape = placer.ground.settle("crops", placer.plant(120, 260))
    return Patch("homestead_illegal", shape, "1B", "roof", "0702", "村民", {"SJDL": "0702", "homestead_approved": 0})


def unapproved_crops(placer: Placer) -> Patch:
    return placer.built("unapproved_crops", "crops", 400, 8000, True)


def unapproved_farmland(placer: Placer) -> Patch:
    return placer.built("unapproved_farmland", "basic", 400, 6000, True)


def unapproved_other(placer: Placer) -> Patch:
    return placer.built("unapproved_other", "slopes", 500, 9000, False)


def unapproved_redline(placer: Placer) -> Patch:
    shape = placer.ground.settle("redline", placer.earth(800, 6000))
    return Patch("unapproved_redline", shape, "2", "earth", "0602", company_name(placer.rng))


def unchanged(placer: Placer) -> Patch:
    pool = "unpapered" if placer.rng.random() < 0.5 else "any"
    shape = placer.ground.settle(pool, placer.earth(500, 4000), pool == "unpapered")
    return Patch("unchanged", shape, "1B", "same", "", "", {"no_construction": 1, "photos": 1})


def restructured(placer: Placer) -> Patch:
    shape = placer.ground.settle("crops", placer.earth(1500, 6000))
    code, look = ("1104", "pond") if placer.rng.random() < 0.5 else ("0201", "orchard")
    return Patch("restructured", shape, "2", look, code, "村集体", {"SJDL": code, "plough_layer": 1})


def quarry(placer: Placer) -> Patch:
    shape = placer.ground.settle("quarries", placer.earth(1200, 5000))
    return Patch("quarry", shape, "2", "earth", "0602", company_name(placer.rng), {"SJDL": "0602"})


def sliver(placer: Placer) -> Patch:
    """A thread of a patch, as left by image and red line not fitting each other."""
    shape = placer.ground.settle("any", lambda: strip(placer.rng, float(placer.rng.uniform(40, 110)),
                                                      float(placer.rng.uniform(0.8, 1.8))))
    return Patch("sliver", shape, "1D", "concrete", "", "", {"category": "边角细缝"})


def _along(placer: Placer, lines: List[LineString], make: Callable[[], Polygon], fits: Callable[[Polygon], bool]) -> Polygon:
    for _ in range(2000):
        line = lines[int(placer.rng.integers(0, len(lines)))]
        point = line.interpolate(placer.rng.random(), normalized=True)
        shape = place(make(), point.x, point.y, float(placer.rng.uniform(0, 180)))
        if fits(shape) and placer.ground.take(shape):
            return shape
    raise NoGround("no free ground is left along the borders; try another seed or a larger county")


def two_townships(placer: Placer) -> Patch:
    """Across a township line, each side with more than a tenth of it, on open ground."""
    county, ground = placer.ground.county, placer.ground

    def fits(shape: Polygon) -> bool:
        shares = np.sort(shapely.area(shapely.intersection(county.areas, shape)) / shape.area)
        kinds = county.coverage.kinds[ground.tree.query(shape, predicate="intersects")]
        return shares[-2] > 0.1 and shares.sum() > 0.999999 and bool(np.isin(kinds, ("field", "plot", "lane", "ditch")).all())

    borders = [shapely.boundary(area) for area in county.areas]
    lines = [part for border in borders for part in shapely.get_parts(shapely.intersection(border, county.relief.foothill))
             if part.geom_type == "LineString" and part.length > 30]
    shape = _along(placer, lines, placer.plant(1500, 6000), fits)
    return Patch("two_townships", shape, "1A" if shape.area > 4000 else "1B", "roof", "0601", company_name(placer.rng))


def beyond_survey(placer: Placer) -> Patch:
    """Half over the county's edge, where the survey ends."""
    county = placer.ground.county

    def fits(shape: Polygon) -> bool:
        return 0.5 < shapely.intersection(shape, county.outline).area / shape.area < 0.9

    shape = _along(placer, [county.outline.exterior], placer.earth(1500, 5000), fits)
    return Patch("beyond_survey", shape, "2", "earth", "0601", company_name(placer.rng))


PLACERS: Dict[str, Callable[[Placer], Patch]] = {
    maker.__name__: maker for maker in (
        approved_estate, approved_this_year, approved_earlier, approved_twice, approved_within_tolerance, approved_beyond_tolerance,
        approved_unsupplied, partly_approved, over_occupied, approved_after_building, approved_between_images,
        approved_by_coordinates, registered, linkage, facility, facility_on_farmland, rural_road, wide_road,
        temporary_valid, temporary_expired, homestead, homestead_illegal, unapproved_crops, unapproved_farmland,
        unapproved_other, unapproved_redline, unchanged, restructured, quarry, sliver, two_townships, beyond_survey)}


def place_patches(placer: Placer, number: int, kinds: Sequence[str] = tuple(PLACERS)) -> List[Patch]:
    """About ``number`` patches of the kinds, in the order in which numbers are given: by township, north to south."""
    wanted = counts(number, kinds)
    patches = [PLACERS[name](placer) for name, count in wanted.items() for _ in range(count)]
    for patch in patches:
        patch.facts.setdefault("JSSJ", placer.day("2026-01-25", "2026-05-08"))
    return sorted(patches, key=lambda patch: (placer.ground.township_of(patch.shape), -patch.shape.centroid.y))
