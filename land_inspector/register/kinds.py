"""The kinds of events: one catalogue that everything reads which has to know one kind from another.

To add a kind, write its name and its entry here and its handler in :mod:`.folding`; the fold, the timeline, the undo button, the
freeze and the tests follow. What an old kind means is never changed: give it a higher ``version`` and let the handler read both.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, Iterable, Mapping, Optional, Tuple

from ..errors import Bilingual, Message, message
from ..law.acts import ACTS
from ..law.papers.catalogue import papers
from ..law.patrols import FINDING_ACTS
from ..law.remedies import label as remedy_label
from .events import UNDONE, UNDONE_VERSION, Event
from .folding import cases, parcels
from .folding.parcels import whole_parcel_id
from .records import shown_name, site_status
from .tables import VERDICT
from .state import IssuedRows, State

#: Roles of a register that has them, each of the last two holding what a reviewer may.
REVIEWER, SECOND_REVIEWER, CASE_OFFICER, ADMINISTRATOR = "reviewer", "second_reviewer", "case_officer", "administrator"

REGISTER_CREATED = "register_created"
ACTOR_ENROLLED = "actor_enrolled"
PARTY_NAMED = "party_named"
NAMES_REMOVED = "names_removed"
RULEPACK_IMPORTED = "rulepack_imported"
BATCH_ISSUED = "batch_issued"
BATCH_FROZEN = "batch_frozen"
BATCH_UNFROZEN = "batch_unfrozen"
VERDICT_GIVEN = "verdict_given"
PARCEL_SPLIT = "parcel_split"
PARCELS_MERGED = "parcels_merged"
ISSUE_TAKEN = "issue_taken"
REVIEW_PASSED = "review_passed"
PARCEL_RETURNED = "parcel_returned"
RETURN_ANSWERED = "return_answered"
CASE_OPENED = "case_opened"
CASE_ACT = "case_act"
OFFICE_DESCRIBED = "office_described"
CASE_DESCRIBED = "case_described"
PAPER_WRITTEN = "paper_written"
PAPER_RETURNED = "paper_returned"
REMEDY_ORDERED = "remedy_ordered"
REMEDY_PROGRESSED = "remedy_progressed"
REMEDY_ACCEPTED = "remedy_accepted"
REMEDY_WITHDRAWN = "remedy_withdrawn"
PARCEL_SET_ASIDE = "parcel_set_aside"
PARCEL_TAKEN_UP = "parcel_taken_up"
PARCEL_FLAGGED = "parcel_flagged"
PARCEL_UNFLAGGED = "parcel_unflagged"
PARCEL_ASSIGNED = "parcel_assigned"
NOTE_WRITTEN = "note_written"
SITE_VISITED = "site_visited"
PHOTO_ADDED = "photo_added"
PHOTO_REMOVED = "photo_removed"
SUPERVISION_ASSIGNED = "supervision_assigned"
SUPERVISION_ENDED = "supervision_ended"
PATROL_PLANNED, PATROL_LOGGED, PATROL_WITHDRAWN = "patrol_planned", "patrol_logged", "patrol_withdrawn"
TRACK_ADDED = "track_added"
FINDING_MARKED, FINDING_CORRECTED, FINDING_ACT = "finding_marked", "finding_corrected", "finding_act"
FINDING_LINKED = "finding_linked"
MATTER_KIND_IMPORTED = "matter_kind_imported"
MATTER_OPENED = "matter_opened"
MATTER_ACT = "matter_act"
HEADS_NOTED = "heads_noted"
REGISTER_UPGRADED = "register_upgraded"
CLOCK_RELEASED = "clock_released"
CONFLICT_SETTLED = "conflict_settled"
PACKAGE_GIVEN, PACKAGE_RETURNED = "package_given", "package_returned"
OPINION_ASKED, OPINION_GIVEN, OPINION_DECIDED = "opinion_asked", "opinion_given", "opinion_decided"

BATCHES, VERDICTS, CUTS, REVIEW, CASES, REMEDIES, FIELD, MARKS, SUPERVISION, PATROLS, LEDGERS, UNDOING, OTHER = (
    "batches", "verdicts", "cuts", "review", "cases", "remedies", "field", "marks", "supervision", "patrols", "ledgers", "undoing", "")
#: Families of kinds, in the order of the work; what is in none (persons, rule packs) shows under "all" only.
FAMILIES: Dict[str, Message] = {
    BATCHES: message("Batches"), VERDICTS: message("Verdicts"), CUTS: message("Splits and merges"),
    REVIEW: message("Review and returns"), CASES: message("Cases"), REMEDIES: message("Remedies"),
    FIELD: message("Site findings and photos"), MARKS: message("Marks and notes"), SUPERVISION: message("Supervision"),
    PATROLS: message("Patrols"), LEDGERS: message("Ledgers"), UNDOING: message("Undoing"),
}

Payload = Mapping[str, Any]
Handler = Callable[[State, Event, IssuedRows], None]
#: (subject, field) → value: what an act says of a thing that only one act may say.
Written = Dict[Tuple[str, str], Any]


def _nothing(_said: Payload) -> Written:
    return {}


@dataclass(frozen=True)
class EventKind:
    """One kind of event.

    ``tell`` makes the sentence of the timeline from the payload and the parcels concerned; ``noun`` names the act on the undo
    button, ``named`` does so by its payload. ``handler`` changes the state (None: the kind holds none). ``version`` is the newest
    that this code reads and the one it writes.
    ``is_stopped_by_freeze``: a frozen batch refuses it, and its undo. ``is_undoable``: False for acts that say what the register is
    and who writes in it. ``may_predate_issue``: may be dated before its batch came in (a patrol may have found the place first).
    ``may_lie_ahead``: a plan, that may be dated after the day on which it is recorded.
    ``role``: the least role that may record it where the register has roles (a server); '' for a reviewer's.
    ``names_a_batch``: its subjects are whole batches, its sentence names no parcel.
    ``opens_a_row``: its first subject is a row with a life of its own (a case) that it opens, tying what else it names to it;
    ``acts_on_a_row``: its first subject is such a row.
    ``goes_without_saying``: it belongs to the act beside it and no list shows it.
    ``package``: what a package of work does with it (:mod:`.packages`): g tells it of the ground, t of the parcels, p of patrols; c may
    come back out of one as an act of its own.
    ``writes``: what it says that no other act may say otherwise at the same time; two acts that did not know of each other and write
    one field with different values are a conflict.
    ``example`` is a payload as it is stored, ``subjects`` the example's, ``after`` the kinds whose examples must come before.
    """

    name: str
    family: str
    noun: Message
    tell: Callable[[Payload, str], Message]
    example: Payload
    subjects: Tuple[str, ...]
    after: Tuple[str, ...] = ()
    handler: Optional[Handler] = None
    named: Optional[Callable[[Payload], Message]] = None
    writes: Callable[[Payload], Written] = _nothing
    version: int = 1
    is_stopped_by_freeze: bool = True
    is_undoable: bool = True
    may_predate_issue: bool = False
    may_lie_ahead: bool = False
    role: str = ""
    names_a_batch: bool = False
    goes_without_saying: bool = False
    opens_a_row: bool = False
    acts_on_a_row: bool = False
    package: str = ""

    def name_of(self, said: Payload) -> Message:
        """What the undo button calls an act of this kind."""
        return self.named(said) if self.named is not None else self.noun


# --- ids of the examples ----------------------------------------------------------------------------------------------------

_PATCH = "patch-1"
_PARCEL = whole_parcel_id(_PATCH)
_ONE, _TWO = "piece-1", "piece-2"
_SAID = {field.name: None for field in VERDICT}
_ILLEGAL = {**_SAID, "PDJL1": "2", "PDJL2": "201", "WFMJ": 1600.0, "WFGD": 0.0}
_LAND = {"land_m2": 1600.0, "cultivated_m2": 0.0}
_TRACK = {"id": "remedy-1", "parcel": _PARCEL, "kind": "reclamation", "ordered": _LAND, "ordered_on": "2026-06-01", "case": None,
          "item": None, "same_ground_as": None}
_JUDGED = (_PARCEL, _PATCH)


def _piece(key: str, number: str) -> Dict[str, Any]:
    return {"id": key, "DKBH": number, "wkb": "", "DKMJ": 800.0, "areas": {}}


def _of(key: str, field: str, value: Callable[[Payload], Any], said: Payload) -> Written:
    """What is said under ``field`` of the subject that the payload names under ``key``."""
    return {(said[key], field): value(said)}


def _verdict(said: Payload) -> Written:
    return {(said["parcel"], name): value for name, value in said["verdict"].items()}


def _outline(keys: Callable[[Payload], Iterable[str]], value: Callable[[Payload], Any]) -> Callable[[Payload], Written]:
    return lambda said: {(key, "outline"): value(said) for key in keys(said)}


def _one(key: str, field: str, value: Callable[[Payload], Any]) -> Callable[[Payload], Written]:
    return lambda said: _of(key, field, value, said)


def _assignment(said: Payload, where: str) -> Message:
    return message("{where} was given to nobody.", where=where) if said["to"] is None else message(
        "{where} was given to a person.", where=where)


#: What a patrol or a finding begins with, and what goes on with it: no batch stops it.
_OF_OWN_ROW: Dict[str, bool] = {"acts_on_a_row": True, "is_stopped_by_freeze": False}
_OWN_ROW: Dict[str, bool] = {**_OF_OWN_ROW, "opens_a_row": True}
_LOGGED = {"patrol": "patrol-1", "ZSDM": "S1", "XCRQ": "2026-05-12", "KSSJ": "08:30", "JSSJ": "11:00", "officers": ["p1", "p2"],
           "XCQY": "1", "XCLX": "古城—大洋", "CLYJ": None, "BZ": None}


def _finding_act(said: Payload) -> Message:
    return FINDING_ACTS.get(said["act"]) or message("An act that this version does not know ({kind})", kind=said["act"])


def _act(said: Payload) -> Message:
    return ACTS[said["act"]].label if said["act"] in ACTS else message("An act that this version does not know ({kind})", kind=said["act"])


def _paper(said: Payload) -> Message:
    known = papers().get(said["kind"])
    return known.label if known is not None else message("A paper that this version does not know ({kind})", kind=said["kind"])


_LEDGER = {"en": "Petitions", "zh": "信访积案"}


def _bilingual(said: Mapping[str, str]) -> Message:
    return Bilingual(said["en"], zh=said["zh"])


def _matter_writes(said: Payload) -> Written:
    """Its values one by one, and where an act led."""
    step = said["step"]
    found = {(said["matter"], name): value for name, value in step["sets"].items()}
    return {**found, **({(said["matter"], "state"): [step["act"], step["to"]]} if step["to"] else {})}


_ALL = (
    EventKind(
        REGISTER_CREATED, OTHER, message("making of the register"), lambda said, _where: message("The register was made."),
        {"register_id": "register-1", "townships": [], "townships_digest": ""}, ("register-1",), is_undoable=False),
    EventKind(
        ACTOR_ENROLLED, OTHER, message("new person"), lambda said, _where: message("A person began to work in the register."),
        {"actor": "person-1", "digest": ""}, ("person-1",), is_undoable=False, goes_without_saying=True, package="c"),
    EventKind(
        PARTY_NAMED, OTHER, message("name of a party"), lambda said, _where: message("A party was named, apart from the events."),
        {"party": "party-1", "digest": ""}, ("party-1",), is_undoable=False, package="c"),
    EventKind(
        NAMES_REMOVED, OTHER, message("removal of all names"),
        lambda said, _where: message("All names of people were taken out of the register: {n}.", n=said["names"]),
        {"names": 2}, ("register-1",), is_undoable=False, role=ADMINISTRATOR),
    EventKind(
        RULEPACK_IMPORTED, OTHER, message("rule pack"),
        lambda said, _where: message("Rule pack {pack} {version} came in.", pack=said["id"], version=said["version"]),
        {"file": "own.json", "digest": "d", "id": "own", "version": "1", "content": "{}"}, ("d",),
        writes=lambda said: {(said["id"], said["version"]): said["digest"]}, role=ADMINISTRATOR),

    EventKind(
        BATCH_ISSUED, BATCHES, message("import of a batch"),
        lambda said, _where: message("Batch {batch}, issue {no}, came in with {n} patches.", batch=said["batch"]["PCBH"],
                                     no=said["issue"]["no"], n=said["issue"]["imported"]),
        {"batch": {"id": "batch-1", "PCBH": "B1", "PCMC": "五月", "ND": 2026, "YF": 5, "ZD": "N", "LY": "01", "XFRQ": "2026-05-10",
                   "JZRQ": None, "KJRQ": None, "CRS": "EPSG:4549", "MJFF": "E"},
         "issue": {"id": "issue-1", "no": 1, "imported": 1, "digest": "d", "content": "c", "file": "b.gpkg"}},
        ("batch-1",), handler=parcels.batch_issued, may_predate_issue=True, names_a_batch=True,
        writes=lambda said: {(said["batch"]["id"], f"issue {said['issue']['no']}"): said["issue"]["content"]}, package="gt"),
    EventKind(
        BATCH_FROZEN, BATCHES, message("freezing of a batch"), lambda said, _where: message("The batch was frozen."),
        {"batch": "batch-1", "reason": ""}, ("batch-1",), (BATCH_ISSUED,), parcels.batch_frozen, names_a_batch=True,
        writes=_one("batch", "DJ", lambda said: 1), role=ADMINISTRATOR, package="t"),
    EventKind(
        BATCH_UNFROZEN, BATCHES, message("unfreezing of a batch"),
        lambda said, _where: message("The batch was opened again: {reason}", reason=said["reason"]),
        {"batch": "batch-1", "reason": "更正"}, ("batch-1",), (BATCH_FROZEN,), parcels.batch_unfrozen, names_a_batch=True,
        writes=_one("batch", "DJ", lambda said: 0), role=ADMINISTRATOR, package="t"),
    EventKind(
        ISSUE_TAKEN, BATCHES, message("newest issue taken"),
        lambda said, where: message("{where} took the outline of issue {no}.", where=where, no=said["issue_no"]),
        {"parcel": _PARCEL, "issue_no": 1, "shape_id": "row-1", "DKMJ": 1600.0}, _JUDGED, (BATCH_ISSUED,), parcels.issue_taken,
        writes=_outline(lambda said: [said["parcel"]], lambda said: said["shape_id"]), package="gtc"),

    EventKind(
        VERDICT_GIVEN, VERDICTS, message("verdict"),
        lambda said, where: message("Verdict {level1} {level2} on {where}.", where=where, level1=said["verdict"].get("PDJL1") or "0",
                                    level2=said["verdict"].get("PDJL2") or ""),
        {"parcel": _PARCEL, "verdict": _ILLEGAL, "areas": {"GDMJ": 0.0}, "evidence_run": None, "missing": [], "defaulted": []},
        _JUDGED, (BATCH_ISSUED,), parcels.verdict_given, writes=_verdict, package="tc"),
    EventKind(
        REVIEW_PASSED, REVIEW, message("review passed"), lambda said, where: message("{where} passed the review.", where=where),
        {"parcel": _PARCEL, "level": "county"}, _JUDGED, (VERDICT_GIVEN,), parcels.review_passed,
        writes=_one("parcel", "review", lambda said: said["level"]), role=SECOND_REVIEWER, package="t"),
    EventKind(
        PARCEL_RETURNED, REVIEW, message("return"),
        lambda said, where: message("{where} was returned: {reason}", where=where, reason=said["reason"]),
        {"parcel": _PARCEL, "level": "city", "reason": "补照片", "asked_for": "", "answer_by": None}, _JUDGED, (VERDICT_GIVEN,),
        parcels.parcel_returned, writes=_one("parcel", "review", lambda said: [said["level"], said["reason"]]),
        role=SECOND_REVIEWER, package="t"),
    EventKind(
        RETURN_ANSWERED, REVIEW, message("answer to a return"),
        lambda said, where: message("The return of {where} was answered: {answer}", where=where, answer=said["answer"]),
        {"parcel": _PARCEL, "answer": "已补"}, _JUDGED, (PARCEL_RETURNED,), parcels.return_answered,
        writes=_one("parcel", "review", lambda said: said["answer"]), package="tc"),

    EventKind(
        PARCEL_SPLIT, CUTS, message("split"),
        lambda said, where: message("{where} was split into {n} parcels.", where=where, n=len(said["children"])),
        {"parcel": _PARCEL, "children": [_piece(_ONE, "T001-01"), _piece(_TWO, "T001-02")]}, (_PARCEL, _ONE, _TWO, _PATCH), (BATCH_ISSUED,),
        parcels.parcel_split, version=2,
        writes=_outline(lambda said: [said["parcel"]], lambda said: [child["id"] for child in said["children"]]), package="gtc"),
    EventKind(
        PARCELS_MERGED, CUTS, message("merge"), lambda said, where: message("{where} were merged.", where=where),
        {"parcels": [_ONE, _TWO], "result": {**_piece("piece-3", "T001"), "DKMJ": 1600.0, "whole": True}},
        (_ONE, _TWO, "piece-3", _PATCH), (PARCEL_SPLIT,), parcels.parcels_merged,
        writes=_outline(lambda said: said["parcels"], lambda said: said["result"]["id"]), version=2, package="gtc"),

    EventKind(
        CASE_OPENED, CASES, message("opening of a case"),
        lambda said, where: message("Case {case} was opened on {where}.", case=said["label"], where=where),
        {"case": "case-1", "parcels": [_PARCEL], "label": "T001-AJ", "particulars": {"source": "2"}}, ("case-1", *_JUDGED),
        (VERDICT_GIVEN,), cases.case_opened, **_OWN_ROW, may_predate_issue=True,
        writes=lambda said: {(key, "open case"): said["case"] for key in said["parcels"]}, package="c"),
    EventKind(
        CASE_ACT, CASES, message("act of a case"),
        lambda said, where: message("{act} in the case of {where}.", act=_act(said), where=where),
        {"case": "case-1", "act": "site_check", "particulars": {"officers": ["p1", "p2"], "findings": "水泥地坪"}},
        ("case-1", *_JUDGED), (CASE_OPENED,), cases.case_act, _act, **_OF_OWN_ROW, may_predate_issue=True,
        writes=_one("case", "act", lambda said: [said["act"], said["particulars"]]), package="c"),

    EventKind(
        OFFICE_DESCRIBED, OTHER, message("description of the office"),
        lambda said, _where: message("The office was described as it stands in papers."),
        {"register": "register-1", "office": {"机关全称": "演示县自然资源局"}, "officers": {},
         "scheme": {"organ": "演自然资", "patterns": {}, "words": {}, "starts": {}}},
        ("register-1",), writes=lambda said: {(said["register"], name): value for name, value in said["office"].items()}),
    EventKind(
        CASE_DESCRIBED, CASES, message("particulars for the papers"),
        lambda said, where: message("Parties and particulars for the papers of {where} were entered.", where=where or said["label"]),
        {"row": "case-1", "label": "T001-AJ", "parties": [{"name": "某公司", "kind": "2"}], "typed": {"四至": "东至河"}},
        ("case-1", *_JUDGED), (CASE_OPENED,), cases.stands_on_its_case, **_OF_OWN_ROW, may_predate_issue=True,
        writes=_one("row", "particulars", lambda said: [said["parties"], said["typed"]])),
    EventKind(
        PAPER_WRITTEN, CASES, message("paper written"),
        lambda said, where: message("{paper} {number} was written for {where}.", paper=_paper(said), number=said["number"],
                                    where=where or said["label"]),
        {"paper": "paper-1", "row": "case-1", "label": "T001-AJ", "kind": "decision", "number": "演自然资罚〔2026〕1号",
         "series": "演自然资罚〔2026〕{n}号", "n": 1, "on": "", "digest": "00", "missing": []},
        ("case-1", *_JUDGED, "演自然资罚〔2026〕{n}号"), (CASE_OPENED,), cases.stands_on_its_case, _paper, **_OF_OWN_ROW,
        may_predate_issue=True,
        writes=lambda said: {(said["series"], str(said["n"])): said["paper"]} if said["n"] else {}),
    EventKind(
        PAPER_RETURNED, CASES, message("finished paper kept"),
        lambda said, where: message("The finished {paper} {number} of {where} was kept.", paper=_paper(said), number=said["number"],
                                    where=where or said["label"]),
        {"paper": "paper-1", "row": "case-1", "label": "T001-AJ", "kind": "decision", "number": "演自然资罚〔2026〕1号", "on": "2026-08-03",
         "files": []},
        ("case-1", *_JUDGED), (PAPER_WRITTEN,), cases.stands_on_its_case, **_OF_OWN_ROW, may_predate_issue=True),

    EventKind(
        REMEDY_ORDERED, REMEDIES, message("order of a remedy"),
        lambda said, where: message("{kind} was ordered for {where}.", where=where, kind=remedy_label(said["track"]["kind"])),
        {"track": _TRACK}, ("remedy-1", *_JUDGED), (VERDICT_GIVEN,), cases.remedy_ordered, is_stopped_by_freeze=False,
        may_predate_issue=True, package="tc"),
    EventKind(
        REMEDY_PROGRESSED, REMEDIES, message("work done on a remedy"),
        lambda said, where: message("Work was done on a remedy of {where}.", where=where),
        {"remedy": "remedy-1", "step": {"amount": _LAND, "on": "2026-06-10", "evidence": []}}, ("remedy-1", *_JUDGED), (REMEDY_ORDERED,),
        cases.remedy_progressed, is_stopped_by_freeze=False, may_predate_issue=True, package="tc"),
    EventKind(
        REMEDY_ACCEPTED, REMEDIES, message("acceptance of a remedy"),
        lambda said, where: message("A remedy of {where} was examined for acceptance.", where=where),
        {"remedy": "remedy-1", "acceptance": {"status": "2", "level": "1", "on": "2026-06-20"}}, ("remedy-1", *_JUDGED),
        (REMEDY_PROGRESSED,), cases.remedy_accepted, is_stopped_by_freeze=False, may_predate_issue=True,
        writes=_one("remedy", "acceptance", lambda said: said["acceptance"]), package="tc"),
    EventKind(
        REMEDY_WITHDRAWN, REMEDIES, message("withdrawal of a remedy"),
        lambda said, where: message("A remedy of {where} was withdrawn.", where=where),
        {"remedy": "remedy-1", "reason": "重复"}, ("remedy-1", *_JUDGED), (REMEDY_ORDERED,), cases.remedy_withdrawn,
        is_stopped_by_freeze=False, may_predate_issue=True, writes=_one("remedy", "withdrawn", lambda said: True), package="tc"),

    EventKind(
        SITE_VISITED, FIELD, message("site finding"),
        lambda said, where: message("{where} was visited: {finding}.", where=where, finding=site_status(said["status"])),
        {"parcel": _PARCEL, "status": "built", "officers": [], "use": None, "land_user": None, "land_class": None, "facts": {},
         "remark": None}, _JUDGED, (BATCH_ISSUED,), parcels.site_visited, may_predate_issue=True, package="tc"),
    EventKind(
        PHOTO_ADDED, FIELD, message("photo added"),
        lambda said, where: message("Photo {file} was added to {where}.", where=where, file=shown_name(said["file"])),
        {"photo": "photo-1", "parcels": [_PARCEL], "sha256": "00", "file": "00_a.jpg", "taken_at": None, "lon": None, "lat": None,
         "direction": None, "distance_m": None, "matched_by": "person"}, ("photo-1", *_JUDGED), (BATCH_ISSUED,), parcels.photo_added,
        package="c"),
    EventKind(
        PHOTO_REMOVED, FIELD, message("photo removed"),
        lambda said, where: message("Photo {file} of {where} was removed.", where=where, file=shown_name(said["file"])),
        {"photo": "photo-1", "file": "00_a.jpg"}, ("photo-1", *_JUDGED), (PHOTO_ADDED,), parcels.photo_removed, package="c"),

    EventKind(
        PARCEL_SET_ASIDE, MARKS, message("set aside"),
        lambda said, where: message("{where} was set aside: {reason}", where=where, reason=said["reason"]),
        {"parcel": _PARCEL, "reason": "等批文", "waits_for_paper": True}, _JUDGED, (BATCH_ISSUED,), parcels.set_aside,
        writes=_one("parcel", "aside", lambda said: [said["waits_for_paper"], said["reason"]]), package="tc"),
    EventKind(
        PARCEL_TAKEN_UP, MARKS, message("taken up again"), lambda said, where: message("{where} was taken up again.", where=where),
        {"parcel": _PARCEL}, _JUDGED, (PARCEL_SET_ASIDE,), parcels.taken_up, writes=_one("parcel", "aside", lambda said: None),
        package="tc"),
    EventKind(
        PARCEL_FLAGGED, MARKS, message("flag"),
        lambda said, where: message("{where} was flagged. {reason}", where=where, reason=said["reason"]),
        {"parcel": _PARCEL, "reason": "重点"}, _JUDGED, (BATCH_ISSUED,), parcels.flagged,
        writes=_one("parcel", "flag", lambda said: [1, said["reason"]]), package="tc"),
    EventKind(
        PARCEL_UNFLAGGED, MARKS, message("flag taken off"),
        lambda said, where: message("The flag of {where} was taken off.", where=where),
        {"parcel": _PARCEL}, _JUDGED, (PARCEL_FLAGGED,), parcels.unflagged, writes=_one("parcel", "flag", lambda said: [0]), package="tc"),
    EventKind(
        PARCEL_ASSIGNED, MARKS, message("work given out"), _assignment, {"parcel": _PARCEL, "to": "person-1"}, _JUDGED, (BATCH_ISSUED,),
        parcels.assigned, writes=_one("parcel", "assigned_to", lambda said: said["to"])),
    EventKind(
        NOTE_WRITTEN, MARKS, message("written note"),
        lambda said, where: message("Note on {where}: {text}", where=where, text=said["text"]),
        {"parcel": _PARCEL, "text": "现场有围挡"}, _JUDGED, (BATCH_ISSUED,), parcels.note_written, package="c"),

    EventKind(
        SUPERVISION_ASSIGNED, SUPERVISION, message("supervision given out"),
        lambda said, _where: message("{townships} came under supervision until {day}.", day=said["until"],
                                     townships=", ".join(t["XZMC"] for t in said["townships"]) or message("The whole county")),
        {"supervision": "watch-1", "person": "person-1", "townships": [], "until": "2026-09-30", "remark": ""}, ("watch-1",),
        may_lie_ahead=True),
    EventKind(
        SUPERVISION_ENDED, SUPERVISION, message("supervision ended"),
        lambda said, _where: message("A supervision ended: {reason}", reason=said["reason"]),
        {"supervision": "watch-1", "reason": "换人"}, ("watch-1",), (SUPERVISION_ASSIGNED,),
        writes=_one("supervision", "ended", lambda said: said["reason"])),

    EventKind(
        PATROL_PLANNED, PATROLS, message("patrol plan"),
        lambda said, _where: message("A patrol of station {station} was planned for {day}.", station=said["ZSDM"], day=said["XCRQ"]),
        {**_LOGGED, "KSSJ": None, "JSSJ": None, "targets": [{"kind": "place", "key": "1", "name": "大洋", "lon": 121.1, "lat": 28.8}]},
        ("patrol-1",), (), cases.patrol_planned, may_lie_ahead=True, **_OWN_ROW, package="pc",
        writes=lambda said: {(said["patrol"], name): said.get(name) for name in ("ZSDM", "XCRQ", "XCQY", "XCLX", "officers")}),
    EventKind(
        PATROL_LOGGED, PATROLS, message("patrol log"),
        lambda said, _where: message("A patrol of station {station} on {day} was logged: {start} to {end}.", station=said["ZSDM"],
                                     day=said["XCRQ"], start=said["KSSJ"] or "?", end=said["JSSJ"] or "?"),
        {**_LOGGED, "SFWF": 0}, ("patrol-1",), (), cases.patrol_logged, **_OWN_ROW, package="pc",
        writes=lambda said: {(said["patrol"], name): said.get(name) for name in ("ZSDM", "XCRQ", "KSSJ", "JSSJ", "XCLX", "officers")}),
    EventKind(
        PATROL_WITHDRAWN, PATROLS, message("withdrawal of a patrol"),
        lambda said, _where: message("A patrol was withdrawn: {reason}", reason=said["reason"]),
        {"patrol": "patrol-1", "reason": "台风"}, ("patrol-1",), (PATROL_PLANNED,), cases.patrol_withdrawn, **_OF_OWN_ROW,
        writes=_one("patrol", "withdrawn", lambda said: 1), package="pc"),
    EventKind(
        TRACK_ADDED, PATROLS, message("track of a patrol"),
        lambda said, _where: message("A track of {km} km came to a patrol.", km=f"{said['track']['metres'] / 1000:.1f}"),
        {"patrol": "patrol-1", "track": {"sha256": "00", "file": "a.gpx", "metres": 5200.0, "seconds": 3600.0, "points": 400,
                                         "dropped": 0, "begin": None, "end": None, "datum": "WGS84", "is_local": False}},
        ("patrol-1",), (PATROL_LOGGED,), cases.track_added, **_OF_OWN_ROW, package="c"),
    EventKind(
        FINDING_MARKED, PATROLS, message("finding of a patrol"),
        lambda said, _where: message("A patrol found {project} on {day}.", project=said.get("XMMC") or message("building"),
                                     day=said["FXRQ"]),
        {"finding": "finding-1", "patrol_id": "patrol-1", "ZSDM": "S1", "XZDM": None, "FXRQ": "2026-05-12", "lon": 121.1, "lat": 28.8,
         "shape_id": None, "JSDW": None, "XMMC": "厂房", "DGSJ": None, "JSZT": "1", "ZDMJ": 300.0, "GDMJ": 100.0, "SPQK": None,
         "CSM": "220", "BZ": None}, ("finding-1", "patrol-1"), (), cases.finding_marked, **_OWN_ROW, package="pc"),
    EventKind(
        FINDING_CORRECTED, PATROLS, message("correction of a finding"),
        lambda said, _where: message("A finding of a patrol was corrected ({n} particulars).", n=len(said["said"])) if said["said"]
        else message("{n} photos came to a finding of a patrol.", n=len(said["files"])),
        {"finding": "finding-1", "said": {"JSZT": "2", "BZ": "已上梁"}, "files": ["0_a.jpg"]}, ("finding-1",), (FINDING_MARKED,),
        cases.finding_corrected, **_OF_OWN_ROW,
        writes=lambda said: {(said["finding"], name): value for name, value in said["said"].items()}, package="pc"),
    EventKind(
        FINDING_ACT, PATROLS, message("act on a finding"),
        lambda said, _where: message("On a finding of a patrol: {act}", act=_finding_act(said)),
        {"finding": "finding-1", "act": "stop_order", "said": {"number": "责停1号"}}, ("finding-1",), (FINDING_MARKED,),
        cases.finding_act, _finding_act, **_OF_OWN_ROW, package="pc"),
    EventKind(
        FINDING_LINKED, PATROLS, message("finding met by a patch"),
        lambda said, _where: message("A finding of a patrol and a patch were put together.") if said["linked"] else message(
            "A finding of a patrol and a patch were parted."),
        {"finding": "finding-1", "patch": _PATCH, "linked": True}, ("finding-1", _PATCH), (FINDING_MARKED, BATCH_ISSUED),
        cases.finding_linked, **_OF_OWN_ROW,
        writes=lambda said: {(said["finding"], said["patch"]): said["linked"]}, package="c"),

    EventKind(
        HEADS_NOTED, OTHER, message("note of what was known"),
        lambda said, _where: message("What others had recorded was noted, of {n} origins.", n=len(said["heads"])),
        {"heads": {"o2": [7, "h"]}}, ("register-1",), is_undoable=False, goes_without_saying=True, package="c"),
    EventKind(
        REGISTER_UPGRADED, OTHER, message("upgrade of the register"),
        lambda said, _where: message("The register was upgraded from format {before} to {after}.", before=said["from"], after=said["to"]),
        {"from": 1, "to": 2, "heads": {"o": [7, "h"]}}, ("register-1",), is_undoable=False, role=ADMINISTRATOR),
    EventKind(
        CLOCK_RELEASED, OTHER, message("release of the clock"),
        lambda said, _where: message("Entries dated ahead of the clock were accepted: {reason}", reason=said["reason"]),
        {"newest": "2027-01-01T00:00:00.000000Z", "reason": "时钟快"}, ("register-1",), is_undoable=False, role=ADMINISTRATOR, package="c"),

    EventKind(
        MATTER_KIND_IMPORTED, OTHER, message("kind of ledger"),
        lambda said, _where: message("The kind of ledger {kind} {version} came in.", kind=_bilingual(said["name"]),
                                     version=said["version"]),
        {"file": "own.json", "digest": "d", "id": "own", "version": "1", "name": _LEDGER, "content": "{}"}, ("d",),
        writes=lambda said: {(said["id"], said["version"]): said["digest"]}),
    EventKind(
        MATTER_OPENED, LEDGERS, message("new matter"),
        lambda said, _where: message("{number} was entered in the ledger {ledger}.", number=said["number"],
                                     ledger=_bilingual(said["ledger"])),
        {"matter": "matter-1", "kind": "petitions", "pack": "d", "number": "P1", "ledger": _LEDGER, "shape": "",
         "step": {"act": "open", "on": "2026-06-01", "said": {}, "to": "1", "cls": "open", "sets": {"TZBH": "P1"}}},
        ("matter-1",), handler=cases.matter_opened, is_stopped_by_freeze=False, may_predate_issue=True,
        opens_a_row=True, acts_on_a_row=True, writes=_matter_writes),
    EventKind(
        MATTER_ACT, LEDGERS, message("act of a matter"),
        lambda said, _where: message("{act} in the matter {number}.", act=_bilingual(said["label"]), number=said["number"]),
        {"matter": "matter-1", "kind": "petitions", "number": "P1", "from": "1",
         "step": {"act": "accept", "on": "2026-06-01", "said": {"number": "受1"}, "to": "2", "cls": "open", "sets": {}},
         "label": {"en": "Accepted", "zh": "受理告知"}},
        ("matter-1",), (MATTER_OPENED,), cases.matter_act, lambda said: _bilingual(said["label"]),
        is_stopped_by_freeze=False, may_predate_issue=True, acts_on_a_row=True, writes=_matter_writes),

    EventKind(
        OPINION_ASKED, REVIEW, message("request for a second opinion"),
        lambda said, _where: message("A second opinion on {n} parcels was asked for.", n=len(said["parcels"])),
        {"round": "round-1", "batch": "B1", "parcels": {_PARCEL: "event-2"}, "of": 1, "size": 1, "seed": 7, "to": None}, ("round-1",),
        is_undoable=False, is_stopped_by_freeze=False),
    EventKind(
        OPINION_GIVEN, REVIEW, message("second opinion"),
        lambda said, where: message("A second opinion on {where} was given.", where=where),
        {"round": "round-1", "parcel": _PARCEL, "PDJL1": "1", "PDJL2": "101", "reason": ""}, _JUDGED, (OPINION_ASKED,),
        is_stopped_by_freeze=False, writes=lambda said: {(said["parcel"], f"opinion {said['round']}"): [said["PDJL1"], said["PDJL2"]]}),
    EventKind(
        OPINION_DECIDED, REVIEW, message("decision between two opinions"),
        lambda said, where: message("Between two opinions on {where} it was decided: {reason}", where=where, reason=said["reason"]),
        {"round": "round-1", "parcel": _PARCEL, "chosen": "first", "reason": "有批文"}, _JUDGED, (OPINION_GIVEN,),
        is_stopped_by_freeze=False, writes=lambda said: {(said["parcel"], f"decision {said['round']}"): said["chosen"]}),
    EventKind(
        PACKAGE_GIVEN, FIELD, message("package given out"),
        lambda said, _where: message("A package ({file}) with {n} rows was given out.", file=said["file"], n=sum(said["rows"].values())),
        {"package": "package-1", "what": "review", "townships": ["331082100"], "stations": [], "batch": "B1", "to": None, "file": "a.zip",
         "rows": {"parcels": 3}, "digest": "d"}, ("package-1",), is_undoable=False, is_stopped_by_freeze=False),
    EventKind(
        PACKAGE_RETURNED, FIELD, message("package taken back"),
        lambda said, _where: message("A package ({file}) came back: {taken} rows recorded, {left} left to a person.", file=said["file"],
                                     taken=len(said["rows"]), left=said["left"]),
        {"package": "package-1", "file": "a.zip", "rows": ["mark"], "left": 0}, ("package-1",), (PACKAGE_GIVEN,), is_undoable=False,
        is_stopped_by_freeze=False),
    EventKind(
        CONFLICT_SETTLED, REVIEW, message("settlement of a conflict"),
        lambda said, where: message("A conflict over {field} of {where} was settled: {reason}", field=said["field"], where=where,
                                    reason=said["reason"]),
        {"subject": _PARCEL, "field": "PDJL1", "chosen": "event-2", "events": ["event-2", "event-9"], "value": "2", "reason": "现场核实"},
        _JUDGED, (VERDICT_GIVEN,), parcels.conflict_settled, acts_on_a_row=True,
        writes=lambda said: {(said["subject"], said["field"]): said["value"]}),

    EventKind(
        UNDONE, UNDOING, message("undo"),
        lambda said, _where: message("An action was undone. {reason}", reason=said.get("reason") or ""),
        {"groups": ["group-0"], "events": [], "reason": "误判"}, ("batch-1",), version=UNDONE_VERSION, package="c"),
)

#: Kinds that say how far their author had read the other origins.
NOTES: FrozenSet[str] = frozenset({HEADS_NOTED, REGISTER_UPGRADED})
CATALOGUE: Dict[str, EventKind] = {kind.name: kind for kind in _ALL}
#: Kinds that tie things together under a row of its own.
OPENING: Tuple[str, ...] = tuple(kind.name for kind in _ALL if kind.opens_a_row)
#: Acts that a freeze does not stop; undoing one of them neither.
GOES_ON: FrozenSet[str] = frozenset(kind.name for kind in _ALL if not kind.is_stopped_by_freeze)


def is_known(event: Event) -> bool:
    """Whether this version of the program can read the event: its kind is here and its version not newer."""
    kind = CATALOGUE.get(event.kind)
    return kind is not None and isinstance(event.version, int) and event.version <= kind.version


def family_of(event: Event) -> str:
    """The family of an event's kind; "" for one in none, and for what is not known here."""
    return CATALOGUE[event.kind].family if is_known(event) else OTHER


def is_undoable(event: Event) -> bool:
    """Whether an act may be taken back. What a later version wrote can only be taken back there: here nobody knows what it did."""
    return is_known(event) and CATALOGUE[event.kind].is_undoable


def goes_without_saying(event: Event) -> bool:
    """Whether the event belongs to the act beside it and no list shows it."""
    return is_known(event) and CATALOGUE[event.kind].goes_without_saying


def row_of(event: Event) -> Optional[str]:
    """The id of the row with a life of its own that the event acts on; None for one that acts on none."""
    return event.subjects[0] if is_known(event) and CATALOGUE[event.kind].acts_on_a_row else None


def names_a_batch(event: Event) -> bool:
    """Whether the event speaks of whole batches."""
    return is_known(event) and CATALOGUE[event.kind].names_a_batch


def sentence(event: Event, where: str) -> Message:
    """One event for people to read; ``where`` are the parcels concerned."""
    if not is_known(event):
        return message("Something on {where} that this version does not know was recorded ({kind}, version {version}).", where=where,
                       kind=event.kind, version=event.version)
    return CATALOGUE[event.kind].tell(event.payload, where)


def noun(event: Event) -> Message:
    """What the undo button calls an event."""
    if not is_known(event):
        return message("An act that this version does not know ({kind})", kind=event.kind)
    return CATALOGUE[event.kind].name_of(event.payload)


def writes(event: Event) -> Written:
    """What an event says that no concurrent act may say otherwise; nothing for an event that is not known here."""
    return CATALOGUE[event.kind].writes(event.payload) if is_known(event) else {}
