"""The code of a dossier: made anew from the register's events, or never in this register."""
from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from land_inspector.errors import InputError
from land_inspector.register import dossiers
from land_inspector.register.dossiers import MOVED_ON, NEVER, STANDS, Reader, check, codes_in, every_parcel, named, same_content
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import write_note
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from tests import factories


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with factories.new_register(tmp_path_factory.mktemp("dossiers")) as register:
        issue_batch(register, factories.info(), factories.squares(6))
        factories.judge(register, {"T001": "2", "T002": "1"})
    return register.address.path


@pytest.fixture()
def register(made, tmp_path):
    with Register.open(shutil.copy(made, tmp_path / "register.gpkg")) as opened:
        yield opened


def dossier(register, number):
    (chosen,), _unknown = named(register, None, [number])
    return Reader(register).read([chosen[0]])[0]


def test_every_parcel_has_a_code_of_its_own_and_stands(register):
    found = Reader(register).read([key for key, _number, _batch in every_parcel(register, "B1")])
    assert len({one.code for one in found}) == len(found) == 6
    for one in found:
        answer = check(register, one.code)
        assert (answer.status, answer.number, answer.batch, answer.remeasured) == (STANDS, one.number, "B1", False)


def test_what_happens_later_is_told_and_what_happens_elsewhere_is_not(register):
    before = dossier(register, "T001")
    factories.judge(register, {"T003": "3"})
    assert check(register, before.code).status == STANDS
    recorded = factories.judge(register, {"T001": "1"})
    answer = check(register, before.code)
    assert answer.status == MOVED_ON and len(answer.since) == 1
    assert (answer.as_it_stood["PDJL1"], answer.now["PDJL1"]) == ("2", "1")
    undo(register, recorded.group, by="甲")
    assert [one.undone for one in check(register, before.code).since] == [True, False]
    assert check(register, dossier(register, "T001").code).as_it_stood["PDJL1"] == "2"


def test_the_same_content_is_known_again_however_many_events_came_since(register):
    before = dossier(register, "T002")
    write_note(register, "B1", ["T005"], text="另一图斑")
    assert same_content(before.code, dossier(register, "T002").code)
    write_note(register, "B1", ["T002"], text="这一图斑")
    assert not same_content(before.code, dossier(register, "T002").code)


def test_any_other_letter_is_never_in_this_register(register):
    code = dossier(register, "T001").code
    head = code.index("-")
    for at in range(head + 1, len(code)):
        if code[at] != "-":
            forged = code[:at] + ("A" if code[at] != "A" else "B") + code[at + 1:]
            assert check(register, forged).status == NEVER, forged
    fewer, more = (f"{int(code[:head]) + step}{code[head:]}" for step in (-1, 1))
    assert check(register, fewer).status == check(register, more).status == NEVER


def test_it_is_read_however_it_was_typed(register):
    code = dossier(register, "T001").code
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (code.lower(), code.replace("-", " - "), code.replace("-", "–"), code.replace("-", " "), code.replace("-", ""), wide,
                  f"{code[:-8]}\n{code[-8:]}", f"LAND-INSPECTOR DOSSIER {code} SEAL 1-ABCD PARCEL T001"):
        assert check(register, typed).status == STANDS, typed
    assert codes_in("nothing 214-K7QF-3MZT-9XWB-V2HD") == []
    with pytest.raises(InputError):
        check(register, "214-K7QF-3MZT-9XWB-V2HD")


def test_a_register_that_was_changed_past_its_events_gives_codes_that_are_never_right(register, tmp_path):
    path = register.address.path
    register.close()
    copy = tmp_path / "forged.gpkg"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("UPDATE parcel SET PDJL1 = '1', WFMJ = 1 WHERE DKBH = 'T001'")
    with Register.open(copy) as forged, Register.open(path) as true:
        code = dossier(forged, "T001").code
        assert code != dossier(true, "T001").code
        assert check(true, code).status == NEVER


def test_a_dossier_of_another_register_is_never_in_this_one(register, tmp_path):
    other = factories.new_register(tmp_path, name="other.gpkg")
    issue_batch(other, factories.info(), factories.squares(6))
    factories.judge(other, {"T001": "2", "T002": "1"})
    code = dossier(other, "T001").code
    other.close()
    assert check(register, code).status == NEVER


def test_areas_that_are_measured_anew_are_said_to_be_so(register):
    before = dossier(register, "T001")
    parcel = before.parcel_id
    run = {"id": "run", "batch_id": before.batch.id, "measured_at": "2099-01-01T00:00:00.000000Z", "method": "E", "profile": "{}",
           "profile_digest": "d", "parcels": 1}
    layers = pd.DataFrame([{"key": "dltb", "role": "land_use", "name": "地类", "source": "x", "fingerprint": "f", "date": "2025-12-31",
                            "features": 1, "repaired": 0, "empty": 0, "unreadable": 0}])
    summary = pd.DataFrame([{"parcel_id": parcel, "shape_id": before.facts["shape_id"], "facts": "{}"}])
    areas = pd.DataFrame([{"parcel_id": parcel, "role": "land_use", "layer": "dltb", "class": "0101", "area_m2": 1600.0}])
    papers = pd.DataFrame(columns=["parcel_id", "role", "layer", "attributes", "area_m2"], dtype=object)
    with register.storage.writing():
        register.storage.save_evidence(run, {"evidence_layer": layers, "evidence_summary": summary, "evidence_area": areas,
                                             "evidence_document": papers})
    answer = check(register, before.code)
    assert answer.status == STANDS and answer.remeasured
    after = dossier(register, "T001")
    assert [(one.land_class, one.area_m2) for one in after.measured.parts] == [("0101", 1600.0)]
    assert not check(register, after.code).remeasured and not same_content(before.code, after.code)


def test_a_patch_names_all_its_pieces_and_a_label_that_names_none_is_handed_back(register):
    found, unknown = named(register, "B1", ["T004", "T999", "T004"])
    assert [number for _id, number, _batch in found] == ["T004"] and unknown == ["T999"]
    assert dossiers.every_parcel(register, None)[0][1:] == ("T001", "B1")
