"""Cases and remedies of the demonstration county in every stage, played through the register's own verbs. All of it is invented.

Each story is played on illegal parcels in the order of their numbers, so the same register always tells the same year. Days are
counted from the clue.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from land_inspector.register import pursuing
from land_inspector.register.register import Register

OFFICER, CITY, DISCIPLINE = "演示执法员", "演示市局", "演示纪委"
BEGUN, LATE = date(2026, 5, 25), date(2026, 9, 21)
LAST_YEAR_BEGUN = date(2025, 10, 27)
_EACH = 2
_YUAN_PER_M2 = 120
_STRAIGHT = (("site_check", 2), ("stop_order", 3), ("file", 11), ("investigate", 31), ("legal_review", 39), ("notice", 42),
             ("hearing_notice", 42), ("decide", 56), ("serve", 58))
_SAID: Dict[str, Dict[str, Any]] = {
    "site_check": {"officers": ["officer-1", "officer-2"], "findings": "现场已动工（演示）"}, "stop_order": {"number": "停"},
    "file": {"number": "案", "officers": ["officer-1", "officer-2"]}, "investigate": {"officers": ["officer-1", "officer-2"], "number": "调"},
    "legal_review": {"opinion": "事实清楚，同意（演示）"}, "notice": {"number": "告"}, "hearing_notice": {"number": "听"},
    "decide": {"number": "罚", "organ": "演示县自然资源局"}, "serve": {"manner": "1"}, "stop_report": {"number": "报", "addressee": "2"},
    "not_file": {"reason": "情节轻微，已及时改正", "cause": "minor"}, "demand": {"number": "催"}, "apply_court": {"number": "申"},
    "court_acceptance": {"number": "受"}, "court_ruling": {"number": "裁", "result": "1"}, "enforce": {"by": "演示镇人民政府"},
    "perform": {"papers": "4", "number": "票"}, "close": {"number": "结", "how": "1"}, "hand_over": {"receiver": "演示县财政局", "number": "交"},
    "open_review": {"way": "2", "number": "诉"}, "conclude_review": {"result": "3", "number": "判"}, "redo": {"reason": "判决撤销，重新处理"},
    "transfer_case": {"number": "移", "body": "演示县农业农村局"}, "transfer_police": {"number": "警", "persons": 1},
    "transfer_discipline": {"number": "纪", "persons": 1}, "schedule_hearing": {"number": "听通", "hearing_on": "2026-11-25"}}

Amounts = Mapping[str, float]


@dataclass
class CaseStory:
    """One case while it is being told; ``serial`` numbers its papers."""

    register: Register
    batch: str
    label: str
    illegal_m2: float
    cultivated_m2: float
    built_on: str
    serial: int
    begun: date = BEGUN
    case: str = ""
    tracks: Dict[str, str] = field(default_factory=dict)

    def day(self, after: int) -> str:
        return (self.begun + timedelta(days=after)).isoformat()

    @property
    def land(self) -> Dict[str, float]:
        return {"land_m2": self.illegal_m2, "cultivated_m2": self.cultivated_m2}

    @property
    def building(self) -> Dict[str, float]:
        return {"building_m2": round(0.6 * self.illegal_m2, 1)}

    @property
    def fine(self) -> Dict[str, int]:
        return {"fen": int(self.illegal_m2) * _YUAN_PER_M2 * 100}

    def paper(self, sign: str) -> str:
        return f"演示{sign}〔{self.begun.year}〕{self.serial}号"

    def open(self, source: str = "2") -> "CaseStory":
        self.case = pursuing.open_case(self.register, self.batch, [self.label], on=self.day(0), particulars={"source": source},
                                       by=OFFICER)
        return self

    def do(self, act: str, after: int, **said: Any) -> "CaseStory":
        particulars = {**_SAID.get(act, {}), **said}
        if "number" in particulars:
            particulars["number"] = self.paper(particulars["number"])
        pursuing.do_act(self.register, self.case, act, on=self.day(after), particulars=particulars, by=OFFICER)
        return self

    def up_to(self, last: str, kinds: Sequence[str] = ("demolition", "fine")) -> "CaseStory":
        """From the clue straight to an act; the decision orders ``kinds``."""
        self.open()
        for act, after in _STRAIGHT:
            self.do(act, after, **({"remedies": self.decided(kinds)} if act in ("notice", "decide") else {}))
            if act == "decide":
                self.order(kinds, after)
            if act == last:
                break
        return self

    def decided(self, kinds: Sequence[str]) -> List[Dict[str, Any]]:
        ground = {"article": "77", "violated_on": self.built_on, "base": {"land_m2": self.illegal_m2}}
        return [{"item": str(n), "kind": kind, "amount": self.amount(kind), **(ground if kind == "fine" else {})}
                for n, kind in enumerate(kinds, 1)]

    def amount(self, kind: str) -> Dict[str, Any]:
        return {"demolition": {**self.building, **self.land}, "confiscation": self.building, "fine": self.fine,
                "reclamation": self.land, "conversion": self.land, "return": self.land}[kind]

    def order(self, kinds: Sequence[str], after: int, **amounts: Amounts) -> "CaseStory":
        for n, kind in enumerate(kinds, 1):
            self.tracks[kind] = pursuing.order_remedy(
                self.register, self.batch, self.label, kind, amounts.get(kind) or self.amount(kind), on=self.day(after),
                case=self.case, item=str(n) if not amounts else None, by=OFFICER)
        return self

    def reclaim(self, after: int) -> "CaseStory":
        """The ground on which was demolished is to be reclaimed."""
        self.tracks["reclamation"] = pursuing.order_remedy(
            self.register, self.batch, self.label, "reclamation", self.land, on=self.day(after), case=self.case,
            same_ground_as=self.tracks["demolition"], by=OFFICER)
        return self

    def done(self, after: int, **amounts: Optional[Amounts]) -> "CaseStory":
        """So much of each kind was done; None means all of it."""
        steps = {self.tracks[kind]: amount or self.amount(kind) for kind, amount in amounts.items()}
        pursuing.record_progress(self.register, steps, on=self.day(after), by=OFFICER)
        return self

    def accept(self, after: int, *kinds: str, status: str = "2", level: str = "2") -> "CaseStory":
        tracks = [self.tracks[kind] for kind in kinds]
        pursuing.accept_remedies(self.register, tracks, on=self.day(after), level=level, status=status, by=CITY)
        return self

    def persons(self, kind: str, after: int, proposed: int, carried_out: int) -> "CaseStory":
        self.tracks[kind] = pursuing.order_remedy(self.register, self.batch, self.label, kind, {"persons": proposed}, on=self.day(after),
                                                  case=self.case, by=OFFICER)
        if carried_out:
            pursuing.record_progress(self.register, {self.tracks[kind]: {"persons": carried_out}}, on=self.day(after + 20), by=DISCIPLINE)
        return self

    def part_of(self, kind: str, share: float) -> Dict[str, float]:
        return {unit: int(value * share) if unit == "fen" else round(value * share, 2) for unit, value in self.amount(kind).items()}


# --- the stories ------------------------------------------------------------------------------------------------------


def _clue(s: CaseStory) -> None:
    s.open("1")


def _checked(s: CaseStory) -> None:
    s.open().do("site_check", 2)


def _order_ignored(s: CaseStory) -> None:
    s.open("3").do("site_check", 2).do("stop_order", 3).do("stop_result", 7, result="3").do("stop_report", 9)


def _not_filed(s: CaseStory) -> None:
    s.open().do("site_check", 2).do("not_file", 9).do("settle_unfiled", 20, result="1")


def _filed_overdue(s: CaseStory) -> None:
    s.up_to("file")


def _investigated(s: CaseStory) -> None:
    """One goes on, of the other nothing is left to investigate."""
    s.up_to("investigate")
    if s.serial > len(STORIES):
        s.do("end_investigation", 40, number="终", reason="当事人已自行拆除并复耕，违法状态消除")


def _reviewed(s: CaseStory) -> None:
    s.begun = LATE
    s.up_to("legal_review")


def _noticed(s: CaseStory) -> None:
    s.begun = LATE
    s.up_to("notice")


def _hearing_asked_for(s: CaseStory) -> None:
    s.begun = LATE
    s.up_to("hearing_notice").do("hearing_request", 45).do("schedule_hearing", 50)


def _decided(s: CaseStory) -> None:
    s.begun = LATE
    s.up_to("decide")


def _fine_partly_paid(s: CaseStory) -> None:
    s.up_to("serve").done(70, fine=s.part_of("fine", 0.4))


def _demanded(s: CaseStory) -> None:
    s.up_to("serve").do("demand", 77, items=["1"])


def _before_court(s: CaseStory) -> None:
    _demanded(s)
    s.do("apply_court", 95, items=["1"]).do("court_acceptance", 100, items=["1"])


def _enforcing(s: CaseStory) -> None:
    _before_court(s)
    s.do("court_ruling", 110, items=["1"]).do("enforce", 118, items=["1"]).done(140, demolition=s.part_of("demolition", 0.5))


def _ended_by_court(s: CaseStory) -> None:
    _before_court(s)
    s.done(101, fine=None).do("court_ruling", 110, items=["1"], result="3").do("perform", 112, items=["2"], papers="3")
    s.do("close", 125, how="3")


def _house_down_land_not_cleared(s: CaseStory) -> None:
    s.up_to("serve").done(66, demolition={**s.building, "land_m2": 0.0, "cultivated_m2": 0.0})


def _done_not_accepted(s: CaseStory) -> None:
    s.up_to("serve").reclaim(60).done(68, demolition=None).done(90, reclamation=None).accept(95, "demolition", "reclamation", status="1")


def _acceptance_returned(s: CaseStory) -> None:
    _done_not_accepted(s)
    s.accept(110, "demolition", "reclamation", status="9", level="3")


def _closed(s: CaseStory) -> None:
    s.up_to("serve").reclaim(60).done(64, fine=None, demolition=None).done(85, reclamation=None)
    s.accept(100, "demolition", "reclamation").do("perform", 104).do("close", 110)


def _confiscated(s: CaseStory) -> None:
    s.up_to("serve", ("confiscation", "fine")).done(70, confiscation=None, fine=None)
    s.do("hand_over", 90, items=["1"]).do("perform", 96, papers="2").do("close", 120)


def _approved_later(s: CaseStory) -> None:
    s.up_to("serve", ("fine",)).done(66, fine=None).order(("conversion",), 70, conversion=s.land).done(120, conversion=None)
    s.accept(135, "conversion", level="3").do("perform", 136, papers="3").do("close", 140)


def _partly_approved(s: CaseStory) -> None:
    part = {unit: round(value * 0.4, 2) for unit, value in s.land.items()}
    rest = {unit: round(value - part[unit], 6) for unit, value in s.land.items()}
    s.up_to("file").order(("conversion", "reclamation"), 40, conversion=part, reclamation=rest)
    s.done(100, conversion=part, reclamation=rest).accept(130, "conversion", "reclamation")


def _sued(s: CaseStory) -> None:
    s.up_to("serve").do("open_review", 70, items=["1", "2"])


def _revoked(s: CaseStory) -> None:
    _sued(s)
    s.do("conclude_review", 130, items=["1", "2"]).do("redo", 140)
    pursuing.withdraw_remedies(s.register, list(s.tracks.values()), on=s.day(140), reason="判决撤销处罚决定", by=OFFICER)


def _people(s: CaseStory) -> None:
    s.up_to("serve").do("transfer_discipline", 60).persons("discipline", 60, 2, 1).do("transfer_police", 62).persons("police", 62, 1, 1)


def _to_agriculture(s: CaseStory) -> None:
    s.open().do("site_check", 2).do("transfer_case", 12)


def _rebound(s: CaseStory) -> None:
    """Closed, and built on again: a second case over the same parcel."""
    _closed(s)
    s.begun = s.begun + timedelta(days=150)
    s.open("1").do("site_check", 1)


STORIES: Tuple[Callable[[CaseStory], None], ...] = (
    _clue, _checked, _order_ignored, _not_filed, _filed_overdue, _investigated, _reviewed, _noticed, _hearing_asked_for, _decided,
    _fine_partly_paid, _demanded, _before_court, _enforcing, _ended_by_court, _house_down_land_not_cleared, _done_not_accepted,
    _acceptance_returned, _closed, _confiscated, _approved_later, _partly_approved, _sued, _revoked, _people, _rebound)


def _accepted_too_late(s: CaseStory) -> None:
    """Closed all the same, but accepted after the cut-off: never deducted."""
    s.up_to("serve").reclaim(60).done(64, fine=None, demolition=None).done(200, reclamation=None)
    s.accept(260, "demolition", "reclamation").do("perform", 262).do("close", 270)


LAST_YEAR: Tuple[Callable[[CaseStory], None], ...] = (_closed, _accepted_too_late, _closed, _approved_later, _accepted_too_late, _closed)


def play(register: Register, batch: str, last_year: Optional[str] = None) -> int:
    """Two cases of each kind over the batch's illegal parcels, and those of ``last_year``'s; how many cases there are then.

    The parcels between stay without a case, as an office has them. A village house goes to the agricultural bureau.
    """
    rows, wanted = _illegal(register, batch), _EACH * len(STORIES)
    for n, row in enumerate(rows[at * len(rows) // wanted] for at in range(min(wanted, len(rows)))):
        story = _story(register, batch, row, n + 1, BEGUN)
        _to_agriculture(story) if row["FLSM"] == "78" else STORIES[n % len(STORIES)](story)
    for n, row in enumerate(_illegal(register, last_year) if last_year else ()):
        LAST_YEAR[n % len(LAST_YEAR)](_story(register, last_year or "", row, n + 1, LAST_YEAR_BEGUN))
    return len(register.storage.frame("case"))


def _illegal(register: Register, batch: str) -> List[Mapping[str, Any]]:
    """Illegal parcels whose building date is known, in the order of their numbers."""
    parcels = register.parcels(batch)
    chosen = parcels[(parcels["PDJL1"] == "2") & parcels["JSSJ"].notna() & (parcels["WFMJ"] > 1.0)]
    return chosen.sort_values("DKBH").astype(object).where(lambda frame: frame.notna(), None).to_dict("records")


def _story(register: Register, batch: str, row: Mapping[str, Any], serial: int, begun: date) -> CaseStory:
    return CaseStory(register, batch, row["DKBH"], float(row["WFMJ"]), float(row["WFGD"] or 0.0), row["JSSJ"], serial, begun)


# --- last year's batch ------------------------------------------------------------------------------------------------


def last_year_rows(register: Register, batch: str) -> Tuple[pd.DataFrame, List[bytes]]:
    """Places of this year's batch at which building was found a year before: rows as issued then, and their outlines."""
    parcels = register.parcels(batch)
    chosen = parcels[(parcels["PDJL1"] == "2") & (parcels["PDJL2"] == "201") & (parcels["TBZT"] == "0") & parcels["JSSJ"].notna()]
    chosen = chosen.sort_values("DKBH").tail(len(LAST_YEAR))
    shapes = register.storage.shapes(chosen["shape_id"])
    numbers = [f"{code}WP2510{n:04d}" for n, code in enumerate(chosen["XZQDM"], 1)]
    rows = pd.DataFrame({"XZQDM": chosen["XZQDM"].to_numpy(), "JCBH": numbers, "TBLX": chosen["TBLX"].to_numpy(), "QSX": "20250315",
                         "HSX": "20250928", "JCMJ": chosen["JCMJ"].to_numpy()})
    return rows, [shapes[key] for key in chosen["shape_id"]]


def last_year_verdicts(rows: pd.DataFrame) -> List[Mapping[str, Any]]:
    return [{"JCBH": number, "PDJL1": "2", "PDJL2": "201", "JSSJ": "2025-08-10", "XZXC": "1", "YDDW": "演示旧案用地单位", "SJYT": "01",
             "WFLX": "01", "WFXZ": "WBJY", "FLSM": "77"} for number in rows["JCBH"]]
