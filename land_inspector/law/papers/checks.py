"""What reviews of case files deduct points for, looked at before a paper is written (33 checks; sources beside each).

An ERROR must be put right before the paper goes out, a WARNING should be looked at. Only the first of all refuses the paper itself: a
satellite patch that nobody checked is never the ground of a penalty (R53). What a register cannot know is not claimed to be right.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence

from ...errors import Bilingual, Message, message
from .. import remedies
from ..acts import ACTS, SERVED_PAPERS
from ..areas import as_written, m2_text, yuan
from ..calendar import add_months
from ..case_deadlines import deadlines_of
from ..penalties import OCCUPIED, Offence, WAYS, criminal_flags, fine_ranges, grade_for, FineBase
from ..procedure import Done
from ..procedure_guards import remedies_refusal
from ..remedies import KINDS
from ..reviews import may_issue_penalty
from .catalogue import Paper, paper_named
from .facts import PARTY_FIELDS, Facts
from .fields import ORDERS, missing_by_law, rate_of
from .wording import day_of_text

ERROR, WARNING = "E", "W"
#: Between so many m² two figures of one area are the same: they are written with two decimals.
_HUNDREDTH = 0.005
#: A hundredth of a mu: what layers of other accuracy may leave open.
_SLACK_M2 = 0.01 * 2000 / 3
_COMPLEX = ("demolition", "confiscation")


@dataclass(frozen=True)
class Finding:
    """One thing to be looked at. ``refuses``: the paper is not written at all."""

    check: str
    severity: str
    text: Message
    remedy: Message
    refuses: bool = False


@dataclass(frozen=True)
class Asked:
    """A paper that is about to be written, with its values and its number; ``done`` is the act it belongs to, the last of its kind where
    none is named."""

    paper: Paper
    facts: Facts
    values: Mapping[str, object]
    number: str = ""
    done: Optional[Done] = None

    @property
    def remedies(self) -> Sequence[Mapping[str, object]]:
        """Those decided, else those of the notice."""
        done = self.facts.last("decide") or self.facts.last("notice")
        return done.particulars.get("remedies") or () if done is not None else ()

    @property
    def notice(self) -> Optional[Done]:
        """The notice in force."""
        return self.facts.last("notice")


Check = Callable[[Asked], Iterator[Finding]]


def look_at(asked: Asked) -> List[Finding]:
    """Every finding on a paper, errors first."""
    found = [finding for code in asked.paper.checks for finding in CHECKS[code](asked)] if asked.facts.case is not None or \
        asked.paper.matter else []
    gaps = missing_by_law(asked.paper, asked.values)
    if gaps:
        found.append(_error("C28", message("The law asks this paper to say: {fields}.", fields="、".join(gaps)),
                            message("They are marked in the paper; enter them in the case, or write them in by hand.")))
    told = {(one.check, str(one.text)): one for one in found}  # what several remedies have in common is said once
    return sorted(told.values(), key=lambda one: (not one.refuses, one.severity != ERROR))


def _error(check: str, text: Message, remedy: Message) -> Finding:
    return Finding(check, ERROR, text, remedy)


def _warn(check: str, text: Message, remedy: Message) -> Finding:
    return Finding(check, WARNING, text, remedy)


# --- who and what ---------------------------------------------------------------------------------------------------


def _verified(asked: Asked) -> Iterator[Finding]:
    """C01, R53."""
    unchecked = [land.number for land in asked.facts.lands if not may_issue_penalty(land.review_state)]
    if unchecked:
        yield Finding("C01", ERROR,
                      message("Nobody has recorded a check on site of {parcels}: a satellite patch is a clue, never the ground of a "
                              "penalty (R53).", parcels=", ".join(unchecked)),
                      message("Record the visit, or have the county pass the review, first."), True)


def _officers(asked: Asked) -> Iterator[Finding]:
    """C02: CF 42, 55; B12 17."""
    acts = [done for done in (*asked.facts.acts, asked.done) if done is not None and done.particulars.get("officers")]
    if not acts:
        yield _error("C02", message("No officers are recorded."), message("Record the check on site with its two officers."))
        return
    ids: Sequence[str] = acts[-1].particulars["officers"]
    if len(set(ids)) < 2:
        yield _error("C02", message("Fewer than two officers are recorded."),
                     message("Two officers with certificates are needed (Art. 42)."))
    bare = sum(1 for key in set(ids) if not (asked.facts.officers.get(key) and asked.facts.officers[key].number))
    if bare:
        yield _error("C02", message("{n} officers have no number of their certificate.", n=bare),
                     message("Enter the numbers among the particulars of the office."))


def _filing(asked: Asked) -> Iterator[Finding]:
    """C03: B12 16."""
    rows = asked.values.get("立案条件") or []
    open_ones = [row["条件"] for row in rows if isinstance(row, dict) and not row.get("条件情况")] if isinstance(rows, list) else []
    if open_ones:
        yield _error("C03",
                     message("Conditions of the filing without an answer: {conditions}.", conditions="、".join(map(str, open_ones))),
                     message("Enter party, violation and office."))


def _limitation(asked: Asked) -> Iterator[Finding]:
    """C04: CF 36."""
    done = asked.facts.last("file")
    ended = day_of_text(str(done.particulars.get("ended_on") or "")) if done is not None else None
    clue = asked.facts.last("clue")
    if ended is not None and clue is not None and clue.on > add_months(ended, 24):
        yield _warn("C04", message("The violation ended on {day}, more than two years before the clue.", day=ended.isoformat()),
                    message("Look whether it still goes on (Art. 36)."))


def _party(asked: Asked) -> Iterator[Finding]:
    """C05."""
    if not asked.facts.parties:
        yield _error("C05", message("{case} has no party.", case=asked.facts.label),
                     message("Enter the party among the particulars of the case."))
    for party in asked.facts.parties:
        lacking = party.lacking()
        if lacking:
            names = "、".join(PARTY_FIELDS[name][0] for name in lacking)
            yield _error("C05", message("{case}: of the party is not known: {fields}.", case=asked.facts.label, fields=names),
                         message("Enter it among the particulars of the case."))
    otherwise = asked.facts.otherwise_named()
    if otherwise:
        names = ", ".join(dict.fromkeys(paper_named(one.paper).zh + one.number for one in otherwise))
        yield _error("C05", message("The party stands otherwise in papers that went out: {papers}.", papers=names),
                     message("One party must stand in all papers: correct its particulars, or write and serve them anew."))


def _when(asked: Asked) -> Iterator[Finding]:
    """C06: CF 37."""
    dated = [day_of_text(str(one.get("violated_on") or "")) for one in asked.remedies]
    if not any(dated) and not any(land.built_on for land in asked.facts.lands):
        yield _error("C06", message("The day of the violation is not known; the law to be applied depends on it (Art. 37)."),
                     message("Enter when it was built in the verdict."))


def _one_area(asked: Asked) -> Iterator[Finding]:
    """C07: one area from the inspection to the decision, its parts the whole."""
    for land in asked.facts.lands:
        parts = [area for area in land.classes.values() if area is not None]
        if parts and abs(sum(parts) - land.area_m2) > _SLACK_M2:
            yield _error("C07", message("{parcel}: the classes add up to {parts} m², the parcel has {whole} m².", parcel=land.number,
                                        parts=m2_text(sum(parts)), whole=m2_text(land.area_m2)), message("Measure the parcel again."))
        if land.illegal_m2 is not None and land.illegal_m2 > land.area_m2 + _HUNDREDTH:
            yield _error("C07", message("{parcel}: more illegal land than the parcel has.", parcel=land.number),
                         message("Correct the verdict."))
        if land.illegal_m2 is not None and (land.cultivated_m2 or 0) > land.illegal_m2 + _HUNDREDTH:
            yield _error("C07", message("{parcel}: more illegal cultivated land than illegal land.", parcel=land.number),
                         message("Correct the verdict."))
    yield from _fined_area(asked)


def _fined_area(asked: Asked) -> Iterator[Finding]:
    illegal = [land.illegal_m2 for land in asked.facts.lands]
    whole = sum(area for area in illegal if area is not None)
    based = sum(float((one.get("base") or {}).get("land_m2") or 0) for one in asked.remedies if one["kind"] == "fine")  # type: ignore
    if based and None not in illegal and based > whole + _HUNDREDTH:
        yield _error("C07", message("The fine is computed from {fined} m², the illegal land is {whole} m².", fined=m2_text(based),
                                    whole=m2_text(whole)), message("One area must stand in all papers."))


def _fine(asked: Asked) -> Iterator[Finding]:
    """C08: TL 51–60, CF 44–45."""
    pack = asked.facts.pack
    refusal = remedies_refusal(list(asked.remedies), pack) if asked.remedies else None
    if refusal is not None:
        yield _error("C08", refusal, message("Correct what is proposed or decided."))
    for one in asked.remedies:
        if one["kind"] == "fine":
            yield from _rate(asked, one)
    decided, noticed = asked.facts.last("decide"), asked.notice
    if decided is not None and noticed is not None:
        fens = [sum(int(one["amount"].get("fen") or 0) for one in done.particulars.get("remedies") or ()) for done in (decided,
                                                                                                                       noticed)]
        if fens[0] > fens[1]:
            yield _error("C08", message("The decision asks {decided} yuan, the notice announced {noticed}.", decided=str(yuan(fens[0])),
                                        noticed=str(yuan(fens[1]))), message("Give a new notice first (Art. 45)."))


def _rate(asked: Asked, one: Mapping[str, object]) -> Iterator[Finding]:
    amount, base = one.get("amount") or {}, one.get("base") or {}
    land, fen = base.get("land_m2"), amount.get("fen")  # type: ignore[attr-defined]
    if not land or not fen:
        return
    rate = as_written(fen) / as_written(land) / 100
    if not rate_of(fen, land):
        yield _error("C08",
                     message("The fine of {fine} yuan is no rate of whole fen on {land} m².", fine=str(yuan(fen)), land=m2_text(land)),
                     message("Area × rate must be the fine to the fen."))
    areas = {"farmland": sum(x.farmland_m2 or 0 for x in asked.facts.lands),
             "cultivated": sum(x.cultivated_m2 or 0 for x in asked.facts.lands),
             "other": sum(x.illegal_m2 or 0 for x in asked.facts.lands)}
    step = grade_for(str(one.get("article") or ""), areas, asked.facts.pack)
    ranges = fine_ranges(str(one.get("article") or ""), day_of_text(str(one.get("violated_on") or "")) or asked.facts.day,
                         FineBase(land_m2=land), asked.facts.pack)
    if step is not None and ranges and step.unit == ranges[0].band.unit and not step.minimum <= rate <= step.maximum:
        yield _warn("C08", message("The rate of {rate} yuan per m² lies outside the discretion table’s {least} to {most}.",
                                   rate=f"{float(rate):.2f}", least=step.minimum, most=step.maximum), message("Say why, or change it."))


def _plan(asked: Asked) -> Iterator[Finding]:
    """C09: TD 77."""
    kinds = {str(one["kind"]) for one in asked.remedies}
    if not kinds & set(_COMPLEX) and asked.paper.code != "investigation_report":
        return
    unknown = [land.number for land in asked.facts.lands if land.conforming_m2 is None or land.contrary_m2 is None]
    if unknown:
        yield _error("C09",
                     message("Whether {parcels} conforms to the plan was not measured; demolition and confiscation depend on it.",
                             parcels=", ".join(unknown)), message("Measure it against the plan."))
        return
    yield from _every_m2(asked)
    conforming, contrary = (sum(getattr(land, name) or 0 for land in asked.facts.lands) for name in ("conforming_m2", "contrary_m2"))
    if "demolition" in kinds and not contrary:
        yield _error("C09", message("Demolition is ordered, and all of it conforms to the plan."),
                     message("What conforms is confiscated (TD 77)."))
    if "confiscation" in kinds and not conforming:
        yield _error("C09", message("Confiscation is ordered, and nothing of it conforms to the plan."),
                     message("What is contrary is demolished (TD 77)."))
    if kinds and conforming and contrary and not set(_COMPLEX) <= kinds:
        yield _error("C09", message("{conforming} m² conform to the plan and {contrary} m² do not; each part needs its own remedy.",
                                    conforming=m2_text(conforming), contrary=m2_text(contrary)), message("Split it along the plan first."))


def _every_m2(asked: Asked) -> Iterator[Finding]:
    """Every m² has a finding of the plan, and none is demolished or confiscated twice."""
    for land in asked.facts.lands:
        found = (land.conforming_m2 or 0) + (land.contrary_m2 or 0)
        if abs(found - land.area_m2) > _SLACK_M2:
            yield _error("C09", message("{parcel}: the plan was found for {found} m² of {whole} m².", parcel=land.number,
                                        found=m2_text(found), whole=m2_text(land.area_m2)), message("Measure it against the plan."))
    ordered = {kind: sum(float(one["amount"].get("land_m2") or 0) for one in asked.remedies if one["kind"] == kind)  # type: ignore
               for kind in _COMPLEX}
    illegal = [land.illegal_m2 for land in asked.facts.lands]
    whole = sum(area for area in illegal if area is not None)
    if None not in illegal and sum(ordered.values()) > whole + _HUNDREDTH:
        yield _error("C09", message("Demolition and confiscation are ordered on {ordered} m², the illegal land is {whole} m².",
                                    ordered=m2_text(sum(ordered.values())), whole=m2_text(whole)), message("Order each part once."))


def _executable(asked: Asked) -> Iterator[Finding]:
    """C10: SJ 155(2)."""
    kinds = {str(one["kind"]) for one in asked.remedies}
    if kinds - {"fine", "gains", "fee"}:
        for name in ("坐落", "四至"):
            if not asked.values.get(name):
                yield _error("C10", message("For the court every item needs its place: {field} is not known.", field=name),
                             message("Enter it among the particulars of the case."))
    if kinds & set(_COMPLEX) and not asked.values.get("建筑情况"):
        yield _error("C10", message("Demolition and confiscation need a list of the buildings."),
                     message("Enter it among the particulars of the case."))
    if kinds & {"return", "hand_back"} and not asked.values.get("土地所有权人"):
        yield _error("C10", message("To whom the land is returned is not known."), message("Enter the owner of the land."))


# --- telling and hearing --------------------------------------------------------------------------------------------


def _delivered(asked: Asked, act: str) -> Optional[date]:
    case = asked.facts.case
    return remedies.delivered_on(case, act, asked.facts.pack) if case is not None and asked.facts.last(act) else None


def _noticed(asked: Asked) -> Iterator[Finding]:
    """C11: CF 44, 62."""
    if asked.paper.code == "penalty_notice":
        return
    if asked.notice is None:
        yield _error("C11", message("No notice of the penalty was given."), message("It comes before the decision (Art. 44)."))
    elif _delivered(asked, "notice") is None:
        yield _error("C11", message("The service of the notice is not recorded; the party's time runs from it."),
                     message("Record the service."))


def _hearing_due(asked: Asked) -> bool:
    return asked.facts.needs_hearing(asked.remedies)


def _hearing(asked: Asked) -> Iterator[Finding]:
    """C12: B12 34."""
    if _hearing_due(asked) and asked.facts.last("hearing_notice") is None and asked.paper.code != "hearing_notice":
        yield _error("C12", message("A hearing must be offered before this decision."),
                     message("Give the notice of the right to a hearing (Art. 63)."))
    if asked.facts.last("hearing_notice") is not None and asked.paper.code == "decision" and _delivered(asked,
                                                                                                        "hearing_notice") is None:
        yield _error("C12", message("The service of the hearing notice is not recorded."), message("Record the service."))


def _five_days(asked: Asked) -> Iterator[Finding]:
    """C13: B12 33, 34."""
    decided = asked.facts.last("decide")
    on = decided.on if decided is not None else asked.facts.day
    used = {"notice": ("statement", ("statement",)), "hearing_notice": ("hearing_request", ("hold_hearing", "withdraw_hearing"))}
    for act, (term, answers) in used.items():
        reached = _delivered(asked, act)
        if reached is None or any(done.act in answers and done.on >= reached for done in asked.facts.acts):
            continue
        end = remedies.term_end(asked.facts.pack, term, reached).day
        if on <= end:
            yield _error("C13", message("The party may still speak until {day}.", day=end.isoformat()),
                         message("Decide after that day."))


def _rechecked(asked: Asked) -> Iterator[Finding]:
    """C14: CF 45; what the notice did not announce is heavier than what it did."""
    decided, noticed = asked.facts.last("decide"), asked.notice
    if decided is not None and noticed is not None:
        before, after = (_land_by_kind(one) for one in (noticed, decided))
        for kind, land in after.items():
            if kind not in before:
                yield _error("C14", message("The decision orders what the notice did not announce: {kind}.", kind=_of_kind_said(kind)),
                             message("Give a new notice first (Art. 45)."))
            elif land > before[kind] + _HUNDREDTH:
                yield _error("C14", message("{kind}: the decision orders {decided} m², the notice announced {noticed} m².",
                                            kind=_of_kind_said(kind), decided=m2_text(land), noticed=m2_text(before[kind])),
                             message("Give a new notice first (Art. 45)."))
    done = asked.facts.last("statement")
    if done is not None and not done.particulars.get("recheck"):
        yield _error("C14", message("The party's statement was not answered."), message("Record the result of the recheck."))


def _land_by_kind(done: Done) -> Dict[str, float]:
    found: Dict[str, float] = {}
    for one in done.particulars.get("remedies") or ():
        found[one["kind"]] = found.get(one["kind"], 0.0) + float(one["amount"].get("land_m2") or 0)
    return found


def _of_kind_said(kind: str) -> Message:
    return Bilingual(KINDS[kind].en, zh=KINDS[kind].zh)


def _reviewed(asked: Asked) -> Iterator[Finding]:
    """C15: CF 58."""
    held, review = asked.facts.last("hold_hearing"), asked.facts.last("review_after_hearing", "legal_review")
    if held is not None and (review is None or review.on < held.on):
        yield _error("C15", message("There was a hearing, and no legal review after it."),
                     message("The review is due before the decision (Art. 58)."))
    elif review is None:
        yield _error("C15", message("No legal review is recorded."), message("Record it before the decision."))


def _discussed(asked: Asked) -> Iterator[Finding]:
    """C16: CF 57."""
    discussed, held = asked.facts.last("discuss"), asked.facts.last("hold_hearing")
    if _hearing_due(asked) and discussed is None:
        yield _error("C16", message("No collective discussion is recorded; a complex or severe matter needs it (Art. 57)."),
                     message("Record it, after the hearing and before the decision."))
    elif held is not None and discussed is not None and discussed.on < held.on:
        yield _error("C16", message("The collective discussion was before the hearing."),
                     message("Discuss it again after the hearing."))


def _in_time(asked: Asked) -> Iterator[Finding]:
    """C17: B12 38."""
    case = asked.facts.case
    for one in deadlines_of(case, asked.facts.pack, asked.facts.tracks) if case is not None else ():
        if one.code in ("decision", "decision_extended") and (one.met_on or asked.facts.day) > one.due_on:
            yield _error("C17", message("The time to decide ended on {day}.", day=one.due_on.isoformat()),
                         message("Record the extension or the days that are not counted, as far as there were any."))


def _says_all(asked: Asked) -> Iterator[Finding]:
    """C18: CF 59, B12 35, FJ 7."""
    wanted = [name for name in ("当事人地址", "证据", "告知情况") if not asked.values.get(name)]
    wanted += [name for name in ("代收机构", "代收机构地址") if asked.values.get("有罚款") and not asked.values.get(name)]
    if wanted:
        yield _error("C18", message("A decision must say: {fields}.", fields="、".join(wanted)),
                     message("Enter them in the case or the office."))
    if len(asked.facts.parties) > 1:
        yield _warn("C18", message("There are {n} parties; a decision says what each of them is punished with.",
                                   n=len(asked.facts.parties)), message("Write into the paper which item is whose (12号令 Art. 37)."))


def _remedy_clause(asked: Asked) -> Iterator[Finding]:
    """C19: FY 24."""
    organ = str(asked.values.get("复议机关") or "")
    if organ and not organ.endswith("人民政府"):
        yield _error("C19",
                     message("Reconsideration lies with the government of the same level since 2024, not with {organ}.", organ=organ),
                     message("Enter the full name of the people's government."))
    court = str(asked.values.get("法院名称") or "")
    if court and not court.endswith("人民法院"):
        yield _error("C19", message("{court} is no full name of a court.", court=court), message("Enter the full name."))


def _cited(asked: Asked) -> Iterator[Finding]:
    """C20."""
    article = str(asked.values.get("违反条款") or "")
    if article and ("《" not in article or "条" not in article):
        yield _warn("C20", message("“{article}” is no full citation.", article=article),
                    message("Name law and article in full: 《…法》第…条."))


def _receipts(asked: Asked) -> Iterator[Finding]:
    """C21: CF 61."""
    decided, served = asked.facts.last("decide"), asked.facts.last("serve")
    yield from _without_receipt(asked)
    if decided is None or asked.paper.code not in ("decision", "service_receipt", "demand", "court_application"):
        return
    end = remedies.term_end(asked.facts.pack, "service", decided.on).day
    if served is not None and served.on > end:
        yield _error("C21", message("The decision was served on {day}, after its seven working days had ended on {end}.",
                                    day=served.on.isoformat(), end=end.isoformat()), message("Put the reason into the file (Art. 61)."))
    elif served is None and asked.facts.day > end:
        yield _error("C21", message("The decision has not been served by {end}.", end=end.isoformat()), message("Serve it at once."))


def _without_receipt(asked: Asked) -> Iterator[Finding]:
    """Papers that went before a decision, an application or a closing and whose service nobody recorded (C11, C12 look at the notices)."""
    if asked.paper.code not in ("decision", "court_application", "close_approval"):
        return
    told = {done.particulars.get("paper") for done in asked.facts.acts if done.act == "deliver"}
    for act in SERVED_PAPERS:
        done = asked.facts.last(act)
        if done is not None and act not in told and act not in ("notice", "hearing_notice"):
            yield _error("C21", message("The service of “{paper}” of {day} is not recorded.", paper=ACTS[act].label,
                                        day=done.on.isoformat()), message("Record the service."))


def _manner(asked: Asked) -> Iterator[Finding]:
    """C22: MS 89, 91, 95."""
    done = asked.done or asked.facts.last("deliver", "serve")
    manner = done.particulars.get("manner") if done is not None else None
    if manner in ("2", "3") and done is not None and not done.particulars.get("files"):
        yield _warn("C22", message("Left at the place: a witness, or photos or film, must be in the file.") if manner == "2" else
                    message("By post: the slip of the post office must be in the file."), message("Keep them with the act."))
    if manner == "6":
        confirmed = asked.facts.last("confirm_address")
        if confirmed is None or confirmed.particulars.get("electronic") != "1":
            yield _error("C22", message("Electronic service without the party's signed consent."),
                         message("Record the confirmed address."))
    if manner == "5":
        yield _warn("C22", message("Public notice comes only after other ways failed, and counts after 30 days."),
                    message("Put the reason into the file."))


def _orders(asked: Asked) -> Iterator[Finding]:
    """C23: B12 4, 36."""
    if any(one["kind"] in ORDERS for one in asked.remedies) and not asked.values.get("责令内容"):
        yield _warn("C23", message("Orders to return or restore land are no kinds of penalty."),
                    message("Keep them apart from the penalties."))


# --- after the decision ---------------------------------------------------------------------------------------------


def _demanded(asked: Asked) -> Iterator[Finding]:
    """C24: QZ 53–55."""
    case, pack, day = asked.facts.case, asked.facts.pack, asked.facts.day
    if case is None:
        return
    done = asked.facts.last(*asked.paper.acts)
    on = done.on if done is not None else day
    for item in (one for one in case.items if not one.is_settled):
        if asked.paper.code == "demand":
            end = remedies.performance_end(case, item, pack)
            if end is not None and on <= end.day:
                yield _error("C24", message("It may be carried out until {day}; the demand comes after.", day=end.day.isoformat()),
                             message("Wait."))
            continue
        opens, closes = remedies.court_opens_after(case, item, pack), remedies.court_closes(case, item, pack)
        if opens is not None and on <= opens.day:
            yield _error("C24", message("The court is open only after {day}.", day=opens.day.isoformat()), message("Wait."))
        if closes is not None and on > closes.day:
            yield _error("C24", message("The three months for the application ended on {day}.", day=closes.day.isoformat()),
                         message("Put the reason into the file (Art. 53)."))
        reached = _delivered(asked, "demand")
        if reached is not None and on <= remedies.term_end(pack, "demand", reached).day:
            yield _error("C24", message("The ten working days after the demand reached the party are not over."), message("Wait."))
        if reached is None:
            yield _error("C24", message("The service of the demand is not recorded; its ten working days run from it."),
                         message("Record the service."))


def _crime(asked: Asked) -> Iterator[Finding]:
    """C25: YS 3, 5, 11."""
    offences = [Offence("case", land.number, land.farmland_m2 or 0.0, land.cultivated_m2 or 0.0, WAYS.get(land.violation, OCCUPIED),
                        day_of_text(land.built_on)) for land in asked.facts.lands]
    if criminal_flags(offences,
                      asked.facts.pack) and asked.facts.last("transfer_police") is None and asked.paper.code != "transfer_police":
        yield _error("C25", message("The land reaches a criminal line and was not transferred to the police."),
                     message("Transfer it, or keep the reason with the case; a fine does not take its place."))


def _persons(asked: Asked) -> Iterator[Finding]:
    """C26: O15, B12 46."""
    if asked.paper.code == "close_approval" and asked.facts.last("transfer_discipline") is None \
            and any(track.kind == "discipline" for track in asked.facts.tracks):
        yield _error("C26", message("Persons are to be transferred before the case is closed."), message("Record the transfer."))
    decided, sent = asked.facts.last("decide"), asked.facts.last("transfer_discipline")
    if decided is not None and sent is not None and (sent.on - decided.on).days > 10:
        yield _warn("C26", message("The transfer came {n} days after the decision; ten are allowed.", n=(sent.on - decided.on).days),
                    message("Put the reason into the file."))


def _numbered(asked: Asked) -> Iterator[Finding]:
    """C27: the number's year is that of its day; acts in their order."""
    number = asked.number
    done = asked.facts.last(*asked.paper.acts)
    year = str((done.on if done is not None and not asked.paper.is_free else asked.facts.day).year)
    if number and year not in number:
        yield _error("C27", message("The number {number} does not name the year {year}.", number=number, year=year),
                     message("Correct it."))
    if number and (re.search(r"(?<!\d)0\d*号", number) or "〔" not in number):
        yield _warn("C27", message("The number {number} is not written as 〔{year}〕1号.", number=number, year=year),
                    message("Year in full in 〔〕, no leading zeros (GB/T 9704)."))
    order = [asked.facts.last(act) for act in ("file", "investigate", "legal_review", "notice", "decide", "serve")]
    days = [one.on for one in order if one is not None]
    if days != sorted(days):
        yield _error("C27", message("The days of the acts are out of order."), message("Correct the act that was dated wrongly."))


def _photos(asked: Asked) -> Iterator[Finding]:
    """C30."""
    if not asked.facts.photos:
        yield _warn("C30", message("There is no photo of the site."), message("Add photos with time, place and direction."))
    for photo in asked.facts.photos:
        if photo.taken_at is None:
            yield _warn("C30", message("The photo {file} does not say when it was taken.", file=photo.file),
                        message("Write it beside the photo."))


def _evidence(asked: Asked) -> Iterator[Finding]:
    """C31: who the party is, what it said, the inspection, class of land and plan."""
    if not any(party.id_number for party in asked.facts.parties):
        yield _warn("C31", message("Nothing proves who the party is."), message("Enter the number of its certificate, and keep a copy."))
    if asked.facts.last("site_check") is None:
        yield _warn("C31", message("No inspection on site is recorded."), message("Record the check on site with its two officers."))
    if not any(one.paper == "interview_record" for one in asked.facts.written):
        yield _warn("C31", message("No record of questioning was written."), message("Question the party, and write the record."))
    if not any(land.layers for land in asked.facts.lands):
        yield _warn("C31", message("Class of land and plan have no measured proof."), message("Measure the parcel against the layers."))


def _published(asked: Asked) -> Iterator[Finding]:
    """C32: the ministry's three systems."""
    decided = asked.facts.last("serve")
    if decided is not None and asked.facts.last("publish") is None \
            and asked.facts.pack.calendar.working_days_between(decided.on, asked.facts.day) > 7:
        yield _warn("C32", message("A decision of public weight is published within seven working days."),
                    message("Write the public version."))


def _organ(asked: Asked) -> Iterator[Finding]:
    """C33: CF 20, B12 55."""
    decided = asked.facts.last("decide")
    organ, office = (decided.particulars.get("organ") if decided is not None else None), asked.values.get("机关全称")
    if organ and office and str(organ) != str(office):
        yield _error("C33", message("The decision is of {organ}, the paper of {office}.", organ=str(organ), office=str(office)),
                     message("The organ that decides stands on the paper, in its number and on its seal."))


def _nothing(_asked: Asked) -> Iterator[Finding]:
    """What a register cannot see (one person questioned at a time, an untaken option on the page): the paper's own words say it."""
    return iter(())


CHECKS: Dict[str, Check] = {
    "C01": _verified, "C02": _officers, "C03": _filing, "C04": _limitation, "C05": _party, "C06": _when, "C07": _one_area, "C08": _fine,
    "C09": _plan, "C10": _executable, "C11": _noticed, "C12": _hearing, "C13": _five_days, "C14": _rechecked, "C15": _reviewed,
    "C16": _discussed, "C17": _in_time, "C18": _says_all, "C19": _remedy_clause, "C20": _cited, "C21": _receipts, "C22": _manner,
    "C23": _orders, "C24": _demanded, "C25": _crime, "C26": _persons, "C27": _numbered, "C28": _nothing, "C29": _nothing, "C30": _photos,
    "C31": _evidence, "C32": _published, "C33": _organ}
