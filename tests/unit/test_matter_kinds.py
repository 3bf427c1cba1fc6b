"""The form of packs of kinds, what is refused in them, and random histories of every shipped kind against plain counting."""
from __future__ import annotations

import copy
import functools
import json
import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from land_inspector.errors import InputError
from land_inspector.law.deadlines import DUTY
from land_inspector.law.matters.kind import OPEN, OUT, PAUSED, SETTLED
from land_inspector.law.matters.kindform import SHIPPED, parse, shipped_kinds
from land_inspector.law.matters.lists import group_table, in_unit, listed, township_table, views_on
from land_inspector.law.matters.machine import done, impossible_acts, machine_of, next_acts, opened
from land_inspector.law.matters.matter import Step, as_record, from_record, matter_of
from land_inspector.law.matters.view import Period, View
from tests.unit.matter_cases import PACK, day, kind_of, law

KINDS = {kind.id: kind for kind in shipped_kinds()}
LABEL = {"zh": "甲", "en": "one"}
SMALL = {
    "format": "land_inspector.matter_kind", "format_version": 1, "id": "toy", "version": "1", "name": LABEL, "source": "试",
    "codes": {"A": [{"code": "1", "label": LABEL, "group": "g"}]},
    "fields": [{"name": "F", "kind": "code", "codes": "A", "label": LABEL}, {"name": "D", "kind": "date", "label": LABEL}],
    "states": [{"code": "1", "label": LABEL}, {"code": "2", "label": LABEL, "class": "settled"}],
    "moves": [{"code": "end", "label": LABEL, "from": ["1"], "to": "2", "asks": ["D"], "when": [{"value": "F", "in": ["1"]}]}],
    "terms": [{"code": "t", "label": LABEL, "amount": 3, "unit": "wd", "starts": {"act": "open"}}],
    "settings": [{"name": "s", "label": LABEL, "value": 0.5}],
    "quantities": [{"name": "q", "label": LABEL, "unit": "m2", "formula": {"do": "share", "of": "MJ", "setting": "s"}}],
    "lists": [{"code": "l", "label": LABEL, "where": [{"term": ["t"], "status": ["overdue"]}], "day": "t"}],
    "columns": [{"name": "N", "label": LABEL, "do": "count"},
                {"name": "R", "label": LABEL, "do": "rate", "numerator": "N", "denominator": "ZS"}],
    "bulletin": ["N", "R"]}


def pack(change=None):
    content = copy.deepcopy(SMALL)
    if change is not None:
        change(content)
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def test_the_small_pack_is_read():
    kind = parse(pack(), "toy.json")
    assert list(kind.states) == ["1", "2"] and kind.columns["R"].denominator == "ZS" and kind.lists["l"].day == "t"
    assert {"overdue", "due", "incomplete", "unsettled", "all", "l"} == set(kind.lists)


def put(*path, value):
    def change(content):
        place = content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return change


@pytest.mark.parametrize(("change", "place", "reason"), [
    (put("colour", value=1), "colour", "there is no such member"),
    (put("format_version", value=2), "format_version", "lies outside 1 to 1"),
    (put("id", value="Toy Ledger"), "id", "cannot be a name here"),
    (put("name", value="玩具"), "name", "an object with named members is expected"),
    (put("states", 1, "class", value="open"), "states", "no state has the class settled"),
    (put("states", 0, "class", value="out"), "states", "the first state is where a matter begins"),
    (put("states", 1, "class", value="closed"), "states[1].class", "is none of open, paused, settled, out"),
    (put("states", 1, "code", value="1"), "states[1].code", "stands in this list twice"),
    (put("fields", 0, "kind", value="integer"), "fields[0].kind", "is none of text, date"),
    (put("fields", 0, "codes", value="B"), "fields[0].codes", "\"B\" is none of A"),
    (put("fields", 1, "codes", value="A"), "fields[1].codes", "only a value of the kind code"),
    (put("fields", 1, "name", value="F"), "fields[1].name", "stands in this list twice"),
    (put("fields", 1, "name", value="MJ"), "fields[1].kind", "is of the kind area in every ledger"),
    (put("moves", 0, "code", value="amend"), "moves[0].code", "is an act that every kind has"),
    (put("moves", 0, "to", value="3"), "moves[0].to", "\"3\" is none of 1, 2, same, back"),
    (put("moves", 0, "from", value=["9"]), "moves[0].from[0]", "is none of 1, 2"),
    (put("moves", 0, "asks", value=["G"]), "moves[0].asks[0]", "\"G\" is none of"),
    (put("moves", 0, "when", value=[{"value": "F", "in": ["7"]}]), "moves[0].when[0].in[0]", "\"7\" is none of 1"),
    (put("moves", 0, "when", value=[{"value": "D", "in": ["7"]}]), "moves[0].when[0].in", "D has no code list"),
    (put("moves", 0, "when", value=[{"value": "F"}]), "moves[0].when[0]", "say what the value must be"),
    (put("moves", 0, "when", value=[{"wert": "F"}]), "moves[0].when[0]", "a condition has exactly one of"),
    (put("moves", 0, "when", value=[{"finding": ["idle"]}]), "moves[0].when[0].finding[0]", "is none of"),
    (put("moves", 0, "when", value=[{"value": "F", "in": ["1"], "iss": True}]), "moves[0].when[0].iss", "there is no such member"),
    (put("terms", 0, "unit", value="weeks"), "terms[0].unit", "is none of wd, calendar, months, years"),
    (put("terms", 0, "starts", value={"field": "F"}), "terms[0].starts.field", "is of the kind code; here stands one of date"),
    (put("terms", 0, "starts", value={"act": "begin"}), "terms[0].starts.act", "is none of end"),
    (put("terms", 0, "starts", value={}), "terms[0].starts", "one of the two"),
    (put("quantities", 0, "formula", value={"do": "eval", "of": "1+1"}), "quantities[0].formula.do", "is none of sum"),
    (put("quantities", 0, "formula", "of", value="F"), "quantities[0].formula.of", "is of the kind code"),
    (put("quantities", 0, "formula", value={"do": "sum", "of": ["MJ", "q2"]}), "quantities[0].formula.of[1]", "is none of"),
    (put("quantities", 0, "name", value="F"), "quantities[0].name", "is the name of something else already"),
    (put("settings", 0, "value", value="a half"), "settings[0].value", "a number is expected"),
    (put("lists", 0, "day", value="F"), "lists[0].day", "is none of"),
    (put("columns", 1, "numerator", value="X"), "columns[1].numerator", "\"X\" is none of"),
    (put("columns", 1, value={"name": "R", "label": LABEL, "do": "rank", "of": "R"}), "columns[1]", "stands after this one"),
    (put("columns", 1, value={"name": "R", "label": LABEL, "do": "total", "of": ["N", "XHL_S"]}), "columns[1]", "no figures of one unit"),
    (put("columns", 1, value={"name": "R", "label": LABEL, "do": "difference", "of": ["ZS", "ZSMJ"]}), "columns[1]",
     "no figures of one unit"),
    (put("columns", 0, "where", value=[{"value": "F", "in_period": True}]), "columns[0].where[0].in_period", "neither a day nor a year"),
    (put("groups", value=["D"]), "groups[0]", "is of the kind date; here stands one of code"),
    (put("quantities", 0, "formula", value={"do": "sum", "of": ["MJ"], "needs": ["q"]}), "quantities[0]", "stands after this one"),
    (put("moves", 0, "from", value=[]), "moves[0].from", "at least one state is needed"),
    (put("lists", value=[{"code": "l", "label": LABEL, "where": []}] * 2), "lists[1].code", "stands in this list twice"),
    (put("columns", 0, "name", value="TOOLONGNAME"), "columns[0].name", "at most 7 in all"),
    (put("columns", 0, "do", value="average"), "columns[0].do", "is none of count"),
    (put("bulletin", value=["Q"]), "bulletin[0]", "\"Q\" is none of"),
    (put("finding", value={"use": "idle_land"}), "finding", "needs a field for price"),
    (put("finding", value={"use": "own_python"}), "finding.use", "is none of"),
    (put("states", 1, value={"code": "back", "label": LABEL, "class": "settled"}), "states[1].code", "cannot be a state"),
    (put("fields", 1, "name", value="f"), "fields[1].name", "is the name of something else already"),
    (put("lists", 0, "where", value=[{"value": "WZ", "above": 3}]), "lists[0].where[0].above", "cannot be compared"),
    (put("lists", 0, "where", value=[{"value": "MJ", "above": "D"}]), "lists[0].where[0].above", "here stands one of area"),
    (put("lists", 0, "where", value=[{"value": "MJ", "above": 10 ** 400}]), "lists[0].where[0].above", "lies outside"),
    (put("lists", 0, "where", value=[functools.reduce(lambda inner, _n: {"not": inner}, range(400), {"class": ["open"]})]),
     "lists[0].where[0]", "nested too deeply"),
    (put("moves", 0, "asks", value=[{"name": "x", "kind": "text", "label": LABEL, "at_most": "MJ"}]), "moves[0].asks[0].at_most",
     "only a figure has a bound"),
    (put("moves", 0, "asks", value=[{"name": "x", "kind": "money", "label": LABEL, "at_most": "MJ"}]), "moves[0].asks[0].at_most",
     "no figure of the same unit"),
    (put("moves", 0, "asks", value=[{"name": "x", "kind": "text", "label": LABEL, "within": {"of": "act", "amount": 1, "unit": "wd"}}]),
     "moves[0].asks[0].within", "only a day has a last day"),
    (put("quantities", 0, "formula", value={"do": "year", "date": "D", "unless": ["q"]}), "quantities[0]", "stands after this one"),
    (put("columns", 0, value={"name": "N", "label": LABEL, "do": "sum", "of": "MJ", "unit": "fen"}), "columns[0].unit", "has the unit m2"),
    (put("columns", 1, value={"name": "R", "label": LABEL, "do": "total", "of": ["ZSMJ"]}), "columns[1]", "has the unit m2"),
    (put("source", value="\ud800"), "source", "half a sign"),
])
def test_a_wrong_pack_is_refused_with_file_line_place_and_reason(change, place, reason):
    with pytest.raises(InputError) as error:
        parse(pack(change), "toy.json")
    text = str(error.value.message)
    assert text.startswith("toy.json, line ") and re.search(rf": {re.escape(place)}(\.not)*: ", text) and reason in text, text
    assert str(error.value.remedy)


def test_a_column_that_rests_on_a_later_one_is_refused():
    def change(content):
        content["columns"].reverse()
    with pytest.raises(InputError, match="N stands after this one"):
        parse(pack(change), "toy.json")


def test_what_is_no_json_or_is_given_twice_is_refused():
    with pytest.raises(InputError, match="this is not JSON"):
        parse(b"{", "toy.json")
    with pytest.raises(InputError, match="this is given twice"):
        parse(pack().replace(b'"id": "toy"', b'"id": "toy", "id": "toy2"'), "toy.json")
    with pytest.raises(InputError, match="number that is far too long"):
        parse(pack().replace(b"0.5", b"1" * 5000), "toy.json")


def test_odd_json_that_is_valid_is_taken():
    odd = json.dumps(SMALL, indent="\t").replace("\n", "\r\n").replace('"amount": 3', '"amount": 3.0').replace('"format"', '"\\u0066ormat"')
    kind = parse(b"\xef\xbb\xbf" + odd.encode("ascii"), "toy.json")
    assert kind.terms["t"].amount == 3 and isinstance(kind.terms["t"].amount, int) and kind.name.zh == "甲"


def test_a_pack_that_a_register_holds_already_is_read_as_it_was_taken_in():
    text_compared = pack(put("lists", 0, "where", value=[{"value": "WZ", "above": 3}]))
    kind = parse(text_compared, "toy.json", kept=True)
    matter = opened(kind, "m", day("2026-01-02"), {"TZBH": "X1", "WZ": "三号路"})
    assert not listed(kind.lists["l"], views_on(kind, [matter], day("2026-02-02"), law("2026-02-02").pack))


def test_a_matter_in_a_state_that_its_pack_lacks_goes_by_the_code():
    kind, now = parse(pack(), "toy.json"), day("2026-02-02")
    matter = matter_of("m", "toy", "X1", [Step("open", day("2026-01-02"), {}, "7", "open", {"TZBH": "X1"})])
    assert str(kind.states["7"].label) == "7" and machine_of(kind).milestones(matter)
    assert "the matter is 7" in str(machine_of(kind).refusal(matter, "end", law("2026-02-02"), now, {}))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda path: path.stem)
def test_a_shipped_pack_is_whole(path):
    kind = parse(path.read_bytes(), path.name)
    assert kind.id == path.stem
    machine = machine_of(kind)
    reached = {move.to for move in kind.moves.values()} | {kind.first_state}
    assert set(kind.states) <= reached | {"back", "same"}, "a state that no act leads to"
    left = {state for move in kind.moves.values() for state in move.froms}
    assert {code for code, state in kind.states.items() if state.cls in (OPEN, PAUSED)} <= left, "an open state without a way out"
    assert all(kind.columns[name] for name in kind.bulletin)
    assert all(act.zh and act.en for act in machine.acts.values())
    for column in kind.columns.values():
        if column.do == "rate":
            assert kind.columns[column.numerator].unit == kind.columns[column.denominator].unit, column.name


# --- random histories ---------------------------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90), st.integers(0, 5), st.booleans()), min_size=3, max_size=14)


def value_for(kind, field, on, pick):
    ways = {"text": "文", "person": "p1", "flag": bool(pick % 2), "count": 1 + pick, "money": 1000 * (pick + 1)}
    ways.update({"number": pick / 2, "area": 10.0 * (pick + 1), "files": ["a"]})
    ways["date"] = (on + timedelta(days=40 * (pick - 1))).isoformat()
    return field.options[pick % len(field.options)] if field.kind == "code" else ways[field.kind]


def walked(kind, steps, number="X1", township="331082001"):
    """A matter after random acts; each act that was refused said why."""
    on = date(2024, 1, 10)
    machine = machine_of(kind)
    first = {field.name: value_for(kind, machine.acts["open"].fields[n], on, n % 5)
             for n, field in enumerate(kind.fields.values()) if field.kind != "township"}
    matter = opened(kind, number, on, {**first, "TZBH": number, "XZDM": township})
    for choice, days, pick, whole in steps:
        on += timedelta(days=days)
        possible = next_acts(kind, matter, law(on.isoformat()))
        if not possible:
            break
        act = possible[choice % len(possible)]
        said = {field.name: value_for(kind, field, on, pick + n) for n, field in enumerate(act.fields)
                if field.required or whole and field.kind != "files"}
        reason = machine.refusal(matter, act.code, law(on.isoformat()), on, said)
        if reason is not None:
            assert str(reason).strip()
            continue
        matter = done(kind, matter, act.code, law(on.isoformat()), on, said)
    return matter, on


@pytest.mark.parametrize("code", sorted(KINDS))
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_random_histories_hold_together(code, steps):
    kind = KINDS[code]
    matter, on = walked(kind, steps)
    # what is kept is the same when it is read again, and any day before shows the history of that day
    again = matter_of(matter.id, matter.kind, matter.number, [from_record(json.loads(json.dumps(as_record(s)))) for s in matter.steps])
    assert again == matter
    for step in matter.steps:
        then = matter.as_of(step.on)
        assert then is not None and then.as_of(step.on) == then
    # an end is an end; what is open can go on, or every act says why not
    if not matter.is_open:
        backs = {move.code for move in kind.moves.values() if matter.state in move.froms}
        assert {act.code for act in next_acts(kind, matter, law(on.isoformat()))} <= backs
    assert all(str(reason) for _act, reason in impossible_acts(kind, matter, law(on.isoformat())))
    view = View(kind, matter, on, PACK)
    for quantity in kind.quantities.values():
        figure = view.value(quantity.name)
        assert figure is None or quantity.unit in ("share",) or figure >= 0, quantity.name
    for one in view.deadlines:
        assert one.due_on >= one.started_on
        assert matter.is_open or one.role != DUTY or one.met_on is not None


@pytest.mark.parametrize("code", sorted(KINDS))
@settings(max_examples=8, deadline=None)
@given(walks=st.lists(STEPS, min_size=1, max_size=4))
def test_lists_and_tables_agree_with_plain_counting(code, walks):
    kind = KINDS[code]
    towns = [("331082001", "甲"), ("331082002", "乙")]
    matters = [walked(kind, steps, f"X{n}", towns[n % 2][0])[0] for n, steps in enumerate(walks)]
    period = Period(day("2024-01-01"), day("2024-12-31"))
    rows = township_table(kind, matters, towns, "县", period, PACK)
    county = rows[-1].cells
    then = [matter for matter in (one.as_of(period.last) for one in matters) if matter is not None]
    if "ZS" in kind.columns:
        assert county["ZS"].value == sum(matter.cls != OUT for matter in then)
        assert county["YX"].value == sum(matter.cls == SETTLED for matter in then)
        assert county["WX"].value == sum(matter.is_open for matter in then)
    for name, column in kind.columns.items():
        parts = [row.cells[name] for row in rows[:-1]]
        if column.do == "rate":
            assert county[name].denominator == sum(part.denominator for part in parts)
            whole = county[name].denominator
            assert county[name].value == (Fraction(county[name].numerator) / Fraction(whole) if whole else None)
        elif column.do in ("rank", "most"):
            assert county[name].value is None or column.do == "most"
        elif column.do != "difference":
            assert county[name].value == sum(part.value for part in parts), name
    views = views_on(kind, matters, period.last, PACK)
    unsettled = listed(kind.lists["unsettled"], views)
    assert {row.matter.number for row in unsettled} == {matter.number for matter in then if matter.is_open}


def test_above_a_hundred_per_cent_is_shown_in_full():
    mines = kind_of("mines")
    matter = opened(mines, "m", day("2024-01-01"), {"TZBH": "K1", "XZDM": "a", "RWMJ": 280.0, "YSMJ": 335.0})
    cells = township_table(mines, [matter], [("a", "甲")], "县", Period(day("2024-01-01"), day("2024-12-31")), PACK)[-1].cells
    assert round(float(cells["ZLL"].value) * 100, 2) == 119.64


def test_what_is_entered_later_for_an_earlier_day_does_not_overrule_a_later_value():
    kind = kind_of("petitions")
    matter = opened(kind, "m", day("2024-01-01"), {"TZBH": "P1", "XZDM": "a", "RS": 1})
    later = done(kind, matter, "amend", law("2024-03-01"), day("2024-03-01"), {"values": {"RS": 5}, "reason": "清点"})
    earlier = done(kind, later, "amend", law("2024-02-01"), day("2024-02-01"), {"values": {"RS": 3}, "reason": "补录"})
    assert earlier.values["RS"] == 5 and earlier.as_of(day("2024-02-15")).values["RS"] == 3


# --- ranks, words, the year, groups, what is not known ------------------------------------------------------------------

def table_of(kind, *matters, towns=(("331082001", "甲"), ("331082002", "乙"), ("331082003", "丙")), last="2024-12-31"):
    held = [opened(kind, f"m{n}", day("2024-01-10"), {"TZBH": f"X{n}", **values}) for n, values in enumerate(matters)]
    return township_table(kind, held, list(towns), "县", Period(day("2024-01-01"), day(last)), PACK)


def test_ranks_share_a_place_and_the_main_cause_goes_by_area():
    kind = kind_of("approved_unsupplied")
    rows = table_of(kind, {"XZDM": "331082001", "PCMC": "a", "MJ": 900.0, "RWMJ": 100.0, "WGYY": "1"},
                    {"XZDM": "331082001", "PCMC": "b", "MJ": 2000.0, "WGYY": "4", "YGQS": 500.0},
                    {"XZDM": "331082002", "PCMC": "c", "MJ": 900.0, "RWMJ": 100.0, "WGYY": "1"},
                    {"XZDM": "331082001", "PCMC": "d", "MJ": 600.0, "WGYY": "1"})
    assert [row.cells["PM"].value for row in rows] == [1, 1, None, None]
    policy = "征地拆迁、政策处理未到位"
    assert [getattr(row.cells["ZYYY"].value, "zh", None) for row in rows] == [policy, policy, None, policy]


def test_the_rate_of_supply_counts_the_approvals_of_five_years_and_none_that_are_not_counted():
    kind = kind_of("approved_unsupplied")
    values = {"XZDM": "331082001", "PCMC": "a", "MJ": 1000.0, "YGQS": 400.0}
    rows = table_of(kind, {**values, "PZRQ": "2020-01-05"}, {**values, "PZRQ": "2019-12-30"}, values)
    assert rows[0].cells["GDL"].value == Fraction(2, 5) and rows[1].cells["GDL"].value is None
    out = opened(kind, "m9", day("2024-01-10"), {"TZBH": "X9", "PZND": 2015, **values}, "8")
    cells = township_table(kind, [out], [], "县", Period(day("2024-01-01"), day("2024-12-31")), PACK)[-1].cells
    assert [cells[name].value for name in ("PZ", "PZMJ", "WGCK")] == [0, 0, 0]


def test_a_unit_is_counted_in_its_year_and_a_gap_without_a_survey_cannot_be_told():
    kind = kind_of("farmland_task")
    rows = table_of(kind, {"XZDM": "331082001", "ND": 2024, "RW": 900.0, "XZ": 800.0, "HFRD": 50.0},
                    {"XZDM": "331082001", "ND": 2023, "RW": 900.0, "XZ": 100.0}, {"XZDM": "331082002", "ND": 2024, "RW": 900.0})
    assert in_unit(rows[0].cells["RW"].value, "m2") == 900 and in_unit(rows[0].cells["QK"].value, "m2") == 100
    assert [row.cells["FX"].value for row in rows] == [1, 0, 0, 1] and rows[1].cells["QK"].value == 0
    unknown = opened(kind, "m", day("2024-01-10"), {"TZBH": "X", "ND": 2024, "RW": 900.0})
    seen = View(kind, unknown, day("2024-06-01"), PACK)
    assert seen.value("QK") is None and seen.value("JS") is None and not seen.all_hold(kind.lists["veto"].where)
    assert seen.all_hold(kind.lists["no_survey"].where)


def test_rent_and_expropriation_are_collected_apart_and_told_by_group():
    kind = kind_of("park_land")
    rent = opened(kind, "m1", day("2024-01-10"), {"TZBH": "A", "LB": "2", "ZU": "3", "YJ": 1000, "YIJ": 200, "MJ": 5.0})
    taken = opened(kind, "m2", day("2024-01-10"), {"TZBH": "B", "LB": "3", "ZU": "1", "YJ": 900, "MJ": 5.0})
    for act, on, said in (("verify", "2024-02-01", {"MJ": 5.0}), ("collect", "2024-03-01", {"amount": 400, "receipt": "1"})):
        rent = done(kind, rent, act, law("2024-06-01"), day(on), said)
    rows = group_table(kind, [rent, taken], "ZU", "县", Period(day("2024-01-01"), day("2024-12-31")), PACK)
    assert [row.code for row in rows] == ["1", "2", "3", "4", "5", ""]
    assert rows[-1].cells["ZJLZ"].value == Fraction(1, 2) and rows[-1].cells["ZJLK"].value == 0
    assert rows[2].cells["ZJLZ"].value == Fraction(1, 2) and rows[0].cells["ZJLZ"].value is None


def test_what_was_promised_for_the_day_and_settled_in_time():
    kind = kind_of("supplements_returned")
    values = {"XZDM": "331082001", "XMMC": "a", "MJ": 10.0}
    held = [opened(kind, f"m{n}", day(on), {"TZBH": f"X{n}", "WCSX": by, **values}, state)
            for n, (on, by, state) in enumerate((("2024-03-01", "2024-03-01", "6"), ("2024-03-02", "2024-03-01", "6"),
                                                 ("2024-03-01", "2024-03-01", "3"), ("2024-03-01", "2025-01-01", "3")))]
    cells = township_table(kind, held, [], "县", Period(day("2024-01-01"), day("2024-12-31")), PACK)[-1].cells
    assert (cells["AQXL"].numerator, cells["AQXL"].denominator) == (1, 3)


def test_a_column_that_this_kind_has_not_cannot_be_named():
    pack = {**kind_of("petitions").content, "bulletin": ["XHL_M"]}
    with pytest.raises(InputError, match="XHL_M"):
        parse(json.dumps(pack, ensure_ascii=False).encode("utf-8"), "p.json")
