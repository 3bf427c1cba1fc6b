"""The Linhai year (seed002) from events in a real register file, told in both languages as the bureau told it (domain.md §3.3)."""
from __future__ import annotations

import csv

import pytest

from land_inspector.errors import Message
from land_inspector.exchange.ledger_tables import read_ledger
from land_inspector.register import figures, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.records import BatchInfo
from land_inspector.register.register import Register
from land_inspector.register.ledger_import import take_over
from land_inspector.register.verifying import verify
from tests.factories import intake, new_register, patch, square
from tests.unit.law_cases import SAID
from tools.translations import read_catalogue

CHINESE = {pair.source: pair.translation for pair in read_catalogue()}
LABELS = [f"T{number:03d}" for number in range(1, 31)]
RECLAIMED = {"T024": 8_000.0, "T025": 6_000.0, "T026": 6_666.67}
CONFISCATED = {**{LABELS[n]: 2_000.1 + n for n in range(19)}, "T020": round(74_677.4 - sum(2_000.1 + n for n in range(19)), 1)}
DEMOLISHED = {"T021": 65_000.0, "T022": 569.9}
FINED = {label: 20_000_000 for label in LABELS[:20]}
GAINS = {"T023": 35_500_000}
DISCIPLINED = ("T002", "T005", "T009")
IN_CHINESE = ("共立案调查29宗（应立案29宗），立案率100%；发现违法用地30宗，已查处29宗，查处率96.67%；结案29宗，结案率100%。"
              "没收违法建筑物和构筑物74677.4平方米，拆除65569.9平方米（均为建筑面积）。收缴罚没款4355000元。"
              "提出党纪政务处分建议3宗3人，已落实3人。完成3宗31亩违法用地的拆除复耕。")
IN_ENGLISH = ("29 cases were filed and investigated of 29 that should be, a filing rate of 100%; "
              "29 of 30 violations found were dealt with, a handling rate of 96.67%; "
              "29 cases are closed, a closing rate of 100%. Buildings and other structures of 74677.4 m² were "
              "confiscated and of 65569.9 m² demolished (building area). Fines and confiscated gains of 4355000 yuan were paid. "
              "Disciplinary action was proposed in 3 cases against 3 persons and carried out against 3. "
              "3 parcels with 31 mu of illegally occupied land were cleared, demolished and reclaimed.")


def in_chinese(said: Message) -> str:
    return CHINESE[said.template].format(**said.params)


def penalties(label):
    """What the decision orders for a parcel, by remedy kind."""
    found = {}
    if label in CONFISCATED:
        found["confiscation"] = {"building_m2": CONFISCATED[label]}
    if label in DEMOLISHED:
        found["demolition"] = {"building_m2": DEMOLISHED[label], "land_m2": 0.0, "cultivated_m2": 0.0}
    if label in RECLAIMED:
        found["reclamation"] = {"land_m2": RECLAIMED[label], "cultivated_m2": RECLAIMED[label]}
    found.update({kind: {"fen": sums[label]} for kind, sums in (("fine", FINED), ("gains", GAINS)) if label in sums})
    return found or {"return": {"land_m2": 1_600.0}}


def decided(label):
    remedies = [{"item": str(n), "kind": kind, "amount": amount} for n, (kind, amount) in enumerate(penalties(label).items(), 1)]
    ground = {"article": "77", "violated_on": "2024-03-01", "base": {"land_m2": 1_600.0}}
    return [dict(remedy, **ground) if remedy["kind"] == "fine" else remedy for remedy in remedies]


def judged_register(folder):
    register = new_register(folder)
    issued = [patch(label, square(2 * n, side=RECLAIMED.get(label, 1_600.0) ** 0.5), row=n, GDMJ0=0.0) for n, label in enumerate(LABELS, 1)]
    issue_batch(register, BatchInfo("B1", "四月一批", 2024, month=4, issued_on="2024-04-20"), intake(issued), by="甲")
    entries = [Entry(label, {"PDJL1": "2", "PDJL2": "201", "WFMJ": RECLAIMED.get(label, 1_600.0), "JSSJ": "2024-03-01", "FLSM": "77"})
               for label in LABELS]
    assert not give_verdicts(register, "B1", entries, by="甲", effective_on="2024-04-28").refused
    return register


def play(register, label):
    """One case from its clue to its closing; the last one is not filed."""
    case = pursuing.open_case(register, "B1", [label], on="2024-05-06", particulars=SAID["clue"], label=f"案{label}", by="甲")

    def act(name, on, **said):
        pursuing.do_act(register, case, name, on=on, particulars={**SAID[name], **said}, by="甲")

    act("site_check", "2024-05-07")
    if label == LABELS[-1]:
        act("not_file", "2024-05-10")
        return
    for name, on in (("file", "2024-05-10"), ("investigate", "2024-06-03"), ("legal_review", "2024-06-11")):
        act(name, on, **({"number": f"案{label}"} if name == "file" else {}))
    act("notice", "2024-06-12", remedies=decided(label))
    act("hearing_notice", "2024-06-12")
    act("decide", "2024-07-01", remedies=decided(label))
    act("serve", "2024-07-03")
    ordered = {pursuing.order_remedy(register, "B1", label, kind, amount, on="2024-07-03", case=case, item=str(n), by="甲"): amount
               for n, (kind, amount) in enumerate(penalties(label).items(), 1)}
    pursuing.record_progress(register, ordered, on="2024-07-15", by="甲")
    if label in RECLAIMED:
        pursuing.accept_remedies(register, list(ordered), on="2024-09-01", level="2", by="市局")
    if label in DISCIPLINED:
        persons = pursuing.order_remedy(register, "B1", label, "discipline", {"persons": 1}, on="2024-08-01", case=case, by="甲")
        pursuing.record_progress(register, {persons: {"persons": 1}}, on="2024-10-01", by="纪委")
    act("perform", "2024-10-08")
    act("close", "2024-10-20")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("linhai")
    with judged_register(folder) as register:
        for label in LABELS:
            play(register, label)
        path = register.storage.path
    return path


def told(register, **scope):
    return figures.paragraph(register, figures.Scope(year=2024, **scope))


def test_the_year_is_told_from_the_register_file_in_both_languages(played):
    with Register.open(played) as register:
        sentences = told(register)
        assert verify(register).broken == ()
    assert "".join(map(in_chinese, sentences)) == IN_CHINESE
    assert " ".join(map(str, sentences)) == IN_ENGLISH


def test_at_the_middle_of_the_year_it_was_filed_and_not_yet_decided(played):
    with Register.open(played) as register:
        (only,) = told(register, effective_on="2024-06-30")
    assert in_chinese(only) == "共立案调查29宗（应立案29宗），立案率100%；发现违法用地30宗，已查处0宗，查处率0%；结案0宗，结案率0%。"


def test_the_township_table_says_the_same(played):
    with Register.open(played) as register:
        county = figures.township_table(register, figures.Scope(batch="B1"))[-1]
    rates = {code: (ratio.numerator, ratio.denominator) for code, ratio in county.ratios.items()}
    assert (rates["filing"], rates["handling"], rates["discipline"]) == ((29, 29), (29, 30), (3, 3))
    assert county.figures["confiscated_building_units"] == round(74_677.4 * 3_000_000)
    assert county.figures["demolished_building_units"] == round(65_569.9 * 3_000_000)
    assert (county.figures["fine_paid_fen"], county.figures["rectified"]) == (400_000_000, 3)
    assert county.adds_up


def ledger(path):
    """The same year as an office keeps it: one line a case."""
    headings = ("案件编号", "图斑编号", "发现时间", "立案时间", "不立案原因", "下达决定时间", "送达时间", "罚款 下达(元)", "收缴罚款(元)", "没收违法所得(元)",
                "没收违法所得收缴(元)", "没收面积（m²）", "拆除建筑面积（m²）", "复耕面积（亩）", "复耕耕地面积（亩）", "整改完成时间", "验收结果", "验收日期", "提出处分建议(人)",
                "实际处分(人)", "结案时间")
    with open(path, "w", encoding="gbk", errors="replace", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(headings)
        for label in LABELS:
            writer.writerow(_line(label))
    return str(path)


def _line(label):
    if label == LABELS[-1]:
        return [f"案{label}", label, "2024-05-06", None, "轻微并及时改正"] + [None] * 16
    fine, gains = FINED.get(label, 0) // 100, GAINS.get(label, 0) // 100
    land = round(RECLAIMED.get(label, 0) * 0.0015, 2)
    accepted = ("市级验收合格", "2024-09-01") if label in RECLAIMED else (None, None)
    persons = 1 if label in DISCIPLINED else None
    return [f"案{label}", label, "2024-05-06", "2024-05-10", None, "2024-07-01", "2024-07-03", fine, fine, gains, gains,
            CONFISCATED.get(label), DEMOLISHED.get(label), land, land, "2024-07-15", *accepted, persons, persons, "2024-10-20"]


def test_the_same_year_comes_out_of_an_offices_ledger(tmp_path):
    with judged_register(tmp_path) as register:
        rows = read_ledger(ledger(tmp_path / "台账.csv")).rows
        found = take_over(register, rows, by="乙")
        assert [str(outcome.reason) for outcome in found.of("refused")] == []
        assert len(found.of("taken")) == 30
        assert "".join(map(in_chinese, told(register))) == IN_CHINESE
        assert take_over(register, rows, by="乙").recorded is None
        assert verify(register).broken == ()
