"""A ledger in a real register: each row wholly or not at all, the same row again harmless, later tables add what is new."""
from __future__ import annotations

import dataclasses
from datetime import date

import pytest
import shapely

from land_inspector.errors import InputError, StaleError
from land_inspector.exchange.ledger_columns import LEDGER
from land_inspector.exchange.ledger_tables import ledger_row
from land_inspector.register import figures, pursuing, judging
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.splitting import Piece, split_parcels
from land_inspector.register.ledger_import import take_over
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, square, squares
from tests.unit.law_cases import SAID

CASE = ("案件编号", "图斑编号", "发现时间", "立案时间", "下达决定时间", "罚款下达（元）", "罚款收缴（元）", "没收面积（m²）", "结案时间")
LAND = ("图斑编号", "整改情况", "拆除面积（亩）", "补办面积（亩）", "整改完成时间", "验收情况", "验收日期", "剩余未整改面积")
WHOLE = ("案1", "T001", "2026-05-12", "2026-05-22", "2026-07-01", 16_000, 16_000, 300, "2026-09-01")


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(6), by="甲")
        judge(made, {"T001": "2", "T002": "2", "T003": "1", "T004": "2", "T005": "2"}, by="甲", effective_on="2026-05-20")
        yield made


def rows(headings, *lines):
    columns = LEDGER.recognised(headings)
    return [ledger_row(number, line, columns) for number, line in enumerate(lines, 2)]


def taken(register, headings, *lines, **how):
    return take_over(register, rows(headings, *lines), by="乙", **how)


def statuses(found):
    return [outcome.status for outcome in found.outcomes]


def reasons(found):
    return [str(outcome.reason) for outcome in found.of("refused")]


def county(register):
    return figures.township_table(register, figures.Scope(batch="B1"))[-1].figures


def sound(register):
    assert [str(text) for text in verify(register).broken] == []


def test_a_closed_case_comes_in_whole_with_the_steps_that_must_have_gone_before(register):
    assert statuses(taken(register, CASE, WHOLE)) == ["taken"]
    (case,) = pursuing.cases(register)
    assert (case.state, case.filed_on, case.decided_on) == ("S15", date(2026, 5, 22), date(2026, 7, 1))
    inferred = [done.act for done in case.acts if done.particulars.get("inferred")]
    assert inferred == ["site_check", "investigate", "legal_review", "notice", "hearing_notice", "serve", "perform", "perform"]
    figures_now = county(register)
    assert (figures_now["filed"], figures_now["closed"], figures_now["fine_paid_fen"]) == (1, 1, 1_600_000)
    assert figures_now["confiscated_building_units"] == 300 * 3_000_000
    sound(register)


def test_the_same_table_again_records_nothing(register):
    lines = (WHOLE, ("案2", "T002", None, "2026-05-28", None, None, None, None, None))
    assert statuses(taken(register, CASE, *lines)) == ["taken", "taken"]
    events = len(register.storage.events())
    again = taken(register, CASE, *lines)
    assert (statuses(again), again.recorded) == (["known", "known"], None)
    assert len(register.storage.events()) == events


def test_a_line_that_stands_twice_in_one_table_counts_once(register):
    assert statuses(taken(register, CASE, WHOLE, WHOLE)) == ["taken", "known"]
    assert county(register)["fine_fen"] == 1_600_000


def test_a_later_table_adds_what_has_happened_since(register):
    early = WHOLE[:4] + (None, None, None, None, None)
    halfway = WHOLE[:6] + (10_000, None, None)
    assert statuses(taken(register, CASE, early)) == ["taken"]
    assert statuses(taken(register, CASE, halfway, day=date(2026, 8, 1))) == ["taken"]
    assert county(register)["fine_paid_fen"] == 1_000_000
    assert statuses(taken(register, CASE, WHOLE[:7] + (None, "2026-09-01"))) == ["taken"]
    (case,) = pursuing.cases(register)
    assert case.state == "S15" and county(register)["fine_paid_fen"] == 1_600_000
    sound(register)


def test_a_row_that_cannot_be_leaves_no_trace_and_the_others_come_in(register):
    half_paid = ("案2", "T002", None, "2026-05-28", "2026-07-01", 10_000, 5_000, None, "2026-09-01")
    found = taken(register, CASE, WHOLE, half_paid, ("案3", "T003", None, "2026-05-28", None, None, None, None, None),
                  ("案4", "T009", None, "2026-05-28", None, None, None, None, None),
                  ("案5", "T004", None, "五月", None, None, None, None, None))
    assert statuses(found) == ["taken"] + ["refused"] * 4
    texts = reasons(found)
    for part, text in zip(("not settled", "not judged illegal", "no parcel T009", "is not a day"), texts):
        assert part in text
    assert all(outcome.remedy is not None for outcome in found.of("refused"))
    assert len(pursuing.cases(register)) == 1 and len(pursuing.tracks(register)) == 2


def test_the_whole_table_is_undone_as_one(register):
    found = taken(register, CASE, WHOLE, ("案2", "T002", None, "2026-05-28", None, None, None, None, None))
    undo(register, found.recorded.group, by="乙")
    assert pursuing.cases(register) == pursuing.tracks(register) == []
    assert statuses(taken(register, CASE, WHOLE)) == ["taken"]
    sound(register)


def test_a_date_that_contradicts_the_register_is_refused_with_both(register):
    taken(register, CASE, WHOLE)
    found = taken(register, CASE, WHOLE[:3] + ("2026-05-23",) + WHOLE[4:])
    assert "2026-05-22" in reasons(found)[0] and "2026-05-23" in reasons(found)[0]


def test_one_case_over_several_rows_covers_all_their_parcels(register):
    first = ("案1", "T001", "2026-05-12", "2026-05-22", "2026-07-01", 8_000, 8_000, None, "2026-09-01")
    second = ("案1", "T002", "2026-05-12", "2026-05-22", "2026-07-01", 4_000, 4_000, None, "2026-09-01")
    found = taken(register, CASE, first, second)
    assert statuses(found) == ["taken", "taken"]
    (case,) = pursuing.cases(register)
    assert len(case.parcels) == 2 and case.state == "S15"
    assert [item.amount.fen for item in case.items] == [1_200_000]


def test_a_case_that_people_opened_goes_on_under_the_ledgers_number(register):
    opened = pursuing.open_case(register, "B1", ["T001"], on="2026-05-21", particulars=SAID["clue"], by="甲")
    pursuing.do_act(register, opened, "site_check", on="2026-05-21", particulars=SAID["site_check"], by="甲")
    assert statuses(taken(register, CASE, ("案1", "T001", None, "2026-05-22", None, None, None, None, None))) == ["taken"]
    (case,) = pursuing.cases(register)
    assert case.id == opened and register.storage.frame("case")["AJBH"].tolist() == ["案1"]


def test_a_parcel_under_a_filed_case_of_another_number_is_refused(register):
    taken(register, CASE, ("案1", "T001", None, "2026-05-22", None, None, None, None, None))
    found = taken(register, CASE, ("案9", "T001", None, "2026-06-22", None, None, None, None, None))
    assert "already has the open case 案1" in reasons(found)[0]


def test_after_a_closed_case_the_parcel_may_have_another(register):
    taken(register, CASE, WHOLE)
    assert statuses(taken(register, CASE, ("案9", "T001", "2026-10-01", "2026-10-09", None, None, None, None, None))) == ["taken"]
    assert sorted(case.is_open for case in pursuing.cases(register)) == [False, True]


def test_a_fine_outside_the_band_of_the_day_of_the_violation_is_refused(register):
    verdict = {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2026-04-01", "FLSM": "77", "WFMJ": 1600.0}
    give_verdicts(register, "B1", [Entry("T005", verdict)], by="甲", effective_on="2026-05-20")
    line = ("案5", "T005", None, "2026-05-22", "2026-07-01", 100_000, None, None, None)
    assert "lies outside" in reasons(taken(register, CASE, line))[0]
    assert statuses(taken(register, CASE, line[:5] + (160_000,) + line[6:])) == ["taken"]


def test_land_rounded_to_hundredths_of_a_mu_is_all_of_the_parcel(register):
    verdict = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1597.3, "WFGD": 0.0}
    give_verdicts(register, "B1", [Entry("T005", verdict)], by="甲", effective_on="2026-05-20")
    found = taken(register, LAND, ("T005", "已拆除复耕", 2.4, None, "2026-07-01", "市级验收合格", "2026-08-01", 0))
    assert statuses(found) == ["taken"] and found.outcomes[0].notes == ()
    frame = figures.frames(register, figures.Scope(batch="B1")).remedies.set_index("parcel_id")
    assert frame["rectified"].sum() == 1 and frame["r3_m2"].max() == 1597.3


def test_partly_demolished_partly_approved_is_rectified_only_when_accepted(register):
    line = ("T001", "拆除复耕、补办农转用", 1.4, 1.0, "2026-07-01", "市级待审核", "2026-07-20", 0)
    taken(register, LAND, line)
    assert (county(register)["rectified"], county(register)["open"]) == (0, 4)
    assert statuses(taken(register, LAND, line)) == ["known"]
    taken(register, LAND, line[:5] + ("市级验收合格", "2026-08-01", 0))
    assert (county(register)["rectified"], county(register)["manner_combined"]) == (1, 1)
    sound(register)


def test_an_old_table_takes_no_acceptance_back(register):
    line = ("T001", "拆除复耕", 2.4, None, "2026-07-01", "市级验收合格", "2026-08-01", 0)
    taken(register, LAND, line)
    found = taken(register, LAND, line[:5] + ("市级待审核", "2026-07-20", 0))
    assert statuses(found) == ["known"] and "accepted in the register" in str(found.outcomes[0].notes[0])
    assert county(register)["rectified"] == 1


def test_a_table_that_tells_less_than_the_register_is_noted_and_changes_nothing(register):
    taken(register, LAND, ("T001", "拆除复耕", 2.4, None, "2026-07-01", None, None, None))
    found = taken(register, LAND, ("T001", "拆除复耕", 1.2, None, "2026-07-01", None, None, 1.2))
    assert statuses(found) == ["known"]
    assert [str(note) for note in found.outcomes[0].notes] == [
        "Reclamation: the register holds 1600.00, the table tells 800.00; nothing was taken back.",
        "The table says that 800.00 m² remain; by the remedies it is 0.00 m²."]


def test_rows_of_single_pieces_of_work_add_up_and_are_known_again_by_amount_and_day(register):
    headings = ("DKBH", "ZGFS", "ZGMJ", "ZGRQ")
    lines = (("T001", "2", 600, "2026-07-01"), ("T001", "2", 600, "2026-08-01"), ("T001", "2", 400, "2026-08-01"))
    assert statuses(taken(register, headings, *lines)) == ["taken"] * 3
    assert statuses(taken(register, headings, *lines)) == ["known"] * 3
    assert sum(track.done.land_m2 for track in pursuing.tracks(register)) == 1600.0


def test_work_goes_onto_what_was_ordered_by_people(register):
    amount = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    ordered = pursuing.order_remedy(register, "B1", "T001", "reclamation", amount, on="2026-06-01", by="甲")
    taken(register, LAND, ("T001", "拆除复耕", 1.2, None, "2026-07-01", None, None, None))
    (track,) = pursuing.tracks(register)
    assert track.id == ordered and track.remaining.land_m2 == 800.0


def test_demolished_and_reclaimed_land_lies_on_the_same_ground(register):
    headings = ("图斑编号", "拆除面积（亩）", "复耕面积（亩）", "整改完成时间", "验收情况", "验收日期")
    taken(register, headings, ("T001", 2.4, 2.4, "2026-07-01", "市级验收合格", "2026-08-01"))
    shared = {track.kind: track.same_ground_as is not None for track in pursuing.tracks(register)}
    assert shared == {"demolition": False, "reclamation": True}
    assert county(register)["rectified"] == 1


def test_fines_of_two_rows_of_one_case_add_up(register):
    line = ("案1", "T001", "2026-05-12", "2026-05-22", "2026-07-01", 10_000, None, None, None)
    other = line[:5] + (6_000, 6_000, None, None)
    assert statuses(taken(register, CASE, line, other)) == ["taken", "taken"]
    assert statuses(taken(register, CASE, line, other)) == ["known", "known"]
    assert (county(register)["fine_fen"], county(register)["fine_paid_fen"]) == (1_600_000, 600_000)


def test_persons_and_the_police_are_counted(register):
    headings = ("案件编号", "图斑编号", "立案时间", "提出处分建议（人）", "实际处分（人）", "移送公安机关（人）", "移送时间")
    taken(register, headings, ("案1", "T001", "2026-05-22", 3, 2, 1, "2026-06-30"))
    found = county(register)
    assert (found["discipline_proposed"], found["discipline_done"], found["police"]) == (3, 2, 1)


def test_a_decision_not_to_file_and_a_way_through_the_court_come_in(register):
    headings = ("案件编号", "图斑编号", "发现时间", "立案时间", "不立案原因", "下达决定时间", "送达时间", "催告时间", "是否申请法院", "申请法院时间", "裁定日期", "裁定结果")
    found = taken(register, headings, ("案1", "T001", "2026-05-12", None, "已超过二年", None, None, None, None, None, None, None),
                  ("案2", "T002", "2026-05-12", "2026-05-22", None, "2026-06-20", None, None, "是", "2026-09-20", "2026-10-08", "准予"))
    assert statuses(found) == ["taken", "refused"]
    assert "the remedy is" in reasons(found)[0]
    fined = headings + ("罚款下达（元）",)
    again = taken(register, fined, ("案2", "T002", "2026-05-12", "2026-05-22", None, "2026-06-20", None, None, "是", "2026-09-20",
                                    "2026-10-08", "准予", 16_000))
    assert statuses(again) == ["taken"]
    assert sorted(case.state for case in pursuing.cases(register)) == ["N1", "S13"]


def test_parcels_are_known_by_the_official_number_of_a_split_patch(register):
    outline = square(1)
    west = shapely.box(*outline.bounds[:2], outline.bounds[0] + 20, outline.bounds[3])
    pieces = [Piece(shapely.to_wkb(west), 800.0), Piece(shapely.to_wkb(shapely.difference(outline, west)), 800.0)]
    split_parcels(register, "B1", {"T001": pieces}, by="甲")
    judge(register, {"T001-01": "2"}, by="甲")
    assert statuses(taken(register, LAND, ("T001_1", "拆除", 1.2, None, "2026-11-01", None, None, None))) == ["taken"]
    assert "was split into" in reasons(taken(register, LAND, ("T001", "拆除", 1.2, None, "2026-11-01", None, None, None)))[0]


def test_the_batch_is_named_by_the_row_or_must_be_the_only_one_with_the_number(register):
    issue_batch(register, dataclasses.replace(info("B2"), name="六月一批"), squares(2, digest="d2"), by="甲")
    give_verdicts(register, "B2", [Entry("T002", {"PDJL1": "2", "PDJL2": "201"})], by="甲")
    line = ("T002", "拆除", 1.2, None, "2026-11-01", None, None, None)
    assert "lies in the batches B1, B2" in reasons(taken(register, LAND, line))[0]
    assert statuses(taken(register, ("批次名称", *LAND), ("六月一批", *line))) == ["taken"]
    assert "no batch 七月" in reasons(taken(register, ("批次名称", *LAND), ("七月", *line)))[0]
    with pytest.raises(InputError, match="no batch B9"):
        taken(register, LAND, line, batch="B9")


def test_cases_of_a_frozen_batch_are_taken_over_because_they_go_on(register):
    judging.freeze(register, "B1", by="甲")
    assert statuses(taken(register, CASE, WHOLE)) == ["taken"]


def test_nobody_overwrites_what_another_has_done_meanwhile(register, monkeypatch):
    record = register.record

    def slower(*given, **how):
        monkeypatch.setattr(register, "record", record)
        judge(register, {"T001": "2"}, by="丙")
        return record(*given, **how)

    monkeypatch.setattr(register, "record", slower)
    with pytest.raises(StaleError):
        taken(register, CASE, WHOLE)


def test_several_parcels_in_one_row_cannot_share_one_area_of_land(register):
    assert "names 2 parcels" in reasons(taken(register, LAND, ("T001,T002", "拆除", 1.2, None, "2026-11-01", None, None, None)))[0]
