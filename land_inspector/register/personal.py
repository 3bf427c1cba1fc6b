"""What in a text names a natural person: recognised by form, so that a register that keeps no names lets none in (R54); and the
removable tables in which names stand where they are kept.
"""
from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import message
from .records import Finding, Intake


# The removable tables of names: people who act in the register, and parties to its cases (architecture.md §1).

PERSON, PARTY = "person", "party"
#: Key and value of the register's own description that say that names are not kept.
SETTING, NOTHING = "personal_data", "none"
#: What stands in the place of a party's name wherever it is kept for good: this and the opaque id.
STAND_IN = "person:"


def remove(db: sqlite3.Connection) -> None:
    """Empty both tables; what stood in the file's pages is overwritten, not merely let go."""
    db.execute("PRAGMA secure_delete = ON")
    for table in (PERSON, PARTY):
        if db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
            db.execute(f"DELETE FROM {table}")  # nosec B608


def has_tokens(texts: pd.Series) -> bool:
    """Whether any of these texts stands for a name that is kept apart."""
    return bool(texts.str.startswith(STAND_IN, na=False).any())


def with_names(texts: pd.Series, parties: Mapping[str, Tuple[str, str]]) -> pd.Series:
    """Tokens as the names they stand for; a token whose name was taken out, or never kept, stays."""
    is_token = texts.str.startswith(STAND_IN, na=False)
    if not is_token.any():
        return texts
    shown = texts[is_token].map(lambda token: parties.get(token[len(STAND_IN):], (token, ""))[0])
    return texts.where(~is_token, shown.reindex(texts.index))


_INDIVIDUAL = "7"  # ZTFL 个人
_BETWEEN = re.compile(r"[、,，;；/\s&＆+＋\-－—–]+|等.*$")
#: A name of two characters set wide, as tables are typed: 张　三.
_SET_WIDE = re.compile("([\u4e00-\u9fff])[ \u3000]+([\u4e00-\u9fff])")
#: A place and what somebody is, before a name: 横桥村3组张三, 建房户张三.
_BEFORE = re.compile("^.{1,16}(?:[村组社队镇乡屯寨]|[房殖植租业用]户)(.{2,4})$")
_ASIDE = re.compile(r"[（(\[【].*?[）)\]】]|\d+|^(村民|农户|户主|居民|个人|当事人|业主|承包人|承包户|社员|牧民|渔民)[:：]?|(户|家)$")
_HAN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002fa1f]{2,4}")
_DOTTED = re.compile("[\u4e00-\u9fff]{1,10}([·•・‧．][\u4e00-\u9fff]{1,10})+")
_LATIN = re.compile(r"[A-Z][A-Za-zà-ÿ'’-]+( [A-Z][A-Za-zà-ÿ'’-]+)+")
_BODY = re.compile("[司厂局部所院校站店社会村镇乡府队场心园组处馆库行委办区县市企业矿港路桥塘棚房架渠坝沟坟堆宅墙圈铺庙寺堂坊段线井泵]$"
                   "|公司|集团|合作|政府|中心|学校|银行|厂房|项目|工程|用地|住宅|道路|水库|基地|管委|协会|支队|大队|光伏|养殖")
_LATIN_BODY = re.compile(r"\b(Co|Ltd|Inc|Corp|LLC|GmbH|Company|Bureau|Village|Township|Group|Factory)\b", re.IGNORECASE)
#: What people write where nobody is named.
_NOBODY = frozenset("不详 未知 待查 待定 暂无 其他 其它 集体 国有 国家 个人 村民 农户 无主 绿化 硬化 堆土 推土 空地 荒地 林地 耕地 草地 已拆 拆除 合法 违法 在建 停工 "
                    "农民 企业 单位 政府 临时 新增 存量 甲方 乙方".split())
#: Characters with which names of other languages are written.
_SOUNDS = frozenset(
    "木热孜阿艾爱奥巴白班贝比毕别波伯布才仓措达大丹旦当得德迪丁顿多朵尔法菲夫富噶嘎盖甘刚高戈格根贡古哈海汗合赫黑呼胡霍吉加嘉江杰金居卡凯坎康科克库拉赖"
    "兰朗勒雷里力立丽利林琳玲隆卢鲁伦罗洛马玛麦曼毛梅蒙米密敏莫木穆那娜纳乃南尼娘宁努诺欧帕培佩平普其齐奇恰强青琼曲却仁日荣汝若萨赛桑森沙山珊上绍"
    "升圣石斯苏素索塔台太坦特腾提铁图吐托瓦万旺维温翁沃乌吾西希夏相肖谢辛雪亚央扬杨耶叶伊依宜益因英永尤于玉约月则扎增札哲珍芝志卓宗孜祖杜买肉娅逊"
    "拜先卜久堆尕桌乎察琴雅瑟福优")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦"
    "俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄"
    "窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝")
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "夏侯", "东方", "完颜")
#: Headings under which people stand, in words and in the codes that offices use.
_HEADING = re.compile("当事人|姓名|联系|电话|手机|身份证|证件号|负责人|法人|代表人|户主|承包|权利人|使用人|使用权人|用地人|所有人|经办|调查人|核查人|核实人|填表人|审核人|"
                      "检查人|举报人|信访人|住址|家庭|银行|账号|微信|邮箱|QQ|owner|person|phone|mobile|contact|e-?mail|address", re.IGNORECASE)
_CODES = re.compile(r"(DSR|XM|LXR|LXDH|LXFS|DH|DHHM|SJ|SJH|SJHM|SFZ|SFZH|SFZHM|ZJH|ZJHM|QLR|QLRMC|HZ|HZXM|FR|FDDBR|CBR|CBF|FZR|JBR|DCR|HCR|"
                    r"SYQR|TEL|ZZ|ZHDZ|DZ|NAME)\d?", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\dA-Za-z])(?:\d{17}[\dXx]|1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8})(?![\dA-Za-z])"
                      r"|[\w.+-]+@[\w-]+\.[\w.]+|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• ]?[A-HJ-NP-Z0-9]{5,6}(?![\dA-Za-z])")
#: Numbers that the word before them makes somebody's, whatever their form.
_ANNOUNCED_NUMBERS = re.compile(r"((?:身份证|证件|护照|银行|账|帐|卡|微信|QQ|qq|手机|电话|联系方式)(?:号码|号)?[:： ]{0,2})"
                                r"([A-Za-z0-9][A-Za-z0-9_-]{4,24})(?![A-Za-z0-9])")
#: A name after the word that announces it, in running text.
_ANNOUNCED = re.compile(
    "(法定代表人|法人代表|实际控制人|被申请人|申请人|代表人|当事人|建房户|养殖户|种植户|承租人|出租人|转让人|受让人|使用人|权利人|用地人|负责人|联系人|承包人|举报人|投诉人|"
    "经办人|经营者|投资人|合伙人|租户|车主|司机|村民|户主|法人|业主|农户|房主|地主|个人|居民|原告|被告|书记|主任)([:：为是系 ]{0,2})([\u4e00-\u9fff·]{2,12})")
#: What often follows a name in running text.
_AFTER = frozenset("的在将于未已擅违占建说称等家有与和自对到")
#: Words that begin like a name and follow those that announce one: 当事人申请听证 names nobody.
_NO_NAMES = frozenset(
    "申请 申辩 申报 申诉 陈述 陈诉 应当 应该 应于 应予 应在 应自 成立 成为 向本 向其 向该 向我 向法 向县 向市 向政 向有 和见 和资 和文 和有 和地 和利 和代 和法 全部 全额 全程 "
    "单独 单位 单方 单处 任何 任意 连续 连同 安排 安置 安装 施工 包括 解释 管理 金额 费用 左右 温室 路过 路边 常年 常住 房屋 房产 毛坯 石料 时间 高度 方面 方式 "
    "项下 余下 车辆 田间 江边 查处 查封 党员 水电 柴油 包含 连片 全家 全体 计算 计划 支付 康复 祝贺 古村 宫庙 景区 席位 危房 平整 平时 平方 于本 于次 于当 于是 于该 "
    "时常 时任 容许 成员 成片 成套 花费 利用 车间 农户 农业 农民 农村 米粮 麦田 池塘 沙石 沙场 查验 司法 项目".split())
MASK = "＊＊"
_BESIDE_NUMBER = re.compile(rf"([\u4e00-\u9fff·]{{2,8}})([,，:：、 （(]{{0,2}}(?:电话|手机|身份证)?(?:号码|号)?[:： ]{{0,2}}{MASK})")
#: So much of a column's values must read like people for the whole column to go.
_SHARE = 0.5
_FREE_TEXTS = ("BZ",)


def is_person(name: Optional[str], kind: Optional[str] = None) -> bool:
    """Whether a land user is a natural person: ``kind`` (ZTFL) says so, or every name in the text reads like one."""
    if not name or name.startswith(STAND_IN):
        return False
    if kind:
        return kind == _INDIVIDUAL
    parts = _parts(name)
    return bool(parts) and all(map(_reads_like_a_person, parts))


def may_be_person(name: Optional[str], kind: Optional[str] = None) -> bool:
    """Whether a land user might be a natural person: anything that is not surely a body, a village, an office."""
    if not name or name.startswith(STAND_IN):
        return False
    if kind:
        return kind == _INDIVIDUAL
    parts = _parts(name) or [name.strip()]
    return not all(part in _NOBODY or _BODY.search(part) or _LATIN_BODY.search(part) for part in parts)


def _parts(name: str) -> List[str]:
    text = _SET_WIDE.sub(r"\1\2", name.strip()) if _SET_WIDE.fullmatch(name.strip()) else name.strip()
    pieces = [text] if _LATIN.fullmatch(text) or _LATIN_BODY.search(text) else _BETWEEN.split(text)
    return [part for part in (_ASIDE.sub("", piece).strip() for piece in pieces) if part]


def _reads_like_a_person(text: str) -> bool:
    if text in _NOBODY or _LATIN_BODY.search(text):
        return False
    if _DOTTED.fullmatch(text):
        return True
    before = _BEFORE.match(text)
    if before and _is_surely_a_name(before.group(1)):
        return True
    if 5 <= len(text) <= 12 and all(character in _SOUNDS for character in text):
        return True
    return bool(_HAN.fullmatch(text) and not _BODY.search(text)) or bool(_LATIN.fullmatch(text))


def _is_surely_a_name(text: str) -> bool:
    """A text of no particular column that can hardly be anything else: a known surname before one or two characters, a name with a
    dot, or one written in sounds."""
    if text in _NOBODY or _BODY.search(text):
        return False
    chinese = len(text) in (2, 3) and text[0] in _SURNAMES or len(text) in (3, 4) and text.startswith(_COMPOUND)
    return bool(chinese and _HAN.fullmatch(text) or _DOTTED.fullmatch(text)) or 2 <= len(text) <= 12 and all(one in _SOUNDS for one in text)


def personal_heading(name: str) -> bool:
    """Whether a column's heading announces people: names, numbers to call, papers, addresses."""
    text = re.sub(r"[\s_]", "", name)
    return bool(_CODES.fullmatch(text) or _HEADING.search(text))


def masked(text: Optional[str], names: Iterable[str] = ()) -> Optional[str]:
    """A free text without telephone, identity and account numbers, addresses of mail, names announced as such, and ``names``."""
    if not text:
        return text
    found = _NUMBERS.sub(lambda match: MASK if _names_somebody(match[0]) else match[0], text)
    found = _ANNOUNCED_NUMBERS.sub(lambda match: match[1] + MASK if re.search(r"\d{3}", match[2]) else match[0], found)
    found = _BESIDE_NUMBER.sub(_beside_number, found)
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        found = found.replace(name, MASK)
    return _ANNOUNCED.sub(_announced, found)


def _beside_number(match: "re.Match[str]") -> str:
    """A name right before somebody's number: 找赵六：138…"""
    text = match[1]
    if text[-1] in "主户人者方话机号证箱址":  # what somebody is, or what the number is
        return match[0]
    length = next((length for length in (4, 3, 2) if length <= len(text) and _is_surely_a_name(text[-length:])), 0)
    return (text[:-length] + MASK if length else text) + match[2]


def _announced(match: "re.Match[str]") -> str:
    text = match[3]
    if text[:2] in _NO_NAMES:
        return match[0]
    fitting = [length for length in range(2, len(text) + 1) if _is_surely_a_name(text[:length])]
    ended = [length for length in fitting if length == len(text) or text[length] in _AFTER]
    if not fitting:
        return match[0]
    return match[1] + match[2] + MASK + text[(ended or fitting[-1:])[0]:]


def _names_somebody(number: str) -> bool:
    """An eighteen-digit number is somebody's only where its check digit is right (GB 11643): codes of land are as long."""
    if len(number) != 18 or not number[:17].isdigit():
        return True
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights)) % 11]
    return number[6:8] in ("18", "19", "20") and number[17].upper() == check


def _is_number_of_somebody(text: str) -> bool:
    return bool(_NUMBERS.fullmatch(text)) and _names_somebody(text)


#: Texts of people in the payloads of events, by their key.
FREE_KEYS = frozenset({"PDSM", "XMMC", "BZ", "note", "reason", "text", "findings", "facts", "remark", "remarks", "asked_for", "answer",
                       "opinion", "result", "use", "aside_reason", "flag_reason", "title", "content", "comment", "description"})


def payload_without_persons(value: Any, key: str = "") -> Any:
    """An event's payload whose free texts are masked; everything else stays as it is."""
    if isinstance(value, dict):
        return {name: payload_without_persons(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [payload_without_persons(inner, key) for inner in value]
    return masked(value) if isinstance(value, str) and key in FREE_KEYS else value


def without_persons(intake: Intake) -> Intake:
    """An import for a register that keeps no names: columns of people go, numbers and names in what stays are masked, and the
    findings say so."""
    dropped = _personal_columns([patch.other for patch in intake.patches] + [row.attributes for row in intake.quarantined])
    changed = [0]

    def cleaned(values: Mapping[str, Any], free: Optional[Sequence[str]] = None) -> Dict[str, Any]:
        kept = {}
        for name, value in values.items():
            if name in dropped and free is None:
                continue
            if isinstance(value, str) and (free is None or name in free):
                text = masked(value)
                changed[0] += text != value
                value = text
            kept[name] = value
        return kept

    patches = [replace(patch, attributes=cleaned(patch.attributes, _FREE_TEXTS), other=cleaned(patch.other)) for patch in intake.patches]
    aside = [replace(row, attributes=cleaned(row.attributes)) for row in intake.quarantined]
    return replace(intake, patches=patches, quarantined=aside, findings=[*intake.findings, *_told(dropped, changed[0])])


def _told(dropped: Sequence[str], changed: int) -> List[Finding]:
    remedy = message("This register keeps no personal data; nothing is to do.")
    found = []
    if dropped:
        found.append(Finding("I", message("Left out because they may name persons: {columns}.", columns=", ".join(dropped)), remedy, "R54"))
    if changed:
        found.append(Finding("I", message("{n} texts held names or numbers of persons; these were masked.", n=changed), remedy, "R54"))
    return found


def _personal_columns(rows: Sequence[Mapping[str, Any]]) -> List[str]:
    """Columns that go as a whole: by their heading, or because most of what stands in them are names or numbers of people, and not
    ever the same few words."""
    texts: Dict[str, List[str]] = {}
    for row in rows:
        for name, value in row.items():
            found = texts.setdefault(name, [])
            if isinstance(value, str) and value.strip():
                found.append(value.strip())
    return [name for name, found in texts.items() if personal_heading(name) or _are_people(found)]


def _are_people(texts: Sequence[str]) -> bool:
    people = {text for text in texts if _is_number_of_somebody(text) or all(map(_is_surely_a_name, _parts(text) or [text]))}
    return len(people) >= max(2, _SHARE * len(texts))
