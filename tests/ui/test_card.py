"""The card: what it reads of a parcel, what it says, and that it never shows another parcel's figures."""
from __future__ import annotations

import json

import pandas as pd
import pytest
from qgis.PyQt.QtWidgets import QTextBrowser

from land_inspector.errors import message
from land_inspector.progress import Progress
from land_inspector.register import judging
from land_inspector.register.register import Register
from land_inspector.ui.review.card_page import page as written
from land_inspector.ui.review.card import read_card


@pytest.fixture
def known(path):
    """T001 with a proposal, its evidence and a return."""
    with Register.open(path) as register:
        row = register.parcels("B1").set_index("DKBH").loc["T001"]
        batch = register.batch("B1").id
        with register.storage.writing():
            register.storage.save_evidence(run(batch), evidence(row))
            register.storage.save_proposals([proposal(row)])
        judging.return_parcels(register, "B1", ["T001"], level="city", reason="需补充<供地>手续", answer_by="2026-06-30")
    return path, row["parcel_id"]


def run(batch):
    return {"id": "run", "batch_id": batch, "measured_at": "2026-05-11", "method": "E", "profile": "{}", "profile_digest": "d",
            "parcels": 1}


def evidence(row):
    layer = {"key": "dltb", "role": "land_use", "name": "三调", "source": "x", "date": "2025-12-31", "fingerprint": "f", "features": 1,
             "repaired": 0}
    area = {"parcel_id": row["parcel_id"], "role": "land_use", "layer": "dltb", "class": "0101", "area_m2": 400.0}
    paper = {"parcel_id": row["parcel_id"], "role": "approval", "layer": "a", "area_m2": 10.0,
             "attributes": json.dumps({"number": "演土字1号", "date": "2023-03-04", "project": "某项目"})}
    summary = {"parcel_id": row["parcel_id"], "shape_id": row["shape_id"], "facts": "{}", "GDMJ": 400.0}
    return {"evidence_layer": pd.DataFrame([layer]), "evidence_area": pd.DataFrame([area]), "evidence_document": pd.DataFrame([paper]),
            "evidence_summary": pd.DataFrame([summary])}


def proposal(row):
    def records(*texts):
        return json.dumps([text.as_record() for text in texts])

    return {"parcel_id": row["parcel_id"], "ZDPD1": "2", "ZDPD2": "201", "ZDGZ": "R20", "YZX": "1", "shape_id": row["shape_id"],
            "reasons": records(message("Only {share} % approved.", share="3.00")), "needs": records(message("The building date.")),
            "split_along": None, "run_id": "run", "rulepack": "", "proposed_at": "2026-05-11"}


def test_a_card_holds_evidence_proposal_papers_history_and_return(known):
    card = read_card(*known, Progress())
    assert [(bar.area_m2, round(bar.share, 2), bar.layer) for bar in card.bars] == [(400.0, 0.25, "三调 2025-12-31")]
    assert [str(reason) for reason in card.reasons] == ["Only 3.00 % approved."]
    assert [str(need) for need in card.needs] == ["The building date."]
    assert "演土字1号" in card.papers[0] and "某项目" in card.papers[0]
    assert len(card.history) >= 2 and card.review["answer_by"] == "2026-06-30"


def test_the_page_says_all_of_it_and_takes_no_tags_from_the_data(known, qtbot):
    browser = QTextBrowser()
    qtbot.addWidget(browser)
    browser.setHtml(written(read_card(*known, Progress())))
    said = browser.toPlainText()
    for text in ("需补充<供地>手续", "2026-06-30", "R20", "3.00 %", "三调 2025-12-31", "0.60", "演土字1号"):
        assert text in said


def test_a_parcel_that_is_gone_has_no_card(path):
    assert read_card(path, "nothing", Progress()) is None


def test_a_parcel_that_was_never_measured_says_so(path):
    with Register.open(path) as register:
        parcel = register.parcels("B1")["parcel_id"][5]
    assert "<i>" in written(read_card(path, parcel, Progress()))


def test_choosing_a_parcel_brings_its_card(app, page, qtbot):
    page.parcels.selectRow(0)
    qtbot.waitUntil(lambda: page.card.toPlainText() != "")
    assert "2.40" in page.card.toPlainText()


def test_going_on_empties_the_card_at_once_and_a_late_answer_is_not_shown(app, page, path, qtbot):
    page.parcels.selectRow(0)
    qtbot.waitUntil(lambda: page.card.toPlainText() != "")
    late = read_card(path, page.parcels.current_id(), Progress())
    page.parcels.selectRow(5)
    assert page.card.toPlainText() == ""
    page.card.take(late)
    assert page.card.toPlainText() == ""
