"""Random histories of verdicts, splits, remedies, acceptances and undos in a real register, against a second writing of the figures.

The second writing reads the register's events and nothing of the law room: it walks them day by day with plain dictionaries and
exact fractions. Only the meaning is shared, from domain.md §0.2, §3.1 and rules R36, R40, R41, R44.
"""
from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from land_inspector.errors import LandInspectorError
from land_inspector.register import figures, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.splitting import Piece, split_parcels
from land_inspector.register.undoing import undo
from tests.examples import examples
from tests.factories import info, intake, new_register, patch, square

LABELS = ("T001", "T002", "T003", "T004")
WHOLE = 1600.0
CUT_OFF = "2026-09-30"
DAYS = ("2026-05-20", "2026-06-15", "2026-07-10", "2026-08-05", "2026-09-29", "2026-09-30", "2026-10-01", "2026-11-01")
SHRINKS = ("reclamation", "facility")
DEDUCTED = ("reclamation", "conversion", "completion", "facility")
KINDS = ("demolition", "reclamation", "conversion", "facility", "return")

verdicts = st.tuples(st.just("judge"), st.integers(0, 5), st.sampled_from([("1", "101"), ("2", "201"), ("2", "203"), ("3", "301")]),
                     st.sampled_from([0.0, 400.0, 1600.0]), st.sampled_from(DAYS[:4]))
orders = st.tuples(st.just("order"), st.integers(0, 5), st.sampled_from(KINDS), st.sampled_from([1.0, 1.0, 0.5]), st.sampled_from(DAYS[:4]))
steps = st.tuples(st.just("work"), st.integers(0, 7), st.sampled_from([1.0, 1.0, 0.5]), st.sampled_from(DAYS[2:6]))
acceptances = st.tuples(st.just("accept"), st.integers(0, 7), st.sampled_from(["2", "2", "2", "1", "9"]), st.sampled_from(DAYS[3:]))
stories = st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from([("2", "201"), ("2", "203")]), st.sampled_from([0.0, 400.0]),
                    st.lists(st.sampled_from(KINDS), min_size=1, max_size=2), st.sampled_from(DAYS[3:]))
others = st.sampled_from([("split", 0), ("split", 1), ("undo",), ("withdraw", 0), ("withdraw", 1), ("ended", 0), ("ended", 1),
                          ("judge", 2, ("2", "201"), 400.0, "2098-01-01"), ("work", 0, 1.0, "2098-01-01"),
                          ("accept", 0, "2", "2098-01-01")])
anything = st.one_of(verdicts, orders, steps, acceptances, stories, others)
histories = st.tuples(st.lists(anything, max_size=5), st.lists(stories, min_size=1, max_size=3), st.lists(anything, max_size=3)).map(
    lambda parts: [step for part in parts for step in part])


# --- playing a history; what the register refuses simply did not happen -----------------------------------------------


class Player:
    def __init__(self, register):
        self.register, self.ordered = register, []

    def play(self, history):
        for name, *given_ in history:
            try:
                getattr(self, name)(*given_)
            except LandInspectorError:
                continue

    def label(self, at):
        living = sorted(self.register.parcels("B1")["DKBH"])
        return living[at % len(living)]

    def judge(self, at, verdict, cultivated, day):
        label = self.label(at)
        area = float(self.register.parcels("B1").set_index("DKBH").loc[label, "DKMJ"])
        said = {"PDJL1": verdict[0], "PDJL2": verdict[1]}
        if verdict[0] == "2":
            said.update(WFMJ=area, WFGD=min(cultivated, area), WFJBNT=0.0)
        give_verdicts(self.register, "B1", [Entry(label, said)], by="甲", effective_on=day)

    def order(self, at, kind, share, day):
        label = self.label(at)
        row = self.register.parcels("B1").set_index("DKBH").loc[label]
        area = float(row["WFMJ"] if row["WFMJ"] == row["WFMJ"] else row["DKMJ"]) * share
        cultivated = float(row["WFGD"] if row["WFGD"] == row["WFGD"] else 0.0) * share
        amount = {"land_m2": area, "cultivated_m2": cultivated, **({"building_m2": 100.0} if kind == "demolition" else {})}
        self.ordered.append((pursuing.order_remedy(self.register, "B1", label, kind, amount, on=day, by="甲"), amount))

    def settle(self, at, verdict, cultivated, kinds, accepted_on):
        """Judged, ordered in one or two parts, done and accepted."""
        self.judge(at, verdict, cultivated, "2026-05-20")
        for kind in kinds:
            self.order(at, kind, 1 / len(kinds), "2026-06-15")
            self.work(len(self.ordered) - 1, 1.0, "2026-07-10")
            self.accept(len(self.ordered) - 1, "2", accepted_on)

    def work(self, at, share, day):
        remedy, amount = self.ordered[at % len(self.ordered)] if self.ordered else ("", {})
        pursuing.record_progress(self.register, {remedy: {unit: value * share for unit, value in amount.items()}}, on=day, by="甲")

    def accept(self, at, status, day):
        remedy, _amount = self.ordered[at % len(self.ordered)] if self.ordered else ("", {})
        pursuing.accept_remedies(self.register, [remedy], on=day, level="2", status=status, by="甲")

    def withdraw(self, at):
        remedy, _amount = self.ordered[at % len(self.ordered)] if self.ordered else ("", {})
        pursuing.withdraw_remedies(self.register, [remedy], on="2026-10-15", reason="误登", by="甲")

    def split(self, at):
        label = LABELS[at]
        outline = square(at + 1)
        west = shapely.box(*outline.bounds[:2], outline.bounds[0] + 10, outline.bounds[3])
        pieces = [Piece(shapely.to_wkb(west), 400.0), Piece(shapely.to_wkb(shapely.difference(outline, west)), 1200.0)]
        split_parcels(self.register, "B1", {label: pieces}, by="甲", effective_on="2026-05-25")

    def ended(self, at):
        """A case that ends without being filed; its parcel may be cut afterwards."""
        case = pursuing.open_case(self.register, "B1", [LABELS[at]], on="2026-05-21", particulars={"source": "2"}, by="甲")
        for act, said in (("site_check", {"officers": ["p1", "p2"], "findings": "地坪"}), ("not_file", {"reason": "轻微", "cause": "minor"})):
            pursuing.do_act(self.register, case, act, on="2026-05-22", particulars=said, by="甲")

    def undo(self):
        undo(self.register, by="甲", with_dependents=True)


# --- the second writing -----------------------------------------------------------------------------------------------


def standing_events(register, day):
    """Events in force, oldest first, that speak of the day or before; an undo takes whole actions and single events out."""
    gone, kept = set(), []
    for event in reversed(register.storage.events()):
        if event.group in gone or event.uuid in gone:
            continue
        if event.kind == "undone":
            gone.update(event.payload["groups"])
            gone.update(event.payload["events"])
        else:
            kept.append(event)
    return [event for event in reversed(kept) if event.effective_on <= day]


def world(register, day):
    """Living parcels (area, verdict, illegal land) and remedies after the events, as plain dictionaries."""
    parcels, remedies = {}, {}
    for event in standing_events(register, day):
        said = event.payload
        if event.kind == "batch_issued":
            frame = register.storage.frame("parcel")
            for row in frame[frame["TBZT"].isin(["0", "1"]) & frame["parent_id"].isna()].to_dict("records"):
                parcels[row["parcel_id"]] = {"area": WHOLE, "verdict": "0", "sub": None}
        elif event.kind == "verdict_given" and said["parcel"] in parcels:
            told = said["verdict"]
            parcels[said["parcel"]].update(verdict=told["PDJL1"], sub=told["PDJL2"], illegal=told["WFMJ"], cultivated=told["WFGD"])
        elif event.kind == "parcel_split" and said["parcel"] in parcels:
            if any(r["parcel"] == said["parcel"] and not r["withdrawn"] for r in remedies.values()):
                continue
            del parcels[said["parcel"]]
            for child in said["children"]:
                parcels[child["id"]] = {"area": child["DKMJ"], "verdict": "0", "sub": None}
        elif event.kind == "remedy_ordered":
            track = said["track"]
            if parcels.get(track["parcel"], {}).get("verdict") == "2":
                remedies[track["id"]] = {"parcel": track["parcel"], "kind": track["kind"], "ordered": track["ordered"], "done": [],
                                         "status": "0", "on": None, "withdrawn": False}
        elif said.get("remedy") in remedies:
            follow(remedies[said["remedy"]], event.kind, said)
    return parcels, remedies


def follow(remedy, kind, said):
    if kind == "remedy_progressed":
        remedy["done"].append((said["step"]["on"], said["step"]["amount"]))
    elif kind == "remedy_accepted" and remedy["done"]:
        remedy.update(status=said["acceptance"]["status"], on=said["acceptance"]["on"])
    elif kind == "remedy_withdrawn":
        remedy["withdrawn"] = True


def finished(remedy):
    """Everything ordered is done, the acceptance is finished, and nothing was done after it."""
    done = {unit: sum(Fraction(amount.get(unit, 0)) for _day, amount in remedy["done"]) for unit in remedy["ordered"]}
    whole = all(done[unit] >= Fraction(value) - Fraction(1, 10 ** 6) for unit, value in remedy["ordered"].items())
    return whole and remedy["status"] == "2" and all(day <= remedy["on"] for day, _amount in remedy["done"])


def settled(parcel_id, parcel, remedies):
    """R40, with the day it became true; tracks lie side by side, land claimed twice settles nothing."""
    own = [r for r in remedies.values() if r["parcel"] == parcel_id and not r["withdrawn"]]
    land = sum(Fraction(r["ordered"]["land_m2"]) for r in own)
    beyond = land - Fraction(parcel["illegal"])
    if not own or not all(map(finished, own)) or not 0 <= beyond <= Fraction(20, 3):
        return own, None
    return own, max(r["on"] for r in own)


def cases_in_force(events, day):
    """An ended case stays, whatever becomes of its parcel; one on a parcel that was not judged illegal by then has no ground."""
    illegal, found = set(), 0
    for event in events:
        if event.kind == "verdict_given":
            (illegal.add if event.payload["verdict"]["PDJL1"] == "2" else illegal.discard)(event.payload["parcel"])
        elif event.kind == "parcel_split":
            illegal.discard(event.payload["parcel"])
        elif event.kind == "case_opened":
            found += set(event.payload["parcels"]) <= illegal
    return found


def taken_off(own, unit, kinds, most):
    return min(sum(Fraction(r["ordered"][unit]) for r in own if r["kind"] in kinds), Fraction(most))


def deducting(own):
    """Demolition of a parcel without cultivated land leaves nothing to reclaim, so it counts as reclaimed."""
    return [dict(r, kind="reclamation") if r["kind"] == "demolition" and r["ordered"]["cultivated_m2"] == 0 else r for r in own]


def expected(register, day):
    parcels, remedies = world(register, day)
    sums = dict.fromkeys(("illegal", "cultivated", "new", "r3", "r4", "shrink", "shrink_cultivated", "open", "open_cultivated"),
                         Fraction(0))
    rectified = 0
    for parcel_id, parcel in parcels.items():
        if parcel["verdict"] in ("1", "2"):
            sums["new"] += Fraction(parcel["area"])
        if parcel["verdict"] != "2":
            continue
        area, cultivated = Fraction(parcel["illegal"]), Fraction(parcel["cultivated"])
        own, on = settled(parcel_id, parcel, remedies)
        sums["illegal"] += area
        sums["cultivated"] += cultivated
        rectified += on is not None
        sums["open"] += area if on is None else 0
        sums["open_cultivated"] += cultivated if on is None else 0
        counted = deducting(own) if on is not None and on <= CUT_OFF else []
        sums["r3"] += taken_off(counted, "land_m2", DEDUCTED, area)
        unsupplied = cultivated if parcel["sub"] == "203" else Fraction(0)
        sums["r4"] += min(unsupplied + taken_off(counted, "cultivated_m2", DEDUCTED, cultivated), cultivated)
        sums["shrink"] += taken_off(counted, "land_m2", SHRINKS, area)
        sums["shrink_cultivated"] += taken_off(counted, "cultivated_m2", SHRINKS, cultivated)
    return sums, rectified


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories, st.sampled_from(DAYS + ("2026-12-31",) * 8))
def test_figures_are_what_a_second_writing_gets_from_the_events(history, day):
    with tempfile.TemporaryDirectory() as folder, new_register(Path(folder)) as register:
        rows = [patch(label, square(n), row=n) for n, label in enumerate(LABELS, 1)]
        issue_batch(register, info(deduct_until=CUT_OFF), intake(rows), by="登记员")
        Player(register).play(history)
        county = figures.township_table(register, figures.Scope(batch="B1", effective_on=day))[-1]
        sums, rectified = expected(register, day)
        events = standing_events(register, day)
    # legal parcels have no measured cultivated land here: the denominator of r2 and r4 is what is illegal (§0.2 (14))
    wanted = {"r1": (sums["illegal"], sums["new"]), "r2": (sums["cultivated"], sums["cultivated"]),
              "r3": (sums["illegal"] - sums["r3"], sums["new"] - sums["shrink"]),
              "r4": (sums["cultivated"] - sums["r4"], sums["cultivated"] - sums["shrink_cultivated"]),
              "r5": (sums["open"], sums["illegal"]), "r6": (sums["open_cultivated"], sums["cultivated"])}
    for code, (numerator, denominator) in wanted.items():
        assert county.ratios[code].numerator == pytest.approx(float(numerator * 3_000_000), abs=10), code
        if denominator is not None:
            assert county.ratios[code].denominator == pytest.approx(float(denominator * 3_000_000), abs=10), code
    assert county.figures["denominator_cultivated_units"] == pytest.approx(float(sums["shrink_cultivated"] * 3_000_000), abs=10)
    assert county.figures["rectified"] == rectified and county.adds_up
    assert county.figures["illegal"] == county.figures["rectified"] + county.figures["open"]
    assert all(0 <= ratio.value <= 1 for code, ratio in county.ratios.items() if code in wanted and ratio.value is not None)
    assert county.figures["cases"] == cases_in_force(events, day)
