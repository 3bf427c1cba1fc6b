"""The manual's page of each ledger, made of its pack: what is kept, how it goes on, terms, findings, work lists, the township table."""
from __future__ import annotations

from html import escape
from typing import Dict, List, Sequence, Tuple

from land_inspector.errors import Bilingual
from land_inspector.law.papers.wording import cited_of_a_pack
from land_inspector.law.matters.findings import FINDINGS
from land_inspector.law.matters.kind import Column, Move, MatterKind, TermForm
from land_inspector.law.matters.kindform import shipped_kinds

_WORDS: Dict[str, Tuple[str, str]] = {
    "rests": ("Rests on", "依据"), "fields": ("What is kept", "登记内容"), "field": ("Field", "字段"), "code": ("Code", "代码"),
    "kind": ("Kind", "类型"), "also": ("Also known as", "表头别名"), "way": ("How it goes on", "办理过程"), "act": ("Act", "操作"),
    "from": ("From", "起"), "to": ("To", "至"), "asks": ("Asks for", "需填写"), "ground": ("Ground", "法律依据"),
    "terms": ("Terms", "期限"), "term": ("Term", "期限"), "length": ("Length", "时长"), "starts": ("Starts with", "起算"),
    "met": ("Met by", "完成标志"), "lists": ("Work lists", "工作清单"), "table": ("Township table", "乡镇统计表"),
    "column": ("Column", "栏目"), "how": ("How it is counted", "算法"), "settings": ("Settings of the office", "本局设置"),
    "setting": ("Setting", "设置"), "value": ("Value", "数值"), "finding": ("What the machine finds", "系统判断"),
    "states": ("States", "状态"), "any": ("any that is open", "任一未结状态"), "same": ("stays", "不变"), "back": ("where it stood", "原状态"),
    "person": ("kept apart, in no output", "单独保存，不输出"), "private": ("in no output", "不输出"),
    "duty": ("A person decides; what is found is only proposed.", "只是建议，由人决定。"),
    "end": ("settling the matter", "事项办结"), "beside": ("at any time", "随时"), "offers": ("Offered by verdicts", "由判定自动提出"),
    "groups": ("The table is told by these as well", "另按下列字段汇总")}
_KINDS = {"text": ("text", "文本"), "date": ("day", "日期"), "code": ("choice", "选项"), "area": ("area, m²", "面积，m²"),
          "money": ("money, yuan", "金额，元"), "number": ("number", "数值"), "count": ("whole number", "整数"), "flag": ("yes or no", "是否"),
          "person": ("person", "人员"), "township": ("township", "乡镇")}
_UNITS = {"wd": ("working days", "个工作日"), "calendar": ("days", "日"), "months": ("months", "个月"), "years": ("years", "年")}


def ledger_pages(language: str) -> Dict[str, str]:
    """Name of the page → its Markdown, a page for each ledger that is shipped."""
    return {f"ledger-{kind.id.replace('_', '-')}": _page(kind, language) for kind in shipped_kinds()}


def _word(name: str, language: str) -> str:
    return _WORDS[name][language == "zh"]


def _said(text: Bilingual, language: str) -> str:
    return _plain(text.zh if language == "zh" else text.template)


def _ground(ground: str, language: str) -> str:
    return _plain("；".join(cited_of_a_pack(part) for part in ground.split("；")) if language == "zh" else ground)


def _plain(text: str) -> str:
    return escape(text, quote=False).replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row) + " |" for row in rows)])


def _page(kind: MatterKind, language: str) -> str:
    def word(name: str) -> str:
        return _word(name, language)

    parts = [f"# {_said(kind.name, language)}", f"{word('rests')}: {_plain(kind.source)}" if language == "en" else
             f"{word('rests')}：{_plain(kind.source)}"]
    parts += [f"## {word('fields')}", _table([word("field"), word("code"), word("kind"), word("also")],
                                             [_field(kind, name, language) for name in kind.fields])]
    parts += [f"## {word('states')}", " → ".join(_said(state.label, language) for state in kind.states.values())]
    parts += [f"## {word('way')}", _table([word("act"), word("from"), word("to"), word("asks"), word("ground")],
                                          [_move(kind, move, language) for move in kind.moves.values()])]
    if kind.terms:
        parts += [f"## {word('terms')}", _table([word("term"), word("length"), word("starts"), word("met"), word("ground")],
                                                [_term(kind, term, language) for term in kind.terms.values()])]
    if kind.finding:
        parts += [f"## {word('finding')}", " · ".join(_said(text, language) for text in FINDINGS[kind.finding].statuses.values()),
                  word("duty")]
    parts += [f"## {word('lists')}", "\n".join(f"* {_said(one.label, language)}" for one in kind.lists.values())]
    parts += [f"## {word('table')}", _table([word("column"), word("how")], [_column(kind, one, language) for one in kind.columns.values()])]
    if kind.settings:
        parts += [f"## {word('settings')}", _table([word("setting"), word("value")], [
            [_said(one.label, language), f"{one.value:g}"] for one in kind.settings.values()])]
    if kind.groups:
        parts += [f"## {word('groups')}", ", ".join(_said(kind.fields[name].label, language) for name in kind.groups)]
    if kind.offers:
        parts += [f"## {word('offers')}", ", ".join(kind.offers)]
    return "\n\n".join(parts) + "\n"


def _field(kind: MatterKind, name: str, language: str) -> List[str]:
    field = kind.fields[name]
    what = _KINDS[field.kind][language == "zh"]
    if field.kind == "code":
        what += ": " + ", ".join(f"{one.code} {_said(one.label, language)}" for one in kind.codes[field.codes])
    if field.kind == "person" or field.private:
        what += f" ({_word('person' if field.kind == 'person' else 'private', language)})"
    return [_said(field.label, language) + (" \\*" if field.required else ""), f"`{name}`", what, _plain("、".join(field.headings))]


def _move(kind: MatterKind, move: Move, language: str) -> List[str]:
    froms = [_said(kind.states[code].label, language) for code in move.froms if code in kind.states]
    all_open = [code for code, state in kind.states.items() if state.cls not in ("settled", "out")]
    start = _word("any", language) if set(all_open) <= set(move.froms) else ", ".join(froms)
    to = _word(move.to, language) if move.to in ("same", "back") else _said(kind.states[move.to].label, language)
    asks = ", ".join(_said(ask.label, language) + ("" if ask.required else " (?)") for ask in move.asks)
    return [_said(move.label, language), start, to, asks, _ground(move.ground, language)]


def _term(kind: MatterKind, term: TermForm, language: str) -> List[str]:
    def act(code: str) -> str:
        return _said(kind.moves[code].label, language) if code in kind.moves else code

    starts = act(term.start_act) if term.start_act else _said(kind.value_label(term.start_field), language)
    if term.start_act == "open":
        starts = _said(next(iter(kind.states.values())).label, language)
    met = ", ".join(act(code) for code in term.met_by) or _word("end", language)
    return [_said(term.label, language), f"{term.amount} {_UNITS[term.unit][language == 'zh']}", starts, met,
            _ground(term.ground, language)]


def _column(kind: MatterKind, column: Column, language: str) -> List[str]:
    is_zh = language == "zh"

    def names(columns: Sequence[str]) -> List[str]:
        return [_said(kind.columns[name].label, language) for name in columns]

    if column.do == "rate":
        said = " ÷ ".join(names([column.numerator, column.denominator]))
    elif column.do in ("total", "difference"):
        said = (" + " if column.do == "total" else " − ").join(names(column.of))
    elif column.do == "count":
        said = "事项数" if is_zh else "number of matters"
    elif column.do == "rank":
        first = ("最小者居首" if is_zh else "the smallest first") if column.upward else ("最大者居首" if is_zh else "the largest first")
        said = ("名次：" if is_zh else "rank by ") + names(column.of)[0] + ("（" if is_zh else " (") + first + ("）" if is_zh else ")")
    elif column.do == "most":
        said = ("最多的" if is_zh else "the most frequent ") + _said(kind.value_label(column.of[0]), language)
        if len(column.of) > 1:
            said = ("按" if is_zh else "by ") + _said(kind.value_label(column.of[1]), language) + ("最大的" if is_zh else ", the largest ") \
                + _said(kind.value_label(column.of[0]), language)
    elif column.do == "sum":
        said = ("合计：" if is_zh else "sum of ") + _said(kind.value_label(column.of[0]), language)
    else:
        acts = ", ".join(_said(kind.moves[code].label, language) for code in column.acts if code in kind.moves)
        said = (f"本期“{acts}”" if is_zh else f"in the period: {acts}") + (("" if not column.of else " · " + column.of[0]))
    return [_said(column.label, language), said + (("（期初）" if is_zh else " (at the start)") if column.at_start else "")]
