"""The calendar file of deadlines: RFC 5545's lines, UIDs that stay, what is over cancelled, no names."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from land_inspector.errors import InputError, message
from land_inspector.exchange.calendar_file import CalendarDay, calendar_bytes, calendar_days, folded, write_calendar
from land_inspector.law.work_lists import Entry, Place, TERM

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=8)))
PLACES = {f"p{n}": Place(f"T00{n}", f"T00{n}", f"patch{n}", "B1", "331082100", "古城街道", "城区所", "某甲") for n in (1, 2)}


def duty(parcel="p1", case="c1", term="decision", item=None, due=date(2026, 12, 1), provisional=False):
    return Entry(TERM, parcel, message("Decision"), "行政处罚法 Art. 60", 1600.0, 0.0, due, provisional, case, item, term=term)


def lines_of(data):
    """Content lines unfolded, after the file's own rules were checked."""
    assert data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    raw = data.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in raw)
    return data.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")[:-1]


def events_of(data):
    found = []
    for line in lines_of(data):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name.partition(";")[0] not in found[-1]:
            found[-1][name.partition(";")[0]] = value
    return found


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
def test_a_line_of_any_text_is_cut_at_75_octets_and_read_back_whole(text):
    data = folded(f"SUMMARY:{text}")
    assert all(len(part) <= 75 for part in data[:-2].split(b"\r\n"))
    assert data[:-2].replace(b"\r\n ", b"").decode("utf-8") == f"SUMMARY:{text}"


def test_an_open_duty_is_an_all_day_event_with_an_alarm_and_everything_the_standard_asks_for():
    data = calendar_bytes(calendar_days([duty()], PLACES, "r1"), "期限, 一", NOW)
    lines = lines_of(data)
    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Land Inspector//Deadlines//EN", "CALSCALE:GREGORIAN"]
    assert "X-WR-CALNAME:期限\\, 一" in lines and lines[-1] == "END:VCALENDAR"
    event, = events_of(data)
    assert event["DTSTAMP"] == "20261122T013000Z" and event["DTSTART"] == "20261201" and event["DTEND"] == "20261202"
    assert "T001" in event["SUMMARY"] and "Administrative Penalty Law\\, Art. 60" in event["DESCRIPTION"] and event["STATUS"] == "CONFIRMED"
    assert lines.count("BEGIN:VALARM") == 1 and "TRIGGER:-P1DT15H" in lines


def test_no_name_of_a_person_goes_into_the_file():
    assert "某甲".encode() not in calendar_bytes(calendar_days([duty()], PLACES, "r1"), "x", NOW)


def test_a_provisional_day_says_so():
    event, = events_of(calendar_bytes(calendar_days([duty(provisional=True)], PLACES, "r1"), "x", NOW))
    assert event["STATUS"] == "TENTATIVE" and "provisional" in event["SUMMARY"] and "holidays" in event["DESCRIPTION"]


def test_a_case_over_several_parcels_is_one_day_and_each_term_and_remedy_another():
    days = calendar_days([duty(), duty("p2"), duty(term="service"), duty(item="1"), duty(case="c2")], PLACES, "r1")
    assert len(days) == 4 and len({day.uid for day in days}) == 4
    assert any("T001, T002" in day.summary for day in days)


def test_a_day_that_moves_keeps_its_uid_and_its_sequence_grows():
    first, = events_of(calendar_bytes(calendar_days([duty()], PLACES, "r1"), "x", NOW))
    later, = events_of(calendar_bytes(calendar_days([duty(due=date(2026, 12, 9))], PLACES, "r1"), "x", NOW + timedelta(days=1)))
    assert first["UID"] == later["UID"] and int(later["SEQUENCE"]) > int(first["SEQUENCE"]) and later["DTSTART"] == "20261209"
    other, = events_of(calendar_bytes(calendar_days([duty()], PLACES, "another register"), "x", NOW))
    assert other["UID"] != first["UID"]


def test_writing_over_an_earlier_file_cancels_what_is_over_and_leaves_strangers_out(tmp_path):
    path = tmp_path / "days.ics"
    assert write_calendar(path, calendar_days([duty(), duty(case="c2", due=date(2026, 12, 5))], PLACES, "r1"), "x", NOW) == 2
    with path.open("ab") as file:
        file.write(b"BEGIN:VEVENT\r\nUID:foreign@elsewhere\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VEVENT\r\n")
    assert write_calendar(path, calendar_days([duty()], PLACES, "r1"), "x", NOW) == 1
    told = {event["DTSTART"]: event["STATUS"] for event in events_of(path.read_bytes())}
    assert told == {"20261201": "CONFIRMED", "20261205": "CANCELLED"}
    assert lines_of(path.read_bytes()).count("BEGIN:VALARM") == 1


def test_a_text_with_the_standards_own_signs_comes_back_from_an_earlier_file_unchanged(tmp_path):
    odd = CalendarDay("u@land-inspector", date(2026, 12, 1), "a\\n b; c, d\n\\e", "")
    write_calendar(tmp_path / "days.ics", [odd], "x", NOW)
    before, = events_of((tmp_path / "days.ics").read_bytes())
    write_calendar(tmp_path / "days.ics", [replace(odd, uid="v@land-inspector")], "x", NOW)
    after = {event["UID"]: event for event in events_of((tmp_path / "days.ics").read_bytes())}
    assert after["u@land-inspector"]["SUMMARY"] == before["SUMMARY"]


def test_a_place_that_cannot_be_written_to_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_calendar(tmp_path / "nowhere" / "days.ics", [], "x", NOW)
