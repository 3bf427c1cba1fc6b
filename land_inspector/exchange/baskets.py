"""What might be rectified: baskets of ticks beside a register, by name; the cheapest set below a line, as rows and as a page."""
from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ..errors import InputError, message
from ..evidence.gdal_quiet import reading
from ..i18n import say, tr, user_locale
from ..law.areas import DASH, UNITS_PER_MU, percent_text
from ..law.cheapest import Chosen, DEMOLISH, Option, curve, why_in, why_out
from ..law.rulepack import COUNTY, NET
from ..law.what_if import Basket, is_wish
from ..register.board import Candidate, Factors, Plan
from .atomic_files import write_whole
from .formats import html


# Baskets of ticks (:mod:`land_inspector.law.what_if`) beside a register, by name: saved, opened, handed to a colleague.
#
# A small JSON file of the register's id and parcel ids: no names, no areas. It can be made again and proves nothing; the register knows
# nothing of it.

FORMAT = "land_inspector.baskets"
_MOST_BYTES = 64 << 20


def read_baskets(path: Path, register_id: str) -> List[Basket]:
    """The baskets of a file, none where it does not exist. InputError for a file that is damaged, or of another register."""
    if not path.exists():
        return []
    with reading(path.name):
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too big")
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(FORMAT)
        baskets = [Basket(str(one["name"]), _ticks(one["ticks"])) for one in said["baskets"]]
        belongs_to = str(said["register"])
    if belongs_to != register_id:
        raise InputError("{file} holds the what-ifs of another register.", "Open the register that it was made beside.", file=path.name)
    return baskets


def _ticks(said: Dict[str, str]) -> Dict[str, str]:
    wrong = next((wish for wish in said.values() if not is_wish(wish)), None)
    if wrong is not None:
        raise ValueError(wrong)
    return {str(parcel): wish for parcel, wish in said.items()}


def write_baskets(path: Path, register_id: str, baskets: List[Basket]) -> None:
    """Replace the file in one step. InputError for two baskets of one name, or one without."""
    names = [basket.name.strip() for basket in baskets]
    if not all(names) or len(set(names)) != len(names):
        raise InputError("Every what-if needs a name of its own.", "Give it another name.")
    made = {"format": FORMAT, "register": register_id,
            "baskets": [{"name": name, "ticks": dict(sorted(basket.ticks.items()))} for name, basket in zip(names, baskets)]}
    write_whole(path, json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8"))


# The cheapest set below a line, as rows and as a page: what is in and out and why, the runner-up, and what other lines would cost.

_CURVE = 8


def plan_rows(plan: Plan) -> List[Dict[str, Any]]:
    """One row for each illegal parcel that still counts, those of the set first in each township."""
    chosen_of = {option.parcel: (chosen, option) for chosen in plan.answer.areas for option in chosen.options}
    second = {option.parcel for option in plan.answer.runner_up.options} if plan.answer.runner_up else set()
    rows = [_row(plan, one, chosen_of.get(one.parcel), one.parcel in second) for one in plan.candidates]
    return sorted(rows, key=lambda row: (row["XZDM"] or "", -row["XQ"], row["DKBH"]))


def _row(plan: Plan, one: Candidate, taken: Optional[Any], in_second: bool) -> Dict[str, Any]:
    chosen, option = taken if taken else (None, min(one.options, key=lambda way: way.fen, default=None))
    if option is None:
        why = one.reason
    else:
        why = why_in(chosen, option, plan.line) if chosen else why_out(option, plan.answer)
    days = one.days.get(option.manner) if option else min(one.days.values(), default=None)
    latest = None if option is None or days is None else (plan.cut_off - timedelta(days=days)).isoformat()
    return {"XZDM": one.place or None, "XZMC": one.place_name or None, "DKBH": one.number, "JCBH": one.patch, "XQ": int(chosen is not None),
            "FS": _manner(option), "JY_MU": one.cultivated_units / UNITS_PER_MU, "FY": None if option is None else option.fen / 100,
            "TS": days, "ZC": latest, "CX": int(in_second), "LY": say(why or message("Out."))}


def _manner(option: Optional[Option]) -> Optional[str]:
    if option is None:
        return None
    return tr("Demolish and reclaim") if option.manner == DEMOLISH else tr("Late approval")


def cheapest_page(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> str:
    """Everything about the answer on one page."""
    answer = plan.answer
    said = tr("Every area comes below the line for {cost} yuan.", cost=_yuan(answer.fen)) if answer.is_reached else \
        tr("The line cannot be reached everywhere; the best that can be done costs {cost} yuan.", cost=_yuan(answer.fen))
    bound = _yuan(answer.bound_fen)
    proven = tr("Proven: no set costs less.") if answer.is_optimal else tr("No set costs less than {bound} yuan.", bound=bound)
    body = [html.outcome(said, answer.is_reached), html.lead(proven), html.facts(_terms(plan)), html.heading(tr("Area by area")),
            html.table([tr("Where"), tr("Now, %"), tr("Then, %"), tr("Parcels"), tr("Cost (yuan)"), tr("Below the line")],
                       [_area(plan, chosen) for chosen in answer.areas], cells=("", "n", "n", "n", "n"))]
    if answer.runner_up is not None:
        body += [html.heading(tr("Runner-up")), html.lead(_second(plan, answer.runner_up))]
    body += [html.heading(tr("What other lines would cost")),
             html.table([tr("Line, %"), tr("Cost (yuan)")], _curve(plan), cells=("n", "n"))]
    heads = [tr("Township"), tr("Parcel"), tr("In the set"), tr("Manner"), tr("Cultivated land it takes out (mu)"), tr("Cost (yuan)"),
             tr("Days needed"), tr("Latest start"), tr("Why")]
    body += [html.heading(tr("Parcel by parcel")), html.table(heads, [_line(row) for row in rows], cells=("", "", "", "", "n", "n", "n"))]
    return html.page(tr("The cheapest way under a line"), body)


def _terms(plan: Plan) -> List[Any]:
    line = plan.line
    return [(tr("Line"), f"{line.name.text(user_locale())} (r4 {line.sign} {float(line.percent):g} %)"),
            (tr("Denominator after deduction"), tr("Net: deducted land leaves it") if plan.mode == NET else tr("Gross: it stays whole")),
            (tr("As of"), plan.day.isoformat()), (tr("Cut-off"), plan.cut_off.isoformat()),
            *_factors(plan.factors),
            (tr("Crews a month"), DASH if plan.crews is None else str(plan.crews.per_month))]


def _factors(said: Factors) -> List[Any]:
    """The office's factors, each with its unit; none of them is a figure of the law."""
    uses = "、".join(f"{use} ×{float(times):g}" for use, times in said.uses.items())
    return [(tr("Demolition (yuan/m²)"), f"{float(said.demolition_yuan_m2):g}"),
            (tr("Reclamation (yuan/m²)"), f"{float(said.reclamation_yuan_m2):g}"),
            (tr("Late approval (yuan/m²)"), f"{float(said.approval_yuan_m2):g}"),
            (tr("Each parcel besides (yuan)"), f"{float(said.fixed_yuan):g}"),
            (tr("Building on the land where nobody recorded it"), f"{float(said.building_share) * 100:g} %"),
            (tr("Factor by use"), uses or DASH),
            (tr("Days: demolition, late approval, acceptance"), f"{said.days_demolish}, {said.days_approve}, {said.days_accept}"),
            (tr("Without waiting for the penalty's terms"), tr("yes") if said.voluntary else tr("no"))]


def _area(plan: Plan, chosen: Chosen) -> List[str]:
    area = chosen.area
    now = Fraction(area.numerator, area.denominator) if area.denominator else None
    name = plan.names.get(area.key) or area.key or (tr("The county") if plan.level == COUNTY else tr("In no township"))
    return [name, percent_text(now, [plan.line.holds]), percent_text(chosen.ratio, [plan.line.holds]), str(len(chosen.options)),
            _yuan(chosen.fen), "✓" if chosen.is_reached else "✗"]


def _second(plan: Plan, other: Chosen) -> str:
    first = next(chosen for chosen in plan.answer.areas if chosen.area.key == other.area.key)
    numbers = {one.parcel: one.number for one in plan.candidates}
    mine, its = ({option.parcel for option in chosen.options} for chosen in (first, other))
    return tr("{area}: {more} yuan more, with {added} in the place of {dropped}.",
              area=plan.names.get(other.area.key) or other.area.key or tr("The county"), more=_yuan(other.fen - first.fen),
              added=", ".join(sorted(numbers[key] for key in its - mine)) or DASH,
              dropped=", ".join(sorted(numbers[key] for key in mine - its)) or DASH)


def _curve(plan: Plan) -> List[List[str]]:
    now = max((Fraction(area.numerator, area.denominator) * 100 for area in plan.areas if area.denominator), default=Fraction(0))
    top = max(now, plan.line.percent)
    percents = sorted({*(top * step / _CURVE for step in range(1, _CURVE + 1)), plan.line.percent})
    return [[f"{float(percent):.2f}", tr("cannot be reached") if fen is None else _yuan(fen)]
            for percent, fen in curve(plan.areas, plan.line, percents, plan.crews)]


def _line(row: Mapping[str, Any]) -> List[str]:
    return [row["XZMC"] or "", row["DKBH"], "✓" if row["XQ"] else "", row["FS"] or "", f"{row['JY_MU']:.4f}",
            DASH if row["FY"] is None else f"{row['FY']:,.2f}", DASH if row["TS"] is None else str(row["TS"]), row["ZC"] or DASH, row["LY"]]


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
