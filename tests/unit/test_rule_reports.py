"""Rules that report on themselves: what people made of proposals, honest about small numbers; and another threshold over old evidence."""
from __future__ import annotations

import json

import pandas as pd
import pytest

from land_inspector.errors import InputError
from land_inspector.exchange.rules_page import back_test_page, report_rows, rules_page
from land_inspector.law.facts import ROLES
from land_inspector.law.agreement import counted, wilson
from land_inspector.register import issuing, undoing
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.proposing import propose_batch
from land_inspector.register.rule_reports import back_test, checked_value, rule_report
from tests import factories

LEGAL = {"PDJL1": "1", "PDJL2": "102"}
ILLEGAL = {"PDJL1": "2", "PDJL2": "201", "WFMJ": 100.0, "WFGD": 100.0, "WFJBNT": 0.0}
COUNT = 30


def _measured(register, run="run", shares=lambda n: 0.86 + 0.005 * n):
    """Each parcel under an approval of 2025 by its share."""
    rows = register.parcels("B1").sort_values("DKBH")
    summary, papers = [], []
    for n, row in enumerate(rows.itertuples()):
        area = 1600.0 * min(1.0, shares(n))
        facts = {"measured": list(ROLES), "survey_share": 1.0, "covers": {"approval": [area, area], "supply": [area, area]},
                 "combined": {}, "townships": {}}
        summary.append({"parcel_id": row.parcel_id, "run_id": run, "shape_id": row.shape_id, "facts": json.dumps(facts), "GDMJ": 1600.0,
                        "FGNYDMJ": 0.0, "JSYDMJ": 0.0, "WLYDMJ": 0.0, "JBNTMJ": 0.0, "STHXMJ": 0.0, "FHGHMJ": 1600.0})
        papers += [{"parcel_id": row.parcel_id, "run_id": run, "role": role, "layer": role, "area_m2": area,
                    "attributes": json.dumps({"number": "浙土字1号", "date": "2025-01-10"})} for role in ("approval", "supply")]
    said = {"id": run, "batch_id": register.batch("B1").id, "measured_at": "2026-05-11", "method": "E", "profile": "{}",
            "profile_digest": "d", "parcels": len(summary)}
    with register.storage.writing():
        register.storage.save_evidence(said, {"evidence_summary": pd.DataFrame(summary), "evidence_document": pd.DataFrame(papers),
                                              "evidence_area": pd.DataFrame({"parcel_id": []})})
    propose_batch(register, "B1")


@pytest.fixture
def register(tmp_path):
    with factories.new_register(tmp_path) as made:
        issuing.issue_batch(made, factories.info(), factories.squares(COUNT))
        yield made


def test_the_interval_is_wilsons_and_few_have_no_per_cent():
    assert wilson(0, 10) == (pytest.approx(0, abs=1e-12), pytest.approx(0.2775, abs=1e-4))
    assert wilson(45, 50) == (pytest.approx(0.7864, abs=1e-4), pytest.approx(0.9565, abs=1e-4)) and wilson(0, 0) is None
    assert counted(19, 19) == "19 / 19" and counted(18, 20) == "18 / 20 = 90.0 % (69.9–97.2 %)" and counted(0, 0) == "–"
    with pytest.raises(ValueError):
        wilson(3, 2)


def test_what_people_made_of_proposals(register):
    _measured(register)
    proposed = register.parcels("B1").set_index("DKBH")
    legal = [label for label in proposed.index if proposed["ZDPD1"][label] == "1"]
    same = {"PDJL1": "1", "PDJL2": proposed["ZDPD2"][legal[0]]}
    assert len(legal) >= 8
    give_verdicts(register, "B1", [Entry(label, same) for label in legal[:5]])
    give_verdicts(register, "B1", [Entry(legal[5], ILLEGAL)])
    gone = give_verdicts(register, "B1", [Entry(legal[6], same)])
    undoing.undo(register, gone.recorded.group)
    report = rule_report(register)
    by_rule = {tally.rule: tally for tally in report.total}
    rule = by_rule[proposed["ZDGZ"][legal[0]]]
    assert (rule.judged, rule.agreed, rule.undone, dict(rule.overruled)) == (6, 5, 1, {"201": 1})
    assert rule.proposed == sum(proposed["ZDGZ"] == rule.rule) and rule.version and rule.blind == 0
    assert {place for place, _tally in report.by_township} == {("331082100", "古城街道")} and len({m for m, _t in report.by_month}) == 1
    rows = report_rows(report)
    assert all(row["YZL"] is None for row in rows) and "5 / 6" in rules_page(report, "B1") and "83" not in rules_page(report, "B1")


def test_a_verdict_before_any_proposal_is_blind(register):
    give_verdicts(register, "B1", [Entry("T030", LEGAL), Entry("T029", ILLEGAL)])
    _measured(register)
    found = [tally for tally in rule_report(register).total if tally.blind]
    assert sum(tally.blind for tally in found) == 2 and sum(tally.blind_agreed for tally in found) == 1
    assert all(tally.judged == 0 for tally in found)


def test_another_threshold_over_the_evidence_of_each_verdict(register):
    _measured(register)
    give_verdicts(register, "B1", [Entry(f"T{n:03d}", LEGAL) for n in range(1, COUNT + 1)])
    limit = back_test(register, "legal_cover_share", 0.0).values_before[0]
    same = back_test(register, "legal_cover_share", limit)
    assert same.tested == COUNT and same.flips == [] and "too few" in str(same.warnings[0])
    other = back_test(register, "legal_cover_share", 0.999)
    expected = {f"T{n + 1:03d}" for n in range(COUNT) if limit <= 0.86 + 0.005 * n < 0.999}
    assert expected and {flip.parcel for flip in other.flips} == expected and all(flip.is_same_evidence for flip in other.flips)
    assert other.agreed[0] - other.agreed[1] == len(expected) and "T028" in back_test_page(other)
    before = register.storage.frame("proposal")
    _measured(register, "run2")
    anew = back_test(register, "legal_cover_share", 0.999)
    assert anew.changed_evidence == COUNT and not any(flip.is_same_evidence for flip in anew.flips)
    assert (register.storage.frame("proposal")["ZDPD1"].tolist()) == before["ZDPD1"].tolist()


@pytest.mark.parametrize("name, value", [("nothing", 1), ("legal_cover_share", "much"), ("legal_cover_share", 7),
                                         ("temporary_years", "2.5"), ("facility_on_farmland_illegal", "perhaps"),
                                         ("deduction_cutoff", "05-01")])
def test_a_threshold_that_is_none_is_refused(name, value):
    with pytest.raises(InputError):
        checked_value(name, value)
