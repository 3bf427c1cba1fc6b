"""The acts of a case as data: who may do what from where, what it must say, and on what legal ground (domain.md §4.1).

A state is named by what was done last: S3 is "filed". ``N1``–``N3`` end a case without a penalty. Acts after service
concern single remedies of the decision; what they start from and lead to is a stage of the remedy, not of the case.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Dict, Mapping, Tuple

from ..errors import Message, message
from .procedure import ACCEPTED, CARRYING_OUT, HANDLING, Act, Field, State

_STATES = (
    State("S0", "clue registered", "线索", HANDLING), State("S1", "checked on site", "核查", HANDLING),
    State("S2", "stop order given", "制止", HANDLING), State("S3", "filed", "立案", HANDLING),
    State("S4", "investigated", "调查取证", HANDLING), State("S5", "legally reviewed", "审理", HANDLING),
    State("S6", "notice given", "告知", HANDLING), State("S6h", "hearing offered", "听证告知", HANDLING),
    State("S7", "decided", "处罚决定", HANDLING), State("S8", "served", "送达", CARRYING_OUT),
    State("S9", "carried out", "履行", ACCEPTED), State("S10", "under reconsideration or suit", "复议诉讼", CARRYING_OUT),
    State("S11", "demanded", "催告", CARRYING_OUT), State("S12", "before the court", "申请强制执行", CARRYING_OUT),
    State("S13", "ruled by the court", "法院裁定", CARRYING_OUT), State("S14", "being enforced", "执行", CARRYING_OUT),
    State("S15", "closed", "结案", ACCEPTED, True), State("N1", "not filed", "不予立案", ACCEPTED, True),
    State("N2", "no penalty", "不予处罚", ACCEPTED, True), State("N3", "handed to another body", "移送其他部门", ACCEPTED, True),
    State("N4", "investigation ended", "终止调查", ACCEPTED, True),
)
STATES: Dict[str, State] = {state.code: state for state in _STATES}
CASE_ORDER: Tuple[str, ...] = tuple(STATES)

# stages of one remedy of a served decision → the state of the case that shows them
ITEM_STATES: Dict[str, str] = {
    "open": "S8", "reviewed": "S10", "demanded": "S11", "applied": "S12", "accepted": "S12", "granted": "S13",
    "suspended": "S13", "refused": "S13", "ended": "S13", "enforcing": "S14", "done": "S9", "revoked": "S9"}
STAGE_LABELS: Dict[str, Message] = {
    "open": message("served and not carried out"), "reviewed": message("under reconsideration or suit"),
    "demanded": message("demanded"), "applied": message("before the court"), "accepted": message("accepted by the court"),
    "granted": message("allowed by the court"), "suspended": message("suspended by the court"),
    "refused": message("refused by the court"), "ended": message("ended by the court"),
    "enforcing": message("being enforced"), "done": message("carried out"), "revoked": message("revoked")}
SETTLED = ("done", "revoked", "ended", "refused")  # no longer in the way of closing; a refusal may still be appealed
DECIDED_BY_COURT = ("revoked", "ended", "refused")


def _stay(*states: str) -> Dict[str, str]:
    return {state: state for state in states}


NUMBER = Field("number", "text", "Document number", "文号")
REASON = Field("reason", "text", "Reason", "理由")
OFFICERS = Field("officers", "ids", "Officers with certificate", "执法人员", least=2)
ITEMS = Field("items", "items", "Remedies concerned", "涉及处罚项", required=False)
REMEDIES = Field("remedies", "remedies", "Remedies and penalties", "处罚内容")
FILES = Field("files", "files", "Papers and photos", "附件与照片", required=False)
PERSONS = Field("persons", "count", "Persons", "人数")
MANNER = Field("manner", "code", "Manner", "送达方式", options=("1", "2", "3", "4", "5", "6", "7"), codes="SDFS")
#: Papers whose service is recorded apart from them: the party's time runs from when they reach it (12号令 Art. 33, 34).
SERVED_PAPERS = ("stop_order", "order_correction", "notice", "hearing_notice", "schedule_hearing", "suspend", "end_investigation", "demand",
                 "instalments")
#: What the time to decide leaves out (12号令 Art. 38).
NOT_COUNTED = ("appraisal", "test", "review", "publication", "post", "authority", "other")
_BEFORE_DECISION = ("S3", "S4", "S5", "S6", "S6h")
_SERVED = ("S8", "S9", "S10", "S11", "S12", "S13", "S14")
_ANY_CHECKED = ("S1", "S2") + _BEFORE_DECISION + ("S7",) + _SERVED

_HANDLING_ACTS = (
    Act("site_check", "Check on site", "现场核查", "行政处罚法 Art. 42, 55", {"S0": "S1", "S1": "S1", "S2": "S2"},
        (OFFICERS, Field("findings", "text", "Findings", "核查情况")), is_main=True),
    Act("stop_order", "Order to stop", "责令停止违法行为通知书", "土地管理法实施条例 Art. 48(3)",
        {"S1": "S2", "S2": "S2", "S3": "S3", "S4": "S4"}, (NUMBER,), ("site_check",)),
    Act("stop_result", "Result of the stop order", "制止情况", "土地管理法实施条例 Art. 48(3)", _stay("S2", "S3", "S4"),
        (Field("result", "code", "Effect of the order", "制止情况", options=("1", "2", "3"), codes="ZZQK"),), ("stop_order",)),
    Act("stop_report", "Report of an ignored stop order", "制止无效报告", "土地管理法 Art. 68(4)", _stay("S2", "S3", "S4"), (
        NUMBER, Field("addressee", "code", "Reported to", "报告对象", options=("1", "2", "3"), codes="BGDX")), ("stop_result",)),
    Act("file", "Filing", "立案", "行政处罚法 Art. 54", {"S1": "S3", "S2": "S3"}, (
        NUMBER, OFFICERS, Field("ended_on", "text", "Day on which the violation ended, if it has", "违法行为终了日期（仍在持续的不填）",
                                required=False)), ("site_check",), is_main=True),
    Act("not_file", "Decision not to file", "不予立案", "行政处罚法 Art. 33, 36", {"S1": "N1", "S2": "N1"},
        (REASON, Field("cause", "code", "Cause", "情形", options=("minor", "expired", "lawful", "other"), codes="BLA")),
        ("site_check",)),
    Act("settle_unfiled", "Handling without filing", "非立案处理", "C-LEDGER FLACLQK", _stay("N1"),
        (Field("result", "code", "How it was handled", "处理情况", options=("1", "2"), codes="FLACLQK"),), ("not_file",)),
    Act("preserve_evidence", "Preservation of evidence", "先行登记保存", "行政处罚法 Art. 56", _stay("S3"), (NUMBER,), ("file",)),
    Act("decide_evidence", "Decision on the evidence", "登记保存处理决定", "行政处罚法 Art. 56", _stay("S3", "S4"),
        (NUMBER,), ("preserve_evidence",)),
    Act("investigate", "Investigation report", "调查报告", "行政处罚法 Art. 54, 55", {"S3": "S4"},
        (OFFICERS, NUMBER), ("file",), is_main=True),
    Act("legal_review", "Legal review", "法制审核", "行政处罚法 Art. 58; 12号令 Art. 31–32", {"S4": "S5"},
        (Field("opinion", "text", "Opinion", "审核意见"),), ("investigate",), is_main=True),
    Act("send_back", "Back to investigation", "退回补充调查", "12号令 Art. 31–32", {"S5": "S3"}, (REASON,), ("legal_review",)),
    Act("discuss", "Collective discussion", "集体讨论", "行政处罚法 Art. 57", _stay("S5", "S6", "S6h"), (NUMBER,), ("legal_review",)),
    Act("notice", "Notice of the penalty", "行政处罚告知书", "12号令 Art. 33", {"S5": "S6", "S6": "S6", "S6h": "S6"},
        (NUMBER, REMEDIES, Field("party", "code", "The party is", "当事人类型", options=("2", "1"), codes="DSRL", required=False)),
        ("legal_review",), is_main=True),
    Act("hearing_notice", "Notice of the right to a hearing", "听证告知书", "行政处罚法 Art. 63–64; 12号令 Art. 34", {"S6": "S6h"},
        (NUMBER,), ("notice",), is_main=True),
    Act("statement", "Statement and defence", "陈述申辩", "12号令 Art. 33", _stay("S6", "S6h"),
        (Field("recheck", "text", "Result of the recheck", "复核意见"),), ("notice",)),
    Act("hearing_request", "Request for a hearing", "申请听证", "行政处罚法 Art. 64(1)", _stay("S6h"), (), ("hearing_notice",)),
    Act("schedule_hearing", "Summons to the hearing", "听证通知书", "行政处罚法 Art. 64(2)", _stay("S6h"),
        (NUMBER, Field("hearing_on", "date", "Day of the hearing", "听证日期")), ("hearing_request",)),
    Act("hold_hearing", "Hearing", "举行听证", "行政处罚法 Art. 64", _stay("S6h"), (NUMBER,), ("schedule_hearing",)),
    Act("withdraw_hearing", "Withdrawal of the request", "撤回听证申请", "行政处罚法 Art. 64", _stay("S6h"), (), ("hearing_request",)),
    Act("review_after_hearing", "Legal review after the hearing", "听证后法制审核", "行政处罚法 Art. 58(2); 12号令 Art. 32", _stay("S6h"),
        (Field("opinion", "text", "Opinion", "审核意见"),), ("hold_hearing",)),
    Act("extend_decision", "Extension of the time to decide", "延长办案期限", "行政处罚法 Art. 60; 12号令 Art. 38", _stay(*_BEFORE_DECISION),
        (NUMBER, REASON, Field("days", "count", "By how many days", "延长天数", required=False)), ("file",)),
    Act("exclude_time", "Time that is not counted", "不计入办案期限", "12号令 Art. 38", _stay(*_BEFORE_DECISION),
        (Field("cause", "code", "Cause", "事由", options=NOT_COUNTED, codes="BJQX"), Field("first", "date", "First day", "起始日期"),
         Field("last", "date", "Last day", "截止日期")), ("file",)),
    Act("suspend", "Suspension of the investigation", "中止调查", "12号令 Art. 27", _stay(*_BEFORE_DECISION), (NUMBER, REASON), ("file",)),
    Act("resume", "Resumption of the investigation", "恢复调查", "12号令 Art. 27", _stay(*_BEFORE_DECISION), (NUMBER,), ("suspend",)),
    Act("end_investigation", "End of the investigation", "终止调查", "12号令 Art. 28", {state: "N4" for state in _BEFORE_DECISION},
        (NUMBER, REASON), ("file",)),
    Act("order_correction", "Order to correct", "责令改正通知书", "行政处罚法 Art. 28; 12号令 Art. 36",
        _stay(*(state for state in _ANY_CHECKED if state != "S1"), "S1"),
        (NUMBER, Field("what", "text", "What is to be corrected", "改正内容"), Field("correct_by", "date", "To be corrected by", "改正期限")),
        ("site_check",)),
    Act("confirm_address", "Confirmed address for service", "送达地址确认书", "行政处罚法 Art. 61; 民事诉讼法 Art. 90",
        _stay("S0", *_ANY_CHECKED), (Field("electronic", "code", "Electronic service agreed to", "同意电子送达", options=("1", "2"),
                                           codes="DZSD"),), ("clue",)),
    Act("deliver", "Service of a paper", "文书送达", "行政处罚法 Art. 61; 12号令 Art. 33, 34", _stay(*_ANY_CHECKED),
        (Field("paper", "code", "Paper", "送达文书", options=SERVED_PAPERS, codes="SDWS"), MANNER), ("site_check",)),
    Act("decide", "Penalty decision", "行政处罚决定", "行政处罚法 Art. 57, 60", {"S6": "S7", "S6h": "S7"},
        (NUMBER, Field("organ", "text", "Deciding organ", "处罚机关"), REMEDIES), ("notice",), is_main=True),
    Act("no_penalty", "Decision not to punish", "不予处罚", "行政处罚法 Art. 33, 36, 57", {state: "N2" for state in _BEFORE_DECISION[1:]},
        (NUMBER, REASON), ("investigate",)),
    Act("transfer_case", "Transfer to another body", "移送其他部门", "行政处罚法 Art. 22–25; 土地管理法 Art. 78",
        {state: "N3" for state in ("S0", "S1", "S2", "S3", "S4")}, (NUMBER, Field("body", "text", "Receiving body", "接收部门"))),
    Act("transfer_police", "Transfer to the police", "移送公安机关", "土地管理法 Art. 71–72; 12号令 Art. 31(5)", _stay(*_ANY_CHECKED),
        (NUMBER, PERSONS), ("site_check",)),
    Act("transfer_discipline", "Transfer to the discipline body", "移送纪检监察机关", "土地管理法 Art. 71–72", _stay(*_ANY_CHECKED),
        (NUMBER, PERSONS), ("site_check",)),
    Act("serve", "Service", "送达", "行政处罚法 Art. 61", {"S7": "S8"},
        (MANNER,), ("decide",), is_main=True),
)

_WORKING = ("open", "demanded", "applied", "accepted", "granted", "suspended", "enforcing")
_REMEDY_ACTS = (
    Act("perform", "Performance", "履行完毕", "行政处罚法 Art. 66", _stay(*_SERVED),
        (ITEMS, Field("papers", "code", "Papers", "证明材料", options=("1", "2", "3", "4"), codes="LXZM"), NUMBER),
        ("serve",), _WORKING + ("reviewed", "refused"), "done", True),
    Act("open_review", "Reconsideration or suit opened", "申请复议或起诉", "行政处罚法 Art. 73; 土地管理法 Art. 83", _stay(*_SERVED),
        (ITEMS, Field("way", "code", "Way", "途径", options=("1", "2"), codes="JJTJ"), NUMBER), ("serve",), ("open", "demanded"), "reviewed"),
    Act("conclude_review", "Reconsideration or suit concluded", "复议诉讼结果", "行政处罚法 Art. 73", _stay(*_SERVED),
        (ITEMS, Field("result", "code", "Result", "结果", options=("1", "2", "3"), codes="FYJG"), NUMBER,
         Field("remedies", "remedies", "Remedies as changed", "变更后的处罚内容", required=False)), ("open_review",), ("reviewed",)),
    Act("demand", "Demand", "催告书", "行政强制法 Art. 54", _stay(*_SERVED), (ITEMS, NUMBER), ("serve",), ("open", "demanded"), "demanded", True),
    Act("apply_court", "Application for enforcement", "申请法院强制执行", "行政强制法 Art. 53", _stay(*_SERVED),
        (ITEMS, NUMBER), ("demand",), ("demanded",), "applied", True),
    Act("court_acceptance", "Acceptance by the court", "法院受理", "行政强制法 Art. 56", _stay(*_SERVED),
        (ITEMS, NUMBER, Field("looks", "code", "How the court looks at it", "审查方式", options=("1", "2"), codes="SCFS", required=False)),
        ("apply_court",), ("applied",), "accepted", True),
    Act("court_ruling", "Ruling of the court", "法院裁定", "行政强制法 Art. 57–58", _stay(*_SERVED),
        (ITEMS, Field("result", "code", "Ruling", "裁定结果", options=("1", "2", "3", "4"), codes="CDJG"), NUMBER),
        ("apply_court",), ("applied", "accepted", "granted", "enforcing"), None, True),
    Act("court_appeal", "Appeal against a refusal", "对不准予裁定申请复议", "行政强制法 Art. 56, 58", _stay(*_SERVED),
        (ITEMS, NUMBER), ("court_ruling",), ("refused",), "applied"),
    Act("resume_court", "Resumption after suspension", "恢复执行", "行政强制法 Art. 39; C-CASE-LI", _stay(*_SERVED),
        (ITEMS, NUMBER), ("court_ruling",), ("suspended",), "accepted", True),
    Act("enforce", "Enforcement", "强制执行", "行政强制法 Art. 53–60", _stay(*_SERVED),
        (ITEMS, Field("by", "text", "Carried out by", "执行单位")), ("court_ruling",), ("granted",), "enforcing", True),
    Act("hand_over", "Handing over of what was confiscated", "没收物移交", "土地管理法实施条例 Art. 58", _stay(*_SERVED),
        (ITEMS, Field("receiver", "text", "Received by", "接收单位"), NUMBER), ("serve",), _WORKING + ("done",),
        kinds=("confiscation",)),
    Act("instalments", "Postponement or instalments of a fine", "延期、分期缴纳罚款", "行政处罚法 Art. 66; 12号令 Art. 42", _stay(*_SERVED),
        (ITEMS, NUMBER, REASON, Field("schedule", "text", "Days and amounts in yuan (2026-03-31 50000; 2026-06-30 50000)",
                                      "各期日期与金额（元，如2026-03-31 50000；2026-06-30 50000）")),
        ("serve",), ("open", "demanded"), None, kinds=("fine",)),
    Act("preserve_property", "Preservation of property", "申请财产保全", "12号令 Art. 41; 行政强制法 Art. 59", _stay("S7", *_SERVED),
        (NUMBER, Field("court", "text", "Court", "法院")), ("decide",)),
    Act("publish", "Publication of the decision", "公开处罚决定", "行政处罚法 Art. 48; 12号令 Art. 39", _stay(*_SERVED),
        (Field("place", "text", "Where it is published", "公开渠道"),), ("serve",)),
    Act("withdraw_publication", "Withdrawal of the publication", "撤回公开", "行政处罚法 Art. 48(2)", _stay("S4", *_SERVED), (REASON,),
        ("publish",)),
    Act("redo", "New handling after revocation", "撤销后重新处理", "行政处罚法 Art. 57", {state: "S4" for state in _SERVED},
        (REASON,), ("conclude_review",)),
    Act("close", "Closing", "结案", "12号令; C-CASE-LI", {state: "S15" for state in _SERVED},
        (NUMBER, Field("how", "code", "Way of closing", "结案方式", options=("1", "2", "3", "4"), codes="JALX")), ("serve",), is_main=True),
    Act("close_applied", "Closing, enforcement applied for", "结案（已申请强制执行）", "12号令 Art. 46", {state: "S15" for state in _SERVED},
        (NUMBER,), ("apply_court",)),
)
CLUE = Act("clue", "Clue", "登记线索", "行政处罚法 Art. 54", {},
           (Field("source", "code", "Found through", "发现渠道", options=("1", "2", "3", "4", "5", "6", "7", "9"), codes="LYQD"),),
           is_main=True)
#: Every act may have its papers with it.
ACTS: Dict[str, Act] = {act.code: replace(act, fields=(*act.fields, FILES)) for act in (CLUE,) + _HANDLING_ACTS + _REMEDY_ACTS}
# acts that may be dated freely beside the procedure: they hold up no step of it
BESIDE = ("stop_order", "stop_result", "stop_report", "transfer_police", "transfer_discipline", "extend_decision", "decide_evidence",
          "exclude_time", "suspend", "resume", "order_correction", "confirm_address", "deliver", "preserve_property", "publish",
          "withdraw_publication")
# results that decide the stage of a remedy
RULINGS: Dict[str, str] = {"1": "granted", "2": "refused", "3": "ended", "4": "suspended"}  # CDJG
REVIEW_RESULTS: Dict[str, str] = {"1": "open", "2": "open", "3": "revoked"}                 # upheld, changed, revoked

# labels of the options that the dictionary of domain.md §9 has no list for
OPTION_LABELS: Dict[str, Mapping[str, Tuple[str, str]]] = {
    "BLA": {"minor": ("minor and corrected in time (Art. 33)", "轻微并及时改正（第三十三条）"),
            "expired": ("not discovered within two years (Art. 36)", "超过二年未被发现（第三十六条）"),
            "lawful": ("no violation", "不构成违法"), "other": ("other cause", "其他情形")},
    "FLACLQK": {"1": ("settled", "处理到位"), "2": ("not settled", "处理不到位")},
    "SDFS": {"1": ("handed over", "直接送达"), "2": ("left at the place", "留置送达"), "3": ("by post", "邮寄送达"),
             "4": ("through another body", "委托送达"), "5": ("by public notice", "公告送达"),
             "6": ("electronically", "电子送达"), "7": ("passed on", "转交送达")},
    "SDWS": {"stop_order": ("order to stop", "责令停止违法行为通知书"), "order_correction": ("order to correct", "责令改正通知书"),
             "notice": ("notice of the penalty", "行政处罚告知书"),
             "hearing_notice": ("notice of the right to a hearing", "听证告知书"),
             "schedule_hearing": ("summons to the hearing", "听证通知书"), "suspend": ("suspension of the investigation", "中止调查通知书"),
             "end_investigation": ("end of the investigation", "终止调查通知书"), "demand": ("demand", "催告书"),
             "instalments": ("postponement or instalments", "延期（分期）缴纳罚款批准通知书")},
    "BJQX": {"appraisal": ("appraisal", "鉴定"), "test": ("inspection or test", "检验检测"), "review": ("expert review", "专家评审"),
             "publication": ("public notice", "公告"), "post": ("in the post", "邮递在途"),
             "authority": ("waiting for police or procurator", "等待公安、检察机关处理"), "other": ("other", "其他")},
    "DSRL": {"1": ("a person", "个人"), "2": ("a unit", "单位")},
    "DZSD": {"1": ("agreed", "同意"), "2": ("not agreed", "不同意")},
    "SCFS": {"1": ("on the papers", "书面审查"), "2": ("after hearing the parties", "听取意见")},
    "LXZM": {"1": ("receipt for the land", "土地接收证明"), "2": ("receipt for the confiscated things", "没收物接收证明"),
             "3": ("proof of payment", "缴款凭证"), "4": ("record of acceptance", "验收记录")},
    "JJTJ": {"1": ("reconsideration by the government of the same level", "行政复议（本级人民政府）"), "2": ("suit", "行政诉讼")},
    "FYJG": {"1": ("upheld", "维持"), "2": ("changed", "变更"), "3": ("revoked", "撤销")},
}
