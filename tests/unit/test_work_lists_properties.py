"""Random cases in a real register against a second writing of the work lists, from the register's events alone.

The second writing knows nothing of the law room but its file of holidays: it walks the events with plain dictionaries, counts
working days one by one and lets a fine grow day by day. Only the meaning is shared, from domain.md §4.1, §4.2 and R40, R49.
"""
from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from land_inspector.errors import LandInspectorError
from land_inspector.register import pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.undoing import undo
from land_inspector.register.event_log import newest_event
from land_inspector.register.work_lists import read_pursuit, touched_since, updated_pursuit
from tests.examples import examples
from tests.factories import info, intake, judge, new_register, patch, square
from tests.unit.law_cases import SAID
from tests.unit.test_figures_properties import standing_events

LABELS = ("T001", "T002", "T003")
WHOLE, CUT_OFF = 1600.0, "2026-09-30"
STRAIGHT = ("site_check", "stop_order", "stop_result", "file", "investigate", "legal_review", "notice", "hearing_notice", "decide",
            "serve", "demand", "apply_court", "court_acceptance", "court_ruling")
LAND = {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 500.0}
FINE_FEN = 20_240_001
REMEDIES = [{"item": "1", "kind": "demolition", "amount": LAND},
            {"item": "2", "kind": "fine", "amount": {"fen": FINE_FEN}, "article": "77", "violated_on": "2026-04-01",
             "base": {"land_m2": WHOLE}}]
DAYS = tuple(date(2026, 6, 15) + timedelta(days=13 * n) for n in range(22))

stories = st.fixed_dictionaries({
    "of": st.sampled_from([("T001",), ("T002",), ("T003",), ("T001", "T002")]),
    "begun": st.integers(0, 40), "acts": st.sampled_from([0, 1, 3, 4, 8, 9, 10, 10, 10, 11, 12, 13, 14]),
    "gap": st.sampled_from([0, 1, 4, 16]),
    "not_filed": st.sampled_from([False, False, False, False, True]), "ordered": st.sampled_from([True, True, False]),
    "demolished": st.sampled_from([1.0, 0.5, 1.0, 0.0, 1.0]),
    "paid": st.lists(st.sampled_from([0.1, 0.4, 1.0]), max_size=2), "accepted": st.sampled_from([None, "1", "2", "2", "9"]),
    "late": st.sampled_from([3, 40, 120]), "undone": st.sampled_from([0, 0, 0, 0, 1, 2])})
DEEP = {"of": ("T001",), "begun": 0, "acts": 13, "gap": 1, "not_filed": False, "ordered": True, "demolished": 1.0, "paid": [0.4],
        "accepted": "1", "late": 3, "undone": 0}
TOO_LATE = dict(DEEP, of=("T002",), acts=10, paid=[0.1, 1.0], accepted="2", late=120)
SEVERAL = dict(DEEP, of=("T001", "T002"), acts=11, ordered=False)


class Player:
    """Plays a story as far as the register lets it; what it refuses did not happen."""

    def __init__(self, register):
        self.register, self.clock = register, date(2026, 6, 1)

    def on(self, days=0):
        self.clock += timedelta(days=days)
        return self.clock.isoformat()

    def play(self, story):
        self.clock = date(2026, 6, 1) + timedelta(days=story["begun"])
        try:
            self._play(story)
        except LandInspectorError:
            pass
        for _ in range(story["undone"]):
            try:
                undo(self.register, by="甲", with_dependents=True)
            except LandInspectorError:
                break

    def _play(self, story):
        case = pursuing.open_case(self.register, "B1", list(story["of"]), on=self.on(), particulars=SAID["clue"], by="甲")
        tracks = {}
        for act in STRAIGHT[:story["acts"]]:
            if act == "file" and story["not_filed"]:
                self.do(case, "not_file", self.on(story["gap"]))
                return
            self.do(case, act, self.on({"notice": 1, "decide": 16, "demand": 17, "apply_court": 200}.get(act, story["gap"])))
            if act == "decide" and story["ordered"]:
                tracks = {kind: self.order(story["of"][0], kind, amount, item, case)
                          for item, kind, amount in (("1", "demolition", LAND), ("2", "fine", {"fen": FINE_FEN}))}
            if act == "serve" and tracks:
                self.carry_out(story, tracks)

    def do(self, case, act, on):
        more = {"remedies": REMEDIES} if act in ("notice", "decide") else {}
        pursuing.do_act(self.register, case, act, on=on, particulars={**SAID[act], **more}, by="甲")

    def order(self, label, kind, amount, item, case):
        return pursuing.order_remedy(self.register, "B1", label, kind, amount, on=self.on(), case=case, item=item, by="甲")

    def carry_out(self, story, tracks):
        for share in story["paid"]:
            pursuing.record_progress(self.register, {tracks["fine"]: {"fen": int(FINE_FEN * share)}}, on=self.on(9), by="甲")
        if story["demolished"]:
            done = {unit: value * story["demolished"] for unit, value in LAND.items()}
            pursuing.record_progress(self.register, {tracks["demolition"]: done}, on=self.on(2), by="甲")
            if story["accepted"]:
                day = self.on(story["late"])
                pursuing.accept_remedies(self.register, [tracks["demolition"]], on=day, level="2", status=story["accepted"], by="甲")


# --- the second writing -------------------------------------------------------------------------------------------------


def free_and_worked():
    folder = Path(pursuing.__file__).parents[1] / "law" / "data"
    with (folder / "holidays.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return ({row["date"] for row in rows if row["kind"] == "holiday"}, {row["date"] for row in rows if row["kind"] == "workday"})


FREE, WORKED = free_and_worked()


def working_days(start, count):
    day = start
    while count:
        day += timedelta(days=1)
        text = day.isoformat()
        count -= text in WORKED or (day.weekday() < 5 and text not in FREE)
    return day


def rolled(day):
    """The day itself if it is worked, else the next one that is (民事诉讼法 85(3))."""
    return working_days(day - timedelta(days=1), 1)


def months_later(day, count):
    year, month = divmod(day.month - 1 + count, 12)
    for last in range(day.day, 0, -1):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue


def world(register, until):
    """Cases with their acts, remedies with their steps, numbers of parcels."""
    frame = register.storage.frame("parcel")
    numbers = dict(zip(frame["parcel_id"], frame["DKBH"]))
    cases, remedies = {}, {}
    for event in standing_events(register, until.isoformat()):
        said, on = event.payload, date.fromisoformat(event.effective_on)
        if event.kind == "case_opened":
            cases[said["case"]] = {"parcels": [numbers[key] for key in said["parcels"]], "acts": [("clue", on)], "ended": False}
        elif event.kind == "case_act":
            cases[said["case"]]["acts"].append((said["act"], on))
            cases[said["case"]]["ended"] |= said["act"] == "not_file"
        elif event.kind == "remedy_ordered":
            track = said["track"]
            remedies[track["id"]] = {"parcel": numbers[track["parcel"]], "kind": track["kind"], "case": track["case"], "steps": [],
                                     "status": "0", "on": None}
        elif event.kind == "remedy_progressed":
            remedies[said["remedy"]]["steps"].append((date.fromisoformat(said["step"]["on"]), said["step"]["amount"]))
        elif event.kind == "remedy_accepted":
            accepted = said["acceptance"]
            remedies[said["remedy"]].update(status=accepted["status"], on=date.fromisoformat(accepted["on"]))
    return cases, remedies


def open_terms(case, remedies):
    """(what, last day) of every duty of the case that nothing has met."""
    on = dict(case["acts"])
    if case["ended"]:
        return []
    rules = [("clue", ["site_check"], 3, True),
             ("stop_order", ["stop_result", "stop_report"], 3, False), ("file", ["decide"], 90, False), ("decide", ["serve"], 7, True),
             ("apply_court", ["court_acceptance", "court_ruling"], 5, True), ("court_acceptance", ["court_ruling"], 7, True)]
    both = ("apply_court", "court_acceptance")
    found = [(start, working_days(on[start], n) if worked else on[start] + timedelta(days=n)) for start, met_by, n, worked in rules
             if start in on and not any(act in on for act in met_by) for _item in (("1", "2") if start in both else ("",))]
    if "serve" not in on:
        return found
    attacks = (("demolition", rolled(on["serve"] + timedelta(days=15))),
               ("fine", max(rolled(months_later(on["serve"], 6)), rolled(on["serve"] + timedelta(days=60)))))
    for kind, attack_ends in attacks:
        if not any(r["kind"] == kind and is_done(r) for r in remedies):
            found.append((f"perform {kind}", on["serve"] + timedelta(days=15)))
        if "apply_court" not in on and not any(r["kind"] == kind and is_over(r) for r in remedies):
            found.append((f"court {kind}", months_later(attack_ends, 3)))
    return found


def is_done(remedy):
    if remedy["kind"] == "fine":
        return sum(amount["fen"] for _day, amount in remedy["steps"]) >= FINE_FEN
    return sum(amount["land_m2"] for _day, amount in remedy["steps"]) >= LAND["land_m2"]


def is_over(remedy):
    """A fine that was paid; a demolition that was carried out and accepted with nothing done since."""
    if remedy["kind"] == "fine":
        return is_done(remedy)
    return is_done(remedy) and remedy["status"] == "2" and all(when <= remedy["on"] for when, _amount in remedy["steps"])


def owed(on, remedy, day):
    """Principal and surcharge, grown day by day: 3 % of what is unpaid on each day after the last one, at most the principal."""
    due, surcharge = on["serve"] + timedelta(days=15), Fraction(0)
    payments = remedy["steps"] if remedy else []
    for n in range(1, (day - due).days + 1):
        today = due + timedelta(days=n)
        paid = sum(amount["fen"] for when, amount in payments if when < today)
        surcharge += Fraction(3, 100) * max(FINE_FEN - paid, 0)
    surcharge = min(surcharge, Fraction(FINE_FEN))
    paid = sum(amount["fen"] for when, amount in payments if when <= day)
    return max(FINE_FEN + int(surcharge + Fraction(1, 2)) - paid, 0)


def expected(register, day, within, until):
    cases, remedies = world(register, until)
    lists = {code: [] for code in ("overdue", "due", "court", "unaccepted", "too_late", "fine", "unfiled")}
    for key, case in cases.items():
        on, own = dict(case["acts"]), [r for r in remedies.values() if r["case"] == key]
        for _what, last in open_terms(case, own):
            code = "overdue" if last < day else "due" if last <= day + timedelta(days=within) else None
            lists.get(code, []).extend((number, last) for number in case["parcels"])
        if "apply_court" in on and "court_ruling" not in on:
            last = working_days(on["court_acceptance"], 7) if "court_acceptance" in on else working_days(on["apply_court"], 5)
            lists["court"] += [(number, last) for _item in "12" for number in case["parcels"]]
        fines = [r for r in own if r["kind"] == "fine"]
        if "serve" in on and owed(on, fines[0] if fines else None, day):
            lists["fine"].append((case["parcels"][0], owed(on, fines[0] if fines else None, day)))
    for number in LABELS:
        own = [case for case in cases.values() if number in case["parcels"]]
        if not any(case["ended"] or "file" in dict(case["acts"]) for case in own):
            lists["unfiled"].append((number, None))  # no law says within how many days
    for remedy in (r for r in remedies.values() if r["kind"] == "demolition" and is_done(r)):
        if remedy["status"] != "2" or any(when > remedy["on"] for when, _amount in remedy["steps"]):
            lists["unaccepted"].append((remedy["parcel"], date.fromisoformat(CUT_OFF)))
        elif remedy["on"].isoformat() > CUT_OFF:
            lists["too_late"].append((remedy["parcel"], date.fromisoformat(CUT_OFF)))
    return {code: sorted(rows, key=str) for code, rows in lists.items()}


def told(pursuit, day, within):
    """What the lists say: number and last day of each row, or what is owed."""
    found = {}
    for code in ("overdue", "due", "court", "unaccepted", "too_late", "fine", "unfiled"):
        rows = [pursuit.table.row(int(row), day) for row in pursuit.table.rows(code, day, within)]
        found[code] = sorted([(row.place.number, row.amount_fen if code == "fine" else row.entry.due_on) for row in rows], key=str)
        totals = pursuit.table.totals(pursuit.table.rows(code, day, within), day)
        land = {row.place.number: row.entry.land_m2 for row in rows}
        assert (totals.rows, totals.parcels) == (len(rows), len(land))
        assert totals.land_m2 == pytest.approx(sum(land.values())) and totals.fen == sum(row.amount_fen or 0 for row in rows)
    return found


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@example([DEEP, TOO_LATE], date(2026, 8, 6), 12)
@example([DEEP, TOO_LATE], date(2027, 2, 25), 12)
@example([SEVERAL, dict(DEEP, of=("T003",), acts=12, demolished=0.0)], date(2027, 2, 12), 60)
@given(st.lists(stories, min_size=1, max_size=4), st.sampled_from(DAYS), st.sampled_from([0, 12, 60]))
def test_lists_are_what_a_second_writing_gets_from_the_events(history, day, within):
    with tempfile.TemporaryDirectory() as folder, new_register(Path(folder)) as register:
        rows = [patch(label, square(n), row=n) for n, label in enumerate(LABELS, 1)]
        issue_batch(register, info(deduct_until=CUT_OFF), intake(rows), by="登记员")
        judge(register, dict.fromkeys(LABELS, "2"), by="登记员", effective_on="2026-05-20")
        first = read_pursuit(register)
        before, player = newest_event(register), Player(register)
        for story in history:
            player.play(story)
        now = read_pursuit(register)
        assert told(now, day, within) == expected(register, day, within, date.max)
        then = read_pursuit(register, day)
        assert told(then, day, within) == expected(register, day, within, day)
        grown = updated_pursuit(register, first, touched_since(register, before))
        assert told(grown, day, within) == told(now, day, within) and grown.unrectified == now.unrectified
