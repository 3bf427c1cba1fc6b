"""A campaign's progress: rates on any day against a plain count, milestones early, late, lost again and ahead."""
from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta
from fractions import Fraction

import pytest

from land_inspector.errors import Bilingual, InputError
from land_inspector.exchange.ledger_sheets import curve_svg, milestone_rows, picture, progressed
from land_inspector.law.matters.kind import Milestone
from land_inspector.law.matters.kindform import SHIPPED, parse, shipped_kinds
from land_inspector.law.matters.progress import against, curve
from land_inspector.law.rulepack import shipped_packs
from land_inspector.register.matters import do_matter_act, import_kind, kind_named, matters, open_matter
from tests.factories import new_register, township

FIRST = date(2026, 1, 5)


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path, [township("331082101", "东山镇", (0, 9))]) as register:
        kind = kind_named(register, "park_land")
        for n in range(4):
            open_matter(register, kind, {"TZBH": f"园{n}", "XZDM": "331082101", "LB": kind.codes["LB"][0].code, "MJ": 100.0 * (n + 1)},
                        on=FIRST.isoformat())
        for n, matter in enumerate(sorted(matters(register, "park_land"), key=lambda one: one.number)[:3]):
            do_matter_act(register, matter.id, "verify", on=(FIRST + timedelta(days=30 * (n + 1))).isoformat(),
                          particulars={ask.name: 100.0 if ask.kind == "area" else "1" for ask in kind.moves["verify"].asks if ask.required})
        yield register


def with_milestones(*told):
    kind = next(one for one in shipped_kinds() if one.id == "park_land")
    return dataclasses.replace(kind, milestones=tuple(Milestone(Bilingual("m", zh="节点"), on, "HSL", Fraction(percent))
                                                      for on, percent in told))


def test_a_milestone_says_how_many_days_early_or_late_it_was_reached(register):
    held, pack = matters(register, "park_land"), shipped_packs()[0]
    kind = with_milestones((date(2026, 4, 30), 50), (date(2026, 2, 28), 75), (date(2026, 12, 31), 100), (date(2026, 3, 1), 100))
    found = {(one.milestone.on, int(one.milestone.percent)): one for one in against(kind, held, date(2026, 6, 1), pack)}
    early, late = found[date(2026, 4, 30), 50], found[date(2026, 2, 28), 75]
    assert (early.reached_on, early.days) == (FIRST + timedelta(days=60), (date(2026, 4, 30) - FIRST).days - 60)
    assert (late.reached_on, late.days) == (FIRST + timedelta(days=90), (date(2026, 2, 28) - FIRST).days - 90) and late.days < 0
    assert late.cell.value == Fraction(1, 4) and (late.cell.numerator, late.cell.denominator) == (1, 4)
    assert not found[date(2026, 12, 31), 100].is_reached and found[date(2026, 12, 31), 100].days == 213
    assert found[date(2026, 3, 1), 100].days == -92


def test_a_target_that_was_lost_again_counts_from_when_it_is_kept(register):
    pack = shipped_packs()[0]
    kind = with_milestones((date(2026, 4, 30), 75))
    open_matter(register, kind_named(register, "park_land"), {"TZBH": "园9", "XZDM": "331082101", "LB": "1", "MJ": 5.0},
                on=(FIRST + timedelta(days=100)).isoformat())
    (lost,) = against(kind, matters(register, "park_land"), date(2026, 6, 1), pack)
    assert lost.reached_on is None and lost.cell.value == Fraction(3, 5)


def test_the_curve_has_each_months_end_and_today_and_never_the_future(register):
    held, pack = matters(register, "park_land"), shipped_packs()[0]
    kind = with_milestones((date(2026, 4, 30), 50))
    points = curve(kind, held, date(2026, 4, 10), pack)
    assert [point.day for point in points] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 10)]
    assert [point.cells["HSL"].value for point in points] == [Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    assert curve(kind, held, date(2025, 12, 1), pack) == []


def test_the_page_draws_it_and_a_ledger_without_milestones_says_so(register):
    found = progressed(register, kind_named(register, "park_land"))
    rows = milestone_rows(found)
    assert len(rows) == 4 and "0/4" in rows[0][4] and rows[0][-1].startswith("!!")
    drawn = curve_svg(found)
    assert "data:image/svg+xml;base64," in picture(found)
    assert drawn.count("<polyline") == len(found.columns) == 4 and drawn.count("<path") == 4
    with pytest.raises(InputError, match="no milestones"):
        progressed(register, kind_named(register, "petitions"))


@pytest.mark.parametrize("wrong, reason", [({"column": "YH"}, "column"), ({"on": "2026-02-30"}, "on"), ({"percent": -1}, "percent"),
                                           ({"colour": "red"}, "colour")])
def test_a_wrong_milestone_is_refused_with_its_place(register, wrong, reason):
    pack = json.loads((SHIPPED / "park_land.json").read_text(encoding="utf-8"))
    pack["milestones"][0].update(wrong)
    content = json.dumps(pack, ensure_ascii=False, indent=1).encode("utf-8")
    with pytest.raises(InputError, match="milestones") as refused:
        import_kind(register, content, "mine.json")
    assert reason in str(refused.value) and "line" in str(refused.value)
    assert parse((SHIPPED / "park_land.json").read_bytes(), "p").milestones
