"""Natural persons in a register: kept apart from the events, taken out at any time, or never kept at all (R54).

Land users who are natural persons and the officers of an act stand in events as opaque ids; the names stand in tables that can be
removed, with a keyed digest in the event, as for the people who act. Where the register keeps no personal data there is an id and
nothing else.
"""
from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from . import kinds
from .events import Draft
from .register import Recorded, Register
from .state import State
from .storage.people import NOTHING, SETTING, STAND_IN

_INDIVIDUAL = "7"  # ZTFL 个人
_BETWEEN = re.compile(r"[、,，;；/\s]+|等.*$")
_CHINESE_NAME = re.compile("[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,8}·[\u4e00-\u9fff]{1,8}")
_BODY = re.compile("[司厂局部所院校站店社会村镇乡府队场心园组处馆库行委办区县市企业矿港路桥]$|公司|集团|合作|政府|中心|学校|银行")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦"
    "俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄"
    "窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝")


def is_person(name: Optional[str], kind: Optional[str] = None) -> bool:
    """Whether a land user is a natural person: ``kind`` (ZTFL) says so, or every name in the text reads like one."""
    if not name or name.startswith(STAND_IN):
        return False
    if kind:
        return kind == _INDIVIDUAL
    parts = [part for part in _BETWEEN.split(name.strip()) if part]
    return bool(parts) and all(_reads_like_a_person(part) for part in parts)


def _reads_like_a_person(text: str) -> bool:
    return bool(_CHINESE_NAME.fullmatch(text)) and not _BODY.search(text) and ("·" in text or text[0] in _SURNAMES)


def keeps_names(register: Register) -> bool:
    return register.storage.meta().get(SETTING) != NOTHING


def kept_apart(register: Register, users: Iterable[Optional[str]], *, by: Optional[str] = None) -> Dict[str, str]:
    """A token for each land user named; the same person has the same token. Where names are not kept, each is a new one."""
    wanted = list(dict.fromkeys(user for user in users if user))
    if not keeps_names(register):
        return {user: STAND_IN + str(uuid.uuid4()) for user in wanted}
    known = {name: key for key, (name, _salt) in register.storage.parties().items()}
    new = {name: str(uuid.uuid4()) for name in wanted if name not in known}
    if new:
        _name(register, new, by)
    return {user: STAND_IN + (known.get(user) or new[user]) for user in wanted}


def _name(register: Register, people: Mapping[str, str], by: Optional[str]) -> None:
    salts = {name: secrets.token_hex(16) for name in people}

    def store() -> None:
        for name, key in people.items():
            register.storage.add_party(key, name, salts[name])

    drafts = [Draft(kinds.PARTY_NAMED, (key,), {"party": key, "digest": _digest(salts[name], name)}, date.today().isoformat())
              for name, key in people.items()]
    register.record(lambda state: drafts, by=by, patches=[], prepare=store)


def _digest(salt: str, name: str) -> str:
    return hmac.new(salt.encode(), name.encode("utf-8"), hashlib.sha256).hexdigest()


def without_names(register: Register, verdicts: Sequence[Mapping[str, Any]], *, by: Optional[str] = None) -> List[Dict[str, Any]]:
    """Verdicts whose land user, where it is a natural person, is a token."""
    tokens = kept_apart(register, (said.get("YDDW") for said in verdicts if is_person(said.get("YDDW"), said.get("ZTFL"))), by=by)
    return [dict(said, YDDW=tokens.get(said.get("YDDW") or "", said.get("YDDW"))) for said in verdicts]


def name_of(register: Register, user: Optional[str]) -> Optional[str]:
    """A land user as people read it: the name behind a token, as far as the register has it."""
    if not user or not user.startswith(STAND_IN):
        return user
    return register.storage.parties().get(user[len(STAND_IN):], (user, ""))[0]


def officers(register: Register, names: Sequence[str], *, by: Optional[str] = None) -> List[str]:
    """Opaque ids of the officers of an act."""
    if not keeps_names(register):
        return [str(uuid.uuid4()) for _name in names]
    return [register.enrolled(name, by=by) for name in names]


def remove_names(register: Register, *, by: Optional[str] = None) -> Recorded:
    """Take every name out of the register for good; verdicts, cases and the chain of events stay as they are.

    It cannot be undone. Names that somebody wrote into a free text are not found.
    """
    with register.storage.writing():
        recorded = register._append([_removal(register)], State(), by)
        register.storage.remove_names()
    register._remember(recorded)
    register.storage.leave_no_trace()
    return recorded


def _removal(register: Register) -> Draft:
    named = len(register.storage.people()) + len(register.storage.parties())
    return Draft(kinds.NAMES_REMOVED, (register.meta["register_id"],), {"names": named}, date.today().isoformat())


def leave_out(register: Register, *, by: Optional[str] = None) -> Recorded:
    """From now on the register keeps no personal data of parties and officers; names that it has are taken out."""
    with register.storage.writing():
        register.storage.set_meta({SETTING: NOTHING})
    register.meta[SETTING] = NOTHING
    return remove_names(register, by=by)
