"""What papers are made of, read once: everything the register holds of a case or a matter, with names where the register has them."""
from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ...errors import InputError
from ...law.codes import label
from ...law.papers.catalogue import Paper, numbered_paper, papers
from ...law.papers.facts import HIDDEN, PERSON, UNIT, Facts, Land, Officer, Party, PhotoFact
from ...law.papers.fields import values_of
from ...law.procedure import Done
from ...law.work_lists import DEFAULT_WITHIN_DAYS, LISTS, Filter
from ...progress import Progress
from .. import kinds
from ..matters import kinds_of, law_on, place_names
from ..parties import STAND_IN, known_persons, name_of
from ..papers import Order, Row, office_of, particulars_of, row_of, written_of
from ..personal import is_person, masked, may_be_person
from ..records import shown_name
from ..register import Register
from ..proposing import pack_of
from ..state import Parcel, State
from ..work_lists import read_pursuit
from . import parcels
from .parcels import known_names, review_state_of, rows_of, state_of

#: Roles of layers, as papers name what an area was measured against.
_ROLES = {"land_use": "国土调查", "farmland": "永久基本农田", "plan": "国土空间规划", "approval": "农转用批准", "supply": "供地", "redline": "生态保护红线"}
_METHODS = {"E": "椭球面积", "P": "平面面积"}
_INDIVIDUAL = "7"  # ZTFL
_REMINDER = "payment_reminder"
_IDENTITY = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])")


def facts_of(register: Register, row_id: str, day: date) -> Facts:
    """Everything of one case or matter. InputError where the register has none of this id."""
    row = row_of(register, row_id)
    facts = _case_facts(register, row, day) if row.is_case else _matter_facts(register, row, day)
    parties, typed = particulars_of(register, row_id)
    people = known_names(register)
    office = facts.office
    ids = {key for done in facts.acts for key in done.particulars.get("officers") or ()}
    known = [*people.values(), *known_persons(register)]
    ours = {people.get(key) for key in ids} | {office.values.get("机关联系人")}
    return replace(
        facts, others=tuple(dict.fromkeys(name for name in known if name and name not in ours)),
        parties=parties or facts.parties, typed={**facts.typed, **typed}, written=written_of(register, row_id),
        officers={key: Officer(key, people.get(key), office.certificates.get(key) or None) for key in ids},
        known_at=datetime.now().strftime("%Y-%m-%d %H:%M"), seal=register.seal().code)


def _case_facts(register: Register, row: Row, day: date) -> Facts:
    state = state_of(register, row.patches)
    record = state.cases[row.id]
    case = record.case
    rows = {one["parcel_id"]: one for one in rows_of(register, case.parcels)}
    layers = _layers(register, rows.values())
    lands = tuple(_land(register, state, state.parcels[key], rows[key], layers) for key in case.parcels if key in rows)
    tracks = tuple(track for track in state.tracks_of(case.parcels) if track.case in (None, case.id))
    photos = tuple(PhotoFact(shown_name(photo.file), photo.taken_at, photo.direction, tuple(_parcels_of(photo)), photo.file)
                   for patch in row.patches for photo in state.photos_in(patch) if not photo.removed
                   and set(_parcels_of(photo)) & set(case.parcels))
    pack = pack_of(register, state.batches[state.parcels[case.parcels[0]].batch_id])
    return Facts(row.label, day, office_of(register), pack, case=case, lands=lands, parties=_users(lands), tracks=tracks, photos=photos,
                 entered_by=_entered_by(register, row.id))


def _parcels_of(photo: Any) -> List[str]:
    return json.loads(photo.parcels)


def _land(register: Register, state: State, parcel: Parcel, row: Mapping[str, Any], layers: Mapping[str, Mapping[str, str]]) -> Land:
    batch = state.batches[parcel.batch_id]
    county = str(row.get("XMC") or register.meta.get("county_name") or "")
    place = county + "".join(dict.fromkeys(str(row[name]) for name in ("XZMC", "CMC") if row.get(name)))
    user = name_of(register, parcel.YDDW)
    return Land(
        parcel.id, parcel.DKBH, str(row["JCBH"]), batch.PCBH, place, parcel.DKMJ, parcel.WFMJ, parcel.WFGD, parcel.WFJBNT,
        parcel.FHGHMJ, parcel.BFHGHMJ,
        {"耕地": parcel.GDMJ, "其他农用地": parcel.FGNYDMJ, "建设用地": parcel.JSYDMJ, "未利用地": parcel.WLYDMJ},
        layers.get(str(row.get("measured_run") or parcel.evidence_run or ""), {}), _METHODS.get(batch.MJFF, ""), batch.CRS, parcel.JSSJ,
        label("SJYT", parcel.SJYT) if parcel.SJYT else "", parcel.XMMC or "", None if user and user.startswith(STAND_IN) else user,
        parcel.ZTFL or "", parcel.WFLX or "", label("WFLX", parcel.WFLX) if parcel.WFLX else "",
        label("WFXZ", parcel.WFXZ) if parcel.WFXZ else "", parcel.FLSM or "", review_state_of(parcel))


def _layers(register: Register, rows: Any) -> Dict[str, Dict[str, str]]:
    """Source and date of each layer that decides, by run and role."""
    runs = sorted({str(row["measured_run"]) for row in rows if row.get("measured_run")})
    found: Dict[str, Dict[str, str]] = {}
    if not runs:
        return found
    for one in parcels.layers(register, runs).itertuples():
        if one.role in _ROLES:
            dated = f"，{one.date}" if one.date else ""
            found.setdefault(one.run_id, {})[_ROLES[one.role]] = f"{one.name or one.key}{dated}"
    return found


def _users(lands: Sequence[Land]) -> Tuple[Party, ...]:
    """Land users as the verdicts name them: until the party is entered, its name is all that is known of it."""
    known = {land.user: _kind(land) for land in lands if land.user}
    return tuple(Party(name=name, kind=kind) for name, kind in known.items())


def _kind(land: Land) -> str:
    if land.user_kind:
        return PERSON if land.user_kind == _INDIVIDUAL else UNIT
    return PERSON if is_person(land.user) else "" if may_be_person(land.user) else UNIT


def _entered_by(register: Register, row_id: str) -> Optional[str]:
    opened = register.storage.events(subjects=[row_id], kind=kinds.CASE_OPENED)
    return known_names(register).get(opened[0].actor) if opened else None


def _matter_facts(register: Register, row: Row, day: date) -> Facts:
    matter = register.storage.load_state(patches=[], rows=[row.id]).matters[row.id].matter
    kind = next((one for one in kinds_of(register) if one.id == matter.kind), None)
    if kind is None:
        raise InputError("The pack of the ledger {kind} is not in this register.", "Bring the pack in first.", kind=matter.kind)
    law = law_on(register, day)
    holder = name_of(register, str(matter.values.get("SYQR") or "")) or ""
    party = () if not holder or holder.startswith(STAND_IN) else (Party(name=holder, kind=PERSON if is_person(holder) else UNIT),)
    place = place_names(register).get(str(matter.values.get("XZDM") or ""), "")
    at = place + "".join(str(matter.values[name]) for name in ("CMC", "WZ") if matter.values.get(name))
    return Facts(row.label, day, office_of(register), law.pack, matter=matter, kind=kind,
                 parties=party, typed={"坐落": at} if at else {})


def occasions(paper: Paper, facts: Facts) -> List[Optional[Done]]:
    """The acts for which a paper is written: each of those that have one of their own, else the last; None before there is any."""
    done: List[Optional[Done]] = [one for one in facts.acts if one.act in paper.acts]
    return (done if paper.each else done[-1:]) or [None]


def order_for(row: Row, paper: Paper, facts: Facts, done: Optional[Done]) -> Order:
    """What is to be written: with the number and the day of the act that the paper belongs to, where that is recorded."""
    has_number = done is not None and numbered_paper(done.act, paper.matter) == paper
    number = str(done.particulars.get("number") or "") if done is not None and has_number else ""
    on = facts.day if paper.is_free else done.on if done is not None else None
    about = str(done.particulars.get("paper") or done.act) if done is not None and paper.each else ""
    return Order(row, paper, number, on.isoformat() if on else "", (on or facts.day).year, about)


def due_papers(facts: Facts) -> List[Paper]:
    """Every paper whose act was done, in the order of the file; a fine is called in only where it was not paid in time."""
    done = {one.act for one in facts.acts}
    ledger = facts.kind.id if facts.kind is not None else ""
    found = [paper for paper in papers().values() if paper.matter == ledger and done & set(paper.acts)]
    return sorted((paper for paper in found if paper.code != _REMINDER or values_of(paper, facts).get("逾期天数")),
                  key=lambda paper: paper.order)


def rows_named(register: Register, text: str) -> List[str]:
    """Ids of the cases that a text names: by number or id, or by the number of one of their parcels or patches; else the matter of this
    number. InputError where there is none."""
    wanted = text.strip()
    cases = register.storage.frame("case_")
    found = [key for key, number in zip(cases["id"], cases["AJBH"]) if wanted in (key, number)]
    if not found:
        found = _cases_on(register, wanted)
    if not found:
        matters = register.storage.frame("matter")
        found = [key for key, number in zip(matters["id"], matters["TZBH"]) if wanted in (key, number)]
    if not found:
        raise InputError("The register has no case {case}.", "Take its number from the list of cases.", case=text)
    return found


def numbers_of(register: Register, ids: Sequence[str]) -> List[str]:
    """The numbers by which people know some cases, each once; the id of one whose number another case has too."""
    cases = register.storage.frame("case_")
    every = dict(zip(cases["id"], cases["AJBH"]))
    times = Counter(every.values())
    return [every[key] if times[every[key]] == 1 else key for key in dict.fromkeys(ids) if key in every]


def _cases_on(register: Register, label_: str) -> List[str]:
    """Cases over parcels or patches of this number, the open ones before those that ended."""
    found: List[Tuple[int, str]] = []
    for batch in register.storage.load_state(patches=[]).batches.values():
        places = [place for column in ("DKBH", "JCBH") for place in register.storage.find_parcels(batch.id, column,
                                                                                                  [label_]).get(label_, [])]
        if places:
            wanted = {parcel for parcel, _patch, _label in places}
            state = state_of(register, dict.fromkeys(patch for _parcel, patch, _label in places))
            found += [(record.is_open, record.id) for record in state.cases.values() if wanted & set(record.case.parcels)]
    is_open = any(flag for flag, _key in found)
    return list(dict.fromkeys(key for flag, key in found if flag or not is_open))


def masked_texts(values: Mapping[str, object], names: Sequence[str], doors: Mapping[str, str]) -> Dict[str, object]:
    """Values without numbers and announced names of persons, for what the public reads; lists row by row. What looks like the number of
    somebody's identity goes whether or not its check digit is right; ``doors`` are addresses by what may be read of them."""
    def cleaned(value: object) -> object:
        if isinstance(value, str):
            text = _IDENTITY.sub(HIDDEN, masked(value, names) or "")
            for door, shown in doors.items():
                text = text.replace(door, shown)
            return text
        if isinstance(value, list):
            return [masked_texts(item, names, doors) if isinstance(item, dict) else item for item in value]
        return value
    return {name: cleaned(value) for name, value in values.items()}


def rows_of_list(register: Register, text: str, day: date, progress: Optional[Progress] = None) -> List[str]:
    """Ids of the cases on a work list (by its code), else of the cases and matters whose numbers the text lists; each once.

    InputError for a number that names none."""
    code = text.strip().lower()
    if code in LISTS:
        table = read_pursuit(register, None, progress).table
        found = [table.row(int(row), day).entry.case for row in table.rows(code, day, DEFAULT_WITHIN_DAYS, Filter())]
        return list(dict.fromkeys(case for case in found if case))
    numbers = [part.strip() for part in re.split(r"[\n\r,;，；、]+", text) if part.strip()]
    return list(dict.fromkeys(key for number in numbers for key in rows_named(register, number)))
