"""Make the registers of format 3. Runs in a tree of the commit that README.md names only: later trees write a later format.

    python -m tests.data.formats.make_format_3 <empty folder>

then copy what lies in the folder, without ``work``, to ``tests/data/formats/3``. What format 2 knew already is done by its script.
Files and figures are kept compressed; what they say is the same.
"""
from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import List, Tuple
from unittest import mock

from osgeo import osr

from land_inspector.law.papers.catalogue import papers as known_papers
from land_inspector.register import (
    kinds, judging, packages, papers, parties, patrolling, second_opinion, sealing, settling,
)
from land_inspector.register.merging import merge_registers
from land_inspector.register.sealing import OriginBook
from land_inspector.register.patrolling import Log, Seen, Target
from land_inspector.register.register import Register
from land_inspector.register.undoing import last_group, undo
from land_inspector.register.upgrading import release_clock
from land_inspector.register.verifying import backup
from tests.data.formats import make_format_2
from tests.data.formats.figures import told
from tests.data.formats.make_format_2 import small
from tests.factories import CRS, X0, Y0, judge

DAYS = ["2026-05-22", "2026-10-01"]
PARTY = {"name": "李四光", "kind": "1", "id_kind": "身份证", "id_number": "330101197001011234", "address": "西门村12号"}


def place_in_county() -> Tuple[float, float]:
    """Longitude and latitude of a parcel: since format 3 a finding must lie in the county."""
    systems = [osr.SpatialReference(), osr.SpatialReference()]
    for system, name in zip(systems, (CRS, "EPSG:4326")):
        system.SetFromUserInput(name)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return osr.CoordinateTransformation(*systems).TransformPoint(X0 + 320.0, Y0 + 20.0)[:2]


def seen_in_county(station: str, on: str, place: object = None, *more: object, **said: object) -> Seen:
    """What the script of format 2 says of a finding, in its county."""
    return Seen(station, on, place_in_county() if place else None, *more, **said)


def planned_with_targets(register: Register) -> None:
    """A patrol planned along targets, what it found corrected, an act on it that was undone."""
    station = register.townships()["ZSDM"].iloc[0]
    patch = register.parcels("B1").set_index("DKBH")["patch_id"]["T005"]
    towards = [Target("patch", patch, "T005", *place_in_county(), why="未判定"), Target("place", "1", "大洋", *place_in_county())]
    planned = patrolling.plan_patrol(register, Log(station, "2026-07-02", officers=("甲",)), targets=towards, by="丁")
    patrolling.log_patrol(register, Log(station, "2026-07-02", "9:00", "10:30", ("甲", "丁"), violation=True), patrol=planned, by="丁")
    seen = Seen(station, "2026-07-02", place_in_county(), builder="王小明", state="1")
    found = patrolling.mark_finding(register, seen, patrol=planned, by="丁")
    patrolling.correct_finding(register, found, {"JSZT": "2", "JSDW": "张三丰", "BZ": "已上梁", "ZDMJ": 320.5}, by="丁")
    patrolling.act_on_finding(register, found, "stop_order", on="2026-07-03", said={"number": "责停2号"}, by="丁")
    patrolling.act_on_finding(register, found, "reported", on="2026-07-04", by="丁")
    undo(register, last_group(register, "丁"), by="丁")


def written_down(register: Register, work: Path) -> None:
    """The office, the parties of a case, papers numbered, one taken back, one written anew, one that came back signed."""
    scheme = {"organ": "演自然资", "patterns": {"decision": "{代字}罚〔{年}〕{号}号"}, "words": {}, "starts": {"decision": 5}}
    papers.describe_office(register, {"机关全称": "演示县自然资源局", "机关代字": "演自然资", "机关联系人": "赵六"}, {"甲": "33100101"},
                           scheme, by="科长")
    case = next(one.id for one in register.state().cases.values() if "T001" in one.AJBH)
    papers.describe_case(register, case, [PARTY], {"四至": "东至河", "违法事实": "李四光擅自占地建房"}, by="甲")
    row = papers.row_of(register, case)

    def write(code: str, digest: str) -> papers.Given:
        order = papers.Order(row, known_papers()[code], "", "2026-07-10", 2026)
        return papers.write(register, [order], lambda _order, _number: papers.Filled(digest * 32, ("当事人性别",)), by="甲")[0]
    decision = write("decision", "ab")
    write("penalty_notice", "cd")
    undo(register, last_group(register, "甲"), by="甲")
    write("penalty_notice", "ce")
    write("decision", "ac")
    (work / "决定书.pdf").write_bytes(b"%PDF-1.4 signed")
    papers.keep_finished(register, decision.paper_id, [work / "决定书.pdf"], on="2026-07-13", by="甲")


def judged_twice(register: Register) -> None:
    """A round of second opinions: one that agrees, one decided for the first, one decided for the second."""
    asked = second_opinion.choose(register, "B1", labels=["T001", "T004-01", "T007"], to="庚")
    second_opinion.begin(register, asked, by="科长")
    of = register.parcels("B1").set_index("DKBH")["parcel_id"]
    for label, level, sub_type in (("T001", "1", "101"), ("T004-01", "3", "301"), ("T007", "2", "201")):
        second_opinion.give(register, asked.id, of[label], level, sub_type, reason="影像", by="庚")
    found = {one.parcel: one for one in second_opinion.opinions(register, round_id=asked.id)}
    second_opinion.decide(register, found[of["T001"]], second_opinion.FIRST, reason="现场核实", by="科长")
    second_opinion.decide(register, found[of["T004-01"]], second_opinion.SECOND, reason="有批文", by="科长")


def given_out(register: Register) -> None:
    """Two packages, one of which came back in two parts."""
    for key, what in (("package-1", "review"), ("package-2", "field")):
        said = {"package": key, "what": what, "townships": ["331082100"], "stations": [], "batch": "B1", "file": f"{key}.zip",
                "rows": {"parcels": 3}, "digest": key[-1] * 64}
        packages.record_given(register, said, to="丁", by="甲")
    packages.record_returned(register, "package-1", "package-1.zip", ["a", "b"], 1, by="甲")
    packages.record_returned(register, "package-1", "package-1.zip", ["c"], 0, by="甲")


def merged_and_settled(register: Register, work: Path) -> None:
    """A copy at another desk says otherwise of two parcels; both come together, one conflict is settled and one stays open."""
    backup(register, work / "copy.gpkg")
    with Register.open(work / "copy.gpkg", origins=OriginBook(work / "third.json")) as other:
        judge(other, {"T008": "1"}, by="辛")
        judging.set_aside(other, "B1", ["T005"], reason="等测绘", waits_for_paper=False, by="辛")
        judge(register, {"T008": "3"}, by="乙")
        judging.set_aside(register, "B1", ["T005"], reason="等规划", waits_for_paper=True, by="乙")
        merge_registers(register, other)
    found = [one for one in settling.open_conflicts(register) if one.where == "T008"]
    assert found and len(settling.open_conflicts(register)) > len(found), "one is settled, one stays open"
    settling.settle(register, {(one.subject, one.field): one.acts[0].uuid for one in found}, reason="看照片", by="科长",
                    with_dependents=True)


def released(register: Register) -> None:
    """An entry from a clock that ran ahead, and its acceptance."""
    with mock.patch.object(sealing, "utc_now", lambda: "2026-12-24T00:00:00.000000Z"):
        judging.write_note(register, "B1", ["T003"], text="时钟快的电脑", by="乙")
    release_clock(register, reason="乙的电脑时钟快了", by="科长")


def pack(path: Path) -> None:
    """The file without empty pages, compressed."""
    with closing(sqlite3.connect(str(path), isolation_level=None)) as db:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE", "VACUUM"):
            db.execute(statement)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def keep(folder: Path, name: str, register: Register, moments: List[str]) -> None:
    """The figures beside the register."""
    said = {"moments": moments, "days": DAYS, "figures": told(register, moments, DAYS)}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")
    (folder / f"{name}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    register.close()
    pack(folder / f"{name}.gpkg")


def main(folder: Path) -> None:
    work = folder / "work"
    work.mkdir(parents=True)
    with mock.patch.object(make_format_2, "Seen", seen_in_county):
        register, moments = make_format_2.county(folder, work)
    planned_with_targets(register)
    written_down(register, work)
    judged_twice(register)
    given_out(register)
    merged_and_settled(register, work)
    released(register)
    now = register.storage.events()[-1].recorded_at
    told_of = {event.kind for event in register.storage.events()}
    assert set(kinds.CATALOGUE) - told_of == {kinds.NAMES_REMOVED, kinds.REGISTER_UPGRADED}, set(kinds.CATALOGUE) - told_of
    keep(folder, "county", register, [moments[0], moments[-1], now])
    nameless, moments = small(folder, "nameless.gpkg")
    parties.remove_names(nameless, by="甲")
    keep(folder, "nameless", nameless, moments)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
