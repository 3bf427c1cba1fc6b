"""Natural persons are kept apart: no name in an event, none in an export, all of them removable, or none kept at all."""
from __future__ import annotations

import pytest

from land_inspector.errors import RefusedError
from land_inspector.register import field_work, judging, parties, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import info, new_register, squares, township
from tests.unit.law_cases import SAID

ILLEGAL = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "WFLX": "01"}


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(4), by="甲")
        yield made


def judge(register, **users):
    entries = [Entry(label, dict(ILLEGAL, YDDW=user)) for label, user in users.items()]
    assert not judging.give_verdicts(register, "B1", entries, by="甲", effective_on="2026-05-20").refused


def payloads(register):
    return str([event.payload for event in register.storage.events()])


def user_of(register, label):
    parcel, _patch = register.find("B1", [label])[0]
    return register.storage.frame("parcel", ids=[parcel])["YDDW"].iloc[0]


def in_file(register, name):
    """In the file or in the log beside it."""
    path = register.storage.path
    log = path.with_name(path.name + "-wal")
    return any(name.encode("utf-8") in file.read_bytes() for file in (path, log) if file.exists())


@pytest.mark.parametrize(("name", "kind", "expected"), [
    ("张三", None, True), ("欧阳某某", None, True), ("李四、王五", None, True), ("赵六等三人", None, True), ("买买提·艾山", None, True),
    ("某公司", None, False), ("张家村", None, False), ("王记加工厂", None, False), ("李庄村委会", None, False), ("临海市水利局", None, False),
    ("某公司、张三", None, False), ("Land Co", None, False), ("", None, False), (None, "7", False),
    ("临海某厂", "7", True), ("张三", "6", False)])
def test_a_natural_person_is_told_from_a_body(name, kind, expected):
    assert parties.is_person(name, kind) is expected


def test_a_person_who_uses_land_is_shown_by_name_and_never_stands_in_an_event(register):
    judge(register, T001="张三", T002="某公司")
    assert user_of(register, "T001") == "张三" and user_of(register, "T002") == "某公司"
    assert "张三" not in payloads(register) and "某公司" in payloads(register)
    assert set(register.parcels("B1")["YDDW"].dropna()) == {"张三", "某公司"}
    assert set(register.parcels("B1", known_at="2100-01-01")["YDDW"].dropna()) == {"张三", "某公司"}
    assert verify(register).broken == ()


def test_the_same_person_is_known_again_on_another_parcel(register):
    judge(register, T001="张三")
    judge(register, T002="张三", T003="李四")
    kept = [parcel.YDDW for parcel in register.storage.load_state().parcels.values() if parcel.YDDW]
    assert len(kept) == 3 and len(set(kept)) == 2


def test_names_can_be_taken_out_and_the_register_still_verifies(register):
    judge(register, T001="张三")
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲")
    officers = parties.officers(register, ["钱七", "孙八"], by="甲")
    pursuing.do_act(register, case, "site_check", on="2026-06-02", particulars={"officers": officers, "findings": "水泥地坪"}, by="甲")
    assert in_file(register, "张三") and in_file(register, "钱七")
    parties.remove_names(register, by="甲")
    assert not any(in_file(register, name) for name in ("张三", "钱七", "孙八"))
    assert user_of(register, "T001").startswith("person:") and register.name_of(officers[0]) == officers[0]
    assert verify(register).broken == ()


def test_what_was_taken_out_does_not_come_back_by_undo(register):
    judge(register, T001="张三")
    parties.remove_names(register, by="甲")
    with pytest.raises(RefusedError):
        undo(register, by="甲", group=register.storage.events()[-1].group)


def test_work_goes_on_after_the_names_were_taken_out(register):
    judge(register, T001="张三")
    parties.remove_names(register, by="甲")
    judge(register, T002="张三")
    assert user_of(register, "T002") == "张三" and user_of(register, "T001").startswith("person:")
    assert verify(register).broken == ()


def test_a_register_without_personal_data_holds_no_name_at_all_and_undo_still_knows_who_acted(register):
    parties.leave_out(register, by="甲乙丙")
    entries = [Entry("T001", dict(ILLEGAL, YDDW="张三"))]
    judging.give_verdicts(register, "B1", entries, by="甲乙丙", effective_on="2026-05-20")
    parties.officers(register, ["钱七"], by="甲乙丙")
    with Register.open(register.storage.path) as again:
        assert not any(in_file(again, name) for name in ("张三", "钱七", "甲乙丙"))
        assert again.actor_id("甲乙丙") is not None and again.actor_id("丁") is None
        undo(again, by="甲乙丙")
        assert again.storage.load_state().parcels[register.find("B1", ["T001"])[0][0]].PDJL1 == "0"
        assert verify(again).broken == ()


def test_a_land_user_met_on_site_is_kept_apart_too(register):
    finding = field_work.SiteVisit("built", officers=("钱七", "孙八"), land_user="张三")
    field_work.record_visit(register, "B1", ["T001"], finding, on="2026-05-20", by="甲")
    parcel, _patch = register.find("B1", ["T001"])[0]
    kept = field_work.visit_of(register, register.storage.load_state().parcels[parcel].site)
    assert kept.visit.land_user == "张三" and "张三" not in payloads(register)


def test_a_register_can_begin_without_personal_data(tmp_path):
    with Register.create(tmp_path / "bare.gpkg", county_code="331082", county_name="演示县", crs="EPSG:4549", townships=[township()],
                         by="甲乙丙", keep_names=False) as made:
        assert not parties.keeps_names(made) and not in_file(made, "甲乙丙") and made.actor_id("甲乙丙")
        assert verify(made).broken == ()
