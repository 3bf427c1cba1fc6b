"""Packages of work: what they give out, and what may come back of them."""
from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from land_inspector.errors import InputError, RefusedError
from land_inspector.exchange.work_package import (
    DONE, FIELD_WORK, KNOWN_ROW, LEFT, RECTIFICATION, REVIEW, give_out_second, give_out_work, take_back_work,
)
from land_inspector.register import packages, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.second_opinion import agreement_of, begin, choose, decide, give, opinions
from land_inspector.register.verifying import verify
from tests.factories import info, intake, judge, new_register, patch, square, township

TOWNS = [township(), township("331082101", "大洋街道", (1000, 2000))]


@pytest.fixture
def register(tmp_path):
    """Two townships with two patches each; a land user whose name belongs to the office."""
    with new_register(tmp_path, TOWNS) as made:
        rows = [patch(f"T{n:03d}", square(n), row=n) for n in (1, 2)]
        rows += [patch(f"U{n:03d}", square(1000 + n), row=n, XZDM="331082101", XZMC="大洋街道") for n in (3, 4)]
        issue_batch(made, info(), intake(rows), by="登记员")
        said = {"PDJL1": "2", "PDJL2": "201", "YDDW": "欧阳修远", "ZTFL": "7"}
        assert not give_verdicts(made, "B1", [Entry("T001", said), Entry("U003", said)], by="慕容局长").refused
        yield made


def given(register, tmp_path, what, **more):
    done = give_out_work(register, tmp_path / f"{what}.zip", what, townships=["331082100"], **more)
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / what)
    return done, tmp_path / what


def edit(folder, layer, number, **values):
    with closing(sqlite3.connect(str(folder / "data.gpkg"))) as db, db:
        db.create_function("ST_IsEmpty", 1, lambda _g: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            db.create_function(name, 1, lambda _g: 0.0)
        for name, value in values.items():
            db.execute(f'UPDATE "{layer}" SET "{name}" = ? WHERE DKBH = ?', (value, number))


def everything_in(path: Path) -> bytes:
    """The bytes of a zip's files, those of zips in it too."""
    found = b""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            raw = packed.read(name)
            found += name.encode() + raw
            if name.endswith((".qgz", ".zip")):
                (path.parent / "inner.zip").write_bytes(raw)
                found += everything_in(path.parent / "inner.zip")
    return found


@pytest.mark.parametrize("what", [REVIEW, FIELD_WORK, RECTIFICATION])
def test_a_package_gives_away_no_other_township_and_no_name(register, tmp_path, what):
    ordered = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    for label in ("T001", "U003"):
        pursuing.order_remedy(register, "B1", label, "reclamation", ordered, on="2026-06-01", by="慕容局长")
    done, _folder = given(register, tmp_path, what, to="诸葛所长", by="慕容局长")
    raw = everything_in(done.file)
    for secret in ("U003", "U004", "331082101", "大洋街道", "欧阳修远", "慕容局长", "诸葛所长", str(tmp_path), "person:"):
        assert secret.encode("utf-8") not in raw and secret.encode("utf-16-le") not in raw, secret
    assert b"T001" in raw
    entry, = packages.book(register)
    assert (entry.what, entry.to, entry.returned, entry.townships) == (what, "诸葛所长", (), ("331082100",))


def test_verdicts_come_back_field_by_field_and_twice_is_harmless(register, tmp_path):
    _done, folder = given(register, tmp_path, REVIEW, to="诸葛所长")
    edit(folder, "parcels", "T001", PDJL1="1", PDJL2="101", PDSM="已有批文")
    edit(folder, "parcels", "T002", PDJL1="3", PDJL2="301")
    judge(register, {"T002": "1"}, by="慕容局长")
    rehearsed = take_back_work(register, folder, dry_run=True)
    assert [len(rehearsed.of(status)) for status in (DONE, LEFT)] == [1, 1] and packages.book(register)[0].returned == ()
    taken = take_back_work(register, folder)
    assert [row.where for row in taken.of(DONE)] == ["T001"] and [row.where for row in taken.of(LEFT)] == ["T002"]
    frame = register.parcels().set_index("DKBH")
    assert frame.loc["T001", "PDJL1"] == "1" and frame.loc["T001", "PDSM"] == "已有批文" and frame.loc["T002", "PDJL1"] == "1"
    assert frame.loc["T001", "YDDW"] == "欧阳修远"
    again = take_back_work(register, folder)
    assert not again.of(DONE) and [row.where for row in again.of(KNOWN_ROW)] == ["T001"]
    entry, = packages.book(register)
    assert len(entry.returned) == 1 and entry.left == 1 and verify(register).broken == ()


def test_visits_photos_and_finished_work_come_back(register, tmp_path):
    ordered = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    remedy = pursuing.order_remedy(register, "B1", "T001", "reclamation", ordered, on="2026-06-01", by="甲")
    _done, folder = given(register, tmp_path, FIELD_WORK, to="诸葛所长")
    (folder / "DCIM" / "a.jpg").write_bytes(b"\xff\xd8\xff picture")
    edit(folder, "parcels", "T001", status="built", visited_on="2026-06-02", remark="水泥地坪", photo1="DCIM/a.jpg")
    assert len(take_back_work(register, folder).of(DONE)) == 1 and len(take_back_work(register, folder).of(KNOWN_ROW)) == 1
    assert register.parcels().set_index("DKBH").loc["T001", "photos"] == 1
    _done, folder = given(register, tmp_path, RECTIFICATION)
    edit(folder, "remedies", "T001", now_m2=600.0, done_on="2026-06-10")
    assert len(take_back_work(register, folder).of(DONE)) == 1
    assert take_back_work(register, folder).of(DONE) == [] and verify(register).broken == ()
    assert next(track for track in pursuing.tracks(register) if track.id == remedy).done.land_m2 == 600.0


def test_a_foreign_an_altered_and_a_forged_package_are_refused(register, tmp_path):
    _done, folder = given(register, tmp_path, REVIEW)
    (tmp_path / "elsewhere").mkdir()
    with new_register(tmp_path / "elsewhere", TOWNS) as stranger:
        with pytest.raises(InputError, match="another register"):
            take_back_work(stranger, folder)
    from land_inspector.exchange import field_package

    with closing(sqlite3.connect(str(folder / "data.gpkg"))) as db, db:  # a list that agrees with itself, but is not the one given out
        db.execute("UPDATE li_base SET said = replace(said, '\"201\"', '\"202\"')")
        about = db.execute("SELECT value FROM li_package WHERE key = 'about'").fetchone()[0]
        rows = sorted(db.execute("SELECT layer, key, said, shape FROM li_base").fetchall())
        db.execute("UPDATE li_package SET value = ? WHERE key = 'digest'", (field_package._digest(about, rows),))
    before = register.seal().code
    with pytest.raises(InputError, match="not the package that was given out"):
        take_back_work(register, folder)
    with pytest.raises(InputError, match="no township or station"):
        give_out_work(register, tmp_path / "x.zip", REVIEW, townships=["999"])
    assert register.seal().code == before and not (tmp_path / "x.zip").exists()


# --- a second opinion, blind --------------------------------------------------------------------------------------------------


def test_a_second_opinion_is_blind_is_no_verdict_and_an_arbiter_decides(register, tmp_path):
    judge(register, {"T002": "1", "U004": "1"}, by="慕容局长")
    asked = choose(register, "B1", size=4, seed=3, to="诸葛所长")
    assert len(asked.parcels) == 4 and asked.parcels == choose(register, "B1", size=4, seed=3, to="诸葛所长").parcels
    done = give_out_second(register, tmp_path / "second.zip", asked)
    raw = everything_in(done.file)
    for secret in ("欧阳修远", "慕容局长", "诸葛所长", "verdict", "ZDPD1"):
        assert secret.encode() not in raw, secret
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / "second")
    with closing(sqlite3.connect(str(tmp_path / "second" / "data.gpkg"))) as db:
        assert {row for row in db.execute("SELECT PDJL1, PDJL2, reason FROM parcels")} == {(None, None, None)}
    for number, level, sub_type in (("T001", "1", "101"), ("T002", "1", "101"), ("U003", "2", "201"), ("U004", "2", "201")):
        edit(tmp_path / "second", "parcels", number, PDJL1=level, PDJL2=sub_type, reason="看影像")
    taken = take_back_work(register, tmp_path / "second")
    assert len(taken.of(DONE)) == 4 and take_back_work(register, tmp_path / "second").of(DONE) == []
    assert register.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "2"  # no verdict
    found = opinions(register, "B1")
    made = agreement_of(found)
    assert (made.pairs, made.agreed, made.kappa) == (4, 2, 0.0) and [one.number for one in found[:2]] == ["T001", "U004"]
    decide(register, found[0], "second", reason="补充了批文", by="科长")
    assert register.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "1"
    with pytest.raises(RefusedError, match="judged anew"):
        decide(register, found[0], "first", reason="再看", by="科长")
    decide(register, found[1], "first", reason="影像不清", by="科长")
    assert [one.decided for one in opinions(register, "B1")][:2] == ["second", "first"] and verify(register).broken == ()


def test_nobody_gives_a_second_opinion_on_his_own_verdict(register):
    with pytest.raises(InputError, match="no judged parcel"):
        choose(register, "B1", size=9, to="慕容局长")
    with pytest.raises(RefusedError, match="judged some of these"):
        choose(register, "B1", labels=["T001"], to="慕容局长")
    asked = choose(register, "B1", labels=["T001"])
    begin(register, asked)
    with pytest.raises(RefusedError, match="gave the first verdict"):
        give(register, asked.id, next(iter(asked.parcels)), "1", "101", by="慕容局长")


def test_a_patrol_goes_out_and_comes_back_by_the_same_doors(register, tmp_path):
    with pytest.raises(InputError, match="one station"):
        give_out_work(register, tmp_path / "x.zip", "patrol", townships=["331082100"])
    done = give_out_work(register, tmp_path / "patrol.zip", "patrol", stations=["城区所"], to="诸葛所长")
    with zipfile.ZipFile(done.file) as packed:
        packed.extractall(tmp_path / "patrol")
    with closing(sqlite3.connect(str(tmp_path / "patrol" / "data.gpkg"))) as db, db:
        db.execute("INSERT INTO patrol (li_key, XCRQ, KSSJ, JSSJ, officers, XCLX, SFWF) VALUES "
                   "('5f0c3f9e-52f1-4f8e-9d6f-0d0a6b8f4c11', date('now'), '08:30', '11:00', '张三、李四', '古城—大洋', '0')")
    assert len(take_back_work(register, tmp_path / "patrol", dry_run=True).of(DONE)) == 1
    assert len(take_back_work(register, tmp_path / "patrol").of(DONE)) == 1
    assert take_back_work(register, tmp_path / "patrol").of(DONE) == [] and len(packages.book(register)[0].returned) == 1
