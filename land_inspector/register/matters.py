"""Matters (事项): kinds that a register knows, opening and acting, links, and taking an office's ledger over.

The law room decides what may be done (:mod:`land_inspector.law.matters.machine`); each act is one event that says by
itself where it led and which values it set, so that a register folds to the same state whatever becomes of the pack.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import shapely

from ..errors import InputError, Message, RefusedError, message
from ..law.matters.kind import AMEND, CODE, LINK, NONE, NUMBER_FIELD, PERSON, PLACE, TOWNSHIP_FIELD, UNLINK, MatterKind
from ..law.matters.kindform import parse, shipped_kinds
from ..law.matters.machine import Law, ask_of, field_of, machine_of, opening_step, step_of, values_objection
from ..law.matters.matter import Matter, as_record
from ..law.procedure import is_well_formed
from ..law.rulepack import NEW, RulePack, choose
from ..progress import Progress
from . import kinds
from .stored_forms import matter_from_text
from .events import UNDONE, Draft, in_force
from .records import KNOWN, REFUSED, TAKEN, Township
from .parties import kept_apart
from .register import Recorded, Register, effective_on_text
from .proposing import packs
from .state import State, derived_id


#: How the WKB of a point begins.
_POINT = b"\x01\x01\x00\x00\x00"


# --- kinds ------------------------------------------------------------------------------------------------------------

def import_kind(register: Register, content: bytes, file: str, *, by: Optional[str] = None) -> Recorded:
    """Bring an office's own kind in; InputError names file, line and reason of a wrong pack. The same pack again
    records nothing.
    """
    kind = parse(content, file)
    if any(known.digest == kind.digest for known in kinds_of(register)):
        return Recorded("", [])
    _refuse_what_matters_need(register, kind, file)
    payload = {"file": file, "digest": kind.digest, "id": kind.id, "version": kind.version,
               "content": content.decode("utf-8-sig"),
               "name": {"en": kind.name.template, "zh": kind.name.zh}}
    return register.record(lambda state: [Draft(kinds.MATTER_KIND_IMPORTED, (kind.digest,), payload)], by=by,
                           patches=[])


def _refuse_what_matters_need(register: Register, kind: MatterKind, file: str) -> None:
    """A pack of the same id takes the place of the one before: matters that are here must be able to stand in it."""
    for matter in matters(register, kind.id):
        if matter.state not in kind.states:
            raise InputError("{file}: matter {number} stands in the state {state}, which this pack lacks.",
                             "Keep the state in the pack (no act need lead there), or act on those matters first.", file=file,
                             number=matter.number, state=matter.state)
        for name, value in matter.values.items():
            field_ = kind.fields.get(name)
            if field_ is not None and value not in (None, "") and field_.kind != CODE and not is_well_formed(
                    field_of(kind, ask_of(field_)), value):
                raise InputError("{file}: {field} is of the kind {kind} in this pack, and matter {number} has “{value}” there.",
                                 "Give the field another name in the pack, or amend those matters first.", file=file, field=name,
                                 kind=field_.kind, number=matter.number, value=str(value)[:40])


def kinds_of(register: Register) -> List[MatterKind]:
    """Every kind this register may keep: the shipped ones, each replaced by the office's newest of the same id, then
    its own. A pack that this version cannot read (:func:`unreadable_kinds`) is as if it had not come yet.
    """
    return list(_known(register)[0].values())


def unreadable_kinds(register: Register) -> List[Message]:
    """What is wrong with packs of the register that this version cannot read: they may come from a later one."""
    return _known(register)[1]


def _known(register: Register) -> Tuple[Dict[str, MatterKind], List[Message]]:
    found, unread = {kind.id: kind for kind in shipped_kinds()}, []
    own = register.storage.events_of_kind(kinds.MATTER_KIND_IMPORTED)
    history = in_force([*own, *register.storage.events_of_kind(UNDONE)]) if own else []
    for event in history:
        try:
            kind = parse(event.payload["content"].encode("utf-8"), event.payload["file"], kept=True)
        except InputError as error:
            unread.append(error.message)
            continue
        found[kind.id] = kind
    return found, unread


def kind_named(register: Register, name: str) -> MatterKind:
    """A kind by its id or by its name in either language. Raises InputError for one that the register does not know."""
    known = kinds_of(register)
    wanted = name.strip()
    for kind in known:
        if wanted in (kind.id, kind.name.zh) or wanted.lower() == kind.name.template.lower():
            return kind
    raise InputError("The register has no ledger {name}; it has {known}.",
                     "Choose one of them, or bring its pack in first.", name=name,
                     known=", ".join(kind.id for kind in known))


def law_on(register: Register, day: date) -> Law:
    """The rule pack whose calendar counts the terms of matters on a day."""
    return Law(choose(packs(register), NEW, day), day)


def pack_on(register: Register, day: date) -> RulePack:
    """The rule pack of :func:`law_on`."""
    return law_on(register, day).pack


def places(register: Register) -> List[Township]:
    """The townships of the register, with their outlines."""
    return register.storage.townships()


def place_names(register: Register) -> Dict[str, str]:
    """Names of townships by code."""
    return {one.code: one.name for one in places(register)}


# --- reading ----------------------------------------------------------------------------------------------------------

def matters(register: Register, kind: Optional[str] = None, state: Optional[State] = None) -> List[Matter]:
    """Every matter, or those of one kind, now or in a folded ``state``."""
    if state is not None:
        return [record.matter for record in state.matters.values() if kind is None or record.kind == kind]
    frame = register.storage.frame("matter")
    rows = frame if kind is None else frame[frame["kind"] == kind]
    return [matter_from_text(*row) for row in zip(rows["id"], rows["kind"], rows["TZBH"], rows["doc"])]


def shape_ids(register: Register, ids: Sequence[str]) -> Dict[str, str]:
    """The id of the outline of each of these matters, '' for one that has none."""
    frame, wanted = register.storage.frame("matter"), set(ids)
    return {key: shape or "" for key, shape in zip(frame["id"], frame["shape_id"]) if key in wanted}


def outlines_of(register: Register, ids: Sequence[str]) -> Dict[str, Optional[bytes]]:
    """WKB in the register's CRS by matter, None for one that has no outline."""
    shapes = shape_ids(register, ids)
    known = register.storage.shapes([shape for shape in shapes.values() if shape])
    return {key: known.get(shape) if shape else None for key, shape in shapes.items()}


def points_of(register: Register, ids: Sequence[str]) -> Dict[str, Tuple[float, float]]:
    """x and y in the register's CRS of those matters that lie at a point and have no outline."""
    frame, wanted = register.storage.frame("matter"), set(ids)
    rows = zip(frame["id"], frame["kind"], frame["TZBH"], frame["doc"], frame["shape_id"])
    found = {key: matter_from_text(key, *said).at for key, *said, shape in rows if key in wanted and not shape and '"at"' in said[-1]}
    return {key: at for key, at in found.items() if at is not None}


def is_point(wkb: Optional[bytes]) -> bool:
    """Whether WKB as :func:`grounds_of` gives it is a point."""
    return wkb is not None and wkb[:5] == _POINT


def grounds_of(register: Register, ids: Sequence[str]) -> Dict[str, Optional[bytes]]:
    """WKB in the register's CRS by matter: its outline, else the point at which it lies, None where nobody knows."""
    points = {key: bytes(shapely.to_wkb(shapely.Point(at), byte_order=1)) for key, at in points_of(register, ids).items()}
    return {**outlines_of(register, ids), **points}


def matter_by_number(register: Register, kind: str, number: str) -> Matter:
    """A matter by the number it has in its ledger. Raises InputError where there is none."""
    for matter in matters(register, kind):
        if matter.number == number:
            return matter
    raise InputError("The ledger has no matter {number}.", "Check the number.", number=number)


# --- acting -----------------------------------------------------------------------------------------------------------

def matter_id(kind: str, number: str) -> str:
    """The same number of the same ledger is the same matter, in every office's register."""
    return derived_id("matter", kind, number)


def open_matter(register: Register, kind: MatterKind, values: Mapping[str, Any], *, on: str, by: Optional[str] = None,
                state: Optional[str] = None, links: Sequence[Mapping[str, str]] = (),
                outline: Optional[bytes] = None, at: Optional[Tuple[float, float]] = None) -> str:
    """A new matter; its id. ``state`` where it is taken over half way; ``outline`` is WKB in the register's CRS, ``at`` a point in it.

    Raises RefusedError where a value is missing or wrong, or the ledger has the number already.
    """
    day = _day(on)
    said = _with_people(register, kind, values, by)
    refuse_values(kind, said)
    draft = opening_draft(kind, said, day, state, links, shape_of(outline), at)
    register.record(lambda stored: _fresh(stored, kind, [draft]), by=by, patches=_patches_of_links(register, links),
                    rows=[draft.subjects[0]], prepare=_keeping(register, [(draft.payload["shape"], outline)]))
    return draft.subjects[0]


def refuse_values(kind: MatterKind, values: Mapping[str, Any]) -> None:
    """Raises RefusedError for values that the kind does not take."""
    wrong = values_objection(kind, values)
    if wrong is not None:
        raise RefusedError(wrong.reason.template, **wrong.reason.params)


def opening_draft(kind: MatterKind, values: Mapping[str, Any], on: date, state: Optional[str] = None,
                  links: Sequence[Mapping[str, str]] = (), shape: str = "", at: Optional[Tuple[float, float]] = None) -> Draft:
    """The event that opens a matter."""
    said = {**({"links": list(links)} if links else {}), **({"at": _written(at)} if at is not None else {})}
    step = opening_step(kind, on, values, state, said)
    key = matter_id(kind.id, str(values[NUMBER_FIELD]))
    payload = {"matter": key, "kind": kind.id, "pack": kind.digest, "number": str(values[NUMBER_FIELD]),
               "step": as_record(step),
               "ledger": {"en": kind.name.template, "zh": kind.name.zh}, "shape": shape}
    return Draft(kinds.MATTER_OPENED, (key, *(one["id"] for one in links)), payload, on.isoformat())


def _fresh(state: State, kind: MatterKind, drafts: Sequence[Draft]) -> Iterable[Draft]:
    for draft in drafts:
        if draft.subjects[0] in state.matters:
            raise RefusedError("The ledger has a matter {number} already.",
                               "Give it another number, or act on the one that is there.",
                               number=draft.payload["number"])
        yield draft


def do_matter_act(register: Register, matter: str, act: str, *, on: str,
                  particulars: Optional[Mapping[str, Any]] = None,
                  by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Record an act of a matter (by its id). RefusedError says why it is impossible and what comes next."""
    return do_matter_acts(register, {matter: dict(particulars or {})}, act, on=on, by=by, seen=seen)


def do_matter_acts(register: Register, said: Mapping[str, Mapping[str, Any]], act: str, *, on: str,
                   by: Optional[str] = None,
                   seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """The same act in many matters as one action: particulars by matter id. RefusedError if it is impossible in any of
    them.
    """
    day = _day(on)
    law = law_on(register, day)
    known = {kind.id: kind for kind in kinds_of(register)}
    linked = [link for particulars in said.values() for link in particulars.get("links") or ()]
    people = {key: _people_of(register, known, key, act, particulars, by) for key, particulars in said.items()}

    def build(state: State) -> Iterable[Draft]:
        for key, particulars in people.items():
            yield act_draft(state, known, law, key, act, day, particulars)

    return register.record(build, by=by, patches=_patches_of_links(register, linked), rows=list(said), seen=seen)


def act_draft(state: State, known: Mapping[str, MatterKind], law: Law, key: str, act: str, day: date,
              particulars: Mapping[str, Any]) -> Draft:
    """The event of an act, checked against the matter as it stands in ``state``. Raises RefusedError."""
    record = state.matters.get(key)
    matter = record.matter if record is not None else None
    if matter is None:
        raise RefusedError("The register has no such matter; what opened it may have been undone.")
    kind = known.get(matter.kind)
    if kind is None:
        raise RefusedError("The pack of the ledger {kind} is not in this register.", "Bring the pack in first.",
                           kind=matter.kind)
    reason = machine_of(kind).refusal(matter, act, law, day, particulars)
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)
    step = step_of(kind, matter, act, day, particulars)
    label = machine_of(kind).acts[act]
    payload = {"matter": key, "kind": kind.id, "number": matter.number, "from": matter.state, "step": as_record(step),
               "label": {"en": label.en, "zh": label.zh}}
    links = [one["id"] for one in particulars.get("links") or ()] if act in (LINK,
                                                                             UNLINK) else [one.id
                                                                                           for one in matter.links]
    return Draft(kinds.MATTER_ACT, (key, *links), payload, day.isoformat())


def place_matter(register: Register, matter: str, ground: bytes, area_m2: Optional[float], *, on: str,
                 by: Optional[str] = None) -> Recorded:
    """Put a matter on the map: WKB in the register's CRS, an outline with the area as measured by the register's method, or a point; a
    matter of which no township is known gets that in which it lies."""
    point = shapely.from_wkb(ground)
    is_point = shapely.get_dimensions(point) == 0
    shape, day = "" if is_point else shape_of(ground), _day(on)
    law, known = law_on(register, day), {kind.id: kind for kind in kinds_of(register)}
    said = {"at": _written((point.x, point.y))} if is_point else {"shape": shape, **({"area": area_m2} if area_m2 is not None else {})}
    town = township_at(places(register), point)

    def build(state: State) -> Iterable[Draft]:
        record = state.matters.get(matter)
        is_known = record is None or bool(record.matter.township)
        yield act_draft(state, known, law, matter, PLACE, day, said if is_known or not town else {**said, "township": town})

    return register.record(build, by=by, patches=[], rows=[matter],
                           prepare=None if is_point else lambda: register.storage.add_shapes([(shape, ground)]))


def township_at(townships: Sequence[Township], ground: Any) -> str:
    """Code of the township in which a geometry lies by the middle of it, '' for none; both in the register's CRS."""
    inside = ground if shapely.get_dimensions(ground) == 0 else shapely.point_on_surface(ground)
    return next((one.code for one in townships if one.wkb and shapely.intersects(shapely.from_wkb(one.wkb), inside)), "")


def _written(at: Tuple[float, float]) -> List[float]:
    """A point as it is kept: to a millimetre, in degrees to less."""
    return [round(float(one), 8 if abs(one) <= 360 else 3) for one in at]


def shape_of(outline: Optional[bytes]) -> str:
    """The id of an outline: the same outline has the same id."""
    return derived_id("outline", outline.hex()) if outline else ""


def _keeping(register: Register, outlines: Sequence[Tuple[str, Optional[bytes]]]) -> Any:
    shapes = [(shape, outline) for shape, outline in outlines if outline]
    return (lambda: register.storage.add_shapes(shapes)) if shapes else None


def _day(text: str) -> date:
    day = date.fromisoformat(effective_on_text(text) or date.today().isoformat())
    if day > date.today():
        raise RefusedError("{day} has not come yet: what is done is dated by the day it was done.",
                           "Give a day up to today.",
                           day=day.isoformat())
    return day


def _patches_of_links(register: Register, links: Iterable[Mapping[str, str]]) -> List[str]:
    """Patches whose parcels a link names: the link is told on both sides."""
    named = [one["id"] for one in links if one["what"] == "parcel"]
    if not named:
        return [one["id"] for one in links if one["what"] == "patch"]
    frame = register.storage.frame("parcel", ids=named)
    return list(dict.fromkeys(frame["patch_id"]))


# --- people -----------------------------------------------------------------------------------------------------------

def _with_people(register: Register, kind: MatterKind, values: Mapping[str, Any], by: Optional[str]) -> Dict[str, Any]:
    """Names of people as tokens; a token stays what it is."""
    named = [name for name, field_ in kind.fields.items() if field_.kind == PERSON and values.get(name)]
    return {**values, **_tokens(register, {name: str(values[name]) for name in named}, by)}


def _tokens(register: Register, names: Mapping[str, str], by: Optional[str]) -> Dict[str, str]:
    plain = [name for name in names.values() if not is_token(name)]
    tokens = kept_apart(register, plain, by=by) if plain else {}
    return {key: tokens.get(name, name) for key, name in names.items()}


def is_token(text: Any) -> bool:
    """Whether a text stands in for a person."""
    from .personal import STAND_IN
    return isinstance(text, str) and text.startswith(STAND_IN)


def _people_of(register: Register, known: Mapping[str, MatterKind], key: str, act: str, said: Mapping[str, Any],
               by: Optional[str]) -> Dict[str, Any]:
    """The particulars of an act with names of people as tokens."""
    record = register.storage.load_state(patches=[], rows=[key]).matters.get(key)
    kind = known.get(record.kind) if record is not None else None
    if kind is None:
        return dict(said)
    move = kind.moves.get(act)
    names = [ask.name for ask in move.asks if ask.kind == PERSON] if move else []
    found = {**said, **_tokens(register, {name: str(said[name]) for name in names if said.get(name)}, by)}
    if act == "amend" and isinstance(found.get("values"), Mapping):
        found["values"] = _with_people(register, kind, found["values"], by)
    return found


# --- taking a ledger over ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class MatterRow:
    """One row of a table in the kind's own terms. ``place`` says where it stands in the file; ``wrong`` what could not
    be read of it; ``state`` and ``on`` where the table tells how it stands and since when; ``outline`` WKB in the
    register's CRS, or ``at`` a point in it; ``measured`` is what follows from them (area, township) where no cell says it."""

    place: str
    values: Mapping[str, Any]
    state: Optional[str] = None
    on: Optional[date] = None
    wrong: Tuple[Message, ...] = ()
    outline: Optional[bytes] = None
    links: Tuple[Mapping[str, str], ...] = ()
    at: Optional[Tuple[float, float]] = None
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The matter's number as written in the row; empty where it has none."""
        return str(self.values.get(NUMBER_FIELD) or "")


@dataclass(frozen=True)
class Outcome:
    """What became of a row: taken, known or refused, with the reason; ``by_updating`` where updating would take it."""

    row: MatterRow
    status: str
    reason: Optional[Message] = None
    by_updating: bool = False


@dataclass
class MattersTaken:
    """Every row of the table once, in its order."""

    outcomes: List[Outcome] = field(default_factory=list)
    recorded: Optional[Recorded] = None

    def of(self, status: str) -> List[Outcome]:
        """The rows of one status."""
        return [one for one in self.outcomes if one.status == status]


def take_over(register: Register, kind: MatterKind, rows: Sequence[MatterRow], *, day: date, by: Optional[str] = None,
              update: bool = False, reason: str = "", progress: Optional[Progress] = None) -> MattersTaken:
    """Take the rows of a ledger over as one action. A row is taken whole or refused with the reason; the same row
    again is known.

    A row whose matter is here with other values is refused, unless ``update``: then what differs is amended, with
    ``reason``. ``day`` dates what the table does not date.
    """
    if day > date.today():
        raise RefusedError("{day} has not come yet: what is done is dated by the day it was done.",
                           "Give a day up to today.",
                           day=day.isoformat())
    progress = progress or Progress()
    here = {matter.id: matter for matter in matters(register, kind.id)}
    people = _people_of_rows(register, kind, rows, by)
    plan = _Plan(kind, here, day, update, reason or "import", law_on(register, day), people, shape_ids(register, list(here)))
    for row in progress.watch(rows, 0.0, 0.6):
        plan.take(row)
    if plan.drafts:
        plan.taken.recorded = register.record(
            lambda state: plan.drafts, by=by, patches=[],
            rows=list(dict.fromkeys(draft.subjects[0] for draft in plan.drafts)),
            prepare=_keeping(register, plan.outlines), progress=progress.part(0.6, 1.0))
    return plan.taken


def _people_of_rows(register: Register, kind: MatterKind, rows: Sequence[MatterRow],
                    by: Optional[str]) -> Dict[str, str]:
    names = [name for name, one in kind.fields.items() if one.kind == PERSON]
    told = list(dict.fromkeys(str(row.values[name]) for row in rows for name in names if row.values.get(name)))
    return kept_apart(register, told, by=by) if told else {}


class _Plan:
    """What each row leads to."""

    def __init__(self, kind: MatterKind, here: Mapping[str, Matter], day: date, update: bool, reason: str, law: Law,
                 people: Mapping[str, str], shapes: Mapping[str, str]):
        self._kind, self._here, self._day, self._update, self._reason, self._law = kind, here, day, update, reason, law
        self._people, self._shapes = people, shapes
        self._seen: Dict[str, str] = {}
        self.drafts: List[Draft] = []
        self.outlines: List[Tuple[str, Optional[bytes]]] = []
        self.taken = MattersTaken()

    def take(self, row: MatterRow) -> None:
        reason = self._refusal(row)
        if reason is not None:
            self.taken.outcomes.append(Outcome(row, REFUSED, reason))
            return
        values = self._values(row)
        key = matter_id(self._kind.id, row.number)
        self._seen[key] = row.place
        known = self._here.get(key)
        self.taken.outcomes.append(self._open(row, values) if known is None else self._compare(row, values, known))

    def _values(self, row: MatterRow) -> Dict[str, Any]:
        named = {name for name, one in self._kind.fields.items() if one.kind == PERSON}
        return {name: self._people.get(str(value), value) if name in named else value
                for name, value in row.values.items() if value not in (None, "")}

    def _refusal(self, row: MatterRow) -> Optional[Message]:
        if row.wrong:
            return row.wrong[0]
        if not row.number:
            return message("The row names no number ({field}).", field=self._kind.fields[NUMBER_FIELD].label)
        key = matter_id(self._kind.id, row.number)
        if key in self._seen:
            return message("{number} stands in the table twice, first in row {row}.", number=row.number,
                           row=self._seen[key])
        if row.on is not None and row.on > date.today():
            return message("{day} has not come yet: what is done is dated by the day it was done.",
                           day=row.on.isoformat())
        known = self._here.get(key)
        wrong = values_objection(self._kind, {**row.measured, **row.values}, amending=known is not None)
        return wrong.reason if wrong else None

    def _open(self, row: MatterRow, values: Mapping[str, Any]) -> Outcome:
        draft = opening_draft(self._kind, {**row.measured, **values}, row.on or self._day, row.state, row.links, shape_of(row.outline),
                              row.at)
        self.drafts.append(draft)
        self.outlines.append((draft.payload["shape"], row.outline))
        return Outcome(row, TAKEN)

    def _compare(self, row: MatterRow, values: Mapping[str, Any], known: Matter) -> Outcome:
        opening = known.steps[0].sets
        other = {name: value for name, value in values.items()
                 if not _same(value, known.values.get(name)) and not _same(value, opening.get(name))}
        place = self._place_of(row, known)
        elsewhere = bool(place) and self._is_placed(known)
        refusal = self._not_to_compare(row, known, other, elsewhere)
        if refusal is not None:
            return Outcome(row, REFUSED, refusal, self._stands_as_said(row, known))
        on, acts = max(self._day, known.opened_on), []
        if other:
            acts.append((AMEND, {"values": other, "reason": self._reason}))
        if place:
            acts.append((PLACE, place))
        for act, said in acts:
            refusal = machine_of(self._kind).refusal(known, act, self._law, on, said)
            if refusal is not None:
                return Outcome(row, REFUSED, refusal)
        self.drafts += [self._act(known, act, on, said) for act, said in acts]
        if place.get("shape"):
            self.outlines.append((place["shape"], row.outline))
        return Outcome(row, TAKEN if acts else KNOWN)

    def _not_to_compare(self, row: MatterRow, known: Matter, other: Mapping[str, Any], elsewhere: bool) -> Optional[Message]:
        """Why a row of a matter that is here is not taken: it stands where no act led, or without updating it would change what is said."""
        if not self._stands_as_said(row, known):
            return message("{number} stands at “{here}” in the register and at “{there}” in the table; record the acts that led there.",
                           number=row.number, here=self._kind.states[known.state].label, there=self._kind.states[row.state or ""].label)
        if other and not self._update:
            return message("{number} is in the register with another value of “{field}”; amend it there, or take the table over "
                           "with updating on.", number=row.number, field=self._kind.fields[next(iter(other))].label)
        if elsewhere and not self._update:
            return message("{number} lies elsewhere in the register; take the layer over with updating on to move it.", number=row.number)
        return None

    @staticmethod
    def _stands_as_said(row: MatterRow, known: Matter) -> bool:
        """Whether the matter stands, or once stood, where the row says."""
        return row.state is None or row.state in {known.state, *(step.to for step in known.steps if step.to)}

    def _is_placed(self, known: Matter) -> bool:
        return bool(self._shapes.get(known.id)) or known.at is not None

    def _place_of(self, row: MatterRow, known: Matter) -> Dict[str, Any]:
        """What an act would say that puts the matter where the row says; nothing where it lies there already, or an act of its own put it
        elsewhere since."""
        shape, here = shape_of(row.outline), self._shapes.get(known.id)
        if shape == (here or "") and (row.at is None or here or _written(row.at) == _written(known.at or (0.0, 0.0))):
            return {}
        if not shape and (row.at is None or here) or known.last(PLACE) is not None and not self._update:
            return {}
        missing = {name: value for name, value in row.measured.items() if known.values.get(name) in (None, "")}
        said: Dict[str, Any] = {"shape": shape} if shape else {"at": _written(row.at or (0.0, 0.0))}
        said.update({key: missing[name] for key, name in (("area", "MJ"), ("township", TOWNSHIP_FIELD)) if name in missing})
        return said

    def _act(self, known: Matter, act: str, on: date, said: Mapping[str, Any]) -> Draft:
        label = machine_of(self._kind).acts[act]
        payload = {"matter": known.id, "kind": self._kind.id, "number": known.number, "from": known.state,
                   "step": as_record(step_of(self._kind, known, act, on, said)), "label": {"en": label.en, "zh": label.zh}}
        return Draft(kinds.MATTER_ACT, (known.id,), payload, on.isoformat())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(float(one) - float(other)) < 1e-6
    return bool(one == other)


# --- parcels that offer themselves ------------------------------------------------------------------------------------

def offered(register: Register, kind: MatterKind) -> List[MatterRow]:
    """Parcels whose verdict makes them matters of this kind (``offers`` of its pack) and that no matter of it names yet: each as the
    row that would open one, linked with the parcel, with its outline and area."""
    if not kind.offers:
        return []
    frame = register.storage.frame("parcel")
    chosen = frame[frame["PDJL2"].isin(kind.offers) & (frame["retired"] == 0) & (frame["gone"] == 0)]
    linked = {link.id for matter in matters(register, kind.id) for link in matter.links}
    rows = [row for row in chosen.astype(object).where(chosen.notna(), None).to_dict("records") if row["parcel_id"] not in linked]
    shapes = register.storage.shapes([row["shape_id"] for row in rows])
    return [_offered_row(kind, row, shapes.get(row["shape_id"])) for row in rows]


def _offered_row(kind: MatterKind, row: Mapping[str, Any], outline: Optional[bytes]) -> MatterRow:
    name = row["XMMC"] or row["DKBH"]
    told = {NUMBER_FIELD: f"{row['PCBH']}-{row['DKBH']}", "XZDM": row["XZDM"], "CMC": row["CMC"], "MJ": row["WFMJ"] or row["DKMJ"],
            "GDMJ": row["GDMJ"], "JBNTMJ": row["JBNTMJ"], "XMMC": name, "PCMC": name}
    link = {"what": "parcel", "id": row["parcel_id"], "label": row["DKBH"]}
    values = {key: value for key, value in told.items() if key in kind.fields and value is not None}
    return MatterRow(row["DKBH"], values, outline=outline if kind.geometry != NONE else None, links=(link,))


def take_offered(register: Register, kind: MatterKind, *, day: date, by: Optional[str] = None) -> MattersTaken:
    """Open a matter for every parcel that offers itself, as one action."""
    return take_over(register, kind, offered(register, kind), day=day, by=by)
