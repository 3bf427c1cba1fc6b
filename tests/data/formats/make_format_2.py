"""Make the registers of format 2. Runs in a tree of the commit that README.md names only: later trees write a later format.

    python -m tests.data.formats.make_format_2 <empty folder>

then copy what lies in the folder, without ``work``, to ``tests/data/formats/2``.
"""
from __future__ import annotations

import json
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import List, Tuple

import shapely
from osgeo import osr

from land_inspector.errors import message
from land_inspector.evidence.profile import read_profile
from land_inspector.exchange.ledger_columns import LEDGER
from land_inspector.exchange.ledger_tables import ledger_row
from land_inspector.law import patrols, rulepack
from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.register import attachments, judging, matters, parties, patrolling, pursuing
from land_inspector.register.field_work import PhotoMatch, SiteVisit, add_photos, record_visit, remove_photo
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.ledger_import import take_over
from land_inspector.register.measuring import measure_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.patrolling import KeptTrack, Log, Seen
from land_inspector.register.proposing import import_pack, propose_batch
from land_inspector.register.records import Quarantined
from land_inspector.register.register import Register
from land_inspector.register.splitting import Piece, merge_parcels, split_parcels
from land_inspector.register.pursuing import assign_supervision, end_supervision
from land_inspector.register.undoing import last_group, undo
from tests.data.formats.figures import told
from tests.evidence_shapes import write_layer
from tests.factories import CRS, X0, Y0, info, intake, judge, patch, square, township
from tests.photo_files import write_photo
from tests.unit.law_cases import SAID

Made = Tuple[Register, List[str]]
OWN = {"TZBH": "信1", "XZDM": "331082100"}
TOWNS = [township("331082100", "古城街道", (-10, 6)), township("331082101", "大洋街道", (6, 1000))]
DEMOLITION = {"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 800.0}}
FINE = {"item": "2", "kind": "fine", "amount": {"fen": 16_000_000}, "article": "77", "violated_on": "2023-03-01",
        "base": {"land_m2": 1600.0}}


def rows(numbers, shifted=(), **more):
    return [patch(f"T{n:03d}", square(n, shift=15.0 if n in shifted else 0.0), row=n,
                  XZDM=TOWNS[int(n > 5)].code, XZMC=TOWNS[int(n > 5)].name, GDMJ0=500.0, **more) for n in numbers]


def new(folder: Path, name: str, **how) -> Register:
    return Register.create(folder / name, county_code="331082", county_name="演示县", crs=CRS, townships=TOWNS, by="登记员",
                           origins=OriginBook(folder / "work" / "origins.json"), **how)


def halves(register: Register, label: str, share: float = 0.5):
    row = register.parcels().set_index("DKBH").loc[label]
    outline = shapely.from_wkb(register.storage.shapes([row["shape_id"]])[row["shape_id"]])
    x0, y0, x1, y1 = outline.bounds
    west = shapely.box(x0, y0, x0 + (x1 - x0) * share, y1)
    return {label: [Piece(shapely.to_wkb(p), row["DKMJ"] * p.area / outline.area)
                    for p in (shapely.intersection(outline, west), shapely.difference(outline, west))]}


def profile(folder: Path) -> Path:
    west = [shapely.box(X0 + 100 * n, Y0, X0 + 100 * n + 20, Y0 + 40) for n in range(1, 13)]
    east = [shapely.box(X0 + 100 * n + 20, Y0, X0 + 100 * n + 40, Y0 + 40) for n in range(1, 13)]
    write_layer(folder / "dltb.gpkg", west + east, {"DLBM": ["0103"] * 12 + ["0301"] * 12}, CRS)
    write_layer(folder / "approved.gpkg", [square(3)], {"PZWH": ["批1"], "PZRQ": ["2025-03-01"], "YDDW": ["演示公司"]}, CRS)
    layers = [{"key": "dltb", "role": "land_use", "source": "dltb.gpkg", "fields": {"class": "DLBM"}},
              {"key": "pw", "role": "approval", "source": "approved.gpkg", "fields": {"number": "PZWH", "date": "PZRQ", "user": "YDDW"}}]
    (folder / "profile.json").write_text(json.dumps({"version": 1, "layers": layers}), encoding="utf-8")
    return folder / "profile.json"


def act(register: Register, case: str, name: str, on: str, **said):
    return pursuing.do_act(register, case, name, on=on, particulars={**SAID[name], **said}, by="甲", with_remedies=True)


def photo(folder: Path, name: str, lon: float) -> Path:
    return write_photo(folder / name, lon=lon, lat=28.8, direction=90.0, taken="2026:06:02 10:11:12")


def placed(lon: float, lat: float):
    """A camera's position in the register's CRS."""
    systems = [osr.SpatialReference(), osr.SpatialReference()]
    for system, name in zip(systems, ("EPSG:4326", CRS)):
        system.SetFromUserInput(name)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return osr.CoordinateTransformation(*systems).TransformPoint(lon, lat)[:2]


def judged_and_marked(register: Register) -> None:
    """Verdicts, marks, visits, what was undone and redone."""
    judge(register, {"T001": "2", "T002": "2", "T003": "1", "T004": "2", "T007": "2", "T008": "2"}, by="甲", effective_on="2026-05-20")
    give_verdicts(register, "B1", [Entry("T009", {"PDJL1": "2", "PDJL2": "201", "YDDW": "王小明", "ZTFL": "7", "WFGD": 0.0,
                                                  "JSSJ": "2026-02-03"})], by="乙", effective_on="2026-05-21")
    wrong = judge(register, {"T005": "1"}, by="乙")
    undone = undo(register, wrong.group, by="乙")
    undo(register, undone.group, by="乙")
    undo(register, wrong.group, by="甲", reason="误判")
    judging.set_aside(register, "B1", ["T005", "T006"], reason="等批文", waits_for_paper=True, by="甲")
    judging.take_up(register, "B1", ["T006"], by="甲")
    judging.flag(register, "B1", ["T001", "T002"], reason="重点", by="乙")
    judging.unflag(register, "B1", ["T002"], by="乙")
    judging.assign(register, "B1", ["T001", "T009"], to="丁", by="科长")
    judging.assign(register, "B1", ["T009"], to=None, by="科长")
    judging.write_note(register, "B1", ["T001"], text="现场有围挡", by="甲")
    record_visit(register, "B1", ["T001", "T005"], SiteVisit("building", ("甲", "丁"), use="1", land_class="0601", remark="在建"),
                 on="2026-06-02", by="甲")


def cut_and_issued_again(register: Register) -> None:
    split_parcels(register, "B1", halves(register, "T004"), by="甲")
    judge(register, {"T004-01": "1", "T004-02": "2"}, by="甲")
    split_parcels(register, "B1", halves(register, "T006"), by="甲")
    split_parcels(register, "B1", halves(register, "T006-02"), by="甲")
    merge_parcels(register, "B1", ["T006-01", "T006-03"], by="甲")
    split_parcels(register, "B1", halves(register, "T010"), by="乙")
    undo(register, by="乙")
    issue_batch(register, info(), intake(rows([*range(1, 10), 11], shifted=(2, 5)), digest="d2"), by="登记员")
    judging.take_newest_issue(register, "B1", ["T002"], by="甲")
    judge(register, {"T002": "2"}, by="甲")


def pursued(register: Register, kept: str) -> None:
    """Cases at several stages, remedies done, accepted and withdrawn, an act undone, a ledger taken over."""
    said = {"files": [kept]}
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-05-25", particulars=SAID["clue"], by="甲")
    officers = parties.officers(register, ["甲", "丁"], by="甲")
    act(register, case, "site_check", "2026-05-26", officers=officers, **said)
    act(register, case, "file", "2026-05-28", officers=officers)
    act(register, case, "investigate", "2026-06-15", officers=officers)
    act(register, case, "legal_review", "2026-06-20")
    act(register, case, "notice", "2026-06-22", remedies=[DEMOLITION, FINE])
    act(register, case, "hearing_notice", "2026-06-22")
    act(register, case, "confirm_address", "2026-06-23")
    act(register, case, "deliver", "2026-06-23", paper="notice", manner="4", **said)
    act(register, case, "deliver", "2026-06-24", paper="hearing_notice")
    act(register, case, "decide", "2026-07-10", remedies=[DEMOLITION, FINE])
    act(register, case, "serve", "2026-07-13")
    ordered = {track.kind: track.id for track in pursuing.tracks(register)}
    pursuing.record_progress(register, {ordered["demolition"]: {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 800.0},
                                        ordered["fine"]: {"fen": 6_000_000}}, on="2026-08-20", evidence=[kept], by="甲")
    pursuing.accept_remedies(register, [ordered["demolition"]], on="2026-09-01", level="1", by="甲")
    other = pursuing.open_case(register, "B1", ["T002", "T007"], on="2026-06-01", particulars=SAID["clue"], by="乙")
    act(register, other, "site_check", "2026-06-02", officers=officers)
    act(register, other, "stop_order", "2026-06-03")
    undo(register, by="甲")
    ended = pursuing.open_case(register, "B1", ["T008"], on="2026-06-01", particulars=SAID["clue"], by="乙")
    act(register, ended, "site_check", "2026-06-02", officers=officers)
    act(register, ended, "not_file", "2026-06-05")
    land = {"land_m2": 1600.0, "cultivated_m2": 800.0}
    loose = pursuing.order_remedy(register, "B1", "T009", "reclamation", land, on="2026-06-10", by="甲")
    pursuing.record_progress(register, {loose: {"land_m2": 400.0, "cultivated_m2": 200.0}}, on="2026-07-01", by="甲")
    dropped = pursuing.order_remedy(register, "B1", "T004-02", "return", {"land_m2": 800.0}, on="2026-06-10", by="甲")
    pursuing.withdraw_remedies(register, [dropped], on="2026-06-20", reason="重复", by="甲")
    columns = LEDGER.recognised(["案件编号", "图斑编号", "发现时间", "立案时间"])
    ledger = [ledger_row(2, ("案9", "T009", "2026-05-22", "2026-06-01"), columns)]
    assert [one.status for one in take_over(register, ledger, by="乙").outcomes] == ["taken"]


def reviewed_and_watched(register: Register) -> None:
    judging.pass_review(register, "B1", ["T003", "T007"], level="county", by="县局")
    judging.return_parcels(register, "B1", ["T003", "T007"], level="city", reason="补照片", answer_by="2026-07-20", by="市局")
    judging.answer_return(register, "B1", ["T003"], answer="已补", by="甲")
    assign_supervision(register, "督导一", [TOWNS[0].code], since="2026-06-01", until="2026-09-30", by="局长")
    key = assign_supervision(register, "督导二", [], since="2026-06-01", until="2026-12-31", remark="全县", by="局长")
    end_supervision(register, key, on="2026-08-01", reason="换人", by="局长")


def patrolled(register: Register) -> None:
    """A patrol planned, changed and logged with its track, one that did not take place, findings with what followed, one linked."""
    station = register.townships()["ZSDM"].iloc[0]
    patch = register.parcels("B1").set_index("DKBH")["patch_id"]["T003"]
    planned = patrolling.plan_patrol(register, Log(station, "2026-05-11", area="2", officers=("甲",)), by="丁")
    patrolling.plan_patrol(register, Log(station, "2026-05-12", area="2", officers=("甲", "丁")), patrol=planned, by="丁")
    done = Log(station, "2026-05-12", "8:30", "11:00", ("甲", "丁"), area="2", route="古城—大洋", violation=True)
    patrolling.log_patrol(register, done, patrol=planned, by="丁")
    patrolling.log_patrol(register, replace(done, on="2026-06-09", violation=False, officers=("丁",)), by="丁")
    patrolling.add_track(register, planned, KeptTrack("ab" * 32, "0512.gpx", 5200.0, 9000.0, 400, 2, "2026-05-12T00:30:00Z",
                                                      "2026-05-12T03:00:00Z"), by="丁")
    patrolling.withdraw_patrol(register, patrolling.plan_patrol(register, Log(station, "2026-05-20"), by="丁"), reason="暴雨", by="丁")
    seen = Seen(station, "2026-05-12", (121.1, 28.8), TOWNS[0].code, builder="张三", project="厂房", state="1", area_m2=1600.0,
                cultivated_m2=800.0, handling="220")
    found = patrolling.mark_finding(register, seen, patrol=planned, by="丁")
    patrolling.act_on_finding(register, found, patrols.REPORTED, on="2026-05-14", said={"number": "报1号"}, by="丁")
    patrolling.link_findings(register, [(found, patch)], by="甲")
    other = patrolling.mark_finding(register, Seen(station, "2026-06-09", project="堆场"), by="丁")
    patrolling.link_findings(register, [(other, patch)], by="甲")
    patrolling.link_findings(register, [(other, patch)], linked=False, by="甲")


def kept_in_ledgers(register: Register, paper: str) -> None:
    """Matters of shipped kinds with acts, one undone, one placed and linked to a parcel; an office's own kind and a matter of it."""
    shipped = {kind.id: kind for kind in shipped_kinds()}
    idle = shipped["idle_land"]
    plot = {"TZBH": "X1", "XZDM": TOWNS[0].code, "MJ": 10_000.0, "CJJK": 1_200_000_000, "YDDG": "2022-03-01", "SYQR": "张三"}
    parcel = register.parcels("B1").set_index("DKBH")["parcel_id"]["T003"]
    key = matters.open_matter(register, idle, plot, on="2026-05-05", by="甲", links=[{"what": "parcel", "id": parcel}],
                              outline=shapely.to_wkb(square(20)))
    matters.do_matter_act(register, key, "investigate", on="2026-05-20", particulars={"number": "调1", "files": [paper]}, by="甲")
    matters.do_matter_act(register, key, "reply", on="2026-06-01", particulars={"statement": "资金"}, by="甲")
    other = matters.open_matter(register, idle, {**plot, "TZBH": "X2", "SYQR": "演示公司"}, on="2026-05-06", by="甲")
    matters.do_matter_acts(register, {other: {"number": "调2"}}, "investigate", on="2026-05-21", by="甲")
    undo(register, last_group(register, "甲"), by="甲")
    matters.place_matter(register, other, shapely.to_wkb(square(21)), 1600.0, on="2026-05-22", by="甲")
    own = json.loads(json.dumps(shipped["petitions"].content))
    own.update(id="own_petitions", version="2", name={"zh": "信访（本局）", "en": "Petitions of the bureau"})
    matters.import_kind(register, json.dumps(own, ensure_ascii=False).encode("utf-8"), "own-kind.json", by="科长")
    matters.open_matter(register, matters.kind_named(register, "own_petitions"), OWN, on="2026-06-03", by="乙")


def noted_by_another(path: Path, work: Path) -> None:
    """Somebody with a book of origins of his own writes into the register: he notes what he found there, then the first one too."""
    with Register.open(path, origins=OriginBook(work / "other.json")) as register:
        judging.write_note(register, "B1", ["T003"], text="另一台电脑", by="戊")
    with Register.open(path, origins=OriginBook(work / "origins.json")) as register:
        judging.write_note(register, "B1", ["T003"], text="第一台电脑", by="甲")


def photographed(register: Register, folder: Path) -> None:
    found = register.parcels("B1").set_index("DKBH")["parcel_id"]
    add_photos(register, [PhotoMatch(photo(folder, "现场1.jpg", 121.0), (found["T001"],), "2026-06-02T10:11:12", 121.0, 28.8, 90.0, 3.5,
                                     "inside", placed(121.0, 28.8)),
                          PhotoMatch(photo(folder, "IMG_2.jpg", 121.1), (found["T004-01"], found["T004-02"]))], by="甲")
    added = add_photos(register, [PhotoMatch(photo(folder, "IMG_3.jpg", 121.2), (found["T005"],))], by="乙")
    remove_photo(register, added.added[0], by="乙")


def county(folder: Path, work: Path) -> Made:
    """Everything, with names; its second batch is frozen."""
    register = new(folder, "county.gpkg")
    issue_batch(register, info(), intake(rows(range(1, 12))), by="登记员")
    measure_batch(register, "B1", read_profile(profile(work)))
    propose_batch(register, "B1")
    judged_and_marked(register)
    moments = [register.storage.events()[-1].recorded_at]
    cut_and_issued_again(register)
    (work / "立案审批.pdf").write_bytes(b"%PDF-1.4 paper")
    paper = attachments.keep(register, [work / "立案审批.pdf"])[0]
    pursued(register, paper)
    moments.append(register.storage.events()[-1].recorded_at)
    photographed(register, work)
    reviewed_and_watched(register)
    patrolled(register)
    kept_in_ledgers(register, paper)
    own = json.loads(json.dumps(next(p for p in _shipped() if p["id"] == "cn-new")))
    own.update(id="own-2026", version="2026.9", valid_from="2026-08-01")
    import_pack(register, json.dumps(own, ensure_ascii=False).encode("utf-8"), "own.json", by="科长")
    second = replace(intake(rows(range(1, 4), shifted=(1, 2, 3)), "b2.gpkg", "e1"), rows=4, quarantined=[
        Quarantined(4, {"JCBH": "T099"}, None, message("The row has no outline."))])
    issue_batch(register, info("B2", "2026-06-10"), second, by="登记员")
    give_verdicts(register, "B2", [Entry("T001", {"PDJL1": "2", "PDJL2": "201"}), Entry("T002", {"PDJL1": "1", "PDJL2": "101"})],
                  by="甲", effective_on="2026-06-15")
    pursuing.open_case(register, "B2", ["T001"], on="2026-06-20", particulars=SAID["clue"], by="甲")
    judging.freeze(register, "B2", by="科长")
    judging.unfreeze(register, "B2", reason="更正", by="科长")
    judging.freeze(register, "B2", by="科长")
    issue_batch(register, info("B3", "2026-07-10"), intake(rows(range(1, 3)), "b3.gpkg", "f1"), by="登记员")
    undo(register, last_group(register, "登记员"), by="登记员")
    moments.append(register.storage.events()[-1].recorded_at)
    return register, moments


def _shipped():
    data = Path(rulepack.__file__).parent / "data" / "rulepacks"
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(data.glob("*.json"))]


def small(folder: Path, name: str, **how) -> Made:
    register = new(folder, name, **how)
    issue_batch(register, info(), intake(rows(range(1, 5))), by="登记员")
    give_verdicts(register, "B1", [Entry("T001", {"PDJL1": "2", "PDJL2": "201", "YDDW": "王小明", "ZTFL": "7"}),
                                   Entry("T002", {"PDJL1": "1", "PDJL2": "101", "YDDW": "演示公司"})], by="甲", effective_on="2026-05-20")
    record_visit(register, "B1", ["T001"], SiteVisit("built", ("甲",), land_user="王小明"), on="2026-06-02", by="甲")
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-05-25", particulars=SAID["clue"], by="甲")
    act(register, case, "site_check", "2026-05-26", officers=parties.officers(register, ["甲", "丁"], by="甲"))
    return register, [register.storage.events()[5].recorded_at]


def main(folder: Path) -> None:
    work = folder / "work"
    work.mkdir(parents=True)
    register, moments = county(folder, work)
    register.close()
    noted_by_another(folder / "county.gpkg", work)
    made = {"county": (Register.open(folder / "county.gpkg", origins=OriginBook(work / "origins.json")), moments),
            "nameless": small(folder, "nameless.gpkg"), "unnamed": small(folder, "unnamed.gpkg", keep_names=False)}
    parties.remove_names(made["nameless"][0], by="甲")
    for name, (register, moments) in made.items():
        days = ["2026-05-22", "2026-06-30", "2026-10-01"]
        said = {"moments": moments, "days": days, "figures": told(register, moments, days)}
        (folder / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        register.close()
        with sqlite3.connect(str(folder / f"{name}.gpkg")) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
