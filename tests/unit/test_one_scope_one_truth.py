"""What trials found on figures: each right value as a worked case in a real register, and one truth of one scope held by a property
(domain.md §0.2 (9), (11)–(14)): the table, the paragraph, the work lists and the exported rows of any scope and day agree."""
from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings, strategies as st

from land_inspector.errors import LandInspectorError, RefusedError
from land_inspector.exchange.township_figures import indicator_rows
from land_inspector.law.rulepack import shipped_packs
from land_inspector.register import guards, figures, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.proposing import import_pack
from land_inspector.register.splitting import Piece, merge_parcels, split_parcels
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.work_lists import read_pursuit
from tests.examples import examples
from tests.factories import info, intake, new_register, patch, square, township
from tests.unit.law_cases import FINE, SAID

ROWS = range(1, 7)
LAND = {"land_m2": 1600.0, "cultivated_m2": 800.0}


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(deduct_until="2026-09-30"), intake([row(n) for n in ROWS]), by="登记员")
        judge(made, "T001", "T002", "T003")
        yield made


def row(n):
    return patch(f"T{n:03d}", square(n), row=n)


def judge(register, *labels, level="2", day="2026-05-20", cultivated=800.0):
    sub = {"1": "101", "2": "201", "3": "301"}[level]
    said = {"PDJL1": level, "PDJL2": sub}
    whole = {**said, "WFMJ": 1600.0, "WFGD": cultivated} if level == "2" else said
    return give_verdicts(register, "B1", [Entry(label, said if "-" in label else whole) for label in labels], by="甲", effective_on=day)


def act(register, case, name, on, **said):
    return pursuing.do_act(register, case, name, on=on, particulars={**SAID[name], **said}, by="甲", with_remedies=True)


def opened(register, label, on="2026-05-25", *acts):
    case = pursuing.open_case(register, "B1", [label], on=on, particulars=SAID["clue"], by="甲")
    for name, day in acts:
        act(register, case, name, day)
    return case


def halves(register, label, share=0.5):
    found = register.parcels("B1").set_index("DKBH").loc[label]
    outline = shapely.from_wkb(register.storage.shapes([found["shape_id"]])[found["shape_id"]])
    x0, y0, x1, y1 = outline.bounds
    west = shapely.box(x0, y0, x0 + (x1 - x0) * share, y1)
    return [Piece(shapely.to_wkb(part), part.area) for part in (west, shapely.difference(outline, west))]


def cut(register, label, **how):
    split_parcels(register, "B1", {label: halves(register, label)}, by="甲", **how)


def county(register, **scope):
    return figures.township_table(register, figures.Scope(**scope))[-1]


def counts(register, *names, **scope):
    found = county(register, **scope).figures
    return tuple(found[name] for name in names)


def done(register, kind="reclamation", amount=None, accepted="2026-08-01", label="T001"):
    key = pursuing.order_remedy(register, "B1", label, kind, amount or LAND, on="2026-06-01", by="甲")
    pursuing.record_progress(register, {key: amount or LAND}, on="2026-07-01", by="甲")
    if accepted:
        pursuing.accept_remedies(register, [key], on=accepted, level="2", by="甲")
    return key


# --- the findings, row by row ---------------------------------------------------------------------------------------------


def test_pieces_of_a_cut_along_the_township_line_answer_each_in_its_own(tmp_path):
    west, east = township("331082100", "古城街道", (-10, 1)), township("331082101", "大田街道", (1, 1000))
    with new_register(tmp_path, [west, east]) as made:
        issue_batch(made, info(), intake([patch("T001", square(1, shift=-20.0)), patch("T002", square(3), row=2)]), by="登记员")
        cut(made, "T001")
        cut(made, "T002")  # lies wholly in the east, and the issuer named the west: the issuer's word stands
        judge(made, "T001-01", "T001-02")
        for scope in (figures.Scope(batch="B1"), figures.Scope(effective_on="2026-11-30"), figures.Scope(year=2026)):
            rows = figures.township_table(made, scope)
            assert [row.figures["illegal"] for row in rows] == [1, 1, 2]
        case = opened(made, "T001-02", "2026-05-25", ("site_check", "2026-05-26"), ("file", "2026-05-28"))
        assert case and [row.figures["filed"] for row in figures.township_table(made, figures.Scope())] == [0, 1, 1]
        assert {one.place.township for one in unfiled(made)} == {"331082100"}
        towns = made.parcels("B1").set_index("DKBH")[["XZDM", "XZMC"]]
        assert towns.loc["T001-02"].tolist() == ["331082101", "大田街道"] and towns.loc["T002-02", "XZDM"] == "331082100"
        merge_parcels(made, "B1", ["T002-01", "T002-02"], by="甲")
        assert made.parcels("B1").set_index("DKBH").loc["T002", "XZDM"] == "331082100"


def test_what_has_not_come_yet_is_not_recorded(register):
    key = done(register, accepted=None)
    with pytest.raises(RefusedError, match="2098-08-01 has not come yet"):
        pursuing.accept_remedies(register, [key], on="2098-08-01", level="2", by="甲")
    with pytest.raises(RefusedError, match="has not come yet"):
        judge(register, "T004", day="2098-01-01")
    with pytest.raises(RefusedError, match="has not come yet"):
        pursuing.open_case(register, "B1", ["T001"], on="2098-05-25", particulars=SAID["clue"], by="甲")
    judged = give_verdicts(register, "B1", [Entry("T004", {"PDJL1": "2", "PDJL2": "201", "JSSJ": "2098-01-01"})], by="甲")
    assert "has not come yet" in str(judged.refused[0].reason)


def test_an_acceptance_of_2098_that_an_older_version_took_counts_from_its_day_only(register, monkeypatch):
    monkeypatch.setattr(guards, "today", lambda: date(2099, 1, 1))
    done(register, accepted="2098-08-01")
    monkeypatch.undo()
    now, then = county(register, batch="B1"), county(register, batch="B1", effective_on="2098-08-01")
    assert (now.figures["rectified"], then.figures["rectified"]) == (0, 1)
    assert now.ratios["r4"].numerator == now.ratios["r2"].numerator
    assert read_pursuit(register).unrectified and set(read_pursuit(register).unrectified) == set(
        register.parcels("B1").query("PDJL1 == '2'")["parcel_id"])


@pytest.mark.parametrize("ended", ["not_file", "no_penalty"])
def test_an_ended_case_stays_when_its_parcel_is_cut_afterwards(register, ended):
    way = {"not_file": [("site_check", "2026-05-26"), ("not_file", "2026-05-28")],
           "no_penalty": [("site_check", "2026-05-26"), ("file", "2026-05-28"), ("investigate", "2026-06-15"),
                          ("no_penalty", "2026-06-20")]}
    opened(register, "T001", "2026-05-25", *way[ended])
    before = counts(register, "cases", "should_file", "filed", "handled", "without_case", batch="B1")
    cut(register, "T001")
    judge(register, "T001-01", "T001-02")
    assert counts(register, "cases", "should_file", "filed", "handled", "without_case", batch="B1") == before
    assert figures.county_year(register, figures.Scope(year=2026)).found == 3
    assert [one.entry.parcel for one in unfiled(register)] == sorted_ids(register, "T002", "T003")


def test_an_ended_case_stays_when_its_piece_was_merged_with_another(register):
    cut(register, "T001")
    judge(register, "T001-01", "T001-02")
    opened(register, "T001-02", "2026-05-25", ("site_check", "2026-05-26"), ("not_file", "2026-05-28"))
    merge_parcels(register, "B1", ["T001-01", "T001-02"], by="甲")
    judge(register, "T001", day=None)
    assert counts(register, "cases", "without_case", batch="B1") == (1, 2)


def unfiled(register):
    table, day = read_pursuit(register).table, date(2026, 11, 1)
    return sorted((table.row(int(n), day) for n in table.rows("unfiled", day)), key=lambda one: one.entry.parcel)


def sorted_ids(register, *labels):
    found = register.parcels("B1").set_index("DKBH")["parcel_id"]
    return sorted(found[label] for label in labels)


def test_a_filed_case_stays_when_a_re_issue_no_longer_holds_its_patch(register):
    opened(register, "T001", "2026-05-25", ("site_check", "2026-05-26"), ("file", "2026-05-28"))
    before = counts(register, "cases", "filed", "found", batch="B1")
    issue_batch(register, info(), intake([row(n) for n in ROWS if n != 1], digest="d2"), by="登记员")
    assert counts(register, "cases", "filed", "found", batch="B1") == before == (1, 1, 3)
    told = figures.county_year(register, figures.Scope(year=2026))
    assert (told.filed, told.found) == (1, 3)
    assert figures.township_table(register, figures.Scope(batch="B1"))[0].figures["filed"] == 1


def test_of_a_thousand_demolished_the_six_hundred_that_were_reclaimed_leave_r4(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(deduct_until="2026-09-30"), intake([row(1)]), by="登记员")
        give_verdicts(made, "B1", [Entry("T001", {"PDJL1": "2", "PDJL2": "201", "WFMJ": 1000.0, "WFGD": 1000.0})], by="甲",
                      effective_on="2026-05-20")
        down = {"land_m2": 1000.0, "cultivated_m2": 1000.0}
        first = pursuing.order_remedy(made, "B1", "T001", "demolition", {**down, "building_m2": 90.0}, on="2026-06-01", by="甲")
        back = {"land_m2": 600.0, "cultivated_m2": 600.0}
        second = pursuing.order_remedy(made, "B1", "T001", "reclamation", back, on="2026-06-01", same_ground_as=first, by="甲")
        pursuing.record_progress(made, {first: {**down, "building_m2": 90.0}, second: back}, on="2026-07-01", by="甲")
        pursuing.accept_remedies(made, [first, second], on="2026-08-01", level="2", by="甲")
        found = county(made, batch="B1")
        assert (found.figures["r4_units"], found.figures["reclaimed_units"]) == (600 * 3_000_000, 600 * 3_000_000)


def test_reclaimed_is_what_was_accepted_in_table_and_paragraph(register):
    done(register)
    key = done(register, label="T002", accepted=None)
    pursuing.accept_remedies(register, [key], on="2026-08-01", level="2", status="9", by="甲")
    told = figures.county_year(register, figures.Scope(year=2026))
    assert counts(register, "reclaimed_units", "reclaimed_in_units", year=2026) == (1600 * 3_000_000,) * 2
    assert (told.reclaimed_parcels, told.reclaimed_m2) == (1, 1600.0)


def test_a_past_year_counts_what_happened_in_it_by_its_own_date_and_its_cohort_as_of_the_day(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(issued_on="2025-05-10"), intake([row(1), row(2)]), by="登记员")
        judge(made, "T001", "T002", day="2025-05-20")
        acts = [("site_check", "2025-05-26"), ("file", "2025-05-28"), ("investigate", "2025-06-15"), ("legal_review", "2025-06-20"),
                ("notice", "2025-06-22"), ("hearing_notice", "2025-06-22"), ("decide", "2025-07-10"), ("serve", "2025-07-13")]
        case = opened(made, "T001", "2025-05-25", *acts)
        ordered = {track.kind: (track.id, track.ordered.as_record()) for track in pursuing.tracks(made)}
        for on, share in (("2025-08-01", 0.5), ("2026-02-01", 0.5)):
            pursuing.record_progress(made, {ordered["fine"][0]: {"fen": int(ordered["fine"][1]["fen"] * share)}}, on=on, by="甲")
        pursuing.record_progress(made, {ordered["demolition"][0]: ordered["demolition"][1]}, on="2026-01-15", by="甲")
        pursuing.accept_remedies(made, [ordered["demolition"][0]], on="2026-02-01", level="1", by="甲")
        act(made, case, "perform", "2026-02-10")
        act(made, case, "close", "2026-03-01")
        scopes = {n: figures.county_year(made, figures.Scope(year=n)) for n in (2025, 2026)}
        half = ordered["fine"][1]["fen"] // 2
        assert [(one.closed_in, one.filed_in, one.fines_and_gains_fen) for one in scopes.values()] == [(0, 1, half), (1, 0, half)]
        assert [one.demolished_building_m2 for one in scopes.values()] == [0.0, ordered["demolition"][1]["building_m2"]]
        assert int(scopes[2025].closing.numerator) == 1 and scopes[2025].found == 1 and scopes[2026].found == 1  # T002 without a case
        at_the_end = figures.county_year(made, figures.Scope(year=2025, effective_on="2025-12-31"))
        assert (int(at_the_end.closing.numerator), at_the_end.fines_and_gains_fen) == (0, half)


def test_a_rule_pack_that_came_later_changes_no_figure_as_known_earlier(register):
    moment = register.storage.events()[-1].recorded_at
    before = county(register, batch="B1", known_at=moment)
    own = json.loads(json.dumps(next(dict(pack.content) for pack in shipped_packs() if pack.regime == "N")))
    own.update(id="own", valid_from="2026-01-01", denominator_mode="gross",
               thresholds=[{"code": "own", "name": {"zh": "本县", "en": "Own"}, "indicators": ["r1"], "sign": ">", "percent": 1}])
    import_pack(register, json.dumps(own, ensure_ascii=False).encode("utf-8"), "own.json", by="科长")
    assert county(register, batch="B1", known_at=moment) == before
    assert county(register, batch="B1").breached == (("r1", "own"),)


def test_a_verdict_of_an_earlier_day_never_overrules_a_later_one(register):
    judge(register, "T001", level="3", day="2026-08-05")
    refused = judge(register, "T001", level="1", day="2026-06-15").refused
    assert "judged as of 2026-08-05" in str(refused[0].reason) and "Undo the later verdict first" in str(refused[0].reason)
    assert register.parcels("B1").set_index("DKBH").loc["T001", "PDJL1"] == "3"
    assert not judge(register, "T001", level="1", day="2026-08-05").refused  # the same day: the one recorded later counts


def test_a_verdict_that_is_done_again_does_not_overrule_against_the_order_of_days(register):
    later = judge(register, "T001", level="3", day="2026-08-05").recorded
    taken_back = undo(register, later.group, by="甲")
    judge(register, "T001", level="1", day="2026-06-15")
    with pytest.raises(RefusedError, match="judged again since"):
        undo(register, taken_back.group, by="甲")


def test_a_fine_that_was_paid_stays_when_its_parcel_is_judged_legal_and_is_marked(register):
    key = pursuing.order_remedy(register, "B1", "T001", "fine", {"fen": 500_000}, on="2026-06-01", by="甲")
    pursuing.record_progress(register, {key: {"fen": 500_000}}, on="2026-07-01", by="甲")
    assert counts(register, "fine_fen", "fine_paid_fen", "lapsed_paid_fen", batch="B1") == (500_000, 500_000, 0)
    judge(register, "T001", level="1", day="2026-08-05")
    assert counts(register, "fine_fen", "fine_paid_fen", "lapsed_paid_fen", batch="B1") == (500_000, 500_000, 500_000)
    told = [str(one) for one in figures.paragraph(register, figures.Scope(year=2026))]
    assert "Of this, 5000 yuan were paid for land that is not judged illegal any more." in told


def test_undoing_a_hearing_notice_under_a_large_decision_names_the_decision(register):
    acts = [("site_check", "2026-05-26"), ("file", "2026-05-28"), ("investigate", "2026-06-05"), ("legal_review", "2026-06-08")]
    case = opened(register, "T001", "2026-05-25", *acts)
    remedies = [dict(FINE, amount={"fen": 10_200_000})]
    act(register, case, "notice", "2026-06-10", remedies=remedies)
    told = act(register, case, "hearing_notice", "2026-06-10")
    act(register, case, "decide", "2026-06-25", remedies=remedies)
    with pytest.raises(DependentsError) as refused:
        undo(register, told.group, by="甲")
    assert [event.payload.get("act") for event in refused.value.events if event.kind == "case_act"] == ["decide"]
    undo(register, told.group, by="甲", with_dependents=True)
    assert pursuing.cases(register)[0].state == "S6"


# --- one truth ------------------------------------------------------------------------------------------------------------

LABELS = ("T001", "T002", "T003", "T004")
DAYS = ("2025-11-20", "2026-01-10", "2026-05-22", "2026-06-15", "2026-08-05", "2026-10-01", "2026-11-15")
CASE_WAY = ("site_check", "file", "investigate", "legal_review", "notice", "hearing_notice", "decide", "serve")
judged = st.tuples(st.just("judged"), st.integers(0, 9), st.sampled_from("1223"), st.sampled_from(DAYS))
cases = st.tuples(st.just("case"), st.integers(0, 9), st.sampled_from(DAYS), st.sampled_from([0, 1, 2, 8]),
                  st.sampled_from([None, "not_file", "transfer_case"]))
money = st.tuples(st.just("remedy"), st.integers(0, 9), st.sampled_from(["fine", "reclamation", "demolition", "discipline"]),
                  st.sampled_from(DAYS), st.sampled_from([None, "2", "9", "1"]))
rest = st.sampled_from([("cut", 0), ("cut", 1), ("gone", 2), ("merged",), ("undone",)])
stories = st.lists(st.one_of(judged, cases, money, rest), min_size=2, max_size=9)


class Player:
    """Plays a history; what the register refuses simply did not happen."""

    def __init__(self, register):
        self.register = register

    def play(self, history):
        for name, *said in history:
            try:
                getattr(self, name)(*said)
            except LandInspectorError:
                continue

    def label(self, at):
        living = sorted(self.register.parcels("B1")["DKBH"])
        return living[at % len(living)]

    def judged(self, at, level, day):
        judge(self.register, self.label(at), level=level, day=day)

    def case(self, at, day, acts, end):
        opened(self.register, self.label(at), day, *[(name, day) for name in CASE_WAY[:acts]], *([(end, day)] if end else []))

    def remedy(self, at, kind, day, accepted):
        amount = {"fine": {"fen": 90_000}, "discipline": {"persons": 2}, "reclamation": LAND}.get(kind, {**LAND, "building_m2": 50.0})
        label = self.label(at)
        now = self.register.parcels("B1")
        chosen = set(now[now["DKBH"] == label]["parcel_id"])
        case = next((one for one in pursuing.cases(self.register) if one.parcels[0] in chosen), None)
        key = pursuing.order_remedy(self.register, "B1", label, kind, amount, on=day, case=case.id if case else None, by="甲")
        pursuing.record_progress(self.register, {key: amount}, on=day, by="甲")
        if accepted:
            pursuing.accept_remedies(self.register, [key], on=day, level="1", status=accepted, by="甲")

    def cut(self, at):
        cut(self.register, self.label(at))

    def merged(self):
        pieces = [one for one in sorted(self.register.parcels("B1")["DKBH"]) if "-" in one]
        merge_parcels(self.register, "B1", pieces[:2], by="甲")

    def gone(self, at):
        digest = f"d{len(self.register.storage.events())}"
        kept = [row(n) for n, label in enumerate(LABELS, 1) if n != at + 1]
        issue_batch(self.register, info(issued_on="2025-11-10", deduct_until="2026-09-30"), intake(kept, digest=digest), by="登记员")

    def undone(self):
        undo(self.register, by="甲", with_dependents=True)


def agree(register, scope):
    """Table, rows for export, paragraph and work lists of one scope and day."""
    found = figures.frames(register, scope)
    *towns, whole = figures.table_of(found, "演示县")
    told = figures.figures_of(found)
    said = whole.figures
    assert (told.filed, told.should_file, told.found) == (said["filed"], said["should_file"], said["found"])
    assert (int(told.handling.numerator), int(told.closing.numerator)) == (said["handled"], said["closed"])
    assert (told.filed_in, told.decided_in, told.closed_in) == (said["filed_in"], said["decided_in"], said["closed_in"])
    assert (told.fines_and_gains_fen, told.reclaimed_parcels) == (said["money_in_fen"], said["reclaimed_parcels_in"])
    assert (told.discipline_cases, told.discipline_proposed) == (said["discipline_cases_in"], said["discipline_proposed_in"])
    assert told.reclaimed_m2 * 3_000_000 == pytest.approx(said["reclaimed_in_units"])
    assert told.demolished_building_m2 * 3_000_000 == pytest.approx(said["demolished_building_in_units"])
    for name in said:
        assert sum(town.figures[name] for town in towns) == said[name], name
    assert all(0 <= ratio.value <= 1 for code, ratio in whole.ratios.items() if code.startswith("r") and len(code) == 2
               and ratio.value is not None)
    assert whole.adds_up and said["filed"] <= said["should_file"] <= said["found"]
    printed = indicator_rows(register, scope, by="county", language="en")[-1]
    assert (printed["LA_FZ"], printed["LA_FM"], printed["CC_FM"]) == (said["filed"], said["should_file"], said["found"])
    assert printed["EFF_ON"] == found.until.isoformat()
    return found, said


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories, st.sampled_from(DAYS[2:] + ("2026-11-30",) * 3))
def test_table_paragraph_lists_and_export_of_one_scope_and_day_agree(history, day):
    with tempfile.TemporaryDirectory() as folder, new_register(Path(folder)) as register:
        issue_batch(register, info(issued_on="2025-11-10", deduct_until="2026-09-30"),
                    intake([row(n) for n, _label in enumerate(LABELS, 1)]), by="登记员")
        Player(register).play(history)
        for scope in (figures.Scope(), figures.Scope(batch="B1"), figures.Scope(year=2026), figures.Scope(year=2026, month=5)):
            agree(register, figures.Scope(scope.batch, scope.year, scope.month, effective_on=day))
        found, said = agree(register, figures.Scope(effective_on=day))
        pursuit = read_pursuit(register, date.fromisoformat(day))
        on = date.fromisoformat(day)
        listed = [pursuit.table.row(int(n), on).entry for n in pursuit.table.rows("unfiled", on)]
        living = set(found.parcels["parcel_id"])
        assert len({one.parcel for one in listed if one.case is None and one.parcel in living}) == said["without_case"]
        still_open = {key for key in pursuit.unrectified if key in living}
        assert len(still_open) == said["open"]
