"""What the papers of a case or a matter are made of: everything that was read from the register once, as plain records.

Names of persons stand here because the law wants them in papers; nothing of this is stored or shown anywhere else.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..case import Case
from ..matters.matter import CANNOT_TELL, Matter
from ..matters.kind import MatterKind
from ..matters.view import View
from ..procedure import Done
from ..procedure_guards import Practice, needs_hearing
from ..remedies import Track
from ..rulepack import RulePack
from .wording import Scheme, area_text, day_text, masked_name, masked_place, money_figures, money_text, stored_day_text


PERSON, UNIT = "1", "2"  # DSRL
HIDDEN = "＊＊＊"
#: What is known of a party: the name of each particular and whether it names a natural person wherever it stands.
PARTY_FIELDS: Dict[str, Tuple[str, str, bool]] = {
    "name": ("名称（姓名）", "Name", False), "kind": ("类型（个人、单位）", "Kind (1 person, 2 unit)", False),
    "id_kind": ("证照类型", "Kind of certificate", False), "id_number": ("证照号码", "Number of the certificate", True),
    "representative": ("法定代表人（负责人）", "Legal representative", True), "post": ("职务", "Post", False),
    "sex": ("性别", "Sex", True), "born": ("出生日期", "Born on", True), "address": ("住址（地址）", "Address", True),
    "phone": ("联系电话", "Telephone", True), "agent": ("委托代理人", "Agent", True)}
#: What is known of an office, by its Chinese name as an office writes it; True for what names a natural person.
OFFICE_FIELDS: Dict[str, bool] = {
    "机关全称": False, "机关代字": False, "机关地址": False, "机关邮编": False, "机关联系人": True, "机关电话": False, "委托机关": False,
    "代收机构": False, "代收机构地址": False, "代收账号": False, "复议机关": False, "法院名称": False, "监察机关": False, "公安机关": False,
    "检察机关": False, "接收部门": False, "农业农村部门": False, "收文机关": False, "保管期限": False, "日期用汉字": False, "勘验笔录名称": False}
#: What a person types of a case because no layer holds it.
TYPED_FIELDS: Dict[str, str] = {
    "案由": "Cause of the case", "坐落": "Location", "四至": "Bounds", "土地所有权人": "Owner of the land", "建筑情况": "Buildings",
    "违法事实": "Facts of the violation", "违反条款": "Articles violated", "裁量说明": "How the amount was weighed", "界址说明": "Boundary points",
    "送达地点": "Place of service", "受送达人": "Received by", "抵押权人": "Mortgagee", "执行情况说明": "How it was carried out"}
#: What was done before a revoked decision and holds for the new one: all up to the investigation, and what concerns persons.
_STAYS = frozenset({"clue", "site_check", "stop_order", "stop_result", "stop_report", "file", "preserve_evidence", "decide_evidence",
                    "investigate", "order_correction", "confirm_address", "transfer_police", "transfer_discipline", "suspend", "resume"})
#: Typed texts that may name a person: they stand apart from the record as a party does.
TYPED_APART = frozenset({"违法事实", "送达地点", "受送达人", "抵押权人", "执行情况说明"})


@dataclass(frozen=True)
class Party:
    """Somebody whom a case is against; None and "" for what is not known."""

    name: str = ""
    kind: str = ""
    id_kind: str = ""
    id_number: str = ""
    representative: str = ""
    post: str = ""
    sex: str = ""
    born: str = ""
    address: str = ""
    phone: str = ""
    agent: str = ""

    def lacking(self) -> List[str]:
        """What a paper must say of a party of its kind and is not known (行政处罚法 Art. 59; 案卷评查)."""
        wanted = ["name", "kind", "address", "id_number", *(["representative"] if self.kind == UNIT else ["sex", "born"]
                                                            if self.kind == PERSON else [])]
        return [name for name in wanted if not getattr(self, name)]

    def masked(self) -> "Party":
        """As decisions are published: a person's name but for the surname, no number, place only as far as the village."""
        name = self.name if self.kind == UNIT else masked_name(self.name)
        hidden = {one: HIDDEN for one in ("id_number", "sex", "born", "phone") if getattr(self, one)}
        people = {one: masked_name(getattr(self, one)) for one in ("representative", "agent")}
        return replace(self, name=name, address=masked_place(self.address) if self.address else "", **hidden, **people)


@dataclass(frozen=True)
class Officer:
    """An officer of an act; ``name`` None where names are not kept, ``number`` of the certificate."""

    id: str
    name: Optional[str] = None
    number: Optional[str] = None

    @property
    def text(self) -> Optional[str]:
        """张三（执法证号：330001）."""
        if not self.name:
            return None
        return f"{self.name}（执法证号：{self.number}）" if self.number else self.name


@dataclass(frozen=True)
class Office:
    """The office that writes, its scheme of numbers, and the certificates of its officers by their id."""

    values: Mapping[str, str] = field(default_factory=dict)
    scheme: Scheme = Scheme()
    certificates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Land:
    """A parcel of a case. Areas in m², None where not measured; ``layers`` the sources by role, with their date where they have one."""

    id: str
    number: str
    patch: str
    batch: str
    place: str
    area_m2: float
    illegal_m2: Optional[float] = None
    cultivated_m2: Optional[float] = None
    farmland_m2: Optional[float] = None
    conforming_m2: Optional[float] = None
    contrary_m2: Optional[float] = None
    classes: Mapping[str, Optional[float]] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    crs: str = ""
    built_on: Optional[str] = None
    use: str = ""
    project: str = ""
    user: Optional[str] = None
    user_kind: str = ""
    violation: str = ""
    violation_text: str = ""
    nature: str = ""
    article: str = ""
    review_state: str = "0"


@dataclass(frozen=True)
class PhotoFact:
    """A photo in force as evidence; the direction in degrees from north; ``kept`` its name in the register's store."""

    file: str
    taken_at: Optional[str]
    direction: Optional[float]
    parcels: Tuple[str, ...] = ()
    kept: str = ""


@dataclass(frozen=True)
class Written:
    """A paper that was written, as the register knows it. ``act`` and ``on`` say which act it went out with, "" before the act;
    ``files`` are the finished ones that came back, by their kept names; ``digests`` of every version that was written;
    ``about`` the paper that a certificate of service speaks of; ``parties`` those that were entered when it was written last, None where
    none were."""

    id: str
    paper: str
    number: str
    on: str = ""
    written_on: str = ""
    digests: Tuple[str, ...] = ()
    files: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()
    about: str = ""
    parties: Optional[Tuple[Party, ...]] = None


@dataclass(frozen=True)
class Facts:
    """Of one case (``case``) or one matter (``matter``, with its kind). ``day`` is the day on which is written, ``known_at`` and
    ``seal`` say what the register held then; ``others`` are the persons whom the register knows and who are none of this case's
    parties and officers: the public may not read of them."""

    label: str
    day: date
    office: Office
    pack: RulePack
    case: Optional[Case] = None
    matter: Optional[Matter] = None
    kind: Optional[MatterKind] = None
    lands: Tuple[Land, ...] = ()
    parties: Tuple[Party, ...] = ()
    tracks: Tuple[Track, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    officers: Mapping[str, Officer] = field(default_factory=dict)
    photos: Tuple[PhotoFact, ...] = ()
    written: Tuple[Written, ...] = ()
    entered_by: Optional[str] = None
    known_at: str = ""
    seal: str = ""
    file: Tuple[Mapping[str, Any], ...] = ()
    is_public: bool = False
    others: Tuple[str, ...] = ()

    @cached_property
    def acts(self) -> Sequence[Done]:
        """What was done, oldest first; where a revoked decision was taken up again, without what led to it and followed from it."""
        if self.case is None:
            return self.matter.acts if self.matter is not None else ()
        every = self.case.acts
        again = max((n for n, done in enumerate(every) if done.act == "redo"), default=0)
        return [done for n, done in enumerate(every) if n >= again or str(done.particulars.get("paper") or done.act) in _STAYS]

    @property
    def done_in_all(self) -> Sequence[Done]:
        """What was ever done, a revoked round too."""
        return self.case.acts if self.case is not None else self.acts

    @property
    def rounds(self) -> "List[Facts]":
        """As it stood whenever a revoked decision was about to be taken up again, and as it stands now."""
        if self.case is None:
            return [self]
        every = self.case.acts
        return [replace(self, case=replace(self.case, acts=every[:n])) for n, done in enumerate(every) if done.act == "redo"] + [self]

    def last(self, *acts: str) -> Optional[Done]:
        """The latest of these acts; None where none was done."""
        return next((done for done in reversed(self.acts) if done.act in acts), None)

    def needs_hearing(self, remedies: Sequence[Mapping[str, Any]]) -> bool:
        """Whether one of the parties must be offered a hearing: the line of a person is lower than that of a unit (12号令 Art. 34)."""
        kinds = list(dict.fromkeys(party.kind for party in self.parties)) or [None]
        return bool(remedies) and any(needs_hearing(remedies, Practice(self.pack), kind) for kind in kinds)

    def otherwise_named(self) -> List[Written]:
        """Papers that went out with an act and name other parties, or the same by another name, number or address."""
        said = [(one.name, one.id_number, one.address) for one in self.parties]
        return [one for one in self.written if one.on and one.parties is not None
                and [(party.name, party.id_number, party.address) for party in one.parties] != said]

    def for_the_public(self) -> "Facts":
        """With every party masked, no officer's number, and no name in what people typed."""
        names = [name for party in self.parties for name in (party.name if party.kind != UNIT else "", party.representative,
                                                             party.agent)
                 if len(name) > 1]
        names += [land.user for land in self.lands if land.user and land.user_kind == "7"]
        typed = {key: _without(text, names) for key, text in self.typed.items() if key not in ("受送达人", "送达地点", "界址说明", "抵押权人")}
        return replace(
            self, parties=tuple(party.masked() for party in self.parties), typed=typed, is_public=True, entered_by=None, photos=(),
            lands=tuple(replace(land, crs="", user=masked_name(land.user) if land.user and land.user_kind == "7" else land.user)
                        for land in self.lands),
            officers={key: replace(one, number=None) for key, one in self.officers.items()})


def _without(text: str, names: Sequence[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, masked_name(name))
    return text


# The fields of idle land's four papers: a matter of the ledger ``idle_land`` (闲置土地处置办法, 53号令).

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
