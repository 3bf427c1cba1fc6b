"""What the rules are worth: what people made of proposals, told by the events, and what another threshold would have proposed.

Agreement is not correctness: people follow proposals. So what was said without seeing one is told apart as blind: verdicts that were
given before any proposal stood there, and second opinions (:mod:`.second_opinion`). Nothing here changes a pack or a proposal.
"""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..law.judgement import Proposal, propose
from ..law.rulepack import RulePack
from ..law.parameters import Parameters
from ..progress import Progress
from . import kinds, proposing, register_frames
from .events import UNDONE, Event, in_force, standing
from .figures import Scope
from .register import Register
from .proposing import packs

#: What a proposal that cannot tell is counted under: it has no rule.
CANNOT_TELL = "-"
#: Fewer flips than these say little.
FEW_FLIPS = 30
_UNDECIDED = "0"
#: Areas are stored to the hundredth (m²).
_SAME_M2 = 0.006


@dataclass
class Tally:
    """Of one rule of one pack, at one place and in one month where it is told so.

    ``proposed`` parcels have its proposal now or had it when they were judged; ``judged`` of them have a verdict in force that was
    given beside it, ``agreed`` of these the same one. ``overruled`` counts the others by verdict. ``given`` verdicts were ever given
    beside it: ``undone`` of them were taken back, ``replaced`` ones gave way to a later verdict. ``blind`` is what was said without
    seeing the proposal, ``blind_agreed`` of it the same as it.
    """

    rule: str
    pack: str
    version: str
    proposed: int = 0
    judged: int = 0
    agreed: int = 0
    given: int = 0
    undone: int = 0
    replaced: int = 0
    blind: int = 0
    blind_agreed: int = 0
    overruled: "Counter[str]" = field(default_factory=Counter)


@dataclass(frozen=True)
class RuleReport:
    """``total`` by rule and pack; ``by_township`` and ``by_month`` the same with the place (code, name) or month (yyyy-mm) before."""

    total: List[Tally]
    by_township: List[Tuple[Tuple[str, str], Tally]]
    by_month: List[Tuple[str, Tally]]


@dataclass(frozen=True)
class _Given:
    """One verdict, or second opinion, beside one proposal. ``stands``: nobody took it back; ``is_last``: no later one took its place."""

    rule: str
    digest: str
    verdict: str
    proposed: str
    stands: bool
    is_last: bool
    is_blind: bool
    recorded_at: str
    place: Tuple[str, str]


def rule_report(register: Register, scope: Scope = Scope(), progress: Optional[Progress] = None) -> RuleReport:
    """From the verdicts of all time that belong to the scope's batches. Raises InputError for a batch that is not there."""
    progress = progress or Progress()
    rows = _rows(register, scope)
    progress.step(0.1, message("Reading verdicts"))
    events = _verdicts(register, rows)
    progress.step(0.6)
    given = [*_given(events, rows), *_second_opinions(register, events, rows)]
    names = {pack.digest: (pack.id, pack.version) for pack in packs(register)}
    total: Dict[Any, Tally] = {}
    places: Dict[Any, Tally] = {}
    months: Dict[Any, Tally] = {}
    for one in given:
        for tallies, key in ((total, ()), (places, one.place), (months, one.recorded_at[:7])):
            _count(tallies, (key, one.rule, one.digest), names, one)
    for row in rows.values():
        if row["ZDPD1"] and not row["verdict_event"]:
            key = (row["ZDGZ"] or CANNOT_TELL, row["rulepack"])
            for tallies, place in ((total, ()), (places, _place(row))):
                _tally(tallies, (place, *key), names).proposed += 1
    return RuleReport([total[key] for key in sorted(total, key=str)], [(key[0], places[key]) for key in sorted(places, key=str)],
                      [(key[0], months[key]) for key in sorted(months, key=str)])


def _rows(register: Register, scope: Scope) -> Dict[str, Mapping[str, Any]]:
    """Living parcels of the scope with their proposal's pack, by id."""
    if scope.batch is not None:
        register.batch(scope.batch)
    frame = register.parcels(scope.batch)
    if scope.year is not None:
        frame = frame[frame["ND"] == scope.year]
    if scope.month is not None:
        frame = frame[frame["YF"] == scope.month]
    packs_of = register.storage.frame("proposal").set_index("parcel_id")["rulepack"].to_dict()
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {row["parcel_id"]: {**row, "rulepack": packs_of.get(row["parcel_id"])} for row in rows}


def _verdicts(register: Register, rows: Mapping[str, Any]) -> List[Tuple[Event, bool]]:
    """Every verdict on these parcels, oldest first, with whether no undo took it back."""
    verdicts = register.storage.events_of_kind(kinds.VERDICT_GIVEN)
    kept = {event.uuid for event in standing([*verdicts, *register.storage.events_of_kind(UNDONE)])}
    return [(event, event.uuid in kept) for event in verdicts if event.payload["parcel"] in rows]


def _place(row: Mapping[str, Any]) -> Tuple[str, str]:
    return row["XZDM"] or "", row["XZMC"] or ""


def _given(events: Iterable[Tuple[Event, bool]], rows: Mapping[str, Mapping[str, Any]]) -> Iterable[_Given]:
    for event, stands in events:
        said, row = event.payload, rows[event.payload["parcel"]]
        was = said.get("proposal") or {}
        is_blind = not was.get("ZDPD1")
        if is_blind and not row["ZDPD1"]:
            continue
        proposal = row if is_blind else was
        digest = row["rulepack"] if is_blind else said.get("rulepack")
        yield _Given(proposal.get("ZDGZ") or CANNOT_TELL, digest or "", code_of(said["verdict"]), code_of(proposal, "ZDPD"),
                     stands, row["verdict_event"] == event.uuid, is_blind, event.recorded_at, _place(row))


def _second_opinions(register: Register, events: Iterable[Tuple[Event, bool]], rows: Mapping[str, Mapping[str, Any]]) -> Iterable[_Given]:
    """Second opinions in force beside the proposal that the first verdict was given beside; who gave them saw neither."""
    firsts = {event.uuid: event for event, _stands in events}
    asked = {event.payload["round"]: event.payload["parcels"] for event in register.storage.events_of_kind(kinds.OPINION_ASKED)}
    given = register.storage.events_of_kind(kinds.OPINION_GIVEN)
    for event in in_force([*given, *register.storage.events_of_kind(UNDONE)]) if given else ():
        said = event.payload
        first = firsts.get(asked.get(said["round"], {}).get(said["parcel"], ""))
        was = (first.payload.get("proposal") or {}) if first is not None else {}
        if first is not None and was.get("ZDPD1") and said["parcel"] in rows:
            yield _Given(was.get("ZDGZ") or CANNOT_TELL, first.payload.get("rulepack") or "", code_of(said), code_of(was, "ZDPD"),
                         True, True, True, event.recorded_at, _place(rows[said["parcel"]]))


def code_of(said: Mapping[str, Any], name: str = "PDJL") -> str:
    """The finest code of a verdict or proposal: the second level, else the first, '' for none."""
    return said.get(f"{name}2") or said.get(f"{name}1") or ""


def is_same(one: str, two: str) -> bool:
    """Whether two codes say the same as far as both say anything: 2 and 201 do, 201 and 202 do not."""
    return bool(one and two) and (one == two or one.startswith(two) or two.startswith(one))


def _tally(tallies: Dict[Any, Tally], key: Tuple[Any, str, Optional[str]], names: Mapping[str, Tuple[str, str]]) -> Tally:
    if key not in tallies:
        pack, version = names.get(key[2] or "", ((key[2] or "")[:12], ""))
        tallies[key] = Tally(key[1], pack, version)
    return tallies[key]


def _count(tallies: Dict[Any, Tally], key: Tuple[Any, str, Optional[str]], names: Mapping[str, Tuple[str, str]], one: _Given) -> None:
    tally = _tally(tallies, key, names)
    same = is_same(one.verdict, one.proposed)
    if one.is_blind:
        tally.blind += one.stands and one.is_last
        tally.blind_agreed += one.stands and one.is_last and same
        return
    tally.given += 1
    if not (one.stands and one.is_last):
        tally.undone += not one.stands
        tally.replaced += one.stands
        return
    tally.proposed += 1
    if one.proposed == _UNDECIDED:
        tally.overruled[one.verdict] += 1  # nothing was said that one could agree with
        return
    tally.judged += 1
    tally.agreed += same
    if not same:
        tally.overruled[one.verdict] += 1


# --- another threshold --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Flip:
    """A parcel that the other threshold would have proposed otherwise. ``is_same_evidence`` False: what is stored is not what the
    verdict rested on."""

    parcel_id: str
    parcel: str
    batch: str
    township: str
    judged_on: str
    verdict: str
    before: str
    after: str
    rule_before: str
    rule_after: str
    is_same_evidence: bool


@dataclass(frozen=True)
class BackTest:
    """``table`` counts (old proposal, new proposal, person's verdict); ``changed_evidence`` parcels rest on other evidence now
    than when they were judged (other layers, or other areas of the same)."""

    parameter: str
    value: Any
    values_before: List[Any]
    tested: int
    not_measured: int
    changed_evidence: int
    table: "Counter[Tuple[str, str, str]]"
    flips: List[Flip]

    @property
    def agreed(self) -> Tuple[int, int, int]:
        """Agreement with the person's verdict before and after, of the parcels tested where either could tell."""
        old = sum(n for (one, _two, verdict), n in self.table.items() if is_same(one, verdict))
        new = sum(n for (_one, two, verdict), n in self.table.items() if is_same(two, verdict))
        return old, new, sum(self.table.values())

    @property
    def warnings(self) -> List[Message]:
        """What makes the answer weak."""
        found = []
        if len(self.flips) < FEW_FLIPS:
            found.append(message("Only {n} proposals change: too few to judge a threshold by.", n=len(self.flips)))
        if self.changed_evidence:
            found.append(message("{n} parcels rest on other evidence now than when they were judged; they were tested on what is stored "
                                 "now.", n=self.changed_evidence))
        if self.not_measured:
            found.append(message("{n} judged parcels have no stored evidence and were left out.", n=self.not_measured))
        return found


def back_test(register: Register, parameter: str, value: Any, scope: Scope = Scope(), progress: Optional[Progress] = None) -> BackTest:
    """The rules run again over the stored evidence of every verdict in force, with ``parameter`` of its own pack set to ``value``.

    Findings of visits after the verdict's day are left out. Nothing is stored. Raises InputError for a parameter that is none, a value
    out of its range, and where no verdict in force rests on evidence.
    """
    progress = progress or Progress()
    wanted = checked_value(parameter, value)
    known = {pack.digest: pack for pack in packs(register)}
    rows = _rows(register, scope)
    judged = {event.uuid: event for event, stands in _verdicts(register, rows) if stands}
    given = {key: row for key, row in rows.items() if row["verdict_event"] in judged}
    frame = register_frames.with_evidence(register.storage.frame("parcel", ids=list(given)))
    measured = proposing.measured_rows(frame, register.storage.frame("evidence_summary", ids=list(given)))
    papers = proposing.papers(register.storage.frame("evidence_document", ids=list(given)))
    if not measured:
        raise InputError("No verdict in force rests on stored evidence.", "Measure evidence and judge first.")
    table: "Counter[Tuple[str, str, str]]" = Counter()
    flips, changed, before, runs = [], 0, set(), _run_signatures(register)
    for number, row in enumerate(progress.watch(measured)):
        event = judged[given[row["parcel_id"]]["verdict_event"]]
        pack = known.get(event.payload["rulepack"])
        if pack is None:
            continue
        before.add(getattr(pack.parameters, parameter))
        same = _is_same_evidence(row, event, runs)
        changed += not same
        old, new = _twice(_as_of(row, event), papers.get(row["parcel_id"], {}), pack, parameter, wanted)
        codes = _code(old), _code(new), code_of(event.payload["verdict"])
        table[codes] += 1
        if codes[0] != codes[1]:
            flips.append(Flip(row["parcel_id"], row["DKBH"], row["PCBH"], row["XZMC"] or row["XZDM"] or "", event.effective_on, codes[2],
                              codes[0], codes[1], old.rule or CANNOT_TELL, new.rule or CANNOT_TELL, same))
    return BackTest(parameter, wanted, sorted(before, key=str), sum(table.values()), len(given) - len(measured), changed, table,
                    sorted(flips, key=lambda flip: (flip.batch, flip.parcel)))


def _run_signatures(register: Register) -> Dict[str, Any]:
    """What each run measured against: how, and its layers with their fingerprints."""
    layers: Dict[str, List[Tuple[str, str]]] = {}
    for row in register.storage.frame("evidence_layer").itertuples():
        layers.setdefault(row.run_id, []).append((row.key, row.fingerprint))
    return {row.id: (row.method, sorted(layers.get(row.id, []))) for row in register.storage.frame("evidence_run").itertuples()}


def _is_same_evidence(row: Mapping[str, Any], event: Event, runs: Mapping[str, Any]) -> bool:
    """Whether what is stored is what the verdict rested on: the same run, or one over the same layers that measured the same areas."""
    then, now = event.payload.get("evidence_run"), row["run_id"]
    if then == now:
        return True
    if then not in runs or runs[then] != runs.get(now) or not runs[then][1]:
        return False
    return all(row.get(name) is not None and abs(float(row[name]) - float(area)) < _SAME_M2
               for name, area in (event.payload.get("areas") or {}).items() if name in row and area is not None)


def _as_of(row: Mapping[str, Any], event: Event) -> Dict[str, Any]:
    """The row as it was known on the verdict's day: a visit of a later day is none yet."""
    site = json.loads(row["site"]) if row["site"] else None
    later = site is not None and str(site["on"])[:10] > event.effective_on
    return {**row, "site": None if later else row["site"], "SJDL": event.payload["verdict"].get("SJDL"),
            "JSSJ": event.payload["verdict"].get("JSSJ")}


def _twice(row: Mapping[str, Any], papers: Mapping[str, List[Any]], pack: RulePack, parameter: str,
           value: Any) -> Tuple[Proposal, Proposal]:
    facts = proposing.facts_of(row, papers)
    other = replace(pack, parameters=replace(pack.parameters, **{parameter: value}))
    return propose(facts, pack), propose(facts, other)


def _code(proposal: Proposal) -> str:
    return proposal.level2 or proposal.level1


def testable_parameters() -> Sequence[str]:
    """Names of the settings of a pack that may be tested."""
    return [one.name for one in fields(Parameters) if str(one.type) != "str"]


def checked_value(parameter: str, value: Any) -> Any:
    """``value`` in the parameter's own kind. Raises InputError, which names the parameters or the range."""
    known = {one.name: one for one in fields(Parameters) if one.name in testable_parameters()}
    if parameter not in known:
        raise InputError("There is no parameter {name}; they are {known}.", "Name one of them.", name=parameter, known=", ".join(known))
    text = str(value).strip()
    kind = str(known[parameter].type)
    if kind == "bool":
        if text.lower() not in ("true", "false", "1", "0"):
            raise InputError("{name} is true or false, not {value}.", "Give true or false.", name=parameter, value=text)
        return text.lower() in ("true", "1")
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError as error:
        raise InputError("{name} cannot be {value}.", "Give a number.", name=parameter, value=text) from error
    low, high = known[parameter].metadata["range"]
    if not low <= number <= high:
        raise InputError("{name} lies between {low} and {high}, not at {value}.", "Give a value in that range.", name=parameter, low=low,
                         high=high, value=text)
    return number
