"""Matters in a register: opened, acted on, undone, seen, taken over, known and effective, verified."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from openpyxl import Workbook

from land_inspector.errors import InputError, RefusedError, StaleError
from land_inspector.exchange.matter_figures import list_fields, list_rows, matter_figures, rows_of, table_fields, value_text
from land_inspector.exchange.matter_tables import read_matters
from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.register import kinds
from land_inspector.register.event_log import happened_between, happened_to
from land_inspector.register.issuing import issue_batch
from land_inspector.register.matters import (KNOWN, REFUSED, TAKEN, MatterRow, do_matter_act, do_matter_acts,
                                             import_kind, kind_named, kinds_of, law_on, matter_by_number, matters, offered, open_matter,
                                             place_matter, take_offered, take_over)
from land_inspector.register.parties import name_of, remove_names
from land_inspector.register.undoing import last_group, undo
from land_inspector.register.views.matters import matter_file
from land_inspector.register.verifying import verify
from tests.factories import info, new_register, square, squares
from tests.unit.matter_cases import day, kind_of

IDLE, PETITIONS = kind_of("idle_land"), kind_of("petitions")
PLOT = {"TZBH": "X1", "XZDM": "331082100", "MJ": 10_000.0, "CJJK": 1_200_000_000, "YDDG": "2022-03-01", "SYQR": "张三"}


@pytest.fixture()
def register(tmp_path):
    with new_register(tmp_path) as made:
        yield made


def opened(register, **values):
    return open_matter(register, IDLE, {**PLOT, **values}, on="2023-03-05", by="甲")


def state_of(register, number="X1", kind="idle_land"):
    return matter_by_number(register, kind, number).state


def is_whole(register):
    """What is stored is what the events fold to, and nothing is wrong."""
    assert not register.storage.load_state().same_as(register.state())
    assert not verify(register).broken
    return True


def test_a_matter_is_opened_acted_on_and_read_again(register):
    key = opened(register)
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    matter = matter_by_number(register, "idle_land", "X1")
    assert (matter.state, matter.township, matter.values["CJJK"]) == ("2", "331082100", 1_200_000_000)
    assert [step.act for step in matter.steps] == ["open", "investigate"]
    assert is_whole(register)
    with pytest.raises(RefusedError, match="still has time to answer"):
        do_matter_act(register, key, "establish", on="2023-03-21", particulars={"number": "认1", "XZYY": "Q1"})
    with pytest.raises(RefusedError, match="has not come yet"):
        do_matter_act(register, key, "reply", on=(date.today() + timedelta(days=1)).isoformat(),
                      particulars={"statement": "x"})


def test_a_number_is_given_once(register):
    opened(register)
    with pytest.raises(RefusedError, match="a matter X1 already"):
        opened(register)
    with pytest.raises(RefusedError, match="needed"):
        open_matter(register, IDLE, {"XZDM": "331082100"}, on="2023-03-05")


def test_undo_takes_back_an_act_and_names_what_stands_on_it(register):
    key = opened(register)
    first = do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    do_matter_act(register, key, "reply", on="2023-04-01", particulars={"statement": "资金"}, by="甲")
    with pytest.raises(RefusedError, match="later acts depend"):
        undo(register, first.group, by="甲")
    undo(register, first.group, by="甲", with_dependents=True)
    assert state_of(register) == "1" and is_whole(register)
    undo(register, register.storage.last_group(register.actor_id("甲"))[0], by="甲")  # the undo undone: both stand again
    assert state_of(register) == "3" and is_whole(register)


def test_an_opening_undone_is_gone_and_can_come_again(register):
    opened(register)
    undo(register, last_group(register, "甲"), by="甲")
    assert matters(register) == [] and is_whole(register)
    opened(register, MJ=5.0)
    assert matter_by_number(register, "idle_land", "X1").values["MJ"] == 5.0 and is_whole(register)


def test_two_who_act_at_once_do_not_overwrite_each_other(register):
    key = opened(register)
    seen = register.storage.load_state(patches=[], rows=[key]).last_events([key])
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲", seen=seen)
    with pytest.raises(StaleError):
        do_matter_act(register, key, "not_idle", on="2023-03-20", particulars={"reason": "已动工"}, by="乙", seen=seen)


def test_many_matters_take_one_act_or_none_does(register):
    keys = [opened(register, TZBH=f"X{n}") for n in range(5)]
    do_matter_acts(register, {key: {"number": f"调{n}"} for n, key in enumerate(keys)}, "investigate", on="2023-03-20",
                   by="甲")
    assert {one.state for one in matters(register)} == {"2"}
    with pytest.raises(RefusedError):
        do_matter_acts(register, {keys[0]: {"statement": "x"}, keys[1]: {}}, "reply", on="2023-04-01", by="甲")
    assert {one.state for one in matters(register)} == {"2"} and is_whole(register)
    undo(register, last_group(register, "甲"), by="甲")
    assert {one.state for one in matters(register)} == {"1"}


def test_known_and_effective_clocks(register):
    key = opened(register)
    before = register.storage.latest().recorded_at
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    assert matters(register, state=register.state(known_at=before))[0].state == "1"
    assert matters(register, state=register.state(effective_on="2023-03-19"))[0].state == "1"
    assert matters(register, state=register.state(effective_on="2023-03-20"))[0].state == "2"
    assert matters(register, state=register.state(effective_on="2023-03-04")) == []


def test_names_of_people_are_kept_apart_and_can_be_taken_out(register):
    opened(register)
    kept = matter_by_number(register, "idle_land", "X1").values["SYQR"]
    assert kept != "张三" and name_of(register, kept) == "张三"
    assert "张三" not in json.dumps([dict(event.payload) for event in register.storage.events()], ensure_ascii=False)
    remove_names(register, by="甲")
    assert name_of(register, kept) == kept and state_of(register) == "1"


def test_a_link_is_one_event_seen_from_both_sides(register):
    issue_batch(register, info(), squares(2), by="甲")
    key = opened(register)
    (parcel, _patch), = register.find("B1", ["T001"])
    do_matter_act(register, key, "link", on="2026-05-12",
                  particulars={"links": [{"what": "parcel", "id": parcel, "label": "T001"}]}, by="甲")
    assert [link.label for link in matter_by_number(register, "idle_land", "X1").links] == ["T001"]
    told = [str(one.text) for one in happened_to(register, [parcel])]
    assert any("Link in the matter X1" in text for text in told)
    assert register.storage.load_state().found("matters", "linked", parcel)[0].TZBH == "X1"
    undo(register, last_group(register, "甲"), by="甲")
    assert matter_by_number(register, "idle_land", "X1").links == () and is_whole(register)


def test_undoing_a_batch_leaves_linked_matters_as_they_are(register):
    group = issue_batch(register, info(), squares(1), by="甲").group
    (parcel, _patch), = register.find("B1", ["T001"])
    open_matter(register, IDLE, PLOT, on="2026-05-12", by="甲",
                links=[{"what": "parcel", "id": parcel, "label": "T001"}])
    undo(register, group, by="甲")
    assert state_of(register) == "1" and is_whole(register)


def test_an_outline_and_its_area(register):
    import shapely
    key = opened(register)
    wkb = shapely.to_wkb(square(3))
    place_matter(register, key, wkb, 1600.0, on="2023-03-06", by="甲")
    record = register.storage.load_state().matters[key]
    assert record.matter.values["MJ"] == 1600.0 and record.shape_id in register.storage.shapes([record.shape_id])
    assert is_whole(register)


def row(number, place="2", **values):
    return MatterRow(place, {"TZBH": number, "XZDM": "331082100", **values})


def test_a_table_taken_over_twice_changes_nothing(register):
    rows = [row("A1", MJ=10.0, SYQR="李四"), row("A2", "3", MJ=20.0), row("", "4"), row("A1", "5")]
    taken = take_over(register, IDLE, rows, day=day("2024-01-01"), by="甲")
    assert [one.status for one in taken.outcomes] == [TAKEN, TAKEN, REFUSED, REFUSED]
    assert "names no number" in str(taken.outcomes[2].reason) and "twice, first in row 2" in str(taken.outcomes[3].reason)
    events = len(register.storage.events())
    again = take_over(register, IDLE, rows, day=day("2024-01-01"), by="甲")
    assert [one.status for one in again.outcomes] == [KNOWN, KNOWN, REFUSED, REFUSED]
    assert len(register.storage.events()) == events and again.recorded is None
    assert is_whole(register)
    undo(register, taken.recorded.group, by="甲")
    assert matters(register) == []


def test_another_value_is_refused_or_amended_as_asked(register):
    take_over(register, IDLE, [row("A1", MJ=10.0)], day=day("2024-01-01"), by="甲")
    other = [row("A1", MJ=12.0)]
    refused = take_over(register, IDLE, other, day=day("2024-01-02"), by="甲")
    assert refused.outcomes[0].status == REFUSED and "another value of “Supplied area”" in str(refused.outcomes[0].reason)
    amended = take_over(register, IDLE, other, day=day("2024-01-02"), by="甲", update=True, reason="b.xlsx")
    assert amended.outcomes[0].status == TAKEN
    assert matter_by_number(register, "idle_land", "A1").values["MJ"] == 12.0
    assert take_over(register, IDLE, other, day=day("2024-01-02"), by="甲").outcomes[0].status == KNOWN
    # the first table again: what it says stood there before and was amended since
    assert take_over(register, IDLE, [row("A1", MJ=10.0)], day=day("2024-01-03"), by="甲",
                     update=True).outcomes[0].status == KNOWN


def test_what_is_taken_over_half_way_can_go_on(register):
    rows = [MatterRow("2", {"TZBH": "A1", "XZDM": "331082100", "CJJK": 100_000, "YDDG": "2022-03-01", "XZYY": "Q1",
                            "YJXZF": 20_000}, "7",
                      day("2023-05-01"))]
    take_over(register, IDLE, rows, day=day("2024-01-01"), by="甲")
    matter = matter_by_number(register, "idle_land", "A1")
    assert (matter.state, matter.since) == ("7", day("2023-05-01"))
    do_matter_act(register, matter.id, "pay", on="2023-06-01", particulars={"amount": 20_000, "receipt": "票1"}, by="甲")
    do_matter_act(register, matter.id, "start", on="2023-07-01", particulars={"SJDG": "2023-07-01"}, by="甲")
    assert state_of(register, "A1") == "S" and is_whole(register)


def test_an_office_brings_its_own_kind_and_may_replace_a_shipped_one(register):
    content = json.loads(json.dumps(PETITIONS.content))
    content["version"], content["name"] = "2", {"zh": "信访（本局）", "en": "Petitions of the bureau"}
    first = import_kind(register, json.dumps(content).encode(), "own.json", by="甲")
    assert kind_named(register, "petitions").version == "2" and len(kinds_of(register)) == len(shipped_kinds())
    assert import_kind(register, json.dumps(content).encode(), "own.json", by="甲").events == []
    undo(register, first.group, by="甲")
    assert kind_named(register, "信访积案").version == "1"
    with pytest.raises(InputError, match="no ledger wells"):
        kind_named(register, "wells")


def renamed(value, old, new):
    """The same content with a code renamed wherever it stands."""
    if isinstance(value, dict):
        return {key: renamed(one, old, new) for key, one in value.items()}
    return [renamed(one, old, new) for one in value] if isinstance(value, list) else new if value == old else value


def test_a_pack_that_leaves_a_matter_without_its_state_or_its_value_is_refused(register):
    key = opened(register, XMMC="园区")
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    as_area = renamed(IDLE.content, "", "")
    next(one for one in as_area["fields"] if one["name"] == "XMMC")["kind"] = "area"
    for changed, reason in ((renamed(IDLE.content, "2", "2b"), "stands in the state 2, which"), (as_area, "of the kind area")):
        with pytest.raises(InputError, match=reason):
            import_kind(register, json.dumps(changed, ensure_ascii=False).encode(), "mine.json", by="甲")
    assert kind_named(register, "idle_land").digest == IDLE.digest


def test_a_pack_that_a_copy_brought_shows_what_it_cannot_hold_and_breaks_nothing(register, monkeypatch):
    """Merged, a pack comes unasked: a state that it lacks goes by its code, a text where it has a figure counts as none."""
    key = opened(register, XMMC="园区")
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    theirs = renamed(IDLE.content, "2", "2b")
    next(one for one in theirs["fields"] if one["name"] == "XMMC")["kind"] = "area"
    theirs["columns"] = [*theirs["columns"], {"name": "XM", "label": {"zh": "甲", "en": "one"}, "do": "sum", "of": "XMMC"}]
    monkeypatch.setattr("land_inspector.register.matters._refuse_what_matters_need", lambda *_asked: None)
    import_kind(register, json.dumps(theirs, ensure_ascii=False).encode(), "theirs.json", by="甲")
    kind = kind_named(register, "idle_land")
    chosen, rows = list_rows(register, kind, "all", day("2023-04-01"))
    row, = rows_of(list_fields(kind, chosen, {}, "zh"), rows)
    assert (row["STATE"], row["XMMC"]) == ("2", None)
    assert matter_figures(register, kind, effective_on="2023-04-01").rows[-1].cells["XM"].value == 0
    file = matter_file(register, key, day("2023-04-01"))
    assert value_text(kind, "XMMC", file.matter.values["XMMC"], "zh") == "园区" and file.not_now and not file.due
    assert is_whole(register)


def test_a_ledgers_own_names_stand_beside_those_that_every_table_and_output_has(register, tmp_path):
    """A field 登记日期 (DJRQ) or STATE, a column PACK: what the table says reaches the matter, and the outputs tell them apart."""
    label = {"zh": "甲", "en": "one"}
    pack = {**IDLE.content, "id": "mine"}
    pack["fields"] = [*pack["fields"], {"name": "DJRQ", "kind": "date", "label": {"zh": "登记日期", "en": "Registered"}},
                      *({"name": name, "kind": "text", "label": label} for name in ("STATE", "fid", "MJ_MU"))]
    pack["columns"] = [*pack["columns"], *({"name": name, "label": label, "do": "count"} for name in ("PACK", "zs", "CZL_PC"))]
    import_kind(register, json.dumps(pack, ensure_ascii=False).encode(), "mine.json", by="甲")
    mine = kind_named(register, "mine")
    table = tmp_path / "t.csv"
    table.write_text("TZBH,登记日期,STATE\nX1,2026-02-02,好\n", encoding="utf-8")
    on = day("2026-03-01")
    take_over(register, mine, read_matters(mine, str(table), law_on(register, on), [], "EPSG:4549").rows, day=on)
    matter = matter_by_number(register, "mine", "X1")
    assert (matter.values["DJRQ"], matter.values["STATE"], matter.opened_on) == ("2026-02-02", "好", day("2026-02-02"))
    chosen, rows = list_rows(register, mine, "all", on)
    listed = list_fields(mine, chosen, {}, "zh")
    told = table_fields(mine, matter_figures(register, mine, effective_on="2026-03-01"))
    for fields, wanted in ((listed, {"STATE", "STATE_2", "fid_2", "MJ_MU", "MJ_MU_2"}),
                           (told, {"PACK", "PACK_2", "ZS", "zs_2", "CZL_PC_2"})):
        names = [one.name for one in fields]
        assert len({name.lower() for name in names}) == len(names) and wanted <= set(names)
    assert rows_of(listed, rows)[0]["STATE_2"] == "好"


def test_a_pack_of_a_later_version_stops_no_other_ledger(register):
    pack = json.loads(json.dumps(IDLE.content))
    import_kind(register, json.dumps({**pack, "id": "mine"}, ensure_ascii=False).encode(), "mine.json", by="甲")
    event = register.storage.events_of_kind(kinds.MATTER_KIND_IMPORTED)[-1]
    later = replace(event, uuid="later", sequence=event.sequence + 1, previous=event.hash,
                    payload={**event.payload, "content": json.dumps({**pack, "id": "next", "format_version": 2})}).sealed()
    with register.storage.writing():
        register.storage.append([later])
    assert {"mine", "petitions"} <= {kind.id for kind in kinds_of(register)} and "next" not in {kind.id for kind in kinds_of(register)}
    found = verify(register)
    assert not found.broken and any("pack is left out" in str(text) and "format_version" in str(text) for text in found.remarks)


def test_the_timeline_tells_of_matters_in_words(register):
    key = opened(register)
    do_matter_act(register, key, "investigate", on="2023-03-20", particulars={"number": "调1"}, by="甲")
    told = [str(one.text) for one in happened_between(register, date.today() - timedelta(days=1), date.today())]
    assert "Notice of investigation in the matter X1." in told and "X1 was entered in the ledger Idle land." in told
    assert {one.family for one in happened_between(register, date.today() - timedelta(days=1),
                                                   date.today())} >= {kinds.LEDGERS}


def test_a_parcel_judged_so_offers_itself_to_its_ledger(register):
    from land_inspector.register.judging import Entry, give_verdicts
    issue_batch(register, info(), squares(3), by="甲")
    entries = [Entry("T001", {"PDJL1": "2", "PDJL2": "203", "XMMC": "厂房"}), Entry("T002", {"PDJL1": "2", "PDJL2": "201"})]
    assert not give_verdicts(register, "B1", entries, by="甲").refused
    supply = kind_of("approved_unsupplied")
    only, = offered(register, supply)
    assert only.values["PCMC"] == "厂房" and only.values["MJ"] == pytest.approx(1600) and only.outline
    taken = take_offered(register, supply, day=date.today(), by="甲")
    assert [one.status for one in taken.outcomes] == [TAKEN]
    matter, = matters(register, "approved_unsupplied")
    assert [link.label for link in matter.links] == ["T001"] and offered(register, supply) == []
    assert offered(register, IDLE) == [] and is_whole(register)


def office_book(path, headings, rows):
    """A workbook with a title, a line of units, these headings (lists) and rows."""
    book = Workbook()
    sheet = book.active
    for line in (["闲置土地台账"], [None] * 4 + ["单位：公顷、万元"], *headings, *rows):
        sheet.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize(("headings", "cells", "values"), [
    ([["序号", "宗地情况", None, "土地面积", None, "是否抵押"], [None, "编号", "坐落", "应动工开发面积", "已开发\n面积", None]],
     [1, "X-1", "路东", 1.2, "0.3", "不详"], {"WZ": "路东", "YKFMJ": 12_000.0, "KFMJ": 3000.0}),
    ([["编号", "成交价款", "供地面积（亩）", "抵押情况"]], ["X-1", "1,234.5", 3, "未抵押"], {"CJJK": 1_234_500_000, "MJ": 2000.0, "DY": False}),
    ([["编号", "成交价款（元）", "闲置费", "供地面积"], ["(1)", "(2)", "(3)", "(4)"]], ["X-1", 100, "￥2万元", "12亩"],
     {"CJJK": 10_000, "YJXZF": 2_000_000, "MJ": 8000.0})])
def test_headings_units_and_words_as_offices_write_them(register, tmp_path, headings, cells, values):
    path = office_book(tmp_path / "b.xlsx", headings, [cells, ["合 计", None, 9], ["注：本表按月报送"], ["填表人：李某"]])
    table = read_matters(IDLE, str(path), law_on(register, date.today()), [], register.meta["crs"])
    row, = table.rows
    assert not row.wrong and {name: value for name, value in row.values.items() if name != "TZBH"} == values


def test_instalments_under_one_merged_number_are_one_contract(register, tmp_path):
    book, fees = Workbook(), kind_of("land_fee_arrears")
    sheet = book.active
    rows = [["编号", "合同号", "合同价款（万元）", "应缴日期", "应缴额（万元）", "已缴额（万元）", "缴款日期"],
            ["Q-1", "H-1", 300, "2024.3.5", 100, 100, "2024.3.4"], [None, None, None, 45540, 100, 20, None],  # 2024-09-05 as Excel counts
            [None, None, None, "2025年3月5日", 100, None, None],
            ["Q-2", "H-2", 50, "2024-06-30", 25, None, None], ["Q-2", "H-2", 50, "2024-12-31", 25, None, None],  # repeated, not merged
            ["Q-3", "H-3", 50, "2024-06-30", 25, 25, "2024-06-30"], [None, None, None, "2024-12-31", 25, 25, "2024-12-31"],
            ["Q-4", "H-4", 80, "2024-03-31", 20, None, None], *([None, None, None, f"2024-0{n}-30", 20, None, None] for n in (4, 5, 6)),
            ["Q-5", "H-5", 10, "2024-06-30", 10, None, None], ["Q-5", "H-6", 10, "2024-06-30", 10, None, None], ["小计", None, 490]]
    for row in rows:
        sheet.append(row)
    for top, bottom in ((2, 4), (7, 8), (9, 12)):
        for column in "ABC":
            sheet.merge_cells(f"{column}{top}:{column}{bottom}")
    book.save(tmp_path / "b.xlsx")
    table = read_matters(fees, str(tmp_path / "b.xlsx"), law_on(register, date(2026, 1, 1)), [], register.meta["crs"])
    first, second, third, fourth, fifth, other = table.rows
    assert {name: first.values.get(name) for name in ("HTJK", "YJRQ1", "YJE1", "YJRQ2", "YJE2", "YJRQ3", "YJE3", "YJQS", "YJQR")} == {
        "HTJK": 300000000, "YJRQ1": "2024-03-05", "YJE1": 100000000, "YJRQ2": "2024-09-05", "YJE2": 100000000, "YJRQ3": "2025-03-05",
        "YJE3": 100000000, "YJQS": 120000000, "YJQR": "2024-03-04"} and not first.wrong
    assert (second.values["YJRQ2"], second.values["YJE2"], second.values["HTJK"]) == ("2024-12-31", 25000000, 50000000)
    assert "2024-12-31" in str(third.wrong[0])  # paid on two days: no day of both can be told
    assert "4 instalments" in str(fourth.wrong[0]) and fifth.number == other.number == "Q-5"  # two contracts: told as twice, as before
    assert sum("instalments of one number" in str(one) for one in table.told) == 4
    taken = take_over(register, fees, table.rows, day=date(2026, 1, 1), by="甲")
    assert [one.status for one in taken.outcomes] == [TAKEN, TAKEN, REFUSED, REFUSED, TAKEN, REFUSED]
    assert {one.status for one in take_over(register, fees, table.rows[:2], day=date(2026, 1, 1), by="甲").outcomes} == {KNOWN}


def test_an_approval_of_which_only_the_day_is_known_counts_in_its_year(register, tmp_path):
    from land_inspector.exchange.matter_figures import matter_figures

    kind = kind_of("approved_unsupplied")
    path = office_book(tmp_path / "b.xlsx", [["编号", "批次名称", "批准文号", "批准日期", "年份", "批准面积（公顷）", "已供面积（公顷）", "未供原因"]],
                       [["P1", "甲", "1", "2019.3.5", None, 3, 1, "征地拆迁未到位"], ["P2", "乙", "2", "2008-03-05", None, 5, 0, "政策处理未到位"],
                        ["P3", "丙", "3", "2008-03-05", 2010, 1, 0, None], ["P4", "丁", "4", None, None, 9, 0, "待定"]])
    table = read_matters(kind, str(path), law_on(register, date.today()), [], register.meta["crs"])
    assert [row.values.get("WGYY") for row in table.rows] == ["1", "1", None, None] and table.rows[3].wrong  # 待定 is none of the causes
    take_over(register, kind, table.rows, day=date.today(), by="甲")
    rate = matter_figures(register, kind).rows[-1].cells["WGL"]  # the window begins with 2009
    assert (rate.numerator / rate.denominator, float(rate.value)) == (0.75, 0.75)  # 2 and 1 ha of 3 and 1


@pytest.mark.parametrize(("ledger", "headings", "cells", "values"), [
    ("idle_land", ["编号", "合同号/划拨决定书", "用途", "成交价款（万元）", "约定动工", "实际动工"], ["X", "H1", "工业用地", "2.3亿元", "2020.1.1", "无"],
     {"HTH": "H1", "GHYT": "3", "CJJK": 23_000_000_000, "YDDG": "2020-01-01"}),
    ("approved_unsupplied", ["编号", "批次名称", "处置方式", "批准机关"], ["X", "一批", "供应（招拍挂）", "—"], {"PCMC": "一批", "NCZFS": "1"}),
    ("petitions", ["信访件编号", "人数", "诉求"], ["X", "5人", "无"], {"RS": 5}),
    ("facility_farmland", ["编号", "备案号", "上图入库号", "看护房层数", "占永农"], ["X", "未备案", "正在办理", "2层", 3], {"KHCS": 2, "JBNTMJ": 30_000.0}),
    ("facility_farmland", ["编号", "备案号", "上图入库号"], ["X", "无锡设备〔2022〕1号", "STH-1"], {"BAH": "无锡设备〔2022〕1号", "STH": "STH-1"}),
    ("farmland_recovered", ["地块号", "面积（亩）"], ["X", 3], {"MJ": 2000.0}),
    ("inspection_problems", ["问题编号", "督察年度/批次", "永农（亩）"], ["X", "2025年第2批", 3], {"DCND": "2025年第2批", "JBNTMJ": 2000.0}),
    ("supervision_teams", ["编号", "牵头单位", "包片乡镇", "目标值（%）", "达标日"], ["X", "国土局", "东山镇", 10, "2026-5-31"],
     {"DW": "1", "DX": "东山镇", "MB": 10.0, "WCSX": "2026-05-31"})])
def test_tables_of_every_ledger_under_the_words_of_its_specification(register, tmp_path, ledger, headings, cells, values):
    path = office_book(tmp_path / "b.xlsx", [headings], [cells])
    row, = read_matters(kind_of(ledger), str(path), law_on(register, date.today()), [], register.meta["crs"]).rows
    assert not row.wrong, [str(one) for one in row.wrong]
    assert {name: value for name, value in row.values.items() if name != "TZBH"} == values


def test_what_people_wrote_leaves_without_persons_and_numbers_stay(register, tmp_path):
    from land_inspector.exchange.matter_figures import list_fields, list_rows, rows_of
    from land_inspector.register.parties import known_persons

    idle = kind_of("idle_land")
    path = office_book(tmp_path / "b.xlsx", [["编号", "合同号", "使用权人", "坐落", "措施", "备注"]], [
        ["X-1", "3310822024000113800", "令狐冲", "东山路13号旁", "令狐冲自行开工", "联系人王麻子 13812345678，身份证33010119700101123X"]])
    take_over(register, idle, read_matters(idle, str(path), law_on(register, date.today()), [], register.meta["crs"]).rows,
              day=date.today(), by="甲")
    chosen, rows = list_rows(register, idle, "all", date.today())
    told, = rows_of(list_fields(idle, chosen, {}, "zh", known_persons(register)), rows)
    assert told["HTH"] == "3310822024000113800" and told["WZ"] == "东山路13号旁"
    assert not any(secret in str(told) for secret in ("令狐冲", "王麻子", "13812345678", "33010119700101123X"))
    assert "自行开工" in told["CLCS"] and "联系人" in told["BZ"]


def test_a_matter_that_comes_in_in_a_later_state_has_behind_it_what_leads_there(register, tmp_path):
    from land_inspector.exchange.matter_figures import list_rows

    path = office_book(tmp_path / "b.xlsx", [["信访件编号", "登记日期", "状态日期", "状态"]], [
        ["X1", "2026-9-1", None, None], ["X2", "2026-9-1", "2026-9-10", "受理"], ["X3", "2026-9-1", "2026-9-10", "核查"],
        ["X4", "2026-9-1", "2026-10-10", "答复"]])
    table = read_matters(PETITIONS, str(path), law_on(register, date(2026, 11, 30)), [], register.meta["crs"])
    assert table.ignored == []  # a line of units is no heading
    take_over(register, PETITIONS, table.rows, day=date(2026, 11, 30), by="甲")
    _list, rows = list_rows(register, PETITIONS, "all", date(2026, 11, 30))
    due = {row.matter.number: (row.due.code, row.due.due_on.isoformat()) if row.due else None for row in rows}
    assert due == {"X1": ("acceptance", "2026-09-16"), "X2": ("answer", "2026-11-09"), "X3": ("answer", "2026-11-09"), "X4": None}
