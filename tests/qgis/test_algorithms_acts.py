"""Verdicts, merging, returning, undoing, verifying and backing up, as the toolbox does them."""
from __future__ import annotations

import json
import sqlite3

import pytest
import shapely
from qgis.core import QgsFeature, QgsProcessingException, QgsVectorLayer

from land_inspector.register.register import Register
from land_inspector.register.splitting import Piece, split_parcels
from tests.algorithms import a_batch, run, write_layer
from tests.factories import square


def table(folder, text, name="verdicts.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def verdicts(path):
    with Register.open(path) as register:
        return {row.DKBH: row.PDJL1 for row in register.parcels("B1").itertuples()}


def columns(path, *names):
    with Register.open(path) as register:
        frame = register.parcels("B1").astype(object)
    return {row["DKBH"]: tuple(row[name] for name in names) for row in frame.where(frame.notna(), None).to_dict("records")}


def given(path, folder, text="JCBH,PDJL1,PDJL2\nT001,1,101\nT002,2,201\n", **more):
    return run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=table(folder, text), **more)


@pytest.fixture
def register(tmp_path):
    return a_batch(tmp_path)


def test_a_table_of_verdicts_is_given_as_one_action(register, tmp_path):
    result = given(register, tmp_path, BY="甲")
    assert (result["GIVEN"], result["REFUSED"]) == (2, 0)
    assert verdicts(register) == {"T001": "1", "T002": "2", "T003": "0", "T004": "0", "T005": "0", "T006": "0"}
    assert run("undo", REGISTER=register, GROUP=result["GROUP"], BY="甲")["GROUPS"] == 1
    assert set(verdicts(register).values()) == {"0"}


def test_what_cannot_stand_is_refused_and_reported_and_the_rest_is_given(register, tmp_path):
    text = "JCBH,PDJL1,PDJL2\nT001,1,201\nT002,2,201\nT999,1,101\nT003,9,\n"
    result = given(register, tmp_path, text, REPORT=tmp_path / "report.html")
    assert (result["GIVEN"], result["REFUSED"]) == (1, 3)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "T999" in page and "T003" in page and "particulars are still owed" in page


def test_verdicts_come_from_a_layer_without_geometry_and_from_a_memory_layer_too(register, tmp_path):
    layer = QgsVectorLayer("None?field=DKBH:string&field=PDJL1:string&field=PDJL2:string", "判定", "memory")
    row = QgsFeature(layer.fields())
    row.setAttributes(["T004", "3", "301"])
    layer.dataProvider().addFeatures([row])
    assert run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=layer)["GIVEN"] == 1
    source = write_layer(tmp_path / "v.gpkg", [(square(5), ("T005", "1", "101"))], {"JCBH": str, "PDJL1": str, "PDJL2": str})
    assert run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=f"{source}|layername=layer")["GIVEN"] == 1
    assert verdicts(register)["T004"] == "3" and verdicts(register)["T005"] == "1"


def test_a_verdict_may_speak_of_an_earlier_day(register, tmp_path):
    given(register, tmp_path, EFFECTIVE_ON="2026-05-20")
    with Register.open(register) as opened:
        assert {e.effective_on for e in opened.storage.events() if e.kind == "verdict_given"} == {"2026-05-20"}


def split(path, label="T001"):
    with Register.open(path) as register:
        whole = square(1)
        west, middle, east, north = *whole.bounds[:2], *whole.bounds[2:]
        half = (west + east) / 2
        parts = [shapely.box(west, middle, half, north), shapely.box(half, middle, east, north)]
        area = float(register.parcels("B1").query("DKBH == 'T001'")["DKMJ"].iloc[0])
        split_parcels(register, "B1", {label: [Piece(shapely.to_wkb(part), area / 2) for part in parts]}, by="甲")


def test_parcels_of_one_patch_are_merged_back(register):
    split(register)
    assert {"T001-01", "T001-02"} <= set(verdicts(register))
    run("merge_parcels", REGISTER=register, BATCH="B1", PARCELS="T001-01，T001-02")
    assert len(verdicts(register)) == 6


def test_parcels_are_returned_with_a_reason_and_a_day(register, tmp_path):
    given(register, tmp_path)
    result = run("return_parcels", REGISTER=register, BATCH="B1", PARCELS="T001\nT002", LEVEL="province", REASON="需补充供地手续",
                 ANSWER_BY="2026-07-01")
    assert result["RETURNED"] == 2
    assert {state for (state,) in columns(register, "HSZT").values()} >= {"9"}


def test_a_return_without_a_reason_is_refused(register):
    with pytest.raises(QgsProcessingException, match="REASON|reason"):
        run("return_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", REASON=" ")


def test_the_last_action_is_undone_and_the_undo_undone(register, tmp_path):
    given(register, tmp_path)
    undone = run("undo", REGISTER=register)
    assert set(verdicts(register).values()) == {"0"}
    run("undo", REGISTER=register, GROUP=undone["UNDO_GROUP"])
    assert verdicts(register)["T002"] == "2"


def test_an_action_that_others_stand_on_names_them_and_takes_them_along_only_if_asked(register, tmp_path):
    split(register)
    with Register.open(register) as opened:
        group = opened.storage.last_group(None)[0]
    given(register, tmp_path, "DKBH,PDJL1,PDJL2\nT001-01,1,101\n", BY="甲")
    with pytest.raises(QgsProcessingException, match="1 later acts depend"):
        run("undo", REGISTER=register, GROUP=group, BY="甲")
    run("undo", REGISTER=register, GROUP=group, BY="甲", WITH_DEPENDENTS=True)
    assert verdicts(register)["T001"] == "0"


def test_another_persons_act_is_undone_only_with_a_reason(register, tmp_path):
    group = given(register, tmp_path, BY="甲")["GROUP"]
    with pytest.raises(QgsProcessingException, match="甲 did this"):
        run("undo", REGISTER=register, GROUP=group, BY="乙")
    run("undo", REGISTER=register, GROUP=group, BY="乙", REASON="重复填报")
    assert set(verdicts(register).values()) == {"0"}


def test_a_sound_register_verifies_and_an_edited_one_is_reported(register, tmp_path):
    given(register, tmp_path)
    sound = run("verify_register", REGISTER=register)
    assert sound["BROKEN"] == 0 and sound["EVENTS"] > 3
    with sqlite3.connect(register) as connection:
        connection.execute("UPDATE event SET payload = replace(payload, '\"PDJL1\":\"2\"', '\"PDJL1\":\"1\"') WHERE kind = 'verdict_given'")
    broken = run("verify_register", REGISTER=register, REPORT=tmp_path / "v.html")
    assert broken["BROKEN"] >= 1
    assert "edited" in (tmp_path / "v.html").read_text(encoding="utf-8")


def test_a_backup_is_a_whole_register_and_overwrites_nothing(register, tmp_path):
    copy = tmp_path / "copy.gpkg"
    result = run("backup_register", REGISTER=register, OUTPUT=copy)
    assert run("verify_register", REGISTER=copy)["EVENTS"] == result["EVENTS"]
    with pytest.raises(QgsProcessingException, match="exists already"):
        run("backup_register", REGISTER=register, OUTPUT=copy)


def test_a_rule_pack_is_brought_in_once(register, tmp_path):
    from land_inspector.law.rulepack import shipped_packs

    content = dict(shipped_packs()[0].content, version="county-1")
    (tmp_path / "pack.json").write_text(json.dumps(content), encoding="utf-8")
    first = run("import_rulepack", REGISTER=register, PACK=tmp_path / "pack.json")
    again = run("import_rulepack", REGISTER=register, PACK=tmp_path / "pack.json")
    assert first["GROUP"] and not again["GROUP"] and first["DIGEST"] == again["DIGEST"]
    with pytest.raises(QgsProcessingException, match="pack.json"):
        (tmp_path / "pack.json").write_text("{}", encoding="utf-8")
        run("import_rulepack", REGISTER=register, PACK=tmp_path / "pack.json")


def profile(folder):
    survey = write_layer(folder / "dltb.gpkg", [(square(0, side=10_000), ("0101",))], {"DLBM": str})
    approvals = write_layer(folder / "approvals.gpkg", [(square(1), ("某政土〔2025〕1号", "2025-03-01"))], {"PZWH": str, "PZRQ": str})
    layers = [{"key": "dltb", "role": "land_use", "source": survey.name, "name": "三调", "fields": {"class": "DLBM"}},
              {"key": "nzy", "role": "approval", "source": approvals.name, "name": "农转用", "fields": {"number": "PZWH", "date": "PZRQ"}}]
    (folder / "profile.json").write_text(json.dumps({"version": 1, "name": "演示", "layers": layers}), encoding="utf-8")
    return folder / "profile.json"


def test_parcels_are_measured_and_verdicts_proposed_apart_from_those_given(register, tmp_path):
    measured = run("measure_evidence", REGISTER=register, BATCH="B1", PROFILE=profile(tmp_path))
    assert (measured["PARCELS"], measured["GAPS"]) == (6, 0)
    proposed = run("propose_verdicts", REGISTER=register, BATCH="B1")
    assert proposed["PARCELS"] == 6 == sum(proposed[name] for name in ("LEGAL", "ILLEGAL", "OTHER", "UNDECIDED"))
    found = columns(register, "PDJL1", "ZDPD1", "GDMJ", "YPMJ")
    assert all(row[0] == "0" for row in found.values())
    assert found["T001"][2] == pytest.approx(1600, rel=1e-3) and found["T001"][3] == pytest.approx(1600, rel=1e-3)
    assert found["T002"][3] == 0


def test_proposing_before_measuring_says_what_to_do_first(register):
    with pytest.raises(QgsProcessingException, match="Measure its evidence first"):
        run("propose_verdicts", REGISTER=register, BATCH="B1")
