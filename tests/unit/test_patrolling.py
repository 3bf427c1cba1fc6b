"""Patrols in a register: planned, logged, counted, their tracks and findings; counted against a second writing."""
from __future__ import annotations

import itertools
import random
from datetime import date

import numpy as np
import pytest
import shapely

from land_inspector.errors import InputError, RefusedError, StaleError
from land_inspector.law import patrols as law
from land_inspector.register import figures, findings as find, issuing, kinds, patrolling
from land_inspector.register.events import in_force
from land_inspector.register.fold import fold
from land_inspector.register.parties import leave_out
from land_inspector.register.patrolling import KeptTrack, Log, Seen
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import X0, Y0, info, intake, judge, new_register, patch, square, township

TOWNS = [township("331082101", "甲镇", (0, 4)), township("331082102", "乙镇", (5, 9))]


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path, TOWNS) as register:
        yield register


@pytest.fixture
def station(register):
    return register.townships()["ZSDM"].iloc[0]


def log(station, on="2026-05-12", start="8:30", end="11:00", officers=("王某", "李某"), route="古城—大洋", **more):
    return Log(station, on, start, end, officers, route=route, **more)


def inside(register):
    """A place in the first township, degrees."""
    return patrolling.in_degrees(register, [(X0 + 50.0, Y0 + 50.0)])[0]


TRACK = KeptTrack("ab" * 32, "a.gpx", 5200.0, 3600.0, 400, 2, "2026-05-12T00:30:00Z", "2026-05-12T03:00:00Z")


def test_a_patrol_is_planned_logged_and_counted_and_undone_like_everything(register, station):
    key = patrolling.plan_patrol(register, Log(station, "2026-05-12", area="2", officers=("王某",)))
    assert [(p.planned, p.logged) for p in patrolling.patrols(register)] == [(1, 0)]
    patrolling.log_patrol(register, log(station, violation=False), patrol=key)
    (kept,) = patrolling.patrols(register)
    assert (kept.planned, kept.logged, kept.KSSJ, kept.SFWF) == (1, 1, "08:30", 0)
    (month,) = [m for m in patrolling.station_table(register, date(2026, 5, 1), date(2026, 5, 31)) if m.station == station]
    assert (month.logged, month.valid, month.shortfall) == (1, 1, month.required - 1)
    undo(register, register.storage.last_group(None)[0], reason="误录")
    assert [(p.planned, p.logged) for p in patrolling.patrols(register)] == [(1, 0)]


def test_a_register_that_keeps_no_names_lets_none_in_by_the_words_of_a_patrol(tmp_path):
    with new_register(tmp_path, TOWNS, name="none.gpkg") as register:
        leave_out(register)
        place = register.townships()["ZSDM"].iloc[0]
        key = patrolling.log_patrol(register, log(place, handling="责令当事人李建国停工", remarks="电话13812345678"))
        found = patrolling.mark_finding(register, Seen(place, "2026-05-12", inside(register), builder="横桥村3组张三", approval="村民赵六未批"),
                                        patrol=key)
        patrolling.correct_finding(register, found, {"BZ": "联系人王小明"})
        said = " ".join(str(event.payload) for event in register.storage.events())
        assert not [name for name in ("李建国", "13812345678", "张三", "赵六", "王小明") if name in said]


def test_a_plan_may_lie_ahead_and_a_log_may_not(register, station):
    patrolling.plan_patrol(register, Log(station, "2099-01-01"))
    assert [p.XCRQ for p in patrolling.patrols(register)] == ["2099-01-01"]


def test_what_is_stored_is_what_the_events_add_up_to_after_reopening_too(register, station, tmp_path):
    key = patrolling.log_patrol(register, log(station))
    patrolling.add_track(register, key, TRACK)
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", inside(register), builder="张三", project="厂房", state="1",
                                                   cultivated_m2=7000.0, handling="220"), patrol=key)
    patrolling.act_on_finding(register, found, law.REPORTED, on="2026-05-14", said={"number": "报1号"})
    issuing.issue_batch(register, info(), intake([patch("T001", square(1))]))
    (target,) = register.storage.load_state().patches
    patrolling.link_findings(register, [(found, target)])
    register.close()
    with Register.open(tmp_path / "register.gpkg") as again:
        folded = fold(in_force(again.storage.events()), again.issued_rows_of(None))
        assert folded.same_as(again.storage.load_state()) == []
        row = patrolling.as_finding(patrolling.findings(again)[0])
        assert [act for act, _on in row.acts] == [law.STOP_ORDER, law.REPORTED] and row.patches == {target}
        assert "张三" not in str([event.payload for event in again.storage.events()])
        assert verify(again).is_sound if hasattr(verify(again), "is_sound") else not verify(again).broken


def test_undoing_a_verdict_on_a_patch_leaves_the_finding_that_met_it(register, station):
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", inside(register), project="厂房", state="1", handling="220"))
    issuing.issue_batch(register, info(), intake([patch("T001", square(1))]))
    (target,) = register.storage.load_state().patches
    patrolling.link_findings(register, [(found, target)])
    judge(register, {"T001": "1"})
    undo(register, judge(register, {"T001": "2"}).group, by="甲")
    assert [one.id for one in patrolling.findings(register)] == [found]
    assert fold(in_force(register.storage.events()), register.issued_rows_of(None)).same_as(register.storage.load_state()) == []


def test_bad_logs_are_refused_with_what_to_do_and_nothing_is_kept(register, station):
    for wrong, says in ((log("nowhere"), "no station nowhere"), (log(station, on="2099-01-01"), "still to come"),
                        (log(station, start="9:00", end="8:00"), "not after it begins"), (log(station, start="早上"), "no time of a day"),
                        (log(station, on=""), "needs its date")):
        with pytest.raises(InputError, match=says):
            patrolling.log_patrol(register, wrong)
    assert patrolling.patrols(register) == [] and not register.storage.events_of_kind(kinds.PATROL_LOGGED)


def test_a_log_that_does_not_count_is_kept_and_says_why(register, station):
    patrolling.log_patrol(register, log(station, officers=("王某",)))
    patrolling.log_patrol(register, log(station, on="2026-05-13", route=None))
    patrolling.log_patrol(register, log(station, on="2026-05-14"))
    (month,) = [m for m in patrolling.station_table(register, date(2026, 5, 1), date(2026, 5, 31)) if m.station == station]
    assert (month.logged, month.valid) == (3, 1) and len(month.refused) == 2
    key = [p.id for p in patrolling.patrols(register) if p.XCRQ == "2026-05-13"][0]
    patrolling.add_track(register, key, TRACK)
    (month,) = [m for m in patrolling.station_table(register, date(2026, 5, 1), date(2026, 5, 31)) if m.station == station]
    assert month.valid == 2


def test_one_track_proves_one_patrol_and_counts_once(register, station):
    first, second = patrolling.log_patrol(register, log(station)), patrolling.log_patrol(register, log(station, on="2026-05-13"))
    patrolling.add_track(register, first, TRACK)
    with pytest.raises(RefusedError, match="already"):
        patrolling.add_track(register, first, TRACK)
    with pytest.raises(RefusedError, match="2026-05-12"):
        patrolling.add_track(register, second, TRACK)


def test_a_withdrawn_patrol_counts_no_more_and_takes_nothing_more(register, station):
    key = patrolling.log_patrol(register, log(station))
    with pytest.raises(InputError, match="reason"):
        patrolling.withdraw_patrol(register, key, reason=" ")
    patrolling.withdraw_patrol(register, key, reason="误录")
    assert patrolling.patrols(register) == []
    with pytest.raises(RefusedError, match="no such patrol"):
        patrolling.add_track(register, key, TRACK)


def test_acts_on_findings_have_their_order(register, station):
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", cultivated_m2=100.0))
    with pytest.raises(InputError, match="follows on a finding"):
        patrolling.act_on_finding(register, found, "dance", on="2026-05-13")
    with pytest.raises(RefusedError, match="before the finding"):
        patrolling.act_on_finding(register, found, law.STOP_ORDER, on="2026-05-11")
    with pytest.raises(RefusedError, match="no such finding"):
        patrolling.act_on_finding(register, "elsewhere", law.STOP_ORDER, on="2026-05-13")


def test_what_a_finding_asks_for_and_when(register, station):
    pack = patrolling.choose_for_day(register, date(2026, 5, 31))
    small = law.Finding("f", station, date(2026, 5, 12), cultivated_m2=100.0)
    large = law.Finding("f", station, date(2026, 5, 12), cultivated_m2=7000.0)
    lists = lambda f, until=date(2026, 6, 1): {d.list: d.due_on for d in law.dues_of(f, pack, until)}  # noqa: E731
    assert lists(small) == {law.NOT_STOPPED: date(2026, 5, 15), law.NOT_FILED: date(2026, 5, 26)}
    assert lists(large)[law.NOT_REPORTED] == date(2026, 5, 15)
    stopped = law.Finding("f", station, date(2026, 5, 12), acts=((law.STOP_ORDER, date(2026, 5, 13)),))
    assert set(lists(stopped)) == {law.NOT_REPORTED, law.NOT_FILED}  # building goes on after the order
    assert set(lists(stopped, date(2026, 5, 12))) == {law.NOT_STOPPED, law.NOT_FILED}  # the order has not been given yet on that day
    over = law.Finding("f", station, date(2026, 5, 12), acts=((law.REMOVED, date(2026, 5, 13)),))
    assert lists(over) == {}


def test_rates_of_findings():
    issued = [law.SatellitePatch(key, date(2026, 6, 1)) for key in "abc"]
    finding = lambda patches, on, acts=(): law.Finding("f", "S", on, acts=acts, patches=frozenset(patches))  # noqa: E731
    found = [finding("a", date(2026, 5, 1)), finding("b", date(2026, 6, 1)), finding("x", date(2026, 5, 1))]
    one = law.discovery(issued, found)
    assert (one.numerator, one.denominator) == (1, 3)  # what was found on the day of issue was not found before
    two = law.stopping([finding("", date(2026, 5, 1), ((law.STOPPED, date(2026, 5, 2)),)), finding("", date(2026, 5, 1))], date(2026, 5, 3))
    assert (two.numerator, two.denominator) == (1, 2)


def test_the_township_table_shows_the_patrols_of_its_stations_and_nothing_where_none_are_kept(register, station):
    issuing.issue_batch(register, info(), intake([patch("T001", square(1), XZDM=TOWNS[0].code, XZMC="甲镇")]))
    assert [row.patrols for row in figures.township_table(register, figures.Scope(year=2026))] == [None, None, None]
    patrolling.log_patrol(register, log(station))
    rows = figures.township_table(register, figures.Scope(year=2026, month=5))
    assert [row.patrols for row in rows if row.station == station] and all(
        row.patrols == (1, False) for row in rows if row.station == station and row.code)
    assert [row.patrols for row in figures.township_table(register, figures.Scope(year=2026, month=6)) if row.station == station][0] in (
        (0, False), None)
    april = figures.township_table(register, figures.Scope(year=2026, month=5, effective_on="2026-05-11"))
    assert [row.patrols for row in april] == [None, None, None]


def naive_count(logs, least):
    """R50 written again: of one half-day of a station each team and each route counts once, the earliest start first."""
    valid = 0
    for (station, on), group in itertools.groupby(sorted(logs, key=lambda x: (x[0], x[1])), key=lambda x: (x[0], x[1])):
        teams, routes = set(), set()
        for _s, _d, start, end, officers, route, number in sorted(group, key=lambda x: (x[2] or "99", x[6])):
            half = "am" if start and start < "12:00" else "pm"
            if len(set(officers)) < least or not start or not end or not route:
                continue
            if (half, frozenset(officers)) in teams or (half, route) in routes:
                continue
            teams.add((half, frozenset(officers)))
            routes.add((half, route))
            valid += 1
    return valid


@pytest.mark.parametrize("seed", range(4))
def test_random_months_are_counted_as_a_second_writing_counts_them(register, station, seed):
    numbers, logs, people = random.Random(seed), [], ("甲", "乙", "丙", "丁")
    for number in range(40):
        start = numbers.choice(["08:00", "09:30", "13:00", "15:20", None])
        logs.append((station, f"2026-05-{numbers.randint(1, 9):02d}", start, None if start is None else "18:00",
                     tuple(numbers.sample(people, numbers.randint(1, 3))), numbers.choice(["东线", "西线", ""]), number))
    made = patrolling.log_patrols(register, [(Log(s, d, a, b, o, route=r), None) for s, d, a, b, o, r, _n in logs])
    order = {key: place for place, key in enumerate(sorted(made))}
    least = patrolling.choose_for_day(register, date(2026, 5, 31)).parameters.patrol_minimum_officers
    numbered = [(*row[:6], order[key]) for row, key in zip(logs, made)]
    (month,) = [m for m in patrolling.station_table(register, date(2026, 5, 1), date(2026, 5, 31)) if m.station == station]
    assert month.logged == 40 and month.valid == naive_count(numbered, least)
    assert month.valid + len(month.refused) == 40


def test_work_lists_the_paragraph_and_the_county_row_tell_of_patrols(register, station):
    from land_inspector.i18n import say
    from land_inspector.register.work_lists import read_pursuit
    day = date.today()
    issuing.issue_batch(register, info(), intake([patch("T001", square(1))]))
    assert not any(read_pursuit(register).table.counts(day)[code] for code in ("short", *law.PATROL_LISTS))
    assert not any("patrols" in say(text) for text in figures.paragraph(register, figures.Scope(year=2026)))
    patrolling.log_patrol(register, log(station))
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", inside(register), project="厂房", area_m2=900.0,
                                                   cultivated_m2=8000.0))
    table = read_pursuit(register).table
    counts = table.counts(day)
    assert [counts[code] for code in (law.NOT_STOPPED, law.NOT_REPORTED, law.NOT_FILED)] == [1, 1, 1]
    row = table.row(int(table.rows(law.NOT_STOPPED, day)[0]), day)
    assert row.days_left < 0 and row.place.number == "厂房" and row.place.station == station and row.entry.shown == ()
    assert counts[law.SHORT] == len({code for code in register.townships()["ZSDM"] if code})
    assert sum(read_pursuit(register, date(2026, 5, 11)).table.counts(date(2026, 5, 11))[code] for code in law.PATROL_LISTS) == 0
    patrolling.act_on_finding(register, found, law.REMOVED, on="2026-05-20")
    assert not any(read_pursuit(register).table.counts(day)[code] for code in (law.NOT_STOPPED, law.NOT_REPORTED, law.NOT_FILED))
    rows = figures.township_table(register, figures.Scope(year=2026))
    assert rows[-1].patrols == (1, False) and rows[0].patrols[0] == 1
    told = " ".join(say(text) for text in figures.paragraph(register, figures.Scope(year=2026)))
    assert "1 valid patrols (1 logged)" in told and "found 1 violations, of which 1 were stopped" in told


def test_a_finding_becomes_a_parcel_with_its_case_once_and_its_outline_is_kept(register, station):
    from land_inspector.register.findings import file_finding, filed_as
    place = inside(register)
    drawn = patrolling.mark_finding(register, Seen("", "2026-05-20", outline=shapely.to_wkb(square(1)), project="硬化"))
    round_one = patrolling.mark_finding(register, Seen(station, "2026-05-12", place, builder="张三", area_m2=400.0))
    bare = patrolling.mark_finding(register, Seen(station, "2026-05-12", place))
    with pytest.raises(InputError, match="neither an outline"):
        file_finding(register, bare)
    first, second = file_finding(register, drawn), file_finding(register, round_one)
    frame = register.parcels().set_index("DKBH")
    assert first.batch.startswith("XC20260520-") and second.batch.startswith("XC20260512-") and register.batch(first.batch).LY == "05"
    assert list(frame["PDJL1"]) == ["2", "2"] and frame.loc[second.parcel, "DKMJ"] == pytest.approx(400.0, rel=0.01)
    assert register.storage.shapes([frame.loc[first.parcel, "shape_id"]]) and frame.loc[first.parcel, "DKMJ"] > 1500
    rows = {row.id: row for row in patrolling.findings(register)}
    assert filed_as(rows[drawn]) == first and rows[drawn].ZDMJ == pytest.approx(1600.0, rel=0.01) and rows[drawn].ZSDM == station
    with pytest.raises(RefusedError, match="already"):
        file_finding(register, drawn)
    assert not verify(register).broken and "张三" not in str([event.payload for event in register.storage.events()])


def test_a_place_outside_the_county_and_an_unknown_code_are_refused_and_nothing_is_kept(register, station):
    for wrong, says in ((Seen(station, "2026-05-12", (100.0, 30.0)), "outside the county"),
                        (Seen(station, "2026-05-12", (28.8, 121.1)), "outside the county"),
                        (Seen(station, "2026-05-12", state="9"), "no code of the list"),
                        (Seen(station, "2026-05-12", handling="1"), "no code")):
        with pytest.raises(InputError, match=says):
            patrolling.mark_finding(register, wrong)
    assert not patrolling.findings(register)


def test_what_somebody_changed_after_it_was_looked_at_is_not_passed_over(register, station):
    key = patrolling.log_patrol(register, log(station, violation=True))
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", inside(register), project="厂房"), patrol=key)
    patrol, finding = patrolling.patrols(register)[0], patrolling.findings(register)[0]
    patrolling.log_patrol(register, log(station, violation=True, remarks="更正"), patrol=key)
    patrolling.correct_finding(register, found, {"XMMC": "堆场"})
    for act in (lambda seen: patrolling.withdraw_patrol(register, key, reason="误录", seen={key: seen[0]}),
                lambda seen: patrolling.act_on_finding(register, found, law.REPORTED, on="2026-05-14", seen={found: seen[1]}),
                lambda seen: patrolling.correct_finding(register, found, {"BZ": "近路"}, seen={found: seen[1]})):
        with pytest.raises(StaleError):
            act((patrol.last_event, finding.last_event))
    now = patrolling.findings(register)[0].last_event
    patrolling.act_on_finding(register, found, law.REPORTED, on="2026-05-14", seen={found: now})
    assert verify(register).broken == ()


def test_a_register_in_degrees_measures_its_patrols_on_the_plane_of_its_zone(tmp_path):
    """The same as in metres: area of a circle, parcels passed, findings near patches."""
    from land_inspector.register.findings import cover_proposals, discoveries, file_finding, ground_of, passed_parcels, walk_of
    from land_inspector.register.records import Township

    town = Township("331082101", "甲镇", "南所", shapely.to_wkb(shapely.box(120.9, 28.7, 121.3, 28.9)))
    with Register.create(tmp_path / "r.gpkg", county_code="331082", county_name="演示县", crs="EPSG:4490", townships=[town], by="登记员") as made:
        assert ground_of(made).crs == "EPSG:4549" and ground_of(made) is ground_of(made)
        near = patch("T001", shapely.box(121.1, 28.8, 121.1005, 28.8005), XZDM="331082101")
        issuing.issue_batch(made, info(issued_on="2026-05-20"), intake([near]))
        found = patrolling.mark_finding(made, Seen("", "2026-05-12", (121.1008, 28.8002), area_m2=500.0))
        filed = file_finding(made, found)
        assert made.parcels(filed.batch)["DKMJ"].iloc[0] == pytest.approx(500.0, rel=1e-3)
        lon, walk_lat = 121.1 + 1e-4 * np.arange(10), np.full(10, 28.8010)
        walk, _jumps = walk_of(made, [(lon, walk_lat, 20.0 * np.arange(10))])
        hits = {hit.number: hit.nearest_m for hit in passed_parcels(made, walk, 100.0)}
        assert hits["T001"] == pytest.approx(0.0005 * 110_850, abs=1.0) and set(hits) == {"T001", filed.parcel}
        (row,) = patrolling.findings(made)
        assert [number for _patch, number in cover_proposals(made, row)] == ["T001"]
        patrolling.link_findings(made, [(found, cover_proposals(made, row)[0][0])])
        assert cover_proposals(made, patrolling.findings(made)[0]) == []
        (one,), _rate = discoveries(made, "B1")
        assert one.number == "T001" and one.distance_m == pytest.approx(0.0003 * 97_650, abs=1.0) and verify(made).broken == ()


def test_a_drawn_finding_meets_every_patch_that_its_outline_comes_near(register, station):
    """Its middle lies farther than 100 m from each of them; its edge crosses one and ends 90 m before two others."""
    issuing.issue_batch(register, info(issued_on="2026-06-10"), intake([patch(f"T{n:03d}", square(n), row=n) for n in (1, 2, 6, 7)]))
    outline = shapely.to_wkb(shapely.box(X0 + 230.0, Y0, X0 + 510.0, Y0 + 40.0))
    found = patrolling.mark_finding(register, Seen(station, "2026-05-12", outline=outline))
    (row,) = [one for one in patrolling.findings(register) if one.id == found]
    near, _rate = find.discoveries(register, "B1")
    assert [(one.number, one.distance_m) for one in near] == [("T001", 90.0), ("T002", 0.0), ("T006", 90.0)]
    assert [number for _patch, number in find.cover_proposals(register, row)] == ["T002", "T001", "T006"]
