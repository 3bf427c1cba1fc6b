"""Cases played through by a short script, for the tests of the law room."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Dict, Optional, Sequence

from land_inspector.law.acts import ACTS
from land_inspector.law.case import Case
from land_inspector.law.case_procedure import apply, open_case
from land_inspector.law.procedure_guards import Practice
from land_inspector.law.rulepack import NEW, choose, shipped_packs

PACK = choose(shipped_packs(), NEW, date(2024, 6, 1))
PRACTICE = Practice(PACK)
DEMOLITION = {"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1020.0, "cultivated_m2": 500.0}}
FINE = {"item": "2", "kind": "fine", "amount": {"fen": 10_200_000}, "article": "77", "violated_on": "2023-03-01",
        "base": {"land_m2": 1020.0}}
RETURN = {"item": "3", "kind": "return", "amount": {"land_m2": 1020.0}}
SAID: Dict[str, Dict[str, Any]] = {
    "clue": {"source": "2"}, "site_check": {"officers": ["p1", "p2"], "findings": "水泥地坪"},
    "stop_order": {"number": "停1"}, "stop_result": {"result": "3"}, "stop_report": {"number": "报1", "addressee": "2"},
    "file": {"number": "立1", "officers": ["p1", "p2"]}, "not_file": {"reason": "及时改正", "cause": "minor"},
    "settle_unfiled": {"result": "1"}, "preserve_evidence": {"number": "存1"}, "decide_evidence": {"number": "存决1"},
    "investigate": {"officers": ["p1", "p2"], "number": "调1"}, "legal_review": {"opinion": "同意"}, "send_back": {"reason": "补证"},
    "discuss": {"number": "集1"}, "notice": {"number": "告1", "remedies": [DEMOLITION, FINE]}, "hearing_notice": {"number": "听1"},
    "statement": {"recheck": "不予采纳"}, "hearing_request": {}, "hold_hearing": {"number": "笔录1"}, "withdraw_hearing": {},
    "schedule_hearing": {"number": "听通1", "hearing_on": "2024-07-31"}, "extend_decision": {"number": "延1", "reason": "案情复杂"},
    "decide": {"number": "罚1", "organ": "县局", "remedies": [DEMOLITION, FINE]}, "no_penalty": {"number": "免1", "reason": "轻微"},
    "transfer_case": {"number": "移1", "body": "农业农村局"}, "transfer_police": {"number": "警1", "persons": 1},
    "transfer_discipline": {"number": "纪1", "persons": 2}, "serve": {"manner": "1"}, "perform": {"papers": "3", "number": "票1"},
    "open_review": {"way": "2", "number": "诉1"}, "conclude_review": {"result": "1", "number": "判1"}, "demand": {"number": "催1"},
    "apply_court": {"number": "申1"}, "court_acceptance": {"number": "受1"}, "court_ruling": {"result": "1", "number": "裁1"},
    "court_appeal": {"number": "复1"}, "resume_court": {"number": "恢1"}, "enforce": {"by": "乡政府"},
    "review_after_hearing": {"opinion": "同意"}, "exclude_time": {"cause": "appraisal", "first": "2024-06-01", "last": "2024-06-20"},
    "suspend": {"number": "中1", "reason": "当事人死亡"}, "resume": {"number": "恢1"}, "end_investigation": {"number": "终1", "reason": "已注销"},
    "order_correction": {"number": "改1", "what": "恢复原状", "correct_by": "2024-12-31"}, "confirm_address": {"electronic": "1"},
    "deliver": {"paper": "notice", "manner": "1"}, "preserve_property": {"number": "保1", "court": "临海市人民法院"},
    "instalments": {"number": "分1", "reason": "经济困难", "schedule": "2027-03-31 51000; 2027-06-30 51000"},
    "close_applied": {"number": "结2"}, "publish": {"place": "门户网站"}, "withdraw_publication": {"reason": "决定已变更"},
    "hand_over": {"receiver": "财政局", "number": "交1"}, "redo": {"reason": "撤销"}, "close": {"number": "结1", "how": "1"},
}
STRAIGHT = ("site_check", "file", "investigate", "legal_review", "notice", "hearing_notice", "decide", "serve")


def day(text: str) -> date:
    return date.fromisoformat(text)


def new_case(on: str = "2024-05-01", parcels: Sequence[str] = ("T001",), case_id: str = "C1") -> Case:
    return open_case(case_id, parcels, day(on), SAID["clue"])


def do(case: Case, act: str, on: str, tracks: Sequence[Any] = (), practice: Practice = PRACTICE, **said: Any) -> Case:
    """One act with the usual particulars, some of them replaced."""
    assert act in ACTS
    return apply(case, act, practice, day(on), {**SAID[act], **said}, tracks)


def decided(remedies: Sequence[Dict[str, Any]] = (DEMOLITION, FINE), filed: str = "2024-05-06", on: str = "2024-07-19",
            served: Optional[str] = "2024-07-22") -> Case:
    """A case brought straight to its decision, and to its service unless ``served`` is None."""
    case = do(new_case(), "site_check", "2024-05-02")
    case = do(case, "file", filed)
    case = do(case, "investigate", "2024-05-20")
    case = do(case, "legal_review", "2024-06-03")
    case = do(case, "notice", "2024-06-11", remedies=list(remedies))
    case = do(case, "hearing_notice", "2024-06-11")
    case = do(case, "decide", on, remedies=list(remedies))
    return case if served is None else do(case, "serve", served)


def later(on: date, days: int = 1) -> date:
    return on + timedelta(days=days)
