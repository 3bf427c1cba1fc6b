"""Land without sufficient approvals: registered, facility, temporary, road, and the other categories (R23–R30), else R31.

Each rule answers, needs something, or does not apply (None). They stand in the order of domain.md §0.2 (4).
"""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union

from ..errors import Bilingual, Message, message
from .areas import above_mu, as_written, below_mu, m2_text, mu_text, percent_text, reaches, share_text
from .calendar import add_months
from .codes import CONSTRUCTION, land_class_group, plain_land_class, shipped_codes
from .facts import (
    APPROVAL, Answer, CONSOLIDATION, Document, FACILITY, Ground, HIGHWAYS, LAND_USE, LAYER_NEEDS, LINKAGE, MINING,
    NEEDS_LAND_CLASS, NOTHING_M2, NO_COVER, Need, Outcome, REGISTRATION, Supposed, TEMPORARY, VILLAGE, if_found,
    is_sliver, need,
)

RURAL_ROAD, FACILITY_LAND, HOMESTEAD, MINE, POND = "1006", "1202", "0702", "0602", "1104"
ACCESS_STRIP, RURAL_HOMESTEAD = "11", "04"  # QTLX categories that have rules of their own
Rule = Callable[[Ground], Outcome]


def land_class(ground: Ground) -> Optional[str]:
    """SJDL without its marks; None while nobody recorded it."""
    return plain_land_class(ground.facts.site.land_class)


def is_built_class(ground: Ground, code: Optional[str]) -> bool:
    """Whether the class on site is itself the proof that something was built."""
    return code in (RURAL_ROAD, FACILITY_LAND) or land_class_group(code, ground.pack.land_classes) == CONSTRUCTION


def covered_wholly(ground: Ground, role: str, share: float) -> Union[bool, Need]:
    """Whether papers of ``role`` cover at least ``share`` (a part of 1) of the ground; a Need where that was not
    measured."""
    covered = ground.covered_m2(role)
    return covered if isinstance(covered, Need) else reaches(covered, ground.area_m2, share)


def registered(ground: Ground) -> Outcome:
    """R23: a certificate whose registered area covers at least 95 %."""
    share = ground.parameters.registration_cover_share
    covers = covered_wholly(ground, REGISTRATION, share)
    if isinstance(covers, Need):
        return covers
    if not covers:
        return None
    numbers = [document.number for document in ground.documents(REGISTRATION) if document.number]
    if not numbers:
        return need(message("Cannot tell: needs the number of the registration certificate."), _if_certified(ground))
    reason = message("{share} % are registered under the certificate {number}.", number=numbers[0],
                     share=_share(ground, REGISTRATION, share))
    return Answer("1", "103", "R23", (reason,))


def _if_certified(ground: Ground) -> Supposed:
    cover = ground.facts.cover(REGISTRATION) or NO_COVER
    named = tuple(replace(document, number=document.number or "—") for document in cover.documents) or (
        Document("—", area_m2=cover.area_m2),)
    return Supposed(message("If the registration has a certificate, it would be: {verdict}.", verdict=""),
                    replace(ground.facts, covers={**ground.facts.covers, REGISTRATION: replace(cover, documents=named)}))


def _share(ground: Ground, role: str, limit: float) -> str:
    covered = ground.covered_m2(role)
    return share_text(ground.area_m2 if isinstance(covered, Need) else covered, ground.area_m2, limit)


def linked(ground: Ground) -> Outcome:
    """§2.3: building land of a linkage project (增减挂钩建新) is legal. The layer is not asked for where it is missing."""
    return _category(ground, LINKAGE, "1", "104", message("It lies in the building area of a linkage project."))


def facility(ground: Ground) -> Outcome:
    """R24: filed facility agriculture land whose use matches; on permanent basic farmland a violation."""
    share = ground.parameters.facility_cover_share
    covers = covered_wholly(ground, FACILITY, share)
    if not covers or isinstance(covers, Need):
        return covers or None
    filed = message("{share} % lie within filed facility agriculture land.", share=_share(ground, FACILITY, share))
    matches = _use_matches(ground)
    if isinstance(matches, Need):
        return matches
    if not matches:
        return Answer("2", "210", "R24", (filed, message("The actual use is not the filed one.")))
    return _facility_on_farmland(ground, filed)


def _use_matches(ground: Ground) -> Union[bool, Need]:
    """As recorded on site; else by the land class found there."""
    if ground.facts.site.use_matches is not None:
        return ground.facts.site.use_matches
    found = land_class(ground)
    if found == FACILITY_LAND:
        return True
    if found is not None and is_built_class(ground, found):
        return False
    return need(message("Cannot tell: needs to know whether the use matches the filed facility agriculture."),
                if_found(ground.facts, message("If the use is the filed one, it would be: {verdict}.", verdict=""), use_matches=True),
                if_found(ground.facts, message("If the use is another than the filed one, it would be: {verdict}.", verdict=""),
                         use_matches=False), settles=True)


def _facility_on_farmland(ground: Ground, filed: Message) -> Outcome:
    farmland = ground.farmland_m2()
    if isinstance(farmland, Need):
        return replace(farmland, supposed=_if_farmland(ground), settles=True)
    if farmland > NOTHING_M2 and ground.parameters.facility_on_farmland_illegal:
        reason = message("{area} m² ({mu} mu) of it are permanent basic farmland.", area=m2_text(farmland), mu=mu_text(farmland))
        return Answer("2", "210", "R24", (filed, reason))
    return Answer("3", "303", "R24", (filed,), _cultivated_warning(ground))


def _if_farmland(ground: Ground) -> Tuple[Supposed, ...]:
    """Where its layer was not measured; how it lies to both parts of a parcel nobody can suppose."""
    if ground.facts.farmland_m2 is not None:
        return ()
    return (Supposed(message("If no permanent basic farmland is touched, it would be: {verdict}.", verdict=""),
                     replace(ground.facts, farmland_m2=0.0)),
            Supposed(message("If permanent basic farmland is touched, it would be: {verdict}.", verdict=""),
                     replace(ground.facts, farmland_m2=ground.facts.area_m2)))


def _cultivated_warning(ground: Ground) -> Tuple[Message, ...]:
    cultivated = ground.cultivated_m2
    if not cultivated or cultivated <= NOTHING_M2 or not ground.parameters.facility_on_cultivated_warns:
        return ()
    return (message("The facility stands on {area} m² ({mu} mu) of cultivated land; some provinces return such a verdict.",
                    area=m2_text(cultivated), mu=mu_text(cultivated)),)


def rural_road(ground: Ground) -> Outcome:
    """R25: a road of 2.0–8.0 m outside the national highway network."""
    if land_class(ground) != RURAL_ROAD:
        return None if land_class(ground) else need(NEEDS_LAND_CLASS)
    width, limits = ground.facts.site.road_width_m, ground.parameters
    if width is None:
        said = message("If the road is {least} to {most} m wide, it would be: {verdict}.", verdict="", least=limits.road_width_min_m,
                       most=limits.road_width_max_m)
        return need(message("Cannot tell: needs the width of the road."),
                    if_found(ground.facts, said, road_width_m=limits.road_width_min_m))
    if not limits.road_width_min_m <= width <= limits.road_width_max_m or _on_highway(ground) is True:
        return None
    if _on_highway(ground) is None:
        return need(LAYER_NEEDS[HIGHWAYS], if_found(ground.facts, message(
            "If the road is none of the national network, it would be: {verdict}.", verdict=""), on_highway_network=False))
    return Answer("3", "305", "R25", (message("A rural road {width} m wide ({least} to {most} m), outside the highway network.",
                                              width=width, least=limits.road_width_min_m, most=limits.road_width_max_m),))


def _on_highway(ground: Ground) -> Optional[bool]:
    if ground.facts.site.on_highway_network is not None:
        return ground.facts.site.on_highway_network
    cover = ground.facts.cover(HIGHWAYS)
    return cover.area_m2 > NOTHING_M2 if cover else None


def temporary(ground: Ground) -> Outcome:
    """R26: an approval valid at HSX, of lawful term, without a permanent building; expired and unreclaimed is a violation."""
    share = ground.parameters.temporary_cover_share
    covers = covered_wholly(ground, TEMPORARY, share)
    if not covers or isinstance(covers, Need):
        return covers or None
    papers = ground.documents(TEMPORARY)
    paper = max(papers, key=lambda document: document.until or date.min, default=None)
    seen = ground.facts.window.until
    if paper is None or paper.until is None or paper.dated is None:
        return need(message("Cannot tell: needs the date and the term of the temporary land approval."))
    if seen is None:
        return need(message("Cannot tell: needs the date of the later image (HSX)."))
    if ground.facts.site.permanent_building:
        return Answer("2", "209", "R26", (message("A permanent building stands on temporary land (approval {number}).",
                                                  number=paper.number or "—"),))
    if paper.dated > seen:
        return None
    return _expired(ground, paper.until, seen) if paper.until < seen else _valid(ground, paper, paper.dated, paper.until)


def _expired(ground: Ground, until: date, seen: date) -> Outcome:
    reclaim_by = add_months(until, 12 * ground.parameters.temporary_reclaim_years)
    reclaimed = ground.facts.site.reclaimed
    if reclaimed:
        return None
    if seen <= reclaim_by:
        return need(message("Cannot tell: the temporary approval expired on {until} and the land must be reclaimed by {reclaim_by}; "
                            "needs its renewal or its reclamation.", until=until.isoformat(), reclaim_by=reclaim_by.isoformat()))
    if reclaimed is None:
        return need(message("Cannot tell: needs to know whether the expired temporary land was reclaimed."), if_found(
            ground.facts, message("If the land was not reclaimed, it would be: {verdict}.", verdict=""), reclaimed=False))
    return Answer("2", "209", "R26", (message("The temporary approval expired on {until}; the land was not reclaimed by {reclaim_by}.",
                                              until=until.isoformat(), reclaim_by=reclaim_by.isoformat()),))


def _valid(ground: Ground, paper: Document, dated: date, until: date) -> Outcome:
    limits, site = ground.parameters, ground.facts.site
    if until > add_months(dated, 12 * limits.temporary_years_infrastructure):
        return None
    if until > add_months(dated, 12 * limits.temporary_years) and not site.infrastructure:
        return need(message("Cannot tell: needs to know whether the temporary land serves infrastructure (its term exceeds "
                            "{years} years).", years=limits.temporary_years)) if site.infrastructure is None else None
    if site.permanent_building is None:
        return need(message("Cannot tell: needs to know whether a permanent building stands on the temporary land."), if_found(
            ground.facts, message("If no permanent building stands there, it would be: {verdict}.", verdict=""), permanent_building=False),
            if_found(ground.facts, message("If a permanent building stands there, it would be: {verdict}.", verdict=""),
                     permanent_building=True), settles=True)
    return Answer("3", "304", "R26", (message("Temporary land, approval {number} valid from {dated} to {until}, no permanent building.",
                                              number=paper.number or "—", dated=dated.isoformat(), until=until.isoformat()),))


def homestead(ground: Ground) -> Outcome:
    """R27: a rural house inside the village area and within its standard; otherwise a matter of the agriculture department."""
    site = ground.facts.site
    if land_class(ground) != HOMESTEAD and site.category != RURAL_HOMESTEAD:
        return None if land_class(ground) else need(NEEDS_LAND_CLASS)
    inside = _in_village(ground)
    if isinstance(inside, Need):
        return replace(inside, settles=True, supposed=(if_found(ground.facts, message(
            "If it lies outside the village area, it would be: {verdict}.", verdict=""), in_village=False),))
    if inside and site.within_standard is None:
        return need(message("Cannot tell: needs to know whether the house was approved and keeps the standard."), if_found(
            ground.facts, message("If the house was approved and keeps the standard, it would be: {verdict}.", verdict=""),
            within_standard=True), if_found(ground.facts, message(
                "If the house was not approved or is beyond the standard, it would be: {verdict}.", verdict=""),
                within_standard=False), settles=True)
    if inside and site.within_standard:
        return Answer("3", "306", "R27", (message("A rural homestead inside the village area (203), approved and within the standard."),))
    return Answer("2", "211", "R27", (message("A rural house outside the village area (203) or beyond approval or standard; "
                                              "to be handed to the agriculture department."),))


def _in_village(ground: Ground) -> Union[bool, Need]:
    if ground.facts.site.in_village is not None:
        return ground.facts.site.in_village
    if ground.facts.cover(VILLAGE) is None:
        return need(LAYER_NEEDS[VILLAGE])
    return covered_wholly(ground, VILLAGE, ground.parameters.category_cover_share)


def access_strip(ground: Ground) -> Outcome:
    """R28: above 2 mu the approved project covers 95 % of the patch, up to 2 mu 90 % of the main building; in both less than
    0.5 mu of cultivated land uncovered. The base is the patch, not the ground."""
    facts, limits = ground.facts, ground.parameters
    claimed = True if facts.site.category == ACCESS_STRIP else facts.site.is_access
    approvals = facts.cover(APPROVAL)
    if claimed is False or approvals is None:
        return None
    covered = _access_covered(ground, approvals.area_m2)
    if covered is False:
        return None
    uncovered = _uncovered_cultivated_m2(ground)
    if uncovered is not None and not below_mu(uncovered, limits.access_uncovered_cultivated_mu):
        return None
    if isinstance(covered, Need):
        return covered
    if claimed is None:
        return need(message("Cannot tell: needs to know whether the patch is an access strip of the approved project."), if_found(
            facts, message("If it is an access strip of the approved project, it would be: {verdict}.", verdict=""), is_access=True))
    if uncovered is None:
        return need(LAYER_NEEDS[LAND_USE])
    return Answer("3", "309", "R28", (message("An access strip of an approved project; {mu} mu of cultivated land are uncovered.",
                                              mu=mu_text(uncovered, 3)),))


def _access_covered(ground: Ground, approved_m2: float) -> Union[bool, Need]:
    facts, limits = ground.facts, ground.parameters
    if above_mu(facts.area_m2, limits.access_large_mu):
        return reaches(approved_m2, facts.area_m2, limits.access_cover_share)
    if facts.site.building_cover_share is not None:
        return as_written(facts.site.building_cover_share) >= as_written(limits.access_building_cover_share)
    if is_sliver(approved_m2, facts, limits) and not facts.site.is_access and facts.site.category != ACCESS_STRIP:
        return False  # without any approved land there is no approved project to have an access
    return need(message("Cannot tell: needs the approved share of the main building to which the access leads."), if_found(
        facts, message("If it is an access strip and {share} % of its main building are approved, it would be: {verdict}.", verdict="",
                       share=percent_text(as_written(limits.access_building_cover_share))), is_access=True,
        building_cover_share=limits.access_building_cover_share))


def _uncovered_cultivated_m2(ground: Ground) -> Optional[float]:
    total, approvals = ground.facts.cultivated_m2, ground.facts.cover(APPROVAL)
    if total is None or approvals is None or approvals.cultivated_m2 is None:
        return None
    return max(total - approvals.cultivated_m2, 0.0)


def no_construction(ground: Ground) -> Outcome:
    """R29: the site check found no construction and has a photo to show it."""
    site, found = ground.facts.site, land_class(ground)
    if site.no_construction is False or site.no_construction is None and is_built_class(ground, found):
        return None
    if site.no_construction is None:
        return None if _is_restructured(ground) else need(
            message("Cannot tell: needs a site check that says whether there is construction."),
            if_found(ground.facts, message("If a site check with photos finds no construction, it would be: {verdict}.", verdict=""),
                     no_construction=True, photos=max(site.photos or 0, ground.parameters.site_photos)))
    if (site.photos or 0) < ground.parameters.site_photos:
        return need(message("Cannot tell: needs {photos} site photo(s) that show no construction.", photos=ground.parameters.site_photos),
                    if_found(ground.facts, message("With the photos, it would be: {verdict}.", verdict=""),
                             photos=ground.parameters.site_photos), settles=True)
    return Answer("3", "301", "R29", (message("The site check found no construction ({photos} photo(s)).", photos=site.photos),))


def _is_restructured(ground: Ground) -> bool:
    """Cultivated land that became garden, forest, grass or pond."""
    found = land_class(ground)
    planted = found is not None and (found[:2] in ("02", "03", "04") or found == POND)
    return planted and ground.cultivated_m2 is not None and ground.cultivated_m2 > NOTHING_M2


def restructured(ground: Ground) -> Outcome:
    """R30: cultivated land under trees, grass or ponds with its plough layer intact; on permanent basic farmland 非粮违法."""
    if land_class(ground) is None:
        return need(NEEDS_LAND_CLASS)
    if is_built_class(ground, land_class(ground)):
        return None
    if ground.cultivated_m2 is None:
        return need(LAYER_NEEDS[LAND_USE])
    if not _is_restructured(ground):
        return None
    farmland = ground.farmland_m2()
    if isinstance(farmland, Need):
        return replace(farmland, supposed=_if_farmland(ground), settles=True)
    return _restructured_verdict(ground, farmland)


def _restructured_verdict(ground: Ground, farmland: float) -> Outcome:
    change = message("{area} m² ({mu} mu) of cultivated land became {found}.", area=m2_text(ground.cultivated_m2 or 0),
                     mu=mu_text(ground.cultivated_m2 or 0), found=land_class(ground))
    if farmland > NOTHING_M2:
        return Answer("2", "212", "R30", (change, message("{area} m² of it are permanent basic farmland.", area=m2_text(farmland))))
    intact = ground.facts.site.plough_layer_intact
    if intact is None:
        return need(message("Cannot tell: needs to know whether the plough layer is intact."), if_found(
            ground.facts, message("If the plough layer is intact, it would be: {verdict}.", verdict=""), plough_layer_intact=True),
            if_found(ground.facts, message("If the plough layer is damaged, it would be: {verdict}.", verdict=""),
                     plough_layer_intact=False), settles=True)
    if not intact:
        return Answer("2", "208", "R30", (change, message("The plough layer is damaged.")))
    return Answer("3", "302", "R30", (change, message("The plough layer is intact.")))


def consolidated(ground: Ground) -> Outcome:
    """§2.3: inside a land consolidation or restoration project."""
    return _category(ground, CONSOLIDATION, "3", "307", message("It lies in a land consolidation or restoration project."))


def mined(ground: Ground) -> Outcome:
    """§2.3: mining land inside its licence."""
    if land_class(ground) != MINE:
        return None
    return _category(ground, MINING, "3", "311", message("Mining land inside the licence."))


def _category(ground: Ground, role: str, level1: str, level2: str, reason: Message) -> Outcome:
    if ground.facts.cover(role) is None:
        return None
    covers = covered_wholly(ground, role, ground.parameters.category_cover_share)
    if isinstance(covers, Need):
        return covers
    return Answer(level1, level2, "2.3", (reason,)) if covers else None


def recorded_category(ground: Ground) -> Outcome:
    """§2.2: a category of other land that the inspector recorded (QTLX); its proof is still to be looked at."""
    category = shipped_codes().find("QTLX", ground.facts.site.category)
    if category is None or category.code in (ACCESS_STRIP, RURAL_HOMESTEAD):
        return None
    reason = message("Recorded on site as category {code} of other land.", code=category.code)
    return Answer("3", category.parent, "2.2", (reason,), (message("The category rests on the record alone: look at its proof."),))


RULES: Sequence[Rule] = (registered, linked, facility, rural_road, temporary, homestead, access_strip, no_construction,
                         restructured, consolidated, mined, recorded_category)


def unapproved_verdict(ground: Ground) -> Union[Answer, Need]:
    """The first rule that fires. One that cannot tell blocks all behind it, and all that is missing is named at once."""
    needs: Dict[str, Message] = {}
    blocking: List[Need] = []
    for rule in RULES:
        outcome = rule(ground)
        if isinstance(outcome, Need):
            needs.update((str(item), item) for item in outcome.needs)
            blocking.append(outcome)
        elif outcome is not None:
            return outcome if not needs else _blocked(tuple(needs.values()), blocking, outcome, outcome.reasons)
    last = fallback(ground)
    return _blocked(tuple(needs.values()), blocking, last, ()) if needs else last


def _blocked(needs: Tuple[Message, ...], blocking: Sequence[Need], follows: Union[Answer, Need], reasons: Tuple[Message, ...]) -> Need:
    """What is missing, what would be if it were known, and what follows if it changes nothing: where it may change nothing."""
    supposed = tuple(one for rule in blocking for one in rule.supposed)
    settles = any(rule.settles for rule in blocking)
    if settles:
        return Need(needs, (), supposed, settles)
    if isinstance(follows, Need):  # only whose the adjoining approved land is, remains open
        said = message("Unless what is missing says otherwise, it is land without papers: 204 where the user holds the adjoining approved "
                       "land, else 201.")
        return Need(needs, (said,), supposed)
    names = [f"{follows.level2} {shipped_codes().label('PDJL2', follows.level2, language)}" for language in ("en", "zh")]
    said = message("Unless what is missing says otherwise, rule {rule} gives {verdict}.", rule=follows.rule,
                   verdict=Bilingual(names[0], zh=names[1]))
    return Need(needs, (*reasons, said), supposed)


def fallback(ground: Ground) -> Union[Answer, Need]:
    """R22 and R31: land without papers. Over-occupation (204) if the user holds the adjoining approved land, else 202 when an
    application was filed, else 201."""
    same_user, reasons = _is_same_user(ground), [_no_paper(ground)]
    if same_user is None and ground.outside_approvals:
        return need(message("Cannot tell: needs to know whether the user is that of the adjoining approved land."), if_found(
            ground.facts, message("If the user is that of the adjoining approved land, it would be: {verdict}.", verdict=""),
            same_user=True), if_found(
                ground.facts, message("If the user is another, it would be: {verdict}.", verdict=""), same_user=False))
    if same_user:
        reasons.append(message("The user holds the adjoining approved land: more is occupied than approved."))
        return Answer("2", "204", "R22", tuple(reasons))
    if ground.facts.application_number:
        reasons.append(message("The application {number} was filed, but not approved.", number=ground.facts.application_number))
        return Answer("2", "202", "R31", tuple(reasons))
    return Answer("2", "201", "R31", tuple(reasons))


def _is_same_user(ground: Ground) -> Optional[bool]:
    """As recorded on site; else by the names in YDDW and on the approvals. None where either is missing."""
    if ground.facts.site.same_user is not None:
        return ground.facts.site.same_user
    named = {document.user.strip() for document in ground.documents(APPROVAL) if document.user and document.user.strip()}
    user = (ground.facts.user or "").strip()
    return user in named if user and named else None


def _no_paper(ground: Ground) -> Message:
    return message("No approval, registration, filing or exception covers {area} m² ({mu} mu).",
                   area=m2_text(ground.area_m2), mu=mu_text(ground.area_m2))
