"""The closed list of fields that a template may name, and what each says for a case: text, or None where nobody knows.

Nothing is invented: a field whose ground is missing has no value, and the paper marks it. Lists are rows of further fields.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

from .. import remedies
from ..acts import OPTION_LABELS
from ..areas import Amount, UNITS, as_written, m2_text, yuan
from ..case import Item
from ..case_deadlines import deadlines_of, not_counted
from .wording import (
    DEEDS, area_text, building_text, chinese_number, cited_all, day_of_text, day_text, moment_text, money_figures,
    money_text, penalty_ground, people_text, shares, stored_day_text,
)
from ..codes import shipped_codes
from ..penalties import fine_of
from ..procedure import Done
from ..remedies import KINDS, Track, standing
from .catalogue import Paper
from .facts import OFFICE_FIELDS, PERSON, TYPED_FIELDS, UNIT, Facts, Officer, Party

Values = Dict[str, object]
#: Kinds that order something and are no penalty: they are never numbered among the penalties (案卷评查).
ORDERS = ("return", "hand_back", "reclamation")
_WFLX_ARTICLES = {"01": "77", "02": "74", "03": "75", "04": "79"}
_UNIT_NAMES = {"building_m2": "建筑物占地面积", "floor_m2": "建筑面积", "land_m2": "土地面积", "cultivated_m2": "其中耕地", "fen": "金额", "persons": "人数"}


def values_of(paper: Paper, facts: Facts, number: Optional[str] = None, done: Optional[Done] = None) -> Values:
    """Every field of the closed list for one paper. ``number`` is its number, where it has been given one; ``done`` the act that it
    belongs to, the last of its kind where none is named."""
    from .facts import idle_values

    done = done or (facts.last(*paper.acts) if paper.acts else None)
    on = done.on if done is not None and not paper.is_free else facts.day
    values: Values = {name: None for name in FIELDS}
    values.update(_general(paper, facts, number, on))
    values.update(_office(facts))
    values.update(_parties(facts))
    if facts.case is not None:
        values.update(_CaseValues(paper, facts, done, on).all())
    if facts.matter is not None:
        values.update(idle_values(facts, paper.code, on))
    values.update({name: text for name, text in facts.typed.items() if text and name in FIELDS})
    values["案件名称"] = _case_name(values, facts)
    values["卷内文件"] = list(facts.file) or None
    return values


def _general(paper: Paper, facts: Facts, number: Optional[str], on: date) -> Values:
    in_capitals = facts.office.values.get("日期用汉字") in ("是", "1", "true")
    parts = [facts.label, f"依据截至{day_text(facts.day)}的登记", f"已知时点{facts.known_at}" if facts.known_at else "",
             f"封印码{facts.seal}" if facts.seal else "", "公开版" if facts.is_public else ""]
    return {"文书名称": paper.zh, "文书依据": paper.ground.replace("；", "、"), "文号": number or None, "制作日期": day_text(on, in_capitals),
            "案件编号": facts.label, "页脚说明": " · ".join(part for part in parts if part), "公开版": facts.is_public,
            "登记人": facts.entered_by, "填写日期": day_text(facts.day, in_capitals)}


def _office(facts: Facts) -> Values:
    known = facts.office.values
    return {name: known.get(name) or None for name in OFFICE_FIELDS if name != "日期用汉字"}


def _parties(facts: Facts) -> Values:
    rows = [_party(one) for one in facts.parties]
    first = rows[0] if rows else _party(Party())
    if len(rows) > 1:  # outside the list of parties nobody's particulars stand for another's
        first = {name: value if isinstance(value, bool) else "；".join(f"{row['当事人名称']}：{row[name]}" for row in rows if row[name]) or None
                 for name, value in first.items()}
    return {**first, "当事人": rows or None, "当事人名称": people_text(one.name for one in facts.parties),
            "称谓": "你" if facts.parties and all(one.kind == PERSON for one in facts.parties) else "你单位" if facts.parties and all(
                one.kind == UNIT for one in facts.parties) else "你（单位）"}


def _party(one: Party) -> Values:
    said = {"名称": one.name, "证照类型": one.id_kind or ("居民身份证" if one.kind == PERSON else "统一社会信用代码" if one.kind == UNIT else ""),
            "证照号码": one.id_number, "法定代表人": one.representative, "职务": one.post, "性别": one.sex, "出生日期": stored_day_text(one.born),
            "地址": one.address, "电话": one.phone, "代理人": one.agent}
    values: Values = {f"当事人{name}": text or None for name, text in said.items()}
    return {**values, "当事人是单位": one.kind == UNIT, "当事人是个人": one.kind == PERSON, "当事人类型不明": not one.kind}


def _case_name(values: Values, facts: Facts) -> Optional[str]:
    party, cause = values.get("当事人名称"), values.get("案由")
    return f"{party}{cause}案" if party and cause else None


class _CaseValues:
    """The fields of a case as of the act that a paper belongs to (``done``, None where it is still to come): what came later is not in
    it, however late it is written."""

    def __init__(self, paper: Paper, facts: Facts, done: Optional[Done], on: date):
        if facts.case is None:
            raise ValueError("papers of a case need the case")
        self.paper, self.whole, self.done, self.on = paper, facts, done, on
        every = facts.case.acts
        known = every if done is None or paper.is_free else [one for one in every if one is done or one.on <= on]
        self.facts = facts = replace(facts, case=replace(facts.case, acts=tuple(known)))
        self.case, self.pack = facts.case, facts.pack
        self.remedies = self._remedies()
        self.violated_on = next((day for day in (day_of_text(str(one.get("violated_on") or "")) for one in self.remedies) if day),
                                None) \
            or next((day for day in (day_of_text(land.built_on) for land in facts.lands) if day), None)

    def all(self) -> Values:
        """Every field of a case."""
        values: Values = {}
        for part in (self._land, self._said, self._penalty, self._papers_before, self._attacked, self._terms, self._service,
                     self._evidence, self._carried_out, self._history):
            values.update(part())
        values["违法事实"] = self._what_was_done(values)
        values["告知情况"] = self._told()
        values["证据"] = self._proofs() or None
        return values

    # --- land --------------------------------------------------------------------------------------------------------

    def _sum(self, name: str) -> Optional[float]:
        """Of all parcels; None where it was not measured on one of them."""
        figures = [getattr(land, name) for land in self.facts.lands]
        return None if not figures or any(one is None for one in figures) else sum(figures)

    def _classes(self) -> Dict[str, Optional[float]]:
        found: Dict[str, float] = {}
        for land in self.facts.lands:
            for name, area in land.classes.items():
                found[name] = found.get(name, 0.0) + (area or 0.0)
        return dict(found)

    def _land(self) -> Values:
        lands = self.facts.lands
        layers = list(dict.fromkeys(f"{role}（{source}）" for land in lands for role, source in land.layers.items()))
        return {
            "坐落": "；".join(dict.fromkeys(land.place for land in lands if land.place)) or None,
            "图斑编号": people_text(dict.fromkeys(land.patch for land in lands)), "地块编号": people_text(land.number for land in lands),
            "坐标系": people_text(dict.fromkeys(land.crs for land in lands if land.crs)),
            "面积方法": people_text(dict.fromkeys(land.method for land in lands if land.method)),
            "总面积": area_text(self._sum("area_m2")), "违法面积": area_text(self._sum("illegal_m2")),
            "耕地面积": area_text(self._sum("cultivated_m2")), "永久基本农田面积": area_text(self._sum("farmland_m2")),
            "符合规划面积": area_text(self._sum("conforming_m2")), "不符合规划面积": area_text(self._sum("contrary_m2")),
            "地类面积": "、".join(shares(self._classes())) or None, "套合依据": "；".join(layers) or None,
            "动工日期": stored_day_text(next((land.built_on for land in lands if land.built_on), None)),
            "实际用途": people_text(dict.fromkeys(land.use for land in lands if land.use)),
            "项目名称": people_text(dict.fromkeys(land.project for land in lands if land.project)),
            "案由": self._cause(), "违反条款": people_text(dict.fromkeys(land.article for land in lands if land.article)),
            "地块": [{"地块序号": str(n), "地块号": land.number, "地块坐落": land.place or None, "地块面积": area_text(land.area_m2),
                    "地块违法面积": area_text(land.illegal_m2), "地块耕地面积": area_text(land.cultivated_m2)}
                   for n, land in enumerate(lands, 1)]}

    def _cause(self) -> Optional[str]:
        kinds = list(dict.fromkeys(land.violation_text for land in self.facts.lands if land.violation_text))
        return f"涉嫌{'、'.join(kinds)}" if kinds else None

    def _what_was_done(self, values: Values) -> Optional[str]:
        """Who, when, where, without what, built what, how much of which land, and how it stands to the plan: as far as it is known."""
        lands, area = self.facts.lands, self._sum("illegal_m2")
        deed = DEEDS.get(self._violation())
        if not lands or area is None or not values.get("坐落") or deed is None:
            return None
        begun = f"{values['动工日期']}起，" if values["动工日期"] else ""
        natures = people_text(dict.fromkeys(land.nature for land in lands if land.nature))
        use = values["项目名称"] or values["实际用途"]
        said = f"{begun}{values.get('当事人名称') or self._party_names()}{deed.format(values['坐落'])}" \
               f"{area_text(area)}{f'，用于{use}' if use else ''}{f'（{natures}）' if natures else ''}。"
        parts = shares({"耕地": self._sum("cultivated_m2"), "永久基本农田": self._sum("farmland_m2")})
        plan = shares({"符合国土空间规划": self._sum("conforming_m2"), "不符合国土空间规划": self._sum("contrary_m2")})
        said += f"其中{'占用' if '占用' in deed else ''}{'、'.join(parts)}。" if parts else ""
        return said + (f"套合规划，{'、'.join(plan)}。" if plan else "")

    def _violation(self) -> str:
        """WFLX of the parcels, "" where nobody says; of several kinds no sentence can be made."""
        return "/".join(sorted({land.violation for land in self.facts.lands if land.violation}))

    def _party_names(self) -> str:
        return people_text(party.name for party in self.facts.parties) or "当事人"

    # --- what the acts said ------------------------------------------------------------------------------------------

    def _of(self, act: str, name: str) -> Optional[str]:
        done = self.facts.last(act)
        said = done.particulars.get(name) if done is not None else None
        return str(said) if said not in (None, "") else None

    def _mine(self, name: str) -> Optional[str]:
        said = self.done.particulars.get(name) if self.done is not None else None
        return str(said) if said not in (None, "") else None

    def _option(self, codes: str, code: Optional[str]) -> Optional[str]:
        known = OPTION_LABELS.get(codes, {})
        if code in known:
            return known[code][1]
        return shipped_codes().label(codes, code) if code else None

    def _on(self, act: str) -> Optional[str]:
        done = self.facts.last(act)
        return day_text(done.on) if done is not None else None

    def officers(self) -> List[Officer]:
        """Those of this act; else of the last act that names any."""
        for done in ([self.done] if self.done is not None else []) + list(reversed(self.facts.acts)):
            ids: Sequence[str] = done.particulars.get("officers") or ()
            if ids:
                return [self.facts.officers.get(key) or Officer(key) for key in ids]
        return []

    def _said(self) -> Values:
        officers, ends = self.officers(), self._of("file", "ended_on")
        return {
            "案源": self._option("LYQD", self._of("clue", "source")), "线索日期": self._on("clue"),
            "立案文号": self._of("file", "number"), "立案日期": self._on("file"), "勘验日期": self._on("site_check"),
            "核查情况": self._of("site_check", "findings"), "执法人员": people_text(one.text for one in officers),
            "执法人员表": [{"执法人员姓名": one.name, "执法证号": one.number} for one in officers] or None,
            "理由": self._mine("reason"), "意见": self._mine("opinion") or self._of("legal_review", "opinion"),
            "复核意见": self._of("statement", "recheck"), "听证日期": stored_day_text(self._of("schedule_hearing", "hearing_on")),
            "延长天数": self._of("extend_decision", "days"), "改正内容": self._of("order_correction", "what"),
            "改正期限": stored_day_text(self._of("order_correction", "correct_by")), "接收单位": self._of("hand_over", "receiver"),
            "接收部门": self._of("transfer_case", "body"), "移送人数": self._mine("persons"), "受理法院": self._of("preserve_property", "court"),
            "不予立案情形": self._option("BLA", self._of("not_file", "cause")), "违法终了日期": stored_day_text(ends),
            "违法状态": f"违法行为于{stored_day_text(ends)}终了" if ends else "违法状态仍在持续", "制止情况": self._option(
                "ZZQK", self._of("stop_result", "result")),
            "收文机关": self.facts.office.values.get("收文机关") or self._option("BGDX", self._of("stop_report", "addressee")),
            "结案情形": "已依法申请人民法院强制执行" if self.facts.last("close_applied") else self._option("JALX", self._of("close", "how")),
            "结案日期": self._on("close") or self._on("close_applied"), "决定机关": self._of("decide", "organ"),
            "同意电子送达": self._of("confirm_address", "electronic") == "1", "立案条件": self._conditions(),
            "公开渠道": self._of("publish", "place")}

    def _conditions(self) -> Optional[List[Values]]:
        """The five of 12号令 Art. 16, each with what the register has for it."""
        land = self._sum("illegal_m2")
        limit = self._of("file", "ended_on")
        answers = {"有明确的行为人": people_text(one.name for one in self.facts.parties),
                   "有违法事实": f"违法用地{area_text(land)}" if land else None,
                   "依照自然资源管理法律法规应当追究法律责任": self._ground(None),
                   "属于本机关管辖": self.facts.office.values.get("机关全称") or None,
                   "违法行为没有超过追诉时效": f"终了日期{stored_day_text(limit)}" if limit else "违法状态持续"}
        return [{"条件": name, "条件情况": answer} for name, answer in answers.items()]

    # --- what is proposed or decided ---------------------------------------------------------------------------------

    def _remedies(self) -> List[Mapping[str, Any]]:
        """Those decided, as a reconsideration or suit changed them; before the decision those of the notice; with their numbers."""
        done = self.facts.last("decide", "notice") or next((one for one in self.whole.acts if one.act in ("notice", "decide")), None)
        said: Sequence[Mapping[str, Any]] = done.particulars.get("remedies") or () if done is not None else ()
        found = [dict(remedy, item=str(remedy.get("item") or n)) for n, remedy in enumerate(said, 1)]
        for later in self.facts.acts[len(self.facts.acts) if done not in self.facts.acts else self.facts.acts.index(done) + 1:]:
            changes = {str(one.get("item")): one for one in later.particulars.get("remedies") or () if later.act == "conclude_review"}
            found = [dict(one, amount=changes[one["item"]]["amount"], base=changes[one["item"]].get("base"))
                     if one["item"] in changes else one for one in found]
        return found

    def _ground(self, article: Optional[str]) -> Optional[str]:
        own = next((str(one["article"]) for one in self.remedies if one.get("article")), None)
        by_kind = next((_WFLX_ARTICLES[land.violation] for land in self.facts.lands if land.violation in _WFLX_ARTICLES), None)
        return penalty_ground(article or own or by_kind, self.violated_on)

    def _penalty(self) -> Values:
        penalties = [one for one in self.remedies if one["kind"] not in ORDERS]
        orders = [one for one in self.remedies if one["kind"] in ORDERS]
        fines = [one for one in penalties if one["kind"] == "fine"]
        fen = sum(int(one["amount"].get("fen") or 0) for one in fines) or None
        grounds = list(dict.fromkeys(ground for ground in (self._ground(one.get("article")) for one in self.remedies) if ground))
        kinds = {one["kind"] for one in self.remedies}
        return {
            "处罚内容": [self._item(n, one) for n, one in enumerate(penalties, 1)] or None,
            "责令内容": [self._item(n, one) for n, one in enumerate(orders, 1)] or None,
            "没收内容": [self._item(n, one) for n, one in enumerate((o for o in penalties if o["kind"] == "confiscation"), 1)] or None,
            "处罚依据": "；".join(grounds) or self._ground(None), "罚款金额": money_text(fen), "罚款小写": money_figures(fen) if fen else None,
            "罚款计算": "；".join(filter(None, map(fine_sum, fines))) or None, "有罚款": bool(fines), "有拆除": "demolition" in kinds,
            "有没收": "confiscation" in kinds, "有其他处罚": bool(kinds - {"demolition"} - set(ORDERS)), "有责令": bool(orders),
            "需听证": self.facts.needs_hearing(self.remedies) if self.remedies else None,
            "裁量说明": None}

    def _item(self, n: int, remedy: Mapping[str, Any]) -> Values:
        days = remedy.get("perform_days")
        fen = remedy["amount"].get("fen")
        return {"项号": chinese_number(n), "项序": str(n), "项名": KINDS[remedy["kind"]].zh, "项内容": ordered_text(remedy, self._violation()),
                "项面积": area_text(remedy["amount"].get("land_m2")), "项建筑面积": building_text(remedy["amount"].get("building_m2")),
                "项金额": money_text(fen), "项依据": self._ground(remedy.get("article")),
                "项期限": f"自收到{'本' if self.paper.code == 'decision' else '行政处罚'}决定书之日起"
                f"{'十五' if remedy['kind'] in remedies.MONEY else days or self.pack.parameters.perform_days}日内"}

    # --- papers that went before -------------------------------------------------------------------------------------

    def _papers_before(self) -> Values:
        acts = {"停止通知书": "stop_order", "保存通知书": "preserve_evidence", "调查报告": "investigate", "告知书": "notice",
                "听证告知书": "hearing_notice", "决定书": "decide", "催告书": "demand"}
        values: Values = {f"{name}文号": self._of(act, "number") for name, act in acts.items()}
        values.update({f"{name}日期": self._on(act) for name, act in acts.items()})
        for name, act in (("告知书", "notice"), ("听证告知书", "hearing_notice"), ("停止通知书", "stop_order"), ("催告书", "demand")):
            values[f"{name.replace('通知书', '').replace('书', '')}送达日期"] = day_text(self._reached(act))
        values["决定送达日期"] = day_text(remedies.served_on(self.case, self.pack))
        return values

    def _reached(self, act: str) -> Optional[date]:
        """When the paper of this act reached the party, as far as its service is recorded; never of a revoked round."""
        return remedies.delivered_on(self.case, act, self.pack) if self.facts.last(act) else None

    def _told(self) -> Optional[str]:
        """That the party was told, what it said, whether a hearing was held: CF 59, 12号令 Art. 35."""
        if self.facts.last("notice") is None:
            return None
        name = "本机关"
        said = [f"{self._on('notice')}，{name}作出《行政处罚告知书》（{self._of('notice', 'number')}）"]
        reached = self._reached("notice")
        said.append(f"并于{day_text(reached)}送达当事人" if reached else "")
        statement, request = self.facts.last("statement"), self.facts.last("hearing_request")
        told = "，".join(one for one in said if one) + "。"
        told += f"当事人提出陈述申辩，经复核：{self._of('statement', 'recheck')}。" if statement else "当事人在法定期限内未提出陈述申辩。"
        if self.facts.last("hearing_notice"):
            told += f"{self._on('hearing_notice')}作出《行政处罚听证告知书》（{self._of('hearing_notice', 'number')}），"
            held, back = self.facts.last("hold_hearing"), self.facts.last("withdraw_hearing")
            told += (f"当事人申请听证，本机关于{day_text(held.on)}举行听证。" if request and held else
                     f"当事人申请听证后于{day_text(back.on)}撤回申请。" if request and back else
                     "当事人申请听证。" if request else "当事人在法定期限内未申请听证。")
        return told

    def _attacked(self) -> Values:
        """Whether and how the party attacked the decision, and what changed of it: an application must say so."""
        said, changed = [], []
        for done in self.facts.acts:
            number = f"（{done.particulars.get('number')}）" if done.particulars.get("number") else ""
            if done.act == "open_review":
                said.append(f"于{day_text(done.on)}{'申请行政复议' if done.particulars.get('way') == '1' else '提起行政诉讼'}{number}")
            elif done.act == "conclude_review":
                result = self._option("FYJG", str(done.particulars.get("result") or ""))
                said.append(f"{day_text(done.on)}结果为{result}{number}")
                changed += [number.strip("（）") or f"{day_text(done.on)}的结果"] if done.particulars.get("remedies") else []
        sued = any(one.act == "open_review" and one.particulars.get("way") != "1" for one in self.facts.acts)
        rest = "" if sued else "，未在法定期限内提起行政诉讼" if said else "在法定期限内未申请行政复议、未提起行政诉讼"
        return {"救济情况": "，".join(dict.fromkeys(said)) + rest if self.facts.last("serve") else None,
                "决定变更": f"经{'、'.join(dict.fromkeys(changed))}变更" if changed else None}

    # --- terms -------------------------------------------------------------------------------------------------------

    def _terms(self) -> Values:
        case = self.case if self.done is None or self.done.act != "extend_decision" else replace(
            self.case, acts=tuple(one for one in self.case.acts if one is not self.done))  # the term that is to be extended
        found = deadlines_of(case, self.pack, self.facts.tracks)
        by_code = {one.code.replace("decision_extended", "decision"): one for one in found}
        used, left_out = self._days_used()
        amount = {code: str(self.pack.term(code).amount) for code in ("statement", "hearing_request",
                                                                      "demand") if code in self.pack.terms}
        named = {"陈述申辩截止日": "statement", "听证申请截止日": "hearing_request", "办案截止日": "decision", "移交截止日": "handover",
                 "申请执行截止日": "court_application", "起诉截止日": "suit", "拆除起诉截止日": "demolition_suit", "复议截止日": "review",
                 "催告截止日": "demand", "履行截止日": "performance"}
        values: Values = {name: day_text(by_code[code].due_on) if code in by_code else None for name, code in named.items()}
        opens = [remedies.court_opens_after(self.case, item, self.pack) for item in self.case.items]
        latest = max((end.day for end in opens if end is not None), default=None)
        values.update({
            "陈述申辩天数": amount.get("statement"), "听证申请天数": amount.get("hearing_request"), "催告天数": amount.get("demand"),
            "可申请执行日": f"{day_text(latest)}届满后" if latest else None, "已用天数": used, "不计入天数": left_out,
            "期限表": [{"期限名称": one.name.zh, "期限依据": cited_all(one.ground) or " ", "期限起算": day_text(one.started_on),
                     "期限届满": day_text(one.due_on),
                     "期限状况": f"{day_text(one.met_on)}完成" if one.met_on else "进行中"} for one in found] or None})
        return values

    def _days_used(self) -> Sequence[Optional[str]]:
        """Days since the filing that count, and those that do not."""
        filed = self.case.filed_on
        if filed is None:
            return None, None
        pauses = not_counted(self.case.acts, self.pack)
        apart = sum((min(last, self.on) - max(first, filed)).days + 1 for first, last in pauses if first <= self.on)
        return str((self.on - filed).days - apart), str(apart)

    # --- service -----------------------------------------------------------------------------------------------------

    def _service(self) -> Values:
        done = self.done if self.done is not None and self.done.act in ("deliver", "serve") else self.facts.last("deliver", "serve")
        if done is None:
            return {}
        paper = str(done.particulars.get("paper") or "decide")
        name = "行政处罚决定书" if done.act == "serve" else self._option("SDWS", paper)
        return {"送达文书": name, "送达文书文号": self._of("decide" if done.act == "serve" else paper, "number"), "送达日期": day_text(done.on),
                "送达方式": self._option("SDFS", done.particulars.get("manner")), "送达地点": _parties(self.facts)["当事人地址"],
                "受送达人": people_text(one.name for one in self.facts.parties),
                "留置送达": done.particulars.get("manner") == "2", "公告送达": done.particulars.get("manner") == "5"}

    # --- evidence ----------------------------------------------------------------------------------------------------

    def _evidence(self) -> Values:
        return {"照片数": str(len(self.facts.photos)) if self.facts.photos else None, "照片": [
            {"照片序号": str(n), "照片文件": photo.file, "照片时间": moment_text(photo.taken_at),
             "照片方位角": None if photo.direction is None else f"{photo.direction:.0f}°", "照片地点": self._place_of(photo.parcels)}
            for n, photo in enumerate(self.facts.photos, 1)] or None}

    def _place_of(self, parcels: Sequence[str]) -> Optional[str]:
        return people_text(dict.fromkeys(land.place for land in self.facts.lands if land.id in parcels))

    def _proofs(self) -> List[Values]:
        """What the register holds as evidence, with what it proves; what is not there is not named."""
        proofs = [("当事人身份材料", "当事人主体资格")] if any(one.id_number for one in self.facts.parties) else []
        check, report = self.facts.last("site_check"), self.facts.last("investigate")
        proofs += [(f"现场勘验笔录（{day_text(check.on)}）", "违法行为的时间、地点和现场状况")] if check else []
        proofs += [(f"现场照片{len(self.facts.photos)}张", "现场状况")] if self.facts.photos else []
        for role in dict.fromkeys(role for land in self.facts.lands for role in land.layers):
            sources = people_text(dict.fromkeys(land.layers[role] for land in self.facts.lands if role in land.layers))
            proofs.append((f"{role}套合结果（{sources}）", "占用土地的面积、地类和规划状况"))
        stop = self.facts.last("stop_order")
        proofs += [(f"责令停止违法行为通知书（{stop.particulars.get('number')}）", "已依法制止")] if stop else []
        proofs += [(f"违法案件调查报告（{report.particulars.get('number')}）", "调查经过和结论")] if report and report is not self.done else []
        return [{"证据序号": str(n), "证据名称": name, "证明内容": proves, "证据页号": " "} for n, (name, proves) in enumerate(proofs, 1)]

    # --- carrying out ------------------------------------------------------------------------------------------------

    def _carried_out(self) -> Values:
        tracks = [replace(track, steps=tuple(step for step in track.steps if step.on <= self.on))
                  for track in standing(self.facts.tracks) if track.case == self.case.id]
        rows = [row for track in tracks for row in _track_rows(track)]
        left = [left_text(item, [track for track in tracks if track.item == item.id], self._violation())
                for item in self.case.items if not item.is_settled or item.since is not None and item.since > self.on]
        unpaid = self._unpaid(tracks)
        schedule = next((remedies.parts_of(self.case, item) for item in self.case.items if item.kind == "fine"), ())
        proposed = remedies.schedule_of(self._of("instalments", "schedule") or "") or schedule
        open_items: List[Values] = [{"未履行项号": chinese_number(n), "未履行项": text} for n, text in enumerate(filter(None, left), 1)]
        parts: List[Values] = [{"期号": str(n), "缴款日期": day_text(on), "缴款金额": money_text(fen)}
                               for n, (on, fen) in enumerate(proposed, 1)]
        return {"执行情况": rows or None, "未履行内容": open_items or None, "分期": parts or None, "欠缴金额": money_text(unpaid[0]),
                "加处罚款": money_text(unpaid[1]), "逾期天数": str(unpaid[2]) if unpaid[2] else None}

    def _unpaid(self, tracks: Sequence[Track]) -> Sequence[int]:
        """Fen of principal left, of surcharge, and days late."""
        for track in tracks:
            item = self.case.item(track.item or "")
            due = remedies.performance_end(self.case, item, self.pack) if item is not None and track.kind == "fine" else None
            if due is not None:
                day = self.on if self.done is not None and self.done.act == "demand" else self.facts.day  # as it stood then
                fine = fine_of(track, due.day, day, self.pack, remedies.review_pauses(self.case, item))
                return fine.unpaid_fen, fine.surcharge_fen, fine.days_late
        return 0, 0, 0

    def _history(self) -> Values:
        from ..acts import ACTS

        return {"经过": [{"经过日期": day_text(done.on), "经过事项": ACTS[done.act].zh if done.act in ACTS else done.act,
                        "经过文号": str(done.particulars.get("number") or " ")}
                       for done in sorted(self.case.acts, key=lambda one: one.on)]}


# --- sentences of single remedies -----------------------------------------------------------------------------------


def ordered_text(one: Mapping[str, Any], violation: str = "") -> str:
    """A remedy as a notice and a decision word it, with its areas and its sum; ``violation`` as WFLX says it."""
    amount = one["amount"]
    land, building, floor = (amount.get(name) for name in ("land_m2", "building_m2", "floor_m2"))
    houses = "，".join(part for part in (f"建筑物占地面积{building_text(building)}" if building else "",
                                        f"建筑面积{building_text(floor)}" if floor else "")
                      if part)
    houses, way = f"（{houses}）" if houses else "", "非法转让" if violation == "02" else "非法占用"
    texts: Dict[str, Callable[[], str]] = {
        "return": lambda: f"责令退还{way}的土地{area_text(land)}", "hand_back": lambda: f"责令交还土地{area_text(land)}",
        "reclamation": lambda: f"责令限期恢复土地原状{area_text(land)}",
        "demolition": lambda: f"限期拆除在{way}的土地上新建的建筑物和其他设施{houses}，恢复土地原状{area_text(land) or ''}",
        "confiscation": lambda: f"没收在{way}的土地上新建的建筑物和其他设施{houses}",
        "fine": lambda: f"罚款{money_text(amount.get('fen'))}", "gains": lambda: f"没收违法所得{money_text(amount.get('fen'))}",
        "fee": lambda: f"责令缴纳土地复垦费{money_text(amount.get('fen'))}"}
    made = texts.get(one["kind"])
    return made() if made else KINDS[one["kind"]].zh


def rate_of(fen: int, land_m2: float) -> Optional[int]:
    """The rate in fen a m² whose product with the land is the fine to the fen; None where there is none."""
    land = as_written(land_m2)
    rate = round(as_written(fen) / land)
    return rate if rate and abs(rate * land - fen) <= Fraction(1, 2) else None


def fine_sum(one: Mapping[str, Any]) -> Optional[str]:
    """21926.00平方米×15元/平方米＝328890元, where the rate is a whole number of fen; None where the sum cannot be shown so."""
    land, fen = (one.get("base") or {}).get("land_m2"), one["amount"].get("fen")
    if not land or not fen:
        return None
    rate = rate_of(fen, land)
    if rate is None:
        return None
    shown = yuan(rate)
    plain = f"{shown:.0f}" if rate % 100 == 0 else str(shown)
    return f"{m2_text(land)}平方米×{plain}元/平方米＝{money_figures(fen)}"


def left_text(item: Item, tracks: Sequence[Track], violation: str = "") -> Optional[str]:
    """What of a remedy of the decision is still to be carried out, exactly as it was decided; None where nothing is."""
    mine = [track for track in standing(tracks) if track.item == item.id]
    if mine and all(track.is_done for track in mine):
        return None
    done = {unit: sum(track.done.get(unit) for track in mine) for unit in UNITS}
    amount = item.amount.as_record()
    left = {unit: value - done[unit] for unit, value in amount.items()}
    said = ordered_text({"kind": item.kind, "amount": amount}, violation)
    if all(abs(left[unit] - amount[unit]) < 0.005 for unit in amount):
        return said
    rest = "、".join(amount_parts(Amount(**{unit: max(value, 0) for unit, value in left.items()})))
    return f"{said}（尚未履行：{rest}）"


def amount_parts(amount: Amount) -> List[str]:
    """建筑物占地面积300.00平方米, 土地面积1600.00平方米（2.40亩), 金额100元: each unit apart, never added."""
    return list(_amount_parts(amount))


def _amount_parts(amount: Amount) -> Iterator[str]:
    for unit, value in amount.items():
        if unit == "fen":
            yield f"{_UNIT_NAMES[unit]}{money_figures(int(value))}"
        elif unit == "persons":
            yield f"{value}人"
        else:
            yield f"{_UNIT_NAMES[unit]}{(building_text if unit in ('building_m2', 'floor_m2') else area_text)(float(value))}"


def _track_rows(track: Track) -> List[Values]:
    last = max((step.on for step in track.steps), default=None)
    return [{"执行项": KINDS[track.kind].zh, "应履行": "、".join(amount_parts(track.ordered)),
             "已履行": "、".join(amount_parts(track.done)) or "无",
             "未履行": "、".join(amount_parts(track.remaining)) or "无", "履行日期": day_text(last) or " "}]


# --- the closed list ------------------------------------------------------------------------------------------------

_LAST_DAYS = "陈述申辩截止日 听证申请截止日 办案截止日 移交截止日 申请执行截止日 起诉截止日 拆除起诉截止日 复议截止日 催告截止日 履行截止日"
_OF_A_PARTY = "证照类型 证照号码 法定代表人 职务 性别 出生日期 地址 电话 代理人"
_OF_IDLE_LAND = ("供地面积 合同号 合同日期 价款 约定动工日期 约定竣工日期 闲置原因 认定情况 认定书文号 认定日期 闲置费金额 闲置费计算 政府批准文号 规划用途 供地方式 "
                 "已开发面积 已投资额 闲置天数 调查通知书文号 调查通知书日期 举证说明")


def _listed() -> Dict[str, str]:
    """Name → what it is, for the guide of those who change templates."""
    plain = {
        "文书名称": "the paper's name", "文书依据": "its legal ground", "文号": "its number", "制作日期": "the day of the act, else of writing",
        "填写日期": "the day of writing", "案件名称": "party, cause and 案", "案件编号": "the case's number", "页脚说明": "scope, day, known at, seal",
        "公开版": "condition: the public version", "登记人": "who entered the case", "称谓": "你, 你单位", "当事人名称": "all parties",
        "案源": "how the clue came", "线索日期": "day of the clue", "立案文号": "number of the filing", "立案日期": "day of the filing",
        "勘验日期": "day of the check on site", "核查情况": "findings on site", "执法人员": "officers with their certificates",
        "理由": "the act's reason", "意见": "opinion of the legal review", "复核意见": "result of the recheck", "听证日期": "day of the hearing",
        "延长天数": "days of the extension", "改正内容": "what is to be corrected", "改正期限": "by when", "接收单位": "who takes what was confiscated",
        "移送人数": "persons transferred", "受理法院": "court of the preservation", "不予立案情形": "why it is not filed",
        "违法终了日期": "end of the violation", "违法状态": "whether it goes on", "制止情况": "effect of the stop order",
        "结案情形": "way of closing", "结案日期": "day of closing", "决定机关": "organ that decided", "同意电子送达": "condition: electronic service",
        "公开渠道": "where it was published", "图斑编号": "numbers of the patches", "地块编号": "numbers of the parcels", "坐标系": "CRS",
        "面积方法": "how areas were measured", "总面积": "area, m² and mu", "违法面积": "illegal area", "耕地面积": "illegal cultivated area",
        "永久基本农田面积": "permanent basic farmland", "符合规划面积": "conforming to the plan", "不符合规划面积": "contrary to the plan",
        "地类面积": "areas by class of land", "套合依据": "layers with their dates", "动工日期": "when it was built", "实际用途": "use",
        "项目名称": "project", "处罚依据": "articles of the penalty", "罚款金额": "fine in figures and capitals", "罚款小写": "fine in figures",
        "罚款计算": "area × rate", "有罚款": "condition", "有拆除": "condition", "有没收": "condition", "有其他处罚": "condition",
        "有责令": "condition", "需听证": "condition: a hearing must be offered", "告知情况": "what the party was told and said",
        "送达文书": "paper that was served", "送达文书文号": "its number", "送达日期": "day of service", "送达方式": "manner of service",
        "留置送达": "condition", "公告送达": "condition", "照片数": "number of photos", "欠缴金额": "fine not paid", "加处罚款": "surcharge",
        "逾期天数": "days late", "救济情况": "reconsideration and suit", "决定变更": "condition, text: by what the decision was changed",
        "已用天数": "days of handling that count", "不计入天数": "days that do not", "可申请执行日": "court opens after",
        "陈述申辩天数": "days for the statement", "听证申请天数": "days to ask for a hearing", "催告天数": "days after the demand",
        "当事人是单位": "condition", "当事人是个人": "condition", "当事人类型不明": "condition"}
    plain.update({f"{name}文号": f"number of the {name}" for name in ("停止通知书", "保存通知书", "调查报告", "告知书", "听证告知书", "决定书", "催告书")})
    plain.update({f"{name}日期": f"day of the {name}" for name in ("停止通知书", "保存通知书", "调查报告", "告知书", "听证告知书", "决定书", "催告书")})
    plain.update({f"{name}送达日期": "day of service" for name in ("告知", "听证告知", "停止", "催告", "决定")})
    plain.update({name: "last day, as computed" for name in _LAST_DAYS.split()})
    plain.update({f"当事人{name}": "particular of a party" for name in _OF_A_PARTY.split()})
    plain.update({name: "of the office (机关信息.csv)" for name in OFFICE_FIELDS if name != "日期用汉字"})
    plain.update({name: f"typed for the case, else computed where it can be: {text}" for name, text in TYPED_FIELDS.items()})
    plain.update({name: "of idle land" for name in _OF_IDLE_LAND.split()})
    return plain


#: Lists, each with the fields of its rows.
LISTS: Dict[str, Sequence[str]] = {
    "当事人": ("当事人名称", "当事人证照类型", "当事人证照号码", "当事人法定代表人", "当事人职务", "当事人性别", "当事人出生日期", "当事人地址", "当事人电话", "当事人代理人"),
    "执法人员表": ("执法人员姓名", "执法证号"), "地块": ("地块序号", "地块号", "地块坐落", "地块面积", "地块违法面积", "地块耕地面积"),
    "处罚内容": ("项号", "项序", "项名", "项内容", "项面积", "项建筑面积", "项金额", "项依据", "项期限"), "责令内容": (), "没收内容": (),
    "期限表": ("期限名称", "期限依据", "期限起算", "期限届满", "期限状况"), "证据": ("证据序号", "证据名称", "证明内容", "证据页号"),
    "照片": ("照片序号", "照片文件", "照片时间", "照片方位角", "照片地点"), "执行情况": ("执行项", "应履行", "已履行", "未履行", "履行日期"),
    "未履行内容": ("未履行项号", "未履行项"), "分期": ("期号", "缴款日期", "缴款金额"), "经过": ("经过日期", "经过事项", "经过文号"),
    "立案条件": ("条件", "条件情况"), "卷内文件": ("卷序号", "卷责任者", "卷文号", "卷题名", "卷日期", "卷页号", "卷备注")}
FIELDS: Dict[str, str] = {**_listed(), **{name: "list" for name in LISTS}}
#: What people wrote in their own words, and where a person may be named whom nobody knows.
FREE_TEXTS = (*TYPED_FIELDS, "核查情况", "理由", "意见", "复核意见", "改正内容", "项目名称", "举证说明", "认定情况")
ROW_FIELDS = frozenset(name for names in LISTS.values() for name in names)


def is_known(name: str) -> bool:
    """Whether a template may name this field, list or condition."""
    return name in FIELDS or name in ROW_FIELDS


def missing_by_law(paper: Paper, values: Mapping[str, object]) -> List[str]:
    """Fields that the law asks this paper to hold and that have no value."""
    return [name for name in paper.must if values.get(name) in (None, "", [])]


def with_gaps(paper: Paper, values: Mapping[str, object]) -> Values:
    """Values in which a list that the law asks for and that is empty has one row without values, so that the paper marks it."""
    return {**values, **{name: [dict.fromkeys(LISTS[name])] for name in missing_by_law(paper, values) if LISTS.get(name)}}
