"""Rules that report on themselves, as tables and pages: what people made of proposals, and what another threshold would have said."""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from ..i18n import say, tr, user_locale
from ..law.codes import label
from ..law.rulepack import Label
from ..law.agreement import FEW, counted, wilson
from ..register.rule_reports import CANNOT_TELL, BackTest, Flip, RuleReport, Tally
from .formats import html

#: (name, kind, label) of the table of a rule report.
REPORT_FIELDS = (
    ("GZ", "text", Label("规则号", "Rule")), ("GZB", "text", Label("规则包", "Rule pack")), ("BB", "text", Label("版本", "Version")),
    ("FW", "text", Label("范围", "By")), ("XZDM", "text", Label("乡镇代码", "Township code")),
    ("XZMC", "text", Label("乡镇名称", "Township")),
    ("YF", "text", Label("月份", "Month")), ("TYS", "integer", Label("提议数", "Proposed")), ("PDS", "integer", Label("已判定", "Judged")),
    ("YZS", "integer", Label("一致", "Agreed")), ("GP", "text", Label("改判为", "Overruled to")),
    ("CX", "integer", Label("后被撤销", "Undone")), ("GPD", "integer", Label("后又重判", "Judged anew later")),
    ("YZL", "real", Label("一致率（20 个以上）", "Share agreed (from 20)")), ("XX", "real", Label("95%下限", "95 % from")),
    ("SX", "real", Label("95%上限", "95 % to")), ("MPS", "integer", Label("盲判", "Blind")),
    ("MPYZ", "integer", Label("盲判一致", "Blind, agreed")))
#: (name, kind, label) of the list of flips.
FLIP_FIELDS = (
    ("DKBH", "text", Label("地块编号", "Parcel")), ("PCBH", "text", Label("批次编号", "Batch")), ("XZMC", "text", Label("乡镇名称", "Township")),
    ("PDRQ", "text", Label("判定日期", "Judged on")), ("RGPD", "text", Label("人工判定", "Verdict")),
    ("YTY", "text", Label("原提议", "Proposal before")), ("XTY", "text", Label("新提议", "Proposal then")),
    ("YGZ", "text", Label("原规则", "Rule before")), ("XGZ", "text", Label("新规则", "Rule then")),
    ("ZJ", "integer", Label("证据未变", "Same evidence")))


def report_rows(report: RuleReport) -> List[Dict[str, Any]]:
    """All tallies as rows: those of everything, by township and by month."""
    rows = [_row(tally, "all") for tally in report.total]
    rows += [{**_row(tally, "township"), "XZDM": place[0] or None, "XZMC": place[1] or None} for place, tally in report.by_township]
    return rows + [{**_row(tally, "month"), "YF": month} for month, tally in report.by_month]


def _row(tally: Tally, by: str) -> Dict[str, Any]:
    share = low = high = None
    if tally.judged >= FEW:
        share, (low, high) = tally.agreed / tally.judged, wilson(tally.agreed, tally.judged) or (None, None)
    return {"GZ": tally.rule, "GZB": tally.pack, "BB": tally.version, "FW": by, "XZDM": None, "XZMC": None, "YF": None,
            "TYS": tally.proposed, "PDS": tally.judged, "YZS": tally.agreed, "GP": overruled_text(tally), "CX": tally.undone,
            "GPD": tally.replaced, "YZL": share, "XX": low, "SX": high, "MPS": tally.blind, "MPYZ": tally.blind_agreed}


def overruled_text(tally: Tally) -> str:
    """What people said instead, the most frequent first, each with its number."""
    return "; ".join(f"{verdict_text(code)} {n}" for code, n in sorted(tally.overruled.items(), key=lambda one: (-one[1], one[0])))


def instead_text(tally: Tally) -> str:
    """Like :func:`overruled_text`, each as a part of all that were judged."""
    of = sum(tally.overruled.values()) + tally.agreed
    said = [f"{verdict_text(code)} {counted(n, of)}" for code, n in sorted(tally.overruled.items(), key=lambda one: (-one[1], one[0]))]
    return "; ".join(said) or "–"


def verdict_text(code: str) -> str:
    """A verdict's code with its name."""
    name = label("PDJL2" if len(code) > 1 else "PDJL1", code, user_locale()) if code else ""
    return f"{code} {name}".strip() or "–"


def agreement_text() -> str:
    """What agreement is and is not; wherever it is shown."""
    return tr("What people made of the rules' proposals. Agreement is not correctness: people follow proposals. What was said without "
              "seeing a proposal (verdicts given before one stood, second opinions) is told apart: it was blind.")


def rules_page(report: RuleReport, where: str) -> str:
    """The report as a page; ``where`` says which batches it is about."""
    body = [html.lead(agreement_text()),
            html.facts([(tr("Batches"), where), (tr("Per cent and intervals (Wilson, 95 %)"), tr("from {n} verdicts on", n=FEW))])]
    if not report.total:
        body.append(html.paragraph(tr("No proposal has been made yet.")))
    else:
        body += [html.heading(tr("By rule and pack")),
                 html.table(tally_heads(), [tally_texts(tally) for tally in report.total], cells=_CELLS),
                 html.heading(tr("By township")),
                 html.table([tr("Township"), *tally_heads()], [[place[1] or place[0] or tr("In no township"), *tally_texts(tally)]
                                                               for place, tally in report.by_township], cells=("", *_CELLS)),
                 html.heading(tr("By month")),
                 html.table([tr("Month"), *tally_heads()], [[month, *tally_texts(tally)] for month, tally in report.by_month],
                            cells=("", *_CELLS))]
    return html.page(tr("What the rules are worth"), body)


_CELLS = ("", "", "n", "n", "n", "n", "n", "")


def tally_heads() -> List[str]:
    """What :func:`tally_texts` says."""
    return [tr("Rule"), tr("Rule pack"), tr("Proposed"), tr("Agreed of judged"), tr("Blind: agreed"), tr("Undone of given"),
            tr("Judged anew later"), tr("Overruled to")]


def tally_texts(tally: Tally) -> List[str]:
    """One tally as it is read: counts, and from 20 on shares with their interval."""
    rule = tr("cannot tell") if tally.rule == CANNOT_TELL else tally.rule
    return [rule, f"{tally.pack} {tally.version}".strip(), str(tally.proposed), counted(tally.agreed, tally.judged),
            counted(tally.blind_agreed, tally.blind), counted(tally.undone, tally.given), str(tally.replaced), overruled_text(tally)]


def tally_values(tally: Tally) -> List[Any]:
    """What the cells of :func:`tally_texts` are sorted by: a text, a count or a share (-1: nothing to divide)."""
    def share(hits: int, of: int) -> float:
        return hits / of if of else -1.0

    return [*tally_texts(tally)[:2], tally.proposed, share(tally.agreed, tally.judged),
            share(tally.blind_agreed, tally.blind), share(tally.undone, tally.given), tally.replaced, overruled_text(tally)]


def flip_rows(test: BackTest) -> List[Dict[str, Any]]:
    """The flips as rows."""
    return [{"DKBH": flip.parcel, "PCBH": flip.batch, "XZMC": flip.township or None, "PDRQ": flip.judged_on,
             "RGPD": verdict_text(flip.verdict), "YTY": verdict_text(flip.before), "XTY": verdict_text(flip.after),
             "YGZ": flip.rule_before, "XGZ": flip.rule_after, "ZJ": int(flip.is_same_evidence)} for flip in test.flips]


def back_test_page(test: BackTest) -> str:
    """Old proposal × new proposal × verdict, and every parcel that flips."""
    body = [html.lead(tr("What the rules would have proposed with another threshold, over the evidence that is stored. No pack and no "
                         "proposal is changed by this.")),
            html.facts(back_test_facts(test)),
            html.listing([say(warning) for warning in test.warnings]),
            html.heading(tr("Before, then, and what people said")),
            html.table(outcome_heads(), [texts for texts, _values, _codes in outcome_rows(test)],
                       ["" if codes[0] == codes[1] else "W" for codes, _n in sorted(test.table.items())], cells=("", "", "", "n")),
            html.heading(tr("Parcels whose proposal changes")),
            html.table(flip_heads(), [flip_texts(flip) for flip in test.flips])]
    return html.page(tr("Back-test of a threshold"), body)


def back_test_facts(test: BackTest) -> List[Tuple[str, str]]:
    """What was tested and what came of it, by name."""
    old, new, of = test.agreed
    return [(tr("Parameter"), test.parameter), (tr("Value tested"), str(test.value)),
            (tr("Value in the packs"), ", ".join(map(str, test.values_before))), (tr("Parcels tested"), str(test.tested)),
            (tr("Same as the verdict, before"), counted(old, of)), (tr("Same as the verdict, then"), counted(new, of)),
            (tr("Proposals that change"), str(len(test.flips)))]


def outcome_heads() -> List[str]:
    """What :func:`outcome_rows` says."""
    return [tr("Proposal before"), tr("Proposal then"), tr("Verdict"), tr("Parcels")]


def outcome_rows(test: BackTest) -> List[Tuple[List[str], List[Any], Tuple[str, str, str]]]:
    """Old proposal, new proposal, verdict, parcels: as read, as sorted, and the codes."""
    found = []
    for codes, n in sorted(test.table.items()):
        words = [verdict_text(code) for code in codes]
        found.append(([*words, str(n)], [*words, n], codes))
    return found


def flip_heads() -> List[str]:
    """What :func:`flip_texts` says."""
    return [tr("Batch"), tr("Parcel"), tr("Township"), tr("Judged on"), tr("Verdict"), tr("Proposal before"), tr("Proposal then"),
            tr("Same evidence")]


def flip_texts(flip: Flip) -> List[str]:
    """One parcel whose proposal changes."""
    return [flip.batch, flip.parcel, flip.township, flip.judged_on, verdict_text(flip.verdict),
            f"{verdict_text(flip.before)} ({flip.rule_before})", f"{verdict_text(flip.after)} ({flip.rule_after})",
            "✓" if flip.is_same_evidence else tr("another one now")]


def scope_text(said: Mapping[str, Any]) -> str:
    """Which batches were asked about, from the parameters that were given."""
    return ", ".join(f"{name} {value}" for name, value in said.items() if value not in (None, "")) or tr("all")
