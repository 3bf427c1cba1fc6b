"""The fields of idle land's four papers: a matter of the ledger ``idle_land`` (闲置土地处置办法, 53号令)."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, Optional

from ..matters.finding import CANNOT_TELL
from ..matters.view import View
from .facts import Facts
from .wording import area_text, day_text, money_figures, money_text, stored_day_text


def idle_values(facts: Facts, paper: str, on: date) -> Dict[str, object]:
    """What the ledger held of a plot on the day of the act that a paper (its code) belongs to, in words; None for what it did not."""
    if facts.matter is None or facts.kind is None:
        raise ValueError("papers of a ledger need the matter")
    matter = facts.matter.as_of(on) or facts.matter
    view = View(facts.kind, matter, on, facts.pack)
    values = matter.values

    def said(act: str, name: str) -> Optional[str]:
        step = facts.last(act)
        text = step.particulars.get(name) if step is not None else None
        return str(text) if text not in (None, "") else None

    def day(act: str) -> Optional[str]:
        step = facts.last(act)
        return day_text(step.on) if step is not None else None

    price = values.get("CJJK")
    fee = values.get("YJXZF") or view.value("FEE_MOST")
    return {
        "坐落": "".join(str(values[name]) for name in ("CMC", "WZ") if values.get(name)) or None,
        "供地面积": area_text(values.get("MJ")), "合同号": values.get("HTH"), "合同日期": stored_day_text(values.get("HTRQ")),
        "价款": money_text(price), "约定动工日期": stored_day_text(values.get("YDDG")), "约定竣工日期": stored_day_text(values.get("YDJG")),
        "规划用途": _label(facts, "GHYT"), "供地方式": _label(facts, "GDFS"), "闲置原因": _label(facts, "XZYY"), "项目名称": values.get("XMMC"),
        "已开发面积": area_text(values.get("KFMJ")), "已投资额": money_text(values.get("YTZ")),
        "闲置天数": str(view.value("IDLE_DAYS")) if view.value("IDLE_DAYS") else None,
        "认定情况": _finding(view), "认定书文号": said("establish", "number"), "认定日期": day("establish"),
        "调查通知书文号": said("investigate", "number"), "调查通知书日期": day("investigate"), "举证说明": said("reply", "statement"),
        "闲置费金额": money_text(fee), "闲置费计算": _sum(price, fee),
        "政府批准文号": said("propose_recovery" if paper == "idle_recovery" else "propose_fee", "number"),
        "案由": "闲置土地", "决定书文号": said("decide_recovery", "number") or said("decide_fee", "number")}


def _label(facts: Facts, name: str) -> Optional[str]:
    kind, code = facts.kind, facts.matter.values.get(name) if facts.matter is not None else None
    field = kind.fields.get(name) if kind is not None else None
    entries: Any = kind.codes.get(field.codes, ()) if kind is not None and field is not None else ()
    return next((entry.label.zh for entry in entries if entry.code == code), None)


def _sum(price: Optional[int], fee: Optional[int]) -> Optional[str]:
    """The fee as a fifth of the price, where it is exactly that."""
    return f"{money_figures(price)}×20%＝{money_figures(fee)}" if price and fee and fee * 5 == price else None


def _finding(view: View) -> Optional[str]:
    """Which limb of Art. 2 is reached, as the ledger's machine finds it; None where it cannot tell."""
    if view.found is None or CANNOT_TELL in view.found.statuses:
        return None
    agreed, started, stopped = (stored_day_text(view.matter.values.get(name)) for name in ("YDDG", "SJDG", "ZZKF"))
    said = f"约定动工日期{agreed}，" if agreed else ""
    said += f"实际动工日期{started}" if started else f"至{day_text(view.day)}未动工"
    return said + (f"，{stopped}中止开发。" if stopped else "。")
